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

use super::{
    Personality,
    faults::Faults,
    hooks::{self, Hooks, SignedUrls},
    journal::Requests,
    nexhealth::NexHealth,
    range::Tagged,
    world::World,
};

/// The scopes a new key has. The last name is a guess by the pattern of the others: no document names the one that
/// webhooks need.
const SCOPES: [&str; 5] =
    ["auth:introspect-org", "organizations:read", "devices:read", "patients:read", "organizations:write"];

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
    pub hooks: Hooks,
    pub signed_urls: SignedUrls,
    /// When it was asked for.
    pub nexhealth: Option<NexHealth>,
    /// Whether commands from outside are obeyed.
    pub is_controlled: bool,
    etag: AtomicBool,
    world: Mutex<World>,
    access: Mutex<Access>,
    requests: Mutex<Requests>,
    sounds: Mutex<HashMap<String, Tagged>>,
    clock: Clock,
}

/// The clinic's clock: it starts where the caller said and runs on.
#[derive(Clone, Copy)]
pub(super) struct Clock {
    began_at: DateTime<Utc>,
    began: Instant,
}

impl Clock {
    pub(super) fn starting(now: DateTime<Utc>) -> Self {
        Self { began_at: now, began: Instant::now() }
    }

    pub(super) fn now(self) -> DateTime<Utc> {
        self.began_at + chrono::Duration::from_std(self.began.elapsed()).unwrap_or_default()
    }
}

impl Shared {
    pub(super) fn new(config: &super::Config, world: World, key: String, base_url: &str) -> Self {
        let clock = Clock::starting(config.now);
        let nexhealth = config.nexhealth.as_ref().map(|setup| NexHealth::new(setup, &world, config.now));
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
            hooks: Hooks::new(config.hooks.clone()),
            signed_urls: SignedUrls::new(base_url),
            nexhealth,
            is_controlled: config.control,
            clock,
        }
    }

    /// By the clinic's clock.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    pub(super) fn is_production(&self) -> bool {
        self.personality == Personality::Production
    }

    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        lock(&self.world)
    }

    /// Changes the clinic and tells those who want to know, before anybody else sees the change.
    pub(super) fn change<T>(&self, act: impl FnOnce(&mut World) -> T) -> T {
        let mut world = self.world();
        let made = act(&mut world);
        let news = std::mem::take(&mut world.news);
        hooks::tell(self, &world, &news);
        made
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
