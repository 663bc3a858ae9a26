//! Listening by keys, and choosing where the sound comes out, in the whole window.

use super::{Desk, samples, sent, window, window_of};
use crate::domain::ConsultationKey;
use crate::state::{
    Command, Event, PlayerCommand, PlayerEvent, PlayerRequest, RecordingEvent, Request, Route, ScanDirection,
    Selection, SettingsCommand, SoundOutput, State, WindowCommand,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

/// The newest consultation playing at 1:00 of 10 minutes.
fn playing() -> State {
    let mut state = samples::desk_with_open_record();
    let key = ConsultationKey::record("r1");
    state.apply(Event::Recording(RecordingEvent::Stored { key, bytes: 9 }), samples::now());
    let requests = state.handle(PlayerCommand::Toggle.into(), samples::now());
    let load = requests.iter().find_map(|request| match request {
        Request::Player(PlayerRequest::Load { token, .. }) => Some(*token),
        _ => None,
    });
    let token = load.expect("it is loaded");
    for event in [
        PlayerEvent::Loaded { token, duration_ms: 600_000, partial: None },
        PlayerEvent::Playing { token },
        PlayerEvent::Position { token, position_ms: 60_000 },
    ] {
        state.apply(Event::Player(event), samples::now());
    }
    state
}

fn typed(window: &mut Harness<'static, Desk>, key: Key) -> Vec<Command> {
    window.key_press(key);
    window.run();
    sent(window)
}

#[test]
fn the_keys_of_the_player_do_what_the_sheet_says() {
    let mut window = window(playing());
    let table: [(Key, PlayerCommand); 8] = [
        (Key::OpenBracket, PlayerCommand::Slower),
        (Key::CloseBracket, PlayerCommand::Faster),
        (Key::Backslash, PlayerCommand::Speed(1.0)),
        (Key::I, PlayerCommand::SelectFromHere),
        (Key::O, PlayerCommand::SelectToHere),
        (Key::L, PlayerCommand::ToggleLoop),
        (Key::F4, PlayerCommand::Toggle),
        (Key::M, PlayerCommand::ToggleMute),
    ];
    for (key, command) in table {
        assert_eq!(typed(&mut window, key), [Command::Player(command)], "{key:?}");
    }
    assert_eq!(window.state().state.player.selection, Some(Selection { from_ms: 0, to_ms: 60_000 }));
    assert!(window.state().state.player.is_looping);
    window.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::E);
    window.run();
    assert_eq!(sent(&mut window), [crate::state::ExportCommand::Clip.into()]);
}

#[test]
fn a_held_key_scans_until_it_is_let_go() {
    let mut window = window(playing());
    for (key, direction, came_to) in
        [(Key::Period, ScanDirection::Forward, 61_000), (Key::Comma, ScanDirection::Back, 60_000)]
    {
        window.key_down(key);
        window.run();
        assert_eq!(sent(&mut window), [PlayerCommand::Scan(direction).into()], "once, however long it is held");
        window.run();
        assert!(window.state().state.player.is_scanning());
        assert_eq!(window.state().state.player.position_ms, came_to);
        window.key_up(key);
        window.run();
        assert_eq!(sent(&mut window), [PlayerCommand::EndScan.into()]);
        assert!(!window.state().state.player.is_scanning());
    }
    window.key_down(Key::Period);
    window.run();
    sent(&mut window);
    window.event(eframe::egui::Event::WindowFocused(false));
    window.run();
    assert_eq!(sent(&mut window), [PlayerCommand::EndScan.into()], "a key that is let go elsewhere ends it too");
}

#[test]
fn letters_in_a_field_do_not_change_the_sound() {
    let mut window = window(playing());
    window.key_press_modifiers(Modifiers::COMMAND, Key::F);
    window.run();
    sent(&mut window);
    for key in [Key::OpenBracket, Key::I, Key::L, Key::Comma] {
        assert_eq!(typed(&mut window, key), [], "{key:?}");
    }
    assert_eq!(typed(&mut window, Key::F4), [PlayerCommand::Toggle.into()], "a pedal works all the same");
}

#[test]
fn the_output_is_chosen_in_the_settings() {
    let device = |id: &str, name: &str| SoundOutput { id: id.to_owned(), name: name.to_owned() };
    let mut state = playing();
    state.apply(
        Event::Player(PlayerEvent::Outputs {
            devices: vec![device("hw:0", "Built-in speakers"), device("usb", "USB Headset")],
            current: Some("hw:0".to_owned()),
        }),
        samples::now(),
    );
    state.handle(WindowCommand::Go(Route::Settings).into(), samples::now());
    let mut window = window_of(state, (1024.0, 640.0));
    window.get_by_role_and_label(Role::Button, "Sound output: System default (Built-in speakers)").click();
    window.run();
    assert!(window.query_by_label("Built-in speakers").is_none(), "the default is not offered twice");
    window.get_by_label("USB Headset").click();
    window.run();
    let headset = device("usb", "USB Headset");
    assert_eq!(sent(&mut window), [SettingsCommand::Output(Some(headset)).into()]);
    window.get_by_role_and_label(Role::Button, "Sound output: USB Headset");
    let gone = PlayerEvent::Outputs { devices: vec![device("hw:0", "Built-in speakers")], current: None };
    window.state_mut().state.apply(Event::Player(gone), samples::now());
    window.run();
    window.get_by_role_and_label(Role::Button, "Sound output: USB Headset (not connected)").click();
    window.run();
    window.get_by_label("System default").click();
    window.run();
    assert_eq!(sent(&mut window), [SettingsCommand::Output(None).into()]);
    window.get_by_label("Step less far back").click();
    window.run();
    assert_eq!(sent(&mut window), [SettingsCommand::BackStep(1_000).into()]);
    window.get_by_label("1 s");
}

#[test]
fn opening_the_settings_asks_for_the_speakers() {
    let mut window = window(samples::desk());
    window.get_by_label("Settings").click();
    window.run();
    let wish = WindowCommand::Go(Route::Settings);
    assert_eq!(sent(&mut window), [wish.into()]);
    let requests = window.state_mut().state.handle(wish.into(), samples::now());
    assert!(requests.iter().any(|request| matches!(request, Request::Player(PlayerRequest::ListOutputs))));
}

#[test]
fn at_the_smallest_size_and_twice_everything_the_player_is_whole() {
    for size in [(1024.0, 640.0), (512.0, 320.0), (640.0, 400.0)] {
        let mut window = window_of(playing(), size);
        window.run();
        for (role, name) in [
            (Role::Button, "Pause"),
            (Role::Slider, "Position"),
            (Role::Slider, "Volume"),
            (Role::Button, "Speed 1×"),
            (Role::Button, "Sound off (M)"),
        ] {
            let rect = window.get_by_role_and_label(role, name).rect();
            assert!(rect.left() >= 0.0 && rect.right() <= size.0 && rect.bottom() <= size.1, "{size:?} {name}: {rect}");
        }
        assert!(window.query_by_label("1:00 / 10:00").is_some());
    }
}
