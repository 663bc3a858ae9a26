//! Days laid out: lanes, blocks, the axis, and nights in which the clocks change.

use super::*;
use crate::domain::live::event::{EventKey, Happening, LiveEvent, Scheme};
use crate::domain::live::pairing::{Decision, Decisions, PairingInput};
use crate::domain::live::rooms::RoomNames;
use crate::domain::{ConversationId, Patient, PatientId, Room, RoomDevice};
use chrono::TimeZone as _;
use std::collections::BTreeSet;

fn zone(name: &str) -> Zone {
    Zone::named(name).expect("a zone")
}

fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

fn utc(day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, day, hour, minute, 0).single().expect("a time")
}

fn directory() -> Directory {
    let device = |id: &str, name: &str| RoomDevice {
        id: DeviceId::new(id),
        serial: None,
        name: Some(name.to_owned()),
        last_report: None,
        firmware: None,
    };
    Directory::new(&[device("hub_1", "Room 1 NxHUB"), device("hub_2", "Room 2 NxHUB")], RoomNames::new())
}

fn record(id: &str, room: &str, from: DateTime<Utc>, minutes: i64) -> Arc<Consultation> {
    let patient = Patient { id: PatientId::new(id), name: Some(format!("Patient {id}")), breed: None, sex: None };
    let room = Room { name: Some(room.to_owned()), ..Room::default() };
    let bare = Consultation::bare(ConsultationKey::record(id), from);
    let ended_at = Some(from + TimeDelta::minutes(minutes));
    Arc::new(Consultation { ended_at, room: Some(Arc::new(room)), patient: Some(Arc::new(patient)), ..bare })
}

fn appointment(id: i64, room: Option<&str>, from: DateTime<Utc>, booking: Booking) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(id),
        patient_name: Some(format!("Booked {id}")),
        provider_id: None,
        provider_name: None,
        location_id: None,
        operatory_id: None,
        operatory_name: room.map(str::to_owned),
        starts_at: Some(from),
        ends_at: Some(from + TimeDelta::minutes(30)),
        zone: None,
        booking,
        note: None,
        updated_at: from,
    }
}

#[derive(Default)]
struct Scene {
    board: Board,
    rows: Vec<Arc<Consultation>>,
    appointments: Vec<Appointment>,
    decisions: Decisions,
}

impl Scene {
    fn day(&self, date: NaiveDate, zone: Zone, now: DateTime<Utc>) -> Day {
        let directory = directory();
        let input = PairingInput {
            directory: &directory,
            rows: &self.rows,
            appointments: &self.appointments,
            decisions: &self.decisions,
            namesakes: &BTreeSet::new(),
        };
        let reconciliation = Reconciliation::new(input, now);
        let input = DayInput {
            date,
            zone,
            board: &self.board,
            directory: &directory,
            rows: &self.rows,
            appointments: &self.appointments,
            reconciliation: &reconciliation,
        };
        Day::new(input, now).expect("a day")
    }

    fn today(&self) -> Day {
        self.day(date(2026, 11, 18), Zone::utc(), utc(18, 14, 5))
    }

    fn hears(&mut self, at: DateTime<Utc>, hub: &str, name: &str, has_ended: bool) {
        let (conversation, device) = (ConversationId::new(name), DeviceId::new(hub));
        let what = if has_ended {
            Happening::ConversationEnded { conversation, device }
        } else {
            Happening::ConversationStarted { conversation, device }
        };
        let key = EventKey::new(format!("{name}{has_ended}"));
        self.board.take(&LiveEvent { scheme: Scheme::Organization, key, happened_at: at, received_at: at, what });
    }
}

fn labels(day: &Day) -> Vec<&str> {
    day.ticks.iter().map(|tick| tick.label.as_str()).collect()
}

#[test]
fn an_empty_day_shows_its_rooms_and_the_opening_hours() {
    let day = Scene::default().today();
    assert_eq!(day.lanes.iter().map(|lane| lane.name.as_str()).collect::<Vec<_>>(), ["Room 1", "Room 2"]);
    assert_eq!(day.axis, utc(18, 8, 0)..utc(18, 18, 0));
    assert_eq!((labels(&day).first(), labels(&day).last(), labels(&day).len()), (Some(&"8:00"), Some(&"18:00"), 11));
    assert!(day.is_empty() && day.is_today(utc(18, 14, 5)) && !day.is_today(utc(19, 0, 0)));
    assert!((day.share(utc(18, 13, 0)) - 0.5).abs() < 1e-6);
}

#[test]
fn the_axis_grows_with_early_and_late_blocks_to_full_hours() {
    let rows = vec![record("a", "Room 1", utc(18, 6, 40), 20), record("b", "Room 2", utc(18, 18, 50), 25)];
    let day = Scene { rows, ..Scene::default() }.today();
    assert_eq!(day.axis, utc(18, 6, 0)..utc(18, 20, 0));
}

#[test]
fn blocks_that_overlap_stand_above_one_another() {
    let starts = [(9, 0), (9, 10), (9, 40), (11, 0)];
    let rows = starts
        .iter()
        .enumerate()
        .map(|(at, (hour, minute))| record(&at.to_string(), "Room 1", utc(18, *hour, *minute), 30));
    let day = Scene { rows: rows.collect(), ..Scene::default() }.today();
    let lane = &day.lanes[0];
    assert_eq!(lane.depth, 2);
    assert_eq!(lane.blocks.iter().map(|block| block.row).collect::<Vec<_>>(), [0, 1, 0, 0]);
}

#[test]
fn a_running_recording_grows_and_becomes_what_it_was() {
    let mut scene = Scene::default();
    scene.hears(utc(18, 14, 1), "hub_1", "c", false);
    let day = scene.today();
    let block = &day.lanes[0].blocks[0];
    assert!(matches!(block.kind, BlockKind::Running { .. }) && block.opens().is_none());
    assert_eq!(
        (block.from, block.end(utc(18, 14, 5)), block.end(utc(18, 14, 30))),
        (utc(18, 14, 1), utc(18, 14, 5), utc(18, 14, 30))
    );
    scene.hears(utc(18, 14, 4), "hub_1", "c", true);
    let day = scene.today();
    assert!(matches!(day.lanes[0].blocks[0].kind, BlockKind::Heard { .. }));
    assert!(day.lanes[0].blocks[0].opens().is_some());
    // The same conversation in NxVET's list is the same block, by its id.
    let key = ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new("c") };
    let room = Room { device_id: Some(DeviceId::new("hub_1")), ..Room::default() };
    let row = Consultation { room: Some(Arc::new(room)), ..Consultation::bare(key, utc(18, 14, 1)) };
    scene.rows.push(Arc::new(row));
    let day = scene.today();
    assert_eq!(day.lanes[0].blocks.len(), 1);
    assert_eq!(day.lanes[0].blocks[0].until, Some(utc(18, 14, 4)), "the event knows the end");
    scene.rows.clear();
    scene.rows.push(record("r", "Room 1", utc(18, 14, 1), 3));
    let day = scene.today();
    assert_eq!(day.lanes[0].blocks.len(), 1, "the record tells more");
    assert!(matches!(day.lanes[0].blocks[0].kind, BlockKind::Consultation { .. }));
}

#[test]
fn appointments_show_until_they_were_recorded() {
    let mut scene = Scene {
        rows: vec![record("r", "Room 1", utc(18, 9, 2), 20)],
        appointments: vec![
            appointment(1, Some("Room 1"), utc(18, 9, 0), Booking::Booked),
            appointment(2, Some("Room 2"), utc(18, 15, 0), Booking::Cancelled),
            appointment(3, Some("Room 2"), utc(18, 16, 0), Booking::Failed),
            appointment(4, Some("Grooming"), utc(18, 10, 0), Booking::Block),
            appointment(5, None, utc(18, 11, 0), Booking::Booked),
            appointment(6, Some("Room 1"), utc(19, 9, 0), Booking::Booked),
        ],
        ..Scene::default()
    };
    let day = scene.today();
    let names: Vec<_> = day.lanes.iter().map(|lane| (lane.name.as_str(), lane.blocks.len())).collect();
    assert_eq!(names, [("Room 1", 2), ("Room 2", 2), ("Grooming", 1), ("No room", 1)]);
    let bookings: Vec<_> = day.lanes[1]
        .blocks
        .iter()
        .map(|block| match &block.kind {
            BlockKind::Appointment { booking, .. } => *booking,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(bookings, [Booking::Cancelled, Booking::Failed], "a failed insertion is not booked");
    assert_eq!(day.lanes[2].blocks[0].title, "Blocked");
    scene.decisions.take(&Decision::Pair(AppointmentId(1), ConsultationKey::record("r")));
    let day = scene.today();
    assert_eq!(day.lanes[0].blocks.len(), 1);
    let BlockKind::Consultation { appointment, .. } = &day.lanes[0].blocks[0].kind else { panic!("a consultation") };
    assert_eq!(*appointment, Some(AppointmentId(1)));
}

#[test]
fn the_night_the_clocks_go_back_has_25_hours_and_two_hours_of_one_name() {
    let new_york = zone("America/New_York");
    let night = Utc.with_ymd_and_hms(2026, 11, 1, 5, 10, 0).single().expect("a time");
    let twice = [record("first", "Room 1", night, 20), record("again", "Room 1", night + TimeDelta::hours(1), 20)];
    let scene = Scene { rows: twice.to_vec(), ..Scene::default() };
    let day = scene.day(date(2026, 11, 1), new_york, night + TimeDelta::days(1));
    assert_eq!((day.span.end - day.span.start).num_hours(), 25);
    assert_eq!(&labels(&day)[..3], ["1:00", "1:00", "2:00"]);
    let blocks = &day.lanes[0].blocks;
    assert_eq!(blocks.iter().map(|block| day.clock(block.from)).collect::<Vec<_>>(), ["1:10", "1:10"]);
    assert!(day.share(blocks[0].from) < day.share(blocks[1].from), "an hour apart on the axis");
}

#[test]
fn the_night_the_clocks_go_forward_has_23_hours_and_keeps_appointments_in_place() {
    let new_york = zone("America/New_York");
    // 9:30 in the practice, an hour earlier in the world than the day before.
    let before = Utc.with_ymd_and_hms(2026, 3, 7, 14, 30, 0).single().expect("a time");
    let after = Utc.with_ymd_and_hms(2026, 3, 8, 13, 30, 0).single().expect("a time");
    for (day_of_month, starts_at) in [(7, before), (8, after)] {
        let scene = Scene {
            appointments: vec![appointment(1, Some("Room 1"), starts_at, Booking::Booked)],
            ..Scene::default()
        };
        let day = scene.day(date(2026, 3, day_of_month), new_york, before);
        assert_eq!(day.clock(day.lanes[0].blocks[0].from), "9:30");
        assert_eq!(labels(&day)[0], "8:00");
    }
    let early = Utc.with_ymd_and_hms(2026, 3, 8, 6, 30, 0).single().expect("a time");
    let scene = Scene { rows: vec![record("a", "Room 1", early, 60)], ..Scene::default() };
    let day = scene.day(date(2026, 3, 8), new_york, after);
    assert_eq!((day.span.end - day.span.start).num_hours(), 23);
    assert_eq!(&labels(&day)[..3], ["1:00", "3:00", "4:00"]);
}

#[test]
fn a_day_belongs_to_the_practices_zone_not_to_this_computers() {
    let late = utc(19, 4, 30);
    let scene = Scene { rows: vec![record("a", "Room 1", late, 10)], ..Scene::default() };
    assert_eq!(scene.day(date(2026, 11, 18), zone("America/New_York"), late).lanes[0].blocks.len(), 1);
    assert_eq!(scene.day(date(2026, 11, 18), Zone::utc(), late).lanes[0].blocks.len(), 0);
}

#[test]
fn the_same_blocks_in_another_order_are_laid_out_alike() {
    let rows: Vec<_> = (0..30)
        .map(|n| record(&n.to_string(), ["Room 1", "Room 2", "X"][n % 3], utc(18, 9 + n as u32 % 4, 0), 25))
        .collect();
    let wanted = Scene { rows: rows.clone(), ..Scene::default() }.today();
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..50 {
        let mut rows = rows.clone();
        random.shuffle(&mut rows);
        assert_eq!(Scene { rows, ..Scene::default() }.today(), wanted);
    }
}
