//! A recording on disk that may still be arriving: who has written which bytes, who waits for more.
//!
//! One [`Growing`] is shared by the download that fills a file and by everything that reads it
//! (player, waveform, export). Bytes may arrive in any order; the holes of a sparse file read as
//! zeros, so a reader never delivers a byte that was not reported as arrived. It downloads
//! nothing, writes nothing and knows no file format.

use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

type Want = Arc<dyn Fn(u64) + Send + Sync>;

/// A file that may still be arriving; cheap to clone, all clones are the same one.
#[derive(Clone)]
pub struct Growing(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    news: Condvar,
    want: Mutex<Option<Want>>,
}

struct State {
    /// Where the bytes arrive.
    part: PathBuf,
    /// Where they stand now: the part, or the finished file.
    path: PathBuf,
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
    /// A finished file; nothing ever waits.
    pub fn whole(path: PathBuf) -> io::Result<Self> {
        let about = std::fs::metadata(&path)?;
        if about.is_dir() {
            return Err(ErrorKind::IsADirectory.into());
        }
        let growing = Self::arriving(path, Some(about.len()));
        {
            let mut state = growing.state();
            insert(&mut state.ranges, 0..about.len());
            state.whole = true;
        }
        Ok(growing)
    }

    /// A part file of which nothing has arrived yet; it need not exist before something has.
    pub fn arriving(part: PathBuf, total: Option<u64>) -> Self {
        let state = State {
            path: part.clone(),
            part,
            total,
            ranges: Vec::new(),
            whole: false,
            failed: false,
            version: 0,
            generation: 0,
        };
        Self(Arc::new(Shared { state: Mutex::new(state), news: Condvar::new(), want: Mutex::new(None) }))
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
            state.path.clone_from(&state.part);
            state.total = None;
            state.ranges.clear();
            state.whole = false;
            state.failed = false;
            state.generation = state.generation.wrapping_add(1);
            true
        });
    }

    /// All is there, and the part is now called `path`. Open readers keep working.
    pub fn finish(&self, path: PathBuf) {
        // The length on disk is the truth, whatever was announced; the wanting ends here, which
        // also lets go of whatever the callback holds on to.
        let on_disk = std::fs::metadata(&path).map(|about| about.len()).ok();
        self.change(|state| {
            let length = on_disk.or(state.total).or(state.ranges.last().map(|r| r.end)).unwrap_or(0);
            state.path = path;
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

    /// Opens it for reading. A finished file is opened now, an arriving one when its first bytes
    /// are read.
    pub fn reader(&self) -> io::Result<GrowingReader> {
        let (path, whole, generation) = {
            let state = self.state();
            (state.path.clone(), state.whole, state.generation)
        };
        let file = if whole { Some(File::open(path)?) } else { None };
        Ok(GrowingReader { growing: self.clone(), generation, file, file_at: 0, at: 0 })
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

/// Adds a range, joining it with those it touches.
fn insert(ranges: &mut Vec<Range<u64>>, new: Range<u64>) {
    if new.is_empty() {
        return;
    }
    let first = ranges.partition_point(|r| r.end < new.start);
    let behind = ranges.partition_point(|r| r.start <= new.end);
    let start = ranges.get(first).map_or(new.start, |r| r.start.min(new.start));
    let end = behind.checked_sub(1).and_then(|last| ranges.get(last)).map_or(new.end, |r| r.end.max(new.end));
    ranges.splice(first..behind.max(first), std::iter::once(start..end));
}

/// Reads a [`Growing`] file: what is here is delivered, what is not is [`ErrorKind::WouldBlock`].
#[derive(Debug)]
pub struct GrowingReader {
    growing: Growing,
    generation: u64,
    file: Option<File>,
    /// Where the file's own position stands.
    file_at: u64,
    at: u64,
}

/// What a reader may do at its position.
enum Turn {
    End,
    Read(u64),
}

impl GrowingReader {
    /// The file it reads.
    pub fn growing(&self) -> &Growing {
        &self.growing
    }

    fn turn(&self) -> io::Result<Turn> {
        let state = self.growing.state();
        if state.generation != self.generation {
            return Err(ErrorKind::StaleNetworkFileHandle.into());
        }
        if state.total.is_some_and(|total| self.at >= total) {
            return Ok(Turn::End);
        }
        if let Some(here) = state.here(self.at) {
            let end = state.total.map_or(here.end, |total| here.end.min(total));
            return Ok(Turn::Read(end.saturating_sub(self.at)));
        }
        let failed = state.failed;
        drop(state);
        self.growing.want(self.at);
        Err(if failed { ErrorKind::ConnectionAborted } else { ErrorKind::WouldBlock }.into())
    }

    fn open(&mut self) -> io::Result<&mut File> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.open_path()?,
        };
        Ok(self.file.insert(file))
    }

    fn open_path(&self) -> io::Result<File> {
        let (path, whole) = {
            let state = self.growing.state();
            (state.path.clone(), state.whole)
        };
        File::open(path).map_err(|e| match e.kind() {
            // The part has been renamed and the news of it is on its way.
            ErrorKind::NotFound if !whole => ErrorKind::WouldBlock.into(),
            _ => e,
        })
    }

    fn read_here(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (at, file_at) = (self.at, self.file_at);
        let file = self.open()?;
        if file_at != at {
            file.seek(SeekFrom::Start(at))?;
        }
        let came = file.read(out);
        // After an error nobody knows where the file stands; no file reaches this position.
        self.file_at = came.as_ref().map_or(u64::MAX, |came| at.saturating_add(*came as u64));
        came
    }
}

impl Read for GrowingReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let Turn::Read(here) = self.turn()? else { return Ok(0) };
        let room = out.len().min(usize::try_from(here).unwrap_or(usize::MAX));
        let came = self.read_here(out.get_mut(..room).unwrap_or_default())?;
        let (stale, whole) = {
            let state = self.growing.state();
            (state.generation != self.generation, state.whole)
        };
        // A restart in between may have put bytes of the new version under the reader.
        if stale {
            return Err(ErrorKind::StaleNetworkFileHandle.into());
        }
        // Bytes that were reported are gone: that is no end of the recording.
        if came == 0 && !whole {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(came as u64);
        Ok(came)
    }
}

impl Seek for GrowingReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => {
                let total = {
                    let state = self.growing.state();
                    if state.generation != self.generation {
                        return Err(ErrorKind::StaleNetworkFileHandle.into());
                    }
                    state.total
                };
                total.ok_or(ErrorKind::WouldBlock)?.checked_add_signed(by)
            }
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, Write as _};
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn read(reader: &mut GrowingReader, at: u64, length: usize) -> Result<Vec<u8>, ErrorKind> {
        reader.seek(SeekFrom::Start(at)).map_err(|e| e.kind())?;
        let mut out = vec![0xee; length];
        let came = reader.read(&mut out).map_err(|e| e.kind())?;
        out.truncate(came);
        Ok(out)
    }

    fn part(folder: &tempfile::TempDir) -> PathBuf {
        folder.path().join("sound.part")
    }

    #[test]
    fn ranges_merge_in_any_order() {
        let growing = Growing::arriving("nowhere".into(), None);
        for range in [10..20, 30..40, 50..60, 20..22, 5..5, 28..30] {
            growing.arrived(range);
        }
        assert_eq!(growing.ranges(), [10..22, 28..40, 50..60]);
        growing.arrived(15..55);
        assert_eq!(growing.ranges(), vec![10..60; 1]);
        growing.arrived(0..3);
        growing.arrived(100..101);
        assert_eq!(growing.ranges(), [0..3, 10..60, 100..101]);
        growing.arrived(3..10);
        growing.arrived(0..200);
        assert_eq!(growing.ranges(), vec![0..200; 1]);
    }

    /// Every order of random ranges gives the same as a plain map of bytes.
    #[test]
    fn merging_agrees_with_a_map_of_bytes() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let (mut map, mut ranges) = ([false; 64], Vec::new());
            for _ in 0..random.usize(1..12) {
                let start = random.usize(0..60);
                let end = start + random.usize(0..9_usize.min(64 - start));
                map[start..end].fill(true);
                insert(&mut ranges, start as u64..end as u64);
            }
            let growing = Growing::arriving("nowhere".into(), Some(64));
            for range in &ranges {
                growing.arrived(range.clone());
            }
            for (at, here) in map.iter().enumerate() {
                assert_eq!(growing.state().here(at as u64).is_some(), *here);
            }
            assert!(ranges.windows(2).all(|pair| pair[0].end < pair[1].start), "{ranges:?}");
            let gap = map.iter().position(|here| !here).map(|at| at as u64);
            assert_eq!(growing.missing_from(0).map(|r| r.start), gap);
        }
    }

    #[test]
    fn gaps_end_at_the_next_bytes_the_total_or_nowhere() {
        let growing = Growing::arriving("nowhere".into(), None);
        assert_eq!(growing.missing_from(7), Some(7..u64::MAX));
        growing.arrived(10..20);
        assert_eq!(growing.missing_from(0), Some(0..10));
        assert_eq!(growing.missing_from(12), Some(20..u64::MAX));
        growing.set_total(30);
        assert_eq!(growing.missing_from(20), Some(20..30));
        assert_eq!(growing.missing_from(30), None);
        growing.arrived(20..30);
        assert_eq!(growing.missing_from(10), None);
    }

    #[test]
    fn only_what_has_arrived_is_read_and_the_rest_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let growing = Growing::arriving(part(&folder), Some(100));
        let wanted = Arc::new(AtomicU64::new(u64::MAX));
        let tell = Arc::clone(&wanted);
        growing.on_want(move |at| tell.store(at, Ordering::SeqCst));
        let mut reader = growing.reader().unwrap();
        assert_eq!(read(&mut reader, 0, 4), Err(ErrorKind::WouldBlock));
        assert_eq!(wanted.load(Ordering::SeqCst), 0);

        let mut file = File::create(part(&folder)).unwrap();
        file.seek(SeekFrom::Start(50)).unwrap();
        file.write_all(b"0123456789").unwrap();
        growing.arrived(50..60);
        assert_eq!(read(&mut reader, 58, 10).unwrap(), b"89");
        assert_eq!(read(&mut reader, 60, 10), Err(ErrorKind::WouldBlock));
        assert_eq!(wanted.load(Ordering::SeqCst), 60);
        assert_eq!(read(&mut reader, 49, 10), Err(ErrorKind::WouldBlock), "a hole is no sound");
        assert_eq!(read(&mut reader, 100, 10).unwrap(), b"");
        assert_eq!(reader.seek(SeekFrom::End(-45)).unwrap(), 55);
        assert_eq!(read(&mut reader, 55, 2).unwrap(), b"56");
        assert!(reader.seek(SeekFrom::Current(-1_000)).is_err());
    }

    #[test]
    fn the_end_is_unknown_until_the_total_is() {
        let growing = Growing::arriving("nowhere".into(), None);
        let mut reader = growing.reader().unwrap();
        assert_eq!(reader.seek(SeekFrom::End(0)).unwrap_err().kind(), ErrorKind::WouldBlock);
        growing.set_total(9);
        assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), 9);
        assert_eq!(reader.read(&mut [0; 4]).unwrap(), 0);
    }

    #[test]
    fn readers_outlive_the_renaming() {
        let folder = tempfile::tempdir().unwrap();
        let (part, done) = (part(&folder), folder.path().join("sound.wav"));
        std::fs::write(&part, b"abcd").unwrap();
        let growing = Growing::arriving(part.clone(), None);
        growing.arrived(0..2);
        let (mut early, mut late) = (growing.reader().unwrap(), growing.reader().unwrap());
        assert_eq!(read(&mut early, 0, 9).unwrap(), b"ab");
        std::fs::rename(&part, &done).unwrap();
        assert_eq!(read(&mut late, 0, 9), Err(ErrorKind::WouldBlock), "renamed, but not said yet");
        growing.finish(done);
        assert!(growing.is_whole());
        assert_eq!(growing.total(), Some(4));
        assert_eq!(read(&mut early, 1, 9).unwrap(), b"bcd");
        assert_eq!(read(&mut late, 3, 9).unwrap(), b"d");
        assert_eq!(read(&mut growing.reader().unwrap(), 2, 9).unwrap(), b"cd");
        assert_eq!(growing.missing_from(0), None);
    }

    #[test]
    fn another_version_makes_readers_stale() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(part(&folder), b"old").unwrap();
        let growing = Growing::arriving(part(&folder), Some(3));
        growing.arrived(0..3);
        let mut old = growing.reader().unwrap();
        assert_eq!(read(&mut old, 0, 1).unwrap(), b"o");
        growing.restart();
        assert_eq!((growing.total(), growing.ranges().len()), (None, 0));
        std::fs::write(part(&folder), b"newer").unwrap();
        growing.set_total(5);
        growing.arrived(0..5);
        assert_eq!(read(&mut old, 1, 1), Err(ErrorKind::StaleNetworkFileHandle));
        assert_eq!(old.seek(SeekFrom::End(0)).unwrap_err().kind(), ErrorKind::StaleNetworkFileHandle);
        assert_eq!(read(&mut growing.reader().unwrap(), 0, 9).unwrap(), b"newer");
    }

    #[test]
    fn a_broken_download_says_so_until_it_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(part(&folder), b"abcd").unwrap();
        let growing = Growing::arriving(part(&folder), Some(4));
        growing.arrived(0..2);
        growing.fail();
        let mut reader = growing.reader().unwrap();
        assert_eq!(read(&mut reader, 0, 9).unwrap(), b"ab");
        assert_eq!(read(&mut reader, 2, 9), Err(ErrorKind::ConnectionAborted));
        growing.arrived(2..3);
        assert_eq!(read(&mut reader, 2, 9).unwrap(), b"c");
        assert_eq!(read(&mut reader, 3, 9), Err(ErrorKind::WouldBlock));
    }

    #[test]
    fn whole_files_never_wait() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Growing::whole(part(&folder)).is_err());
        assert!(Growing::whole(folder.path().into()).is_err());
        std::fs::write(part(&folder), b"abcd").unwrap();
        let growing = Growing::whole(part(&folder)).unwrap();
        assert!(growing.is_whole());
        assert_eq!(growing.ranges(), vec![0..4; 1]);
        let mut reader = growing.reader().unwrap();
        assert_eq!(read(&mut reader, 0, 9).unwrap(), b"abcd");
        assert_eq!(read(&mut reader, 4, 9).unwrap(), b"");
        growing.fail();
        assert_eq!(growing.version(), 0, "nothing can happen to it any more");
    }

    #[test]
    fn news_wake_those_who_wait() {
        let growing = Growing::arriving("nowhere".into(), None);
        let seen = growing.version();
        assert_eq!(growing.wait_news(seen, Duration::from_millis(1)), seen);
        let other = growing.clone();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(move || other.wait_news(seen, Duration::from_mins(1)));
            growing.arrived(0..1);
            assert_eq!(waiter.join().unwrap(), seen + 1);
        });
        growing.arrived(0..0);
        assert_eq!(growing.version(), seen + 1, "nothing is no news");
        assert!(!format!("{growing:?}").contains("nowhere"), "no path in a log");
    }

    /// Versions replace each other under a running reader. Each version is made of one byte, and
    /// no reader may ever see two, nor a hole.
    #[test]
    fn a_reader_never_mixes_versions() {
        const LENGTH: u64 = 40_000;
        let folder = tempfile::tempdir().unwrap();
        let mut file = File::create(part(&folder)).unwrap();
        let growing = Growing::arriving(part(&folder), Some(LENGTH));
        std::thread::scope(|scope| {
            let shared = growing.clone();
            let reading = scope.spawn(move || read_versions(&shared));
            let mut random = fastrand::Rng::with_seed(3);
            for version in 1..=100_u8 {
                growing.restart();
                growing.set_total(LENGTH);
                let mut starts: Vec<u64> = (0..LENGTH).step_by(1_000).collect();
                random.shuffle(&mut starts);
                for start in starts {
                    file.seek(SeekFrom::Start(start)).unwrap();
                    file.write_all(&[version; 1_000]).unwrap();
                    growing.arrived(start..start + 1_000);
                }
            }
            growing.finish(part(&folder));
            println!("{} readers went stale", reading.join().unwrap());
        });
    }

    /// Reads until a reader has seen all of the finished file; returns how many went stale.
    fn read_versions(growing: &Growing) -> u32 {
        let mut stale = 0;
        loop {
            let (mut reader, mut seen, mut out) = (growing.reader().unwrap(), None, [0; 700]);
            loop {
                let version = growing.version();
                match reader.read(&mut out) {
                    Ok(0) => break,
                    Ok(came) => {
                        let byte = *seen.get_or_insert(out[0]);
                        assert!(byte != 0 && out[..came].iter().all(|b| *b == byte), "version {byte}");
                    }
                    Err(e) if e.kind() == ErrorKind::WouldBlock => {
                        growing.wait_news(version, Duration::from_secs(1));
                    }
                    Err(e) if e.kind() == ErrorKind::StaleNetworkFileHandle => {
                        stale += 1;
                        break;
                    }
                    Err(e) => panic!("{e}"),
                }
            }
            if growing.is_whole() && seen == Some(100) {
                return stale;
            }
        }
    }
}
