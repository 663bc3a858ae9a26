//! A desk with one open consultation, and a window that draws it and obeys what it sends.

use super::super::{RecordMemory, record_ui};
use crate::domain::note::NoteBody;
use crate::domain::{
    Consultation, ConsultationKey, Note, NoteKind, Notes, Patient, PatientId, RecordKind, Room, Stage, Vet, VetId, Zone,
};
use crate::state::{Command, Loadable, OpenRecord, ReadNotes, Reading, RecordingState, Settings, Source, State};
use crate::ui::theme::install;
use crate::ui::view::View;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use eframe::egui::Vec2;
use egui_kittest::Harness;
use std::sync::Arc;

pub(super) const TRANSCRIPT: &str = "Dr. Roth: So Bella has been limping for about three days?\n\
    Owner: Yes, since Tuesday. Left front leg. She jumped off the couch.\n\
    Dr. Roth: Any swelling? Is she eating?\n\
    Owner: Eating fine. Maybe a bit quieter than usual.";
pub(super) const SOAP: &str = "S: 4yo FS Golden Retriever, 3-day lameness LF after jumping off couch.\n\
    O: T 38.6 °C, P 92, Wt 24.3 kg. Pain on flexion of left carpus.\n\
    A: Soft-tissue injury of left carpus.\n\
    P: Carprofen 50 mg PO BID x 5 d with food. Recheck in 10 days.";

pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 5, 0).single().expect("a time")
}

pub(super) fn consultation(key: ConsultationKey) -> Consultation {
    let started_at = now() - TimeDelta::minutes(25);
    let text = |text: &str| Some(text.to_owned());
    let (name, breed, sex) = (text("Bella"), text("Golden Retriever"), text("Female"));
    let (first_name, last_name) = ("Dr. Ana".to_owned(), "Roth".to_owned());
    Consultation {
        key,
        kind: RecordKind::Consultation,
        title: String::new(),
        started_at,
        ended_at: Some(now()),
        patient: Some(Arc::new(Patient { id: PatientId::new("p1"), name, breed, sex })),
        vet: Some(Arc::new(Vet { id: VetId::new("v1"), first_name, last_name })),
        room: Some(Arc::new(Room { name: text("Room 1 NxHUB"), ..Room::default() })),
        stage: Stage::Ready,
        is_gone: false,
    }
}

pub(super) fn reading(transcript: &str, soap: &str) -> Arc<Reading> {
    let note = |kind, text: &str| Note { id: None, kind, body: NoteBody::Text(text.to_owned()), created_at: None };
    let all = vec![note(NoteKind::Transcript, transcript), note(NoteKind::Soap, soap)];
    Arc::new(Reading::new(Notes { all }))
}

/// The desk with a record open; `None` leaves its notes loading.
pub(super) fn desk(reading: Option<Arc<Reading>>) -> State {
    let (mut state, _) = State::start(Settings::default(), Zone::utc(), now());
    let key = ConsultationKey::record("r1");
    let notes = match reading {
        Some(reading) => {
            let value = ReadNotes { reading, source: Source::NxVet, fetched_at: now() };
            Loadable::Ready { key: key.clone(), value }
        }
        None => Loadable::Loading { key: key.clone(), previous: None },
    };
    state.record = Some(OpenRecord {
        consultation: Some(Arc::new(consultation(key.clone()))),
        key,
        notes,
        next_check: None,
        recording: RecordingState::NotStored,
        waveform: None,
        find: None,
        pane: crate::state::Pane::default(),
        is_viewed: false,
    });
    state
}

pub(super) struct Desk {
    pub state: State,
    pub memory: RecordMemory,
    pub now: DateTime<Utc>,
    /// Everything that was sent so far.
    pub sent: Vec<Command>,
}

impl Desk {
    pub(super) fn record(&mut self) -> &mut OpenRecord {
        self.state.record.as_mut().expect("a record is open")
    }

    pub(super) fn obey(&mut self, command: impl Into<Command>) {
        self.state.handle(command.into(), self.now);
    }
}

/// The window at a size in points.
pub(super) fn window(state: State, size: impl Into<Vec2>) -> Harness<'static, Desk> {
    let desk = Desk { state, memory: RecordMemory::default(), now: now(), sent: Vec::new() };
    let mut window =
        Harness::builder().with_size(size).with_context_setup(install).allow_missing_glyphs().build_ui_state(
            |ui, desk: &mut Desk| {
                let view = View::new(&desk.state, desk.now);
                record_ui(ui, &view, &mut desk.memory);
                for command in view.into_commands() {
                    desk.sent.push(command.clone());
                    desk.state.handle(command, desk.now);
                }
            },
            desk,
        );
    window.run();
    window
}

pub(super) const WIDE: [f32; 2] = [1200.0, 760.0];
pub(super) const NARROW: [f32; 2] = [576.0, 600.0];
