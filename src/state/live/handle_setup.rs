//! What becomes of wishes in the wizard, and what its check of the line needs next.

use super::command::SetupCommand;
use super::form::check_base;
use super::handle::ask;
use super::request::{LiveRequest, NewWebhook, PublicAddress};
use super::setup::{Next, Setup, SetupStep};
use crate::state::problem::{Fault, LiveFault, Problem};
use crate::state::request::Request;
use crate::state::{Dialog, State};

impl State {
    pub(super) fn handle_setup(&mut self, command: SetupCommand) -> Vec<Request> {
        if command == SetupCommand::Begin {
            return self.begin_setup();
        }
        let port = self.settings.receiver_port;
        let Some(setup) = &mut self.live.setup else { return Vec::new() };
        match command {
            SetupCommand::Way(way) => setup.way = Some(way),
            SetupCommand::Address(address) => (setup.address, setup.problem) = (address, None),
            SetupCommand::Next => return self.next_step(),
            SetupCommand::Back => {
                setup.check.stop();
                setup.go(setup.position().saturating_sub(1));
            }
            SetupCommand::Go(step) => {
                let position = setup.steps().iter().position(|other| *other == step);
                if let Some(position) = position.filter(|position| *position <= setup.reached) {
                    setup.check.stop();
                    setup.go(position);
                }
            }
            SetupCommand::TryAgain => return self.begin_check(),
            SetupCommand::Copy(index) => {
                let base = check_base(&setup.address, true).ok();
                let instructions = setup.way.map(|way| way.instructions(port, base.as_deref())).unwrap_or_default();
                let text = instructions.into_iter().nth(index).and_then(|instruction| instruction.text);
                return text.map(Request::CopyText).into_iter().collect();
            }
            SetupCommand::Begin => {}
            SetupCommand::Close => {
                self.live.setup = None;
                self.live.makes_for_setup = false;
                self.close_dialog(Dialog::LiveSetup);
            }
        }
        Vec::new()
    }

    fn begin_setup(&mut self) -> Vec<Request> {
        let address = self.settings.public_address.clone();
        self.live.setup = Some(Setup { address, ..Setup::default() });
        self.dialog = Some(Dialog::LiveSetup);
        if self.live.is_loaded { Vec::new() } else { self.refresh_live() }
    }

    fn next_step(&mut self) -> Vec<Request> {
        let is_local = self.live.receiver.is_local;
        let Some(setup) = self.live.setup.as_mut().filter(|setup| setup.may_go_on()) else { return Vec::new() };
        let before = self.settings.clone();
        match setup.step {
            // Whoever goes on wants it; the receiver has all the other steps to get going.
            SetupStep::Why => self.settings.receives = true,
            SetupStep::Address => match check_base(&setup.address, is_local) {
                Ok(base) => {
                    setup.problem = None;
                    setup.address.clone_from(&base);
                    self.settings.public_address = base;
                }
                Err(fault) => {
                    let fault = LiveFault::Address(fault.to_string());
                    setup.problem = Some(Problem::new(&Fault::Live(fault), "LIVE-ADDRESS"));
                    return Vec::new();
                }
            },
            _ => {}
        }
        setup.go(setup.position() + 1);
        let is_check = setup.step == SetupStep::Check;
        let mut requests = self.settings_requests(&before);
        if is_check {
            requests.extend(self.begin_check());
        }
        requests
    }

    fn begin_check(&mut self) -> Vec<Request> {
        self.live.makes_for_setup = false;
        let Some(setup) = self.live.setup.as_mut().filter(|setup| setup.step == SetupStep::Check) else {
            return Vec::new();
        };
        if setup.check.is_running() { Vec::new() } else { ask(setup.check.begin()) }
    }

    /// What the check needs next, as requests.
    pub(super) fn follow_check(&mut self, next: Next) -> Vec<Request> {
        match next {
            Next::Wait => Vec::new(),
            Next::Ask(request) => ask(request),
            Next::MakeWebhook => self.webhook_for_check(),
        }
    }

    /// One that leads to this address and whose secret is here is used; a stopped one is turned on; else one is made.
    fn webhook_for_check(&mut self) -> Vec<Request> {
        let Some(setup) = &mut self.live.setup else { return Vec::new() };
        let base = format!("{}/", setup.address);
        let fits = |card: &&super::WebhookCard| card.is_ours && card.webhook.address.starts_with(&base);
        if let Some(card) = self.live.webhooks.iter().find(fits) {
            let id = card.webhook.id.clone();
            if card.webhook.is_active {
                return ask(setup.check.webhook_is_ready(id));
            }
            return self.turn_on(&id);
        }
        if self.live.webhooks.len() >= super::MOST_WEBHOOKS {
            setup.check.give_up(Problem::new(&Fault::Live(LiveFault::TooManyWebhooks), "LIVE-FULL"));
            return Vec::new();
        }
        self.live.makes_for_setup = true;
        ask(LiveRequest::Create(NewWebhook {
            address: PublicAddress(setup.address.clone()),
            description: String::new(),
            event_types: None,
            replaces: None,
        }))
    }

    /// Time went by.
    pub(in crate::state) fn live_goes_on(&mut self) -> Vec<Request> {
        let now = self.now;
        let Some(setup) = &mut self.live.setup else { return Vec::new() };
        let next = setup.check.pass(now);
        self.follow_check(next)
    }
}
