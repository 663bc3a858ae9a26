//! The appointment book under every order of its tellings.

use super::*;
use chrono::{TimeDelta, TimeZone as _};

fn at(minute: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 18, 9, 0, 0).single().expect("a time") + TimeDelta::minutes(minute)
}

fn told(id: i64, updated: i64, booking: Booking) -> Appointment {
    Appointment {
        id: AppointmentId(id),
        patient_id: Some(7),
        patient_name: None,
        provider_id: None,
        provider_name: None,
        location_id: Some(75),
        operatory_id: Some(3),
        operatory_name: None,
        starts_at: Some(at(60)),
        ends_at: Some(at(90)),
        zone: Some("America/New_York".to_owned()),
        booking,
        note: None,
        updated_at: at(updated),
    }
}

fn book(tellings: &[Appointment]) -> AppointmentBook {
    let mut book = AppointmentBook::default();
    for told in tellings {
        book.take(told.clone());
    }
    book
}

#[test]
fn a_cancellation_and_its_undoing_hold_in_any_order() {
    let tellings = [told(1, 0, Booking::Booked), told(1, 5, Booking::Cancelled), told(1, 9, Booking::Booked)];
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for order in orders {
        let all = book(&order.map(|index| tellings[index].clone()));
        assert_eq!(all.get(AppointmentId(1)).map(|one| one.booking), Some(Booking::Booked), "{order:?}");
        let cancelled = book(
            &order
                .map(|index| tellings[index].clone())
                .into_iter()
                .filter(|one| one.updated_at < at(9))
                .collect::<Vec<_>>(),
        );
        assert_eq!(cancelled.get(AppointmentId(1)).map(|one| one.booking), Some(Booking::Cancelled), "{order:?}");
    }
}

#[test]
fn a_failed_insertion_is_not_booked_by_a_telling_of_the_same_moment() {
    let tellings = [told(1, 5, Booking::Failed), told(1, 5, Booking::Booked)];
    for order in [[0, 1], [1, 0]] {
        let book = book(&order.map(|index| tellings[index].clone()));
        assert_eq!(book.get(AppointmentId(1)).map(|one| one.booking), Some(Booking::Failed));
    }
    let mended = book(&[tellings[0].clone(), told(1, 6, Booking::Booked)]);
    assert_eq!(mended.get(AppointmentId(1)).map(|one| one.booking), Some(Booking::Booked), "a later telling mends it");
}

#[test]
fn names_are_remembered_from_whoever_told_them() {
    let named = Appointment {
        patient_name: Some("Bella".to_owned()),
        operatory_name: Some("Room 3".to_owned()),
        ..told(1, 0, Booking::Booked)
    };
    let newer = told(1, 5, Booking::Booked);
    for order in [[&named, &newer], [&newer, &named]] {
        let book = book(&order.map(Clone::clone));
        let one = book.get(AppointmentId(1)).expect("an appointment");
        assert_eq!((one.patient_name.as_deref(), one.operatory_name.as_deref()), (Some("Bella"), Some("Room 3")));
        assert_eq!(one.updated_at, at(5));
    }
    let mut book = book(std::slice::from_ref(&newer));
    assert!(book.take(named.clone()), "an older telling with a name changes what shows");
    assert!(!book.take(named), "and only once");
}

#[test]
fn any_order_and_repetition_gives_the_same_book() {
    let bookings = [Booking::Booked, Booking::Cancelled, Booking::Failed, Booking::Block];
    let mut random = fastrand::Rng::with_seed(11);
    let tellings: Vec<Appointment> = (0..60)
        .map(|_| Appointment {
            patient_id: Some(random.i64(0..4)),
            patient_name: random.bool().then(|| format!("Name {}", random.u8(0..3))),
            starts_at: Some(at(random.i64(0..3) * 30)),
            ..told(random.i64(0..8), random.i64(0..5), bookings[random.usize(0..4)])
        })
        .collect();
    let wanted = book(&tellings);
    for _ in 0..2_000 {
        let mut stream: Vec<Appointment> = tellings.clone();
        stream.extend((0..random.usize(0..30)).map(|_| tellings[random.usize(0..tellings.len())].clone()));
        random.shuffle(&mut stream);
        assert_eq!(book(&stream), wanted);
    }
}

#[test]
fn a_day_holds_what_begins_in_it() {
    let late = Appointment { starts_at: Some(at(200)), ..told(2, 0, Booking::Booked) };
    let never = Appointment { starts_at: None, ..told(3, 0, Booking::Booked) };
    let book = book(&[late, never, told(1, 0, Booking::Booked)]);
    assert_eq!(book.within(&(at(0)..at(200))).iter().map(|one| one.id.0).collect::<Vec<_>>(), [1]);
    assert_eq!(book.zone(), Some("America/New_York"));
}
