//! A desk that opens while its window is still being made: the first picture holds what is stored, and a thread that
//! opens hands over what it has taken in.

use crate::support::desk::{Desk, LIMIT, Setup};
use consult_desk::domain::Zone;
use consult_desk::shell::{Opening, Shell};
use consult_desk::simulator::{Fault, Route};
use consult_desk::state::{Session, Settings};
use eframe::egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::sync::OnceLock;
use std::time::Instant;

/// A desk with stored consultations that is started again without a network.
fn started_again() -> Desk {
    let mut desk = Desk::signed_in(Setup::default());
    desk.step_until("rows", |state| state.list.view.rows.len() >= 100);
    desk.simulator.faults().next(Route::Any, Fault::Reset, 100_000);
    desk.restart(Setup::default())
}

#[test]
fn the_first_picture_holds_the_stored_list() {
    let Desk { backend, clock, home: _home, simulator: _simulator, .. } = started_again();
    let mut opening = Opening::begin(backend, Settings::default(), clock, Zone::utc());
    let end = Instant::now() + LIMIT;
    while opening.state().list.view.rows.is_empty() {
        opening.take_in_events();
        assert!(Instant::now() < end, "the stored list");
        std::thread::yield_now();
    }
    let row = opening.state().list.view.rows.first().and_then(|row| row.patient.clone()).expect("a patient");
    let harness = Harness::builder().with_size(vec2(1280.0, 800.0)).with_max_steps(1).allow_missing_glyphs();
    let harness = harness.build_eframe(move |creation| Shell::of(&creation.egui_ctx, opening));
    let shown = harness.query_all_by_label_contains(row.display_name()).next();
    assert!(shown.is_some(), "the row is there before the second frame");
}

#[test]
fn the_thread_that_opens_hands_over_to_the_window() {
    let Desk { backend, clock, home: _home, simulator, .. } = started_again();
    let before = simulator.requests().log.len();
    let woken = OnceLock::new();
    let underway = Opening::begin(backend, Settings::default(), clock, Zone::utc()).go_on(&woken).expect("a thread");
    let end = Instant::now() + LIMIT;
    // It only asks the server once the clinic is open; until then nobody but this loop wakes it.
    while simulator.requests().log.len() == before {
        woken.get().expect("its thread").unpark();
        assert!(Instant::now() < end, "the desk opens without a window");
        std::thread::yield_now();
    }
    let mut opening = underway.take().expect("handed over");
    opening.take_in_events();
    assert!(matches!(opening.state().session, Session::SignedIn { .. }), "{:?}", opening.state().session);
}
