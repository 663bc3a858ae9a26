//! An answer before it is sent: status, headers, body, and how the body goes out.

use bytes::Bytes;
use serde_json::{Value, json};

/// Where the body stops being honest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    Whole,
    /// The connection closes after so many bytes.
    CutAfter(usize),
    /// Nothing more comes after so many bytes, and nobody hangs up.
    StallAfter(usize),
}

/// One answer.
#[derive(Clone, Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Bytes,
    /// Bytes a second; none is as fast as it goes.
    pub rate: Option<u64>,
    pub ending: Ending,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<Bytes>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), rate: None, ending: Ending::Whole }
    }

    pub(super) fn json(value: &Value) -> Self {
        Self::new(200, "application/json; charset=utf-8", value.to_string())
    }

    pub(super) fn html(status: u16, text: &str) -> Self {
        Self::new(status, "text/html; charset=utf-8", text.to_owned())
    }

    /// The body forms in which errors have been seen or may be expected.
    pub(super) fn error(status: u16, title: &str, problem_form: bool) -> Self {
        let body = if problem_form {
            json!({ "type": "about:blank", "title": title, "status": status })
        } else {
            json!({ "error": title })
        };
        let kind = if problem_form { "application/problem+json" } else { "application/json; charset=utf-8" };
        Self::new(status, kind, body.to_string())
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.remove(name);
        self.headers.push((name, value.into()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.headers.retain(|(known, _)| *known != name);
    }
}
