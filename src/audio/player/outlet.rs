//! Which device is used: the chosen one, or the system's default as it changes.
//!
//! Listing devices may take a second and is done on a thread of its own; asking for the default
//! is cheap and done in passing. It opens devices and plays nothing.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};
use std::time::{Duration, Instant};

use super::Counters;
use crate::audio::output::{NoOutput, OpenOutput, OutputDevice, OutputKind};

/// The choice of a device and what is known about devices.
#[derive(Debug)]
pub(super) struct Outlet {
    kind: OutputKind,
    counters: Arc<Counters>,
    chosen: Option<String>,
    /// The system's default when a device was opened last.
    default_then: Option<String>,
    looked: Instant,
    look_every: Duration,
    listing: Option<Receiver<Vec<OutputDevice>>>,
}

impl Outlet {
    pub(super) fn new(kind: OutputKind, counters: Arc<Counters>, look_every: Duration) -> Self {
        let looked = Instant::now();
        Self { kind, counters, chosen: None, default_then: None, looked, look_every, listing: None }
    }

    /// Opens the chosen device, or what comes nearest.
    pub(super) fn open(&mut self) -> Result<OpenOutput, NoOutput> {
        self.default_then = self.kind.default_id();
        self.looked = Instant::now();
        self.kind.open(self.chosen.as_deref(), &self.counters)
    }

    pub(super) fn counters(&self) -> Arc<Counters> {
        Arc::clone(&self.counters)
    }

    /// Chooses a device, or the system's default; whether the open device is another one now.
    pub(super) fn choose(&mut self, id: Option<String>, open: Option<&str>) -> bool {
        self.chosen = id;
        let wanted = self.chosen.clone().or_else(|| self.kind.default_id());
        wanted.as_deref() != open
    }

    /// Whether this device was taken in place of another that was chosen.
    pub(super) fn is_substitute(&self, open: &str) -> bool {
        self.chosen.as_deref().is_some_and(|chosen| chosen != open)
    }

    /// Whether `open` should be left for another device: the default has changed (or the chosen
    /// device is back, which is looked at only when sound is about to begin).
    pub(super) fn outdated(&self, open: &str) -> bool {
        match &self.chosen {
            Some(chosen) if chosen == open => false,
            Some(chosen) => self.kind.has(chosen) || self.default_changed(),
            None => self.default_changed(),
        }
    }

    /// The same at intervals, without looking for the chosen device.
    pub(super) fn outdated_in_passing(&mut self, open: &str) -> bool {
        if self.looked.elapsed() < self.look_every {
            return false;
        }
        self.looked = Instant::now();
        self.chosen.as_deref() != Some(open) && self.default_changed()
    }

    fn default_changed(&self) -> bool {
        let now = self.kind.default_id();
        now.is_some() && now != self.default_then
    }

    /// Whether the device is still there.
    pub(super) fn has(&self, id: &str) -> bool {
        self.kind.has(id)
    }

    pub(super) fn paces_itself(&self) -> bool {
        self.kind.paces_itself()
    }

    /// Begins to list the devices.
    pub(super) fn begin_listing(&mut self) {
        if self.listing.is_some() {
            return;
        }
        let (send, listing) = sync_channel(1);
        let kind = self.kind.clone();
        let look = move || {
            // Nobody waits any more when the player has ended meanwhile.
            let _ = send.send(kind.list());
        };
        if std::thread::Builder::new().name("sound-devices".into()).spawn(look).is_ok() {
            self.listing = Some(listing);
        }
    }

    pub(super) fn is_listing(&self) -> bool {
        self.listing.is_some()
    }

    /// The devices and the one in use (`open`) or to be used, once listed.
    pub(super) fn listed(&mut self, open: Option<&str>) -> Option<(Vec<OutputDevice>, Option<String>)> {
        let devices = match self.listing.as_ref()?.try_recv() {
            Ok(devices) => devices,
            Err(TryRecvError::Empty) => return None,
            Err(TryRecvError::Disconnected) => Vec::new(),
        };
        self.listing = None;
        let chosen = self.chosen.clone().filter(|id| devices.iter().any(|device| device.id == *id));
        let current = open.map(str::to_owned).or(chosen).or_else(|| self.kind.default_id());
        Some((devices, current))
    }
}
