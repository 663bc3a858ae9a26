//! A gzip stream that is small on the wire and huge once unpacked.
//!
//! Written by hand because a compressor is nothing the product needs.

const LARGEST_MATCH: usize = 258;
const CHECKED_LIMIT: usize = 8 << 20;

/// A valid JSON array of `size` blanks inside brackets, about 160 times smaller when packed.
///
/// Above 8 MiB the check sum is left wrong: a client that unpacks that far has failed already.
pub(super) fn bomb(size: usize) -> Vec<u8> {
    let blanks = (size.max(4) - 3) / LARGEST_MATCH * LARGEST_MATCH;
    let mut bits = Bits::default();
    // One final block with the fixed code table.
    bits.push(0b011, 3);
    bits.literal(b'[');
    bits.literal(b' ');
    for _ in 0..blanks / LARGEST_MATCH {
        bits.longest_match_one_back();
    }
    bits.literal(b']');
    bits.end_of_block();
    let mut file = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    file.append(&mut bits.finish());
    let unpacked = blanks + 3;
    let sum = if unpacked <= CHECKED_LIMIT { crc(blanks + 1) } else { 0 };
    file.extend_from_slice(&sum.to_le_bytes());
    file.extend_from_slice(&(unpacked as u32).to_le_bytes());
    file
}

/// CRC-32 of `[`, that many blanks and `]`.
fn crc(blanks: usize) -> u32 {
    let step = |sum: u32, byte: u8| {
        (0..8).fold(sum ^ u32::from(byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    };
    let opened = step(u32::MAX, b'[');
    let filled = (0..blanks).fold(opened, |sum, _| step(sum, b' '));
    !step(filled, b']')
}

/// Deflate's bit order: least significant first, code words the other way round.
#[derive(Default)]
struct Bits {
    bytes: Vec<u8>,
    held: u32,
    count: u32,
}

impl Bits {
    fn push(&mut self, value: u32, width: u32) {
        self.held |= value << self.count;
        self.count += width;
        while self.count >= 8 {
            self.bytes.push((self.held & 0xff) as u8);
            self.held >>= 8;
            self.count -= 8;
        }
    }

    fn code(&mut self, word: u32, width: u32) {
        self.push(word.reverse_bits() >> (32 - width), width);
    }

    /// The literals used here are all below 144, which have eight-bit codes from 0x30 on.
    fn literal(&mut self, byte: u8) {
        self.code(0x30 + u32::from(byte), 8);
    }

    /// Length 258 (symbol 285, no extra bits), distance 1 (symbol 0).
    fn longest_match_one_back(&mut self) {
        self.code(0xc5, 8);
        self.code(0, 5);
    }

    fn end_of_block(&mut self) {
        self.code(0, 7);
    }

    fn finish(mut self) -> Vec<u8> {
        self.push(0, (8 - self.count) % 8);
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bomb_is_small_and_well_formed_at_both_ends() {
        let packed = bomb(1 << 20);
        assert!(packed.len() < 8_000, "{}", packed.len());
        assert_eq!(&packed[..3], b"\x1f\x8b\x08");
        let size = u32::from_le_bytes(packed[packed.len() - 4..].try_into().unwrap());
        assert!(((1 << 20) - 300..=(1 << 20)).contains(&size));
    }
}
