//! Cuts a stretch out of a recording as a WAV file of its own: same rate, same channels, and for whole numbers the
//! same samples. Where it goes and what it is called was asked before.

use crate::audio::wav::SampleFormat;
use crate::audio::{WavError, WavInfo, WavReader};
use crate::store::{FileError, Target, fill_atomically};
use hound::{SampleFormat as Written, WavSpec, WavWriter};
use std::fs::File;
use std::io::{BufWriter, ErrorKind, Read, Seek};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Frames that are read at a time.
const BLOCK: usize = 4096;

#[derive(Debug, thiserror::Error)]
pub(super) enum ClipError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error(transparent)]
    Sound(#[from] WavError),
}

impl From<hound::Error> for ClipError {
    fn from(error: hound::Error) -> Self {
        Self::File(match error {
            hound::Error::IoError(error) => FileError::from_io(&error, 0),
            _ => FileError::Other(ErrorKind::Unsupported),
        })
    }
}

/// Writes the stretch (milliseconds) of the recording `from`; `stop` gives up and leaves nothing.
pub(super) fn write<'a>(
    from: impl Read + Seek,
    to: impl Into<Target<'a>>,
    stretch: &Range<u64>,
    stop: &AtomicBool,
) -> Result<(), ClipError> {
    let mut reader = WavReader::open(from)?;
    let spec = spec_of(reader.info());
    let frames = frames_of(reader.info(), stretch);
    if frames.is_empty() {
        return Err(WavError::NoAudio.into());
    }
    reader.seek_frame(frames.start)?;
    fill_atomically(to, |file| pour(&mut reader, file, spec, frames.end - frames.start, stop))
}

/// As many bits as the samples have: whole numbers up to 24 bits pass exactly, everything else as floating point.
fn spec_of(info: &WavInfo) -> WavSpec {
    let (bits_per_sample, sample_format) = match info.format {
        SampleFormat::Float => (32, Written::Float),
        SampleFormat::Pcm if info.bits > 24 => (32, Written::Float),
        SampleFormat::Pcm if info.bits > 16 => (24, Written::Int),
        _ => (16, Written::Int),
    };
    WavSpec { channels: info.channels, sample_rate: info.rate, bits_per_sample, sample_format }
}

fn frames_of(info: &WavInfo, stretch: &Range<u64>) -> Range<u64> {
    let frame = |ms: u64| (u128::from(ms) * u128::from(info.rate) / 1000).min(u128::from(info.frames)) as u64;
    frame(stretch.start)..frame(stretch.end)
}

fn pour(
    reader: &mut WavReader<impl Read + Seek>,
    file: &mut File,
    spec: WavSpec,
    mut left: u64,
    stop: &AtomicBool,
) -> Result<(), ClipError> {
    let mut writer = WavWriter::new(BufWriter::new(file), spec)?;
    let channels = usize::from(spec.channels);
    let mut block = vec![0.0_f32; BLOCK * channels];
    while left > 0 {
        if stop.load(Ordering::Relaxed) {
            return Err(FileError::Cancelled.into());
        }
        let wanted = left.min(BLOCK as u64) as usize;
        let came = match reader.read_frames(block.get_mut(..wanted * channels).unwrap_or_default()) {
            // What is there is the clip, when the recording ends before its time.
            Ok(0) | Err(WavError::EndedEarly(_)) => break,
            came => came?,
        };
        for sample in block.iter().take(came * channels) {
            put(&mut writer, *sample, spec)?;
        }
        left -= came as u64;
    }
    Ok(writer.finalize()?)
}

fn put(writer: &mut WavWriter<BufWriter<&mut File>>, sample: f32, spec: WavSpec) -> hound::Result<()> {
    if spec.sample_format == Written::Float {
        return writer.write_sample(sample);
    }
    // Reading divided by the same power of two, so this gives back the very number.
    let full = f64::from(1_u32 << (spec.bits_per_sample - 1));
    writer.write_sample((f64::from(sample) * full).round().clamp(-full, full - 1.0) as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    fn recording(folder: &Path, spec: WavSpec, samples: &[i32]) -> PathBuf {
        let path = folder.join("source.wav");
        let mut writer = WavWriter::create(&path, spec).expect("made");
        for sample in samples {
            match spec.sample_format {
                Written::Int => writer.write_sample(*sample).expect("written"),
                Written::Float => writer.write_sample(*sample as f32 / 8_388_608.0).expect("written"),
            }
        }
        writer.finalize().expect("finished");
        path
    }

    fn clip(path: &Path, stretch: Range<u64>) -> Result<PathBuf, ClipError> {
        let to = path.with_file_name("clip.wav");
        write(File::open(path).expect("opened"), &to, &stretch, &AtomicBool::new(false)).map(|()| to)
    }

    #[test]
    fn a_clip_has_the_very_samples() {
        let home = tempfile::tempdir().expect("a folder");
        for (bits, channels, sample_rate) in [(16, 1, 16_000), (24, 2, 44_100), (8, 1, 8_000), (16, 6, 48_000)] {
            let spec = WavSpec { channels, sample_rate, bits_per_sample: bits, sample_format: Written::Int };
            let full = 1_i32 << (bits - 1);
            let mut random = fastrand::Rng::with_seed(u64::from(bits));
            let samples: Vec<i32> =
                (0..sample_rate as usize * usize::from(channels)).map(|_| random.i32(-full..full)).collect();
            let path = recording(home.path(), spec, &samples);
            let mut reader = hound::WavReader::open(clip(&path, 250..750).expect("a clip")).expect("a WAV file");
            let written = reader.spec();
            assert_eq!((written.channels, written.sample_rate), (channels, sample_rate));
            assert_eq!(written.bits_per_sample, bits.max(16));
            let scale = 1 << (written.bits_per_sample - bits);
            let heard: Vec<i32> = reader.samples::<i32>().map(|sample| sample.expect("a sample") / scale).collect();
            let frame = |ms: usize| ms * sample_rate as usize / 1000 * usize::from(channels);
            assert_eq!(heard, samples[frame(250)..frame(750)], "{bits} bits");
        }
    }

    #[test]
    fn floating_point_stays_what_it_is() {
        let home = tempfile::tempdir().expect("a folder");
        let spec = WavSpec { channels: 1, sample_rate: 8_000, bits_per_sample: 32, sample_format: Written::Float };
        let samples: Vec<i32> = (0..8_000).map(|n| n * 1_001).collect();
        let path = recording(home.path(), spec, &samples);
        let mut reader = hound::WavReader::open(clip(&path, 0..9_999).expect("a clip")).expect("a WAV file");
        let heard: Vec<f32> = reader.samples().map(|sample| sample.expect("a sample")).collect();
        let expected: Vec<f32> = samples.iter().map(|sample| *sample as f32 / 8_388_608.0).collect();
        assert_eq!(heard, expected);
    }

    #[test]
    fn nothing_is_left_when_there_is_nothing_to_cut_or_nobody_waits() {
        let home = tempfile::tempdir().expect("a folder");
        let spec = WavSpec { channels: 1, sample_rate: 8_000, bits_per_sample: 16, sample_format: Written::Int };
        let path = recording(home.path(), spec, &vec![1; 8_000]);
        assert!(matches!(clip(&path, 2_000..3_000), Err(ClipError::Sound(WavError::NoAudio))));
        assert!(matches!(clip(&path, Range { start: 700, end: 300 }), Err(ClipError::Sound(WavError::NoAudio))));
        let to = path.with_file_name("clip.wav");
        let stopped = write(File::open(&path).expect("opened"), &to, &(0..1_000), &AtomicBool::new(true));
        assert!(matches!(stopped, Err(ClipError::File(FileError::Cancelled))));
        assert_eq!(std::fs::read_dir(home.path()).expect("listed").count(), 1);
    }
}
