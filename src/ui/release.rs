//! What the looking for a new release found, in words, and the way to its page; shown in Settings and in About.

use super::format;
use super::theme::{self, size, space};
use super::view::View;
use super::widgets;
use crate::domain::update::Version;
use crate::state::{Fault, Problem, UpdateCommand};
use eframe::egui::{Label, RichText, Ui};

/// How it stands, in a sentence or two.
pub(in crate::ui) fn standing_words(view: &View<'_>) -> String {
    let (update, settings) = (&view.state.update, &view.state.settings.updates);
    let asked = settings.asked_at.map(|at| format::as_of(at, view.now, view.zone()));
    if update.is_checking {
        return "Looking…".to_owned();
    }
    if let Some(problem) = &update.problem {
        return problem.sentence();
    }
    if let Err(fault) = view.state.update_source() {
        return Problem::new(&Fault::Update(fault), "").sentence();
    }
    match asked {
        Some(at) if update.is_newest => format!("It is the newest one. Looked at {at}."),
        Some(at) => format!("Looked at {at}."),
        None if settings.is_on => "The first look comes in a moment.".to_owned(),
        None => "Nobody has looked for a newer one yet.".to_owned(),
    }
}

/// The newer release, if one is known: its page opens with a click, and nothing else happens.
pub(in crate::ui) fn newer_release_ui(ui: &mut Ui, view: &View<'_>) {
    let Some(release) = view.state.newer_release() else { return };
    let tokens = theme::tokens(ui);
    let words = newer_words(&release.version);
    ui.add(Label::new(RichText::new(words).font(theme::strong(size::CONTROL)).color(tokens.text)).wrap());
    let detail = format!(
        "Released on {}, announced with the maker's signature. Nothing is downloaded or installed by itself.",
        release.date.format("%-d %b %Y")
    );
    ui.add(Label::new(RichText::new(detail).font(theme::regular(size::SMALL)).color(tokens.text_weak)).wrap());
    ui.horizontal_wrapped(|ui| {
        let open = widgets::primary_button(ui, "Open the release page");
        if open.on_hover_text(format!("Opens {} in the browser", release.page.host())).clicked() {
            view.send(UpdateCommand::OpenPage);
        }
        if !release.sums.is_empty() && widgets::button(ui, "Copy SHA-256 sums").clicked() {
            view.send(UpdateCommand::CopySums);
        }
    });
    ui.add_space(space::XS);
}

pub(in crate::ui) fn newer_words(version: &Version) -> String {
    format!("Consult Desk {version} is out")
}
