//! The desk's store as where shared events are kept, and what the desk does when the line comes and goes.

use super::{stand, status_of};
use crate::backend::tasks::live::Desk;
use crate::backend::tasks::live::inbox::DeskInbox;
use crate::domain::live::CannotKeep;
use crate::sharing::{Ear, Standing};
use crate::state::LiveNews;
use futures_util::future::BoxFuture;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use zeroize::Zeroizing;

/// Looking for what was missed holds the events up for no longer than this.
const CATCHING_UP: Duration = Duration::from_secs(60);

pub(super) struct DeskEar {
    desk: Arc<Desk>,
    inbox: Arc<DeskInbox>,
    /// The line was good a moment ago.
    was_good: AtomicBool,
}

impl DeskEar {
    pub(super) fn new(desk: Arc<Desk>, inbox: Arc<DeskInbox>) -> Self {
        Self { desk, inbox, was_good: AtomicBool::new(false) }
    }

    /// What came since the line broke is what was missed.
    async fn stands(&self, standing: Standing) {
        let is_good = matches!(standing, Standing::Listening | Standing::Silent);
        if self.was_good.swap(is_good, Ordering::Relaxed) && !is_good {
            self.desk.sync.count_anew().await;
        }
        stand(&self.desk, status_of(standing)).await;
    }

    async fn catch_up(&self) {
        let caught_up = tokio::time::timeout(CATCHING_UP, self.desk.sync.catch_up()).await;
        if let Ok(Some(consultations)) = caught_up
            && consultations > 0
        {
            self.desk.tell(LiveNews::CaughtUp { consultations }).await;
        }
    }
}

impl Ear for DeskEar {
    fn keep(&self, told: &[Zeroizing<Vec<u8>>]) -> Result<(), CannotKeep> {
        let (clinic, now) = (&self.desk.clinic.organization.id, self.desk.clinic.clock.now());
        let kept = self.desk.clinic.store.run_blocking(|store| store.keep_shared(clinic, told, now));
        if kept.map_err(|error| CannotKeep::from(&error))? > 0 {
            self.inbox.kept.notify_one();
        }
        Ok(())
    }

    fn has_missed(&self, _events: u64) -> BoxFuture<'_, ()> {
        Box::pin(self.catch_up())
    }

    fn tell(&self, standing: Standing) -> BoxFuture<'_, ()> {
        Box::pin(self.stands(standing))
    }
}
