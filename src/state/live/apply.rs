//! What becomes of news about live updates.

use super::news::{LiveNews, WebhookWork};
use super::receiver::ReceiverStatus;
use super::setup::Phase;
use super::{ShownSecret, WebhookCard};
use crate::domain::live::{Delivery, DeliverySource, Happening, LiveEvent, Scheme, Webhook, WebhookId, WebhookSecret};
use crate::state::problem::{Fault, LiveFault, Problem};
use crate::state::request::Request;
use crate::state::{Dialog, State};

/// Refusals that are remembered for the banner.
const MOST_REFUSALS: usize = 1_000;

impl State {
    pub(in crate::state) fn apply_live(&mut self, news: LiveNews) -> Vec<Request> {
        match news {
            LiveNews::Receiver { status, is_local } => self.receiver_stands(status, is_local),
            LiveNews::Webhooks { all, ours, look } => {
                self.take_webhooks(all, &ours);
                self.live.is_loading &= look < self.live.looks;
            }
            LiveNews::NotLoaded { problem, look } => {
                self.live.is_loading &= look < self.live.looks;
                self.live.problem = Some(problem);
            }
            LiveNews::Created { webhook, secret } => return self.created(webhook, secret),
            LiveNews::NotCreated(problem) => self.not_created(problem),
            LiveNews::Done { webhook, work, problem } => return self.done(&webhook, work, problem),
            LiveNews::Copy { text, what } => {
                self.notices.tell(format!("{what} copied"), self.now);
                return vec![Request::CopyText(text)];
            }
            LiveNews::OrphanRemoved => {
                let problem = Problem::new(&Fault::Live(LiveFault::OrphanRemoved), "LIVE-ORPHAN");
                self.notices.report(&problem, self.now);
            }
            LiveNews::CaughtUp { consultations } => self.tell_caught_up(consultations),
            LiveNews::Share(news) => self.apply_share(news),
            LiveNews::Provisional(all) => self.live.provisional = all,
            LiveNews::Partners(partners) => self.live.partners = partners,
            LiveNews::Happened(events) => {
                self.take_happenings(&events);
                return self.hear_events(&events);
            }
            LiveNews::Probed { .. } | LiveNews::VendorSaid { .. } => return self.check_news(news),
            other => self.take_deliveries(other),
        }
        Vec::new()
    }

    fn receiver_stands(&mut self, status: ReceiverStatus, is_local: bool) {
        let live = &mut self.live;
        if !matches!(status, ReceiverStatus::Running { .. }) {
            live.receiver.is_line_good = false;
        }
        live.receiver.status = status;
        live.receiver.is_local = is_local;
    }

    fn take_webhooks(&mut self, all: Vec<Webhook>, ours: &[WebhookId]) {
        let live = &mut self.live;
        let before = std::mem::take(&mut live.webhooks);
        live.deliveries.retain_webhooks(|id| all.iter().any(|webhook| webhook.id == *id));
        live.webhooks = all
            .into_iter()
            .map(|webhook| {
                let old = before.iter().find(|card| card.webhook.id == webhook.id);
                let has_delivered = live.deliveries.last_of(&webhook.id).is_some_and(|row| row.delivery.is_success);
                WebhookCard {
                    is_ours: ours.contains(&webhook.id),
                    work: old.and_then(|card| card.work),
                    problem: old.and_then(|card| card.problem.clone()),
                    failures_before: old.map_or(webhook.consecutive_failures, |card| card.webhook.consecutive_failures),
                    has_delivered: has_delivered || old.is_some_and(|card| card.has_delivered),
                    webhook,
                }
            })
            .collect();
        live.is_loaded = true;
        live.problem = None;
    }

    fn take_deliveries(&mut self, news: LiveNews) {
        match news {
            LiveNews::Vendor { webhook, deliveries } => {
                let has_delivered = deliveries.iter().any(|delivery| delivery.is_success);
                self.live.deliveries.set_vendor(webhook.clone(), deliveries);
                if let Some(card) = self.live.card_mut(&webhook) {
                    card.has_delivered |= has_delivered;
                }
            }
            LiveNews::Own(deliveries) => {
                self.note_standing(&deliveries);
                self.live.deliveries.set_own(deliveries);
            }
            LiveNews::Received(deliveries) => {
                self.note_standing(&deliveries);
                self.live.deliveries.add_own(deliveries);
            }
            LiveNews::Refused { scheme, at, why } => {
                self.live.receiver.is_line_good &= scheme != Scheme::Organization;
                self.live.refusals.push(at);
                let surplus = self.live.refusals.len().saturating_sub(MOST_REFUSALS);
                self.live.refusals.drain(..surplus);
                self.live.receiver.last_refused = Some((at, why.clone()));
                if let Some(setup) = self.live.setup.as_mut().filter(|_| scheme == Scheme::Organization) {
                    setup.check.test_was_refused(why);
                }
            }
            LiveNews::Diagnosed { recorded, diagnosis } => self.take_diagnosis(recorded, diagnosis),
            _ => {}
        }
    }

    /// The line is as good as the last thing that came over it.
    fn note_standing(&mut self, deliveries: &[Delivery]) {
        let is_receipt = |one: &&Delivery| one.source == DeliverySource::Here && one.scheme != Scheme::NexHealth;
        let newest = deliveries.iter().filter(is_receipt).max_by_key(|one| one.at);
        let Some(newest) = newest else { return };
        if self.live.receiver.last_good_at.is_none_or(|at| at < newest.at) {
            self.live.receiver.is_line_good = newest.is_success;
            if newest.is_success {
                self.live.receiver.last_good_at = Some(newest.at);
            }
        }
    }

    fn take_happenings(&mut self, events: &[LiveEvent]) {
        for event in events.iter().filter(|event| event.scheme == Scheme::Organization) {
            self.live.receiver.is_line_good = true;
            self.live.receiver.last_good_at = self.live.receiver.last_good_at.max(Some(event.received_at));
            if event.what == Happening::Ping
                && let Some(setup) = &mut self.live.setup
            {
                let tested = setup.check.tested().cloned();
                setup.check.test_arrived();
                // What was seen to arrive is working, whenever NxVET's own list is asked for next.
                if let Some(card) = tested.and_then(|id| self.live.card_mut(&id)) {
                    card.has_delivered = true;
                }
            }
        }
    }

    fn take_diagnosis(&mut self, recorded: u64, diagnosis: Option<std::sync::Arc<super::Diagnosis>>) {
        let Some(open) = self.live.open.as_mut().filter(|open| open.row.delivery.recorded == Some(recorded)) else {
            return;
        };
        if let Some(diagnosis) = diagnosis {
            open.diagnosis.arrive(recorded, diagnosis);
        } else {
            open.is_gone = true;
            open.diagnosis = crate::state::Loadable::NotAsked;
        }
    }

    /// The secret shows once; for the wizard, which needs nobody to copy it, the check goes on instead.
    fn created(&mut self, webhook: Webhook, secret: WebhookSecret) -> Vec<Request> {
        let live = &mut self.live;
        let is_for_setup = std::mem::take(&mut live.makes_for_setup);
        let replaced = live.form.take().and_then(|form| form.replaces);
        let id = webhook.id.clone();
        let address = webhook.address.clone();
        live.webhooks.retain(|card| Some(&card.webhook.id) != replaced.as_ref() && card.webhook.id != id);
        live.webhooks.push(WebhookCard {
            webhook,
            is_ours: true,
            work: None,
            problem: None,
            failures_before: 0,
            has_delivered: false,
        });
        if is_for_setup {
            let Some(setup) = live.setup.as_mut().filter(|setup| setup.check.phase == Phase::Making) else {
                return Vec::new();
            };
            return vec![Request::Live(setup.check.webhook_is_ready(id))];
        }
        live.secret = Some(ShownSecret { address, secret, is_replacement: replaced.is_some(), is_copied: false });
        self.dialog = Some(Dialog::WebhookSecret);
        Vec::new()
    }

    fn not_created(&mut self, problem: Problem) {
        if std::mem::take(&mut self.live.makes_for_setup)
            && let Some(setup) = &mut self.live.setup
        {
            setup.check.give_up(problem);
            return;
        }
        match &mut self.live.form {
            Some(form) => (form.is_sending, form.problem) = (false, Some(problem)),
            None => self.notices.report(&problem, self.now),
        }
    }

    fn done(&mut self, id: &WebhookId, work: WebhookWork, problem: Option<Problem>) -> Vec<Request> {
        let is_good = problem.is_none();
        if let Some(card) = self.live.card_mut(id) {
            card.work = None;
            card.problem.clone_from(&problem);
            if is_good && work == WebhookWork::TurningOn {
                card.webhook.is_active = true;
                card.webhook.consecutive_failures = 0;
                card.failures_before = 0;
            }
        }
        if is_good {
            match work {
                // The set-up's check says by itself what became of its test.
                WebhookWork::Testing if self.live.setup.is_some() => {}
                WebhookWork::Testing => self.notices.tell("Test sent. It shows below as soon as it arrives.", self.now),
                WebhookWork::TurningOn => self.notices.tell("Turned on again", self.now),
                WebhookWork::Deleting => {
                    self.live.webhooks.retain(|card| card.webhook.id != *id);
                    self.notices.tell("Address deleted", self.now);
                }
            }
        }
        self.check_goes_on(id, work, problem)
    }

    fn check_goes_on(&mut self, id: &WebhookId, work: WebhookWork, problem: Option<Problem>) -> Vec<Request> {
        let now = self.now;
        let Some(setup) = self.live.setup.as_mut().filter(|setup| setup.check.is_running()) else { return Vec::new() };
        match (problem, work, &setup.check.phase) {
            (None, WebhookWork::TurningOn, Phase::Making) => {
                vec![Request::Live(setup.check.webhook_is_ready(id.clone()))]
            }
            (None, WebhookWork::Testing, Phase::Asking(_)) => {
                setup.check.test_was_asked_for(now);
                Vec::new()
            }
            (Some(problem), _, Phase::Making | Phase::Asking(_)) => {
                setup.check.give_up(problem);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn check_news(&mut self, news: LiveNews) -> Vec<Request> {
        let Some(setup) = &mut self.live.setup else { return Vec::new() };
        match news {
            LiveNews::Probed { run, hop, finding } if run == setup.check.run => {
                let address = setup.address.clone();
                let next = setup.check.found(hop, finding, &address);
                self.follow_check(next)
            }
            LiveNews::VendorSaid { run, attempt } if run == setup.check.run => {
                setup.check.vendor_said(attempt);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn tell_caught_up(&mut self, consultations: usize) {
        let words = match consultations {
            0 => "Caught up: nothing was missed".to_owned(),
            1 => "Caught up: 1 consultation".to_owned(),
            many => format!("Caught up: {many} consultations"),
        };
        self.notices.tell(words, self.now);
    }
}
