//! The one sentence the toolkit says before it gives up, for the log: it tells it to nobody else.
//! Only errors of the window's toolkit are listened to; they speak of drivers, never of what was drawn.

use log::{Level, LevelFilter, Log, Metadata, Record};
use std::sync::{Mutex, PoisonError};

const SPEAKERS: [&str; 2] = ["eframe", "egui_wgpu"];
const LONGEST: usize = 300;

struct Listener(Mutex<String>);

static LISTENER: Listener = Listener(Mutex::new(String::new()));

pub(super) fn listen() {
    // Somebody else who listens already is as good.
    if log::set_logger(&LISTENER).is_ok() {
        log::set_max_level(LevelFilter::Error);
    }
}

/// What was said since the last question; empty for nothing.
pub(super) fn take() -> String {
    std::mem::take(&mut *LISTENER.0.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Log for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let speaker = metadata.target().split("::").next().unwrap_or_default();
        metadata.level() == Level::Error && SPEAKERS.contains(&speaker)
    }

    fn log(&self, record: &Record<'_>) {
        if self.enabled(record.metadata()) {
            let words = record.args().to_string().replace(['\n', '\r'], " ");
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = words.chars().take(LONGEST).collect();
        }
    }

    fn flush(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(target: &str, level: Level, words: &str) -> String {
        let listener = Listener(Mutex::new(String::new()));
        listener.log(&Record::builder().target(target).level(level).args(format_args!("{words}")).build());
        listener.0.into_inner().expect("words")
    }

    #[test]
    fn only_the_toolkits_errors_are_heard_and_only_the_beginning() {
        assert_eq!(heard("eframe::native::run", Level::Error, "no\nconfig"), "no config");
        assert_eq!(heard("eframe::native::run", Level::Warn, "no config"), "");
        assert_eq!(heard("reqwest::connect", Level::Error, "https://"), "");
        assert_eq!(heard("eframe", Level::Error, &"x".repeat(900)).len(), LONGEST);
    }
}
