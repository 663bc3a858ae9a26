//! The log: what the desk did, never what was said in a consultation.
//! Only the desk's own messages are kept; the network and database crates write addresses and values into theirs.
//! A file that is full or a week old is put aside, and what was put aside long ago goes, so the log fills no disk.

use crate::clock::Clock;
use chrono::{DateTime, TimeDelta, Utc};
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

/// The crate whose messages are kept.
const OWN_TARGET: &str = "consult_desk";
const FILE_NAME: &str = "consult-desk.log";
/// The one that is written and those before it.
const KEPT_FILES: usize = 4;
const MOST_BYTES: u64 = 1024 * 1024;
/// A desk that is never closed begins a new file after this.
const WRITTEN_FOR: TimeDelta = TimeDelta::days(7);
const KEPT_FOR: TimeDelta = TimeDelta::days(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    #[error("The log could not be written: {0}")]
    File(io::ErrorKind),
    #[error("Logging was started twice")]
    StartedTwice,
}

/// Starts the log in `folder` and returns the path of its file. A desk without a log still works, so the caller
/// goes on after an error.
pub fn start(folder: &Path, clock: &Clock) -> Result<PathBuf, LogError> {
    let log = Log::begin(folder, clock, MOST_BYTES).map_err(|error| LogError::File(error.kind()))?;
    tracing::subscriber::set_global_default(subscriber(log)).map_err(|_| LogError::StartedTwice)?;
    Ok(folder.join(FILE_NAME))
}

fn subscriber(writer: Log) -> impl tracing::Subscriber + Send + Sync {
    let only_own = Targets::new().with_default(LevelFilter::OFF).with_target(OWN_TARGET, LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
    tracing_subscriber::registry().with(only_own).with(lines)
}

/// `consult-desk.log` becomes `.1`, that becomes `.2`, and the last one goes. So does what is too old.
fn rotate(folder: &Path, now: DateTime<Utc>) {
    for age in (1..KEPT_FILES).rev() {
        fs::rename(aged(folder, age - 1), aged(folder, age)).ok();
    }
    for age in 1..KEPT_FILES {
        let path = aged(folder, age);
        let written = fs::metadata(&path).and_then(|facts| facts.modified()).map(DateTime::<Utc>::from);
        if written.is_ok_and(|written| now - written > KEPT_FOR) {
            fs::remove_file(path).ok();
        }
    }
}

fn aged(folder: &Path, age: usize) -> PathBuf {
    match age {
        0 => folder.join(FILE_NAME),
        _ => folder.join(format!("{FILE_NAME}.{age}")),
    }
}

/// The file that is written; clones write into the same one.
#[derive(Clone, Debug)]
struct Log(Arc<Mutex<Written>>);

#[derive(Debug)]
struct Written {
    folder: PathBuf,
    clock: Clock,
    most: u64,
    file: File,
    room: u64,
    since: DateTime<Utc>,
}

impl Log {
    /// Every run begins a file of its own.
    fn begin(folder: &Path, clock: &Clock, most: u64) -> io::Result<Self> {
        rotate(folder, clock.now());
        let (folder, clock, since) = (folder.to_owned(), clock.clone(), clock.now());
        let file = open(&folder)?;
        let room = most.saturating_sub(file.metadata()?.len());
        Ok(Self(Arc::new(Mutex::new(Written { folder, clock, most, file, room, since }))))
    }
}

fn open(folder: &Path) -> io::Result<File> {
    File::options().create(true).append(true).open(folder.join(FILE_NAME))
}

impl Written {
    /// Puts a file aside that is full or old.
    fn make_room(&mut self, length: u64) -> io::Result<()> {
        let now = self.clock.now();
        // A clock that was set back makes the file young again, and no harm is done.
        if length > self.room || now - self.since > WRITTEN_FOR {
            rotate(&self.folder, now);
            self.file = open(&self.folder)?;
            (self.room, self.since) = (self.most, now);
        }
        self.room = self.room.saturating_sub(length);
        Ok(())
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        written.make_room(bytes.len() as u64)?;
        written.file.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        // Files are dated by the real clock, so that is where these days begin.
        Clock::fixed(DateTime::<Utc>::from(
            fs::metadata(env!("CARGO_MANIFEST_DIR")).and_then(|m| m.modified()).expect("a date"),
        ))
    }

    fn logged(home: &Path, most: u64, clock: &Clock, work: impl FnOnce()) -> Vec<String> {
        let log = Log::begin(home, clock, most).expect("a log");
        tracing::subscriber::with_default(subscriber(log), work);
        (0..=KEPT_FILES).filter_map(|age| fs::read_to_string(aged(home, age)).ok()).collect()
    }

    #[test]
    fn only_the_desk_itself_is_heard() {
        let home = tempfile::tempdir().expect("a folder");
        let logs = logged(home.path(), MOST_BYTES, &clock(), || {
            tracing::info!(target: "consult_desk::backend", "signed in");
            tracing::debug!(target: "consult_desk::backend", "a detail");
            tracing::error!(target: "hyper::client", "https://app.nx.vet/?X-Amz-Signature=abc");
            tracing::error!(target: "reqwest", "Bella");
        });
        let log = logs.concat();
        assert!(log.contains("signed in"), "{log}");
        assert!(!log.contains("a detail") && !log.contains("X-Amz") && !log.contains("Bella"), "{log}");
    }

    #[test]
    fn a_full_file_is_put_aside_and_few_are_kept() {
        let home = tempfile::tempdir().expect("a folder");
        let logs = logged(home.path(), 2000, &clock(), || {
            for count in 0..1000 {
                tracing::info!(target: "consult_desk", count, "again");
            }
        });
        assert_eq!(logs.len(), KEPT_FILES);
        assert!(logs.iter().all(|log| !log.is_empty() && log.len() <= 2000));
        assert!(logs.concat().contains("count=999"), "the newest is never lost");
        assert!(!logs.concat().contains("count=0\n"));
    }

    #[test]
    fn a_desk_that_is_never_closed_begins_a_new_file_after_a_week() {
        let home = tempfile::tempdir().expect("a folder");
        let clock = clock();
        let logs = logged(home.path(), MOST_BYTES, &clock, || {
            tracing::info!(target: "consult_desk", "first day");
            clock.advance(WRITTEN_FOR);
            tracing::info!(target: "consult_desk", "seventh day");
            clock.advance(TimeDelta::seconds(1));
            tracing::info!(target: "consult_desk", "eighth day");
        });
        assert_eq!(logs.len(), 2);
        assert!(logs[0].contains("eighth") && logs[1].contains("first") && logs[1].contains("seventh"));
    }

    #[test]
    fn what_is_old_goes() {
        let home = tempfile::tempdir().expect("a folder");
        for (age, days) in [(0, 1), (1, 29), (2, 31)] {
            let file = File::create(aged(home.path(), age)).expect("made");
            file.set_modified((clock().now() - TimeDelta::days(days)).into()).expect("dated");
        }
        rotate(home.path(), clock().now());
        let left: Vec<_> = (0..=KEPT_FILES).filter(|age| aged(home.path(), *age).exists()).collect();
        assert_eq!(left, [1, 2], "the one of a day and the one of 29 days, each a place further");
    }

    #[test]
    fn every_run_has_a_file_of_its_own() {
        let home = tempfile::tempdir().expect("a folder");
        for run in ["first", "second"] {
            logged(home.path(), MOST_BYTES, &clock(), || tracing::info!(target: "consult_desk", "{run} run"));
        }
        let logs = logged(home.path(), MOST_BYTES, &clock(), || ());
        assert_eq!(logs.len(), 3);
        assert!(logs[0].is_empty() && logs[1].contains("second") && logs[2].contains("first"));
    }
}
