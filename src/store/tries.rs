//! How often a PIN was tried, on disk, so that neither closing nor killing the desk gives new tries.
//! A try is noted before it is made. The note has one length for ever and is written over in place: a full disk
//! does not stop it.

use super::files::{self, FileError};
use super::private;
use chrono::{DateTime, TimeDelta, Utc};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// So many tries cost nothing: fingers slip.
const FREE: u32 = 5;
/// Seconds to wait after the last free try and after each further one; the last stands for all that follow.
const WAITS: [i64; 4] = [30, 60, 300, 900];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Note {
    failed: u32,
    /// When the last try was made.
    at: DateTime<Utc>,
}

impl Note {
    fn waits_until(self) -> DateTime<Utc> {
        let beyond = self.failed.checked_sub(FREE).map(|beyond| beyond as usize);
        let seconds = beyond.and_then(|beyond| WAITS.get(beyond).or(WAITS.last())).copied().unwrap_or(0);
        self.at.checked_add_signed(TimeDelta::seconds(seconds)).unwrap_or(self.at)
    }
}

/// The note about tries in the data folder.
#[derive(Clone, Debug)]
pub(super) struct Tries {
    path: PathBuf,
}

/// What came of asking for a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    Go,
    /// Not before then.
    Wait(DateTime<Utc>),
}

impl Tries {
    pub(super) fn new(folder: &Path, name: &str) -> Self {
        Self { path: folder.join(name) }
    }

    /// Takes a try, which counts as failed until [`Self::reset`] says otherwise.
    pub(super) fn take(&self, now: DateTime<Utc>) -> Result<Turn, FileError> {
        let mut note = self.read(now)?;
        if now < note.at {
            // A clock that was moved back would make the wait longer than a lifetime or, moved again, void: it
            // starts anew.
            note.at = now;
            self.write(note)?;
        }
        if note.failed >= FREE && now < note.waits_until() {
            return Ok(Turn::Wait(note.waits_until()));
        }
        self.write(Note { failed: note.failed.saturating_add(1), at: now })?;
        Ok(Turn::Go)
    }

    /// When the next try may be made, if not at once.
    pub(super) fn wait_until(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.read(now).ok()?.waits_until();
        (until > now).then_some(until)
    }

    /// The right PIN was given, or a new one was set.
    pub(super) fn reset(&self, now: DateTime<Utc>) -> Result<(), FileError> {
        self.write(Note { failed: 0, at: now })
    }

    pub(super) fn forget(&self) {
        fs::remove_file(&self.path).ok();
    }

    /// A note that is missing or unreadable was taken away: the free tries are used up.
    fn read(&self, now: DateTime<Utc>) -> Result<Note, FileError> {
        let text = match fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidData) => String::new(),
            Err(error) => return Err(FileError::from_io(&error, 0)),
        };
        if let Some(note) = parse(&text) {
            return Ok(note);
        }
        let note = Note { failed: FREE, at: now };
        self.write(note)?;
        Ok(note)
    }

    fn write(&self, note: Note) -> Result<(), FileError> {
        let line = format!("{:010} {:020}\n", note.failed, note.at.timestamp_micros().max(0));
        let write = || -> io::Result<()> {
            let mut file = File::options().write(true).create(true).truncate(false).open(&self.path)?;
            private::restrict_file(&file, files::folder_of(&self.path))?;
            file.write_all(line.as_bytes())?;
            file.set_len(line.len() as u64)?;
            file.sync_all()
        };
        write().map_err(|error| FileError::from_io(&error, 1))
    }
}

fn parse(text: &str) -> Option<Note> {
    let (failed, at) = text.strip_suffix('\n')?.split_once(' ')?;
    if failed.len() != 10 || at.len() != 20 {
        return None;
    }
    Some(Note { failed: failed.parse().ok()?, at: DateTime::from_timestamp_micros(at.parse().ok()?)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn noon() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 2, 20, 12, 0, 0).single().expect("a moment")
    }

    fn tries() -> (tempfile::TempDir, Tries) {
        let home = tempfile::tempdir().expect("a folder");
        let tries = Tries::new(home.path(), "tries");
        tries.reset(noon()).expect("written");
        (home, tries)
    }

    fn fail(tries: &Tries, times: usize, now: DateTime<Utc>) {
        for _ in 0..times {
            assert_eq!(tries.take(now), Ok(Turn::Go));
        }
    }

    #[test]
    fn the_wait_grows_with_every_try_beyond_the_free_ones() {
        let (_home, tries) = tries();
        fail(&tries, 5, noon());
        let mut now = noon();
        for seconds in [30, 60, 300, 900, 900] {
            let until = now + TimeDelta::seconds(seconds);
            assert_eq!(tries.take(now), Ok(Turn::Wait(until)));
            assert_eq!(tries.take(until - TimeDelta::microseconds(1)), Ok(Turn::Wait(until)));
            assert_eq!(tries.wait_until(now), Some(until));
            now = until;
            fail(&tries, 1, now);
        }
        tries.reset(now).expect("written");
        assert_eq!(tries.wait_until(now), None);
        fail(&tries, 5, now);
    }

    #[test]
    fn another_start_of_the_desk_gives_no_new_tries() {
        let (home, tries) = tries();
        fail(&tries, 5, noon());
        let again = Tries::new(home.path(), "tries");
        assert_eq!(again.take(noon()), Ok(Turn::Wait(noon() + TimeDelta::seconds(30))));
    }

    #[test]
    fn a_note_taken_away_or_spoilt_gives_no_new_tries() {
        for spoilt in [None, Some("0000000000 1"), Some(""), Some("x"), Some("0000000000 00000000000000000000")] {
            let (home, tries) = tries();
            match spoilt {
                None => tries.forget(),
                Some(text) => fs::write(home.path().join("tries"), text).expect("written"),
            }
            assert_eq!(tries.take(noon()), Ok(Turn::Wait(noon() + TimeDelta::seconds(30))), "{spoilt:?}");
            assert_eq!(tries.take(noon() + TimeDelta::seconds(30)), Ok(Turn::Go), "no dead end");
        }
    }

    #[test]
    fn a_clock_moved_back_starts_the_wait_anew() {
        let (_home, tries) = tries();
        fail(&tries, 5, noon());
        fail(&tries, 1, noon() + TimeDelta::seconds(30));
        let before = noon() - TimeDelta::days(400);
        let until = before + TimeDelta::seconds(60);
        assert_eq!(tries.take(before), Ok(Turn::Wait(until)));
        assert_eq!(tries.take(until - TimeDelta::seconds(1)), Ok(Turn::Wait(until)));
        assert_eq!(tries.take(until), Ok(Turn::Go));
    }
}
