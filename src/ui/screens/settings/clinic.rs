//! Whose desk this is, and whether its key is remembered.

use super::parts::{card, strong, weak};
use crate::state::{Kept, Session, SessionCommand};
use crate::ui::action::Action;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets::{self, Tone};
use eframe::egui::Ui;

pub(super) fn clinic_ui(ui: &mut Ui, view: &View<'_>) {
    let Session::SignedIn { organization, is_demo, kept, .. } = &view.state.session else { return };
    card(ui, icons::KEY, "Clinic and key", |ui| {
        ui.horizontal_wrapped(|ui| {
            strong(ui, &organization.name);
            if *is_demo {
                widgets::badge(ui, "Sample data", Tone::Accent);
            }
        });
        weak(ui, &key_words(*is_demo, kept));
        let words = if *is_demo { "Leave the sample clinic…" } else { Action::SignOut.text() };
        if widgets::button(ui, words).clicked() {
            view.send(SessionCommand::AskToSignOut);
        }
    });
}

fn key_words(is_demo: bool, kept: &Kept) -> String {
    match kept {
        _ if is_demo => "Every patient, voice and note here is invented, and nothing leaves this computer. \
                         Sign out to connect your own clinic."
            .to_owned(),
        Kept::Yes => "The key is sealed with this computer's password store; nobody has to type it again.".to_owned(),
        Kept::No(why) => format!("The key is not remembered: {why}. You will be asked for it at the next start."),
    }
}
