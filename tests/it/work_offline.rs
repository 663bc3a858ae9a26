//! Offline: what was seen shows at once, says how old it is, and the desk comes back by itself.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::Stage;
use consult_desk::simulator::{Fault, Route};
use consult_desk::state::{Command, Session, Source, WindowCommand};
use std::time::Duration;

#[test]
fn what_was_seen_shows_without_a_network() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.step_until("stages", |state| state.list.view.rows.iter().any(|row| row.stage == Stage::Ready));
    let rows = desk.row_keys();
    let key = desk.state.list.view.rows.iter().find(|row| row.stage == Stage::Ready).map(|row| row.key.clone());
    let key = key.expect("a ready record");
    desk.open_record(&key);
    desk.simulator.faults().next(Route::Any, Fault::Reset, 100_000);
    desk = desk.restart(Setup::default());
    desk.step_until("the stored list", |state| {
        matches!(state.session, Session::SignedIn { .. }) && state.list.view.rows.len() == rows.len()
    });
    assert_eq!(desk.row_keys(), rows);
    desk.step_until("being offline", |state| state.connection.is_offline());
    assert!(desk.state.list.progress.synced_at.is_some(), "it says as of when");
    desk.open_record(&key);
    let notes = desk.state.record.as_ref().and_then(|record| record.notes.value().cloned()).expect("stored notes");
    assert_eq!(notes.source, Source::Store);
    assert!(notes.reading.transcript.is_some());
}

#[test]
fn the_desk_comes_back_by_itself() {
    let poll_every = Duration::from_millis(20);
    let mut desk = Desk::signed_in(Setup { poll_every, ..Setup::default() });
    desk.simulator.faults().next(Route::Any, Fault::Reset, 100_000);
    desk.step_until("being offline", |state| state.connection.is_offline());
    desk.simulator.faults().clear();
    desk.wish(Command::List(consult_desk::state::ListCommand::Refresh));
    desk.step_until("being back", |state| !state.connection.is_offline());
}

#[test]
fn a_damaged_cache_is_set_aside_and_fetched_again() {
    let desk = Desk::signed_in(Setup::default());
    let rows = desk.state.list.view.rows.len();
    let Desk { backend, simulator, home, secrets, .. } = desk;
    drop(backend);
    let cache = home.path().join("data").join("cache.db");
    assert!(cache.is_file(), "the cache is where it is looked for");
    std::fs::write(&cache, b"this is no database, whatever its name says".repeat(100)).expect("writing");
    for side in ["cache.db-wal", "cache.db-shm"] {
        drop(std::fs::remove_file(home.path().join("data").join(side)));
    }
    let mut desk = Desk::open(Setup { secrets, ..Setup::default() }, simulator, home);
    desk.step_until("the session", |state| matches!(state.session, Session::SignedIn { .. }));
    desk.settle();
    assert_eq!(desk.state.list.view.rows.len(), rows);
}

#[test]
fn coming_back_to_the_window_looks_at_once() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.simulator.faults().next(Route::Any, Fault::Reset, 100_000);
    desk.wish(Command::List(consult_desk::state::ListCommand::Refresh));
    desk.step_until("being offline", |state| state.connection.is_offline());
    desk.wish(Command::Window(WindowCommand::Focused(false)));
    desk.simulator.faults().clear();
    desk.wish(Command::Window(WindowCommand::Focused(true)));
    desk.step_until("being back", |state| !state.connection.is_offline());
}

#[test]
fn a_computer_that_slept_looks_at_once() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.simulator.faults().next(Route::Any, Fault::Reset, 100_000);
    desk.wish(Command::List(consult_desk::state::ListCommand::Refresh));
    desk.step_until("being offline", |state| state.connection.is_offline());
    desk.simulator.faults().clear();
    // Over night no timer of the desk went on; only the time of day did.
    desk.clock.advance(chrono::TimeDelta::hours(9));
    desk.step_until("being back", |state| !state.connection.is_offline());
}
