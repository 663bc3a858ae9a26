//! Shortens long silences while playing.
//!
//! A run of quiet longer than 0.7 s becomes about 0.3 s: 150 ms after the voice before it and
//! 150 ms before the voice behind it stay untouched, what lies between goes, and the two ends
//! are blended. Quiet is judged against the room: the noise floor is the level that one hop in
//! seven stays below, followed slowly, and a single louder hop ends a run. So a voice is not
//! cut even where the room hums. It reads no file; what it drops, the trail knows.

use std::collections::VecDeque;

use super::trail::Trail;

/// Hops per second in which loudness is judged.
const HOPS_PER_SECOND: u32 = 100;
/// Hops of quiet that stay after a voice and before the next.
const KEPT: usize = 15;
/// Hops of quiet that make a silence long.
const LONG: usize = 70;
/// A silence is let through for a moment after this many dropped hops (a minute), so that the
/// reading thread does not have to search hours of nothing in one go.
const MOST_DROPPED: usize = 6_000;
/// Share of hops that lie below the noise floor.
const FLOOR_SHARE: f32 = 0.15;
/// How fast the floor moves, in decibels per hop.
const FLOOR_STEP: f32 = 0.3;
/// Bounds of the floor and of what may count as quiet, in decibels of full scale.
const FLOOR_DB: (f32, f32) = (-80.0, -36.0);
const FIRST_FLOOR_DB: f32 = -62.0;
const SURELY_QUIET_DB: f32 = -62.0;
/// A voice stands this much above the floor, in decibels.
const ABOVE_FLOOR_DB: f32 = 7.0;

/// A short piece of sound and where it was recorded.
#[derive(Debug, Default)]
struct Hop {
    from: u64,
    samples: Vec<f32>,
}

/// Takes frames in and lets them through, without the long silences.
#[derive(Debug)]
pub(super) struct Shortener {
    channels: usize,
    hop_samples: usize,
    floor_db: f32,
    current: Hop,
    /// Hops in the present run of quiet.
    run: usize,
    /// Quiet that is let through or dropped depending on what follows.
    held: VecDeque<Hop>,
    /// What would have followed the last sound let through; it is blended into what follows now.
    bridge: Option<Hop>,
    dropped: usize,
    spare: Vec<Hop>,
}

impl Shortener {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        Self {
            channels: channels.max(1),
            hop_samples: (rate / HOPS_PER_SECOND).max(1) as usize * channels.max(1),
            floor_db: FIRST_FLOOR_DB,
            current: Hop::default(),
            run: 0,
            held: VecDeque::new(),
            bridge: None,
            dropped: 0,
            spare: Vec::new(),
        }
    }

    /// The next input is another place of the same recording; its noise floor stays known.
    pub(super) fn restart(&mut self) {
        self.current.samples.clear();
        self.spare.extend(self.held.drain(..));
        self.bridge = None;
        (self.run, self.dropped) = (0, 0);
    }

    /// Takes in frames recorded from frame `from` on, and appends what is let through.
    pub(super) fn pass(&mut self, from: u64, input: &[f32], out: &mut Vec<f32>, trail: &mut Trail) {
        let mut at = from;
        let mut rest = input;
        if self.expected() != Some(from) {
            self.judge_current(out, trail);
        }
        while !rest.is_empty() {
            if self.current.samples.is_empty() {
                self.current.from = at;
            }
            let take = (self.hop_samples - self.current.samples.len()).min(rest.len());
            let (now, later) = rest.split_at(take);
            self.current.samples.extend_from_slice(now);
            at += (take / self.channels) as u64;
            rest = later;
            if self.current.samples.len() >= self.hop_samples {
                self.judge_current(out, trail);
            }
        }
    }

    /// Appends what is still on its way.
    pub(super) fn end(&mut self, out: &mut Vec<f32>, trail: &mut Trail) {
        self.judge_current(out, trail);
        self.release(out, trail);
    }

    /// The frame that would continue the hop being gathered.
    fn expected(&self) -> Option<u64> {
        let frames = (self.current.samples.len() / self.channels) as u64;
        (frames > 0).then(|| self.current.from + frames)
    }

    fn judge_current(&mut self, out: &mut Vec<f32>, trail: &mut Trail) {
        if self.current.samples.is_empty() {
            return;
        }
        let next = self.spare.pop().unwrap_or_default();
        let hop = std::mem::replace(&mut self.current, next);
        self.current.samples.clear();
        if !self.is_quiet(&hop.samples) {
            self.release(out, trail);
            self.run = 0;
            self.emit(hop, out, trail);
            return;
        }
        self.run += 1;
        if self.run <= KEPT {
            self.emit(hop, out, trail);
            return;
        }
        self.held.push_back(hop);
        if self.run > LONG {
            self.drop_middle();
        }
        if self.dropped > MOST_DROPPED {
            self.release(out, trail);
            self.run = 0;
        }
    }

    /// Keeps of the held quiet what may stand before the next voice.
    fn drop_middle(&mut self) {
        while self.held.len() > KEPT {
            let Some(hop) = self.held.pop_front() else { return };
            self.dropped += 1;
            if self.bridge.is_none() {
                self.bridge = Some(hop);
            } else {
                self.spare.push(hop);
            }
        }
    }

    /// Lets the held quiet through; the first hop behind a joint is blended.
    fn release(&mut self, out: &mut Vec<f32>, trail: &mut Trail) {
        if let (Some(before), Some(first)) = (self.bridge.take(), self.held.front_mut()) {
            blend(&before.samples, &mut first.samples, self.channels);
            self.spare.push(before);
        }
        while let Some(hop) = self.held.pop_front() {
            self.emit(hop, out, trail);
        }
        self.dropped = 0;
    }

    fn emit(&mut self, hop: Hop, out: &mut Vec<f32>, trail: &mut Trail) {
        out.extend_from_slice(&hop.samples);
        trail.append(hop.from, (hop.samples.len() / self.channels) as u64);
        self.spare.push(hop);
    }

    /// Judges one hop, and lets the noise floor follow it.
    fn is_quiet(&mut self, hop: &[f32]) -> bool {
        let level = level_db(hop);
        let step = if level > self.floor_db { FLOOR_SHARE } else { FLOOR_SHARE - 1.0 } * FLOOR_STEP;
        self.floor_db = (self.floor_db + step).clamp(FLOOR_DB.0, FLOOR_DB.1);
        level < SURELY_QUIET_DB.max(self.floor_db + ABOVE_FLOOR_DB)
    }
}

/// Loudness without the constant part, which some sound cards add.
fn level_db(samples: &[f32]) -> f32 {
    let count = samples.len().max(1) as f32;
    let mean = samples.iter().sum::<f32>() / count;
    let energy = samples.iter().map(|s| (s - mean) * (s - mean)).sum::<f32>() / count;
    10.0 * energy.max(1e-12).log10()
}

/// Turns the beginning of `after` from what `before` is to what it is itself.
fn blend(before: &[f32], after: &mut [f32], channels: usize) {
    let frames = before.len().min(after.len()) / channels;
    let pairs = after.chunks_exact_mut(channels).zip(before.chunks_exact(channels));
    for (n, (after, before)) in pairs.enumerate() {
        let share = (n as f32 + 0.5) / frames as f32;
        for (new, old) in after.iter_mut().zip(before) {
            *new = *new * share + old * (1.0 - share);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: u32 = 16_000;

    /// Noise of a given loudness, without a generator's state.
    fn noise(frames: usize, amplitude: f32) -> Vec<f32> {
        let mut seed = 7_u32;
        (0..frames)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 8) as f32 / 8_388_608.0 * amplitude - amplitude
            })
            .collect()
    }

    fn shorten(input: &[f32]) -> (Vec<f32>, Trail) {
        let mut shortener = Shortener::new(RATE, 1);
        let (mut out, mut trail) = (Vec::new(), Trail::default());
        for (n, block) in input.chunks(1_024).enumerate() {
            shortener.pass(n as u64 * 1_024, block, &mut out, &mut trail);
        }
        shortener.end(&mut out, &mut trail);
        assert_eq!(trail.frames(), out.len() as u64);
        (out, trail)
    }

    /// Room noise with voices (louder noise) at these seconds.
    fn room(seconds: f64, floor: f32, voices: &[(f64, f64)]) -> Vec<f32> {
        let mut sound = noise((seconds * f64::from(RATE)) as usize, floor);
        let voice = noise(sound.len(), 0.2);
        for (from, to) in voices {
            let (from, to) = ((from * f64::from(RATE)) as usize, (to * f64::from(RATE)) as usize);
            sound[from..to].copy_from_slice(&voice[from..to]);
        }
        sound
    }

    #[test]
    fn long_silences_become_short_and_voices_stay() {
        for floor in [0.0, 0.0005, 0.005] {
            let voices = [(0.5, 8.0), (8.5, 9.0), (12.0, 14.0), (20.0, 21.0)];
            let input = room(25.0, floor, &voices);
            let (out, trail) = shorten(&input);
            let (before, after) = (25.0, out.len() as f64 / f64::from(RATE));
            // 3 s, 6 s and 4 s of silence become 0.3 s each; half a second stays.
            assert!((after - (before - 13.0 + 0.9)).abs() < 0.1, "{after} s at floor {floor}");
            let wrong =
                (0..out.len()).filter(|n| input[trail.recorded(*n as u64) as usize].to_bits() != out[*n].to_bits());
            // Only the blended hop at each of the three joints is not the recording's.
            assert!(wrong.count() <= 3 * 160);
            for (from, to) in voices {
                for second in [from - 0.14, from, f64::midpoint(from, to), to - 0.001, to + 0.14] {
                    let frame = (second * f64::from(RATE)) as u64;
                    let heard = (0..trail.frames()).any(|n| trail.recorded(n) == frame);
                    assert!(heard, "{second} s is heard");
                }
            }
        }
    }

    #[test]
    fn the_joint_does_not_click() {
        let mut input: Vec<f32> = (0..RATE * 6).map(|n| (n as f32 * 0.02).sin() * 0.0008).collect();
        let voice: Vec<f32> = (0..RATE).map(|n| (n as f32 * 0.02).sin() * 0.3).collect();
        input[..RATE as usize].copy_from_slice(&voice);
        input[RATE as usize * 5..].copy_from_slice(&voice);
        let (out, _) = shorten(&input);
        assert!(out.len() < input.len() - 3 * RATE as usize);
        let middle = &out[RATE as usize + 200..RATE as usize + 4_500];
        let steepest = middle.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.0008 * 0.04, "{steepest}");
    }

    #[test]
    fn short_pauses_and_loops_are_left_alone() {
        let input = room(4.0, 0.001, &[(0.3, 1.5), (2.1, 4.0)]);
        let (out, _) = shorten(&input);
        assert_eq!(out, input);
        let mut shortener = Shortener::new(RATE, 1);
        let (mut out, mut trail) = (Vec::new(), Trail::default());
        let voice = noise(1_000, 0.2);
        for _ in 0..3 {
            shortener.pass(500, &voice, &mut out, &mut trail);
        }
        shortener.end(&mut out, &mut trail);
        assert_eq!((out.len(), trail.recorded(999), trail.recorded(1_000)), (3_000, 1_499, 500));
    }

    #[test]
    fn an_hour_of_nothing_needs_no_memory() {
        let mut shortener = Shortener::new(4_000, 1);
        let (mut out, mut trail) = (Vec::new(), Trail::default());
        let nothing = vec![0.0; 4_000];
        for second in 0..3_600 {
            shortener.pass(second * 4_000, &nothing, &mut out, &mut trail);
            assert!(shortener.held.len() <= LONG && shortener.spare.len() <= LONG + 2);
        }
        let heard = out.len() / 4_000;
        assert!((10..30).contains(&heard), "a moment each minute: {heard} s");
    }
}
