//! The key and the patients' data are nowhere but where they belong.

use crate::support::canaries::Canaries;
use crate::support::desk::{Desk, Setup};
use consult_desk::domain::Stage;
use consult_desk::state::{Command, PlayerCommand, RecordingState};

#[test]
fn neither_the_key_nor_a_patient_is_in_any_file() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.step_until("stages", |state| state.list.view.rows.iter().any(|row| row.stage == Stage::Ready));
    let key = desk.key_with_recording();
    desk.open_record(&key);
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("the recording", |state| {
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Stored { .. }))
    });
    let secret = desk.simulator.key();
    let mut titles: Vec<String> = desk.state.list.view.rows.iter().map(|row| row.title.clone()).collect();
    // What is shorter would be found by chance.
    titles.retain(|title| title.len() > 16);
    titles.sort();
    titles.dedup();
    let texts = titles.iter().map(|title| ("a title", title.as_str())).chain([("the key", secret.as_str())]);
    let canaries = Canaries::new(texts);
    let home = std::sync::Arc::clone(&desk.home);
    assert_eq!(canaries.below(home.path()), Vec::<String>::new(), "while it runs");
    drop(desk);
    assert_eq!(canaries.below(home.path()), Vec::<String>::new(), "after it was closed");
}

#[test]
fn the_key_goes_to_the_server_and_nowhere_else() {
    let desk = Desk::signed_in(Setup::default());
    let secret = desk.simulator.key();
    let requests = desk.simulator.requests().log;
    assert!(requests.iter().all(|request| request.had_authorization));
    assert!(requests.iter().all(|request| !request.path.contains(&secret) && !request.query.contains(&secret)));
    let debug = format!("{:?} {:?}", desk.state.session, desk.state.notices);
    assert!(!debug.contains(&secret));
}
