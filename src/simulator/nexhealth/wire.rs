//! The book as JSON: version 3.0.0 as its specification lists the members, and what the legacy version has beyond.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::{
    practice::{Appointment, INSTITUTION, LOCATION, Operatory, Patient, Practice, Provider},
    routes::Version,
};
use crate::simulator::hooks::{Endpoint, Subscription};

const SYSTEM: &str = "harbour-book-DataSource-100";

pub(super) fn utc(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// How events write their time.
pub(super) fn with_offset(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Millis, false)
}

/// One appointment. Version 3 names neither patient nor room: their numbers have to be looked up.
pub(super) fn appointment(practice: &Practice, known: &Appointment, version: Version, now: DateTime<Utc>) -> Value {
    let mut row = booking(practice, known);
    extend(&mut row, standing(practice, known, now));
    if version == Version::Legacy {
        let with_tz = |at: DateTime<Utc>| practice.zone.local(at).to_rfc3339_opts(SecondsFormat::Millis, false);
        let beyond = json!({
            "patient_name": practice.patient(known.patient).map(Patient::name),
            "operatory_name": practice.room(known.room).map(|room| &room.name),
            "is_past": known.ends_at < now,
            "created_at_with_tz": with_tz(known.created_at),
            "start_time_with_tz": with_tz(known.starts_at),
            "end_time_with_tz": with_tz(known.ends_at),
        });
        extend(&mut row, beyond);
    }
    row
}

fn extend(row: &mut Value, more: Value) {
    if let (Value::Object(row), Value::Object(more)) = (row, more) {
        row.extend(more);
    }
}

/// Who, where, when.
fn booking(practice: &Practice, known: &Appointment) -> Value {
    json!({
        "id": known.id,
        "patient_id": known.patient,
        "provider_id": known.vet,
        "provider_name": practice.vet(known.vet).map(vet_name),
        "start_time": utc(known.starts_at),
        "confirmed": known.checked_in_at.map(|_| true),
        "patient_missed": known.is_missed,
        "created_at": utc(known.created_at),
        "updated_at": utc(known.updated_at),
        "note": known.note,
        "end_time": utc(known.ends_at),
        "unavailable": known.is_block,
        "cancelled": known.is_cancelled,
        "timezone": practice.zone.name(),
        "institution_id": INSTITUTION,
        "appointment_type_id": if known.is_block { 0 } else { 1_112 },
        "checkin_at": known.checked_in_at.map(utc),
        "location_id": LOCATION,
    })
}

/// What became of it, and all that hangs on it.
fn standing(practice: &Practice, known: &Appointment, now: DateTime<Utc>) -> Value {
    json!({
        "foreign_id": known.is_written.then(|| (known.id % 100_000).to_string()),
        "foreign_id_type": if known.is_written { SYSTEM } else { "nex" },
        "misc": { "is_booked_on_nexhealth": !known.is_written },
        "last_sync_time": known.is_written.then(|| utc(known.updated_at)),
        "patient_confirmed": null,
        "created_by_user_id": null,
        "is_guardian": false,
        "patient_confirmed_at": null,
        "cancelled_at": known.cancelled_at.map(utc),
        "is_new_clients_patient": null,
        "confirmed_at": null,
        "sooner_if_possible": false,
        "operatory_id": known.room,
        "checked_out": null,
        "checked_out_at": null,
        "referrer": null,
        "is_past_patient": known.starts_at < now,
        "timezone_offset": practice.zone.local(known.starts_at).format("%:z").to_string(),
    })
}

fn vet_name(vet: &Provider) -> String {
    format!("Dr. {} {}", vet.first_name, vet.last_name)
}

pub(super) fn patient(known: &Patient) -> Value {
    json!({
        "id": known.id,
        "email": null,
        "first_name": known.first_name,
        "middle_name": null,
        "last_name": known.last_name,
        "name": known.name(),
        "created_at": utc(known.updated_at),
        "updated_at": utc(known.updated_at),
        "institution_id": INSTITUTION,
        "foreign_id": (known.id % 100_000).to_string(),
        "foreign_id_type": SYSTEM,
        "bio": { "date_of_birth": null, "phone_number": null, "new_patient": false, "non_patient": false },
        "inactive": false,
        "last_sync_time": utc(known.updated_at),
        "guarantor_id": null,
        "location_ids": [LOCATION],
    })
}

pub(super) fn room(known: &Operatory, practice: &Practice) -> Value {
    let since = utc(practice.created_at);
    json!({
        "id": known.id,
        "name": known.name,
        "foreign_id": (known.id % 100).to_string(),
        "foreign_id_type": SYSTEM,
        "location_id": LOCATION,
        "last_sync_time": since,
        "created_at": since,
        "updated_at": since,
        "display_name": known.name,
        "active": true,
        "bookable_online": false,
    })
}

pub(super) fn vet(known: &Provider, practice: &Practice) -> Value {
    let since = utc(practice.created_at);
    json!({
        "id": known.id,
        "email": null,
        "first_name": known.first_name,
        "middle_name": null,
        "last_name": known.last_name,
        "name": format!("{} {}", known.first_name, known.last_name),
        "created_at": since,
        "updated_at": since,
        "institution_id": INSTITUTION,
        "inactive": false,
        "display_name": vet_name(known),
    })
}

/// The institution with its one location, where the zone stands.
pub(super) fn institution(practice: &Practice) -> Value {
    let since = utc(practice.created_at);
    json!({
        "id": INSTITUTION,
        "name": practice.name,
        "subdomain": practice.subdomain,
        "locations": [{
            "id": LOCATION,
            "name": practice.name,
            "institution_id": INSTITUTION,
            "street_address": "1 Harbour Street",
            "city": "Harbour",
            "state": null,
            "zip_code": null,
            "country_code": "GB",
            "created_at": since,
            "updated_at": since,
            "tz": practice.zone.name(),
            "map_by_operatory": true,
            "inactive": false,
        }],
    })
}

pub(super) fn sync_status(practice: &Practice, now: DateTime<Utc>) -> Value {
    json!({
        "institution_id": INSTITUTION,
        "sync_source_type": "DataSource",
        "sync_source_name": SYSTEM,
        "read_status": "green",
        "read_status_at": utc(now),
        "write_status": "green",
        "write_status_at": utc(now),
        "locations": [{ "id": LOCATION, "name": practice.name }],
    })
}

pub(super) fn endpoint(known: &Endpoint) -> Value {
    json!({
        "id": known.id,
        "target_url": known.url,
        "secret_key": known.secret,
        "active": known.is_active,
        "created_at": utc(known.created_at),
        "updated_at": utc(known.updated_at),
    })
}

pub(super) fn subscription(endpoint: i64, known: &Subscription) -> Value {
    json!({
        "id": known.id,
        "webhook_endpoint_id": endpoint,
        "institution_id": known.has_institution.then_some(INSTITUTION),
        "resource_type": known.resource_type,
        "event": known.event,
        "active": known.is_active,
        "created_at": utc(known.created_at),
        "updated_at": utc(known.updated_at),
    })
}
