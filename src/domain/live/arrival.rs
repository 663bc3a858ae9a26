//! An authentic delivery on its way from the receiver into the store, what comes of it, and who takes it in.
//! Signatures were checked before; nothing here checks them.

use super::event::{EventKey, LiveEvent, Scheme};
use super::webhook::{Delivery, EventType};
use crate::domain::OrganizationId;
use chrono::{DateTime, Utc};
use std::fmt;

/// What a webhook told, once its signature was found good.
#[derive(Clone, PartialEq)]
pub struct Arrival {
    /// The clinic whose address was called.
    pub organization: OrganizationId,
    pub scheme: Scheme,
    pub key: EventKey,
    pub event_type: EventType,
    pub received_at: DateTime<Utc>,
    pub content: Content,
    /// Kept with the event while it is of use: texts that are provisional, types that are unknown, what was set aside.
    pub body: Option<Vec<u8>>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Kept together or not at all. The first one's key stands for the whole body.
    Events(Vec<LiveEvent>),
    /// Authentic and still not to be acted on; the reason, without content.
    SetAside(String),
}

/// A body may hold a transcript: it is never printed.
impl fmt::Debug for Arrival {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Arrival")
            .field("scheme", &self.scheme)
            .field("key", &self.key)
            .field("event_type", &self.event_type)
            .field("body", &self.body.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// What became of an arrival. It is on the disk when this is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The number of its last event in the store; numbers only grow.
    New(u64),
    /// It was known already and has no effect; so many deliveries it had by now.
    Again(u32),
}

impl Kept {
    pub fn is_new(self) -> bool {
        matches!(self, Self::New(_))
    }

    /// How often it was delivered by now.
    pub fn deliveries(self) -> u32 {
        match self {
            Self::New(_) => 1,
            Self::Again(times) => times,
        }
    }
}

/// Why nothing can be taken in at the moment. The sender is asked to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CannotKeep {
    #[error("the disk is full")]
    DiskFull,
    #[error("the desk is locked")]
    Locked,
    #[error("the store cannot be written")]
    Store,
}

/// What a request looked like, as far as it is needed to explain it later.
#[derive(Clone, PartialEq, Eq)]
pub struct RawRequest {
    pub scheme: Scheme,
    pub at: DateTime<Utc>,
    /// Names as they came, in their order.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The beginning of the body.
    pub body: Vec<u8>,
    /// How long the body was.
    pub body_length: u64,
    /// What was answered.
    pub code: u16,
    /// The named reason of a refusal, or what was remarkable about one that was taken in.
    pub reason: Option<String>,
}

impl RawRequest {
    /// Of a longer body only the beginning is kept.
    pub const MOST_BODY: usize = 64 * 1024;

    /// Without its end a body cannot be checked again.
    pub fn is_whole(&self) -> bool {
        self.body.len() as u64 == self.body_length
    }
}

impl fmt::Debug for RawRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawRequest")
            .field("scheme", &self.scheme)
            .field("at", &self.at)
            .field("body_length", &self.body_length)
            .field("code", &self.code)
            .field("reason", &self.reason)
            .finish_non_exhaustive()
    }
}

/// A delivery for the history, with the request it came by where that is worth keeping.
#[derive(Clone, Debug, PartialEq)]
pub struct Witnessed {
    pub organization: OrganizationId,
    pub delivery: Delivery,
    pub request: Option<RawRequest>,
}

/// Takes in what the receiver hears. Every call blocks; the receiver makes them from one thread of its own.
pub trait Inbox: Send + Sync + 'static {
    /// All or none: on the disk when this returns. One answer for each arrival, in their order.
    fn keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep>;

    /// The history and the flight recorder; what is lost of them is no event.
    fn witness(&self, witnessed: &[Witnessed]) -> Result<(), CannotKeep>;

    /// Called when nothing has arrived for a while: a bite of surplus may go. `true` while there is more of it.
    fn tidy(&self) -> bool {
        false
    }
}
