//! Genuine requests, spoilt by somebody who knows how they are made: none may be taken.
//! A few thousand for each scheme with every run; a million each with
//! `cargo test --test it a_million_forgeries -- --ignored --nocapture`, or as many as `FORGERIES` says.

use consult_desk::domain::live::{EventKey, Scheme, WebhookSecret};
use consult_desk::webhooks::compact::compact;
use consult_desk::webhooks::{Form, Known, Verifier, payload, why};
use fastrand::Rng;

use crate::support::signed::{
    ISO, NOW, ORGANIZATION_SIGNATURE, OTHER, PARTNER, PARTNER_SIGNATURE, SECRET, Signed, body, digest, hex, identity,
    message, moment, signature_header, verifier,
};

/// What came of one request: the event it counts as, and over which form of the body.
fn taken(verifier: &Verifier, request: &Signed, now: i64) -> Option<(EventKey, Form)> {
    let proved = verifier.verify(&request.incoming(), moment(now)).ok()?;
    let form = proved.form();
    let told = payload::read(&proved, &identity(request.scheme), moment(now)).ok()?;
    Some((told.event.key, form))
}

fn spread(text: &str) -> String {
    let value: serde_json::Value = serde_json::from_str(text).expect("JSON");
    serde_json::to_string_pretty(&value).expect("JSON")
}

fn genuine(scheme: Scheme) -> Vec<Signed> {
    let small = body(scheme, "one");
    let wide = spread(&body(scheme, "two"));
    let escaped = body(scheme, "three").replace('ë', "\\u00eb");
    let mut all: Vec<Signed> =
        [&small, &wide, &escaped].iter().map(|text| Signed::new(scheme, SECRET, text.as_bytes())).collect();
    if scheme == Scheme::NexHealth {
        let wide = spread(&small).replace("12.5", "12.50");
        all.push(Signed::sent_otherwise(scheme, SECRET, small.as_bytes(), wide.as_bytes()));
    }
    if scheme == Scheme::Organization {
        all[0] = all[0].clone().with_header("X-NerveX-Delivery", "evt_one");
    }
    all
}

#[derive(Default)]
struct Count {
    forged: u32,
    /// By chance a genuine request came out again.
    sent_again: u32,
}

fn forge(scheme: Scheme, wanted: u32, seed: u64) -> Count {
    let bases = genuine(scheme);
    let verifier = verifier(scheme);
    let keys: Vec<EventKey> =
        bases.iter().map(|base| taken(&verifier, base, NOW).expect("the genuine one is taken").0).collect();
    let mut rng = Rng::with_seed(seed);
    let mut count = Count::default();
    while count.forged < wanted {
        let at = rng.usize(..bases.len());
        let (base, mut request, mut now) = (&bases[at], bases[at].clone(), NOW);
        for _ in 0..rng.u32(1..=3) {
            spoil(&mut request, &mut now, &bases, &mut rng);
        }
        if now == NOW && is_as_good_as(base, &request) {
            continue;
        }
        let Some((key, form)) = taken(&verifier, &request, now) else {
            count.forged += 1;
            continue;
        };
        let sent = bases.iter().position(|sent| is_sent_again(sent, &request, form));
        let Some(sent) = sent else {
            panic!("taken ({form:?}), seed {seed}, at {now}: {}\ninstead of: {}", say(&request), say(base));
        };
        assert_eq!(key, keys[sent], "it counts as the event it was");
        count.sent_again += 1;
    }
    count
}

fn say(request: &Signed) -> String {
    let headers = request.headers.iter();
    let lines: Vec<String> = headers.map(|(name, value)| format!("{name}: {}\n", value.escape_ascii())).collect();
    format!("\n{}{}", lines.concat(), request.body.escape_ascii())
}

/// Names of headers know no upper and lower case and stand in any order: such a change spoils nothing.
fn headers(of: &Signed) -> Vec<(String, &[u8])> {
    let mut all: Vec<_> =
        of.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.as_slice())).collect();
    all.sort();
    all
}

fn is_as_good_as(base: &Signed, request: &Signed) -> bool {
    request.body == base.body && headers(request) == headers(base)
}

/// A genuine request after all: the signature and the text of one that was sent, at most with other blanks and escapes
/// where the signature is over the text without them. The inbox knows it by its key.
fn is_sent_again(sent: &Signed, request: &Signed, form: Form) -> bool {
    let signature = |of: &Signed| {
        let mut headers = of.headers.iter();
        let found = headers.find(|(name, _)| name.eq_ignore_ascii_case(signature_header(of.scheme)));
        found.map(|(_, value)| value.clone())
    };
    let is_same_text = form == Form::Compacted && compact(&sent.body) == compact(&request.body);
    signature(sent) == signature(request) && (sent.body == request.body || is_same_text)
}

// ------------------------------------------------------------------------------------------------- spoiling

fn spoil(request: &mut Signed, now: &mut i64, bases: &[Signed], rng: &mut Rng) {
    match rng.u32(..20) {
        0..=7 => spoil_body(&mut request.body, bases, rng),
        8..=12 => spoil_signature(request, bases, rng),
        13..=15 => spoil_time(request, rng),
        16..=17 => spoil_headers(request, rng),
        18 => sign_wrongly(request, rng),
        // Only one scheme knows an age; for the others nothing would be spoilt.
        _ if request.scheme == Scheme::Partner => {
            *now += (301 + rng.i64(0..1_000_000)) * if rng.bool() { 1 } else { -1 };
        }
        _ => spoil_bytes(&mut request.body, rng),
    }
}

fn spoil_bytes(bytes: &mut Vec<u8>, rng: &mut Rng) {
    if bytes.is_empty() {
        bytes.push(rng.u8(..));
        return;
    }
    let at = rng.usize(..bytes.len());
    match rng.u32(..8) {
        0..=1 => bytes[at] ^= 1 << rng.u32(..8),
        2 => drop(bytes.remove(at)),
        3 => bytes.insert(at, rng.u8(..)),
        4 => bytes.truncate(at),
        5 => {
            let other = rng.usize(..bytes.len());
            bytes.swap(at, other);
        }
        6 => {
            let piece = bytes[at..(at + 9).min(bytes.len())].to_vec();
            bytes.extend(piece);
        }
        _ => bytes[at] = *rng.choice(b"\"{}[]:,\\0 \n\0").expect("a byte"),
    }
}

fn spoil_body(bytes: &mut Vec<u8>, bases: &[Signed], rng: &mut Rng) {
    let replaced =
        |bytes: &[u8], from: &str, to: &str| String::from_utf8_lossy(bytes).replacen(from, to, 1).into_bytes();
    match rng.u32(..16) {
        0 => bytes.push(b'\n'),
        1 => bytes.extend(b"\r\n"),
        2 => bytes.insert(0, b' '),
        3 => *bytes = replaced(bytes, "ë", "\\u00eb"),
        4 => *bytes = replaced(bytes, "900001", "900002"),
        5 => *bytes = replaced(bytes, "12.50", "12.5"),
        6 => *bytes = replaced(bytes, "false", "true"),
        7 => *bytes = replaced(bytes, ":", ": "),
        8 => *bytes = replaced(bytes, "}}", "},\"data\":{}}"),
        9 => *bytes = replaced(bytes, "evt_", "evt-"),
        10 => *bytes = replaced(bytes, "\"", "\u{feff}\""),
        11 => *bytes = compact(bytes).unwrap_or_default(),
        12 => bytes.clear(),
        13 => bytes.clone_from(&rng.choice(bases).expect("a request").body),
        14 => bytes.extend_from_within(..),
        _ => spoil_bytes(bytes, rng),
    }
}

fn value<'a>(request: &'a mut Signed, name: &str) -> Option<&'a mut Vec<u8>> {
    request.headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn spoil_signature(request: &mut Signed, bases: &[Signed], rng: &mut Rng) {
    let name = signature_header(request.scheme);
    let other = rng.choice(bases).expect("a request").clone();
    let theirs = other.headers.into_iter().find(|(known, _)| known == name).map(|(_, value)| value).unwrap_or_default();
    let Some(value) = value(request, name) else { return };
    let text = String::from_utf8_lossy(value).into_owned();
    let bare = text.trim_start_matches("sha256=").to_owned();
    *value = match rng.u32(..20) {
        0 => bare.into_bytes(),
        1 => format!("sha256=sha256={bare}").into_bytes(),
        2 => format!("SHA256={bare}").into_bytes(),
        3 => format!("sha512={bare}").into_bytes(),
        4 => format!("sha256:{bare}").into_bytes(),
        5 => format!("sha256= {bare}").into_bytes(),
        6 => format!("v1={bare}").into_bytes(),
        7 => text.to_uppercase().into_bytes(),
        8 => format!("\"{text}\"").into_bytes(),
        9 => format!("{text},{text}").into_bytes(),
        10 => format!(" {text}").into_bytes(),
        11 => format!("{text}\0").into_bytes(),
        12 => text.replacen('1', "\u{ff11}", 1).replacen('0', "\u{0660}", 1).into_bytes(),
        13 => "0".repeat(64).into_bytes(),
        14 => bare.chars().rev().collect::<String>().into_bytes(),
        15 => theirs,
        16 => text.get(..text.len().saturating_sub(2)).unwrap_or_default().as_bytes().to_vec(),
        17 => format!("{text}{}", bare.get(..2).unwrap_or_default()).into_bytes(),
        18 => Vec::new(),
        _ => {
            spoil_bytes(value, rng);
            return;
        }
    };
}

fn spoil_time(request: &mut Signed, rng: &mut Rng) {
    let first = request.body.first().copied();
    let name = if request.scheme == Scheme::Partner { "X-Nxvet-Timestamp" } else { "timestamp" };
    let Some(value) = value(request, name) else {
        spoil_bytes(&mut request.body, rng);
        return;
    };
    let text = String::from_utf8_lossy(value).into_owned();
    *value = match rng.u32(..16) {
        0 => (NOW + 1).to_string().into_bytes(),
        1 => format!("0{text}").into_bytes(),
        2 => format!("+{text}").into_bytes(),
        3 => format!(" {text}").into_bytes(),
        4 => format!("{text} ").into_bytes(),
        5 => format!("{text}.0").into_bytes(),
        6 => format!("{text}000").into_bytes(),
        7 => text.replacen('1', "\u{0661}", 1).replacen('2', "\u{0662}", 1).into_bytes(),
        8 => text.replace(".000Z", "Z").into_bytes(),
        9 => text.replace('Z', "+00:00").into_bytes(),
        10 => text.to_lowercase().into_bytes(),
        11 => ISO.as_bytes().to_vec(),
        12 => Vec::new(),
        // The dot moves: what was the body's first byte becomes the time's last one.
        13 => {
            let moved = [text.as_bytes(), b".", &[first.unwrap_or(b'{')]].concat();
            request.body.drain(..usize::from(first.is_some()));
            replace_time(request, name, moved);
            return;
        }
        14 => {
            let mut digits = text.into_bytes();
            let last = digits.pop();
            request.body.splice(..0, last.into_iter().chain(*b"."));
            replace_time(request, name, digits);
            return;
        }
        _ => {
            spoil_bytes(value, rng);
            return;
        }
    };
}

fn replace_time(request: &mut Signed, name: &str, time: Vec<u8>) {
    if let Some(value) = value(request, name) {
        *value = time;
    }
}

fn spoil_headers(request: &mut Signed, rng: &mut Rng) {
    // The first one is the content type and the last one may be the delivery's id: neither is needed here.
    let needed: Vec<usize> = (0..request.headers.len())
        .filter(|at| !["Content-Type", "X-NerveX-Delivery"].contains(&request.headers[*at].0.as_str()))
        .collect();
    let Some(at) = rng.choice(&needed).copied() else { return };
    let (name, value) = request.headers[at].clone();
    match rng.u32(..9) {
        0 => drop(request.headers.remove(at)),
        1 => request.headers.push((name.to_ascii_uppercase(), value)),
        2 => request.headers.insert(0, (name, b"x".to_vec())),
        3 => ORGANIZATION_SIGNATURE.clone_into(&mut request.headers[at].0),
        4 => PARTNER_SIGNATURE.clone_into(&mut request.headers[at].0),
        5 => "signature".clone_into(&mut request.headers[at].0),
        6 => {
            let foreign = if request.scheme == Scheme::Partner { ORGANIZATION_SIGNATURE } else { PARTNER_SIGNATURE };
            request.headers.push((foreign.to_owned(), value));
        }
        7 => match request.scheme {
            Scheme::Organization => {
                request.headers.retain(|(name, _)| name != "X-NerveX-Delivery");
                request.headers.push(("X-NerveX-Delivery".to_owned(), format!("evt_{}", rng.u32(..)).into_bytes()));
            }
            _ => spoil_bytes(&mut request.headers[at].1, rng),
        },
        _ => {
            let other = *rng.choice(&needed).expect("a header");
            let theirs = std::mem::replace(&mut request.headers[other].1, value);
            request.headers[at].1 = theirs;
        }
    }
}

/// By somebody who knows everything but the secret, or who knows it and signs another scheme's way.
fn sign_wrongly(request: &mut Signed, rng: &mut Rng) {
    let scheme = request.scheme;
    let time = request.headers.iter().find(|(name, _)| name.to_ascii_lowercase().ends_with("timestamp"));
    let time = time.map_or_else(|| NOW.to_string().into_bytes(), |(_, value)| value.clone());
    let strangers = [OTHER, "", "TESTONLY-0123456789abcdef", "whsec_TESTONLY-0123456789abcdeF"];
    let bytes = match rng.u32(..3) {
        0 => {
            let others: Vec<Scheme> = Scheme::ALL.into_iter().filter(|other| *other != scheme).collect();
            digest(SECRET, &message(*rng.choice(&others).expect("another"), &time, &request.body))
        }
        1 => digest(SECRET, &[b"~", &message(scheme, &time, &request.body)[..], b"~"].concat()),
        _ => digest(rng.choice(strangers).expect("a secret"), &message(scheme, &time, &request.body)),
    };
    let prefix = if scheme == Scheme::Organization { "sha256=" } else { "" };
    if let Some(value) = value(request, signature_header(scheme)) {
        *value = format!("{prefix}{}", hex(&bytes)).into_bytes();
    }
}

// ------------------------------------------------------------------------------------------------ the tests

#[test]
fn no_forgery_is_taken() {
    for (scheme, seed) in Scheme::ALL.into_iter().zip(1..) {
        let count = forge(scheme, 20_000, seed);
        assert_eq!(count.forged, 20_000);
        // Where the signature may be over the text without its blanks, some changes spoil nothing: they were tried too.
        assert!(count.sent_again > 0 || scheme != Scheme::NexHealth);
    }
}

#[test]
fn every_forgery_is_given_a_reason_without_its_content() {
    let secret = WebhookSecret::new(SECRET);
    let known = Known { accepted: vec![&secret], ..Known::default() };
    for (scheme, seed) in Scheme::ALL.into_iter().zip(11..) {
        let bases = genuine(scheme);
        let mut rng = Rng::with_seed(seed);
        for _ in 0..300 {
            let (mut request, mut now) = (rng.choice(&bases).expect("a request").clone(), NOW);
            spoil(&mut request, &mut now, &bases, &mut rng);
            let diagnosis = why(scheme, &request.incoming(), &known, moment(now));
            let is_taken = verifier(scheme).verify(&request.incoming(), moment(now)).is_ok();
            assert_eq!(diagnosis.is_genuine(), is_taken, "{}", say(&request));
            assert_eq!(diagnosis.refusal.is_none(), is_taken);
            let words = format!("{:?} {diagnosis:?}", diagnosis.sentences());
            for content in ["Zoë", "evt_", "conv-", "NXH-T1", "limping", "900001", "whsec_TEST", PARTNER] {
                assert!(!words.contains(content), "{words} repeats {content}");
            }
        }
    }
}

#[test]
#[ignore = "takes minutes"]
fn a_million_forgeries() {
    let wanted = std::env::var("FORGERIES").ok().and_then(|number| number.parse().ok()).unwrap_or(1_000_000);
    for (scheme, seed) in Scheme::ALL.into_iter().zip(101..) {
        let count = forge(scheme, wanted, seed);
        eprintln!("{}: {} forgeries, 0 taken; {} genuine after all", scheme.code(), count.forged, count.sent_again);
    }
}
