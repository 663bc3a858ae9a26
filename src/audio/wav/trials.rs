//! Trials of the reader: files built of spoilt parts, and what must hold for each of them.
//!
//! The parts are spoilt where decoders break: fields of the header, stated lengths, the order of
//! chunks, the end of the file. Each file is read from memory, from any place, and from a source
//! whose bytes arrive in pieces; all three must tell the same. Used by the tests beside it and
//! by the fuzz targets.

use std::io::{self, Cursor, ErrorKind, Read, Seek, SeekFrom};
use std::ops::Range;

use super::{SampleFormat, WavError, WavReader};

/// A source in memory of which a test says how much has arrived. Like a download, it brings more
/// whenever somebody waits.
pub struct Pieces<'a> {
    bytes: &'a [u8],
    at: u64,
    /// Everything before this has arrived, and `window` as well.
    front: u64,
    window: Range<u64>,
    /// How many bytes come at a time, so that arrivals end within frames.
    step: u64,
}

impl<'a> Pieces<'a> {
    pub fn new(bytes: &'a [u8], step: u64) -> Self {
        Self { bytes, at: 0, front: 0, window: 0..0, step: step.max(1) }
    }

    fn here(&self) -> u64 {
        if self.at < self.front {
            self.front - self.at
        } else if self.window.contains(&self.at) {
            self.window.end - self.at
        } else {
            0
        }
    }

    /// More arrives: around the place that somebody asked for, and a little at the front, so that
    /// all of it is here some time.
    fn bring(&mut self) {
        self.front = self.front.saturating_add(self.step.div_ceil(4));
        if self.window.end == self.at {
            self.window.end = self.window.end.saturating_add(self.step);
        } else {
            self.window = self.at..self.at.saturating_add(self.step);
        }
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let rest = self.bytes.get(usize::try_from(self.at).unwrap_or(usize::MAX)..).unwrap_or_default();
        if rest.is_empty() || out.is_empty() {
            return Ok(0);
        }
        let here = usize::try_from(self.here()).unwrap_or(usize::MAX);
        if here == 0 {
            self.bring();
            return Err(ErrorKind::WouldBlock.into());
        }
        let count = out.len().min(rest.len()).min(here);
        out[..count].copy_from_slice(&rest[..count]);
        self.at += count as u64;
        Ok(count)
    }
}

impl Seek for Pieces<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => (self.bytes.len() as u64).checked_add_signed(by),
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// Opens a file in memory and checks what every header that is accepted must keep.
pub fn header(bytes: &[u8]) -> Result<WavReader<Cursor<&[u8]>>, WavError> {
    let reader = WavReader::open(Cursor::new(bytes))?;
    let info = reader.info();
    assert!(info.frames > 0 && info.frames <= 2 * bytes.len() as u64, "{} frames", info.frames);
    assert!((1..=8).contains(&info.channels) && (4_000..=192_000).contains(&info.rate), "{info:?}");
    assert!(info.seconds().is_finite());
    let span = reader.raw_span(0..u64::MAX);
    assert!(span.start < span.end && span.end <= bytes.len() as u64, "{span:?}");
    assert_eq!(reader.frames_within(span.clone()), 0..info.frames);
    assert_eq!(reader.raw_layout().is_some(), !packed(info.format));
    let middle = info.frames / 2;
    let needed = reader.raw_span(middle..middle + 1);
    assert!(span.start <= needed.start && needed.end <= span.end, "{needed:?}");
    let heard = reader.frames_within(needed);
    assert!(heard.contains(&middle), "{heard:?}");
    Ok(reader)
}

fn packed(format: SampleFormat) -> bool {
    matches!(format, SampleFormat::ImaAdpcm | SampleFormat::MsAdpcm)
}

/// The first frames of a file, at most `most` samples, as bits.
pub fn decode(reader: &mut WavReader<Cursor<&[u8]>>, most: usize) -> Vec<u32> {
    let channels = usize::from(reader.info().channels);
    let mut sound = vec![7.0; most.min(reader.info().frames as usize * channels)];
    let frames = reader.read_frames(&mut sound).expect("a whole file reads");
    let end = reader.position() == reader.info().frames;
    assert!(end || frames == most / channels, "{frames} frames of {:?}", reader.info());
    sound.truncate(frames * channels);
    assert!(sound.iter().all(|v| v.is_finite()));
    sound.iter().map(|v| v.to_bits()).collect()
}

/// The same file in pieces must give the same refusal or the same sound.
pub fn in_pieces(bytes: &[u8], step: u64, whole: Result<&[u32], &WavError>) {
    let mut source = Pieces::new(bytes, step);
    let opened = loop {
        match WavReader::open(&mut source) {
            Err(WavError::Waiting) => {}
            Err(refusal) => break Err(refusal),
            Ok(_) => break Ok(()),
        }
    };
    if let Err(refusal) = opened {
        let expected = whole.expect_err("a file that is read whole is read in pieces");
        assert_eq!(refusal.to_string(), expected.to_string());
        return;
    }
    let expected = whole.expect("a file that is refused whole is refused in pieces");
    let mut reader = WavReader::open(source).expect("its header is here");
    let channels = usize::from(reader.info().channels);
    let mut out = [0.0; 96];
    let mut got = 0;
    while got < expected.len() {
        let room = out.len().min(expected.len() - got);
        match reader.read_frames(&mut out[..room]) {
            Err(WavError::Waiting) => {}
            Ok(frames) if frames > 0 => {
                let came = &out[..frames * channels];
                assert!(came.iter().map(|v| v.to_bits()).eq(expected[got..got + came.len()].iter().copied()));
                got += came.len();
            }
            other => panic!("{other:?} after {got} samples of {}", expected.len()),
        }
    }
}

/// From any place on, the sound is what it was on the way there.
pub fn seek(reader: &mut WavReader<Cursor<&[u8]>>, to: u64, whole: &[u32]) {
    let (channels, frames) = (usize::from(reader.info().channels), reader.info().frames);
    reader.seek_frame(to).expect("seeking moves nothing that can fail");
    assert_eq!(reader.position(), to.min(frames));
    let mut out = [0.0; 24];
    let came = reader.read_frames(&mut out).expect("a whole file reads");
    assert_eq!(came as u64, (out.len() / channels).min((frames - to.min(frames)) as usize) as u64);
    let start = usize::try_from(to).unwrap_or(usize::MAX).saturating_mul(channels);
    for (sample, expected) in out[..came * channels].iter().zip(whole.get(start..).unwrap_or_default()) {
        assert_eq!(sample.to_bits(), *expected, "frame {to}");
    }
}

/// A file as parts, to be spoilt one by one.
#[derive(Clone)]
pub struct Parts {
    container: [u8; 4],
    chunks: Vec<Part>,
}

#[derive(Clone)]
struct Part {
    id: [u8; 4],
    body: Vec<u8>,
    /// The length the header states, where it is a lie.
    stated: Option<u32>,
}

impl Parts {
    fn new(container: [u8; 4], chunks: Vec<([u8; 4], Vec<u8>)>) -> Self {
        let part = |(id, body)| Part { id, body, stated: None };
        Self { container, chunks: chunks.into_iter().map(part).collect() }
    }

    /// Writes the file into `out`, in the place of what was there.
    pub fn write(&self, out: &mut Vec<u8>) {
        let number = |v: u32| if &self.container == b"RIFX" { v.to_be_bytes() } else { v.to_le_bytes() };
        out.clear();
        out.extend(self.container);
        out.extend(number(36));
        out.extend(b"WAVE");
        for part in &self.chunks {
            out.extend(part.id);
            out.extend(number(part.stated.unwrap_or(part.body.len() as u32)));
            out.extend(&part.body);
            out.extend(&[0][..part.body.len() % 2]);
        }
    }
}

/// Small healthy files of every format and container.
pub fn healthy() -> Vec<Parts> {
    let mut found = Vec::new();
    for (tag, channels, bits, block) in [
        (1_u16, 1_u16, 8_u16, 1_u16),
        (1, 1, 16, 2),
        (1, 2, 16, 4),
        (1, 6, 24, 18),
        (1, 8, 32, 32),
        (1, 4, 12, 8),
        (3, 1, 32, 4),
        (3, 2, 64, 16),
        (6, 1, 8, 1),
        (7, 2, 8, 2),
        (2, 1, 4, 20),
        (2, 2, 4, 26),
        (0x11, 1, 4, 20),
        (0x11, 2, 4, 24),
    ] {
        let sound: Vec<u8> = (0..150_u32).map(|at| (at * 37 % 251) as u8).collect();
        let chunks = vec![(*b"LIST", b"odd".to_vec()), (*b"fmt ", fmt(tag, channels, bits, block)), (*b"data", sound)];
        found.push(Parts::new(*b"RIFF", chunks));
    }
    let twin = |at: usize, container| Parts { container, ..found[at].clone() };
    let mut rf64 = twin(2, *b"RF64");
    rf64.chunks[0] = Part { id: *b"ds64", body: vec![0, 1, 0, 0, 0, 0, 0, 0, 120, 0, 0, 0, 0, 0, 0, 0], stated: None };
    rf64.chunks[2].stated = Some(u32::MAX);
    let mut extensible = twin(3, *b"BW64");
    let mut body = fmt(0xfffe, 6, 24, 18);
    body.extend([22, 0, 24, 0, 63, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71]);
    extensible.chunks[1].body = body;
    let mut big = twin(1, *b"RIFX");
    big.chunks[1].body = vec![0, 1, 0, 1, 0, 0, 0x1f, 0x40, 0, 0, 0, 0, 0, 2, 0, 16];
    let mut shuffled = twin(10, *b"RIFF");
    shuffled.chunks.swap(1, 2);
    shuffled.chunks[0] = Part { id: *b"fact", body: vec![200, 0, 0, 0], stated: None };
    found.extend([rf64, extensible, big, shuffled]);
    found
}

fn fmt(tag: u16, channels: u16, bits: u16, block: u16) -> Vec<u8> {
    let mut body = Vec::new();
    body.extend(tag.to_le_bytes());
    body.extend(channels.to_le_bytes());
    body.extend(8_000_u32.to_le_bytes());
    body.extend(0_u32.to_le_bytes());
    body.extend(block.to_le_bytes());
    body.extend(bits.to_le_bytes());
    body
}

/// Values that break arithmetic more often than random ones do.
const NASTY: [u32; 12] =
    [0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x7fff_0000, 0x00ff_ff00, 0x10_000, 0xffff, 36];
const NAMES: [&[u8; 4]; 8] = [b"fmt ", b"data", b"LIST", b"fact", b"ds64", b"bext", b"JUNK", b"\0\0\0\0"];
const TAGS: [u8; 10] = [0, 1, 2, 3, 6, 7, 0x11, 0x31, 0x55, 0xfe];
const CONTAINERS: [&[u8; 4]; 5] = [b"RIFF", b"RIFX", b"RF64", b"BW64", b"RIFL"];

/// Spoils a few things in `parts` and writes the file into `out`.
pub fn spoil(random: &mut fastrand::Rng, parts: &mut Parts, out: &mut Vec<u8>) {
    for _ in 0..random.usize(1..5) {
        let which = random.usize(..parts.chunks.len().max(1));
        let kind = random.u8(..12);
        spoil_order(random, parts, which, kind);
        if let Some(part) = parts.chunks.get_mut(which) {
            spoil_part(random, part, kind);
        }
    }
    parts.write(out);
    match random.u8(..8) {
        0 => out.truncate(random.usize(..=out.len())),
        1 => flip(random, out),
        _ => {}
    }
}

fn spoil_order(random: &mut fastrand::Rng, parts: &mut Parts, which: usize, kind: u8) {
    let count = parts.chunks.len();
    match kind {
        0 if count > 0 => drop(parts.chunks.remove(which)),
        1 if count > 1 => parts.chunks.swap(which, random.usize(..count)),
        2 if count > 0 && count < 12 => {
            let twin = parts.chunks[which].clone();
            parts.chunks.insert(random.usize(..count), twin);
        }
        3 => parts.container = *CONTAINERS[random.usize(..CONTAINERS.len())],
        _ => {}
    }
}

fn spoil_part(random: &mut fastrand::Rng, part: &mut Part, kind: u8) {
    let length = part.body.len();
    match kind {
        4 => part.stated = Some(NASTY[random.usize(..NASTY.len())]),
        5 => part.stated = Some((length as u32).wrapping_add(random.u32(..9)).wrapping_sub(4)),
        6 => part.id = *NAMES[random.usize(..NAMES.len())],
        7 => part.body.truncate(random.usize(..=length)),
        8 => spoil_field(random, &mut part.body),
        9 if length > 0 => part.body[0] = TAGS[random.usize(..TAGS.len())],
        _ => flip(random, &mut part.body),
    }
}

/// Puts a nasty or a small number where a field may stand.
fn spoil_field(random: &mut fastrand::Rng, body: &mut [u8]) {
    let field = random.usize(..14) * 2;
    let value = if random.bool() { NASTY[random.usize(..NASTY.len())] } else { random.u32(..70) };
    let width = if random.bool() { 2 } else { 4 };
    for (slot, byte) in body.iter_mut().skip(field).zip(&value.to_le_bytes()[..width]) {
        *slot = *byte;
    }
}

fn flip(random: &mut fastrand::Rng, bytes: &mut [u8]) {
    if !bytes.is_empty() {
        let at = random.usize(..bytes.len());
        bytes[at] = random.u8(..);
    }
}
