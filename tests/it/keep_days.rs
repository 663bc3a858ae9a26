//! What has been on this computer for as many days as the settings say goes by itself, and nothing that is in use.

use crate::support::desk::{Desk, Setup};
use chrono::TimeDelta;
use consult_desk::domain::ConsultationKey;
use consult_desk::simulator::Source;
use consult_desk::state::{
    Command, ListCommand, Loading, PlayerCommand, RecordCommand, RecordingState, SettingsCommand,
};
use std::path::PathBuf;
use std::time::SystemTime;

fn long_ago(desk: &Desk, days: i64) -> Vec<ConsultationKey> {
    let before = desk.clock.now() - TimeDelta::days(days);
    let old = desk.state.list.view.rows.iter().filter(|row| row.started_at < before);
    old.map(|row| row.key.clone()).collect()
}

fn spread_over_days() -> Setup {
    Setup { source: Source::Generated { records: 120, seed: 7 }, ..Setup::default() }
}

fn recordings(desk: &Desk) -> Vec<PathBuf> {
    let folder = desk.home.path().join("data/recordings");
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn download(desk: &mut Desk, key: &ConsultationKey) {
    desk.open_record(key);
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("the recording", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Stored { .. }))
    });
}

fn came_days_ago(desk: &Desk, days: i64) {
    let at: SystemTime = (desk.clock.now() - TimeDelta::days(days)).into();
    for path in recordings(desk) {
        let file = std::fs::File::options().write(true).open(path).expect("opened");
        file.set_modified(at).expect("dated");
    }
}

#[test]
fn a_lowered_number_of_days_lets_old_consultations_go_but_not_the_open_one() {
    let mut desk = Desk::signed_in(spread_over_days());
    // The desk counts by the server's clock, which in a test is hours away from its own.
    let old = long_ago(&desk, 2);
    let open = old.first().cloned().expect("the sample reaches further back than two days");
    desk.open_record(&open);
    desk.wish(Command::Settings(SettingsCommand::TextDays(1)));
    desk.step_until("the old ones gone", |state| {
        let here = |key: &ConsultationKey| state.list.view.rows.iter().any(|row| row.key == *key);
        here(&open) && old.iter().filter(|key| here(key)).count() == 1
    });
    assert!(desk.state.record.is_some(), "what is read stays open");
    desk.wish(Command::Record(RecordCommand::Close));
    desk.step_until("the closed one gone", |state| !state.list.view.rows.iter().any(|row| row.key == open));
    desk.step_until("the measure of it", |state| {
        state.storage.usage.as_ref().is_some_and(|usage| usage.consultations == state.list.view.rows.len())
    });
}

#[test]
fn what_was_let_go_of_does_not_come_back_by_itself() {
    let mut desk = Desk::signed_in(spread_over_days());
    let old = long_ago(&desk, 2);
    desk.wish(Command::Settings(SettingsCommand::TextDays(1)));
    let is_gone = |state: &consult_desk::state::State| {
        !state.list.view.rows.iter().any(|row| old.contains(&row.key)) && !state.list.view.rows.is_empty()
    };
    desk.step_until("the old ones gone", is_gone);
    desk.list(ListCommand::Refresh);
    desk.step_until("a look under way", |state| state.list.progress.loading != Loading::Idle);
    desk.settle();
    let back: Vec<_> = desk.state.list.view.rows.iter().filter(|row| old.contains(&row.key)).collect();
    assert!(is_gone(&desk.state), "{back:?}");
    let mut desk = desk.restart(spread_over_days());
    desk.settle();
    desk.step_until("the reading in the background through", |state| {
        let progress = &state.list.progress;
        progress.loading == Loading::Idle && progress.backfill.is_none() && progress.synced_at.is_some()
    });
    desk.list(ListCommand::Refresh);
    desk.step_until("another look", |state| state.list.progress.loading != Loading::Idle);
    desk.settle();
    let back: Vec<_> = desk.state.list.view.rows.iter().filter(|row| old.contains(&row.key)).collect();
    assert!(is_gone(&desk.state), "nor at the next start: {} rows, {back:?}", desk.state.list.view.rows.len());
    desk.list(ListCommand::LookFurtherBack);
    desk.step_until("the old ones back", |state| {
        old.iter().all(|key| state.list.view.rows.iter().any(|row| row.key == *key))
    });
}

#[test]
fn a_day_later_what_became_too_old_goes() {
    let mut desk = Desk::signed_in(spread_over_days());
    desk.wish(Command::Settings(SettingsCommand::TextDays(2)));
    desk.step_until("the old ones gone", |state| {
        let oldest = state.list.view.rows.last().map(|row| row.started_at);
        oldest.is_some_and(|oldest| oldest >= state.now - TimeDelta::days(3))
    });
    let before = desk.state.list.view.rows.len();
    // Without NxVET nobody says that it is this clock that is wrong.
    desk.simulator.shutdown();
    desk.clock.advance(TimeDelta::hours(25));
    desk.step_until("fewer", |state| state.list.view.rows.len() < before);
}

#[test]
fn old_recordings_go_at_the_next_start() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = desk.key_with_recording();
    download(&mut desk, &key);
    came_days_ago(&desk, 31);
    assert!(!recordings(&desk).is_empty());
    let mut desk = desk.restart(Setup::default());
    desk.settle();
    let limit = std::time::Instant::now() + crate::support::desk::LIMIT;
    while !recordings(&desk).is_empty() {
        desk.step();
        assert!(std::time::Instant::now() < limit, "{:?} are still there", recordings(&desk));
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
    desk.open_record(&key);
    desk.step_until("the word that it is not here", |state| {
        state.record.as_ref().is_some_and(|record| record.recording == RecordingState::NotStored)
    });
}

#[test]
fn a_recording_that_is_open_is_spared_until_it_is_closed() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = desk.key_with_recording();
    download(&mut desk, &key);
    came_days_ago(&desk, 20);
    desk.wish(Command::Settings(SettingsCommand::AudioDays(7)));
    // Something that takes as long as a pass: the settings are saved by the same wish.
    desk.wish(Command::Settings(SettingsCommand::AudioDays(5)));
    desk.settle();
    assert!(!recordings(&desk).is_empty(), "it is open");
    desk.wish(Command::Record(RecordCommand::Close));
    let limit = std::time::Instant::now() + crate::support::desk::LIMIT;
    while !recordings(&desk).is_empty() {
        desk.step();
        assert!(std::time::Instant::now() < limit, "{:?} are still there", recordings(&desk));
        std::thread::park_timeout(std::time::Duration::from_millis(2));
    }
}
