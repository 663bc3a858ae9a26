//! The rooms on a full day, and the deliveries of a long history: still, and scrolled through.
//! The numbers are far above what a clinic has.

use super::common::{measure, ms, now, percentile, records};
use super::{Window, wheel_over_transcript};
use chrono::{DateTime, TimeDelta, Utc};
use consult_desk::domain::live::{
    Appointment, AppointmentId, Booking, Delivery, DeliverySource, EventKey, EventType, Scheme, Webhook, WebhookId,
};
use consult_desk::domain::{Consultation, ConsultationKey, DeviceId, Room, RoomDevice};
use consult_desk::state::board::{BoardEvent, BoardKnown, BoardRequest, DayRows};
use consult_desk::state::live::LiveNews;
use consult_desk::state::{Command, Event, Request, Route, WindowCommand};
use std::sync::Arc;
use std::time::Duration;

const ROOMS: usize = 8;

pub(super) fn screens() {
    println!();
    println!("| screen | first frame | still p50 | scroll p50 | scroll p99 | taking the news in |");
    println!("|---|---|---|---|---|---|");
    for each in [6, 60] {
        let mut window = Window::new();
        let taking = show_day(&mut window, each);
        frames(&mut window, &format!("rooms: {ROOMS} rooms × {each} consultations"), taking);
    }
    for rows in [2_000, 10_000] {
        let mut window = Window::new();
        let taking = show_deliveries(&mut window, rows);
        frames(&mut window, &format!("live updates: {rows} deliveries"), taking);
    }
}

fn frames(window: &mut Window, screen: &str, taking: Duration) {
    let first = window.frame(Vec::new());
    for _ in 0..30 {
        window.frame(Vec::new());
    }
    let mut still: Vec<Duration> = (0..200).map(|_| window.frame(Vec::new())).collect();
    let down_and_up = |step: i32| if step / 100 % 2 == 0 { 45.0 } else { -45.0 };
    let mut scroll: Vec<Duration> =
        (0..600).map(|step| window.frame(wheel_over_transcript(down_and_up(step)))).collect();
    println!(
        "| {screen} | {} | {} | {} | {} | {} |",
        ms(first),
        ms(percentile(&mut still, 0.5)),
        ms(percentile(&mut scroll, 0.5)),
        ms(percentile(&mut scroll, 0.99)),
        ms(taking),
    );
}

fn name(room: usize) -> String {
    format!("Room {}", room + 1)
}

fn device(room: usize) -> RoomDevice {
    RoomDevice {
        id: DeviceId::new(format!("hub-{room}")),
        serial: Some(format!("hub-{room}")),
        name: Some(name(room)),
        last_report: Some(now()),
        firmware: None,
    }
}

/// Goes to the rooms and answers what the screen asks for; answers what laying the day out took.
fn show_day(window: &mut Window, each: usize) -> Duration {
    let known =
        BoardKnown { devices: (0..ROOMS).map(device).collect(), devices_at: Some(now()), ..BoardKnown::default() };
    window.state.apply(Event::Board(BoardEvent::Known(Box::new(known))), now());
    let mut asked = window.state.handle(Command::Window(WindowCommand::Go(Route::Rooms)), now());
    let rows = consultations(each);
    let appointments: Vec<Appointment> = (0..ROOMS * each / 2).map(appointment).collect();
    let mut taking = Duration::ZERO;
    while let Some(sequence) = asked.iter().find_map(sequence_of) {
        let (recent, day) = (rows.clone(), rows.clone());
        let rows = DayRows { recent, day, appointments: appointments.clone(), is_complete: true, ..DayRows::default() };
        let event = Event::Board(BoardEvent::Day { sequence, rows: Box::new(rows) });
        (taking, asked) = measure(|| window.state.apply(event, now()));
    }
    taking
}

fn sequence_of(request: &Request) -> Option<u64> {
    match request {
        Request::Board(BoardRequest::Follow { sequence, .. }) => Some(*sequence),
        _ => None,
    }
}

fn consultations(each: usize) -> Vec<Arc<Consultation>> {
    let apart = 360 / i64::try_from(each).unwrap_or(1).max(1);
    let mut rows: Vec<Arc<Consultation>> = records(ROOMS * each)
        .iter()
        .enumerate()
        .map(|(index, row)| {
            let (room, place) = (index % ROOMS, i64::try_from(index / ROOMS).unwrap_or(0));
            let started_at = now() - TimeDelta::minutes(370 - place * apart);
            Arc::new(Consultation {
                key: ConsultationKey::record(format!("day-{index}")),
                started_at,
                ended_at: Some(started_at + TimeDelta::minutes((apart * 2 / 3).max(4))),
                room: Some(Arc::new(Room {
                    device_id: None,
                    serial: Some(format!("hub-{room}")),
                    name: Some(name(room)),
                })),
                ..(**row).clone()
            })
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.started_at));
    rows
}

fn appointment(index: usize) -> Appointment {
    let number = i64::try_from(index).unwrap_or(0);
    let starts_at = now() - TimeDelta::minutes(300 - number * 7 % 600);
    Appointment {
        id: AppointmentId(number),
        patient_id: Some(number),
        patient_name: Some(format!("Bella {index}")),
        provider_id: None,
        provider_name: None,
        location_id: None,
        operatory_id: None,
        operatory_name: Some(name(index % ROOMS)),
        starts_at: Some(starts_at),
        ends_at: Some(starts_at + TimeDelta::minutes(15)),
        zone: Some("Etc/UTC".to_owned()),
        booking: Booking::Booked,
        note: Some("recheck".to_owned()),
        updated_at: starts_at,
    }
}

/// Ten addresses with NxVET's last fifty tries of each, and a history of what came in here.
fn show_deliveries(window: &mut Window, rows: usize) -> Duration {
    window.state.handle(Command::Window(WindowCommand::Go(Route::Live)), now());
    let ids: Vec<WebhookId> = (0..10).map(|index| WebhookId(index.to_string())).collect();
    let news = LiveNews::Webhooks { all: ids.iter().map(webhook).collect(), ours: ids.clone(), look: 0 };
    window.state.apply(Event::Live(news), now());
    for id in ids {
        let deliveries = (0..50).map(|index| delivery(DeliverySource::Vendor, index * 7)).collect();
        window.state.apply(Event::Live(LiveNews::Vendor { webhook: id, deliveries }), now());
    }
    let own = (0..rows).map(|index| delivery(DeliverySource::Here, index)).collect();
    measure(|| window.state.apply(Event::Live(LiveNews::Own(own)), now())).0
}

fn webhook(id: &WebhookId) -> Webhook {
    Webhook {
        id: id.clone(),
        scheme: Scheme::Organization,
        address: format!("https://relay.harbourvets.example/{}", id.0),
        description: String::new(),
        event_types: None,
        is_active: true,
        consecutive_failures: u32::from(id.0 == "3") * 5,
        created_at: Some(now()),
    }
}

fn delivery(source: DeliverySource, index: usize) -> Delivery {
    let at: DateTime<Utc> = now() - TimeDelta::seconds(40 * i64::try_from(index).unwrap_or(0));
    let is_success = !index.is_multiple_of(9);
    Delivery {
        source,
        scheme: Scheme::Organization,
        at,
        event: Some(EventKey::new(format!("event-{index}"))),
        event_type: Some(EventType::RecordUpdated),
        code: Some(if is_success { 200 } else { 500 }),
        milliseconds: Some(88),
        attempt: Some(1),
        error: (!is_success).then(|| "Internal Server Error".to_owned()),
        is_success,
        recorded: None,
    }
}
