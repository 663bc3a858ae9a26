//! Brings any number of recorded channels to the one or two voices that are worked on, and
//! those to the channels of the device.
//!
//! Two stay two. More than two are averaged into one: room recorders with many channels have one
//! microphone per channel, and nobody's voice may be lost or pushed into one ear. One voice stays
//! one until the very end, so that changing speed and rate costs half. It does not make faint
//! voices louder.

/// Channels that the work between recording and device is done on.
pub(super) fn voices(recorded: usize, heard: usize) -> usize {
    if recorded == 2 && heard == 2 { 2 } else { 1 }
}

/// Mixes interleaved `input` of `from` channels into `out` (cleared first) of `to` voices.
pub(super) fn mix(input: &[f32], from: usize, to: usize, out: &mut Vec<f32>) {
    out.clear();
    if from == to {
        out.extend_from_slice(input);
        return;
    }
    for frame in input.chunks_exact(from.max(1)) {
        let mean = frame.iter().sum::<f32>() / frame.len() as f32;
        out.extend(std::iter::repeat_n(mean, to));
    }
}

/// Appends interleaved `input` of `from` voices to `out` of `to` channels, at least as many.
pub(super) fn spread(input: &[f32], from: usize, to: usize, out: &mut Vec<f32>) {
    if from == to {
        out.extend_from_slice(input);
        return;
    }
    for sample in input {
        out.extend(std::iter::repeat_n(*sample, to));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voice_is_heard_on_both_sides() {
        for (recorded, heard, want) in [(1, 2, 1), (2, 2, 2), (2, 1, 1), (4, 2, 1), (8, 1, 1)] {
            assert_eq!(voices(recorded, heard), want);
        }
        let mut out = Vec::new();
        mix(&[0.1, 0.2, 0.3, 0.4], 2, 2, &mut out);
        assert_eq!(out, [0.1, 0.2, 0.3, 0.4]);
        mix(&[0.5, 0.25], 2, 1, &mut out);
        assert_eq!(out, [0.375]);
        mix(&[0.8, 0.0, 0.0, 0.0], 4, 1, &mut out);
        assert_eq!(out, [0.2]);
        let mut heard = vec![0.5];
        spread(&out, 1, 2, &mut heard);
        spread(&[0.3, 0.4], 2, 2, &mut heard);
        assert_eq!(heard, [0.5, 0.2, 0.2, 0.3, 0.4]);
    }
}
