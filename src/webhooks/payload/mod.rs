//! Reads a verified body into events of the desk: whose it is, what happened, and when. What it does not know it
//! keeps by its name; what is not ours or cannot be read is set aside with the reason.
//! An event never brings data to show. The one exception, a partner's provisional texts, travels apart and sealed.

mod fields;
mod nexhealth;
mod organization;
mod partner;
#[cfg(test)]
mod tests;

pub use partner::{Provisional, SignedAudio, kept as provisional_kept};

use super::compact::NotJson;
use super::verify::Verified;
use crate::domain::OrganizationId;
use crate::domain::live::{EventKey, EventType, LiveEvent, Scheme};
use chrono::{DateTime, Utc};
use thiserror::Error;

/// Whose events a route takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    Organization(OrganizationId),
    /// The id that NxVET gave the partner.
    Partner(String),
    /// NexHealth's bodies name nobody: the secret alone says whose they are.
    NexHealth,
}

impl Identity {
    pub fn scheme(&self) -> Scheme {
        match self {
            Self::Organization(_) => Scheme::Organization,
            Self::Partner(_) => Scheme::Partner,
            Self::NexHealth => Scheme::NexHealth,
        }
    }
}

/// Why an authentic body has no effect. It is kept and shown; sending it again would not help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Quarantine {
    #[error("the body is not JSON that can be read")]
    NotJson,
    #[error("the body is nested too deeply")]
    TooDeep,
    #[error("the body says no id or no type")]
    Incomplete,
    #[error("the event is for another organization")]
    WrongOrganization,
    #[error("the event is for another partner")]
    WrongPartner,
    /// The body is signed and the header is not, so somebody changed the header.
    #[error("header and body name different deliveries")]
    HeaderChanged,
    #[error("the route is for another sender")]
    WrongRoute,
}

impl Quarantine {
    /// The name of the reason, for the store and support.
    pub fn code(self) -> &'static str {
        match self {
            Self::NotJson => "not_json",
            Self::TooDeep => "too_deep",
            Self::Incomplete => "incomplete",
            Self::WrongOrganization => "wrong_organization",
            Self::WrongPartner => "wrong_partner",
            Self::HeaderChanged => "header_changed",
            Self::WrongRoute => "wrong_route",
        }
    }

    /// Refused like a bad signature, not set aside: an unsigned part of the request was tampered with.
    pub fn is_tampering(self) -> bool {
        self == Self::HeaderChanged
    }
}

impl From<NotJson> for Quarantine {
    fn from(error: NotJson) -> Self {
        match error {
            NotJson::Malformed => Self::NotJson,
            NotJson::TooDeep => Self::TooDeep,
        }
    }
}

/// What one body tells.
#[derive(Debug)]
pub struct Told {
    /// Its key stands for the whole body: once it is kept, everything in `more` is.
    pub event: LiveEvent,
    /// Further events of the same body, each with a key of its own. Only NexHealth sends several at once.
    pub more: Vec<LiveEvent>,
    /// As the sender names it, for the list of deliveries.
    pub event_type: EventType,
    /// Only from partner webhooks.
    pub provisional: Option<Provisional>,
}

impl Told {
    fn one(event: LiveEvent, event_type: EventType) -> Self {
        Self { event, more: Vec::new(), event_type, provisional: None }
    }

    pub fn into_events(self) -> impl Iterator<Item = LiveEvent> {
        std::iter::once(self.event).chain(self.more)
    }
}

/// Only a body that a verifier let through can be read.
pub fn read(verified: &Verified<'_>, identity: &Identity, received_at: DateTime<Utc>) -> Result<Told, Quarantine> {
    match (identity, verified.scheme()) {
        (Identity::Organization(ours), Scheme::Organization) => organization::read(verified, ours, received_at),
        (Identity::Partner(ours), Scheme::Partner) => partner::read(verified, ours, received_at),
        (Identity::NexHealth, Scheme::NexHealth) => nexhealth::read(verified, received_at),
        _ => Err(Quarantine::WrongRoute),
    }
}

/// The type a name of the vendor stands for.
pub fn event_type(name: &str) -> EventType {
    organization::event_type(name)
}

/// An id that could not be one is none: the inbox keeps ids for ever.
fn key(id: &str) -> Result<EventKey, Quarantine> {
    const LONGEST: usize = 200;
    let is_plausible = !id.trim().is_empty() && id.len() <= LONGEST && !id.chars().any(char::is_control);
    if is_plausible { Ok(EventKey::new(id)) } else { Err(Quarantine::Incomplete) }
}
