//! An empty place that says what, why and the one next step.

use crate::ui::theme::{self, size, space};
use eframe::egui::{Align, Label, Layout, RichText, Ui, vec2};

/// An icon, a title and a sentence in the middle of what is left; `below` adds the next step.
pub fn empty_state<R>(ui: &mut Ui, icon: &str, title: &str, text: &str, below: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui);
    let room = ui.available_size();
    let width = (room.x - 2.0 * space::L).clamp(120.0, 360.0);
    let top = ((room.y - 220.0) * 0.42).max(space::L);
    ui.allocate_ui_with_layout(room, Layout::top_down(Align::Center), |ui| {
        ui.add_space(top);
        ui.set_max_width(width);
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        if !icon.is_empty() {
            super::icon(ui, icon, 30.0, tokens.text_hint);
            ui.add_space(space::XS);
        }
        if !title.is_empty() {
            ui.add(Label::new(RichText::new(title).font(theme::strong(size::BODY)).color(tokens.text)).wrap());
        }
        if !text.is_empty() {
            ui.add(Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(tokens.text_weak)).wrap());
        }
        ui.add_space(space::XS);
        below(ui)
    })
    .inner
}
