//! Printing by key and menu, and how dates and times are written by choice.

use super::{Desk, samples, sent, window};
use crate::state::{
    ClockChoice, Command, DateChoice, DocumentFormat, Event, ExportCommand, ExportEvent, Fault, Problem, Route,
    SettingsCommand, WindowCommand,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};

fn print_key(harness: &mut Harness<'static, Desk>) {
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run();
}

fn hear(harness: &mut Harness<'static, Desk>, event: ExportEvent) {
    harness.state_mut().state.apply(Event::Export(event), samples::now());
    harness.run();
}

#[test]
fn the_open_note_is_printed_by_its_key_and_what_became_of_it_is_said() {
    let mut harness = window(samples::desk_with_open_record());
    print_key(&mut harness);
    assert_eq!(sent(&mut harness), [ExportCommand::Print { has_transcript: false }.into()]);
    hear(&mut harness, ExportEvent::Printed { export: 1, is_shown: false });
    assert!(harness.query_all_by_label_contains("Sent to the printer").next().is_some());
    print_key(&mut harness);
    let problem = Problem::new(&Fault::NotPrinted("no printer answered".to_owned()), "PRINT");
    hear(&mut harness, ExportEvent::Failed { export: 2, problem });
    let words = "Not printed: no printer answered. You can save it as a PDF and print that elsewhere.";
    assert!(harness.query_all_by_label_contains(words).next().is_some());
}

#[test]
fn nothing_is_printed_that_is_not_open() {
    let mut harness = window(samples::desk());
    print_key(&mut harness);
    assert_eq!(sent(&mut harness), [] as [Command; 0]);
}

#[test]
fn the_menu_prints_with_the_transcript_and_saves_a_pdf() {
    for (item, command) in [
        ("Print the note…", ExportCommand::Print { has_transcript: false }),
        ("Print note and transcript…", ExportCommand::Print { has_transcript: true }),
        ("Transcript and note as PDF…", ExportCommand::Document(DocumentFormat::Pdf)),
    ] {
        let mut harness = window(samples::desk_with_open_record());
        harness.get_by_role_and_label(Role::Button, "Export").click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, item).click();
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{item}");
    }
}

#[test]
fn dates_times_and_notifications_are_chosen_in_the_settings() {
    let mut state = samples::desk();
    state.handle(WindowCommand::Go(Route::Settings).into(), samples::now());
    let mut harness = super::window_of(state, (1280.0, 1_600.0));
    let mut choose = |button: &str, item: &str| {
        harness.get_by_role_and_label(Role::Button, button).click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, item).click();
        harness.run();
        sent(&mut harness)
    };
    let twelve = SettingsCommand::Clock(ClockChoice::Hours12);
    assert_eq!(choose("Times: As the system", "1:40 PM"), [twelve.into()]);
    let american = SettingsCommand::Dates(DateChoice::MonthFirst);
    assert_eq!(choose("Dates: As the system", "Nov 22, 2026"), [american.into()]);
    let switch = harness.get_by_role_and_label(Role::Switch, "When a note is ready");
    assert_eq!(switch.accesskit_node().toggled(), Some(eframe::egui::accesskit::Toggled::False));
    switch.click();
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::Notifies(true).into()]);
}
