//! A recording on disk that may still be arriving: who has written which bytes, who waits for more.
//!
//! One [`Growing`] is shared by the download that fills a file and by everything that reads it
//! (player, waveform, export). Bytes may arrive in any order; the holes of a sparse file read as
//! zeros, so a reader never delivers a byte that was not reported as arrived. It downloads
//! nothing, writes nothing and knows no file format; where the bytes lie is a [`Medium`]'s business.

mod medium;
mod reader;
#[cfg(test)]
mod tests;

use crate::domain::ranges::insert;
use std::fmt;
use std::io::{self, ErrorKind};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

pub use medium::{Medium, ReadSeek};
pub use reader::GrowingReader;

type Want = Arc<dyn Fn(u64) + Send + Sync>;
type Mend = Box<dyn FnOnce(&Growing) + Send + Sync>;

/// A file that may still be arriving; cheap to clone, all clones are the same one.
#[derive(Clone)]
pub struct Growing(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    news: Condvar,
    want: Mutex<Option<Want>>,
    mend: Mutex<Option<Mend>>,
}

struct State {
    /// Where the bytes arrive.
    part: Arc<dyn Medium>,
    /// Where they stand now: the part, or the finished recording.
    medium: Arc<dyn Medium>,
    total: Option<u64>,
    /// Merged and ascending.
    ranges: Vec<Range<u64>>,
    whole: bool,
    failed: bool,
    version: u64,
    /// Counts the restarts: a reader of an earlier one is stale.
    generation: u64,
}

impl Growing {
    /// A finished plain file; nothing ever waits.
    pub fn whole(path: PathBuf) -> io::Result<Self> {
        let medium: Arc<dyn Medium> = Arc::new(path);
        Self::whole_on(Arc::clone(&medium), medium)
    }

    /// A finished recording. Should it have to arrive anew, it does so on `part`.
    pub fn whole_on(medium: Arc<dyn Medium>, part: Arc<dyn Medium>) -> io::Result<Self> {
        let length = medium.length()?;
        let growing = Self::arriving_on(part, Some(length));
        {
            let mut state = growing.state();
            state.medium = medium;
            insert(&mut state.ranges, 0..length);
            state.whole = true;
        }
        Ok(growing)
    }

    /// A plain part file of which nothing has arrived yet; it need not exist before something has.
    pub fn arriving(part: PathBuf, total: Option<u64>) -> Self {
        Self::arriving_on(Arc::new(part), total)
    }

    /// The same, wherever the bytes are to lie.
    pub fn arriving_on(part: Arc<dyn Medium>, total: Option<u64>) -> Self {
        let state = State {
            medium: Arc::clone(&part),
            part,
            total,
            ranges: Vec::new(),
            whole: false,
            failed: false,
            version: 0,
            generation: 0,
        };
        let (want, mend) = (Mutex::new(None), Mutex::new(None));
        Self(Arc::new(Shared { state: Mutex::new(state), news: Condvar::new(), want, mend }))
    }

    /// The length of the whole file has become known.
    pub fn set_total(&self, total: u64) {
        self.change(|state| {
            let news = !state.whole && state.total != Some(total);
            if news {
                state.total = Some(total);
            }
            news
        });
    }

    /// These bytes are written to the file and visible to other handles. Ranges may come in any
    /// order and may overlap.
    pub fn arrived(&self, bytes: Range<u64>) {
        self.change(|state| {
            let news = !state.whole && !bytes.is_empty();
            if news {
                state.failed = false;
                insert(&mut state.ranges, bytes);
            }
            news
        });
    }

    /// The server has another version now: everything known is forgotten, and readers opened
    /// before answer [`ErrorKind::StaleNetworkFileHandle`]. To be called before bytes of the new
    /// version are written.
    pub fn restart(&self) {
        self.change(|state| {
            state.medium = Arc::clone(&state.part);
            state.total = None;
            state.ranges.clear();
            state.whole = false;
            state.failed = false;
            state.generation = state.generation.wrapping_add(1);
            true
        });
    }

    /// All is there, and the part is now the plain file `path`. Open readers keep working.
    pub fn finish(&self, path: PathBuf) {
        self.finish_on(Arc::new(path));
    }

    /// All is there, and from now on it is opened here. Open readers keep working.
    pub fn finish_on(&self, medium: Arc<dyn Medium>) {
        // The length on disk is the truth, whatever was announced; the wanting ends here, which
        // also lets go of whatever the callback holds on to.
        let on_disk = medium.length().ok();
        self.change(|state| {
            let length = on_disk.or(state.total).or(state.ranges.last().map(|r| r.end)).unwrap_or(0);
            state.medium = medium;
            state.total = Some(length);
            state.ranges.clear();
            insert(&mut state.ranges, 0..length);
            state.whole = true;
            state.failed = false;
            true
        });
        let unwanted = self.0.want.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(unwanted);
    }

    /// Nothing more will come for now: a reader that needs more gets
    /// [`ErrorKind::ConnectionAborted`] until something arrives again.
    pub fn fail(&self) {
        self.change(|state| {
            let news = !state.whole && !state.failed;
            if news {
                state.failed = true;
            }
            news
        });
    }

    /// The length of the whole file, once known.
    pub fn total(&self) -> Option<u64> {
        self.state().total
    }

    /// Whether the file is finished.
    pub fn is_whole(&self) -> bool {
        self.state().whole
    }

    /// What has arrived: merged, ascending.
    pub fn ranges(&self) -> Vec<Range<u64>> {
        self.state().ranges.clone()
    }

    /// The first gap at or after `at`; it ends where bytes are again, at the total, or (with the
    /// total unknown) at [`u64::MAX`].
    pub fn missing_from(&self, at: u64) -> Option<Range<u64>> {
        let state = self.state();
        let end = state.total.unwrap_or(u64::MAX);
        let start = state.here(at).map_or(at, |here| here.end);
        let next = state.ranges.iter().find(|r| r.start >= start).map_or(end, |r| r.start.min(end));
        (start < next).then_some(start..next)
    }

    /// A number that changes with every change.
    pub fn version(&self) -> u64 {
        self.state().version
    }

    /// Waits until the version is another than `seen`, or until the time is over; returns the
    /// version. For background threads only.
    pub fn wait_news(&self, seen: u64, at_most: Duration) -> u64 {
        let same = |state: &mut State| state.version == seen;
        match self.0.news.wait_timeout_while(self.state(), at_most, same) {
            Ok((state, _)) => state.version,
            Err(poisoned) => poisoned.into_inner().0.version,
        }
    }

    /// What to do when a reader needs a byte that is not here (it is told which). It must not
    /// wait; a new one takes the place of the one before.
    pub fn on_want(&self, f: impl Fn(u64) + Send + Sync + 'static) {
        let before = self.0.want.lock().unwrap_or_else(PoisonError::into_inner).replace(Arc::new(f));
        drop(before);
    }

    /// Says that the byte at `at` is needed next.
    pub fn want(&self, at: u64) {
        let want = self.0.want.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(want) = want {
            want(at);
        }
    }

    /// What to do when a finished recording proves damaged. It may call [`Self::restart`], so that
    /// readers wait for it to arrive anew; it must not wait, and it happens once.
    pub fn on_damage(&self, f: impl FnOnce(&Self) + Send + Sync + 'static) {
        let before = self.0.mend.lock().unwrap_or_else(PoisonError::into_inner).replace(Box::new(f));
        drop(before);
    }

    /// A reader met damage.
    fn damaged(&self) {
        let mend = self.0.mend.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mend) = mend {
            mend(self);
        }
    }

    /// Opens it for reading. A finished file is opened now, an arriving one when its first bytes
    /// are read.
    pub fn reader(&self) -> io::Result<GrowingReader> {
        let (medium, whole, generation) = {
            let state = self.state();
            (Arc::clone(&state.medium), state.whole, state.generation)
        };
        match if whole { medium.open().map(Some) } else { Ok(None) } {
            Ok(source) => Ok(GrowingReader::new(self.clone(), generation, source)),
            Err(error) => {
                self.look_for_damage(&error);
                let (whole, generation) = {
                    let state = self.state();
                    (state.whole, state.generation)
                };
                if whole { Err(error) } else { Ok(GrowingReader::new(self.clone(), generation, None)) }
            }
        }
    }

    /// Bytes that prove damaged on the disk are a matter for whoever can fetch them again. So is a file that was taken
    /// away before it was opened, as by another reader who met the damage first.
    fn look_for_damage(&self, error: &io::Error) {
        if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::NotFound) && self.is_whole() {
            self.damaged();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state and tells those who wait, if `change` says there is news.
    fn change(&self, change: impl FnOnce(&mut State) -> bool) {
        let mut state = self.state();
        if change(&mut state) {
            state.version = state.version.wrapping_add(1);
            drop(state);
            self.0.news.notify_all();
        }
    }
}

impl fmt::Debug for Growing {
    /// Without the path: file names of recordings belong in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Growing")
            .field("total", &state.total)
            .field("ranges", &state.ranges)
            .field("whole", &state.whole)
            .field("failed", &state.failed)
            .finish_non_exhaustive()
    }
}

impl State {
    /// The arrived range that holds `at`.
    fn here(&self, at: u64) -> Option<&Range<u64>> {
        let after = self.ranges.partition_point(|r| r.start <= at);
        self.ranges.get(after.checked_sub(1)?).filter(|r| r.contains(&at))
    }
}
