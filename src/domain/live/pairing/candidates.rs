//! Which recordings an appointment could have been, and what is beyond doubt among them.

use super::names::{self, NameFit};
use super::{Pair, PairingInput, Unclear, WhyOpen};
use crate::domain::live::AppointmentId;
use crate::domain::live::appointment::{Appointment, Booking};
use crate::domain::live::rooms::{Directory, RoomKey};
use crate::domain::{Consultation, ConsultationKey, PatientId};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A recording may begin so long before its appointment or end so long after it, and still be of its time.
const SLACK: TimeDelta = TimeDelta::minutes(10);
/// Within this distance a recording of the same name could be meant as well, in whichever room.
const NEAR: TimeDelta = TimeDelta::minutes(90);

/// An appointment with what is compared.
pub(super) struct Slot<'a> {
    appointment: &'a Appointment,
    room: RoomKey,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    words: BTreeSet<String>,
}

impl<'a> Slot<'a> {
    /// Blocks are nobody's visit; without a beginning nothing can be compared.
    pub(super) fn new(appointment: &'a Appointment, directory: &Directory) -> Option<Self> {
        if appointment.booking == Booking::Block {
            return None;
        }
        let from = appointment.starts_at?;
        let room = directory.of_name(appointment.operatory_name.as_deref().unwrap_or("")).key;
        let words = names::words(appointment.patient_name.as_deref().unwrap_or(""));
        Some(Self { appointment, room, from, until: super::end_of(appointment)?, words })
    }

    fn id(&self) -> AppointmentId {
        self.appointment.id
    }

    fn is_booked(&self) -> bool {
        self.appointment.booking == Booking::Booked
    }

    /// Whether the recording could have been this one. What was cancelled is only in question at its own time.
    fn rivals_for(&self, visit: &Visit<'_>) -> bool {
        let fit = Fit::of(self, visit);
        fit.is_possible() && (self.is_booked() || fit.is_in_time)
    }
}

/// A recording with what is compared.
pub(super) struct Visit<'a> {
    row: &'a Arc<Consultation>,
    room: RoomKey,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    words: BTreeSet<String>,
}

impl<'a> Visit<'a> {
    pub(super) fn new(row: &'a Arc<Consultation>, directory: &Directory) -> Self {
        let room = row.room.as_ref().map_or_else(RoomKey::nowhere, |room| directory.of_room(room).key);
        let name = row.patient.as_ref().and_then(|patient| patient.name.as_deref());
        let until = row.ended_at.map_or(row.started_at, |ended| ended.max(row.started_at));
        Self { row, room, from: row.started_at, until, words: names::words(name.unwrap_or("")) }
    }

    fn key(&self) -> &ConsultationKey {
        &self.row.key
    }

    fn patient(&self) -> Option<&PatientId> {
        self.row.patient.as_ref().map(|patient| &patient.id)
    }
}

/// What an appointment and a recording have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fit {
    is_in_time: bool,
    is_near: bool,
    is_same_room: bool,
    name: NameFit,
}

impl Fit {
    fn of(slot: &Slot<'_>, visit: &Visit<'_>) -> Self {
        let within = |slack: TimeDelta| visit.from <= slot.until + slack && visit.until >= slot.from - slack;
        if !within(NEAR) {
            // Most of a day: nothing else has to be compared.
            return Self { is_in_time: false, is_near: false, is_same_room: false, name: NameFit::Other };
        }
        Self {
            is_in_time: within(SLACK),
            is_near: true,
            is_same_room: slot.room == visit.room && !slot.room.is_nowhere(),
            name: names::fit(&slot.words, &visit.words),
        }
    }

    /// All three agree.
    fn is_full(self) -> bool {
        self.is_in_time && self.is_same_room && self.name == NameFit::Same
    }

    /// It could be meant: its name fits or is not known, and its time is not far off; or it was in that room at that
    /// time and nothing but an unsure name speaks against it.
    fn is_possible(self) -> bool {
        match self.name {
            NameFit::Same => self.is_near,
            NameFit::Unsure | NameFit::Missing => self.is_in_time && self.is_same_room,
            NameFit::Other => false,
        }
    }

    /// Worth showing to a person.
    fn is_candidate(self) -> bool {
        self.is_possible() || (self.is_in_time && self.is_same_room)
    }
}

pub(super) struct Judged {
    pub(super) pairs: Vec<Pair>,
    pub(super) appointments: Vec<Unclear>,
    pub(super) recordings: Vec<Unclear>,
}

/// What is left after what persons said, and which of it is beyond doubt.
pub(super) fn judge(slots: &[Slot<'_>], visits: &[Visit<'_>], input: PairingInput<'_>) -> Judged {
    let decided = input.decisions;
    let is_said =
        |id: AppointmentId| decided.no_shows.contains(&id) || decided.pairs.values().any(|paired| *paired == id);
    let slots: Vec<&Slot<'_>> = slots.iter().filter(|slot| !is_said(slot.id())).collect();
    let is_told = |key: &ConsultationKey| decided.walk_ins.contains(key) || decided.pairs.contains_key(key);
    let visits: Vec<&Visit<'_>> = visits.iter().filter(|visit| !is_told(visit.key())).collect();
    let shared = shared_names(&slots, &visits, input.namesakes);
    let is_sure = |slot: &Slot<'_>, visit: &Visit<'_>| {
        slot.is_booked()
            && Fit::of(slot, visit).is_full()
            && visits.iter().filter(|other| Fit::of(slot, other).is_possible()).count() == 1
            && slots.iter().filter(|other| other.rivals_for(visit)).count() == 1
            && !visit.words.iter().any(|word| shared.contains(word))
    };
    let mut pairs = Vec::new();
    for slot in &slots {
        for visit in visits.iter().filter(|visit| is_sure(slot, visit)) {
            pairs.push(Pair { appointment: slot.id(), recording: visit.key().clone(), by_person: false });
        }
    }
    let is_left = |slot: &&&Slot<'_>| slot.is_booked() && pairs.iter().all(|pair| pair.appointment != slot.id());
    let appointments = slots.iter().filter(is_left).map(|slot| open_slot(slot, &visits, &pairs)).collect();
    let is_alone = |visit: &&&Visit<'_>| pairs.iter().all(|pair| pair.recording != *visit.key());
    let recordings = visits.iter().filter(is_alone).map(|visit| open_visit(visit, &slots, &pairs)).collect();
    Judged { pairs, appointments, recordings }
}

/// Words of patients' names by which two different animals of the day, or of the clinic, could be meant.
fn shared_names(slots: &[&Slot<'_>], visits: &[&Visit<'_>], namesakes: &BTreeSet<String>) -> BTreeSet<String> {
    let mut shared: BTreeSet<String> = namesakes.iter().flat_map(|name| names::words(name)).collect();
    let mut carriers: BTreeMap<&str, BTreeSet<&PatientId>> = BTreeMap::new();
    for visit in visits {
        for word in visit.words.iter().filter(|_| visit.patient().is_some()) {
            carriers.entry(word).or_default().extend(visit.patient());
        }
    }
    shared.extend(carriers.into_iter().filter(|(_, who)| who.len() > 1).map(|(word, _)| word.to_owned()));
    let mut booked: BTreeMap<&str, Vec<&Slot<'_>>> = BTreeMap::new();
    for slot in slots {
        for word in &slot.words {
            booked.entry(word).or_default().push(slot);
        }
    }
    for visit in visits {
        // Two bookings of different people that could both be this patient's.
        let of_word = visit.words.first().and_then(|word| booked.get(word.as_str()));
        let fits = |slot: &&&Slot<'_>| names::fit(&slot.words, &visit.words) == NameFit::Same;
        let people: BTreeSet<Option<i64>> =
            of_word.into_iter().flatten().filter(fits).map(|slot| slot.appointment.patient_id).collect();
        if people.len() > 1 {
            shared.extend(visit.words.iter().cloned());
        }
    }
    shared
}

fn open_slot(slot: &Slot<'_>, visits: &[&Visit<'_>], pairs: &[Pair]) -> Unclear {
    let is_free = |visit: &&&Visit<'_>| pairs.iter().all(|pair| pair.recording != *visit.key());
    let found: Vec<(Fit, &ConsultationKey)> = visits
        .iter()
        .filter(is_free)
        .map(|visit| (Fit::of(slot, visit), visit.key()))
        .filter(|(fit, _)| fit.is_candidate())
        .collect();
    let fits: Vec<Fit> = found.iter().map(|(fit, _)| *fit).collect();
    Unclear::Appointment {
        appointment: slot.appointment.clone(),
        room: slot.room.clone(),
        why: why(&fits),
        candidates: found.into_iter().map(|(_, key)| key.clone()).collect(),
    }
}

fn open_visit(visit: &Visit<'_>, slots: &[&Slot<'_>], pairs: &[Pair]) -> Unclear {
    let is_free = |slot: &&&Slot<'_>| pairs.iter().all(|pair| pair.appointment != slot.id());
    let found: Vec<(Fit, &Slot<'_>)> = slots
        .iter()
        .filter(is_free)
        .map(|slot| (Fit::of(slot, visit), *slot))
        .filter(|(fit, _)| fit.is_candidate())
        .collect();
    let fits: Vec<Fit> = found.iter().map(|(fit, _)| *fit).collect();
    let is_unbooked = !found.is_empty() && found.iter().all(|(_, slot)| !slot.is_booked());
    Unclear::Recording {
        recording: Arc::clone(visit.row),
        room: visit.room.clone(),
        why: if is_unbooked { WhyOpen::NotBooked } else { why(&fits) },
        candidates: found.into_iter().map(|(_, slot)| slot.id()).collect(),
    }
}

fn why(fits: &[Fit]) -> WhyOpen {
    let possible: Vec<&Fit> = fits.iter().filter(|fit| fit.is_possible()).collect();
    match possible.as_slice() {
        [] if fits.is_empty() => WhyOpen::NoneFound,
        [] => WhyOpen::OtherName,
        [one] if !one.is_same_room => WhyOpen::OtherRoom,
        [one] if one.name == NameFit::Unsure => WhyOpen::OtherName,
        [one] if one.name == NameFit::Missing => WhyOpen::NoName,
        _ => WhyOpen::Several,
    }
}
