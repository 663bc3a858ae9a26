//! The dialogs of live updates and of the rooms: a new address and its secret, the set-up, a delivery, naming a room,
//! matching a recording, connecting NexHealth.

mod delete;
mod delivery;
mod match_recording;
mod nexhealth;
mod partner;
mod room_name;
mod secret;
mod setup;
mod setup_check;
mod share;
mod webhook;

use super::{firm, modal, paragraph, scrolled, title_row};
use crate::state::live::SetupStep;
use crate::state::{Dialog, WindowCommand};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Align, Checkbox, Context, Id, Label, Layout, Response, RichText, Stroke, Ui, vec2};

/// What is typed into these dialogs.
#[derive(Default)]
pub struct LiveDialogMemory {
    room_name: room_name::RoomNameMemory,
    nexhealth: nexhealth::NexHealthMemory,
    partner: partner::PartnerMemory,
    share: share::ShareMemory,
    /// The dialog that was open in the frame before: a new one takes the keyboard.
    opened: Option<Dialog>,
    /// The step of the set-up that was drawn last: a new one takes the keyboard.
    step: Option<SetupStep>,
}

impl LiveDialogMemory {
    /// Lets go of what was typed into a dialog that is closed.
    pub(super) fn settle(&mut self, ctx: &Context, dialog: Option<Dialog>) {
        if dialog != Some(Dialog::RoomName) {
            self.room_name = room_name::RoomNameMemory::default();
        }
        if dialog != Some(Dialog::ConnectNexHealth) {
            self.nexhealth.wipe(ctx);
        }
        if dialog != Some(Dialog::Partner) {
            self.partner.wipe(ctx);
        }
        if dialog != Some(Dialog::Share) {
            self.share.wipe(ctx);
        }
        if dialog != Some(Dialog::LiveSetup) {
            self.step = None;
        }
        if dialog.is_none() {
            self.opened = None;
        }
    }
}

pub(super) fn live_dialogs_ui(ui: &Ui, view: &View<'_>, memory: &mut LiveDialogMemory) {
    let dialog = view.state.dialog;
    let is_new = memory.opened != dialog;
    memory.opened = dialog;
    match dialog {
        Some(Dialog::Webhook) => webhook::webhook_ui(ui, view, is_new),
        Some(Dialog::WebhookSecret) => secret::secret_ui(ui, view),
        Some(Dialog::DeleteWebhook) => delete::delete_ui(ui, view),
        Some(Dialog::LiveSetup) => setup::setup_ui(ui, view, &mut memory.step),
        Some(Dialog::Delivery) => delivery::delivery_ui(ui, view),
        Some(Dialog::RoomName) => room_name::room_name_ui(ui, view, &mut memory.room_name),
        Some(Dialog::Match) => match_recording::match_ui(ui, view),
        Some(Dialog::ConnectNexHealth) => nexhealth::connect_ui(ui, view, &mut memory.nexhealth),
        Some(Dialog::DisconnectNexHealth) => nexhealth::disconnect_ui(ui, view),
        Some(Dialog::Share) => share::share_ui(ui, view, &mut memory.share),
        Some(Dialog::Partner) => partner::partner_ui(ui, view, &mut memory.partner),
        _ => {}
    }
}

/// The question or heading of a dialog without a cross.
fn question(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::TITLE)).color(color)).wrap());
}

/// A line that carries weight.
fn strong_line(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::BODY)).color(color)).wrap());
}

/// A line of ordinary text.
fn plain_line(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(color)).wrap());
}

/// The name of a field, above it.
fn field_name(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add_space(space::XS);
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::SMALL)).color(color)));
}

/// A text field over the full width; `is_password` hides what is typed.
fn text_field(ui: &mut Ui, text: &mut String, (name, hint, id): (&str, &str, Id), is_password: bool) -> Response {
    let field = widgets::Field { name, hint, icon: "", id, height: 36.0, is_password };
    widgets::field(ui, text, &field, |_| {})
}

/// A box to tick, with a sentence below its words.
fn tick(ui: &mut Ui, is_ticked: bool, words: &str, sentence: &str) -> bool {
    let tokens = theme::tokens(ui);
    let mut is_now = is_ticked;
    ui.scope(|ui| {
        // An empty box must be seen as well as a ticked one.
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::new(1.5, tokens.text_hint);
        ui.spacing_mut().interact_size.y = 22.0;
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        let text = RichText::new(words).font(theme::regular(size::CONTROL)).color(tokens.text);
        ui.add(Checkbox::new(&mut is_now, text));
        ui.horizontal(|ui| {
            ui.spacing_mut().interact_size.y = 0.0;
            ui.add_space(ui.spacing().icon_width + ui.spacing().icon_spacing);
            let text = RichText::new(sentence).font(theme::regular(size::SMALL)).color(tokens.text_weak);
            ui.add(Label::new(text).wrap());
        });
    });
    is_now != is_ticked
}

/// The buttons at the end of a dialog, from right to left.
fn end_row(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    ui.add_space(space::M);
    let line = vec2(ui.available_width(), space::CONTROL);
    ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        add(ui);
    });
}

fn cancel_button(ui: &mut Ui, view: &View<'_>) {
    if widgets::button(ui, "Cancel").clicked() {
        view.send(WindowCommand::CloseDialog);
    }
}
