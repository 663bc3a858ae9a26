//! The picture of one recording, once per process, for `peaks.sh` to set beside other programs.
//! `summarise FILE [KEPT]` reads the sound; `reopen KEPT BYTES` reads the kept summary again.
//! It compares nothing itself and asserts no time.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

use consult_desk::audio::{Growing, peaks};
use cpu_time::ThreadTime;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

const REOPENINGS: usize = 101;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["summarise", file] => summarise(Path::new(file), None),
        ["summarise", file, kept] => summarise(Path::new(file), Some(Path::new(kept))),
        ["reopen", kept, bytes] => reopen(Path::new(kept), bytes.parse().expect("a length in bytes")),
        _ => println!("sh benches/peaks.sh runs this"),
    }
}

fn summarise(file: &Path, kept: Option<&Path>) {
    let before = memory_kb("VmRSS");
    let start = Instant::now();
    let growing = Growing::whole(file.to_owned()).expect("the recording can be opened");
    let waveform = peaks::summarise(&growing, &mut |_| {}, &AtomicBool::new(false)).expect("a picture");
    let wall = start.elapsed();
    let grown = memory_kb("VmHWM").saturating_sub(before);
    println!(
        "{{\"frames\":{},\"bin_frames\":{},\"bins\":{},\"quiet\":{},\"wall_ms\":{:.2},\"grown_kb\":{grown}}}",
        waveform.frames(),
        waveform.bin_frames(),
        waveform.bins(),
        waveform.quiet(),
        wall.as_secs_f64() * 1e3,
    );
    if let Some(kept) = kept {
        let bytes = peaks::to_bytes(&waveform, growing.total().expect("a whole file has a length"));
        std::fs::write(kept, bytes).expect("the summary can be written");
    }
}

/// The first opening counts on its own: later ones find memory and caches warm.
fn reopen(kept: &Path, source_len: u64) {
    let before = memory_kb("VmRSS");
    let mut walls = Vec::with_capacity(REOPENINGS);
    let mut cpus = Vec::with_capacity(REOPENINGS);
    for _ in 0..REOPENINGS {
        let (start, cpu) = (Instant::now(), ThreadTime::now());
        let bytes = std::fs::read(kept).expect("a kept summary");
        let waveform = peaks::from_bytes(&bytes, source_len).expect("a sound summary");
        walls.push(start.elapsed().as_secs_f64() * 1e3);
        cpus.push(cpu.elapsed().as_secs_f64() * 1e3);
        assert!(waveform.is_complete());
    }
    let grown = memory_kb("VmHWM").saturating_sub(before);
    println!("{{\"wall_ms\":{},\"cpu_ms\":{},\"grown_kb\":{grown}}}", spread(walls), spread(cpus));
}

fn spread(mut times: Vec<f64>) -> String {
    let first = times.first().copied().unwrap_or_default();
    times.sort_by(f64::total_cmp);
    let last = times.len().saturating_sub(1);
    let at = |share: f64| times.get((share * last as f64) as usize).copied().unwrap_or_default();
    format!("{{\"first\":{first:.3},\"median\":{:.3},\"p99\":{:.3}}}", at(0.5), at(0.99))
}

/// Zero where the system does not tell.
fn memory_kb(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}
