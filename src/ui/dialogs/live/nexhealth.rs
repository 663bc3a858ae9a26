//! Connects NexHealth with a key, and asks before it is disconnected.
//! The pasted key lives in its draft only, and is wiped when it is handed on and when the dialog closes.

use super::{cancel_button, end_row, field_name, firm, modal, paragraph, question, scrolled, text_field, title_row};
use crate::state::PastedKey;
use crate::state::board::{BoardCommand, NexHealthCommand, NexHealthForm};
use crate::ui::theme::space;
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Key, Ui};
use zeroize::Zeroize as _;

/// Longer than any key; keeps a pasted page out.
const LONGEST_KEY: usize = 4_096;

/// What is typed into the dialog.
#[derive(Default)]
pub(super) struct NexHealthMemory {
    key: String,
    subdomain: String,
    location: String,
    is_open: bool,
}

impl NexHealthMemory {
    pub(super) fn wipe(&mut self, ctx: &Context) {
        if !self.is_open {
            return;
        }
        self.key.zeroize();
        // The toolkit keeps what was typed for undoing.
        ctx.data_mut(|data| data.remove::<TextEditState>(key_id()));
        *self = Self::default();
    }
}

impl Drop for NexHealthMemory {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

fn key_id() -> Id {
    Id::unique("nexhealth key")
}

pub(super) fn connect_ui(ui: &Ui, view: &View<'_>, memory: &mut NexHealthMemory) {
    let nexhealth = &view.state.board.nexhealth;
    let is_new = !std::mem::replace(&mut memory.is_open, true);
    firm(ui, "connect nexhealth", 480.0, |ui| {
        title_row(ui, view, "Connect NexHealth");
        let (mut is_entered, mut again) = (false, false);
        scrolled(ui, 150.0, |ui| {
            paragraph(
                ui,
                "The day view then shows the appointments of the practice's book. Ask NexHealth for an API key for \
                 this practice. Appointments are only read; nothing is written into the book.",
            );
            is_entered = ui.add_enabled_ui(!nexhealth.is_connecting, |ui| fields_ui(ui, memory, is_new)).inner;
            if let Some(problem) = &nexhealth.refused {
                ui.add_space(space::S);
                again = widgets::problem_panel(ui, problem).is_some();
            }
        });
        let may_send = !nexhealth.is_connecting && !memory.key.trim().is_empty() && !memory.subdomain.trim().is_empty();
        let mut sends = (is_entered || again) && may_send;
        end_row(ui, |ui| {
            let words = if nexhealth.is_connecting { "Checking the key…" } else { "Connect" };
            sends |= ui.add_enabled(may_send, Button::new(words).kind(Kind::Primary)).clicked();
            if widgets::button(ui, "Cancel").clicked() {
                view.send(BoardCommand::NexHealth(NexHealthCommand::Cancel));
            }
        });
        if sends {
            let key = PastedKey(memory.key.clone());
            let form = NexHealthForm { key, subdomain: memory.subdomain.clone(), location: memory.location.clone() };
            view.send(BoardCommand::NexHealth(NexHealthCommand::Connect(form)));
        }
    });
}

/// Answers whether Enter was pressed in one of them.
fn fields_ui(ui: &mut Ui, memory: &mut NexHealthMemory, is_new: bool) -> bool {
    field_name(ui, "API key");
    // A text that grows leaves copies behind; this one has its room from the start.
    memory.key.reserve(LONGEST_KEY);
    let key = text_field(ui, &mut memory.key, ("NexHealth API key", "Paste the key", key_id()), true);
    if let Some((end, _)) = memory.key.char_indices().nth(LONGEST_KEY / 4) {
        memory.key.truncate(end);
    }
    if is_new {
        key.request_focus();
    }
    field_name(ui, "Subdomain of the practice");
    let id = Id::unique("nexhealth subdomain");
    let subdomain = text_field(ui, &mut memory.subdomain, ("Subdomain of the practice", "harbour-vets", id), false);
    field_name(ui, "Location (where the practice has several)");
    let id = Id::unique("nexhealth location");
    let location = text_field(ui, &mut memory.location, ("Location", "75", id), false);
    let is_left = key.lost_focus() || subdomain.lost_focus() || location.lost_focus();
    is_left && ui.input(|input| input.key_pressed(Key::Enter))
}

pub(super) fn disconnect_ui(ui: &Ui, view: &View<'_>) {
    modal(ui, view, "disconnect nexhealth", 440.0, |ui| {
        question(ui, "Disconnect NexHealth?");
        ui.add_space(space::XS);
        paragraph(
            ui,
            "Its key is removed from this computer and no more appointments are read. Those that are here stay, and so \
             does what you matched.",
        );
        end_row(ui, |ui| {
            if widgets::danger_button(ui, "Disconnect").clicked() {
                view.send(BoardCommand::NexHealth(NexHealthCommand::Disconnect));
            }
            cancel_button(ui, view);
        });
    });
}
