//! What the server's tasks and the handle hold in common.
//!
//! Locks are held for one answer at most and never across an await.

use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use chrono::{DateTime, Utc};

use super::{Personality, faults::Faults, journal::Requests, range::Tagged, world::World};

/// The scopes a new key has.
const SCOPES: [&str; 4] = ["auth:introspect-org", "organizations:read", "devices:read", "patients:read"];

/// The one key, and what it opens.
pub(super) struct Access {
    key: String,
    revoked: bool,
    scopes: BTreeSet<String>,
}

impl Access {
    pub(super) fn new(key: String) -> Self {
        Self { key, revoked: false, scopes: SCOPES.iter().map(|scope| (*scope).to_owned()).collect() }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Only `Bearer` with this very key, and only while it is not withdrawn.
    pub(super) fn admits(&self, authorization: Option<&str>) -> bool {
        let shown = authorization.and_then(|text| text.strip_prefix("Bearer "));
        !self.revoked && shown == Some(self.key.as_str())
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.scopes.contains(scope)
    }

    pub(super) fn revoke(&mut self) {
        self.revoked = true;
    }

    pub(super) fn restore(&mut self) {
        self.revoked = false;
        self.scopes = SCOPES.iter().map(|scope| (*scope).to_owned()).collect();
    }

    pub(super) fn remove_scope(&mut self, scope: &str) {
        self.scopes.remove(scope);
    }
}

/// Everything the simulator knows.
pub(super) struct Shared {
    pub personality: Personality,
    pub latency: Duration,
    pub audio_rate: Option<u64>,
    pub accepts_ranges: bool,
    pub faults: Faults,
    /// Requests that wait for their answer.
    pub under_way: AtomicUsize,
    etag: AtomicBool,
    world: Mutex<World>,
    access: Mutex<Access>,
    requests: Mutex<Requests>,
    sounds: Mutex<HashMap<String, Tagged>>,
    began_at: DateTime<Utc>,
    began: Instant,
}

impl Shared {
    pub(super) fn new(config: &super::Config, world: World, key: String) -> Self {
        Self {
            personality: config.personality,
            latency: config.latency,
            audio_rate: config.audio_bytes_per_second,
            accepts_ranges: config.range,
            faults: Faults::default(),
            under_way: AtomicUsize::new(0),
            etag: AtomicBool::new(config.range),
            world: Mutex::new(world),
            access: Mutex::new(Access::new(key)),
            requests: Mutex::default(),
            sounds: Mutex::default(),
            began_at: config.now,
            began: Instant::now(),
        }
    }

    /// The clinic's clock: it starts where the caller said and runs on.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.began_at + chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default()
    }

    pub(super) fn is_production(&self) -> bool {
        self.personality == Personality::Production
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    pub(super) fn access(&self) -> MutexGuard<'_, Access> {
        lock(&self.access)
    }

    pub(super) fn requests(&self) -> MutexGuard<'_, Requests> {
        lock(&self.requests)
    }

    pub(super) fn shows_etag(&self) -> bool {
        self.etag.load(Ordering::Relaxed)
    }

    pub(super) fn show_etag(&self, on: bool) {
        self.etag.store(on, Ordering::Relaxed);
    }

    pub(super) fn kept_sound(&self, id: &str) -> Option<Tagged> {
        lock(&self.sounds).get(id).cloned()
    }

    pub(super) fn keep_sound(&self, id: &str, sound: Tagged) {
        lock(&self.sounds).insert(id.to_owned(), sound);
    }

    pub(super) fn forget_sound(&self, id: &str) {
        lock(&self.sounds).remove(id);
    }
}

/// A panic elsewhere leaves plain data behind, which is still good to read.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
