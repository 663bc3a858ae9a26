//! The pretended senders of webhooks: NxVET's own, NxVET's for partners, NexHealth's. One post office for all three.
//!
//! What the events say is in `event`, `partner` and `nexhealth`; how they are signed, in `sign`; what goes wrong on
//! purpose, in `forgery`. Nothing is sent beyond this computer unless that is asked for.

mod client;
pub(super) mod control;
mod event;
mod forgery;
mod handle;
mod letter;
mod lines;
mod partner;
mod post;
pub(super) mod routes;
mod schedule;
mod sign;
mod signed_url;
mod state;

#[cfg(test)]
mod tests;

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

pub(super) use event::{Event, News, tell};
pub use forgery::{Forgery, Header, Reencoding};
pub use handle::{HookState, HooksHandle, NewHook, PartnerLine};
pub use letter::Delivered;
pub(super) use lines::{Endpoint, Line, Subscription};
pub(super) use post::run;
pub(super) use signed_url::{Admission, SignedUrls};
pub use state::Order;
pub(super) use state::{Parcel, State};

/// Whose way of signing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// NxVET, set up by an organization itself.
    Organization,
    /// NxVET, for partners on its list.
    Partner,
    /// NexHealth.
    NexHealth,
}

/// How the senders behave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Habits {
    /// How many times shorter than documented the waits before a retry are; 1 is real time.
    pub factor: f64,
    /// A first attempt waits for up to so long, drawn anew for each, so that events overtake each other.
    pub spread_ms: u64,
    /// The share (0 to 1) of delivered events that are delivered once more.
    pub duplicates: f64,
    /// How many attempts are under way at a time; 1 keeps the order of first attempts.
    pub at_once: usize,
    /// How long an answer may take; never compressed.
    pub timeout_ms: u64,
    /// So many failed attempts in a row switch a webhook of NxVET off.
    pub switch_off_after: u32,
    /// How long the addresses of recordings work that a partner is told.
    pub signed_seconds: i64,
    /// Whether other computers are called as well.
    pub goes_outside: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            factor: 1.0,
            spread_ms: 0,
            duplicates: 0.0,
            at_once: 8,
            timeout_ms: 10_000,
            switch_off_after: 20,
            signed_seconds: 3_600,
            goes_outside: false,
        }
    }
}

/// The post office: who gets what, what waits, what was answered.
pub(super) struct Hooks {
    state: Mutex<State>,
    /// Rung when there may be something to send.
    bell: Notify,
}

impl Hooks {
    pub(super) fn new(habits: Habits) -> Self {
        Self { state: Mutex::new(State::new(habits)), bell: Notify::new() }
    }

    /// Held for one look or change, never across an await.
    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hands an event over for each of these addressees.
    pub(super) fn post(&self, parcels: Vec<Parcel>) {
        let mut state = self.state();
        for parcel in parcels {
            state.accept(parcel);
        }
        drop(state);
        self.bell.notify_one();
    }

    pub(super) fn ring(&self) {
        self.bell.notify_one();
    }
}
