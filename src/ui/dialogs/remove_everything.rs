//! Asks before everything is removed from this computer: says what goes and what stays, and takes two steps,
//! because marks and remarks exist nowhere else.

use super::{modal, paragraph};
use crate::state::{Session, State, StorageCommand, StorageUse, WindowCommand};
use crate::ui::format::{bytes, count};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{Align, Checkbox, Label, Layout, RichText, Stroke, Ui};

const UNDERSTOOD: &str = "I understand that marks and remarks cannot be brought back";

/// Whether the first step was taken.
#[derive(Default)]
pub struct RemovalMemory {
    is_understood: bool,
}

pub fn remove_everything_ui(ui: &Ui, view: &View<'_>, memory: &mut RemovalMemory) {
    modal(ui, view, "remove everything", 520.0, |ui| {
        let color = theme::tokens(ui).text;
        let question = RichText::new("Remove everything from this computer?");
        ui.add(Label::new(question.font(theme::strong(size::TITLE)).color(color)).wrap());
        ui.add_space(space::XS);
        for point in what_goes(view.state) {
            point_ui(ui, &point);
        }
        ui.add_space(space::XS);
        paragraph(ui, "What is on NxVET stays there. The program and how you like its window stay, too.");
        ui.add_space(space::S);
        if view.state.storage.is_removing {
            paragraph(ui, "Removing…");
            return;
        }
        understood_ui(ui, memory);
        ui.add_space(space::M);
        buttons_ui(ui, view, memory);
    });
}

fn point_ui(ui: &mut Ui, text: &str) {
    let tokens = theme::tokens(ui);
    ui.horizontal_top(|ui| {
        ui.spacing_mut().item_spacing.x = space::S;
        ui.add(Label::new(RichText::new("•").font(theme::regular(size::CONTROL)).color(tokens.text_hint)));
        ui.add(Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(tokens.text)).wrap());
    });
}

fn understood_ui(ui: &mut Ui, memory: &mut RemovalMemory) {
    let tokens = theme::tokens(ui);
    let words = RichText::new(UNDERSTOOD).font(theme::regular(size::CONTROL)).color(tokens.text);
    ui.horizontal_wrapped(|ui| {
        // An empty box must be seen as well as a ticked one.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.5, tokens.text_hint);
        ui.add(Checkbox::new(&mut memory.is_understood, words));
    });
}

fn buttons_ui(ui: &mut Ui, view: &View<'_>, memory: &RemovalMemory) {
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let remove = Button::new("Remove everything").kind(Kind::Danger);
        if ui.add_enabled(memory.is_understood, remove).clicked() {
            view.send(StorageCommand::RemoveEverything);
        }
        if widgets::button(ui, "Keep everything").clicked() {
            view.send(WindowCommand::CloseDialog);
        }
    });
}

/// What goes, one sentence each.
fn what_goes(state: &State) -> Vec<String> {
    let key = match state.session {
        Session::SignedIn { is_demo: true, .. } => "The sample clinic and everything kept for it",
        _ => "The API key: NxVET can be reached from here again only with a new sign-in",
    };
    let texts = match &state.storage.usage {
        Some(StorageUse { consultations, recordings, recording_bytes, .. }) => {
            let recordings = match recordings {
                0 => "no recordings".to_owned(),
                1 => format!("1 recording ({})", bytes(*recording_bytes)),
                many => format!("{} recordings ({})", count(*many), bytes(*recording_bytes)),
            };
            format!("{} consultations with their notes, and {recordings}", count(*consultations))
        }
        None => "All consultations with their notes, and all recordings".to_owned(),
    };
    let own = "Marks, remarks and the log of this desk, which exist on this computer alone";
    vec![key.to_owned(), texts, own.to_owned()]
}
