//! The practice's appointment book: rooms, vets, patients, appointments. No vendor's JSON here.
//!
//! A patient of the book is called after the animal, with the owner's family name.

use super::zone::PracticeZone;
use chrono::{DateTime, Utc};

/// The one institution and its one location.
pub(super) const INSTITUTION: i64 = 1_042;
pub(super) const LOCATION: i64 = 75;

const FIRST_ROOM: i64 = 301;
const FIRST_VET: i64 = 415_801;
const FIRST_PATIENT: i64 = 55_470_001;
const FIRST_APPOINTMENT: i64 = 1_136_001;

pub(super) struct Practice {
    pub name: String,
    pub subdomain: String,
    pub zone: PracticeZone,
    /// By their places in the clinic.
    pub rooms: Vec<Operatory>,
    pub vets: Vec<Provider>,
    pub patients: Vec<Patient>,
    /// By number.
    pub appointments: Vec<Appointment>,
    pub created_at: DateTime<Utc>,
}

pub(super) struct Operatory {
    pub id: i64,
    pub name: String,
}

pub(super) struct Provider {
    pub id: i64,
    pub first_name: String,
    pub last_name: String,
}

pub(super) struct Patient {
    pub id: i64,
    pub first_name: String,
    pub last_name: String,
    pub updated_at: DateTime<Utc>,
}

impl Patient {
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.first_name, self.last_name)
    }
}

#[derive(Clone, Debug)]
pub(super) struct Appointment {
    pub id: i64,
    pub patient: Option<i64>,
    pub vet: Option<i64>,
    pub room: Option<i64>,
    pub starts_at: DateTime<Utc>,
    pub ends_at: DateTime<Utc>,
    pub note: Option<String>,
    pub is_cancelled: bool,
    /// Stays when the appointment is un-cancelled.
    pub cancelled_at: Option<DateTime<Utc>>,
    /// Time that is blocked; nobody's appointment.
    pub is_block: bool,
    /// Written into the practice's own system.
    pub is_written: bool,
    /// The practice noted that nobody came; most systems do not tell.
    pub is_missed: Option<bool>,
    pub checked_in_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Practice {
    pub(super) fn empty(name: &str, subdomain: &str, zone: PracticeZone, created_at: DateTime<Utc>) -> Self {
        Self {
            name: name.to_owned(),
            subdomain: subdomain.to_owned(),
            zone,
            rooms: Vec::new(),
            vets: Vec::new(),
            patients: Vec::new(),
            appointments: Vec::new(),
            created_at,
        }
    }

    pub(super) fn add_room(&mut self, name: &str) {
        self.rooms.push(Operatory { id: FIRST_ROOM + self.rooms.len() as i64, name: name.to_owned() });
    }

    pub(super) fn add_vet(&mut self, first_name: &str, last_name: &str) {
        let id = FIRST_VET + self.vets.len() as i64;
        self.vets.push(Provider { id, first_name: first_name.to_owned(), last_name: last_name.to_owned() });
    }

    /// Returns the new patient's number.
    pub(super) fn add_patient(&mut self, first_name: &str, last_name: &str, at: DateTime<Utc>) -> i64 {
        let id = FIRST_PATIENT + self.patients.len() as i64;
        let (first_name, last_name) = (first_name.to_owned(), last_name.to_owned());
        self.patients.push(Patient { id, first_name, last_name, updated_at: at });
        id
    }

    pub(super) fn room_id(&self, place: usize) -> Option<i64> {
        self.rooms.get(place).map(|room| room.id)
    }

    pub(super) fn patient(&self, id: Option<i64>) -> Option<&Patient> {
        self.patients.iter().find(|patient| Some(patient.id) == id)
    }

    pub(super) fn room(&self, id: Option<i64>) -> Option<&Operatory> {
        self.rooms.iter().find(|room| Some(room.id) == id)
    }

    pub(super) fn vet(&self, id: Option<i64>) -> Option<&Provider> {
        self.vets.iter().find(|vet| Some(vet.id) == id)
    }

    pub(super) fn appointment(&self, id: i64) -> Option<&Appointment> {
        self.appointments.iter().find(|appointment| appointment.id == id)
    }

    pub(super) fn appointment_mut(&mut self, id: i64) -> Option<&mut Appointment> {
        self.appointments.iter_mut().find(|appointment| appointment.id == id)
    }

    /// Gives it a number and keeps it.
    pub(super) fn add(&mut self, appointment: Appointment) -> i64 {
        let id = self.appointments.last().map_or(FIRST_APPOINTMENT, |last| last.id + 1);
        self.appointments.push(Appointment { id, ..appointment });
        id
    }
}

/// An ordinary appointment that was booked at `booked_at`.
pub(super) fn ordinary(starts_at: DateTime<Utc>, minutes: i64, booked_at: DateTime<Utc>) -> Appointment {
    Appointment {
        id: 0,
        patient: None,
        vet: None,
        room: None,
        starts_at,
        ends_at: starts_at + chrono::Duration::minutes(minutes.max(1)),
        note: None,
        is_cancelled: false,
        cancelled_at: None,
        is_block: false,
        is_written: true,
        is_missed: None,
        checked_in_at: None,
        created_at: booked_at,
        updated_at: booked_at,
    }
}
