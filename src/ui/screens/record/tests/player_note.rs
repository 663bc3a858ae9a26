//! What the player's bar says and offers in the widths and heights that windows really have.

use super::support::{Desk, SOAP, TRANSCRIPT, desk, reading, window};
use crate::domain::{ConsultationKey, Peak, Waveform};
use crate::state::{
    Command, ExportCommand, Fault, PlayerCommand, PlayerStatus, Problem, RecordingState, Selection, State,
};
use eframe::egui::accesskit::Role;
use eframe::egui::{Rect, Shape, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::sync::Arc;

const MINUTE: u64 = 60_000;
/// The open consultation in windows of 1280 × 800, of 1024 × 640, and of 1280 × 800 at twice the size.
const PANES: [[f32; 2]; 3] = [[832.0, 770.0], [576.0, 610.0], [576.0, 333.0]];

fn paused() -> State {
    let mut state = desk(Some(reading(TRANSCRIPT, SOAP)));
    let record = state.record.as_mut().expect("a record is open");
    record.recording = RecordingState::Stored { bytes: 48_000_000 };
    let peaks = vec![Peak { low: -40, high: 60 }; 25 * 6_000];
    record.waveform = Some(Arc::new(Waveform::from_peaks(16_000, 25 * 60 * 16_000, 160, &peaks)));
    state.player.key = Some(ConsultationKey::record("r1"));
    state.player.status = PlayerStatus::Paused;
    state.player.duration_ms = Some(25 * MINUTE);
    state
}

fn in_trouble(fault: &Fault) -> State {
    let mut state = paused();
    state.player.problem = Some(Problem::new(fault, ""));
    state
}

/// The words as they are painted: where, and whether anything of them is missing.
fn painted(window: &Harness<'_, Desk>, words: &str) -> Option<(Rect, bool)> {
    window.output().shapes.iter().find_map(|shape| match &shape.shape {
        Shape::Text(text) if text.galley.text() == words => Some((text.visual_bounding_rect(), text.galley.elided)),
        _ => None,
    })
}

#[test]
fn what_went_wrong_can_be_read_whole() {
    for fault in [Fault::SoundDeviceLost, Fault::NoSoundDevice, Fault::KeyRefused, Fault::CertificateExpired] {
        for size in PANES {
            let words = Problem::new(&fault, "").sentence();
            let window = window(in_trouble(&fault), size);
            let (rect, is_cut) = painted(&window, &words).expect("the words are shown");
            let play = window.get_by_role_and_label(Role::Button, "Play").rect();
            let (bar_height, is_low) = if size[1] < 460.0 { (68.0, true) } else { (108.0, false) };
            let bar = Rect::from_center_size(play.center(), vec2(2.0 * size[0], bar_height - 4.0));
            assert!(bar.contains_rect(rect) && rect.left() >= play.right(), "{size:?} {words}: {rect}");
            assert!(!is_cut || (is_low && words.len() > 150), "{size:?} {words}");
            let name = Problem::new(&fault, "").offer.map(crate::state::Offer::words);
            if let Some(name) = name {
                let button = window.get_by_role_and_label(Role::Button, name).rect();
                assert!(button.left() >= rect.right() && !button.intersects(rect), "{size:?} {name}: {button}");
            }
            if let Some(track) = window.query_by_role_and_label(Role::Slider, "Position") {
                assert!(track.rect().top() >= rect.bottom() - 1.0, "{size:?}: the waveform stands under the words");
            }
        }
    }
}

#[test]
fn an_error_in_a_wide_window_leaves_the_waveform() {
    for (size, has_waveform) in PANES.into_iter().zip([true, true, false]) {
        let mut window = window(in_trouble(&Fault::SoundDeviceLost), size);
        assert_eq!(window.query_by_label("Position").is_some(), has_waveform, "{size:?}");
        window.state_mut().state.player.problem = None;
        window.run();
        assert!(window.query_by_label("Position").is_some(), "{size:?}: it comes back");
    }
}

#[test]
fn a_selection_keeps_its_actions_in_a_narrow_bar() {
    for size in PANES.into_iter().skip(1) {
        let mut state = paused();
        state.player.selection = Some(Selection { from_ms: 4 * MINUTE, to_ms: 5 * MINUTE });
        let mut window = window(state, size);
        let wanted: [(&str, Command); 4] = [
            ("Loop the selection (L)", PlayerCommand::ToggleLoop.into()),
            ("Stop looping (L)", PlayerCommand::ToggleLoop.into()),
            ("Export clip… (Ctrl+Shift+E)", ExportCommand::Clip.into()),
            ("Clear the selection (Esc)", PlayerCommand::ClearSelection.into()),
        ];
        for (name, command) in wanted {
            let button = window.get_by_role_and_label(Role::Button, name);
            assert!(button.rect().right() <= size[0] - 20.0 - 132.0, "{size:?} {name}");
            button.click();
            window.run();
            assert_eq!(window.state_mut().sent.pop(), Some(command), "{size:?} {name}");
        }
        assert_eq!(window.state().state.player.selection, None);
    }
}
