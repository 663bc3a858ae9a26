//! NxVET's webhooks that a clinic sets up itself: the signature is over the body alone. No time is signed and the
//! last retry comes sixteen minutes late, so age refuses nothing; a repeated event is known by its id instead.

use super::incoming::Incoming;
use super::keys::Keys;
use super::refusal::{Part, Refusal};
use super::signature::Signature;
use super::verified::{Form, Verified};
use crate::domain::live::Scheme;

pub(in crate::webhooks) const SIGNATURE: &str = "X-NerveX-Signature";
const DELIVERY: &str = "X-NerveX-Delivery";
const PREFIX: &[u8] = b"sha256=";

pub struct OrganizationVerifier(Keys);

impl OrganizationVerifier {
    pub(super) fn new(keys: Keys) -> Self {
        Self(keys)
    }

    pub(super) fn verify<'a>(&self, incoming: &Incoming<'a>) -> Result<Verified<'a>, Refusal> {
        incoming.without_foreign(&[super::PARTNER_SIGNATURE])?;
        let text = incoming.one(SIGNATURE, Part::Signature)?;
        let delivery = incoming.at_most_one(DELIVERY, Part::Delivery)?;
        let signature = Signature::parse(text.strip_prefix(PREFIX).ok_or(Refusal::MissingPrefix)?)?;
        let signed_with = self.0.signer_of(&[incoming.body()], &signature).ok_or(Refusal::Mismatch)?;
        Ok(Verified::new(Scheme::Organization, signed_with, Form::Raw, incoming.body()).with_delivery(delivery))
    }
}
