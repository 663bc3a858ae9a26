//! Makes faint voices loud.
//!
//! Everything becomes four times as loud (12 dB), a recording that is faint throughout up to
//! sixteen times (24 dB), and a limiter keeps loud voices from clipping: so the owner at the
//! door becomes audible beside the vet at the table. The loudness is followed slowly, so that
//! the gain does not pump with every pause. It works on the reading thread, after the change of
//! rate, so that the ceiling holds for what the device gets. Volume is not its matter.

use super::limiter::Limiter;

/// Gain for a recording of ordinary loudness, in decibels.
const GAIN_DB: f32 = 12.0;
/// The most gain, for a recording that is faint throughout.
const MOST_DB: f32 = 24.0;
/// Where the louder voices of a recording shall end up, as long as the gain allows.
const AIM_DB: f32 = -15.0;
/// Loudness assumed before anything was heard: ordinary.
const ASSUMED_DB: f32 = AIM_DB - GAIN_DB;
/// What lies this much below the voices heard so far is not taken for a voice.
const VOICE_RANGE_DB: f32 = 25.0;
/// Below this nothing is a voice.
const NOTHING_DB: f32 = -65.0;
/// Looks at the loudness per second.
const LOOKS_PER_SECOND: u32 = 20;
/// Decibels per second: towards louder voices, towards fainter ones, and in pauses.
const RISE: f32 = 40.0;
const FALL: f32 = 2.0;
const FORGET: f32 = 0.5;
/// The most the gain moves in a second, in decibels.
const GLIDE: f32 = 6.0;

/// Follows the loudness, applies the gain and limits.
#[derive(Debug)]
pub(super) struct Boost {
    limiter: Limiter,
    channels: usize,
    look: usize,
    heard: usize,
    energy: f64,
    loudness_db: f32,
    gain_db: f32,
    gain: f32,
    gain_step: f32,
    louder: Vec<f32>,
}

impl Boost {
    pub(super) fn new(rate: u32, channels: usize) -> Self {
        Self {
            limiter: Limiter::new(rate, channels),
            channels: channels.max(1),
            look: (rate / LOOKS_PER_SECOND).max(1) as usize,
            heard: 0,
            energy: 0.0,
            loudness_db: ASSUMED_DB,
            gain_db: GAIN_DB,
            gain: amplitude(GAIN_DB),
            gain_step: 0.0,
            louder: Vec::new(),
        }
    }

    /// The next input is another place of the same recording: its loudness stays known.
    pub(super) fn restart(&mut self) {
        self.limiter.restart();
        (self.heard, self.energy) = (0, 0.0);
    }

    /// Takes `input` in and appends what is finished to `out`.
    pub(super) fn pass(&mut self, input: &[f32], out: &mut Vec<f32>) {
        self.louder.clear();
        for frame in input.chunks_exact(self.channels) {
            for sample in frame {
                self.energy += f64::from(sample * sample);
                self.louder.push(sample * self.gain);
            }
            self.gain += self.gain_step;
            self.heard += 1;
            if self.heard >= self.look {
                self.listen();
            }
        }
        self.limiter.pass(&self.louder, out);
    }

    /// Appends what is still on its way.
    pub(super) fn end(&mut self, out: &mut Vec<f32>) {
        self.limiter.end(out);
    }

    /// Judges the last stretch and sets where the gain glides next.
    fn listen(&mut self) {
        let mean = self.energy / (self.heard * self.channels) as f64;
        let level = 10.0 * (mean as f32).max(1e-12).log10();
        let seconds = 1.0 / LOOKS_PER_SECOND as f32;
        let voice = level > NOTHING_DB.max(self.loudness_db - VOICE_RANGE_DB);
        let change =
            if voice { (level - self.loudness_db).clamp(-FALL * seconds, RISE * seconds) } else { -FORGET * seconds };
        self.loudness_db = (self.loudness_db + change).max(AIM_DB - MOST_DB);
        let aim = (AIM_DB - self.loudness_db).clamp(GAIN_DB, MOST_DB);
        self.gain_db += (aim - self.gain_db).clamp(-GLIDE * seconds, GLIDE * seconds);
        self.gain_step = (amplitude(self.gain_db) - self.gain) / self.look as f32;
        (self.heard, self.energy) = (0, 0.0);
    }
}

fn amplitude(decibels: f32) -> f32 {
    10.0_f32.powf(decibels / 20.0)
}

#[cfg(test)]
mod tests {
    use super::super::limiter::CEILING;
    use super::*;

    const RATE: u32 = 16_000;

    fn tone(amplitude: f32, seconds: u32) -> Vec<f32> {
        (0..RATE * seconds).map(|n| (n as f32 * 0.2).sin() * amplitude).collect()
    }

    fn rms(samples: &[f32]) -> f32 {
        (samples.iter().map(|s| s * s).sum::<f32>() / samples.len() as f32).sqrt()
    }

    fn boost(boost: &mut Boost, input: &[f32]) -> Vec<f32> {
        let mut out = Vec::new();
        input.chunks(1_024).for_each(|block| boost.pass(block, &mut out));
        boost.end(&mut out);
        out
    }

    #[test]
    fn ordinary_sound_becomes_four_times_as_loud() {
        let input = tone(0.1, 3);
        let out = boost(&mut Boost::new(RATE, 1), &input);
        assert_eq!(out.len(), input.len());
        let factor = rms(&out) / rms(&input);
        assert!((3.9..4.1).contains(&factor), "{factor}");
    }

    #[test]
    fn a_recording_that_is_faint_throughout_gets_more_but_slowly() {
        let input = tone(0.005, 30);
        let out = boost(&mut Boost::new(RATE, 1), &input);
        let early = rms(&out[..8_000]) / rms(&input[..8_000]);
        let late = rms(&out[out.len() - 8_000..]) / rms(&input[..8_000]);
        assert!(early < 4.5, "{early}");
        assert!((12.0..16.1).contains(&late), "{late}");
    }

    #[test]
    fn loud_voices_never_clip() {
        let mut input = tone(0.004, 20);
        input.extend(tone(0.9, 5));
        let out = boost(&mut Boost::new(RATE, 1), &input);
        assert!(out.iter().all(|s| s.abs() <= CEILING));
        let steepest = out.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max);
        assert!(steepest < 0.25, "no click: {steepest}");
    }
}
