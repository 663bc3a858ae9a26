//! The settings screen: the clinic and its key, appearance, size, sound, and what this program is.

mod sound;

use crate::state::{Appearance, Dialog, Kept, Session, SessionCommand, Settings, SettingsCommand, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Tone};
use eframe::egui::{Align, CentralPanel, Frame, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui, vec2};

const WIDEST: f32 = 640.0;

pub fn settings_ui(ui: &mut Ui, view: &View<'_>) {
    let frame = Frame::new().fill(theme::tokens(ui).background).inner_margin(Margin::symmetric(24, 18));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(WIDEST.min(ui.available_width()));
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            let title = RichText::new("Settings").font(theme::strong(size::TITLE)).color(theme::tokens(ui).text);
            ui.add(Label::new(title));
            clinic(ui, view);
            appearance(ui, view);
            zoom(ui, view);
            sound::sound_ui(ui, view);
            help(ui, view);
        });
    });
}

fn clinic(ui: &mut Ui, view: &View<'_>) {
    let Session::SignedIn { organization, is_demo, kept, .. } = &view.state.session else { return };
    card(ui, "Clinic", |ui| {
        ui.horizontal_wrapped(|ui| {
            strong(ui, &organization.name);
            if *is_demo {
                widgets::badge(ui, "Sample data", Tone::Accent);
            }
        });
        weak(ui, &key_words(*is_demo, kept));
        ui.add_space(space::XS);
        let words = if *is_demo { "Leave the sample clinic…" } else { Action::SignOut.text() };
        if widgets::danger_button(ui, words).clicked() {
            view.send(SessionCommand::AskToSignOut);
        }
    });
}

fn key_words(is_demo: bool, kept: &Kept) -> String {
    match kept {
        _ if is_demo => "Every patient, voice and note here is invented, and nothing leaves this computer. \
                         Sign out to connect your own clinic."
            .to_owned(),
        Kept::Yes => "The key is sealed with this computer's password store; nobody has to type it again.".to_owned(),
        Kept::No(why) => format!("The key is not remembered: {why}. You will be asked for it at the next start."),
    }
}

fn appearance(ui: &mut Ui, view: &View<'_>) {
    let choices = [(Appearance::System, "As the system"), (Appearance::Light, "Light"), (Appearance::Dark, "Dark")];
    card(ui, "Appearance", |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            for (appearance, words) in choices {
                let is_on = view.state.settings.appearance == appearance;
                if widgets::chip(ui, words, is_on).clicked() && !is_on {
                    view.send(SettingsCommand::Appearance(appearance));
                }
            }
        });
    });
}

fn zoom(ui: &mut Ui, view: &View<'_>) {
    let is_mac = ui.ctx().os().is_mac();
    let zoom = view.state.settings.zoom;
    card(ui, "Size of text and controls", |ui| {
        ui.horizontal(|ui| {
            let smaller = zoom > *Settings::ZOOM.start();
            let button = |ui: &mut Ui, icon, action: Action, enabled, command: SettingsCommand| {
                let draw = |ui: &mut Ui| widgets::icon_button(ui, icon, &action.tooltip(is_mac));
                if ui.add_enabled_ui(enabled, draw).inner.clicked() {
                    view.send(command);
                }
            };
            button(ui, icons::MINUS, Action::ZoomOut, smaller, SettingsCommand::ZoomOut);
            strong(ui, &format!("{zoom} %"));
            let larger = zoom < *Settings::ZOOM.end();
            button(ui, icons::PLUS, Action::ZoomIn, larger, SettingsCommand::ZoomIn);
            if zoom != 100 && widgets::link_button(ui, "Normal size").clicked() {
                view.send(SettingsCommand::ZoomReset);
            }
        });
    });
}

fn help(ui: &mut Ui, view: &View<'_>) {
    card(ui, "Help", |ui| {
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, Action::Shortcuts.text()).clicked() {
                view.send(WindowCommand::Show(Dialog::Shortcuts));
            }
            if widgets::button(ui, Action::About.text()).clicked() {
                view.send(WindowCommand::Show(Dialog::About));
            }
        });
    });
}

fn card(ui: &mut Ui, title: &str, add: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(space::RADIUS_PANE))
        .inner_margin(Margin::symmetric(16, 12));
    ui.add_space(space::XS);
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.with_layout(Layout::top_down(Align::Min), |ui| {
            ui.add(Label::new(RichText::new(title).font(theme::strong(size::SMALL)).color(tokens.text_weak)));
            add(ui);
        });
    });
}

fn strong(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::BODY)).color(color)).wrap());
}

fn weak(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_weak;
    ui.add(Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(color)).wrap());
}
