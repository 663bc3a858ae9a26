//! Faults in the middle of work: what shows, what stays, and that waiting is seen.

use crate::support::desk::{Desk, Setup};
use consult_desk::simulator::{Fault, Route};
use consult_desk::state::{Command, Connection, ListCommand, Loading, WaitReason};
use std::time::Duration;

#[test]
fn being_asked_to_slow_down_is_seen_and_passes() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.simulator.faults().next(Route::List, Fault::RateLimited { retry_after: Some("1".to_owned()) }, 2);
    desk.list(ListCommand::Refresh);
    let mut seen: Option<Connection> = None;
    desk.step_until("the refresh", |state| {
        if state.connection.waiting.is_some() {
            seen = Some(state.connection.clone());
        }
        seen.is_some() && state.list.progress.loading == Loading::Idle && state.connection.waiting.is_none()
    });
    let waiting = seen.and_then(|connection| connection.waiting).map(|(_, reason)| reason);
    assert_eq!(waiting, Some(WaitReason::SlowDown));
    assert!(desk.state.list.problem.is_none());
}

#[test]
fn each_fault_of_the_list_has_its_own_words_and_keeps_the_rows() {
    for (fault, words) in [
        (Fault::Status(403), "This key may not list consultations."),
        (Fault::Status(500), "NxVET has a problem on its side."),
        (Fault::Reset, "The connection broke off."),
        (Fault::Garbage, "The network answered instead of NxVET."),
        (Fault::WrongJson, "The server sent something unexpected."),
        (Fault::TruncatedJson, "The connection broke off."),
        (Fault::DeepJson(500_000), "The server sent something unexpected."),
        (Fault::EmptyBody, "The connection broke off."),
        (Fault::GzipBomb(1 << 30), "The answer was larger than it may be."),
        (Fault::CutBody, "The connection broke off."),
        (Fault::RateLimited { retry_after: Some("nonsense".to_owned()) }, "NxVET asked us to slow down."),
    ] {
        let mut desk = Desk::signed_in(Setup::default());
        let rows = desk.row_keys();
        desk.simulator.faults().next(Route::List, fault.clone(), 100);
        desk.list(ListCommand::Refresh);
        desk.step_until("a problem", |state| state.list.problem.is_some());
        assert_eq!(desk.state.list.problem.as_ref().map(|p| p.summary.as_str()), Some(words), "{fault:?}");
        assert_eq!(desk.row_keys(), rows, "{fault:?} keeps what was loaded");
    }
}

#[test]
fn a_server_that_falls_silent_is_given_up() {
    let idle_timeout = Duration::from_millis(150);
    let mut desk = Desk::signed_in(Setup { idle_timeout, ..Setup::default() });
    desk.simulator.faults().next(Route::List, Fault::Stall, 100);
    desk.list(ListCommand::Refresh);
    desk.step_until("a problem", |state| state.list.problem.is_some());
    let words = desk.state.list.problem.as_ref().map(|problem| problem.summary.clone());
    assert!(
        matches!(words.as_deref(), Some("NxVET takes too long to answer." | "The connection broke off.")),
        "{words:?}"
    );
}

#[test]
fn time_that_passes_lets_notices_fade() {
    let mut desk = Desk::signed_in(Setup::default());
    desk.simulator.faults().clear();
    let key = desk.row_keys().first().cloned().expect("a row");
    desk.open_record(&key);
    desk.wish(Command::Record(consult_desk::state::RecordCommand::CopyTranscript));
    assert_eq!(desk.state.notices.iter().count(), 1);
    assert!(desk.state.next_wake().is_some_and(|wake| wake <= Duration::from_secs(4)));
    desk.clock.advance(chrono::TimeDelta::seconds(5));
    desk.wish(Command::TimePassed);
    assert_eq!(desk.state.notices.iter().count(), 0);
}

#[test]
fn a_wait_can_be_given_up() {
    let mut desk = Desk::signed_in(Setup::default());
    let rows = desk.row_keys();
    desk.simulator.faults().next(Route::List, Fault::Stall, 100);
    desk.list(ListCommand::Refresh);
    desk.step_until("loading", |state| state.list.progress.loading == Loading::Newest);
    desk.list(ListCommand::StopLoading);
    desk.step_until("being idle again", |state| state.list.progress.loading == Loading::Idle);
    assert_eq!(desk.row_keys(), rows);
    desk.simulator.faults().clear();
    desk.list(ListCommand::Refresh);
    desk.settle();
}

#[test]
fn a_redirect_elsewhere_is_refused_for_lists_and_records() {
    let elsewhere = |status| Fault::Redirect { status, location: "https://elsewhere.example/x".to_owned() };
    for status in [301, 302, 303, 307, 308] {
        let mut desk = Desk::signed_in(Setup::default());
        desk.simulator.faults().next(Route::List, elsewhere(status), 10);
        desk.simulator.faults().next(Route::Detail, elsewhere(status), 200);
        desk.list(ListCommand::Refresh);
        desk.step_until("a problem", |state| state.list.problem.is_some());
        let words = "NxVET's address sent us to another place, which was refused.";
        assert_eq!(desk.state.list.problem.as_ref().map(|p| p.summary.as_str()), Some(words), "{status}");
        let key = far_down(&desk);
        desk.open_record(&key);
        let problem = desk.state.record.as_ref().and_then(|record| record.notes.problem().cloned());
        assert_eq!(problem.map(|p| p.summary).as_deref(), Some(words), "{status}");
    }
}

/// A record whose notes were not read ahead.
fn far_down(desk: &Desk) -> consult_desk::domain::ConsultationKey {
    desk.row_keys().into_iter().filter(|key| key.record_id().is_some()).nth(90).expect("many rows")
}

#[test]
fn a_key_refused_while_reading_or_downloading_asks_for_a_new_one_and_keeps_the_rest() {
    use consult_desk::state::PlayerCommand;
    for wish in [None, Some(PlayerCommand::Download)] {
        let mut desk = Desk::signed_in(Setup::default());
        let rows = desk.row_keys();
        let key = desk.key_with_recording();
        if wish.is_some() {
            desk.open_record(&key);
        }
        desk.simulator.revoke_key();
        match wish {
            Some(command) => desk.wish(Command::Player(command)),
            None => desk.list(ListCommand::Select(far_down(&desk))),
        }
        desk.step_until("the question for a new key", |state| state.session.sign_in().is_some());
        let problem = desk.state.session.sign_in().and_then(|sign_in| sign_in.problem.clone());
        assert_eq!(problem.map(|p| p.summary).as_deref(), Some("NxVET did not accept this key."));
        assert_eq!(desk.row_keys(), rows);
    }
}

#[test]
fn a_slow_network_is_slow_and_nothing_else() {
    let mut desk = Desk::new(Setup::default());
    desk.simulator.faults().next(Route::Any, Fault::Slow(60_000), 6);
    desk.sign_in();
    assert!(desk.state.list.problem.is_none());
    assert!(desk.row_keys().len() >= 100);
}

#[test]
fn silence_is_given_up_while_signing_in_reading_and_downloading() {
    use consult_desk::state::{PlayerCommand, RecordingState};
    let setup = || Setup { idle_timeout: Duration::from_millis(120), ..Setup::default() };
    let gave_up = ["NxVET takes too long to answer.", "The connection broke off."];
    let mut desk = Desk::new(setup());
    desk.simulator.faults().next(Route::Identity, Fault::Stall, 50);
    let key = desk.simulator.key();
    desk.paste_key(&key);
    desk.step_until("words", |state| state.session.sign_in().is_some_and(|sign_in| sign_in.problem.is_some()));
    let problem = desk.state.session.sign_in().and_then(|sign_in| sign_in.problem.clone()).expect("words");
    assert!(gave_up.contains(&problem.summary.as_str()), "{problem:?}");
    desk.simulator.faults().clear();
    desk.sign_in();
    desk.simulator.faults().next(Route::Detail, Fault::Stall, 50);
    let far = far_down(&desk);
    desk.open_record(&far);
    let problem = desk.state.record.as_ref().and_then(|record| record.notes.problem().cloned()).expect("words");
    assert!(gave_up.contains(&problem.summary.as_str()) || problem.code == "NX-TIME", "{problem:?}");
    desk.simulator.faults().clear();
    let key = desk.key_with_recording();
    desk.open_record(&key);
    desk.simulator.faults().next(Route::Audio, Fault::Stall, 50);
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("a failed download", |state| {
        matches!(state.record.as_ref().map(|record| &record.recording), Some(RecordingState::Failed(_)))
    });
    desk.simulator.faults().clear();
    desk.wish(Command::Player(PlayerCommand::Download));
    desk.step_until("the recording after all", |state| {
        matches!(state.record.as_ref().map(|record| &record.recording), Some(RecordingState::Stored { .. }))
    });
}
