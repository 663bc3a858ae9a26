//! Keeps what NxVET gave a partner, and makes an address for its events. The pasted secret lives in its draft only, and
//! is wiped when it is handed on and when the dialog closes.

use super::{cancel_button, end_row, field_name, firm, paragraph, text_field, title_row};
use crate::state::{LiveCommand, PastedKey};
use crate::ui::theme::space;
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Ui};
use zeroize::Zeroize as _;

/// Longer than any secret; keeps a pasted page out.
const LONGEST: usize = 512;

/// What is typed into the dialog.
#[derive(Default)]
pub(super) struct PartnerMemory {
    partner_id: String,
    secret: String,
    is_open: bool,
}

impl PartnerMemory {
    pub(super) fn wipe(&mut self, ctx: &Context) {
        if !self.is_open {
            return;
        }
        self.secret.zeroize();
        // The toolkit keeps what was typed for undoing.
        ctx.data_mut(|data| data.remove::<TextEditState>(secret_id()));
        *self = Self::default();
    }
}

impl Drop for PartnerMemory {
    fn drop(&mut self) {
        self.secret.zeroize();
    }
}

fn secret_id() -> Id {
    Id::unique("partner secret")
}

pub(super) fn partner_ui(ui: &Ui, view: &View<'_>, memory: &mut PartnerMemory) {
    let is_new = !std::mem::replace(&mut memory.is_open, true);
    firm(ui, "partner", 480.0, |ui| {
        title_row(ui, view, "Receive as an NxVET partner");
        paragraph(
            ui,
            "NxVET sets partners up by hand: it gives an id and a secret, and is given the address that is made here. \
             Most clinics never need this.",
        );
        field_name(ui, "Partner id");
        let id = Id::unique("partner id");
        let partner_id = text_field(ui, &mut memory.partner_id, ("Partner id", "", id), false);
        if is_new {
            partner_id.request_focus();
        }
        field_name(ui, "Secret");
        // A text that grows leaves copies behind; this one has its room from the start.
        memory.secret.reserve(LONGEST * 4);
        text_field(ui, &mut memory.secret, ("Partner secret", "Paste the secret", secret_id()), true);
        if let Some((end, _)) = memory.secret.char_indices().nth(LONGEST) {
            memory.secret.truncate(end);
        }
        ui.add_space(space::XS);
        let may_keep = !memory.partner_id.trim().is_empty() && !memory.secret.trim().is_empty();
        end_row(ui, |ui| {
            let keep = Button::new("Make the address").kind(Kind::Primary);
            if ui.add_enabled(may_keep, keep).clicked() {
                let secret = PastedKey(memory.secret.clone());
                view.send(LiveCommand::KeepPartner { partner_id: memory.partner_id.clone(), secret });
            }
            cancel_button(ui, view);
        });
    });
}
