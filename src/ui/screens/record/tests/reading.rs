//! Notes on screen: the texts of every state, the copy buttons, tabs and the splitter.

use super::support::{NARROW, SOAP, TRANSCRIPT, WIDE, desk, now, reading, window};
use crate::domain::{ConsultationKey, ConversationId, DeviceId, Stage};
use crate::state::{
    Command, Connection, Fault, Loadable, Pane, Problem, RecordCommand, SettingsCommand, Source, State,
};
use chrono::TimeDelta;
use eframe::egui::accesskit::Role;
use eframe::egui::pos2;
use egui_kittest::kittest::Queryable as _;
use std::sync::Arc;

fn shows(state: State, words: &str) {
    let window = window(state, WIDE);
    assert!(window.query_all_by_label(words).next().is_some(), "not on screen: {words}");
}

fn with_record(state: State, change: impl FnOnce(&mut crate::state::OpenRecord)) -> State {
    let mut state = state;
    change(state.record.as_mut().expect("a record is open"));
    state
}

#[test]
fn both_notes_stand_side_by_side_with_what_they_are() {
    let window = window(desk(Some(reading(TRANSCRIPT, SOAP))), WIDE);
    for words in [
        "Bella  Golden Retriever · Female",
        "Dr. Ana Roth · Room 1 NxHUB · Sun 22 Nov 2026, 13:40 · 25 min",
        "Transcript",
        "SOAP note",
        "AI draft from NxVET – check before use",
        "Any swelling? Is she eating?",
        "Assessment",
        "Soft-tissue injury of left carpus.",
    ] {
        assert!(window.query_by_label(words).is_some(), "not on screen: {words}");
    }
    assert_eq!(window.query_all_by_label("Dr. Roth").count(), 2);
}

#[test]
fn pending_notes_say_when_they_are_asked_for_again() {
    let soon = Some(now() + TimeDelta::seconds(30));
    shows(
        with_record(desk(Some(reading("", ""))), |record| record.next_check = soon),
        "The transcript is not ready yet. Checking again in 30 s.",
    );
    shows(
        with_record(desk(Some(reading(TRANSCRIPT, ""))), |record| record.next_check = soon),
        "The SOAP note is being written. Checking again in 30 s.",
    );
}

#[test]
fn an_old_recording_has_no_soap_note() {
    let state = with_record(desk(Some(reading(TRANSCRIPT, ""))), |record| {
        let row = record.consultation.as_mut().map(Arc::make_mut).expect("a row");
        row.stage = Stage::TranscriptOnly;
    });
    shows(state, "NxVET has no SOAP note for this recording.");
}

#[test]
fn a_room_conversation_says_that_there_is_no_note() {
    let state = with_record(desk(Some(reading("", ""))), |record| {
        record.key =
            ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new("c1") };
    });
    let window = window(state, WIDE);
    assert!(window.query_by_label("NxVET has no note for this room conversation yet.").is_some());
    assert!(window.query_by_label("No recording for a room conversation").is_some());
}

#[test]
fn loading_is_said_only_after_a_moment() {
    let mut window = window(desk(None), WIDE);
    assert!(window.query_by_label("Loading…").is_none());
    window.state_mut().now += TimeDelta::milliseconds(400);
    window.run();
    assert_eq!(window.query_all_by_label("Loading…").count(), 2);
}

#[test]
fn a_failure_without_a_copy_offers_the_next_step() {
    let state = with_record(desk(None), |record| {
        let problem = Problem::new(&Fault::OfflineNeverOpened, "NX-OFF");
        record.notes = Loadable::Failed { key: record.key.clone(), problem, previous: None };
    });
    let mut window = window(state, WIDE);
    let words = "You are offline and this consultation was never opened here.";
    assert!(window.query_by_role_and_label(Role::Label, words).is_some());
    window.get_by_role_and_label(Role::Button, "Try again").click();
    window.run();
    assert_eq!(window.state().sent, [Command::Record(RecordCommand::Reload)]);
}

#[test]
fn a_stored_copy_says_from_when_it_is() {
    let stored = |problem: Option<Problem>| {
        with_record(desk(Some(reading(TRANSCRIPT, SOAP))), |record| {
            let Loadable::Ready { key, mut value } = std::mem::take(&mut record.notes) else { return };
            value.source = Source::Store;
            value.fetched_at = now() - TimeDelta::minutes(3);
            record.notes = match problem {
                Some(problem) => Loadable::Failed { key, problem, previous: Some(value) },
                None => Loadable::Loading { key, previous: Some(value) },
            };
        })
    };
    let trouble = Problem::new(&Fault::ServerTrouble, "NX-500");
    shows(stored(Some(trouble)), "NxVET has a problem on its side. Showing the copy saved at 14:02.");
    let gone = Problem::new(&Fault::RecordGone, "NX-404");
    shows(stored(Some(gone)), "This consultation is no longer on NxVET. Showing the copy from 14:02.");
    let mut offline = stored(None);
    let problem = Problem::new(&Fault::NoConnection, "NX-NET");
    offline.connection = Connection { offline: Some(problem), ..Connection::default() };
    shows(offline, "No connection. Showing what was saved at 14:02.");
    assert!(window(stored(None), WIDE).query_by_label_contains("saved at").is_none());
}

#[test]
fn copy_buttons_copy_their_own_section() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), WIDE);
    for label in ["Copy Subjective", "Copy Plan", "Copy note"] {
        window.get_by_role_and_label(Role::Button, label).click();
        window.run();
    }
    let expected = [RecordCommand::CopySection(0), RecordCommand::CopySection(3), RecordCommand::CopyNote];
    assert_eq!(window.state().sent, expected.map(Command::Record));
}

#[test]
fn without_a_soap_note_there_is_nothing_to_copy() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, ""))), WIDE);
    window.get_by_role_and_label(Role::Button, "Copy note").click();
    window.run();
    assert!(window.state().sent.is_empty());
}

#[test]
fn an_unparsed_note_is_shown_whole() {
    let window = window(desk(Some(reading(TRANSCRIPT, "Everything fine. Come back in a year."))), WIDE);
    assert!(window.query_by_label("Everything fine. Come back in a year.").is_some());
    assert!(window.query_by_label("Copy Note").is_some());
}

#[test]
fn the_export_menu_sends_what_it_says() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), WIDE);
    window.get_by_role_and_label(Role::Button, "Export").click();
    window.run();
    for label in ["Recording (WAV)…", "Transcript and note as text…", "Transcript and note as Markdown…"] {
        assert!(window.query_by_role_and_label(Role::MenuItem, label).is_some(), "not in the menu: {label}");
    }
    window.get_by_role_and_label(Role::MenuItem, "Copy transcript").click();
    window.run();
    assert_eq!(window.state().sent, [Command::Record(RecordCommand::CopyTranscript)]);
}

#[test]
fn a_narrow_window_has_tabs() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), NARROW);
    assert!(window.query_by_label("Any swelling? Is she eating?").is_some());
    assert!(window.query_by_label("Assessment").is_none());
    window.get_by_role_and_label(Role::Tab, "SOAP note").click();
    window.run();
    assert_eq!(window.state().sent, [Command::Record(RecordCommand::ShowPane(Pane::Soap))]);
    assert!(window.query_by_label("Assessment").is_some());
    assert!(window.query_by_label("AI draft from NxVET – check before use").is_some());
}

#[test]
fn the_splitter_drags_and_is_remembered() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), WIDE);
    let drag = |window: &mut egui_kittest::Harness<'_, _>, from: f32, to: f32| {
        window.drag_at(pos2(from, 400.0));
        window.run();
        window.hover_at(pos2(to, 400.0));
        window.run();
        window.drop_at(pos2(to, 400.0));
        window.run();
    };
    drag(&mut window, 600.0, 716.0);
    let Some(Command::Settings(SettingsCommand::NotesSplit(share))) = window.state().sent.last().cloned() else {
        panic!("no split was sent: {:?}", window.state().sent);
    };
    assert!((share - 0.6).abs() < 0.01, "{share}");
    assert_eq!(window.state().sent.len(), 1);
}
