//! Reading: both notes, in every state they come in, and copying and finding in them.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::{ConsultationKey, SoapPart, Stage};
use consult_desk::simulator::{Fault, Personality, Route};
use consult_desk::state::{Command, FindCommand, ListCommand, Place, RecordCommand};

/// Opens rows until one is in the stage; their stages are known once they were read.
fn open_one_in(desk: &mut Desk, stage: Stage) -> Option<ConsultationKey> {
    for key in desk.row_keys().into_iter().filter(|key| key.record_id().is_some()) {
        desk.open_record(&key);
        let consultation = desk.state.record.as_ref().and_then(|record| record.consultation.clone());
        if consultation.is_some_and(|consultation| consultation.stage == stage) {
            return Some(key);
        }
    }
    None
}

#[test]
fn both_notes_show_for_both_personalities() {
    for personality in [Personality::Docs, Personality::Production] {
        let mut desk = Desk::signed_in(Setup { personality, ..Setup::default() });
        open_one_in(&mut desk, Stage::Ready).expect("a ready record");
        let record = desk.state.record.as_ref().expect("an open record");
        let reading = record.reading().expect("notes");
        let transcript = reading.transcript.as_ref().expect("a transcript");
        assert!(transcript.speakers.len() >= 2, "{:?}", transcript.speakers);
        let soap = reading.soap.as_ref().expect("a note");
        for part in SoapPart::ALL {
            assert!(soap.part(part).is_some_and(|section| !section.text.is_empty()), "{personality:?} {part:?}");
        }
    }
}

#[test]
fn pending_notes_are_asked_for_again_and_fill_in() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = open_one_in(&mut desk, Stage::Transcribing)
        .or_else(|| open_one_in(&mut desk, Stage::WritingNote))
        .expect("a pending record");
    desk.step_until("the next look", |state| state.record.as_ref().is_some_and(|record| record.next_check.is_some()));
    let record = desk.state.record.as_ref().expect("an open record");
    assert_eq!(record.next_check_seconds(desk.clock.now()), Some(30));
    desk.simulator.fill_all_notes();
    desk.wish(Command::Record(RecordCommand::Reload));
    desk.step_until("both notes", |state| {
        let reading = state.record.as_ref().and_then(|record| record.reading().cloned());
        reading.is_some_and(|reading| reading.transcript.is_some() && reading.soap.is_some())
    });
    desk.step_until("the row's new stage", |state| {
        state.list.view.rows.iter().any(|row| row.key == key && row.stage == Stage::Ready)
    });
}

#[test]
fn a_late_answer_does_not_replace_the_open_record() {
    let mut desk = Desk::signed_in(Setup::default());
    let keys = desk.row_keys();
    for key in keys.iter().take(10) {
        desk.list(ListCommand::Select(key.clone()));
    }
    let last = keys.get(9).cloned().expect("ten rows");
    desk.step_until("the last one's notes", |state| {
        state.record.as_ref().is_some_and(|record| record.notes.value().is_some())
    });
    let record = desk.state.record.as_ref().expect("an open record");
    assert_eq!((&record.key, record.notes.key()), (&last, Some(&last)));
}

#[test]
fn parts_and_the_whole_note_are_copied_clean() {
    let mut desk = Desk::signed_in(Setup::default());
    open_one_in(&mut desk, Stage::Ready).expect("a ready record");
    for part in SoapPart::ALL {
        desk.wish(Command::Record(RecordCommand::CopyPart(part)));
    }
    desk.wish(Command::Record(RecordCommand::CopyNote));
    assert_eq!(desk.copied.len(), 5);
    let whole = desk.copied.last().expect("the whole note").clone();
    for (part, text) in SoapPart::ALL.iter().zip(&desk.copied) {
        assert!(!text.contains("\n\n\n") && text.trim() == text);
        assert!(whole.contains(&format!("{}:\n{text}", part.title())));
    }
}

#[test]
fn find_steps_through_both_notes() {
    let mut desk = Desk::signed_in(Setup::default());
    open_one_in(&mut desk, Stage::Ready).expect("a ready record");
    desk.wish(Command::Find(FindCommand::Open));
    desk.wish(Command::Find(FindCommand::Text("e".to_owned())));
    let find = desk.state.record.as_ref().and_then(|record| record.find.clone()).expect("finding");
    assert!(find.hits.iter().any(|hit| matches!(hit.place, Place::Turn(_))));
    assert!(find.hits.iter().any(|hit| matches!(hit.place, Place::Section(_))));
    desk.wish(Command::Find(FindCommand::Previous));
    let current = desk.state.record.as_ref().and_then(|record| record.find.as_ref().map(|find| find.current));
    assert_eq!(current, Some(find.hits.len() - 1), "stepping back from the first goes to the last");
}

#[test]
fn a_record_that_is_gone_says_so_and_stays_readable() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = open_one_in(&mut desk, Stage::Ready).expect("a ready record");
    let id = key.record_id().expect("a record").as_str().to_owned();
    desk.simulator.remove_record(&id);
    desk.wish(Command::Record(RecordCommand::Reload));
    desk.step_until("the news", |state| state.record.as_ref().is_some_and(|record| record.notes.problem().is_some()));
    let record = desk.state.record.as_ref().expect("an open record");
    assert_eq!(record.notes.problem().map(|p| p.summary.as_str()), Some("This consultation is no longer on NxVET."));
    assert!(record.reading().is_some_and(|reading| reading.transcript.is_some()));
    desk.step_until("the row's mark", |state| state.list.view.rows.iter().any(|row| row.key == key && row.is_gone));
}

#[test]
fn each_fault_of_reading_has_its_own_words() {
    let cases = [
        (Fault::Status(403), "This key may not read consultations."),
        (Fault::Status(404), "This consultation is no longer on NxVET."),
        (Fault::Status(502), "NxVET has a problem on its side."),
        (Fault::WrongJson, "The server sent something unexpected."),
        (Fault::TruncatedJson, "The connection broke off."),
        (Fault::DeepJson(1_000_000), "The server sent something unexpected."),
        (Fault::GzipBomb(1 << 30), "The answer was larger than it may be."),
        (Fault::CutBody, "The connection broke off."),
        (Fault::Reset, "The connection broke off."),
        (Fault::Garbage, "You are offline and this consultation was never opened here."),
    ];
    for (fault, words) in cases {
        let mut desk = Desk::signed_in(Setup::default());
        // Far down, where nothing was read ahead.
        let key = desk.row_keys().into_iter().filter(|key| key.record_id().is_some()).nth(90).expect("many rows");
        desk.simulator.faults().next(Route::Detail, fault.clone(), 5_000);
        desk.open_record(&key);
        let problem = desk.state.record.as_ref().and_then(|record| record.notes.problem().cloned());
        assert_eq!(problem.map(|problem| problem.summary).as_deref(), Some(words), "{fault:?}");
    }
}
