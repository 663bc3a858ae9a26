//! The store as the receiver's inbox, where the store has no other owner than the receiver.

use crate::domain::live::{Arrival, CannotKeep, Inbox, Kept, Witnessed};
use crate::store::{Store, StoreError};
use std::sync::{Arc, Mutex, PoisonError};

/// Clones share the store.
#[derive(Clone, Debug)]
pub struct SharedInbox {
    store: Arc<Mutex<Store>>,
}

impl SharedInbox {
    pub fn new(store: Arc<Mutex<Store>>) -> Self {
        Self { store }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Store) -> crate::store::Result<T>) -> Result<T, CannotKeep> {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let result = work(&mut store).map_err(|error| CannotKeep::from(&error));
        for note in store.take_notes() {
            tracing::warn!(%note, "the store had to be mended");
        }
        result
    }
}

impl Inbox for SharedInbox {
    fn keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        self.with(|store| store.keep_arrivals(arrivals))
    }

    fn witness(&self, witnessed: &[Witnessed]) -> Result<(), CannotKeep> {
        self.with(|store| store.witness(witnessed))
    }

    fn tidy(&self) -> bool {
        matches!(self.with(Store::tidy_live), Ok(true))
    }
}

impl From<&StoreError> for CannotKeep {
    fn from(error: &StoreError) -> Self {
        match error {
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Closed => Self::Locked,
            _ => Self::Store,
        }
    }
}
