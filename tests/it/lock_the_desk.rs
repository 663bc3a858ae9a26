//! The locked desk: what is let go of, the way back in, PINs, and what is lost with a key.

use crate::support::desk::{Desk, Setup};
use consult_desk::platform::SecretStore;
use consult_desk::state::{
    Command, Fault, Kept, LockCommand, LockScreen, Problem, Session, SessionCommand, State, TypedPin,
};
use std::path::{Path, PathBuf};

fn lock(state: &State) -> Option<&LockScreen> {
    match &state.session {
        Session::Locked(screen) => Some(screen),
        _ => None,
    }
}

fn is_open(state: &State) -> bool {
    matches!(state.session, Session::SignedIn { .. })
}

fn pin(text: &str) -> TypedPin {
    TypedPin(text.to_owned())
}

#[track_caller]
fn lock_it(desk: &mut Desk) {
    desk.wish(Command::Lock(LockCommand::Lock));
    desk.step_until("the locked desk", |state| lock(state).is_some_and(|screen| !screen.is_closing));
}

#[track_caller]
fn unlock(desk: &mut Desk, typed: Option<&str>) {
    desk.wish(Command::Lock(LockCommand::Unlock(typed.map(pin))));
}

#[track_caller]
fn set_pin(desk: &mut Desk, old: Option<&str>, new: &str) {
    desk.wish(Command::Lock(LockCommand::SetPin { old: old.map(pin), new: pin(new) }));
    desk.step_until("the PIN", |state| state.lock.has_pin && !state.lock.pin_change.is_saving);
}

fn words(problem: &Fault) -> String {
    Problem::new(problem, "").summary
}

fn data(desk: &Desk) -> PathBuf {
    consult_desk::platform::Folders::below(desk.home.path()).data
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.path().is_dir() { folders.push(entry.path()) } else { files.push(entry.path()) }
        }
    }
    files
}

#[test]
fn a_locked_desk_holds_nothing_and_opens_again_with_the_key_store() {
    let mut desk = Desk::signed_in(Setup::default());
    let rows = desk.row_keys();
    lock_it(&mut desk);
    assert!(desk.state.list.view.rows.is_empty());
    assert_eq!(lock(&desk.state).map(|screen| screen.has_pin), Some(false));
    // Nobody has the databases open any more: no journal is left beside them.
    let journals = files_below(&data(&desk)).into_iter().filter(|path| path.to_string_lossy().ends_with("-wal"));
    assert_eq!(journals.count(), 0, "the databases were closed");
    unlock(&mut desk, None);
    desk.step_until("the open desk", is_open);
    desk.settle();
    assert_eq!(desk.row_keys(), rows);
}

#[test]
fn a_pin_is_asked_for_at_the_lock_and_at_the_start() {
    let mut desk = Desk::signed_in(Setup::default());
    set_pin(&mut desk, None, "2580");
    lock_it(&mut desk);
    assert_eq!(lock(&desk.state).map(|screen| screen.has_pin), Some(true));
    unlock(&mut desk, Some("0000"));
    desk.step_until("the refusal", |state| lock(state).is_some_and(|screen| screen.problem.is_some()));
    let said = lock(&desk.state).and_then(|screen| screen.problem.clone()).map(|problem| problem.summary);
    assert_eq!(said, Some(words(&Fault::WrongPin)));
    unlock(&mut desk, Some("2580"));
    desk.step_until("the open desk", is_open);
    assert!(desk.state.lock.has_pin);
    desk = desk.restart(Setup::default());
    desk.step_until("the locked start", |state| lock(state).is_some());
    assert_eq!(lock(&desk.state).map(|screen| screen.has_pin), Some(true));
    unlock(&mut desk, Some("2580"));
    desk.step_until("the open desk", is_open);
    desk.settle();
    set_pin(&mut desk, Some("2580"), "1470");
    desk.wish(Command::Lock(LockCommand::RemovePin(pin("2580"))));
    desk.step_until("the refusal", |state| state.lock.pin_change.problem.is_some());
    assert!(desk.state.lock.has_pin);
    desk.wish(Command::Lock(LockCommand::RemovePin(pin("1470"))));
    desk.step_until("no PIN", |state| !state.lock.has_pin);
    desk = desk.restart(Setup::default());
    desk.step_until("the open desk", is_open);
}

#[test]
fn wrong_pins_bring_a_wait_that_a_new_start_does_not_end() {
    let mut desk = Desk::signed_in(Setup::default());
    set_pin(&mut desk, None, "2580");
    lock_it(&mut desk);
    for _ in 0..5 {
        unlock(&mut desk, Some("0000"));
        desk.step_until("the refusal", |state| lock(state).is_some_and(|screen| !screen.is_checking));
    }
    assert!(lock(&desk.state).is_some_and(|screen| screen.wait_until.is_some()));
    desk = desk.restart(Setup::default());
    desk.step_until("the locked start", |state| lock(state).is_some());
    unlock(&mut desk, Some("2580"));
    desk.step_until("the refusal", |state| lock(state).is_some_and(|screen| !screen.is_checking));
    let said = lock(&desk.state).and_then(|screen| screen.problem.clone()).map(|problem| problem.summary);
    assert_eq!(said, Some(words(&Fault::PinMustWait)));
    desk.clock.advance(chrono::TimeDelta::seconds(31));
    unlock(&mut desk, Some("2580"));
    desk.step_until("the open desk", is_open);
}

#[test]
fn a_lost_secret_is_no_dead_end() {
    for with_pin in [false, true] {
        let mut desk = Desk::signed_in(Setup::default());
        if with_pin {
            set_pin(&mut desk, None, "2580");
        }
        desk.secrets.delete().expect("forgotten");
        desk = desk.restart(Setup::default());
        if with_pin {
            desk.step_until("the locked start", |state| lock(state).is_some());
            unlock(&mut desk, Some("2580"));
        }
        desk.step_until("the sign-in screen", |state| {
            state.session.sign_in().is_some_and(|sign_in| sign_in.problem.is_some())
        });
        let said = desk.state.session.sign_in().and_then(|sign_in| sign_in.problem.clone());
        assert_eq!(said.map(|problem| problem.code), Some("KEYS-LOST".to_owned()));
        desk.sign_in();
        assert!(!desk.state.list.view.rows.is_empty());
        let names: Vec<String> = files_below(&data(&desk)).iter().map(|path| path.display().to_string()).collect();
        assert!(names.iter().any(|name| name.contains("local.db.lost-")), "{names:?}");
        desk = desk.restart(Setup::default());
        desk.step_until("the open desk", is_open);
    }
}

#[test]
fn without_a_key_store_nothing_is_left_after_the_run() {
    let setup = || Setup { secrets: SecretStore::None, ..Setup::default() };
    let mut desk = Desk::signed_in(setup());
    assert!(matches!(&desk.state.session, Session::SignedIn { kept: Kept::No(why), .. } if why.contains("nothing")));
    let is_store = |path: &PathBuf| path.to_string_lossy().contains(".db") || path.to_string_lossy().contains("sealed");
    let found: Vec<_> = files_below(desk.home.path()).into_iter().filter(is_store).collect();
    assert!(found.iter().all(|path| path.to_string_lossy().contains("this-run-")), "{found:?}");
    assert!(!found.is_empty());
    desk = desk.restart(setup());
    desk.step_until("the sign-in screen", |state| matches!(state.session, Session::SignedOut(_)));
    let found: Vec<_> = files_below(desk.home.path()).into_iter().filter(is_store).collect();
    assert_eq!(found, Vec::<PathBuf>::new());
}

#[test]
fn signing_out_leaves_no_key_and_no_data() {
    let mut desk = Desk::signed_in(Setup::default());
    set_pin(&mut desk, None, "2580");
    desk.wish(Command::Session(SessionCommand::SignOut));
    desk.step_until("signed out", |state| matches!(state.session, Session::SignedOut(_)));
    let left: Vec<_> = files_below(&data(&desk));
    let ours = |path: &&PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        name.contains(".db") || name.contains("sealed") || name.contains("vault")
    };
    assert_eq!(left.iter().filter(ours).collect::<Vec<_>>(), Vec::<&PathBuf>::new());
    assert_eq!(desk.secrets.vault_key(false), Ok(None));
    desk.sign_in();
    assert!(!desk.state.list.view.rows.is_empty());
}

#[test]
fn a_plain_database_is_not_opened_and_no_dead_end() {
    let desk = Desk::signed_in(Setup::default());
    let local = data(&desk).join("local.db");
    let setup = Setup { secrets: desk.secrets.clone(), ..Setup::default() };
    let Desk { backend, simulator, home, .. } = desk;
    drop(backend);
    std::fs::write(&local, b"SQLite format 3\0 and what follows").expect("written");
    let mut desk = Desk::open(setup, simulator, home);
    desk.step_until("the sign-in screen", |state| {
        state.session.sign_in().is_some_and(|sign_in| sign_in.problem.is_some())
    });
    assert!(std::fs::read(&local).expect("left alone").starts_with(b"SQLite format 3"));
    desk.sign_in();
    assert!(files_below(&data(&desk)).iter().any(|path| path.to_string_lossy().contains("local.db.plain-")));
}

#[test]
fn without_a_key_store_a_long_pin_lets_the_desk_be_kept() {
    let setup = || Setup { secrets: SecretStore::None, ..Setup::default() };
    let mut desk = Desk::signed_in(setup());
    desk.wish(Command::Lock(LockCommand::SetPin { old: None, new: pin("2580") }));
    desk.step_until("the refusal", |state| state.lock.pin_change.problem.is_some());
    set_pin(&mut desk, None, "correct horse");
    desk.step_until("being kept", |state| matches!(state.session, Session::SignedIn { kept: Kept::Yes, .. }));
    desk = desk.restart(setup());
    desk.step_until("the locked start", |state| lock(state).is_some());
    unlock(&mut desk, Some("correct horse"));
    desk.step_until("the open desk", is_open);
    desk.settle();
    assert!(!desk.row_keys().is_empty());
    desk.wish(Command::Lock(LockCommand::RemovePin(pin("correct horse"))));
    desk.step_until("the refusal", |state| state.lock.pin_change.problem.is_some());
    lock_it(&mut desk);
    unlock(&mut desk, Some("correct horse"));
    desk.step_until("the open desk", is_open);
}
