//! What happens in the practice's book, and what NexHealth's webhooks tell of it.

use std::sync::Arc;

use chrono::{DateTime, Duration, Utc};
use serde_json::{Value, json};

use super::{
    NexHealth,
    practice::{Appointment, Practice, ordinary},
    routes::Version,
    wire,
};
use crate::simulator::{
    hooks::{Event, Line, Parcel},
    shared::Shared,
};

/// An appointment somebody books.
#[derive(Clone, Debug)]
pub struct NewAppointment {
    /// The room by its place in the list of devices; none is "somewhere".
    pub room: Option<usize>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// How long it takes.
    pub minutes: i64,
    /// The animal's name and the owner's family name; none is blocked time.
    pub patient: Option<(String, String)>,
    /// What it is about.
    pub note: Option<String>,
}

impl NewAppointment {
    /// For a quarter of an hour.
    pub fn new(room: usize, starts_at: DateTime<Utc>, first_name: &str, last_name: &str) -> Self {
        let patient = Some((first_name.to_owned(), last_name.to_owned()));
        Self { room: Some(room), starts_at, minutes: 15, patient, note: None }
    }
}

/// How far a booking came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Booked {
    /// At the front desk.
    ByStaff,
    /// From outside, and it is in the practice's own system.
    Complete,
    /// From outside, and the practice's own system refused it.
    Failed,
    /// From outside, and nothing was heard of it.
    TimedOut,
}

impl Booked {
    fn event(self) -> &'static str {
        match self {
            Self::ByStaff => "appointment_created",
            Self::Complete => "appointment_insertion.complete",
            Self::Failed => "appointment_insertion.failed",
            Self::TimedOut => "appointment_insertion.timed_out",
        }
    }

    fn is_written(self) -> bool {
        matches!(self, Self::ByStaff | Self::Complete)
    }
}

pub(super) fn book(shared: &Shared, house: &NexHealth, new: NewAppointment, booked: Booked) -> i64 {
    let now = shared.now();
    let mut practice = house.practice();
    let patient = new.patient.as_ref().map(|(first, last)| patient_of(&mut practice, first, last, now));
    let room = new.room.and_then(|place| practice.room_id(place));
    let id = practice.add(Appointment {
        patient,
        room,
        note: new.note,
        is_block: new.patient.is_none(),
        is_written: booked.is_written(),
        ..ordinary(new.starts_at, new.minutes, now)
    });
    tell_of_appointment(shared, &practice, id, booked.event());
    id
}

/// The one of that name, or a new one.
fn patient_of(practice: &mut Practice, first: &str, last: &str, now: DateTime<Utc>) -> i64 {
    let known = practice.patients.iter().find(|known| known.first_name == first && known.last_name == last);
    let known = known.map(|known| known.id);
    known.unwrap_or_else(|| practice.add_patient(first, last, now))
}

/// Changes an appointment and tells of it; false when there is none of that number.
pub(super) fn change(shared: &Shared, house: &NexHealth, id: i64, act: impl FnOnce(&mut Appointment)) -> bool {
    let now = shared.now();
    let mut practice = house.practice();
    let Some(known) = practice.appointment_mut(id) else { return false };
    act(known);
    // Two changes within one moment are still two.
    known.updated_at = now.max(known.updated_at + Duration::milliseconds(1));
    tell_of_appointment(shared, &practice, id, "appointment_updated");
    true
}

/// Tells of an appointment as it stands.
pub(super) fn tell_of_appointment(shared: &Shared, practice: &Practice, id: i64, event: &str) {
    let Some(known) = practice.appointment(id) else { return };
    let now = shared.now();
    let write = |version: Version| json!({ "appointment": wire::appointment(practice, known, version, now) });
    tell(shared, "appointment", event, write);
}

/// Renames a patient and tells of it; false when there is none of that number.
pub(super) fn rename(shared: &Shared, house: &NexHealth, id: i64, first_name: &str) -> bool {
    let now = shared.now();
    let mut practice = house.practice();
    let Some(known) = practice.patients.iter_mut().find(|known| known.id == id) else { return false };
    first_name.clone_into(&mut known.first_name);
    known.updated_at = now;
    let row = wire::patient(known);
    tell(shared, "patient", "patient_updated", |_| json!({ "patient": row }));
    true
}

/// One parcel for each subscription that wants it, in that subscription's version.
fn tell(shared: &Shared, resource: &str, event: &str, write: impl Fn(Version) -> Value) {
    let now = shared.now();
    let base = event.split('.').next().unwrap_or(event);
    let mut state = shared.hooks.state();
    let mut lines = Vec::new();
    for endpoint in state.endpoints.iter().filter(|known| known.is_active) {
        let wanting = endpoint.subscriptions.iter().filter(|known| known.is_active && known.event == base);
        lines.extend(wanting.map(|known| (endpoint.id, known.is_legacy)));
    }
    if lines.is_empty() {
        return;
    }
    let id = state.new_id(now);
    drop(state);
    let parcel = |(endpoint, is_legacy): (i64, bool)| {
        let version = if is_legacy { Version::Legacy } else { Version::Current };
        let body = json!({
            "resource_type": resource,
            "event_name": event,
            "event_time": wire::with_offset(now),
            "data": write(version),
        });
        let event = Event { id: id.clone(), name: event.to_owned(), body };
        Parcel::new(Line::NexHealth(endpoint), Arc::new(event))
    };
    shared.hooks.post(lines.into_iter().map(parcel).collect());
}
