//! Looking for a new release: whether, where, and whose signature is believed.

use super::live::settled;
use super::parts::{card, divider, row, switch, weak};
use crate::domain::update::{BUILT_IN_ADDRESS, BUILT_IN_KEY, Version};
use crate::state::UpdateCommand;
use crate::ui::release::{newer_release_ui, standing_words};
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub(super) fn updates_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::DOWNLOAD, "Updates", |ui| {
        let updates = &view.state.settings.updates;
        let name = "Look for new releases";
        let detail =
            "Once a day the address below is asked. It is told nothing of the clinic, and nothing is installed.";
        row(ui, name, detail, |ui| {
            if switch(ui, name, updates.is_on).clicked() {
                view.send(UpdateCommand::Switch(!updates.is_on));
            }
        });
        row(ui, &format!("This is version {}", Version::running()), &standing_words(view), |ui| {
            if widgets::button(ui, "Check now").clicked() {
                view.send(UpdateCommand::CheckNow);
            }
        });
        newer_release_ui(ui, view);
        divider(ui);
        weak(ui, "Where releases are announced");
        let hint = or_example(BUILT_IN_ADDRESS, "https://example.org/consult-desk.signed");
        if let Some(address) = settled(ui, ("Release address", hint), &updates.address) {
            view.send(UpdateCommand::Address(address));
        }
        weak(ui, "Public key of whoever makes them (minisign)");
        if let Some(key) = settled(ui, ("Public key", or_example(BUILT_IN_KEY, "RW…")), &updates.key) {
            view.send(UpdateCommand::Key(key));
        }
    });
}

/// What holds while a field is empty shows in it.
fn or_example(built_in: &'static str, example: &'static str) -> &'static str {
    if built_in.is_empty() { example } else { built_in }
}

#[cfg(test)]
#[path = "updates_tests.rs"]
mod tests;
