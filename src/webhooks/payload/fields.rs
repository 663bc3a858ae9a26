//! Looks into JSON without trusting it: what is missing, null, empty or of another kind is simply not there.

use super::Quarantine;
use crate::webhooks::compact::{NotJson, compact};
use chrono::{DateTime, Datelike as _, NaiveDateTime, Utc};
use serde_json::{Map, Value};

/// A body's outermost object. `compact` says first whether it is JSON, and no deeper than is read.
pub(super) fn object(body: &[u8]) -> Result<Fields, Quarantine> {
    let small = compact(body)?;
    match serde_json::from_slice(&small) {
        Ok(Value::Object(members)) => Ok(Fields(members)),
        _ => Err(NotJson::Malformed.into()),
    }
}

pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        self.0.get(name).and_then(Self::of)
    }

    /// The objects of a list; what is none is left out.
    pub(super) fn objects(&self, name: &str) -> Vec<Self> {
        let list = self.0.get(name).and_then(Value::as_array);
        list.into_iter().flatten().filter_map(Self::of).collect()
    }

    fn of(value: &Value) -> Option<Self> {
        value.as_object().cloned().map(Self)
    }

    /// Empty text is no text.
    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().map(str::trim).filter(|text| !text.is_empty())
    }

    /// Text as it stands, blanks and line ends included.
    pub(super) fn whole_text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str().filter(|text| !text.trim().is_empty())
    }

    /// A member as JSON; an empty object is nothing.
    pub(super) fn json(&self, name: &str) -> Option<String> {
        let value = self.0.get(name).filter(|value| !value.is_null())?;
        let is_empty = value.as_object().is_some_and(Map::is_empty);
        (!is_empty).then(|| value.to_string())
    }

    /// A number, or a text that holds one.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        match self.0.get(name)? {
            Value::Number(number) => number.as_i64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    pub(super) fn is_true(&self, name: &str) -> bool {
        match self.0.get(name) {
            Some(Value::Bool(is_true)) => *is_true,
            Some(Value::String(text)) => text.trim().eq_ignore_ascii_case("true"),
            _ => false,
        }
    }

    pub(super) fn moment(&self, name: &str) -> Option<DateTime<Utc>> {
        self.text(name).and_then(moment)
    }
}

/// ISO text with an offset, or without one, which means UTC. Years that no clinic has seen are "not set".
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = match DateTime::parse_from_rfc3339(text) {
        Ok(moment) => moment.to_utc(),
        Err(_) => ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%d %H:%M:%S%.f %#z"]
            .iter()
            .find_map(|form| DateTime::parse_from_str(text, form).ok().map(|moment| moment.to_utc()))
            .or_else(|| {
                NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").ok().map(|moment| moment.and_utc())
            })?,
    };
    (2000..=9999).contains(&moment.year()).then_some(moment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_of_another_kind_is_not_there() {
        let fields = object(br#"{"a":7,"b":" ","c":null,"d":{},"e":[1,{"x":"y"}],"f":"12","g":"TRUE","h":1.5}"#)
            .expect("an object");
        assert!(fields.text("a").is_none() && fields.text("b").is_none() && fields.text("c").is_none());
        assert!(fields.object("d").is_some() && fields.object("e").is_none());
        assert_eq!(fields.objects("e").len(), 1);
        assert!(fields.objects("d").is_empty() && fields.objects("z").is_empty());
        assert_eq!((fields.number("a"), fields.number("f"), fields.number("h")), (Some(7), Some(12), None));
        assert!(fields.is_true("g") && !fields.is_true("a"));
        for body in [&b"[]"[..], b"1", b"", b"{", b"\xff{}"] {
            assert_eq!(object(body).err(), Some(Quarantine::NotJson));
        }
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(100), "]".repeat(100));
        assert_eq!(object(deep.as_bytes()).err(), Some(Quarantine::TooDeep));
    }

    #[test]
    fn moments_come_in_several_forms() {
        for text in
            ["2026-02-20T15:00:00Z", "2026-02-20T15:00:00+00:00", "2026-02-20T10:00:00.000-0500", "2026-02-20T15:00:00"]
        {
            assert_eq!(moment(text).map(|moment| moment.timestamp()), Some(1_771_599_600), "{text}");
        }
        for text in ["", "soon", "1771599600", "0001-01-01T00:00:00Z"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
