//! Keeping in step with NxVET: nothing lost, nothing doubled, whatever comes, goes and fails in between, and politely.

use crate::support::desk::{Desk, Setup};
use chrono::TimeDelta;
use consult_desk::domain::{ConsultationKey, Stage};
use consult_desk::platform::Line;
use consult_desk::simulator::{Fault, Personality, Route, Source};
use consult_desk::state::{BackfillPause, Command, ListCommand, SettingsCommand, State};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

fn troubles() -> Vec<Fault> {
    vec![Fault::RateLimited { retry_after: None }, Fault::Status(500), Fault::CutBody, Fault::Garbage]
}

fn setup(records: usize, horizon_days: u16) -> Setup {
    let poll_every = Duration::from_millis(40);
    Setup { source: Source::Generated { records, seed: 11 }, horizon_days, poll_every, ..Setup::default() }
}

/// Nothing is left to read, and the list shows it.
fn is_through(state: &State) -> bool {
    let progress = &state.list.progress;
    progress.backfill.is_none()
        && progress.synced_at.is_some()
        && state.list.view.loaded == progress.loaded + progress.conversations
}

fn key_of(id: &String) -> String {
    ConsultationKey::record(id).as_text()
}

fn shown(desk: &Desk, is_gone: bool) -> Vec<String> {
    let rows = desk.state.list.view.rows.iter();
    let records = rows.filter(|row| row.key.record_id().is_some() && row.is_gone == is_gone);
    records.map(|row| row.key.as_text()).collect()
}

fn on_server(desk: &Desk) -> BTreeSet<String> {
    desk.simulator.record_ids().iter().map(key_of).collect()
}

/// What is here is what the server has, each once.
fn is_in_step(desk: &Desk) -> bool {
    let rows = shown(desk, false);
    let set: BTreeSet<String> = rows.iter().cloned().collect();
    assert_eq!(rows.len(), set.len(), "a record shows twice");
    set == on_server(desk)
}

/// Steps until the desk and the server agree; says what is missing if they never do.
#[track_caller]
fn until_in_step(desk: &mut Desk) {
    let deadline = std::time::Instant::now() + crate::support::desk::LIMIT;
    while !(is_through(&desk.state) && is_in_step(desk)) {
        if std::time::Instant::now() > deadline {
            let here: BTreeSet<String> = shown(desk, false).into_iter().collect();
            let there = on_server(desk);
            let lost: Vec<_> = there.difference(&here).collect();
            let ghosts: Vec<_> = here.difference(&there).collect();
            panic!("lost {lost:?}, ghosts {ghosts:?}, {:?}", desk.state.list.progress);
        }
        if !desk.step() {
            std::thread::park_timeout(Duration::from_millis(2));
        }
    }
}

/// Lets the daily search for deleted records come.
fn next_day(desk: &mut Desk) {
    desk.clock.advance(TimeDelta::hours(25));
}

#[test]
fn the_background_reads_pages_and_notes_to_the_horizon_and_no_further() {
    let mut desk = Desk::signed_in(setup(1_000, 10));
    desk.step_until("the end of the reading", is_through);
    let horizon = desk.clock.now() - TimeDelta::days(10);
    let rows = &desk.state.list.view.rows;
    let within = rows.iter().filter(|row| row.started_at >= horizon && row.key.record_id().is_some()).count();
    assert!((440..=460).contains(&within), "{within}");
    let asked: BTreeSet<String> =
        desk.simulator.requests().log.iter().filter(|r| r.route == Route::Detail).map(|r| r.path.clone()).collect();
    assert_eq!(asked.len(), within, "the notes of all within the horizon, and of no other");
    assert_eq!(asked.len(), desk.simulator.requests().count(Route::Detail), "each once");
    assert!(desk.state.list.can_look_further(), "older ones are there on request");
    assert!(shown(&desk, false).len() < 600, "pages beyond the horizon are left alone");
}

#[test]
fn what_the_background_read_to_the_end_is_called_all() {
    let mut desk = Desk::signed_in(setup(2_000, 3_650));
    desk.step_until("the end of the reading", is_through);
    desk.step_until("nothing further to look for", |state| !state.list.can_look_further());
    assert!(is_in_step(&desk));
    let mut desk = desk.restart(setup(2_000, 3_650));
    desk.step_until("the rows and a look at the newest", |state| {
        is_through(state) && state.list.view.rows.len() > 2_000
    });
    desk.step_until("nothing further to look for after a restart", |state| !state.list.can_look_further());
}

#[test]
fn a_wider_horizon_reads_on_at_once() {
    let mut desk = Desk::signed_in(setup(400, 2));
    desk.step_until("the end of the reading", is_through);
    let before = desk.simulator.requests().count(Route::Detail);
    assert!(before < 110, "{before}");
    desk.wish(Command::Settings(SettingsCommand::HorizonDays(30)));
    let all = desk.simulator.record_ids().len();
    let simulator = desk.simulator.clone();
    desk.step_until("all notes", |state| is_through(state) && simulator.requests().count(Route::Detail) >= all);
}

#[test]
fn nothing_is_lost_or_doubled_while_a_third_of_the_answers_fail_and_the_list_changes() {
    for personality in [Personality::Docs, Personality::Production] {
        let mut desk = Desk::new(Setup { personality, ..setup(600, 60) });
        desk.simulator.faults().every_nth(3, troubles());
        desk.sign_in();
        let ids = desk.simulator.record_ids();
        for turn in 0..10 {
            desk.simulator.add_records(2);
            assert!(desk.simulator.remove_record(&ids[turn * 57 + 3]));
            if turn % 2 == 0 {
                desk.simulator.add_late_record(Duration::from_secs(3_600 * (1 + 23 * turn as u64)));
            }
            let asked = desk.simulator.requests().count(Route::Any);
            let simulator = desk.simulator.clone();
            desk.step_until("some more answers", |_| simulator.requests().count(Route::Any) >= asked + 12);
        }
        // Two looks that agree must find a record missing; each day has at least one.
        next_day(&mut desk);
        until_in_step(&mut desk);
        let gone: BTreeSet<String> = shown(&desk, true).into_iter().collect();
        let removed: BTreeSet<String> = (0..10).map(|turn| key_of(&ids[turn * 57 + 3])).collect();
        assert!(gone.is_subset(&removed), "only what was deleted is marked: {gone:?}");
        assert_eq!(shown(&desk, false).len(), 615);
        desk.simulator.faults().clear();
        desk.step_until("all notes", is_through);
        let asked: BTreeSet<String> =
            desk.simulator.requests().log.iter().filter(|r| r.route == Route::Detail).map(|r| r.path.clone()).collect();
        for id in desk.simulator.record_ids() {
            assert!(asked.contains(&format!("/api/labels/{id}")), "the notes of {id} were never asked for");
        }
    }
}

#[test]
fn a_desk_that_dies_anywhere_goes_on_where_it_was() {
    for kill_after in [3, 5, 8, 13, 21, 60, 150, 400] {
        let mut desk = Desk::new(setup(500, 40));
        desk.simulator.faults().every_nth(7, troubles());
        desk.sign_in();
        let ids = desk.simulator.record_ids();
        for life in 0..3_usize {
            let asked = desk.simulator.requests().count(Route::Any);
            let simulator = desk.simulator.clone();
            desk.step_until("some answers", |state| {
                simulator.requests().count(Route::Any) >= asked + kill_after || is_through(state)
            });
            desk.simulator.add_records(3);
            assert!(desk.simulator.remove_record(&ids[life * 100 + 20]));
            desk.simulator.add_late_record(Duration::from_secs(3_600 * 5));
            desk = desk.restart(setup(500, 40));
        }
        desk.simulator.faults().clear();
        next_day(&mut desk);
        until_in_step(&mut desk);
        let notes = desk.simulator.requests().count(Route::Detail);
        assert!(notes < 900, "{kill_after}: what is stored is not asked for again: {notes}");
        // Everything shown comes from the store, with nobody to ask.
        let rows: Vec<String> = shown(&desk, false);
        desk.simulator.faults().next(Route::Any, Fault::Reset, 1_000_000);
        desk = desk.restart(setup(500, 40));
        desk.step_until("the stored list", |state| state.list.view.loaded >= rows.len());
        assert_eq!(shown(&desk, false), rows, "{kill_after}");
    }
}

#[test]
fn a_gap_that_a_sudden_end_left_is_closed_at_the_next_start() {
    let mut desk = Desk::signed_in(setup(700, 60));
    desk.step_until("the end of the reading", is_through);
    // Long away: more new records than three pages, and the desk dies within the first of them.
    desk.simulator.add_records(450);
    desk.simulator.forget_requests();
    let simulator = desk.simulator.clone();
    desk.simulator.faults().every_nth(2, vec![Fault::Stall]);
    desk.step_until("the first page", |_| simulator.requests().count(Route::List) >= 2);
    desk.simulator.faults().clear();
    desk = desk.restart(setup(700, 60));
    until_in_step(&mut desk);
    assert_eq!(shown(&desk, false).len(), 1_150);
}

#[test]
fn a_record_that_comes_back_is_unmarked() {
    let mut desk = Desk::signed_in(setup(150, 30));
    desk.step_until("the end of the reading", is_through);
    let id = desk.simulator.record_ids()[90].clone();
    assert!(desk.simulator.remove_record(&id));
    next_day(&mut desk);
    desk.step_until("the mark", |state| state.list.view.rows.iter().any(|row| row.is_gone));
    assert_eq!(shown(&desk, true), [key_of(&id)]);
    desk = desk.restart(setup(150, 30));
    desk.step_until("the stored mark", |state| state.list.view.rows.iter().any(|row| row.is_gone));
    assert!(desk.simulator.restore_record(&id));
    next_day(&mut desk);
    next_day(&mut desk);
    desk.step_until("no mark", |state| is_through(state) && state.list.view.rows.iter().all(|row| !row.is_gone));
    until_in_step(&mut desk);
}

#[test]
fn pausing_rests_and_resuming_goes_on() {
    let mut desk = Desk::new(Setup { latency: Duration::from_millis(3), ..setup(500, 60) });
    desk.sign_in();
    desk.step_until("the reading", |state| state.list.progress.backfill.as_ref().is_some_and(|b| b.done > 45));
    desk.list(ListCommand::PauseBackfill);
    let pause = |state: &State| state.list.progress.backfill.as_ref().and_then(|backfill| backfill.pause);
    desk.step_until("the pause", |state| pause(state) == Some(BackfillPause::Asked));
    let rest = |desk: &mut Desk| {
        let polls = desk.simulator.requests().count(Route::List) + 4;
        let simulator = desk.simulator.clone();
        desk.step_until("some looks", |_| simulator.requests().count(Route::List) >= polls);
        desk.simulator.requests().count(Route::Detail)
    };
    // What was under way may still end.
    rest(&mut desk);
    let before = rest(&mut desk);
    assert_eq!(rest(&mut desk), before, "nothing is read");
    assert!(before < 400, "{before}");
    desk.list(ListCommand::ResumeBackfill);
    desk.step_until("the end of the reading", is_through);
    assert_eq!(desk.simulator.requests().count(Route::Detail), 500);
}

#[test]
fn a_metered_line_is_spared_until_it_is_free_or_the_setting_says_otherwise() {
    let metered = Arc::new(AtomicBool::new(true));
    let line = Line::Fixed(Some(Arc::clone(&metered)));
    let mut desk = Desk::signed_in(Setup { line: line.clone(), ..setup(400, 60) });
    let pause = |state: &State| state.list.progress.backfill.as_ref().and_then(|backfill| backfill.pause);
    desk.step_until("the pause", |state| pause(state) == Some(BackfillPause::Line));
    let asked = desk.simulator.requests().count(Route::Detail);
    assert!(asked <= 60, "the newest are read all the same, the others are not: {asked}");
    metered.store(false, Ordering::Relaxed);
    desk.step_until("the end of the reading", is_through);
    metered.store(true, Ordering::Relaxed);
    let mut desk = Desk::signed_in(Setup { line, ..setup(400, 60) });
    desk.step_until("the pause", |state| pause(state) == Some(BackfillPause::Line));
    desk.wish(Command::Settings(SettingsCommand::SparesTheLine(false)));
    desk.step_until("the end of the reading", is_through);
}

#[test]
fn few_questions_are_under_way_at_once_and_fewer_when_nxvet_is_busy() {
    let most = |desk: &Desk| {
        let log = desk.simulator.requests().log;
        log.iter().filter(|request| request.route == Route::Detail).map(|request| request.at_once).max()
    };
    let polite =
        || Setup { latency: Duration::from_millis(4), poll_every: Duration::from_secs(3_600), ..setup(500, 60) };
    let mut calm = Desk::new(polite());
    calm.sign_in();
    calm.step_until("the end of the reading", is_through);
    // Six of the background and one of the eye.
    assert!((4..=7).contains(&most(&calm).expect("questions")), "{:?}", most(&calm));
    let mut storm = Desk::new(polite());
    storm.sign_in();
    storm.simulator.faults().share(Route::Detail, Fault::RateLimited { retry_after: None }, 0.4);
    storm.step_until("the pace to settle", |state| state.list.progress.backfill.as_ref().is_some_and(|b| b.done > 100));
    storm.simulator.forget_requests();
    storm.step_until("the end of the reading", is_through);
    let log = storm.simulator.requests().log;
    let usual = log.iter().map(|request| request.at_once).sum::<usize>() as f64 / log.len() as f64;
    assert!(usual < 2.5, "{usual}");
    assert!(is_in_step(&storm));
}

#[test]
fn one_wish_to_be_left_alone_holds_for_all() {
    let mut desk = Desk::new(Setup { latency: Duration::from_millis(4), ..setup(400, 60) });
    desk.sign_in();
    desk.step_until("the reading", |state| state.list.progress.backfill.as_ref().is_some_and(|b| b.done > 45));
    // The desk of a test heeds no wish for longer than 0.3 s.
    desk.simulator.faults().next(Route::Detail, Fault::RateLimited { retry_after: Some("60".to_owned()) }, 1);
    let pause = |state: &State| state.list.progress.backfill.as_ref().and_then(|backfill| backfill.pause);
    desk.step_until("the rest", |state| pause(state) == Some(BackfillPause::Waiting));
    desk.step_until("the end of the reading", is_through);
    assert_eq!(shown(&desk, false).len(), 400);
}

#[test]
fn reading_goes_on_by_itself_after_a_time_without_a_network() {
    let mut desk = Desk::new(Setup { latency: Duration::from_millis(2), ..setup(500, 60) });
    desk.sign_in();
    desk.step_until("the reading", |state| state.list.progress.backfill.as_ref().is_some_and(|b| b.done > 45));
    desk.simulator.faults().next(Route::Any, Fault::Reset, 1_000_000);
    desk.step_until("being offline", |state| state.connection.is_offline());
    desk.simulator.faults().clear();
    desk.clock.advance(TimeDelta::minutes(10));
    desk.step_until("the end of the reading", is_through);
    assert!(desk.simulator.requests().count(Route::Detail) >= 500);
    until_in_step(&mut desk);
}

#[test]
fn pending_notes_are_asked_for_again_ever_more_rarely() {
    let mut desk = Desk::signed_in(setup(120, 30));
    desk.step_until("the end of the reading", is_through);
    let id = desk.simulator.add_pending_record();
    let path = format!("/api/labels/{id}");
    let simulator = desk.simulator.clone();
    let asked = move || simulator.requests().log.iter().filter(|request| request.path == path).count();
    desk.step_until("the first answer", |state| {
        let row = state.list.view.rows.iter().find(|row| row.key == ConsultationKey::record(&id));
        asked() == 1 && row.is_some_and(|row| row.stage == Stage::Transcribing)
    });
    // A composed record may end some minutes from now.
    for _ in 0..20 {
        if asked() < 2 {
            // The clock may be ahead of an answer that is still on its way, so once need not be enough.
            desk.clock.advance(TimeDelta::minutes(20));
            let looks = desk.simulator.requests().count(Route::List) + 4;
            let simulator = desk.simulator.clone();
            desk.step_until("a look", |_| simulator.requests().count(Route::List) >= looks);
        }
    }
    assert!(asked() >= 2, "never asked again");
    let mut waits = Vec::new();
    for times in 3..8 {
        let mut waited = 0_u32;
        while asked() < times {
            desk.clock.advance(TimeDelta::minutes(5));
            waited += 1;
            let looks = desk.simulator.requests().count(Route::List) + 4;
            let simulator = desk.simulator.clone();
            desk.step_until("a look", |_| simulator.requests().count(Route::List) >= looks);
        }
        waits.push(waited);
    }
    assert!(waits[4] > waits[0], "{waits:?}");
    desk.simulator.fill_note(&id);
    desk.clock.advance(TimeDelta::days(1));
    desk.step_until("its notes", |state| {
        let row = state.list.view.rows.iter().find(|row| row.key == ConsultationKey::record(&id));
        row.is_some_and(|row| row.stage == Stage::Ready)
    });
}
