//! Sets, changes or removes the PIN that unlocks the desk.
//! Says in plain words how good a PIN is; it forbids only what is too short.

use super::{paragraph, titled};
use crate::state::{LockCommand, TypedPin, WindowCommand};
use crate::ui::screens::lock::wait_words;
use crate::ui::theme::{self, Tokens, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, PinDraft, PinField, pin_field};
use eframe::egui::{Align, Color32, Context, Id, Label, Layout, RichText, Ui};

const FEWEST_CHARS: usize = 4;
const WIDTH: f32 = 460.0;

/// The PINs while they are typed; wiped when the dialog closes.
#[derive(Default)]
pub struct PinMemory {
    old: PinDraft,
    new: PinDraft,
    again: PinDraft,
}

impl PinMemory {
    pub fn wipe(&mut self, ctx: &Context) {
        self.old.wipe(ctx, id("old"));
        self.new.wipe(ctx, id("new"));
        self.again.wipe(ctx, id("again"));
    }
}

fn id(which: &str) -> Id {
    Id::unique(("pin", which))
}

/// Sets the first PIN or changes the one there is.
pub fn pin_ui(ui: &Ui, view: &View<'_>, memory: &mut PinMemory) {
    let has_pin = view.state.lock.has_pin;
    let head = if has_pin { "Change the PIN" } else { "Set a PIN" };
    titled(ui, view, head, WIDTH, |ui| {
        paragraph(
            ui,
            "Only who knows the PIN opens the desk then, also where everybody uses the same login. \
             What is stored here is sealed with it.",
        );
        paragraph(
            ui,
            "Nobody can look it up: with the PIN forgotten, everything on this computer has to be removed and read \
             from NxVET again, and marks and remarks are lost.",
        );
        ui.add_space(space::S);
        let mut is_entered = false;
        if has_pin {
            is_entered |= labelled(ui, view, "PIN until now", &mut memory.old, id("old"), true);
        }
        is_entered |= labelled(ui, view, "New PIN", &mut memory.new, id("new"), !has_pin);
        verdict(ui, memory.new.text());
        is_entered |= labelled(ui, view, "New PIN once more", &mut memory.again, id("again"), false);
        let is_same = memory.new.text() == memory.again.text();
        if !is_same && !memory.again.is_empty() {
            let color = theme::tokens(ui).warn;
            line(ui, "The two are not the same.", color);
        }
        refusal(ui, view);
        let is_long_enough = memory.new.text().chars().count() >= FEWEST_CHARS;
        let may_save = is_same && is_long_enough && (!has_pin || !memory.old.is_empty());
        let words = if has_pin { "Change PIN" } else { "Set PIN" };
        if end(ui, view, words, may_save) || (is_entered && may_save && takes_a_try(view)) {
            let old = has_pin.then(|| TypedPin(memory.old.take(ui.ctx(), id("old"))));
            let new = TypedPin(memory.new.take(ui.ctx(), id("new")));
            memory.again.wipe(ui.ctx(), id("again"));
            view.send(LockCommand::SetPin { old, new });
        }
    });
}

pub fn remove_pin_ui(ui: &Ui, view: &View<'_>, memory: &mut PinMemory) {
    titled(ui, view, "Remove the PIN", WIDTH, |ui| {
        paragraph(ui, "Anybody at this computer's login can open the desk then.");
        ui.add_space(space::S);
        let is_entered = labelled(ui, view, "PIN", &mut memory.old, id("old"), true);
        refusal(ui, view);
        let may_save = !memory.old.is_empty();
        if end(ui, view, "Remove PIN", may_save) || (is_entered && may_save && takes_a_try(view)) {
            let pin = TypedPin(memory.old.take(ui.ctx(), id("old")));
            view.send(LockCommand::RemovePin(pin));
        }
    });
}

fn takes_a_try(view: &View<'_>) -> bool {
    view.state.lock.pin_change.takes_a_try(view.now)
}

/// Returns whether Enter was pressed in it.
#[expect(clippy::too_many_arguments, reason = "a field is its name, its draft and its place")]
fn labelled(ui: &mut Ui, view: &View<'_>, name: &str, draft: &mut PinDraft, id: Id, is_first: bool) -> bool {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(name).font(theme::strong(size::SMALL)).color(color)));
    let field = PinField { name, id, is_first };
    ui.add_enabled_ui(takes_a_try(view), |ui| pin_field(ui, draft, &field).1).inner
}

/// Why the last try was not taken, and how long to wait.
fn refusal(ui: &mut Ui, view: &View<'_>) {
    let change = &view.state.lock.pin_change;
    if let Some(problem) = &change.problem {
        ui.add_space(space::S);
        widgets::problem_panel(ui, problem);
    }
    if let Some(seconds) = change.wait_seconds(view.now) {
        paragraph(ui, &format!("The next try is possible in {}.", wait_words(seconds)));
    }
}

/// The buttons; returns whether saving was clicked.
fn end(ui: &mut Ui, view: &View<'_>, words: &str, may_save: bool) -> bool {
    ui.add_space(space::M);
    let is_saving = view.state.lock.pin_change.is_saving;
    let words = if is_saving { "Sealing…" } else { words };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        let button = Button::new(words).kind(Kind::Primary);
        let is_clicked = ui.add_enabled(may_save && takes_a_try(view), button).clicked();
        if widgets::button(ui, "Cancel").clicked() {
            view.send(WindowCommand::CloseDialog);
        }
        is_clicked
    })
    .inner
}

fn verdict(ui: &mut Ui, pin: &str) {
    if pin.is_empty() {
        return;
    }
    let tokens = theme::tokens(ui);
    let judged = judge(pin);
    line(ui, judged.words(), judged.color(tokens));
}

fn line(ui: &mut Ui, words: &str, color: Color32) {
    ui.add(Label::new(RichText::new(words).font(theme::regular(size::CONTROL)).color(color)).wrap());
}

/// How hard a PIN is to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strength {
    TooShort,
    Guessable,
    Fair,
    Good,
}

impl Strength {
    fn words(self) -> &'static str {
        match self {
            Self::TooShort => "At least 4 characters.",
            Self::Guessable => "Easy to guess: a row of keys, or the same one over and over.",
            Self::Fair => "Enough against a passer-by. Six digits, or letters too, hold longer.",
            Self::Good => "Good.",
        }
    }

    fn color(self, tokens: &Tokens) -> Color32 {
        match self {
            Self::TooShort | Self::Guessable => tokens.warn,
            Self::Fair => tokens.text_weak,
            Self::Good => tokens.ok,
        }
    }
}

fn judge(pin: &str) -> Strength {
    let count = pin.chars().count();
    if count < FEWEST_CHARS {
        return Strength::TooShort;
    }
    let number = |sign: char| i64::from(u32::from(sign));
    let pairs = || pin.chars().zip(pin.chars().skip(1));
    let is_a_row = [-1, 0, 1].into_iter().any(|step| pairs().all(|(one, next)| number(next) - number(one) == step));
    let is_a_pair_again = pin.chars().zip(pin.chars().skip(2)).all(|(one, next)| one == next);
    let is_a_row_of_keys = ["qwertyuiop", "qwertzuiop", "asdfghjkl", "azerty", "1234567890"]
        .into_iter()
        .any(|row| row.contains(&pin.to_lowercase()));
    if is_a_row || is_a_pair_again || is_a_row_of_keys {
        return Strength::Guessable;
    }
    if count < 6 { Strength::Fair } else { Strength::Good }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_judged_in_plain_words() {
        for (pin, strength) in [
            ("471", Strength::TooShort),
            ("1234", Strength::Guessable),
            ("9876", Strength::Guessable),
            ("0000", Strength::Guessable),
            ("1212", Strength::Guessable),
            ("qwert", Strength::Guessable),
            ("7890", Strength::Guessable),
            ("4711", Strength::Fair),
            ("k4tze", Strength::Fair),
            ("471108", Strength::Good),
            ("Hündin7", Strength::Good),
        ] {
            assert_eq!(judge(pin), strength, "{pin}");
        }
    }
}
