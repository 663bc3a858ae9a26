//! Rooms and live updates to draw in tests: four recorders in every state, a day with appointments, three addresses and
//! what they delivered. Built through the state's own two doors.

use super::{consultations, desk, now};
use crate::domain::live::{
    Appointment, AppointmentId, Booking, Delivery, DeliverySource, EventKey, EventType, Happening, LiveEvent, Scheme,
    Webhook, WebhookId,
};
use crate::domain::{Consultation, ConversationId, DeviceId, RoomDevice};
use crate::state::board::{BoardEvent, BoardKnown, BoardRequest, DayRows, Messages, NexHealthAccount, NexHealthEvent};
use crate::state::live::{LiveNews, ReceiverStatus};
use crate::state::{Event, Request, Route, SettingsCommand, State, WindowCommand};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

fn at(hour: i64, minute: i64) -> DateTime<Utc> {
    now() - TimeDelta::minutes(14 * 60 + 2) + TimeDelta::minutes(hour * 60 + minute)
}

fn device(id: &str, name: Option<&str>, reported: DateTime<Utc>) -> RoomDevice {
    RoomDevice {
        id: DeviceId::new(id),
        serial: Some(id.to_owned()),
        name: name.map(str::to_owned),
        last_report: Some(reported),
        firmware: None,
    }
}

fn heard(what: Happening, happened_at: DateTime<Utc>, key: &str) -> LiveEvent {
    LiveEvent { scheme: Scheme::Organization, key: EventKey::new(key), happened_at, received_at: happened_at, what }
}

/// The Rooms screen on a day with everything: a room records, one writes, one is quiet, one gives no word.
pub fn rooms() -> State {
    let mut state = with_recorders();
    show_day(&mut state, appointments());
    state.apply(nexhealth(NexHealthEvent::Connected(account())), now());
    state.apply(nexhealth(NexHealthEvent::Read { at: at(13, 58) }), now());
    let messages = Messages::Working {
        endpoint: WebhookId("9".to_owned()),
        address: "https://relay.harbourvets.example/nex".to_owned(),
    };
    state.apply(nexhealth(NexHealthEvent::Messages(messages)), now());
    state.apply(nexhealth(NexHealthEvent::LastMessage(at(13, 55))), now());
    state
}

/// The same without NexHealth.
pub fn rooms_without_appointments() -> State {
    let mut state = with_recorders();
    show_day(&mut state, Vec::new());
    state
}

/// A clinic whose recorders are not known yet.
pub fn no_rooms() -> State {
    let mut state = super::signed_in();
    state.handle(WindowCommand::Go(Route::Rooms).into(), now());
    state
}

fn nexhealth(event: NexHealthEvent) -> Event {
    Event::Board(BoardEvent::NexHealth(event))
}

pub fn account() -> NexHealthAccount {
    NexHealthAccount { subdomain: "harbour-vets".to_owned(), location: Some(75), key_tail: "4f2a".to_owned() }
}

fn with_recorders() -> State {
    let mut state = desk();
    let devices = vec![
        device("hub_1", Some("Room 1 NxHUB"), at(14, 1)),
        device("hub_2", Some("Room 2 NxHUB"), at(14, 0)),
        device("hub_3", Some("Surgery"), at(13, 50)),
        device("nxhub-7788", None, at(9, 2)),
    ];
    let (device, conversation) = (DeviceId::new("hub_1"), ConversationId::new("c-77"));
    let running = Happening::ConversationStarted { device, conversation };
    let known = BoardKnown {
        devices,
        devices_at: Some(now()),
        events: vec![heard(running, at(13, 58), "e-1")],
        ..BoardKnown::default()
    };
    state.apply(Event::Board(BoardEvent::Known(Box::new(known))), now());
    state
}

/// Goes to the rooms and answers what the screen asks for.
fn show_day(state: &mut State, appointments: Vec<Appointment>) {
    let asked = state.handle(WindowCommand::Go(Route::Rooms).into(), now());
    let mut rows = consultations();
    // The row whose button was pressed for a test has no place in a day of rooms.
    rows.retain(|row| row.key.as_text() != "record/r5");
    // Bella's visit is over when the room records the next one.
    for row in rows.iter_mut().filter(|row| row.key.as_text() == "record/r1") {
        *row = Arc::new(Consultation { ended_at: Some(at(13, 55)), ..(**row).clone() });
    }
    rows.sort_by_key(|row| std::cmp::Reverse(row.started_at));
    let day: Vec<_> = rows.iter().filter(|row| row.started_at >= at(0, 0)).cloned().collect();
    answer(state, &asked, DayRows { recent: rows, day, appointments, is_complete: true, ..DayRows::default() });
}

/// The practice's zone may make the state ask a second time.
fn answer(state: &mut State, asked: &[Request], rows: DayRows) {
    let Some(sequence) = asked.iter().find_map(|request| match request {
        Request::Board(BoardRequest::Follow { sequence, .. }) => Some(*sequence),
        _ => None,
    }) else {
        return;
    };
    let event = BoardEvent::Day { sequence, rows: Box::new(rows.clone()) };
    let again = state.apply(Event::Board(event), now());
    answer(state, &again, rows);
}

fn appointment(id: i64, name: &str, room: &str, from: DateTime<Utc>) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(id),
        patient_name: (!name.is_empty()).then(|| name.to_owned()),
        provider_id: None,
        provider_name: None,
        location_id: Some(75),
        operatory_id: None,
        operatory_name: Some(room.to_owned()),
        starts_at: Some(from),
        ends_at: Some(from + TimeDelta::minutes(30)),
        zone: Some("Etc/UTC".to_owned()),
        booking: Booking::Booked,
        note: None,
        updated_at: at(7, 0),
    }
}

pub fn appointments() -> Vec<Appointment> {
    let with = |booking, one: Appointment| Appointment { booking, ..one };
    let noted = |note: &str, one: Appointment| Appointment { note: Some(note.to_owned()), ..one };
    vec![
        appointment(7, "O’Malley", "Surgery", at(10, 15)),
        appointment(8, "小花", "Room 2", at(13, 0)),
        appointment(9, "Bella", "Room 1", at(13, 35)),
        noted("recheck", appointment(1, "Milo", "Room 2", at(12, 15))),
        appointment(2, "Rocky", "Room 1", at(14, 30)),
        noted("vaccination", appointment(3, "Nala", "Room 2", at(14, 55))),
        with(Booking::Cancelled, appointment(4, "Simba", "Room 1", at(15, 30))),
        with(Booking::Failed, appointment(5, "Cleo", "Surgery", at(15, 0))),
        with(Booking::Block, noted("Lunch", appointment(6, "", "Surgery", at(12, 30)))),
    ]
}

/// Live updates with three addresses and a history: one works, one stopped, one fails.
pub fn live() -> State {
    let mut state = rooms();
    state.handle(SettingsCommand::Receives(true).into(), now());
    let status = ReceiverStatus::Running { address: "127.0.0.1:8737".to_owned(), has_tls: false };
    state.apply(Event::Live(LiveNews::Receiver { status, is_local: false }), now());
    state.handle(WindowCommand::Go(Route::Live).into(), now());
    let failing = Webhook { consecutive_failures: 4, ..webhook("3", "https://hooks.harbourvets.example/old") };
    let all = vec![
        webhook("1", "https://relay.harbourvets.example/nx"),
        Webhook { is_active: false, consecutive_failures: 12, ..webhook("2", "https://pims.harbourvets.example/in") },
        failing,
    ];
    state.apply(Event::Live(LiveNews::Webhooks { all, ours: vec![WebhookId("1".to_owned())], look: 0 }), now());
    for (webhook, deliveries) in [("1", delivered()), ("2", vec![failed("e-9", at(11, 2), Some(502))])] {
        let webhook = WebhookId(webhook.to_owned());
        state.apply(Event::Live(LiveNews::Vendor { webhook, deliveries }), now());
    }
    state.apply(Event::Live(LiveNews::Own(vec![refused()])), now());
    let event = heard(Happening::Ping, at(14, 1), "e-ping");
    state.apply(Event::Live(LiveNews::Happened(Arc::new(vec![event]))), now());
    state
}

/// Live updates as they are in the beginning.
pub fn live_off() -> State {
    let mut state = desk();
    state.handle(WindowCommand::Go(Route::Live).into(), now());
    state.apply(Event::Live(LiveNews::Webhooks { all: Vec::new(), ours: Vec::new(), look: 0 }), now());
    state.apply(Event::Live(LiveNews::Own(Vec::new())), now());
    state
}

pub fn webhook(id: &str, address: &str) -> Webhook {
    Webhook {
        id: WebhookId(id.to_owned()),
        scheme: Scheme::Organization,
        address: address.to_owned(),
        description: "Consult Desk".to_owned(),
        event_types: Some(vec![EventType::ConversationStarted, EventType::ConversationEnded, EventType::RecordCreated]),
        is_active: true,
        consecutive_failures: 0,
        created_at: Some(at(8, 0)),
    }
}

fn delivery(event: &str, event_type: EventType, at: DateTime<Utc>) -> Delivery {
    Delivery {
        source: DeliverySource::Vendor,
        scheme: Scheme::Organization,
        at,
        event: Some(EventKey::new(event)),
        event_type: Some(event_type),
        code: Some(200),
        milliseconds: Some(142),
        attempt: Some(1),
        error: None,
        is_success: true,
        recorded: None,
    }
}

fn failed(event: &str, at: DateTime<Utc>, code: Option<u16>) -> Delivery {
    Delivery {
        code,
        milliseconds: Some(2_034),
        error: Some("Internal Server Error".to_owned()),
        is_success: false,
        ..delivery(event, EventType::RecordCreated, at)
    }
}

fn delivered() -> Vec<Delivery> {
    let again =
        Delivery { attempt: Some(2), milliseconds: Some(88), ..delivery("e-3", EventType::RecordCreated, at(13, 19)) };
    let ended = Delivery { milliseconds: Some(97), ..delivery("e-4", EventType::ConversationEnded, at(11, 39)) };
    vec![
        delivery("e-2", EventType::ConversationStarted, at(14, 1)),
        again,
        failed("e-3", at(13, 18), Some(500)),
        ended,
        failed("e-5", at(9, 12), None),
    ]
}

/// One that this desk refused and whose request is recorded.
fn refused() -> Delivery {
    Delivery {
        source: DeliverySource::Here,
        event: None,
        event_type: None,
        code: Some(401),
        milliseconds: Some(3),
        attempt: None,
        error: Some("Signed with the previous secret".to_owned()),
        is_success: false,
        recorded: Some(7),
        ..delivery("", EventType::Ping, at(12, 40))
    }
}

/// A long history of one address.
pub fn many_deliveries(count: usize) -> Vec<Delivery> {
    let one = |index: usize| {
        let at = now() - TimeDelta::minutes(i64::try_from(index).unwrap_or(0));
        Delivery { source: DeliverySource::Here, ..delivery(&format!("m-{index}"), EventType::RecordUpdated, at) }
    };
    (0..count).map(one).collect()
}

/// NxVET's test, as it arrives.
pub fn ping() -> LiveEvent {
    heard(Happening::Ping, now(), "e-test")
}
