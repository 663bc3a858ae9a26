//! The addresses that NxVET calls: a card for each, with what can be done to it.

use super::strip::{Strip, strip_ui};
use super::words;
use crate::state::LiveCommand;
use crate::state::live::{MOST_WEBHOOKS, Standing, WebhookCard, WebhookWork, shown_address};
use crate::ui::format;
use crate::ui::screens::page::weak_ui;
use crate::ui::theme::{icons, space};
use crate::ui::view::View;
use crate::ui::widgets::{Button, MenuItem, Tone, button, menu_item};
use eframe::egui::{Popup, RectAlign, Response, Ui};

const MENU_WIDTH: f32 = 210.0;
/// Room of the menu, and of a button beside it.
const MENU: f32 = 116.0;
const BUTTONS: f32 = 250.0;

pub(super) fn cards_ui(ui: &mut Ui, view: &View<'_>) {
    let live = &view.state.live;
    for card in &live.webhooks {
        card_ui(ui, view, card);
    }
    if live.webhooks.is_empty() && !live.is_loaded && live.is_loading {
        weak_ui(ui, "Asking NxVET for its addresses…");
    }
    if live.is_full() {
        weak_ui(
            ui,
            &format!("{MOST_WEBHOOKS} of {MOST_WEBHOOKS} addresses. NxVET takes no more; delete one to add another."),
        );
    }
}

fn card_ui(ui: &mut Ui, view: &View<'_>, card: &WebhookCard) {
    let address = shown_address(&card.webhook.address);
    let facts = facts(view, card);
    let trouble = trouble(view, card);
    let strip = Strip { standing: standing(card.standing()), title: &address, facts: &facts, trouble: &trouble };
    let room = if card.standing() == Standing::Working && card.work.is_none() { MENU } else { BUTTONS };
    strip_ui(ui, &strip, room, |ui| {
        if let Some(work) = card.work {
            weak_ui(ui, work_words(work));
            return;
        }
        let name = format!("Actions for {address}");
        let more = ui.add(Button::new("Actions").opens_menu().accessible_name(&name));
        menu_ui(&more, view, card);
        let id = &card.webhook.id;
        match card.standing() {
            Standing::Stopped if button(ui, "Turn on again").clicked() => view.send(LiveCommand::TurnOn(id.clone())),
            Standing::Failing | Standing::Untried if button(ui, "Send test").clicked() => {
                view.send(LiveCommand::SendTest(id.clone()));
            }
            _ => {}
        }
    });
}

fn standing(standing: Standing) -> (&'static str, Tone) {
    let tone = match standing {
        Standing::Working => Tone::Ok,
        Standing::Untried => Tone::Quiet,
        Standing::Failing => Tone::Error,
        Standing::Stopped => Tone::Warn,
    };
    (standing.words(), tone)
}

/// `NxVET · conversation started, new record · last delivery 14:01, 142 ms`.
fn facts(view: &View<'_>, card: &WebhookCard) -> String {
    let mut parts = vec![card.webhook.scheme.words().to_owned(), words::types(&card.webhook)];
    if let Some(last) = view.state.live.deliveries.last_of(&card.webhook.id) {
        let at = format::as_of(last.delivery.at, view.now, view.zone());
        let took = last.delivery.milliseconds.map(|ms| format!(", {} ms", format::count(ms as usize)));
        parts.push(format!("last delivery {at}{}", took.unwrap_or_default()));
    }
    if !card.is_ours {
        parts.push("received elsewhere".to_owned());
    }
    parts.join(" · ")
}

/// Why it stopped or fails, in words; a failed deed goes before.
fn trouble(view: &View<'_>, card: &WebhookCard) -> String {
    let standing = || view.state.live.trouble_of(card).map(|banner| banner.problem);
    card.problem.clone().or_else(standing).map(|problem| problem.sentence()).unwrap_or_default()
}

fn work_words(work: WebhookWork) -> &'static str {
    match work {
        WebhookWork::Testing => "Sending the test…",
        WebhookWork::TurningOn => "Turning on…",
        WebhookWork::Deleting => "Deleting…",
    }
}

fn menu_ui(more: &Response, view: &View<'_>, card: &WebhookCard) {
    let id = &card.webhook.id;
    let mut entries = vec![("Send test", icons::SEND, LiveCommand::SendTest(id.clone()))];
    if card.standing() == Standing::Stopped {
        entries.insert(0, ("Turn on again", icons::POWER, LiveCommand::TurnOn(id.clone())));
    }
    entries.push(("Change address…", icons::WEBHOOK, LiveCommand::AskToChange(id.clone())));
    entries.push(("Delete…", icons::TRASH, LiveCommand::AskToDelete(id.clone())));
    Popup::menu(more).align(RectAlign::BOTTOM_END).gap(space::XS).width(MENU_WIDTH).show(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for (words, icon, command) in entries {
            if menu_item(ui, &MenuItem { icon, ..MenuItem::new(words) }).clicked() {
                view.send(command);
                ui.close();
            }
        }
    });
}
