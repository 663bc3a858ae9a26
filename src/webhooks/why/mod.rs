//! Explains why a request was refused, by trying the mistakes that are made in practice until one of them makes the
//! signature hold. It only explains: nothing that is found here lets a request in.
//! It reckons many signatures, so it is asked when somebody looks, never while a request waits.

mod bodies;
mod cause;
mod reading;
mod rewrite;
#[cfg(test)]
mod tests;
mod trial;

pub use cause::Cause;
pub use rewrite::{Escapes, Layout, Order, Rewriting};

use super::compact::compact;
use super::verify::{Incoming, Refusal, Verifier};
use crate::domain::live::{Scheme, WebhookSecret};
use chrono::{DateTime, Utc};

/// What the request may have been signed with.
#[derive(Clone, Debug, Default)]
pub struct Known<'a> {
    /// What its route checks with: the current secret, then the one before while it still holds.
    pub accepted: Vec<&'a WebhookSecret>,
    /// What this webhook had earlier.
    pub retired: Vec<&'a WebhookSecret>,
    /// Of the other webhooks of this clinic.
    pub others: Vec<(Scheme, &'a WebhookSecret)>,
}

/// What came of looking into one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    pub scheme: Scheme,
    /// `None` when it would be let in now.
    pub refusal: Option<Refusal>,
    /// The most telling first; empty only when it would be let in now.
    pub causes: Vec<Cause>,
}

impl Diagnosis {
    pub fn is_genuine(&self) -> bool {
        self.causes.is_empty()
    }

    /// One sentence for each cause, without anything of the request's content.
    pub fn sentences(&self) -> Vec<String> {
        self.causes.iter().map(|cause| cause.sentence(self.scheme)).collect()
    }
}

/// `incoming` has to be whole: a body that was kept only in part cannot be explained. `now` is when it arrived.
pub fn why(scheme: Scheme, incoming: &Incoming<'_>, known: &Known<'_>, now: DateTime<Utc>) -> Diagnosis {
    let verifier =
        known.accepted.first().and_then(|current| Verifier::new(scheme, current, known.accepted.get(1).copied()).ok());
    let Some(verifier) = verifier else {
        return Diagnosis { scheme, refusal: None, causes: vec![Cause::NoSecret] };
    };
    match verifier.verify(incoming, now) {
        Ok(_) => Diagnosis { scheme, refusal: None, causes: Vec::new() },
        Err(refusal) => {
            Diagnosis { scheme, refusal: Some(refusal), causes: causes(scheme, refusal, incoming, known, now) }
        }
    }
}

fn causes(
    scheme: Scheme,
    refusal: Refusal,
    incoming: &Incoming<'_>,
    known: &Known<'_>,
    now: DateTime<Utc>,
) -> Vec<Cause> {
    let mut causes: Vec<Cause> = said_by(scheme, refusal, incoming).into_iter().collect();
    let found = trial::first_that_holds(scheme, incoming, known, now);
    let is_explained = found.is_some();
    causes.extend(found.into_iter().flatten());
    if !is_explained {
        causes.extend(marks_of_the_body(incoming));
    }
    let mut seen = Vec::new();
    causes.retain(|cause| {
        !seen.contains(cause) && {
            seen.push(*cause);
            true
        }
    });
    if causes.is_empty() {
        causes.push(Cause::Unknown);
    }
    causes
}

/// What the refusal says already, without any trying.
fn said_by(scheme: Scheme, refusal: Refusal, incoming: &Incoming<'_>) -> Option<Cause> {
    let headers = trial::signature_headers();
    let other = headers.into_iter().find(|(other, name)| *other != scheme && incoming.has(name));
    let has_own = headers.iter().any(|(own, name)| *own == scheme && incoming.has(name));
    match (refusal, other) {
        (Refusal::Missing(_), Some((other, _))) => Some(Cause::WrongAddress(other)),
        (Refusal::ForeignSignature, Some((other, _))) if !has_own => Some(Cause::WrongAddress(other)),
        (Refusal::Missing(part), None) => Some(Cause::Missing(part)),
        (Refusal::Blank(part), _) => Some(Cause::Blank(part)),
        (Refusal::Duplicate(part), _) => Some(Cause::Duplicate(part)),
        (Refusal::Malformed(part), _) => {
            Some(Cause::Malformed(part)).filter(|_| !is_read_otherwise(scheme, refusal, incoming))
        }
        (Refusal::ForeignSignature, _) => Some(Cause::TwoSenders),
        (Refusal::StaleTimestamp { seconds }, _) => Some(Cause::of_age(seconds)),
        (Refusal::MissingPrefix | Refusal::UpperCaseHex | Refusal::Mismatch, _) => None,
    }
}

/// A signature that is only written in another way is explained better by that way's own name.
fn is_read_otherwise(scheme: Scheme, refusal: Refusal, incoming: &Incoming<'_>) -> bool {
    refusal == Refusal::Malformed(super::verify::Part::Signature)
        && trial::signature_headers()
            .into_iter()
            .filter(|(of, _)| *of == scheme)
            .any(|(_, name)| incoming.values(name).any(|text| reading::read(text, scheme).is_some()))
}

/// What shows on a body by itself, when no mistake that was tried explains it.
fn marks_of_the_body(incoming: &Incoming<'_>) -> Option<Cause> {
    let body = incoming.body();
    let is_encoded = incoming.values("Content-Encoding").any(|value| !value.eq_ignore_ascii_case(b"identity"));
    let announced = incoming.values("Content-Length").find_map(|value| str::from_utf8(value).ok()?.trim().parse().ok());
    if body.trim_ascii().is_empty() {
        Some(Cause::BodyEmpty)
    } else if is_encoded {
        Some(Cause::BodyCompressed)
    } else if announced.is_some_and(|announced: usize| announced > body.len()) || ends_too_soon(body) {
        Some(Cause::BodyCut)
    } else {
        None
    }
}

fn ends_too_soon(body: &[u8]) -> bool {
    compact(body).is_err() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err_and(|error| error.is_eof())
}
