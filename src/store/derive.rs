//! Keys and names out of a key: HMAC and HKDF with SHA-256 (RFC 2104 and RFC 5869), as far as they are needed here.
//! For keys that are random through and through; a password wants a slow way, which this is not.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// SHA-256 works in blocks of so many bytes.
const BLOCK: usize = 64;

/// The authentic digest of `message`. A key longer than a block is shortened first, as the standard has it.
pub(super) fn hmac(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let shortened: [u8; 32];
    let key = if key.len() > BLOCK {
        shortened = Sha256::digest(key).into();
        shortened.as_slice()
    } else {
        key
    };
    let mut inner = Zeroizing::new([0x36_u8; BLOCK]);
    let mut outer = Zeroizing::new([0x5c_u8; BLOCK]);
    for ((inner, outer), byte) in inner.iter_mut().zip(outer.iter_mut()).zip(key) {
        *inner ^= byte;
        *outer ^= byte;
    }
    let begun = Sha256::new().chain_update(inner.as_slice());
    let first = message.iter().fold(begun, Digest::chain_update).finalize();
    Sha256::new().chain_update(outer.as_slice()).chain_update(first).finalize().into()
}

/// A key of its own for one purpose and one `salt`; it tells nothing about `key` or about its siblings.
pub(super) fn subkey(key: &[u8; 32], salt: &[u8], purpose: &str) -> Zeroizing<[u8; 32]> {
    let extracted = Zeroizing::new(hmac(salt, &[key]));
    Zeroizing::new(hmac(extracted.as_slice(), &[purpose.as_bytes(), &[1]]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn hex(bytes: &[u8]) -> String {
        let mut text = String::new();
        for byte in bytes {
            write!(text, "{byte:02x}").expect("written");
        }
        text
    }

    /// RFC 4231, cases 1, 2 and 6.
    #[test]
    fn it_agrees_with_the_standard() {
        let of = |key: &[u8], message: &[u8]| hex(&hmac(key, &[message]));
        assert_eq!(of(&[0x0b; 20], b"Hi There"), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        assert_eq!(
            of(b"Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        assert_eq!(
            of(&[0xaa; 131], b"Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
        assert_eq!(hmac(b"k", &[b"ab", b"c"]), hmac(b"k", &[b"abc"]));
    }

    /// RFC 5869, case 1, whose first 32 bytes of output are the first block. Its input has 22 bytes, so the two
    /// steps are taken by hand.
    #[test]
    fn keys_are_derived_as_the_standard_has_it() {
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let extracted = hmac(&salt, &[&[0x0b; 22]]);
        assert_eq!(hex(&extracted), "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5");
        let key = hmac(&extracted, &[&info, &[1]]);
        assert_eq!(hex(&key), "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
    }

    #[test]
    fn every_purpose_and_salt_has_its_own_key() {
        let key = |salt: &[u8], purpose: &str| *subkey(&[7; 32], salt, purpose);
        assert_eq!(key(b"a", "p"), key(b"a", "p"));
        assert_ne!(key(b"a", "p"), key(b"b", "p"));
        assert_ne!(key(b"a", "p"), key(b"a", "q"));
        assert_ne!(key(b"a", "p"), *subkey(&[8; 32], b"a", "p"));
    }
}
