//! Who is told of events: webhooks of the organization, partners, endpoints of NexHealth.
//!
//! Plain books. Who may open them is decided in `routes` and in `nexhealth`.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

/// NxVET shows so many attempts of a webhook.
const ROWS: usize = 50;

/// An addressee.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in super::super) enum Line {
    /// A webhook of the organization, by its id.
    Organization(String),
    /// A partner, by its id.
    Partner(String),
    /// An endpoint of NexHealth, by its number.
    NexHealth(i64),
}

/// A webhook as NxVET keeps it.
#[derive(Clone, Debug)]
pub(super) struct Hook {
    pub id: String,
    pub url: String,
    pub description: String,
    /// None is every type.
    pub event_types: Option<Vec<String>>,
    pub is_active: bool,
    pub consecutive_failures: u32,
    pub created_at: DateTime<Utc>,
    pub secret: String,
    /// Oldest first.
    pub rows: VecDeque<Row>,
}

impl Hook {
    pub(super) fn wants(&self, event_type: &str) -> bool {
        self.event_types.as_ref().is_none_or(|types| types.iter().any(|known| known == event_type))
    }

    pub(super) fn note(&mut self, row: Row, switch_off_after: u32) {
        if row.is_success() {
            self.consecutive_failures = 0;
        } else {
            self.consecutive_failures = self.consecutive_failures.saturating_add(1);
            self.is_active &= self.consecutive_failures < switch_off_after;
        }
        if self.rows.len() >= ROWS {
            self.rows.pop_front();
        }
        self.rows.push_back(row);
    }
}

/// One attempt as NxVET keeps it.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub id: String,
    pub event_id: String,
    pub event_type: String,
    pub attempt: u32,
    /// None when no answer came.
    pub status: Option<u16>,
    pub milliseconds: u64,
    pub error: Option<String>,
    pub at: DateTime<Utc>,
}

impl Row {
    pub(super) fn is_success(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// A partner of NxVET with the one clinic that is linked to it.
#[derive(Clone, Debug)]
pub(super) struct Partner {
    pub url: String,
    pub id: String,
    pub secret: String,
    /// What the clinic's user typed into NxVET's settings.
    pub user_key: String,
    pub is_active: bool,
}

/// An endpoint as NexHealth keeps it.
#[derive(Clone, Debug)]
pub(in super::super) struct Endpoint {
    pub id: i64,
    pub url: String,
    pub secret: String,
    pub is_active: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub subscriptions: Vec<Subscription>,
    /// How many deliveries succeeded; an event whose tries all fell into one count saw nothing but failure.
    pub successes: u64,
}

/// What an endpoint wants to be told.
#[derive(Clone, Debug)]
pub(in super::super) struct Subscription {
    pub id: i64,
    /// As the specification spells it (`Appointment`).
    pub resource_type: String,
    /// The base name (`appointment_insertion`).
    pub event: String,
    pub is_active: bool,
    /// False for what belongs to no institution.
    pub has_institution: bool,
    /// Made with the legacy version's header: its payloads have the legacy members.
    pub is_legacy: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
