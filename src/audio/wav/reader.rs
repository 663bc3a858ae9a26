//! Reads a WAV recording as frames of samples, front to back or from any frame on.
//!
//! It holds buffers of fixed size, whatever the header claims. A source that is still arriving
//! answers "would block" for bytes that are not here: they become [`WavError::Waiting`], and no
//! frame is lost or told twice over it. It does not mix, resample or guess at damaged samples.

use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::{fs::File, path::Path};

use super::format::Layout;
use super::info::{Completeness, WavInfo, completeness};
use super::{WavError, adpcm, chunks, samples};

/// A WAV recording open for reading.
#[derive(Debug)]
pub struct WavReader<R> {
    source: R,
    pub(super) layout: Layout,
    pub(super) info: WavInfo,
    /// Bytes from the start of the source to the first frame.
    pub(super) offset: u64,
    /// Bytes of sound behind it.
    pub(super) present: u64,
    /// The next frame to be read.
    next_frame: u64,
    /// Where the source stands, when that is known.
    source_at: Option<u64>,
    /// Whether the source proved shorter than it seemed, and whether the listener was told.
    cut: Option<Told>,
    buffer: Vec<u8>,
    /// The block of a packed format that was unpacked last.
    block: Option<u64>,
    unpacked: Vec<i16>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    NotYet,
    Once,
}

/// Bytes decoded at a time; a fixed size, so that no header decides about memory. No block of a
/// packed format is longer.
const BUFFER_BYTES: usize = super::format::MOST_BLOCK as usize;

impl WavReader<File> {
    /// Opens a recording on disk.
    pub fn open_file(path: &Path) -> Result<Self, WavError> {
        let file = File::open(path)?;
        // Opening a folder succeeds on some systems and only reading it fails.
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(ErrorKind::IsADirectory).into());
        }
        Self::open(file)
    }
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads and checks the header; the reader then stands at frame 0. While the header of an
    /// arriving source is not here, the answer is [`WavError::Waiting`].
    pub fn open(mut source: R) -> Result<Self, WavError> {
        let (layout, sound) = chunks::find_sound(&mut source)?;
        let frames = whole_frames(&layout, sound.present, sound.fact);
        if frames == 0 {
            return Err(WavError::NoAudio);
        }
        let declared_frames = sound.declared.map(|bytes| whole_frames(&layout, bytes, sound.fact));
        Ok(Self {
            source,
            layout,
            info: WavInfo {
                format: layout.format,
                rate: layout.rate,
                channels: layout.channels,
                bits: layout.bits,
                frames,
                declared_frames,
                completeness: completeness(frames, declared_frames, layout.rate),
            },
            offset: sound.offset,
            present: sound.present,
            next_frame: 0,
            source_at: None,
            cut: None,
            buffer: vec![0; BUFFER_BYTES],
            block: None,
            unpacked: Vec::new(),
        })
    }

    /// What the recording is.
    pub fn info(&self) -> &WavInfo {
        &self.info
    }

    /// The next frame [`Self::read_frames`] will deliver.
    pub fn position(&self) -> u64 {
        self.next_frame
    }

    /// Moves to `frame`, or to the end when the recording is shorter. Nothing is read yet, so it
    /// works for sound that has not arrived.
    pub fn seek_frame(&mut self, frame: u64) -> Result<(), WavError> {
        self.next_frame = frame.min(self.info.frames);
        self.cut = self.cut.map(|_| Told::NotYet);
        Ok(())
    }

    /// Reads as many whole interleaved frames as fit into `out`; returns how many frames came.
    ///
    /// Fewer than fit means that the end, or the end of what has arrived, is reached. At the end
    /// the answer is 0. When not one frame is here the answer is [`WavError::Waiting`], or the
    /// reason why no more will come; asking again later goes on exactly where this stopped.
    /// A recording that proves shorter than its length says so once, at its end.
    pub fn read_frames(&mut self, out: &mut [f32]) -> Result<usize, WavError> {
        let channels = usize::from(self.layout.channels);
        let room = (out.len() / channels) as u64;
        let wanted = room.min(self.info.frames.saturating_sub(self.next_frame)) as usize;
        let mut done = 0;
        while done < wanted {
            let out = out.get_mut(done * channels..).unwrap_or_default();
            match self.read_block(wanted - done, out) {
                Ok(0) => {
                    self.cut_here();
                    break;
                }
                Ok(came) => done += came,
                // The same trouble meets the next read, which then has nothing to deliver.
                Err(_) if done > 0 => break,
                Err(e) => return Err(e),
            }
        }
        if done == 0 && room > 0 {
            self.tell_of_the_cut()?;
        }
        Ok(done)
    }

    /// The source has ended before its time: its end is here now.
    fn cut_here(&mut self) {
        let expected = self.info.declared_frames.unwrap_or(0).max(self.info.frames);
        self.info.frames = self.next_frame;
        self.info.completeness = completeness(self.next_frame, Some(expected), self.layout.rate);
        self.cut = Some(Told::NotYet);
    }

    fn tell_of_the_cut(&mut self) -> Result<(), WavError> {
        match (self.cut, &self.info.completeness) {
            (Some(Told::NotYet), Completeness::Partial { reason }) => {
                self.cut = Some(Told::Once);
                Err(WavError::EndedEarly(reason.clone()))
            }
            _ => Ok(()),
        }
    }

    /// Reads at most one buffer; 0 means that the source has ended.
    fn read_block(&mut self, frames: usize, out: &mut [f32]) -> Result<usize, WavError> {
        let came = if self.layout.is_packed() { self.unpack_some(frames, out) } else { self.read_plain(frames, out) }?;
        self.next_frame = self.next_frame.saturating_add(came as u64);
        Ok(came)
    }

    fn read_plain(&mut self, frames: usize, out: &mut [f32]) -> Result<usize, WavError> {
        let frame_bytes = self.layout.block_bytes as usize;
        let length = frames.min(BUFFER_BYTES / frame_bytes) * frame_bytes;
        let (filled, trouble) = self.fetch(self.next_frame.saturating_mul(self.layout.block_bytes), length);
        let whole = filled / frame_bytes;
        if let (0, Some(trouble)) = (whole, trouble) {
            return Err(trouble.into());
        }
        let bytes = self.buffer.get(..whole * frame_bytes).unwrap_or_default();
        samples::decode(&self.layout, bytes, out);
        Ok(whole)
    }

    /// Delivers frames of the block in which the next frame stands.
    fn unpack_some(&mut self, frames: usize, out: &mut [f32]) -> Result<usize, WavError> {
        let block = self.next_frame / self.layout.block_frames;
        if self.block != Some(block) {
            self.unpack(block)?;
        }
        let channels = usize::from(self.layout.channels);
        let skip = (self.next_frame % self.layout.block_frames) as usize * channels;
        let ready = self.unpacked.get(skip..).unwrap_or_default();
        let count = (ready.len() / channels).min(frames);
        for (slot, sample) in out.iter_mut().zip(ready.iter().take(count * channels)) {
            *slot = samples::from_i16(*sample);
        }
        Ok(count)
    }

    /// Unpacks one block; the last one may be shorter than the others.
    fn unpack(&mut self, block: u64) -> Result<(), WavError> {
        let start = block.saturating_mul(self.layout.block_bytes);
        let length = self.present.saturating_sub(start).min(self.layout.block_bytes) as usize;
        self.block = None;
        let (filled, trouble) = self.fetch(start, length);
        if let Some(trouble) = trouble {
            return Err(trouble.into());
        }
        adpcm::unpack(&self.layout, self.buffer.get(..filled).unwrap_or_default(), &mut self.unpacked);
        self.block = Some(block).filter(|_| filled == length);
        Ok(())
    }

    /// Fills the buffer with up to `length` bytes from the `start`th byte of sound on. Says how
    /// many came, and what kept the others away unless it was the end of the source.
    fn fetch(&mut self, start: u64, length: usize) -> (usize, Option<io::Error>) {
        let at = self.offset.saturating_add(start);
        if self.source_at != Some(at) {
            self.source_at = None;
            if let Err(e) = self.source.seek(SeekFrom::Start(at)) {
                return (0, Some(e));
            }
        }
        let (filled, trouble) = fill(&mut self.source, self.buffer.get_mut(..length).unwrap_or_default());
        self.source_at = trouble.is_none().then_some(at.saturating_add(filled as u64));
        (filled, trouble)
    }
}

/// Reads until `room` is full, the source ends or something is in the way; what came until then
/// still counts.
pub(super) fn fill(source: &mut impl Read, room: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while let Some(rest) = room.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(e) => return (filled, Some(e)),
        }
    }
    (filled, None)
}

/// Frames in so many bytes of sound. The last block of a packed recording is filled up with
/// silence; a `fact` chunk says how much of it is meant. It is believed about that block only.
fn whole_frames(layout: &Layout, bytes: u64, fact: Option<u32>) -> u64 {
    let frames = layout.frames_in(bytes);
    let stated = fact.map(u64::from).filter(|fact| *fact > 0 && layout.is_packed());
    stated.filter(|fact| *fact < frames && frames - fact < layout.block_frames).unwrap_or(frames)
}
