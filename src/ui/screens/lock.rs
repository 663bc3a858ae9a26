//! The lock screen: says that the desk is locked and how to go on. Shows nothing of the clinic, not even its name.

use super::sign_in::{card_frame, centered, is_low, logo, title, weak_line};
use crate::state::{LockCommand, LockScreen, Problem, StorageCommand, TypedPin};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, PinDraft, PinField, pin_field};
use eframe::egui::{Context, Id, Label, RichText, Ui};

/// The PIN while it is typed; wiped when the screen goes.
#[derive(Default)]
pub struct LockMemory {
    pin: PinDraft,
}

impl LockMemory {
    pub fn wipe(&mut self, ctx: &Context) {
        self.pin.wipe(ctx, field_id());
    }
}

fn field_id() -> Id {
    Id::unique("unlock pin")
}

pub fn lock_ui(ui: &mut Ui, view: &View<'_>, memory: &mut LockMemory, lock: &LockScreen) {
    centered(ui, "locked", |ui| {
        card_frame(ui).show(ui, |ui| {
            ui.set_width(ui.available_width());
            if !is_low(ui) {
                logo(ui, icons::LOCK);
                ui.add_space(14.0);
            }
            title(ui, "Consult Desk is locked");
            ui.add(weak_line(ui, how_words(lock)));
            if view.state.link.is_waiting() {
                ui.add(weak_line(ui, "The consultation of the link opens then."));
            }
            form(ui, view, memory, lock);
            ui.add_space(space::S);
            ui.vertical_centered(|ui| way_out(ui, view, lock));
        });
    });
}

fn how_words(lock: &LockScreen) -> &'static str {
    if lock.has_pin {
        "Nothing of the clinic is on screen or in memory. Enter your PIN to go on."
    } else {
        "Nothing of the clinic is on screen or in memory. This computer's password store opens it again."
    }
}

fn form(ui: &mut Ui, view: &View<'_>, memory: &mut LockMemory, lock: &LockScreen) {
    let takes_a_try = lock.takes_a_try(view.now);
    ui.add_space(18.0);
    let is_entered = lock.has_pin && {
        let color = theme::tokens(ui).text;
        ui.add(Label::new(RichText::new("PIN").font(theme::strong(size::SMALL)).color(color)));
        ui.add_space(space::XS);
        let field = PinField { name: "PIN", id: field_id(), is_first: true };
        ui.add_enabled_ui(takes_a_try, |ui| pin_field(ui, &mut memory.pin, &field).1).inner
    };
    if let Some(problem) = &lock.problem {
        ui.add_space(space::M);
        // The field above, or the button below, is the next step.
        widgets::problem_panel(ui, &Problem { offer: None, ..problem.clone() });
    }
    if let Some(seconds) = lock.wait_seconds(view.now) {
        ui.add_space(space::S);
        ui.add(weak_line(ui, &format!("The next try is possible in {}.", wait_words(seconds))));
    }
    ui.add_space(space::L);
    let may_submit = takes_a_try && (!lock.has_pin || !memory.pin.is_empty());
    let words = match lock {
        LockScreen { is_closing: true, .. } => "Locking…",
        LockScreen { is_checking: true, .. } => "Opening…",
        _ => "Unlock",
    };
    let button = Button::new(words).kind(Kind::Primary).height(38.0).min_width(ui.available_width());
    let response = ui.add_enabled(may_submit, button);
    if !lock.has_pin && may_submit && ui.memory(|memory| memory.focused().is_none()) {
        // Enter unlocks; with a PIN the field has the keyboard.
        response.request_focus();
    }
    if may_submit && (is_entered || response.clicked()) {
        let pin = lock.has_pin.then(|| TypedPin(memory.pin.take(ui.ctx(), field_id())));
        view.send(LockCommand::Unlock(pin));
    }
}

fn way_out(ui: &mut Ui, view: &View<'_>, lock: &LockScreen) {
    let words = if lock.has_pin {
        "Forgotten the PIN? Sign out and remove everything here"
    } else {
        "Sign out and remove everything here"
    };
    if widgets::link_button(ui, words).clicked() {
        view.send(StorageCommand::AskToRemoveEverything);
    }
}

/// `40 s`, `3 min 20 s`, `15 min`.
pub fn wait_words(seconds: i64) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes, 0) => format!("{minutes} min"),
        (minutes, seconds) => format!("{minutes} min {seconds} s"),
    }
}
