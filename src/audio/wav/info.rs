//! What a recording is: its shape, its real length, and whether all of it is there.
//!
//! It only describes; the numbers come from the header walk and from the reader.

use super::format::SampleFormat;

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
    /// Frames that are really in the file (or will be, when all of it has arrived); never zero
    /// after opening.
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

/// How samples stand in the file, for those who read the bytes themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawLayout {
    /// How one sample is stored: never one of the packed (ADPCM) formats.
    pub format: SampleFormat,
    /// Whether numbers stand with their highest byte first.
    pub big_endian: bool,
    /// Bytes one sample takes: 1, 2, 3, 4 or 8.
    pub sample_bytes: u16,
    /// Samples per frame, 1 to 8; they stand one after the other.
    pub channels: u16,
}

pub(super) fn completeness(frames: u64, declared: Option<u64>, rate: u32) -> Completeness {
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
