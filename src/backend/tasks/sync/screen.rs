//! What the background reading shows: rows that changed and how far it has come, a few times a second at most, and
//! nothing at all while nothing happens.

use super::reader::Reader;
use crate::domain::Consultation;
use crate::state::{Backfill, BackfillPause};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Between two showings.
const EVERY: Duration = Duration::from_millis(400);

#[derive(Default)]
pub(super) struct Screen {
    rows: Vec<Arc<Consultation>>,
    is_stale: bool,
    shown_at: Option<Instant>,
    told: Option<Backfill>,
}

impl Screen {
    pub(super) fn add(&mut self, rows: impl IntoIterator<Item = Arc<Consultation>>) {
        self.rows.extend(rows);
        self.is_stale = true;
    }

    /// When there is something to show.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        self.is_stale.then(|| self.shown_at.map_or(now, |at| at + EVERY))
    }
}

impl Reader {
    pub(super) async fn show_when_due(&mut self) {
        let now = Instant::now();
        let pause = self.pause(now);
        let told = self.screen.told.as_ref();
        let is_over = told.is_some() && self.is_at_rest();
        let is_other = told.is_some_and(|told| told.pause != pause) || (told.is_none() && pause.is_some());
        let is_due = self.screen.due(now).is_some_and(|due| due <= now);
        if !is_due && !is_other && !is_over {
            return;
        }
        let backfill = self.backfill(now, pause);
        let changed = self.common.set_backfill(backfill.clone());
        let rows = std::mem::take(&mut self.screen.rows);
        let has_rows = !rows.is_empty();
        self.screen.told = backfill;
        self.screen.is_stale = false;
        self.common.show(rows).await;
        if changed || has_rows {
            self.screen.shown_at = Some(now);
            self.common.tell().await;
        }
    }

    /// Why nothing is read although there is something to read.
    fn pause(&self, now: Instant) -> Option<BackfillPause> {
        if !self.is_held() && self.rests_until(now).is_none() {
            return None;
        }
        if !self.has_work() && self.is_at_rest() {
            return None;
        }
        Some(match (*self.is_paused.borrow(), self.spares()) {
            (true, _) => BackfillPause::Asked,
            (false, true) => BackfillPause::Line,
            (false, false) => BackfillPause::Waiting,
        })
    }

    /// `None` when all is read and stored; what is only for the eye comes too soon to be told of.
    fn backfill(&self, now: Instant, pause: Option<BackfillPause>) -> Option<Backfill> {
        let is_going_on = self.screen.told.is_some() && !self.is_at_rest();
        if !self.has_work() && !is_going_on {
            return None;
        }
        let (done, of) = self.common.ledger().done_of(self.horizon());
        let per_minute = if pause.is_some() { 0 } else { self.rate.per_minute(now) };
        Some(Backfill { done, of, per_minute, pause })
    }
}
