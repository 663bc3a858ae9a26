//! The Rooms screen without a window: what is asked, what shows, what is taken back.

use super::*;
use crate::domain::live::board::TileStatus;
use crate::domain::live::day::BlockKind;
use crate::domain::live::{AppointmentId, Booking, EventKey, Happening, LiveEvent, Scheme, WebhookId};
use crate::domain::{ConversationId, Organization, OrganizationId, Patient, PatientId, Room, Stage};
use crate::state::{
    Command, Dialog, Event, Kept, PastedKey, Request, Route, SessionEvent, Settings, State, WindowCommand,
};
use chrono::{TimeDelta, TimeZone as _};

fn at(hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 18, hour, minute, 0).single().expect("a time")
}

fn today() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 18).expect("a date")
}

fn device(id: &str, name: Option<&str>) -> RoomDevice {
    let name = name.map(str::to_owned);
    RoomDevice { id: DeviceId::new(id), serial: None, name, last_report: None, firmware: None }
}

fn record(id: &str, patient: &str, from: DateTime<Utc>) -> Arc<Consultation> {
    let patient = Patient { id: PatientId::new(patient), name: Some(patient.to_owned()), breed: None, sex: None };
    let room = Room { name: Some("Room 1 NxHUB".to_owned()), ..Room::default() };
    let bare = Consultation::bare(ConsultationKey::record(id), from);
    let (patient, room) = (Some(Arc::new(patient)), Some(Arc::new(room)));
    Arc::new(Consultation { ended_at: Some(from + TimeDelta::minutes(15)), patient, room, stage: Stage::Ready, ..bare })
}

fn appointment(id: i64, name: Option<&str>, from: DateTime<Utc>) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(id * 10),
        patient_name: name.map(str::to_owned),
        provider_id: None,
        provider_name: None,
        location_id: None,
        operatory_id: None,
        operatory_name: Some("Room 1".to_owned()),
        starts_at: Some(from),
        ends_at: Some(from + TimeDelta::minutes(20)),
        zone: None,
        booking: Booking::Booked,
        note: None,
        updated_at: from,
    }
}

struct Desk {
    state: State,
    now: DateTime<Utc>,
}

impl Desk {
    /// Signed in, with two recorders, at the rooms.
    fn open() -> Self {
        let now = at(14, 0);
        let settings = Settings { lock_minutes: None, ..Settings::default() };
        let (state, _) = State::start(settings, Zone::utc(), now);
        let mut desk = Self { state, now };
        let organization = Organization { id: OrganizationId::new("o"), name: "Harbour Vets".to_owned() };
        desk.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }));
        let devices = vec![device("hub_1", Some("Room 1 NxHUB")), device("hub_2", None)];
        let known = BoardKnown { devices, ..BoardKnown::default() };
        desk.apply(Event::Board(BoardEvent::Known(Box::new(known))));
        desk
    }

    fn at_the_rooms() -> Self {
        let mut desk = Self::open();
        desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
        desk
    }

    fn wish(&mut self, command: Command) -> Vec<Request> {
        self.state.handle(command, self.now)
    }

    fn board(&mut self, command: BoardCommand) -> Vec<Request> {
        self.wish(Command::Board(command))
    }

    fn apply(&mut self, event: Event) -> Vec<Request> {
        self.state.apply(event, self.now)
    }

    /// The background's answer to what was asked last.
    fn answer(&mut self, rows: DayRows) -> Vec<Request> {
        let sequence = self.state.board.sequence;
        self.apply(Event::Board(BoardEvent::Day { sequence, rows: Box::new(rows) }))
    }

    fn shows(&mut self, consultations: &[Arc<Consultation>], appointments: &[Appointment]) -> Vec<Request> {
        self.answer(DayRows {
            recent: consultations.to_vec(),
            day: consultations.to_vec(),
            appointments: appointments.to_vec(),
            ..DayRows::default()
        })
    }

    fn hears(&mut self, what: Happening) -> Vec<Request> {
        let key = EventKey::new(format!("{what:?}"));
        let event = LiveEvent { scheme: Scheme::Organization, key, happened_at: self.now, received_at: self.now, what };
        self.state.hear_events(&[event])
    }

    fn subjects(&self) -> Vec<Subject> {
        self.state.board.to_check.iter().map(|row| row.subject.clone()).collect()
    }

    fn connect(&mut self) {
        let account = NexHealthAccount { subdomain: "harbour".to_owned(), location: None, key_tail: "6789".to_owned() };
        self.apply(Event::Board(BoardEvent::NexHealth(NexHealthEvent::Connected(account))));
    }
}

fn follows(requests: &[Request]) -> Vec<(NaiveDate, Zone)> {
    let follow = |request: &Request| match request {
        Request::Board(BoardRequest::Follow { date, zone, .. }) => Some((*date, *zone)),
        _ => None,
    };
    requests.iter().filter_map(follow).collect()
}

fn started(device: &str) -> Happening {
    Happening::ConversationStarted { conversation: ConversationId::new("c"), device: DeviceId::new(device) }
}

#[test]
fn a_conversation_that_starts_shows_on_its_tile_and_wakes_once_a_minute() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[], &[]);
    assert_eq!(desk.state.board.tiles.len(), 2);
    desk.hears(started("hub_1"));
    assert_eq!(desk.state.board.tiles[0].status(desk.now), TileStatus::Recording { since: desk.now });
    let day = desk.state.board.day.clone().expect("a day");
    assert!(matches!(day.lanes[0].blocks[0].kind, BlockKind::Running { .. }));
    let wake = desk.state.next_wake().expect("a wake");
    assert!(wake <= std::time::Duration::from_secs(60) && wake > std::time::Duration::from_secs(30), "{wake:?}");
}

#[test]
fn nothing_is_followed_or_woken_for_behind_other_screens() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[], &[]);
    desk.hears(started("hub_1"));
    desk.wish(Command::Window(WindowCommand::Go(Route::Consultations)));
    let requests = desk.wish(Command::TimePassed);
    assert!(requests.iter().any(|request| matches!(request, Request::Board(BoardRequest::Rest))));
    assert_eq!(desk.state.board_changes_at(), None);
    assert!(desk.wish(Command::TimePassed).is_empty());
    let again = desk.wish(Command::Window(WindowCommand::Go(Route::Rooms)));
    assert_eq!(follows(&again), [(today(), Zone::utc())]);
    desk.shows(&[], &[]);
    assert!(desk.state.board.tiles[0].status(desk.now).is_running(), "what was heard meanwhile is known");
}

#[test]
fn days_are_stepped_through_and_an_answer_for_another_day_is_dropped() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[record("r", "Bella", at(9, 0))], &[]);
    let stale = desk.state.board.sequence;
    let yesterday = desk.board(BoardCommand::PreviousDay);
    assert_eq!(follows(&yesterday), [(today().pred_opt().expect("a day"), Zone::utc())]);
    assert!(desk.state.board.is_loading && !desk.state.board.shows_today());
    let late = DayRows { day: vec![record("x", "Rex", at(9, 0))], ..DayRows::default() };
    desk.apply(Event::Board(BoardEvent::Day { sequence: stale, rows: Box::new(late) }));
    assert!(desk.state.board.is_loading);
    assert_eq!(desk.state.board.day.as_ref().map(|day| day.date), Some(today()), "the former day shows meanwhile");
    desk.shows(&[], &[]);
    assert_eq!(desk.state.board.day.as_ref().map(|day| day.date), today().pred_opt());
    assert_eq!(follows(&desk.board(BoardCommand::NextDay)), [(today(), Zone::utc())]);
    assert!(desk.state.board.shows_today());
}

#[test]
fn after_midnight_today_is_another_day() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[], &[]);
    desk.now = at(23, 59) + TimeDelta::minutes(2);
    assert_eq!(follows(&desk.wish(Command::TimePassed)), [(today().succ_opt().expect("a day"), Zone::utc())]);
}

#[test]
fn the_first_appointment_that_names_a_zone_sets_the_days() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[], &[]);
    let new_york = Appointment { zone: Some("America/New_York".to_owned()), ..appointment(1, Some("Milo"), at(15, 0)) };
    let requests = desk.apply(Event::Board(BoardEvent::Appointments(vec![new_york])));
    assert_eq!(follows(&requests), [(today(), Zone::named("America/New_York").expect("a zone"))]);
    assert_eq!(desk.state.board.day.as_ref().map(|day| day.clock(at(15, 0))).as_deref(), Some("10:00"));
}

#[test]
fn a_room_is_named_at_once_and_a_name_that_cannot_be_kept_is_taken_back() {
    let mut desk = Desk::at_the_rooms();
    desk.shows(&[], &[]);
    desk.board(BoardCommand::AskRoomName(DeviceId::new("hub_2")));
    assert_eq!(desk.state.dialog, Some(Dialog::RoomName));
    assert_eq!(desk.state.board.naming.as_ref().map(|naming| naming.rooms.clone()), Some(vec!["Room 1".to_owned()]));
    let device = DeviceId::new("hub_2");
    let requests = desk.board(BoardCommand::NameRoom(device.clone(), "  Surgery   2 ".to_owned()));
    assert!(matches!(&requests[..], [Request::Board(BoardRequest::NameRoom { name, .. })] if name == "Surgery 2"));
    assert_eq!((desk.state.board.tiles[1].name.as_str(), desk.state.dialog), ("Surgery 2", None));
    assert!(desk.board(BoardCommand::NameRoom(device.clone(), "Surgery 2".to_owned())).is_empty(), "nothing changed");
    let problem = crate::state::Problem::new(&crate::state::Fault::DiskFull(None), "X");
    desk.apply(Event::Board(BoardEvent::NotSaved { what: Unsaved::RoomName(device), problem }));
    assert_eq!(desk.state.board.tiles[1].name, "hub_2");
}

#[test]
fn what_a_person_says_leaves_the_list_and_comes_back_when_taken_back() {
    let mut desk = Desk::at_the_rooms();
    let rows = [record("r1", "Bella", at(9, 2)), record("r2", "Rex", at(10, 0))];
    desk.shows(&rows, &[appointment(1, Some("Bella"), at(9, 0)), appointment(2, Some("Milo"), at(11, 0))]);
    let milo = Subject::Appointment(AppointmentId(2));
    let rex = Subject::Recording(ConsultationKey::record("r2"));
    assert_eq!(desk.subjects(), [rex.clone(), milo.clone()]);
    desk.board(BoardCommand::AskToMatch(milo.clone()));
    let choices = desk.state.board.matching.as_ref().map(|matching| matching.choices.clone()).expect("choices");
    let pair = Decision::Pair(AppointmentId(2), ConsultationKey::record("r2"));
    assert_eq!(choices.iter().map(|choice| &choice.decision).collect::<Vec<_>>(), [&pair]);
    let requests = desk.board(BoardCommand::Decide(pair.clone()));
    assert!(matches!(&requests[..], [Request::Board(BoardRequest::Decide(said))] if *said == pair));
    assert!(desk.subjects().is_empty() && desk.state.dialog.is_none());
    assert_eq!(desk.state.board.last_said, Some(pair.clone()));
    desk.board(BoardCommand::TakeBack(pair));
    assert_eq!(desk.subjects(), [rex.clone(), milo.clone()]);
    let walk_in = Decision::WalkIn(ConsultationKey::record("r2"));
    desk.board(BoardCommand::Decide(walk_in.clone()));
    assert_eq!(desk.subjects(), [milo]);
    let problem = crate::state::Problem::new(&crate::state::Fault::DiskFull(None), "X");
    desk.apply(Event::Board(BoardEvent::NotSaved { what: Unsaved::Decision(walk_in), problem }));
    assert_eq!(desk.subjects().len(), 2, "what could not be kept is not shown as kept");
}

#[test]
fn a_click_opens_the_consultation_whatever_the_list_filters() {
    let mut desk = Desk::at_the_rooms();
    let row = record("r1", "Bella", at(9, 2));
    desk.shows(&[Arc::clone(&row)], &[]);
    let requests = desk.board(BoardCommand::Open(row.key.clone()));
    assert_eq!(desk.state.route, Route::Consultations);
    let open = desk.state.record.as_ref().expect("it is open");
    assert_eq!((&open.key, open.consultation.as_ref()), (&row.key, Some(&row)));
    assert!(requests.iter().any(|request| matches!(request, Request::Record(_))));
    assert!(requests.iter().any(|request| matches!(request, Request::Board(BoardRequest::Rest))));
}

#[test]
fn names_are_asked_for_once_and_only_for_the_day_that_shows() {
    let mut desk = Desk::at_the_rooms();
    desk.connect();
    let elsewhere = appointment(9, None, at(9, 0) + TimeDelta::days(3));
    let requests =
        desk.shows(&[], &[appointment(1, None, at(15, 0)), appointment(2, Some("Milo"), at(16, 0)), elsewhere]);
    let names = |requests: &[Request]| -> Vec<i64> {
        requests
            .iter()
            .filter_map(|request| match request {
                Request::NexHealth(NexHealthRequest::Names(ids)) => Some(ids.clone()),
                _ => None,
            })
            .flatten()
            .collect()
    };
    assert_eq!(names(&requests), [10]);
    assert!(names(&desk.shows(&[], &[appointment(1, None, at(15, 0))])).is_empty(), "not twice");
    let told = BookNames { patients: vec![(10, "Bella Smith".to_owned())], rooms: Vec::new() };
    desk.apply(Event::Board(BoardEvent::Names(told)));
    let patient = desk.state.board.appointment(AppointmentId(1)).and_then(|one| one.patient_name);
    assert_eq!(patient.as_deref(), Some("Bella Smith"));
}

#[test]
fn appointments_of_another_location_and_of_a_former_practice_do_not_show() {
    let mut desk = Desk::at_the_rooms();
    let account = NexHealthAccount { subdomain: "harbour".to_owned(), location: Some(75), key_tail: String::new() };
    desk.apply(Event::Board(BoardEvent::NexHealth(NexHealthEvent::Connected(account))));
    let here = Appointment { location_id: Some(75), ..appointment(1, Some("Milo"), at(15, 0)) };
    let there = Appointment { location_id: Some(76), ..appointment(2, Some("Luna"), at(15, 0)) };
    desk.shows(&[], &[here, there, appointment(3, Some("Rex"), at(16, 0))]);
    let titles = |desk: &Desk| -> Vec<String> {
        let day = desk.state.board.day.clone().expect("a day");
        day.lanes.iter().flat_map(|lane| &lane.blocks).map(|block| block.title.clone()).collect()
    };
    assert_eq!(titles(&desk), ["Milo", "Rex"]);
    desk.apply(Event::Board(BoardEvent::NexHealth(NexHealthEvent::OtherPractice)));
    assert!(titles(&desk).is_empty());
}

#[test]
fn locking_leaves_nothing_and_takes_no_late_answer() {
    let mut desk = Desk::at_the_rooms();
    desk.connect();
    desk.shows(&[record("r1", "Bella", at(9, 2))], &[appointment(1, Some("Milo"), at(9, 0))]);
    let sequence = desk.state.board.sequence;
    desk.state.board.forget();
    let board = &desk.state.board;
    assert!(
        board.tiles.is_empty() && board.day.is_none() && board.to_check.is_empty() && !board.nexhealth.is_connected()
    );
    assert!(!format!("{board:?}").contains("Milo"));
    assert!(board.sequence > sequence);
}

#[test]
fn connecting_checks_what_was_typed_and_tells_nobody_the_key() {
    let mut desk = Desk::open();
    desk.board(BoardCommand::NexHealth(NexHealthCommand::AskToConnect));
    assert_eq!(desk.state.dialog, Some(Dialog::ConnectNexHealth));
    let form = |key: &str, subdomain: &str, location: &str| NexHealthForm {
        key: PastedKey(key.to_owned()),
        subdomain: subdomain.to_owned(),
        location: location.to_owned(),
    };
    let connect = |form| BoardCommand::NexHealth(NexHealthCommand::Connect(form));
    for wrong in [
        form("", "harbour", ""),
        form("key123456789", " ", ""),
        form("key123456789", "a/b", ""),
        form("key123456789", "a", "main"),
    ] {
        assert!(!format!("{wrong:?}").contains("key123456789"));
        assert!(desk.board(connect(wrong)).is_empty());
        assert!(desk.state.board.nexhealth.refused.take().is_some());
    }
    let requests = desk.board(connect(form(" key123456789\n", " Harbour-Vets ", "75")));
    let [Request::NexHealth(NexHealthRequest::Connect { subdomain, location, .. })] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert_eq!((subdomain.as_str(), *location), ("harbour-vets", Some(75)));
    assert!(!format!("{requests:?}").contains("key123456789"));
    assert!(desk.board(connect(form("key123456789", "a", ""))).is_empty(), "one at a time");
    desk.connect();
    assert!(desk.state.dialog.is_none() && desk.state.board.nexhealth.is_connected());
}

#[test]
fn a_connection_that_was_given_up_has_no_say_any_more() {
    let mut desk = Desk::open();
    desk.board(BoardCommand::NexHealth(NexHealthCommand::AskToConnect));
    desk.state.board.nexhealth.is_connecting = true;
    let requests = desk.board(BoardCommand::NexHealth(NexHealthCommand::Cancel));
    assert!(matches!(&requests[..], [Request::NexHealth(NexHealthRequest::Cancel)]));
    let problem =
        crate::state::Problem::new(&crate::state::Fault::NexHealth(crate::state::NexHealthFault::KeyRefused), "X");
    desk.apply(Event::Board(BoardEvent::NexHealth(NexHealthEvent::Refused(problem))));
    assert_eq!(desk.state.board.nexhealth.refused, None);
}

#[test]
fn messages_need_a_public_address_and_a_stopped_endpoint_is_revived_by_one_click() {
    let mut desk = Desk::open();
    desk.connect();
    assert!(desk.board(BoardCommand::NexHealth(NexHealthCommand::SetUpMessages)).is_empty());
    assert!(desk.state.board.nexhealth.problem.take().is_some());
    desk.state.settings.public_address = "https://desk.example".to_owned();
    let requests = desk.board(BoardCommand::NexHealth(NexHealthCommand::SetUpMessages));
    assert!(
        matches!(&requests[..], [Request::NexHealth(NexHealthRequest::SetUpMessages(address))] if address.0 == "https://desk.example")
    );
    let stopped =
        Messages::Stopped { endpoint: WebhookId("11".to_owned()), address: "https://desk.example/…".to_owned() };
    desk.apply(Event::Board(BoardEvent::NexHealth(NexHealthEvent::Messages(stopped))));
    let revive = NexHealthCommand::Revive(WebhookId("11".to_owned()));
    let requests = desk.board(BoardCommand::NexHealth(revive.clone()));
    assert!(matches!(&requests[..], [Request::NexHealth(NexHealthRequest::Revive(_))]));
    assert!(desk.board(BoardCommand::NexHealth(revive)).is_empty(), "once");
}

#[test]
fn freshness_says_when_the_last_message_came() {
    let nexhealth = NexHealthState::default();
    assert_eq!(nexhealth.freshness(at(14, 5), Zone::utc()), "Appointments last read: never");
    let heard = NexHealthState { last_message: Some(at(14, 2)), ..NexHealthState::default() };
    assert_eq!(heard.freshness(at(14, 5), Zone::utc()), "Last NexHealth message: 14:02");
    let later = at(14, 5) + TimeDelta::days(1);
    assert_eq!(heard.freshness(later, Zone::utc()), "Last NexHealth message: Yesterday, Wed 18 Nov, 14:02");
    let working = Messages::Working { endpoint: WebhookId("1".to_owned()), address: String::new() };
    let silent = NexHealthState { messages: working, ..NexHealthState::default() };
    assert_eq!(silent.freshness(at(14, 5), Zone::utc()), "Last NexHealth message: never");
}
