//! One request as it goes out: headers and bytes, signed as its scheme wants it or spoilt on purpose.

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use super::{Event, Forgery, Scheme, forgery, sign};

/// Headers and body on their way.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What a letter is made of.
pub(super) struct Draft<'a> {
    pub scheme: Scheme,
    pub secret: &'a str,
    /// Empty for every scheme but the partners'.
    pub partner_id: &'a str,
    pub event: &'a Event,
    pub body: Vec<u8>,
    pub now: DateTime<Utc>,
}

/// One attempt and what became of it.
#[derive(Clone, Debug)]
pub struct Delivered {
    /// How it was signed.
    pub scheme: Scheme,
    /// The webhook's, partner's or endpoint's id.
    pub line: String,
    /// Where it went.
    pub url: String,
    /// The event's id; NexHealth sends none, so there it is the simulator's own.
    pub event_id: String,
    /// By the vendor's name.
    pub event_type: String,
    /// 1 is the first.
    pub attempt: u32,
    /// An event that had arrived and was sent once more.
    pub is_copy: bool,
    /// What was wrong with it on purpose.
    pub forgery: Option<Forgery>,
    /// When the answer was there.
    pub at: DateTime<Utc>,
    /// None when no answer came.
    pub status: Option<u16>,
    /// Why it failed.
    pub error: Option<String>,
    /// From connecting to the answer's head.
    pub milliseconds: u64,
    /// As sent.
    pub headers: Vec<(String, String)>,
    /// As sent.
    pub body: Bytes,
}

/// Signs and addresses.
pub(super) fn seal(draft: &Draft<'_>, wrong: Option<&Forgery>) -> Letter {
    let scheme = if let Some(Forgery::AsScheme(other)) = wrong { *other } else { draft.scheme };
    let (signed, sent) = forgery::bodies(&draft.body, wrong);
    let timestamp = timestamp(scheme, draft.now, wrong);
    let secret = forgery::secret(draft.secret, wrong);
    let honest = sign::signature(scheme, &secret, &timestamp, &signed);
    let signature = forgery::signature(scheme, honest, wrong);
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    headers.extend(own_headers(scheme, draft, timestamp, signature));
    forgery::headers(scheme, &mut headers, wrong);
    Letter { headers, body: sent.into() }
}

fn timestamp(scheme: Scheme, now: DateTime<Utc>, wrong: Option<&Forgery>) -> String {
    let shift = if let Some(Forgery::Aged(seconds)) = wrong { *seconds } else { 0 };
    let at = TimeDelta::try_seconds(shift).and_then(|shift| now.checked_sub_signed(shift)).unwrap_or(now);
    match scheme {
        Scheme::Organization => String::new(),
        Scheme::Partner => at.timestamp().to_string(),
        Scheme::NexHealth => at.to_rfc3339_opts(SecondsFormat::Millis, true),
    }
}

fn own_headers(scheme: Scheme, draft: &Draft<'_>, timestamp: String, signature: String) -> Vec<(String, String)> {
    let named = match scheme {
        Scheme::Organization => vec![
            ("X-NerveX-Signature", signature),
            ("X-NerveX-Event", draft.event.name.clone()),
            ("X-NerveX-Delivery", draft.event.id.clone()),
        ],
        Scheme::Partner => vec![
            ("X-Nxvet-Partner-Id", draft.partner_id.to_owned()),
            ("X-Nxvet-Timestamp", timestamp),
            ("X-Nxvet-Signature", signature),
        ],
        Scheme::NexHealth => vec![("timestamp", timestamp), ("signature", signature)],
    };
    named.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
