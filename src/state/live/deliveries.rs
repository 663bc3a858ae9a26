//! What was delivered and what was not: NxVET's last fifty tries of each webhook merged with everything that reached
//! the receiver here, newest first, and filtered.
//! One try that both sides tell of is one row: NxVET knows the attempt and the time it took, we hold the request.

use crate::domain::live::{Delivery, DeliverySource, EventKey, EventType, Scheme, WebhookId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Both sides tell of one try when their times lie no further apart; clocks differ and answers take time.
const SAME_TRY: TimeDelta = TimeDelta::seconds(150);
/// The same where nothing but the time and the answer joins them.
const SAME_MOMENT: TimeDelta = TimeDelta::seconds(5);
/// Rows that are kept in memory; older ones stay in the store.
const MOST_OWN: usize = 10_000;

/// One row of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryRow {
    pub delivery: Delivery,
    /// Which webhook NxVET tried, when it tells.
    pub webhook: Option<WebhookId>,
    /// It reached the receiver here.
    pub is_seen_here: bool,
}

impl DeliveryRow {
    pub fn outcome(&self) -> Outcome {
        let Delivery { is_success, code, .. } = &self.delivery;
        match code {
            _ if *is_success => Outcome::Delivered,
            Some(401 | 403) => Outcome::Refused,
            _ => Outcome::Failed,
        }
    }

    /// `Conversation started`, or `Refused` for what could not be trusted to say.
    pub fn what(&self) -> &str {
        match &self.delivery.event_type {
            Some(event_type) => event_type.words(),
            None if self.outcome() == Outcome::Refused => "Refused",
            None => "Unknown event",
        }
    }
}

/// How a try ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Outcome {
    Delivered,
    /// No answer, or one that says that it went wrong.
    Failed,
    /// It came and its signature was not accepted.
    Refused,
}

impl Outcome {
    pub const ALL: [Self; 3] = [Self::Delivered, Self::Failed, Self::Refused];

    pub fn words(self) -> &'static str {
        match self {
            Self::Delivered => "Delivered",
            Self::Failed => "Failed",
            Self::Refused => "Refused",
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    pub outcome: Option<Outcome>,
    pub event_type: Option<EventType>,
}

impl DeliveryFilter {
    pub fn is_set(&self) -> bool {
        *self != Self::default()
    }

    fn lets_through(&self, row: &DeliveryRow) -> bool {
        let fits_outcome = self.outcome.is_none_or(|outcome| row.outcome() == outcome);
        let fits_type = self.event_type.as_ref().is_none_or(|wanted| row.delivery.event_type.as_ref() == Some(wanted));
        fits_outcome && fits_type
    }
}

#[derive(Debug, Default)]
pub struct Deliveries {
    /// The last tries of each webhook, as NxVET tells them now.
    vendor: BTreeMap<WebhookId, Vec<Delivery>>,
    /// What is kept here, newest first: what came in, and what NxVET told of earlier.
    own: Vec<Delivery>,
    pub filter: DeliveryFilter,
    all: Vec<Arc<DeliveryRow>>,
    /// The newest row of each webhook: banners and cards ask for it with every frame.
    newest: BTreeMap<WebhookId, Arc<DeliveryRow>>,
    shown: Vec<Arc<DeliveryRow>>,
    /// Index into what is shown.
    pub selected: Option<usize>,
}

impl Deliveries {
    /// What the filter lets through, newest first.
    pub fn shown(&self) -> &[Arc<DeliveryRow>] {
        &self.shown
    }

    /// Every row, newest first.
    pub fn all(&self) -> &[Arc<DeliveryRow>] {
        &self.all
    }

    /// The types that occur, for the filter's menu.
    pub fn types(&self) -> Vec<EventType> {
        let mut types: Vec<_> = self.all.iter().filter_map(|row| row.delivery.event_type.clone()).collect();
        types.sort();
        types.dedup();
        types
    }

    /// The newest try of a webhook.
    pub fn last_of(&self, webhook: &WebhookId) -> Option<&Arc<DeliveryRow>> {
        self.newest.get(webhook)
    }

    pub(super) fn set_vendor(&mut self, webhook: WebhookId, deliveries: Vec<Delivery>) {
        self.vendor.insert(webhook, deliveries);
        self.merge();
    }

    /// What NxVET told of webhooks that are gone is not shown under others.
    pub(super) fn retain_webhooks(&mut self, is_there: impl Fn(&WebhookId) -> bool) {
        let before = self.vendor.len();
        self.vendor.retain(|webhook, _| is_there(webhook));
        if self.vendor.len() != before {
            self.merge();
        }
    }

    pub(super) fn set_own(&mut self, mut deliveries: Vec<Delivery>) {
        deliveries.sort_by_key(|delivery| std::cmp::Reverse(delivery.at));
        deliveries.truncate(MOST_OWN);
        self.own = deliveries;
        self.merge();
    }

    /// The newest stretch of the history takes the place of what was known of that time.
    pub(super) fn add_own(&mut self, newest: Vec<Delivery>) {
        let Some(from) = newest.iter().map(|delivery| delivery.at).min() else { return };
        let mut all = std::mem::take(&mut self.own);
        all.retain(|delivery| delivery.at < from);
        all.extend(newest);
        self.set_own(all);
    }

    pub(super) fn set_filter(&mut self, filter: DeliveryFilter) {
        self.filter = filter;
        self.refilter();
    }

    pub(super) fn move_selection(&mut self, rows: i32) {
        let Some(last) = self.shown.len().checked_sub(1) else { return };
        let from = self.selected.map_or(if rows > 0 { -1 } else { 1 }, |at| i64::try_from(at).unwrap_or(0));
        let to = usize::try_from(from + i64::from(rows)).unwrap_or(0);
        self.selected = Some(to.min(last));
    }

    fn merge(&mut self) {
        self.all = merged(&self.vendor, &self.own);
        // The rows stand newest first, so that the last to be put in is the newest.
        let of_webhooks = self.all.iter().rev().filter_map(|row| Some((row.webhook.clone()?, Arc::clone(row))));
        self.newest = of_webhooks.collect();
        self.refilter();
    }

    /// The selection stays on its row, wherever that is now.
    fn refilter(&mut self) {
        let selected = self.selected.and_then(|at| self.shown.get(at)).map(|row| row.delivery.clone());
        self.shown = self.all.iter().filter(|row| self.filter.lets_through(row)).cloned().collect();
        self.selected = selected.and_then(|selected| self.shown.iter().position(|row| row.delivery == selected));
    }
}

/// One list of both sides' rows, newest first.
fn merged(vendor: &BTreeMap<WebhookId, Vec<Delivery>>, own: &[Delivery]) -> Vec<Arc<DeliveryRow>> {
    let mut taken = vec![false; own.len()];
    let receipts = Receipts::of(own);
    let told_now: HashSet<Try<'_>> = vendor.values().flatten().map(try_of).collect();
    let earlier = own.iter().filter(|one| one.source == DeliverySource::Vendor && !told_now.contains(&try_of(one)));
    let now = vendor.iter().flat_map(|(webhook, all)| all.iter().map(move |told| (Some(webhook), told)));
    let mut rows: Vec<DeliveryRow> = Vec::new();
    for (webhook, told) in now.chain(earlier.map(|told| (None, told))) {
        let twin = receipts.twin(told, own, &taken);
        if let Some(slot) = twin.and_then(|at| taken.get_mut(at)) {
            *slot = true;
        }
        rows.push(row_of(webhook, told, twin.and_then(|at| own.get(at))));
    }
    let is_alone = |(delivery, is_taken): &(&Delivery, &bool)| !**is_taken && delivery.source == DeliverySource::Here;
    let alone = own.iter().zip(&taken).filter(is_alone).map(|(delivery, _)| delivery);
    rows.extend(alone.map(|delivery| DeliveryRow { delivery: delivery.clone(), webhook: None, is_seen_here: true }));
    rows.sort_by_key(|row| std::cmp::Reverse(row.delivery.at));
    rows.into_iter().map(Arc::new).collect()
}

/// What makes two rows of NxVET the same try.
type Try<'a> = (DateTime<Utc>, Option<&'a str>, Option<u32>);

fn try_of(delivery: &Delivery) -> Try<'_> {
    (delivery.at, delivery.event.as_ref().map(EventKey::as_str), delivery.attempt)
}

/// Receipts that may be joined, by the event they were of. One that was refused could not be trusted to say.
#[derive(Default)]
struct Receipts<'a> {
    by_event: BTreeMap<&'a str, Vec<usize>>,
    refused: Vec<usize>,
}

impl<'a> Receipts<'a> {
    fn of(own: &'a [Delivery]) -> Self {
        let mut receipts = Self::default();
        let is_receipt = |one: &Delivery| one.source == DeliverySource::Here && one.scheme == Scheme::Organization;
        for (at, delivery) in own.iter().enumerate().filter(|(_, delivery)| is_receipt(delivery)) {
            match &delivery.event {
                Some(event) => receipts.by_event.entry(event.as_str()).or_default().push(at),
                None => receipts.refused.push(at),
            }
        }
        receipts
    }

    /// The request here that NxVET tells of: the same event and the same answer, at the nearest time; or one that was
    /// refused at that moment.
    fn twin(&self, told: &Delivery, own: &[Delivery], taken: &[bool]) -> Option<usize> {
        let nearest = |candidates: &[usize], within: TimeDelta| {
            let distance = |at: &usize| -> Option<TimeDelta> {
                let delivery = own.get(*at)?;
                let is_free = taken.get(*at) == Some(&false);
                let apart = (delivery.at - told.at).abs();
                (is_free && delivery.code == told.code && apart <= within).then_some(apart)
            };
            candidates.iter().filter_map(|at| Some((distance(at)?, *at))).min().map(|(_, at)| at)
        };
        let event = told.event.as_ref().and_then(|event| self.by_event.get(event.as_str()));
        let same = event.and_then(|candidates| nearest(candidates, SAME_TRY));
        same.or_else(|| nearest(&self.refused, SAME_MOMENT))
    }
}

fn row_of(webhook: Option<&WebhookId>, told: &Delivery, seen: Option<&Delivery>) -> DeliveryRow {
    let mut delivery = told.clone();
    if let Some(seen) = seen {
        delivery.recorded = seen.recorded;
        delivery.error = delivery.error.or_else(|| seen.error.clone());
        delivery.event_type = delivery.event_type.or_else(|| seen.event_type.clone());
    }
    DeliveryRow { delivery, webhook: webhook.cloned(), is_seen_here: seen.is_some() }
}

/// The newest try that went well, over both sides: what came after it may have been missed.
pub(super) fn last_good(rows: &[Arc<DeliveryRow>]) -> Option<DateTime<Utc>> {
    rows.iter().find(|row| row.delivery.is_success).map(|row| row.delivery.at)
}

#[cfg(test)]
#[path = "deliveries_tests.rs"]
mod tests;
