//! Decides whether a request was signed by the sender its route is for. Three ways of signing, each with rules of its
//! own; no verifier ever tries the way of another. It reads no content: who the event is for is asked in `payload`.
//!
//! What fails is refused with a reason that has a name; nothing is let through because something could not be checked.

mod incoming;
mod keys;
mod nexhealth;
mod organization;
mod partner;
mod refusal;
mod signature;
#[cfg(test)]
mod tests;
mod verified;

pub use incoming::Incoming;
pub use keys::{SignedWith, WeakSecret};
pub use refusal::{Part, Refusal};
pub use verified::{Form, Verified};

pub(super) use nexhealth::{SIGNATURE as NEXHEALTH_SIGNATURE, TIMESTAMP as NEXHEALTH_TIMESTAMP};
pub(super) use organization::SIGNATURE as ORGANIZATION_SIGNATURE;
pub(super) use partner::{SIGNATURE as PARTNER_SIGNATURE, TIMESTAMP as PARTNER_TIMESTAMP, WINDOW as PARTNER_WINDOW};

use crate::domain::live::{Scheme, WebhookSecret};
use chrono::{DateTime, Utc};
use keys::Keys;
use std::fmt;

/// What one route checks with: its way of signing and its secrets, both fixed for as long as it lives.
pub enum Verifier {
    Organization(organization::OrganizationVerifier),
    Partner(partner::PartnerVerifier),
    NexHealth(nexhealth::NexHealthVerifier),
}

impl Verifier {
    /// `previous` still holds while a secret is being exchanged. A secret that is missing or too short makes no
    /// verifier at all, so that its route is never opened.
    pub fn new(scheme: Scheme, current: &WebhookSecret, previous: Option<&WebhookSecret>) -> Result<Self, WeakSecret> {
        let keys = Keys::new(current, previous)?;
        Ok(match scheme {
            Scheme::Organization => Self::Organization(organization::OrganizationVerifier::new(keys)),
            Scheme::Partner => Self::Partner(partner::PartnerVerifier::new(keys)),
            Scheme::NexHealth => Self::NexHealth(nexhealth::NexHealthVerifier::new(keys)),
        })
    }

    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Organization(_) => Scheme::Organization,
            Self::Partner(_) => Scheme::Partner,
            Self::NexHealth(_) => Scheme::NexHealth,
        }
    }

    /// `now` is this computer's time, set right by what the vendor's servers say the time is.
    pub fn verify<'a>(&self, incoming: &Incoming<'a>, now: DateTime<Utc>) -> Result<Verified<'a>, Refusal> {
        match self {
            Self::Organization(verifier) => verifier.verify(incoming),
            Self::Partner(verifier) => verifier.verify(incoming, now),
            Self::NexHealth(verifier) => verifier.verify(incoming),
        }
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verifier({})", self.scheme().code())
    }
}
