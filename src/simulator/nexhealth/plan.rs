//! A believable book for the clinic's recordings: most were booked, some booked elsewhere, some not at all.
//!
//! Days come with what days have: a lunch break, somebody who did not come, somebody who cancelled, two of one name.

use std::collections::BTreeSet;

use chrono::{DateTime, Duration, NaiveDate, NaiveTime, Utc};

use super::zone::PracticeZone;
use super::{
    Setup,
    practice::{Appointment, Practice, ordinary},
};
use crate::simulator::{record::Record, world::World};

const DAYS_BACK: i64 = 14;
const MAX_BOOKED: usize = 400;
const SLOT_MS: i64 = 5 * 60_000;

pub(super) const SURNAMES: [&str; 16] = [
    "Hughes",
    "Okonkwo",
    "Nowak",
    "Byrne",
    "Larsen",
    "Ahmed",
    "Castellano",
    "Whitfield",
    "Dubois",
    "Yamada",
    "Petrova",
    "McAllister",
    "Fischer",
    "O'Brien",
    "Haddad",
    "Silva",
];

/// The practice whose book fits the clinic's recordings.
pub(super) fn practice(setup: &Setup, world: &World, now: DateTime<Utc>) -> Practice {
    let opened = now - Duration::days(400);
    let mut practice = Practice::empty(&world.organization_name, &setup.subdomain, setup.zone, opened);
    for room in &world.rooms {
        practice.add_room(room.name.trim_end_matches("NxHUB").trim());
    }
    for vet in &world.vets {
        practice.add_vet(vet.first_name.trim_start_matches("Dr.").trim(), &vet.last_name);
    }
    for (place, patient) in world.patients.iter().enumerate() {
        practice.add_patient(&patient.name, SURNAMES.get(place % SURNAMES.len()).copied().unwrap_or("Hughes"), opened);
    }
    let booked = booked_days(&mut practice, world, now);
    for day in &booked {
        ordinary_day(&mut practice, *day, now);
    }
    if let Some(newest) = booked.last() {
        second_of_a_name(&mut practice, *newest);
        failed_insertion(&mut practice, *newest, now);
    }
    upcoming(&mut practice, now);
    // Numbers are given in the order of booking, which is not the order of the day.
    practice
}

/// Appointments for the recordings; returns the days that have some, oldest first.
fn booked_days(practice: &mut Practice, world: &World, now: DateTime<Utc>) -> Vec<NaiveDate> {
    let since = (now - Duration::days(DAYS_BACK)).timestamp_millis();
    let in_a_room = |record: &&Record| record.room.is_some() && record.patient.is_some() && record.from_ms >= since;
    let records: Vec<&Record> = world.records.iter().rev().filter(in_a_room).take(MAX_BOOKED).collect();
    let mut days = BTreeSet::new();
    for (turn, record) in records.into_iter().rev().enumerate() {
        let Some(appointment) = booking_of(practice, record, turn) else { continue };
        days.insert(practice.zone.local(appointment.starts_at).date_naive());
        practice.add(appointment);
    }
    days.into_iter().collect()
}

/// What was booked for a recording; none for every eighth, who walked in.
fn booking_of(practice: &Practice, record: &Record, turn: usize) -> Option<Appointment> {
    if turn % 8 == 5 {
        return None;
    }
    let late_ms = (turn as i64 % 4) * 60_000;
    let starts_ms = (record.from_ms - late_ms).div_euclid(SLOT_MS) * SLOT_MS;
    let starts_at = DateTime::from_timestamp_millis(starts_ms)?;
    let minutes = if record.to_ms - record.from_ms > 18 * 60_000 { 30 } else { 15 };
    let booked_at = starts_at - Duration::days(3 + turn as i64 % 9);
    // Every ninth was seen in another room than it was booked into.
    let room = record.room?;
    let room = if turn % 9 == 4 { (room + 1) % practice.rooms.len().max(1) } else { room };
    let mut appointment = ordinary(starts_at, minutes, booked_at);
    appointment.room = practice.room_id(room);
    appointment.patient = record.patient.and_then(|place| practice.patients.get(place)).map(|patient| patient.id);
    appointment.vet = record.vet.and_then(|place| practice.vets.get(place)).map(|vet| vet.id);
    appointment.note = Some(record.name.split(" - ").last().unwrap_or_default().to_owned());
    appointment.checked_in_at = Some(starts_at - Duration::minutes(4));
    if turn % 10 == 7 {
        // Cancelled on the phone, and booked again an hour later.
        appointment.cancelled_at = Some(booked_at + Duration::hours(26));
        appointment.updated_at = booked_at + Duration::hours(27);
    }
    Some(appointment)
}

/// Local time of day; the earlier one where the clocks go back, none where they jump over it.
pub(super) fn at(zone: PracticeZone, day: NaiveDate, hour: u32, minute: u32) -> Option<DateTime<Utc>> {
    let time = NaiveTime::from_hms_opt(hour, minute, 0)?;
    zone.moment(day.and_time(time))
}

/// Lunch, somebody who did not come, somebody who cancelled.
fn ordinary_day(practice: &mut Practice, day: NaiveDate, now: DateTime<Utc>) {
    let zone = practice.zone;
    let booked = |hour: u32, minute: u32, minutes: i64| {
        let starts_at = at(zone, day, hour, minute)?;
        Some(ordinary(starts_at, minutes, starts_at - Duration::days(6)))
    };
    if let Some(mut lunch) = booked(12, 45, 45) {
        lunch.is_block = true;
        lunch.room = practice.room_id(0);
        lunch.note = Some("Staff meeting".to_owned());
        practice.add(lunch);
    }
    if let Some(mut missed) = booked(11, 30, 15) {
        missed.room = practice.room_id(2);
        missed.patient = Some(somebody(practice, "Clover", day));
        missed.is_missed = (missed.ends_at < now).then_some(true);
        practice.add(missed);
    }
    if let Some(mut cancelled) = booked(15, 30, 30) {
        cancelled.room = practice.room_id(1);
        cancelled.patient = Some(somebody(practice, "Barnaby", day));
        cancelled.is_cancelled = true;
        cancelled.cancelled_at = Some(cancelled.starts_at - Duration::hours(20));
        cancelled.updated_at = cancelled.starts_at - Duration::hours(20);
        practice.add(cancelled);
    }
}

/// A patient of that name, with an owner of the day.
fn somebody(practice: &mut Practice, first_name: &str, day: NaiveDate) -> i64 {
    use chrono::Datelike as _;
    let surname = SURNAMES.get(day.ordinal() as usize % SURNAMES.len()).copied().unwrap_or("Hughes");
    let at = practice.created_at;
    practice.add_patient(first_name, surname, at)
}

/// Somebody else of the name of the day's first patient, at the same time in another room.
fn second_of_a_name(practice: &mut Practice, day: NaiveDate) {
    let zone = practice.zone;
    let is_of_day = |known: &&Appointment| zone.local(known.starts_at).date_naive() == day && !known.is_block;
    let Some(first) = practice.appointments.iter().filter(is_of_day).min_by_key(|known| known.starts_at).cloned()
    else {
        return;
    };
    let Some(name) = practice.patient(first.patient).map(|patient| patient.first_name.clone()) else { return };
    let other = practice.rooms.iter().find(|room| Some(room.id) != first.room).map(|room| room.id);
    let patient = somebody(practice, &name, day);
    practice.add(Appointment { patient: Some(patient), room: other, note: None, checked_in_at: None, ..first });
}

/// Booked from outside, and never written into the practice's own system.
fn failed_insertion(practice: &mut Practice, day: NaiveDate, now: DateTime<Utc>) {
    let Some(starts_at) = at(practice.zone, day, 16, 0) else { return };
    let mut failed = ordinary(starts_at, 15, now.min(starts_at) - Duration::hours(30));
    failed.patient = Some(somebody(practice, "Pippin", day));
    failed.room = practice.room_id(0);
    failed.is_written = false;
    practice.add(failed);
}

/// The rest of today and tomorrow's morning.
fn upcoming(practice: &mut Practice, now: DateTime<Utc>) {
    let today = practice.zone.local(now).date_naive();
    let tomorrow = today.succ_opt();
    let rest = [(16, 20), (16, 45), (17, 10), (17, 30)].map(|time| (Some(today), time));
    let morning = [(8, 40), (9, 15), (10, 0), (10, 50), (11, 40)].map(|time| (tomorrow, time));
    for (turn, (day, (hour, minute))) in rest.into_iter().chain(morning).enumerate() {
        let Some(starts_at) = day.and_then(|day| at(practice.zone, day, hour, minute)) else { continue };
        if starts_at <= now || practice.rooms.is_empty() {
            continue;
        }
        let mut booked = ordinary(starts_at, 15, now - Duration::days(2));
        booked.room = practice.room_id(turn % practice.rooms.len());
        booked.patient = practice.patients.get((turn * 7) % practice.patients.len().max(1)).map(|patient| patient.id);
        booked.vet = practice.vets.get(turn % practice.vets.len().max(1)).map(|vet| vet.id);
        practice.add(booked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::clinic;

    fn planned() -> (World, Practice, DateTime<Utc>) {
        let now = DateTime::parse_from_rfc3339("2026-02-20T17:30:00Z").unwrap().with_timezone(&Utc);
        let world = clinic::world(now, 0).unwrap();
        let practice = practice(&Setup::default(), &world, now);
        (world, practice, now)
    }

    #[test]
    fn the_sample_clinics_book_fits_its_recordings_and_has_its_traps() {
        let (world, practice, now) = planned();
        let fits = |record: &Record| {
            let names = |appointment: &Appointment| {
                let patient = practice.patient(appointment.patient).map(|patient| patient.first_name.as_str());
                patient
                    == record.patient.and_then(|place| world.patients.get(place)).map(|patient| patient.name.as_str())
            };
            let overlaps = |known: &Appointment| {
                known.starts_at.timestamp_millis() <= record.from_ms
                    && known.ends_at.timestamp_millis() > record.from_ms
            };
            practice.appointments.iter().any(|known| names(known) && overlaps(known))
        };
        let in_rooms: Vec<&Record> =
            world.records.iter().filter(|record| record.room.is_some() && record.patient.is_some()).collect();
        let booked = in_rooms.iter().filter(|record| fits(record)).count();
        assert!(booked * 10 >= in_rooms.len() * 8 && booked < in_rooms.len(), "{booked} of {}", in_rooms.len());
        let some = |test: fn(&Appointment) -> bool| practice.appointments.iter().any(test);
        assert!(some(|known| known.is_block && known.patient.is_none()));
        assert!(some(|known| known.is_cancelled && known.cancelled_at.is_some()));
        assert!(some(|known| !known.is_cancelled && known.cancelled_at.is_some()));
        assert!(some(|known| !known.is_written));
        assert!(some(|known| known.is_missed == Some(true)));
        assert!(practice.appointments.iter().any(|known| known.starts_at > now));
        assert!(practice.appointments.windows(2).all(|pair| pair[0].id < pair[1].id));
    }

    #[test]
    fn hours_are_the_practices_own_also_where_clocks_jump() {
        let zone: PracticeZone = "Europe/London".parse().unwrap();
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(at(zone, day("2026-03-29"), 1, 30), None);
        let back = at(zone, day("2026-10-25"), 1, 30).unwrap();
        assert_eq!(back.to_rfc3339(), "2026-10-25T00:30:00+00:00");
        assert_eq!(at(zone, day("2026-07-01"), 9, 0).unwrap().to_rfc3339(), "2026-07-01T08:00:00+00:00");
    }
}
