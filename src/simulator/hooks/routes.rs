//! NxVET's own page of webhooks: create, list, delete, test, enable, deliveries.
//!
//! What no document tells (statuses, the eleventh, empty bodies) differs between the two personalities on purpose.

use bytes::Bytes;
use chrono::SecondsFormat;
use serde_json::{Map, Value, json};
use url::Url;

use super::{
    event,
    lines::{Hook, Row},
};
use crate::simulator::{query::Query, reply::Reply, routes::Asked, shared::Shared};

const MAX_HOOKS: usize = 10;
const MAX_TEXT: usize = 2_000;
const KNOWN_TYPES: [&str; 6] =
    ["new_label", "label_updated", "label_deleted", "conversation_created", "conversation_completed", "ping"];

/// A path below `…/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Page {
    All,
    One(String),
    Test(String),
    Enable(String),
    Deliveries(String),
}

impl Page {
    pub(in super::super) fn of(rest: &[&str]) -> Option<Self> {
        let id = |id: &str| id.to_owned();
        Some(match rest {
            [] => Self::All,
            [one] => Self::One(id(one)),
            [one, "test"] => Self::Test(id(one)),
            [one, "enable"] => Self::Enable(id(one)),
            [one, "deliveries"] => Self::Deliveries(id(one)),
            _ => return None,
        })
    }

    pub(in super::super) fn allows(&self, method: &str) -> bool {
        match self {
            Self::All => method == "GET" || method == "POST",
            Self::One(_) => method == "DELETE",
            Self::Test(_) | Self::Enable(_) => method == "POST",
            Self::Deliveries(_) => method == "GET",
        }
    }
}

/// `None` is 404.
pub(in super::super) fn answer(shared: &Shared, page: &Page, asked: &Asked) -> Option<Reply> {
    match page {
        Page::All if asked.method == "POST" => Some(create(shared, &asked.body)),
        Page::All => {
            let state = shared.hooks.state();
            let rows: Vec<Value> = state.hooks.iter().map(|hook| hook_row(shared, hook)).collect();
            Some(Reply::json(&Value::Array(rows)))
        }
        Page::One(id) => {
            let mut state = shared.hooks.state();
            let place = state.hooks.iter().position(|hook| hook.id == *id)?;
            state.hooks.remove(place);
            Some(done(shared, 204, None))
        }
        Page::Test(id) => {
            shared.hooks.state().hook_mut(id)?;
            event::ping(shared, id);
            Some(done(shared, 202, None))
        }
        Page::Enable(id) => {
            let mut state = shared.hooks.state();
            let hook = state.hook_mut(id)?;
            hook.is_active = true;
            hook.consecutive_failures = 0;
            let row = hook_row(shared, hook);
            Some(done(shared, 204, Some(row)))
        }
        Page::Deliveries(id) => {
            let limit = Query::parse(&asked.query).number("limit").unwrap_or(usize::MAX);
            let mut state = shared.hooks.state();
            let hook = state.hook_mut(id)?;
            let mut rows: Vec<Value> = hook.rows.iter().rev().take(limit).map(delivery_row).collect();
            if !shared.is_production() {
                // The sample lists the older attempt first.
                rows.reverse();
            }
            Some(Reply::json(&Value::Array(rows)))
        }
    }
}

/// Success without content: nothing at all in production, some JSON otherwise.
fn done(shared: &Shared, status: u16, content: Option<Value>) -> Reply {
    if shared.is_production() {
        return Reply::new(status, "text/plain", Bytes::new());
    }
    Reply::json(&content.unwrap_or_else(|| json!({ "success": true })))
}

fn refused(shared: &Shared, status: u16, why: &str) -> Reply {
    Reply::error(status, why, shared.is_production())
}

fn create(shared: &Shared, body: &[u8]) -> Reply {
    let Ok(Value::Object(wish)) = serde_json::from_slice::<Value>(body) else {
        return refused(shared, 400, "The body is not a JSON object");
    };
    let wish = match read_wish(&wish) {
        Ok(wish) => wish,
        Err(why) => return refused(shared, 400, why),
    };
    let full = if shared.is_production() { 409 } else { 400 };
    match open(shared, wish) {
        None => refused(shared, full, "An organization can have at most 10 webhooks"),
        Some(hook) => {
            let mut row = hook_row(shared, &hook);
            if let Some(members) = row.as_object_mut() {
                members.insert("secret".to_owned(), json!(hook.secret));
            }
            let mut reply = Reply::json(&row);
            reply.status = if shared.is_production() { 200 } else { 201 };
            reply
        }
    }
}

/// What somebody wants to be told, and where.
pub(super) struct Wish {
    pub url: String,
    pub description: String,
    /// None is every type.
    pub event_types: Option<Vec<String>>,
}

fn read_wish(wish: &Map<String, Value>) -> Result<Wish, &'static str> {
    let text = |name: &str| wish.get(name).and_then(Value::as_str).unwrap_or_default();
    let url = text("url");
    let is_address = Url::parse(url).is_ok_and(|url| ["http", "https"].contains(&url.scheme()) && url.has_host());
    if !is_address || url.len() > MAX_TEXT {
        return Err("The url is not a web address");
    }
    if text("description").len() > MAX_TEXT {
        return Err("The description is too long");
    }
    let event_types = match wish.get("eventTypes") {
        None | Some(Value::Null) => None,
        Some(Value::Array(types)) => {
            let read: Option<Vec<String>> = types.iter().map(|one| one.as_str().map(str::to_owned)).collect();
            // "If no event types are specified, the webhook receives all events."
            read.ok_or("The event types are not texts").map(|types| (!types.is_empty()).then_some(types))?
        }
        Some(_) => return Err("The event types are not a list"),
    };
    let is_known = |name: &String| KNOWN_TYPES.contains(&name.as_str());
    if !event_types.iter().flatten().all(is_known) {
        return Err("An event type is not known");
    }
    Ok(Wish { url: url.to_owned(), description: text("description").to_owned(), event_types })
}

/// A new webhook, or none when there are ten.
pub(super) fn open(shared: &Shared, wish: Wish) -> Option<Hook> {
    let now = shared.now();
    let mut state = shared.hooks.state();
    if state.hooks.len() >= MAX_HOOKS {
        return None;
    }
    let hook = Hook {
        id: state.new_id(now),
        url: wish.url,
        description: wish.description,
        event_types: wish.event_types,
        is_active: true,
        consecutive_failures: 0,
        created_at: now,
        secret: format!("whsec_{}", secret_letters(48)),
        rows: std::collections::VecDeque::new(),
    };
    state.hooks.push(hook.clone());
    Some(hook)
}

/// It opens nothing but this simulator, but it is nobody else's to know.
pub(in super::super) fn secret_letters(count: usize) -> String {
    let mut random = fastrand::Rng::new();
    (0..count).map(|_| random.alphanumeric()).collect()
}

fn hook_row(shared: &Shared, hook: &Hook) -> Value {
    // Nobody prints how "all" is listed.
    let all = if shared.is_production() { Value::Null } else { json!([]) };
    json!({
        "id": hook.id,
        "url": hook.url,
        "description": hook.description,
        "eventTypes": hook.event_types.as_ref().map_or(all, |types| json!(types)),
        "isActive": hook.is_active,
        "consecutiveFailures": hook.consecutive_failures,
        "createdAt": hook.created_at.to_rfc3339_opts(SecondsFormat::Secs, true),
    })
}

fn delivery_row(row: &Row) -> Value {
    json!({
        "id": row.id,
        "eventId": row.event_id,
        "eventType": row.event_type,
        "attemptNumber": row.attempt,
        "httpStatusCode": row.status,
        "responseTimeMs": row.milliseconds,
        "errorMessage": row.error,
        "success": row.is_success(),
        "createdAt": row.at.to_rfc3339_opts(SecondsFormat::Secs, true),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Wish, &'static str> {
        read_wish(serde_json::from_str::<Value>(text).unwrap().as_object().unwrap())
    }

    #[test]
    fn only_web_addresses_and_known_types_are_taken() {
        assert!(read(r#"{"url":"https://a.example/x"}"#).unwrap().event_types.is_none());
        assert!(read(r#"{"url":"https://a.example/x","eventTypes":[]}"#).unwrap().event_types.is_none());
        assert_eq!(
            read(r#"{"url":"http://127.0.0.1:1/x","eventTypes":["new_label"]}"#).unwrap().event_types,
            Some(vec!["new_label".to_owned()])
        );
        for text in [
            "{}",
            r#"{"url":7}"#,
            r#"{"url":"ftp://a.example"}"#,
            r#"{"url":"https://a.example","eventTypes":"new_label"}"#,
            r#"{"url":"https://a.example","eventTypes":["newLabel"]}"#,
            r#"{"url":"https://a.example","eventTypes":[1]}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_page_has_its_methods() {
        assert_eq!(Page::of(&["a", "test"]), Some(Page::Test("a".to_owned())));
        assert_eq!(Page::of(&["a", "b", "c"]), None);
        assert!(Page::All.allows("POST") && Page::All.allows("GET") && !Page::All.allows("PUT"));
        assert!(!Page::One("a".to_owned()).allows("GET"));
    }
}
