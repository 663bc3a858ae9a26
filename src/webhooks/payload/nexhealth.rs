//! NexHealth's events: appointments as the practice's book has them, and changes of people's data, of which nothing
//! is kept but that they happened.

use super::fields::{Fields, object};
use super::{Quarantine, Told};
use crate::domain::live::{Appointment, AppointmentId, Booking, EventKey, EventType, Happening, LiveEvent, Scheme};
use crate::webhooks::compact::compact_without;
use crate::webhooks::verify::Verified;
use chrono::{DateTime, Utc};
use sha2::{Digest as _, Sha256};

/// The part of a body that changes between attempts to deliver it.
const CHANGES: &str = "delivery_errors";
/// More appointments in one message than any book has in a day are not read one by one.
const MOST_APPOINTMENTS: usize = 1_000;

pub(super) fn read(verified: &Verified<'_>, received_at: DateTime<Utc>) -> Result<Told, Quarantine> {
    let fields = object(verified.body())?;
    let name = fields.text("event_name").ok_or(Quarantine::Incomplete)?;
    let told_at = fields.moment("event_time").or(verified.sent_at()).unwrap_or(received_at);
    let digest = digest(verified.body())?;
    let told = all_of(name, &fields, told_at);
    let mut events = told.into_iter().enumerate().map(|(at, (happened_at, what))| {
        // The first one's key stands for the body; the others are told apart by their place in it.
        let key = if at == 0 { EventKey::new(digest.as_str()) } else { EventKey::new(format!("{digest}.{at}")) };
        LiveEvent { scheme: Scheme::NexHealth, key, happened_at, received_at, what }
    });
    let event = events.next().ok_or(Quarantine::Incomplete)?;
    let more = events.collect();
    Ok(Told { more, ..Told::one(event, EventType::Other(name.to_owned())) })
}

/// The same event in another attempt, and written with other blanks or escapes, has the same digest.
fn digest(body: &[u8]) -> Result<String, Quarantine> {
    let lasting = compact_without(body, CHANGES)?;
    let mut text = String::new();
    for byte in Sha256::digest(&lasting) {
        text.push_str(&format!("{byte:02x}"));
    }
    Ok(text)
}

/// Never empty.
fn all_of(name: &str, fields: &Fields, told_at: DateTime<Utc>) -> Vec<(DateTime<Utc>, Happening)> {
    // `appointment_insertion.complete`: what happened, then how it ended.
    let (base, ending) = name.split_once('.').unwrap_or((name, ""));
    let resource = fields.text("resource_type").unwrap_or_default();
    let is = |wanted: &str| resource.eq_ignore_ascii_case(wanted);
    if is("patient") || (resource.is_empty() && matches!(base, "patient_created" | "patient_updated")) {
        return vec![(told_at, Happening::PatientChanged)];
    }
    let is_appointment = is("appointment") || (resource.is_empty() && base.starts_with("appointment_"));
    // A wish is no booking; what comes of it is told by events of their own.
    let is_wish = base == "appointment_requested";
    let rows = if is_appointment && !is_wish { rows(fields) } else { Vec::new() };
    let has_failed = matches!(ending, "failed" | "timed_out");
    let appointments = rows.iter().filter_map(|row| appointment(row, told_at)).take(MOST_APPOINTMENTS);
    let mut told: Vec<_> = appointments.map(|appointment| happening(appointment, has_failed)).collect();
    if told.is_empty() {
        told.push((told_at, Happening::Other(name.to_owned())));
    }
    told
}

fn happening(mut appointment: Appointment, has_failed: bool) -> (DateTime<Utc>, Happening) {
    let at = appointment.updated_at;
    if !has_failed {
        return (at, Happening::Appointment(Box::new(appointment)));
    }
    appointment.booking = Booking::Failed;
    (at, Happening::AppointmentFailed(Box::new(appointment)))
}

/// One under its name, or several.
fn rows(fields: &Fields) -> Vec<Fields> {
    let Some(data) = fields.object("data") else { return Vec::new() };
    let mut rows: Vec<Fields> = data.object("appointment").into_iter().collect();
    rows.extend(data.objects("appointments"));
    rows
}

/// Without a number it is nothing that could be found again.
fn appointment(row: &Fields, told_at: DateTime<Utc>) -> Option<Appointment> {
    let own = |text: &str| text.to_owned();
    Some(Appointment {
        id: AppointmentId(row.number("id")?),
        patient_id: row.number("patient_id"),
        patient_name: name_of(row, "patient"),
        provider_id: row.number("provider_id"),
        provider_name: name_of(row, "provider"),
        location_id: row.number("location_id"),
        operatory_id: row.number("operatory_id"),
        operatory_name: name_of(row, "operatory"),
        starts_at: row.moment("start_time").or_else(|| row.moment("start_time_with_tz")),
        ends_at: row.moment("end_time").or_else(|| row.moment("end_time_with_tz")),
        zone: row.text("timezone").map(own),
        booking: booking(row),
        note: row.whole_text("note").map(own),
        updated_at: row.moment("updated_at").unwrap_or(told_at),
    })
}

/// `cancelled_at` is no sign: it stays when a cancellation is taken back.
fn booking(row: &Fields) -> Booking {
    if row.is_true("cancelled") {
        Booking::Cancelled
    } else if row.is_true("unavailable") {
        Booking::Block
    } else {
        Booking::Booked
    }
}

/// Told flat (`patient_name`) by the older line, as an object by the newer one.
fn name_of(row: &Fields, whose: &str) -> Option<String> {
    let flat = row.text(&format!("{whose}_name")).map(str::to_owned);
    flat.or_else(|| {
        let person = row.object(whose)?;
        let full = person.text("name").map(str::to_owned);
        full.or_else(|| {
            let parts: Vec<&str> = ["first_name", "last_name"].iter().filter_map(|part| person.text(part)).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    })
}
