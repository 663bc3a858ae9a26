//! The desk's store as the receiver's inbox. Called on the receiver's own thread, which may wait for the disk.

use crate::backend::clinic::StoreHandle;
use crate::domain::live::{Arrival, CannotKeep, Inbox, Kept, Witnessed};
use crate::store::Store;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::Notify;

pub(super) struct DeskInbox {
    store: StoreHandle,
    /// Events were kept.
    pub(super) kept: Notify,
    /// Deliveries were noted.
    pub(super) witnessed: Notify,
    fresh: AtomicUsize,
}

impl DeskInbox {
    pub(super) fn new(store: StoreHandle) -> Self {
        Self { store, kept: Notify::new(), witnessed: Notify::new(), fresh: AtomicUsize::new(0) }
    }

    /// How many deliveries were noted since the last time somebody asked.
    pub(super) fn take_fresh(&self) -> usize {
        self.fresh.swap(0, Ordering::Relaxed)
    }
}

impl Inbox for DeskInbox {
    fn keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        let kept = self.store.run_blocking(|store| store.keep_arrivals(arrivals));
        let kept = kept.map_err(|error| CannotKeep::from(&error))?;
        if kept.iter().any(|kept| matches!(kept, Kept::New(_))) {
            self.kept.notify_one();
        }
        Ok(kept)
    }

    fn witness(&self, witnessed: &[Witnessed]) -> Result<(), CannotKeep> {
        let noted = self.store.run_blocking(|store| store.witness(witnessed));
        noted.map_err(|error| CannotKeep::from(&error))?;
        self.fresh.fetch_add(witnessed.len(), Ordering::Relaxed);
        self.witnessed.notify_one();
        Ok(())
    }

    fn tidy(&self) -> bool {
        matches!(self.store.run_blocking(Store::tidy_live), Ok(true))
    }
}
