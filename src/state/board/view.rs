//! Lays out what the Rooms screen shows from what is known: a few hundred rows, so it is done whenever something changed
//! while somebody looks.

use super::{BoardState, CheckRow, Choice, Subject};
use crate::domain::live::board::{Known, tiles};
use crate::domain::live::day::{Day, DayInput};
use crate::domain::live::pairing::{Decision, PairingInput, Reconciliation, Unclear};
use crate::domain::live::rooms::{Directory, RoomKey};
use crate::domain::live::{Appointment, AppointmentId, Booking};
use crate::domain::{Consultation, ConsultationKey, Zone};
use crate::state::State;
use chrono::{DateTime, Utc};
use std::sync::Arc;

impl State {
    /// Does nothing while nobody looks.
    pub(super) fn lay_out_board(&mut self) {
        if self.board.is_followed {
            let zone = self.board.zone_or(self.zone);
            let is_all_here = self.list.progress.is_complete;
            self.board.lay_out(zone, self.now);
            self.board.is_day_cut = !is_all_here && !self.board.facts.rows.is_complete;
        }
    }
}

impl BoardState {
    fn lay_out(&mut self, zone: Zone, now: DateTime<Utc>) {
        self.laid_out_at = Some(now);
        let facts = &self.facts;
        let known = Known { directory: &facts.directory, devices_at: facts.devices_at, rows: &facts.rows.recent };
        self.tiles = tiles(&facts.board, known, zone, now);
        let Some(date) = self.shown_date() else { return };
        let Some(span) = zone.day(date) else { return };
        let mut appointments = facts.book.within(&span);
        // Messages tell of every location of a practice.
        appointments.retain(|one| self.nexhealth.is_of_location(one.location_id));
        let rows: Vec<Arc<Consultation>> = facts
            .rows
            .day
            .iter()
            .filter(|row| span.contains(&row.started_at) && facts.board.counts(row))
            .cloned()
            .collect();
        let input = PairingInput {
            directory: &facts.directory,
            rows: &rows,
            appointments: &appointments,
            decisions: &facts.decisions,
            namesakes: &facts.rows.namesakes,
        };
        let reconciliation = Reconciliation::new(input, now);
        let input = DayInput {
            date,
            zone,
            board: &facts.board,
            directory: &facts.directory,
            rows: &rows,
            appointments: &appointments,
            reconciliation: &reconciliation,
        };
        let day = Day::new(input, now);
        let to_check: Vec<CheckRow> = reconciliation.to_check.iter().map(|unclear| self.check_row(unclear)).collect();
        self.has_appointments = !appointments.is_empty();
        self.to_check = to_check;
        self.reconciliation = reconciliation;
        // An equal day keeps its place, so that nothing that hangs on it is made anew.
        if self.day.as_deref() != day.as_ref() {
            self.day = day.map(Arc::new);
        }
    }

    /// The rows at hand are those of the day that was answered last.
    fn shown_date(&self) -> Option<chrono::NaiveDate> {
        self.answered.or(self.asked)
    }

    fn check_row(&self, unclear: &Unclear) -> CheckRow {
        let (subject, appointment, recording, candidates) = match unclear {
            Unclear::Appointment { appointment, candidates, .. } => {
                (Subject::Appointment(appointment.id), Some(appointment.clone()), None, candidates.len())
            }
            Unclear::Recording { recording, candidates, .. } => {
                (Subject::Recording(recording.key.clone()), None, Some(Arc::clone(recording)), candidates.len())
            }
        };
        let room = match (&appointment, &recording) {
            (Some(appointment), _) => booked_room(&self.facts.directory, appointment),
            (None, Some(recording)) => recorded_room(&self.facts.directory, recording),
            (None, None) => String::new(),
        };
        CheckRow { subject, at: unclear.at(), room, appointment, recording, why: unclear.why(), candidates }
    }

    /// What the rules think possible, as decisions.
    pub(super) fn likely(&self, subject: &Subject) -> Vec<Decision> {
        let of_appointment = |id: AppointmentId, found: &[ConsultationKey]| -> Vec<Decision> {
            found.iter().map(|key| Decision::Pair(id, key.clone())).collect()
        };
        self.reconciliation
            .to_check
            .iter()
            .find_map(|unclear| match (unclear, subject) {
                (Unclear::Appointment { appointment, candidates, .. }, Subject::Appointment(id))
                    if appointment.id == *id =>
                {
                    Some(of_appointment(*id, candidates))
                }
                (Unclear::Recording { recording, candidates, .. }, Subject::Recording(key))
                    if recording.key == *key =>
                {
                    Some(candidates.iter().map(|id| Decision::Pair(*id, key.clone())).collect())
                }
                _ => None,
            })
            .unwrap_or_default()
    }

    pub(super) fn free_recordings(&self, says: impl Fn(ConsultationKey) -> Decision) -> Vec<Choice> {
        let of_row = |recording: &Arc<Consultation>| Choice {
            decision: says(recording.key.clone()),
            at: recording.started_at,
            until: recording.ended_at,
            name: recording.headline().to_owned(),
            detail: recording.patient.as_ref().map(|patient| patient.description()).unwrap_or_default(),
            room: recorded_room(&self.facts.directory, recording),
            is_likely: false,
        };
        let unclear = self.to_check.iter().filter_map(|row| row.recording.as_ref());
        unclear.map(of_row).collect()
    }

    pub(super) fn free_appointments(&self, says: impl Fn(AppointmentId) -> Decision) -> Vec<Choice> {
        let is_free = |one: &&Appointment| {
            one.booking != Booking::Block
                && !self.reconciliation.is_recorded(one.id)
                && !self.reconciliation.is_no_show(one.id)
        };
        let of_one = |one: &Appointment| Choice {
            decision: says(one.id),
            at: one.starts_at.unwrap_or_default(),
            until: one.ends_at,
            name: one.patient_name.clone().unwrap_or_else(|| "Appointment".to_owned()),
            detail: detail_of(one),
            room: booked_room(&self.facts.directory, one),
            is_likely: false,
        };
        let span = self.day.as_ref().map(|day| day.span.clone());
        let appointments = span.map(|span| self.facts.book.within(&span)).unwrap_or_default();
        let is_here = |one: &&Appointment| self.nexhealth.is_of_location(one.location_id);
        appointments.iter().filter(is_free).filter(is_here).map(of_one).collect()
    }

    /// The recorders or their names changed.
    pub(super) fn learn_rooms(&mut self) {
        self.facts.directory = Directory::new(&self.facts.devices, self.facts.names.clone());
    }

    /// The name of a lane or tile, for a sentence.
    pub fn room_name(&self, room: &RoomKey) -> Option<&str> {
        let tile = self.tiles.iter().find(|tile| tile.room == *room).map(|tile| tile.name.as_str());
        tile.or_else(|| self.day.as_ref()?.lanes.iter().find(|lane| lane.room == *room).map(|lane| lane.name.as_str()))
    }
}

/// The appointment's note, and whether nobody was booked after all.
fn detail_of(appointment: &Appointment) -> String {
    let standing = match appointment.booking {
        Booking::Cancelled => Some("cancelled"),
        Booking::Failed => Some("failed"),
        Booking::Booked | Booking::Block => None,
    };
    let note = appointment.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    note.into_iter().chain(standing).collect::<Vec<_>>().join(", ")
}

fn booked_room(directory: &Directory, appointment: &Appointment) -> String {
    directory.of_name(appointment.operatory_name.as_deref().unwrap_or("")).name
}

fn recorded_room(directory: &Directory, recording: &Consultation) -> String {
    recording.room.as_ref().map_or_else(|| directory.of_name("").name, |room| directory.of_room(room).name)
}
