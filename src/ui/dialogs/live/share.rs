//! The pairing code of several computers on one receiver, and what signs in to their broker. The computer that receives
//! shows the code, the others are told it. What is typed is wiped when it is handed on and when the dialog closes.

use super::{cancel_button, end_row, field_name, firm, paragraph, text_field, title_row};
use crate::state::live::{KeptPairing, ShareCommand};
use crate::state::{LiveCommand, PastedKey, ShareRole};
use crate::ui::theme::{self, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::text_edit::TextEditState;
use eframe::egui::{Context, Id, Label, RichText, Ui};
use zeroize::Zeroize as _;

/// Longer than any code or password; keeps a pasted page out.
const LONGEST: usize = 512;

/// What is typed into the dialog.
#[derive(Default)]
pub(super) struct ShareMemory {
    code: String,
    user: String,
    password: String,
    is_open: bool,
}

impl ShareMemory {
    pub(super) fn wipe(&mut self, ctx: &Context) {
        if !self.is_open {
            return;
        }
        // The toolkit keeps what was typed for undoing.
        for id in [code_id(), password_id()] {
            ctx.data_mut(|data| data.remove::<TextEditState>(id));
        }
        *self = Self::default();
    }
}

impl Drop for ShareMemory {
    fn drop(&mut self) {
        self.code.zeroize();
        self.password.zeroize();
    }
}

fn code_id() -> Id {
    Id::unique("share code")
}

fn password_id() -> Id {
    Id::unique("share password")
}

pub(super) fn share_ui(ui: &Ui, view: &View<'_>, memory: &mut ShareMemory) {
    memory.is_open = true;
    firm(ui, "share", 500.0, |ui| {
        title_row(ui, view, "Pairing code and password");
        let kept = view.state.live.share.kept.as_ref();
        if view.state.settings.share == ShareRole::Listens {
            typed_code_ui(ui, kept, memory);
        } else {
            shown_code_ui(ui, view, kept);
        }
        login_ui(ui, view, kept, memory);
        if let Some(problem) = &view.state.live.share.problem {
            let color = theme::tokens(ui).error;
            ui.add(Label::new(RichText::new(problem.sentence()).color(color)).wrap());
        }
        end_row(ui, |ui| {
            if ui.add(Button::new("Save").kind(Kind::Primary)).clicked() {
                let command = ShareCommand::Keep {
                    code: PastedKey(memory.code.clone()),
                    user: memory.user.clone(),
                    password: PastedKey(memory.password.clone()),
                };
                view.send(LiveCommand::Share(command));
            }
            cancel_button(ui, view);
        });
    });
}

fn typed_code_ui(ui: &mut Ui, kept: Option<&KeptPairing>, memory: &mut ShareMemory) {
    paragraph(ui, "Type in the code that the settings of the computer that receives show.");
    field_name(ui, "Pairing code");
    let has_one = kept.is_some_and(|kept| kept.code.is_some());
    let hint = if has_one { "Kept. Type another one to replace it" } else { "Seven groups of four" };
    secret_field(ui, &mut memory.code, ("Pairing code", hint, code_id()), false);
}

fn shown_code_ui(ui: &mut Ui, view: &View<'_>, kept: Option<&KeptPairing>) {
    paragraph(
        ui,
        "Type this code in at the other computers, in their settings under “Share events with other desks”. Events are \
         sealed with it on their way, so whoever runs the broker cannot read them.",
    );
    let Some(code) = kept.and_then(|kept| kept.code.as_ref()) else {
        return paragraph(ui, "The code is made as soon as the broker's address is entered.");
    };
    ui.add_space(space::XS);
    if widgets::copyable(ui, &code.text(), "Copy the pairing code") {
        view.send(LiveCommand::Share(ShareCommand::CopyCode));
    }
    let anew = Button::new("Make another code").kind(Kind::Link);
    if ui.add(anew).on_hover_text("Every other computer needs the new one then").clicked() {
        view.send(LiveCommand::Share(ShareCommand::NewCode));
    }
}

/// Most brokers of a clinic want none of it.
fn login_ui(ui: &mut Ui, view: &View<'_>, kept: Option<&KeptPairing>, memory: &mut ShareMemory) {
    field_name(ui, "Broker's user, where it wants one");
    text_field(ui, &mut memory.user, ("Broker user", "", Id::unique("share user")), false);
    field_name(ui, "Broker's password or token");
    let user = kept.and_then(|kept| kept.user.as_ref());
    let hint = if user.is_some() { "Kept. Type another one to replace it" } else { "Not needed for most" };
    secret_field(ui, &mut memory.password, ("Broker password or token", hint, password_id()), true);
    if user.is_some() && ui.add(Button::new("Forget the password").kind(Kind::Link)).clicked() {
        view.send(LiveCommand::Share(ShareCommand::ForgetLogin));
    }
}

/// A text that grows leaves copies behind; this one has its room from the start.
fn secret_field(ui: &mut Ui, text: &mut String, field: (&str, &str, Id), is_password: bool) {
    text.reserve(LONGEST * 4);
    text_field(ui, text, field, is_password);
    if let Some((end, _)) = text.char_indices().nth(LONGEST) {
        text.truncate(end);
    }
}
