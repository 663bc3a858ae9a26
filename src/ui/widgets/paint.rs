//! Small drawing helpers that the controls share: one-line text that ends in an ellipsis, the focus ring,
//! and words for a screen reader.

use crate::ui::theme::{self, Tokens, icons, space};
use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{
    Align, Align2, Color32, FontId, Galley, Painter, Rect, Response, Sense, StrokeKind, Ui, Vec2, WidgetInfo,
    accesskit::Role,
};
use std::sync::Arc;

/// One line of text as wide as it needs.
pub fn one_line(ui: &Ui, text: &str, font: FontId, color: Color32) -> Arc<Galley> {
    ui.painter().layout_no_wrap(text.to_owned(), font, color)
}

/// One line of text that ends with … where it would be wider than `width`.
pub fn elided(ui: &Ui, pieces: &[(&str, FontId, Color32)], width: f32) -> Arc<Galley> {
    let mut job = LayoutJob {
        wrap: TextWrapping { max_width: width.max(1.0), max_rows: 1, break_anywhere: true, ..TextWrapping::default() },
        break_on_newline: false,
        ..LayoutJob::default()
    };
    for (text, font, color) in pieces {
        let format =
            TextFormat { font_id: font.clone(), color: *color, valign: Align::BOTTOM, ..TextFormat::default() };
        job.append(text, 0.0, format);
    }
    ui.painter().layout_job(job)
}

/// An icon followed by words, as one line.
pub fn icon_text(ui: &Ui, icon: &str, text: &str, font: FontId, color: Color32) -> Arc<Galley> {
    let mut job = LayoutJob { break_on_newline: false, ..LayoutJob::default() };
    let format = |font_id| TextFormat { font_id, color, valign: Align::Center, ..TextFormat::default() };
    if !icon.is_empty() {
        job.append(icon, 0.0, format(icons::font(font.size + 1.0)));
    }
    if !text.is_empty() {
        let gap = if icon.is_empty() { 0.0 } else { 6.0 };
        job.append(text, gap, format(font));
    }
    ui.painter().layout_job(job)
}

/// An icon that only decorates: painted, so that a screen reader does not stumble over it.
pub fn icon(ui: &mut Ui, icon: &str, size: f32, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(Vec2::splat(size), Sense::hover());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, icons::font(size), color);
}

/// The ring around the control that has the keyboard.
pub fn paint_focus(painter: &Painter, response: &Response, rect: Rect, tokens: &Tokens) {
    if response.has_focus() {
        painter.rect_stroke(rect, theme::radius(space::RADIUS), theme::focus_ring(tokens), StrokeKind::Inside);
    }
}

/// What a screen reader says of one choice among others, such as a row or a tab.
pub fn speak_selected(response: &Response, role: Role, name: &str, is_selected: bool) {
    speak(response, role, name);
    response.ctx.accesskit_node_builder(response.id, |node| node.set_selected(is_selected));
}

/// What a screen reader says of a control.
pub fn speak(response: &Response, role: Role, name: &str) {
    response.widget_info(|| WidgetInfo::labeled(role, response.enabled(), name));
}
