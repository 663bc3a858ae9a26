//! Events that go to other desks and come from them: as they were, once, and without what stays here.

use super::{arrival, clinic, elsewhere, event, every_kind, now, ping};
use crate::domain::live::{Arrival, LiveEvent, Scheme};
use crate::store::live::{SHARED, SharedEvent};
use crate::store::samples::{self, CANARY};
use chrono::TimeDelta;
use zeroize::Zeroizing;

fn contents(events: Vec<SharedEvent>) -> Vec<Zeroizing<Vec<u8>>> {
    events.into_iter().map(|event| event.content).collect()
}

#[test]
fn every_kind_arrives_at_another_desk_as_it_was_and_once() {
    let (here, there) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let all: Vec<Arrival> = every_kind().into_iter().zip(1..).map(|(what, number)| arrival(number, what)).collect();
    let mut store = samples::open(here.path());
    store.keep_arrivals(&all).expect("kept");
    let shared = store.events_to_share(&clinic(), now(), 100).expect("read");
    let ids: std::collections::HashSet<String> = shared.iter().map(|event| event.id.clone()).collect();
    assert_eq!((shared.len(), ids.len()), (all.len(), all.len()));
    let told = contents(shared);
    let mut other = samples::open(there.path());
    assert_eq!(other.keep_shared(&clinic(), &told, now()), Ok(all.len()));
    assert_eq!(other.keep_shared(&clinic(), &told, now() + TimeDelta::hours(1)), Ok(0), "once for ever");
    let expected: Vec<(u64, LiveEvent)> =
        (1..).zip(every_kind()).map(|(number, what)| (number, event(number as u32, what))).collect();
    assert_eq!(other.live_events_after(&clinic(), 0, 100), Ok(expected));
}

#[test]
fn what_was_shared_old_or_of_another_clinic_is_not_shared() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    store.keep_arrivals(&(1..=5).map(ping).collect::<Vec<_>>()).expect("kept");
    store.keep_arrivals(&[Arrival { organization: elsewhere(), ..ping(6) }]).expect("kept");
    let numbers = |events: Vec<SharedEvent>| events.iter().map(|event| event.number).collect::<Vec<_>>();
    assert_eq!(numbers(store.events_to_share(&clinic(), now(), 2).expect("read")), [1, 2]);
    store.move_live_cursor(&clinic(), SHARED, 3).expect("moved");
    assert_eq!(numbers(store.events_to_share(&clinic(), now(), 9).expect("read")), [4, 5]);
    assert_eq!(numbers(store.events_to_share(&elsewhere(), now(), 9).expect("read")), [6]);
    assert!(store.events_to_share(&clinic(), now() + TimeDelta::seconds(1), 9).expect("read").is_empty());
}

#[test]
fn a_body_stays_where_it_came_and_nonsense_is_left_out() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = samples::open(home.path());
    let partner = Arrival { scheme: Scheme::Partner, body: Some(CANARY.as_bytes().to_vec()), ..ping(1) };
    store.keep_arrivals(&[partner]).expect("kept");
    let told = contents(store.events_to_share(&clinic(), now(), 9).expect("read"));
    assert!(!String::from_utf8_lossy(&told[0]).contains(CANARY));
    let nonsense = ["", "{}", "[1]", "{\"scheme\":\"moon\"}"].map(|text| Zeroizing::new(text.as_bytes().to_vec()));
    assert_eq!(store.keep_shared(&clinic(), &nonsense, now()), Ok(0));
}

#[test]
fn a_desk_keeps_its_name() {
    let (home, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let name = samples::open(home.path()).desk_name().expect("a name");
    assert_eq!(samples::open(home.path()).desk_name().as_ref(), Ok(&name));
    assert_ne!(samples::open(other.path()).desk_name(), Ok(name));
}
