//! Where help is: the keys, what this program is, and facts for whoever supports it.

use super::parts::{card, weak};
use crate::state::{Dialog, StorageCommand, SupportCommand, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub(super) fn help_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::HELP, "Help", |ui| {
        ui.horizontal_wrapped(|ui| {
            if widgets::button(ui, Action::Shortcuts.text()).clicked() {
                view.send(WindowCommand::Show(Dialog::Shortcuts));
            }
            if widgets::button(ui, Action::About.text()).clicked() {
                view.send(WindowCommand::Show(Dialog::About));
            }
            if widgets::button(ui, "Copy diagnostics").clicked() {
                view.send(StorageCommand::CopyDiagnostics);
            }
            if widgets::button(ui, "Open log folder").clicked() {
                view.send(SupportCommand::OpenLogs);
            }
            if widgets::button(ui, "Show the last report").clicked() {
                view.send(SupportCommand::ShowReport);
            }
        });
        weak(
            ui,
            "Diagnostics are facts for support: versions, sizes, settings, error codes. The log says what the desk did, and \
             a report where it failed. None of them holds names, keys or content.",
        );
    });
}
