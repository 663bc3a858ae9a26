//! Brings any number of recorded channels to the one or two that are heard.
//!
//! Two stay two. More than two are averaged into both sides: room recorders with many channels
//! have one microphone per channel, and nobody's voice may be lost or pushed into one ear. It
//! does not make faint voices louder.

/// Mixes interleaved `input` of `from` channels into `out` (cleared first) of `to` channels.
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

#[cfg(test)]
mod tests {
    use super::mix;

    #[test]
    fn every_voice_is_heard_on_both_sides() {
        let mut out = Vec::new();
        mix(&[0.1, 0.2, 0.3, 0.4], 2, 2, &mut out);
        assert_eq!(out, [0.1, 0.2, 0.3, 0.4]);
        mix(&[0.5, -0.5], 1, 2, &mut out);
        assert_eq!(out, [0.5, 0.5, -0.5, -0.5]);
        mix(&[0.5, 0.25], 2, 1, &mut out);
        assert_eq!(out, [0.375]);
        mix(&[0.8, 0.0, 0.0, 0.0], 4, 2, &mut out);
        assert_eq!(out, [0.2, 0.2]);
    }
}
