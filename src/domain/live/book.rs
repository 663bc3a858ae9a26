//! The appointment book as NexHealth tells it, one appointment each: by messages and by reading, in any order and any
//! number of times. The newest telling holds. Names of patients and rooms are remembered beside it, because not every
//! telling repeats them.

use super::appointment::{Appointment, AppointmentId, Booking};
use chrono::{DateTime, Utc};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct AppointmentBook {
    all: BTreeMap<AppointmentId, Appointment>,
    patients: Names,
    providers: Names,
    rooms: Names,
}

type Names = BTreeMap<i64, (DateTime<Utc>, String)>;

impl AppointmentBook {
    /// Takes a telling in; says whether the book can look different by it.
    pub fn take(&mut self, told: Appointment) -> bool {
        let at = told.updated_at;
        let named = note(&mut self.patients, told.patient_id, told.patient_name.as_deref(), at)
            | note(&mut self.providers, told.provider_id, told.provider_name.as_deref(), at)
            | note(&mut self.rooms, told.operatory_id, told.operatory_name.as_deref(), at);
        match self.all.get_mut(&told.id) {
            Some(known) if is_newer(&told, known) => {
                *known = told;
                true
            }
            Some(_) => named,
            None => {
                self.all.insert(told.id, told);
                true
            }
        }
    }

    /// Names that were told apart from appointments; says whether the book can look different by them.
    pub fn learn(&mut self, patients: &[(i64, String)], rooms: &[(i64, String)], at: DateTime<Utc>) -> bool {
        let mut is_changed = false;
        for (id, name) in patients {
            is_changed |= note(&mut self.patients, Some(*id), Some(name), at);
        }
        for (id, name) in rooms {
            is_changed |= note(&mut self.rooms, Some(*id), Some(name), at);
        }
        is_changed
    }

    /// Patients with an appointment in a span whose name nobody has told.
    pub fn unnamed_patients(&self, span: &Range<DateTime<Utc>>) -> BTreeSet<i64> {
        let is_in = |one: &&Appointment| one.starts_at.is_some_and(|at| span.contains(&at));
        self.all
            .values()
            .filter(is_in)
            .filter_map(|one| one.patient_id)
            .filter(|id| !self.patients.contains_key(id))
            .collect()
    }

    pub fn get(&self, id: AppointmentId) -> Option<Appointment> {
        self.all.get(&id).map(|known| self.named(known))
    }

    /// Those that begin within a span, by their beginning.
    pub fn within(&self, span: &Range<DateTime<Utc>>) -> Vec<Appointment> {
        let is_in = |one: &&Appointment| one.starts_at.is_some_and(|at| span.contains(&at));
        let mut found: Vec<Appointment> = self.all.values().filter(is_in).map(|one| self.named(one)).collect();
        found.sort_by_key(|one| (one.starts_at, one.id));
        found
    }

    pub fn all(&self) -> impl Iterator<Item = &Appointment> {
        self.all.values()
    }

    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// The zone most appointments name; of several equally frequent ones the first by name.
    pub fn zone(&self) -> Option<&str> {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for zone in self.all.values().filter_map(|one| one.zone.as_deref()) {
            *counts.entry(zone).or_default() += 1;
        }
        counts.into_iter().max_by(|one, other| one.1.cmp(&other.1).then(other.0.cmp(one.0))).map(|(zone, _)| zone)
    }

    fn named(&self, known: &Appointment) -> Appointment {
        let mut one = known.clone();
        fill(&mut one.patient_name, &self.patients, known.patient_id);
        fill(&mut one.provider_name, &self.providers, known.provider_id);
        fill(&mut one.operatory_name, &self.rooms, known.operatory_id);
        one
    }
}

/// Of two tellings of one moment a failure outranks a booking: what could not be booked is never shown as booked.
/// Everything after that only makes the order a total one.
pub fn is_newer(told: &Appointment, known: &Appointment) -> bool {
    let rank = |one: &Appointment| match one.booking {
        Booking::Booked => 0,
        Booking::Block => 1,
        Booking::Failed => 2,
        Booking::Cancelled => 3,
    };
    let numbers = |one: &Appointment| {
        (one.updated_at, rank(one), one.starts_at, one.ends_at, one.patient_id, one.provider_id, one.operatory_id)
    };
    let texts = |one: &Appointment| {
        (
            one.patient_name.clone(),
            one.operatory_name.clone(),
            one.provider_name.clone(),
            one.zone.clone(),
            one.note.clone(),
        )
    };
    let order = numbers(told).cmp(&numbers(known));
    order.then_with(|| told.location_id.cmp(&known.location_id)).then_with(|| texts(told).cmp(&texts(known)))
        == Ordering::Greater
}

/// The newest name of a number holds; of one moment the last by its letters.
fn note(names: &mut Names, id: Option<i64>, name: Option<&str>, at: DateTime<Utc>) -> bool {
    let (Some(id), Some(name)) = (id, name.map(str::trim).filter(|name| !name.is_empty())) else { return false };
    let new = (at, name.to_owned());
    match names.get_mut(&id) {
        Some(known) if *known < new => {
            let is_other = known.1 != new.1;
            *known = new;
            is_other
        }
        Some(_) => false,
        None => {
            names.insert(id, new);
            true
        }
    }
}

fn fill(name: &mut Option<String>, names: &Names, id: Option<i64>) {
    if name.as_deref().is_none_or(|name| name.trim().is_empty()) {
        *name = id.and_then(|id| names.get(&id)).map(|(_, name)| name.clone());
    }
}

#[cfg(test)]
#[path = "book_tests.rs"]
mod tests;
