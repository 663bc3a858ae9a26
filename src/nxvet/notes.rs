//! What a note's content means: plain text, or JSON that was put into a string.
//! An empty content is no note yet, so it yields nothing; splitting text into SOAP parts is the domain's job.

use super::json::string;
use crate::domain::note::{NoteBody, Passage};
use serde_json::{Map, Value};

/// Reads a note that may be written as JSON. `raw` is the member as it stands in the answer.
pub(crate) fn body(raw: &str) -> Option<NoteBody> {
    let body = match raw.as_bytes().first()? {
        b'"' => from_text(string(raw)?),
        _ => from_value(serde_json::from_str(raw).ok()?),
    };
    body.filter(|body| !body.is_empty())
}

/// Reads a transcript: text as it is, or a list of what was said by whom.
pub(crate) fn transcript(raw: &str) -> Option<NoteBody> {
    let text = match raw.as_bytes().first()? {
        b'"' => string(raw)?,
        _ => said(&serde_json::from_str(raw).ok()?),
    };
    let inner = if is_json(&text) { serde_json::from_str(&text).ok() } else { None };
    let text = inner.map_or(text, |value| said(&value));
    Some(NoteBody::Text(text)).filter(|body| !body.is_empty())
}

/// What looks like JSON but cannot be read stays the text it is.
fn from_text(text: String) -> Option<NoteBody> {
    if !is_json(&text) {
        return (text.trim() != "null").then_some(NoteBody::Text(text));
    }
    match serde_json::from_str(text.trim()) {
        Ok(value) => from_value(value),
        Err(_) => Some(NoteBody::Text(text)),
    }
}

/// A quotation mark may open a string that was packed twice.
fn is_json(text: &str) -> bool {
    let text = text.trim();
    matches!(
        (text.chars().next(), text.chars().next_back()),
        (Some('{'), Some('}')) | (Some('['), Some(']')) | (Some('"'), Some('"'))
    )
}

fn from_value(value: Value) -> Option<NoteBody> {
    match value {
        Value::Null => None,
        Value::String(text) => from_text(text),
        Value::Object(mut members) => match members.shift_remove("clinical_note") {
            Some(Value::Object(note)) => Some(passages(&note)),
            Some(note @ (Value::String(_) | Value::Array(_))) => from_value(note),
            _ => Some(passages(&members)),
        },
        other => Some(NoteBody::Text(words(&other))),
    }
}

/// Every filled member under its own name, in the order in which it was sent.
fn passages(members: &Map<String, Value>) -> NoteBody {
    let filled = members.iter().map(|(title, value)| Passage { title: readable(title), text: words(value) });
    NoteBody::Passages(filled.filter(|passage| !passage.text.trim().is_empty()).collect())
}

/// `chief_complaint` is how a program says "Chief complaint".
fn readable(title: &str) -> String {
    let spaced = title.trim().replace('_', " ");
    let mut letters = spaced.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// A value as a person would write it; `{ "value": … }` stands for what it holds.
fn words(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => filled_lines(items.iter().map(words)),
        Value::Object(members) => match members.get("value") {
            Some(inner) => words(inner),
            None => filled_lines(members.iter().map(|(key, value)| match words(value) {
                text if text.is_empty() => text,
                text => format!("{}: {text}", readable(key)),
            })),
        },
    }
}

/// A list of utterances as `Name: speech` lines.
fn said(value: &Value) -> String {
    let Value::Array(items) = value else {
        return match value {
            Value::Object(members) => {
                first_of(members, &["transcript", "text", "content", "segments", "utterances"], said)
            }
            other => words(other),
        };
    };
    filled_lines(items.iter().map(|item| match item {
        Value::Object(members) => {
            let speech = first_of(members, &["text", "content", "transcript"], words);
            let speaker = first_of(members, &["speaker", "speakerName", "role"], words);
            if speaker.is_empty() || speech.is_empty() { speech } else { format!("{speaker}: {speech}") }
        }
        other => words(other),
    }))
}

fn first_of(members: &Map<String, Value>, keys: &[&str], read: fn(&Value) -> String) -> String {
    keys.iter().filter_map(|key| members.get(*key)).map(read).find(|text| !text.is_empty()).unwrap_or_default()
}

fn filled_lines(lines: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> = lines.filter(|line| !line.trim().is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body of a note whose content is this text, as it would stand in an answer.
    fn of(content: &str) -> Option<NoteBody> {
        body(&Value::from(content).to_string())
    }

    fn text(text: &str) -> Option<NoteBody> {
        Some(NoteBody::Text(text.to_owned())).filter(|body| !body.is_empty())
    }

    fn pairs(pairs: &[(&str, &str)]) -> Option<NoteBody> {
        let passage = |(title, text): &(&str, &str)| Passage { title: (*title).to_owned(), text: (*text).to_owned() };
        Some(NoteBody::Passages(pairs.iter().map(passage).collect())).filter(|body| !body.is_empty())
    }

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(of("S: lame LF\nO: T 38.6"), text("S: lame LF\nO: T 38.6"));
        assert_eq!(of("{not json}"), text("{not json}"));
        assert_eq!(of("[sic] fine"), text("[sic] fine"));
    }

    #[test]
    fn the_production_form_keeps_its_order() {
        let content = r#"{"clinical_note":{"Plan":{"value":"Rest\n7 d"},"Subjective":{"value":"Limping 3 d"},"Objective":{"value":""}}}"#;
        let expected = pairs(&[("Plan", "Rest\n7 d"), ("Subjective", "Limping 3 d")]);
        assert_eq!(of(content), expected);
        assert_eq!(body(content), expected, "the same as an object instead of a string");
        assert_eq!(of(&Value::from(content).to_string()), expected, "packed twice");
    }

    #[test]
    fn any_other_json_is_shown_by_its_names() {
        let content =
            r#"{"chief_complaint":"lame","weight":{"kg":31.4},"vaccines":["DHPP","rabies"],"alive":true,"x":null}"#;
        let expected = pairs(&[
            ("Chief complaint", "lame"),
            ("Weight", "Kg: 31.4"),
            ("Vaccines", "DHPP\nrabies"),
            ("Alive", "true"),
        ]);
        assert_eq!(of(content), expected);
        assert_eq!(of(r#"["one","two"]"#), text("one\ntwo"));
    }

    #[test]
    fn an_empty_note_is_no_note_yet() {
        for content in [
            "",
            "  \n",
            "{}",
            " { } ",
            "[]",
            "null",
            "\"\"",
            r#"{"clinical_note":{}}"#,
            r#"{"clinical_note":{"Plan":{"value":""}}}"#,
        ] {
            assert_eq!(of(content), None, "{content}");
        }
        for raw in ["null", "{}", "[]", "\"\""] {
            assert_eq!(body(raw), None, "{raw}");
            assert_eq!(transcript(raw), None, "{raw}");
        }
    }

    #[test]
    fn depth_beyond_the_limit_stays_text() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        assert_eq!(of(&deep), text(&deep));
        assert_eq!(body(&deep), None);
    }

    #[test]
    fn a_transcript_may_come_in_pieces() {
        assert_eq!(transcript(r#""Vet: hello\nOwner: hi""#), text("Vet: hello\nOwner: hi"));
        let pieces = r#"[{"speaker":"Vet","text":"hello"},{"speaker":null,"text":"hm"},{"text":""},"free"]"#;
        assert_eq!(transcript(pieces), text("Vet: hello\nhm\nfree"));
        assert_eq!(transcript(&format!(r#"{{"segments":{pieces}}}"#)), text("Vet: hello\nhm\nfree"));
    }
}
