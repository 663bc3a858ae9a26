//! What a report says: where, in which thread, on what kind of computer. Nothing that was read at the desk.

use crate::platform::facts;
use chrono::{DateTime, Utc};
use std::backtrace::Backtrace;
use std::panic::Location;
use std::time::Duration;

/// Functions of ours that are named, innermost first.
const MOST_STEPS: usize = 16;
const OWN: &str = "consult_desk::";

pub(super) struct Report {
    pub(super) at: DateTime<Utc>,
    pub(super) place: String,
    pub(super) thread: String,
    pub(super) renderer: &'static str,
    pub(super) ran_for: Duration,
}

impl Report {
    pub(super) fn words(&self) -> String {
        let mut text = format!(
            "Consult Desk {}\nWhen: {}\nWhere: {}\nThread: {}\nRenderer: {}\nSystem: {}\nRan for: {} s\n",
            env!("CARGO_PKG_VERSION"),
            self.at.format("%Y-%m-%d %H:%M:%S UTC"),
            self.place,
            self.thread,
            self.renderer,
            facts::system_words(),
            self.ran_for.as_secs(),
        );
        let steps = own_steps(&Backtrace::force_capture().to_string());
        if !steps.is_empty() {
            text.push_str("Way there, innermost first:\n");
            for step in steps {
                text.push_str(&format!("  {step}\n"));
            }
        }
        text
    }
}

/// The file and the line, from `src` on: what stands before it names folders of whoever built the program.
pub(super) fn place(location: Option<&Location<'_>>) -> String {
    location.map_or_else(|| "unknown".to_owned(), |place| format!("{}:{}", short(place.file()), place.line()))
}

/// A library's file keeps the library's name and version.
fn short(file: &str) -> String {
    let file = file.replace('\\', "/");
    let Some(at) = file.rfind("/src/") else { return file };
    let (before, after) = file.split_at(at);
    let owner = before.rsplit('/').next().unwrap_or_default();
    format!("{owner}{after}")
}

/// Functions of this program alone, by name; a program without symbols has none.
fn own_steps(backtrace: &str) -> Vec<String> {
    let names = backtrace.lines().filter_map(|line| line.trim().split_once(": ")).map(|(_, name)| name.trim());
    // What merely carries a function of ours around names it too.
    let own = names.filter(|name| name.trim_start_matches('<').starts_with(OWN) && !name.contains("::crash::"));
    own.take(MOST_STEPS).map(|name| name.chars().take(200).collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_folder_of_a_builder_is_named() {
        let library = "/home/ana/.cargo/registry/src/index.crates.io-1949/egui_glow-0.37.0/src/painter.rs";
        assert_eq!(short(library), "egui_glow-0.37.0/src/painter.rs");
        assert_eq!(short(r"C:\Users\Ana\.cargo\registry\src\x\wgpu-30.0.1\src\lib.rs"), "wgpu-30.0.1/src/lib.rs");
        assert_eq!(short("src/ui/mod.rs"), "src/ui/mod.rs");
    }

    #[test]
    fn only_our_own_steps_are_told() {
        let backtrace = "   0: std::panicking::begin\n             at /rustc/abc/library/std/src/panicking.rs:1:2\n   \
                         1: consult_desk::ui::root_ui\n             at ./src/ui/mod.rs:3:4\n   \
                         2: <consult_desk::shell::Shell as eframe::App>::ui\n   3: consult_desk::crash::note\n   4: do_call<consult_desk::ui::f>\n";
        assert_eq!(
            own_steps(backtrace),
            ["consult_desk::ui::root_ui", "<consult_desk::shell::Shell as eframe::App>::ui"]
        );
    }

    #[test]
    fn a_report_says_when_where_and_on_what() {
        let report = Report {
            at: DateTime::UNIX_EPOCH,
            place: "src/ui/mod.rs:7".to_owned(),
            thread: "backend".to_owned(),
            renderer: "glow",
            ran_for: Duration::from_secs(61),
        };
        let words = report.words();
        for part in ["1970-01-01 00:00:00 UTC", "src/ui/mod.rs:7", "Thread: backend", "Renderer: glow", "Ran for: 61 s"]
        {
            assert!(words.contains(part), "{part} in {words}");
        }
    }
}
