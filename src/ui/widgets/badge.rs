//! A word on a tinted ground, such as `Sample data`.

use super::paint::{one_line, speak};
use crate::ui::theme::{self, size};
use eframe::egui::{Color32, Pos2, Rect, Response, Sense, Ui, accesskit::Role, vec2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Accent,
    Ok,
    Warn,
    Error,
    Quiet,
}

pub fn badge(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let (color, ground) = colors(ui, tone);
    let galley = one_line(ui, text, theme::strong(size::CAPTION), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 4.0), Sense::hover());
    speak(&response, Role::Label, text);
    ui.painter().rect_filled(rect, theme::radius(5.0), ground);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}

/// Paints it inside another control, from its left middle; answers its width.
pub fn paint_badge(ui: &Ui, text: &str, tone: Tone, left_middle: Pos2) -> f32 {
    let (color, ground) = colors(ui, tone);
    let galley = one_line(ui, text, theme::strong(size::CAPTION), color);
    let extent = galley.size() + vec2(14.0, 4.0);
    let rect = Rect::from_min_size(left_middle - vec2(0.0, extent.y / 2.0), extent);
    ui.painter().rect_filled(rect, theme::radius(5.0), ground);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    extent.x
}

/// The words and the ground they stand on.
fn colors(ui: &Ui, tone: Tone) -> (Color32, Color32) {
    let tokens = theme::tokens(ui);
    match tone {
        Tone::Accent => (tokens.accent, tokens.accent_weak),
        Tone::Ok => (tokens.ok, tokens.ok_weak),
        Tone::Warn => (tokens.warn, tokens.warn_weak),
        Tone::Error => (tokens.error, tokens.error_weak),
        Tone::Quiet => (tokens.text_weak, tokens.hairline),
    }
}
