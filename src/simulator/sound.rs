//! The bytes of a recording: made, decoded or read when somebody asks.
//!
//! Blocking on purpose; `routes` calls it from a thread that may block.

use std::io::Cursor;

use bytes::Bytes;
use opus_decoder::OpusDecoder;
use symphonia::core::{
    formats::{FormatOptions, TrackType, probe::Hint},
    io::{MediaSourceStream, MediaSourceStreamOptions},
    meta::MetadataOptions,
};

use super::record::Sound;

/// What the room devices record.
pub(super) const RATE: u32 = 16_000;

/// The whole file as the server would send it.
pub(super) fn wav_bytes(sound: &Sound) -> Option<Bytes> {
    match sound {
        Sound::Missing => None,
        Sound::Given(bytes) => Some(bytes.clone()),
        Sound::Tone { seed } => Some(wav(&tones(*seed)).into()),
        Sound::File(path) => std::fs::read(path).ok().map(Bytes::from),
        Sound::Opus(bytes) => decode_opus(bytes).map(|samples| wav(&samples).into()),
    }
}

/// A canonical file: 16 kHz, mono, 16 bit.
pub(super) fn wav(samples: &[i16]) -> Vec<u8> {
    let data_len = u32::try_from(samples.len() * 2).unwrap_or(u32::MAX);
    let mut file = Vec::with_capacity(44 + samples.len() * 2);
    file.extend_from_slice(b"RIFF");
    file.extend_from_slice(&data_len.saturating_add(36).to_le_bytes());
    file.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend_from_slice(&RATE.to_le_bytes());
    file.extend_from_slice(&(RATE * 2).to_le_bytes());
    file.extend_from_slice(b"\x02\0\x10\0data");
    file.extend_from_slice(&data_len.to_le_bytes());
    for sample in samples {
        file.extend_from_slice(&sample.to_le_bytes());
    }
    file
}

/// Three to eight seconds of tones, a new pitch every quarter second, no two seeds alike.
fn tones(seed: u64) -> Vec<i16> {
    let mut random = fastrand::Rng::with_seed(seed ^ 0x0707);
    let quarters = random.usize(12..32);
    let length = RATE as usize / 4;
    let mut samples = Vec::with_capacity(quarters * length);
    for _ in 0..quarters {
        let step = std::f32::consts::TAU * random.f32().mul_add(1_400.0, 200.0) / RATE as f32;
        for place in 0..length {
            // Each tone fades in and out so that nothing clicks.
            let fade = (place.min(length - place) as f32 / 400.0).min(1.0);
            samples.push((fade * 9_000.0 * (step * place as f32).sin()) as i16);
        }
    }
    samples
}

/// What counts the samples of an Opus stream, whatever rate it is decoded at.
const OPUS_CLOCK: u32 = 48_000;

/// An Ogg stream of mono Opus to samples; none if it is no such thing.
fn decode_opus(bytes: &'static [u8]) -> Option<Vec<i16>> {
    let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), MediaSourceStreamOptions::default());
    let probe = symphonia::default::get_probe();
    let mut format = probe.probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default()).ok()?;
    let track = format.default_track(TrackType::Audio)?;
    let (track_id, delay, frames) = (track.id, track.delay.unwrap_or(0), track.num_frames?);
    let mut decoder = OpusDecoder::new(RATE, 1).ok()?;
    let mut piece = vec![0; decoder.max_frame_size_per_channel()];
    let mut samples = Vec::new();
    while let Ok(Some(packet)) = format.next_packet() {
        if packet.track_id == track_id {
            let count = decoder.decode(&packet.data, &mut piece, false).ok()?;
            samples.extend_from_slice(piece.get(..count)?);
        }
    }
    // The encoder's run-up goes, and what fills its last packet.
    let rate = |clock: u64| usize::try_from(clock * u64::from(RATE) / u64::from(OPUS_CLOCK)).unwrap_or(usize::MAX);
    samples.truncate(rate(frames));
    samples.drain(..rate(u64::from(delay)).min(samples.len()));
    (!samples.is_empty()).then_some(samples)
}

#[cfg(test)]
mod tests {
    use super::super::assets;
    use super::*;

    #[test]
    fn tones_are_a_whole_wav_and_differ_by_seed() {
        let one = wav_bytes(&Sound::Tone { seed: 1 }).unwrap();
        let reader = hound::WavReader::new(Cursor::new(one.clone())).unwrap();
        assert_eq!(reader.spec().sample_rate, RATE);
        assert_eq!((reader.spec().channels, reader.spec().bits_per_sample), (1, 16));
        assert!((3.0..=8.0).contains(&(f64::from(reader.len()) / f64::from(RATE))));
        assert_eq!(one, wav_bytes(&Sound::Tone { seed: 1 }).unwrap());
        assert_ne!(one, wav_bytes(&Sound::Tone { seed: 2 }).unwrap());
    }

    #[test]
    fn embedded_recordings_decode_to_speech_of_the_length_that_their_timings_say() {
        let timings: serde_json::Value =
            serde_json::from_str(include_str!("../../assets/demo/audio/c09.timings.json")).unwrap();
        let said = timings.as_array().unwrap().last().unwrap()["end"].as_f64().unwrap();
        let bytes = assets::recording("c09.opus").unwrap();
        let file = wav_bytes(&Sound::Opus(bytes)).unwrap();
        let reader = hound::WavReader::new(Cursor::new(file)).unwrap();
        // A second and a half of the room stand behind the last word.
        let silence = f64::from(reader.len()) / f64::from(RATE) - said;
        assert!((1.49..1.51).contains(&silence), "{silence} s after the last word");
        let loudest = reader.into_samples::<i16>().map(|s| i32::from(s.unwrap()).abs()).max().unwrap();
        assert!(loudest > 1_000, "silent: {loudest}");
    }

    #[test]
    fn what_is_no_opus_is_no_recording() {
        assert_eq!(wav_bytes(&Sound::Opus(b"OggS and then nothing")), None);
    }
}
