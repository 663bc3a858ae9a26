//! Finding: marks, steps over both notes, and scrolling to the hit.

use super::support::{NARROW, SOAP, TRANSCRIPT, WIDE, desk, reading, window};
use crate::state::{Command, FindCommand, Pane, RecordCommand};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const FIELD: &str = "Find in this consultation";

#[test]
fn the_find_button_opens_a_field_that_has_the_focus() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), WIDE);
    window.get_by_role_and_label(Role::Button, "Find").click();
    window.run();
    let field = window.get_by_role_and_label(Role::TextInput, FIELD);
    assert!(field.accesskit_node().is_focused());
    field.type_text("left");
    window.run();
    assert!(window.query_by_label("1 of 3").is_some());
    window.key_press(Key::Enter);
    window.run();
    assert!(window.query_by_label("2 of 3").is_some());
    assert!(window.get_by_role_and_label(Role::TextInput, FIELD).accesskit_node().is_focused());
    window.key_press_modifiers(Modifiers::SHIFT, Key::Enter);
    window.run();
    assert!(window.query_by_label("1 of 3").is_some());
    window.get_by_role_and_label(Role::TextInput, FIELD).type_text("zebra");
    window.run();
    assert!(window.query_by_label("No matches").is_some());
    window.get_by_role_and_label(Role::Button, "Close find (Esc)").click();
    window.run();
    assert!(window.query_by_role_and_label(Role::TextInput, FIELD).is_none());
}

#[test]
fn stepping_into_the_other_note_turns_to_its_tab() {
    let mut window = window(desk(Some(reading(TRANSCRIPT, SOAP))), NARROW);
    window.state_mut().obey(FindCommand::Text("Carprofen".to_owned()));
    window.run();
    assert_eq!(window.state().sent, [Command::Record(RecordCommand::ShowPane(Pane::Soap))]);
    assert!(window.query_by_label("Plan").is_some());
    window.get_by_role_and_label(Role::Tab, "Transcript").click();
    window.run();
    assert!(window.query_by_label("Any swelling? Is she eating?").is_some(), "a person may turn back");
}

#[test]
fn a_hit_far_below_comes_into_sight_and_back() {
    let mut transcript = "Owner: She is well.\nVet: Good.\n".repeat(3_000);
    transcript.push_str("Owner: A zebra bit her.\n");
    transcript.push_str(&"Vet: Oh.\n".repeat(2_000));
    let mut window = window(desk(Some(reading(&transcript, "S: No zebra here."))), WIDE);
    assert!(window.query_by_label("A zebra bit her.").is_none());
    window.state_mut().obey(FindCommand::Text("zebra".to_owned()));
    window.run();
    let hit = window.get_by_label("A zebra bit her.").rect();
    assert!(hit.top() > 200.0 && hit.bottom() < 620.0, "{hit:?}");
    assert!(window.query_by_label("1 of 2").is_some());
    window.get_by_role_and_label(Role::Button, "Next (Enter)").click();
    window.run();
    assert!(window.query_by_label("2 of 2").is_some());
    let again = window.get_by_label("A zebra bit her.").rect();
    assert!((again.top() - hit.top()).abs() < 0.5, "the transcript stays while the hit is in the note");
}
