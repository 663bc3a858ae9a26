//! Tries secrets, ways of signing, times and bodies against a signature until one holds. The likeliest come first,
//! and no more than one thing about the body is changed at a time, so that the number of tries stays small.

use super::Known;
use super::bodies::other_bodies;
use super::cause::Cause;
use super::reading::{Reading, read};
use crate::domain::live::{Scheme, WebhookSecret};
use crate::webhooks::verify::{
    Incoming, NEXHEALTH_SIGNATURE, NEXHEALTH_TIMESTAMP, ORGANIZATION_SIGNATURE, PARTNER_SIGNATURE, PARTNER_TIMESTAMP,
    PARTNER_WINDOW,
};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE};
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const BEGINNING: &str = "whsec_";
/// Where programs break base64 into lines: Ruby, OpenSSL, mail.
const LINES: [usize; 3] = [60, 64, 76];

/// Where each scheme's signature stands.
pub(super) fn signature_headers() -> [(Scheme, &'static str); 3] {
    [
        (Scheme::Organization, ORGANIZATION_SIGNATURE),
        (Scheme::Partner, PARTNER_SIGNATURE),
        (Scheme::NexHealth, NEXHEALTH_SIGNATURE),
    ]
}

/// What was wrong, when something that was tried makes a signature of the request hold.
pub(super) fn first_that_holds(
    scheme: Scheme,
    incoming: &Incoming<'_>,
    known: &Known<'_>,
    now: DateTime<Utc>,
) -> Option<Vec<Cause>> {
    let keys = keys(known);
    let times = times(scheme, incoming);
    let mut readings = readings(scheme, incoming);
    readings.sort_by_key(|(of, _)| *of != scheme);
    let found = readings.iter().find_map(|(of, reading)| {
        let tries = Tries { scheme, of: *of, reading, keys: &keys, times: &times };
        tries.as_it_arrived(incoming.body()).or_else(|| tries.with_another_body(incoming.body()))
    });
    found.map(|mut causes| {
        causes.extend(stale(scheme, incoming, now));
        causes
    })
}

/// Everything of one signature that can be tried with it.
struct Tries<'a> {
    /// Of the address that was called.
    scheme: Scheme,
    /// Of the header that the signature stands in.
    of: Scheme,
    reading: &'a Reading,
    keys: &'a [Key],
    times: &'a [(Vec<u8>, bool)],
}

impl Tries<'_> {
    fn as_it_arrived(&self, body: &[u8]) -> Option<Vec<Cause>> {
        let ways = self.ways();
        for (time, is_rewritten) in self.times {
            for way in &ways {
                let message = way.message(time, body);
                if let Some(key) = self.keys.iter().find(|key| key.made(&message, &self.reading.bytes)) {
                    let rewritten =
                        (*is_rewritten && way.scheme() != Scheme::Organization).then_some(Cause::TimeRewritten);
                    return Some(self.causes(*way, key, rewritten));
                }
            }
        }
        None
    }

    /// Only the address's own way, and only with what this webhook has or had.
    fn with_another_body(&self, body: &[u8]) -> Option<Vec<Cause>> {
        let way = Way::of(self.scheme);
        let (time, _) = self.times.first()?;
        let keys: Vec<&Key> =
            self.keys.iter().filter(|key| matches!(key.cause, None | Some(Cause::RetiredSecret))).collect();
        other_bodies(body).into_iter().find_map(|(cause, other)| {
            let message = way.message(time, &other);
            let key = keys.iter().find(|key| key.made(&message, &self.reading.bytes))?;
            Some(self.causes(way, key, Some(cause)))
        })
    }

    fn causes(&self, way: Way, key: &Key, more: Option<Cause>) -> Vec<Cause> {
        let signed_as = way.scheme();
        let mut causes = Vec::new();
        if self.of != self.scheme {
            causes.push(Cause::WrongAddress(self.of));
        }
        if signed_as != self.of {
            causes.push(Cause::OtherScheme(signed_as));
        }
        if matches!(way, Way::TimeAndOddBase64(_)) {
            causes.push(Cause::OddBase64);
        }
        causes.extend(more);
        causes.extend(key.cause);
        causes.extend(self.reading.odd.iter().copied());
        causes
    }

    /// The address's own way first.
    fn ways(&self) -> Vec<Way> {
        let mut ways = vec![
            Way::Body,
            Way::TimeAndBody,
            Way::TimeAndBase64,
            Way::TimeAndOddBase64(OddBase64::UrlSafe),
            Way::TimeAndOddBase64(OddBase64::Unpadded),
        ];
        ways.extend(LINES.map(|at| Way::TimeAndOddBase64(OddBase64::Wrapped { at })));
        ways.sort_by_key(|way| way.scheme() != self.scheme);
        ways
    }
}

/// What a signature is reckoned over.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Body,
    TimeAndBody,
    TimeAndBase64,
    TimeAndOddBase64(OddBase64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum OddBase64 {
    UrlSafe,
    Unpadded,
    Wrapped { at: usize },
}

impl Way {
    fn of(scheme: Scheme) -> Self {
        match scheme {
            Scheme::Organization => Self::Body,
            Scheme::Partner => Self::TimeAndBody,
            Scheme::NexHealth => Self::TimeAndBase64,
        }
    }

    fn scheme(self) -> Scheme {
        match self {
            Self::Body => Scheme::Organization,
            Self::TimeAndBody => Scheme::Partner,
            Self::TimeAndBase64 | Self::TimeAndOddBase64(_) => Scheme::NexHealth,
        }
    }

    fn message(self, time: &[u8], body: &[u8]) -> Vec<u8> {
        let behind_time = |rest: &[u8]| [time, b".", rest].concat();
        match self {
            Self::Body => body.to_vec(),
            Self::TimeAndBody => behind_time(body),
            Self::TimeAndBase64 => behind_time(BASE64_STANDARD.encode(body).as_bytes()),
            Self::TimeAndOddBase64(OddBase64::UrlSafe) => behind_time(BASE64_URL_SAFE.encode(body).as_bytes()),
            Self::TimeAndOddBase64(OddBase64::Unpadded) => behind_time(BASE64_STANDARD_NO_PAD.encode(body).as_bytes()),
            Self::TimeAndOddBase64(OddBase64::Wrapped { at }) => {
                let encoded = BASE64_STANDARD.encode(body);
                let lines: Vec<&[u8]> = encoded.as_bytes().chunks(at).collect();
                behind_time(&[lines.join(&b'\n').as_slice(), b"\n"].concat())
            }
        }
    }
}

/// A secret to try, and what it means when it is the one.
struct Key {
    mac: Hmac<Sha256>,
    cause: Option<Cause>,
}

impl Key {
    fn new(text: &str, cause: Option<Cause>) -> Option<Self> {
        Some(Self { mac: Hmac::new_from_slice(text.as_bytes()).ok()?, cause })
    }

    fn made(&self, message: &[u8], signature: &[u8]) -> bool {
        self.mac.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}

fn keys(known: &Known<'_>) -> Vec<Key> {
    let text = |secret: &&WebhookSecret| secret.expose().to_owned();
    let accepted: Vec<String> = known.accepted.iter().map(text).collect();
    let mut keys: Vec<Option<Key>> = accepted.iter().map(|text| Key::new(text, None)).collect();
    keys.extend(known.retired.iter().map(|secret| Key::new(secret.expose(), Some(Cause::RetiredSecret))));
    for text in &accepted {
        let trimmed = text.trim();
        keys.extend((trimmed != text).then(|| Key::new(trimmed, Some(Cause::SecretWithBlanks))));
        keys.push(match trimmed.strip_prefix(BEGINNING) {
            Some(rest) => Key::new(rest, Some(Cause::SignedWithoutBeginning)),
            None => Key::new(&format!("{BEGINNING}{trimmed}"), Some(Cause::SecretWithoutBeginning)),
        });
    }
    keys.extend(known.others.iter().map(|(of, secret)| Key::new(secret.expose(), Some(Cause::OtherWebhook(*of)))));
    keys.into_iter().flatten().collect()
}

fn readings(scheme: Scheme, incoming: &Incoming<'_>) -> Vec<(Scheme, Reading)> {
    let mut headers = signature_headers();
    headers.sort_by_key(|(of, _)| *of != scheme);
    let all = headers.into_iter().flat_map(|(of, name)| {
        let values: Vec<&[u8]> = incoming.values(name).collect();
        values.into_iter().filter_map(move |text| Some((of, read(text, of)?)))
    });
    all.collect()
}

/// The times that may have been signed, and whether each is another than what arrived.
fn times(scheme: Scheme, incoming: &Incoming<'_>) -> Vec<(Vec<u8>, bool)> {
    let mut names = [PARTNER_TIMESTAMP, NEXHEALTH_TIMESTAMP];
    if scheme == Scheme::NexHealth {
        names.reverse();
    }
    let arrived: Vec<&[u8]> = names.iter().flat_map(|name| incoming.values(name)).collect();
    let mut times: Vec<(Vec<u8>, bool)> = arrived.iter().map(|time| (time.to_vec(), false)).collect();
    for text in arrived.iter().filter_map(|time| str::from_utf8(time).ok()) {
        times.extend(rewritten(text).into_iter().filter(|other| other != text).map(|other| (other.into_bytes(), true)));
    }
    if times.is_empty() {
        // The first scheme signs no time.
        times.push((Vec::new(), false));
    }
    times
}

/// The same moment as other programs write it.
fn rewritten(text: &str) -> Vec<String> {
    let bare = text.trim();
    let mut others = vec![bare.to_owned(), bare.trim_start_matches('0').to_owned()];
    if let Ok(moment) = DateTime::parse_from_rfc3339(bare) {
        let moment = moment.to_utc();
        for form in [
            "%Y-%m-%dT%H:%M:%SZ",
            "%Y-%m-%dT%H:%M:%S%.3fZ",
            "%Y-%m-%dT%H:%M:%S+00:00",
            "%Y-%m-%dT%H:%M:%S%.3f+00:00",
            "%Y-%m-%dT%H:%M:%S%.6fZ",
        ] {
            others.push(moment.format(form).to_string());
        }
    }
    others
}

/// The partner scheme's window, for a signature that was refused for something else and would be too old besides.
fn stale(scheme: Scheme, incoming: &Incoming<'_>, now: DateTime<Utc>) -> Option<Cause> {
    if scheme != Scheme::Partner {
        return None;
    }
    // Milliseconds or a date are another mistake, and are named as that.
    let digits = |time: &&[u8]| time.len() <= 11 && time.iter().all(u8::is_ascii_digit);
    let time = incoming.values(PARTNER_TIMESTAMP).map(<[u8]>::trim_ascii).find(digits)?;
    let seconds: i64 = str::from_utf8(time).ok()?.parse().ok()?;
    let age = now.timestamp().saturating_sub(seconds);
    (age.unsigned_abs() > PARTNER_WINDOW).then(|| Cause::of_age(age))
}
