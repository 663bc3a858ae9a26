//! Work of live updates for the outside world, as plain data.

use super::deliveries::DeliveryRow;
use crate::domain::live::{EventType, WebhookId, WebhookSecret};
use chrono::{DateTime, Utc};
use std::fmt;
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub enum LiveRequest {
    /// Answered by `LiveNews::Webhooks` or `NotLoaded` with this number or a later one, `Vendor` for each webhook, and
    /// `Own`.
    Load {
        look: u64,
    },
    /// Answered by `LiveNews::Created` or `NotCreated`.
    Create(NewWebhook),
    /// Answered by `LiveNews::Done`.
    Test(WebhookId),
    /// Turn it on again and read what was missed since then. Answered by `LiveNews::Done`; `CaughtUp` follows.
    Enable {
        webhook: WebhookId,
        since: Option<DateTime<Utc>>,
    },
    /// Answered by `LiveNews::Done`.
    Delete(WebhookId),
    /// Answered by `LiveNews::Partners`.
    KeepPartner {
        partner_id: String,
        secret: WebhookSecret,
    },
    RemovePartner(String),
    /// Judge a recorded request again. Answered by `LiveNews::Diagnosed`.
    Diagnose(u64),
    /// Answered by `LiveNews::Copy`.
    Curl {
        row: Arc<DeliveryRow>,
        webhook: Option<WebhookId>,
    },
    /// Does the receiver answer on this computer? Answered by `LiveNews::Probed`.
    ProbeListener {
        run: u64,
    },
    /// Does the public address lead to the receiver? Answered by `LiveNews::Probed`, twice: address and tunnel.
    ProbeAddress {
        run: u64,
        address: PublicAddress,
    },
    /// What NxVET says about its last try. Answered by `LiveNews::VendorSaid`.
    AskVendor {
        run: u64,
        webhook: WebhookId,
    },
    /// Several computers on one receiver.
    Share(super::ShareRequest),
}

/// A webhook to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewWebhook {
    /// Whole, or the public name alone: then the path of a new receiving address is added.
    pub address: PublicAddress,
    pub description: String,
    /// `None` is every type, those of the future included.
    pub event_types: Option<Vec<EventType>>,
    /// The one that is deleted once this one works.
    pub replaces: Option<WebhookId>,
}

/// A public address with the receiver's secret path in it: it is shown and sent, but never printed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PublicAddress(pub String);

impl fmt::Debug for PublicAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicAddress([redacted])")
    }
}
