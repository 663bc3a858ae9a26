//! The private remark about a consultation, kept on this computer alone.
//! What was typed and neither saved nor given up comes back when the same remark is opened again: a click beside the
//! dialog must not cost a paragraph.

use super::{modal, paragraph};
use crate::domain::{ConsultationKey, Marks};
use crate::state::MarkCommand;
use crate::ui::action;
use crate::ui::format::count;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{
    Align, Event, Id, Key, KeyboardShortcut, Label, Layout, Margin, Modifiers, RichText, TextEdit, Ui, vec2,
};

/// Letters that are left are counted from here on.
const COUNTED_FROM: usize = 200;
const ROWS: usize = 5;

/// The remark while it is typed.
#[derive(Default)]
pub struct RemarkMemory {
    of: Option<ConsultationKey>,
    text: String,
    had_focus: bool,
}

impl RemarkMemory {
    /// Takes up the stored remark, unless what was typed for it is still here.
    fn open(&mut self, key: &ConsultationKey, stored: &str) {
        if self.of.as_ref() != Some(key) {
            *self = Self { of: Some(key.clone()), text: stored.to_owned(), had_focus: false };
        }
    }

    /// The dialog does not show: the next opening puts the keyboard into the field again.
    pub(super) fn rest(&mut self) {
        self.had_focus = false;
    }
}

pub fn remark_ui(ui: &Ui, view: &View<'_>, memory: &mut RemarkMemory) {
    let Some(key) = view.state.marks.editing() else { return };
    let stored = view.state.marks.of(key).map(|marks| marks.remark.as_str()).unwrap_or_default();
    memory.open(key, stored);
    let wants_save = ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, Key::Enter));
    let mut end = wants_save.then(|| MarkCommand::Remark(key.clone(), memory.text.clone()));
    modal(ui, view, "remark", 480.0, |ui| {
        let color = theme::tokens(ui).text;
        ui.add(Label::new(RichText::new("Remark").font(theme::strong(size::TITLE)).color(color)));
        paragraph(ui, "For colleagues at this computer. It is kept here only and never sent to NxVET.");
        ui.add_space(space::XS);
        field(ui, memory);
        ui.add_space(space::S);
        if let Some(command) = buttons(ui, key, memory, stored) {
            end = Some(command);
        }
    });
    if let Some(command) = end {
        *memory = RemarkMemory::default();
        view.send(command);
    }
}

fn field(ui: &mut Ui, memory: &mut RemarkMemory) {
    // The same ring as around every other control that has the keyboard.
    ui.visuals_mut().selection.stroke = theme::focus_ring(theme::tokens(ui));
    let edit = TextEdit::multiline(&mut memory.text)
        .id(Id::unique("remark field"))
        .font(theme::regular(size::BODY))
        .margin(Margin::symmetric(10, 8))
        .char_limit(Marks::MOST_REMARK_CHARS)
        .desired_rows(ROWS)
        .desired_width(f32::INFINITY);
    let response = ui.add(edit).accessible_name("Remark");
    if !std::mem::replace(&mut memory.had_focus, true) {
        response.request_focus();
        // The letter that opened the dialog is not its first one.
        ui.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Text(_))));
    }
}

fn buttons(ui: &mut Ui, key: &ConsultationKey, memory: &RemarkMemory, stored: &str) -> Option<MarkCommand> {
    let mut chosen = None;
    let left = Marks::MOST_REMARK_CHARS.saturating_sub(memory.text.chars().count());
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, 0.0);
        let save =
            ui.add_enabled(memory.text.trim() != stored, widgets::Button::new("Save").kind(widgets::Kind::Primary));
        let keys = KeyboardShortcut::new(Modifiers::COMMAND, Key::Enter);
        let tooltip = format!("Save ({})", action::words(&keys, ui.ctx().os().is_mac()));
        if save.on_hover_text(tooltip).clicked() {
            chosen = Some(MarkCommand::Remark(key.clone(), memory.text.clone()));
        }
        if widgets::button(ui, "Cancel").clicked() {
            chosen = Some(MarkCommand::CancelRemark);
        }
        if !stored.is_empty() && widgets::quiet_button(ui, "Remove the remark").clicked() {
            chosen = Some(MarkCommand::Remark(key.clone(), String::new()));
        }
        if left < COUNTED_FROM {
            paragraph(ui, &format!("{} letters left", count(left)));
        }
    });
    chosen
}
