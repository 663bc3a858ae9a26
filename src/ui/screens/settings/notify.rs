//! Whether the system says when a note is ready.

use super::parts::{card, row, switch, weak};
use crate::state::SettingsCommand;
use crate::ui::theme::icons;
use crate::ui::view::View;
use eframe::egui::Ui;

pub(super) fn notify_ui(ui: &mut Ui, view: &View<'_>) {
    let is_on = view.state.settings.notifies;
    card(ui, icons::NOTE, "Notifications", |ui| {
        if ui.ctx().os().is_mac() {
            weak(ui, "On a Mac this program shows none yet; what is new shows in the list.");
            return;
        }
        let name = "When a note is ready";
        let detail = "While this window is not in use. It names the room and nothing else.";
        row(ui, name, detail, |ui| {
            if switch(ui, name, is_on).clicked() {
                view.send(SettingsCommand::Notifies(!is_on));
            }
        });
    });
}
