//! Files that nobody can change unnoticed, and that read like plain ones whatever order their bytes come in.

use super::*;
use proptest::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const C: u64 = CHUNK as u64;

fn key() -> RecordingsKey {
    RecordingsKey::new([5; 32])
}

fn noise(bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut noise = vec![0; bytes];
    random.fill(&mut noise);
    noise
}

fn sealed(content: &[u8]) -> Vec<u8> {
    seal_whole(&key(), Kind::Recording, content).expect("sealed")
}

struct Home {
    _folder: tempfile::TempDir,
    path: PathBuf,
}

impl Home {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        Self { path: folder.path().join("file"), _folder: folder }
    }

    fn create(&self) -> File {
        File::options().read(true).write(true).create(true).truncate(true).open(&self.path).expect("made")
    }

    fn live(&self) -> Arc<Live> {
        let live = Live::new(FileCipher::new(&key(), Kind::Recording, FileId::random().expect("an id")));
        live.begin_writing(self.create());
        live.begin().expect("begun");
        Arc::new(live)
    }

    fn reader(&self, live: &Arc<Live>) -> SealedReader {
        SealedReader::arriving(File::open(&self.path).expect("opened"), Arc::clone(live))
    }

    /// What a finished file of these bytes gives to whoever reads all of it.
    fn read(&self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        fs::write(&self.path, bytes).expect("written");
        let file = File::open(&self.path).expect("opened");
        let mut reader = open_finished(file, &key(), Kind::Recording)?;
        let mut content = Vec::new();
        reader.read_to_end(&mut content).map(|_| content)
    }

    #[track_caller]
    fn refuses(&self, bytes: &[u8], what: &str) {
        let error = self.read(bytes).err().unwrap_or_else(|| panic!("{what}: taken"));
        assert_eq!(error.kind(), ErrorKind::InvalidData, "{what}");
        assert_eq!(error.to_string(), Damaged.to_string());
    }
}

#[test]
fn content_of_every_length_comes_back() {
    let home = Home::new();
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK + 7] {
        let content = noise(length, 1);
        assert!(home.read(&sealed(&content)).expect("read") == content, "{length}");
    }
}

#[test]
fn every_flipped_byte_is_refused() {
    let home = Home::new();
    let whole = sealed(&noise(700, 2));
    // The header and both ends of the chunk byte by byte, the rest of it in strides.
    let near = (0..HEADER + 1_000).chain(whole.len() - 600..whole.len());
    let places = near.chain((HEADER + 1_000..whole.len() - 600).step_by(401));
    for at in places {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        home.refuses(&bytes, &format!("byte {at}"));
    }
}

#[test]
fn every_bit_of_the_header_counts() {
    let home = Home::new();
    let whole = sealed(b"short");
    for bit in 0..HEADER * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        home.refuses(&bytes, &format!("bit {bit}"));
    }
}

#[test]
fn what_is_cut_off_added_swapped_or_put_back_is_refused() {
    let home = Home::new();
    let content = noise(3 * CHUNK + 100, 3);
    let (whole, other) = (sealed(&content), sealed(&content));
    for cut in [0, 1, HEADER - 1, HEADER, HEADER + 1, HEADER + SLOT, whole.len() - SLOT, whole.len() - 1] {
        home.refuses(&whole[..cut], &format!("cut at {cut}"));
    }
    for more in [1, SLOT] {
        home.refuses(&[whole.as_slice(), &vec![0; more]].concat(), "extended by nothing");
        home.refuses(&[whole.as_slice(), &whole[whole.len() - more..]].concat(), "extended by itself");
    }
    let slot = |bytes: &[u8], index: usize| bytes[HEADER + index * SLOT..][..SLOT].to_vec();
    for (to, from, source) in [(0, 1, &whole), (2, 1, &whole), (0, 0, &other), (3, 3, &other)] {
        let mut bytes = whole.clone();
        bytes[HEADER + to * SLOT..][..SLOT].copy_from_slice(&slot(source, from));
        home.refuses(&bytes, &format!("chunk {from} in the place of {to}"));
    }
    // Another file's header, and this one's length under that file's name.
    home.refuses(&[&other[..HEADER], &whole[HEADER..]].concat(), "another header");
    home.refuses(&[&whole[..72], &other[72..HEADER], &whole[HEADER..]].concat(), "another length");
    home.refuses(&[&whole[..72], &[0; 56], &whole[HEADER..]].concat(), "never finished");
    // Shorter by a chunk, with the closing seal of a shorter file.
    let shorter = sealed(&content[..3 * CHUNK]);
    home.refuses(&[&whole[..72], &shorter[72..HEADER], &whole[HEADER..HEADER + 3 * SLOT]].concat(), "shortened");
}

#[test]
fn another_key_or_kind_is_refused() {
    let home = Home::new();
    fs::write(&home.path, sealed(b"content")).expect("written");
    let opens =
        |key: &RecordingsKey, kind| open_finished(File::open(&home.path).expect("opened"), key, kind).ok()?.total();
    assert_eq!(opens(&key(), Kind::Recording), Some(7));
    assert_eq!(opens(&key(), Kind::Peaks), None);
    assert_eq!(opens(&RecordingsKey::new([6; 32]), Kind::Recording), None);
}

/// While a file arrives its chunks are written several times; what was written first must not come back later.
#[test]
fn an_earlier_state_of_a_chunk_cannot_be_put_back() {
    let home = Home::new();
    let content = noise(2 * CHUNK, 4);
    let live = home.live();
    live.put(0, 0, &content[..1_000], true).expect("put");
    live.flush().expect("flushed");
    let early = fs::read(&home.path).expect("read");
    live.put(0, 1_000, &content[1_000..CHUNK], false).expect("put");
    live.close(0).expect("closed");
    live.put_whole(1, &content[CHUNK..]).expect("put");
    live.seal_length(2 * C).expect("sealed");
    live.sync().expect("flushed");
    let mut bytes = fs::read(&home.path).expect("read");
    assert!(home.read(&bytes).expect("read") == content);
    bytes[HEADER..HEADER + SLOT].copy_from_slice(&early[HEADER..HEADER + SLOT]);
    home.refuses(&bytes, "an earlier state");
}

#[test]
fn the_same_content_never_looks_the_same() {
    let (a, b) = (sealed(&vec![0; CHUNK]), sealed(&vec![0; CHUNK]));
    let same = a.iter().zip(&b).filter(|(a, b)| a == b).count();
    assert!(same < a.len() / 100, "{same} of {}", a.len());
    assert_eq!(room_in(a.len() as u64), C);
    assert_eq!((length_on_disk(0), room_in(0)), (HEADER as u64, 0));
}

#[test]
fn seeking_is_as_in_a_plain_file() {
    let home = Home::new();
    let content = noise(2 * CHUNK + 50, 5);
    fs::write(&home.path, sealed(&content)).expect("written");
    let mut reader = open_finished(home.open(), &key(), Kind::Recording).expect("opened");
    let total = reader.total().expect("known");
    assert_eq!(total, content.len() as u64);
    assert_eq!(reader.seek(SeekFrom::End(-10)).expect("there"), total - 10);
    let mut out = Vec::new();
    reader.read_to_end(&mut out).expect("read");
    assert_eq!(out, content[content.len() - 10..]);
    assert_eq!(reader.seek(SeekFrom::Current(-20)).expect("there"), total - 20);
    assert!(reader.seek(SeekFrom::Current(-1_000_000)).is_err());
    reader.seek(SeekFrom::Start(u64::MAX)).expect("behind the end");
    assert_eq!(reader.read(&mut [0; 4]).expect("the end"), 0);
    assert!(!format!("{reader:?}").contains(&format!("{:?}", &content[..2])));
}

impl Home {
    fn open(&self) -> File {
        File::open(&self.path).expect("opened")
    }
}

/// A step of a random life of a file.
#[derive(Clone, Debug)]
enum Step {
    Write(u64, usize),
    Read(u64, usize),
    Flush,
    Leave,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let at = 0..4 * C;
    let step = prop_oneof![
        4 => (at.clone(), 1..90_000_usize).prop_map(|(at, length)| Step::Write(at, length)),
        4 => (at, 1..90_000_usize).prop_map(|(at, length)| Step::Read(at, length)),
        1 => Just(Step::Flush),
        1 => Just(Step::Leave),
    ];
    proptest::collection::vec(step, 1..24)
}

/// Writes as `Part` does, without its books.
fn write(live: &Live, mut at: u64, mut bytes: &[u8], written: &mut [bool]) {
    while !bytes.is_empty() {
        let (index, within) = place_of(at);
        let (piece, rest) = bytes.split_at(bytes.len().min(CHUNK - within));
        let chunk = &mut written[index as usize * CHUNK..][..CHUNK];
        if piece.len() == CHUNK {
            live.put_whole(index, piece).expect("put");
        } else {
            live.put(index, within, piece, !chunk.contains(&true)).expect("put");
        }
        chunk[within..within + piece.len()].fill(true);
        at += piece.len() as u64;
        bytes = rest;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written and read in whatever order: the same as a plain vector of bytes.
    #[test]
    fn any_order_gives_the_same_as_plain_bytes(steps in steps(), seed in any::<u64>()) {
        let home = Home::new();
        let mut live = home.live();
        let mut reader = home.reader(&live);
        let (mut plain, mut written) = (vec![0_u8; 6 * CHUNK], vec![false; 6 * CHUNK]);
        for (count, step) in (0..).zip(steps) {
            match step {
                Step::Write(at, length) => {
                    let bytes = noise(length, seed.wrapping_add(count));
                    plain[at as usize..][..length].copy_from_slice(&bytes);
                    write(&live, at, &bytes, &mut written);
                }
                Step::Read(at, length) => {
                    let there = &written[at as usize..][..length];
                    let length = there.iter().position(|here| !here).unwrap_or(length);
                    let mut out = vec![0; length];
                    reader.seek(SeekFrom::Start(at)).expect("there");
                    reader.read_exact(&mut out).expect("read");
                    prop_assert!(out == plain[at as usize..][..length]);
                }
                Step::Flush => live.flush().expect("flushed"),
                Step::Leave => {
                    live.put_away(1);
                    let mut file = File::options().read(true).write(true).open(&home.path).expect("opened");
                    let opened = open_header(&mut file, &key(), Kind::Recording).expect("ours");
                    live = Arc::new(Live::new(opened.cipher));
                    live.begin_writing(file);
                    reader = home.reader(&live);
                }
            }
        }
        let mut out = vec![0; plain.len()];
        let mut late = home.reader(&live);
        for (index, chunk) in written.chunks(CHUNK).enumerate().filter(|(_, chunk)| chunk.contains(&true)) {
            let at = index * CHUNK;
            late.seek(SeekFrom::Start(at as u64)).expect("there");
            late.read_exact(&mut out[at..at + chunk.len()]).expect("read");
        }
        prop_assert!(out == plain);
    }
}

/// A note that is taken at the very moment in which a chunk is closed must not open it again.
#[test]
fn a_closed_chunk_stays_closed_whoever_flushes() {
    const CHUNKS: u64 = 60;
    let home = Home::new();
    let live = home.live();
    let is_over = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    live.flush().expect("flushed");
                }
            });
        }
        for index in 0..CHUNKS {
            live.put(index, 0, &[1; 9], true).expect("put");
            live.close(index).expect("closed");
        }
        is_over.store(true, Ordering::Release);
    });
    live.seal_length(CHUNKS * C).expect("sealed");
    let mut reader = open_finished(home.open(), &key(), Kind::Recording).expect("opened");
    for index in 0..CHUNKS {
        reader.seek(SeekFrom::Start(index * C)).expect("there");
        reader.read_exact(&mut [0; 9]).unwrap_or_else(|error| panic!("chunk {index}: {error}"));
    }
}

/// One writes in small pieces and in leaps, others read what has come and nothing else. Nobody ever sees a torn chunk,
/// another one's bytes, or the emptiness that was there before.
#[test]
fn readers_never_see_a_chunk_being_rewritten() {
    const LENGTH: usize = 8 * CHUNK;
    let home = Home::new();
    let content = noise(LENGTH, 6);
    let live = home.live();
    // Pieces of 5,000 bytes, those of one half of the file in turn with those of the other.
    let pieces: Vec<usize> = (0..LENGTH / 2).step_by(5_000).flat_map(|at| [at, LENGTH / 2 + at]).collect();
    let arrived: Vec<AtomicU64> = [0, LENGTH / 2].map(|start| AtomicU64::new(start as u64)).into();
    let (home, live, content, arrived) = (&home, &live, &content, &arrived);
    std::thread::scope(|scope| {
        for seed in 0..2 {
            scope.spawn(move || read_along(home.reader(live), content, arrived, seed));
        }
        scope.spawn(move || {
            while arrived[1].load(Ordering::Acquire) < LENGTH as u64 {
                live.flush().expect("flushed");
                std::thread::yield_now();
            }
        });
        let mut written = vec![false; LENGTH];
        for (count, at) in pieces.into_iter().enumerate() {
            let half = usize::from(at >= LENGTH / 2);
            let end = (at + 5_000).min((half + 1) * LENGTH / 2);
            write(live, at as u64, &content[at..end], &mut written);
            let (index, within) = place_of(end as u64);
            if within < 5_000 && index > 0 && written[(index as usize - 1) * CHUNK..][..CHUNK].iter().all(|here| *here)
            {
                live.close(index - 1).expect("closed");
            }
            arrived[half].store(end as u64, Ordering::Release);
            // A leap elsewhere now and then drives chunks out of the memory.
            if count % 20 == 0 {
                for index in 30..35 {
                    live.put(index, 0, b"elsewhere", true).expect("put");
                }
            }
        }
    });
}

fn read_along(mut reader: SealedReader, content: &[u8], arrived: &[AtomicU64], seed: u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut out = vec![0; 20_000];
    loop {
        let ends = [0, 1].map(|half: usize| arrived[half].load(Ordering::Acquire) as usize);
        let half = random.usize(0..2);
        let start = half * content.len() / 2;
        if ends[half] == start {
            continue;
        }
        // Mostly near the end of what has come, where chunks change.
        let from = if random.bool() { ends[half].saturating_sub(30_000).max(start) } else { start };
        let at = random.usize(from..ends[half]);
        let length = out.len().min(ends[half] - at);
        reader.seek(SeekFrom::Start(at as u64)).expect("there");
        reader.read_exact(&mut out[..length]).expect("what has arrived is there");
        assert!(out[..length] == content[at..at + length], "byte {at}");
        if ends == [content.len() / 2, content.len()] {
            return;
        }
    }
}
