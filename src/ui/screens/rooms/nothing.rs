//! The board without rooms, and the day without appointments: what, why and the one next step.

use crate::state::board::{BoardCommand, NexHealthCommand};
use crate::state::{Route, WindowCommand};
use crate::ui::screens::page::{panel_ui, weak_ui};
use crate::ui::theme::{icons, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Margin, Ui, vec2};

pub(super) fn no_rooms_ui(ui: &mut Ui, view: &View<'_>) {
    let clinic = view.state.session.organization().map_or("this clinic", |clinic| clinic.name.as_str());
    let title = format!("No rooms yet for {clinic}.");
    let text = "A tile appears for every recorder that NxVET knows, and for every room that records.";
    panel_ui(ui, Margin::same(16), |ui| {
        ui.allocate_ui(vec2(ui.available_width(), 240.0), |ui| {
            widgets::empty_state(ui, icons::ROOMS, &title, text, |_| {});
        });
    });
}

/// Below the lanes: appointments are a feed of their own, so that there are none may mean that none came.
pub(super) fn no_appointments_ui(ui: &mut Ui, view: &View<'_>) {
    let board = &view.state.board;
    if board.has_appointments {
        return;
    }
    ui.add_space(space::XS);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
        if board.nexhealth.is_connected() {
            let day = if board.shows_today() { "today" } else { "for this day" };
            let freshness = board.nexhealth.freshness(view.now, super::zone(view));
            weak_ui(ui, &format!("No appointments received {day}. {freshness}."));
            if widgets::link_button(ui, "Check set-up").clicked() {
                view.send(WindowCommand::Go(Route::Live));
            }
        } else {
            weak_ui(ui, "Appointments can show here too, where the practice's book is connected to NexHealth.");
            if widgets::link_button(ui, "Connect NexHealth…").clicked() {
                view.send(BoardCommand::NexHealth(NexHealthCommand::AskToConnect));
            }
        }
    });
}
