//! What is heard stays heard: once, through restarts, damage and any order.

mod arrivals;
mod keeping;
mod routes;
mod sharing;

use crate::domain::OrganizationId;
use crate::domain::live::{
    Appointment, AppointmentId, Arrival, Booking, Content, EventKey, EventType, Happening, LiveEvent, Scheme,
};
use crate::domain::{ConversationId, DeviceId, RecordId};
use crate::store::samples::{clinic, now};
use chrono::TimeDelta;

/// As NxVET's ids are.
fn id(number: u32) -> String {
    format!("evt_0190aaaa-0000-7000-8000-{number:012x}")
}

fn event(number: u32, what: Happening) -> LiveEvent {
    LiveEvent {
        scheme: Scheme::Organization,
        key: EventKey::new(id(number)),
        happened_at: now() + TimeDelta::seconds(i64::from(number)),
        received_at: now(),
        what,
    }
}

fn arrival(number: u32, what: Happening) -> Arrival {
    Arrival {
        organization: clinic(),
        scheme: Scheme::Organization,
        key: EventKey::new(id(number)),
        event_type: EventType::Other("moon_risen".to_owned()),
        received_at: now(),
        content: Content::Events(vec![event(number, what)]),
        body: None,
    }
}

fn ping(number: u32) -> Arrival {
    arrival(number, Happening::Ping)
}

fn elsewhere() -> OrganizationId {
    OrganizationId::new("org-2")
}

fn appointment(id: i64) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(800_002),
        patient_name: Some("Caleb Orozco".to_owned()),
        provider_id: None,
        provider_name: Some("Dr. Crawford".to_owned()),
        location_id: Some(75),
        operatory_id: Some(3),
        operatory_name: Some("Room 3".to_owned()),
        starts_at: Some(now()),
        ends_at: Some(now() + TimeDelta::minutes(15)),
        zone: Some("America/New_York".to_owned()),
        booking: Booking::Booked,
        note: Some("line\n\"quoted\" 小花".to_owned()),
        updated_at: now() - TimeDelta::days(1),
    }
}

/// One of each kind.
fn every_kind() -> Vec<Happening> {
    let (conversation, device) = (ConversationId::new("conv/1"), DeviceId::new("hub_1"));
    let bare = Appointment {
        patient_id: None,
        patient_name: None,
        starts_at: None,
        ends_at: None,
        zone: None,
        note: None,
        booking: Booking::Block,
        ..appointment(2)
    };
    vec![
        Happening::RecordCreated(RecordId::new("r-1")),
        Happening::RecordUpdated(RecordId::new("r-2")),
        Happening::RecordDeleted(RecordId::new("r-3")),
        Happening::ConversationStarted { conversation: conversation.clone(), device: device.clone() },
        Happening::ConversationEnded { conversation, device },
        Happening::Ping,
        Happening::PartnerRecord { serial: Some("NXH-1".to_owned()), room: None },
        Happening::Measurement { serial: None },
        Happening::Appointment(Box::new(appointment(1))),
        Happening::AppointmentFailed(Box::new(bare)),
        Happening::PatientChanged,
        Happening::Other("moon_risen".to_owned()),
    ]
}
