//! The history, the flight recorder, appointments, decisions and room names.

use super::{appointment, clinic, elsewhere, now};
use crate::domain::live::pairing::Decision;
use crate::domain::live::{
    AppointmentId, Booking, Delivery, DeliverySource, EventKey, EventType, RawRequest, Scheme, Witnessed,
};
use crate::domain::{ConsultationKey, DeviceId};
use crate::store::live::KEPT_DELIVERIES;
use crate::store::samples;
use chrono::TimeDelta;

fn delivery(second: i64) -> Delivery {
    Delivery {
        source: DeliverySource::Here,
        scheme: Scheme::Organization,
        at: now() + TimeDelta::seconds(second),
        event: Some(EventKey::new(format!("evt_{second}"))),
        event_type: Some(EventType::ConversationEnded),
        code: Some(200),
        milliseconds: Some(4),
        attempt: Some(1),
        error: None,
        is_success: true,
        recorded: None,
    }
}

fn request(second: i64, body: &[u8]) -> RawRequest {
    RawRequest {
        scheme: Scheme::Organization,
        at: now() + TimeDelta::seconds(second),
        headers: vec![("x-nervex-signature".to_owned(), vec![0xff, 0x00, b'a']), ("host".to_owned(), b"h".to_vec())],
        body: body.to_vec(),
        body_length: body.len() as u64,
        code: 401,
        reason: Some("mismatch".to_owned()),
    }
}

fn witnessed(second: i64, is_success: bool, request: Option<RawRequest>) -> Witnessed {
    let delivery = Delivery { is_success, ..delivery(second) };
    Witnessed { organization: clinic(), delivery, request }
}

#[test]
fn deliveries_come_back_newest_first_and_the_vendors_are_kept_once() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let bare = Delivery {
        source: DeliverySource::Vendor,
        event_type: None,
        code: None,
        milliseconds: None,
        error: Some("no answer".to_owned()),
        is_success: false,
        ..delivery(5)
    };
    for _ in 0..3 {
        store
            .note_deliveries(&clinic(), &[bare.clone(), Delivery { attempt: Some(2), ..bare.clone() }])
            .expect("noted");
    }
    // Our own are never the same one, however alike.
    store.note_deliveries(&clinic(), &[delivery(1), delivery(1)]).expect("noted");
    let all = store.deliveries(&clinic(), 0, 100).expect("loaded");
    assert_eq!(all.len(), 4);
    assert_eq!(all[1], bare);
    assert_eq!((all[0].attempt, &all[2]), (Some(2), &delivery(1)));
    assert_eq!(store.deliveries(&clinic(), 3, 100).expect("loaded").len(), 1);
    assert_eq!(store.deliveries(&elsewhere(), 0, 100), Ok(vec![]));
}

#[test]
fn the_recorder_keeps_the_last_of_each_kind_and_the_history_names_them() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let good = witnessed(0, true, Some(request(0, b"good")));
    store.witness(&[good]).expect("witnessed");
    // A flood of forgeries does not push out what was taken in.
    for round in 0..10_i64 {
        let flood: Vec<Witnessed> =
            (1..=30).map(|n| witnessed(round * 30 + n, false, Some(request(round * 30 + n, b"bad")))).collect();
        store.witness(&flood).expect("witnessed");
    }
    drop(store);
    let mut store = samples::open(home.path());
    let recorded = store.recorded_requests(&clinic()).expect("loaded");
    assert_eq!(recorded.len(), 71);
    assert_eq!(recorded[0].1, request(300, b"bad"));
    assert_eq!(recorded.last().map(|(_, request)| request.clone()), Some(request(0, b"good")));
    assert_eq!(store.recorded_requests(&elsewhere()), Ok(vec![]));
    let history = store.deliveries(&clinic(), 0, 1000).expect("loaded");
    assert_eq!(history.len(), 301);
    let number = history[0].recorded.expect("named");
    assert_eq!(store.recorded_request(number), Ok(Some(request(300, b"bad"))));
    assert_eq!(store.recorded_request(9_999), Ok(None));
}

#[test]
fn a_flood_makes_the_history_no_longer() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    for round in 0..6 {
        let flood: Vec<Witnessed> = (0..4_000).map(|n| witnessed(round * 4_000 + n, false, None)).collect();
        store.witness(&flood).expect("witnessed");
    }
    let kept = store.deliveries(&clinic(), 0, 50_000).expect("loaded");
    assert!(kept.len() < KEPT_DELIVERIES as usize + 1_000, "{}", kept.len());
    assert_eq!(kept[0].at, delivery(23_999).at);
}

#[test]
fn a_recorded_body_is_sealed_and_of_a_long_one_the_beginning_is_kept() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let long = request(1, &vec![b'x'; RawRequest::MOST_BODY + 1]);
    let odd = request(2, b"\xff\x00 not text");
    let lines = [witnessed(1, false, Some(long.clone())), witnessed(2, false, Some(odd.clone()))];
    store.witness(&lines).expect("witnessed");
    let recorded = store.recorded_requests(&clinic()).expect("loaded");
    assert_eq!(recorded[0].1, odd);
    assert!(recorded[1].1.body.len() == RawRequest::MOST_BODY && !recorded[1].1.is_whole() && odd.is_whole());
    let sealed: Vec<u8> = store
        .with_local(|local| local.query_row("SELECT sealed FROM live_recorded WHERE number = 1", [], |row| row.get(0)))
        .expect("read");
    assert!(!sealed.windows(8).any(|window| window == b"xxxxxxxx"));
}

#[test]
fn surplus_goes_in_the_quiet() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let many: Vec<Delivery> = (0..i64::from(KEPT_DELIVERIES) + 700).map(delivery).collect();
    store.note_deliveries(&clinic(), &many).expect("noted");
    let bodies: Vec<_> =
        (1..=30).map(|n| crate::domain::live::Arrival { body: Some(vec![7; 1024 * 1024]), ..super::ping(n) }).collect();
    store.keep_arrivals(&bodies).expect("kept");
    while store.tidy_live().expect("tidied") {}
    let kept = store.deliveries(&clinic(), 0, 20_000).expect("loaded");
    assert_eq!((kept.len(), kept.last()), (KEPT_DELIVERIES as usize, Some(&delivery(700))));
    let has_body = |store: &mut crate::store::Store, number: u32| {
        store.live_body(Scheme::Organization, &EventKey::new(super::id(number))).expect("read").is_some()
    };
    assert!(!has_body(&mut store, 6) && has_body(&mut store, 7) && has_body(&mut store, 30));
    assert_eq!(store.live_events_after(&clinic(), 0, 100).expect("loaded").len(), 30, "events stay");
}

#[test]
fn what_is_old_goes_together() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.keep_arrivals(&[super::ping(1)]).expect("kept");
    store.note_deliveries(&clinic(), &[delivery(0)]).expect("noted");
    store.keep_appointments(&clinic(), &[appointment(1)]).expect("kept");
    assert_eq!(store.let_live_go(now()), Ok(false));
    assert_eq!(store.live_totals().expect("told").kept, 1, "what is younger stays");
    assert_eq!(store.let_live_go(now() + TimeDelta::days(2)), Ok(false));
    assert_eq!(store.live_totals().expect("told").kept, 0);
    assert_eq!(store.deliveries(&clinic(), 0, 9), Ok(vec![]));
    assert_eq!(store.appointment(&clinic(), AppointmentId(1)), Ok(None));
}

#[test]
fn the_later_telling_of_an_appointment_holds_in_any_order() {
    let at = |minute| now() + TimeDelta::minutes(minute);
    let tellings = [
        crate::domain::live::Appointment { updated_at: at(1), ..appointment(1) },
        crate::domain::live::Appointment { updated_at: at(2), booking: Booking::Cancelled, ..appointment(1) },
        crate::domain::live::Appointment { updated_at: at(2), note: Some("a".to_owned()), ..appointment(1) },
        crate::domain::live::Appointment { updated_at: at(2), note: Some("b".to_owned()), ..appointment(1) },
    ];
    for first in 0..4 {
        for step in [1, 3] {
            let home = tempfile::tempdir().expect("a folder");
            let mut store = samples::open(home.path());
            for turn in 0..8 {
                let telling = tellings[(first + turn * step) % 4].clone();
                store.keep_appointments(&clinic(), &[telling]).expect("kept");
            }
            assert_eq!(store.appointment(&clinic(), AppointmentId(1)), Ok(Some(tellings[1].clone())));
            assert_eq!(store.keep_appointments(&clinic(), &tellings), Ok(vec![]), "nothing of it is new");
        }
    }
}

#[test]
fn appointments_are_found_by_their_day() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let on = |id: i64, day: i64| crate::domain::live::Appointment {
        starts_at: Some(now() + TimeDelta::days(day)),
        ..appointment(id)
    };
    let changed = store.keep_appointments(&clinic(), &[on(1, 0), on(2, 1), on(3, 0), on(4, 2)]).expect("kept");
    assert_eq!(changed, [1, 2, 3, 4].map(AppointmentId));
    let day = store.appointments_between(&clinic(), now(), now() + TimeDelta::days(1)).expect("loaded");
    assert_eq!(day, [on(1, 0), on(3, 0)]);
    assert_eq!(store.appointments_between(&elsewhere(), now(), now() + TimeDelta::days(1)), Ok(vec![]));
    store.remove_appointments(&clinic()).expect("removed");
    assert_eq!(store.appointment(&clinic(), AppointmentId(4)), Ok(None));
}

#[test]
fn what_people_said_holds_as_they_said_it_last() {
    let (one, two) = (ConsultationKey::record("r-1"), ConsultationKey::record("r-2"));
    let all = [
        Decision::Pair(AppointmentId(1), one.clone()),
        Decision::Pair(AppointmentId(1), two.clone()),
        Decision::Pair(AppointmentId(2), one.clone()),
        Decision::NoShow(AppointmentId(1)),
        Decision::NoShow(AppointmentId(2)),
        Decision::WalkIn(one),
        Decision::WalkIn(two),
    ];
    let mut random = fastrand::Rng::with_seed(11);
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let mut expected = crate::domain::live::pairing::Decisions::default();
    for turn in 0..400 {
        let decision = &all[random.usize(..all.len())];
        if random.u8(..4) == 0 {
            expected.drop(decision);
            store.take_decision_back(&clinic(), decision).expect("taken back");
        } else {
            expected.take(decision);
            store.save_decision(&clinic(), decision, now()).expect("saved");
        }
        assert_eq!(store.decisions(&clinic()).as_ref(), Ok(&expected), "turn {turn}");
    }
    drop(store);
    assert_eq!(samples::open(home.path()).decisions(&clinic()), Ok(expected));
}

#[test]
fn rooms_keep_the_names_that_people_gave_them() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.name_room(&clinic(), &DeviceId::new("hub_1"), Some("Room 1")).expect("named");
    store.name_room(&clinic(), &DeviceId::new("hub_1"), Some("Surgery")).expect("named");
    store.name_room(&clinic(), &DeviceId::new("hub_2"), Some("Room 2")).expect("named");
    store.name_room(&clinic(), &DeviceId::new("hub_2"), None).expect("taken away");
    drop(store);
    let names = samples::open(home.path()).room_names(&clinic()).expect("loaded");
    assert_eq!(names.into_iter().collect::<Vec<_>>(), [(DeviceId::new("hub_1"), "Surgery".to_owned())]);
}
