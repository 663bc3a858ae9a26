//! Reads a WAV recording as frames of samples, front to back or from any frame on.
//!
//! It holds one buffer of fixed size, whatever the header claims. It does not mix, resample or
//! guess at damaged samples, and it does not follow a file that is still growing (streaming
//! playback will bring its own source).

use std::io::{self, Read, Seek, SeekFrom};
use std::{fs::File, path::Path};

use super::format::{Layout, SampleFormat};
use super::{WavError, chunks, samples};

/// Whether all the sound that the header promises is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// All of it (or the header promised no particular length).
    Complete,
    /// The file ends early; what is there can be played.
    Partial {
        /// What is missing, as a sentence for the person listening.
        reason: String,
    },
}

/// What a recording is, with its real (not its promised) length.
#[derive(Debug, Clone, PartialEq)]
pub struct WavInfo {
    /// How one sample is stored.
    pub format: SampleFormat,
    /// Frames per second (Hz), 4,000 to 192,000.
    pub rate: u32,
    /// Channels per frame, 1 to 8.
    pub channels: u16,
    /// Bits per sample as the header states them.
    pub bits: u16,
    /// Frames that are really in the file; never zero.
    pub frames: u64,
    /// Frames the header promises; `None` when the recorder left no length.
    pub declared_frames: Option<u64>,
    /// Whether the file is all there.
    pub completeness: Completeness,
}

impl WavInfo {
    /// The real length in seconds.
    pub fn seconds(&self) -> f64 {
        self.frames as f64 / f64::from(self.rate)
    }

    /// Why the recording is incomplete, if it is.
    pub fn partial_reason(&self) -> Option<&str> {
        match &self.completeness {
            Completeness::Complete => None,
            Completeness::Partial { reason } => Some(reason),
        }
    }
}

/// A WAV recording open for reading.
#[derive(Debug)]
pub struct WavReader<R> {
    source: R,
    layout: Layout,
    info: WavInfo,
    /// Bytes from the start of the source to the first frame.
    offset: u64,
    /// The next frame to be read.
    next_frame: u64,
    buffer: Vec<u8>,
}

/// Bytes decoded at a time; a fixed size, so that no header decides about memory.
const BUFFER_BYTES: usize = 16 * 1024;

impl WavReader<File> {
    /// Opens a recording on disk.
    pub fn open_file(path: &Path) -> Result<Self, WavError> {
        let file = File::open(path)?;
        // Opening a folder succeeds on some systems and only reading it fails.
        if file.metadata()?.is_dir() {
            return Err(io::Error::from(io::ErrorKind::IsADirectory).into());
        }
        Self::open(file)
    }
}

impl<R: Read + Seek> WavReader<R> {
    /// Reads and checks the header; the reader then stands at frame 0.
    pub fn open(mut source: R) -> Result<Self, WavError> {
        let (layout, sound) = chunks::find_sound(&mut source)?;
        let frames = sound.present / layout.frame_bytes();
        if frames == 0 {
            return Err(WavError::NoAudio);
        }
        let declared_frames = sound.declared.map(|bytes| bytes / layout.frame_bytes());
        let mut reader = Self {
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
            next_frame: 0,
            buffer: vec![0; BUFFER_BYTES],
        };
        reader.seek_frame(0)?;
        Ok(reader)
    }

    /// What the recording is.
    pub fn info(&self) -> &WavInfo {
        &self.info
    }

    /// The next frame [`Self::read_frames`] will deliver.
    pub fn position(&self) -> u64 {
        self.next_frame
    }

    /// Moves to `frame`, or to the end when the recording is shorter.
    pub fn seek_frame(&mut self, frame: u64) -> Result<(), WavError> {
        let frame = frame.min(self.info.frames);
        let bytes = frame.saturating_mul(self.layout.frame_bytes());
        self.source.seek(SeekFrom::Start(self.offset.saturating_add(bytes)))?;
        self.next_frame = frame;
        Ok(())
    }

    /// Reads as many whole interleaved frames as fit into `out`; returns how many frames came.
    /// Fewer than fit means that the end is reached; at the end the answer is 0.
    pub fn read_frames(&mut self, out: &mut [f32]) -> Result<usize, WavError> {
        let channels = usize::from(self.layout.channels);
        let room = (out.len() / channels) as u64;
        let wanted = room.min(self.info.frames.saturating_sub(self.next_frame)) as usize;
        let mut done = 0;
        while done < wanted {
            let out = out.get_mut(done * channels..).unwrap_or_default();
            let came = self.read_block(wanted - done, out)?;
            if came == 0 {
                // The file became shorter while it was open: its end is here now.
                self.info.frames = self.next_frame;
                break;
            }
            done += came;
        }
        Ok(done)
    }

    /// Reads at most one buffer; 0 means that the source has ended.
    fn read_block(&mut self, frames: usize, out: &mut [f32]) -> Result<usize, WavError> {
        let frame_bytes = self.layout.frame_bytes() as usize;
        let take = frames.min(BUFFER_BYTES / frame_bytes) * frame_bytes;
        let block = self.buffer.get_mut(..take).unwrap_or_default();
        let filled = fill(&mut self.source, block)?;
        let whole = filled / frame_bytes;
        let bytes = block.get(..whole * frame_bytes).unwrap_or_default();
        samples::decode(&self.layout, bytes, out);
        self.next_frame = self.next_frame.saturating_add(whole as u64);
        Ok(whole)
    }
}

/// Reads until `block` is full or the source ends.
fn fill(source: &mut impl Read, block: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(rest) = block.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match source.read(rest) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(filled)
}

fn completeness(frames: u64, declared: Option<u64>, rate: u32) -> Completeness {
    match declared {
        Some(declared) if declared > frames => Completeness::Partial {
            reason: format!(
                "This recording is incomplete: {} of {} are here.",
                length_words(frames, rate),
                length_words(declared, rate)
            ),
        },
        _ => Completeness::Complete,
    }
}

/// A length as people read it: seconds with a tenth below a minute, then minutes and hours.
fn length_words(frames: u64, rate: u32) -> String {
    let tenths = frames.saturating_mul(10) / u64::from(rate.max(1));
    let seconds = tenths / 10;
    match seconds {
        0 => format!("{:.2} s", frames as f64 / f64::from(rate.max(1))),
        1..60 => format!("{seconds}.{} s", tenths % 10),
        60..3600 => format!("{}:{:02} min", seconds / 60, seconds % 60),
        _ => format!("{}:{:02} h", seconds / 3600, seconds / 60 % 60),
    }
}
