//! The vendor's rows about webhooks in the clinic's nouns. What lacks an id or a time yields nothing.

use super::wire::{Webhook as Row, WebhookDelivery};
use crate::domain::live::{Delivery, DeliverySource, EventKey, EventType, Scheme, Webhook, WebhookId};

/// The vendor's names of the types.
const EVENT_TYPES: [(&str, EventType); 6] = [
    ("new_label", EventType::RecordCreated),
    ("label_updated", EventType::RecordUpdated),
    ("label_deleted", EventType::RecordDeleted),
    ("conversation_created", EventType::ConversationStarted),
    ("conversation_completed", EventType::ConversationEnded),
    ("ping", EventType::Ping),
];

pub(crate) fn webhook(row: Row) -> Option<Webhook> {
    let types: Vec<EventType> = row.event_types.unwrap_or_default().iter().map(|name| event_type(name)).collect();
    Some(Webhook {
        id: WebhookId(row.id?),
        scheme: Scheme::Organization,
        address: row.url.unwrap_or_default(),
        description: row.description.unwrap_or_default(),
        event_types: (!types.is_empty()).then_some(types),
        // Not told is taken for switched on: a false alarm would be worse than a late one.
        is_active: row.is_active.unwrap_or(true),
        consecutive_failures: row.consecutive_failures.unwrap_or(0),
        created_at: row.created_at,
    })
}

pub(crate) fn delivery(row: WebhookDelivery) -> Option<Delivery> {
    let is_2xx = row.code.is_some_and(|code| (200..300).contains(&code));
    Some(Delivery {
        source: DeliverySource::Vendor,
        scheme: Scheme::Organization,
        at: row.created_at?,
        event: row.event_id.map(EventKey::new),
        event_type: row.event_type.as_deref().map(event_type),
        code: row.code,
        milliseconds: row.milliseconds,
        attempt: row.attempt,
        error: row.error,
        is_success: row.is_success.unwrap_or(is_2xx),
        recorded: None,
    })
}

fn event_type(name: &str) -> EventType {
    let known = EVENT_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map_or_else(|| EventType::Other(name.to_owned()), |(_, event_type)| event_type.clone())
}

/// As the vendor wants it named.
pub(crate) fn event_type_name(event_type: &EventType) -> &str {
    if let EventType::Other(name) = event_type {
        return name;
    }
    EVENT_TYPES.iter().find(|(_, known)| known == event_type).map_or("", |(name, _)| name)
}
