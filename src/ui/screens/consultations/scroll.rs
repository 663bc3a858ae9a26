//! Scrolling of the list: wheel, bar and keys over an offset in `f64`, so that a row stays crisp however far down.
//! The toolkit's own scroll area counts in `f32`, which cannot tell neighbouring points of a million rows apart.

use crate::ui::theme;
use eframe::egui::{Key, Modifiers, Rangef, Rect, Sense, Ui, pos2};
use std::ops::Range;

const BAR: f32 = 10.0;
const SHORTEST_HANDLE: f32 = 28.0;

#[derive(Debug, Default)]
pub struct ListScroll {
    /// Points from the list's top to the window's.
    pub offset: f64,
    /// The last selection that was brought into sight.
    pub revealed: u64,
    /// Which view was drawn last, and which row stood at the top: new rows above do not move what is read.
    pub anchor: Option<super::list::Anchor>,
    grabbed_at: Option<f64>,
}

impl ListScroll {
    /// Takes the wheel and the paging keys; keeps the offset within the list and on whole pixels.
    pub fn take_input(&mut self, ui: &Ui, rect: Rect, total: f64) {
        if ui.rect_contains_pointer(rect) {
            let wheel = ui.input_mut(|input| std::mem::take(&mut input.smooth_scroll_delta.y));
            self.offset -= f64::from(wheel);
        }
        if !ui.ctx().egui_wants_keyboard_input() {
            self.offset += paging(ui, f64::from(rect.height()), total);
        }
        self.settle(ui, rect, total);
    }

    /// Brings a stretch into sight with the smallest move.
    pub fn reveal(&mut self, stretch: &Range<f64>, height: f64) {
        if stretch.start < self.offset {
            self.offset = stretch.start;
        } else if stretch.end > self.offset + height {
            self.offset = stretch.end - height;
        }
    }

    pub fn settle(&mut self, ui: &Ui, rect: Rect, total: f64) {
        let last = (total - f64::from(rect.height())).max(0.0);
        let pixels = f64::from(ui.ctx().pixels_per_point());
        self.offset = ((self.offset.clamp(0.0, last)) * pixels).round() / pixels;
    }

    /// Draws the bar and follows its handle.
    pub fn bar(&mut self, ui: &Ui, rect: Rect, total: f64) {
        let height = f64::from(rect.height());
        if total <= height {
            self.grabbed_at = None;
            return;
        }
        let track = Rect::from_min_max(pos2(rect.right() - BAR, rect.top()), rect.max);
        let handle_height = (height * height / total).max(f64::from(SHORTEST_HANDLE));
        let travel = height - handle_height;
        let range = total - height;
        let response = ui.interact(track, ui.make_persistent_id("list bar"), Sense::CLICK | Sense::DRAG);
        if let Some(pointer) = response.interact_pointer_pos() {
            let at = f64::from(pointer.y - rect.top());
            let top = self.offset / range * travel;
            let is_on_handle = (top..top + handle_height).contains(&at);
            let grab = *self.grabbed_at.get_or_insert(if is_on_handle { at - top } else { handle_height / 2.0 });
            self.offset = ((at - grab) / travel.max(1.0) * range).clamp(0.0, range);
            self.settle(ui, rect, total);
        } else {
            self.grabbed_at = None;
        }
        let tokens = theme::tokens(ui);
        let top = rect.top() + (self.offset / range * travel) as f32;
        let is_over = response.hovered() || response.dragged();
        let inset = if is_over { 2.0 } else { 5.0 };
        let span = Rangef::new(top, top + handle_height as f32);
        let handle = Rect::from_x_y_ranges(track.left() + inset..=track.right() - 2.0, span);
        let color = if is_over { tokens.text_hint } else { tokens.wave };
        ui.painter().rect_filled(handle.shrink2(eframe::egui::vec2(0.0, 2.0)), theme::radius(4.0), color);
    }
}

/// Page up and down, Home and End.
fn paging(ui: &Ui, height: f64, total: f64) -> f64 {
    let page = (height - super::heights::ROW).max(super::heights::ROW);
    ui.input_mut(|input| {
        let mut pressed =
            |key| f64::from(u32::try_from(input.count_and_consume_key(Modifiers::NONE, key)).unwrap_or(0));
        (pressed(Key::PageDown) - pressed(Key::PageUp)) * page + (pressed(Key::End) - pressed(Key::Home)) * total
    })
}
