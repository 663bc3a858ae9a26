//! Links to a consultation, with a real background and the simulator: what is stored, what only NxVET has, what
//! nobody has, and a desk that is locked.

use crate::support::desk::{Desk, Setup};
use consult_desk::domain::{ConsultationKey, GivenLink, link};
use consult_desk::simulator::Source;
use consult_desk::state::{Command, LinkCommand, LockCommand, Session, SessionCommand, State, TypedPin};

fn follow(desk: &mut Desk, key: &ConsultationKey) {
    let text = link::to(key).expect("a link");
    desk.wish(Command::Link(LinkCommand::Follow(GivenLink::new(&text))));
}

fn is_read(state: &State, key: &ConsultationKey) -> bool {
    state.record.as_ref().is_some_and(|record| record.key == *key && record.reading().is_some())
}

/// A record that the list has not come to: there are more than the first pages hold.
fn one_further_back(desk: &Desk) -> ConsultationKey {
    let listed = desk.row_keys();
    let ids = desk.simulator.record_ids();
    let keys = ids.iter().map(ConsultationKey::record);
    let mut unlisted = keys.filter(|key| !listed.contains(key));
    unlisted.next().expect("one that is not listed")
}

#[test]
fn a_link_opens_what_is_in_the_list() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = desk.row_keys().into_iter().rfind(|key| key.record_id().is_some()).expect("a record");
    follow(&mut desk, &key);
    desk.step_until("its notes", |state| is_read(state, &key));
    desk.wish(Command::Link(LinkCommand::Copy));
    let copied = desk.copied.last().expect("a link");
    assert_eq!(GivenLink::new(copied).target(), Some(key));
}

#[test]
fn a_link_opens_what_only_nxvet_has_and_the_list_stays_as_it_is() {
    let source = Source::Generated { records: 1_500, seed: 7 };
    let mut desk = Desk::signed_in(Setup { source, ..Setup::default() });
    let (before, key) = (desk.row_keys(), one_further_back(&desk));
    follow(&mut desk, &key);
    desk.step_until("its notes", |state| is_read(state, &key));
    let knows_whose = |state: &State| state.record.as_ref().is_some_and(|record| record.consultation.is_some());
    desk.step_until("whose it is", knows_whose);
    assert_eq!(desk.row_keys(), before, "into the list it comes with its page");
}

#[test]
fn a_link_to_what_nobody_has_ends_in_words() {
    let mut desk = Desk::signed_in(Setup::default());
    let key = ConsultationKey::record("0190aaaa-0000-7000-8000-000000000000");
    follow(&mut desk, &key);
    let said = |state: &State| {
        let problem = state.record.as_ref().and_then(|record| record.notes.problem());
        problem.is_some_and(|problem| problem.summary == "This consultation is not on NxVET.")
    };
    desk.step_until("the words", said);
}

#[test]
fn a_locked_desk_opens_the_link_once_the_pin_was_typed() {
    let pin = || TypedPin("471108".to_owned());
    let mut desk = Desk::signed_in(Setup::default());
    let key = desk.row_keys().into_iter().find(|key| key.record_id().is_some()).expect("a record");
    desk.wish(Command::Lock(LockCommand::SetPin { old: None, new: pin() }));
    desk.step_until("the PIN", |state| state.lock.has_pin && !state.lock.pin_change.is_saving);
    desk.wish(Command::Lock(LockCommand::Lock));
    desk.step_until("the lock", |state| matches!(&state.session, Session::Locked(screen) if !screen.is_closing));
    follow(&mut desk, &key);
    desk.wish(Command::TimePassed);
    assert!(desk.state.record.is_none() && desk.state.link.is_waiting(), "the PIN comes first");
    desk.wish(Command::Lock(LockCommand::Unlock(Some(TypedPin("000000".to_owned())))));
    let refused = |state: &State| matches!(&state.session, Session::Locked(screen) if screen.problem.is_some());
    desk.step_until("a refusal", refused);
    desk.wish(Command::TimePassed);
    assert!(desk.state.record.is_none(), "a wrong one opens nothing");
    desk.wish(Command::Lock(LockCommand::Unlock(Some(pin()))));
    desk.step_until("being open", |state| matches!(state.session, Session::SignedIn { .. }));
    desk.wish(Command::TimePassed);
    desk.step_until("its notes", |state| is_read(state, &key));
}

#[test]
fn a_link_that_came_before_the_sign_in_opens_after_it() {
    let mut desk = Desk::new(Setup::default());
    desk.step_until("the sign-in screen", |state| state.session.sign_in().is_some());
    let key = ConsultationKey::record(desk.simulator.record_ids().first().expect("a record"));
    follow(&mut desk, &key);
    assert!(desk.state.link.is_waiting());
    desk.wish(Command::Session(SessionCommand::CancelSignIn));
    desk.sign_in();
    desk.wish(Command::TimePassed);
    desk.step_until("its notes", |state| is_read(state, &key));
}
