//! The secrets of one route, made ready to reckon with. All that hold are tried in full, whichever one matches.

use super::signature::Signature;
use crate::domain::live::WebhookSecret;
use hmac::{Hmac, KeyInit as _};
use sha2::Sha256;
use thiserror::Error;

/// A secret of fewer bytes could be found by trying.
const SHORTEST: usize = 16;

/// Which of the secrets made the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SignedWith {
    Current,
    /// The one before, while a secret is being exchanged.
    Previous,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a webhook's secret has fewer than 16 characters, so nothing is received with it")]
pub struct WeakSecret;

pub(super) struct Keys {
    current: Hmac<Sha256>,
    previous: Option<Hmac<Sha256>>,
}

impl Keys {
    pub(super) fn new(current: &WebhookSecret, previous: Option<&WebhookSecret>) -> Result<Self, WeakSecret> {
        Ok(Self { current: key(current)?, previous: previous.map(key).transpose()? })
    }

    /// Which secret made this signature over the pieces set one behind the other. How long it takes says neither
    /// which one it was nor how far a wrong signature agreed.
    pub(super) fn signer_of(&self, pieces: &[&[u8]], signature: &Signature) -> Option<SignedWith> {
        let made_it = |key: &Hmac<Sha256>| signature.is_by(key, pieces);
        let is_current = made_it(&self.current);
        let is_previous = self.previous.as_ref().is_some_and(made_it);
        match (is_current, is_previous) {
            (true, _) => Some(SignedWith::Current),
            (false, true) => Some(SignedWith::Previous),
            (false, false) => None,
        }
    }
}

/// The whole text is the key, with what it begins with; blanks at its ends do not make it longer.
fn key(secret: &WebhookSecret) -> Result<Hmac<Sha256>, WeakSecret> {
    let text = secret.expose();
    if text.trim().len() < SHORTEST {
        return Err(WeakSecret);
    }
    Hmac::new_from_slice(text.as_bytes()).map_err(|_| WeakSecret)
}
