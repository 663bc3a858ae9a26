//! NexHealth, pretended: tokens, appointments, patients, rooms, and the endpoints its webhooks go to.
//!
//! A small separate house with an address of its own; only the post office is shared with NxVET. Written from
//! NexHealth's guide and its specification of version 3.0.0, with the members of the older guide on request.

mod changes;
mod endpoints;
mod handle;
mod paging;
mod plan;
mod planted;
mod practice;
mod routes;
mod tokens;
mod wire;
mod zone;

#[cfg(test)]
mod tests;

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicU16, Ordering},
};

use chrono::{DateTime, Utc};

pub use changes::NewAppointment;
pub use handle::{AppointmentState, EndpointState, NexHealthHandle};
pub use planted::{PlantedDay, Trap};
pub(super) use routes::{answer, route};

use super::world::World;
use practice::Practice;
use tokens::Gate;
pub use zone::PracticeZone;

/// How to run it.
#[derive(Clone, Debug)]
pub struct Setup {
    /// 0 takes a free one.
    pub port: u16,
    /// The key that is exchanged for tokens; none makes one up.
    pub key: Option<String>,
    /// The practice's name in addresses.
    pub subdomain: String,
    /// The practice's own zone.
    pub zone: PracticeZone,
    /// How long a token works.
    pub token_seconds: i64,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            port: 0,
            key: None,
            subdomain: "harbour-vets".to_owned(),
            zone: "Europe/London".parse().unwrap_or_else(|_| PracticeZone::utc()),
            token_seconds: 3_600,
        }
    }
}

/// Everything the pretended NexHealth knows, but for its endpoints, which the post office keeps.
pub(super) struct NexHealth {
    practice: Mutex<Practice>,
    gate: Mutex<Gate>,
    port: AtomicU16,
}

impl NexHealth {
    pub(super) fn new(setup: &Setup, world: &World, now: DateTime<Utc>) -> Self {
        Self {
            practice: Mutex::new(plan::practice(setup, world, now)),
            gate: Mutex::new(Gate::new(setup)),
            port: AtomicU16::new(0),
        }
    }

    pub(super) fn listens_on(&self, port: u16) {
        self.port.store(port, Ordering::Relaxed);
    }

    fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.load(Ordering::Relaxed))
    }

    fn practice(&self) -> MutexGuard<'_, Practice> {
        self.practice.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gate(&self) -> MutexGuard<'_, Gate> {
        self.gate.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
