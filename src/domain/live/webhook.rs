//! Webhooks as NxVET and NexHealth keep them, and what they tried to deliver.

use super::event::{EventKey, Scheme};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use std::fmt;

/// The vendor's id of a webhook (NxVET) or of an endpoint (NexHealth).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WebhookId(pub String);

#[derive(Clone, Debug, PartialEq)]
pub struct Webhook {
    pub id: WebhookId,
    pub scheme: Scheme,
    /// The public address that is called.
    pub address: String,
    pub description: String,
    /// `None` is every type.
    pub event_types: Option<Vec<EventType>>,
    pub is_active: bool,
    pub consecutive_failures: u32,
    pub created_at: Option<DateTime<Utc>>,
}

/// The types a person can tick, and those that come by themselves.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventType {
    RecordCreated,
    RecordUpdated,
    RecordDeleted,
    ConversationStarted,
    ConversationEnded,
    Ping,
    /// By the vendor's own name.
    Other(String),
}

impl EventType {
    /// What can be ticked when a webhook is made, in the order shown.
    pub const CHOICES: [Self; 5] = [
        Self::ConversationStarted,
        Self::ConversationEnded,
        Self::RecordCreated,
        Self::RecordUpdated,
        Self::RecordDeleted,
    ];

    /// The words on screen.
    pub fn words(&self) -> &str {
        match self {
            Self::RecordCreated => "New record",
            Self::RecordUpdated => "Record changed",
            Self::RecordDeleted => "Record deleted",
            Self::ConversationStarted => "Conversation started",
            Self::ConversationEnded => "Conversation finished",
            Self::Ping => "Test",
            Self::Other(name) => name,
        }
    }

    /// What ticking it brings, as a sentence.
    pub fn sentence(&self) -> &'static str {
        match self {
            Self::RecordCreated => "A new consultation appears in the list within seconds.",
            Self::RecordUpdated => "A note that was written or corrected shows without waiting.",
            Self::RecordDeleted => "A record that was removed from NxVET is marked here.",
            Self::ConversationStarted => "The room's tile says that it is recording.",
            Self::ConversationEnded => "The room's tile says that the note is being written.",
            Self::Ping => "NxVET tests the line.",
            Self::Other(_) => "This version does not know what it means; it is kept.",
        }
    }
}

/// The shared secret of a webhook, as the vendor gave it: for NxVET the whole text with its `whsec_`. Never printed.
#[derive(Clone)]
pub struct WebhookSecret(SecretString);

impl WebhookSecret {
    pub fn new(text: &str) -> Self {
        Self(SecretString::from(text))
    }

    /// For the verifier, the one place that seals it, and Copy.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret([redacted])")
    }
}

impl PartialEq for WebhookSecret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

/// Who tells of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliverySource {
    /// The vendor's own list of its last fifty attempts.
    Vendor,
    /// Our receiver.
    Here,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    pub source: DeliverySource,
    pub scheme: Scheme,
    pub at: DateTime<Utc>,
    /// Absent when the vendor does not tell or the body was not to be trusted.
    pub event: Option<EventKey>,
    pub event_type: Option<EventType>,
    /// What was answered; `None` when no answer came.
    pub code: Option<u16>,
    pub milliseconds: Option<u32>,
    /// 1 is the first.
    pub attempt: Option<u32>,
    /// Why it failed or was refused, in words without content.
    pub error: Option<String>,
    pub is_success: bool,
    /// The flight recorder's number of the raw request, when it is still held.
    pub recorded: Option<u64>,
}
