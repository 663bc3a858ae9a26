//! What is asked for and what waits to be stored: notes gather for a moment and go to the store together, a page goes
//! at once with what has gathered, and the list is let go of when it is stored.

use super::common::ReachChange;
use super::errand::Page;
use super::reader::Reader;
use crate::backend::pace::Ticket;
use crate::domain::{Consultation, ConsultationKey};
use crate::nxvet::{Detail, Error};
use crate::store::{Haul, Reach, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// Notes that are stored together, and how long the first of them waits for the others. A page of a table that many of
/// them change is encrypted once for all of them.
const BATCH: usize = 256;
const BATCH_WAIT: Duration = Duration::from_millis(400);
/// Notes that are asked for, for the so-manieth time.
pub(super) struct Tried {
    pub(super) row: Arc<Consultation>,
    pub(super) tries: u32,
}

/// A question that was answered, or not.
pub(super) enum Done {
    Notes { tried: Tried, ticket: Ticket, took: Duration, answer: Result<Detail, Error> },
    Page { guard: OwnedMutexGuard<()>, ticket: Ticket, answer: Result<Page, Error> },
}

/// What waits to be stored.
#[derive(Default)]
pub(super) struct Basket {
    pub(super) haul: Haul,
    pub(super) change: Option<ReachChange>,
    pub(super) guard: Option<OwnedMutexGuard<()>>,
    pub(super) since: Option<Instant>,
}

impl Basket {
    /// One more change of the reach goes with it.
    pub(super) fn also(&mut self, change: impl FnOnce(&mut Reach) + Send + 'static) {
        let first = self.change.take();
        self.change = Some(Box::new(move |reach| {
            if let Some(first) = first {
                first(reach);
            }
            change(reach);
        }));
    }
}

pub(super) struct Stored {
    pub(super) result: Result<(), StoreError>,
    pub(super) notes: Vec<ConsultationKey>,
    pub(super) was_page: bool,
}

impl Basket {
    /// When it goes to the store at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        self.since.map(|since| since + BATCH_WAIT)
    }
}

impl Reader {
    pub(super) fn put(&mut self, fill: impl FnOnce(&mut Basket)) {
        fill(&mut self.basket);
        self.basket.since.get_or_insert_with(Instant::now);
    }

    pub(super) fn store_when_due(&mut self) {
        let Some(since) = self.basket.since.filter(|_| self.storing.is_none()) else { return };
        let is_full = self.basket.guard.is_some() || self.basket.haul.notes.len() >= BATCH;
        if !is_full && since.elapsed() < BATCH_WAIT && !self.jobs.is_empty() {
            return;
        }
        let Basket { haul, change, guard, .. } = std::mem::take(&mut self.basket);
        let common = Arc::clone(&self.common);
        let notes = haul.notes.iter().map(|(key, ..)| key.clone()).collect();
        let was_page = guard.is_some();
        self.storing = Some(tokio::spawn(async move {
            let result = common.store(haul, change).await;
            drop(guard);
            Stored { result, notes, was_page }
        }));
    }
}

pub(super) async fn finished(storing: &mut Option<JoinHandle<Stored>>) -> Stored {
    let stored = match storing {
        Some(storing) => storing.await,
        None => std::future::pending().await,
    };
    let which = crate::store::DatabaseFile::Cache;
    stored.unwrap_or(Stored { result: Err(StoreError::Busy { which }), notes: Vec::new(), was_page: false })
}
