//! NxVET's own events: they carry ids and no content.

use super::fields::{Fields, object};
use super::{Quarantine, Told, key};
use crate::domain::live::{EventType, Happening, LiveEvent, Scheme};
use crate::domain::{ConversationId, DeviceId, OrganizationId, RecordId};
use crate::webhooks::verify::Verified;
use chrono::{DateTime, Utc};

pub(super) fn read(
    verified: &Verified<'_>,
    ours: &OrganizationId,
    received_at: DateTime<Utc>,
) -> Result<Told, Quarantine> {
    let fields = object(verified.body())?;
    let id = fields.text("id").ok_or(Quarantine::Incomplete)?;
    let name = fields.text("type").ok_or(Quarantine::Incomplete)?;
    if verified.delivery().is_some_and(|delivery| delivery != id.as_bytes()) {
        return Err(Quarantine::HeaderChanged);
    }
    let is_ours = fields.text("organizationId").is_some_and(|theirs| theirs.eq_ignore_ascii_case(ours.as_str()));
    if !is_ours {
        return Err(Quarantine::WrongOrganization);
    }
    let event = LiveEvent {
        scheme: Scheme::Organization,
        key: key(id)?,
        happened_at: fields.moment("timestamp").unwrap_or(received_at),
        received_at,
        what: what(name, fields.object("data").as_ref()),
    };
    Ok(Told::one(event, event_type(name)))
}

pub(super) fn event_type(name: &str) -> EventType {
    match name {
        "new_label" => EventType::RecordCreated,
        "label_updated" => EventType::RecordUpdated,
        "label_deleted" => EventType::RecordDeleted,
        "conversation_created" => EventType::ConversationStarted,
        "conversation_completed" => EventType::ConversationEnded,
        "ping" => EventType::Ping,
        other => EventType::Other(other.to_owned()),
    }
}

/// An event of a known type without its ids is kept by its name: that something happened is a hint all the same.
fn what(name: &str, data: Option<&Fields>) -> Happening {
    known(&event_type(name), data).unwrap_or_else(|| Happening::Other(name.to_owned()))
}

fn known(event_type: &EventType, data: Option<&Fields>) -> Option<Happening> {
    let id = |name: &str| data.and_then(|data| data.text(name));
    let record = || id("labelId").map(RecordId::new);
    let room = || Some((id("conversationId").map(ConversationId::new)?, id("deviceId").map(DeviceId::new)?));
    match event_type {
        EventType::RecordCreated => record().map(Happening::RecordCreated),
        EventType::RecordUpdated => record().map(Happening::RecordUpdated),
        EventType::RecordDeleted => record().map(Happening::RecordDeleted),
        EventType::ConversationStarted => {
            room().map(|(conversation, device)| Happening::ConversationStarted { conversation, device })
        }
        EventType::ConversationEnded => {
            room().map(|(conversation, device)| Happening::ConversationEnded { conversation, device })
        }
        EventType::Ping => Some(Happening::Ping),
        EventType::Other(_) => None,
    }
}
