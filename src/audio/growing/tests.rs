//! Bytes in any order, readers that meet gaps, restarts and ends.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
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
        let mut map = [false; 64];
        let growing = Growing::arriving("nowhere".into(), Some(64));
        for _ in 0..random.usize(1..12) {
            let start = random.usize(0..60);
            let length = random.usize(0..9_usize.min(64 - start));
            map[start..start + length].fill(true);
            growing.arrived(start as u64..(start + length) as u64);
        }
        for (at, here) in map.iter().enumerate() {
            assert_eq!(growing.state().here(at as u64).is_some(), *here);
        }
        let ranges = growing.ranges();
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

/// Bytes that cannot be trusted any more.
struct Rotten;

impl Medium for Rotten {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        let file = tempfile::tempfile()?;
        file.set_len(2)?;
        Ok(Box::new(io::BufReader::with_capacity(1, Bad(file))))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(4)
    }
}

struct Bad(File);

impl io::Read for Bad {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(ErrorKind::InvalidData.into())
    }
}

impl io::Seek for Bad {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

#[test]
fn damage_is_told_once_and_may_make_it_arrive_anew() {
    let folder = tempfile::tempdir().unwrap();
    let growing = Growing::whole_on(Arc::new(Rotten), Arc::new(part(&folder))).unwrap();
    assert_eq!(growing.total(), Some(4));
    let mut reader = growing.reader().unwrap();
    assert_eq!(read(&mut reader, 0, 4), Err(ErrorKind::InvalidData), "nobody can mend it");
    let told = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&told);
    growing.on_damage(move |growing| {
        count.fetch_add(1, Ordering::SeqCst);
        growing.restart();
    });
    assert_eq!(read(&mut reader, 1, 3), Err(ErrorKind::StaleNetworkFileHandle));
    assert_eq!(read(&mut reader, 1, 3), Err(ErrorKind::StaleNetworkFileHandle));
    assert_eq!(told.load(Ordering::SeqCst), 1);
    let mut reader = growing.reader().unwrap();
    assert_eq!(read(&mut reader, 0, 4), Err(ErrorKind::WouldBlock));
    std::fs::write(part(&folder), b"anew").unwrap();
    growing.set_total(4);
    growing.arrived(0..4);
    assert_eq!(read(&mut reader, 0, 4).unwrap(), b"anew");
}

#[test]
fn a_file_that_was_taken_away_arrives_anew() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    std::fs::write(&whole, b"gone").unwrap();
    let growing = Growing::whole_on(Arc::new(whole.clone()), Arc::new(part(&folder))).unwrap();
    growing.on_damage(Growing::restart);
    std::fs::remove_file(whole).unwrap();
    let mut reader = growing.reader().unwrap();
    assert_eq!(read(&mut reader, 0, 4), Err(ErrorKind::WouldBlock));
    std::fs::write(part(&folder), b"anew").unwrap();
    growing.set_total(4);
    growing.arrived(0..4);
    assert_eq!(read(&mut reader, 0, 4).unwrap(), b"anew");
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
