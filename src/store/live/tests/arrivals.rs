//! Events: each has one effect for ever, and none is handed on twice or never.

use super::{appointment, arrival, clinic, elsewhere, event, every_kind, id, now, ping};
use crate::domain::live::{Arrival, Booking, Content, EventKey, Happening, Kept, LiveEvent, Scheme};
use crate::store::samples::{self, CANARY};
use crate::store::{DatabaseFile, StoreError};
use chrono::TimeDelta;

#[test]
fn every_kind_of_event_comes_back_as_it_was() {
    let home = tempfile::tempdir().expect("a folder");
    let all: Vec<Arrival> = every_kind().into_iter().zip(1..).map(|(what, number)| arrival(number, what)).collect();
    let kept = samples::open(home.path()).keep_arrivals(&all).expect("kept");
    assert_eq!(kept, (1..=all.len() as u64).map(Kept::New).collect::<Vec<_>>());
    let mut store = samples::open(home.path());
    let loaded = store.live_events_after(&clinic(), 0, 100).expect("loaded");
    let expected: Vec<(u64, LiveEvent)> =
        (1..).zip(every_kind()).map(|(number, what)| (number, event(number as u32, what))).collect();
    assert_eq!(loaded, expected);
    assert_eq!(store.live_events_after(&clinic(), 10, 1).expect("loaded"), expected[10..11]);
    assert_eq!(store.live_events_after(&elsewhere(), 0, 100), Ok(vec![]));
    let (from, to) = (now() + TimeDelta::seconds(3), now() + TimeDelta::seconds(5));
    let between = store.live_events_between(&clinic(), from, to).expect("loaded");
    assert_eq!(between, expected[2..4].iter().map(|(_, event)| event.clone()).collect::<Vec<_>>());
}

#[test]
fn a_delivery_that_comes_again_has_no_effect_for_ever() {
    let home = tempfile::tempdir().expect("a folder");
    for round in 1..=5_u32 {
        let mut store = samples::open(home.path());
        let kept = store.keep_arrivals(&[ping(1), ping(2), ping(1)]).expect("kept");
        let seen = 2 * (round - 1);
        let expected = match round {
            1 => vec![Kept::New(1), Kept::New(2), Kept::Again(2)],
            _ => vec![Kept::Again(seen + 1), Kept::Again(round), Kept::Again(seen + 2)],
        };
        assert_eq!(kept, expected, "round {round}");
        // Also when the event itself is not kept any more.
        while store.let_live_go(now() + TimeDelta::days(400)).expect("let go") {}
    }
    let totals = samples::open(home.path()).live_totals().expect("told");
    assert_eq!((totals.known, totals.kept), (2, 0));
}

#[test]
fn keys_that_look_alike_are_told_apart() {
    let home = tempfile::tempdir().expect("a folder");
    let number = "0190aaaa-0000-7000-8000-000000000001";
    let keys = [
        format!("evt_{number}"),
        format!("evt_test_{number}"),
        number.to_owned(),
        format!("evt_{}", number.to_uppercase()),
        format!("evt_{}", number.replace('-', "")),
        format!("EVT_{number}"),
        format!("evt_{number} "),
        String::new(),
    ];
    let all: Vec<Arrival> = keys.iter().map(|key| Arrival { key: EventKey::new(key.as_str()), ..ping(1) }).collect();
    let other = Arrival { scheme: Scheme::Partner, ..ping(1) };
    let mut store = samples::open(home.path());
    assert!(store.keep_arrivals(&all).expect("kept").iter().all(|kept| kept.is_new()));
    assert!(store.keep_arrivals(&[other]).expect("kept").iter().all(|kept| kept.is_new()), "another sender's");
    assert!(!store.keep_arrivals(&all).expect("kept").iter().any(|kept| kept.is_new()));
}

#[test]
fn numbers_only_grow_and_a_cursor_never_goes_back() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.keep_arrivals(&[ping(1), ping(2)]).expect("kept");
    store.move_live_cursor(&clinic(), "desk", 2).expect("moved");
    while store.let_live_go(now() + TimeDelta::days(400)).expect("let go") {}
    drop(store);
    let mut store = samples::open(home.path());
    assert_eq!(store.keep_arrivals(&[ping(3)]), Ok(vec![Kept::New(3)]));
    store.move_live_cursor(&clinic(), "desk", 1).expect("no step back");
    assert_eq!(store.live_cursor(&clinic(), "desk"), Ok(2));
    assert_eq!(store.live_cursor(&clinic(), "broker"), Ok(0));
    assert_eq!(store.live_cursor(&elsewhere(), "desk"), Ok(0));
    assert_eq!(store.live_events_after(&clinic(), 2, 9).expect("loaded").len(), 1);
}

#[test]
fn several_events_of_one_body_are_kept_together() {
    let home = tempfile::tempdir().expect("a folder");
    let first = event(1, Happening::Appointment(Box::new(appointment(1))));
    let second = LiveEvent { key: EventKey::new(format!("{}.1", id(1))), ..event(2, Happening::Ping) };
    let both = Arrival { content: Content::Events(vec![first.clone(), second.clone()]), ..ping(1) };
    let mut store = samples::open(home.path());
    assert_eq!(store.keep_arrivals(std::slice::from_ref(&both)), Ok(vec![Kept::New(2)]));
    assert_eq!(store.keep_arrivals(&[both]), Ok(vec![Kept::Again(2)]));
    assert_eq!(store.live_events_after(&clinic(), 0, 9), Ok(vec![(1, first), (2, second)]));
}

#[test]
fn what_is_set_aside_is_kept_and_shown_and_not_handed_on() {
    let home = tempfile::tempdir().expect("a folder");
    let aside = Arrival {
        content: Content::SetAside("the event is for another organization".to_owned()),
        body: Some(b"{\"id\":1}".to_vec()),
        ..ping(1)
    };
    let mut store = samples::open(home.path());
    store.keep_arrivals(&[aside.clone(), ping(2)]).expect("kept");
    assert_eq!(store.live_events_after(&clinic(), 0, 9).expect("loaded").len(), 1);
    assert_eq!(store.live_events_between(&clinic(), now(), now() + TimeDelta::days(1)).expect("loaded").len(), 1);
    let shown = store.set_aside(&clinic(), 9).expect("shown");
    assert_eq!(shown.len(), 1);
    assert_eq!(shown[0].reason, "the event is for another organization");
    let body = store.live_body(aside.scheme, &aside.key).expect("read").expect("kept");
    assert_eq!(body.as_slice(), b"{\"id\":1}");
    assert_eq!(store.live_totals().expect("told").set_aside, 1);
}

#[test]
fn a_body_goes_when_it_is_of_no_use_and_the_event_stays() {
    let home = tempfile::tempdir().expect("a folder");
    let partner = Arrival { body: Some(CANARY.as_bytes().to_vec()), ..ping(1) };
    let mut store = samples::open(home.path());
    store.keep_arrivals(std::slice::from_ref(&partner)).expect("kept");
    assert!(store.live_body(partner.scheme, &partner.key).expect("read").is_some());
    store.forget_live_body(partner.scheme, &partner.key).expect("forgotten");
    assert_eq!(store.live_body(partner.scheme, &partner.key), Ok(None));
    assert_eq!(store.live_events_after(&clinic(), 0, 9).expect("loaded").len(), 1);
}

#[test]
fn an_appointment_is_up_to_date_with_its_event_in_any_order() {
    let told = |minute: i64, booking| {
        let appointment = crate::domain::live::Appointment {
            booking,
            updated_at: now() + TimeDelta::minutes(minute),
            ..appointment(7)
        };
        arrival(u32::try_from(minute).expect("small"), Happening::Appointment(Box::new(appointment)))
    };
    let day =
        [told(1, Booking::Booked), told(2, Booking::Cancelled), told(3, Booking::Booked), told(4, Booking::Cancelled)];
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..24 {
        let home = tempfile::tempdir().expect("a folder");
        let mut order: Vec<Arrival> = day.iter().chain(&day).cloned().collect();
        random.shuffle(&mut order);
        for arrival in order {
            samples::open(home.path()).keep_arrivals(&[arrival]).expect("kept");
        }
        let held = samples::open(home.path()).appointment(&clinic(), crate::domain::live::AppointmentId(7));
        assert_eq!(held.expect("read").expect("there").booking, Booking::Cancelled);
    }
}

#[test]
fn a_damaged_file_gives_back_what_was_heard() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let all: Vec<Arrival> = (1..=300).map(ping).collect();
    for some in all.chunks(50) {
        store.keep_arrivals(some).expect("kept");
    }
    store.check_cache().expect("copied");
    drop(store);
    let path = home.path().join(DatabaseFile::Local.file_name());
    let mut bytes = std::fs::read(&path).expect("read");
    let middle = bytes.len() / 2;
    bytes[middle + 100] ^= 1;
    std::fs::write(&path, bytes).expect("written");
    let (mut store, notes) = crate::store::Store::open(home.path(), &samples::keys(), now()).expect("opened");
    assert_eq!(notes.len(), 1);
    // The copy has what the damage hides, so nothing is new.
    assert!(!store.keep_arrivals(&all).expect("kept").iter().any(|kept| kept.is_new()));
    assert_eq!(store.live_events_after(&clinic(), 0, 1000).expect("loaded").len(), 300);
    assert_eq!(store.keep_arrivals(&[ping(301)]), Ok(vec![Kept::New(301)]), "numbers go on where they were");
}

#[test]
fn a_closed_store_takes_nothing_in() {
    use crate::domain::live::{CannotKeep, Inbox as _};
    let home = tempfile::tempdir().expect("a folder");
    let store = std::sync::Arc::new(std::sync::Mutex::new(samples::open(home.path())));
    let inbox = crate::store::live::SharedInbox::new(std::sync::Arc::clone(&store));
    assert_eq!(inbox.keep(&[ping(1)]), Ok(vec![Kept::New(1)]));
    assert!(!inbox.tidy(), "nothing is left to tidy");
    store.lock().expect("free").close();
    assert_eq!(inbox.keep(&[ping(2)]), Err(CannotKeep::Locked));
    assert_eq!(CannotKeep::from(&StoreError::DiskFull), CannotKeep::DiskFull);
}
