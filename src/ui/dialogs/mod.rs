//! What opens over the window and closes with Esc: the shortcut sheet, the palette, signing out, about.

mod about;
mod audit;
mod licences;
mod live;
mod palette;
mod pin;
mod remark;
mod remove_everything;
mod report;
mod shortcuts;
mod sign_out;

pub use licences::LicencesMemory;
pub use live::LiveDialogMemory;
pub use palette::PaletteMemory;
pub use pin::PinMemory;
pub use remark::RemarkMemory;
pub use remove_everything::RemovalMemory;

use super::Memory;
use super::theme::{self, icons, size, space};
use super::view::View;
use super::widgets;
use crate::state::{Dialog, Session, WindowCommand};
use eframe::egui::{self, Align, Frame, Id, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui, Vec2};

/// Draws the dialog that is open, if one is. The sign-in box over what is open goes before all others.
pub fn dialogs_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    if let Session::SignedIn { refused: Some(sign_in), .. } = &view.state.session
        && !memory.sign_in.is_postponed
    {
        super::screens::sign_in::refused_ui(ui, view, &mut memory.sign_in, sign_in);
        return;
    }
    if view.state.dialog != Some(Dialog::Palette) {
        memory.palette = PaletteMemory::default();
    }
    if view.state.dialog != Some(Dialog::Remark) {
        memory.remark.rest();
    }
    if view.state.dialog != Some(Dialog::Licences) {
        memory.licences = LicencesMemory::default();
    }
    if view.state.dialog != Some(Dialog::RemoveEverything) {
        memory.removal = RemovalMemory::default();
    }
    if !matches!(view.state.dialog, Some(Dialog::Pin | Dialog::RemovePin)) {
        memory.pin.wipe(ui.ctx());
    }
    memory.live_dialogs.settle(ui.ctx(), view.state.dialog);
    match view.state.dialog {
        Some(Dialog::Shortcuts) => shortcuts::shortcuts_ui(ui, view),
        Some(Dialog::Palette) => palette::palette_ui(ui, view, memory),
        Some(Dialog::SignOut) => sign_out::sign_out_ui(ui, view),
        Some(Dialog::About) => about::about_ui(ui, view),
        Some(Dialog::Licences) => licences::licences_ui(ui, view, &mut memory.licences),
        Some(Dialog::RemoveEverything) => remove_everything::remove_everything_ui(ui, view, &mut memory.removal),
        Some(Dialog::Audit) => audit::audit_ui(ui, view),
        Some(Dialog::Report) => report::report_ui(ui, view),
        Some(Dialog::Remark) => remark::remark_ui(ui, view, &mut memory.remark),
        Some(Dialog::Pin) => pin::pin_ui(ui, view, &mut memory.pin),
        Some(Dialog::RemovePin) => pin::remove_pin_ui(ui, view, &mut memory.pin),
        Some(
            Dialog::Webhook
            | Dialog::WebhookSecret
            | Dialog::DeleteWebhook
            | Dialog::LiveSetup
            | Dialog::Delivery
            | Dialog::RoomName
            | Dialog::Match
            | Dialog::ConnectNexHealth
            | Dialog::DisconnectNexHealth
            | Dialog::Partner
            | Dialog::Share,
        ) => live::live_dialogs_ui(ui, view, &mut memory.live_dialogs),
        None => {}
    }
}

/// The box of a dialog. A click beside it closes it; Esc does too.
fn modal(ui: &Ui, view: &View<'_>, name: &str, width: f32, add: impl FnOnce(&mut Ui)) {
    if boxed(ui, name, width, add) {
        view.send(WindowCommand::CloseDialog);
    }
}

/// The box of a dialog into which something is typed: a click beside it must not lose that.
fn firm(ui: &Ui, name: &str, width: f32, add: impl FnOnce(&mut Ui)) {
    boxed(ui, name, width, add);
}

/// Draws the box; answers whether a click beside it wants it closed.
fn boxed(ui: &Ui, name: &str, width: f32, add: impl FnOnce(&mut Ui)) -> bool {
    let tokens = theme::tokens(ui);
    let room = ui.ctx().content_rect();
    let width = width.min(room.width() - 2.0 * space::L);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(10.0))
        .shadow(theme::shadow(tokens))
        .inner_margin(Margin::symmetric(20, 16));
    let modal = egui::Modal::new(Id::unique(("dialog", name))).frame(frame).backdrop_color(tokens.scrim);
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(width - 42.0);
        add(ui);
    });
    settle(ui, name, shown.response.rect.size());
    shown.should_close()
}

/// A box that became higher or lower finds its new middle with the next frame, so that one is asked for.
fn settle(ui: &Ui, name: &str, extent: Vec2) {
    let id = Id::unique(("dialog extent", name));
    if ui.data(|data| data.get_temp::<Vec2>(id)) != Some(extent) {
        ui.data_mut(|data| data.insert_temp(id, extent));
        ui.ctx().request_repaint();
    }
}

/// A part of a dialog that scrolls when the window is low; `rest` is what stands above and below it.
fn scrolled(ui: &mut Ui, rest: f32, add: impl FnOnce(&mut Ui)) {
    // Without the minimum a dialog would stay as low as the first frame guessed.
    let highest = (ui.ctx().content_rect().height() - rest).max(60.0);
    ScrollArea::vertical().max_height(highest).min_scrolled_height(highest).show(ui, |ui| {
        ui.set_width(ui.available_width());
        add(ui);
        widgets::follow_focus(ui);
    });
}

/// A dialog with a title, a cross, and content that scrolls when the window is low.
fn titled(ui: &Ui, view: &View<'_>, title: &str, width: f32, add: impl FnOnce(&mut Ui)) {
    modal(ui, view, title, width, |ui| {
        title_row(ui, view, title);
        ui.add_space(space::XS);
        scrolled(ui, 140.0, add);
    });
}

/// The title and the cross that closes.
fn title_row(ui: &mut Ui, view: &View<'_>, title: &str) {
    ui.horizontal(|ui| {
        let color = theme::tokens(ui).text;
        ui.add(Label::new(RichText::new(title).font(theme::strong(size::TITLE)).color(color)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::CLOSE, "Close (Esc)").clicked() {
                view.send(WindowCommand::CloseDialog);
            }
        });
    });
}

/// A quiet paragraph.
fn paragraph(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_weak;
    ui.add(Label::new(RichText::new(text).font(theme::regular(size::CONTROL)).color(color)).wrap());
}
