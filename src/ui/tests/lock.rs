//! Locking and unlocking by what is there to read, to click and to type.

use super::{BELLA, Desk, samples, sent, window, window_of};
use crate::state::{
    Command, Dialog, Event, Fault, LockCommand, LockEvent, Problem, Session, SessionEvent, State, StorageCommand,
    TypedPin, WindowCommand,
};
use chrono::TimeDelta;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn locked(has_pin: bool) -> State {
    let mut state = samples::desk_with_open_record();
    state.handle(LockCommand::Lock.into(), samples::now());
    state.apply(Event::Lock(LockEvent::Locked { has_pin }), samples::now());
    state
}

fn with_pin() -> State {
    let mut state = samples::desk();
    state.apply(Event::Lock(LockEvent::PinChanged { has_pin: true }), samples::now());
    state
}

fn pin(text: &str) -> TypedPin {
    TypedPin(text.to_owned())
}

fn type_pin(harness: &mut Harness<'static, Desk>, field: &str, text: &str) {
    let node = harness.get_by_role_and_label(Role::PasswordInput, field);
    node.focus();
    node.type_text(text);
    harness.run();
}

/// Everything a screen reader would find.
fn spoken(harness: &Harness<'static, Desk>) -> String {
    let parts = harness.root().children_recursive().map(|node| format!("{:?}", node.accesskit_node().data()));
    parts.collect::<Vec<_>>().join("\n")
}

#[test]
fn ctrl_l_locks_and_leaves_no_patient_to_be_read() {
    let mut harness = window(samples::desk_with_open_record());
    assert!(spoken(&harness).contains("Bella"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    harness.run();
    assert_eq!(sent(&mut harness), [LockCommand::Lock.into()]);
    harness.get_by_label("Consult Desk is locked");
    harness.get_by_label("Locking…");
    let all = spoken(&harness);
    for word in ["Bella", "Golden Retriever", "Harbour Vets", "Room 1", "Roth"] {
        assert!(!all.contains(word), "{word} can still be read");
    }
}

#[test]
fn the_rail_locks_and_so_does_the_key_over_a_dialog() {
    let mut harness = window(samples::desk());
    harness.get_by_role_and_label(Role::Button, "Lock").click();
    harness.run();
    assert_eq!(sent(&mut harness), [LockCommand::Lock.into()]);
    let mut state = samples::desk();
    state.handle(WindowCommand::Show(Dialog::About).into(), samples::now());
    let mut harness = window(state);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::L);
    harness.run();
    assert_eq!(sent(&mut harness), [LockCommand::Lock.into()]);
    assert!(harness.query_by_label("Typeface").is_none(), "the dialog has gone with it");
}

#[test]
fn without_a_pin_one_key_opens_it_again() {
    let mut harness = window(locked(false));
    assert!(harness.query_by_role(Role::PasswordInput).is_none());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [LockCommand::Unlock(None).into()]);
    assert!(harness.get_by_label("Opening…").accesskit_node().is_disabled());
    let organization = samples::signed_in().session.organization().cloned().expect("a clinic");
    let restored = Event::Session(SessionEvent::Restored { organization, demo: false });
    harness.state_mut().state.apply(restored, samples::now());
    harness.run();
    assert!(harness.query_by_label("Consult Desk is locked").is_none());
    assert!(harness.query_by_label(BELLA).is_none(), "nothing is opened again by itself");
}

#[test]
fn a_typed_pin_is_handed_on_and_not_kept() {
    let mut harness = window(locked(true));
    assert!(harness.get_by_label("Unlock").accesskit_node().is_disabled(), "nothing is typed yet");
    type_pin(&mut harness, "PIN", "4711");
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [LockCommand::Unlock(Some(pin("4711"))).into()]);
    assert_eq!(harness.get_by_role_and_label(Role::PasswordInput, "PIN").value().unwrap_or_default(), "");

    let problem = Problem::new(&Fault::Store("That is not the PIN.".to_owned()), "PIN-WRONG");
    let wait_until = Some(samples::now() + TimeDelta::seconds(200));
    harness.state_mut().state.apply(Event::Lock(LockEvent::Refused { problem, wait_until }), samples::now());
    harness.run();
    assert!(harness.query_all_by_label("That is not the PIN.").next().is_some());
    harness.get_by_label("The next try is possible in 3 min 20 s.");
    assert!(harness.get_by_label("Unlock").accesskit_node().is_disabled());
}

#[test]
fn who_forgot_the_pin_is_shown_the_way_out() {
    let mut harness = window(locked(true));
    harness.get_by_label("Forgotten the PIN? Sign out and remove everything here").click();
    harness.run();
    assert_eq!(sent(&mut harness), [StorageCommand::AskToRemoveEverything.into()]);
    assert_eq!(harness.state().state.dialog, Some(Dialog::RemoveEverything));
    assert!(matches!(harness.state().state.session, Session::Locked(_)), "it only asks");
}

#[test]
fn a_low_and_narrow_window_reaches_everything_of_the_lock_screen() {
    for size in [(640.0, 480.0), (420.0, 300.0)] {
        let harness = window_of(locked(true), size);
        harness.get_by_role_and_label(Role::PasswordInput, "PIN");
        harness.get_by_label("Unlock");
    }
}

fn open(mut state: State, dialog: Dialog) -> Harness<'static, Desk> {
    state.handle(WindowCommand::Show(dialog).into(), samples::now());
    window(state)
}

fn is_disabled(harness: &Harness<'static, Desk>, button: &str) -> bool {
    harness.get_by_role_and_label(Role::Button, button).accesskit_node().is_disabled()
}

#[test]
fn a_first_pin_is_typed_twice() {
    let mut harness = open(samples::desk(), Dialog::Pin);
    type_pin(&mut harness, "New PIN", "471");
    harness.get_by_label("At least 4 characters.");
    type_pin(&mut harness, "New PIN", "108");
    harness.get_by_label("Good.");
    type_pin(&mut harness, "New PIN once more", "4711");
    harness.get_by_label("The two are not the same.");
    assert!(is_disabled(&harness, "Set PIN"));
    type_pin(&mut harness, "New PIN once more", "08");
    harness.get_by_role_and_label(Role::Button, "Set PIN").click();
    harness.run();
    let set = LockCommand::SetPin { old: None, new: pin("471108") };
    assert_eq!(sent(&mut harness), [Command::from(set)]);
    assert!(is_disabled(&harness, "Sealing…"));
    harness.state_mut().state.apply(Event::Lock(LockEvent::PinChanged { has_pin: true }), samples::now());
    harness.run();
    assert!(harness.query_by_label("Set a PIN").is_none());
    assert!(harness.query_all_by_label_contains("PIN set").next().is_some());
}

#[test]
fn changing_and_removing_ask_for_the_pin_until_now() {
    let mut harness = open(with_pin(), Dialog::Pin);
    type_pin(&mut harness, "New PIN", "471108");
    type_pin(&mut harness, "New PIN once more", "471108");
    assert!(is_disabled(&harness, "Change PIN"));
    type_pin(&mut harness, "PIN until now", "4711");
    harness.key_press(Key::Enter);
    harness.run();
    let change = LockCommand::SetPin { old: Some(pin("4711")), new: pin("471108") };
    assert_eq!(sent(&mut harness), [Command::from(change)]);

    let mut harness = open(with_pin(), Dialog::RemovePin);
    type_pin(&mut harness, "PIN", "4711");
    harness.get_by_role_and_label(Role::Button, "Remove PIN").click();
    harness.run();
    assert_eq!(sent(&mut harness), [Command::from(LockCommand::RemovePin(pin("4711")))]);
}
