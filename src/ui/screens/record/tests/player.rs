//! The player's bar in each state: its words, its buttons, and that it never moves.

use super::support::{SOAP, TRANSCRIPT, WIDE, consultation, desk, now, reading, window};
use crate::domain::ConsultationKey;
use crate::state::{
    Command, ExportCommand, Fault, ListCommand, PlayerCommand, PlayerStatus, Problem, RecordingState, State,
};
use chrono::TimeDelta;
use eframe::egui::accesskit::Role;
use eframe::egui::pos2;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

fn desk_with(recording: RecordingState) -> State {
    let mut state = desk(Some(reading(TRANSCRIPT, SOAP)));
    state.record.as_mut().expect("a record is open").recording = recording;
    state
}

fn playing() -> State {
    let mut state = desk_with(RecordingState::Stored { bytes: 48_000_000 });
    state.player.key = Some(ConsultationKey::record("r1"));
    state.player.status = PlayerStatus::Playing;
    state.player.duration_ms = Some(1_500_000);
    state.player.position_ms = 192_000;
    state
}

#[test]
fn a_recording_that_is_not_here_is_downloaded_first() {
    let mut window = window(desk_with(RecordingState::NotStored), WIDE);
    assert!(window.query_by_label("Not on this computer yet. Play starts while it downloads.").is_some());
    window.get_by_role_and_label(Role::Button, "Download").click();
    window.run();
    assert_eq!(window.state().sent, [Command::Player(PlayerCommand::Download)]);
    assert!(window.query_by_label("Downloading…").is_some());
    window.get_by_role_and_label(Role::Button, "Cancel").click();
    window.run();
    assert_eq!(window.state().sent.last(), Some(&Command::Player(PlayerCommand::CancelDownload)));
}

#[test]
fn a_download_shows_how_far_it_is() {
    let started_at = now() - TimeDelta::seconds(3);
    let downloading = RecordingState::Downloading { received: 12_000_000, total: Some(48_000_000), started_at };
    let window = window(desk_with(downloading), WIDE);
    assert!(window.query_by_label("12.0 of 48.0 MB · 25 % · 9 s left").is_some());
    assert!(window.query_by_role_and_label(Role::ProgressIndicator, "Download, 25 percent").is_some());
}

#[test]
fn play_and_pause_are_one_button() {
    let mut window = window(playing(), WIDE);
    assert!(window.query_by_label("3:12 / 25:00").is_some());
    window.get_by_role_and_label(Role::Button, "Pause").click();
    window.run();
    assert_eq!(window.state().sent, [Command::Player(PlayerCommand::Toggle)]);
    window.state_mut().state.player.status = PlayerStatus::Paused;
    window.run();
    assert!(window.query_by_role_and_label(Role::Button, "Play").is_some());
}

#[test]
fn a_click_on_the_track_seeks() {
    let mut window = window(playing(), WIDE);
    let track = window.get_by_role_and_label(Role::Slider, "Position");
    assert_eq!(track.accesskit_node().value().as_deref(), Some("3 minutes 12 of 25 minutes"));
    let rect = track.rect();
    window.drag_at(pos2(rect.center().x, rect.center().y));
    window.run();
    window.drop_at(pos2(rect.center().x, rect.center().y));
    window.run();
    assert_eq!(window.state().sent, [Command::Player(PlayerCommand::SeekTo(750_000))]);
    window.state_mut().sent.clear();
    window.drag_at(rect.center());
    window.run();
    window.hover_at(pos2(rect.right() + 40.0, rect.center().y));
    window.run();
    assert_eq!(window.state().sent.last(), Some(&Command::Player(PlayerCommand::SeekTo(1_500_000))));
}

#[test]
fn the_volume_is_set_in_steps_and_switched_off() {
    let mut window = window(playing(), WIDE);
    let rect = window.get_by_role_and_label(Role::Slider, "Volume").rect();
    window.drag_at(rect.center());
    window.run();
    window.drop_at(rect.center());
    window.run();
    assert_eq!(window.state().sent, [Command::Player(PlayerCommand::Volume(0.5))]);
    window.get_by_role_and_label(Role::Button, "Sound off (M)").click();
    window.run();
    assert_eq!(window.state().sent.last(), Some(&Command::Player(PlayerCommand::ToggleMute)));
    assert!(window.query_by_label("Sound on (M)").is_some());
}

#[test]
fn another_consultation_that_plays_is_named() {
    let mut state = desk_with(RecordingState::Stored { bytes: 1 });
    let other = ConsultationKey::record("r2");
    let mut row = consultation(other.clone());
    std::sync::Arc::make_mut(row.patient.as_mut().expect("a patient")).name = Some("Max".to_owned());
    std::sync::Arc::make_mut(row.room.as_mut().expect("a room")).name = Some("Room 2 NxHUB".to_owned());
    state.player.key = Some(other.clone());
    state.player.consultation = Some(Arc::new(row));
    state.player.status = PlayerStatus::Playing;
    state.player.duration_ms = Some(60_000);
    let mut window = window(state, WIDE);
    assert!(window.query_by_label("Playing Max, Room 2").is_some());
    assert!(window.query_by_role_and_label(Role::Button, "Play").is_some());
    window.get_by_role_and_label(Role::Button, "Go to it").click();
    window.run();
    assert_eq!(window.state().sent, [Command::List(ListCommand::Select(other))]);
}

#[test]
fn faults_are_said_with_what_is_still_possible() {
    let mut state = playing();
    state.player.status = PlayerStatus::Paused;
    state.player.problem = Some(Problem::new(&Fault::NoSoundDevice, "SND-NONE"));
    let mut window_without_sound = window(state, WIDE);
    let words = "No speakers or headphones found. You can still export the recording.";
    assert!(window_without_sound.query_by_label(words).is_some());
    window_without_sound.get_by_role_and_label(Role::Button, "Save recording…").click();
    window_without_sound.run();
    assert_eq!(window_without_sound.state().sent, [Command::Export(ExportCommand::Recording)]);

    let mut unplayable = playing();
    unplayable.player.status = PlayerStatus::Empty;
    unplayable.player.problem = Some(Problem::new(&Fault::Unplayable("it is an MP3".to_owned()), "WAV-MP3"));
    let window_unplayable = window(unplayable, WIDE);
    let words = "This recording can't be played: it is an MP3. You can still save it as it is.";
    assert!(window_unplayable.query_by_label(words).is_some());

    let missing = Problem::new(&Fault::RecordingMissing, "NX-404");
    let mut window_missing = window(desk_with(RecordingState::Failed(missing)), WIDE);
    assert!(window_missing.query_by_label("The recording is not on NxVET. It may have been removed.").is_some());
    window_missing.get_by_role_and_label(Role::Button, "Try again").click();
    window_missing.run();
    assert_eq!(window_missing.state().sent, [Command::Player(PlayerCommand::Download)]);

    let mut partial = playing();
    partial.player.partial = Some("The file ends early.".to_owned());
    assert!(window(partial, WIDE).query_by_label("Incomplete recording: plays what is there").is_some());
}

#[test]
fn the_bar_stays_where_it_is_in_every_state() {
    let states = vec![
        desk_with(RecordingState::Unknown),
        desk_with(RecordingState::NotStored),
        desk_with(RecordingState::Downloading { received: 0, total: None, started_at: now() }),
        desk_with(RecordingState::Failed(Problem::new(&Fault::DiskFull(None), ""))),
        desk_with(RecordingState::Stored { bytes: 1 }),
    ];
    let place = |state| window(state, WIDE).get_by_role_and_label(Role::Button, "Play").rect();
    let places: Vec<_> = states.into_iter().map(place).collect();
    assert!(places.windows(2).all(|pair| pair[0] == pair[1]), "{places:?}");
}
