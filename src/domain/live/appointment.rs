//! An appointment as NexHealth tells it. Nearly everything may be missing; what is missing stays missing.

use chrono::{DateTime, Utc};

/// NexHealth's number of an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppointmentId(pub i64);

#[derive(Clone, Debug, PartialEq)]
pub struct Appointment {
    pub id: AppointmentId,
    /// Of the person who brings the animal, as the practice's book has it; not an NxVET patient.
    pub patient_id: Option<i64>,
    pub patient_name: Option<String>,
    pub provider_id: Option<i64>,
    pub provider_name: Option<String>,
    pub location_id: Option<i64>,
    /// The room, as the practice's book calls it.
    pub operatory_id: Option<i64>,
    pub operatory_name: Option<String>,
    pub starts_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    /// The practice's own zone (`America/New_York`), when it is told.
    pub zone: Option<String>,
    pub booking: Booking,
    pub note: Option<String>,
    /// What decides between two tellings of one appointment: the later one holds.
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Booking {
    #[default]
    Booked,
    Cancelled,
    /// It could not be written into the practice's book: nobody is booked.
    Failed,
    /// Time that is blocked in the book; no patient.
    Block,
}
