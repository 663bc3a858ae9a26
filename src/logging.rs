//! The log: what the desk did, never what was said in a consultation.
//! Only the desk's own messages are kept; the network and database crates write addresses and values into theirs.
//! The file is limited in size and renamed at start, so that it cannot fill a disk.

use std::fs::{self, File};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// The crate whose messages are kept.
const OWN_TARGET: &str = "consult_desk";
const FILE_NAME: &str = "consult-desk.log";
/// This run and the two before it.
const KEPT_RUNS: usize = 3;
const MOST_BYTES: u64 = 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("The log could not be written: {0}")]
    File(io::ErrorKind),
    #[error("Logging was started twice")]
    StartedTwice,
}

/// Starts the log in `folder` and returns the path of its file. A desk without a log still works, so the caller
/// goes on after an error.
pub fn start(folder: &Path) -> Result<PathBuf, LogError> {
    report_panics();
    let failed = |error: io::Error| LogError::File(error.kind());
    rotate(folder);
    let path = folder.join(FILE_NAME);
    let file = File::options().create(true).append(true).open(&path).map_err(failed)?;
    let writer = CappedFile::new(file, MOST_BYTES).map_err(failed)?;
    tracing::subscriber::set_global_default(subscriber(writer)).map_err(|_| LogError::StartedTwice)?;
    Ok(path)
}

fn subscriber(writer: CappedFile) -> impl tracing::Subscriber + Send + Sync {
    let only_own = Targets::new().with_default(LevelFilter::OFF).with_target(OWN_TARGET, LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    tracing_subscriber::registry().with(only_own).with(lines)
}

/// `consult-desk.log` becomes `.1`, that becomes `.2`, and what was `.2` goes.
fn rotate(folder: &Path) {
    for age in (1..KEPT_RUNS).rev() {
        fs::rename(aged(folder, age - 1), aged(folder, age)).ok();
    }
}

fn aged(folder: &Path, age: usize) -> PathBuf {
    match age {
        0 => folder.join(FILE_NAME),
        _ => folder.join(format!("{FILE_NAME}.{age}")),
    }
}

/// A panic's words may hold what a patient's owner said; its place in the source cannot.
fn report_panics() {
    std::panic::set_hook(Box::new(|info| {
        let words = panic_words(info);
        tracing::error!(target: OWN_TARGET, "{words}");
        writeln!(io::stderr().lock(), "{words}").ok();
    }));
}

fn panic_words(info: &PanicHookInfo<'_>) -> String {
    let thread = std::thread::current();
    let thread = thread.name().unwrap_or("unnamed");
    match info.location() {
        Some(place) => format!("a part of the desk failed at {}:{} (thread {thread})", place.file(), place.line()),
        None => format!("a part of the desk failed (thread {thread})"),
    }
}

/// A file that stops growing at a size. Once full it says so and swallows the rest.
#[derive(Clone, Debug)]
struct CappedFile(Arc<Mutex<Capped>>);

#[derive(Debug)]
struct Capped {
    file: File,
    room: u64,
}

impl CappedFile {
    fn new(file: File, most: u64) -> io::Result<Self> {
        let room = most.saturating_sub(file.metadata()?.len());
        Ok(Self(Arc::new(Mutex::new(Capped { file, room }))))
    }
}

impl Write for CappedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        const FULL: &[u8] = b"the log is full; nothing more is written in this run\n";
        let mut capped = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let length = bytes.len() as u64;
        let needed = length.saturating_add(FULL.len() as u64);
        if needed <= capped.room {
            capped.file.write_all(bytes)?;
            capped.room -= length;
        } else if capped.room >= FULL.len() as u64 {
            capped.room = 0;
            capped.file.write_all(FULL)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(most: u64, work: impl FnOnce()) -> String {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join(FILE_NAME);
        let file = File::options().create(true).append(true).open(&path).expect("opened");
        let writer = CappedFile::new(file, most).expect("a writer");
        tracing::subscriber::with_default(subscriber(writer), work);
        fs::read_to_string(path).expect("read")
    }

    #[test]
    fn only_the_desk_itself_is_heard() {
        let log = logged(MOST_BYTES, || {
            tracing::info!(target: "consult_desk::backend", "signed in");
            tracing::debug!(target: "consult_desk::backend", "a detail");
            tracing::error!(target: "hyper::client", "https://app.nx.vet/?X-Amz-Signature=abc");
            tracing::error!(target: "reqwest", "Bella");
        });
        assert!(log.contains("signed in"), "{log}");
        assert!(!log.contains("a detail") && !log.contains("X-Amz") && !log.contains("Bella"), "{log}");
    }

    #[test]
    fn a_full_log_stops_and_says_so() {
        let log = logged(2000, || {
            for count in 0..1000 {
                tracing::info!(target: "consult_desk", count, "again");
            }
        });
        assert!(log.len() <= 2000 && log.ends_with("in this run\n"), "{} bytes", log.len());
    }

    #[test]
    fn three_runs_are_kept() {
        let home = tempfile::tempdir().expect("a folder");
        for run in 0..5 {
            rotate(home.path());
            fs::write(aged(home.path(), 0), format!("run {run}")).expect("written");
        }
        let kept: Vec<_> = (0..4).map(|age| fs::read_to_string(aged(home.path(), age)).ok()).collect();
        let expected = [Some("run 4"), Some("run 3"), Some("run 2"), None];
        assert_eq!(kept, expected.map(|text| text.map(str::to_owned)));
    }
}
