//! The log of this desk: what it is for, looking at it, handing it on.

use super::parts::{card, weak};
use crate::state::StorageCommand;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub(super) fn desk_log_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::HISTORY, "The log of this desk", |ui| {
        weak(
            ui,
            "Which consultation was viewed, played, copied or exported here, and when: numbers, no names. \
             An entry that was changed or left out shows.",
        );
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, "Show the log…").clicked() {
                view.send(StorageCommand::ShowAudit);
            }
            if widgets::button(ui, "Export the log…").clicked() {
                view.send(StorageCommand::ExportAudit);
            }
        });
    });
}
