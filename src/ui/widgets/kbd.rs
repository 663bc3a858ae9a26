//! A key as it stands on the keyboard, in a thin frame.
//! Decoration: the control beside it names the key for a screen reader.

use super::paint::one_line;
use crate::ui::theme::{self, size};
use eframe::egui::{Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui, vec2};

const HEIGHT: f32 = 18.0;
const PADDING: f32 = 5.0;

/// `Ctrl F` in a frame.
pub fn kbd(ui: &mut Ui, keys: &str) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(kbd_width(ui, keys), HEIGHT), Sense::hover());
    paint_kbd(ui, keys, rect.left_center());
    response
}

/// How much room [`kbd`] takes.
pub fn kbd_width(ui: &Ui, keys: &str) -> f32 {
    let color = theme::tokens(ui).text_weak;
    one_line(ui, keys, theme::regular(size::CAPTION), color).size().x + 2.0 * PADDING
}

/// Paints it inside another control, from its left middle.
pub fn paint_kbd(ui: &Ui, keys: &str, left_middle: Pos2) {
    let tokens = theme::tokens(ui);
    let galley = one_line(ui, keys, theme::regular(size::CAPTION), tokens.text_weak);
    let extent = vec2(galley.size().x + 2.0 * PADDING, HEIGHT);
    let rect = Rect::from_min_size(left_middle - vec2(0.0, HEIGHT / 2.0), extent);
    let border = Stroke::new(1.0, tokens.line);
    ui.painter().rect(rect, theme::radius(4.0), tokens.panel, border, StrokeKind::Inside);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, tokens.text_weak);
}
