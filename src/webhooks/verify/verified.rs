//! A body whose signature holds. Only a verifier makes one, so whoever has one need not ask again.

use super::keys::SignedWith;
use crate::domain::live::Scheme;
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt;

/// What the signature is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// The bytes that arrived.
    Raw,
    /// The same JSON without its blanks and escapes (NexHealth's sample).
    Compacted,
}

pub struct Verified<'a> {
    scheme: Scheme,
    signed_with: SignedWith,
    form: Form,
    body: &'a [u8],
    delivery: Option<&'a [u8]>,
    partner: Option<&'a str>,
    sent_at: Option<DateTime<Utc>>,
}

impl<'a> Verified<'a> {
    pub(super) fn new(scheme: Scheme, signed_with: SignedWith, form: Form, body: &'a [u8]) -> Self {
        Self { scheme, signed_with, form, body, delivery: None, partner: None, sent_at: None }
    }

    pub(super) fn with_delivery(mut self, delivery: Option<&'a [u8]>) -> Self {
        self.delivery = delivery;
        self
    }

    pub(super) fn with_partner(mut self, partner: &'a str) -> Self {
        self.partner = Some(partner);
        self
    }

    pub(super) fn with_sent_at(mut self, sent_at: DateTime<Utc>) -> Self {
        self.sent_at = Some(sent_at);
        self
    }

    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub fn signed_with(&self) -> SignedWith {
        self.signed_with
    }

    pub fn form(&self) -> Form {
        self.form
    }

    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The number of the delivery as a header says it. It is not signed: it may confirm the body, never replace it.
    pub fn delivery(&self) -> Option<&'a [u8]> {
        self.delivery
    }

    /// Which partner a header says the request is for; not signed either.
    pub fn partner(&self) -> Option<&'a str> {
        self.partner
    }

    /// When this attempt was sent, where that is signed.
    pub fn sent_at(&self) -> Option<DateTime<Utc>> {
        self.sent_at
    }

    /// How far from now it was sent, when that is more than five minutes: worth a remark, no reason to refuse.
    pub fn lateness(&self, now: DateTime<Utc>) -> Option<TimeDelta> {
        let age = now.signed_duration_since(self.sent_at?);
        (age.abs() > TimeDelta::seconds(super::PARTNER_WINDOW as i64)).then_some(age)
    }
}

/// The body stays out of it.
impl fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verified")
            .field("scheme", &self.scheme)
            .field("signed_with", &self.signed_with)
            .field("form", &self.form)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
