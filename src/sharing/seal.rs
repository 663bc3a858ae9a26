//! What the desks share is sealed from one desk to the other: XChaCha20-Poly1305 with a key made of the pairing code.
//! The place of a message is authenticated too, so that none can be passed off as one of another clinic.

use crate::domain::live::PairingCode;
use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use std::fmt::{self, Write as _};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;
/// Leads every sealed message; another way of sealing would get another number.
const VERSION: u8 = 1;
/// Messages are filled up to multiples of this, so that their length does not tell what they are.
const STEP: usize = 512;
/// What they are filled up with: JSON has no use for it.
const FILLER: u8 = b' ';

/// The key that a pairing code stands for. A code is random through and through, so a quick way does.
#[derive(Clone)]
pub(super) struct ShareKey(Zeroizing<[u8; 32]>);

impl ShareKey {
    pub(super) fn of(code: &PairingCode) -> Self {
        Self(Zeroizing::new(digest(code.expose(), &[b"consult-desk sharing 1"])))
    }

    /// Tells two keys apart without telling anything about them.
    pub(super) fn check(&self) -> String {
        hex(&digest(&*self.0, &[b"check"]), 8)
    }

    /// The same for the same event, so that the broker drops what it has already; nothing can be read from it.
    pub(super) fn message_id(&self, place: &str, id: &str) -> String {
        hex(&digest(&*self.0, &[b"id\n", place.as_bytes(), b"\n", id.as_bytes()]), 16)
    }

    /// `None` when the system has no random numbers.
    pub(super) fn seal(&self, place: &str, plain: &[u8]) -> Option<Vec<u8>> {
        let mut filled = Zeroizing::new(Vec::with_capacity(plain.len().next_multiple_of(STEP).max(STEP)));
        filled.extend_from_slice(plain);
        filled.resize(plain.len().next_multiple_of(STEP).max(STEP), FILLER);
        let nonce = XNonce::try_generate().ok()?;
        let sealed = self.cipher().encrypt(&nonce, Payload { msg: &filled, aad: place.as_bytes() }).ok()?;
        let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
        out.push(VERSION);
        out.extend_from_slice(&nonce);
        out.extend_from_slice(&sealed);
        Some(out)
    }

    /// `None` when it was changed, or sealed for another place or with another key.
    pub(super) fn open(&self, place: &str, sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (version, rest) = sealed.split_first()?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES)?;
        let nonce = XNonce::try_from(nonce).ok()?;
        if *version != VERSION {
            return None;
        }
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let mut plain = Zeroizing::new(self.cipher().decrypt(&nonce, payload).ok()?);
        let end = plain.iter().rposition(|byte| *byte != FILLER).map_or(0, |last| last + 1);
        plain.truncate(end);
        Some(plain)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

impl fmt::Debug for ShareKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareKey([redacted])")
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes a key of any length")]
fn digest(key: &[u8], message: &[&[u8]]) -> [u8; 32] {
    let begun = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(key).expect("a key of any length");
    message.iter().fold(begun, Mac::chain_update).finalize().into_bytes().into()
}

pub(super) fn hex(bytes: &[u8], most: usize) -> String {
    bytes.iter().take(most).fold(String::with_capacity(2 * most), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(seed: u8) -> ShareKey {
        ShareKey::of(&PairingCode::new([seed; 16]))
    }

    #[test]
    fn only_the_same_code_and_place_open_a_message() {
        let sealed = key(7).seal("here", b"{\"a\":1}").expect("sealed");
        assert_eq!(key(7).open("here", &sealed).expect("opened").as_slice(), b"{\"a\":1}");
        assert!(key(8).open("here", &sealed).is_none());
        assert!(key(7).open("there", &sealed).is_none());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(key(7).open("here", &changed).is_none(), "{at}");
            assert!(key(7).open("here", &sealed[..at]).is_none(), "{at}");
        }
    }

    #[test]
    fn the_length_tells_nothing_and_no_message_looks_like_the_one_before() {
        let [short, long] = [b"{}".as_slice(), &[b'x'; 500]].map(|plain| key(7).seal("here", plain).expect("sealed"));
        assert_eq!(short.len(), long.len());
        assert_ne!(key(7).seal("here", b"{}"), key(7).seal("here", b"{}"));
        assert_eq!(key(7).seal("here", &[b'x'; 513]).map(|sealed| sealed.len()), Some(1 + 24 + 1024 + 16));
    }

    #[test]
    fn ids_are_alike_for_one_event_and_code_alone() {
        assert_eq!(key(7).message_id("here", "evt_1"), key(7).message_id("here", "evt_1"));
        let others = [key(8).message_id("here", "evt_1"), key(7).message_id("there", "evt_1"), key(7).check()];
        assert!(!others.contains(&key(7).message_id("here", "evt_1")));
        assert_ne!(key(7).check(), key(8).check());
        assert!(!format!("{:?}", key(7)).contains('7'));
    }
}
