//! The background reading: a few questions at once, as many as the pace allows, their answers stored in batches.
//! Newest first; what is pending is asked for again; nothing is asked while a person, the line or NxVET wants a rest,
//! but for the newest notes, which are for the eye. What was asked for and how far it came is the ledger's to know.

use super::basket::{Basket, Done, Stored, Tried, finished};
use super::common::Common;
use super::errand::Errand;
use super::ledger::Scope;
use super::rate::Rate;
use crate::backend::desk::Context;
use crate::backend::pace::Pace;
use crate::backend::rules::Rules;
use crate::domain::ConsultationKey;
use crate::nxvet::Client;
use crate::platform::Line;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::Instant;

/// More notes than this do not wait for the store; nothing more is asked for meanwhile.
const MOST_WAITING: usize = 256;
/// With nothing to wait for, a look at everything once in a while.
const IDLE: Duration = Duration::from_secs(3_600);
const LINE_PATIENCE: Duration = Duration::from_secs(2);
/// How often the system is asked what the line costs, in wake checks.
const LINE_CHECKS: u32 = 6;

pub(super) struct Reader {
    pub(super) common: Arc<Common>,
    pub(super) client: Client,
    pub(super) rules: watch::Receiver<Rules>,
    pub(super) is_paused: watch::Receiver<bool>,
    pub(super) pace: Pace,
    pub(super) rate: Rate,
    line: Line,
    line_check: Duration,
    line_checked: Option<Instant>,
    pub(super) costs: bool,
    /// A slow line is left alone until then.
    pub(super) spared_until: Option<Instant>,
    pub(super) jobs: JoinSet<Done>,
    pub(super) errand: Option<Errand>,
    /// A page of the errand is under way or being stored.
    pub(super) is_paging: bool,
    /// Days back that the conversations were read in this run.
    pub(super) conversations_for: Option<u16>,
    /// Complete looks of the present search for deleted records.
    pub(super) passes: u32,
    /// Notes that did not come and when they are asked for again.
    later: BTreeMap<(Instant, u64), Tried>,
    count: u64,
    pub(super) basket: Basket,
    pub(super) storing: Option<JoinHandle<Stored>>,
    pub(super) screen: super::screen::Screen,
}

impl Reader {
    pub(super) fn new(common: Arc<Common>, context: &Context, is_paused: watch::Receiver<bool>) -> Self {
        let services = &context.services;
        Self {
            client: common.clinic.client.asking_once(),
            common,
            rules: context.rules.clone(),
            is_paused,
            pace: Pace::new(services.pacing),
            rate: Rate::default(),
            line: services.line.clone(),
            line_check: services.wake_check * LINE_CHECKS,
            line_checked: None,
            costs: false,
            spared_until: None,
            jobs: JoinSet::new(),
            errand: None,
            is_paging: false,
            conversations_for: None,
            passes: 0,
            later: BTreeMap::new(),
            count: 0,
            basket: Basket::default(),
            storing: None,
            screen: super::screen::Screen::default(),
        }
    }

    pub(super) async fn run(mut self) {
        loop {
            self.check_line().await;
            self.fill();
            self.store_when_due();
            self.show_when_due().await;
            let until = self.next_moment();
            tokio::select! {
                Some(done) = self.jobs.join_next() => if let Ok(done) = done { self.take(done).await },
                stored = finished(&mut self.storing) => self.take_stored(stored).await,
                () = tokio::time::sleep_until(until) => {}
                () = self.common.wake.notified() => self.wake_up(),
                changed = self.rules.changed() => if changed.is_err() { return },
                changed = self.is_paused.changed() => if changed.is_err() { return },
            }
        }
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.common.clinic.clock.now()
    }

    pub(super) fn horizon(&self) -> DateTime<Utc> {
        let rules = self.rules.borrow();
        let asked_for = self.now() - TimeDelta::days(i64::from(rules.horizon_days));
        asked_for.max(self.common.oldest_kept(&rules))
    }

    fn wake_up(&mut self) {
        if self.common.take_is_back() {
            self.pace.wake();
        }
    }

    /// When everything rests until, as NxVET asked or because it is not there.
    pub(super) fn rests_until(&self, now: Instant) -> Option<Instant> {
        self.pace.rest(now).max(self.client.rest().map(|left| now + left))
    }

    /// Whether only what is for the eye may be read.
    pub(super) fn is_held(&self) -> bool {
        *self.is_paused.borrow() || self.spares()
    }

    pub(super) fn spares(&self) -> bool {
        self.rules.borrow().spares_the_line && (self.costs || self.spared_until.is_some())
    }

    /// Asks the system what the line costs, now and then, and only while that matters.
    async fn check_line(&mut self) {
        let now = Instant::now();
        if self.spared_until.is_some_and(|until| until <= now) {
            self.spared_until = None;
        }
        let is_due = self.line_checked.is_none_or(|at| now >= at + self.line_check);
        if !is_due || !self.rules.borrow().spares_the_line || !self.has_work() {
            return;
        }
        self.line_checked = Some(now);
        let line = self.line.clone();
        let answer = tokio::task::spawn_blocking(move || line.is_metered());
        // A system that does not answer must not hold the reading up.
        self.costs = matches!(tokio::time::timeout(LINE_PATIENCE, answer).await, Ok(Ok(Some(true))));
    }

    /// Whether there is anything that only the background reads.
    pub(super) fn has_work(&self) -> bool {
        self.has_older() || self.common.ledger().has_backlog(self.horizon())
    }

    /// As many questions as the pace allows.
    fn fill(&mut self) {
        let now = Instant::now();
        if self.rests_until(now).is_some() || self.basket.haul.notes.len() >= MOST_WAITING {
            return;
        }
        while self.jobs.len() < self.pace.limit() && (self.start_page(now) || self.start_notes(now)) {}
    }

    fn start_page(&mut self, now: Instant) -> bool {
        if self.is_paging || self.is_held() {
            return false;
        }
        let Ok(guard) = Arc::clone(&self.common.older).try_lock_owned() else { return false };
        let Some(question) = self.next_question() else { return false };
        let (client, common, ticket) = (self.client.clone(), Arc::clone(&self.common), self.pace.ticket(now));
        self.is_paging = true;
        self.jobs.spawn(async move {
            let answer = question.ask(&client, &common).await;
            Done::Page { guard, ticket, answer }
        });
        true
    }

    fn start_notes(&mut self, now: Instant) -> bool {
        let Some(tried) = self.next_notes(now) else { return false };
        let (client, ticket) = (self.client.clone(), self.pace.ticket(now));
        self.jobs.spawn(async move {
            let answer = match &tried.row.key {
                ConsultationKey::Record(id) => client.consultation(id).await,
                ConsultationKey::Conversation { device, conversation } => {
                    client.conversation(device, conversation).await
                }
            };
            Done::Notes { tried, ticket, took: now.elapsed(), answer }
        });
        true
    }

    fn next_notes(&mut self, now: Instant) -> Option<Tried> {
        let is_held = self.is_held();
        if is_held {
            // Their turn comes again with the others'.
            let later: Vec<_> =
                std::mem::take(&mut self.later).into_values().map(|tried| tried.row.key.clone()).collect();
            self.common.give_back(&later);
        } else if self.later.first_key_value().is_some_and(|((due, _), _)| *due <= now) {
            return self.later.pop_first().map(|(_, tried)| tried);
        }
        let horizon = (!is_held).then(|| self.horizon());
        let scope = Scope { now: self.now(), horizon };
        self.common.ledger().next(scope).map(|row| Tried { row, tries: 0 })
    }

    /// Asks again after a while, and a longer one each time.
    pub(super) fn try_later(&mut self, failed: Tried) {
        let tries = failed.tries + 1;
        // The pace minds how much is asked for; one record need not wait as long as a question that stands alone.
        let wait = self.client.retry_policy().delay(tries, None, fastrand::f64()) / 4;
        self.count += 1;
        self.later.insert((Instant::now() + wait, self.count), Tried { tries, ..failed });
    }

    pub(super) fn is_at_rest(&self) -> bool {
        self.jobs.is_empty() && self.later.is_empty() && self.storing.is_none() && self.basket.since.is_none()
    }

    fn next_moment(&self) -> Instant {
        let now = Instant::now();
        let basket = self.basket.due().filter(|_| self.storing.is_none());
        let rest = self.rests_until(now);
        let has_room = rest.is_none() && self.jobs.len() < self.pace.limit();
        let later = self.later.first_key_value().map(|((due, _), _)| *due).filter(|_| has_room);
        let line = self.line_checked.filter(|_| self.costs && self.has_work()).map(|at| at + self.line_check);
        let screen = self.screen.due(now);
        let moments = [basket, rest, later, line, self.spared_until, screen];
        let soonest = moments.into_iter().flatten().min();
        soonest.unwrap_or(now + IDLE)
    }
}
