//! The list of consultations: what is shown, what is selected, how far loading has come.
//! Filtering itself happens in the catalog, away from the window; this holds its last answer.

use super::command::ListCommand;
use super::event::{ListEvent, Progress};
use super::problem::Problem;
use super::request::{ListRequest, Request};
use super::{OpenRecord, State};
use crate::domain::catalog::ViewSpec;
use crate::domain::{Consultation, ConsultationFilter, ConsultationKey, GroupBy, ListView, Zone};
use chrono::{DateTime, NaiveDate, Utc};
use std::sync::Arc;

#[derive(Debug)]
pub struct ListState {
    pub view: Arc<ListView>,
    /// A first view has arrived since signing in.
    pub has_view: bool,
    pub filter: ConsultationFilter,
    pub group_by: GroupBy,
    pub selected: Option<ConsultationKey>,
    /// Where the selected row stands in the view; `None` while the filter hides it.
    pub selected_index: Option<usize>,
    pub progress: Progress,
    pub problem: Option<Problem>,
    /// Counts up when the selection moved by keys or a filter, so that the list scrolls to it.
    pub reveal: u64,
    pub(super) sequence: u64,
    /// A view with this or a later sequence answers the filter that is set.
    awaited: u64,
    /// Where the selected row stood before it left the view, as when it was marked in a list of what is left to do:
    /// the next step goes on from there.
    left_at: Option<usize>,
    /// The sequence of the view that shows.
    shown: u64,
    /// The local day the last view was asked for: "Today" means another one after midnight.
    viewed_on: Option<NaiveDate>,
}

impl ListState {
    pub fn new(group_by: GroupBy) -> Self {
        Self {
            view: Arc::default(),
            has_view: false,
            filter: ConsultationFilter::default(),
            group_by,
            selected: None,
            selected_index: None,
            progress: Progress::default(),
            problem: None,
            reveal: 0,
            sequence: 0,
            awaited: 0,
            left_at: None,
            shown: 0,
            viewed_on: None,
        }
    }

    /// Asks for the view of the present filter.
    pub(super) fn view_request(&mut self, now: DateTime<Utc>, zone: Zone) -> Vec<Request> {
        self.sequence += 1;
        self.awaited = self.sequence;
        self.viewed_on = Some(zone.local_time(now).date());
        let spec = ViewSpec {
            filter: self.filter.clone(),
            group_by: self.group_by,
            selected: self.selected.clone(),
            now,
            zone,
        };
        vec![Request::List(ListRequest::View { sequence: self.sequence, spec })]
    }

    /// After midnight the same view is asked for anew.
    pub(super) fn follow_the_day(&mut self, now: DateTime<Utc>, zone: Zone) -> Vec<Request> {
        match self.viewed_on {
            Some(day) if day != zone.local_time(now).date() => self.view_request(now, zone),
            _ => Vec::new(),
        }
    }

    pub fn selected_row(&self) -> Option<&Arc<Consultation>> {
        let row = self.view.rows.get(self.selected_index?)?;
        (Some(&row.key) == self.selected.as_ref()).then_some(row)
    }

    /// `300 of 1,250 loaded` in numbers: loaded, and the total when the server tells.
    pub fn counts(&self) -> (usize, Option<usize>) {
        let loaded = self.progress.loaded;
        (loaded, self.progress.total.map(|total| total.max(loaded)))
    }

    /// Older ones exist on NxVET and are not loaded.
    pub fn can_look_further(&self) -> bool {
        !self.progress.is_complete
    }
}

impl State {
    pub(super) fn handle_list(&mut self, command: ListCommand) -> Vec<Request> {
        match command {
            ListCommand::Select(key) => self.select(key),
            ListCommand::Move(by) => self.move_selection(by),
            ListCommand::SelectFirst => self.select_index(0),
            ListCommand::SelectLast => self.select_index(self.list.view.rows.len().saturating_sub(1)),
            ListCommand::LookFurtherBack => vec![Request::List(ListRequest::LookFurtherBack)],
            ListCommand::StopLoading => {
                self.connection.waiting = None;
                vec![Request::List(ListRequest::Stop)]
            }
            ListCommand::PauseBackfill => vec![Request::List(ListRequest::PauseBackfill(true))],
            ListCommand::ResumeBackfill => vec![Request::List(ListRequest::PauseBackfill(false))],
            ListCommand::Refresh => {
                self.list.problem = None;
                vec![Request::List(ListRequest::Refresh)]
            }
            other => self.change_filter(other),
        }
    }

    fn change_filter(&mut self, command: ListCommand) -> Vec<Request> {
        let before = (self.list.filter.clone(), self.list.group_by);
        let filter = &mut self.list.filter;
        match command {
            ListCommand::FilterRoom(room) => filter.room = room,
            ListCommand::FilterPatient(patient) => filter.patient = patient,
            ListCommand::FilterVet(vet) => filter.vet = vet,
            ListCommand::FilterKind(kind) => filter.kind = kind,
            ListCommand::FilterPeriod(period) => filter.period = period,
            ListCommand::FilterMark(mark) => filter.mark = mark,
            ListCommand::FilterText(text) => filter.text = text,
            ListCommand::ClearFilters => *filter = ConsultationFilter::default(),
            ListCommand::GroupBy(group_by) => self.list.group_by = group_by,
            _ => return Vec::new(),
        }
        if before == (self.list.filter.clone(), self.list.group_by) {
            return Vec::new();
        }
        let mut requests = self.list.view_request(self.now, self.zone);
        if before.1 != self.list.group_by {
            self.settings.group_by = self.list.group_by.into();
            requests.push(Request::SaveSettings(self.settings.clone()));
        }
        requests
    }

    pub(super) fn select(&mut self, key: ConsultationKey) -> Vec<Request> {
        self.list.selected_index = self.list.view.rows.iter().position(|row| row.key == key);
        self.list.selected = Some(key.clone());
        if self.record.as_ref().is_some_and(|record| record.key == key) {
            return Vec::new();
        }
        let row = self.list.selected_row().cloned();
        self.open_record(key, row)
    }

    fn select_index(&mut self, index: usize) -> Vec<Request> {
        let Some(row) = self.list.view.rows.get(index) else { return Vec::new() };
        let (key, row) = (row.key.clone(), Arc::clone(row));
        self.list.selected = Some(key.clone());
        self.list.selected_index = Some(index);
        self.list.reveal += 1;
        if self.record.as_ref().is_some_and(|record| record.key == key) {
            return Vec::new();
        }
        self.open_record(key, Some(row))
    }

    fn move_selection(&mut self, by: i32) -> Vec<Request> {
        let last = self.list.view.rows.len().saturating_sub(1);
        let target = match (self.list.selected_index, self.list.left_at) {
            (Some(index), _) => index.saturating_add_signed(by as isize).min(last),
            // The row after the one that left stands where that one stood.
            (None, Some(left)) if by > 0 => left.saturating_add_signed(by as isize - 1).min(last),
            (None, Some(left)) => left.saturating_add_signed(by as isize).min(last),
            (None, None) => 0,
        };
        self.select_index(target)
    }

    pub(super) fn apply_list(&mut self, event: ListEvent) -> Vec<Request> {
        match event {
            ListEvent::ViewReady { sequence, view } => self.take_view(sequence, view),
            ListEvent::Progress(progress) => self.take_progress(progress),
            ListEvent::Failed(problem) => {
                self.list.problem = Some(problem);
                self.list.progress.loading = super::Loading::Idle;
                Vec::new()
            }
        }
    }

    /// Takes the newest view; an older one than the filter asks for is freed unseen.
    fn take_view(&mut self, sequence: u64, view: Arc<ListView>) -> Vec<Request> {
        if sequence < self.list.awaited {
            return vec![Request::List(ListRequest::Retire(view))];
        }
        let old = std::mem::replace(&mut self.list.view, view);
        self.list.has_view = true;
        let stood_at = self.list.selected_index;
        self.find_selected_again();
        // Under another filter the steps begin at the top.
        let is_same_question = std::mem::replace(&mut self.list.shown, sequence) == sequence;
        let left_at = stood_at.or(self.list.left_at);
        self.list.left_at = left_at.filter(|_| is_same_question && self.list.selected_index.is_none());
        self.refresh_open_row();
        vec![Request::List(ListRequest::Retire(old))]
    }

    /// The view was computed for the selection of its time; a selection made since is looked up.
    fn find_selected_again(&mut self) {
        let list = &mut self.list;
        let is_at = |index: usize| list.view.rows.get(index).map(|row| &row.key) == list.selected.as_ref();
        list.selected_index = match (list.view.selected_index, &list.selected) {
            (_, None) => None,
            (Some(index), _) if is_at(index) => Some(index),
            (_, Some(key)) => list.view.rows.iter().position(|row| row.key == *key),
        };
    }

    fn refresh_open_row(&mut self) {
        let row = self.list.selected_row().cloned();
        if let (Some(record), Some(row)) = (&mut self.record, row)
            && record.key == row.key
        {
            record.consultation = Some(row);
        }
    }

    fn take_progress(&mut self, progress: Progress) -> Vec<Request> {
        if progress.arrived > 0 && self.list.has_view {
            let words = match progress.arrived {
                1 => "1 new consultation".to_owned(),
                count => format!("{count} new consultations"),
            };
            self.notices.tell(words, self.now);
        }
        if progress.loading == super::Loading::Idle && progress.synced_at.is_some() && !progress.has_failed {
            self.list.problem = None;
        }
        self.list.progress = progress;
        Vec::new()
    }

    fn open_record(&mut self, key: ConsultationKey, row: Option<Arc<Consultation>>) -> Vec<Request> {
        let mut requests = Vec::new();
        if let Some(old) = self.record.take() {
            requests.push(Request::Record(super::RecordRequest::Close(old.key)));
        }
        let (record, more) = OpenRecord::open(key, row);
        self.record = Some(record);
        requests.extend(more);
        requests
    }
}
