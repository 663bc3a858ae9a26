//! Marks through the whole desk: they survive restarts and a hurried close, filter the list, are undone, and a store
//! that does not take them is told. The log of the desk says who did what.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::{AuditAction, AuditCheck, ConsultationKey, Mark, MarkFilter, Marks};
use consult_desk::state::{Command, ListCommand, MarkCommand, RecordCommand, Session, SessionCommand, StorageCommand};

/// A signed-in desk with the newest consultation open that has a note.
fn desk() -> (Desk, ConsultationKey) {
    let mut desk = Desk::signed_in(Setup::default());
    let has_note = |desk: &Desk| {
        let reading = desk.state.record.as_ref().and_then(|record| record.reading());
        reading.is_some_and(|reading| reading.soap.is_some() && reading.transcript.is_some())
    };
    for key in desk.row_keys() {
        desk.open_record(&key);
        if has_note(&desk) {
            return (desk, key);
        }
    }
    panic!("no consultation has a note");
}

fn mark(desk: &mut Desk, command: MarkCommand) {
    desk.wish(Command::Mark(command));
}

fn marks(desk: &Desk, key: &ConsultationKey) -> Marks {
    desk.state.marks.of(key).cloned().unwrap_or_default()
}

fn back_in(desk: &mut Desk) {
    desk.step_until("the session", |state| matches!(state.session, Session::SignedIn { .. }));
    desk.settle();
}

fn log(desk: &mut Desk) -> Vec<(AuditAction, Option<ConsultationKey>)> {
    desk.wish(Command::Storage(StorageCommand::ShowAudit));
    desk.step_until("the log", |state| state.storage.audit_check.is_some());
    assert_eq!(desk.state.storage.audit_check, Some(AuditCheck::Unbroken));
    desk.state.storage.audit.iter().rev().map(|entry| (entry.action, entry.key.clone())).collect()
}

#[test]
fn marks_survive_a_close_right_after_the_click() {
    let (mut desk, key) = desk();
    let at = desk.clock.now();
    for each in Mark::ALL {
        mark(&mut desk, MarkCommand::Toggle(each));
    }
    mark(&mut desk, MarkCommand::Remark(key.clone(), "Ring the owner".to_owned()));
    mark(&mut desk, MarkCommand::Toggle(Mark::FollowUp));
    // Not one step is taken: what was clicked must be on the disk all the same.
    desk = desk.restart(Setup::default());
    back_in(&mut desk);
    desk.step_until("the marks", |state| state.marks.of(&key).is_some());
    let remark = "Ring the owner".to_owned();
    assert_eq!(marks(&desk, &key), Marks { reviewed: Some(at), copied: Some(at), follow_up: None, remark });
    assert_eq!(desk.state.list.view.marks.of(MarkFilter::HasRemark), 1);
}

#[test]
fn the_list_shows_what_is_left_to_do() {
    let (mut desk, key) = desk();
    let all = desk.state.list.view.rows.len();
    desk.filter(ListCommand::FilterMark(Some(MarkFilter::ToDo)));
    assert_eq!(desk.state.list.view.rows.len(), all);
    let next = desk.state.list.selected_index.and_then(|at| desk.state.list.view.rows.get(at + 1)).cloned();
    mark(&mut desk, MarkCommand::Toggle(Mark::Reviewed));
    desk.step_until("the row to leave", |state| state.list.view.rows.len() == all - 1);
    assert!(desk.state.record.as_ref().is_some_and(|record| record.key == key), "what is read stays open");
    desk.list(ListCommand::Move(1));
    assert_eq!(desk.state.list.selected.as_ref(), next.as_ref().map(|row| &row.key), "and the next step goes on");
    desk.filter(ListCommand::FilterMark(Some(MarkFilter::Is(Mark::Reviewed))));
    assert_eq!(desk.row_keys(), [key]);
    mark(&mut desk, MarkCommand::Undo);
    desk.step_until("the row to leave again", |state| state.list.view.rows.is_empty());
}

#[test]
fn copying_is_the_hand_off_and_undo_lasts() {
    let (mut desk, key) = desk();
    desk.wish(Command::Record(RecordCommand::CopyNote));
    assert_eq!(desk.copied.len(), 1);
    assert!(marks(&desk, &key).copied.is_some());
    mark(&mut desk, MarkCommand::Undo);
    mark(&mut desk, MarkCommand::Toggle(Mark::FollowUp));
    desk = desk.restart(Setup::default());
    back_in(&mut desk);
    desk.step_until("the marks", |state| state.marks.of(&key).is_some());
    assert_eq!((marks(&desk, &key).copied, marks(&desk, &key).follow_up.is_some()), (None, true));
}

#[test]
fn the_log_tells_who_did_what_in_order() {
    let (mut desk, key) = desk();
    desk.wish(Command::Record(RecordCommand::CopyTranscript));
    mark(&mut desk, MarkCommand::Toggle(Mark::Reviewed));
    let about = |action| (action, Some(key.clone()));
    let wanted = [AuditAction::Viewed, AuditAction::Copied, AuditAction::Marked].map(about);
    let entries = log(&mut desk);
    assert_eq!(entries.first(), Some(&(AuditAction::SignedIn, None)));
    assert!(entries.ends_with(&wanted), "{entries:?}");
    desk = desk.restart(Setup::default());
    back_in(&mut desk);
    let later = log(&mut desk);
    assert!(later.starts_with(&entries), "it is kept");
    assert_eq!(later.get(entries.len()), Some(&(AuditAction::SignedIn, None)));
}

#[test]
fn signing_out_takes_the_marks_along() {
    let (mut desk, key) = desk();
    mark(&mut desk, MarkCommand::Toggle(Mark::Reviewed));
    desk.wish(Command::Session(SessionCommand::SignOut));
    desk.step_until("signed out", |state| state.session.sign_in().is_some());
    assert!(desk.state.marks.of(&key).is_none());
    desk.sign_in();
    desk.step_until("the marks", |state| state.list.view.marks.of(MarkFilter::ToDo) == state.list.view.loaded);
    assert!(desk.state.marks.of(&key).is_none());
}
