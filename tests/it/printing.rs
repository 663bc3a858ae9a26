//! Printing and PDF, with a real background and store: the paper is a file here, and nothing is left in our own folder.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::Stage;
use consult_desk::platform::Folders;
use consult_desk::state::{Command, DocumentFormat, ExportCommand, LockCommand, Session};
use std::path::PathBuf;

/// A desk whose paper lies at these places, one after the other; `None` is a dialog that is closed.
fn desk_with(papers: Vec<Option<PathBuf>>) -> Desk {
    let mut desk = Desk::signed_in(Setup { saves_to: papers, ..Setup::default() });
    desk.step_until("a ready row", |state| state.list.view.rows.iter().any(|row| row.stage == Stage::Ready));
    let ready = desk.state.list.view.rows.iter().find(|row| row.stage == Stage::Ready);
    let key = ready.map(|row| row.key.clone()).expect("a ready row");
    desk.open_record(&key);
    desk
}

fn export(desk: &mut Desk, command: ExportCommand) {
    desk.wish(Command::Export(command));
    desk.step_until("the end of it", |state| state.exports.running.is_empty());
}

fn left_in_our_folder(desk: &Desk) -> Vec<PathBuf> {
    let folder = Folders::below(desk.home.path()).data.join("print");
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn says(desk: &Desk, words: &str) -> bool {
    desk.state.notices.iter().any(|notice| notice.text == words)
}

#[test]
fn what_is_printed_is_a_whole_document_and_nothing_of_it_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let paper = |name: &str| folder.path().join(name);
    let (note, all, saved) = (paper("note.pdf"), paper("all.pdf"), paper("saved.pdf"));
    let mut desk = desk_with([&note, &all, &saved].map(|path| Some(path.clone())).to_vec());
    export(&mut desk, ExportCommand::Print { has_transcript: false });
    assert!(says(&desk, "Sent to the printer"));
    export(&mut desk, ExportCommand::Print { has_transcript: true });
    assert_eq!(left_in_our_folder(&desk), [] as [PathBuf; 0]);
    export(&mut desk, ExportCommand::Document(DocumentFormat::Pdf));
    let read = |path: PathBuf| std::fs::read(path).expect("a document");
    let (note, all, saved) = (read(note), read(all), read(saved));
    for document in [&note, &all, &saved] {
        assert!(document.starts_with(b"%PDF-1.7") && document.ends_with(b"%%EOF"));
    }
    assert!(all.len() > note.len(), "the transcript is longer than none");
    assert_eq!(all.len(), saved.len(), "what is saved is what is printed");
    let name = desk.state.record.as_ref().and_then(|record| record.consultation.clone()).expect("a row");
    let name = name.headline().to_owned();
    assert!(!String::from_utf8_lossy(&all).contains(&name), "a queue that looks into it reads no name");
}

#[test]
fn a_closed_dialog_prints_nothing_and_says_nothing() {
    let mut desk = desk_with(vec![None]);
    export(&mut desk, ExportCommand::Print { has_transcript: false });
    assert!(!says(&desk, "Sent to the printer"));
    assert_eq!(left_in_our_folder(&desk), [] as [PathBuf; 0]);
}

#[test]
fn what_another_program_was_shown_goes_when_the_desk_locks() {
    let mut desk = desk_with(Vec::new());
    let folder = Folders::below(desk.home.path()).data.join("print");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::write(folder.join("1.pdf"), b"%PDF-1.7 shown").expect("written");
    desk.wish(Command::Lock(LockCommand::Lock));
    desk.step_until("the lock", |state| matches!(&state.session, Session::Locked(screen) if !screen.is_closing));
    let mut desk = desk;
    desk.step_until("an empty folder", |_| !folder.exists());
}
