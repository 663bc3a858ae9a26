//! The shortcut sheet: every action that has a key, by what it is for.

use super::titled;
use crate::ui::action::{Action, Section};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Align, Label, Layout, RichText, Ui, vec2};

pub fn shortcuts_ui(ui: &Ui, view: &View<'_>) {
    titled(ui, view, "Keyboard shortcuts", 760.0, |ui| {
        let columns = if ui.available_width() > 520.0 { 2 } else { 1 };
        ui.spacing_mut().item_spacing = vec2(space::XL, space::XS);
        ui.columns(columns, |columns| {
            for (index, section) in Section::ALL.into_iter().enumerate() {
                // Listening, which has most keys, at the left with the window's few.
                let at = if columns.len() > 1 { index % 2 } else { 0 };
                if let Some(column) = columns.get_mut(at) {
                    section_ui(column, section);
                }
            }
        });
    });
}

fn section_ui(ui: &mut Ui, section: Section) {
    let tokens = theme::tokens(ui);
    let is_mac = ui.ctx().os().is_mac();
    ui.add_space(space::S);
    // All keys shall be in sight at once in a window of 800 points.
    ui.spacing_mut().item_spacing.y = space::XS;
    ui.spacing_mut().interact_size.y = space::XL;
    ui.add(Label::new(RichText::new(section.words()).font(theme::strong(size::SMALL)).color(tokens.accent)));
    let with_key = |action: &Action| action.section() == section && !action.shortcuts().is_empty();
    for action in Action::ALL.into_iter().filter(with_key) {
        ui.horizontal(|ui| {
            ui.set_height(space::XL);
            ui.spacing_mut().item_spacing.x = space::XS;
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                for keys in action.all_keys(is_mac).iter().rev() {
                    widgets::kbd(ui, keys);
                }
                ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                    let text = RichText::new(action.text()).font(theme::regular(size::CONTROL)).color(tokens.text);
                    ui.add(Label::new(text).truncate());
                });
            });
        });
    }
}
