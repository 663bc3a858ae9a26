//! `inspect signature`: whether a request that was kept in files is genuine, and why not, as one line of JSON.
//! The secret comes from a file; neither it nor anything of the body is printed.

use crate::domain::live::{Scheme, WebhookSecret};
use crate::options::{RequestFiles, SignatureQuestion};
use crate::webhooks::{Form, Incoming, Known, SignedWith, Verifier, why};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use std::fmt;
use std::io::Write;
use std::path::Path;

/// `true` when the request is genuine, or when every vector came out as its file says.
pub fn inspect_signature(
    question: &SignatureQuestion,
    now: DateTime<Utc>,
    out: &mut impl Write,
) -> std::io::Result<bool> {
    match question {
        SignatureQuestion::Request(files) => {
            let answer = Answer::of_files(files, now);
            print(&answer, out)?;
            Ok(answer.is_valid())
        }
        SignatureQuestion::Vectors(file) => inspect_vectors(file, out),
    }
}

fn print(line: &impl Serialize, out: &mut impl Write) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    writeln!(out)
}

/// The answer about one request.
#[derive(Serialize)]
struct Answer {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    verdict: &'static str,
    reason: String,
    /// Which of the secrets, when it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'static str>,
    /// Named causes with a sentence each, when it does not hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<Explanation>,
}

#[derive(Serialize)]
struct Explanation {
    cause: &'static str,
    means: String,
}

impl Answer {
    fn valid(signed_with: SignedWith, form: Form) -> Self {
        let secret = match signed_with {
            SignedWith::Current => "current",
            SignedWith::Previous => "previous",
        };
        let reason = match form {
            Form::Raw => "ok",
            // Only a tolerant receiver takes this: the body was not signed as it was sent.
            Form::Compacted => "ok_lenient_compacted_body",
        };
        Self { id: None, verdict: "valid", reason: reason.to_owned(), secret: Some(secret), causes: Vec::new() }
    }

    fn invalid(reason: impl Into<String>) -> Self {
        Self { id: None, verdict: "invalid", reason: reason.into(), secret: None, causes: Vec::new() }
    }

    fn is_valid(&self) -> bool {
        self.verdict == "valid"
    }

    /// What cannot be read is not genuine, and is named.
    fn of_files(files: &RequestFiles, now: DateTime<Utc>) -> Self {
        let Some(secret) = read_secret(&files.secret) else { return Self::invalid("unreadable_secret_file") };
        let Some(headers) = read_headers(&files.headers) else { return Self::invalid("unreadable_headers_file") };
        let Ok(body) = std::fs::read(&files.body) else { return Self::invalid("unreadable_body_file") };
        let Some(now) = files.now.map_or(Some(now), |seconds| DateTime::from_timestamp(seconds, 0)) else {
            return Self::invalid("impossible_now");
        };
        let incoming = Incoming::new(headers.iter().map(|(name, value)| (name, value)), &body);
        let answer = Self::of(files.scheme, &secret, &incoming, now);
        answer.explained(files.scheme, &secret, &incoming, now)
    }

    fn of(scheme: Scheme, secret: &WebhookSecret, incoming: &Incoming<'_>, now: DateTime<Utc>) -> Self {
        let Ok(verifier) = Verifier::new(scheme, secret, None) else { return Self::invalid("weak_secret") };
        match verifier.verify(incoming, now) {
            Ok(genuine) => Self::valid(genuine.signed_with(), genuine.form()),
            Err(refusal) => Self::invalid(refusal.code()),
        }
    }

    fn explained(
        mut self,
        scheme: Scheme,
        secret: &WebhookSecret,
        incoming: &Incoming<'_>,
        now: DateTime<Utc>,
    ) -> Self {
        let known = Known { accepted: vec![secret], ..Known::default() };
        let found = why(scheme, incoming, &known, now).causes;
        self.causes =
            found.iter().map(|cause| Explanation { cause: cause.code(), means: cause.sentence(scheme) }).collect();
        self
    }
}

/// Editors end a file with a line break, which is no part of the secret.
fn read_secret(file: &Path) -> Option<WebhookSecret> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Some(WebhookSecret::new(line.strip_suffix('\r').unwrap_or(line)))
}

fn read_headers(file: &Path) -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(file).ok()?;
    if text.trim_start().starts_with('{') {
        return serde_json::from_str::<Pairs>(&text).ok().map(|pairs| pairs.0);
    }
    let mut lines = text.lines().filter(|line| !line.trim().is_empty()).peekable();
    // A request that was copied whole begins with a line that is no header.
    lines.next_if(|line| line.contains(" HTTP/"));
    lines.map(header_line).collect()
}

/// Blanks around a value are no part of it, as HTTP has it. A name has no blanks at all.
fn header_line(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once(':')?;
    let is_name = !name.is_empty() && !name.contains(char::is_whitespace);
    is_name.then(|| (name.to_owned(), value.trim_matches([' ', '\t', '\r']).to_owned()))
}

/// A JSON object as pairs, so that a name that stands there twice is not lost; a value may also be a list.
struct Pairs(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PairsVisitor)
    }
}

#[derive(serde::Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

struct PairsVisitor;

impl<'de> Visitor<'de> for PairsVisitor {
    type Value = Pairs;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of header fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
        let mut pairs = Vec::new();
        while let Some((name, values)) = map.next_entry::<String, OneOrMany>()? {
            match values {
                OneOrMany::One(value) => pairs.push((name, value)),
                OneOrMany::Many(values) => pairs.extend(values.into_iter().map(|value| (name.clone(), value))),
            }
        }
        Ok(Pairs(pairs))
    }
}

// -------------------------------------------------------------------------------------------------- vectors

#[derive(serde::Deserialize)]
struct VectorFile {
    vectors: Vec<Vector>,
}

#[derive(serde::Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    secret: String,
    now_unix: i64,
    body_base64: String,
    headers: Pairs,
    expected: Option<String>,
    expected_lenient: Option<String>,
}

fn inspect_vectors(file: &Path, out: &mut impl Write) -> std::io::Result<bool> {
    let read: Option<VectorFile> = std::fs::read(file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    let Some(read) = read else {
        print(&Answer::invalid("unreadable_vectors_file"), out)?;
        return Ok(false);
    };
    let mut is_as_said = true;
    for vector in &read.vectors {
        let answer = Answer { id: Some(vector.id.clone()), secret: None, ..vector.verdict() };
        is_as_said &= vector.is_met_by(&answer);
        print(&answer, out)?;
    }
    Ok(is_as_said)
}

impl Vector {
    fn verdict(&self) -> Answer {
        let scheme = match self.scheme.as_str() {
            "nxvet_org" => Some(Scheme::Organization),
            "nxvet_partner" => Some(Scheme::Partner),
            other => Scheme::from_code(other),
        };
        let Some(scheme) = scheme else { return Answer::invalid("unknown_scheme") };
        let Ok(body) = BASE64_STANDARD.decode(&self.body_base64) else { return Answer::invalid("unreadable_body") };
        let Some(now) = DateTime::from_timestamp(self.now_unix, 0) else { return Answer::invalid("impossible_now") };
        let incoming = Incoming::new(self.headers.0.iter().map(|(name, value)| (name, value)), &body);
        Answer::of(scheme, &WebhookSecret::new(&self.secret), &incoming, now)
    }

    /// The strict verdict; the tolerant one where the reason says that it is.
    fn is_met_by(&self, answer: &Answer) -> bool {
        let said = |expected: &Option<String>| expected.as_deref() == Some(answer.verdict);
        match &self.expected {
            None => true,
            expected if said(expected) => true,
            _ => answer.reason.contains("lenient") && said(&self.expected_lenient),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &str, body: &str, secret: &str) -> serde_json::Value {
        let folder = tempfile::tempdir().expect("a folder");
        let keep = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).expect("a file");
            path
        };
        let files = RequestFiles {
            scheme: Scheme::Partner,
            secret: keep("secret", secret),
            headers: keep("headers", headers),
            body: keep("body", body),
            now: Some(1_771_599_600),
        };
        let mut out = Vec::new();
        let is_valid =
            inspect_signature(&SignatureQuestion::Request(files), DateTime::UNIX_EPOCH, &mut out).expect("written");
        let line: serde_json::Value = serde_json::from_slice(&out).expect("one line of JSON");
        assert_eq!(line.get("verdict").and_then(|verdict| verdict.as_str()) == Some("valid"), is_valid);
        assert!(!String::from_utf8_lossy(&out).contains(secret.trim()), "the secret stays in its file");
        line
    }

    const SECRET: &str = "partner-hmac-TESTONLY-abcdef01\n";
    const SIGNATURE: &str = "8dd42a3a9c8f8e5f2b3a";

    #[test]
    fn what_cannot_be_read_is_not_genuine() {
        let reason = |line: &serde_json::Value| line.get("reason").and_then(|r| r.as_str()).map(str::to_owned);
        assert_eq!(reason(&answer("no header at all", "{}", SECRET)).as_deref(), Some("unreadable_headers_file"));
        assert_eq!(reason(&answer("{\"a\":1}", "{}", SECRET)).as_deref(), Some("unreadable_headers_file"));
        assert_eq!(reason(&answer("A: b", "{}", "short")).as_deref(), Some("weak_secret"));
        let headers = format!("POST /x HTTP/1.1\r\nx-nxvet-signature: {SIGNATURE}\r\n");
        assert_eq!(reason(&answer(&headers, "{}", SECRET)).as_deref(), Some("missing_timestamp"));
        let twice = format!("{{\"X-Nxvet-Signature\":[\"{SIGNATURE}\",\"{SIGNATURE}\"]}}");
        assert_eq!(reason(&answer(&twice, "{}", SECRET)).as_deref(), Some("duplicate_signature"));
        let again = format!("{{\"X-Nxvet-Signature\":\"{SIGNATURE}\",\"x-nxvet-signature\":\"{SIGNATURE}\"}}");
        assert_eq!(reason(&answer(&again, "{}", SECRET)).as_deref(), Some("duplicate_signature"));
    }

    #[test]
    fn a_refusal_is_explained_in_words() {
        let line = answer("X-Nxvet-Timestamp: 1771599600\nX-Nxvet-Partner-Id: prt_1\n", "{}", SECRET);
        let means = line.pointer("/causes/0/means").and_then(|means| means.as_str()).unwrap_or_default().to_owned();
        assert!(means.starts_with("The signature is missing."), "{means}");
    }
}
