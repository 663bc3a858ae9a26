//! Exact peaks of a finished file in any number of bins, for support and for checking the picture.
//!
//! It reads every sample through the WAV reader and takes no short cut, so that it can be the judge.

use std::path::Path;

use serde::Serialize;
use serde::ser::{SerializeSeq as _, Serializer};

use super::super::wav::{WavError, WavReader};
use super::extremes;

/// More bins than any screen or check needs; they all stand in memory.
pub const MOST_BINS: u64 = 1_000_000;
const SAMPLES: usize = 16 * 1024;

/// Why there are no peaks.
#[derive(Debug, thiserror::Error)]
pub enum PeaksError {
    #[error("The number of bins must be at least 1.")]
    NoBins,
    #[error("{MOST_BINS} bins are the most that can be asked for.")]
    TooManyBins,
    #[error("This recording is too short for that many bins: {frames} is the most it can be cut into.")]
    TooShort { frames: u64 },
    #[error(transparent)]
    Wav(#[from] WavError),
}

/// The peaks of a whole file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileBins {
    /// Frames per second.
    pub rate: u32,
    pub frames: u64,
    /// Lowest and highest sample of each bin, over all channels, -1.0 to 1.0.
    pub bins: Vec<(f32, f32)>,
}

/// What `consult-desk inspect peaks` prints for a file.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum PeaksLine {
    Peaks {
        file: String,
        rate: u32,
        frames: u64,
        #[serde(serialize_with = "pairs")]
        bins: Vec<(f32, f32)>,
    },
    Refused {
        file: String,
        /// Always `error`, as `inspect wav` says it.
        result: &'static str,
        reason: String,
    },
}

impl PeaksLine {
    pub fn is_error(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// Bin `i` of `bins` holds the frames from `i · frames / bins` to `(i + 1) · frames / bins`, rounded down.
pub fn bins_of_file(path: &Path, bins: u64) -> Result<FileBins, PeaksError> {
    match bins {
        0 => return Err(PeaksError::NoBins),
        1..=MOST_BINS => {}
        _ => return Err(PeaksError::TooManyBins),
    }
    let mut reader = WavReader::open_file(path)?;
    let (rate, frames) = (reader.info().rate, reader.info().frames);
    if frames < bins {
        return Err(PeaksError::TooShort { frames });
    }
    let mut room = vec![0.0; SAMPLES];
    let end_of = |bin: u64| ((u128::from(bin) + 1) * u128::from(frames) / u128::from(bins)) as u64;
    let found = (0..bins).map(|bin| next_bin(&mut reader, end_of(bin), &mut room)).collect::<Result<_, _>>()?;
    Ok(FileBins { rate, frames, bins: found })
}

/// Reads on to frame `end`, which is at least one frame away.
fn next_bin<R: std::io::Read + std::io::Seek>(
    reader: &mut WavReader<R>,
    end: u64,
    room: &mut [f32],
) -> Result<(f32, f32), WavError> {
    let channels = usize::from(reader.info().channels);
    let mut bin: Option<(f32, f32)> = None;
    while reader.position() < end {
        let wanted = (end - reader.position()).min((room.len() / channels) as u64) as usize;
        let count = reader.read_frames(room.get_mut(..wanted * channels).unwrap_or_default())?;
        let Some(piece) = extremes::of_samples(room.get(..count * channels).unwrap_or_default()) else { break };
        bin = Some(bin.map_or(piece, |bin| (bin.0.min(piece.0), bin.1.max(piece.1))));
    }
    bin.ok_or_else(|| WavError::Io(std::io::ErrorKind::UnexpectedEof.into()))
}

/// The same as a line to print.
pub fn probe_peaks(path: &Path, bins: u64) -> PeaksLine {
    let file = path.to_string_lossy().into_owned();
    match bins_of_file(path, bins) {
        Ok(FileBins { rate, frames, bins }) => PeaksLine::Peaks { file, rate, frames, bins },
        Err(error) => PeaksLine::Refused { file, result: "error", reason: error.to_string() },
    }
}

/// As double-precision numbers, whose digits are exact; those of `f32` are only the shortest that are near.
fn pairs<S: Serializer>(bins: &[(f32, f32)], out: S) -> Result<S::Ok, S::Error> {
    let mut list = out.serialize_seq(Some(bins.len()))?;
    for (low, high) in bins {
        list.serialize_element(&[f64::from(*low), f64::from(*high)])?;
    }
    list.end()
}
