//! CPU time of questions: of the thread that asks, which others on the machine do not lengthen.

use crate::questions::{Class, Questions};
use cpu_time::ThreadTime;
use std::time::Duration;

const ROUNDS: usize = 5;

/// `p50 / p99` in milliseconds of every class, as cells of a table. `ask` answers how many rows it found.
pub fn cells(questions: &Questions, mut ask: impl FnMut(&Class, &str) -> usize) -> String {
    let mut cells = Vec::new();
    for class in &questions.classes {
        let mut times = Vec::new();
        let mut rows = 0;
        let mut slowest = (Duration::ZERO, String::new());
        for _ in 0..ROUNDS {
            for text in &class.texts {
                let start = ThreadTime::now();
                rows += ask(class, text);
                times.push(start.elapsed());
                slowest = slowest.max((start.elapsed(), text.clone()));
            }
        }
        times.sort_unstable();
        eprintln!("{}: slowest {:?} {:?}", class.name, slowest.1, slowest.0);
        assert!(rows > 0, "{} finds something", class.name);
        cells.push(format!("{} / {}", milliseconds(at(&times, 0.5)), milliseconds(at(&times, 0.99))));
    }
    cells.join(" | ")
}

pub fn at(times: &[Duration], share: f64) -> Duration {
    times[((times.len() - 1) as f64 * share).round() as usize]
}

pub fn milliseconds(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.2}") } else { format!("{ms:.0}") }
}
