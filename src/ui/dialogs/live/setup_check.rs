//! The last step of the set-up: the line hop by hop, green or with the name of the one that failed.

use super::{paragraph, plain_line, strong_line};
use crate::state::live::{Hop, HopState, Phase, Setup};
use crate::state::{Offer, Problem, SessionCommand};
use crate::ui::theme::{self, Tokens, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{
    Color32, Label, Layout, RichText, Ui,
    accesskit::{Live, Role},
    vec2,
};

pub(super) fn check_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    let check = &setup.check;
    strong_line(ui, "NxVET tests the line");
    for hop in Hop::ALL {
        hop_ui(ui, hop, check.hop(hop));
    }
    if let Some(problem) = &check.problem {
        ui.add_space(space::XS);
        // Trying again is the button below.
        let offer = problem.offer.filter(|offer| *offer != Offer::TryAgain);
        let told = Problem { offer, ..problem.clone() };
        if widgets::problem_panel(ui, &told) == Some(Offer::EnterNewKey) {
            view.send(SessionCommand::EnterNewKey);
        }
    }
    ui.add_space(space::XS);
    verdict_ui(ui, view, setup);
}

/// How it stands in one sentence; a screen reader hears when it changes.
fn verdict_ui(ui: &mut Ui, view: &View<'_>, setup: &Setup) {
    let tokens = theme::tokens(ui);
    let check = &setup.check;
    let (words, color) = match &check.phase {
        Phase::NotBegun => (String::new(), tokens.text_weak),
        Phase::Probing => ("Looking along the line…".to_owned(), tokens.text_weak),
        Phase::Making => ("Telling NxVET the address…".to_owned(), tokens.text_weak),
        Phase::Asking(_) => ("Asking NxVET for its test…".to_owned(), tokens.text_weak),
        Phase::Awaiting { .. } => {
            let left = check.seconds_left(view.now).unwrap_or(0);
            (format!("Waiting for NxVET's test, {left} s left"), tokens.text_weak)
        }
        Phase::Good => ("Live updates work.".to_owned(), tokens.ok),
        Phase::Failed => (failed_words(setup), tokens.error),
    };
    if words.is_empty() {
        return;
    }
    let text = RichText::new(&words).font(theme::strong(size::CONTROL)).color(color);
    let response = ui.add(Label::new(text).wrap());
    widgets::speak(&response, Role::Status, &words);
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
    if check.phase == Phase::Good {
        paragraph(
            ui,
            "From now on this desk hears of news at once. A desk that is locked or closed hears nothing; what it missed \
             is read when it opens.",
        );
    }
}

/// Which hop it was; the reason stands below its name.
fn failed_words(setup: &Setup) -> String {
    let failed = Hop::ALL.into_iter().find(|hop| matches!(setup.check.hop(*hop), HopState::Failed(_)));
    failed.map_or_else(
        || "The check could not be finished.".to_owned(),
        |hop| format!("It fails here: {}.", hop_name(hop)),
    )
}

fn hop_name(hop: Hop) -> &'static str {
    match hop {
        Hop::Listener => "the listener on this computer",
        Hop::Tunnel => "the tunnel or web server",
        Hop::Address => "the public address",
        Hop::Signature => "the signature",
    }
}

fn hop_ui(ui: &mut Ui, hop: Hop, state: &HopState) {
    let tokens = theme::tokens(ui);
    let (icon, color, word) = look(state, tokens);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 2.0);
        widgets::icon(ui, icon, 18.0, color);
        ui.with_layout(Layout::top_down(eframe::egui::Align::Min), |ui| {
            let title = RichText::new(hop.words()).font(theme::regular(size::BODY)).color(tokens.text);
            let response = ui.add(Label::new(title).wrap());
            widgets::speak(&response, Role::Label, &format!("{}: {word}", hop.words()));
            match state {
                HopState::Failed(problem) | HopState::Doubtful(problem) => problem_ui(ui, problem),
                HopState::Waiting | HopState::Checking | HopState::Good => {}
            }
        });
    });
}

/// What happened, and what to do next.
fn problem_ui(ui: &mut Ui, problem: &Problem) {
    plain_line(ui, &problem.summary);
    if !problem.hint.is_empty() {
        paragraph(ui, &problem.hint);
    }
}

fn look(state: &HopState, tokens: &Tokens) -> (&'static str, Color32, &'static str) {
    match state {
        HopState::Waiting => (icons::CLOCK, tokens.text_hint, "not looked at yet"),
        HopState::Checking => (icons::REFRESH, tokens.accent, "being looked at"),
        HopState::Good => (icons::OK, tokens.ok, "good"),
        HopState::Doubtful(_) => (icons::INFO, tokens.warn, "not certain"),
        HopState::Failed(_) => (icons::ERROR, tokens.error, "failed"),
    }
}
