//! What was asked of the server, so that a test can say what a client sent.
//!
//! It never keeps a key, only whether one was shown.

use std::collections::HashMap;

use super::faults::Route;

/// Beyond this the oldest half is forgotten; the counts stay.
const KEPT: usize = 200_000;

/// One request as it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoggedRequest {
    /// `GET` and kin.
    pub method: String,
    /// Still percent-encoded.
    pub path: String,
    /// Without the question mark; empty if there was none.
    pub query: String,
    /// Whether an `Authorization` header came along.
    pub had_authorization: bool,
    /// The `Range` header, if any.
    pub range: Option<String>,
    /// The family of the path.
    pub route: Route,
    /// How many requests were under way when it came, itself included.
    pub at_once: usize,
}

/// Everything asked so far.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// Oldest first.
    pub log: Vec<LoggedRequest>,
    counts: HashMap<Route, usize>,
}

impl Requests {
    /// How many requests a family has had; [`Route::Any`] is all of them.
    pub fn count(&self, route: Route) -> usize {
        if route == Route::Any { self.counts.values().sum() } else { self.counts.get(&route).copied().unwrap_or(0) }
    }

    pub(super) fn note(&mut self, request: LoggedRequest) {
        *self.counts.entry(request.route).or_default() += 1;
        if self.log.len() >= KEPT {
            self.log.drain(..KEPT / 2);
        }
        self.log.push(request);
    }
}
