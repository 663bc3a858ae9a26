//! The settings screen by what is there to read and what a click wishes for.

use super::settings_ui;
use crate::state::{
    Backfill, BackfillPause, Command, Event, Kept, ListCommand, ListEvent, Progress, SessionEvent, Settings,
    SettingsCommand, State, StorageCommand, StorageEvent, StorageUse,
};
use crate::ui::view::View;
use crate::ui::{install, samples};
use eframe::egui::accesskit::Role;
use eframe::egui::vec2;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

pub(super) struct Screen {
    pub(super) state: State,
    sent: Vec<Command>,
}

pub(super) fn screen(state: State, size: (f32, f32)) -> Harness<'static, Screen> {
    let mut harness = Harness::builder().with_size(vec2(size.0, size.1)).with_context_setup(install).build_ui_state(
        |ui, screen: &mut Screen| {
            let view = View::new(&screen.state, samples::now());
            settings_ui(ui, &view);
            let commands = view.into_commands();
            for command in &commands {
                screen.state.handle(command.clone(), samples::now());
            }
            screen.sent.extend(commands);
        },
        Screen { state, sent: Vec::new() },
    );
    harness.run();
    harness
}

pub(super) fn sent(harness: &mut Harness<'static, Screen>) -> Vec<Command> {
    std::mem::take(&mut harness.state_mut().sent)
}

pub(super) fn measured() -> State {
    let mut state = samples::desk();
    let usage = StorageUse {
        consultations: 1_250,
        notes: 1_201,
        recordings: 42,
        recording_bytes: 380_000_000,
        database_bytes: 32_000_000,
        oldest: Some(samples::now()),
        folder: "/home/ana/.local/share/consultdesk".to_owned(),
    };
    state.apply(Event::Storage(StorageEvent::Measured(usage)), samples::now());
    state
}

#[test]
fn it_says_how_much_is_here_where_and_how_safe() {
    let harness = screen(measured(), (1280.0, 1_200.0));
    for words in [
        "412 MB in all",
        "Recordings 380 MB",
        "Texts and search 32 MB",
        "1,250 consultations, 1,201 with notes, 42 recordings. The oldest is from Sun 22 Nov 2026, 14:02.",
        "In /home/ana/.local/share/consultdesk",
        "Encrypted; what opens it is in this computer's password store.",
    ] {
        harness.get_by_label(words);
    }
}

#[test]
fn a_desk_that_keeps_nothing_says_why() {
    let mut state = samples::signed_out();
    let organization = samples::signed_in().session.organization().cloned().expect("a clinic");
    let kept = Kept::No("this computer has no password store".to_owned());
    state.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept }), samples::now());
    let harness = screen(state, (1280.0, 1_200.0));
    harness.get_by_label(
        "Not kept: this computer has no password store. It is encrypted, and removed when the desk closes.",
    );
    harness.get_by_label("Looking how much there is…");
}

#[test]
fn every_number_is_chosen_from_a_menu() {
    let mut harness = screen(measured(), (1280.0, 1_200.0));
    let choices: [(&str, &str, SettingsCommand); 4] = [
        ("Recordings stay: 30 days", "7 days", SettingsCommand::AudioDays(7)),
        ("Consultations and notes stay: 1 year", "180 days", SettingsCommand::TextDays(180)),
        ("Read in the background: 90 days", "14 days", SettingsCommand::HorizonDays(14)),
        ("Look for new ones: Every minute", "Every 5 min", SettingsCommand::PollSeconds(300)),
    ];
    for (name, choice, command) in choices {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
        harness.get_by_role_and_label(Role::MenuItem, choice).click();
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{name}");
    }
    harness.get_by_role_and_label(Role::Switch, "Spare metered and slow lines").click();
    harness.run();
    assert_eq!(sent(&mut harness), [SettingsCommand::SparesTheLine(false).into()]);
}

#[test]
fn nothing_is_read_further_back_than_it_stays() {
    let mut state = measured();
    state.settings = Settings { text_days: 30, horizon_days: 30, ..state.settings };
    let mut harness = screen(state, (1280.0, 1_200.0));
    harness.get_by_role_and_label(Role::Button, "Read in the background: 30 days").click();
    harness.run();
    assert!(harness.query_by_role_and_label(Role::MenuItem, "90 days").is_none());
    harness.get_by_role_and_label(Role::MenuItem, "14 days");
}

#[test]
fn an_odd_number_from_a_hand_edited_file_is_still_shown() {
    let mut state = measured();
    state.settings = Settings { audio_days: 33, poll_seconds: 45, ..state.settings };
    let harness = screen(state, (1280.0, 1_200.0));
    harness.get_by_label("Recordings stay: 33 days");
    harness.get_by_label("Look for new ones: Every 45 s");
}

#[test]
fn the_reading_in_the_background_can_be_paused() {
    let mut state = measured();
    let mut backfill = Backfill { done: 812, of: 1_250, per_minute: 120, pause: None };
    let show = |state: &mut State, backfill: &Backfill| {
        let progress = Progress { backfill: Some(backfill.clone()), ..Progress::default() };
        state.apply(Event::List(ListEvent::Progress(progress)), samples::now());
    };
    show(&mut state, &backfill);
    let mut harness = screen(state, (1280.0, 1_200.0));
    harness.get_by_label("812 of 1,250 consultations read");
    harness.get_by_label("120 a minute, about 4 min left");
    harness.get_by_label("Pause reading").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::PauseBackfill.into()]);
    backfill.pause = Some(BackfillPause::Asked);
    show(&mut harness.state_mut().state, &backfill);
    harness.run();
    harness.get_by_label("Paused.");
    harness.get_by_label("Go on reading").click();
    harness.run();
    assert_eq!(sent(&mut harness), [ListCommand::ResumeBackfill.into()]);
}

#[test]
fn buttons_ask_for_what_they_say() {
    let mut harness = screen(measured(), (1280.0, 1_600.0));
    for (name, command) in [
        ("Remove everything from this computer…", StorageCommand::AskToRemoveEverything),
        ("Show the log…", StorageCommand::ShowAudit),
        ("Export the log…", StorageCommand::ExportAudit),
        ("Copy diagnostics", StorageCommand::CopyDiagnostics),
    ] {
        harness.get_by_role_and_label(Role::Button, name).click();
        harness.run();
        assert_eq!(sent(&mut harness), [command.into()], "{name}");
    }
}

#[test]
fn in_a_small_window_the_controls_stay_inside() {
    for size in [(952.0, 580.0), (440.0, 290.0), (320.0, 240.0)] {
        let harness = screen(measured(), size);
        for name in ["Recordings stay: 30 days", "Read in the background: 90 days", "Look for new ones: Every minute"] {
            let rect = harness.get_by_role_and_label(Role::Button, name).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= size.0, "{size:?} {name}: {rect}");
        }
    }
}

#[test]
fn every_card_has_a_heading() {
    let harness = screen(measured(), (1280.0, 1_200.0));
    for heading in
        ["Clinic and key", "Data on this computer", "Keeping in step", "Sound", "Appearance", "Updates", "Help"]
    {
        harness.get_by_role_and_label(Role::Heading, heading);
    }
}
