//! What can be wrong with a webhook on purpose, and how each fault is put into an otherwise honest request.

use std::collections::BTreeMap;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Scheme;

/// One fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Forgery {
    /// A signature of the right form over nothing in particular.
    MadeUpSignature,
    /// Signed with a secret nobody was given.
    OtherSecret,
    /// Signed with this secret; the empty one included.
    Secret(String),
    /// One character of the body changed after signing.
    AlteredBody,
    /// Signed honestly that many seconds ago (ahead when negative); the organization's scheme has no time to age.
    Aged(i64),
    /// Signed, then the same JSON written in another way.
    Reencoded(Reencoding),
    /// A final newline was signed and not sent.
    TrimmedNewline,
    /// A final newline was sent and not signed.
    AddedNewline,
    /// Half of the body is missing.
    Cut,
    /// Hex in capitals.
    UpperHex,
    /// `sha256=` is missing where it belongs, or stands where it does not.
    WrongPrefix,
    /// Base64 in place of hex.
    Base64,
    /// This header is not there.
    Without(Header),
    /// This header is empty.
    Blank(Header),
    /// This header is there twice.
    Twice(Header),
    /// Built and signed as another scheme, with this one's secret.
    AsScheme(Scheme),
    /// Honest, of another organization, partner or institution.
    Foreign,
    /// Honestly signed, and no JSON.
    NotJson,
    /// Honestly signed, and empty.
    EmptyBody,
    /// The unsigned headers tell of another event than the body; it is authentic all the same.
    LyingHeaders,
    /// Names of headers in lower case, as a proxy may pass them on; it is authentic.
    LowerCaseNames,
    /// One more header, such as the `Origin` of a web page, or another content type.
    Extra(String, String),
}

/// A header that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Header {
    /// The signature.
    Signature,
    /// The time; the organization's scheme has none.
    Timestamp,
    /// The delivery's or the partner's id.
    Identity,
    /// `Content-Type`.
    ContentType,
}

/// Another way to write the same JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Reencoding {
    /// Indented.
    Pretty,
    /// Members by name.
    Sorted,
    /// Everything beyond ASCII as `\u`; a body without such letters stays what it was.
    Escaped,
}

impl Header {
    fn is(self, scheme: Scheme, name: &str) -> bool {
        let own = match (self, scheme) {
            (Self::Signature, Scheme::Organization) => "X-NerveX-Signature",
            (Self::Signature, Scheme::Partner) => "X-Nxvet-Signature",
            (Self::Signature, Scheme::NexHealth) => "signature",
            (Self::Timestamp, Scheme::Partner) => "X-Nxvet-Timestamp",
            (Self::Timestamp, Scheme::NexHealth) => "timestamp",
            (Self::Identity, Scheme::Organization) => "X-NerveX-Delivery",
            (Self::Identity, Scheme::Partner) => "X-Nxvet-Partner-Id",
            (Self::ContentType, _) => "content-type",
            _ => return false,
        };
        name == own
    }
}

/// What is signed, and what is sent.
pub(super) fn bodies(honest: &[u8], wrong: Option<&Forgery>) -> (Vec<u8>, Vec<u8>) {
    let whole = honest.to_vec();
    let both = |body: Vec<u8>| (body.clone(), body);
    match wrong {
        Some(Forgery::AlteredBody) => (whole, altered(honest)),
        Some(Forgery::Reencoded(how)) => (whole, reencoded(honest, *how)),
        Some(Forgery::TrimmedNewline) => ([honest, b"\n"].concat(), whole),
        Some(Forgery::AddedNewline) => (whole, [honest, b"\n"].concat()),
        Some(Forgery::Cut) => (whole, honest.iter().take(honest.len() / 2).copied().collect()),
        Some(Forgery::NotJson) => both(b"{\"id\": this is no JSON".to_vec()),
        Some(Forgery::EmptyBody) => both(Vec::new()),
        Some(Forgery::Foreign) => both(foreign(honest)),
        _ => both(whole),
    }
}

/// The last digit becomes another one; every body holds an id or a time.
fn altered(honest: &[u8]) -> Vec<u8> {
    let mut body = honest.to_vec();
    match body.iter_mut().rev().find(|byte| byte.is_ascii_digit()) {
        Some(digit) => *digit = if *digit == b'7' { b'4' } else { b'7' },
        None => body.push(b' '),
    }
    body
}

fn reencoded(honest: &[u8], how: Reencoding) -> Vec<u8> {
    let Ok(value) = serde_json::from_slice::<Value>(honest) else { return honest.to_vec() };
    let text = match how {
        Reencoding::Pretty => serde_json::to_string_pretty(&value).unwrap_or_default(),
        Reencoding::Sorted => sorted(&value).to_string(),
        Reencoding::Escaped => escaped(&value.to_string()),
    };
    text.into_bytes()
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let ordered: BTreeMap<_, _> = members.iter().map(|(name, value)| (name.clone(), sorted(value))).collect();
            Value::Object(ordered.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        plain => plain.clone(),
    }
}

/// Letters beyond ASCII only stand inside of texts, so the whole document can be taken letter by letter.
fn escaped(text: &str) -> String {
    let mut units = [0; 2];
    text.chars().fold(String::new(), |mut done, letter| {
        if letter.is_ascii() {
            done.push(letter);
        } else {
            letter.encode_utf16(&mut units).iter().for_each(|unit| done.push_str(&format!("\\u{unit:04x}")));
        }
        done
    })
}

/// The same event of somebody else.
fn foreign(honest: &[u8]) -> Vec<u8> {
    let Ok(mut value) = serde_json::from_slice::<Value>(honest) else { return honest.to_vec() };
    let replace = |value: &mut Value, pointer: &str, with: Value| {
        if let Some(known) = value.pointer_mut(pointer) {
            *known = with;
        }
    };
    replace(&mut value, "/organizationId", "0190ffff-2222-7000-8000-0000000f0e16".into());
    replace(&mut value, "/partner_id", "prt_somebody_else".into());
    replace(&mut value, "/data/appointment/institution_id", 999.into());
    replace(&mut value, "/data/patient/institution_id", 999.into());
    value.to_string().into_bytes()
}

/// The secret that is signed with.
pub(super) fn secret(own: &str, wrong: Option<&Forgery>) -> String {
    match wrong {
        Some(Forgery::OtherSecret) => "whsec_OfSomebodyElse0000000000000000000000000000".to_owned(),
        Some(Forgery::Secret(given)) => given.clone(),
        _ => own.to_owned(),
    }
}

/// The signature's text, made wrong.
pub(super) fn signature(scheme: Scheme, honest: String, wrong: Option<&Forgery>) -> String {
    let bare = honest.strip_prefix("sha256=").unwrap_or(&honest);
    let prefix = if scheme == Scheme::Organization { "sha256=" } else { "" };
    match wrong {
        Some(Forgery::MadeUpSignature) => format!("{prefix}{}", "0123456789abcdef".repeat(4)),
        Some(Forgery::UpperHex) => format!("{prefix}{}", bare.to_ascii_uppercase()),
        Some(Forgery::WrongPrefix) if prefix.is_empty() => format!("sha256={bare}"),
        Some(Forgery::WrongPrefix) => bare.to_owned(),
        Some(Forgery::Base64) => format!("{prefix}{}", STANDARD.encode(bytes_of(bare))),
        _ => honest,
    }
}

fn bytes_of(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).map(|digit| digit as u8).collect();
    digits.chunks_exact(2).map(|pair| pair.iter().fold(0, |byte, digit| (byte << 4) | digit)).collect()
}

/// The headers, made wrong.
pub(super) fn headers(scheme: Scheme, headers: &mut Vec<(String, String)>, wrong: Option<&Forgery>) {
    match wrong {
        Some(Forgery::Without(which)) => headers.retain(|(name, _)| !which.is(scheme, name)),
        Some(Forgery::Blank(which)) => {
            headers.iter_mut().filter(|(name, _)| which.is(scheme, name)).for_each(|(_, value)| value.clear());
        }
        Some(Forgery::Twice(which)) => {
            let again: Vec<_> = headers.iter().filter(|(name, _)| which.is(scheme, name)).cloned().collect();
            headers.extend(again);
        }
        Some(Forgery::LyingHeaders) => {
            for (name, value) in headers.iter_mut() {
                match name.as_str() {
                    "X-NerveX-Event" => "label_deleted".clone_into(value),
                    "X-NerveX-Delivery" => "evt_of_another_event".clone_into(value),
                    _ => {}
                }
            }
        }
        Some(Forgery::LowerCaseNames) => headers.iter_mut().for_each(|(name, _)| name.make_ascii_lowercase()),
        Some(Forgery::Extra(name, value)) => {
            headers.retain(|(known, _)| !(known.eq_ignore_ascii_case(name) && known == "content-type"));
            headers.push((name.clone(), value.clone()));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_json_is_written_in_three_other_ways() {
        let honest = r#"{"b":"Zoë 🐕","a":[1]}"#.as_bytes();
        assert_eq!(reencoded(honest, Reencoding::Sorted), r#"{"a":[1],"b":"Zoë 🐕"}"#.as_bytes());
        assert_eq!(reencoded(honest, Reencoding::Escaped), br#"{"b":"Zo\u00eb \ud83d\udc15","a":[1]}"#);
        assert!(reencoded(honest, Reencoding::Pretty).starts_with(b"{\n  \"b\""));
        for how in [Reencoding::Sorted, Reencoding::Escaped, Reencoding::Pretty] {
            let read: Value = serde_json::from_slice(&reencoded(honest, how)).unwrap();
            assert_eq!(read, serde_json::from_slice::<Value>(honest).unwrap());
        }
    }

    #[test]
    fn an_altered_body_differs_in_one_byte() {
        let honest = br#"{"id":"evt_17","data":{}}"#;
        let other = altered(honest);
        assert_eq!(honest.iter().zip(&other).filter(|(one, two)| one != two).count(), 1);
    }

    #[test]
    fn faults_are_named_in_commands_as_they_are_here() {
        let read = |text: &str| serde_json::from_str::<Forgery>(text).unwrap();
        assert_eq!(read("\"upperHex\""), Forgery::UpperHex);
        assert_eq!(read(r#"{"aged":600}"#), Forgery::Aged(600));
        assert_eq!(read(r#"{"reencoded":"pretty"}"#), Forgery::Reencoded(Reencoding::Pretty));
        assert_eq!(read(r#"{"without":"signature"}"#), Forgery::Without(Header::Signature));
        assert_eq!(read(r#"{"asScheme":"nexHealth"}"#), Forgery::AsScheme(Scheme::NexHealth));
        assert_eq!(
            read(r#"{"extra":["origin","http://a.example"]}"#),
            Forgery::Extra("origin".into(), "http://a.example".into())
        );
    }
}
