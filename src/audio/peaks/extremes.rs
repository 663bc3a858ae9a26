//! The lowest and highest sample of a run, and how they become a [`Peak`].
//!
//! The 16-bit one is the hot loop of the whole picture: it compares eight samples at a time on every processor this
//! runs on, which a compiler that is asked for a small program does not do by itself.

use crate::domain::waveform::Peak;
use wide::i16x8;

/// Samples that are compared in one turn: four registers, written out, because where a small program is asked for a
/// loop over them stays a loop, and keeps them in memory.
const TURN: usize = 32;

/// Of little-endian 16-bit samples, whatever their channel; a torn last sample is left out.
pub(super) fn of_16_bit(bytes: &[u8]) -> Peak {
    let (turns, rest) = bytes.as_chunks::<{ 2 * TURN }>();
    let (mut low, mut high) = (i16x8::splat(i16::MAX), i16x8::splat(i16::MIN));
    for turn in turns {
        let [a, b, c, d]: [i16x8; TURN / 8] = bytemuck::pod_read_unaligned(turn);
        let [a, b, c, d] = [native(a), native(b), native(c), native(d)];
        low = low.min(a.min(b).min(c.min(d)));
        high = high.max(a.max(b).max(c.max(d)));
    }
    let (mut low, mut high) = (folded(low, i16::min), folded(high, i16::max));
    let (rest, _) = rest.as_chunks::<2>();
    for raw in rest {
        let sample = i16::from_le_bytes(*raw);
        (low, high) = (low.min(sample), high.max(sample));
    }
    if low > high { Peak::MISSING } else { Peak { low: upper_byte(low), high: upper_byte(high) } }
}

/// Written out for the same reason: there is one for every few hundred samples.
#[inline]
fn folded(lanes: i16x8, choose: impl Fn(i16, i16) -> i16) -> i16 {
    let [one, two, three, four, five, six, seven, eight] = lanes.to_array();
    let (left, right) =
        (choose(choose(one, two), choose(three, four)), choose(choose(five, six), choose(seven, eight)));
    choose(left, right)
}

fn native(samples: i16x8) -> i16x8 {
    if cfg!(target_endian = "big") { i16x8::new(samples.to_array().map(i16::swap_bytes)) } else { samples }
}

/// The nearest of 256 steps.
fn upper_byte(sample: i16) -> i8 {
    (sample.saturating_add(0x80) >> 8) as i8
}

/// The lowest and highest of samples that are numbers; `None` of nothing.
pub(super) fn of_samples(samples: &[f32]) -> Option<(f32, f32)> {
    let first = *samples.first()?;
    Some(samples.iter().fold((first, first), |(low, high), sample| {
        (if *sample < low { *sample } else { low }, if *sample > high { *sample } else { high })
    }))
}

/// Rounds as the 16-bit way does, so that a picture does not depend on how the sound is stored.
pub(super) fn peak_of_samples(samples: &[f32]) -> Peak {
    let step = |sample: f32| (sample * 128.0 + 0.5).floor() as i8;
    of_samples(samples).map_or(Peak::MISSING, |(low, high)| Peak { low: step(low), high: step(high) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_give_the_same_steps() {
        for sample in i16::MIN..=i16::MAX {
            let raw = of_16_bit(&sample.to_le_bytes());
            assert_eq!(raw, peak_of_samples(&[f32::from(sample) / 32_768.0]), "{sample}");
        }
        assert_eq!(of_16_bit(&[]), Peak::MISSING);
        assert_eq!(of_16_bit(&[7]), Peak::MISSING);
        assert_eq!(peak_of_samples(&[]), Peak::MISSING);
        assert_eq!(peak_of_samples(&[7.5, -9.0]), Peak { low: -128, high: 127 });
    }
}
