//! NexHealth's webhooks: the signature is over the time of sending, a dot and the body in base64. Its guide speaks of
//! the body that was sent, its sample of the JSON written anew without blanks; the first is tried first, and what
//! matched is told. Retries run for two days, so age refuses nothing.

use super::incoming::Incoming;
use super::keys::{Keys, SignedWith};
use super::refusal::{Part, Refusal};
use super::signature::Signature;
use super::verified::{Form, Verified};
use crate::domain::live::Scheme;
use crate::webhooks::compact::compact;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};

pub(in crate::webhooks) const SIGNATURE: &str = "signature";
pub(in crate::webhooks) const TIMESTAMP: &str = "timestamp";
/// More than any time is written in.
const LONGEST_TIMESTAMP: usize = 40;

pub struct NexHealthVerifier(Keys);

impl NexHealthVerifier {
    pub(super) fn new(keys: Keys) -> Self {
        Self(keys)
    }

    pub(super) fn verify<'a>(&self, incoming: &Incoming<'a>) -> Result<Verified<'a>, Refusal> {
        incoming.without_foreign(&[super::ORGANIZATION_SIGNATURE, super::PARTNER_SIGNATURE])?;
        let text = incoming.one(SIGNATURE, Part::Signature)?;
        let timestamp = incoming.one(TIMESTAMP, Part::Timestamp)?;
        let sent_at = moment(timestamp).ok_or(Refusal::Malformed(Part::Timestamp))?;
        let signature = Signature::parse(text)?;
        let (signed_with, form) = self.signer(timestamp, incoming.body(), &signature).ok_or(Refusal::Mismatch)?;
        let verified = Verified::new(Scheme::NexHealth, signed_with, form, incoming.body());
        Ok(verified.with_sent_at(sent_at))
    }

    /// The second try is no weaker than the first: it too needs the secret, and what it signs says the same.
    fn signer(&self, timestamp: &[u8], body: &[u8], signature: &Signature) -> Option<(SignedWith, Form)> {
        let signer_of = |body: &[u8]| {
            let encoded = BASE64_STANDARD.encode(body);
            self.0.signer_of(&[timestamp, b".", encoded.as_bytes()], signature)
        };
        if let Some(signed_with) = signer_of(body) {
            return Some((signed_with, Form::Raw));
        }
        let compacted = compact(body).ok().filter(|compacted| compacted != body)?;
        Some((signer_of(&compacted)?, Form::Compacted))
    }
}

/// Date, time and offset as RFC 3339 writes them.
fn moment(text: &[u8]) -> Option<DateTime<Utc>> {
    let text = str::from_utf8(text).ok().filter(|text| text.len() <= LONGEST_TIMESTAMP)?;
    Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_full_date_with_time_and_offset_is_a_time() {
        let read = |text: &str| moment(text.as_bytes()).map(|moment| moment.timestamp());
        for text in ["2026-02-20T15:00:00.000Z", "2026-02-20T15:00:00Z", "2026-02-20T10:00:00-05:00"] {
            assert_eq!(read(text), Some(1_771_599_600), "{text}");
        }
        for text in [
            "",
            "1771599600",
            "2026-02-20",
            "2026-02-20T15:00:00",
            "2026-02-20T15:00:00Z.e30",
            "2026-02-20T15:00:00.000000000000000000000000Z",
            " 2026-02-20T15:00:00Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
