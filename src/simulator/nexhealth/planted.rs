//! Days made for a test: which recording belongs to which appointment is known, and so is what only looks like it.

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{
    plan::{SURNAMES, at},
    practice::{Appointment, Practice, ordinary},
};
use crate::simulator::{
    generated,
    record::{Kind, Patient, Stage, uuid_v7},
    world::World,
};

/// So many rooms take part.
const ROOMS: usize = 3;
const PAIRS: usize = 30;

const NAMES: [&str; 30] = [
    "Acorn", "Bandit", "Cassia", "Domino", "Ember", "Fennel", "Gizmo", "Hazel", "Indigo", "Jasper", "Kestrel", "Lotus",
    "Maple", "Nimbus", "Olive", "Pumpkin", "Quincy", "Rowan", "Saffron", "Truffle", "Umber", "Velvet", "Willow",
    "Xanthe", "Yarrow", "Ziggy", "Almond", "Bracken", "Cinder", "Dusty",
];

/// A day whose truth is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlantedDay {
    /// In the practice's zone.
    pub date: NaiveDate,
    /// Appointment and record: beyond doubt by room, time and name.
    pub pairs: Vec<(i64, String)>,
    /// What needs a person's eye.
    pub traps: Vec<Trap>,
}

/// Appointments and records that may be taken for each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trap {
    /// In one word.
    pub name: &'static str,
    /// All that take part.
    pub appointments: Vec<i64>,
    /// All that take part.
    pub records: Vec<String>,
    /// Those that do belong together, though nobody can tell from room, time and name alone.
    pub truly: Vec<(i64, String)>,
}

/// Plants at one place of one clinic.
pub(super) struct Planter<'a> {
    pub world: &'a mut World,
    pub practice: &'a mut Practice,
    pub now: DateTime<Utc>,
}

impl Planter<'_> {
    /// Thirty pairs and six traps; none when the clinic has too few rooms.
    pub(super) fn day(&mut self, date: NaiveDate) -> Option<PlantedDay> {
        if self.practice.rooms.len() < ROOMS || self.world.rooms.len() < ROOMS {
            return None;
        }
        let mut pairs = Vec::new();
        for (turn, name) in NAMES.into_iter().enumerate().take(PAIRS) {
            let minutes = (turn / ROOMS) as i64 * 40;
            let starts_at = at(self.practice.zone, date, 8, 0)? + Duration::minutes(minutes);
            pairs.push(self.pair(name, turn % ROOMS, starts_at, turn));
        }
        Some(PlantedDay { date, pairs, traps: self.traps(date)? })
    }

    /// Six hours from midnight, so that a change of the clocks falls into them; every half hour one pair.
    pub(super) fn night(&mut self, date: NaiveDate) -> Option<PlantedDay> {
        let midnight = self.practice.zone.moment(date.and_hms_opt(0, 0, 0)?)?;
        let mut pairs = Vec::new();
        for (turn, name) in NAMES.into_iter().enumerate().take(12) {
            pairs.push(self.pair(name, turn % ROOMS, midnight + Duration::minutes(turn as i64 * 30), turn));
        }
        Some(PlantedDay { date, pairs, traps: Vec::new() })
    }

    fn pair(&mut self, name: &str, room: usize, starts_at: DateTime<Utc>, turn: usize) -> (i64, String) {
        let appointment = self.book(name, turn, room, starts_at);
        let late = 2 + turn as i64 % 5;
        let record = self.record(name, room, starts_at + Duration::minutes(late), 14 + turn as i64 % 9);
        (appointment, record)
    }

    fn traps(&mut self, date: NaiveDate) -> Option<Vec<Trap>> {
        let zone = self.practice.zone;
        let hour = |hour: u32| at(zone, date, hour, 0);
        Some(vec![
            self.same_name(hour(15)?),
            self.room_change(hour(16)?),
            self.no_show(hour(16)?),
            self.walk_in(hour(17)?),
            self.cancelled(hour(17)?),
            self.failed(hour(17)?),
        ])
    }

    /// Two of one name at one time in two rooms, and both were seen in the third.
    fn same_name(&mut self, at: DateTime<Utc>) -> Trap {
        let one = self.book("Bella", 0, 0, at);
        let other = self.book("Bella", 1, 1, at);
        let first = self.record("Bella", 2, at + Duration::minutes(3), 10);
        let second = self.record("Bella", 2, at + Duration::minutes(16), 12);
        let truly = vec![(one, first.clone()), (other, second.clone())];
        Trap { name: "same name", appointments: vec![one, other], records: vec![first, second], truly }
    }

    fn room_change(&mut self, at: DateTime<Utc>) -> Trap {
        let appointment = self.book("Juniper", 2, 0, at);
        let record = self.record("Juniper", 1, at + Duration::minutes(4), 15);
        let truly = vec![(appointment, record.clone())];
        Trap { name: "room change", appointments: vec![appointment], records: vec![record], truly }
    }

    /// Nobody came, and somebody else was seen in the room meanwhile.
    fn no_show(&mut self, at: DateTime<Utc>) -> Trap {
        let appointment = self.book("Marlow", 3, 2, at);
        let record = self.record("Pepper", 2, at + Duration::minutes(5), 15);
        Trap { name: "no-show", appointments: vec![appointment], records: vec![record], truly: Vec::new() }
    }

    fn walk_in(&mut self, at: DateTime<Utc>) -> Trap {
        let record = self.record("Nutmeg", 2, at + Duration::minutes(10), 12);
        Trap { name: "walk-in", appointments: Vec::new(), records: vec![record], truly: Vec::new() }
    }

    /// Cancelled, and came all the same.
    fn cancelled(&mut self, at: DateTime<Utc>) -> Trap {
        let appointment = self.book("Sorrel", 4, 0, at);
        if let Some(known) = self.practice.appointment_mut(appointment) {
            known.is_cancelled = true;
            known.cancelled_at = Some(known.updated_at);
        }
        let record = self.record("Sorrel", 0, at + Duration::minutes(3), 15);
        let truly = vec![(appointment, record.clone())];
        Trap { name: "cancelled", appointments: vec![appointment], records: vec![record], truly }
    }

    /// Never written into the practice's book, so nobody was booked; the animal was there.
    fn failed(&mut self, at: DateTime<Utc>) -> Trap {
        let appointment = self.book("Bramble", 5, 1, at);
        if let Some(known) = self.practice.appointment_mut(appointment) {
            known.is_written = false;
        }
        let record = self.record("Bramble", 1, at + Duration::minutes(5), 15);
        Trap { name: "failed insertion", appointments: vec![appointment], records: vec![record], truly: Vec::new() }
    }

    fn book(&mut self, name: &str, owner: usize, room: usize, starts_at: DateTime<Utc>) -> i64 {
        let surname = SURNAMES.get(owner % SURNAMES.len()).copied().unwrap_or("Hughes");
        let patient = self.practice.add_patient(name, surname, self.now);
        let room = self.practice.room_id(room);
        let booked_at = self.now.min(starts_at) - Duration::days(2);
        self.practice.add(Appointment { patient: Some(patient), room, ..ordinary(starts_at, 30, booked_at) })
    }

    fn record(&mut self, name: &str, room: usize, from: DateTime<Utc>, minutes: i64) -> String {
        let from_ms = from.timestamp_millis();
        let seed = self.world.random.u64(..);
        let patient = self.world.patients.len();
        self.world.patients.push(Patient {
            id: uuid_v7(self.now.timestamp_millis(), &mut self.world.random),
            name: name.to_owned(),
            species: "Dog".to_owned(),
            breed: "Mixed".to_owned(),
            sex: "Female".to_owned(),
        });
        let people = (self.world.rooms.len(), self.world.vets.len(), self.world.patients.len());
        let mut record = generated::record(from_ms, seed, people);
        record.kind = Kind::CombinedClinicConv;
        record.room = Some(room);
        record.patient = Some(patient);
        record.to_ms = from_ms + minutes * 60_000;
        self.world.appear(record, Stage::Done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulator::nexhealth::{Setup, plan};
    use chrono::TimeZone as _;

    fn planted(night: bool, date: &str) -> (World, Practice, PlantedDay) {
        let date: NaiveDate = date.parse().unwrap();
        let now = Utc.from_utc_datetime(&date.and_hms_opt(20, 0, 0).unwrap());
        let mut world = generated::world(0, 4, now);
        let mut practice = plan::practice(&Setup::default(), &world, now);
        let mut planter = Planter { world: &mut world, practice: &mut practice, now };
        let day = if night { planter.night(date) } else { planter.day(date) };
        (world, practice, day.unwrap())
    }

    #[test]
    fn every_pair_shares_room_name_and_time_with_nobody_else() {
        let (world, practice, day) = planted(false, "2026-02-20");
        assert_eq!((day.pairs.len(), day.traps.len()), (30, 6));
        for (appointment, record) in &day.pairs {
            let booked = practice.appointment(*appointment).unwrap();
            let seen = world.find(record).unwrap();
            assert_eq!(practice.room_id(seen.room.unwrap()), booked.room);
            assert!(
                (booked.starts_at..booked.ends_at).contains(&DateTime::from_timestamp_millis(seen.from_ms).unwrap())
            );
            let in_room = |known: &&Appointment| known.room == booked.room && known.id != booked.id;
            let overlaps = |known: &Appointment| known.starts_at < booked.ends_at && booked.starts_at < known.ends_at;
            assert!(!practice.appointments.iter().filter(in_room).any(overlaps), "{booked:?}");
        }
    }

    #[test]
    fn a_night_of_changing_clocks_has_one_hour_twice_or_not_at_all() {
        let local = |date: &str| -> Vec<String> {
            let (_, practice, day) = planted(true, date);
            let starts = day.pairs.iter().map(|(id, _)| practice.appointment(*id).unwrap().starts_at);
            starts.map(|at| practice.zone.local(at).format("%H:%M").to_string()).collect()
        };
        let autumn = local("2026-10-25");
        assert_eq!(autumn.iter().filter(|time| *time == "01:30").count(), 2);
        let spring = local("2026-03-29");
        assert!(spring.contains(&"00:30".to_owned()) && !spring.iter().any(|time| time.starts_with("01:")));
    }
}
