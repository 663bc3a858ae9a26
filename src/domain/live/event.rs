//! One thing that happened, as a webhook told it. An event never overwrites what NxVET's interface says: it is a hint
//! that something should be fetched, or a fact about a room or an appointment that nothing else tells.

use super::appointment::Appointment;
use crate::domain::{ConversationId, DeviceId, RecordId};
use chrono::{DateTime, Utc};
use std::fmt;

/// Which of the three ways of signing an event came by. A value, never a flag: each has rules of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Scheme {
    /// NxVET, set up by the clinic itself (`X-NerveX-Signature`).
    Organization,
    /// NxVET, for allow-listed partners (`X-Nxvet-Signature`).
    Partner,
    /// NexHealth (`signature` and `timestamp`).
    NexHealth,
}

impl Scheme {
    pub const ALL: [Self; 3] = [Self::Organization, Self::Partner, Self::NexHealth];

    /// As it is stored, and as `inspect signature --scheme` takes it.
    pub fn code(self) -> &'static str {
        match self {
            Self::Organization => "org",
            Self::Partner => "partner",
            Self::NexHealth => "nexhealth",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scheme| scheme.code() == code)
    }

    /// Whose events these are, on screen.
    pub fn words(self) -> &'static str {
        match self {
            Self::Organization => "NxVET",
            Self::Partner => "NxVET partner",
            Self::NexHealth => "NexHealth",
        }
    }
}

/// What makes two deliveries the same event: NxVET's own id, or a digest of what a NexHealth body says without the
/// part that changes between attempts. Unique within a scheme, for ever.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventKey(String);

impl EventKey {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EventKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventKey({})", self.0)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct LiveEvent {
    pub scheme: Scheme,
    pub key: EventKey,
    /// As the sender tells it; what orders events, with the key for those of one moment.
    pub happened_at: DateTime<Utc>,
    /// When it was first received here.
    pub received_at: DateTime<Utc>,
    pub what: Happening,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Happening {
    RecordCreated(RecordId),
    RecordUpdated(RecordId),
    RecordDeleted(RecordId),
    /// A room began to record.
    ConversationStarted {
        conversation: ConversationId,
        device: DeviceId,
    },
    ConversationEnded {
        conversation: ConversationId,
        device: DeviceId,
    },
    /// NxVET's test of the line.
    Ping,
    /// A partner's event: something about a room by its serial number. Its texts are provisional and stay sealed in
    /// the store until NxVET's interface confirms them; none of them is in here.
    PartnerRecord {
        serial: Option<String>,
        room: Option<String>,
    },
    /// A measurement whose form no document tells; it is kept and nothing is read out of it.
    Measurement {
        serial: Option<String>,
    },
    Appointment(Box<Appointment>),
    /// The insertion of an appointment into the practice's book failed or ran out of time.
    AppointmentFailed(Box<Appointment>),
    /// Somebody's data changed in the practice's book; nothing of it is kept.
    PatientChanged,
    /// Of a type this version does not know, by its name.
    Other(String),
}
