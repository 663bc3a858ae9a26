//! What becomes of the background's answers: notes go to the store and change a row's stage, pages bring rows, and
//! each kind of failure costs what it must and no more. Nothing is asked here.

use super::basket::{Done, Stored, Tried};
use super::errand::{Errand, Gain, Page, Question, Sweep, Tokens};
use super::reader::Reader;
use crate::backend::pace::Ticket;
use crate::backend::problems;
use crate::domain::note::NoteBody;
use crate::domain::{Consultation, Notes};
use crate::nxvet::{Detail, Error};
use crate::state::Event;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// A search for deleted records follows so long after the last one.
const SWEEP_EVERY: TimeDelta = TimeDelta::hours(24);
/// Complete looks in a row, when each finds something else missing.
const MOST_PASSES: u32 = 3;
/// An answer that stays unreadable is left alone until the next start.
const MOST_TRIES: u32 = 6;
/// A slow line is left alone so long, and a full disk too.
const SPARED: Duration = Duration::from_secs(300);
/// A key that was refused is no reason to go on asking; the ordinary looks tell the person.
const REFUSED: Duration = Duration::from_secs(3_600);

impl Reader {
    pub(super) async fn take(&mut self, done: Done) {
        match done {
            Done::Notes { tried, ticket, took, answer } => match answer {
                Ok(detail) => self.take_notes(&tried.row, detail, ticket, took),
                Err(error) => self.miss_notes(tried, ticket, &error),
            },
            Done::Page { guard, ticket, answer } => match answer {
                Ok(page) => self.take_page(page, ticket, guard).await,
                Err(error) => {
                    self.is_paging = false;
                    drop(guard);
                    self.heed(ticket, &error);
                }
            },
        }
    }

    fn take_notes(&mut self, row: &Arc<Consultation>, detail: Detail, ticket: Ticket, took: Duration) {
        let (now, fetched_at) = (Instant::now(), self.now());
        self.pace.answered(ticket, now);
        self.rate.note(now, took, bytes(&detail.notes));
        if self.rate.is_slow() && self.rules.borrow().spares_the_line {
            self.spared_until = Some(now + SPARED);
            self.rate.forget();
        }
        let clinic = &self.common.clinic;
        self.common.hear();
        // The row may have changed while it was asked about, or have been let go of.
        let Some(row) = self.common.ledger().get(&row.key).cloned() else { return };
        let stage = clinic.learn_stage(&row.key, &detail.notes, Some(&row));
        let is_other = row.stage != stage;
        let row = if is_other { Arc::new(Consultation { stage, ..(*row).clone() }) } else { row };
        self.common.ledger().notes_came(&row, fetched_at);
        let key = row.key.clone();
        self.screen.add(is_other.then_some(row));
        self.put(|basket| basket.haul.notes.push((key, detail.notes, fetched_at)));
    }

    fn miss_notes(&mut self, tried: Tried, ticket: Ticket, error: &Error) {
        match error {
            Error::NotFound => {
                self.pace.answered(ticket, Instant::now());
                let key = tried.row.key.clone();
                let gone = self.common.ledger().gone(&key);
                self.screen.add(gone);
                self.put(|basket| basket.haul.gone.push(key));
            }
            // Its notes are not for this key, or not for this program: the record itself stays.
            Error::Forbidden | Error::TooLarge | Error::RedirectedElsewhere { .. } => {
                tracing::warn!(code = error.code(), "a record's notes are left out until the next start");
            }
            Error::Unexpected { .. } if tried.tries >= MOST_TRIES => {
                tracing::warn!(code = error.code(), "a record's notes cannot be read");
            }
            _ => {
                self.heed(ticket, error);
                self.try_later(tried);
            }
        }
    }

    /// Slows down as the failure asks for.
    fn heed(&mut self, ticket: Ticket, error: &Error) {
        let now = Instant::now();
        let policy = self.client.retry_policy();
        let pause = |times: u32| policy.delay(times.min(9), None, fastrand::f64()) * 4;
        match error {
            Error::Unauthorized => self.pace.rest_until(now + REFUSED),
            Error::RateLimited { .. } | Error::Server { .. } => self.pace.failed(Some(ticket), now, pause),
            error if error.is_offline() => self.pace.failed(Some(ticket), now, pause),
            _ => self.pace.failed(None, now, pause),
        }
        self.rate.forget_when(self.rests_until(now).is_some());
    }

    async fn take_page(&mut self, page: Page, ticket: Ticket, guard: OwnedMutexGuard<()>) {
        self.pace.answered(ticket, Instant::now());
        let Some(mut errand) = self.errand.take() else {
            self.is_paging = false;
            return;
        };
        let page = match page {
            Page::Conversations(mut page) => {
                let rows = std::mem::take(&mut page.consultations);
                page.consultations = self.common.rooms.lock().await.name_all(&self.common.clinic, rows).await;
                Page::Conversations(page)
            }
            page @ Page::Records(_) => page,
        };
        let oldest_kept = self.common.oldest_kept(&self.rules.borrow());
        let Gain { rows, change, is_done } = errand.take(page, oldest_kept, &self.common);
        let taken = self.common.take_in(rows);
        self.screen.add(taken.changed.iter().cloned());
        self.put(|basket| {
            basket.haul.rows.extend(taken.changed);
            if let Some(change) = change {
                basket.also(change);
            }
            basket.guard = Some(guard);
        });
        if is_done {
            self.end(errand).await;
        } else {
            self.errand = Some(errand);
        }
    }

    async fn end(&mut self, errand: Errand) {
        match errand {
            Errand::Older { .. } => {}
            Errand::Conversations(_) => {
                self.conversations_for = Some(self.rules.borrow().horizon_days);
                // Everything was just read for the first time: that is as good as a search.
                if self.common.began_empty() {
                    let now = self.now();
                    self.put(|basket| basket.also(move |reach| _ = reach.swept_at.get_or_insert(now)));
                }
            }
            Errand::Sweep(sweep) => self.end_sweep(sweep).await,
        }
    }

    /// What is missing for the second time in a row is gone; what is missing for the first time is looked for again.
    async fn end_sweep(&mut self, sweep: Sweep) {
        self.passes += 1;
        let missing = sweep.missing();
        let count = missing.len();
        let organization = self.common.clinic.organization.id.clone();
        let gone = self.common.clinic.store.run(move |store| store.note_missing(&organization, &missing)).await;
        let gone = match gone {
            Ok(gone) => gone,
            Err(error) => return self.tell_store(&error).await,
        };
        let is_settled = gone.len() == count || self.passes >= MOST_PASSES;
        let rows: Vec<_> = {
            let mut ledger = self.common.ledger();
            gone.iter().filter_map(|key| ledger.gone(key)).collect()
        };
        self.screen.add(rows);
        if is_settled {
            self.passes = 0;
            let now = self.now();
            self.put(|basket| basket.also(move |reach| reach.swept_at = Some(now)));
        }
    }

    pub(super) async fn take_stored(&mut self, stored: Stored) {
        self.storing = None;
        if stored.was_page {
            self.is_paging = false;
        }
        if let Err(error) = stored.result {
            self.common.give_back(&stored.notes);
            self.errand = None;
            self.tell_store(&error).await;
        }
    }

    async fn tell_store(&mut self, error: &crate::store::StoreError) {
        self.pace.rest_until(Instant::now() + SPARED);
        self.common.clinic.events.send(Event::Told(problems::of_store(error))).await;
    }

    /// Whether older records are within the horizon and not read.
    pub(super) fn has_older(&self) -> bool {
        let reach = self.common.reach();
        !reach.is_end && reach.floor.is_some_and(|floor| floor > self.horizon())
    }

    /// The list page to read next, if there is one. Older records come first, then conversations; what was deleted is
    /// looked for when everything else is read.
    pub(super) fn next_question(&mut self) -> Option<Question> {
        let reach = self.common.reach();
        // The eye looks first.
        if reach.top.is_none() && !reach.is_end {
            return None;
        }
        let is_fitting = match &self.errand {
            Some(Errand::Older { floor, .. }) => self.has_older() && reach.floor == Some(*floor),
            Some(Errand::Conversations(_) | Errand::Sweep(_)) => true,
            None => false,
        };
        if !is_fitting {
            self.errand = self.choose();
        }
        self.errand.as_mut().map(|errand| errand.question(&self.common))
    }

    fn choose(&self) -> Option<Errand> {
        let (reach, horizon) = (self.common.reach(), self.horizon());
        if self.has_older() {
            return reach.floor.map(|floor| Errand::Older { floor, walk: None });
        }
        if self.conversations_for != Some(self.rules.borrow().horizon_days) {
            return Some(Errand::Conversations(Tokens::new(&reach, horizon)));
        }
        let is_due = is_sweep_due(reach.swept_at, self.now()) && !self.common.ledger().has_backlog(horizon);
        is_due.then(|| Errand::Sweep(Sweep::new(horizon, self.common.ledger().keys_since(horizon))))
    }
}

/// A clock that was set back must not put the search off for ever.
fn is_sweep_due(swept_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    swept_at.is_none_or(|at| now - at >= SWEEP_EVERY || at - now >= SWEEP_EVERY)
}

fn bytes(notes: &Notes) -> usize {
    let length = |body: &NoteBody| match body {
        NoteBody::Text(text) => text.len(),
        NoteBody::Passages(passages) => passages.iter().map(|passage| passage.text.len()).sum(),
    };
    notes.all.iter().map(|note| length(&note.body)).sum()
}
