//! Several computers on one receiver: what this one does, and where they meet.

use super::live::settled;
use super::parts::{choice, row, weak};
use crate::state::live::ShareCommand;
use crate::state::{LiveCommand, SettingsCommand, ShareRole};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

const NAME: &str = "Share events with other desks";

pub(super) fn share_ui(ui: &mut Ui, view: &View<'_>) {
    let role = view.state.settings.share;
    row(ui, NAME, &view.state.live.share.status.words(), |ui| {
        let options = [
            (ShareRole::Off, "Off".to_owned()),
            (ShareRole::Shares, "This PC receives and shares".to_owned()),
            (ShareRole::Listens, "This PC listens".to_owned()),
        ];
        if let Some(role) = choice(ui, NAME, &options, role) {
            view.send(SettingsCommand::Share(role));
        }
    });
    if role == ShareRole::Off {
        return;
    }
    weak(ui, "Broker (nats-server) of the clinic");
    let now = &view.state.settings.share_broker;
    if let Some(address) = settled(ui, ("Broker address", "nats://192.168.1.20"), now) {
        view.send(SettingsCommand::ShareBroker(address.trim().to_owned()));
    }
    if let Some(fault) = view.state.share_address_fault() {
        weak(ui, &format!("{fault}."));
    }
    let detail = match role {
        ShareRole::Listens => "The code is shown by the computer that receives.",
        _ => "The other computers need this code. Events are sealed with it, so the broker cannot read them.",
    };
    row(ui, "Pairing code and password", detail, |ui| {
        let button = widgets::Button::new(if role == ShareRole::Listens { "Enter…" } else { "Show…" });
        if ui.add(button.accessible_name("Pairing code and password")).clicked() {
            view.send(LiveCommand::Share(ShareCommand::Ask));
        }
    });
}
