//! A word on a tinted ground, such as `Sample data`.

use super::paint::{one_line, speak};
use crate::ui::theme::{self, size};
use eframe::egui::{Response, Sense, Ui, accesskit::Role, vec2};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Accent,
    Ok,
    Warn,
    Error,
    Quiet,
}

pub fn badge(ui: &mut Ui, text: &str, tone: Tone) -> Response {
    let tokens = theme::tokens(ui);
    let (color, ground) = match tone {
        Tone::Accent => (tokens.accent, tokens.accent_weak),
        Tone::Ok => (tokens.ok, tokens.ok_weak),
        Tone::Warn => (tokens.warn, tokens.warn_weak),
        Tone::Error => (tokens.error, tokens.error_weak),
        Tone::Quiet => (tokens.text_weak, tokens.hairline),
    };
    let galley = one_line(ui, text, theme::strong(size::CAPTION), color);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 4.0), Sense::hover());
    speak(&response, Role::Label, text);
    ui.painter().rect_filled(rect, theme::radius(5.0), ground);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, color);
    response
}
