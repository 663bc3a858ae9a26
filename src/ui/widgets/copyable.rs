//! A command or an address that is meant to be copied: on a quiet ground, with its Copy button at the right.
//! Putting it on the clipboard is the caller's.

use super::button::Button;
use crate::ui::theme::{self, icons, size, space};
use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Frame, Galley, Label, Layout, Margin, Stroke, Ui, vec2};
use std::sync::Arc;

/// Room of the Copy button.
const COPY: f32 = 78.0;

/// Draws the text; answers whether Copy was clicked. `name` is what a screen reader hears of the button.
pub fn copyable(ui: &mut Ui, text: &str, name: &str) -> bool {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.background)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(space::RADIUS))
        .inner_margin(Margin { left: 10, right: 4, top: 4, bottom: 4 });
    let shown = frame.show(ui, |ui| {
        let room = (ui.available_width() - COPY - space::S).max(40.0);
        let galley = laid_out(ui, text, room);
        let high = galley.size().y;
        // Beside several lines the button stands with the first.
        let middle = if high > space::CHIP { Align::Min } else { Align::Center };
        let line = vec2(ui.available_width(), high.max(space::CHIP));
        ui.allocate_ui_with_layout(line, Layout::left_to_right(middle), |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
            ui.allocate_ui_with_layout(vec2(room, line.y), Layout::left_to_right(middle), |ui| {
                ui.set_width(room);
                ui.add(Label::new(galley).selectable(true));
            });
            ui.with_layout(Layout::right_to_left(middle), |ui| {
                ui.add(Button::new("Copy").icon(icons::COPY).height(space::CHIP).accessible_name(name)).clicked()
            })
            .inner
        })
        .inner
    });
    shown.inner
}

/// A secret has no places of its own to break at; a command breaks between its words.
fn laid_out(ui: &Ui, text: &str, width: f32) -> Arc<Galley> {
    let color = theme::tokens(ui).text;
    let mut job = LayoutJob::simple(text.to_owned(), theme::regular(size::SMALL), color, width);
    job.wrap.break_anywhere = !text.contains(' ');
    ui.painter().layout_job(job)
}
