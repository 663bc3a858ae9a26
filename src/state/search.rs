//! Searching everything that is stored: the question, its last answer, and opening a hit at its line.
//! The looking up happens in the store, away from the window.

use super::command::{FindCommand, Pane, SearchCommand};
use super::event::SearchEvent;
use super::problem::Problem;
use super::reading::Place;
use super::request::{Request, SearchRequest};
use super::{Hit, OpenRecord, Route, State};
use crate::domain::{ConsultationKey, HitPlace, SearchHit, SearchQuery, SearchResults};
use std::sync::Arc;

/// Hits asked for at first and with every look at more: somewhat more than a window shows.
const STEP: usize = 12;
/// More are fetched by themselves when the selection comes so close to the end.
const NEAR_END: usize = 5;

#[derive(Debug, Default)]
pub struct SearchState {
    pub query: SearchQuery,
    pub results: Arc<SearchResults>,
    /// Index of the hit that Enter opens.
    pub selected: usize,
    pub problem: Option<Problem>,
    /// Counts up whenever the field should take the focus.
    pub focus: u64,
    /// Counts up when the selection moved by keys, so that the list scrolls to it.
    pub reveal: u64,
    pub(super) sequence: u64,
    /// The question that the results answer.
    pub(super) answered: u64,
    most: usize,
    /// The hit that was selected when the same question was asked again.
    kept: Option<ConsultationKey>,
    /// The consultation that was opened from here and what is marked in it; leaving it comes back.
    opened: Option<(ConsultationKey, String)>,
    /// Where to go in it once its notes are there.
    target: Option<(ConsultationKey, HitPlace)>,
}

impl SearchState {
    /// The answer to what is typed now has not come yet; what shows answers something older.
    pub fn is_waiting(&self) -> bool {
        self.answered < self.sequence
    }

    pub fn selected_hit(&self) -> Option<&SearchHit> {
        self.results.hits.get(self.selected)
    }

    /// Whether leaving this consultation leads back to what was found.
    /// Not while something else is being found in it.
    pub fn led_to(&self, record: &OpenRecord) -> bool {
        self.opened.as_ref().is_some_and(|(key, words)| {
            *key == record.key && record.find.as_ref().is_none_or(|find| find.text == *words)
        })
    }

    /// Another clinic: nothing that was looked for or found stays. A late answer fits no later question.
    pub(super) fn forget(&mut self) -> Request {
        let sequence = self.sequence + 1;
        let old = std::mem::replace(self, Self { sequence, answered: sequence, ..Self::default() });
        Request::Search(SearchRequest::Retire(old.results))
    }

    fn ask(&mut self) -> Vec<Request> {
        self.sequence += 1;
        self.problem = None;
        self.most = self.most.max(STEP);
        let (sequence, query, most) = (self.sequence, self.query.clone(), self.most);
        vec![Request::Search(SearchRequest::Find { sequence, query, most })]
    }

    /// Another question starts at its best hit.
    fn ask_anew(&mut self) -> Vec<Request> {
        self.most = STEP;
        self.kept = None;
        self.ask()
    }

    /// The same question again: the selection stays on its hit.
    fn ask_again(&mut self) -> Vec<Request> {
        self.kept = self.selected_hit().map(|hit| hit.consultation.key.clone());
        self.ask()
    }

    fn ask_more(&mut self) -> Vec<Request> {
        if !self.results.has_more || self.is_waiting() {
            return Vec::new();
        }
        self.most = self.results.hits.len() + STEP;
        self.ask_again()
    }

    fn move_by(&mut self, by: i32) -> Vec<Request> {
        let last = self.results.hits.len().saturating_sub(1);
        self.selected = self.selected.saturating_add_signed(by as isize).min(last);
        self.reveal += 1;
        if self.selected + NEAR_END > last { self.ask_more() } else { Vec::new() }
    }

    fn take(&mut self, results: Arc<SearchResults>) -> Vec<Request> {
        self.answered = self.sequence;
        let old = std::mem::replace(&mut self.results, results);
        let kept = self.kept.take();
        let at = kept.and_then(|key| self.results.hits.iter().position(|hit| hit.consultation.key == key));
        self.selected = at.unwrap_or(0);
        if at.is_none() {
            self.reveal += 1;
        }
        vec![Request::Search(SearchRequest::Retire(old))]
    }
}

impl State {
    pub(super) fn handle_search(&mut self, command: SearchCommand) -> Vec<Request> {
        let before = self.search.query.clone();
        let query = &mut self.search.query;
        match command {
            SearchCommand::Show => return self.show_search(),
            SearchCommand::More => return self.search.ask_more(),
            SearchCommand::Move(by) => return self.search.move_by(by),
            SearchCommand::Open(index) => return self.open_hit(index),
            SearchCommand::Text(text) => query.text = text,
            SearchCommand::Room(room) => query.room = room,
            SearchCommand::Patient(patient) => query.patient = patient,
            SearchCommand::Vet(vet) => query.vet = vet,
            SearchCommand::Period(period) => query.period = period,
            SearchCommand::Place(place) => query.place = place,
            SearchCommand::Speaker(speaker) => query.speaker = speaker,
            SearchCommand::ClearFilters => {
                *query = SearchQuery { text: std::mem::take(&mut query.text), ..SearchQuery::default() };
            }
        }
        if self.search.query == before { Vec::new() } else { self.search.ask_anew() }
    }

    /// What was found stays; it is asked again, because more may have been stored meanwhile.
    pub(super) fn show_search(&mut self) -> Vec<Request> {
        self.route = Route::Search;
        self.search.focus += 1;
        self.search.opened = None;
        self.search.ask_again()
    }

    /// Opens a hit's consultation where its sentence stands, with the words marked.
    fn open_hit(&mut self, index: usize) -> Vec<Request> {
        let Some(hit) = self.search.results.hits.get(index).cloned() else { return Vec::new() };
        let key = hit.consultation.key.clone();
        self.search.selected = index;
        let words = hit.marked.first().and_then(|range| hit.sentence.get(range.clone())).unwrap_or_default();
        self.search.opened = Some((key.clone(), words.to_owned()));
        self.search.target = Some((key.clone(), hit.place));
        self.route = Route::Consultations;
        let mut requests = self.select(key);
        self.list.reveal += 1;
        let Some(record) = &mut self.record else { return requests };
        record.consultation.get_or_insert_with(|| Arc::clone(&hit.consultation));
        record.pane = match hit.place {
            HitPlace::Section { .. } => Pane::Soap,
            HitPlace::Turn { .. } | HitPlace::Row => Pane::Transcript,
        };
        let finds = hit.place != HitPlace::Row && !words.is_empty();
        let find = if finds { FindCommand::Text(words.to_owned()) } else { FindCommand::Close };
        requests.extend(self.handle_find(find));
        self.aim_find();
        requests
    }

    /// Steps to the hit that was opened, once the notes are there.
    pub(super) fn aim_find(&mut self) {
        let Some((key, place)) = self.search.target.clone() else { return };
        let record = self.record.as_mut().filter(|record| record.key == key);
        let Some(find) = record.and_then(|record| record.find.as_mut()) else {
            self.search.target = None;
            return;
        };
        if find.hits.is_empty() {
            return;
        }
        let at = |hit: &Hit| is_at(hit, place, true);
        let exact = find.hits.iter().position(at);
        let near = || find.hits.iter().position(|hit| is_at(hit, place, false));
        find.current = exact.or_else(near).unwrap_or(0);
        find.reveal += 1;
        self.search.target = None;
    }

    pub(super) fn apply_search(&mut self, event: SearchEvent) -> Vec<Request> {
        match event {
            SearchEvent::Found { sequence, results } if sequence == self.search.sequence => self.search.take(results),
            SearchEvent::Found { results, .. } => vec![Request::Search(SearchRequest::Retire(results))],
            SearchEvent::Failed { sequence, problem } => {
                if sequence == self.search.sequence {
                    self.search.answered = sequence;
                    self.search.problem = Some(problem);
                }
                Vec::new()
            }
            SearchEvent::IndexGrew => {
                let is_shown = self.route == Route::Search && !self.search.is_waiting();
                if is_shown { self.search.ask_again() } else { Vec::new() }
            }
        }
    }
}

/// Whether a find hit stands in the turn or section, and at its byte if it must be `exact`.
fn is_at(hit: &Hit, place: HitPlace, exact: bool) -> bool {
    match (hit.place, place) {
        (Place::Turn(turn), HitPlace::Turn { index, at }) | (Place::Section(turn), HitPlace::Section { index, at }) => {
            turn == index && (!exact || hit.range.start == at)
        }
        _ => false,
    }
}

#[cfg(test)]
#[path = "search_tests.rs"]
mod tests;
