//! What happens in the pretended clinic, and what NxVET's webhooks tell of it.
//!
//! Partners are told other things: see `partner`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Line, Parcel, partner};
use crate::simulator::{
    shared::Shared,
    world::{ORGANIZATION_ID, World},
};

/// One thing to tell, the same for every addressee of a kind.
#[derive(Clone, Debug)]
pub(in super::super) struct Event {
    pub id: String,
    /// The vendor's name of its type.
    pub name: String,
    /// The whole body, but for what NexHealth adds to each attempt.
    pub body: Value,
}

/// A change of the clinic that somebody may want to hear of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum News {
    Created(String),
    Updated(String),
    Deleted(String),
    /// Transcript and note are both there; only partners are told.
    Finished(String),
    Began {
        conversation: String,
        device: String,
    },
    Ended {
        conversation: String,
        device: String,
    },
}

impl News {
    /// Type and data, as the table of event types prints them.
    fn for_organization(&self) -> Option<(&'static str, Value)> {
        Some(match self {
            Self::Created(id) => ("new_label", json!({ "labelId": id })),
            Self::Updated(id) => ("label_updated", json!({ "labelId": id })),
            Self::Deleted(id) => ("label_deleted", json!({ "labelId": id })),
            Self::Began { conversation, device } => {
                ("conversation_created", json!({ "conversationId": conversation, "deviceId": device }))
            }
            Self::Ended { conversation, device } => {
                ("conversation_completed", json!({ "conversationId": conversation, "deviceId": device }))
            }
            Self::Finished(_) => return None,
        })
    }
}

/// Tells everybody who wants to know; the clinic is locked meanwhile, so that the words are those of this moment.
pub(in super::super) fn tell(shared: &Shared, world: &World, news: &[News]) {
    for one in news {
        match one {
            News::Finished(id) => {
                partner::tell_of_record(shared, world, id);
            }
            other => {
                if let Some((name, data)) = other.for_organization() {
                    tell_organization(shared, name, &data);
                }
            }
        }
    }
}

/// Sends an event of this type, known to the documents or not, to every webhook that wants it; returns how many do.
pub(super) fn tell_organization(shared: &Shared, name: &str, data: &Value) -> usize {
    let lines: Vec<Line> = {
        let state = shared.hooks.state();
        let wanting = state.hooks.iter().filter(|hook| hook.is_active && hook.wants(name));
        wanting.map(|hook| Line::Organization(hook.id.clone())).collect()
    };
    if lines.is_empty() {
        return 0;
    }
    let now = shared.now();
    let event = Arc::new(organization_event(&format!("evt_{}", shared.hooks.state().new_id(now)), name, data, now));
    let count = lines.len();
    shared.hooks.post(lines.into_iter().map(|line| Parcel::new(line, Arc::clone(&event))).collect());
    count
}

/// A test of the line, for this webhook alone.
pub(super) fn ping(shared: &Shared, hook_id: &str) {
    let now = shared.now();
    let id = format!("evt_test_{}", shared.hooks.state().new_id(now));
    let event = Arc::new(organization_event(&id, "ping", &json!({ "test": true }), now));
    let parcel = Parcel { is_test: true, ..Parcel::new(Line::Organization(hook_id.to_owned()), event) };
    shared.hooks.post(vec![parcel]);
}

/// The body's time has whole seconds and an offset, as the samples have.
fn organization_event(id: &str, name: &str, data: &Value, at: DateTime<Utc>) -> Event {
    let body = json!({
        "id": id,
        "type": name,
        "organizationId": ORGANIZATION_ID,
        "timestamp": at.format("%Y-%m-%dT%H:%M:%S+00:00").to_string(),
        "data": data,
    });
    Event { id: id.to_owned(), name: name.to_owned(), body }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_written_as_the_page_prints_it() {
        let at = DateTime::parse_from_rfc3339("2026-02-20T23:10:00.250Z").unwrap().with_timezone(&Utc);
        let data = json!({ "conversationId": "conv-abc123", "deviceId": "hub_00112233" });
        let event = organization_event("evt_1", "conversation_completed", &data, at);
        let expected = format!(
            r#"{{"id":"evt_1","type":"conversation_completed","organizationId":"{ORGANIZATION_ID}","timestamp":"2026-02-20T23:10:00+00:00","data":{{"conversationId":"conv-abc123","deviceId":"hub_00112233"}}}}"#
        );
        assert_eq!(event.body.to_string(), expected);
    }

    #[test]
    fn a_finished_record_is_for_partners_only() {
        assert!(News::Finished("a".into()).for_organization().is_none());
        assert_eq!(News::Deleted("a".into()).for_organization().unwrap().0, "label_deleted");
    }
}
