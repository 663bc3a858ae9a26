//! What the Live screen says above everything else: a webhook that NxVET stopped calling, one that keeps failing,
//! deliveries that were refused, a receiver that does not run although it should.
//! Worked out from the state; nothing is remembered here.

use super::receiver::ReceiverStatus;
use super::{LiveState, Standing, WebhookCard};
use crate::domain::live::WebhookId;
use crate::state::problem::{Fault, LiveFault, Problem};
use chrono::{DateTime, TimeDelta, Utc};

/// Refusals are told for so long.
const REFUSALS_FOR: TimeDelta = TimeDelta::hours(1);

#[derive(Clone, Debug, PartialEq)]
pub struct Banner {
    pub problem: Problem,
    pub offer: Option<BannerOffer>,
}

/// The one step a banner offers as a button.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BannerOffer {
    TurnOn(WebhookId),
    SendTest(WebhookId),
    /// Show what was refused.
    ShowRefused,
    /// Go where the receiver's port is set.
    ShowSettings,
}

impl BannerOffer {
    pub fn words(&self) -> &'static str {
        match self {
            Self::TurnOn(_) => "Turn on again",
            Self::SendTest(_) => "Send test",
            Self::ShowRefused => "Show what was refused",
            Self::ShowSettings => "Open settings",
        }
    }
}

impl LiveState {
    /// The most urgent first.
    pub fn banners(&self, now: DateTime<Utc>) -> Vec<Banner> {
        let mut banners = Vec::new();
        if let ReceiverStatus::Failed(problem) = &self.receiver.status {
            banners.push(Banner { problem: problem.clone(), offer: Some(BannerOffer::ShowSettings) });
        }
        banners.extend(self.webhooks.iter().filter_map(|card| self.trouble_of(card)));
        banners.extend(self.refusals_banner(now));
        banners
    }

    /// An address that NxVET stopped calling, or calls in vain.
    pub fn trouble_of(&self, card: &WebhookCard) -> Option<Banner> {
        let id = &card.webhook.id;
        let failures = card.webhook.consecutive_failures;
        let last = self.deliveries.last_of(id).filter(|row| !row.delivery.is_success).and_then(|row| row.delivery.code);
        match card.standing() {
            Standing::Stopped => {
                let offer = BannerOffer::TurnOn(id.clone());
                Some(banner(LiveFault::Stopped { failures, last }, "LIVE-STOPPED", Some(offer)))
            }
            Standing::Failing => {
                let offer = BannerOffer::SendTest(id.clone());
                Some(banner(LiveFault::Failing { failures, last }, "LIVE-FAILING", Some(offer)))
            }
            Standing::Working | Standing::Untried => None,
        }
    }

    fn refusals_banner(&self, now: DateTime<Utc>) -> Option<Banner> {
        let recent = self.refusals.iter().filter(|at| now - **at < REFUSALS_FOR).count();
        (recent > 0).then(|| banner(LiveFault::Refused(recent), "LIVE-REFUSED", Some(BannerOffer::ShowRefused)))
    }
}

fn banner(fault: LiveFault, code: &str, offer: Option<BannerOffer>) -> Banner {
    Banner { problem: Problem::new(&Fault::Live(fault), code), offer }
}
