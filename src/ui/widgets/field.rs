//! A one-line text field in a frame of the house, with an icon before it and something of the caller's behind it.

use crate::ui::theme::{self, size, space};
use eframe::egui::{
    Align, Align2, Frame, Id, Layout, Margin, Response, RichText, Sense, Stroke, TextEdit, Ui, UiBuilder, vec2,
};

pub struct Field<'a> {
    /// What a screen reader calls it.
    pub name: &'a str,
    pub hint: &'a str,
    pub icon: &'a str,
    pub id: Id,
    pub height: f32,
    pub is_password: bool,
}

/// Draws the field over the full width; `behind` fills its right end, from right to left.
pub fn field(ui: &mut Ui, text: &mut String, field: &Field<'_>, behind: impl FnOnce(&mut Ui)) -> Response {
    let tokens = theme::tokens(ui);
    let has_focus = ui.memory(|memory| memory.has_focus(field.id));
    let border = if has_focus { theme::focus_ring(tokens) } else { Stroke::new(1.0, tokens.line) };
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), field.height), Sense::hover());
    let corner = theme::radius(space::RADIUS);
    ui.painter().rect(rect, corner, tokens.background, border, eframe::egui::StrokeKind::Inside);
    let inside = rect.shrink2(vec2(10.0, 2.0));
    let builder = UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 0.0);
        behind(ui);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            if !field.icon.is_empty() {
                super::icon(ui, field.icon, 16.0, tokens.text_hint);
            }
            edit(ui, text, field)
        })
        .inner
    })
    .inner
}

fn edit(ui: &mut Ui, text: &mut String, field: &Field<'_>) -> Response {
    let tokens = theme::tokens(ui);
    let font = if field.height > space::CONTROL + 2.0 { size::BODY } else { size::CONTROL };
    let edit = TextEdit::singleline(text)
        .id(field.id)
        .frame(Frame::NONE)
        .margin(Margin::ZERO)
        .font(theme::regular(font))
        .text_color(tokens.text)
        .hint_text(RichText::new(field.hint).color(tokens.text_hint))
        .password(field.is_password)
        .align(Align2::LEFT_CENTER)
        .min_size(vec2(0.0, field.height - 8.0))
        .desired_width(f32::INFINITY);
    ui.add(edit).accessible_name(field.name)
}
