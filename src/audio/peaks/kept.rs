//! The summary as bytes, to be kept beside the recording: opening it again reads no sound.
//!
//! ```text
//! "CDPEAKS" version │ bytes of the recording │ rate │ whole? │ frames │ finest bins, low and high │ checksum
//! ```
//!
//! Numbers are little-endian. Bytes of another version, for a recording of another length, or
//! damaged ones are no summary; it is simply made anew. Where they are written is not decided here.

use std::io::Read;

use crate::domain::waveform::{Peak, Waveform};

const MAGIC: [u8; 8] = *b"CDPEAKS\x01";
const HEAD: usize = 8 + 8 + 4 + 4 + 8;
/// Bins read and converted at a time.
const STEP_BINS: usize = 4096;

/// The kept form of a finished picture. (One of a recording that is still arriving comes out too, but
/// [`from_bytes`] will not take it.)
pub fn to_bytes(waveform: &Waveform, source_len: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + waveform.bins() * 2 + 8);
    bytes.extend(MAGIC);
    bytes.extend(source_len.to_le_bytes());
    bytes.extend(waveform.rate().to_le_bytes());
    bytes.extend(u32::from(waveform.is_complete()).to_le_bytes());
    bytes.extend(waveform.frames().to_le_bytes());
    for (bins, peaks) in waveform.finest() {
        let [low, high] = [Peak::MISSING.low as u8, Peak::MISSING.high as u8];
        match peaks {
            Some(peaks) => bytes.extend(peaks.iter().flat_map(|peak| [peak.low as u8, peak.high as u8])),
            None => bytes.extend(std::iter::repeat_n([low, high], bins).flatten()),
        }
    }
    let sum = sum_of(&bytes);
    bytes.extend(sum.to_le_bytes());
    bytes
}

/// Cuts as [`from_reader`] does.
fn sum_of(bytes: &[u8]) -> u64 {
    let mut checksum = Checksum::default();
    let (head, bins) = bytes.split_at(HEAD.min(bytes.len()));
    checksum.add(head);
    bins.chunks(STEP_BINS * 2).for_each(|piece| checksum.add(piece));
    checksum.sum()
}

/// The picture, if these bytes are one of a recording of `source_len` bytes.
pub fn from_bytes(bytes: &[u8], source_len: u64) -> Option<Waveform> {
    from_reader(bytes, source_len)
}

/// Piece by piece: nothing of the size of the picture is held besides the picture.
pub fn from_reader(mut kept: impl Read, source_len: u64) -> Option<Waveform> {
    let mut head = [0_u8; HEAD];
    kept.read_exact(&mut head).ok()?;
    let mut checksum = Checksum::default();
    checksum.add(&head);
    let mut waveform = empty_of(&head, source_len)?;
    let mut room = vec![0_u8; STEP_BINS * 2];
    let mut peaks = Vec::with_capacity(STEP_BINS);
    for first in (0..waveform.bins()).step_by(STEP_BINS) {
        let bytes = room.get_mut(..(waveform.bins() - first).min(STEP_BINS) * 2)?;
        kept.read_exact(bytes).ok()?;
        checksum.add(bytes);
        let (pairs, _) = bytes.as_chunks::<2>();
        peaks.clear();
        peaks.extend(pairs.iter().map(|[low, high]| Peak { low: *low as i8, high: *high as i8 }));
        waveform.absorb(first, &peaks);
    }
    let mut sum = [0_u8; 8];
    kept.read_exact(&mut sum).ok()?;
    let is_at_end = matches!(kept.read(&mut [0]), Ok(0));
    if u64::from_le_bytes(sum) != checksum.sum() || !is_at_end {
        return None;
    }
    waveform.set_arrived(waveform.frames());
    waveform.listen_for_noise();
    Some(waveform)
}

/// What the head describes, still without its bins; `None` when it is not ours or not finished.
fn empty_of(head: &[u8; HEAD], source_len: u64) -> Option<Waveform> {
    let (magic, rest) = head.split_first_chunk::<8>()?;
    let (length, rest) = rest.split_first_chunk::<8>()?;
    let (rate, rest) = rest.split_first_chunk::<4>()?;
    let (whole, rest) = rest.split_first_chunk::<4>()?;
    let (frames, _) = rest.split_first_chunk::<8>()?;
    let is_meant = *magic == MAGIC && u64::from_le_bytes(*length) == source_len && u32::from_le_bytes(*whole) == 1;
    is_meant.then(|| Waveform::empty(u32::from_le_bytes(*rate), u64::from_le_bytes(*frames)))
}

/// Tells damage, not malice: every changed byte changes it, and it is as fast as reading.
/// What is added must be cut at the same places when it is written and when it is read.
struct Checksum([u64; 4]);

impl Default for Checksum {
    fn default() -> Self {
        Self([1, 2, 3, 4])
    }
}

impl Checksum {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

    fn mix(sum: u64, word: u64) -> u64 {
        (sum ^ word).wrapping_mul(Self::ODD).rotate_left(29)
    }

    fn add(&mut self, bytes: &[u8]) {
        let Self([mut a, mut b, mut c, mut d]) = *self;
        let (blocks, tail) = bytes.as_chunks::<32>();
        for block in blocks {
            let (words, _) = block.as_chunks::<8>();
            if let [first, second, third, fourth] = words {
                a = Self::mix(a, u64::from_le_bytes(*first));
                b = Self::mix(b, u64::from_le_bytes(*second));
                c = Self::mix(c, u64::from_le_bytes(*third));
                d = Self::mix(d, u64::from_le_bytes(*fourth));
            }
        }
        a = tail.iter().fold(a, |sum, byte| Self::mix(sum, u64::from(*byte)));
        *self = Self([a, b, c, d]);
    }

    fn sum(&self) -> u64 {
        self.0.into_iter().fold(0, Self::mix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(bins: usize) -> Waveform {
        let mut random = fastrand::Rng::with_seed(11);
        let peaks: Vec<Peak> = (0..bins).map(|_| Peak { low: random.i8(-128..=0), high: random.i8(0..) }).collect();
        Waveform::from_peaks(8_000, bins as u64 * 64 - 5, 64, &peaks)
    }

    #[test]
    fn a_kept_picture_comes_back_as_it_was() {
        for bins in [1, 7, 4_096, 4_097, 50_000] {
            let waveform = picture(bins);
            let bytes = to_bytes(&waveform, 77);
            assert_eq!(from_bytes(&bytes, 77), Some(waveform));
            assert_eq!(from_bytes(&bytes, 78), None, "another recording");
        }
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let whole = to_bytes(&picture(300), 77);
        for at in 0..whole.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[at] ^= flip;
                assert_eq!(from_bytes(&bytes, 77), None, "byte {at}");
            }
            assert_eq!(from_bytes(&whole[..at], 77), None, "cut at {at}");
        }
        let mut longer = whole.clone();
        longer.push(0);
        assert_eq!(from_bytes(&longer, 77), None);
    }

    #[test]
    fn lies_with_a_right_checksum_are_harmless() {
        let mut random = fastrand::Rng::with_seed(12);
        let whole = to_bytes(&picture(300), 77);
        for _ in 0..20_000 {
            let mut bytes = whole[..whole.len() - 8].to_vec();
            for _ in 0..random.usize(1..4) {
                let at = random.usize(8..HEAD + 10);
                bytes[at] = random.u8(..);
            }
            let sum = sum_of(&bytes);
            bytes.extend(sum.to_le_bytes());
            if let Some(waveform) = from_bytes(&bytes, 77) {
                assert!(waveform.is_complete());
                waveform.span(0.0, f64::MAX);
            }
        }
    }

    #[test]
    fn an_unfinished_picture_is_not_taken_back() {
        let mut waveform = Waveform::empty(8_000, 64 * 300);
        waveform.absorb(3, &[Peak { low: 0, high: 0 }]);
        assert_eq!(from_bytes(&to_bytes(&waveform, 77), 77), None);
    }
}
