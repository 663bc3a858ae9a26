//! Bodies as the senders' documents show them, and as they might come: with holes, for somebody else, of types that
//! nobody knows yet.

use super::*;
use crate::domain::live::{Appointment, Booking, Happening};
use crate::domain::{ConversationId, DeviceId, RecordId};
use crate::webhooks::signing::{Request, SECRET, now};
use secrecy::ExposeSecret;

const ORGANIZATION: &str = "0190aaaa-1111-7000-8000-00000000c0de";

fn told(request: &Request) -> Result<Told, Quarantine> {
    let identity = match request.scheme {
        Scheme::Organization => Identity::Organization(OrganizationId::new(ORGANIZATION)),
        Scheme::Partner => Identity::Partner("prt_1".to_owned()),
        Scheme::NexHealth => Identity::NexHealth,
    };
    read(&request.verify().expect("genuine"), &identity, now())
}

fn organization(kind: &str, data: &str) -> Result<Told, Quarantine> {
    let body = format!(
        r#"{{"id":"evt_1","type":"{kind}","organizationId":"{ORGANIZATION}","timestamp":"2026-02-20T14:00:00+00:00","data":{data}}}"#
    );
    told(&Request::of(Scheme::Organization, SECRET, body.as_bytes()))
}

fn nexhealth(body: &str) -> Result<Told, Quarantine> {
    told(&Request::of(Scheme::NexHealth, SECRET, body.as_bytes()))
}

fn what(told: Result<Told, Quarantine>) -> Happening {
    told.expect("readable").event.what
}

#[test]
fn nxvets_types_become_what_happened() {
    let record = || RecordId::new("r1");
    let room = r#"{"conversationId":"c1","deviceId":"hub_1"}"#;
    let (conversation, device) = (ConversationId::new("c1"), DeviceId::new("hub_1"));
    let id = r#"{"labelId":"r1"}"#;
    assert_eq!(what(organization("new_label", id)), Happening::RecordCreated(record()));
    assert_eq!(what(organization("label_updated", id)), Happening::RecordUpdated(record()));
    assert_eq!(what(organization("label_deleted", id)), Happening::RecordDeleted(record()));
    let started = Happening::ConversationStarted { conversation: conversation.clone(), device: device.clone() };
    assert_eq!(what(organization("conversation_created", room)), started);
    assert_eq!(
        what(organization("conversation_completed", room)),
        Happening::ConversationEnded { conversation, device }
    );
    assert_eq!(what(organization("ping", r#"{"test":true}"#)), Happening::Ping);
    assert_eq!(what(organization("room_painted", "null")), Happening::Other("room_painted".to_owned()));
    assert_eq!(what(organization("new_label", "{}")), Happening::Other("new_label".to_owned()));
    let event = organization("ping", "{}").expect("readable");
    assert_eq!((event.event.key.as_str(), event.event_type), ("evt_1", EventType::Ping));
    assert_eq!(event.event.happened_at.to_rfc3339(), "2026-02-20T14:00:00+00:00");
}

#[test]
fn what_is_not_ours_or_not_readable_is_set_aside() {
    let read = |body: &str| told(&Request::of(Scheme::Organization, SECRET, body.as_bytes())).err();
    let body = |organization: &str| format!(r#"{{"id":"e","type":"ping","organizationId":{organization}}}"#);
    assert_eq!(read(&body(&format!("\"{}\"", ORGANIZATION.to_uppercase()))), None);
    assert_eq!(read(&body("\"0190aaaa-1111-7000-8000-000000000000\"")), Some(Quarantine::WrongOrganization));
    assert_eq!(read(&body("null")), Some(Quarantine::WrongOrganization));
    assert_eq!(read(r#"{"type":"ping"}"#), Some(Quarantine::Incomplete));
    assert_eq!(read(r#"{"id":"e","type":7}"#), Some(Quarantine::Incomplete));
    assert_eq!(read("[]"), Some(Quarantine::NotJson));
    assert_eq!(read(""), Some(Quarantine::NotJson));
    let long = format!(r#"{{"id":"{}","type":"ping","organizationId":"{ORGANIZATION}"}}"#, "x".repeat(5_000));
    assert_eq!(read(&long), Some(Quarantine::Incomplete));
}

#[test]
fn a_route_takes_only_its_own_sender() {
    let request = Request::of(Scheme::Organization, SECRET, b"{}");
    let verified = request.verify().expect("genuine");
    assert_eq!(read(&verified, &Identity::NexHealth, now()).err(), Some(Quarantine::WrongRoute));
}

#[test]
fn a_delivery_header_that_contradicts_the_body_is_tampering() {
    let body = format!(r#"{{"id":"evt_1","type":"ping","organizationId":"{ORGANIZATION}"}}"#);
    let mut request = Request::of(Scheme::Organization, SECRET, body.as_bytes());
    request.headers.push(("X-NerveX-Delivery".to_owned(), "evt_1".to_owned()));
    assert!(told(&request).is_ok());
    "evt_2".clone_into(request.header("X-NerveX-Delivery"));
    let quarantine = told(&request).err();
    assert_eq!(quarantine, Some(Quarantine::HeaderChanged));
    assert!(quarantine.is_some_and(Quarantine::is_tampering));
}

#[test]
fn a_partners_texts_travel_apart_and_are_never_printed() {
    let body = r#"{"event_id":"evt_p","event_type":"record.created","occurred_at":"2026-02-20T14:59:00Z","partner_id":"prt_1",
        "partner_user_key":"user-canary","device_id":"NXH-T1","device_friendly_name":"Room 2","transcript":"canary text\n",
        "soap":null,"signed_urls":[{"type":"hub_audio_wav","url":"https://example.test/canary","expires_in_seconds":60},
        {"type":"x"},7],"data":{}}"#;
    let told = told(&Request::of(Scheme::Partner, SECRET, body.as_bytes())).expect("readable");
    let printed = format!("{told:?}");
    assert!(!printed.contains("canary"), "{printed}");
    let expected = Happening::PartnerRecord { serial: Some("NXH-T1".to_owned()), room: Some("Room 2".to_owned()) };
    assert_eq!(told.event.what, expected);
    assert_eq!(told.event.key.as_str(), "evt_p");
    let provisional = told.provisional.expect("texts");
    assert_eq!(provisional.transcript.as_ref().map(ExposeSecret::expose_secret), Some("canary text\n"));
    assert!(provisional.soap.is_none() && provisional.data.is_none());
    let [audio] = provisional.audio.as_slice() else { panic!("one recording has an address") };
    assert_eq!(audio.expires_at, now() + chrono::TimeDelta::seconds(60));
}

#[test]
fn what_comes_in_heaps_is_read_in_part() {
    let addresses = vec![r#"{"url":"https://example.test/a","expires_in_seconds":99999999999}"#; 500].join(",");
    let body =
        format!(r#"{{"event_id":"e","event_type":"record.created","partner_id":"prt_1","signed_urls":[{addresses}]}}"#);
    let partner = told(&Request::of(Scheme::Partner, SECRET, body.as_bytes())).expect("readable");
    let audio = partner.provisional.expect("addresses").audio;
    assert_eq!(audio.len(), 32);
    assert!(audio.iter().all(|one| one.expires_at == now() + chrono::TimeDelta::days(7)));
    let rows = vec![r#"{"id":1}"#; 5_000].join(",");
    let many = nexhealth(&format!(r#"{{"event_name":"appointment_updated","data":{{"appointments":[{rows}]}}}}"#));
    assert_eq!(many.expect("readable").into_events().count(), 1_000);
}

#[test]
fn a_measurement_is_kept_and_nothing_is_read_out_of_it() {
    let body = r#"{"event_id":"e","event_type":"measurement.created","partner_id":"prt_1","device_id":"NXS-1","data":{"t":1}}"#;
    let told = told(&Request::of(Scheme::Partner, SECRET, body.as_bytes())).expect("readable");
    assert_eq!(told.event.what, Happening::Measurement { serial: Some("NXS-1".to_owned()) });
    assert_eq!(
        told.provisional.and_then(|kept| kept.data).map(|data| data.expose_secret().to_owned()).as_deref(),
        Some(r#"{"t":1}"#)
    );
    assert_eq!(told.event.happened_at, now(), "without its own time, the time of sending holds");
}

#[test]
fn header_and_body_both_name_our_partner() {
    let body = |partner: &str| format!(r#"{{"event_id":"e","event_type":"record.created","partner_id":"{partner}"}}"#);
    let mut request = Request::of(Scheme::Partner, SECRET, body("prt_1").as_bytes());
    assert!(told(&request).is_ok());
    "prt_2".clone_into(request.header("X-Nxvet-Partner-Id"));
    assert_eq!(told(&request).err(), Some(Quarantine::WrongPartner));
    let other = Request::of(Scheme::Partner, SECRET, body("prt_2").as_bytes());
    assert_eq!(told(&other).err(), Some(Quarantine::WrongPartner));
}

fn appointment(what: &Happening) -> &Appointment {
    match what {
        Happening::Appointment(appointment) | Happening::AppointmentFailed(appointment) => appointment,
        other => panic!("no appointment: {other:?}"),
    }
}

fn row(event: &str, members: &str) -> Happening {
    what(nexhealth(&format!(
        r#"{{"resource_type":"appointment","event_name":"{event}","event_time":"2026-02-20T14:59:59.214+00:00","data":{{"appointment":{{"id":900001{members}}}}}}}"#
    )))
}

#[test]
fn an_appointment_is_read_with_what_it_has() {
    let bare = row("appointment_insertion.complete", "");
    let expected = appointment(&bare);
    assert_eq!((expected.id.0, expected.booking, expected.starts_at), (900_001, Booking::Booked, None));
    assert_eq!(expected.updated_at.timestamp_millis(), 1_771_599_599_214, "the event's time stands in");
    let full = row(
        "appointment_updated",
        r#","patient_id":"17","patient_name":"A. Person","provider":{"first_name":"B","last_name":"Vet"},"operatory_id":3,
        "operatory_name":"Room 3","start_time":"2026-02-21T09:30:00.000Z","end_time":null,"timezone":"America/New_York",
        "note":"","updated_at":"2026-02-20T10:00:00Z","cancelled":false,"cancelled_at":"2026-02-19T10:00:00Z""#,
    );
    let full = appointment(&full);
    assert_eq!(
        (full.patient_id, full.patient_name.as_deref(), full.provider_name.as_deref()),
        (Some(17), Some("A. Person"), Some("B Vet"))
    );
    assert_eq!(
        (full.operatory_id, full.zone.as_deref(), full.ends_at, full.note.as_deref()),
        (Some(3), Some("America/New_York"), None, None)
    );
    assert_eq!(full.booking, Booking::Booked, "an un-cancelled appointment keeps its old cancellation time");
    assert_eq!(full.updated_at.timestamp(), 1_771_581_600);
}

#[test]
fn cancelled_blocked_and_failed_are_told_apart() {
    let booking = |what: Happening| appointment(&what).booking;
    assert_eq!(booking(row("appointment_updated", r#","cancelled":true,"unavailable":true"#)), Booking::Cancelled);
    assert_eq!(booking(row("appointment_created", r#","unavailable":true"#)), Booking::Block);
    for ending in ["failed", "timed_out"] {
        let what = row(&format!("appointment_insertion.{ending}"), r#","cancelled":false"#);
        assert!(matches!(what, Happening::AppointmentFailed(_)));
        assert_eq!(booking(what), Booking::Failed);
    }
    assert!(matches!(row("appointment_updated.complete", ""), Happening::Appointment(_)));
}

#[test]
fn the_rest_is_kept_by_name_or_only_counted() {
    let of = |resource: &str, name: &str| {
        what(nexhealth(&format!(
            r#"{{"resource_type":"{resource}","event_name":"{name}","data":{{"patient":{{"id":1}}}}}}"#
        )))
    };
    let wish = row("appointment_requested", "");
    assert_eq!(wish, Happening::Other("appointment_requested".to_owned()), "a wish is no booking");
    assert_eq!(of("Patient", "patient_updated"), Happening::PatientChanged);
    for (resource, name) in [
        ("Payment", "payment_created"),
        ("AppointmentType", "appointment_type_created"),
        ("Appointment", "appointment_requested"),
        ("Appointment", "appointment_created"),
    ] {
        assert_eq!(of(resource, name), Happening::Other(name.to_owned()), "{name}");
    }
    assert_eq!(nexhealth(r#"{"resource_type":"appointment"}"#).err(), Some(Quarantine::Incomplete));
}

#[test]
fn a_body_with_several_appointments_gives_each_its_key() {
    let told =
        nexhealth(r#"{"event_name":"appointment_updated","data":{"appointments":[{"id":1},{"id":null},{"id":3}]}}"#)
            .expect("readable");
    let events: Vec<LiveEvent> = told.into_events().collect();
    let ids: Vec<i64> = events.iter().map(|event| appointment(&event.what).id.0).collect();
    assert_eq!(ids, [1, 3]);
    assert_eq!(events[1].key.as_str(), format!("{}.1", events[0].key.as_str()));
}

#[test]
fn another_attempt_at_the_same_event_has_the_same_key() {
    let key = |body: &str| nexhealth(body).expect("readable").event.key;
    let first =
        r#"{"event_name":"patient_updated","event_time":"2026-02-20T14:00:00Z","data":{"patient":{"name":"Zoë"}}}"#;
    let again = first.replace("}}}", r#"}},"delivery_errors":[{"code":"500","attempts":1}]}"#);
    let escaped = again.replace("Zoë", "Zo\\u00eb").replace(',', " ,\n");
    assert_eq!(key(first), key(&again));
    assert_eq!(key(first), key(&escaped));
    assert_ne!(key(first), key(&first.replace("14:00", "14:01")));
}
