//! NxVET's webhooks for its partners: the signature is over the time of sending, a dot and the body. Five minutes
//! either way are allowed; the time is digits only, or the dot could be moved into it.

use super::incoming::Incoming;
use super::keys::Keys;
use super::refusal::{Part, Refusal};
use super::signature::Signature;
use super::verified::{Form, Verified};
use crate::domain::live::Scheme;
use chrono::{DateTime, Utc};

pub(in crate::webhooks) const SIGNATURE: &str = "X-Nxvet-Signature";
pub(in crate::webhooks) const TIMESTAMP: &str = "X-Nxvet-Timestamp";
const PARTNER: &str = "X-Nxvet-Partner-Id";
/// In seconds; exactly this much passes.
pub(in crate::webhooks) const WINDOW: u64 = 300;

pub struct PartnerVerifier(Keys);

impl PartnerVerifier {
    pub(super) fn new(keys: Keys) -> Self {
        Self(keys)
    }

    pub(super) fn verify<'a>(&self, incoming: &Incoming<'a>, now: DateTime<Utc>) -> Result<Verified<'a>, Refusal> {
        incoming.without_foreign(&[super::ORGANIZATION_SIGNATURE])?;
        let text = incoming.one(SIGNATURE, Part::Signature)?;
        let timestamp = incoming.one(TIMESTAMP, Part::Timestamp)?;
        let partner = incoming.one(PARTNER, Part::Partner)?;
        let sent_at = seconds(timestamp).ok_or(Refusal::Malformed(Part::Timestamp))?;
        let partner = str::from_utf8(partner).map_err(|_| Refusal::Malformed(Part::Partner))?;
        let signature = Signature::parse(text)?;
        let pieces = [timestamp, b".", incoming.body()];
        let signed_with = self.0.signer_of(&pieces, &signature).ok_or(Refusal::Mismatch)?;
        let age = now.timestamp().saturating_sub(sent_at.timestamp());
        if age.unsigned_abs() > WINDOW {
            return Err(Refusal::StaleTimestamp { seconds: age });
        }
        let verified = Verified::new(Scheme::Partner, signed_with, Form::Raw, incoming.body());
        Ok(verified.with_partner(partner).with_sent_at(sent_at))
    }
}

/// Whole seconds since 1970, in 9 to 11 of the ten digits everybody knows; no sign, no blank, no other script.
fn seconds(text: &[u8]) -> Option<DateTime<Utc>> {
    if !(9..=11).contains(&text.len()) || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    DateTime::from_timestamp(str::from_utf8(text).ok()?.parse().ok()?, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_digits_are_a_time() {
        let read = |text: &str| seconds(text.as_bytes()).map(|moment| moment.timestamp());
        assert_eq!(read("1771599600"), Some(1_771_599_600));
        assert_eq!(read("01771599600"), Some(1_771_599_600));
        assert_eq!(read("99999999999"), Some(99_999_999_999));
        for text in [
            "",
            "1",
            "12345678",
            "1771599600000",
            "+1771599600",
            "-1771599600",
            " 1771599600",
            "1771599600 ",
            "1771599600.0",
            "1.77159960e9",
            "1_771_599_600",
            "0x69987b70",
            "177159960\u{0660}",
            "２０２６０２２０００",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
