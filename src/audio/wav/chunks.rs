//! Walks the chunks of a RIFF, RIFX, RF64 or BW64 file until the sound is found.
//!
//! Every length in the file is a hint: it is clamped to what the file really holds, nothing is
//! allocated by it, and the walk is bounded in steps, so that a chain of empty chunks ends.
//! The container's own length is not even looked at; recorders get it wrong too often.

use std::io::{Read, Seek, SeekFrom};

use super::format::{self, ByteOrder, FMT_LOOK, Layout};
use super::reader::fill;
use super::{WavError, sniff};

/// Where the samples stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SoundSpan {
    /// Bytes from the start of the file to the first sample.
    pub offset: u64,
    /// Bytes of sound the file really holds.
    pub present: u64,
    /// Bytes of sound the header promises; `None` when the recorder never wrote a length.
    pub declared: Option<u64>,
    /// Frames that a `fact` chunk before the sound states.
    pub fact: Option<u32>,
}

/// A file has a handful of chunks; a list this long is an attack or a wreck.
const MOST_CHUNKS: u32 = 10_000;
/// Recorders that write to a pipe leave the largest length they can; sox uses nearly 2³¹.
const STREAMED_FROM: u64 = 0x7fff_0000;
/// No disk holds more; a larger 64-bit length is as good as none.
const LONGEST: u64 = 1 << 62;
const UNKNOWN_LENGTH: u32 = u32::MAX;
/// Chunks that may follow the sound. One of them right after an empty `data` chunk means that
/// the recording is empty; anything else means that the length was never filled in.
const TRAILERS: &[&[u8; 4]] = &[
    b"LIST", b"fact", b"bext", b"cue ", b"smpl", b"inst", b"JUNK", b"PAD ", b"id3 ", b"ID3 ", b"iXML", b"axml",
    b"chna", b"_PMX", b"acid", b"PEAK", b"FLLR", b"afsp", b"DISP",
];

/// One chunk's header as it stands in the file.
#[derive(Debug, Clone, Copy)]
struct Chunk {
    id: [u8; 4],
    size: u32,
    /// Bytes from the start of the file to the chunk's body.
    body: u64,
}

/// Reads chunk headers from a source of known length.
struct Walker<'a, R> {
    source: &'a mut R,
    order: ByteOrder,
    length: u64,
}

/// Finds the format and the sound of a WAV file.
pub(super) fn find_sound<R: Read + Seek>(source: &mut R) -> Result<(Layout, SoundSpan), WavError> {
    let length = source.seek(SeekFrom::End(0))?;
    let (order, wide) = read_container(source)?;
    let mut walker = Walker { source, order, length };
    walker.walk(wide)
}

/// Checks the first twelve bytes; says the byte order and whether 64-bit lengths may follow.
fn read_container<R: Read + Seek>(source: &mut R) -> Result<(ByteOrder, bool), WavError> {
    let mut look = [0_u8; 64];
    let head = read_at(source, 0, &mut look)?;
    let found = match (head.get(..4), head.get(8..12)) {
        (Some(b"RIFF"), Some(b"WAVE")) => (ByteOrder::Little, false),
        (Some(b"RIFX"), Some(b"WAVE")) => (ByteOrder::Big, false),
        (Some(b"RF64" | b"BW64"), Some(b"WAVE")) => (ByteOrder::Little, true),
        (Some(b"RIFF" | b"RIFX" | b"RF64" | b"BW64"), None) => {
            return Err(WavError::Damaged("it stops in the middle of its header"));
        }
        _ => {
            return Err(WavError::NotWav { found: sniff::describe(head) });
        }
    };
    Ok(found)
}

impl<R: Read + Seek> Walker<'_, R> {
    fn walk(&mut self, wide: bool) -> Result<(Layout, SoundSpan), WavError> {
        let (mut layout, mut sound, mut long_size, mut fact) = (None, None, None, None);
        let mut at = 12;
        for _ in 0..MOST_CHUNKS {
            let Some(chunk) = self.chunk_at(at)? else {
                return Err(missing(layout, sound));
            };
            let mut size = u64::from(chunk.size);
            match &chunk.id {
                b"ds64" if wide => long_size = self.long_size(&chunk)?,
                b"fmt " if layout.is_none() => layout = Some(self.layout(&chunk)?),
                b"fact" if fact.is_none() => fact = self.fact(&chunk)?,
                b"data" if sound.is_none() => {
                    let span = SoundSpan { fact, ..self.sound(&chunk, long_size)? };
                    size = span.present;
                    sound = Some(span);
                }
                _ => {}
            }
            if let (Some(layout), Some(sound)) = (layout, sound) {
                return Ok((layout, sound));
            }
            at = next_chunk(chunk.body, size);
        }
        Err(WavError::Damaged("it is made of too many pieces"))
    }

    /// The chunk header at `at`, or `None` where the file ends.
    fn chunk_at(&mut self, at: u64) -> Result<Option<Chunk>, WavError> {
        let mut raw = [0_u8; 8];
        if at.saturating_add(8) > self.length {
            return Ok(None);
        }
        let head = read_at(self.source, at, &mut raw)?;
        let (Some(id), Some(size)) = (head.first_chunk::<4>(), self.order.u32(head, 4)) else {
            return Ok(None);
        };
        Ok(Some(Chunk { id: *id, size, body: at.saturating_add(8) }))
    }

    fn layout(&mut self, chunk: &Chunk) -> Result<Layout, WavError> {
        let left = self.length.saturating_sub(chunk.body);
        if u64::from(chunk.size) > left {
            return Err(WavError::Damaged("it stops in the middle of its header"));
        }
        let mut body = [0_u8; FMT_LOOK];
        let wanted = FMT_LOOK.min(chunk.size as usize);
        let room = body.get_mut(..wanted).unwrap_or_default();
        format::parse(read_at(self.source, chunk.body, room)?, self.order)
    }

    /// The 64-bit length of the sound from a `ds64` chunk.
    fn long_size(&mut self, chunk: &Chunk) -> Result<Option<u64>, WavError> {
        let mut body = [0_u8; 16];
        let body = read_at(self.source, chunk.body, &mut body)?;
        let (low, high) = (self.order.u32(body, 8), self.order.u32(body, 12));
        Ok(low.zip(high).map(|(low, high)| u64::from(low) | (u64::from(high) << 32)).filter(|size| *size <= LONGEST))
    }

    fn sound(&mut self, chunk: &Chunk, long_size: Option<u64>) -> Result<SoundSpan, WavError> {
        let left = self.length.saturating_sub(chunk.body);
        let stated = match (chunk.size, long_size) {
            (UNKNOWN_LENGTH, Some(long)) => long,
            (size, _) => u64::from(size),
        };
        let streamed =
            long_size.is_none() && (chunk.size == UNKNOWN_LENGTH || (stated > left && stated >= STREAMED_FROM));
        let declared = match stated {
            0 if self.trailer_at(chunk.body)? => Some(0),
            0 => None,
            _ if streamed => None,
            stated => Some(stated),
        };
        Ok(SoundSpan { offset: chunk.body, present: declared.map_or(left, |d| d.min(left)), declared, fact: None })
    }

    fn fact(&mut self, chunk: &Chunk) -> Result<Option<u32>, WavError> {
        let mut body = [0_u8; 4];
        Ok(self.order.u32(read_at(self.source, chunk.body, &mut body)?, 0))
    }

    fn trailer_at(&mut self, at: u64) -> Result<bool, WavError> {
        let next = self.chunk_at(at)?;
        Ok(next.is_some_and(|c| TRAILERS.contains(&&c.id) && c.body.saturating_add(c.size.into()) <= self.length))
    }
}

/// Bodies are padded to an even length; a saturated position lies behind every file's end.
fn next_chunk(body: u64, size: u64) -> u64 {
    body.saturating_add(size).saturating_add(size & 1)
}

fn missing(layout: Option<Layout>, sound: Option<SoundSpan>) -> WavError {
    WavError::Damaged(match (layout, sound) {
        (Some(_), _) => "it has a header, but no sound could be found behind it",
        (None, Some(_)) => "the description of its sound is missing",
        (None, None) => "it stops in the middle of its header",
    })
}

/// Fills as much of `room` as the source has at `at`, and returns what was filled.
fn read_at<'b, R: Read + Seek>(source: &mut R, at: u64, room: &'b mut [u8]) -> Result<&'b [u8], WavError> {
    source.seek(SeekFrom::Start(at))?;
    match fill(source, room) {
        (filled, None) => Ok(room.get(..filled).unwrap_or_default()),
        (_, Some(trouble)) => Err(trouble.into()),
    }
}
