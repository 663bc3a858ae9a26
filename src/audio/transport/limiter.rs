//! Keeps samples below a ceiling without clipping them.
//!
//! It looks a few milliseconds ahead: when a peak comes, the gain has already glided down to
//! where the peak just fits, and afterwards it glides back. The gain is the mean, over the look
//! ahead, of the lowest gain any sample in the look ahead needs, so no sample can exceed the
//! ceiling and the gain has no corner that could be heard. Both channels share one gain, so
//! voices do not wander from side to side. It makes nothing louder (see [`super::boost`]).

use std::collections::VecDeque;

/// Highest amplitude that leaves the limiter: -0.3 dBFS.
pub(super) const CEILING: f32 = 0.966;
/// Seconds of look ahead.
const AHEAD_SECONDS: f32 = 0.005;
/// Seconds in which the gain comes back most of the way.
const RELEASE_SECONDS: f32 = 0.08;

/// A look-ahead limiter over interleaved frames. What goes in comes out later, at the same
/// number of frames; [`Self::end`] brings the rest.
#[derive(Debug)]
pub(super) struct Limiter {
    channels: usize,
    ahead: usize,
    release: f32,
    /// Samples on their way through.
    delayed: VecDeque<f32>,
    /// Frame number and needed gain, rising: the front is the lowest of the look ahead.
    lowest: VecDeque<(u64, f32)>,
    /// The last gains before averaging, and their sum.
    gains: VecDeque<f32>,
    sum: f64,
    gain: f32,
    /// Frames that went in.
    frames: u64,
}

impl Limiter {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        Self {
            channels: channels.max(1),
            ahead: ((rate as f32 * AHEAD_SECONDS) as usize).max(1),
            release: 1.0 - (-1.0 / (rate as f32 * RELEASE_SECONDS)).exp(),
            delayed: VecDeque::new(),
            lowest: VecDeque::new(),
            gains: VecDeque::new(),
            sum: 0.0,
            gain: 1.0,
            frames: 0,
        }
    }

    /// Forgets the sound on its way; the next input begins anew.
    pub(super) fn restart(&mut self) {
        self.delayed.clear();
        self.lowest.clear();
        self.gains.clear();
        (self.sum, self.gain, self.frames) = (0.0, 1.0, 0);
    }

    /// Takes `input` in and appends what is finished to `out`.
    pub(super) fn pass(&mut self, input: &[f32], out: &mut Vec<f32>) {
        for frame in input.chunks_exact(self.channels) {
            self.take(frame, out);
        }
    }

    /// Appends what is still on its way.
    pub(super) fn end(&mut self, out: &mut Vec<f32>) {
        let silence = [0.0; 8];
        let silence = silence.get(..self.channels).unwrap_or(&silence);
        let rest = self.delayed.len();
        let before = out.len();
        for _ in 0..self.ahead {
            self.take(silence, out);
        }
        out.truncate(before + rest);
        self.restart();
    }

    fn take(&mut self, frame: &[f32], out: &mut Vec<f32>) {
        let peak = frame.iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        let needed = if peak > CEILING { CEILING / peak } else { 1.0 };
        self.delayed.extend(frame);
        let average = self.average(needed);
        if self.frames >= self.ahead as u64 {
            for sample in self.delayed.drain(..self.channels) {
                out.push((sample * average).clamp(-CEILING, CEILING));
            }
        }
    }

    /// The gain for the frame that leaves, after `needed` was asked for by the one that enters.
    fn average(&mut self, needed: f32) -> f32 {
        let span = self.ahead as u64;
        while self.lowest.back().is_some_and(|(_, gain)| *gain >= needed) {
            self.lowest.pop_back();
        }
        self.lowest.push_back((self.frames, needed));
        while self.lowest.front().is_some_and(|(at, _)| at + span < self.frames) {
            self.lowest.pop_front();
        }
        let low = self.lowest.front().map_or(1.0, |(_, gain)| *gain);
        self.gain = low.min(self.gain + (low - self.gain).max(0.0) * self.release);
        self.gains.push_back(self.gain);
        self.sum += f64::from(self.gain);
        if self.gains.len() > self.ahead {
            self.sum -= f64::from(self.gains.pop_front().unwrap_or_default());
        }
        self.frames += 1;
        (self.sum / self.gains.len() as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(input: &[f32], channels: usize) -> Vec<f32> {
        let mut limiter = Limiter::new(16_000, channels);
        let mut out = Vec::new();
        for block in input.chunks(channels * 37) {
            limiter.pass(block, &mut out);
        }
        limiter.end(&mut out);
        out
    }

    #[test]
    fn what_fits_is_untouched() {
        let quiet: Vec<f32> = (0..3_000).map(|n| (n as f32 * 0.1).sin() * 0.9).collect();
        let out = limit(&quiet, 1);
        assert_eq!(out.len(), quiet.len());
        assert!(out.iter().zip(&quiet).all(|(a, b)| a.to_bits() == b.to_bits()));
        assert_eq!(limit(&quiet, 2).len(), quiet.len());
        assert_eq!(limit(&[0.5; 10], 1), [0.5; 10], "shorter than the look ahead");
    }

    #[test]
    fn nothing_exceeds_the_ceiling_and_nothing_is_cut_off() {
        let mut loud: Vec<f32> = (0..8_000).map(|n| (n as f32 * 0.17).sin() * 0.3).collect();
        for (n, sample) in loud.iter_mut().enumerate().skip(2_000).take(3_000) {
            *sample *= 3.0 + 8.0 * (n as f32 * 0.003).sin().abs();
        }
        loud[6_000] = 9.0;
        let out = limit(&loud, 1);
        assert_eq!(out.len(), loud.len());
        assert!(out.iter().all(|sample| sample.abs() <= CEILING));
        // Not clipped: hardly any sample lies flat on the ceiling.
        let flat = out.windows(2).filter(|w| w.iter().all(|s| s.abs() >= CEILING - 1e-6)).count();
        assert!(flat == 0, "{flat} flat places");
        // The gain itself never jumps.
        let gains: Vec<f32> = loud.iter().zip(&out).filter(|(a, _)| a.abs() > 0.05).map(|(a, b)| b / a).collect();
        let jump = gains.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(jump < 0.1, "{jump}");
    }

    #[test]
    fn both_channels_share_one_gain() {
        let input: Vec<f32> = (0..2_000).flat_map(|n| [(n as f32 * 0.2).sin() * 3.0, 0.1]).collect();
        let out = limit(&input, 2);
        let middle = out.chunks(2).skip(500).take(500);
        assert!(middle.clone().all(|f| f[0].abs() <= CEILING && f[1] > 0.0 && f[1] < 0.05));
    }
}
