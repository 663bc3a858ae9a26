//! The secret of a webhook, shown once. It closes by its one button and by nothing else.

use super::{end_row, firm, paragraph, plain_line, question};
use crate::state::LiveCommand;
use crate::state::live::shown_address;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{RichText, Ui};

pub(super) fn secret_ui(ui: &Ui, view: &View<'_>) {
    let Some(shown) = &view.state.live.secret else { return };
    firm(ui, "webhook secret", 540.0, |ui| {
        question(ui, "The secret of this address");
        ui.add_space(space::XS);
        plain_line(ui, &shown_address(&shown.address));
        ui.add_space(space::XS);
        paragraph(
            ui,
            "NxVET signs everything it sends there with this secret. This desk keeps it, sealed. If another program \
             receives at that address, copy it there now: NxVET does not show it again.",
        );
        if shown.is_replacement {
            paragraph(ui, "The secret of the old address does not work any more.");
        }
        ui.add_space(space::S);
        if widgets::copyable(ui, shown.secret.expose(), "Copy the secret") {
            view.send(LiveCommand::CopySecret);
        }
        end_row(ui, |ui| {
            if widgets::primary_button(ui, "I have kept it").clicked() {
                view.send(LiveCommand::SecretKept);
            }
            if shown.is_copied {
                copied_ui(ui);
            }
        });
    });
}

fn copied_ui(ui: &mut Ui) {
    let color = theme::tokens(ui).ok;
    let text = RichText::new("Copied").font(theme::regular(size::CONTROL)).color(color);
    ui.label(text);
    widgets::icon(ui, icons::CHECK, size::ICON, color);
}
