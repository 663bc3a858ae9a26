//! A signature read from its text: 64 lower-case hexadecimal digits and nothing else.

use super::refusal::{Part, Refusal};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

pub(super) struct Signature([u8; Self::BYTES]);

impl Signature {
    const BYTES: usize = 32;

    /// Every digit is looked at in the same way, whatever the others are.
    pub(super) fn parse(text: &[u8]) -> Result<Self, Refusal> {
        let (pairs, rest) = text.as_chunks::<2>();
        if pairs.len() != Self::BYTES || !rest.is_empty() {
            return Err(Refusal::Malformed(Part::Signature));
        }
        let (mut are_digits, mut are_small) = (true, true);
        let mut bytes = [0; Self::BYTES];
        for (byte, pair) in bytes.iter_mut().zip(pairs) {
            for letter in pair {
                let is_small = is_within(*letter, b'0', 10) | is_within(*letter, b'a', 6);
                are_digits &= is_small | is_within(*letter, b'A', 6);
                are_small &= is_small;
                *byte = (*byte << 4) | value(*letter);
            }
        }
        match (are_digits, are_small) {
            (true, true) => Ok(Self(bytes)),
            (true, false) => Err(Refusal::UpperCaseHex),
            (false, _) => Err(Refusal::Malformed(Part::Signature)),
        }
    }

    /// Compares all 32 bytes in the same time, wherever they differ.
    pub(super) fn is_by(&self, key: &Hmac<Sha256>, pieces: &[&[u8]]) -> bool {
        let mut mac = key.clone();
        for piece in pieces {
            mac.update(piece);
        }
        mac.verify_slice(&self.0).is_ok()
    }
}

/// Without a branch, so that the digits cannot be told from the time it takes.
fn is_within(letter: u8, first: u8, count: u8) -> bool {
    letter.wrapping_sub(first) < count
}

/// Of a hexadecimal digit: what letters stand for lies nine above their last four bits.
fn value(letter: u8) -> u8 {
    (letter & 0x0f).wrapping_add(9 * (letter >> 6))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_read_as_it_is_written() {
        let pairs: Vec<String> = (0..32).map(|at| format!("{:02x}", at * 8 + 7)).collect();
        let text = pairs.concat();
        let signature = Signature::parse(text.as_bytes()).expect("a signature");
        assert!(signature.0.iter().enumerate().all(|(at, byte)| usize::from(*byte) == at * 8 + 7));
    }

    #[test]
    fn only_64_small_digits_are_a_signature() {
        let good = "0123456789abcdef".repeat(4);
        assert!(Signature::parse(good.as_bytes()).is_ok());
        let malformed = Err(Refusal::Malformed(Part::Signature));
        let long = format!("{good}0");
        let longer = format!("{good}00");
        let foreign = good.replacen('0', "g", 1);
        let wide = good.replacen("01", "\u{0661}", 1);
        for text in ["", &good[1..], &good[2..], &long, &longer, &foreign, &wide, &format!(" {}", &good[1..])] {
            assert_eq!(Signature::parse(text.as_bytes()).map(|_| ()), malformed, "{text}");
        }
        for (inside, outside) in [("0", "/"), ("9", ":"), ("a", "`"), ("f", "g"), ("a", "@"), ("f", "G")] {
            let text = good.replacen(inside, outside, 1);
            assert_eq!(Signature::parse(text.as_bytes()).map(|_| ()), malformed, "{text}");
        }
        let capital = good.replacen('a', "A", 1);
        assert_eq!(Signature::parse(capital.as_bytes()).map(|_| ()), Err(Refusal::UpperCaseHex));
    }
}
