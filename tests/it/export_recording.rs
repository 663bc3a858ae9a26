//! Exports: the server's bytes under a safe name, documents with the same words, and never half a file.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::Stage;
use consult_desk::simulator::{Fault, Route};
use consult_desk::state::{Command, DocumentFormat, ExportCommand, ListCommand};
use std::path::PathBuf;

fn target(name: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    (folder, path)
}

#[track_caller]
fn export(desk: &mut Desk, command: ExportCommand) {
    desk.wish(Command::Export(command));
    desk.step_until("the export's end", |state| state.exports.running.is_empty());
}

fn files_in(folder: &tempfile::TempDir) -> Vec<String> {
    let entries = std::fs::read_dir(folder.path()).expect("a folder");
    entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn the_recording_is_saved_byte_for_byte() {
    let (folder, path) = target("Bella.wav");
    let mut desk = Desk::signed_in(Setup { saves_to: vec![Some(path.clone())], ..Setup::default() });
    let key = desk.key_with_recording();
    desk.open_record(&key);
    export(&mut desk, ExportCommand::Recording);
    let truth = desk.simulator.recording_bytes(key.record_id().expect("a record").as_str()).expect("bytes");
    assert!(std::fs::read(&path).expect("the file") == truth);
    assert_eq!(files_in(&folder), ["Bella.wav"]);
}

#[test]
fn the_proposed_name_says_what_it_is() {
    let mut desk = Desk::signed_in(Setup { saves_to: vec![None], ..Setup::default() });
    let key = desk.key_with_recording();
    desk.open_record(&key);
    desk.wish(Command::Export(ExportCommand::Recording));
    let proposed = desk.state.exports.running.first().map(|export| export.file_name.clone()).expect("an export");
    let row = desk.state.record.as_ref().and_then(|record| record.consultation.clone()).expect("its row");
    let room = row.room.as_ref().map(|room| format!(" {}", room.short_name())).unwrap_or_default();
    let time = row.started_at.format("%Y-%m-%d %H-%M").to_string();
    assert_eq!(proposed, format!("{time} {}{room}.wav", row.headline()));
    desk.step_until("the cancelled export", |state| state.exports.running.is_empty());
}

#[test]
fn a_failing_download_leaves_no_file() {
    for fault in [Fault::CutBody, Fault::Status(404), Fault::Garbage] {
        let (folder, path) = target("x.wav");
        let mut desk = Desk::signed_in(Setup { saves_to: vec![Some(path)], range: false, ..Setup::default() });
        let key = desk.key_with_recording();
        desk.open_record(&key);
        desk.simulator.faults().next(Route::Audio, fault, 100);
        export(&mut desk, ExportCommand::Recording);
        assert!(files_in(&folder).is_empty(), "{:?}", files_in(&folder));
        assert!(desk.state.notices.iter().any(|notice| notice.until.is_none()), "an error stays");
    }
}

#[test]
fn a_place_that_cannot_be_written_is_named() {
    let (folder, path) = target("missing/x.wav");
    let mut desk = Desk::signed_in(Setup { saves_to: vec![Some(path)], ..Setup::default() });
    let key = desk.key_with_recording();
    desk.open_record(&key);
    export(&mut desk, ExportCommand::Recording);
    let texts: Vec<_> = desk.state.notices.iter().map(|notice| notice.text.clone()).collect();
    assert!(texts.iter().any(|text| text.starts_with("Not saved: the folder does not exist any more.")), "{texts:?}");
    assert!(files_in(&folder).is_empty());
}

#[test]
fn documents_hold_the_same_words_in_both_formats() {
    let (_folder, text_path) = target("note.txt");
    let markdown_path = text_path.with_extension("md");
    let saves_to = vec![Some(text_path.clone()), Some(markdown_path.clone())];
    let mut desk = Desk::signed_in(Setup { saves_to, ..Setup::default() });
    desk.step_until("a ready row", |state| state.list.view.rows.iter().any(|row| row.stage == Stage::Ready));
    let ready = desk.state.list.view.rows.iter().find(|row| row.stage == Stage::Ready);
    let key = ready.map(|row| row.key.clone()).expect("a ready row");
    desk.list(ListCommand::Select(key.clone()));
    desk.open_record(&key);
    export(&mut desk, ExportCommand::Document(DocumentFormat::Text));
    export(&mut desk, ExportCommand::Document(DocumentFormat::Markdown));
    let text = std::fs::read_to_string(text_path).expect("the text");
    let markdown = std::fs::read_to_string(markdown_path).expect("the Markdown");
    let reading = desk.state.record.as_ref().and_then(|record| record.reading().cloned()).expect("notes");
    let plain = markdown.replace('\\', "");
    for turn in &reading.transcript.as_ref().expect("a transcript").turns {
        assert!(text.contains(&turn.text), "{}", turn.text);
        assert!(plain.contains(&turn.text.replace('\\', "")), "{}", turn.text);
    }
    assert!(text.contains("AI draft from NxVET") && markdown.contains("AI draft from NxVET"));
}
