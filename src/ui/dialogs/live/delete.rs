//! Asks before an address is deleted, and names it.

use super::{cancel_button, end_row, modal, paragraph, question};
use crate::state::LiveCommand;
use crate::state::live::shown_address;
use crate::ui::theme::space;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub(super) fn delete_ui(ui: &Ui, view: &View<'_>) {
    let live = &view.state.live;
    let Some(card) = live.deleting.as_ref().and_then(|id| live.card(id)) else { return };
    modal(ui, view, "delete webhook", 460.0, |ui| {
        question(ui, &format!("Delete {}?", shown_address(&card.webhook.address)));
        ui.add_space(space::XS);
        let what = if card.is_ours {
            "NxVET no longer calls this desk there, and its secret is removed here. The list looks for news by itself \
             as before."
        } else {
            "NxVET no longer calls this address. Whatever receives there hears nothing any more."
        };
        paragraph(ui, what);
        paragraph(ui, "It cannot be brought back; a new one has another secret.");
        end_row(ui, |ui| {
            if widgets::danger_button(ui, "Delete address").clicked() {
                view.send(LiveCommand::Delete);
            }
            cancel_button(ui, view);
        });
    });
}
