//! What each misfortune does: before the real answer is made, or to it.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{
    faults::{Fault, Route},
    gzip,
    reply::{Ending, Reply},
};

/// The answer given instead of the real one; `None` leaves the real one to be made.
pub(super) fn instead(fault: &Fault) -> Option<Reply> {
    let reply = match fault {
        Fault::Status(status) => status_reply(*status),
        Fault::RateLimited { retry_after } => {
            let mut reply = Reply::error(429, "Too many requests", false);
            if let Some(text) = retry_after {
                reply.set("retry-after", text.clone());
            }
            reply
        }
        Fault::Garbage => Reply::html(
            200,
            "<!doctype html><html><head><title>Guest Wi-Fi</title></head><body><h1>Welcome</h1><p>Please accept the terms to go online.</p></body></html>",
        ),
        Fault::WrongJson => Reply::json(&json!({
            "organizationId": 7, "id": 7, "name": [], "conversations": "none", "hasMore": [], "ownedPatientNotes": 3,
        })),
        Fault::GzipBomb(size) => {
            let mut reply = Reply::new(200, "application/json; charset=utf-8", gzip::bomb(*size));
            reply.set("content-encoding", "gzip");
            reply
        }
        Fault::DeepJson(depth) => {
            Reply::new(200, "application/json; charset=utf-8", "[".repeat(*depth) + &"]".repeat(*depth))
        }
        Fault::Redirect { status, location } => {
            let mut reply = Reply::new(*status, "text/plain", Bytes::new());
            reply.set("location", location.clone());
            reply
        }
        Fault::EmptyBody => Reply::new(200, "application/json; charset=utf-8", Bytes::new()),
        _ => return None,
    };
    Some(reply)
}

/// Client errors as JSON, server errors as a proxy writes them.
fn status_reply(status: u16) -> Reply {
    match status {
        204 | 304 => Reply::new(status, "text/plain", Bytes::new()),
        500.. => Reply::html(status, "<html><body><h1>The server could not answer</h1></body></html>"),
        _ => Reply::error(status, "The request was not accepted", false),
    }
}

/// Spoils the real answer.
pub(super) fn spoil(mut reply: Reply, fault: &Fault, route: Route) -> Reply {
    let half = reply.body.len() / 2;
    match fault {
        Fault::CutBody => reply.ending = Ending::CutAfter(half),
        Fault::CutAfter(count) => reply.ending = Ending::CutAfter(*count),
        Fault::Stall => reply.ending = Ending::StallAfter(half),
        Fault::StallAfter(count) => reply.ending = Ending::StallAfter(*count),
        Fault::OtherTag => reply.set("etag", "\"another-version\""),
        Fault::TruncatedJson | Fault::ShortBody => reply.body = reply.body.slice(..half),
        Fault::Slow(rate) => reply.rate = Some((*rate).max(1)),
        Fault::MissingTotal => reply.remove("x-total-count"),
        Fault::BadRow if route == Route::List && reply.status == 200 => reply.body = with_bad_row(&reply.body),
        _ => {}
    }
    reply
}

/// Rows no client can make a record of: the id is never a readable text.
const BAD_ROWS: [&str; 3] = [
    r#"{"id":{"value":[1,2]},"name":["x"],"type":7,"fromTime":{"at":"noon"},"patient":"Bella"}"#,
    r#"{"id":184467440737095516160000,"name":null,"fromTime":1e400,"toTime":-184467440737095516160000}"#,
    r#"{"id":"\ud83d","name":"\udc00 cut in half","type":"CombinedClinicConv"}"#,
];

/// The bad row of that turn, as text: serde would not write such a thing.
pub(super) fn bad_row(turn: usize) -> &'static str {
    BAD_ROWS.get(turn % BAD_ROWS.len()).copied().unwrap_or("{}")
}

/// The list with one unreadable row more, below the first good one.
fn with_bad_row(body: &Bytes) -> Bytes {
    let Ok(Value::Array(rows)) = serde_json::from_slice::<Value>(body) else { return body.clone() };
    let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    let turn = body.len();
    rows.insert(1.min(rows.len()), bad_row(turn).to_owned());
    format!("[{}]", rows.join(",")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_row_is_one_more_and_the_good_ones_stay() {
        let spoilt = with_bad_row(&Bytes::from_static(br#"[{"id":"a"},{"id":"b"}]"#));
        let text = String::from_utf8(spoilt.to_vec()).unwrap();
        assert!(text.starts_with(r#"[{"id":"a"},{"id":"#) && text.ends_with(r#",{"id":"b"}]"#), "{text}");
    }
}
