//! The list: paging to the last page, filters, groups, and what arrives meanwhile.

use crate::support::desk::{Desk, Setup, shared};
use consult_desk::domain::{ConsultationKey, GroupBy, Period};
use consult_desk::simulator::{Fault, Personality, Route, Source};
use consult_desk::state::{Command, ListCommand, Loading, RecordCommand, State};
use std::collections::BTreeSet;
use std::time::Duration;

fn load_everything(desk: &mut Desk) {
    for _ in 0..60 {
        if !desk.state.list.can_look_further() {
            break;
        }
        let before = desk.state.list.progress.clone();
        desk.list(ListCommand::LookFurtherBack);
        desk.step_until("an older stretch", |state| {
            let progress = &state.list.progress;
            progress.loading == Loading::Idle && (*progress != before || state.list.problem.is_some())
        });
    }
    desk.settle();
}

/// Everything the simulator has, as keys.
fn expected(desk: &Desk) -> BTreeSet<String> {
    desk.simulator.record_ids().into_iter().map(|id| ConsultationKey::record(id).as_text()).collect()
}

fn loaded_records(desk: &Desk) -> Vec<String> {
    let keys = desk.row_keys();
    keys.iter().filter(|key| key.record_id().is_some()).map(ConsultationKey::as_text).collect()
}

#[track_caller]
fn none_lost_none_doubled(desk: &Desk) {
    let loaded = loaded_records(desk);
    let unique: BTreeSet<String> = loaded.iter().cloned().collect();
    assert_eq!(unique.len(), loaded.len(), "a record shows twice");
    let missing: Vec<_> = expected(desk).difference(&unique).cloned().collect();
    assert!(missing.is_empty(), "lost: {missing:?}");
}

#[test]
fn the_first_stretch_says_how_much_of_the_total_it_holds() {
    let source = Source::Generated { records: 1_250, seed: 1 };
    let mut desk = Desk::signed_in(Setup { source, ..Setup::default() });
    let (loaded, total) = desk.state.list.counts();
    assert!((300..=320).contains(&loaded), "{loaded}");
    assert_eq!(total, Some(1_250));
    assert!(desk.state.list.can_look_further());
    for request in desk.simulator.requests().log {
        let limit = request.query.split('&').find_map(|pair| pair.strip_prefix("limit=")).map(str::to_owned);
        assert!(limit.is_none_or(|limit| limit.parse::<u32>().is_ok_and(|limit| limit <= 200)));
    }
    load_everything(&mut desk);
    none_lost_none_doubled(&desk);
    let rows = &desk.state.list.view.rows;
    assert!(rows.windows(2).all(|pair| pair[0].started_at >= pair[1].started_at), "newest first");
}

#[test]
fn records_that_arrive_during_paging_are_neither_lost_nor_doubled() {
    for personality in [Personality::Docs, Personality::Production] {
        let source = Source::Generated { records: 800, seed: 3 };
        let mut desk = Desk::new(Setup { personality, source, ..Setup::default() });
        let faults = vec![Fault::RateLimited { retry_after: None }, Fault::Status(500), Fault::CutBody, Fault::Garbage];
        desk.simulator.faults().every_nth(3, faults);
        desk.sign_in();
        for _ in 0..10 {
            desk.simulator.add_records(2);
            desk.list(ListCommand::LookFurtherBack);
            let before = desk.state.list.progress.clone();
            desk.step_until("a stretch", |state| {
                state.list.progress.loading == Loading::Idle && state.list.progress != before
                    || !state.list.can_look_further()
            });
        }
        load_everything(&mut desk);
        desk.list(ListCommand::Refresh);
        desk.step_until("refreshing", |state| state.list.progress.loading == Loading::Newest);
        desk.settle();
        none_lost_none_doubled(&desk);
    }
}

/// In step with the other questions, every one of the few attempts for one record may be a third one: then a person asks
/// again, as the problem offers.
fn ask_again(desk: &mut Desk) {
    for _ in 0..3 {
        if desk.state.record.as_ref().is_some_and(|record| record.notes.problem().is_some()) {
            desk.wish(Command::Record(RecordCommand::Reload));
            let is_there = |state: &State| state.record.as_ref().is_some_and(|record| !record.notes.is_loading());
            desk.step_until("another answer", is_there);
        }
    }
}

#[test]
fn every_real_consultation_can_be_opened() {
    let Some(folder) = shared("data/consultations") else { return };
    for personality in [Personality::Docs, Personality::Production] {
        let source = Source::Folder(folder.clone());
        let mut desk = Desk::new(Setup { personality, source, ..Setup::default() });
        let faults = vec![Fault::RateLimited { retry_after: None }, Fault::Status(500), Fault::CutBody, Fault::Garbage];
        desk.simulator.faults().every_nth(3, faults);
        desk.sign_in();
        desk.simulator.add_records(20);
        desk.list(ListCommand::Refresh);
        desk.step_until("refreshing", |state| state.list.progress.loading == Loading::Newest);
        desk.settle();
        load_everything(&mut desk);
        none_lost_none_doubled(&desk);
        for key in desk.row_keys() {
            desk.open_record(&key);
            ask_again(&mut desk);
            let record = desk.state.record.as_ref().expect("an open record");
            assert!(record.notes.problem().is_none(), "{key:?}: {:?}", record.notes.problem());
            assert!(record.reading().is_some(), "{key:?} has no notes to show");
        }
    }
}

#[test]
fn filters_narrow_the_list_and_say_what_they_left_out() {
    let mut desk = Desk::signed_in(Setup::default());
    let all = desk.row_keys().len();
    let room = desk.state.list.view.facets.rooms.first().cloned().expect("a room");
    desk.filter(ListCommand::FilterRoom(Some(room.value.clone())));
    let view = &desk.state.list.view;
    assert_eq!(view.rows.len(), room.count);
    assert!(view.rows.iter().all(|row| row.room.as_ref().is_some_and(|r| r.filter_key() == room.value)));
    assert_eq!(view.loaded, all);
    desk.filter(ListCommand::FilterText("no such words anywhere".to_owned()));
    assert!(desk.state.list.view.rows.is_empty());
    desk.filter(ListCommand::ClearFilters);
    assert_eq!(desk.row_keys().len(), all);
}

#[test]
fn patients_of_the_same_name_are_told_apart() {
    let source = Source::Generated { records: 250, seed: 5 };
    let mut desk = Desk::signed_in(Setup { source, ..Setup::default() });
    load_everything(&mut desk);
    let facets = desk.state.list.view.facets.patients.clone();
    let mut names: Vec<_> = facets.iter().map(|facet| (&facet.label, &facet.detail)).collect();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "two patients look the same in the filter");
    let same = facets.iter().find(|f| facets.iter().filter(|g| g.label == f.label).count() > 1);
    let chosen = same.expect("two patients of one name").clone();
    desk.filter(ListCommand::FilterPatient(Some(chosen.value.clone())));
    assert_eq!(desk.state.list.view.rows.len(), chosen.count);
    desk.filter(ListCommand::GroupBy(GroupBy::Room));
    assert_eq!(desk.state.list.view.rows.len(), chosen.count);
    desk.filter(ListCommand::FilterPeriod(Period::SevenDays));
    assert!(desk.state.list.view.rows.len() <= chosen.count);
}

#[test]
fn new_records_show_without_moving_the_selection() {
    let poll_every = Duration::from_millis(30);
    let mut desk = Desk::signed_in(Setup { poll_every, ..Setup::default() });
    let third = desk.row_keys().get(2).cloned().expect("three rows");
    desk.open_record(&third);
    let before = desk.state.list.view.rows.len();
    desk.simulator.add_records(2);
    desk.step_until("two more rows", |state| state.list.view.rows.len() == before + 2);
    assert_eq!(desk.state.list.selected.as_ref(), Some(&third));
    assert_eq!(desk.state.list.selected_row().map(|row| &row.key), Some(&third));
    desk.wish(Command::List(ListCommand::Move(1)));
    assert_eq!(desk.state.list.selected_index, desk.row_keys().iter().position(|key| *key == third).map(|at| at + 1));
}

#[test]
fn conversations_are_rows_of_their_own_and_all_are_reached() {
    for personality in [Personality::Docs, Personality::Production] {
        let source = Source::Generated { records: 2_000, seed: 4 };
        let mut desk = Desk::signed_in(Setup { personality, source, ..Setup::default() });
        load_everything(&mut desk);
        none_lost_none_doubled(&desk);
        let keys = desk.row_keys();
        let found: BTreeSet<String> =
            keys.iter().filter(|key| key.record_id().is_none()).map(ConsultationKey::as_text).collect();
        let pairs = desk.simulator.conversation_ids();
        let expected: BTreeSet<String> =
            pairs.iter().map(|(device, id)| format!("conversation/{device}/{id}")).collect();
        assert!(expected.len() > 50, "more than one page: {}", expected.len());
        assert_eq!(found, expected);
    }
}

#[test]
fn a_bad_row_is_left_out_and_counted() {
    let mut desk = Desk::new(Setup::default());
    desk.simulator.faults().next(Route::List, Fault::BadRow, 1);
    desk.sign_in();
    assert!(desk.state.list.progress.skipped >= 1);
    assert!(desk.state.list.view.rows.len() >= 90);
}

#[test]
fn a_clamped_page_and_a_missing_total_lose_nothing() {
    for fault in [Fault::ClampedPage(37), Fault::MissingTotal] {
        let source = Source::Generated { records: 420, seed: 9 };
        let mut desk = Desk::new(Setup { source, ..Setup::default() });
        desk.simulator.faults().next(Route::List, fault, 10_000);
        desk.sign_in();
        load_everything(&mut desk);
        none_lost_none_doubled(&desk);
    }
}

#[test]
fn closing_a_record_keeps_the_list() {
    let mut desk = Desk::signed_in(Setup::default());
    let first = desk.row_keys().first().cloned().expect("a row");
    desk.open_record(&first);
    desk.wish(Command::Record(RecordCommand::Close));
    assert!(desk.state.record.is_none());
    assert!(!desk.state.list.view.rows.is_empty());
}

#[test]
fn a_poll_without_news_computes_no_new_view() {
    let poll_every = Duration::from_millis(20);
    let mut desk = Desk::signed_in(Setup { poll_every, ..Setup::default() });
    let polls = |desk: &Desk| desk.simulator.requests().count(Route::List);
    let settled = polls(&desk) + 6;
    while polls(&desk) < settled {
        desk.step();
        std::thread::park_timeout(Duration::from_millis(1));
    }
    desk.step();
    let view = std::sync::Arc::clone(&desk.state.list.view);
    let later = polls(&desk) + 6;
    while polls(&desk) < later {
        desk.step();
        std::thread::park_timeout(Duration::from_millis(1));
    }
    assert!(std::sync::Arc::ptr_eq(&view, &desk.state.list.view), "nothing came, so nothing is drawn anew");
}
