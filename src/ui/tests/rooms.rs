//! The rooms, seen from the window: tiles, the day, what is left to check, and the dialogs that name and match.

use super::{Desk, sent, window, window_of};
use crate::domain::live::AppointmentId;
use crate::domain::live::pairing::Decision;
use crate::domain::{ConsultationKey, DeviceId};
use crate::state::board::{BoardCommand, NexHealthCommand, Subject};
use crate::state::{Command, Dialog, Route, SettingsCommand, WindowCommand};
use crate::ui::samples;
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Memory, Modifiers, Pos2, Rect, Shape};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

const FIRST: &str = "Room 1, recording since 13:58, 2 today";

fn labels(harness: &Harness<'static, Desk>, role: Role) -> Vec<String> {
    harness.get_all_by_role(role).filter_map(|node| node.accesskit_node().label()).collect()
}

fn has(harness: &Harness<'static, Desk>, part: &str) -> bool {
    harness.query_all_by_label_contains(part).next().is_some()
}

#[test]
fn every_recorder_has_a_tile_that_says_what_its_room_does() {
    let harness = window(samples::live::rooms());
    harness.get_by_label(FIRST);
    harness.get_by_label("Room 2, writing note, 小花, Shiba Inu, ended 13:17, 1 today");
    assert!(has(&harness, "Surgery, "), "{:?}", labels(&harness, Role::Button));
    harness.get_by_label("nxhub-7788, no word since 9:02, it may be off, none today");
    harness.get_by_label("Last NexHealth message: 13:55");
}

#[test]
fn a_tile_opens_what_its_room_did_last() {
    let mut harness = window(samples::live::rooms());
    sent(&mut harness);
    harness.get_by_label(FIRST).click();
    harness.run();
    assert_eq!(sent(&mut harness), [BoardCommand::Open(ConsultationKey::record("r1")).into()]);
    assert_eq!(harness.state().state.route, Route::Consultations);
    assert!(harness.state().state.record.is_some());
}

#[test]
fn the_arrows_walk_from_tile_to_tile_and_enter_opens() {
    let mut harness = window(samples::live::rooms());
    sent(&mut harness);
    harness.key_press(Key::ArrowDown);
    harness.run();
    assert!(harness.get_by_label(FIRST).is_focused());
    harness.key_press(Key::ArrowRight);
    harness.run();
    let focused = "Room 2, writing note, 小花, Shiba Inu, ended 13:17, 1 today";
    assert!(harness.get_by_label(focused).is_focused());
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [BoardCommand::Open(ConsultationKey::record("r2")).into()]);
}

#[test]
fn the_day_shows_recordings_appointments_and_what_became_of_them() {
    let harness = window(samples::live::rooms());
    harness.get_by_role_and_label(Role::Heading, "Sunday 22 November");
    for block in [
        "Bella, Labrador · Female, 11:20 to 11:38, Room 1, Ready",
        "Rocky, 14:30 to 15:00, Room 1, Appointment",
        "Simba, 15:30 to 16:00, Room 1, Appointment, cancelled",
        "Cleo, 15:00 to 15:30, Surgery, Failed: it could not be written into the book, so nobody is booked",
        "Lunch, 12:30 to 13:00, Surgery, Blocked in the book",
    ] {
        harness.get_by_label(block);
    }
    assert!(has(&harness, "since 13:58, Room 1, Recording"));
}

#[test]
fn a_block_opens_its_consultation() {
    let mut harness = window(samples::live::rooms());
    sent(&mut harness);
    harness.get_by_label("Bella, Labrador · Female, 11:20 to 11:38, Room 1, Ready").click();
    harness.run();
    assert_eq!(sent(&mut harness), [BoardCommand::Open(ConsultationKey::record("r3")).into()]);
}

#[test]
fn days_are_stepped_through() {
    let mut harness = window(samples::live::rooms());
    sent(&mut harness);
    for (name, command) in [("The day before", BoardCommand::PreviousDay), ("The day after", BoardCommand::NextDay)] {
        harness.get_by_label(name).click();
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{name}");
    }
}

#[test]
fn what_is_unclear_is_settled_by_a_person() {
    let mut harness = window(samples::live::rooms());
    sent(&mut harness);
    let milo = "12:15 Milo, recheck · Room 2";
    harness.get_by_label(&format!("No-show, {milo}")).click();
    harness.run();
    let decision = Decision::NoShow(AppointmentId(1));
    assert_eq!(sent(&mut harness), [BoardCommand::Decide(decision.clone()).into()]);
    assert!(!has(&harness, &format!("No-show, {milo}")), "it is settled");
    harness.get_by_label("Undo").click();
    harness.run();
    assert_eq!(sent(&mut harness), [BoardCommand::TakeBack(decision).into()]);
    assert!(has(&harness, &format!("No-show, {milo}")));
}

#[test]
fn a_recording_is_matched_from_a_list_of_what_it_could_be() {
    let mut harness = window(samples::live::rooms());
    let bella = "11:20 Bella, Labrador · Room 1";
    harness.get_by_label(&format!("Match…, {bella}")).click();
    harness.run();
    let subject = Subject::Recording(ConsultationKey::record("r3"));
    assert!(sent(&mut harness).contains(&BoardCommand::AskToMatch(subject).into()));
    harness.get_by_label("Which appointment was it?");
    harness.get_by_label(&format!("Recording {bella}"));
    let choice = labels(&harness, Role::Button).into_iter().find(|label| label.starts_with("Milo, "));
    harness.get_by_label(&choice.expect("Milo has no recording")).click();
    harness.run();
    let pair = Decision::Pair(AppointmentId(1), ConsultationKey::record("r3"));
    assert_eq!(sent(&mut harness), [BoardCommand::Decide(pair).into()]);
    assert_eq!(harness.state().state.dialog, None);
}

#[test]
fn a_recorder_without_a_name_is_named_here() {
    let mut harness = window(samples::live::rooms());
    harness.get_by_label("Name this room, nxhub-7788").click();
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::RoomName));
    sent(&mut harness);
    let field = harness.get_by_role_and_label(Role::TextInput, "Name of the room");
    assert!(field.is_focused());
    field.type_text("Room 3");
    harness.run();
    harness.key_press(Key::Enter);
    harness.run();
    assert_eq!(sent(&mut harness), [BoardCommand::NameRoom(DeviceId::new("nxhub-7788"), "Room 3".to_owned()).into()]);
    assert!(has(&harness, "Room 3, no word since 9:02"));
}

#[test]
fn a_click_beside_a_dialog_does_not_lose_a_typed_name() {
    let mut harness = window(samples::live::rooms());
    harness.get_by_label("Name this room, nxhub-7788").click();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Name of the room").type_text("Room 3");
    harness.run();
    sent(&mut harness);
    let beside = eframe::egui::pos2(8.0, 790.0);
    harness.hover_at(beside);
    for pressed in [true, false] {
        harness.event(eframe::egui::Event::PointerButton {
            pos: beside,
            button: eframe::egui::PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
    }
    harness.run();
    assert_eq!(harness.state().state.dialog, Some(Dialog::RoomName));
    harness.get_by_role_and_label(Role::TextInput, "Name of the room");
    harness.key_press(Key::Escape);
    harness.run();
    assert_eq!(sent(&mut harness), [WindowCommand::CloseDialog.into()]);
}

#[test]
fn a_day_without_appointments_says_why_and_the_next_step() {
    let mut harness = window(samples::live::rooms_without_appointments());
    assert!(harness.query_by_label("To check").is_none(), "there is nothing to set against each other");
    sent(&mut harness);
    harness.get_by_label("Connect NexHealth…").click();
    harness.run();
    let ask: Command = BoardCommand::NexHealth(NexHealthCommand::AskToConnect).into();
    assert_eq!(sent(&mut harness), [ask]);
    harness.get_by_role_and_label(Role::PasswordInput, "NexHealth API key");
}

#[test]
fn a_clinic_without_rooms_says_when_they_appear() {
    let harness = window(samples::live::no_rooms());
    harness.get_by_label("No rooms yet for Harbour Vets.");
}

#[test]
fn a_nexhealth_key_is_wiped_when_its_dialog_closes() {
    let mut harness = window(samples::live::rooms_without_appointments());
    harness.get_by_label("Connect NexHealth…").click();
    harness.run();
    harness.get_by_role_and_label(Role::PasswordInput, "NexHealth API key").type_text("a-very-long-key-0123456789");
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Subdomain of the practice").focus();
    harness.run();
    harness.get_by_role_and_label(Role::TextInput, "Subdomain of the practice").type_text("harbour-vets");
    harness.run();
    harness.get_by_role_and_label(Role::Button, "Connect").click();
    harness.run();
    harness.get_by_label("Checking the key…");
    harness.get_by_label("Cancel").click();
    harness.run();
    harness.get_by_label("Connect NexHealth…").click();
    harness.run();
    let field = harness.get_by_role_and_label(Role::PasswordInput, "NexHealth API key");
    assert_eq!(field.accesskit_node().value().unwrap_or_default(), "");
}

#[test]
fn tab_reaches_what_is_out_of_sight_and_brings_it_into_sight() {
    let size = (760.0, 460.0);
    let window = Rect::from_min_size(Pos2::ZERO, size.into());
    for (state, last) in
        [(samples::live::rooms(), "Match…, 11:20 Bella, Labrador · Room 1"), (samples::live::live(), "Filter by type")]
    {
        let mut harness = window_of(state, size);
        let mut has_met_last = false;
        for _ in 0..60 {
            harness.key_press(Key::Tab);
            harness.run();
            let Some(id) = harness.ctx.memory(Memory::focused) else { continue };
            let rect = harness.ctx.read_response(id).expect("what has the keyboard is there").rect;
            assert!(window.contains(rect.center()), "{rect:?} is out of sight");
            has_met_last |= harness.get_by_label(last).is_focused();
        }
        assert!(has_met_last, "{last}");
    }
}

#[test]
fn a_block_too_short_for_its_name_has_it_behind_itself() {
    let harness = window(samples::live::rooms());
    let painted = texts(&harness);
    let whole = |name: &str| painted.iter().filter(|(text, _)| text == name).count();
    assert_eq!(whole("小花"), 1, "twelve minutes of Room 2: {painted:?}");
    assert_eq!(whole("O’Malley"), 1, "forty minutes have room for it");
}

/// What is painted, and where.
fn texts(harness: &Harness<'static, Desk>) -> Vec<(String, Rect)> {
    let shapes = harness.output().shapes.iter().map(|clipped| &clipped.shape);
    let text_of = |shape: &Shape| match shape {
        Shape::Text(text) => Some((text.galley.text().to_owned(), text.visual_bounding_rect())),
        _ => None,
    };
    shapes.filter_map(text_of).collect()
}

#[test]
fn every_size_and_both_themes_draw_the_rooms_and_then_rest() {
    for (size, zoom) in [
        ((1280.0, 800.0), 100),
        ((1024.0, 640.0), 100),
        ((1280.0, 800.0), 200),
        ((512.0, 320.0), 100),
        ((410.0, 256.0), 100),
    ] {
        for dark in [false, true] {
            let mut state = samples::live::rooms();
            state.handle(SettingsCommand::Zoom(zoom).into(), samples::now());
            let appearance = if dark { crate::state::Appearance::Dark } else { crate::state::Appearance::Light };
            state.handle(SettingsCommand::Appearance(appearance).into(), samples::now());
            let mut harness = window_of(state, size);
            crate::ui::apply_settings(&harness.ctx, &harness.state().state.settings);
            harness.run();
            harness.get_by_label(FIRST);
            harness.step();
            let asks = harness.output().viewport_output.values().map(|viewport| viewport.repaint_delay).min();
            assert!(asks.is_none_or(|delay| delay > std::time::Duration::from_secs(1)), "{size:?}: it rests");
        }
    }
}
