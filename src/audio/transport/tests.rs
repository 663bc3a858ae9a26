//! The chain from a recording to slots, without threads: what is heard and what place is told.

use std::path::{Path, PathBuf};

use super::chain::{Chain, Tuning};
use super::limiter::CEILING;
use super::line::Target;
use crate::audio::growing::Growing;

const RATE: u32 = 16_000;
const SPEEDS: [f32; 6] = [0.5, 0.75, 1.25, 1.5, 2.0, 3.0];

/// What came out of a chain.
struct Heard {
    samples: Vec<f32>,
    /// For each slot: its first frame in the output, and where that was recorded.
    places: Vec<(usize, u64)>,
    end: u64,
}

impl Heard {
    /// Where the recording was at this frame of the output.
    fn place(&self, frame: usize) -> f64 {
        let next = self.places.partition_point(|(at, _)| *at <= frame).min(self.places.len() - 1);
        let ((at, start), (end_at, end)) = (self.places[next - 1], self.places[next]);
        start as f64 + (end as f64 - start as f64) * (frame - at) as f64 / (end_at - at) as f64
    }
}

fn recording(folder: &Path, rate: u32, samples: impl Iterator<Item = f32>) -> Growing {
    let path = folder.join("sound.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    samples.for_each(|sample| writer.write_sample(sample).unwrap());
    writer.finalize().unwrap();
    Growing::whole(path).unwrap()
}

/// Plays from `frame` until the end or until `most` frames have come out.
fn play(growing: &Growing, target: Target, frame: u64, tuning: &Tuning, most: usize) -> Heard {
    let mut chain = Chain::open(growing, target, target.rate as usize / 100).unwrap();
    chain.restart(frame, tuning).unwrap();
    let mut heard = Heard { samples: Vec::new(), places: Vec::new(), end: 0 };
    while !chain.finished() && heard.samples.len() / target.channels < most {
        if !chain.has_slot() {
            chain.step().unwrap();
            continue;
        }
        let slot = chain.slot(1);
        heard.places.push((heard.samples.len() / target.channels, slot.start));
        heard.samples.extend_from_slice(slot.samples);
        heard.end = slot.end;
        chain.advance();
    }
    heard
}

fn at_speed(speed: f32) -> Tuning {
    Tuning { speed, ..Tuning::default() }
}

fn mono(rate: u32) -> Target {
    Target { rate, channels: 1 }
}

fn tone(hertz: f64, rate: u32, seconds: f64) -> impl Iterator<Item = f32> {
    let step = std::f64::consts::TAU * hertz / f64::from(rate);
    (0..(seconds * f64::from(rate)) as u32).map(move |n| (f64::from(n) * step).sin() as f32 * 0.5)
}

/// Frequency by counting upward crossings of zero, with their exact places.
fn frequency(samples: &[f32], rate: u32) -> f64 {
    let crossings: Vec<f64> = samples
        .windows(2)
        .enumerate()
        .filter(|(_, w)| w[0] < 0.0 && w[1] >= 0.0)
        .map(|(n, w)| n as f64 + f64::from(w[0] / (w[0] - w[1])))
        .collect();
    let (first, last) = (crossings[0], crossings[crossings.len() - 1]);
    (crossings.len() - 1) as f64 * f64::from(rate) / (last - first)
}

#[test]
fn a_tone_keeps_its_pitch_at_every_speed() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, speeds) in [(RATE, RATE, &SPEEDS[..]), (RATE, 48_000, &[1.5]), (44_100, 16_000, &[2.0])] {
        let growing = recording(folder.path(), from, tone(440.0, from, 3.0));
        for speed in speeds.iter().copied() {
            let heard = play(&growing, mono(to), 0, &at_speed(speed), usize::MAX);
            let want = 3.0 * f64::from(to) / f64::from(speed);
            let length = heard.samples.len() as f64 / want;
            assert!((length - 1.0).abs() < 0.001, "{speed}x: {length} of the length");
            let edge = to as usize / 10;
            let hertz = frequency(&heard.samples[edge..heard.samples.len() - edge], to);
            assert!((hertz - 440.0).abs() < 0.5, "{from}->{to} at {speed}x: {hertz} Hz");
            assert_eq!(heard.end, 3 * u64::from(from));
        }
    }
}

#[test]
fn the_place_told_is_true_after_minutes_at_any_speed() {
    let folder = tempfile::tempdir().unwrap();
    // A quiet hum with a burst of 60 ms every three seconds, for four minutes.
    let (rate, seconds) = (4_000_u32, 240_u32);
    let sound = (0..rate * seconds).map(|n| {
        let burst = n % (rate * 3) < 240;
        (n as f32 * 0.9).sin() * if burst { 0.8 } else { 0.01 }
    });
    let growing = recording(folder.path(), rate, sound);
    for speed in [1.0, 1.5, 3.0] {
        let heard = play(&growing, mono(rate), 0, &at_speed(speed), usize::MAX);
        let mut worst = 0.0_f64;
        let mut found = 0;
        let mut quiet = 4_000;
        for (n, sample) in heard.samples.iter().enumerate() {
            quiet += 1;
            if sample.abs() > 0.3 {
                if quiet > 1_000 {
                    let place = heard.place(n) / f64::from(rate);
                    worst = worst.max((place - (place / 3.0).round() * 3.0).abs());
                    found += 1;
                }
                quiet = 0;
            }
        }
        assert!(found >= 79, "{found} bursts at {speed}x");
        assert!(worst < 0.030, "{worst} s off at {speed}x");
    }
}

/// Sharp places per second: where the second difference stands out of its own neighbourhood.
///
/// A click of a bad joint is a corner: one or two samples whose second difference (which
/// weighs the highest part of the spectrum most) is many times that of the 32 ms around it,
/// while speech, even a plosive, keeps a high level for milliseconds once it begins.
fn clicks_per_second(samples: &[f32], rate: u32) -> f64 {
    let corners: Vec<f32> = samples.windows(3).map(|w| w[0] - 2.0 * w[1] + w[2]).collect();
    let span = rate as usize / 32;
    let mut clicks = 0;
    for block in corners.chunks(span) {
        let mut sizes: Vec<f32> = block.iter().map(|c| c.abs()).collect();
        sizes.sort_by(f32::total_cmp);
        let usual = sizes[sizes.len() * 9 / 10].max(0.0005);
        clicks += usize::from(sizes[sizes.len() - 1] > usual * 8.0);
    }
    clicks as f64 * f64::from(rate) / samples.len() as f64
}

fn shared_data() -> Option<PathBuf> {
    let known = std::env::var_os("CONSULT_DESK_SHARED")
        .map_or_else(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")), PathBuf::from);
    known.is_dir().then_some(known)
}

#[test]
fn speech_at_another_speed_has_the_length_and_no_click() {
    let Some(data) = shared_data() else { return };
    for name in ["ami-trn00", "katiesteve"] {
        let growing = Growing::whole(data.join(format!("speech/{name}.wav"))).unwrap();
        let plain = play(&growing, mono(RATE), 0, &Tuning::default(), usize::MAX).samples;
        let natural = clicks_per_second(&plain, RATE);
        let mut spoiled = plain.clone();
        spoiled.chunks_mut(1_600).skip(1).for_each(|c| c[0] += 0.1);
        assert!(clicks_per_second(&spoiled, RATE) > natural + 5.0, "the check hears a click when there is one");
        for speed in [1.5, 3.0] {
            let heard = play(&growing, mono(RATE), 0, &at_speed(speed), usize::MAX).samples;
            let want = plain.len() as f64 / f64::from(speed);
            assert!((heard.len() as f64 / want - 1.0).abs() < 0.01, "{name} at {speed}x");
            let clicks = clicks_per_second(&heard, RATE);
            // What is sharp in the recording comes by faster, but no more of it.
            let most = natural * f64::from(speed.max(1.0)) * 1.3 + 0.3;
            assert!(clicks < most, "{name} at {speed}x: {clicks} a second instead of {natural}");
        }
    }
}

#[test]
fn boosted_speech_is_louder_and_stays_below_the_ceiling() {
    let Some(data) = shared_data() else { return };
    let growing = Growing::whole(data.join("speech/katiesteve.wav")).unwrap();
    let plain = play(&growing, mono(48_000), 0, &Tuning::default(), usize::MAX).samples;
    let tuning = Tuning { boost: true, ..Tuning::default() };
    let heard = play(&growing, mono(48_000), 0, &tuning, usize::MAX).samples;
    let rms = |s: &[f32]| (s.iter().map(|s| s * s).sum::<f32>() / s.len() as f32).sqrt();
    assert!(heard.iter().all(|s| s.abs() <= CEILING));
    assert!(rms(&heard) > rms(&plain) * 1.5);
    let flat = heard.windows(2).filter(|w| w.iter().all(|s| s.abs() > CEILING - 1e-6)).count();
    assert_eq!(flat, 0, "not clipped");
}

#[test]
fn skipping_silence_takes_time_and_no_voice() {
    let Some(data) = shared_data() else { return };
    for (name, at_least) in [("ami-trn05", 3.0), ("ami-trn08", 5.0), ("katiesteve", 3.0), ("sonnet001", 1.5)] {
        let growing = Growing::whole(data.join(format!("speech/{name}.wav"))).unwrap();
        let plain = play(&growing, mono(RATE), 0, &Tuning::default(), usize::MAX).samples;
        let tuning = Tuning { skip_silence: true, ..Tuning::default() };
        let heard = play(&growing, mono(RATE), 0, &tuning, usize::MAX);
        let gone = (plain.len() - heard.samples.len()) as f64 / f64::from(RATE);
        assert!(gone > at_least, "{name}: only {gone} s");
        let mut lost = vec![true; plain.len() + 200];
        heard.places.iter().for_each(|(_, place)| lost[*place as usize..*place as usize + 160].fill(false));
        let power = |s: &[f32]| 10.0 * (s.iter().map(|s| s * s).sum::<f32>() / s.len() as f32).max(1e-9).log10();
        let voice = power(&heard.samples);
        for (n, piece) in plain.chunks(800).enumerate() {
            if lost[n * 800..n * 800 + piece.len()].iter().all(|lost| *lost) {
                assert!(power(piece) < voice - 14.0, "{name} at {} s: {} of {voice}", n as f64 / 20.0, power(piece));
            }
        }
    }
}

#[test]
fn a_loop_goes_round_without_a_gap_or_click() {
    let folder = tempfile::tempdir().unwrap();
    let growing = recording(folder.path(), RATE, tone(100.0, RATE, 10.0));
    let looped = Some(32_000..48_400);
    for speed in [1.0, 1.5] {
        let tuning = Tuning { speed, looped: looped.clone(), ..Tuning::default() };
        let heard = play(&growing, mono(RATE), 24_000, &tuning, 160_000);
        assert!(heard.samples.len() >= 160_000, "it never ends");
        let steepest = heard.samples.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.022, "no click: {steepest}");
        let loud = heard.samples.iter().map(|s| s.abs() > 0.05);
        let longest =
            loud.fold((0, 0), |(run, most), loud| if loud { (0, most) } else { (run + 1, most.max(run + 1)) }).1;
        assert!(longest < 160, "no gap of a slot: {longest}");
        let inside = heard.places.iter().skip(60).all(|(_, place)| (32_000..48_400).contains(place));
        assert!(inside && heard.places[0].1 == 24_000);
    }
    let behind =
        play(&growing, mono(RATE), 100_000, &Tuning { looped: looped.clone(), ..Tuning::default() }, usize::MAX);
    assert_eq!((behind.samples.len(), behind.end), (60_000, 160_000), "begun behind it, it plays on");
    let tiny = Tuning { looped: Some(5..9), ..Tuning::default() };
    assert_eq!(play(&growing, mono(RATE), 0, &tiny, usize::MAX).samples.len(), 160_000, "too short to be one");
    let to_end = Tuning { looped: Some(140_000..u64::MAX), ..Tuning::default() };
    assert!(play(&growing, mono(RATE), 150_000, &to_end, 64_000).samples.len() >= 64_000);
}
