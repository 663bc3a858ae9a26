//! Changes the recording's sample rate to the device's.
//!
//! A windowed sinc, evaluated from a table, with the output's place in the input kept as an
//! exact fraction: nothing drifts over hours. The sound library's own converter is not used: it
//! interpolates linearly, and its 32-bit arithmetic overflows inside the audio callback at rates
//! like 47,999 Hz, which a header may claim. This one runs on the reading thread. It does not
//! change speed or pitch.

/// Zero crossings of the sinc on each side; 16 keeps speech clean to the eye of a spectrogram.
const CROSSINGS: usize = 16;
/// Table entries between two zero crossings; values in between are interpolated.
const STEPS: usize = 256;
/// The pass band ends a little below half the lower rate, so that the filter's slope fits.
const PASS: f64 = 0.94;

/// With more places between two input frames than this, weights are looked up one by one; 44,100 to 48,000 Hz has 160.
const MOST_PHASES: u64 = 640;
/// Sums that are kept apart, so that the processor adds several at a time. A multiple of every number of channels.
const LANES: usize = 8;

/// Converts interleaved frames from one rate to another.
#[derive(Debug)]
pub(super) struct Resampler {
    from: u64,
    to: u64,
    channels: usize,
    /// Input frames the filter reaches to each side.
    reach: u64,
    /// Table positions per input frame of distance.
    stretch: f64,
    /// Half of the symmetric filter.
    table: Vec<f32>,
    /// The weights of all neighbours for each place between two input frames, once a channel.
    phases: Vec<Vec<f32>>,
    /// Input that is still needed, interleaved; its first frame is number `first`.
    kept: Vec<f32>,
    first: u64,
    /// Input frames pushed so far.
    pushed: u64,
    /// Output frames pulled so far.
    pulled: u64,
    ended: bool,
}

impl Resampler {
    /// `from` and `to` in Hz, both above zero; `channels` 1 or 2.
    pub(super) fn new(from: u32, to: u32, channels: usize) -> Self {
        let (from, to) = (from.max(1), to.max(1));
        let cut = PASS * (f64::from(to) / f64::from(from)).min(1.0);
        let mut made = Self {
            from: from.into(),
            to: to.into(),
            channels,
            reach: (CROSSINGS as f64 / cut).ceil() as u64,
            stretch: cut * STEPS as f64,
            table: half_filter(cut),
            phases: Vec::new(),
            kept: Vec::new(),
            first: 0,
            pushed: 0,
            pulled: 0,
            ended: false,
        };
        let phases = u64::from(to / common_divisor(from, to));
        if from != to && phases <= MOST_PHASES {
            made.phases = (0..phases).map(|phase| made.weights(phase as f64 / phases as f64)).collect();
        }
        made
    }

    /// The weights of the neighbours of a place this far behind an input frame.
    fn weights(&self, fraction: f64) -> Vec<f32> {
        let reach = self.reach as i64;
        let of = |frame: i64| std::iter::repeat_n(self.weight((frame as f64 - fraction).abs()), self.channels);
        (1 - reach..=reach).flat_map(of).collect()
    }

    /// Forgets everything: the next input is the start of a new stretch.
    pub(super) fn restart(&mut self) {
        self.kept.clear();
        (self.first, self.pushed, self.pulled) = (0, 0, 0);
        self.ended = false;
    }

    /// Adds input.
    pub(super) fn push(&mut self, input: &[f32]) {
        self.forget();
        self.kept.extend_from_slice(input);
        self.pushed += (input.len() / self.channels) as u64;
    }

    /// No more input comes; what is left may be pulled against silence.
    pub(super) fn end(&mut self) {
        self.ended = true;
    }

    /// Input frames that the output pulled so far stands for, since the last restart.
    #[cfg(test)]
    pub(super) fn consumed(&self) -> u64 {
        (self.pulled * self.from / self.to).min(self.pushed)
    }

    /// Appends whatever output the input so far allows.
    pub(super) fn pull_all(&mut self, out: &mut Vec<f32>) {
        self.pull(out, usize::MAX / 4);
    }

    /// Appends output to `out` until it holds `frames` frames or input runs short.
    pub(super) fn pull(&mut self, out: &mut Vec<f32>, frames: usize) {
        while out.len() < frames * self.channels {
            let at = self.pulled * self.from / self.to;
            let alone = self.ended || self.from == self.to;
            let needed = if alone { at + 1 } else { at + self.reach + 1 };
            if needed > self.pushed {
                return;
            }
            if self.from == self.to {
                self.copy_frame(at, out);
            } else {
                self.filter_frame(at, out);
            }
            self.pulled += 1;
        }
    }

    fn copy_frame(&self, at: u64, out: &mut Vec<f32>) {
        let from = (at - self.first) as usize * self.channels;
        let frame = self.kept.get(from..from + self.channels);
        out.extend_from_slice(frame.unwrap_or_default());
    }

    /// Sums the neighbours of the output's place, weighted by their distance from it.
    fn filter_frame(&self, at: u64, out: &mut Vec<f32>) {
        if let Some((weights, neighbours)) = self.prepared(at) {
            let sums = lane_sums(weights, neighbours);
            out.extend((0..self.channels).map(|channel| sums.iter().skip(channel).step_by(self.channels).sum::<f32>()));
            return;
        }
        let fraction = (self.pulled * self.from % self.to) as f64 / self.to as f64;
        let start = (at + 1).saturating_sub(self.reach).max(self.first);
        let skip = (start - self.first) as usize * self.channels;
        let neighbours = self.kept.get(skip..).unwrap_or_default();
        let span = (at + self.reach + 1 - start) as usize;
        let mut sums = [0.0_f32; 2];
        let mut distance = start as f64 - at as f64 - fraction;
        for frame in neighbours.chunks_exact(self.channels).take(span) {
            let weight = self.weight(distance.abs());
            for (sum, sample) in sums.iter_mut().zip(frame) {
                *sum += sample * weight;
            }
            distance += 1.0;
        }
        out.extend(sums.iter().take(self.channels));
    }

    /// Ready-made weights and the samples they belong to; `None` near the ends, and for uncommon rates.
    fn prepared(&self, at: u64) -> Option<(&[f32], &[f32])> {
        let phase = (self.pulled * self.from % self.to) * self.phases.len() as u64 / self.to;
        let weights = self.phases.get(phase as usize)?;
        let skip = (at + 1).checked_sub(self.reach)?.checked_sub(self.first)? as usize * self.channels;
        Some((weights, self.kept.get(skip..skip + weights.len())?))
    }

    fn weight(&self, distance: f64) -> f32 {
        let place = distance * self.stretch;
        let index = place as usize;
        let (Some(low), Some(high)) = (self.table.get(index), self.table.get(index + 1)) else {
            return 0.0;
        };
        low + (high - low) * (place - index as f64) as f32
    }

    /// Drops input that no later output can reach.
    fn forget(&mut self) {
        let at = self.pulled * self.from / self.to;
        let useless = at.saturating_sub(self.reach + self.first);
        let samples = (useless as usize * self.channels).min(self.kept.len());
        self.kept.drain(..samples);
        self.first += (samples / self.channels) as u64;
    }
}

/// Products summed in lanes; lane `n` holds channel `n` modulo the number of channels.
fn lane_sums(weights: &[f32], samples: &[f32]) -> [f32; LANES] {
    let mut sums = [0.0; LANES];
    let (weights, last_weights) = weights.as_chunks::<LANES>();
    let (samples, last_samples) = samples.as_chunks::<LANES>();
    for (weights, samples) in weights.iter().zip(samples) {
        for ((sum, weight), sample) in sums.iter_mut().zip(weights).zip(samples) {
            *sum += weight * sample;
        }
    }
    for ((sum, weight), sample) in sums.iter_mut().zip(last_weights).zip(last_samples) {
        *sum += weight * sample;
    }
    sums
}

fn common_divisor(one: u32, other: u32) -> u32 {
    if other == 0 { one.max(1) } else { common_divisor(other, one % other) }
}

/// One half of a Blackman-windowed sinc of unit gain, from the middle outwards.
fn half_filter(cut: f64) -> Vec<f32> {
    let length = CROSSINGS * STEPS;
    (0..=length + 1)
        .map(|n| {
            let x = std::f64::consts::PI * n as f64 / STEPS as f64;
            let sinc = if n == 0 { 1.0 } else { x.sin() / x };
            let turn = std::f64::consts::PI * (n as f64 / length as f64).min(1.0);
            let window = 0.42 + 0.5 * turn.cos() + 0.08 * (2.0 * turn).cos();
            (cut * sinc * window) as f32
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(from: u32, to: u32, input: &[f32], channels: usize) -> Vec<f32> {
        let mut resampler = Resampler::new(from, to, channels);
        let mut out = Vec::new();
        for block in input.chunks(331 * channels) {
            resampler.push(block);
            let more = out.len() / channels + 200;
            resampler.pull(&mut out, more);
        }
        resampler.end();
        resampler.pull(&mut out, usize::MAX / 4);
        assert_eq!(resampler.consumed(), (input.len() / channels) as u64);
        out
    }

    fn tone(rate: u32, hertz: f64, frames: usize) -> Vec<f32> {
        (0..frames).map(|n| (std::f64::consts::TAU * hertz * n as f64 / f64::from(rate)).sin() as f32 * 0.5).collect()
    }

    #[test]
    fn a_tone_stays_the_same_tone() {
        for (from, to) in [
            (16_000, 48_000),
            (44_100, 48_000),
            (48_000, 44_100),
            (192_000, 48_000),
            (47_999, 48_000),
            (11_025, 44_100),
        ] {
            let seconds = 0.5;
            let input = tone(from, 440.0, (f64::from(from) * seconds) as usize);
            let got = convert(from, to, &input, 1);
            let want = tone(to, 440.0, got.len());
            assert!((got.len() as f64 - f64::from(to) * seconds).abs() <= 2.0, "{from}->{to}: {} frames", got.len());
            let edge = to as usize / 50;
            let worst = got
                .iter()
                .zip(&want)
                .skip(edge)
                .take(got.len() - 2 * edge)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(worst < 0.002, "{from}->{to}: off by {worst}");
        }
    }

    #[test]
    fn what_the_device_cannot_carry_is_removed() {
        let input = tone(48_000, 7_000.0, 24_000);
        let got = convert(48_000, 8_000, &input, 1);
        let loudest = got.iter().skip(100).take(3_500).fold(0.0, |m: f32, s| m.max(s.abs()));
        assert!(loudest < 0.005, "alias at {loudest}");
    }

    #[test]
    fn ready_made_weights_give_what_single_ones_give() {
        let input = tone(16_000, 1_000.0, 4_000);
        let voices: Vec<f32> = input.iter().flat_map(|sample| [*sample, -0.25 * sample]).collect();
        for (input, channels) in [(&input, 1), (&voices, 2)] {
            for to in [48_000, 44_100, 8_000] {
                let quick = convert(16_000, to, input, channels);
                let mut resampler = Resampler::new(16_000, to, channels);
                assert!(!resampler.phases.is_empty());
                resampler.phases.clear();
                let mut slow = Vec::new();
                resampler.push(input);
                resampler.end();
                resampler.pull_all(&mut slow);
                assert_eq!(quick.len(), slow.len());
                assert!(quick.iter().zip(&slow).all(|(a, b)| (a - b).abs() < 1e-5), "to {to}");
            }
        }
    }

    #[test]
    fn equal_rates_change_nothing() {
        let input: Vec<f32> = (0..5_000).map(|n| n as f32 / 5_000.0).collect();
        assert_eq!(convert(44_100, 44_100, &input, 2), input);
    }
}
