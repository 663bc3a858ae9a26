//! Addresses for the events of NxVET partners: NxVET sets them up by hand, so they are only shown, copied and removed.

use super::strip::{Strip, strip_ui};
use crate::state::LiveCommand;
use crate::state::live::{PartnerAddress, shown_address};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Tone, button};
use eframe::egui::Ui;

pub(super) fn partners_ui(ui: &mut Ui, view: &View<'_>) {
    for (index, partner) in view.state.live.partners.iter().enumerate() {
        partner_ui(ui, view, (index, partner));
    }
}

fn partner_ui(ui: &mut Ui, view: &View<'_>, (index, partner): (usize, &PartnerAddress)) {
    let address = shown_address(&partner.address.0);
    let facts = format!("NxVET partner {} · tell NxVET this address, copied as it is", partner.partner_id);
    let strip = Strip { standing: ("Partner", Tone::Quiet), title: &address, facts: &facts, trouble: "" };
    strip_ui(ui, &strip, 230.0, |ui| {
        let name = format!("Remove the address of partner {}", partner.partner_id);
        if ui.add(Button::new("Remove").accessible_name(&name)).clicked() {
            view.send(LiveCommand::RemovePartner(index));
        }
        if button(ui, "Copy address").clicked() {
            view.send(LiveCommand::CopyPartnerAddress(index));
        }
    });
}
