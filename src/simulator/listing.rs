//! Pages: records by offset with a total in a header, conversations by opaque token.
//!
//! Which rows there are is the world's business, how a row looks is `wire`'s.

use serde_json::{Value, json};

use super::{
    Personality, layers,
    query::Query,
    record::{Conversation, Kind, Record},
    reply::Reply,
    wire::Pen,
};

const DEFAULT_LIMIT: usize = 20;
const MAX_LIMIT: usize = 100;
const ALL_KINDS: u8 = 0xff;

/// One page of records.
pub(super) fn labels(pen: &Pen<'_>, query: &Query, page_limit: Option<usize>) -> Reply {
    let limit = query.number("limit").unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT).min(page_limit.unwrap_or(MAX_LIMIT));
    let offset = query.number("offset").unwrap_or(0);
    let (rows, total) = page(pen, query, offset, limit);
    let mut reply = Reply::new(200, "application/json; charset=utf-8", format!("[{}]", rows.join(",")));
    reply.set("x-total-count", total.to_string());
    reply
}

/// The rows of the page as text, and how many there are in all.
fn page(pen: &Pen<'_>, query: &Query, offset: usize, limit: usize) -> (Vec<String>, usize) {
    let records = &pen.world.records;
    let kinds = kinds(query);
    let search = query.first("patientSearch").map(str::to_lowercase).filter(|text| !text.is_empty());
    let descending = query.flag("isSortingDescending", true);
    let turned = |place: usize| if descending { records.len() - 1 - place } else { place };
    let bad_rows = if kinds == 0 || search.is_some() { 0 } else { pen.world.bad_rows };
    // Unreadable rows lie below the newest record, wherever the sorting puts that.
    let bad_from = if descending { 1.min(records.len()) } else { records.len() };
    let write = |record: &Record| pen.row(record).to_string();
    if kinds == ALL_KINDS && search.is_none() {
        let total = records.len() + bad_rows;
        let row = |place: usize| {
            let bad = place.checked_sub(bad_from).filter(|turn| *turn < bad_rows);
            if let Some(turn) = bad {
                return Some(layers::bad_row(turn).to_owned());
            }
            let own = if place < bad_from { place } else { place - bad_rows };
            records.get(turned(own)).map(write)
        };
        let end = offset.saturating_add(limit).min(total);
        return ((offset..end).filter_map(row).collect(), total);
    }
    let fits = |record: &&Record| {
        let named = || search.as_deref().is_none_or(|text| patient_matches(pen, record, text));
        record.kind.bit() & kinds != 0 && named()
    };
    let total = records.iter().filter(fits).count();
    let ordered = (0..records.len()).filter_map(|place| records.get(turned(place)));
    let mut rows: Vec<String> = ordered.filter(fits).skip(offset).take(limit).map(write).collect();
    if offset == 0 && !rows.is_empty() {
        rows.extend((0..bad_rows).map(|turn| layers::bad_row(turn).to_owned()));
    }
    (rows, total)
}

/// The types asked for as bits; `types[]` is a trap the vendor really has: 200 and nothing.
fn kinds(query: &Query) -> u8 {
    if query.first("types[]").is_some() {
        return 0;
    }
    let mut words = query.all("types").peekable();
    if words.peek().is_none() {
        return ALL_KINDS;
    }
    words.filter_map(Kind::from_vendor_name).fold(0, |bits, kind| bits | kind.bit())
}

fn patient_matches(pen: &Pen<'_>, record: &Record, lower: &str) -> bool {
    let patient = record.patient.and_then(|place| pen.world.patients.get(place));
    patient.is_some_and(|patient| patient.name.to_lowercase().contains(lower))
}

/// One page of conversations, newest first.
pub(super) fn conversations(pen: &Pen<'_>, query: &Query, page_limit: Option<usize>) -> Reply {
    let size =
        query.number("pageSize").unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT).min(page_limit.unwrap_or(MAX_LIMIT));
    let device = query.first("deviceId").filter(|text| !text.is_empty());
    let after = query.first("pageToken").filter(|text| !text.is_empty());
    let of_device = |known: &&Conversation| device.is_none_or(|wanted| known.device_id == wanted);
    let all: Vec<&Conversation> =
        pen.world.conversations.iter().rev().filter(|known| known.is_listed).filter(of_device).collect();
    let start = match after {
        None => 0,
        Some(token) => match all.iter().position(|known| token_after(known) == token) {
            Some(place) => place + 1,
            None => {
                return Reply::error(400, "The page token is not known", pen.personality == Personality::Production);
            }
        },
    };
    let shown: Vec<&Conversation> = all.iter().skip(start).take(size).copied().collect();
    let has_more = start + shown.len() < all.len();
    let next = shown.last().filter(|_| has_more).map(|last| token_after(last));
    let rows: Vec<Value> = shown.iter().map(|known| pen.conversation_row(known)).collect();
    Reply::json(&if pen.personality == Personality::Docs {
        json!({ "data": rows, "hasMore": has_more, "pageToken": next })
    } else {
        json!({ "conversations": rows, "hasMore": has_more, "nextPageToken": next })
    })
}

/// Opaque to a client, and steady while new conversations arrive at the top.
fn token_after(conversation: &Conversation) -> String {
    conversation.id.bytes().fold(String::from("t="), |token, byte| format!("{token}{:02x}", byte ^ 0x5a))
}
