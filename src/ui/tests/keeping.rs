//! What lies on this computer, seen from the window: removing it, the log of this desk, the licences.

use super::{sent, window, window_of};
use crate::domain::{AuditAction, AuditCheck, AuditEntry, ConsultationKey};
use crate::state::{Dialog, Event, State, StorageCommand, StorageEvent, WindowCommand};
use crate::ui::samples;
use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use egui_kittest::kittest::Queryable as _;

const UNDERSTOOD: &str = "I understand that marks and remarks cannot be brought back";

fn with(dialog: Dialog) -> State {
    let mut state = samples::desk();
    state.dialog = Some(dialog);
    state
}

fn logged(state: &mut State, count: u64, check: AuditCheck) {
    let entry = |number| AuditEntry {
        number,
        at: samples::now(),
        action: AuditAction::Viewed,
        key: Some(ConsultationKey::record(format!("id-{number}"))),
        digest: String::new(),
    };
    let entries = (101..101 + count).rev().map(entry).collect();
    state.apply(Event::Storage(StorageEvent::Audit { below: None, entries, check }), samples::now());
}

#[test]
fn everything_is_removed_in_two_steps() {
    let mut window = window(with(Dialog::RemoveEverything));
    let remove = |window: &mut egui_kittest::Harness<'static, super::Desk>| {
        window.get_by_role_and_label(Role::Button, "Remove everything").click();
        window.run();
        sent(window)
    };
    assert_eq!(remove(&mut window), [], "not before it was understood");
    window.get_by_role_and_label(Role::CheckBox, UNDERSTOOD).click();
    window.run();
    assert_eq!(remove(&mut window), [StorageCommand::RemoveEverything.into()]);
    window.get_by_label("Removing…");
    assert!(window.query_by_role_and_label(Role::Button, "Remove everything").is_none(), "once is enough");
}

#[test]
fn what_was_understood_once_is_asked_again() {
    let mut window = window(with(Dialog::RemoveEverything));
    window.get_by_role_and_label(Role::CheckBox, UNDERSTOOD).click();
    window.run();
    window.key_press(Key::Escape);
    window.run();
    assert_eq!(sent(&mut window), [WindowCommand::CloseDialog.into()]);
    window.state_mut().state.dialog = Some(Dialog::RemoveEverything);
    window.run();
    window.get_by_role_and_label(Role::Button, "Remove everything").click();
    window.run();
    assert_eq!(sent(&mut window), []);
}

#[test]
fn the_log_says_whether_it_holds_and_goes_further_back() {
    let mut state = with(Dialog::Audit);
    logged(&mut state, 3, AuditCheck::Unbroken);
    let mut window = window(state);
    window.get_by_label("No entry was changed or left out.");
    window.get_by_label("Sun 22 Nov 2026, 14:02, Viewed, id-102, 102");
    window.get_by_label("Show older entries").click();
    window.run();
    assert_eq!(sent(&mut window), [StorageCommand::MoreAudit.into()]);
    logged(&mut window.state_mut().state, 1, AuditCheck::BrokenAt(17));
    window.run();
    window.get_by_label("From entry 17 on the log does not fit what was noted before.");
    // The box is lower now and finds its new middle with the next frame.
    window.run();
    window.get_by_role_and_label(Role::Button, "Export the log…").click();
    window.run();
    assert_eq!(sent(&mut window), [StorageCommand::ExportAudit.into()]);
}

#[test]
fn a_long_log_draws_what_is_in_sight() {
    let mut state = with(Dialog::Audit);
    logged(&mut state, 100_000, AuditCheck::Unbroken);
    let window = window(state);
    let lines = window.get_all_by_role(Role::Label).filter(|node| format!("{node:?}").contains("Viewed")).count();
    assert!((10..40).contains(&lines), "{lines}");
}

#[test]
fn the_licences_are_behind_about() {
    let mut window = window(with(Dialog::About));
    window.get_by_label("Libraries and licences…").click();
    window.run();
    assert_eq!(sent(&mut window), [WindowCommand::Show(Dialog::Licences).into()]);
    window.get_by_label("What Consult Desk stands on");
    window.get_by_label("Back to About Consult Desk").click();
    window.run();
    assert_eq!(sent(&mut window), [WindowCommand::Show(Dialog::About).into()]);
}

#[test]
fn of_the_licences_only_what_is_in_sight_is_drawn() {
    for size in [(1280.0, 800.0), (512.0, 320.0)] {
        let window = window_of(with(Dialog::Licences), size);
        window.get_by_label("What Consult Desk stands on");
        assert!(window.get_all_by_role(Role::Label).count() < 120, "{size:?}");
    }
}
