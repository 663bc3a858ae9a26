//! Deliveries and webhooks in words.

use crate::domain::Zone;
use crate::domain::live::{Delivery, EventType, Scheme, Webhook};
use crate::state::live::DeliveryRow;
use crate::ui::format;
use chrono::{DateTime, Utc};

/// `Conversation started`; with whose it is where it is not NxVET's own.
pub(in crate::ui) fn what(row: &DeliveryRow) -> String {
    match row.delivery.scheme {
        Scheme::Organization => row.what().to_owned(),
        scheme => format!("{} · {}", row.what(), scheme.words()),
    }
}

/// `200`, or that none came.
pub(in crate::ui) fn answer(delivery: &Delivery) -> String {
    delivery.code.map_or_else(|| "No answer".to_owned(), |code| code.to_string())
}

/// Why it went wrong, or what is worth saying of what went well.
pub(super) fn remark(row: &DeliveryRow) -> String {
    let delivery = &row.delivery;
    match &delivery.error {
        Some(error) => error.clone(),
        None if delivery.is_success && delivery.attempt.is_some_and(|attempt| attempt > 1) => {
            "Came through after all".to_owned()
        }
        None => String::new(),
    }
}

/// What was cut short.
pub(super) fn tooltip(row: &DeliveryRow) -> String {
    let remark = remark(row);
    if remark.is_empty() { what(row) } else { format!("{}\n{remark}", what(row)) }
}

/// `14:01:22, Conversation started, delivered, answer 200, attempt 1, 142 milliseconds`.
pub(super) fn spoken_delivery(row: &DeliveryRow, now: DateTime<Utc>, zone: Zone) -> String {
    let delivery = &row.delivery;
    let mut parts = vec![format::exact_time(delivery.at, now, zone), what(row), row.outcome().words().to_lowercase()];
    parts.push(match delivery.code {
        Some(code) => format!("answer {code}"),
        None => "no answer".to_owned(),
    });
    parts.extend(delivery.attempt.map(|attempt| format!("attempt {attempt}")));
    parts.extend(delivery.milliseconds.map(|ms| format!("{} milliseconds", format::count(ms as usize))));
    parts.extend(Some(remark(row)).filter(|remark| !remark.is_empty()));
    parts.join(", ")
}

/// `conversation started, conversation finished, new record`, or that it is everything.
pub(super) fn types(webhook: &Webhook) -> String {
    match &webhook.event_types {
        None => "every event".to_owned(),
        Some(types) if types.is_empty() => "every event".to_owned(),
        Some(types) => types.iter().map(type_words).collect::<Vec<_>>().join(", "),
    }
}

/// In the middle of a sentence; a vendor's own name keeps its letters.
fn type_words(event_type: &EventType) -> String {
    match event_type {
        EventType::Other(name) => name.clone(),
        known => known.words().to_lowercase(),
    }
}
