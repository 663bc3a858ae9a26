//! Does the time a refusal takes tell how far a forged signature agrees? Two kinds of forgery, wrong in the first byte
//! and wrong in the last, are refused in random order, each refusal is timed, and Welch's t compares the two kinds
//! (reliability goal: below 4.5 in absolute value over a million refusals). A comparison that stops at the first
//! difference is measured the same way, to show that this method would see it.
//!
//!     cargo bench --bench signatures              a million refusals for each scheme
//!     cargo bench --bench signatures -- 100000    fewer
//!
//! It prints one line of JSON for each row and asserts no time.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::DateTime;
use consult_desk::domain::live::{Scheme, WebhookSecret};
use consult_desk::webhooks::{Incoming, Verifier};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::hint::black_box;
use std::time::Instant;

const SECRET: &str = "whsec_TESTONLY-0123456789abcdef";
const PREVIOUS: &str = "whsec_TESTONLY-another-secret-00";
const SECONDS: i64 = 1_771_599_600;
const ISO: &str = "2026-02-20T15:00:00.000Z";
const BODY: &[u8] = br#"{"id":"evt_1","type":"ping","data":{"test":true}}"#;
const DIGITS: usize = 64;
const USUAL: usize = 1_000_000;
/// What interrupts leave behind is cut off at these shares of all timings, as such measurements usually do.
const CUTS: [f64; 4] = [1.0, 0.999, 0.99, 0.9];

fn main() {
    let count = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(USUAL);
    let now = DateTime::from_timestamp(SECONDS, 0).expect("a moment");
    for scheme in Scheme::ALL {
        for previous in [None, Some(WebhookSecret::new(PREVIOUS))] {
            let verifier = Verifier::new(scheme, &WebhookSecret::new(SECRET), previous.as_ref()).expect("strong");
            let right = digest(&message(scheme));
            let mut headers = headers(scheme);
            let name = format!("{}, {} secret(s)", scheme.code(), 1 + usize::from(previous.is_some()));
            let rows = timings(
                count,
                &mut headers,
                write_signature,
                |headers| {
                    assert!(verifier.verify(&incoming(headers), now).is_err(), "a forgery was taken");
                },
                right,
            );
            report(&name, &rows);
        }
    }
    stops_early(count);
}

/// The control: bytes compared one by one until two differ.
fn stops_early(count: usize) {
    let right = digest(BODY);
    let mut theirs = [0; 32];
    let rows = timings(
        count,
        &mut theirs,
        |theirs, forged| *theirs = forged,
        |theirs| {
            let made = digest(black_box(BODY));
            assert!(!made.iter().zip(theirs.iter()).all(|(one, other)| black_box(one) == black_box(other)));
        },
        right,
    );
    report("control: stops at the first difference", &rows);
}

type Headers = Vec<(&'static str, String)>;

fn incoming(headers: &Headers) -> Incoming<'_> {
    Incoming::new(headers.iter().map(|(name, value)| (*name, value)), BODY)
}

fn message(scheme: Scheme) -> Vec<u8> {
    match scheme {
        Scheme::Organization => BODY.to_vec(),
        Scheme::Partner => [SECONDS.to_string().as_bytes(), b".", BODY].concat(),
        Scheme::NexHealth => format!("{ISO}.{}", BASE64_STANDARD.encode(BODY)).into_bytes(),
    }
}

fn digest(message: &[u8]) -> [u8; 32] {
    let mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any key");
    mac.chain_update(message).finalize().into_bytes().into()
}

/// A request that wants nothing but its signature, which comes last.
fn headers(scheme: Scheme) -> Headers {
    let mut headers = match scheme {
        Scheme::Organization => vec![("X-NerveX-Signature", "sha256=".to_owned())],
        Scheme::Partner => vec![
            ("X-Nxvet-Partner-Id", "prt_1".to_owned()),
            ("X-Nxvet-Timestamp", SECONDS.to_string()),
            ("X-Nxvet-Signature", String::new()),
        ],
        Scheme::NexHealth => vec![("timestamp", ISO.to_owned()), ("signature", String::new())],
    };
    if let Some((_, signature)) = headers.last_mut() {
        signature.push_str(&"0".repeat(DIGITS));
    }
    headers
}

/// Into the place of the one before: both kinds of forgery lie in the same memory.
fn write_signature(headers: &mut Headers, forged: [u8; 32]) {
    let (_, text) = headers.last_mut().expect("a signature");
    text.truncate(text.len() - DIGITS);
    for byte in forged {
        for half in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(half), 16).expect("a digit"));
        }
    }
}

/// Times both kinds in random order, so that whatever slows the computer down slows both.
/// What is prepared, and by how much a byte is wrong, is random and not timed.
fn timings<T>(
    count: usize,
    place: &mut T,
    mut prepare: impl FnMut(&mut T, [u8; 32]),
    mut refuse: impl FnMut(&T),
    right: [u8; 32],
) -> Vec<(usize, u64)> {
    let mut rng = fastrand::Rng::with_seed(1);
    let mut rows: Vec<(usize, u64)> = Vec::with_capacity(count);
    for at in 0..count + count / 100 {
        let kind = rng.usize(0..2);
        let mut forged = right;
        *forged.get_mut(kind * 31).expect("a byte of a signature") ^= rng.u8(1..);
        prepare(place, forged);
        settle();
        let start = Instant::now();
        refuse(black_box(place));
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        // The first ones find caches cold.
        if at >= count / 100 {
            rows.push((kind, nanos));
        }
    }
    rows
}

/// Work that is always the same, so that the processor has forgotten how the preparation went.
fn settle() {
    let mut bytes = [7; 32];
    for _ in 0..16 {
        bytes = digest(black_box(&bytes));
    }
    black_box(bytes);
}

fn report(name: &str, timings: &[(usize, u64)]) {
    let count = timings.len();
    let mut sorted: Vec<u64> = timings.iter().map(|(_, nanos)| *nanos).collect();
    sorted.sort_unstable();
    let values = CUTS.map(|cut| welch(timings, limit(&sorted, cut)));
    let median = sorted.get(count / 2).copied().unwrap_or_default();
    let t: Vec<String> = CUTS.iter().zip(values).map(|(cut, t)| format!("\"{cut}\":{t:.2}")).collect();
    println!("{{\"what\":\"{name}\",\"refusals\":{count},\"median_ns\":{median},\"t\":{{{}}}}}", t.join(","));
}

fn limit(sorted: &[u64], cut: f64) -> u64 {
    let last = sorted.len().saturating_sub(1);
    sorted.get((last as f64 * cut) as usize).copied().unwrap_or(u64::MAX)
}

/// The distance of the two kinds' means in units of its own uncertainty.
fn welch(timings: &[(usize, u64)], limit: u64) -> f64 {
    let [first, last] = [0, 1].map(|wanted| {
        let kept = timings.iter().filter(|(kind, nanos)| *kind == wanted && *nanos <= limit);
        let values: Vec<f64> = kept.map(|(_, nanos)| *nanos as f64).collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (count - 1.0);
        (mean, variance / count)
    });
    (first.0 - last.0) / (first.1 + last.1).sqrt()
}
