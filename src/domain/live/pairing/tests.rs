//! Days whose truth is known: what may be paired, and what must be left to a person.

use super::*;
use crate::domain::live::rooms::RoomNames;
use crate::domain::{DeviceId, Patient, PatientId, Room, RoomDevice};
use chrono::TimeZone as _;

fn at(minutes: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 18, 8, 0, 0).single().expect("a time") + TimeDelta::minutes(minutes)
}

fn evening() -> DateTime<Utc> {
    at(12 * 60)
}

fn directory() -> Directory {
    let device = |number: u32| RoomDevice {
        id: DeviceId::new(format!("hub_{number}")),
        serial: Some(format!("NXH-{number}")),
        name: Some(format!("Room {number} NxHUB")),
        last_report: None,
        firmware: None,
    };
    Directory::new(&[device(1), device(2), device(3)], RoomNames::new())
}

fn booked(id: i64, name: &str, room: u32, minutes: i64) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(1_000 + id),
        patient_name: Some(name.to_owned()),
        provider_id: None,
        provider_name: None,
        location_id: None,
        operatory_id: None,
        operatory_name: Some(format!("Room {room}")),
        starts_at: Some(at(minutes)),
        ends_at: Some(at(minutes + 20)),
        zone: None,
        booking: Booking::Booked,
        note: None,
        updated_at: at(0),
    }
}

fn recorded(id: &str, (patient, name): (&str, &str), room: u32, minutes: i64) -> Arc<Consultation> {
    let patient = Patient { id: PatientId::new(patient), name: Some(name.to_owned()), breed: None, sex: None };
    let room = Room { serial: Some(format!("nxh-{room}")), ..Room::default() };
    let bare = Consultation::bare(ConsultationKey::record(id), at(minutes));
    let (patient, room) = (Some(Arc::new(patient)), Some(Arc::new(room)));
    Arc::new(Consultation { ended_at: Some(at(minutes + 15)), patient, room, ..bare })
}

#[derive(Default)]
struct Scene {
    appointments: Vec<Appointment>,
    rows: Vec<Arc<Consultation>>,
    decisions: Decisions,
    namesakes: BTreeSet<String>,
}

impl Scene {
    fn judge(&self) -> Reconciliation {
        self.judge_at(evening())
    }

    fn judge_at(&self, now: DateTime<Utc>) -> Reconciliation {
        let directory = directory();
        let input = PairingInput {
            directory: &directory,
            rows: &self.rows,
            appointments: &self.appointments,
            decisions: &self.decisions,
            namesakes: &self.namesakes,
        };
        Reconciliation::new(input, now)
    }

    fn pairs(&self) -> Vec<(i64, String)> {
        self.judge().pairs.iter().map(|pair| (pair.appointment.0, pair.recording.as_text())).collect()
    }
}

/// What is left open, as `12 none found` and `r3 several could be meant`.
fn open(judged: &Reconciliation) -> Vec<String> {
    let mut open: Vec<String> = judged
        .to_check
        .iter()
        .map(|unclear| match unclear {
            Unclear::Appointment { appointment, why, .. } => format!("{} {}", appointment.id.0, why.words()),
            Unclear::Recording { recording, why, .. } => {
                format!("{} {}", recording.key.record_id().map_or("?", |id| id.as_str()), why.words())
            }
        })
        .collect();
    open.sort();
    open
}

fn scene(appointments: Vec<Appointment>, rows: Vec<Arc<Consultation>>) -> Scene {
    Scene { appointments, rows, ..Scene::default() }
}

#[test]
fn one_room_one_time_and_one_name_is_a_pair() {
    let scene = scene(vec![booked(1, "Bella Smith", 1, 60)], vec![recorded("r", ("p", "Bella"), 1, 63)]);
    assert_eq!(scene.pairs(), [(1, "record/r".to_owned())]);
    assert!(scene.judge().to_check.is_empty());
    assert!(!scene.judge().pairs[0].by_person);
}

#[test]
fn what_differs_in_one_of_the_three_stays_open() {
    let appointment = || vec![booked(1, "Bella", 1, 60)];
    let other_room = scene(appointment(), vec![recorded("r", ("p", "Bella"), 2, 63)]);
    assert_eq!(open(&other_room.judge()), ["1 found in another room", "r found in another room"]);
    let other_name = scene(appointment(), vec![recorded("r", ("p", "Luna"), 1, 63)]);
    assert_eq!(open(&other_name.judge()), ["1 names differ", "r names differ"]);
    let other_time = scene(appointment(), vec![recorded("r", ("p", "Bella"), 1, 300)]);
    assert_eq!(open(&other_time.judge()), ["1 none found", "r none found"]);
    let unnamed = Consultation { patient: None, ..(*recorded("r", ("p", "x"), 1, 63)).clone() };
    let no_name = scene(appointment(), vec![Arc::new(unnamed)]);
    assert_eq!(open(&no_name.judge()), ["1 a name is missing", "r a name is missing"]);
    for scene in [other_room, other_name, other_time, no_name] {
        assert_eq!(scene.pairs(), []);
    }
}

#[test]
fn an_appointment_is_unclear_only_after_its_time() {
    let scene = scene(vec![booked(1, "Bella", 1, 60)], Vec::new());
    assert!(scene.judge_at(at(94)).to_check.is_empty());
    assert_eq!(open(&scene.judge_at(at(95))), ["1 none found"]);
    assert_eq!(scene.judge_at(at(60)).next_change(&scene.appointments, at(60)), Some(at(95)));
    assert_eq!(scene.judge_at(at(95)).next_change(&scene.appointments, at(95)), None);
}

#[test]
fn without_a_book_nothing_is_asked() {
    let scene = scene(Vec::new(), vec![recorded("r", ("p", "Bella"), 1, 63)]);
    assert!(scene.judge().to_check.is_empty());
}

#[test]
fn what_was_cancelled_is_no_visit_and_blocks_are_nobodys() {
    let mut cancelled = booked(1, "Bella", 1, 60);
    cancelled.booking = Booking::Cancelled;
    let block = Appointment { booking: Booking::Block, ..booked(2, "Bella", 1, 60) };
    let scene = scene(vec![cancelled, block], vec![recorded("r", ("p", "Bella"), 1, 63)]);
    let judged = scene.judge();
    assert_eq!((judged.pairs.len(), open(&judged)), (0, vec!["r was cancelled or not booked".to_owned()]));
}

#[test]
fn a_booking_that_was_moved_is_found_at_its_new_time() {
    let mut old = booked(1, "Bella", 1, 0);
    old.booking = Booking::Cancelled;
    let scene = scene(
        vec![old, Appointment { patient_id: Some(1_001), ..booked(2, "Bella", 1, 70) }],
        vec![recorded("r", ("p", "Bella"), 1, 72)],
    );
    assert_eq!(scene.pairs(), [(2, "record/r".to_owned())]);
}

#[test]
fn a_name_of_several_patients_is_left_to_a_person() {
    let mut scene = scene(vec![booked(1, "Bella", 1, 60)], vec![recorded("r", ("p", "Bella"), 1, 63)]);
    scene.namesakes.insert("bella".to_owned());
    assert_eq!(scene.pairs(), []);
    assert_eq!(open(&scene.judge()), ["1 several could be meant", "r several could be meant"]);
}

#[test]
fn what_a_person_said_stands_above_the_rules() {
    let mut scene = scene(
        vec![booked(1, "Bella", 1, 60), booked(2, "Luna", 2, 60), booked(3, "Milo", 3, 60)],
        vec![
            recorded("r1", ("p1", "Bella"), 1, 63),
            recorded("r2", ("p2", "Luna"), 3, 63),
            recorded("r3", ("p9", "Rex"), 1, 200),
        ],
    );
    scene.decisions.take(&Decision::Pair(AppointmentId(2), ConsultationKey::record("r2")));
    scene.decisions.take(&Decision::NoShow(AppointmentId(3)));
    scene.decisions.take(&Decision::WalkIn(ConsultationKey::record("r3")));
    let judged = scene.judge();
    assert_eq!(scene.pairs(), [(1, "record/r1".to_owned()), (2, "record/r2".to_owned())]);
    assert!(judged.to_check.is_empty(), "{:?}", open(&judged));
    assert!(judged.is_no_show(AppointmentId(3)) && judged.is_recorded(AppointmentId(2)));
    assert_eq!(judged.appointment_of(&ConsultationKey::record("r2")), Some(AppointmentId(2)));
    scene.decisions.take(&Decision::NoShow(AppointmentId(1)));
    assert_eq!(scene.pairs(), [(2, "record/r2".to_owned())], "a person said that nobody came");
    assert_eq!(open(&scene.judge()), ["r1 none found"]);
    scene.decisions.drop(&Decision::NoShow(AppointmentId(1)));
    assert_eq!(scene.pairs().len(), 2, "taken back");
}

#[test]
fn a_later_word_about_the_same_takes_the_place_of_the_earlier() {
    let key = || ConsultationKey::record("r");
    let mut decisions = Decisions::default();
    decisions.take(&Decision::WalkIn(key()));
    decisions.take(&Decision::Pair(AppointmentId(1), key()));
    assert!(decisions.walk_ins.is_empty());
    decisions.take(&Decision::Pair(AppointmentId(2), key()));
    assert_eq!(decisions.pairs.get(&key()), Some(&AppointmentId(2)));
    decisions.drop(&Decision::Pair(AppointmentId(1), key()));
    assert_eq!(decisions.pairs.len(), 1, "an older word is not taken back twice");
    decisions.take(&Decision::NoShow(AppointmentId(2)));
    assert!(decisions.pairs.is_empty());
}

/// Thirty visits as they were booked, and six traps. Returns what really belongs together.
fn planted_day() -> (Scene, Vec<(i64, String)>) {
    let (mut scene, mut truth) = (Scene::default(), Vec::new());
    for visit in 0..30_i64 {
        let (room, minutes) = (1 + visit as u32 % 3, 25 * (visit / 3) + 5 * (visit % 3));
        let name =
            format!("Animal{}", char::from(b'A' + (visit % 26) as u8).to_string() + &"x".repeat(visit as usize / 26));
        let owner = ["Smith", "O'Malley", "Zuk"][visit as usize % 3];
        let id = format!("r{visit:02}");
        scene.appointments.push(booked(visit, &format!("{name} {owner}"), room, minutes));
        scene.rows.push(recorded(&id, (&format!("p{visit}"), &name), room, minutes + visit % 7 - 3));
        truth.push((visit, format!("record/{id}")));
    }
    // Same name: two Bellas one after the other in one room, of which the first did not come.
    scene.appointments.extend([booked(101, "Bella", 1, 300), booked(102, "Bella", 1, 320)]);
    scene.rows.push(recorded("bella", ("pb2", "Bella"), 1, 318));
    truth.push((102, "record/bella".to_owned()));
    // Same name: two Lunas at one time in two rooms that were swapped.
    scene.appointments.extend([booked(103, "Luna", 2, 300), booked(104, "Luna", 3, 300)]);
    scene.rows.extend([recorded("luna1", ("pl1", "Luna"), 3, 301), recorded("luna2", ("pl2", "Luna"), 2, 302)]);
    truth.extend([(103, "record/luna1".to_owned()), (104, "record/luna2".to_owned())]);
    // Room change.
    scene.appointments.push(booked(105, "Coco", 1, 360));
    scene.rows.push(recorded("coco", ("pc", "Coco"), 2, 362));
    truth.push((105, "record/coco".to_owned()));
    // No-show, and a walk-in in the room that was free by it.
    scene.appointments.push(booked(106, "Milo", 3, 360));
    scene.rows.push(recorded("walk", ("pw", "Rocky"), 3, 363));
    // Cancelled, and the same animal came as an emergency at that time, to another room.
    scene.appointments.push(Appointment { booking: Booking::Cancelled, ..booked(107, "Nala", 1, 400) });
    scene.rows.push(recorded("nala", ("pn", "Nala"), 2, 402));
    // One visit recorded in two parts.
    scene.appointments.push(booked(108, "Simba", 2, 430));
    scene.rows.extend([recorded("simba1", ("ps", "Simba"), 2, 430), recorded("simba2", ("ps", "Simba"), 2, 446)]);
    truth.extend([(108, "record/simba1".to_owned()), (108, "record/simba2".to_owned())]);
    (scene, truth)
}

#[test]
fn on_a_planted_day_no_wrong_pair_is_made_and_traps_stay_for_a_person() {
    let (scene, truth) = planted_day();
    let pairs = scene.pairs();
    for pair in &pairs {
        assert!(truth.contains(pair), "{pair:?} is a wrong pair");
    }
    let clear = pairs.iter().filter(|(id, _)| *id < 100).count();
    assert_eq!((clear, pairs.len()), (30, 30), "all that is clear is paired, and no trap");
    let left = open(&scene.judge());
    let subjects: Vec<&str> = left.iter().map(|line| line.split(' ').next().unwrap_or_default()).collect();
    let wanted = [
        "101", "102", "103", "104", "105", "106", "108", "bella", "coco", "luna1", "luna2", "nala", "simba1", "simba2",
        "walk",
    ];
    assert_eq!(subjects, wanted);
}

#[test]
fn what_could_be_meant_is_offered_to_the_person() {
    let (scene, _) = planted_day();
    let judged = scene.judge();
    let offered = |id: i64| -> Vec<String> {
        judged
            .to_check
            .iter()
            .find_map(|unclear| match unclear {
                Unclear::Appointment { appointment, candidates, .. } if appointment.id.0 == id => {
                    Some(candidates.iter().map(ConsultationKey::as_text).collect())
                }
                _ => None,
            })
            .unwrap_or_default()
    };
    assert_eq!(offered(105), ["record/coco"]);
    assert_eq!(offered(102), ["record/bella"]);
    assert_eq!(offered(103), ["record/luna1", "record/luna2"]);
    assert_eq!(offered(106), ["record/walk"], "it was there at that time");
}

#[test]
fn shuffling_the_day_changes_nothing() {
    let (scene, _) = planted_day();
    let wanted = (scene.pairs(), open(&scene.judge()));
    let mut random = fastrand::Rng::with_seed(9);
    for _ in 0..200 {
        let mut other =
            Scene { appointments: scene.appointments.clone(), rows: scene.rows.clone(), ..Scene::default() };
        random.shuffle(&mut other.appointments);
        random.shuffle(&mut other.rows);
        assert_eq!((other.pairs(), open(&other.judge())), wanted);
    }
}

/// Days made at random, where the truth is known: whatever is paired must be true.
#[test]
fn no_day_made_at_random_gets_a_wrong_pair() {
    let names = ["Bella", "Luna", "Max", "Coco", "Milo", "Rex", "Nala", "Simba"];
    let mut random = fastrand::Rng::with_seed(77);
    let (mut made, mut clear) = (0, 0);
    for _ in 0..1_000 {
        let (mut scene, mut truth) = (Scene::default(), Vec::new());
        // Each animal of the clinic; some share a name, and the clinic's catalog knows that.
        let animals: Vec<&str> = (0..12).map(|_| names[random.usize(0..names.len())]).collect();
        for name in names {
            if animals.iter().filter(|animal| **animal == name).count() > 1 {
                scene.namesakes.insert(name.to_lowercase());
            }
        }
        for (animal, name) in animals.iter().enumerate() {
            let (room, minutes, id) = (random.u32(1..4), random.i64(0..500), animal as i64);
            let (is_booked, comes) = (random.u8(0..10) < 8, random.u8(0..10) < 8);
            if is_booked {
                scene.appointments.push(booked(id, name, room, minutes));
            }
            if comes {
                let room = if random.u8(0..10) == 0 { random.u32(1..4) } else { room };
                let late = random.i64(-10..25);
                scene.rows.push(recorded(&format!("r{id}"), (&format!("p{id}"), name), room, minutes + late));
                truth.push((id, format!("record/r{id}")));
            }
        }
        let pairs = scene.pairs();
        assert!(pairs.iter().all(|pair| truth.contains(pair)), "{pairs:?}");
        made += pairs.len();
        clear += usize::from(!pairs.is_empty());
    }
    assert!(made > 500 && clear > 300, "the rules pair at all: {made} pairs on {clear} days");
}
