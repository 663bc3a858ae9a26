//! What becomes of wishes about live updates.

use super::command::{FormEdit, LiveCommand};
use super::deliveries::{DeliveryFilter, Outcome, last_good};
use super::form::{WebhookForm, check_address};
use super::request::LiveRequest;
use super::{OpenDelivery, Standing, WebhookWork};
use crate::domain::live::{WebhookId, WebhookSecret};
use crate::state::loadable::Loadable;
use crate::state::problem::{Fault, LiveFault, Problem};
use crate::state::request::Request;
use crate::state::{Dialog, Route, State};

pub(super) fn ask(request: LiveRequest) -> Vec<Request> {
    vec![Request::Live(request)]
}

impl State {
    /// The screen shows: what NxVET says now is asked for.
    pub(in crate::state) fn show_live(&mut self) -> Vec<Request> {
        self.route = Route::Live;
        self.refresh_live()
    }

    pub(super) fn refresh_live(&mut self) -> Vec<Request> {
        self.live.is_loading = true;
        self.live.looks += 1;
        ask(LiveRequest::Load { look: self.live.looks })
    }

    pub(in crate::state) fn handle_live(&mut self, command: LiveCommand) -> Vec<Request> {
        match command {
            LiveCommand::Refresh => self.refresh_live(),
            LiveCommand::AskForNew => self.open_form(None),
            LiveCommand::AskToChange(webhook) => self.open_form(Some(webhook)),
            LiveCommand::Form(edit) => self.edit_form(edit),
            LiveCommand::Create => self.create_webhook(),
            LiveCommand::SendTest(webhook) => {
                self.work_on(&webhook, WebhookWork::Testing, LiveRequest::Test(webhook.clone()))
            }
            LiveCommand::SendAnyTest => self.send_any_test(),
            LiveCommand::TurnOn(webhook) => self.turn_on(&webhook),
            LiveCommand::AskToDelete(webhook) => {
                self.live.deleting = Some(webhook);
                self.dialog = Some(Dialog::DeleteWebhook);
                Vec::new()
            }
            LiveCommand::Delete => self.delete_webhook(),
            LiveCommand::CopySecret | LiveCommand::SecretKept => self.handle_secret(&command),
            LiveCommand::AskForPartner
            | LiveCommand::KeepPartner { .. }
            | LiveCommand::CopyPartnerAddress(_)
            | LiveCommand::RemovePartner(_) => self.handle_partner(command),
            LiveCommand::Setup(command) => self.handle_setup(command),
            LiveCommand::Share(command) => self.handle_share(command),
            other => self.handle_deliveries(other),
        }
    }

    fn handle_secret(&mut self, command: &LiveCommand) -> Vec<Request> {
        if *command == LiveCommand::CopySecret {
            let Some(shown) = &mut self.live.secret else { return Vec::new() };
            shown.is_copied = true;
            return vec![Request::CopyText(shown.secret.expose().to_owned())];
        }
        self.live.secret = None;
        self.close_dialog(Dialog::WebhookSecret);
        Vec::new()
    }

    fn handle_partner(&mut self, command: LiveCommand) -> Vec<Request> {
        let partner = |at: usize| self.live.partners.get(at);
        match command {
            LiveCommand::AskForPartner => self.dialog = Some(Dialog::Partner),
            LiveCommand::KeepPartner { partner_id, secret } => {
                let (partner_id, secret) = (partner_id.trim().to_owned(), secret.0.trim());
                if !partner_id.is_empty() && !secret.is_empty() {
                    let secret = WebhookSecret::new(secret);
                    self.close_dialog(Dialog::Partner);
                    return ask(LiveRequest::KeepPartner { partner_id, secret });
                }
            }
            LiveCommand::CopyPartnerAddress(at) => {
                return partner(at).map(|one| Request::CopyText(one.address.0.clone())).into_iter().collect();
            }
            LiveCommand::RemovePartner(at) => {
                let id = partner(at).map(|one| one.partner_id.clone());
                return id.map(|id| Request::Live(LiveRequest::RemovePartner(id))).into_iter().collect();
            }
            _ => {}
        }
        Vec::new()
    }

    pub(super) fn close_dialog(&mut self, dialog: Dialog) {
        if self.dialog == Some(dialog) {
            self.dialog = None;
        }
    }

    /// An eleventh is stopped here, with the reason, before NxVET is asked.
    fn open_form(&mut self, replaces: Option<WebhookId>) -> Vec<Request> {
        // The new one is made before the old one goes, so a change needs room too.
        if self.live.is_full() {
            self.tell_full();
            return Vec::new();
        }
        let mut form = WebhookForm::new();
        if let Some(card) = replaces.as_ref().and_then(|id| self.live.card(id)) {
            form.address.clone_from(&card.webhook.address);
            form.description.clone_from(&card.webhook.description);
            if let Some(types) = &card.webhook.event_types {
                form.types = types.iter().cloned().collect();
            }
        }
        form.replaces = replaces;
        self.live.form = Some(form);
        self.dialog = Some(Dialog::Webhook);
        Vec::new()
    }

    fn tell_full(&mut self) {
        let problem = Problem::new(&Fault::Live(LiveFault::TooManyWebhooks), "LIVE-FULL");
        self.notices.report(&problem, self.now);
    }

    fn edit_form(&mut self, edit: FormEdit) -> Vec<Request> {
        let Some(form) = &mut self.live.form else { return Vec::new() };
        if form.is_sending && edit != FormEdit::Close {
            return Vec::new();
        }
        form.problem = None;
        match edit {
            FormEdit::Address(address) => form.address = address,
            FormEdit::Description(description) => form.description = description,
            FormEdit::Type(event_type, true) => drop(form.types.insert(event_type)),
            FormEdit::Type(event_type, false) => drop(form.types.remove(&event_type)),
            FormEdit::Close => {
                // One that is being made goes on; its secret shows when it comes.
                self.live.form = None;
                self.close_dialog(Dialog::Webhook);
            }
        }
        Vec::new()
    }

    fn create_webhook(&mut self) -> Vec<Request> {
        let (is_full, is_local) = (self.live.is_full(), self.live.receiver.is_local);
        let Some(form) = self.live.form.as_mut().filter(|form| form.may_send()) else { return Vec::new() };
        let fault = match check_address(&form.address, is_local) {
            Ok(_) if is_full => LiveFault::TooManyWebhooks,
            Ok(address) => {
                form.is_sending = true;
                form.problem = None;
                return ask(LiveRequest::Create(form.wish(address)));
            }
            Err(fault) => LiveFault::Address(fault.to_string()),
        };
        form.problem = Some(Problem::new(&Fault::Live(fault), "LIVE-FORM"));
        Vec::new()
    }

    /// One thing at a time is done to a webhook.
    fn work_on(&mut self, webhook: &WebhookId, work: WebhookWork, request: LiveRequest) -> Vec<Request> {
        let Some(card) = self.live.card_mut(webhook).filter(|card| card.work.is_none()) else { return Vec::new() };
        card.work = Some(work);
        card.problem = None;
        ask(request)
    }

    fn send_any_test(&mut self) -> Vec<Request> {
        let is_on = |standing| standing != Standing::Stopped;
        let cards = || self.live.webhooks.iter().filter(|card| is_on(card.standing()));
        let chosen = cards().find(|card| card.is_ours).or_else(|| cards().next());
        match chosen.map(|card| card.webhook.id.clone()) {
            Some(id) => self.work_on(&id, WebhookWork::Testing, LiveRequest::Test(id.clone())),
            None => Vec::new(),
        }
    }

    /// What came after the last good delivery may have been missed.
    pub(super) fn turn_on(&mut self, webhook: &WebhookId) -> Vec<Request> {
        let since = last_good(self.live.deliveries.all());
        self.work_on(webhook, WebhookWork::TurningOn, LiveRequest::Enable { webhook: webhook.clone(), since })
    }

    fn delete_webhook(&mut self) -> Vec<Request> {
        self.close_dialog(Dialog::DeleteWebhook);
        match self.live.deleting.take() {
            Some(id) => self.work_on(&id, WebhookWork::Deleting, LiveRequest::Delete(id.clone())),
            None => Vec::new(),
        }
    }

    fn handle_deliveries(&mut self, command: LiveCommand) -> Vec<Request> {
        let deliveries = &mut self.live.deliveries;
        let filter = deliveries.filter.clone();
        match command {
            LiveCommand::FilterOutcome(outcome) => deliveries.set_filter(DeliveryFilter { outcome, ..filter }),
            LiveCommand::FilterType(event_type) => deliveries.set_filter(DeliveryFilter { event_type, ..filter }),
            LiveCommand::ClearFilters => deliveries.set_filter(DeliveryFilter::default()),
            LiveCommand::Select(at) => deliveries.selected = (at < deliveries.shown().len()).then_some(at),
            LiveCommand::Move(rows) => deliveries.move_selection(rows),
            LiveCommand::ShowDelivery(at) => return self.show_delivery(at),
            LiveCommand::Recheck => return self.recheck(),
            LiveCommand::CopyCurl => return self.copy_curl(),
            _ => {}
        }
        Vec::new()
    }

    fn show_delivery(&mut self, at: usize) -> Vec<Request> {
        let deliveries = &mut self.live.deliveries;
        let Some(row) = deliveries.shown().get(at).cloned() else { return Vec::new() };
        deliveries.selected = Some(at);
        let why = row.delivery.recorded.filter(|_| row.outcome() == Outcome::Refused);
        self.live.open = Some(OpenDelivery { row, diagnosis: Loadable::NotAsked, is_gone: false });
        self.dialog = Some(Dialog::Delivery);
        if why.is_some() { self.recheck() } else { Vec::new() }
    }

    fn recheck(&mut self) -> Vec<Request> {
        let Some(open) = &mut self.live.open else { return Vec::new() };
        let Some(recorded) = open.row.delivery.recorded else { return Vec::new() };
        open.diagnosis.ask(recorded);
        ask(LiveRequest::Diagnose(recorded))
    }

    fn copy_curl(&mut self) -> Vec<Request> {
        let Some(open) = &self.live.open else { return Vec::new() };
        let (row, webhook) = (open.row.clone(), open.row.webhook.clone());
        ask(LiveRequest::Curl { row, webhook })
    }
}
