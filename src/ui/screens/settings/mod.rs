//! The settings screen: one card a subject, in two columns where the window is wide.
//! Each card has a file of its own; what they are built of is in `screens/parts`.

mod appearance;
mod clinic;
mod data;
mod desk_log;
mod help;
mod in_step;
mod live;
mod lock;
mod notify;
mod share;
mod sound;
#[cfg(test)]
mod tests;
mod updates;

use super::parts;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{CentralPanel, Frame, Label, Margin, RichText, ScrollArea, Ui, vec2};

/// The widest a column becomes: lines of text stay readable.
const COLUMN: f32 = 560.0;
/// From this width on there are two columns.
const TWO_COLUMNS: f32 = 820.0;
/// A window lower or narrower than this, or one that is zoomed, keeps its room for the cards.
const SMALL: f32 = 560.0;

pub fn settings_ui(ui: &mut Ui, view: &View<'_>) {
    let (side, top) = if ui.max_rect().width() < SMALL { (12, 10) } else { (24, 18) };
    let frame = Frame::new().fill(theme::tokens(ui).background).inner_margin(Margin::symmetric(side, top));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            let title = RichText::new("Settings").font(theme::strong(size::TITLE)).color(theme::tokens(ui).text);
            ui.add(Label::new(title));
            ui.add_space(space::S);
            if ui.available_width() < TWO_COLUMNS {
                ui.set_max_width(COLUMN.min(ui.available_width()));
                what_is_kept(ui, view);
                how_it_is_used(ui, view);
                widgets::follow_focus(ui);
                return;
            }
            ui.set_max_width((2.0 * COLUMN + space::L).min(ui.available_width()));
            ui.spacing_mut().item_spacing.x = space::L;
            ui.columns_const(|[left, right]| {
                what_is_kept(left, view);
                how_it_is_used(right, view);
            });
            widgets::follow_focus(ui);
        });
    });
}

fn what_is_kept(ui: &mut Ui, view: &View<'_>) {
    ui.spacing_mut().item_spacing = vec2(space::S, space::M);
    clinic::clinic_ui(ui, view);
    data::data_ui(ui, view);
    in_step::in_step_ui(ui, view);
    notify::notify_ui(ui, view);
    live::live_ui(ui, view);
}

fn how_it_is_used(ui: &mut Ui, view: &View<'_>) {
    ui.spacing_mut().item_spacing = vec2(space::S, space::M);
    sound::sound_ui(ui, view);
    appearance::appearance_ui(ui, view);
    lock::lock_ui(ui, view);
    desk_log::desk_log_ui(ui, view);
    updates::updates_ui(ui, view);
    help::help_ui(ui, view);
}
