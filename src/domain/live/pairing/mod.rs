//! Which appointment was which recording, where that is beyond doubt; everything else stays for a person.
//! A pair needs one room, one time and one name, and nothing else that could be meant. A wrong pair is worse than none:
//! whatever could be explained in two ways is left open.

mod candidates;
mod names;

pub use names::NameFit;

use super::appointment::Appointment;
use super::rooms::{Directory, RoomKey};
use super::{AppointmentId, Booking};
use crate::domain::{Consultation, ConsultationKey, RecordKind};
use candidates::{Slot, Visit};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What persons said, on this computer. It stands above every rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decisions {
    /// Which appointment a recording was. One appointment may have been recorded in parts.
    pub pairs: BTreeMap<ConsultationKey, AppointmentId>,
    /// Nobody came.
    pub no_shows: BTreeSet<AppointmentId>,
    /// Recordings of visits that were not booked.
    pub walk_ins: BTreeSet<ConsultationKey>,
}

/// One thing that a person said. Saying another about the same takes its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    Pair(AppointmentId, ConsultationKey),
    NoShow(AppointmentId),
    WalkIn(ConsultationKey),
}

impl Decisions {
    pub fn take(&mut self, decision: &Decision) {
        match decision {
            Decision::Pair(appointment, key) => {
                self.no_shows.remove(appointment);
                self.walk_ins.remove(key);
                self.pairs.insert(key.clone(), *appointment);
            }
            Decision::NoShow(appointment) => {
                self.pairs.retain(|_, paired| paired != appointment);
                self.no_shows.insert(*appointment);
            }
            Decision::WalkIn(key) => {
                self.pairs.remove(key);
                self.walk_ins.insert(key.clone());
            }
        }
    }

    /// Takes one back.
    pub fn drop(&mut self, decision: &Decision) {
        match decision {
            Decision::Pair(appointment, key) => {
                if self.pairs.get(key) == Some(appointment) {
                    self.pairs.remove(key);
                }
            }
            Decision::NoShow(appointment) => drop(self.no_shows.remove(appointment)),
            Decision::WalkIn(key) => drop(self.walk_ins.remove(key)),
        }
    }
}

/// A day's appointments and recordings, set against each other.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconciliation {
    pub pairs: Vec<Pair>,
    /// By time; appointments before recordings of the same moment.
    pub to_check: Vec<Unclear>,
    no_shows: BTreeSet<AppointmentId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    pub appointment: AppointmentId,
    pub recording: ConsultationKey,
    /// Otherwise room, time and name left no doubt.
    pub by_person: bool,
}

/// Something that a person has to look at.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "a day has few of them")]
pub enum Unclear {
    Appointment { appointment: Appointment, room: RoomKey, why: WhyOpen, candidates: Vec<ConsultationKey> },
    Recording { recording: Arc<Consultation>, room: RoomKey, why: WhyOpen, candidates: Vec<AppointmentId> },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhyOpen {
    /// Nothing of that time fits.
    NoneFound,
    /// Something of that time and name is in another room.
    OtherRoom,
    /// Several could be meant, or the name belongs to several patients.
    Several,
    /// Room and time fit, and the names do not.
    OtherName,
    /// Room and time fit, and one side tells no name: a room's conversation, or a patient that is still asked for.
    NoName,
    /// What fits was cancelled or could not be booked.
    NotBooked,
}

impl WhyOpen {
    /// The words on screen, with the appointment or recording beside them.
    pub fn words(self) -> &'static str {
        match self {
            Self::NoneFound => "none found",
            Self::OtherRoom => "found in another room",
            Self::Several => "several could be meant",
            Self::OtherName => "names differ",
            Self::NoName => "a name is missing",
            Self::NotBooked => "was cancelled or not booked",
        }
    }
}

impl Unclear {
    pub fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Appointment { appointment, .. } => appointment.starts_at.unwrap_or_default(),
            Self::Recording { recording, .. } => recording.started_at,
        }
    }

    pub fn why(&self) -> WhyOpen {
        match self {
            Self::Appointment { why, .. } | Self::Recording { why, .. } => *why,
        }
    }

    pub fn room(&self) -> &RoomKey {
        match self {
            Self::Appointment { room, .. } | Self::Recording { room, .. } => room,
        }
    }
}

/// What is set against each other.
#[derive(Clone, Copy, Debug)]
pub struct PairingInput<'a> {
    pub directory: &'a Directory,
    /// Those of the day that still count.
    pub rows: &'a [Arc<Consultation>],
    pub appointments: &'a [Appointment],
    pub decisions: &'a Decisions,
    /// Folded names that several patients of the clinic carry.
    pub namesakes: &'a BTreeSet<String>,
}

/// How long after an appointment its recording is awaited: recorders upload late.
const PATIENCE: TimeDelta = TimeDelta::minutes(15);

impl Reconciliation {
    /// An appointment whose time has not passed is not unclear yet. Without any appointment there is nothing to check:
    /// a practice whose book tells nothing is not asked about every recording.
    pub fn new(input: PairingInput<'_>, now: DateTime<Utc>) -> Self {
        let slots: Vec<Slot<'_>> =
            input.appointments.iter().filter_map(|one| Slot::new(one, input.directory)).collect();
        let visits: Vec<Visit<'_>> =
            input.rows.iter().filter(|row| is_visit(row)).map(|row| Visit::new(row, input.directory)).collect();
        let mut pairs = said_pairs(input);
        let judged = candidates::judge(&slots, &visits, input);
        pairs.extend(judged.pairs);
        pairs.sort_by(|one, other| (one.appointment, &one.recording).cmp(&(other.appointment, &other.recording)));
        let mut to_check: Vec<Unclear> = Vec::new();
        if !input.appointments.is_empty() {
            to_check.extend(judged.appointments.into_iter().filter(|unclear| has_passed(unclear, now)));
            to_check.extend(judged.recordings);
        }
        to_check.sort_by_key(|unclear| (unclear.at(), matches!(unclear, Unclear::Recording { .. })));
        Self { pairs, to_check, no_shows: input.decisions.no_shows.clone() }
    }

    pub fn appointment_of(&self, key: &ConsultationKey) -> Option<AppointmentId> {
        self.pairs.iter().find(|pair| pair.recording == *key).map(|pair| pair.appointment)
    }

    pub fn is_recorded(&self, appointment: AppointmentId) -> bool {
        self.pairs.iter().any(|pair| pair.appointment == appointment)
    }

    pub fn is_no_show(&self, appointment: AppointmentId) -> bool {
        self.no_shows.contains(&appointment)
    }

    /// When time alone makes an appointment unclear.
    pub fn next_change(&self, appointments: &[Appointment], now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let is_open = |one: &&Appointment| {
            one.booking == Booking::Booked && !self.is_recorded(one.id) && !self.is_no_show(one.id)
        };
        appointments.iter().filter(is_open).filter_map(|one| Some(end_of(one)? + PATIENCE)).filter(|at| *at > now).min()
    }
}

fn said_pairs(input: PairingInput<'_>) -> Vec<Pair> {
    let is_of_the_day = |appointment: AppointmentId, key: &ConsultationKey| {
        input.appointments.iter().any(|one| one.id == appointment) || input.rows.iter().any(|row| row.key == *key)
    };
    let said = input.decisions.pairs.iter().filter(|(key, appointment)| is_of_the_day(**appointment, key));
    said.map(|(key, appointment)| Pair { appointment: *appointment, recording: key.clone(), by_person: true }).collect()
}

/// Recordings of a visit. A dictation, a call or a button press is none, and a conversation is not known to be one.
fn is_visit(row: &Consultation) -> bool {
    let is_room = matches!(
        row.kind,
        RecordKind::Consultation | RecordKind::ClinicConversation | RecordKind::RoomBatch | RecordKind::Other(_)
    );
    is_room && row.key.record_id().is_some()
}

fn has_passed(unclear: &Unclear, now: DateTime<Utc>) -> bool {
    match unclear {
        Unclear::Appointment { appointment, .. } => end_of(appointment).is_some_and(|end| end + PATIENCE <= now),
        Unclear::Recording { .. } => true,
    }
}

fn end_of(appointment: &Appointment) -> Option<DateTime<Utc>> {
    let from = appointment.starts_at?;
    Some(appointment.ends_at.filter(|end| *end > from).unwrap_or(from + super::day::USUAL_LENGTH))
}

#[cfg(test)]
mod tests;
