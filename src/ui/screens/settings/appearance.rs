//! Light or dark, how large everything is drawn, and how dates and times are written.

use super::parts::{card, choice, row};
use crate::state::{Appearance, ClockChoice, DateChoice, Settings, SettingsCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Label, RichText, Ui};

pub(super) fn appearance_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::APPEARANCE, "Appearance", |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            theme_ui(ui, view);
        });
        row(ui, "Size of text and controls", "", |ui| zoom_ui(ui, view));
        writing_ui(ui, view);
    });
}

fn theme_ui(ui: &mut Ui, view: &View<'_>) {
    let choices = [(Appearance::System, "As the system"), (Appearance::Light, "Light"), (Appearance::Dark, "Dark")];
    for (appearance, words) in choices {
        let is_on = view.state.settings.appearance == appearance;
        if widgets::chip(ui, words, is_on).clicked() && !is_on {
            view.send(SettingsCommand::Appearance(appearance));
        }
    }
}

fn writing_ui(ui: &mut Ui, view: &View<'_>) {
    let settings = &view.state.settings;
    let words = |choices: [&str; 3]| choices.map(str::to_owned);
    let [system, hours24, hours12] = words(["As the system", "13:40", "1:40 PM"]);
    let clocks = [(ClockChoice::System, system), (ClockChoice::Hours24, hours24), (ClockChoice::Hours12, hours12)];
    row(ui, "Times", "", |ui| {
        if let Some(clock) = choice(ui, "Times", &clocks, settings.clock) {
            view.send(SettingsCommand::Clock(clock));
        }
    });
    let [system, day_first, month_first] = words(["As the system", "22 Nov 2026", "Nov 22, 2026"]);
    let dates =
        [(DateChoice::System, system), (DateChoice::DayFirst, day_first), (DateChoice::MonthFirst, month_first)];
    row(ui, "Dates", "", |ui| {
        if let Some(order) = choice(ui, "Dates", &dates, settings.dates) {
            view.send(SettingsCommand::Dates(order));
        }
    });
}

/// `Normal size − 110 % +`, in whichever direction the row runs.
fn zoom_ui(ui: &mut Ui, view: &View<'_>) {
    let is_mac = ui.ctx().os().is_mac();
    let zoom = view.state.settings.zoom;
    let button = |ui: &mut Ui, icon, action: Action, is_possible, command: SettingsCommand| {
        let draw = |ui: &mut Ui| widgets::icon_button(ui, icon, &action.tooltip(is_mac));
        if ui.add_enabled_ui(is_possible, draw).inner.clicked() {
            view.send(command);
        }
    };
    let smaller = |ui: &mut Ui| {
        button(ui, icons::MINUS, Action::ZoomOut, zoom > *Settings::ZOOM.start(), SettingsCommand::ZoomOut);
    };
    let larger = |ui: &mut Ui| {
        button(ui, icons::PLUS, Action::ZoomIn, zoom < *Settings::ZOOM.end(), SettingsCommand::ZoomIn);
    };
    let percent = |ui: &mut Ui| {
        let text = RichText::new(format!("{zoom} %")).font(theme::strong(size::CONTROL));
        ui.add(Label::new(text.color(theme::tokens(ui).text)));
    };
    ui.spacing_mut().item_spacing.x = 2.0;
    if ui.layout().prefer_right_to_left() {
        larger(ui);
        percent(ui);
        smaller(ui);
    } else {
        smaller(ui);
        percent(ui);
        larger(ui);
    }
    if zoom != 100 && widgets::link_button(ui, "Reset").on_hover_text("Normal size").clicked() {
        view.send(SettingsCommand::ZoomReset);
    }
}
