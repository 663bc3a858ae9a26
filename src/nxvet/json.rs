//! Reads JSON that may be wrong in places, one field at a time, so that a wrong field costs that field
//! and a wrong row costs that row.
//! It knows no vendor words. Depth is no danger: what is not asked for is skipped without recursion,
//! and what is parsed whole keeps `serde_json`'s limit of 128.

use super::error::{Error, NOT_JSON, WRONG_SHAPE};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashMap;

/// An object whose members are read only when asked for. Of a key that comes twice, the last one counts.
pub(crate) struct Fields<'a>(HashMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    pub(crate) fn parse(text: &'a str) -> Result<Self, Error> {
        read(text).map(Self)
    }

    /// The member, unless it is missing or null.
    pub(crate) fn raw(&self, key: &str) -> Option<&'a str> {
        self.0.get(key).map(|raw| raw.get().trim()).filter(|text| *text != "null")
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// A filled text; a number is taken by its digits.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        let raw = self.raw(key)?;
        let text = match raw.as_bytes().first()? {
            b'"' => string(raw)?,
            b'-' | b'0'..=b'9' => raw.to_owned(),
            _ => return None,
        };
        let trimmed = text.trim();
        (!trimmed.is_empty()).then(|| if trimmed.len() == text.len() { text.clone() } else { trimmed.to_owned() })
    }

    /// The first of several names that holds a text.
    pub(crate) fn text_of(&self, keys: &[&str]) -> Option<String> {
        keys.iter().find_map(|key| self.text(key))
    }

    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.raw(key).is_some_and(|raw| raw.trim_matches('"').eq_ignore_ascii_case("true"))
    }

    pub(crate) fn object(&self, key: &str) -> Option<Self> {
        self.raw(key).and_then(|raw| Fields::parse(raw).ok())
    }

    /// The elements of a list; null is an empty one.
    pub(crate) fn list(&self, key: &str) -> Option<Vec<&'a RawValue>> {
        match self.raw(key) {
            Some(raw) => read(raw).ok(),
            None => self.has(key).then(Vec::new),
        }
    }

    /// The object inside an envelope, where one of these keys holds one.
    pub(crate) fn unwrapped(self, envelopes: &[&str]) -> Self {
        envelopes.iter().find_map(|key| self.object(key)).unwrap_or(self)
    }
}

/// The rows of a list answer: a bare array, or one under a key of an object.
pub(crate) fn rows<'a>(text: &'a str, keys: &[&str]) -> Result<Vec<&'a RawValue>, Error> {
    if text.starts_with('[') {
        return read(text);
    }
    let fields = Fields::parse(text)?;
    keys.iter().find_map(|key| fields.list(key)).ok_or(Error::Unexpected { what: WRONG_SHAPE })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Error> {
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof | serde_json::error::Category::Io => Error::BrokenOff,
        serde_json::error::Category::Syntax => Error::Unexpected { what: NOT_JSON },
        serde_json::error::Category::Data => Error::Unexpected { what: WRONG_SHAPE },
    })
}

/// A JSON string's text. Half surrogate pairs, which some transcribers emit, become the replacement sign.
pub(crate) fn string(raw: &str) -> Option<String> {
    serde_json::from_str(raw).or_else(|_| serde_json::from_str(&mend_surrogates(raw))).ok()
}

/// Replaces `\uD8xx` and `\uDCxx` that have no partner, so that the rest of the text can be read.
fn mend_surrogates(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        mended.push_str(before);
        let (whole, len) = match (unit(escape), escape.get(6..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => (true, 12),
            (Some(0xD800..=0xDFFF), _) => (false, 6),
            (Some(_), _) => (true, 6),
            (None, _) => (true, 1 + escape.chars().nth(1).map_or(0, char::len_utf8)),
        };
        let (escape, after) = escape.split_at(len);
        mended.push_str(if whole { escape } else { "\\ufffd" });
        rest = after;
    }
    mended.push_str(rest);
    mended
}

/// The UTF-16 unit of a `\uXXXX` at the text's start.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_field_costs_only_itself() {
        let text = r#"{"a": {"b": 1e999}, "name": "  Bella ", "id": 12, "huge": 99999999999999999999999, "flag": "True", "n": null}"#;
        let fields = Fields::parse(text).expect("an object");
        assert_eq!(fields.text("name").as_deref(), Some("Bella"));
        assert_eq!(fields.text("id").as_deref(), Some("12"));
        assert_eq!(fields.text("a"), None);
        assert_eq!(fields.text("n"), None);
        assert!(fields.is_true("flag") && fields.has("n") && !fields.has("m"));
        assert_eq!(fields.list("n").map(|list| list.len()), Some(0));
    }

    #[test]
    fn the_last_of_two_same_keys_counts() {
        let fields = Fields::parse(r#"{"a":"1","a":"2"}"#).expect("an object");
        assert_eq!(fields.text("a").as_deref(), Some("2"));
    }

    #[test]
    fn half_surrogates_are_mended() {
        assert_eq!(string(r#""a\ud83db""#).as_deref(), Some("a\u{fffd}b"));
        assert_eq!(string(r#""\udc36x\ud83d\ude36\\ud83d""#).as_deref(), Some("\u{fffd}x😶\\ud83d"));
        assert_eq!(string(r#""\ud83d\ud83d\ude36""#).as_deref(), Some("\u{fffd}😶"));
        assert_eq!(string(r#""\u00e9\n小""#).as_deref(), Some("é\n小"));
        assert_eq!(string(r#""\u12"#), None);
    }

    #[test]
    fn what_is_cut_and_what_is_garbage_are_told_apart() {
        assert_eq!(rows(r#"[{"a":1},{"#, &[]).err(), Some(Error::BrokenOff));
        assert_eq!(rows("[1,,2]", &[]).err(), Some(Error::Unexpected { what: NOT_JSON }));
        assert_eq!(rows(r#"{"error":"no"}"#, &["data"]).err(), Some(Error::Unexpected { what: WRONG_SHAPE }));
        assert_eq!(rows(r#"{"data":[1,2]}"#, &["data"]).map(|rows| rows.len()), Ok(2));
    }

    #[test]
    fn great_depth_neither_crashes_nor_spoils_its_neighbours() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        let text = format!("[{deep},{{\"a\":{deep},\"b\":\"c\"}}]");
        let rows = rows(&text, &[]).expect("two rows");
        let read: Vec<_> = rows.iter().map(|row| Fields::parse(row.get()).ok().and_then(|f| f.text("b"))).collect();
        assert_eq!(read, [None, Some("c".to_owned())]);
    }
}
