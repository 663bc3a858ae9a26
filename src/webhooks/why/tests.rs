//! Each mistake, made on purpose, is found and named; a stranger's request is not explained away.

use super::*;
use crate::domain::live::Scheme;
use crate::webhooks::signing::{ISO, NOW, OTHER, Request, SECRET, hex, now};
use crate::webhooks::verify::Part;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

const BODY: &str = "{\"id\":\"evt_1\",\"type\":\"ping\",\"data\":{\"b\":\"é/\\\"<\",\"a\":1.50}}";

fn look(request: &Request) -> Diagnosis {
    let secret = WebhookSecret::new(SECRET);
    let known = Known { accepted: vec![&secret], ..Known::default() };
    why(request.scheme, &request.incoming(), &known, now())
}

fn codes(request: &Request) -> Vec<&'static str> {
    let diagnosis = look(request);
    assert!(diagnosis.sentences().iter().all(|words| !words.is_empty() && !words.contains("whsec_T")));
    diagnosis.causes.iter().map(|cause| cause.code()).collect()
}

fn genuine(scheme: Scheme) -> Request {
    Request::of(scheme, SECRET, BODY.as_bytes())
}

#[test]
fn what_is_genuine_needs_no_explanation() {
    for scheme in Scheme::ALL {
        let diagnosis = look(&genuine(scheme));
        assert!(diagnosis.is_genuine() && diagnosis.refusal.is_none());
    }
}

#[test]
fn a_clock_that_is_off_is_measured() {
    let at = |off: i64| Request::partner(SECRET, &(NOW + off).to_string(), BODY.as_bytes());
    assert_eq!(look(&at(-380)).causes, [Cause::OldTime { seconds: 380 }]);
    assert_eq!(look(&at(7_200)).causes, [Cause::ClockBehind { seconds: 7_200 }]);
}

#[test]
fn secrets_that_were_mixed_up_are_told_apart() {
    let (ours, other) = (WebhookSecret::new(SECRET), WebhookSecret::new(OTHER));
    for scheme in Scheme::ALL {
        let request = Request::of(scheme, OTHER, BODY.as_bytes());
        let explain = |known: &Known<'_>| why(scheme, &request.incoming(), known, now()).causes;
        assert_eq!(explain(&Known { accepted: vec![&ours], ..Known::default() }), [Cause::Unknown]);
        let retired = Known { accepted: vec![&ours], retired: vec![&other], others: Vec::new() };
        assert_eq!(explain(&retired), [Cause::RetiredSecret]);
        let elsewhere = Known { accepted: vec![&ours], retired: Vec::new(), others: vec![(Scheme::NexHealth, &other)] };
        assert_eq!(explain(&elsewhere), [Cause::OtherWebhook(Scheme::NexHealth)]);
        assert_eq!(explain(&Known::default()), [Cause::NoSecret]);
        let fixed = Known { accepted: vec![&ours, &other], ..Known::default() };
        assert!(explain(&fixed).is_empty(), "after the fix it holds");
    }
}

#[test]
fn a_secret_that_was_entered_in_part_is_seen() {
    let bare = SECRET.strip_prefix("whsec_").expect("its beginning");
    assert_eq!(codes(&Request::organization(bare, BODY.as_bytes())), ["signed_without_beginning"]);
    let request = genuine(Scheme::Organization);
    for (kept, cause) in
        [(bare.to_owned(), Cause::SecretWithoutBeginning), (format!(" {SECRET}\n"), Cause::SecretWithBlanks)]
    {
        let kept = WebhookSecret::new(&kept);
        let known = Known { accepted: vec![&kept], ..Known::default() };
        assert_eq!(why(Scheme::Organization, &request.incoming(), &known, now()).causes, [cause]);
    }
}

#[test]
fn the_way_of_another_sender_is_recognised() {
    for (scheme, other) in [
        (Scheme::Organization, Scheme::Partner),
        (Scheme::Organization, Scheme::NexHealth),
        (Scheme::Partner, Scheme::Organization),
        (Scheme::Partner, Scheme::NexHealth),
        (Scheme::NexHealth, Scheme::Organization),
        (Scheme::NexHealth, Scheme::Partner),
    ] {
        let request = Request { scheme, ..genuine(other) };
        assert_eq!(look(&request).causes, [Cause::WrongAddress(other)], "{scheme:?} got {other:?}");
    }
    let mut body_only = genuine(Scheme::Partner);
    *body_only.header("X-Nxvet-Signature") = hex(SECRET, BODY.as_bytes());
    assert_eq!(look(&body_only).causes, [Cause::OtherScheme(Scheme::Organization)]);
    let mut two = genuine(Scheme::Partner);
    two.headers.extend(genuine(Scheme::Organization).headers);
    assert_eq!(codes(&two).first(), Some(&"two_senders"));
}

#[test]
fn every_way_of_writing_json_anew_is_found() {
    let mut found = 0;
    for scheme in Scheme::ALL {
        for rewriting in Rewriting::all() {
            let signed = rewriting.write(BODY.as_bytes());
            let request = Request::of(scheme, SECRET, &signed).with_body(BODY.as_bytes());
            if request.verify().is_ok() {
                continue;
            }
            assert_eq!(codes(&request), ["rewritten"], "{rewriting:?}");
            found += 1;
        }
    }
    assert!(found > 150, "{found}");
    // The other way round: sent small, arrived spread out.
    let spread =
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(BODY).expect("JSON")).expect("JSON");
    let kept = spread.replace("1.5", "1.50");
    assert_eq!(codes(&genuine(Scheme::Organization).with_body(kept.as_bytes())), ["rewritten"]);
}

#[test]
fn line_breaks_and_character_sets_are_found() {
    let change = |arrived: &[u8]| codes(&genuine(Scheme::Partner).with_body(arrived));
    assert_eq!(change(format!("{BODY}\n").as_bytes()), ["final_newline_added"]);
    assert_eq!(change(format!("{BODY}\r\n").as_bytes()), ["final_newline_added"]);
    assert_eq!(change(format!("\u{feff}{BODY}").as_bytes()), ["byte_order_mark"]);
    let latin: Vec<u8> = BODY.chars().map(|letter| u8::try_from(letter).expect("Latin")).collect();
    assert_eq!(change(&latin), ["charset"]);
    let lost = |signed: &[u8], arrived: &str| {
        codes(&Request::of(Scheme::Partner, SECRET, signed).with_body(arrived.as_bytes()))
    };
    assert_eq!(lost(format!("{BODY}\n").as_bytes(), BODY), ["final_newline_lost"]);
    assert_eq!(lost(format!("{BODY}\r\n").as_bytes(), BODY), ["final_newline_lost"]);
    assert_eq!(lost(b"{\r\n\"a\":1}", "{\n\"a\":1}"), ["line_ends_changed"]);
    assert_eq!(lost(b"{\n\"a\":1}", "{\r\n\"a\":1}"), ["line_ends_changed"]);
}

#[test]
fn a_signature_written_otherwise_is_read_all_the_same() {
    let spoil = |scheme: Scheme, name: &str, change: &dyn Fn(&str) -> String| {
        let mut request = genuine(scheme);
        let value = request.header(name);
        *value = change(value);
        codes(&request)
    };
    let nervex = |change: &dyn Fn(&str) -> String| spoil(Scheme::Organization, "X-NerveX-Signature", change);
    assert_eq!(nervex(&|text| text.replace("sha256=", "")), ["prefix_missing"]);
    assert_eq!(nervex(&|text| text.replace("sha256=", "SHA256=")), ["prefix_capitals"]);
    assert_eq!(nervex(&|text| format!("sha256={}", text.replace("sha256=", "").to_uppercase())), ["hex_capitals"]);
    assert_eq!(nervex(&|text| format!("\"{text}\"")), ["signature_with_blanks"]);
    let base64 = |text: &str| {
        let digits = text.trim_start_matches("sha256=").as_bytes();
        let bytes: Vec<u8> =
            digits.chunks(2).map(|pair| u8::from_str_radix(&String::from_utf8_lossy(pair), 16).expect("hex")).collect();
        BASE64_STANDARD.encode(bytes)
    };
    let plain = |change: &dyn Fn(&str) -> String| spoil(Scheme::NexHealth, "signature", change);
    assert_eq!(plain(&base64), ["signature_in_base64"]);
    assert_eq!(
        plain(&|text| base64(text).replace('+', "-").replace('/', "_").replace('=', "")),
        ["signature_in_base64"]
    );
    assert_eq!(plain(&|text| format!("sha256={text}")), ["prefix_extra"]);
    assert_eq!(plain(&|text| text.to_uppercase()), ["hex_capitals"]);
}

#[test]
fn times_written_anew_are_found() {
    let mut request = Request::nexhealth(SECRET, ISO, BODY.as_bytes());
    "2026-02-20T15:00:00Z".clone_into(request.header("timestamp"));
    assert_eq!(codes(&request), ["time_rewritten"]);
    "2026-02-20T10:00:00-05:00".clone_into(request.header("timestamp"));
    assert_eq!(codes(&request), ["time_rewritten"]);
    let millis = Request::partner(SECRET, &format!("{NOW}000"), BODY.as_bytes());
    assert_eq!(codes(&millis), ["malformed_header"]);
}

#[test]
fn odd_base64_is_found() {
    let wrapped = |text: &str| text.as_bytes().chunks(76).flat_map(|line| [line, b"\n"].concat()).collect::<Vec<u8>>();
    let body = BODY.repeat(3);
    let mut request = Request::nexhealth(SECRET, ISO, body.as_bytes());
    let message = [format!("{ISO}.").into_bytes(), wrapped(&BASE64_STANDARD.encode(&body))].concat();
    *request.header("signature") = hex(SECRET, &message);
    assert_eq!(codes(&request), ["odd_base64"]);
}

#[test]
fn headers_and_cut_bodies_are_named() {
    let mut missing = genuine(Scheme::Partner);
    missing.headers.retain(|(name, _)| name != "X-Nxvet-Timestamp");
    assert_eq!(look(&missing).causes.first(), Some(&Cause::Missing(Part::Timestamp)));
    let mut blank = genuine(Scheme::NexHealth);
    blank.header("signature").clear();
    assert_eq!(look(&blank).causes, [Cause::Blank(Part::Signature)]);
    let mut twice = genuine(Scheme::Organization);
    twice.headers.push(("x-nervex-signature".to_owned(), "sha256=0".to_owned()));
    assert_eq!(look(&twice).causes, [Cause::Duplicate(Part::Signature)]);
    let cut = |body: &[u8]| codes(&genuine(Scheme::Organization).with_body(body));
    assert_eq!(cut(&BODY.as_bytes()[..30]), ["body_cut"]);
    assert_eq!(cut(b""), ["body_empty"]);
    assert_eq!(cut(b"{\"quite\":\"another\"}"), ["unknown"]);
    let mut packed = genuine(Scheme::Organization).with_body(b"\x1f\x8b\x08");
    packed.headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
    assert_eq!(codes(&packed), ["body_compressed"]);
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    let mut request = Request::partner(SECRET, &(NOW - 900).to_string(), BODY.as_bytes());
    let value = request.header("X-Nxvet-Signature");
    *value = value.to_uppercase();
    assert_eq!(codes(&request), ["hex_capitals", "old_time"]);
}
