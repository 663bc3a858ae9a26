//! How a happening and an appointment lie in the store: JSON in words of our own, so that neither a vendor's change nor
//! a renamed type makes old rows unreadable. A row from a later version that says something new reads as `Other`.

use crate::domain::live::{Appointment, AppointmentId, Booking, Happening};
use crate::domain::{ConversationId, DeviceId, RecordId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
enum Stored {
    RecordCreated { record: String },
    RecordUpdated { record: String },
    RecordDeleted { record: String },
    ConversationStarted { conversation: String, device: String },
    ConversationEnded { conversation: String, device: String },
    Ping,
    PartnerRecord { serial: Option<String>, room: Option<String> },
    Measurement { serial: Option<String> },
    Appointment { appointment: StoredAppointment },
    AppointmentFailed { appointment: StoredAppointment },
    PatientChanged,
    Unknown { name: String },
}

#[derive(Serialize, Deserialize)]
struct StoredAppointment {
    id: i64,
    patient_id: Option<i64>,
    patient_name: Option<String>,
    provider_id: Option<i64>,
    provider_name: Option<String>,
    location_id: Option<i64>,
    operatory_id: Option<i64>,
    operatory_name: Option<String>,
    starts_at: Option<DateTime<Utc>>,
    ends_at: Option<DateTime<Utc>>,
    zone: Option<String>,
    booking: String,
    note: Option<String>,
    updated_at: DateTime<Utc>,
}

pub(super) fn to_text(what: &Happening) -> String {
    let stored = match what {
        Happening::RecordCreated(id) => Stored::RecordCreated { record: id.as_str().to_owned() },
        Happening::RecordUpdated(id) => Stored::RecordUpdated { record: id.as_str().to_owned() },
        Happening::RecordDeleted(id) => Stored::RecordDeleted { record: id.as_str().to_owned() },
        Happening::ConversationStarted { conversation, device } => {
            let (conversation, device) = (conversation.as_str().to_owned(), device.as_str().to_owned());
            Stored::ConversationStarted { conversation, device }
        }
        Happening::ConversationEnded { conversation, device } => {
            let (conversation, device) = (conversation.as_str().to_owned(), device.as_str().to_owned());
            Stored::ConversationEnded { conversation, device }
        }
        Happening::Ping => Stored::Ping,
        Happening::PartnerRecord { serial, room } => {
            Stored::PartnerRecord { serial: serial.clone(), room: room.clone() }
        }
        Happening::Measurement { serial } => Stored::Measurement { serial: serial.clone() },
        Happening::Appointment(appointment) => Stored::Appointment { appointment: to_stored(appointment) },
        Happening::AppointmentFailed(appointment) => Stored::AppointmentFailed { appointment: to_stored(appointment) },
        Happening::PatientChanged => Stored::PatientChanged,
        Happening::Other(name) => Stored::Unknown { name: name.clone() },
    };
    // Texts, numbers and moments always have a form in JSON.
    serde_json::to_string(&stored).unwrap_or_default()
}

/// `type_name` is what it is called where it cannot be read.
pub(super) fn from_text(text: &str, type_name: &str) -> Happening {
    let Ok(stored) = serde_json::from_str(text) else { return Happening::Other(type_name.to_owned()) };
    match stored {
        Stored::RecordCreated { record } => Happening::RecordCreated(RecordId::new(record)),
        Stored::RecordUpdated { record } => Happening::RecordUpdated(RecordId::new(record)),
        Stored::RecordDeleted { record } => Happening::RecordDeleted(RecordId::new(record)),
        Stored::ConversationStarted { conversation, device } => Happening::ConversationStarted {
            conversation: ConversationId::new(conversation),
            device: DeviceId::new(device),
        },
        Stored::ConversationEnded { conversation, device } => Happening::ConversationEnded {
            conversation: ConversationId::new(conversation),
            device: DeviceId::new(device),
        },
        Stored::Ping => Happening::Ping,
        Stored::PartnerRecord { serial, room } => Happening::PartnerRecord { serial, room },
        Stored::Measurement { serial } => Happening::Measurement { serial },
        Stored::Appointment { appointment } => Happening::Appointment(Box::new(from_stored(appointment))),
        Stored::AppointmentFailed { appointment } => Happening::AppointmentFailed(Box::new(from_stored(appointment))),
        Stored::PatientChanged => Happening::PatientChanged,
        Stored::Unknown { name } => Happening::Other(name),
    }
}

pub(super) fn appointment_to_text(appointment: &Appointment) -> String {
    serde_json::to_string(&to_stored(appointment)).unwrap_or_default()
}

pub(super) fn appointment_from_text(text: &str) -> Option<Appointment> {
    serde_json::from_str(text).ok().map(from_stored)
}

fn to_stored(appointment: &Appointment) -> StoredAppointment {
    let a = appointment.clone();
    StoredAppointment {
        id: a.id.0,
        patient_id: a.patient_id,
        patient_name: a.patient_name,
        provider_id: a.provider_id,
        provider_name: a.provider_name,
        location_id: a.location_id,
        operatory_id: a.operatory_id,
        operatory_name: a.operatory_name,
        starts_at: a.starts_at,
        ends_at: a.ends_at,
        zone: a.zone,
        booking: booking_code(a.booking).to_owned(),
        note: a.note,
        updated_at: a.updated_at,
    }
}

fn from_stored(stored: StoredAppointment) -> Appointment {
    Appointment {
        id: AppointmentId(stored.id),
        patient_id: stored.patient_id,
        patient_name: stored.patient_name,
        provider_id: stored.provider_id,
        provider_name: stored.provider_name,
        location_id: stored.location_id,
        operatory_id: stored.operatory_id,
        operatory_name: stored.operatory_name,
        starts_at: stored.starts_at,
        ends_at: stored.ends_at,
        zone: stored.zone,
        booking: booking_from_code(&stored.booking),
        note: stored.note,
        updated_at: stored.updated_at,
    }
}

fn booking_code(booking: Booking) -> &'static str {
    match booking {
        Booking::Booked => "booked",
        Booking::Cancelled => "cancelled",
        Booking::Failed => "failed",
        Booking::Block => "block",
    }
}

fn booking_from_code(code: &str) -> Booking {
    match code {
        "cancelled" => Booking::Cancelled,
        "failed" => Booking::Failed,
        "block" => Booking::Block,
        _ => Booking::Booked,
    }
}

/// Which of two tellings of one moment holds: without a rule the order of their coming would decide.
pub(super) fn booking_rank(booking: Booking) -> i64 {
    match booking {
        Booking::Booked => 0,
        Booking::Block => 1,
        Booking::Failed => 2,
        Booking::Cancelled => 3,
    }
}
