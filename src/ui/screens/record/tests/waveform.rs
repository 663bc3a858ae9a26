//! The drawn sound under the pointer: seeking, hovering, zooming and selecting, in wide and narrow windows.

use super::support::{Desk, NARROW, SOAP, TRANSCRIPT, WIDE, desk, reading, window};
use crate::domain::{ConsultationKey, Peak, Waveform};
use crate::state::{
    Command, ExportCommand, PlayerCommand, PlayerStatus, RecordingState, Selection, SettingsCommand, State, Supply,
};
use chrono::TimeDelta;
use eframe::egui::accesskit::Role;
use eframe::egui::{
    Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, TouchPhase, pos2, vec2,
};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use std::sync::Arc;

const MINUTE: u64 = 60_000;
const LENGTH: u64 = 25 * MINUTE;

/// Loud and silent by turns; of it only this share has arrived.
fn sound(length_ms: u64, share: f64) -> Arc<Waveform> {
    let mut waveform = Waveform::empty(16_000, length_ms * 16);
    let here = (waveform.bins() as f64 * share) as usize;
    let loud = |bin: usize| if bin / 200 % 5 == 4 { 0 } else { 20 + (bin % 90) as i8 };
    let peaks: Vec<Peak> = (0..here).map(|bin| Peak { low: -loud(bin), high: loud(bin) }).collect();
    waveform.absorb(0, &peaks);
    waveform.set_arrived((here as u64).saturating_mul(waveform.bin_frames()));
    waveform.listen_for_noise();
    Arc::new(waveform)
}

fn desk_of(length_ms: u64, position_ms: u64) -> State {
    let mut state = desk(Some(reading(TRANSCRIPT, SOAP)));
    let record = state.record.as_mut().expect("a record is open");
    record.recording = RecordingState::Stored { bytes: 48_000_000 };
    record.waveform = Some(sound(length_ms, 1.0));
    state.player.key = Some(ConsultationKey::record("r1"));
    state.player.status = PlayerStatus::Playing;
    state.player.duration_ms = Some(length_ms);
    state.player.position_ms = position_ms;
    state
}

fn playing() -> State {
    desk_of(LENGTH, 3 * MINUTE)
}

fn streaming() -> State {
    let mut state = playing();
    let record = state.record.as_mut().expect("a record is open");
    let started_at = super::support::now() - TimeDelta::seconds(1);
    record.recording = RecordingState::Downloading { received: 12_000_000, total: Some(48_000_000), started_at };
    record.waveform = Some(sound(LENGTH, 0.5));
    state.player.supply = Supply::Arriving;
    state
}

type Window = Harness<'static, Desk>;

fn button(window: &Window, pos: Pos2, pressed: bool, modifiers: Modifiers) {
    window.event_modifiers(Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }, modifiers);
}

fn press(window: &mut Window, pos: Pos2, modifiers: Modifiers) {
    window.hover_at(pos);
    window.run();
    button(window, pos, true, modifiers);
    window.run();
}

fn release(window: &mut Window, pos: Pos2, modifiers: Modifiers) {
    button(window, pos, false, modifiers);
    window.run();
}

fn drag(window: &mut Window, from: Pos2, to: Pos2, modifiers: Modifiers) {
    press(window, from, modifiers);
    window.hover_at(to);
    window.run();
    release(window, to, modifiers);
}

fn wheel(window: &mut Window, pos: Pos2, delta: (f32, f32)) {
    window.hover_at(pos);
    window.run();
    window.event(Event::MouseWheel {
        unit: MouseWheelUnit::Point,
        delta: vec2(delta.0, delta.1),
        phase: TouchPhase::Move,
        modifiers: Modifiers::NONE,
        source: MouseWheelSource::Unknown,
    });
    window.run_steps(12);
}

fn sent(window: &mut Window) -> Vec<Command> {
    std::mem::take(&mut window.state_mut().sent)
}

fn seeks(window: &mut Window) -> Vec<u64> {
    let seek = |command| match command {
        Command::Player(PlayerCommand::SeekTo(ms)) => Some(ms),
        _ => None,
    };
    sent(window).into_iter().filter_map(seek).collect()
}

fn overview(window: &Window) -> eframe::egui::Rect {
    window.get_by_role_and_label(Role::Slider, "Position").rect()
}

fn strip(window: &Window) -> eframe::egui::Rect {
    window.get_by_role(Role::Canvas).rect()
}

fn strip_words(window: &Window) -> String {
    window.get_by_role(Role::Canvas).accesskit_node().label().unwrap_or_default()
}

#[test]
fn a_click_in_the_overview_and_in_the_strip_seeks_to_the_moment_under_it() {
    let mut window = window(playing(), WIDE);
    let rect = overview(&window);
    drag(&mut window, rect.center(), rect.center(), Modifiers::NONE);
    assert_eq!(seeks(&mut window), [LENGTH / 2]);
    window.state_mut().state.player.position_ms = 3 * MINUTE;
    window.run();
    assert_eq!(strip_words(&window), "Waveform from 2:51 to 3:21", "the strip follows a leap");
    let rect = strip(&window);
    let place = pos2(rect.left() + rect.width() * 0.75, rect.center().y);
    drag(&mut window, place, place, Modifiers::NONE);
    let [sought] = seeks(&mut window)[..] else { panic!("one seek") };
    assert!(sought.abs_diff(171_000 + 22_500) < 100, "{sought}");
}

#[test]
fn a_drag_seeks_all_the_way_and_the_ground_stays() {
    let mut window = window(playing(), WIDE);
    let rect = strip(&window);
    let words = strip_words(&window);
    let at = |share: f32| pos2(rect.left() + rect.width() * share, rect.center().y);
    press(&mut window, at(0.5), Modifiers::NONE);
    for share in [0.6, 0.7, 0.99] {
        window.hover_at(at(share));
        window.run();
    }
    let places = seeks(&mut window);
    assert_eq!(places.len(), 4);
    assert!(places.is_sorted());
    assert_eq!(strip_words(&window), words);
    window.run();
    assert!(seeks(&mut window).is_empty(), "a hand that is held still lets it play on");
    release(&mut window, at(0.99), Modifiers::NONE);
    assert_ne!(strip_words(&window), words, "then the page turns");
}

#[test]
fn what_has_not_arrived_is_asked_for_once_when_the_hand_lets_go() {
    let mut window = window(streaming(), WIDE);
    assert!(window.query_by_label("12.0 of 48.0 MB · 25 %").is_some(), "the download's words stay");
    let rect = overview(&window);
    let at = |share: f32| pos2(rect.left() + rect.width() * share, rect.center().y);
    press(&mut window, at(0.7), Modifiers::NONE);
    window.hover_at(at(0.8));
    window.run();
    assert!(seeks(&mut window).is_empty());
    release(&mut window, at(0.8), Modifiers::NONE);
    assert_eq!(seeks(&mut window), [LENGTH / 10 * 8]);
}

#[test]
fn hovering_tells_the_time_at_once() {
    let mut window = window(streaming(), WIDE);
    let rect = overview(&window);
    let quarter = vec2(rect.width() / 4.0, 0.0);
    for (place, words) in [(rect.center() - quarter, "6:15"), (rect.center() + quarter, "18:45 – not here yet")] {
        window.hover_at(place);
        // A frame in which the pointer moves, and one in which the words stand: nothing waits for it to rest.
        window.run_steps(2);
        let label = window.get_by_label(words).rect();
        assert!(label.bottom() <= rect.top() && (label.center().x - place.x).abs() < 40.0, "{words}: {label}");
    }
    window.hover_at(rect.center() - vec2(0.0, 300.0));
    window.run_steps(2);
    assert!(window.query_by_label("18:45 – not here yet").is_none());
}

#[test]
fn the_strip_says_when_it_begins_and_ends() {
    let mut window = window(playing(), WIDE);
    let times = |window: &Window| {
        let between = overview(window).top() - strip(window).bottom();
        assert!((12.0..16.0).contains(&between), "{between}");
        let place = |shape: &eframe::egui::Shape| match shape {
            eframe::egui::Shape::Text(text) => {
                let rect = text.visual_bounding_rect();
                let is_between = rect.center().y > strip(window).bottom() && rect.center().y < overview(window).top();
                is_between.then(|| text.galley.text().to_owned())
            }
            _ => None,
        };
        window.output().shapes.iter().filter_map(|shape| place(&shape.shape)).collect::<Vec<_>>()
    };
    let shown = times(&window);
    assert!(["2:51", "3:21"].iter().all(|end| shown.iter().any(|words| words == end)), "{shown:?}");
    let middle = strip(&window).center();
    wheel(&mut window, middle, (0.0, -5_000.0));
    let shown = times(&window);
    assert!(!shown.iter().any(|words| words == "0:00"), "the whole needs no times: {shown:?}");
}

#[test]
fn the_wheel_zooms_and_moves_the_strip_and_seeks_nothing() {
    let mut window = window(playing(), WIDE);
    assert_eq!(strip_words(&window), "Waveform from 2:51 to 3:21");
    let middle = strip(&window).center();
    wheel(&mut window, middle, (0.0, 140.0));
    let closer = strip_words(&window);
    assert!(["Waveform from 2:58 to 3:13", "Waveform from 2:59 to 3:14"].contains(&closer.as_str()), "{closer}");
    wheel(&mut window, middle, (0.0, -5_000.0));
    assert_eq!(strip_words(&window), "Waveform from 0:00 to 25:00");
    wheel(&mut window, middle, (0.0, 560.0));
    let before = strip_words(&window);
    wheel(&mut window, middle, (-100.0, 0.0));
    assert_ne!(strip_words(&window), before);
    assert!(seeks(&mut window).is_empty());
}

#[test]
fn shift_and_drag_selects_edges_move_and_a_clip_goes_out() {
    let mut window = window(playing(), WIDE);
    let rect = strip(&window);
    let at = |share: f32| pos2(rect.left() + rect.width() * share, rect.top() + 8.0);
    drag(&mut window, at(0.2), at(0.6), Modifiers::SHIFT);
    let selection = window.state().state.player.selection.expect("a selection");
    assert!(selection.from_ms.abs_diff(177_000) < 200 && selection.to_ms.abs_diff(189_000) < 200, "{selection:?}");
    assert!(seeks(&mut window).is_empty(), "selecting does not move the playhead");
    assert!(window.query_by_label("2:57 – 3:09 selected").is_some());
    // The note took room from the strip; its edges stand where they stood.
    let rect = strip(&window);
    let at = |share: f32| pos2(rect.left() + rect.width() * share, rect.center().y);
    drag(&mut window, at(0.6), at(0.8), Modifiers::NONE);
    let longer = window.state().state.player.selection.expect("a selection");
    assert!(longer.from_ms == selection.from_ms && longer.to_ms.abs_diff(195_000) < 200, "{longer:?}");
    sent(&mut window);
    window.get_by_role_and_label(Role::Button, "Loop").click();
    window.run();
    assert_eq!(sent(&mut window), [Command::Player(PlayerCommand::ToggleLoop)]);
    assert!(window.query_by_label("2:57 – 3:15 selected, looping").is_some());
    window.get_by_role_and_label(Role::Button, "Export clip…").click();
    window.run();
    assert_eq!(sent(&mut window), [Command::Export(ExportCommand::Clip)]);
    assert_eq!(window.state().state.exports.running.len(), 1);
    window.get_by_role_and_label(Role::Button, "Clear").click();
    window.run();
    assert_eq!(window.state().state.player.selection, None);
}

#[test]
fn the_overview_is_a_slider_for_keys_and_screen_readers() {
    let mut window = window(playing(), WIDE);
    let slider = window.get_by_role_and_label(Role::Slider, "Position");
    assert_eq!(slider.accesskit_node().value().as_deref(), Some("3 minutes of 25 minutes"));
    slider.focus();
    window.run();
    window.key_press(Key::ArrowRight);
    window.run();
    assert_eq!(seeks(&mut window), [3 * MINUTE + 5_000]);
    window.get_by_role_and_label(Role::Slider, "Position").decrement_accesskit();
    window.run();
    assert_eq!(seeks(&mut window), [3 * MINUTE]);
}

#[test]
fn a_recording_that_is_not_loaded_plays_from_where_it_is_clicked() {
    let mut state = playing();
    state.player = crate::state::Player::new(0.8);
    let mut window = window(state, WIDE);
    assert!(window.query_by_label("25:00").is_some(), "its length is known from the picture");
    let rect = overview(&window);
    drag(&mut window, rect.center(), rect.center(), Modifiers::NONE);
    assert_eq!(sent(&mut window), [Command::Player(PlayerCommand::PlayFrom(LENGTH / 2))]);
    assert_eq!(window.state().state.player.status, PlayerStatus::Loading);
}

#[test]
fn running_dry_is_said_and_pause_is_offered() {
    let mut state = streaming();
    state.player.status = PlayerStatus::Waiting;
    let window = window(state, WIDE);
    assert!(window.query_by_label("Waiting for audio… · 25 %").is_some());
    assert!(window.query_by_role_and_label(Role::Button, "Pause").is_some());
    assert!(window.query_by_role_and_label(Role::Button, "Cancel").is_some());
}

#[test]
fn the_speed_menu_sets_speed_and_sound() {
    let mut window = window(playing(), WIDE);
    window.get_by_role_and_label(Role::Button, "Speed 1×").click();
    window.run();
    let chip = |name: &str| window.get_by_role_and_label(Role::Button, name).rect();
    let rows = [["0.5×", "1×", "1.5×"], ["1.75×", "2.5×", "3×"]].map(|row| row.map(chip));
    let even = |one: f32, other: f32| (one - other).abs() < 0.1;
    for [first, ..] in rows {
        assert!(even(first.left(), rows[0][0].left()), "{rows:?}");
    }
    for (row, first) in rows.iter().map(|row| (row, row[0])) {
        assert!(
            row.iter().all(|rect| even(rect.width(), chip("1×").width()) && even(rect.top(), first.top())),
            "{row:?}"
        );
    }
    assert!(rows[1][0].top() > rows[0][0].bottom());
    window.get_by_role_and_label(Role::Button, "1.5×").click();
    window.run();
    assert_eq!(sent(&mut window), [Command::Player(PlayerCommand::Speed(1.5))]);
    assert!(window.query_by_role_and_label(Role::Button, "Speed 1.5×").is_some());
    window.get_by_label("Skip silence").click();
    window.run();
    window.get_by_label("Boost faint voices").click();
    window.run();
    window.get_by_label("Step further back").click();
    window.run();
    let wanted: [Command; 3] = [
        PlayerCommand::ToggleSkipSilence.into(),
        PlayerCommand::ToggleBoost.into(),
        SettingsCommand::BackStep(2_000).into(),
    ];
    assert_eq!(sent(&mut window), wanted);
    assert!(window.query_by_label("2 s").is_some());
}

#[test]
fn a_low_or_narrow_window_keeps_what_matters() {
    for size in [NARROW, [472.0, 290.0], [440.0, 580.0]] {
        let mut state = playing();
        state.player.selection = Some(Selection { from_ms: 4 * MINUTE, to_ms: 5 * MINUTE });
        let mut window = window(state, size);
        let bar = overview(&window);
        assert!(bar.width() > 150.0 && bar.bottom() < size[1], "{size:?}: {bar}");
        for name in ["Pause", "Speed 1×", "Sound off (M)"] {
            let rect = window.get_by_role_and_label(Role::Button, name).rect();
            assert!(rect.right() <= size[0] && rect.bottom() <= size[1], "{size:?}: {name} at {rect}");
        }
        assert!(window.query_by_label("3:00 / 25:00").is_some());
        assert_eq!(window.query_by_role(Role::Canvas).is_some(), size[1] > 460.0, "a low window has no strip");
        assert!(window.query_by_role_and_label(Role::Button, "Export clip…").is_none());
        window.get_by_role_and_label(Role::Button, "Speed 1×").click();
        window.run();
        window.run();
        let item = window.get_by_label("Export clip…, Ctrl+Shift+E");
        item.scroll_to_me();
        window.run();
        window.get_by_label("Export clip…, Ctrl+Shift+E").click();
        window.run();
        assert_eq!(sent(&mut window).last(), Some(&Command::Export(ExportCommand::Clip)), "{size:?}");
    }
}

#[test]
fn a_short_recording_needs_no_strip() {
    let window = window(desk_of(20_000, 0), WIDE);
    assert!(window.query_by_role(Role::Canvas).is_none());
    assert!(overview(&window).height() > 60.0);
}

#[test]
fn four_hours_are_two_meshes_and_a_handful_of_shapes() {
    let mut state = desk_of(4 * 60 * MINUTE, 83 * MINUTE);
    state.player.selection = Some(Selection { from_ms: 80 * MINUTE, to_ms: 85 * MINUTE });
    let mut window = window(state, [3_000.0, 900.0]);
    assert!(window.query_by_label("1:23:00 / 4:00:00").is_some());
    let middle = strip(&window).center();
    for zoom in [0.0, 200.0, -3_000.0] {
        wheel(&mut window, middle, (0.0, zoom));
        let (mut meshes, mut corners) = (0, 0);
        for shape in &window.output().shapes {
            if let eframe::egui::Shape::Mesh(mesh) = &shape.shape {
                meshes += 1;
                corners += mesh.vertices.len();
            }
        }
        assert_eq!(meshes, 2, "one for the whole, one for the strip");
        assert!(corners <= 2 * 4 * 1_000, "{corners} corners");
    }
}
