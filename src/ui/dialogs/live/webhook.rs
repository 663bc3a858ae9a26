//! The form of a new address, or of one that takes the place of another.
//! What may stand in it is judged by the state.

use super::{cancel_button, end_row, field_name, firm, paragraph, scrolled, text_field, tick, title_row};
use crate::domain::live::EventType;
use crate::state::live::{FormEdit, WebhookForm};
use crate::state::{LiveCommand, Offer, SessionCommand};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{Frame, Id, Label, Margin, RichText, Ui, vec2};

const WIDTH: f32 = 560.0;

pub(super) fn webhook_ui(ui: &Ui, view: &View<'_>, is_new: bool) {
    let Some(form) = &view.state.live.form else { return };
    let is_change = form.replaces.is_some();
    let head = if is_change { "Change address" } else { "Add address" };
    firm(ui, "webhook", WIDTH, |ui| {
        title_row(ui, view, head);
        scrolled(ui, 190.0, |ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
            if is_change {
                note_ui(ui);
            } else {
                paragraph(ui, "NxVET calls this address when something happens in the clinic.");
            }
            fields_ui(ui, view, form, is_new);
        });
        end_ui(ui, view, form);
    });
}

/// There is no way to change one at NxVET, and what follows from that must be known beforehand.
fn note_ui(ui: &mut Ui) {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.warn_weak)
        .corner_radius(theme::radius(space::RADIUS))
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::icon(ui, icons::WARNING, size::ICON, tokens.warn);
            let text = "NxVET cannot change an address. A new one is made, then the old one is deleted. \
                        The secret changes: the old one stops working.";
            let text = RichText::new(text).font(theme::regular(size::CONTROL)).color(tokens.text);
            ui.add(Label::new(text).wrap());
        });
    });
}

fn fields_ui(ui: &mut Ui, view: &View<'_>, form: &WebhookForm, is_new: bool) {
    let edit = |edit| view.send(LiveCommand::Form(edit));
    field_name(ui, "Address");
    let mut address = form.address.clone();
    let id = Id::unique("webhook address");
    let response = text_field(ui, &mut address, ("Address", "https://relay.your-clinic.example/nx", id), false);
    if is_new {
        response.request_focus();
    }
    if response.changed() {
        edit(FormEdit::Address(address));
    }
    // It is about the address above, and in sight in a low window too.
    if let Some(problem) = &form.problem {
        ui.add_space(space::XS);
        match widgets::problem_panel(ui, problem) {
            Some(Offer::EnterNewKey) => view.send(SessionCommand::EnterNewKey),
            Some(_) => view.send(LiveCommand::Create),
            None => {}
        }
    }
    field_name(ui, "What shall be told");
    for event_type in EventType::CHOICES {
        let is_ticked = form.is_ticked(&event_type);
        if tick(ui, is_ticked, event_type.words(), event_type.sentence()) {
            edit(FormEdit::Type(event_type, !is_ticked));
        }
    }
    field_name(ui, "Description (for whoever looks at it in NxVET)");
    let mut description = form.description.clone();
    let id = Id::unique("webhook description");
    if text_field(ui, &mut description, ("Description", "Consult Desk at the reception", id), false).changed() {
        edit(FormEdit::Description(description));
    }
}

fn end_ui(ui: &mut Ui, view: &View<'_>, form: &WebhookForm) {
    let words = match (form.is_sending, form.replaces.is_some()) {
        (true, _) => "Asking NxVET…",
        (false, true) => "Change address",
        (false, false) => "Add address",
    };
    end_row(ui, |ui| {
        let button = Button::new(words).kind(Kind::Primary);
        if ui.add_enabled(form.may_send(), button).clicked() {
            view.send(LiveCommand::Create);
        }
        cancel_button(ui, view);
    });
}
