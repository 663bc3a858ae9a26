//! The controls that every state of the player has: play and pause, the times, the speed and the volume.
//! They keep their places, whatever the recording is doing.

use super::slider::{HANDLE, Slider, slider_ui};
use super::speed_menu::speed_ui;
use crate::domain::ConsultationKey;
use crate::state::{OpenRecord, Player, PlayerCommand};
use crate::ui::format::{minutes, position};
use crate::ui::theme::{focus_ring, icons, regular, size, space, strong, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{elided, speak, text_icon_button};
use eframe::egui::{
    Align, Color32, CursorIcon, Label, Layout, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, Ui, UiBuilder, vec2,
};

pub(super) const PLAY_SIZE: f32 = 40.0;
pub(super) const TIMES_WIDTH: f32 = 132.0;
/// In less height the speed stands beside the volume.
const THREE_ROWS: f32 = 76.0;
const VOLUME_WIDTH: f32 = 82.0;
const NARROW_VOLUME: f32 = 46.0;
const VOLUME_STEP: f32 = 0.05;
const QUIET: f32 = 0.5;

/// The round button. It plays the open consultation or pauses it.
pub(super) fn play_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let player = &view.state.player;
    let is_playing = player.holds(&record.key) && player.is_running();
    let can_play = record.key.record_id().is_some();
    ui.add_enabled_ui(can_play, |ui| {
        let (rect, response) = ui.allocate_exact_size(vec2(PLAY_SIZE, PLAY_SIZE), Sense::click());
        let name = if is_playing { "Pause" } else { "Play" };
        speak(&response, Role::Button, name);
        let tokens = tokens(ui);
        let fill = match (can_play, response.hovered() || response.has_focus()) {
            (false, _) => tokens.line,
            (true, true) => tokens.accent_strong,
            (true, false) => tokens.accent,
        };
        ui.painter().circle_filled(rect.center(), PLAY_SIZE / 2.0, fill);
        if response.has_focus() {
            ui.painter().circle_stroke(rect.center(), PLAY_SIZE / 2.0 + 2.0, focus_ring(tokens));
        }
        paint_sign(ui.painter(), rect.center(), is_playing, if can_play { tokens.on_accent } else { tokens.text_hint });
        let response = response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(format!("{name} (Space)"));
        if response.on_disabled_hover_text("No recording for a room conversation").clicked() {
            view.send(PlayerCommand::Toggle);
        }
    });
}

/// Two bars or a triangle, filled, as the icon font has them only in outline.
fn paint_sign(painter: &Painter, center: Pos2, is_pause: bool, color: Color32) {
    if is_pause {
        for side in [-1.0, 1.0] {
            let bar = Rect::from_center_size(center + vec2(side * 4.5, 0.0), vec2(4.0, 15.0));
            painter.rect_filled(bar, 1.0, color);
        }
    } else {
        // A triangle looks centred only when it stands a little to the right.
        let corners = [vec2(-4.5, -8.0), vec2(9.0, 0.0), vec2(-4.5, 8.0)].map(|corner| center + corner);
        painter.add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
    }
}

/// Elapsed and total above the speed and the volume.
pub(super) fn times_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, rect: Rect) {
    let right = Layout::right_to_left(Align::Center);
    let has_three_rows = rect.height() >= THREE_ROWS;
    let (top, below) = rect.split_top_bottom_at_fraction(if has_three_rows { 1.0 / 3.0 } else { 0.5 });
    let (middle, bottom) = below.split_top_bottom_at_fraction(if has_three_rows { 0.5 } else { 0.0 });
    ui.scope_builder(UiBuilder::new().id_salt("times").max_rect(top).layout(right), |ui| {
        let tokens = tokens(ui);
        let (elapsed, total) = times(&view.state.player, record);
        let pieces = [
            (elapsed.as_str(), strong(size::SMALL), tokens.text),
            (total.as_str(), regular(size::SMALL), tokens.text_weak),
        ];
        let line = elided(ui, &pieces, ui.available_width());
        ui.add(Label::new(line));
    });
    // Words and tracks end where the times end; only what frames them reaches further.
    let beyond = |row: Rect, by: f32| row.with_max_x(row.right() + by);
    if has_three_rows {
        let row = UiBuilder::new().id_salt("speed").max_rect(beyond(middle, space::S)).layout(right);
        ui.scope_builder(row, |ui| speed_ui(ui, view, record));
    }
    ui.scope_builder(UiBuilder::new().id_salt("volume").max_rect(beyond(bottom, HANDLE)).layout(right), |ui| {
        volume_ui(ui, view, if has_three_rows { VOLUME_WIDTH } else { NARROW_VOLUME });
        if !has_three_rows {
            speed_ui(ui, view, record);
        }
    });
}

/// `0:28` and ` / 25:02`; before the recording is loaded only how long the consultation took.
fn times(player: &Player, record: &OpenRecord) -> (String, String) {
    if let Some(duration) = player.duration_ms.filter(|_| player.holds(&record.key)) {
        return (position(player.position_ms), format!(" / {}", position(duration)));
    }
    if let Some(waveform) = &record.waveform {
        return (String::new(), position(waveform.duration_ms()));
    }
    let known = record.key.record_id().and(record.consultation.as_ref());
    let length = known.and_then(|found| found.duration_minutes());
    (String::new(), length.map(minutes).unwrap_or_default())
}

fn volume_ui(ui: &mut Ui, view: &View<'_>, width: f32) {
    let player = &view.state.player;
    let heard = if player.is_muted { 0.0 } else { player.volume };
    let words = format!("{:.0} percent", heard * 100.0);
    let (rect, _) = ui.allocate_exact_size(vec2(width, 20.0), Sense::hover());
    let slider = Slider { name: "Volume", value: heard, words: &words, is_enabled: true, step: VOLUME_STEP };
    let (response, chosen) = slider_ui(ui, rect, &slider);
    response.on_hover_text(format!("Volume {:.0} %", heard * 100.0));
    // Whole steps: each one is remembered on disk.
    let stepped = chosen.map(|share| (share / VOLUME_STEP).round() * VOLUME_STEP);
    if let Some(share) = stepped.filter(|share| (share - heard).abs() > VOLUME_STEP / 2.0) {
        view.send(PlayerCommand::Volume(share));
    }
    let (icon, tooltip) = match heard {
        0.0 => (icons::VOLUME_OFF, "Sound on (M)"),
        heard if heard < QUIET => (icons::VOLUME_LOW, "Sound off (M)"),
        _ => (icons::VOLUME, "Sound off (M)"),
    };
    ui.spacing_mut().item_spacing.x = 4.0;
    if text_icon_button(ui, icon, tooltip).clicked() {
        view.send(PlayerCommand::ToggleMute);
    }
}

/// The open consultation is not the one that sounds.
pub(super) fn sounds_elsewhere<'a>(player: &'a Player, open: &ConsultationKey) -> Option<&'a ConsultationKey> {
    player.key.as_ref().filter(|key| player.is_running() && *key != open)
}
