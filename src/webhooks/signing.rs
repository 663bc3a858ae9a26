//! Signs requests for tests, as the three senders' documents say.

use super::verify::{Incoming, Refusal, Verified, Verifier};
use crate::domain::live::{Scheme, WebhookSecret};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub(super) const SECRET: &str = "whsec_TESTONLY-0123456789abcdef";
pub(super) const OTHER: &str = "whsec_TESTONLY-another-secret-00";
pub(super) const NOW: i64 = 1_771_599_600;
pub(super) const ISO: &str = "2026-02-20T15:00:00.000Z";

pub(super) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(NOW, 0).expect("a moment")
}

pub(super) fn hex(secret: &str, message: &[u8]) -> String {
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key").chain_update(message);
    let pairs: Vec<String> = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

/// A request that can be spoilt before it is handed in.
#[derive(Clone)]
pub(super) struct Request {
    pub scheme: Scheme,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Request {
    pub(super) fn organization(secret: &str, body: &[u8]) -> Self {
        let signature = format!("sha256={}", hex(secret, body));
        Self::new(Scheme::Organization, &[("X-NerveX-Signature", &signature)], body)
    }

    pub(super) fn partner(secret: &str, seconds: &str, body: &[u8]) -> Self {
        let signature = hex(secret, &[seconds.as_bytes(), b".", body].concat());
        let headers =
            [("X-Nxvet-Partner-Id", "prt_1"), ("X-Nxvet-Timestamp", seconds), ("X-Nxvet-Signature", &signature)];
        Self::new(Scheme::Partner, &headers, body)
    }

    pub(super) fn nexhealth(secret: &str, time: &str, body: &[u8]) -> Self {
        let signature = hex(secret, format!("{time}.{}", BASE64_STANDARD.encode(body)).as_bytes());
        Self::new(Scheme::NexHealth, &[("timestamp", time), ("signature", &signature)], body)
    }

    /// Genuine, of any scheme.
    pub(super) fn of(scheme: Scheme, secret: &str, body: &[u8]) -> Self {
        match scheme {
            Scheme::Organization => Self::organization(secret, body),
            Scheme::Partner => Self::partner(secret, &NOW.to_string(), body),
            Scheme::NexHealth => Self::nexhealth(secret, ISO, body),
        }
    }

    fn new(scheme: Scheme, headers: &[(&str, &str)], body: &[u8]) -> Self {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Self { scheme, headers, body: body.to_vec() }
    }

    pub(super) fn header(&mut self, name: &str) -> &mut String {
        let found = self.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name));
        &mut found.expect("a header of that name").1
    }

    pub(super) fn with_body(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        self
    }

    pub(super) fn incoming(&self) -> Incoming<'_> {
        Incoming::new(self.headers.iter().map(|(name, value)| (name, value)), &self.body)
    }

    pub(super) fn verify(&self) -> Result<Verified<'_>, Refusal> {
        self.verify_at(now())
    }

    pub(super) fn verify_at(&self, now: DateTime<Utc>) -> Result<Verified<'_>, Refusal> {
        verifier(self.scheme).verify(&self.incoming(), now)
    }
}

pub(super) fn verifier(scheme: Scheme) -> Verifier {
    Verifier::new(scheme, &WebhookSecret::new(SECRET), None).expect("a strong secret")
}
