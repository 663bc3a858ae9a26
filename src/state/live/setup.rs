//! The wizard that sets live updates up: one question a step, and at the end a check of the line hop by hop.
//! Pure: it says what to look at next and judges what was found; looking is the background's work.
//!
//! A look at the public address from inside the clinic can fail although NxVET gets through: many routers do not let
//! their own address be reached from behind them. So such a finding only casts doubt, and NxVET's own test decides.

use super::news::VendorAttempt;
use super::request::{LiveRequest, PublicAddress};
use crate::domain::live::WebhookId;
use crate::state::problem::{Fault, HopFault, LiveFault, Problem};
use chrono::{DateTime, TimeDelta, Utc};

/// So long NxVET's test may take; then the hop is named that failed.
pub const PATIENCE: TimeDelta = TimeDelta::seconds(15);
/// When NxVET is asked what became of its test, so that the answer is here in time.
const ASK_VENDOR_AFTER: TimeDelta = TimeDelta::seconds(9);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SetupStep {
    /// Why a public address is needed.
    #[default]
    Why,
    /// Which way leads to this computer.
    Way,
    /// The public name.
    Address,
    /// What to type where.
    Instructions,
    /// NxVET tests the line.
    Check,
}

/// What stands in front of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Way {
    /// Cloudflare's tunnel program.
    Cloudflared,
    /// Tailscale's Funnel.
    Tailscale,
    /// The web server Caddy, which gets certificates by itself.
    Caddy,
    /// The web server nginx.
    Nginx,
    /// A tunnel to a server of the clinic.
    Ssh,
    /// Somebody has set it up already.
    Existing,
}

impl Way {
    pub const ALL: [Self; 6] =
        [Self::Cloudflared, Self::Tailscale, Self::Caddy, Self::Nginx, Self::Ssh, Self::Existing];

    /// A tunnel tells its address only when it runs; a web server has to be told its own.
    pub fn tells_its_address(self) -> bool {
        matches!(self, Self::Cloudflared | Self::Tailscale)
    }

    /// The steps in the order in which this way asks them.
    pub fn steps(self) -> [SetupStep; 5] {
        use SetupStep::{Address, Check, Instructions, Way, Why};
        if self.tells_its_address() {
            [Why, Way, Instructions, Address, Check]
        } else {
            [Why, Way, Address, Instructions, Check]
        }
    }
}

/// The stretches of the line, as a person would follow it from the inside out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hop {
    Listener,
    Tunnel,
    Address,
    Signature,
}

impl Hop {
    pub const ALL: [Self; 4] = [Self::Listener, Self::Tunnel, Self::Address, Self::Signature];

    pub fn words(self) -> &'static str {
        match self {
            Self::Listener => "This computer listens",
            Self::Tunnel => "The tunnel or web server leads here",
            Self::Address => "The public address can be reached",
            Self::Signature => "NxVET's test arrives and its signature is right",
        }
    }
}

/// What a look at one hop found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HopFinding {
    Good,
    /// It may be this computer's own view alone.
    Doubtful(Problem),
    Failed(Problem),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum HopState {
    #[default]
    Waiting,
    Checking,
    Good,
    Doubtful(Problem),
    Failed(Problem),
}

/// How far the check has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    #[default]
    NotBegun,
    Probing,
    /// The webhook is being made or turned on.
    Making,
    /// NxVET was asked to send its test.
    Asking(WebhookId),
    /// Its test is on the way.
    Awaiting {
        webhook: WebhookId,
        since: DateTime<Utc>,
        has_asked: bool,
    },
    Good,
    /// A hop says why, or else `Check::problem`.
    Failed,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Answers to an older check are dropped.
    pub run: u64,
    pub phase: Phase,
    hops: [HopState; 4],
    /// What went wrong beside the line, such as NxVET being out of reach.
    pub problem: Option<Problem>,
    vendor: Option<VendorAttempt>,
}

impl Check {
    pub fn hop(&self, hop: Hop) -> &HopState {
        let [listener, tunnel, address, signature] = &self.hops;
        match hop {
            Hop::Listener => listener,
            Hop::Tunnel => tunnel,
            Hop::Address => address,
            Hop::Signature => signature,
        }
    }

    pub fn is_running(&self) -> bool {
        !matches!(self.phase, Phase::NotBegun | Phase::Good | Phase::Failed)
    }

    /// Whole seconds until the hop is named that failed.
    pub fn seconds_left(&self, now: DateTime<Utc>) -> Option<i64> {
        let Phase::Awaiting { since, .. } = &self.phase else { return None };
        let left = (*since + PATIENCE - now).num_milliseconds();
        (left > 0).then(|| (left + 999) / 1000)
    }

    pub(super) fn begin(&mut self) -> LiveRequest {
        *self = Self { run: self.run + 1, phase: Phase::Probing, ..Self::default() };
        self.set(Hop::Listener, HopState::Checking);
        LiveRequest::ProbeListener { run: self.run }
    }

    /// Ends the check; a webhook that was made stays.
    pub(super) fn stop(&mut self) {
        *self = Self { run: self.run + 1, ..Self::default() };
    }

    /// Takes in what a look found; the address is asked for where it leads on to.
    pub(super) fn found(&mut self, hop: Hop, finding: HopFinding, address: &str) -> Next {
        if self.phase != Phase::Probing {
            return Next::Wait;
        }
        let has_failed = matches!(finding, HopFinding::Failed(_));
        self.set(
            hop,
            match finding {
                HopFinding::Good => HopState::Good,
                HopFinding::Doubtful(problem) => HopState::Doubtful(problem),
                HopFinding::Failed(problem) => HopState::Failed(problem),
            },
        );
        if has_failed {
            // What is still being looked at says nothing any more.
            for other in Hop::ALL {
                if *self.hop(other) == HopState::Checking {
                    self.set(other, HopState::Waiting);
                }
            }
            self.phase = Phase::Failed;
            return Next::Wait;
        }
        if hop == Hop::Listener {
            self.set(Hop::Tunnel, HopState::Checking);
            self.set(Hop::Address, HopState::Checking);
            let address = PublicAddress(address.to_owned());
            return Next::Ask(LiveRequest::ProbeAddress { run: self.run, address });
        }
        let is_probed = [Hop::Tunnel, Hop::Address].iter().all(|hop| *self.hop(*hop) != HopState::Checking);
        if !is_probed {
            return Next::Wait;
        }
        self.phase = Phase::Making;
        self.set(Hop::Signature, HopState::Checking);
        Next::MakeWebhook
    }

    pub(super) fn webhook_is_ready(&mut self, webhook: WebhookId) -> LiveRequest {
        self.phase = Phase::Asking(webhook.clone());
        LiveRequest::Test(webhook)
    }

    pub(super) fn test_was_asked_for(&mut self, now: DateTime<Utc>) {
        if let Phase::Asking(webhook) = &self.phase {
            self.phase = Phase::Awaiting { webhook: webhook.clone(), since: now, has_asked: false };
        }
    }

    /// Whose test is asked for or on the way.
    pub(super) fn tested(&self) -> Option<&WebhookId> {
        match &self.phase {
            Phase::Asking(webhook) | Phase::Awaiting { webhook, .. } => Some(webhook),
            _ => None,
        }
    }

    /// It may arrive before NxVET has answered that it was sent.
    pub(super) fn test_arrived(&mut self) {
        if matches!(self.phase, Phase::Asking(_) | Phase::Awaiting { .. }) {
            for hop in Hop::ALL {
                self.set(hop, HopState::Good);
            }
            self.phase = Phase::Good;
        }
    }

    /// It came through, so the way is right and the signature is not.
    pub(super) fn test_was_refused(&mut self, why: String) {
        if matches!(self.phase, Phase::Asking(_) | Phase::Awaiting { .. }) {
            for hop in [Hop::Listener, Hop::Tunnel, Hop::Address] {
                self.set(hop, HopState::Good);
            }
            self.fail(Hop::Signature, HopFault::Refused(why));
        }
    }

    /// Something beside the line ended the check.
    pub(super) fn give_up(&mut self, problem: Problem) {
        if *self.hop(Hop::Signature) == HopState::Checking {
            self.set(Hop::Signature, HopState::Waiting);
        }
        self.problem = Some(problem);
        self.phase = Phase::Failed;
    }

    pub(super) fn vendor_said(&mut self, attempt: Option<VendorAttempt>) {
        self.vendor = attempt.or(self.vendor.take());
    }

    /// Time went by while the test is awaited.
    pub(super) fn pass(&mut self, now: DateTime<Utc>) -> Next {
        let run = self.run;
        let Phase::Awaiting { webhook, since, has_asked } = &mut self.phase else { return Next::Wait };
        let waited = now - *since;
        if waited >= ASK_VENDOR_AFTER && !*has_asked {
            *has_asked = true;
            return Next::Ask(LiveRequest::AskVendor { run, webhook: webhook.clone() });
        }
        if waited >= PATIENCE {
            let (hop, fault) = self.verdict();
            self.fail(hop, fault);
        }
        Next::Wait
    }

    /// Nothing arrived: the hop that must be to blame, by what NxVET and our own looks say.
    fn verdict(&self) -> (Hop, HopFault) {
        match &self.vendor {
            Some(VendorAttempt { is_success: true, .. }) => (Hop::Address, HopFault::TakenElsewhere),
            Some(VendorAttempt { code: Some(code), .. }) if is_gateway(*code) => {
                (Hop::Tunnel, HopFault::Gateway(*code))
            }
            Some(VendorAttempt { code: Some(code), .. }) => (Hop::Address, HopFault::AnsweredElsewhere(*code)),
            Some(VendorAttempt { code: None, .. }) => (Hop::Address, HopFault::VendorCannotConnect),
            None => {
                self.doubtful().map_or((Hop::Tunnel, HopFault::NothingArrived), |hop| (hop, HopFault::NothingArrived))
            }
        }
    }

    fn doubtful(&self) -> Option<Hop> {
        Hop::ALL.into_iter().find(|hop| matches!(self.hop(*hop), HopState::Doubtful(_)))
    }

    fn fail(&mut self, hop: Hop, fault: HopFault) {
        if hop != Hop::Signature && *self.hop(Hop::Signature) == HopState::Checking {
            self.set(Hop::Signature, HopState::Waiting);
        }
        let problem = Problem::new(&Fault::Live(LiveFault::Hop(fault)), "LIVE-HOP");
        self.set(hop, HopState::Failed(problem));
        self.phase = Phase::Failed;
    }

    fn set(&mut self, hop: Hop, state: HopState) {
        let [listener, tunnel, address, signature] = &mut self.hops;
        let slot = match hop {
            Hop::Listener => listener,
            Hop::Tunnel => tunnel,
            Hop::Address => address,
            Hop::Signature => signature,
        };
        *slot = state;
    }
}

/// What the check needs next.
#[derive(Debug, PartialEq)]
pub(super) enum Next {
    Wait,
    Ask(LiveRequest),
    /// A webhook for the address, with its secret here, that is turned on.
    MakeWebhook,
}

/// What a web server or a tunnel's far end answers when it cannot reach what lies behind it.
pub fn is_gateway(code: u16) -> bool {
    matches!(code, 502..=504 | 520..=530)
}

/// The wizard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    pub step: SetupStep,
    /// The furthest step that was reached; those before it can be gone back to.
    pub reached: usize,
    pub way: Option<Way>,
    /// As typed.
    pub address: String,
    /// What is wrong with it.
    pub problem: Option<Problem>,
    pub check: Check,
}

impl Setup {
    pub fn steps(&self) -> [SetupStep; 5] {
        self.way.unwrap_or(Way::Caddy).steps()
    }

    /// Counted from 0.
    pub fn position(&self) -> usize {
        self.steps().iter().position(|step| *step == self.step).unwrap_or(0)
    }

    /// Whether the question of this step is answered.
    pub fn may_go_on(&self) -> bool {
        match self.step {
            SetupStep::Why | SetupStep::Instructions => true,
            SetupStep::Way => self.way.is_some(),
            SetupStep::Address => !self.address.trim().is_empty(),
            SetupStep::Check => false,
        }
    }

    pub(super) fn go(&mut self, position: usize) {
        if let Some(step) = self.steps().get(position) {
            self.step = *step;
            self.reached = self.reached.max(position);
        }
    }
}

#[cfg(test)]
#[path = "setup_tests.rs"]
mod tests;
