//! A slider on one line: a track, the part that is done, and a handle.
//! Used for the volume; the waveform borrows what a keyboard and a screen reader do with it.

use crate::ui::theme::tokens;
use eframe::egui::accesskit::Action;
use eframe::egui::{CursorIcon, EventFilter, Key, Modifiers, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};

pub(super) struct Slider<'a> {
    pub name: &'a str,
    /// 0 to 1.
    pub value: f32,
    /// The value in words, for a screen reader.
    pub words: &'a str,
    pub is_enabled: bool,
    /// How far an arrow key or a screen reader's step goes.
    pub step: f32,
}

const TRACK: f32 = 4.0;
/// The handle's radius, by which the track is shorter than its room at each end.
pub(super) const HANDLE: f32 = 6.0;

/// Draws it over the whole of `rect`; answers the value that a click, a drag or a screen reader chose.
pub(super) fn slider_ui(ui: &mut Ui, rect: Rect, slider: &Slider<'_>) -> (Response, Option<f32>) {
    let id = ui.scope_id().with(slider.name);
    let sense = if slider.is_enabled { Sense::click_and_drag() } else { Sense::hover() };
    let response = ui.interact(rect, id, sense);
    let value = slider.value.clamp(0.0, 1.0);
    speak_slider(ui, &response, slider);
    let chosen = by_pointer(ui, &response, rect, slider).or_else(|| by_step(ui, &response, slider));
    paint(ui, rect, &response, chosen.unwrap_or(value), slider.is_enabled);
    (response.on_hover_and_drag_cursor(CursorIcon::PointingHand), chosen)
}

/// Its name and value for a screen reader; while it has the focus the arrow keys move the value and not the focus.
pub(super) fn speak_slider(ui: &Ui, response: &Response, slider: &Slider<'_>) {
    let value = f64::from(slider.value.clamp(0.0, 1.0));
    response.widget_info(|| WidgetInfo::slider(slider.is_enabled, value, slider.name));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(slider.words);
        node.set_min_numeric_value(0.0);
        node.set_max_numeric_value(1.0);
        if slider.is_enabled {
            node.add_action(Action::Increment);
            node.add_action(Action::Decrement);
        }
    });
    let keep = EventFilter { horizontal_arrows: true, ..EventFilter::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, keep));
}

/// The share of the track that a point stands for.
fn share_at(rect: Rect, x: f32) -> f32 {
    ((x - rect.left() - HANDLE) / (rect.width() - 2.0 * HANDLE).max(1.0)).clamp(0.0, 1.0)
}

/// Only a press or a move chooses: a handle that is held still follows the value.
fn by_pointer(ui: &Ui, response: &Response, rect: Rect, slider: &Slider<'_>) -> Option<f32> {
    let is_chosen = ui.input(|input| input.pointer.any_pressed() || input.pointer.delta().x != 0.0);
    let is_held = response.is_pointer_button_down_on() && is_chosen && slider.is_enabled;
    let pointer = response.interact_pointer_pos().filter(|_| is_held)?;
    Some(share_at(rect, pointer.x))
}

fn by_step(ui: &Ui, response: &Response, slider: &Slider<'_>) -> Option<f32> {
    let steps = steps(ui, response, slider);
    (steps != 0.0).then(|| (slider.value + steps * slider.step).clamp(0.0, 1.0))
}

/// How many steps arrow keys and a screen reader asked for; negative is back.
pub(super) fn steps(ui: &Ui, response: &Response, slider: &Slider<'_>) -> f32 {
    if !slider.is_enabled {
        return 0.0;
    }
    let has_focus = response.has_focus();
    let count = |action, key| {
        ui.input_mut(|input| {
            let asked = input.num_accesskit_action_requests(response.id, action);
            let typed = if has_focus { input.count_and_consume_key(Modifiers::NONE, key) } else { 0 };
            (asked + typed) as f32
        })
    };
    count(Action::Increment, Key::ArrowRight) - count(Action::Decrement, Key::ArrowLeft)
}

fn paint(ui: &Ui, rect: Rect, response: &Response, value: f32, is_enabled: bool) {
    let tokens = tokens(ui);
    let track = Rect::from_center_size(rect.center(), vec2(rect.width() - 2.0 * HANDLE, TRACK));
    let x = track.left() + value * track.width();
    ui.painter().rect_filled(track, TRACK / 2.0, if is_enabled { tokens.wave } else { tokens.line });
    if !is_enabled {
        return;
    }
    let done = Rect::from_min_max(track.min, pos2(x, track.bottom()));
    ui.painter().rect_filled(done, TRACK / 2.0, tokens.accent);
    let is_active = response.hovered() || response.dragged() || response.has_focus();
    let center = pos2(x, track.center().y);
    if response.has_focus() {
        ui.painter().circle_filled(center, HANDLE + 3.0, tokens.accent_weak);
    }
    ui.painter().circle_filled(center, if is_active { HANDLE + 1.0 } else { HANDLE }, tokens.accent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_of_the_track_are_nothing_and_all() {
        let rect = Rect::from_min_max(pos2(10.0, 0.0), pos2(122.0, 20.0));
        for (x, share) in [(0.0, 0.0), (16.0, 0.0), (66.0, 0.5), (116.0, 1.0), (500.0, 1.0)] {
            assert!((share_at(rect, x) - share).abs() < 1e-6, "{x}");
        }
    }
}
