//! Unpacks blocks of IMA and Microsoft ADPCM, the two four-bit encodings dictaphones use.
//!
//! A block stands alone: it begins with whole samples and goes on in four-bit steps, so a
//! recording can be entered at any block. Nothing in a block can fail: indexes are clamped,
//! sums saturate, and a Microsoft block with an unknown predictor becomes silence.

use super::format::{Layout, SampleFormat};

/// Frames that `bytes` bytes of one block hold; zero when not even the block's head is there.
pub(super) fn frames_in(format: SampleFormat, channels: u16, bytes: u64) -> u64 {
    let channels = u64::from(channels.max(1));
    match format {
        SampleFormat::ImaAdpcm => match bytes.checked_sub(IMA_HEAD as u64 * channels) {
            Some(rest) => 1 + rest / (IMA_WORD as u64 * channels) * STEPS_PER_WORD as u64,
            None => 0,
        },
        SampleFormat::MsAdpcm => match bytes.checked_sub(MS_HEAD as u64 * channels) {
            Some(rest) => 2 + rest * 2 / channels,
            None => 0,
        },
        _ => 0,
    }
}

/// Unpacks one block (or the beginning of one) into interleaved samples; `samples` is emptied
/// first and never holds more than `layout.block_frames` frames.
pub(super) fn unpack(layout: &Layout, block: &[u8], samples: &mut Vec<i16>) {
    let channels = usize::from(layout.channels.max(1));
    let frames = frames_in(layout.format, layout.channels, block.len() as u64).min(layout.block_frames) as usize;
    samples.clear();
    samples.resize(frames.saturating_mul(channels), 0);
    match layout.format {
        SampleFormat::ImaAdpcm => ima(channels, block, samples),
        SampleFormat::MsAdpcm => ms(channels, block, samples),
        _ => {}
    }
}

const IMA_HEAD: usize = 4;
const IMA_WORD: usize = 4;
const STEPS_PER_WORD: usize = 8;
const IMA_LAST: i32 = 88;
const IMA_TURN: [i32; 8] = [-1, -1, -1, -1, 2, 4, 6, 8];
#[rustfmt::skip]
const IMA_SIZES: [i32; IMA_LAST as usize + 1] = [
    7, 8, 9, 10, 11, 12, 13, 14, 16, 17, 19, 21, 23, 25, 28, 31, 34, 37, 41, 45, 50, 55, 60, 66, 73, 80, 88, 97, 107,
    118, 130, 143, 157, 173, 190, 209, 230, 253, 279, 307, 337, 371, 408, 449, 494, 544, 598, 658, 724, 796, 876, 963,
    1060, 1166, 1282, 1411, 1552, 1707, 1878, 2066, 2272, 2499, 2749, 3024, 3327, 3660, 4026, 4428, 4871, 5358, 5894,
    6484, 7132, 7845, 8630, 9493, 10442, 11487, 12635, 13899, 15289, 16818, 18500, 20350, 22385, 24623, 27086, 29794,
    32767,
];

/// One channel's running value and the size of its steps.
struct ImaVoice {
    value: i32,
    index: i32,
}

impl ImaVoice {
    fn step(&mut self, code: u8) -> i16 {
        let size = usize::try_from(self.index).ok().and_then(|i| IMA_SIZES.get(i)).copied().unwrap_or(0);
        // Each part is rounded by itself, as the encoder did; a product would drift away from it.
        let parts = [(4, size), (2, size >> 1), (1, size >> 2)];
        let change = parts.iter().filter(|(bit, _)| code & bit != 0).map(|(_, part)| part).sum::<i32>() + (size >> 3);
        self.value = clip(self.value + if code & 8 == 0 { change } else { -change });
        self.index = (self.index + IMA_TURN.get(usize::from(code & 7)).copied().unwrap_or(0)).clamp(0, IMA_LAST);
        self.value as i16
    }
}

/// Heads of all channels, then words of eight steps, channel after channel.
fn ima(channels: usize, block: &[u8], samples: &mut [i16]) {
    let (heads, words) = block.split_at_checked(channels.saturating_mul(IMA_HEAD)).unwrap_or_default();
    for (channel, head) in heads.as_chunks::<IMA_HEAD>().0.iter().enumerate() {
        let [low, high, index, _] = *head;
        let value = i16::from_le_bytes([low, high]);
        let mut voice = ImaVoice { value: value.into(), index: i32::from(index).min(IMA_LAST) };
        let mut slots = samples.iter_mut().skip(channel).step_by(channels);
        if let Some(first) = slots.next() {
            *first = value;
        }
        let mine = words.as_chunks::<IMA_WORD>().0.iter().skip(channel).step_by(channels);
        let codes = mine.flatten().flat_map(|byte| [byte & 15, byte >> 4]);
        for (slot, code) in slots.zip(codes) {
            *slot = voice.step(code);
        }
    }
}

const MS_HEAD: usize = 7;
const MS_WEIGHTS: [(i32, i32); 7] = [(256, 0), (512, -256), (0, 0), (192, 64), (240, 0), (460, -208), (392, -232)];
const MS_TURN: [i32; 16] = [230, 230, 230, 230, 307, 409, 512, 614, 768, 614, 512, 409, 307, 230, 230, 230];
const MS_SMALLEST: i32 = 16;
/// Steps grow threefold at most, so that one more turn of this one still fits into 32 bits.
const MS_LARGEST: i32 = i32::MAX / 1024;

/// One channel's two last values and the size of its steps.
#[derive(Clone, Copy, Default)]
struct MsVoice {
    weights: (i32, i32),
    size: i32,
    last: i32,
    before: i32,
}

impl MsVoice {
    fn step(&mut self, code: u8) -> i16 {
        let expected = (self.last * self.weights.0 + self.before * self.weights.1) >> 8;
        let signed = i32::from(code) - if code & 8 == 0 { 0 } else { 16 };
        self.before = self.last;
        self.last = clip(expected.saturating_add(signed.saturating_mul(self.size)));
        let turn = MS_TURN.get(usize::from(code)).copied().unwrap_or(MS_SMALLEST);
        self.size = (self.size.saturating_mul(turn) >> 8).clamp(MS_SMALLEST, MS_LARGEST);
        self.last as i16
    }
}

/// The heads stand field by field: predictors, step sizes, last values, values before those.
fn ms(channels: usize, block: &[u8], samples: &mut [i16]) {
    let mut voices = [MsVoice::default(); 2];
    let Some(voices) = voices.get_mut(..channels) else { return };
    let (head, codes) = block.split_at_checked(channels.saturating_mul(MS_HEAD)).unwrap_or_default();
    let (predictors, numbers) = head.split_at_checked(channels).unwrap_or_default();
    let number = |field: usize, channel: usize| {
        let raw = numbers.as_chunks::<2>().0.get(field * channels + channel).copied().unwrap_or_default();
        i32::from(i16::from_le_bytes(raw))
    };
    for (channel, (voice, predictor)) in voices.iter_mut().zip(predictors).enumerate() {
        let Some(weights) = MS_WEIGHTS.get(usize::from(*predictor)) else { return };
        let (size, last, before) = (number(0, channel), number(1, channel), number(2, channel));
        *voice = MsVoice { weights: *weights, size, last, before };
    }
    let (whole, steps) = samples.split_at_mut_checked(channels * 2).unwrap_or_default();
    let heads = voices.iter().map(|voice| voice.before).chain(voices.iter().map(|voice| voice.last));
    for (slot, value) in whole.iter_mut().zip(heads) {
        *slot = value as i16;
    }
    let codes = codes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    for (at, (slot, code)) in steps.iter_mut().zip(codes).enumerate() {
        if let Some(voice) = voices.get_mut(at % channels) {
            *slot = voice.step(code);
        }
    }
}

fn clip(value: i32) -> i32 {
    value.clamp(i16::MIN.into(), i16::MAX.into())
}

#[cfg(test)]
mod tests {
    use super::super::format::ByteOrder;
    use super::*;

    fn unpacked(format: SampleFormat, channels: u16, block: &[u8]) -> Vec<i16> {
        let (order, rate, block_bytes) = (ByteOrder::Little, 8_000, block.len() as u64);
        let block_frames = frames_in(format, channels, block_bytes);
        let layout = Layout { format, order, rate, channels, bits: 4, sample_bytes: 0, block_bytes, block_frames };
        let mut samples = vec![99; 3];
        unpack(&layout, block, &mut samples);
        samples
    }

    #[test]
    fn ima_steps_grow_and_shrink_as_described() {
        let block = [100, 0, 0, 0, 0x70, 0xf7, 0, 0];
        let samples = unpacked(SampleFormat::ImaAdpcm, 1, &block);
        // Steps 0, 7, 7, 15, 0, 0, 0, 0 from 100 on, with sizes 7, 7, 16, 34, 73, 66, 60, 55.
        assert_eq!(samples, [100, 100, 111, 141, 78, 87, 95, 102, 108]);
    }

    #[test]
    fn hostile_blocks_stay_within_sixteen_bits() {
        for fill in [0x77, 0x88, 0xff, 0x08, 0x80] {
            for channels in [1, 2] {
                let mut block = vec![fill; 512];
                unpacked(SampleFormat::ImaAdpcm, channels, &block);
                block[..2].fill(3);
                let loud = unpacked(SampleFormat::MsAdpcm, channels, &block);
                assert!(loud.iter().any(|v| *v != 0));
                block[..2].fill(7);
                let silent = unpacked(SampleFormat::MsAdpcm, channels, &block);
                assert!(silent.iter().all(|v| *v == 0), "an unknown predictor is silence, not noise");
            }
        }
        let last = [0, 0, 88, 0, 1, 0, 0, 0];
        let beyond = [0, 0, 255, 0, 1, 0, 0, 0];
        assert_eq!(unpacked(SampleFormat::ImaAdpcm, 1, &last), unpacked(SampleFormat::ImaAdpcm, 1, &beyond));
        assert!(unpacked(SampleFormat::ImaAdpcm, 2, &last[..7]).is_empty());
    }

    #[test]
    fn microsoft_heads_are_sounds_in_reverse() {
        let block = [0, 16, 0, 200, 0, 100, 0, 0x10, 0xf0];
        assert_eq!(unpacked(SampleFormat::MsAdpcm, 1, &block), [100, 200, 216, 216, 200, 200]);
    }
}
