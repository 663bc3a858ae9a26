//! The reading of older consultations in the status bar: how far it is, letting it rest, and keeping out of the way.

use super::super::samples;
use super::{Desk, sent, window, window_of};
use crate::state::{Backfill, BackfillPause, Event, ListCommand, ListEvent, Progress, State};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

const READING: &str = "Reading older consultations: 1,250 of 4,000, about 3 min left";

fn told(pause: Option<BackfillPause>) -> Event {
    let backfill = Backfill { done: 1_250, of: 4_000, per_minute: if pause.is_some() { 0 } else { 900 }, pause };
    let progress = Progress {
        loaded: 300,
        total: Some(4_000),
        synced_at: Some(samples::now()),
        backfill: Some(backfill),
        ..Progress::default()
    };
    Event::List(ListEvent::Progress(progress))
}

fn reading(pause: Option<BackfillPause>) -> State {
    let mut state = samples::desk();
    state.apply(told(pause), samples::now());
    state
}

fn tell(harness: &mut Harness<'static, Desk>, event: Event) {
    harness.state_mut().state.apply(event, samples::now());
    harness.run();
}

#[test]
fn how_far_it_is_stands_beside_how_fresh_the_list_is() {
    let harness = window(reading(None));
    harness.get_by_label("Up to date 14:02");
    harness.get_by_label(READING);
    let harness = window_of(reading(None), (760.0, 560.0));
    harness.get_by_label("Up to date 14:02");
    harness.get_by_label("Older consultations: 1,250 of 4,000");
    let harness = window(samples::desk());
    assert!(harness.query_by_label_contains("older consultations").is_none(), "nothing to read, nothing to say");
}

#[test]
fn it_can_be_paused_and_resumed() {
    let mut harness = window(reading(None));
    harness.get_by_label("Pause reading older consultations").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::PauseBackfill.into()]);
    tell(&mut harness, told(Some(BackfillPause::Asked)));
    harness.get_by_label("Reading older consultations is paused at 1,250 of 4,000");
    harness.get_by_label("Resume reading older consultations").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::ResumeBackfill.into()]);
}

#[test]
fn why_it_waits_is_said() {
    let harness = window(reading(Some(BackfillPause::Line)));
    harness.get_by_label("Reading older consultations waits at 1,250 of 4,000: the connection is metered or slow");
    let harness = window(reading(Some(BackfillPause::Waiting)));
    harness.get_by_label("Reading older consultations waits at 1,250 of 4,000 for NxVET");
}

/// Its news comes while a look failed; it must not take the words about that away.
#[test]
fn news_of_the_reading_leaves_the_words_of_a_failed_look() {
    let mut state = samples::desk();
    let problem = crate::state::Problem::new(&crate::state::Fault::ServerTrouble, "NX-500");
    state.apply(Event::List(ListEvent::Failed(problem)), samples::now());
    let Event::List(ListEvent::Progress(progress)) = told(None) else { return };
    let failed = Progress { has_failed: true, ..progress };
    state.apply(Event::List(ListEvent::Progress(failed)), samples::now());
    assert!(state.list.problem.is_some());
    state.apply(told(None), samples::now());
    assert!(state.list.problem.is_none(), "a look that went well does");
}
