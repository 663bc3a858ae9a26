//! What each way of signing lets in, and by which name it refuses the rest.

use super::*;
use crate::domain::live::Scheme;
use crate::webhooks::signing::{NOW, OTHER, Request, SECRET, now};
use chrono::TimeDelta;

const BODY: &[u8] = br#"{"id":"evt_1","name":"Jos\u00e9","n":[1.50, 2]}"#;

fn refusal(request: &Request) -> Option<Refusal> {
    request.verify().err()
}

#[test]
fn what_is_signed_is_let_in() {
    for scheme in Scheme::ALL {
        let request = Request::of(scheme, SECRET, BODY);
        let verified = request.verify().expect("genuine");
        assert_eq!(
            (verified.scheme(), verified.signed_with(), verified.form()),
            (scheme, SignedWith::Current, Form::Raw)
        );
        assert_eq!(verified.body(), BODY);
        assert_eq!(verified.partner().is_some(), scheme == Scheme::Partner);
        assert_eq!(verified.sent_at().is_some(), scheme != Scheme::Organization);
    }
}

#[test]
fn each_needed_header_is_needed_once_and_with_a_value() {
    for scheme in Scheme::ALL {
        let whole = Request::of(scheme, SECRET, BODY);
        for at in 0..whole.headers.len() {
            let mut missing = whole.clone();
            let (name, value) = missing.headers.remove(at);
            assert!(matches!(refusal(&missing), Some(Refusal::Missing(_))), "{name} missing");
            let mut blank = whole.clone();
            *blank.header(&name) = " \t".to_owned();
            assert!(matches!(refusal(&blank), Some(Refusal::Blank(_))), "{name} blank");
            let mut twice = whole.clone();
            twice.headers.push((name.to_uppercase(), value));
            assert!(matches!(refusal(&twice), Some(Refusal::Duplicate(_))), "{name} twice");
        }
    }
}

#[test]
fn the_delivery_header_may_be_missing_but_not_doubled() {
    let mut request = Request::organization(SECRET, BODY);
    request.headers.push(("x-nervex-delivery".to_owned(), "evt_1".to_owned()));
    assert_eq!(request.verify().expect("genuine").delivery(), Some(&b"evt_1"[..]));
    request.headers.push(("X-NerveX-Delivery".to_owned(), "evt_1".to_owned()));
    assert_eq!(refusal(&request), Some(Refusal::Duplicate(Part::Delivery)));
}

#[test]
fn the_previous_secret_holds_while_it_is_given() {
    let (current, previous) = (WebhookSecret::new(OTHER), WebhookSecret::new(SECRET));
    for scheme in Scheme::ALL {
        let old = Request::of(scheme, SECRET, BODY);
        let during = Verifier::new(scheme, &current, Some(&previous)).expect("strong");
        assert_eq!(during.verify(&old.incoming(), now()).expect("genuine").signed_with(), SignedWith::Previous);
        let after = Verifier::new(scheme, &current, None).expect("strong");
        assert_eq!(after.verify(&old.incoming(), now()).err(), Some(Refusal::Mismatch));
        assert!(!format!("{during:?}").contains("whsec"), "nothing of a secret is printed");
    }
}

#[test]
fn weak_secrets_make_no_verifier() {
    let strong = WebhookSecret::new(SECRET);
    for text in ["", "whsec_", "fifteen-letters", "                    ", "   too short    "] {
        let weak = WebhookSecret::new(text);
        for scheme in Scheme::ALL {
            assert_eq!(Verifier::new(scheme, &weak, None).err(), Some(WeakSecret), "{text:?}");
            assert_eq!(Verifier::new(scheme, &strong, Some(&weak)).err(), Some(WeakSecret), "{text:?}");
        }
    }
    assert!(Verifier::new(Scheme::NexHealth, &WebhookSecret::new("TESTonlyN3xK3y9a"), None).is_ok());
}

#[test]
fn five_minutes_either_way_are_allowed_for_partners_only() {
    for (off, expected) in
        [(300, None), (-300, None), (301, Some(301)), (-301, Some(-301)), (31_536_000, Some(31_536_000))]
    {
        let at = now() + TimeDelta::seconds(off);
        let stale = Request::of(Scheme::Partner, SECRET, BODY).verify_at(at).err();
        assert_eq!(stale, expected.map(|seconds| Refusal::StaleTimestamp { seconds }));
        assert!(Request::of(Scheme::Organization, SECRET, BODY).verify_at(at).is_ok());
        let nexhealth = Request::of(Scheme::NexHealth, SECRET, BODY);
        let verified = nexhealth.verify_at(at).expect("genuine");
        assert_eq!(verified.lateness(at).map(|late| late.num_seconds()), expected);
    }
}

#[test]
fn a_wrong_signature_is_not_called_stale() {
    let mut request = Request::partner(SECRET, &(NOW - 9_000).to_string(), BODY);
    assert!(matches!(refusal(&request), Some(Refusal::StaleTimestamp { .. })));
    request.body.push(b' ');
    assert_eq!(refusal(&request), Some(Refusal::Mismatch));
}

#[test]
fn every_digit_of_the_signature_counts() {
    for (scheme, name) in [
        (Scheme::Organization, "x-nervex-signature"),
        (Scheme::Partner, "x-nxvet-signature"),
        (Scheme::NexHealth, "signature"),
    ] {
        let whole = Request::of(scheme, SECRET, BODY);
        for from_the_end in 1..=64 {
            let mut spoilt = whole.clone();
            let text = spoilt.header(name);
            let at = text.len() - from_the_end;
            let other = if text[at..].starts_with('0') { "1" } else { "0" };
            text.replace_range(at..=at, other);
            assert_eq!(refusal(&spoilt), Some(Refusal::Mismatch), "{from_the_end} from the end");
        }
    }
}

#[test]
fn a_request_with_two_senders_signatures_is_nobodys() {
    for (scheme, foreign) in [
        (Scheme::Organization, "x-nxvet-signature"),
        (Scheme::Partner, "x-nervex-signature"),
        (Scheme::NexHealth, "x-nxvet-signature"),
        (Scheme::NexHealth, "x-nervex-signature"),
    ] {
        let mut request = Request::of(scheme, SECRET, BODY);
        request.headers.push((foreign.to_owned(), "0".repeat(64)));
        assert_eq!(refusal(&request), Some(Refusal::ForeignSignature));
    }
}

#[test]
fn nexhealths_sample_form_is_taken_and_told() {
    let small = crate::webhooks::compact::compact(BODY).expect("JSON");
    assert_ne!(small, BODY);
    let request = Request::of(Scheme::NexHealth, SECRET, &small).with_body(BODY);
    let verified = request.verify().expect("the same text");
    assert_eq!((verified.form(), verified.body()), (Form::Compacted, BODY));
    for scheme in [Scheme::Organization, Scheme::Partner] {
        let request = Request::of(scheme, SECRET, &small).with_body(BODY);
        assert_eq!(refusal(&request), Some(Refusal::Mismatch), "the others sign bytes");
    }
    let number = String::from_utf8_lossy(BODY).replace("1.50", "1.5");
    let request = Request::of(Scheme::NexHealth, SECRET, &small).with_body(number.as_bytes());
    assert_eq!(refusal(&request), Some(Refusal::Mismatch), "the text of a number counts");
}

#[test]
fn every_reason_has_a_name_and_words_of_its_own() {
    let mut all = vec![
        Refusal::MissingPrefix,
        Refusal::UpperCaseHex,
        Refusal::ForeignSignature,
        Refusal::Mismatch,
        Refusal::StaleTimestamp { seconds: 301 },
    ];
    for part in Part::ALL {
        all.extend([Refusal::Missing(part), Refusal::Blank(part), Refusal::Duplicate(part), Refusal::Malformed(part)]);
    }
    let names: std::collections::HashSet<String> = all.iter().map(|refusal| refusal.code()).collect();
    let words: std::collections::HashSet<String> = all.iter().map(ToString::to_string).collect();
    assert_eq!((names.len(), words.len()), (all.len(), all.len()));
}
