//! Sealing small secrets with one 32-byte key: XChaCha20-Poly1305, a fresh random nonce each time.
//! The purpose is authenticated too, so that a text sealed for one thing cannot be passed off as another.

use chacha20poly1305::aead::{Aead as _, Generate as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

const NONCE_BYTES: usize = 24;
/// Leads every sealed text; another way of sealing would get another number.
const VERSION: u8 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("The sealed text cannot be opened: it was changed, cut, or sealed with another key")]
    CannotOpen,
    #[error("The system gave no random numbers")]
    NoRandomness,
}

/// 32 bytes that nobody can guess.
pub fn random_key() -> Result<[u8; 32], SealError> {
    Key::try_generate().map(Into::into).map_err(|_| SealError::NoRandomness)
}

/// Seals `plain`; the result is the version, the nonce and the ciphertext with its tag.
pub fn seal(secret_key: &[u8; 32], purpose: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
    let nonce = XNonce::try_generate().map_err(|_| SealError::NoRandomness)?;
    let payload = Payload { msg: plain, aad: purpose.as_bytes() };
    let sealed = cipher(secret_key).encrypt(&nonce, payload).map_err(|_| SealError::CannotOpen)?;
    let mut out = Vec::with_capacity(1 + NONCE_BYTES + sealed.len());
    out.push(VERSION);
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    Ok(out)
}

/// Opens what [`seal`] made for the same purpose with the same key.
pub fn open(secret_key: &[u8; 32], purpose: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (version, rest) = sealed.split_first().ok_or(SealError::CannotOpen)?;
    let (nonce, ciphertext) = rest.split_at_checked(NONCE_BYTES).ok_or(SealError::CannotOpen)?;
    let nonce = XNonce::try_from(nonce).map_err(|_| SealError::CannotOpen)?;
    if *version != VERSION {
        return Err(SealError::CannotOpen);
    }
    let payload = Payload { msg: ciphertext, aad: purpose.as_bytes() };
    cipher(secret_key).decrypt(&nonce, payload).map(Zeroizing::new).map_err(|_| SealError::CannotOpen)
}

fn cipher(secret_key: &[u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(*secret_key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: [u8; 32] = [7; 32];

    #[test]
    fn what_was_sealed_opens_again() {
        for plain in ["", "nxvet_sk_0123456789", &"x".repeat(4000)] {
            let sealed = seal(&KEY, "api-key", plain.as_bytes()).expect("sealed");
            assert_eq!(open(&KEY, "api-key", &sealed).expect("opened").as_slice(), plain.as_bytes());
        }
    }

    #[test]
    fn another_key_or_purpose_is_refused() {
        let sealed = seal(&KEY, "api-key", b"secret").expect("sealed");
        assert_eq!(open(&[8; 32], "api-key", &sealed), Err(SealError::CannotOpen));
        assert_eq!(open(&KEY, "database-key", &sealed), Err(SealError::CannotOpen));
    }

    #[test]
    fn every_changed_bit_and_every_cut_is_refused() {
        let sealed = seal(&KEY, "api-key", b"secret").expect("sealed");
        for at in 0..sealed.len() {
            for bit in 0..8 {
                let mut changed = sealed.clone();
                changed[at] ^= 1 << bit;
                assert_eq!(open(&KEY, "api-key", &changed), Err(SealError::CannotOpen), "byte {at} bit {bit}");
            }
            assert_eq!(open(&KEY, "api-key", &sealed[..at]), Err(SealError::CannotOpen), "cut at {at}");
        }
    }

    #[test]
    fn sealing_twice_gives_different_bytes() {
        assert_ne!(seal(&KEY, "p", b"same"), seal(&KEY, "p", b"same"));
    }
}
