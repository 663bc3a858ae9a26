//! Judges one delivery: proves it, reads it, and makes what the store keeps of it. Bodies are kept only where the event
//! alone does not say enough: provisional texts, what this version does not understand, what is set aside.

use super::super::payload::{self, Told};
use super::super::verify::{Form, Incoming, SignedWith, Verified};
use super::config::Route;
use crate::domain::live::{Arrival, Content, EventKey, EventType, Happening};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use hyper::HeaderMap;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What a delivery turned out to be.
#[derive(Debug)]
pub(super) enum Judged {
    /// Not proved; the named reason and its words.
    Refused { code: String, words: String },
    Genuine {
        arrival: Arrival,
        /// What is worth knowing about how it was signed.
        remark: Option<&'static str>,
    },
}

pub(super) fn judge(route: &Route, headers: &HeaderMap, body: &Bytes, now: DateTime<Utc>) -> Judged {
    let incoming = Incoming::new(headers.iter(), body);
    let verified = match route.verifier.verify(&incoming, now) {
        Ok(verified) => verified,
        Err(refusal) => return Judged::Refused { code: refusal.code(), words: refusal.to_string() },
    };
    match payload::read(&verified, &route.identity, now) {
        Ok(told) => Judged::Genuine { remark: remark(&verified), arrival: file(route, told, body, now) },
        Err(reason) if reason.is_tampering() => {
            Judged::Refused { code: reason.code().to_owned(), words: reason.to_string() }
        }
        Err(reason) => {
            Judged::Genuine { remark: Some(reason.code()), arrival: set_aside(route, reason.to_string(), body, now) }
        }
    }
}

fn remark(verified: &Verified<'_>) -> Option<&'static str> {
    match (verified.signed_with(), verified.form()) {
        (SignedWith::Previous, _) => Some("previous_secret"),
        (SignedWith::Current, Form::Compacted) => Some("compacted"),
        (SignedWith::Current, Form::Raw) => None,
    }
}

fn file(route: &Route, told: Told, body: &Bytes, now: DateTime<Utc>) -> Arrival {
    let says_it_all = told.provisional.is_none() && is_understood(&told.event.what);
    let (key, event_type) = (told.event.key.clone(), told.event_type.clone());
    Arrival {
        organization: route.organization.clone(),
        scheme: route.verifier.scheme(),
        key,
        event_type,
        received_at: now,
        content: Content::Events(told.into_events().collect()),
        body: (!says_it_all).then(|| body.to_vec()),
    }
}

fn is_understood(what: &Happening) -> bool {
    !matches!(what, Happening::Other(_) | Happening::Measurement { .. } | Happening::PartnerRecord { .. })
}

/// Its key is made of all of its bytes: an event that is not ours must not stand in the way of one that is.
fn set_aside(route: &Route, reason: String, body: &Bytes, now: DateTime<Utc>) -> Arrival {
    let digest = Sha256::digest(body).iter().fold(String::with_capacity(64), |mut hex, byte| {
        write!(hex, "{byte:02x}").ok();
        hex
    });
    Arrival {
        organization: route.organization.clone(),
        scheme: route.verifier.scheme(),
        key: EventKey::new(format!("aside_{digest}")),
        event_type: EventType::Other("unreadable".to_owned()),
        received_at: now,
        content: Content::SetAside(reason),
        body: Some(body.to_vec()),
    }
}
