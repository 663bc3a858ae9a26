//! News of the rooms, the consultations of the day and the appointments.

use super::command::NexHealthRequest;
use super::event::{BoardEvent, BoardKnown, DayRows, Unsaved};
use super::{BoardState, Facts};
use crate::domain::Zone;
use crate::domain::live::{Appointment, Happening, LiveEvent, Scheme};
use crate::state::State;
use crate::state::request::Request;
use chrono::TimeDelta;

/// What events told longer ago than this shows nowhere any more.
pub(super) const REMEMBERED: TimeDelta = TimeDelta::days(8);

impl State {
    pub(in crate::state) fn apply_board(&mut self, event: BoardEvent) -> Vec<Request> {
        match event {
            BoardEvent::Known(known) => return self.learn_board(*known),
            BoardEvent::Devices { devices, at } => {
                self.board.facts.devices = devices;
                self.board.facts.devices_at = self.board.facts.devices_at.max(Some(at));
                self.board.learn_rooms();
                self.lay_out_board();
            }
            BoardEvent::Day { sequence, rows } => return self.take_day(sequence, *rows),
            BoardEvent::Appointments(appointments) => return self.hear_appointments(appointments),
            BoardEvent::Names(names) => {
                if self.board.facts.book.learn(&names.patients, &names.rooms, self.now) {
                    self.lay_out_board();
                }
            }
            BoardEvent::NotSaved { what, problem } => {
                self.take_back_unsaved(what);
                self.notices.report(&problem, self.now);
            }
            BoardEvent::NexHealth(event) => {
                self.apply_nexhealth(event);
                return self.ask_for_names();
            }
        }
        Vec::new()
    }

    /// What webhooks told, in any order and any number of times.
    pub(in crate::state) fn hear_events(&mut self, events: &[LiveEvent]) -> Vec<Request> {
        let mut appointments = Vec::new();
        let mut is_changed = false;
        for event in events {
            is_changed |= self.board.facts.board.take(event);
            if event.scheme == Scheme::NexHealth {
                let last = &mut self.board.nexhealth.last_message;
                *last = (*last).max(Some(event.received_at));
            }
            if let Happening::Appointment(told) | Happening::AppointmentFailed(told) = &event.what {
                appointments.push((**told).clone());
            }
        }
        if is_changed {
            self.lay_out_board();
        }
        self.hear_appointments(appointments)
    }

    fn learn_board(&mut self, known: BoardKnown) -> Vec<Request> {
        let facts = &mut self.board.facts;
        facts.devices = known.devices;
        facts.devices_at = known.devices_at;
        facts.names = known.names;
        facts.decisions = known.decisions;
        facts.board.forget_before(self.now - REMEMBERED);
        self.board.learn_rooms();
        self.hear_events(&known.events)
    }

    fn take_day(&mut self, sequence: u64, rows: DayRows) -> Vec<Request> {
        if sequence != self.board.sequence {
            return Vec::new();
        }
        self.board.is_loading = false;
        self.board.answered = self.board.asked;
        let appointments = rows.appointments.clone();
        self.board.facts.rows = rows;
        let mut requests = self.hear_appointments(appointments);
        self.lay_out_board();
        requests.extend(self.ask_for_names());
        requests
    }

    /// The first appointments tell the practice's zone; a day of another zone is another day.
    fn hear_appointments(&mut self, appointments: Vec<Appointment>) -> Vec<Request> {
        let book = &mut self.board.facts.book;
        let changes = appointments.into_iter().filter_map(|told| book.take(told).then_some(())).count();
        if changes == 0 {
            return Vec::new();
        }
        let zone = self.board.facts.book.zone().and_then(Zone::named);
        let is_other = zone.is_some() && zone != self.board.zone;
        self.board.zone = zone.or(self.board.zone);
        self.lay_out_board();
        let mut requests = self.ask_for_names();
        if is_other && self.board.is_followed {
            requests.extend(self.ask_for_day());
        }
        requests
    }

    /// Messages and readings tell patients by number; the names of the day that shows are asked for, each once.
    pub(super) fn ask_for_names(&mut self) -> Vec<Request> {
        if !self.board.nexhealth.is_connected() {
            return Vec::new();
        }
        let Some(span) = self.board.asked.and_then(|day| self.board.zone_or(self.zone).day(day)) else {
            return Vec::new();
        };
        let mut unnamed = self.board.facts.book.unnamed_patients(&span);
        unnamed.retain(|id| self.board.asked_names.insert(*id));
        if unnamed.is_empty() {
            return Vec::new();
        }
        vec![Request::NexHealth(NexHealthRequest::Names(unnamed.into_iter().collect()))]
    }

    fn take_back_unsaved(&mut self, what: Unsaved) {
        let facts = &mut self.board.facts;
        match what {
            Unsaved::Decision(decision) => {
                facts.decisions.drop(&decision);
                self.board.last_said = self.board.last_said.take().filter(|said| *said != decision);
            }
            Unsaved::TakenBack(decision) => facts.decisions.take(&decision),
            Unsaved::RoomName(device) => {
                let before = self.board.renamed.take().filter(|(renamed, _)| *renamed == device);
                match before.and_then(|(_, name)| name) {
                    Some(name) => drop(facts.names.insert(device, name)),
                    None => drop(facts.names.remove(&device)),
                }
                self.board.learn_rooms();
            }
        }
        self.lay_out_board();
    }
}

impl BoardState {
    /// Nothing of a clinic stays. A late answer to what was asked before must not fit what is asked afterwards.
    pub(in crate::state) fn forget(&mut self) {
        *self = Self { sequence: self.sequence + 1, facts: Facts::default(), ..Self::default() };
    }
}
