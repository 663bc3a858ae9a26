//! Marks on screen: set by key, button and menu, seen in the row, filtered by, undone by the toast; and the
//! remark.

use super::super::samples;
use super::{BELLA, Desk, sent, window, window_of};
use crate::domain::{ConsultationKey, Mark, MarkFilter, Marked, Marks};
use crate::state::{Command, Dialog, Event, ListCommand, MarkCommand, MarkEvent};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn key(id: &str) -> ConsultationKey {
    ConsultationKey::record(id)
}

fn marks(harness: &Harness<'static, Desk>, id: &str) -> Marks {
    harness.state().state.marks.of(&key(id)).cloned().unwrap_or_default()
}

#[test]
fn keys_mark_the_selected_row_and_the_row_says_so() {
    let mut harness = window(samples::desk());
    harness.get_by_label(BELLA).click();
    harness.run();
    for key in [Key::R, Key::U] {
        harness.key_press(key);
        harness.run();
    }
    harness.get_by_label(&format!("{BELLA}, Reviewed, Follow up"));
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    harness.get_by_label(&format!("{BELLA}, Reviewed"));
    assert_eq!(marks(&harness, "r1"), Marks { reviewed: Some(samples::now()), ..Marks::default() });
}

#[test]
fn letters_and_undo_in_a_field_belong_to_the_field() {
    let mut harness = window(samples::desk());
    harness.get_by_label(BELLA).click();
    harness.run();
    harness.key_press(Key::R);
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Search patients, rooms, vets").focus();
    harness.run();
    sent(&mut harness);
    for key in [Key::R, Key::C, Key::U, Key::N] {
        harness.key_press(key);
    }
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run();
    assert!(!sent(&mut harness).iter().any(|command| matches!(command, Command::Mark(_))));
    assert!(marks(&harness, "r1").reviewed.is_some());
}

#[test]
fn the_toast_takes_back_what_it_tells() {
    let mut harness = window(samples::desk_with_open_record());
    harness.get_by_label("Mark reviewed").click();
    harness.run();
    harness.get_by_label("Reviewed, take it back");
    harness.get_by_role_and_label(Role::Status, "Marked reviewed on this computer");
    harness.get_by_label("Undo").click();
    harness.run();
    assert_eq!(marks(&harness, "r1"), Marks::default());
    harness.get_by_label("Mark reviewed");
    assert!(harness.query_by_label("Undo").is_none());
}

#[test]
fn copying_the_note_says_that_it_marks() {
    let mut harness = window(samples::desk_with_open_record());
    harness.get_by_label("Copy note").click();
    harness.run();
    harness.get_by_role_and_label(Role::Status, "SOAP note copied, and marked copied on this computer");
    harness.get_by_label(&format!("{BELLA}, Copied"));
    harness.get_by_label("Copied 14:02, on this computer");
    harness.get_by_label("Undo").click();
    harness.run();
    assert!(harness.query_by_label("Copied 14:02, on this computer").is_none());
}

#[test]
fn the_menu_holds_the_other_marks() {
    let mut harness = window(samples::desk_with_open_record());
    harness.get_by_label("More marks").click();
    harness.run();
    harness.get_by_label("Noted on this computer only");
    harness.get_by_role_and_label(Role::MenuItem, "Copied, C");
    harness.get_by_role_and_label(Role::MenuItem, "Follow up, U").click();
    harness.run();
    assert_eq!(sent(&mut harness), [MarkCommand::Toggle(Mark::FollowUp).into()]);
    harness.get_by_label("Follow up since 14:02, on this computer");
}

#[test]
fn a_narrow_header_keeps_every_mark_in_one_menu() {
    let mut harness = window_of(samples::desk_with_open_record(), (1024.0, 640.0));
    assert!(harness.query_by_label("Mark reviewed").is_none());
    harness.get_by_label("Marks").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Reviewed, R").click();
    harness.run();
    harness.get_by_label("Reviewed 14:02, on this computer");
}

#[test]
fn a_remark_is_written_shown_and_changed() {
    let mut harness = window(samples::desk_with_open_record());
    harness.key_press(Key::N);
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::Remark));
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Remark");
    assert!(field.is_focused());
    field.type_text("Ring the owner, n r c u");
    harness.run();
    assert_eq!(marks(&harness, "r1"), Marks::default(), "letters in the field mark nothing");
    harness.get_by_label("Save").click();
    harness.run();
    assert_eq!(harness.state().state.dialog, None);
    harness.get_by_label(&format!("{BELLA}, with a remark"));
    harness.get_by_label("Remark: Ring the owner, n r c u, change it").click();
    harness.run();
    let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Remark");
    assert_eq!(field.accesskit_node().value().as_deref(), Some("Ring the owner, n r c u"));
    harness.get_by_label("Remove the remark").click();
    harness.run();
    assert_eq!(marks(&harness, "r1"), Marks::default());
}

#[test]
fn what_was_typed_survives_a_dialog_closed_by_mistake() {
    let mut harness = window(samples::desk_with_open_record());
    let open_and_read = |harness: &mut Harness<'static, Desk>| {
        harness.key_press(Key::N);
        harness.run();
        let field = harness.get_by_role_and_label(Role::MultilineTextInput, "Remark");
        field.accesskit_node().value().unwrap_or_default()
    };
    assert_eq!(open_and_read(&mut harness), "");
    harness.get_by_role_and_label(Role::MultilineTextInput, "Remark").type_text("A long story");
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.key_press(Key::Escape);
    harness.run();
    harness.state_mut().state.dialog = None;
    harness.run();
    harness.get_by_label(BELLA).click();
    harness.run();
    assert_eq!(open_and_read(&mut harness), "A long story");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Enter);
    harness.run();
    assert_eq!(marks(&harness, "r1").remark, "A long story");
    assert_eq!(open_and_read(&mut harness), "A long story");
    harness.get_by_label("Cancel").click();
    harness.run();
    assert_eq!(harness.state().state.dialog, None);
}

#[test]
fn the_list_is_filtered_by_marks_with_counts() {
    let mut harness = window(samples::desk());
    let marked = Marked { key: key("r3"), marks: Marks { copied: Some(samples::now()), ..Marks::default() } };
    harness.state_mut().catalog.set_marks(std::slice::from_ref(&marked));
    let Desk { state, catalog, .. } = harness.state_mut();
    state.apply(Event::Mark(MarkEvent::All(vec![marked])), samples::now());
    samples::show(state, catalog);
    harness.run();
    harness.get_by_label("Filter by marks").click();
    harness.run();
    harness.get_by_role_and_label(Role::MenuItem, "Copied, 1");
    harness.get_by_role_and_label(Role::MenuItem, "To do, 10").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterMark(Some(MarkFilter::ToDo)).into()]);
    harness.get_by_label("10 matches · 11 of 1,250 loaded");
    harness.get_by_label("Marks: To do, clear").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::FilterMark(None).into()]);
}
