//! NexHealth's card: whether its appointments come, and the one step when they do not.
//! It is a feed of its own; the clinic works without it.

use super::strip::{Strip, strip_ui};
use crate::state::board::{BoardCommand, Messages, NexHealthCommand, NexHealthState};
use crate::state::live::shown_address;
use crate::ui::theme::{icons, space};
use crate::ui::view::View;
use crate::ui::widgets::{Button, MenuItem, Tone, button, menu_item};
use eframe::egui::{Popup, RectAlign, Response, Ui};

const MENU_WIDTH: f32 = 230.0;
/// Room of one button, and of two.
const BUTTON: f32 = 116.0;
const BUTTONS: f32 = 250.0;

pub(super) fn nexhealth_ui(ui: &mut Ui, view: &View<'_>) {
    let nexhealth = &view.state.board.nexhealth;
    let facts = facts(view, nexhealth);
    let trouble = nexhealth.trouble().map(|problem| problem.sentence()).unwrap_or_default();
    let strip =
        Strip { standing: standing(nexhealth), title: "NexHealth appointments", facts: &facts, trouble: &trouble };
    let is_one = !nexhealth.is_connected() || matches!(nexhealth.messages, Messages::Working { .. });
    strip_ui(ui, &strip, if is_one { BUTTON } else { BUTTONS }, |ui| buttons_ui(ui, view, nexhealth));
}

fn standing(nexhealth: &NexHealthState) -> (&'static str, Tone) {
    match (&nexhealth.messages, nexhealth.is_connected()) {
        (_, false) => ("Off", Tone::Quiet),
        (Messages::Stopped { .. }, true) => ("Stopped", Tone::Warn),
        (_, true) if nexhealth.problem.is_some() => ("Failing", Tone::Error),
        (Messages::Working { .. }, true) => ("Working", Tone::Ok),
        (Messages::NotSetUp | Messages::Unknown, true) => ("Polling", Tone::Quiet),
    }
}

fn facts(view: &View<'_>, nexhealth: &NexHealthState) -> String {
    let Some(account) = &nexhealth.account else {
        return "Not connected. With it, the day view shows appointments beside recordings.".to_owned();
    };
    let mut parts = vec![account.subdomain.clone()];
    parts.extend(account.location.map(|location| format!("location {location}")));
    if let Messages::Working { address, .. } | Messages::Stopped { address, .. } = &nexhealth.messages {
        parts.push(shown_address(address));
    }
    parts.push(nexhealth.freshness(view.now, view.state.board.zone_or(view.zone())));
    parts.join(" · ")
}

fn buttons_ui(ui: &mut Ui, view: &View<'_>, nexhealth: &NexHealthState) {
    let send = |command| view.send(BoardCommand::NexHealth(command));
    if !nexhealth.is_connected() {
        if button(ui, "Connect…").clicked() {
            send(NexHealthCommand::AskToConnect);
        }
        return;
    }
    let more = ui.add(Button::new("Actions").opens_menu().accessible_name("Actions for NexHealth"));
    menu_ui(&more, view, nexhealth);
    let is_free = !nexhealth.is_setting_up;
    match &nexhealth.messages {
        Messages::Stopped { endpoint, .. } => {
            if ui.add_enabled(is_free, Button::new(if is_free { "Turn on again" } else { "Turning on…" })).clicked() {
                send(NexHealthCommand::Revive(endpoint.clone()));
            }
        }
        Messages::NotSetUp | Messages::Unknown => {
            let words = if is_free { "Set up messages" } else { "Setting up…" };
            let response = ui.add_enabled(is_free, Button::new(words));
            let why = "Have NexHealth call this desk's public address when an appointment changes";
            if response.on_hover_text(why).clicked() {
                send(NexHealthCommand::SetUpMessages);
            }
        }
        Messages::Working { .. } => {}
    }
}

fn menu_ui(more: &Response, view: &View<'_>, nexhealth: &NexHealthState) {
    Popup::menu(more).align(RectAlign::BOTTOM_END).gap(space::XS).width(MENU_WIDTH).show(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let read = if nexhealth.is_reading { "Reading appointments…" } else { "Read appointments now" };
        let item = MenuItem { icon: icons::CALENDAR, is_enabled: !nexhealth.is_reading, ..MenuItem::new(read) };
        if menu_item(ui, &item).clicked() {
            view.send(BoardCommand::NexHealth(NexHealthCommand::Read));
            ui.close();
        }
        if menu_item(ui, &MenuItem { icon: icons::DISCONNECT, ..MenuItem::new("Disconnect…") }).clicked() {
            view.send(BoardCommand::NexHealth(NexHealthCommand::AskToDisconnect));
            ui.close();
        }
    });
}
