//! Wishes of the Rooms screen.

use super::command::{BoardCommand, BoardRequest, Subject};
use super::{Choice, Matching, Naming};
use crate::domain::live::pairing::Decision;
use crate::domain::{ConsultationKey, DeviceId};
use crate::state::request::Request;
use crate::state::{Dialog, Route, State};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use std::sync::Arc;

/// A name on this computer has at most so many characters; more does not fit a tile.
const LONGEST_NAME: usize = 40;

impl State {
    pub(in crate::state) fn handle_board(&mut self, command: BoardCommand) -> Vec<Request> {
        match command {
            BoardCommand::PreviousDay => self.step_day(-1),
            BoardCommand::NextDay => self.step_day(1),
            BoardCommand::Today => self.choose_day(None),
            BoardCommand::Day(date) => self.choose_day(Some(date)),
            BoardCommand::Open(key) => self.open_from_board(key),
            BoardCommand::AskRoomName(device) => {
                self.ask_room_name(device);
                Vec::new()
            }
            BoardCommand::NameRoom(device, name) => self.name_room(device, &name),
            BoardCommand::AskToMatch(subject) => {
                self.ask_to_match(&subject);
                Vec::new()
            }
            BoardCommand::Close => {
                self.close_board_dialog();
                Vec::new()
            }
            BoardCommand::Decide(decision) => self.decide(decision),
            BoardCommand::TakeBack(decision) => self.take_back_decision(decision),
            BoardCommand::NexHealth(command) => self.handle_nexhealth(command),
        }
    }

    /// Shows the rooms; what they do now is asked for anew.
    pub(in crate::state) fn show_rooms(&mut self) -> Vec<Request> {
        self.route = Route::Rooms;
        self.board.is_followed = true;
        self.ask_for_day()
    }

    /// Called when time passed: a day that ended is left for the next one, and nothing is followed behind other screens.
    pub(in crate::state) fn follow_the_board(&mut self) -> Vec<Request> {
        if !self.board.is_followed {
            return Vec::new();
        }
        if self.route != Route::Rooms {
            self.board.is_followed = false;
            return vec![Request::Board(BoardRequest::Rest)];
        }
        if self.board.chosen.is_none() && self.board.asked.is_some_and(|asked| asked != self.board_today()) {
            return self.ask_for_day();
        }
        if self.board.laid_out_at.is_some_and(|at| minute(at) != minute(self.now)) {
            self.lay_out_board();
        }
        Vec::new()
    }

    /// When time alone changes what the Rooms screen shows: once a minute while it shows today.
    pub(in crate::state) fn board_changes_at(&self) -> Option<DateTime<Utc>> {
        if !self.board.is_followed || self.route != Route::Rooms {
            return None;
        }
        let now = self.now;
        let tiles = self.board.tiles.iter().filter_map(|tile| tile.next_change(now)).min();
        let runs = self.board.tiles.iter().any(|tile| tile.status(now).is_running());
        let is_today = self.board.asked == Some(self.board_today());
        let next_minute = (runs || is_today).then(|| DateTime::UNIX_EPOCH + TimeDelta::minutes(minute(now) + 1));
        [tiles, next_minute].into_iter().flatten().min()
    }

    pub(super) fn board_today(&self) -> NaiveDate {
        self.board.zone_or(self.zone).local_time(self.now).date()
    }

    fn step_day(&mut self, by: i64) -> Vec<Request> {
        let from = self.board.asked.unwrap_or_else(|| self.board_today());
        match from.checked_add_signed(TimeDelta::days(by)) {
            Some(date) => self.choose_day(Some(date)),
            None => Vec::new(),
        }
    }

    fn choose_day(&mut self, date: Option<NaiveDate>) -> Vec<Request> {
        // Today stays today after midnight.
        self.board.chosen = date.filter(|date| *date != self.board_today());
        self.ask_for_day()
    }

    pub(super) fn ask_for_day(&mut self) -> Vec<Request> {
        let date = self.board.chosen.unwrap_or_else(|| self.board_today());
        let zone = self.board.zone_or(self.zone);
        self.board.facts.board.forget_before(self.now - super::apply::REMEMBERED);
        self.board.is_loading = self.board.day.as_ref().is_none_or(|day| day.date != date);
        self.board.asked = Some(date);
        self.board.sequence += 1;
        vec![Request::Board(BoardRequest::Follow { sequence: self.board.sequence, date, zone })]
    }

    /// Shows the consultation in its list; a filter that hides it there does not hide it here.
    fn open_from_board(&mut self, key: ConsultationKey) -> Vec<Request> {
        let row = self.board.facts.rows.day.iter().chain(&self.board.facts.rows.recent).find(|row| row.key == key);
        let row = row.map(Arc::clone);
        self.route = Route::Consultations;
        let mut requests = self.follow_the_board();
        requests.extend(self.select(key));
        self.list.reveal += 1;
        if let Some(record) = self.record.as_mut().filter(|record| record.consultation.is_none()) {
            record.consultation = row;
        }
        requests
    }

    fn ask_room_name(&mut self, device: DeviceId) {
        let directory = &self.board.facts.directory;
        let name = directory.names().get(&device).cloned().unwrap_or_default();
        let mut rooms: Vec<String> =
            self.board.tiles.iter().filter(|tile| tile.is_named).map(|tile| tile.name.clone()).collect();
        rooms.retain(|room| *room != name);
        rooms.dedup();
        self.board.naming = Some(Naming { device, name, rooms });
        self.dialog = Some(Dialog::RoomName);
    }

    fn name_room(&mut self, device: DeviceId, typed: &str) -> Vec<Request> {
        self.close_board_dialog();
        let name: String = typed.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect();
        let names = &mut self.board.facts.names;
        let before = if name.is_empty() { names.remove(&device) } else { names.insert(device.clone(), name.clone()) };
        if before.as_deref().unwrap_or_default() == name {
            return Vec::new();
        }
        self.board.renamed = Some((device.clone(), before));
        self.board.learn_rooms();
        self.lay_out_board();
        vec![Request::Board(BoardRequest::NameRoom { device, name })]
    }

    fn ask_to_match(&mut self, subject: &Subject) {
        let Some(row) = self.board.row(subject).cloned() else { return };
        let choices = self.board.choices(&row);
        self.board.matching = Some(Matching { row, choices });
        self.dialog = Some(Dialog::Match);
    }

    fn decide(&mut self, decision: Decision) -> Vec<Request> {
        self.close_board_dialog();
        self.board.facts.decisions.take(&decision);
        self.board.last_said = Some(decision.clone());
        self.lay_out_board();
        vec![Request::Board(BoardRequest::Decide(decision))]
    }

    fn take_back_decision(&mut self, decision: Decision) -> Vec<Request> {
        self.board.facts.decisions.drop(&decision);
        self.board.last_said = self.board.last_said.take().filter(|said| *said != decision);
        self.lay_out_board();
        vec![Request::Board(BoardRequest::TakeBack(decision))]
    }

    pub(super) fn close_board_dialog(&mut self) {
        self.board.naming = None;
        self.board.matching = None;
        if matches!(self.dialog, Some(Dialog::RoomName | Dialog::Match)) {
            self.dialog = None;
        }
    }
}

impl super::BoardState {
    /// What an unclear one could be: what fits first, then by how near its time is.
    fn choices(&self, row: &super::CheckRow) -> Vec<Choice> {
        let mut choices = match &row.subject {
            Subject::Appointment(id) => self.free_recordings(|key| Decision::Pair(*id, key)),
            Subject::Recording(key) => self.free_appointments(|id| Decision::Pair(id, key.clone())),
        };
        let likely = self.likely(&row.subject);
        for choice in &mut choices {
            choice.is_likely = likely.contains(&choice.decision);
        }
        choices.sort_by_key(|choice| (!choice.is_likely, (choice.at - row.at).abs(), choice.at));
        choices
    }
}

fn minute(at: DateTime<Utc>) -> i64 {
    at.timestamp().div_euclid(60)
}
