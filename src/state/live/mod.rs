//! Live updates: the receiver, the webhooks that call it, what was delivered, and the wizard that sets it all up.
//! What rooms and appointments make of the events is in `board`; polling goes on whatever happens here.
//!
//! The desk is not live while it is locked or closed: nothing of the clinic is open then. What was missed is read as
//! soon as it is opened again, and said.

mod apply;
mod banner;
mod command;
mod deliveries;
mod form;
mod handle;
mod handle_setup;
mod news;
mod provisional;
mod receiver;
mod request;
mod setup;
mod share;
mod ways;

pub use banner::{Banner, BannerOffer};
pub use command::{FormEdit, LiveCommand, SetupCommand};
pub use deliveries::{Deliveries, DeliveryFilter, DeliveryRow, Outcome};
pub use form::{AddressFault, MOST_WEBHOOKS, WebhookForm, check_address, check_base, shown_address};
pub use news::{Diagnosis, LiveNews, VendorAttempt, WebhookWork};
pub use provisional::{Provisional, fitting};
pub use receiver::{ReceiverState, ReceiverStatus};
pub use request::{LiveRequest, NewWebhook, PublicAddress};
pub use setup::{Check, Hop, HopFinding, HopState, PATIENCE, Phase, Setup, SetupStep, Way, is_gateway};
pub use share::{KeptPairing, ShareCommand, ShareNews, ShareRequest, ShareState, ShareStatus};
pub use ways::Instruction;

use crate::domain::live::{Webhook, WebhookId, WebhookSecret};
use crate::state::Dialog;
use crate::state::loadable::Loadable;
use crate::state::problem::Problem;
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Failures in a row after which a webhook is said to fail.
const FAILING: u32 = 3;

/// Everything the Live screen draws from.
#[derive(Debug, Default)]
pub struct LiveState {
    pub receiver: ReceiverState,
    /// As NxVET tells them.
    pub webhooks: Vec<WebhookCard>,
    /// They were told at least once.
    pub is_loaded: bool,
    pub is_loading: bool,
    /// How often they were asked for: an answer to an earlier question does not end the waiting for a later one.
    pub(super) looks: u64,
    /// NxVET could not be asked for them; what shows stays.
    pub problem: Option<Problem>,
    pub deliveries: Deliveries,
    /// The delivery whose details are open.
    pub open: Option<OpenDelivery>,
    pub form: Option<WebhookForm>,
    pub secret: Option<ShownSecret>,
    /// Which webhook was asked about.
    pub deleting: Option<WebhookId>,
    pub setup: Option<Setup>,
    /// Addresses that NxVET calls for a partner.
    pub partners: Vec<PartnerAddress>,
    /// Texts of partner events that nothing has confirmed yet.
    pub provisional: Arc<Vec<Provisional>>,
    /// Several computers on one receiver.
    pub share: ShareState,
    /// When requests were refused, oldest first.
    refusals: Vec<DateTime<Utc>>,
    /// A webhook is being made for the wizard's check.
    makes_for_setup: bool,
}

/// One webhook as its card shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct WebhookCard {
    pub webhook: Webhook,
    /// Its secret is kept here, so that this desk can receive for it.
    pub is_ours: bool,
    /// What is being done to it.
    pub work: Option<WebhookWork>,
    /// What went wrong with the last thing that was done to it.
    pub problem: Option<Problem>,
    /// Failures in a row when NxVET was asked before.
    failures_before: u32,
    has_delivered: bool,
}

/// How a webhook stands, by a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Working,
    /// Nothing was delivered yet.
    Untried,
    /// NxVET still calls it, in vain.
    Failing,
    /// NxVET calls it no longer.
    Stopped,
}

impl Standing {
    pub fn words(self) -> &'static str {
        match self {
            Self::Working => "Working",
            Self::Untried => "Not tried yet",
            Self::Failing => "Failing",
            Self::Stopped => "Stopped",
        }
    }
}

impl WebhookCard {
    pub fn standing(&self) -> Standing {
        let failures = self.webhook.consecutive_failures;
        let grows = failures > self.failures_before && self.failures_before > 0;
        match (self.webhook.is_active, failures >= FAILING || grows) {
            (false, _) => Standing::Stopped,
            (true, true) => Standing::Failing,
            (true, false) if self.has_delivered => Standing::Working,
            (true, false) => Standing::Untried,
        }
    }
}

/// A delivery whose details are open.
#[derive(Clone, Debug)]
pub struct OpenDelivery {
    pub row: Arc<DeliveryRow>,
    /// Why it was refused, where the request is still recorded.
    pub diagnosis: Loadable<u64, Arc<Diagnosis>>,
    /// The recorded request is gone meanwhile.
    pub is_gone: bool,
}

/// A secret that is shown once.
#[derive(Clone, Debug)]
pub struct ShownSecret {
    pub address: String,
    pub secret: WebhookSecret,
    /// It takes the place of an older webhook, whose secret holds no longer.
    pub is_replacement: bool,
    pub is_copied: bool,
}

/// An address for the events of an NxVET partner, which NxVET sets up by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerAddress {
    pub partner_id: String,
    /// What NxVET is to be told; only the path while no public name is known.
    pub address: PublicAddress,
}

/// How new consultations come, as the status bar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    Live,
    Polling,
    Offline,
}

impl Line {
    pub fn words(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Polling => "Polling",
            Self::Offline => "Offline",
        }
    }
}

impl LiveState {
    /// Events come by themselves: the receiver runs, a webhook of it is on, and the last word of the line was good; or
    /// another computer that receives hands them on.
    pub fn is_live(&self) -> bool {
        (self.is_set_up() && self.receiver.is_line_good) || self.share.is_live()
    }

    /// The receiver runs and NxVET is to call it, whether or not the last delivery was good.
    pub fn is_set_up(&self) -> bool {
        self.receiver.is_running() && self.webhooks.iter().any(|card| card.is_ours && card.webhook.is_active)
    }

    pub fn card(&self, id: &WebhookId) -> Option<&WebhookCard> {
        self.webhooks.iter().find(|card| card.webhook.id == *id)
    }

    fn card_mut(&mut self, id: &WebhookId) -> Option<&mut WebhookCard> {
        self.webhooks.iter_mut().find(|card| card.webhook.id == *id)
    }

    /// NxVET takes no more webhooks from this clinic.
    pub fn is_full(&self) -> bool {
        self.webhooks.len() >= MOST_WEBHOOKS
    }

    /// Nothing of a clinic stays; the receiver says by itself when it ends.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// What a dialog held goes with it, whichever way it was closed.
    pub(super) fn dialog_closes(&mut self, dialog: Option<Dialog>) {
        match dialog {
            Some(Dialog::Webhook) => self.form = None,
            Some(Dialog::WebhookSecret) => self.secret = None,
            Some(Dialog::DeleteWebhook) => self.deleting = None,
            Some(Dialog::Delivery) => self.open = None,
            Some(Dialog::Share) => self.share.dialog_closes(),
            Some(Dialog::LiveSetup) => (self.setup, self.makes_for_setup) = (None, false),
            _ => {}
        }
    }

    /// When time alone changes what shows.
    pub(super) fn counts_down(&self, now: DateTime<Utc>) -> bool {
        self.setup.as_ref().is_some_and(|setup| setup.check.seconds_left(now).is_some())
    }
}

impl super::State {
    pub fn line(&self) -> Line {
        if self.connection.is_offline() {
            Line::Offline
        } else if self.live.is_live() {
            Line::Live
        } else {
            Line::Polling
        }
    }
}

#[cfg(test)]
mod tests;
