//! NexHealth's words, read into the clinic's nouns. Nearly everything may be missing or null; what cannot be read is
//! missing too, and only an appointment without a number is left out.

use crate::domain::live::{Appointment, AppointmentId, Booking};
use crate::nxvet::json::Fields;
use crate::nxvet::moment;
use chrono::{DateTime, TimeDelta, Utc};

/// What was booked from outside shows in the practice's own book within minutes; what is not there after this long
/// could not be written.
const WRITTEN_WITHIN: TimeDelta = TimeDelta::hours(2);

pub(super) fn number(fields: &Fields<'_>, name: &str) -> Option<i64> {
    let text = fields.text(name)?;
    text.parse().ok().or_else(|| text.strip_suffix(".0").and_then(|whole| whole.parse().ok()))
}

pub(super) fn appointment(fields: &Fields<'_>, now: DateTime<Utc>) -> Option<Appointment> {
    let told_at = |name: &str| moment::of_field(fields, name);
    Some(Appointment {
        id: AppointmentId(number(fields, "id")?),
        patient_id: number(fields, "patient_id"),
        patient_name: fields.text("patient_name"),
        provider_id: number(fields, "provider_id"),
        provider_name: fields.text("provider_name"),
        location_id: number(fields, "location_id"),
        operatory_id: number(fields, "operatory_id"),
        operatory_name: fields.text("operatory_name"),
        starts_at: told_at("start_time"),
        ends_at: told_at("end_time"),
        zone: fields.text("timezone"),
        booking: booking(fields, now),
        note: fields.text("note"),
        updated_at: told_at("updated_at").or_else(|| told_at("created_at")).unwrap_or(DateTime::UNIX_EPOCH),
    })
}

/// `cancelled_at` says nothing: it stays when a cancellation is undone.
fn booking(fields: &Fields<'_>, now: DateTime<Utc>) -> Booking {
    if fields.is_true("cancelled") {
        return Booking::Cancelled;
    }
    if fields.is_true("unavailable") {
        return Booking::Block;
    }
    let is_unwritten = fields.has("foreign_id") && fields.raw("foreign_id").is_none();
    let is_old = moment::of_field(fields, "created_at").is_some_and(|made| made + WRITTEN_WITHIN < now);
    if is_unwritten && is_old { Booking::Failed } else { Booking::Booked }
}

/// A person's name as the book tells it: whole, or in two parts.
pub(super) fn person(fields: &Fields<'_>) -> Option<String> {
    let parts = ["first_name", "last_name"].map(|part| fields.text(part));
    let joined: Vec<String> = parts.into_iter().flatten().collect();
    fields.text("name").or_else(|| (!joined.is_empty()).then(|| joined.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-02-20T12:00:00Z";

    fn read(json: &str) -> Option<Appointment> {
        appointment(&Fields::parse(json).expect("an object"), NOW.parse().expect("a time"))
    }

    #[test]
    fn everything_but_the_number_may_be_missing() {
        let bare = read(r#"{"id": 900001, "patient_id": null, "start_time": "soon", "note": {"a": 1}}"#).expect("one");
        assert_eq!((bare.id, bare.patient_id, bare.starts_at, bare.note), (AppointmentId(900_001), None, None, None));
        assert_eq!((bare.booking, bare.updated_at), (Booking::Booked, DateTime::UNIX_EPOCH));
        assert_eq!(read(r#"{"patient_id": 1}"#), None);
        assert_eq!(read(r#"{"id": "12"}"#).map(|one| one.id.0), Some(12));
    }

    #[test]
    fn times_are_moments_whatever_their_offset() {
        let one = read(r#"{"id":1,"start_time":"2026-02-21T04:30:00.000-05:00","end_time":"2026-02-21T09:45:00.000Z","timezone":"America/New_York"}"#)
            .expect("one");
        assert_eq!((one.ends_at.expect("an end") - one.starts_at.expect("a start")).num_minutes(), 15);
        assert_eq!(one.zone.as_deref(), Some("America/New_York"));
    }

    #[test]
    fn what_was_cancelled_blocked_or_never_written_is_not_booked() {
        let booking = |more: &str| read(&format!(r#"{{"id":1,{more}}}"#)).expect("one").booking;
        assert_eq!(booking(r#""cancelled":true,"unavailable":true"#), Booking::Cancelled);
        assert_eq!(booking(r#""cancelled":false,"cancelled_at":"2026-02-20T08:00:00Z""#), Booking::Booked, "undone");
        assert_eq!(booking(r#""unavailable":true"#), Booking::Block);
        let unwritten = |made: &str| booking(&format!(r#""foreign_id":null,"created_at":"2026-02-20T{made}:00Z""#));
        assert_eq!((unwritten("11:50"), unwritten("09:50")), (Booking::Booked, Booking::Failed));
        assert_eq!(booking(r#""foreign_id":"94","created_at":"2026-02-20T09:50:00Z""#), Booking::Booked);
        assert_eq!(booking(r#""created_at":"2026-02-20T09:50:00Z""#), Booking::Booked, "a form that does not tell");
    }

    #[test]
    fn a_person_has_a_whole_name_or_parts() {
        let name = |json: &str| person(&Fields::parse(json).expect("an object"));
        assert_eq!(name(r#"{"name":"Milo Smith","first_name":"x"}"#).as_deref(), Some("Milo Smith"));
        assert_eq!(name(r#"{"first_name":" Milo ","last_name":null}"#).as_deref(), Some("Milo"));
        assert_eq!(name(r#"{"id":1}"#), None);
    }
}
