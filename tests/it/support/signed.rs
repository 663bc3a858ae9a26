//! Requests signed as the three senders' documents say; the receiving side's code has no part in it.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use consult_desk::domain::OrganizationId;
use consult_desk::domain::live::{Scheme, WebhookSecret};
use consult_desk::webhooks::{Identity, Incoming, Refusal, Verified, Verifier};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

pub const SECRET: &str = "whsec_TESTONLY-0123456789abcdef";
pub const OTHER: &str = "whsec_TESTONLY-another-secret-00";
pub const NOW: i64 = 1_771_599_600;
pub const ISO: &str = "2026-02-20T15:00:00.000Z";
pub const ORGANIZATION: &str = "0190aaaa-1111-7000-8000-00000000c0de";
pub const PARTNER: &str = "prt_00042";

pub const ORGANIZATION_SIGNATURE: &str = "X-NerveX-Signature";
pub const PARTNER_SIGNATURE: &str = "X-Nxvet-Signature";
pub const NEXHEALTH_SIGNATURE: &str = "signature";

pub fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(seconds, 0).expect("a moment")
}

pub fn digest(secret: &str, message: &[u8]) -> [u8; 32] {
    Hmac::<Sha256>::new_from_slice(secret.as_bytes())
        .expect("any key")
        .chain_update(message)
        .finalize()
        .into_bytes()
        .into()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

/// What a scheme signs.
pub fn message(scheme: Scheme, time: &[u8], body: &[u8]) -> Vec<u8> {
    match scheme {
        Scheme::Organization => body.to_vec(),
        Scheme::Partner => [time, b".", body].concat(),
        Scheme::NexHealth => [time, b".", BASE64_STANDARD.encode(body).as_bytes()].concat(),
    }
}

pub fn signature_header(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::Organization => ORGANIZATION_SIGNATURE,
        Scheme::Partner => PARTNER_SIGNATURE,
        Scheme::NexHealth => NEXHEALTH_SIGNATURE,
    }
}

/// One request, before or after somebody spoilt it.
#[derive(Clone, Debug, PartialEq)]
pub struct Signed {
    pub scheme: Scheme,
    pub headers: Vec<(String, Vec<u8>)>,
    pub body: Vec<u8>,
}

impl Signed {
    /// Genuine. The body is signed as it is sent.
    pub fn new(scheme: Scheme, secret: &str, body: &[u8]) -> Self {
        Self::sent_otherwise(scheme, secret, body, body)
    }

    /// Signed over one body, sent with another.
    pub fn sent_otherwise(scheme: Scheme, secret: &str, signed: &[u8], sent: &[u8]) -> Self {
        let time = if scheme == Scheme::Partner { NOW.to_string() } else { ISO.to_owned() };
        let digits = hex(&digest(secret, &message(scheme, time.as_bytes(), signed)));
        let mut headers = vec![("Content-Type", "application/json".to_owned())];
        match scheme {
            Scheme::Organization => headers.push((ORGANIZATION_SIGNATURE, format!("sha256={digits}"))),
            Scheme::Partner => headers.extend([
                ("X-Nxvet-Partner-Id", PARTNER.to_owned()),
                ("X-Nxvet-Timestamp", time),
                (PARTNER_SIGNATURE, digits),
            ]),
            Scheme::NexHealth => headers.extend([("timestamp", time), (NEXHEALTH_SIGNATURE, digits)]),
        }
        let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes())).collect();
        Self { scheme, headers, body: sent.to_vec() }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.as_bytes().to_vec()));
        self
    }

    pub fn incoming(&self) -> Incoming<'_> {
        Incoming::new(self.headers.iter().map(|(name, value)| (name, value)), &self.body)
    }

    pub fn verify(&self, now: i64) -> Result<Verified<'_>, Refusal> {
        verifier(self.scheme).verify(&self.incoming(), moment(now))
    }
}

pub fn verifier(scheme: Scheme) -> Verifier {
    Verifier::new(scheme, &WebhookSecret::new(SECRET), None).expect("a strong secret")
}

pub fn identity(scheme: Scheme) -> Identity {
    match scheme {
        Scheme::Organization => Identity::Organization(OrganizationId::new(ORGANIZATION)),
        Scheme::Partner => Identity::Partner(PARTNER.to_owned()),
        Scheme::NexHealth => Identity::NexHealth,
    }
}

/// A believable body of each scheme; `id` makes it another event.
pub fn body(scheme: Scheme, id: &str) -> String {
    match scheme {
        Scheme::Organization => format!(
            r#"{{"id":"evt_{id}","type":"conversation_completed","organizationId":"{ORGANIZATION}","timestamp":"2026-02-20T15:00:00+00:00","data":{{"conversationId":"conv-{id}","deviceId":"hub_0a0b"}}}}"#
        ),
        Scheme::Partner => format!(
            r#"{{"event_id":"evt_{id}","event_type":"record.created","occurred_at":"2026-02-20T14:59:00Z","partner_id":"{PARTNER}","partner_user_key":"k-{id}","device_id":"NXH-T1","device_friendly_name":"Raum 2 – Süd","transcript":"Vet: Zoë has been limping.\nOwner: 3 days.","soap":"S: limping 3 d","signed_urls":[{{"type":"hub_audio_wav","url":"https://audio.example.test/{id}.wav?s=1","content_type":"audio/wav","expires_in_seconds":3600}}],"data":{{}}}}"#
        ),
        Scheme::NexHealth => format!(
            r#"{{"resource_type":"appointment","event_name":"appointment_updated","event_time":"2026-02-20T14:59:59.214+00:00","data":{{"appointment":{{"id":900001,"patient_name":"Zoë {id}","start_time":"2026-02-21T09:30:00.000Z","cancelled":false,"fee":12.50}}}}}}"#
        ),
    }
}
