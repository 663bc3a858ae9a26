//! Makes speech faster or slower while voices keep their pitch.
//!
//! The work is done by the crate `wsola` (waveform-similarity overlap-add), chosen because
//! - it is MIT licensed, which an application under MIT or Apache-2.0 may use as it is (the
//!   Rubber Band library is GPL or bought);
//! - it is pure Rust with one small dependency, so the Windows and macOS builds need no C++
//!   compiler and no bound headers (Signalsmith Stretch and `SoundTouch` do);
//! - it streams: blocks in, blocks out, bounded memory, no allocation by the recording's length;
//! - time-domain overlap-add is what speech players use: one voice at a time stays crisp from
//!   half to three times the speed, where a phase vocoder smears consonants. For music it would
//!   be the second choice, and this is not a music player.
//!
//! What is heard at a moment of the output lies, within the search of 12 ms, at a place of the
//! input that [`Stretch::input_seconds`] gives, for hours: the ideal place is kept as a number,
//! not summed up from what was found. At normal speed this stage does not exist (see
//! [`super::line`]).

use std::num::{NonZeroU16, NonZeroU32};

use wsola::{Config, TimeStretch};

/// Half a window, in milliseconds.
const HOP_MS: f32 = 15.0;
/// How far around its ideal place a fitting piece is looked for, in milliseconds: one period of
/// the lowest voice.
const SEARCH_MS: f32 = 12.0;
/// Above this rate the search is narrowed so that its cost no longer grows with the square.
const FULL_SEARCH_HZ: u32 = 48_000;

/// A change of speed over interleaved frames.
#[derive(Debug)]
pub(super) struct Stretch {
    engine: TimeStretch,
    channels: usize,
    speed: f64,
    /// Silence that brings the last frames out of the engine, in samples.
    tail: usize,
    block: Vec<f32>,
    pushed: u64,
    pulled: u64,
}

impl Stretch {
    /// `None` when there is nothing to do or nothing to be done: at normal speed.
    pub(super) fn new(rate: u32, channels: usize, speed: f32) -> Option<Self> {
        let rate = NonZeroU32::new(rate)?;
        let voices = NonZeroU16::new(channels as u16)?;
        let search_ms = SEARCH_MS * (FULL_SEARCH_HZ as f32 / rate.get() as f32).min(1.0);
        let config = Config { hop_ms: HOP_MS, search_ms };
        let mut engine = TimeStretch::with_config(rate, voices, config).ok()?;
        engine.set_tempo(speed);
        let hop = engine.min_output_buff_size();
        let search = (rate.get() as f32 * search_ms / 1_000.0) as usize + 1;
        // A slow speed looks far ahead of a hop, a fast one steps over several.
        let tail = hop * 8 + search * 2 * channels;
        Some(Self { engine, channels, speed: f64::from(speed), tail, block: vec![0.0; hop * 4], pushed: 0, pulled: 0 })
    }

    /// The next input is another place.
    pub(super) fn restart(&mut self) {
        self.engine.reset();
        (self.pushed, self.pulled) = (0, 0);
    }

    /// What is heard after `seconds` of output, in seconds of input. Two windows sound at any
    /// moment, each running at normal speed; the middle between them moves at the speed asked
    /// for, but only from the middle of the first window on.
    pub(super) fn input_seconds(&self, seconds: f64) -> f64 {
        let hop = f64::from(HOP_MS) / 1_000.0;
        if seconds < hop { seconds } else { (seconds - hop) * self.speed + hop }
    }

    /// Takes `input` in and appends what is finished to `out`.
    pub(super) fn pass(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.engine.push(input);
        self.pushed += (input.len() / self.channels) as u64;
        self.pull(out, u64::MAX);
    }

    /// Appends what is still on its way, to the exact length.
    pub(super) fn end(&mut self, out: &mut Vec<f32>) {
        let silence = vec![0.0; self.tail];
        self.engine.push(&silence);
        let whole = (self.pushed as f64 / self.speed).round() as u64;
        self.pull(out, whole);
        self.restart();
    }

    /// Appends what the engine has, up to `whole` frames since the start.
    fn pull(&mut self, out: &mut Vec<f32>, whole: u64) {
        while let Ok(samples) = self.engine.pull(&mut self.block) {
            let left = whole.saturating_sub(self.pulled).saturating_mul(self.channels as u64);
            let wanted = usize::try_from(left).map_or(samples, |left| samples.min(left));
            out.extend_from_slice(self.block.get(..wanted).unwrap_or_default());
            self.pulled += (wanted / self.channels) as u64;
            if samples == 0 {
                return;
            }
        }
    }
}
