//! One delivery with everything that is known of it, and why it failed.

use super::{end_row, modal, paragraph, plain_line, scrolled, strong_line, title_row};
use crate::state::live::{Diagnosis, OpenDelivery, Outcome, shown_address};
use crate::state::{LiveCommand, Loadable};
use crate::ui::format;
use crate::ui::screens::live::words;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Tone};
use eframe::egui::{Label, RichText, Ui, vec2};

const WIDTH: f32 = 580.0;
/// Room of the names in front of the facts.
const NAMES: f32 = 148.0;

pub(super) fn delivery_ui(ui: &Ui, view: &View<'_>) {
    let Some(open) = &view.state.live.open else { return };
    modal(ui, view, "delivery", WIDTH, |ui| {
        title_row(ui, view, &words::what(&open.row));
        scrolled(ui, 190.0, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, 6.0);
            facts_ui(ui, view, open);
            if open.row.outcome() != Outcome::Delivered {
                ui.add_space(space::S);
                why_ui(ui, open);
            }
            if let Some(diagnosis) = open.diagnosis.value() {
                request_ui(ui, diagnosis);
            }
        });
        end_row(ui, |ui| {
            if widgets::button(ui, "Copy as curl").on_hover_text("Without the key and the secret").clicked() {
                view.send(LiveCommand::CopyCurl);
            }
            recheck_ui(ui, view, open);
        });
    });
}

fn facts_ui(ui: &mut Ui, view: &View<'_>, open: &OpenDelivery) {
    let delivery = &open.row.delivery;
    let tone = if delivery.is_success { Tone::Ok } else { Tone::Error };
    fact(ui, "Answer", |ui| {
        widgets::badge(ui, &words::answer(delivery), tone);
        plain_line(ui, open.row.outcome().words());
    });
    let moment = format::exact_moment(delivery.at, view.zone());
    fact(ui, "When", |ui| plain_line(ui, &moment));
    let card = open.row.webhook.as_ref().and_then(|id| view.state.live.card(id));
    if let Some(card) = card {
        fact(ui, "Address", |ui| plain_line(ui, &shown_address(&card.webhook.address)));
    }
    if let Some(attempt) = delivery.attempt {
        fact(ui, "Attempt", |ui| plain_line(ui, &attempt.to_string()));
    }
    if let Some(ms) = delivery.milliseconds {
        fact(ui, "Took", |ui| plain_line(ui, &format!("{} ms", format::count(ms as usize))));
    }
    let told = match (open.row.webhook.is_some(), open.row.is_seen_here) {
        (true, true) => "NxVET, and this desk saw it come",
        (true, false) => "NxVET; this desk has not seen it",
        (false, _) => "This desk",
    };
    fact(ui, "Told by", |ui| plain_line(ui, told));
    if let Some(event) = &delivery.event {
        fact(ui, "Event", |ui| plain_line(ui, event.as_str()));
    }
}

fn fact(ui: &mut Ui, name: &str, add: impl FnOnce(&mut Ui)) {
    let color = theme::tokens(ui).text_weak;
    ui.spacing_mut().interact_size.y = 20.0;
    ui.horizontal_top(|ui| {
        ui.allocate_ui(vec2(NAMES, 20.0), |ui| {
            ui.set_width(NAMES);
            ui.add(Label::new(RichText::new(name).font(theme::regular(size::CONTROL)).color(color)));
        });
        add(ui);
    });
}

/// The named cause, or what the sender's side said.
fn why_ui(ui: &mut Ui, open: &OpenDelivery) {
    strong_line(ui, "Why it failed");
    let told = open.row.delivery.error.as_deref();
    match &open.diagnosis {
        _ if open.is_gone => {
            causes_ui(ui, told);
            paragraph(ui, "The request itself is not kept any more, so it cannot be checked again.");
        }
        Loadable::NotAsked => match told {
            Some(_) => causes_ui(ui, told),
            None => paragraph(ui, "Nobody told the reason."),
        },
        Loadable::Failed { problem, .. } => {
            widgets::problem_panel(ui, problem);
        }
        loadable => match loadable.value() {
            Some(diagnosis) => diagnosis_ui(ui, diagnosis),
            None => paragraph(ui, "Looking at the recorded request…"),
        },
    }
}

fn causes_ui<'a>(ui: &mut Ui, causes: impl IntoIterator<Item = &'a str>) {
    let color = theme::tokens(ui).error;
    for cause in causes {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::icon(ui, icons::REFUSED, size::ICON, color);
            plain_line(ui, cause);
        });
    }
}

fn diagnosis_ui(ui: &mut Ui, diagnosis: &Diagnosis) {
    let tokens = theme::tokens(ui);
    if diagnosis.is_valid_now {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::icon(ui, icons::VERIFIED, size::ICON, tokens.ok);
            plain_line(ui, "Checked again, it would be accepted now.");
        });
        return;
    }
    causes_ui(ui, diagnosis.causes.iter().map(String::as_str));
    if diagnosis.causes.is_empty() {
        paragraph(ui, "Its signature fits no secret that is here, and no usual mistake explains it.");
    }
}

/// What came, without what it said.
fn request_ui(ui: &mut Ui, diagnosis: &Diagnosis) {
    ui.add_space(space::S);
    strong_line(ui, "The request");
    for (name, value) in &diagnosis.headers {
        fact(ui, name, |ui| plain_line(ui, value));
    }
    fact(ui, "Body", |ui| plain_line(ui, &format::bytes(diagnosis.body_bytes as u64)));
}

fn recheck_ui(ui: &mut Ui, view: &View<'_>, open: &OpenDelivery) {
    if open.row.delivery.recorded.is_none() || open.is_gone || open.row.outcome() == Outcome::Delivered {
        return;
    }
    let is_asking = matches!(open.diagnosis, Loadable::Loading { .. });
    let words = if is_asking { "Checking…" } else { "Check again" };
    let button = ui.add_enabled(!is_asking, widgets::Button::new(words));
    if button.on_hover_text("With the secrets and the clock of now").clicked() {
        view.send(LiveCommand::Recheck);
    }
}
