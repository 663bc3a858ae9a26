//! XChaCha20-Poly1305 over a chunk in place. The caller sees to it that no nonce is used twice with one key.

use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{Key, Tag, XChaCha20Poly1305, XNonce};

pub const NONCE: usize = 24;
pub const TAG: usize = 16;

/// Seals and opens with one key.
pub struct ChunkCipher(XChaCha20Poly1305);

impl ChunkCipher {
    pub fn new(key: [u8; 32]) -> Self {
        Self(XChaCha20Poly1305::new(&Key::from(key)))
    }

    /// Encrypts `body` in place and vouches for it and `facts`; `None` only for more than the cipher takes (256 GB).
    #[must_use]
    pub fn seal(&self, nonce: [u8; NONCE], facts: &[u8], body: &mut [u8]) -> Option<[u8; TAG]> {
        let tag = self.0.encrypt_inout_detached(&XNonce::from(nonce), facts, body.into());
        tag.ok().map(Into::into)
    }

    /// Decrypts `body` in place; whether it proved itself. If not, it is left as it was.
    #[must_use]
    pub fn open(&self, nonce: [u8; NONCE], facts: &[u8], body: &mut [u8], tag: [u8; TAG]) -> bool {
        self.0.decrypt_inout_detached(&XNonce::from(nonce), facts, body.into(), &Tag::from(tag)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chunk_opens_with_its_own_facts_alone() {
        let (cipher, nonce) = (ChunkCipher::new([7; 32]), [9; NONCE]);
        let mut body = *b"what was said in the room";
        let tag = cipher.seal(nonce, b"place 1", &mut body).expect("short");
        let sealed = body;
        assert_ne!(&sealed, b"what was said in the room");
        assert!(!cipher.open(nonce, b"place 2", &mut body, tag));
        assert!(!ChunkCipher::new([8; 32]).open(nonce, b"place 1", &mut body, tag));
        assert!(!cipher.open([8; NONCE], b"place 1", &mut body, tag));
        assert_eq!(body, sealed, "left as it was");
        assert!(cipher.open(nonce, b"place 1", &mut body, tag));
        assert_eq!(&body, b"what was said in the room");
    }
}
