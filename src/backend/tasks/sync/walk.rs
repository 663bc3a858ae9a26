//! Pages of the list in a row, with the proof that no record slipped through between two of them: each page must
//! begin within what the one before told, or it is read again from higher up. The total that NxVET tells is a hint
//! that may end a walk together with a short page, and never alone.
//! It asks nothing by itself and stores nothing.

use crate::domain::{Consultation, ConsultationKey};
use crate::nxvet::ConsultationPage;
use chrono::{DateTime, Utc};
use std::collections::HashSet;

/// Rows asked for at once; the vendor's limit.
pub(super) const PAGE: usize = 100;
/// How far up to look again when a page does not join the one before.
const STEP_BACK: usize = 50;
/// Steps back, each twice as far, before a page is taken as it is: a server that sorts otherwise than it was asked to
/// must not keep us going for ever.
const MOST_STEPS_BACK: u32 = 12;

pub(super) struct Walk {
    offset: usize,
    /// Rows that are wanted from the top; beyond them pages are full ones.
    wanted: usize,
    /// The oldest moment read so far.
    floor: Option<DateTime<Utc>>,
    last: HashSet<ConsultationKey>,
    /// Rows at the page's beginning that were read before, when that is known.
    overlap: Option<usize>,
    steps_back: u32,
    /// The page before had no readable row to join.
    is_blind: bool,
}

/// What to do after a page.
pub(super) enum Step {
    /// The page goes on where the one before ended.
    Joined(Leaf),
    /// There may be a gap above it: ask again, from further up.
    Again,
}

/// A page that joined.
pub(super) struct Leaf {
    pub(super) rows: Vec<Consultation>,
    /// Where it ends in the list.
    pub(super) end: usize,
    pub(super) skipped: usize,
    pub(super) total: Option<usize>,
    pub(super) newest: Option<DateTime<Utc>>,
    pub(super) oldest: Option<DateTime<Utc>>,
    /// Nothing older exists.
    pub(super) is_end: bool,
}

impl Leaf {
    /// Whether it holds a row from before a moment.
    pub(super) fn goes_below(&self, moment: DateTime<Utc>) -> bool {
        self.oldest.is_some_and(|oldest| oldest < moment)
    }
}

impl Walk {
    pub(super) fn from_top() -> Self {
        Self { offset: 0, wanted: 0, floor: None, last: HashSet::new(), overlap: None, steps_back: 0, is_blind: false }
    }

    /// Goes on below `floor`; `above` is about how many rows are newer.
    pub(super) fn below(floor: DateTime<Utc>, above: usize) -> Self {
        Self { offset: above.saturating_sub(PAGE / 10), floor: Some(floor), ..Self::from_top() }
    }

    /// The first pages hold no more than these rows.
    pub(super) fn wanting(mut self, rows: usize) -> Self {
        self.wanted = rows;
        self
    }

    /// How many rows the next page is to hold.
    pub(super) fn limit(&self) -> usize {
        match self.wanted.saturating_sub(self.offset) {
            0..=10 => PAGE,
            left => left.min(PAGE),
        }
    }

    /// Where the next page begins.
    pub(super) fn offset(&self) -> usize {
        self.offset
    }

    pub(super) fn floor(&self) -> Option<DateTime<Utc>> {
        self.floor
    }

    pub(super) fn take(&mut self, page: ConsultationPage) -> Step {
        if !self.joins(&page) && self.steps_back < MOST_STEPS_BACK {
            self.steps_back += 1;
            self.offset = self.offset.saturating_sub(STEP_BACK << self.steps_back.saturating_sub(1));
            self.overlap = None;
            return Step::Again;
        }
        let moments = || page.consultations.iter().map(|row| row.started_at);
        let (newest, oldest) = (moments().max(), moments().min());
        let (is_end, end) = (self.is_end(&page), self.offset + page.received);
        let overlap = (page.received / 10).max(1);
        self.offset += page.received.saturating_sub(overlap);
        self.overlap = Some(overlap);
        if oldest < self.floor || self.floor.is_none() {
            self.steps_back = 0;
        }
        self.is_blind = page.consultations.is_empty();
        if !self.is_blind {
            self.last = page.consultations.iter().map(|row| row.key.clone()).collect();
        }
        self.floor = [self.floor, oldest].into_iter().flatten().min();
        let ConsultationPage { consultations: rows, skipped, total, .. } = page;
        Step::Joined(Leaf { rows, end, skipped, total, newest, oldest, is_end })
    }

    fn joins(&self, page: &ConsultationPage) -> bool {
        let is_unreadable = page.received > 0 && page.consultations.is_empty();
        if self.offset == 0 || self.is_blind || is_unreadable {
            return true;
        }
        let is_newer = |row: &Consultation| self.floor.is_none_or(|floor| row.started_at > floor);
        page.consultations.first().is_some_and(is_newer)
            || page.consultations.iter().any(|row| self.last.contains(&row.key))
    }

    fn is_end(&self, page: &ConsultationPage) -> bool {
        let end = self.offset + page.received;
        page.received == 0
            || self.overlap.is_some_and(|overlap| page.received <= overlap)
            || (page.received < self.limit() && page.total == Some(end))
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
