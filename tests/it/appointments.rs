//! NexHealth beside NxVET: connecting, reading, messages, and the day view in the practice's own zone.

use crate::support::desk::{Desk, Setup};
use crate::support::live::{free_port, until};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use consult_desk::domain::live::day::{Block, BlockKind, Day};
use consult_desk::domain::live::{AppointmentId, Booking};
use consult_desk::domain::{ConsultationKey, Zone};
use consult_desk::simulator::{
    Fault, NewAppointment, NexHealthHandle, NexHealthSetup, PracticeZone, Route as SimulatorRoute, Source,
};
use consult_desk::state::board::{Messages, NexHealthCommand, NexHealthForm, Subject};
use consult_desk::state::{BoardCommand, Command, PastedKey, Route, SettingsCommand, WindowCommand};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

const ZONE: &str = "America/New_York";

fn zone() -> PracticeZone {
    ZONE.parse().expect("a zone")
}

fn setup() -> Setup {
    Setup {
        source: Source::Generated { records: 4, seed: 3 },
        nexhealth: Some(NexHealthSetup { zone: zone(), ..NexHealthSetup::default() }),
        nexhealth_every: Duration::from_millis(20),
        ..Setup::default()
    }
}

fn nexhealth(desk: &Desk) -> NexHealthHandle {
    desk.simulator.nexhealth().expect("NexHealth runs")
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// A clock time of the practice.
fn local(date: NaiveDate, hour: u32, minute: u32) -> DateTime<Utc> {
    let at = date.and_hms_opt(hour, minute, 0).expect("a time");
    zone().moment(at).expect("a time")
}

fn command(desk: &mut Desk, command: NexHealthCommand) {
    desk.wish(Command::Board(BoardCommand::NexHealth(command)));
}

fn connect_with(desk: &mut Desk, key: String, subdomain: &str) {
    command(desk, NexHealthCommand::AskToConnect);
    let form = NexHealthForm { key: PastedKey(key), subdomain: subdomain.to_owned(), location: String::new() };
    command(desk, NexHealthCommand::Connect(form));
}

/// Connected, at the rooms, with the appointments read.
fn connected() -> Desk {
    let mut desk = Desk::new(setup());
    connect(&mut desk);
    desk
}

fn connect(desk: &mut Desk) {
    desk.sign_in();
    let (key, subdomain) = (nexhealth(desk).key(), nexhealth(desk).subdomain());
    connect_with(desk, key, &subdomain);
    desk.step_until("the appointments", |state| state.board.nexhealth.read_at.is_some());
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
}

#[track_caller]
fn show(desk: &mut Desk, date: NaiveDate) {
    desk.wish(Command::Board(BoardCommand::Day(date)));
    desk.step_until("the day", |state| {
        let day = state.board.day.as_ref();
        !state.board.is_loading && day.is_some_and(|day| day.date == date && Some(day.zone) == Zone::named(ZONE))
    });
}

fn block(day: &Day, id: i64) -> Option<&Block> {
    let is_it = |block: &&Block| matches!(block.kind, BlockKind::Appointment { id: found, .. } if found.0 == id);
    day.lanes.iter().flat_map(|lane| &lane.blocks).find(is_it)
}

fn booking(day: &Day, id: i64) -> Option<Booking> {
    match block(day, id)?.kind {
        BlockKind::Appointment { booking, .. } => Some(booking),
        _ => None,
    }
}

#[track_caller]
fn until_booking(desk: &mut Desk, id: i64, wanted: Booking) {
    desk.step_until(&format!("{id} is {wanted:?}"), |state| {
        state.board.day.as_ref().and_then(|day| booking(day, id)) == Some(wanted)
    });
}

#[test]
fn appointments_show_in_the_practices_zone_by_name_and_room() {
    let mut desk = connected();
    let day = date(2026, 12, 1);
    let at = local(day, 9, 30);
    let id = nexhealth(&desk).book(NewAppointment::new(0, at, "Milo", "O'Malley"));
    show(&mut desk, day);
    desk.step_until("its name", |state| {
        state.board.day.as_ref().and_then(|day| block(day, id)).is_some_and(|block| block.title == "Milo O'Malley")
    });
    let shown = desk.state.board.day.clone().expect("a day");
    let found = block(&shown, id).expect("a block");
    assert_eq!(shown.clock(found.from), "9:30");
    let rooms = desk.simulator.rooms();
    let lane = shown.lanes.iter().find(|lane| lane.blocks.contains(found)).expect("a lane");
    assert_eq!(lane.name, rooms[0].1.trim_end_matches("NxHUB").trim(), "the same room as the recorder's");
    assert!(desk.state.board.tiles.iter().any(|tile| tile.room == lane.room));
}

#[test]
fn cancelling_and_taking_it_back_moving_and_failing_show_one_block_each() {
    let mut desk = connected();
    let day = date(2026, 12, 2);
    let id = nexhealth(&desk).book(NewAppointment::new(1, local(day, 10, 0), "Luna", "Byrne"));
    show(&mut desk, day);
    until_booking(&mut desk, id, Booking::Booked);
    desk.clock.advance(TimeDelta::minutes(1));
    nexhealth(&desk).cancel(id);
    until_booking(&mut desk, id, Booking::Cancelled);
    nexhealth(&desk).uncancel(id);
    until_booking(&mut desk, id, Booking::Booked);
    let later = local(day, 11, 0);
    nexhealth(&desk).reschedule(id, 0, later);
    desk.step_until("its new time", |state| {
        state.board.day.as_ref().and_then(|day| block(day, id)).is_some_and(|block| block.from == later)
    });
    let count = |day: &Day| {
        let all = day.lanes.iter().flat_map(|lane| &lane.blocks);
        all.filter(|block| matches!(block.kind, BlockKind::Appointment { id: found, .. } if found.0 == id)).count()
    };
    assert_eq!(desk.state.board.day.as_ref().map(|day| count(day)), Some(1));
}

#[test]
fn a_wrong_key_and_a_wrong_practice_are_told_apart_and_nothing_is_kept() {
    let mut desk = Desk::new(setup());
    desk.sign_in();
    connect_with(&mut desk, "not-the-key-0123456789".to_owned(), "harbour-vets");
    desk.step_until("a refusal", |state| state.board.nexhealth.refused.is_some());
    let refused = desk.state.board.nexhealth.refused.clone().expect("a problem");
    assert_eq!(refused.code, "NEX-401");
    assert!(refused.summary.contains("NexHealth") && !refused.sentence().contains("not-the-key"));
    let key = nexhealth(&desk).key();
    connect_with(&mut desk, key.clone(), "another-practice");
    desk.step_until("another refusal", |state| {
        state.board.nexhealth.refused.as_ref().is_some_and(|problem| problem.summary.contains("does not know"))
    });
    assert!(!desk.state.board.nexhealth.is_connected());
    let mut desk = desk.restart(setup());
    desk.settle();
    assert!(!desk.state.board.nexhealth.is_connected(), "nothing was kept");
    connect_with(&mut desk, key, "harbour-vets");
    desk.step_until("being connected", |state| state.board.nexhealth.is_connected());
}

#[test]
fn the_connection_is_there_at_the_next_start_and_gone_after_leaving() {
    let desk = connected();
    let key = nexhealth(&desk).key();
    let mut desk = desk.restart(setup());
    desk.step_until("the connection", |state| state.board.nexhealth.is_connected());
    desk.step_until("a reading", |state| state.board.nexhealth.read_at.is_some());
    let account = desk.state.board.nexhealth.account.clone().expect("an account");
    assert!(key.ends_with(&account.key_tail) && account.key_tail.len() == 4);
    assert_eq!(account.location, Some(nexhealth(&desk).location_id()), "the only one was found");
    let holds = |text: &str| files_below(desk.home.path()).iter().any(|file| contains(file, text.as_bytes()));
    assert!(
        !holds(&key) && !holds(&nexhealth(&desk).subdomain()),
        "the disk holds neither key nor practice in the clear"
    );
    command(&mut desk, NexHealthCommand::Disconnect);
    desk.step_until("being disconnected", |state| !state.board.nexhealth.is_connected());
    let mut desk = desk.restart(setup());
    desk.settle();
    assert!(!desk.state.board.nexhealth.is_connected());
}

#[test]
fn a_lapsed_token_is_renewed_and_a_revoked_key_leaves_what_is_here() {
    let mut desk = connected();
    let day = date(2026, 12, 3);
    let id = nexhealth(&desk).book(NewAppointment::new(1, local(day, 10, 0), "Luna", "Byrne"));
    show(&mut desk, day);
    until_booking(&mut desk, id, Booking::Booked);
    nexhealth(&desk).expire_tokens();
    let other = nexhealth(&desk).book(NewAppointment::new(0, local(day, 11, 0), "Rex", "Byrne"));
    until_booking(&mut desk, other, Booking::Booked);
    assert_eq!(desk.state.board.nexhealth.problem, None);
    nexhealth(&desk).set_key_revoked(true);
    desk.step_until("the trouble", |state| state.board.nexhealth.problem.is_some());
    let shown = desk.state.board.day.clone().expect("a day");
    assert!(booking(&shown, id).is_some() && desk.state.board.nexhealth.is_connected());
    nexhealth(&desk).set_key_revoked(false);
    desk.step_until("the end of it", |state| state.board.nexhealth.problem.is_none());
}

#[test]
fn on_a_planted_day_no_wrong_pair_is_made_and_the_traps_stay() {
    let mut desk = Desk::new(setup());
    let day = date(2026, 11, 19);
    let planted = nexhealth(&desk).plant_day(day).expect("a planted day");
    connect(&mut desk);
    show(&mut desk, day);
    let all: Vec<i64> = planted.pairs.iter().map(|(id, _)| *id).collect();
    desk.step_until("the names", |state| {
        let is_named =
            |id: &i64| state.board.appointment(AppointmentId(*id)).is_some_and(|one| one.patient_name.is_some());
        all.iter().all(is_named)
    });
    let truth: BTreeSet<(i64, String)> =
        planted.pairs.iter().chain(planted.traps.iter().flat_map(|trap| &trap.truly)).cloned().collect();
    let records: BTreeSet<&String> = planted
        .pairs
        .iter()
        .map(|(_, record)| record)
        .chain(planted.traps.iter().flat_map(|trap| &trap.records))
        .collect();
    let mut found = BTreeSet::new();
    for record in records {
        if let Some(appointment) = desk.state.board.appointment_of(&ConsultationKey::record(record)) {
            found.insert((appointment.id.0, record.clone()));
        }
    }
    let wrong: Vec<_> = found.difference(&truth).collect();
    assert!(wrong.is_empty(), "wrong pairs: {wrong:?}");
    let clear = planted.pairs.iter().filter(|pair| found.contains(pair)).count();
    assert_eq!((planted.pairs.len(), planted.traps.len()), (30, 6));
    assert_eq!(clear, 30, "what is beyond doubt is paired");
    for trap in planted.traps {
        let is_open = |subject: &Subject| desk.state.board.to_check.iter().any(|row| row.subject == *subject);
        let appointments = trap.appointments.iter().map(|id| Subject::Appointment(AppointmentId(*id)));
        let records = trap.records.iter().map(|id| Subject::Recording(ConsultationKey::record(id)));
        assert!(appointments.chain(records).any(|subject| is_open(&subject)), "{} is left to a person", trap.name);
    }
}

#[test]
fn the_nights_the_clocks_change_show_every_pair_in_its_hour() {
    for (year, month, day, hours) in [(2026, 11, 1, 25), (2027, 3, 14, 23)] {
        let night = date(year, month, day);
        let mut desk = Desk::new(setup());
        // A recording of the future would be no recording: only the night that is past has any.
        let is_past = local(night, 12, 0) < crate::support::desk::a_moment();
        let planted = is_past.then(|| nexhealth(&desk).plant_night(night).expect("a planted night"));
        connect(&mut desk);
        show(&mut desk, night);
        let shown = desk.state.board.day.clone().expect("a day");
        assert_eq!((shown.span.end - shown.span.start).num_hours(), hours);
        let Some(planted) = planted else { continue };
        let wanted = planted.pairs.len();
        let names = |state: &consult_desk::state::State| {
            let recorded = |(_, record): &&(i64, String)| {
                let blocks = state.board.day.iter().flat_map(|day| &day.lanes).flat_map(|lane| &lane.blocks);
                let key = ConsultationKey::record(record);
                blocks.filter(|block| block.opens() == Some(&key)).count() == 1
            };
            planted.pairs.iter().filter(recorded).count()
        };
        desk.step_until("every recording of the night", |state| names(state) == wanted);
        let shown = desk.state.board.day.clone().expect("a day");
        let ones = shown.ticks.iter().filter(|tick| tick.label == "1:00").count();
        assert_eq!(ones, 2, "an hour that comes twice shows twice");
        assert!(shown.lanes.iter().flat_map(|lane| &lane.blocks).all(|block| shown.axis.contains(&block.from)));
    }
}

#[test]
fn an_endpoint_whose_making_was_not_answered_is_found_again_and_made_once() {
    let mut desk = Desk::new(Setup { nexhealth_every: Duration::from_secs(3_600), ..setup() });
    desk.sign_in();
    desk.wish(Command::Settings(SettingsCommand::PublicAddress("http://127.0.0.1:9".to_owned())));
    let (key, subdomain) = (nexhealth(&desk).key(), nexhealth(&desk).subdomain());
    connect_with(&mut desk, key, &subdomain);
    desk.step_until("the appointments", |state| state.board.nexhealth.read_at.is_some());
    desk.clock.advance(TimeDelta::minutes(1));
    // The first question is which endpoints there are; then one is made, and the answer is lost.
    desk.simulator.faults().next(SimulatorRoute::NexHealth, Fault::Slow(10_000_000), 1);
    desk.simulator.faults().next(SimulatorRoute::NexHealth, Fault::LostAnswer, 1);
    command(&mut desk, NexHealthCommand::SetUpMessages);
    desk.step_until("working messages", |state| matches!(state.board.nexhealth.messages, Messages::Working { .. }));
    assert_eq!(nexhealth(&desk).endpoints().len(), 1);
    let now = desk.clock.now();
    desk.step_until("the reading that follows", |state| state.board.nexhealth.read_at == Some(now));

    // Another address, and nothing at all is heard any more: it is found at the next look, by its address.
    desk.wish(Command::Settings(SettingsCommand::PublicAddress("http://127.0.0.1:99".to_owned())));
    desk.simulator.faults().next(SimulatorRoute::NexHealth, Fault::Slow(10_000_000), 1);
    desk.simulator.faults().next(SimulatorRoute::NexHealth, Fault::LostAnswer, 4);
    command(&mut desk, NexHealthCommand::SetUpMessages);
    desk.step_until("the trouble", |state| {
        !state.board.nexhealth.is_setting_up && state.board.nexhealth.problem.is_some()
    });
    desk.simulator.faults().clear();
    assert_eq!(nexhealth(&desk).endpoints().len(), 2);
    command(&mut desk, NexHealthCommand::Read);
    desk.step_until("the second address", |state| match &state.board.nexhealth.messages {
        Messages::Working { address, .. } => address.contains(":99/"),
        _ => false,
    });
    let events = &nexhealth(&desk).endpoints()[1].events;
    assert!(!events.is_empty() && events.iter().all(|(_, is_on)| *is_on));
    // Setting up once more leaves one: the older address gives way.
    command(&mut desk, NexHealthCommand::SetUpMessages);
    desk.step_until("an answer", |state| !state.board.nexhealth.is_setting_up);
    until(&mut desk, "one endpoint", |desk| {
        let left = nexhealth(desk).endpoints();
        left.len() == 1 && left[0].url.contains(":99/")
    });
}

#[test]
fn the_sample_clinic_has_a_book_of_its_own() {
    let clock = consult_desk::clock::Clock::fixed(crate::support::desk::a_moment());
    let sample = std::sync::Arc::new(consult_desk::sample::SampleClinic::new(clock));
    let mut desk = Desk::new(Setup { sample: Some(sample), ..Setup::default() });
    desk.step_until("the sign-in screen", |state| state.session.sign_in().is_some());
    desk.wish(Command::Session(consult_desk::state::SessionCommand::TrySampleData));
    desk.step_until("its appointments", |state| state.board.nexhealth.read_at.is_some());
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    desk.step_until("a day", |state| state.board.day.is_some() && state.board.has_appointments);
    assert!(desk.state.session.is_demo());
}

#[test]
fn messages_are_set_up_received_stopped_and_revived_by_one_click() {
    let mut desk = Desk::new(Setup { nexhealth_every: Duration::from_secs(3_600), ..setup() });
    desk.sign_in();
    let port = free_port();
    desk.wish(Command::Settings(SettingsCommand::ReceiverPort(port)));
    desk.wish(Command::Settings(SettingsCommand::PublicAddress(format!("http://127.0.0.1:{port}"))));
    desk.wish(Command::Settings(SettingsCommand::Receives(true)));
    desk.step_until("the receiver", |state| state.live.receiver.is_running());
    let (key, subdomain) = (nexhealth(&desk).key(), nexhealth(&desk).subdomain());
    connect_with(&mut desk, key, &subdomain);
    desk.step_until("the appointments", |state| state.board.nexhealth.read_at.is_some());
    desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    command(&mut desk, NexHealthCommand::SetUpMessages);
    desk.step_until("working messages", |state| matches!(state.board.nexhealth.messages, Messages::Working { .. }));
    let endpoints = nexhealth(&desk).endpoints();
    assert_eq!(endpoints.len(), 1);
    let events: BTreeSet<&str> = endpoints[0].events.iter().map(|(event, _)| event.as_str()).collect();
    let wanted =
        ["appointment_created", "appointment_insertion", "appointment_updated", "patient_created", "patient_updated"];
    assert_eq!(events, BTreeSet::from(wanted));
    assert!(!format!("{:?}", desk.state.board.nexhealth).contains(&endpoints[0].secret));

    let day = date(2026, 12, 4);
    show(&mut desk, day);
    let booked = nexhealth(&desk).insert(NewAppointment::new(0, local(day, 9, 0), "Milo", "Haddad"));
    until_booking(&mut desk, booked, Booking::Booked);
    desk.step_until("word of the message", |state| state.board.nexhealth.last_message.is_some());
    let failed = nexhealth(&desk).fail_insertion(NewAppointment::new(1, local(day, 9, 0), "Rex", "Haddad"));
    until_booking(&mut desk, failed, Booking::Failed);
    nexhealth(&desk).cancel(booked);
    until_booking(&mut desk, booked, Booking::Cancelled);
    nexhealth(&desk).uncancel(booked);
    until_booking(&mut desk, booked, Booking::Booked);

    // NexHealth gave up after two days; nothing comes by itself any more.
    nexhealth(&desk).set_endpoint_active(endpoints[0].id, false);
    let missed = nexhealth(&desk).book(NewAppointment::new(0, local(day, 15, 0), "Nala", "Haddad"));
    command(&mut desk, NexHealthCommand::Read);
    desk.step_until("the stop", |state| matches!(state.board.nexhealth.messages, Messages::Stopped { .. }));
    let Messages::Stopped { endpoint, .. } = desk.state.board.nexhealth.messages.clone() else { panic!("stopped") };
    desk.step_until("the end of the reading", |state| !state.board.nexhealth.is_reading);
    let later = nexhealth(&desk).book(NewAppointment::new(0, local(day, 16, 0), "Coco", "Haddad"));
    command(&mut desk, NexHealthCommand::Revive(endpoint));
    desk.step_until("working messages", |state| matches!(state.board.nexhealth.messages, Messages::Working { .. }));
    assert!(nexhealth(&desk).endpoints()[0].is_active);
    for id in [missed, later] {
        until_booking(&mut desk, id, Booking::Booked);
    }
    let again = nexhealth(&desk).book(NewAppointment::new(1, local(day, 17, 0), "Simba", "Haddad"));
    until_booking(&mut desk, again, Booking::Booked);

    // Asked for once more, nothing is made twice.
    command(&mut desk, NexHealthCommand::SetUpMessages);
    desk.step_until("an answer", |state| !state.board.nexhealth.is_setting_up);
    assert_eq!(nexhealth(&desk).endpoints().len(), 1);
    command(&mut desk, NexHealthCommand::Disconnect);
    desk.step_until("being disconnected", |state| !state.board.nexhealth.is_connected());
    assert!(nexhealth(&desk).endpoints().is_empty(), "nothing is sent to a desk that has left");
}

/// What lies on the disk, file by file.
fn files_below(folder: &Path) -> Vec<Vec<u8>> {
    let entries: Vec<_> = std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    let below = entries.iter().filter(|path| path.is_dir()).flat_map(|path| files_below(path));
    let here = entries.iter().filter(|path| path.is_file()).filter_map(|path| std::fs::read(path).ok());
    below.chain(here).collect()
}

fn contains(bytes: &[u8], text: &[u8]) -> bool {
    bytes.windows(text.len()).any(|window| window == text)
}
