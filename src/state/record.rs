//! The open consultation: its notes, finding in them, and whether its recording is here.

use super::State;
use super::command::{FindCommand, Pane, RecordCommand};
use super::event::{RecordEvent, RecordingEvent, Source};
use super::loadable::Loadable;
use super::player::Supply;
use super::problem::Problem;
use super::reading::{Hit, Reading};
use super::request::{RecordRequest, RecordingRequest, Request};
use crate::domain::{AuditAction, Consultation, ConsultationKey, Waveform, plain_text};
use chrono::{DateTime, Utc};
use std::sync::Arc;

#[derive(Debug)]
pub struct OpenRecord {
    pub key: ConsultationKey,
    /// The row's facts; missing only until the list has it.
    pub consultation: Option<Arc<Consultation>>,
    pub notes: Loadable<ConsultationKey, ReadNotes>,
    /// When pending notes are asked for again.
    pub next_check: Option<DateTime<Utc>>,
    pub recording: RecordingState,
    /// What the recording looks like, as far as it is here.
    pub waveform: Option<Arc<Waveform>>,
    pub find: Option<Find>,
    /// Which note shows when the window is narrow.
    pub pane: Pane,
    /// Its notes have been on screen since it was opened, as the log tells.
    pub is_viewed: bool,
}

/// Notes as they are shown, with where they came from.
#[derive(Clone, Debug)]
pub struct ReadNotes {
    pub reading: Arc<Reading>,
    pub source: Source,
    pub fetched_at: DateTime<Utc>,
}

/// Whether the recording is on this computer.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum RecordingState {
    /// Being looked for.
    #[default]
    Unknown,
    NotStored,
    Downloading {
        received: u64,
        total: Option<u64>,
        started_at: DateTime<Utc>,
    },
    Stored {
        bytes: u64,
    },
    Failed(Problem),
}

/// Finding in both notes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Find {
    pub text: String,
    pub hits: Vec<Hit>,
    /// Index of the hit that is shown; meaningless without hits.
    pub current: usize,
    /// Counts up whenever the current hit should scroll into sight or the field should take the focus.
    pub reveal: u64,
}

impl Find {
    pub fn current_hit(&self) -> Option<&Hit> {
        self.hits.get(self.current)
    }

    fn search(&mut self, reading: Option<&Reading>) {
        self.hits = reading.map(|reading| reading.find(&self.text)).unwrap_or_default();
        self.current = self.current.min(self.hits.len().saturating_sub(1));
    }
}

impl OpenRecord {
    pub(super) fn open(key: ConsultationKey, row: Option<Arc<Consultation>>) -> (Self, Vec<Request>) {
        let mut notes = Loadable::NotAsked;
        notes.ask(key.clone());
        let record = Self {
            key: key.clone(),
            consultation: row,
            notes,
            next_check: None,
            recording: RecordingState::Unknown,
            waveform: None,
            find: None,
            pane: Pane::default(),
            is_viewed: false,
        };
        let requests =
            vec![Request::Record(RecordRequest::Open(key.clone())), Request::Recording(RecordingRequest::Look(key))];
        (record, requests)
    }

    pub fn reading(&self) -> Option<&Arc<Reading>> {
        self.notes.value().map(|notes| &notes.reading)
    }

    /// Whole seconds until pending notes are asked for again.
    pub fn next_check_seconds(&self, now: DateTime<Utc>) -> Option<i64> {
        let left = (self.next_check? - now).num_milliseconds();
        (left > 0).then(|| (left + 999) / 1000)
    }
}

impl State {
    pub(super) fn handle_record(&mut self, command: RecordCommand) -> Vec<Request> {
        let Some(record) = &mut self.record else { return Vec::new() };
        match command {
            RecordCommand::Reload => {
                record.notes.ask(record.key.clone());
                vec![Request::Record(RecordRequest::Reload(record.key.clone()))]
            }
            RecordCommand::ShowPane(pane) => {
                record.pane = pane;
                Vec::new()
            }
            RecordCommand::Close => self.close_record(),
            copy => self.copy(&copy),
        }
    }

    /// The row stays selected, so that Enter opens it again and the arrows go on from there.
    fn close_record(&mut self) -> Vec<Request> {
        match self.record.take() {
            Some(record) => vec![Request::Record(RecordRequest::Close(record.key))],
            None => Vec::new(),
        }
    }

    fn copy(&mut self, command: &RecordCommand) -> Vec<Request> {
        let Some(reading) = self.record.as_ref().and_then(OpenRecord::reading) else { return Vec::new() };
        let soap = reading.soap.as_ref();
        let (what, text) = match command {
            RecordCommand::CopySection(index) => {
                let section = soap.and_then(|soap| soap.sections.get(*index));
                let title = section.map_or("Note", |s| if s.title.is_empty() { "Note" } else { s.title.as_str() });
                (title.to_owned(), section.map(plain_text::section))
            }
            RecordCommand::CopyPart(part) => {
                (part.title().to_owned(), soap.and_then(|soap| plain_text::soap_part(soap, *part)))
            }
            RecordCommand::CopyTranscript => {
                ("Transcript".to_owned(), reading.transcript.as_ref().map(plain_text::transcript))
            }
            _ => ("SOAP note".to_owned(), soap.map(plain_text::whole_soap)),
        };
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            self.notices.tell(format!("{what}: nothing to copy"), self.now);
            return Vec::new();
        };
        let Some(key) = self.record.as_ref().map(|record| record.key.clone()) else { return Vec::new() };
        let mut requests = vec![Request::CopyText(text), Request::Audit(AuditAction::Copied, Some(key.clone()))];
        if *command == RecordCommand::CopyTranscript {
            self.notices.tell(format!("{what} copied"), self.now);
        } else {
            requests.extend(self.copied(&key, &what));
        }
        requests
    }

    pub(super) fn handle_find(&mut self, command: FindCommand) -> Vec<Request> {
        let Some(record) = &mut self.record else { return Vec::new() };
        let reading = record.notes.value().map(|notes| Arc::clone(&notes.reading));
        match command {
            FindCommand::Open => record.find.get_or_insert_default().reveal += 1,
            FindCommand::Close => record.find = None,
            FindCommand::Text(text) => {
                let find = record.find.get_or_insert_default();
                find.text = text;
                find.current = 0;
                find.search(reading.as_deref());
                find.reveal += 1;
            }
            FindCommand::Next | FindCommand::Previous => {
                if let Some(find) = record.find.as_mut().filter(|find| !find.hits.is_empty()) {
                    let count = find.hits.len();
                    let step = if command == FindCommand::Next { 1 } else { count - 1 };
                    find.current = (find.current + step) % count;
                    find.reveal += 1;
                }
            }
        }
        Vec::new()
    }

    pub(super) fn apply_record(&mut self, event: RecordEvent) -> Vec<Request> {
        let Some(record) = &mut self.record else { return Vec::new() };
        match event {
            RecordEvent::Loaded { key, reading, source, fetched_at } => {
                let status = reading.notes.status();
                if !record.notes.arrive(key.clone(), ReadNotes { reading, source, fetched_at }) {
                    return Vec::new();
                }
                if status.has_transcript && status.has_soap {
                    record.next_check = None;
                }
                if source == Source::Store {
                    // NxVET's own answer is still under way.
                    record.notes.ask(key);
                }
                let reading = record.notes.value().map(|notes| Arc::clone(&notes.reading));
                if let Some(find) = &mut record.find {
                    find.search(reading.as_deref());
                }
                let has_text = status.has_transcript || status.has_soap;
                if has_text && !std::mem::replace(&mut record.is_viewed, true) {
                    return vec![Request::Audit(AuditAction::Viewed, Some(record.key.clone()))];
                }
            }
            RecordEvent::Changed(consultation) => {
                if record.key == consultation.key {
                    record.consultation = Some(consultation);
                }
            }
            RecordEvent::Failed { key, problem } => {
                record.notes.fail(key, problem);
            }
            RecordEvent::NextCheck { key, at } => {
                if record.key == key {
                    record.next_check = Some(at);
                }
            }
        }
        Vec::new()
    }

    pub(super) fn apply_recording(&mut self, event: RecordingEvent) -> Vec<Request> {
        let now = self.now;
        let requests = self.player_follows_recording(&event);
        let plays_it = self.player.holds(event.key()) && self.player.supply == Supply::Arriving;
        let Some(record) = self.record.as_mut().filter(|record| record.key == *event.key()) else { return requests };
        let started_at = match &record.recording {
            RecordingState::Downloading { started_at, .. } => *started_at,
            _ => now,
        };
        record.recording = match event {
            RecordingEvent::Stored { bytes, .. } => RecordingState::Stored { bytes },
            // Opened again while it plays from its download.
            RecordingEvent::NotStored { .. } if plays_it => {
                RecordingState::Downloading { received: 0, total: None, started_at }
            }
            RecordingEvent::NotStored { .. } | RecordingEvent::Cancelled { .. } => RecordingState::NotStored,
            RecordingEvent::Progress { received, total, .. } => {
                RecordingState::Downloading { received, total, started_at }
            }
            RecordingEvent::Failed { problem, .. } => RecordingState::Failed(problem),
            RecordingEvent::Waveform { waveform, .. } => {
                record.waveform = Some(waveform);
                return requests;
            }
        };
        requests
    }
}
