//! Asks before signing out, as it takes away what is stored here.

use super::{modal, paragraph};
use crate::state::{Session, SessionCommand, WindowCommand};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Align, Label, Layout, RichText, Ui};

pub fn sign_out_ui(ui: &Ui, view: &View<'_>) {
    let Session::SignedIn { organization, is_demo, .. } = &view.state.session else { return };
    let question = format!("Sign out of {}?", organization.name);
    let text = if *is_demo {
        "The sample clinic closes and what was stored for it is removed from this computer."
    } else {
        "The key and everything stored here for this clinic is removed from this computer. \
         What is on NxVET stays there."
    };
    modal(ui, view, "sign out", 440.0, |ui| {
        let color = theme::tokens(ui).text;
        ui.add(Label::new(RichText::new(question).font(theme::strong(size::TITLE)).color(color)).wrap());
        ui.add_space(space::XS);
        paragraph(ui, text);
        ui.add_space(space::M);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::danger_button(ui, "Sign out").clicked() {
                view.send(SessionCommand::SignOut);
            }
            if widgets::button(ui, "Stay signed in").clicked() {
                view.send(WindowCommand::CloseDialog);
            }
        });
    });
}
