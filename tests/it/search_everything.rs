//! Searching all that is stored, from the typed letter to the marked line, with the real store and its index.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::{ConsultationKey, HitPlace};
use consult_desk::simulator::Fault;
use consult_desk::state::{Command, FindCommand, Place, Request, Route, SearchCommand, SearchRequest};

/// Types and waits until what was typed is answered from a complete index.
fn search(desk: &mut Desk, text: &str) {
    desk.wish(Command::Search(SearchCommand::Show));
    desk.wish(Command::Search(SearchCommand::Text(text.to_owned())));
    desk.step_until("an answer from the whole index", |state| {
        let search = &state.search;
        !search.is_waiting() && search.results.waiting == 0 && search.results.indexed > 0
    });
}

/// A record with both notes, read and stored, and a long word that somebody says in it.
fn a_read_record(desk: &mut Desk) -> (ConsultationKey, String) {
    for key in desk.row_keys() {
        desk.open_record(&key);
        let reading = desk.state.record.as_ref().and_then(|record| record.reading().cloned());
        let transcript = reading.and_then(|reading| reading.transcript.clone());
        let words = transcript.iter().flat_map(|found| &found.turns).flat_map(|turn| turn.text.split(' '));
        let long = words.filter(|word| word.len() > 6 && word.bytes().all(|byte| byte.is_ascii_alphabetic()));
        if let Some(word) = long.max_by_key(|word| word.len()) {
            return (key, word.to_owned());
        }
    }
    panic!("no record has a transcript");
}

#[test]
fn what_was_read_is_found_and_opens_at_its_line() {
    let mut desk = Desk::signed_in(Setup::default());
    let (key, word) = a_read_record(&mut desk);
    for typed in [&word[..3], word.as_str()] {
        search(&mut desk, typed);
        assert!(!desk.state.search.results.hits.is_empty(), "the beginning of a word is enough");
    }
    let patient = desk.state.record.as_ref().and_then(|record| record.consultation.clone()?.patient.clone());
    desk.wish(Command::Search(SearchCommand::Patient(patient.map(|patient| patient.id.clone()))));
    desk.step_until("an answer", |state| !state.search.is_waiting());
    let hits = &desk.state.search.results.hits;
    let index = hits.iter().position(|hit| hit.consultation.key == key).expect("the record is found");
    let hit = hits[index].clone();
    desk.wish(Command::Record(consult_desk::state::RecordCommand::Close));
    desk.wish(Command::Search(SearchCommand::Open(index)));
    desk.step_until("the marked line", |state| {
        let find = state.record.as_ref().and_then(|record| record.find.as_ref());
        find.and_then(|find| find.current_hit()).is_some()
    });
    assert_eq!(desk.state.route, Route::Consultations);
    let find = desk.state.record.as_ref().and_then(|record| record.find.clone()).expect("finding");
    let current = find.current_hit().expect("a hit");
    let expected = match hit.place {
        HitPlace::Turn { index, at } => Some((Place::Turn(index), at)),
        HitPlace::Section { index, at } => Some((Place::Section(index), at)),
        HitPlace::Row => None,
    };
    assert_eq!(expected, Some((current.place, current.range.start)));
    desk.wish(Command::Find(FindCommand::Close));
}

#[test]
fn every_row_can_be_found_by_its_patient() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.settle();
    let rows = desk.state.list.view.rows.clone();
    let named = rows.iter().find_map(|row| row.patient.as_ref()?.name.clone()).expect("a patient");
    search(&mut desk, &format!("{named} "));
    let found = &desk.state.search.results;
    assert_eq!(found.indexed, rows.len(), "rows without notes count as well");
    assert!(found.hits.iter().any(|hit| hit.consultation.headline() == named));
}

#[test]
fn fast_typing_is_answered_once_with_the_last_word() {
    let mut desk = Desk::signed_in(Setup::default());
    a_read_record(&mut desk);
    desk.wish(Command::Search(SearchCommand::Show));
    for typed in ["t", "th", "the", "ther", "there", "ther", "the"] {
        desk.wish(Command::Search(SearchCommand::Text(typed.to_owned())));
    }
    desk.step_until("the last answer", |state| !state.search.is_waiting());
    assert_eq!(desk.state.search.results.needles, ["the"]);
    let retired = Request::Search(SearchRequest::Retire(std::sync::Arc::clone(&desk.state.search.results)));
    desk.backend.send(retired).expect("taken");
}

#[test]
fn what_was_stored_is_found_offline_after_a_restart() {
    let mut desk = Desk::signed_in(Setup::default());
    let (_, word) = a_read_record(&mut desk);
    search(&mut desk, &word);
    let before = desk.state.search.results.hits.len();
    let secrets = desk.secrets.clone();
    desk.simulator.faults().next(consult_desk::simulator::Route::Any, Fault::Reset, 100_000);
    let mut desk = desk.restart(Setup { secrets, ..Setup::default() });
    desk.step_until("the stored list", |state| !state.list.view.rows.is_empty());
    search(&mut desk, &word);
    assert_eq!(desk.state.search.results.hits.len(), before);
}
