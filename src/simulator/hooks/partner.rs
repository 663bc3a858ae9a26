//! What NxVET tells its partners: a finished record with its words and addresses of its recording, and measurements.

use std::sync::Arc;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{Event, Line, Parcel, lines::Partner};
use crate::simulator::{
    Personality,
    record::{Record, Sound},
    shared::Shared,
    wire::Pen,
    world::World,
};

/// Tells every partner of a finished record; false when nobody wants to know or there is no such record.
pub(super) fn tell_of_record(shared: &Shared, world: &World, id: &str) -> bool {
    let Some(record) = world.find(id) else { return false };
    if shared.hooks.state().partners.is_empty() {
        return false;
    }
    let room = record.room.and_then(|place| world.rooms.get(place));
    // The quickstart prints both as plain text.
    let pen = Pen { world, personality: Personality::Docs, now: shared.now() };
    let body = json!({
        "device_id": room.map(|room| &room.serial),
        "device_friendly_name": room.map(|room| &room.name),
        "transcript": pen.transcript(record),
        "soap": pen.soap(record),
        "signed_urls": signed_urls(shared, record),
        "data": {},
    });
    tell(shared, "record.created", &body)
}

/// Tells every partner of a measurement; no document names its values, so these names are a pretence.
pub(super) fn tell_of_measurement(shared: &Shared, world: &World, room: usize) -> bool {
    let room = world.rooms.get(room);
    let body = json!({
        "device_id": room.map(|room| &room.serial),
        "device_friendly_name": room.map(|room| &room.name),
        "signed_urls": [],
        "data": { "temperature": 38.6, "pulse": 92, "respiration": 24 },
    });
    tell(shared, "measurement.created", &body)
}

fn tell(shared: &Shared, name: &str, rest: &Value) -> bool {
    let now = shared.now();
    let parcels: Vec<Parcel> = {
        let mut state = shared.hooks.state();
        let id = format!("evt_{}", state.new_id(now));
        let active = state.partners.iter().filter(|partner| partner.is_active);
        let to_each = active.map(|partner| {
            let body = whole(&id, name, now, partner, rest);
            let event = Event { id: id.clone(), name: name.to_owned(), body };
            Parcel::new(Line::Partner(partner.id.clone()), Arc::new(event))
        });
        to_each.collect()
    };
    let is_wanted = !parcels.is_empty();
    shared.hooks.post(parcels);
    is_wanted
}

/// The members in the order of the sample.
fn whole(id: &str, name: &str, at: DateTime<Utc>, partner: &Partner, rest: &Value) -> Value {
    let mut body = json!({
        "event_id": id,
        "event_type": name,
        "occurred_at": at.to_rfc3339_opts(SecondsFormat::Secs, true),
        "partner_id": partner.id,
        "partner_user_key": partner.user_key,
    });
    if let (Some(body), Some(rest)) = (body.as_object_mut(), rest.as_object()) {
        body.extend(rest.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    body
}

/// Addresses that need no key and die.
fn signed_urls(shared: &Shared, record: &Record) -> Value {
    if matches!(record.sound, Sound::Missing) {
        return json!([]);
    }
    let seconds = shared.hooks.state().habits.signed_seconds;
    let url = shared.signed_urls.make(&record.id, shared.now().timestamp() + seconds);
    json!([{ "type": "hub_audio_wav", "url": url, "content_type": "audio/wav", "expires_in_seconds": seconds }])
}
