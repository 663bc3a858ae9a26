//! What happened to live updates outside.

use super::receiver::ReceiverStatus;
use super::setup::{Hop, HopFinding};
use crate::domain::live::{Delivery, LiveEvent, Scheme, Webhook, WebhookId, WebhookSecret};
use crate::state::problem::Problem;
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum LiveNews {
    /// How the receiver stands. `is_local`: NxVET itself is on this computer, as with sample data.
    Receiver {
        status: ReceiverStatus,
        is_local: bool,
    },
    /// Which webhooks there are. `ours` are those whose secret is kept here; `look` is the newest `LiveRequest::Load`
    /// that this answers, as the desk also looks by itself.
    Webhooks {
        all: Vec<Webhook>,
        ours: Vec<WebhookId>,
        look: u64,
    },
    /// NxVET could not be asked; what shows stays.
    NotLoaded {
        problem: Problem,
        look: u64,
    },
    /// What NxVET tried to deliver to one webhook, as it tells; its last fifty at most.
    Vendor {
        webhook: WebhookId,
        deliveries: Vec<Delivery>,
    },
    /// The history that is kept here, newest first: what reached the receiver, and what NxVET told of earlier.
    Own(Vec<Delivery>),
    /// The newest of it, newest first, where it changed.
    Received(Vec<Delivery>),
    /// Events that are kept and take effect now. The board hears of them too.
    Happened(Arc<Vec<LiveEvent>>),
    /// A request was refused; the likeliest reason in words.
    Refused {
        scheme: Scheme,
        at: DateTime<Utc>,
        why: String,
    },
    /// The webhook was made; its secret is kept here, and shown once.
    Created {
        webhook: Webhook,
        secret: WebhookSecret,
    },
    NotCreated(Problem),
    /// A change of one webhook ended.
    Done {
        webhook: WebhookId,
        work: WebhookWork,
        problem: Option<Problem>,
    },
    /// A webhook whose making was cut short by the end of the program was deleted again.
    OrphanRemoved,
    /// What was missed while nothing could be delivered has been read.
    CaughtUp {
        consultations: usize,
    },
    Diagnosed {
        recorded: u64,
        diagnosis: Option<Arc<Diagnosis>>,
    },
    /// A text for the clipboard, and what it is.
    Copy {
        text: String,
        what: &'static str,
    },
    /// One hop of the set-up's check was looked at.
    Probed {
        run: u64,
        hop: Hop,
        finding: HopFinding,
    },
    /// What NxVET says about its newest try since the check began: the answer it got, if any.
    VendorSaid {
        run: u64,
        attempt: Option<VendorAttempt>,
    },
    /// Addresses that are kept for NxVET partners.
    Partners(Vec<super::PartnerAddress>),
    /// Texts of partner events that nothing has confirmed yet.
    Provisional(Arc<Vec<super::provisional::Provisional>>),
    /// Several computers on one receiver.
    Share(super::ShareNews),
}

/// What is being done to a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WebhookWork {
    Testing,
    TurningOn,
    Deleting,
}

/// NxVET's own word about its last try.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VendorAttempt {
    pub code: Option<u16>,
    pub error: Option<String>,
    pub is_success: bool,
}

/// Why a recorded request was refused, judged by the rules and secrets of now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// It would be taken now.
    pub is_valid_now: bool,
    /// The named causes, the likeliest first; each a sentence.
    pub causes: Vec<String>,
    /// Names and values of the headers that matter; no secret is among them.
    pub headers: Vec<(String, String)>,
    pub body_bytes: usize,
}
