//! Reads stretches of a recording as peaks, one block at a time.
//!
//! Plain 16-bit sound, which is what room devices record, is looked at as it stands in the file;
//! everything else goes through the WAV reader's samples. It is only ever asked for frames that
//! have arrived.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::ops::Range;

use super::super::growing::{Growing, GrowingReader};
use super::super::wav::{SampleFormat, WavError, WavReader};
use super::extremes;
use crate::domain::waveform::Peak;

/// Bytes read at once: large enough that calls do not count, small enough to stay in the nearest cache.
const BLOCK: usize = 128 * 1024;
/// The system copies fastest when file and memory agree about where a page begins.
const MEMORY_PAGE: usize = 4096;
/// Samples decoded at once where bytes do not do.
const SAMPLES: usize = 8 * 1024;

/// An open recording.
pub(super) struct Sound {
    wav: WavReader<GrowingReader>,
    way: Way,
    peaks: Vec<Peak>,
}

enum Way {
    Plain16(Plain16),
    Samples(Vec<f32>),
}

struct Plain16 {
    reader: GrowingReader,
    reader_at: u64,
    frame_bytes: usize,
    /// One block behind the first page boundary.
    buffer: Vec<u8>,
    boundary: usize,
}

impl Sound {
    /// [`WavError::Waiting`] while the header is not here.
    pub(super) fn open(growing: &Growing) -> Result<Self, WavError> {
        let wav = WavReader::open(growing.reader()?)?;
        let plain =
            wav.raw_layout().filter(|raw| raw.format == SampleFormat::Pcm && raw.sample_bytes == 2 && !raw.big_endian);
        let way = match plain {
            Some(raw) => Way::Plain16(Plain16::new(growing.reader()?, usize::from(raw.channels) * 2)),
            None => Way::Samples(vec![0.0; SAMPLES]),
        };
        Ok(Self { wav, way, peaks: Vec::new() })
    }

    pub(super) fn rate(&self) -> u32 {
        self.wav.info().rate
    }

    pub(super) fn frames(&self) -> u64 {
        self.wav.info().frames
    }

    pub(super) fn frames_within(&self, bytes: Range<u64>) -> Range<u64> {
        self.wav.frames_within(bytes)
    }

    /// Reads one block from the start of `frames` on. Answers how many frames that were and the
    /// peaks of the bins they lie in; the first and the last bin may be there in part only.
    pub(super) fn read(&mut self, frames: Range<u64>, bin_frames: u64) -> Result<(u64, &[Peak]), WavError> {
        self.peaks.clear();
        let channels = usize::from(self.wav.info().channels);
        let count = match &mut self.way {
            Way::Plain16(plain) => {
                let frame_bytes = plain.frame_bytes;
                let bytes = plain.read(self.wav.raw_span(frames.clone()))?;
                let bins = in_bins(bytes, frame_bytes, frames.start, bin_frames);
                self.peaks.extend(bins.map(extremes::of_16_bit));
                bytes.len() / frame_bytes
            }
            Way::Samples(room) => {
                self.wav.seek_frame(frames.start)?;
                let wanted = frames.end.saturating_sub(frames.start).min((room.len() / channels) as u64) as usize;
                let count = self.wav.read_frames(room.get_mut(..wanted * channels).unwrap_or_default())?;
                let samples = room.get(..count * channels).unwrap_or_default();
                let bins = in_bins(samples, channels, frames.start, bin_frames);
                self.peaks.extend(bins.map(extremes::peak_of_samples));
                count
            }
        };
        // What was here is here no longer: somebody cut the file.
        if count == 0 {
            Err(WavError::Io(std::io::ErrorKind::UnexpectedEof.into()))
        } else {
            Ok((count as u64, &self.peaks))
        }
    }
}

impl Plain16 {
    fn new(reader: GrowingReader, frame_bytes: usize) -> Self {
        let buffer = vec![0; BLOCK + MEMORY_PAGE];
        let boundary = buffer.as_ptr().align_offset(MEMORY_PAGE).min(MEMORY_PAGE);
        Self { reader, reader_at: 0, frame_bytes, buffer, boundary }
    }

    /// As many whole frames as one block has room for.
    fn read(&mut self, bytes: Range<u64>) -> Result<&[u8], WavError> {
        let skip = (bytes.start % MEMORY_PAGE as u64) as usize;
        let wanted = usize::try_from(bytes.end.saturating_sub(bytes.start)).unwrap_or(BLOCK).min(BLOCK - skip);
        let length = wanted / self.frame_bytes * self.frame_bytes;
        let from = self.boundary + skip;
        let block = self.buffer.get_mut(from..from + length).unwrap_or_default();
        if self.reader_at != bytes.start {
            self.reader.seek(SeekFrom::Start(bytes.start))?;
        }
        self.reader_at = u64::MAX; // unknown until all of it has been read
        self.reader.read_exact(block)?;
        self.reader_at = bytes.start.saturating_add(length as u64);
        Ok(block)
    }
}

/// Cuts frames (of `width` items each), the first of which is `first`, where bins begin.
fn in_bins<T>(items: &[T], width: usize, first: u64, bin_frames: u64) -> impl Iterator<Item = &[T]> {
    let items_of = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).saturating_mul(width);
    let head = items_of(bin_frames - first % bin_frames).min(items.len());
    let (head, rest) = items.split_at(head);
    std::iter::once(head).chain(rest.chunks(items_of(bin_frames).max(1)))
}
