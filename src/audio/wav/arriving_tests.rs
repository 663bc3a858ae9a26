//! The reader over recordings that are still arriving: in pieces, out of order, broken off,
//! replaced and shortened.

use std::fs::File;
use std::io::{Cursor, Seek as _, SeekFrom, Write as _};
use std::ops::Range;

use super::super::growing::{Growing, GrowingReader};
use super::*;

/// A recording of which bytes arrive when the test says so.
struct Arriving {
    bytes: Vec<u8>,
    part: File,
    growing: Growing,
    folder: tempfile::TempDir,
}

impl Arriving {
    fn new(bytes: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("part");
        let part = File::create(&path).unwrap();
        let growing = Growing::arriving(path, Some(bytes.len() as u64));
        Self { bytes, part, growing, folder }
    }

    fn bring(&mut self, range: Range<usize>) {
        self.part.seek(SeekFrom::Start(range.start as u64)).unwrap();
        self.part.write_all(&self.bytes[range.clone()]).unwrap();
        self.growing.arrived(range.start as u64..range.end as u64);
    }

    fn open(&self) -> Result<WavReader<GrowingReader>, WavError> {
        WavReader::open(self.growing.reader().unwrap())
    }
}

fn wav(tag: u16, channels: u16, block: u16, bits: u16, sound: &[u8]) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
    bytes.extend(tag.to_le_bytes());
    bytes.extend(channels.to_le_bytes());
    bytes.extend([0x40, 0x1f, 0, 0, 0, 0, 0, 0]);
    bytes.extend(block.to_le_bytes());
    bytes.extend(bits.to_le_bytes());
    bytes.extend(b"data");
    bytes.extend((sound.len() as u32).to_le_bytes());
    bytes.extend(sound);
    bytes
}

/// Bytes before the sound in the files of [`wav`].
const HEAD: usize = 56;

fn noise(random: &mut fastrand::Rng, length: usize) -> Vec<u8> {
    (0..length).map(|_| random.u8(..)).collect()
}

fn all_of(bytes: &[u8]) -> Vec<u32> {
    let mut reader = WavReader::open(Cursor::new(bytes)).unwrap();
    let mut out = vec![0.0; reader.info().frames as usize * usize::from(reader.info().channels)];
    assert_eq!(reader.read_frames(&mut out).unwrap() as u64, reader.info().frames);
    out.iter().map(|v| v.to_bits()).collect()
}

#[test]
fn the_length_is_known_before_the_sound() {
    let mut file = Arriving::new(wav(1, 1, 2, 16, &[0; 16_000]));
    assert!(matches!(file.open(), Err(WavError::Waiting)), "the part does not even exist for the reader");
    for end in 0..HEAD.max(64) {
        assert!(matches!(file.open(), Err(WavError::Waiting)), "{end} bytes are here");
        file.bring(end..end + 1);
    }
    let mut reader = file.open().unwrap();
    assert_eq!((reader.info().frames, reader.info().rate), (8_000, 8_000));
    let mut out = [1.0; 100];
    assert_eq!(reader.read_frames(&mut out).unwrap(), 4);
    assert!(matches!(reader.read_frames(&mut out), Err(WavError::Waiting)));
    reader.seek_frame(5_000).unwrap();
    assert!(matches!(reader.read_frames(&mut out), Err(WavError::Waiting)));
    file.bring(HEAD + 10_000..HEAD + 10_011);
    assert_eq!(reader.read_frames(&mut out).unwrap(), 5, "half a frame is none");
    assert_eq!(reader.position(), 5_005);
}

#[test]
fn without_a_total_everything_waits_for_the_end() {
    let bytes = wav(1, 1, 2, 16, &[1; 100]);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sound.wav");
    std::fs::write(&path, &bytes).unwrap();
    let growing = Growing::arriving(path.clone(), None);
    growing.arrived(0..bytes.len() as u64);
    assert!(matches!(WavReader::open(growing.reader().unwrap()), Err(WavError::Waiting)));
    growing.finish(path);
    assert_eq!(WavReader::open(growing.reader().unwrap()).unwrap().info().frames, 50);
}

/// Pieces of any size in any order: what comes out is what was sent, each frame once.
#[test]
fn no_frame_is_lost_or_told_twice() {
    let mut random = fastrand::Rng::with_seed(11);
    for (tag, channels, block, bits) in
        [(1, 2, 4, 16), (1, 1, 3, 24), (3, 2, 16, 64), (7, 1, 1, 8), (0x11, 1, 36, 4), (0x11, 2, 72, 4), (2, 2, 33, 4)]
    {
        let sound = noise(&mut random, 3_000);
        let mut file = Arriving::new(wav(tag, channels, block, bits, &sound));
        let expected = all_of(&file.bytes);
        file.bring(0..64);
        let mut reader = file.open().unwrap();
        let mut pieces = pieces(&mut random, file.bytes.len());
        let (mut got, mut out) = (Vec::new(), vec![0.0; 40 * usize::from(channels)]);
        while got.len() < expected.len() {
            match reader.read_frames(&mut out) {
                Ok(0) => panic!("an end before the end"),
                Ok(frames) => got.extend(out[..frames * usize::from(channels)].iter().map(|v| v.to_bits())),
                Err(WavError::Waiting) => file.bring(pieces.pop().unwrap()),
                Err(e) => panic!("{e}"),
            }
        }
        assert_eq!(got, expected, "tag {tag}");
        assert_eq!(reader.read_frames(&mut out).unwrap(), 0);
    }
}

fn pieces(random: &mut fastrand::Rng, length: usize) -> Vec<Range<usize>> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    while start < length {
        let end = (start + random.usize(1..90)).min(length);
        pieces.push(start..end);
        start = end;
    }
    random.shuffle(&mut pieces);
    pieces
}

#[test]
fn a_broken_download_plays_what_is_here_then_says_so_then_goes_on() {
    let mut file = Arriving::new(wav(1, 1, 2, 16, &[7; 2_000]));
    file.bring(0..HEAD + 1_001);
    file.growing.fail();
    let mut reader = file.open().unwrap();
    let mut out = [0.0; 2_000];
    assert_eq!(reader.read_frames(&mut out).unwrap(), 500);
    let said = reader.read_frames(&mut out).unwrap_err();
    assert_eq!(said.to_string(), "The rest of this recording has not arrived: the download was interrupted.");
    file.bring(HEAD + 1_001..HEAD + 2_000);
    assert_eq!(reader.read_frames(&mut out).unwrap(), 500);
    assert_eq!(reader.read_frames(&mut out).unwrap(), 0);
}

#[test]
fn another_version_is_told_as_such() {
    let mut file = Arriving::new(wav(1, 1, 2, 16, &[7; 2_000]));
    file.bring(0..file.bytes.len());
    let mut reader = file.open().unwrap();
    let mut out = [0.0; 10];
    assert_eq!(reader.read_frames(&mut out).unwrap(), 10);
    file.growing.restart();
    assert!(reader.read_frames(&mut out).unwrap_err().is_stale());
    assert!(matches!(file.open(), Err(WavError::Waiting)));
}

#[test]
fn a_source_that_proves_shorter_says_so_once_at_its_end() {
    for (tag, block, bits) in [(1, 2, 16), (0x11, 100, 4)] {
        let mut file = Arriving::new(wav(tag, 1, block, bits, &[0; 2_000]));
        file.bring(0..HEAD + 1_000);
        let mut reader = file.open().unwrap();
        let expected = reader.info().frames;
        let short = file.folder.path().join("short.wav");
        std::fs::write(&short, &file.bytes[..HEAD + 1_000]).unwrap();
        file.growing.finish(short);
        let (mut out, mut came) = (vec![0.0; 5_000], 0);
        let said = loop {
            match reader.read_frames(&mut out) {
                Ok(0) => panic!("nothing was said"),
                Ok(frames) => came += frames as u64,
                Err(e) => break e.to_string(),
            }
        };
        assert_eq!(came, expected / 2);
        assert!(said.starts_with("This recording is incomplete: 0."), "{said}");
        assert_eq!(reader.info().partial_reason(), Some(said.as_str()));
        assert_eq!(reader.info().frames, came);
        assert_eq!(reader.read_frames(&mut out).unwrap(), 0);
        reader.seek_frame(came - 1).unwrap();
        assert_eq!(reader.read_frames(&mut out).unwrap(), 1);
        assert!(matches!(reader.read_frames(&mut out), Err(WavError::EndedEarly(_))));
    }
}

#[test]
fn a_recorder_that_left_no_length_is_cut_short_in_words_too() {
    let mut bytes = wav(1, 1, 2, 16, &[0; 16_000]);
    bytes[HEAD - 4..HEAD].fill(0xff);
    let mut file = Arriving::new(bytes);
    file.bring(0..HEAD + 8_000);
    let mut reader = file.open().unwrap();
    assert_eq!((reader.info().frames, reader.info().declared_frames), (8_000, None));
    file.growing.set_total(HEAD as u64 + 8_000);
    let mut out = vec![0.0; 9_000];
    assert_eq!(reader.read_frames(&mut out).unwrap(), 4_000);
    let said = reader.read_frames(&mut out).unwrap_err().to_string();
    assert_eq!(said, "This recording is incomplete: 0.50 s of 1.0 s are here.");
}

/// The last block of a packed recording is filled up; a `fact` before the sound says how far it
/// is meant. A fact that would cut more than that is wrong.
#[test]
fn the_filling_of_the_last_block_is_not_sound() {
    for (fact, frames) in [(66_u32, 66), (130, 130), (65, 130), (0, 130), (1_000, 130)] {
        let mut bytes = wav(0x11, 1, 36, 4, &[0; 72]);
        bytes.splice(12..12, [b"fact\x04\0\0\0".as_slice(), &fact.to_le_bytes()].concat());
        let reader = WavReader::open(Cursor::new(&bytes)).unwrap();
        assert_eq!(reader.info().frames, frames, "fact {fact}");
        assert_eq!(reader.info().declared_frames, Some(frames));
    }
}

#[test]
fn a_description_behind_the_sound_is_asked_for() {
    let plain = wav(1, 1, 2, 16, &[5; 3_000]);
    let mut bytes = plain[..12].to_vec();
    bytes.extend(&plain[HEAD - 8..]);
    bytes.extend(&plain[24..HEAD - 8]);
    let mut file = Arriving::new(bytes);
    file.bring(0..100);
    assert!(matches!(file.open(), Err(WavError::Waiting)));
    let end = file.bytes.len();
    file.bring(end - 24..end);
    assert_eq!(file.open().unwrap().info().frames, 1_500);
}

#[test]
fn bytes_and_frames_name_each_other() {
    let bytes = wav(1, 2, 4, 16, &[5; 4_000]);
    let reader = WavReader::open(Cursor::new(&bytes)).unwrap();
    let head = HEAD as u64;
    assert_eq!(reader.raw_span(10..20), head + 40..head + 80);
    assert_eq!(reader.raw_span(990..u64::MAX), head + 3_960..head + 4_000);
    assert_eq!(reader.byte_of_frame(7), head + 28);
    assert_eq!(reader.frames_within(0..head + 9), 0..2);
    assert_eq!(reader.frames_within(head + 1..head + 13), 1..3);
    assert_eq!(reader.frames_within(0..10), 0..0);
    assert_eq!(reader.frames_within(0..u64::MAX), 0..1_000);
    assert_eq!(reader.raw_layout().unwrap().sample_bytes, 2);

    let bytes = wav(0x11, 1, 36, 4, &[5; 36 * 4 + 10]);
    let reader = WavReader::open(Cursor::new(&bytes)).unwrap();
    assert_eq!(reader.info().frames, 65 * 4 + 9);
    assert_eq!(reader.raw_span(64..66), head..head + 72);
    assert_eq!(reader.raw_span(261..262), head + 144..head + 154);
    assert_eq!(reader.frames_within(head + 1..head + 107), 65..130);
    assert_eq!(reader.frames_within(head + 36..head + 154), 65..269);
    assert!(reader.raw_layout().is_none());
}
