//! Finding in the open consultation: the field, where one stands among the hits, and the way on.
//! Stands above the notes, so that it never covers a hit. The finding itself is the state's.

use crate::state::{Find, FindCommand, OpenRecord};
use crate::ui::format::count;
use crate::ui::theme::{icons, radius, regular, size, space, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Field, field, icon_button};
use eframe::egui::{Align, Frame, Id, Key, Label, Layout, Margin, Modifiers, RichText, Stroke, Ui, vec2};

/// What was shown last, to notice a wish to show a hit again.
#[derive(Debug, Default)]
pub(super) struct FindMemory {
    is_open: bool,
    reveal: u64,
    text: String,
    current: usize,
    wants_focus: bool,
}

impl FindMemory {
    /// Whether the current hit should come into sight. A wish without a new word or hit means the field.
    pub(super) fn asks_to_reveal(&mut self, find: Option<&Find>) -> bool {
        let Some(find) = find else {
            *self = Self::default();
            return false;
        };
        let is_wish = !self.is_open || self.reveal != find.reveal;
        let is_same = self.text == find.text && self.current == find.current;
        self.wants_focus |= !self.is_open || (is_wish && is_same);
        if is_wish {
            self.is_open = true;
            self.reveal = find.reveal;
            self.text.clone_from(&find.text);
            self.current = find.current;
        }
        is_wish
    }
}

pub(super) fn find_bar_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, memory: &mut FindMemory) {
    let Some(find) = &record.find else { return };
    let tokens = tokens(ui);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(radius(space::RADIUS_PANE))
        .inner_margin(Margin::symmetric(8, 6));
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing.x = space::XS;
        let line = vec2(ui.available_width(), space::CONTROL);
        ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
            steps_ui(ui, view, find);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| field_ui(ui, view, find, memory));
        });
    });
    ui.add_space(space::XS);
}

fn field_ui(ui: &mut Ui, view: &View<'_>, find: &Find, memory: &mut FindMemory) {
    let id = Id::unique("find in consultation");
    let has_focus = ui.memory(|memory| memory.has_focus(id));
    if has_focus {
        take_enter(ui, view);
    }
    let mut text = find.text.clone();
    let name = "Find in this consultation";
    let look = Field { name, hint: name, icon: icons::SEARCH, id, height: space::CONTROL, is_password: false };
    let response = field(ui, &mut text, &look, |_| {});
    if response.changed() {
        view.send(FindCommand::Text(text));
    }
    if std::mem::take(&mut memory.wants_focus) {
        response.request_focus();
    }
}

/// Enter steps on and stays in the field; it is taken before the field sees it.
fn take_enter(ui: &Ui, view: &View<'_>) {
    let (back, on) = ui.input_mut(|input| {
        (input.consume_key(Modifiers::SHIFT, Key::Enter), input.consume_key(Modifiers::NONE, Key::Enter))
    });
    if back {
        view.send(FindCommand::Previous);
    } else if on {
        view.send(FindCommand::Next);
    }
}

fn steps_ui(ui: &mut Ui, view: &View<'_>, find: &Find) {
    if icon_button(ui, icons::CLOSE, "Close find (Esc)").clicked() {
        view.send(FindCommand::Close);
    }
    ui.add_enabled_ui(!find.hits.is_empty(), |ui| {
        if icon_button(ui, icons::CHEVRON_DOWN, "Next (Enter)").clicked() {
            view.send(FindCommand::Next);
        }
        if icon_button(ui, icons::CHEVRON_UP, "Previous (Shift+Enter)").clicked() {
            view.send(FindCommand::Previous);
        }
    });
    let words = RichText::new(standing(find)).font(regular(size::SMALL)).color(tokens(ui).text_weak);
    ui.add(Label::new(words));
    ui.add_space(space::XS);
}

/// `3 of 17`, `No matches`; nothing before a word is typed.
fn standing(find: &Find) -> String {
    match find.hits.len() {
        _ if find.text.trim().is_empty() => String::new(),
        0 => "No matches".to_owned(),
        hits => format!("{} of {}", count(find.current + 1), count(hits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::{Hit, Place};

    fn find(text: &str, hits: usize, current: usize, reveal: u64) -> Find {
        let hit = |at| Hit { place: Place::Turn(at), range: 0..1 };
        Find { text: text.to_owned(), hits: (0..hits).map(hit).collect(), current, reveal }
    }

    #[test]
    fn the_standing_is_said_in_words() {
        assert_eq!(standing(&find("limp", 17, 2, 0)), "3 of 17");
        assert_eq!(standing(&find("limp", 0, 0, 0)), "No matches");
        assert_eq!(standing(&find(" ", 0, 0, 0)), "");
    }

    #[test]
    fn each_wish_is_taken_once_and_opening_wants_the_focus() {
        let mut memory = FindMemory::default();
        assert!(memory.asks_to_reveal(Some(&find("", 0, 0, 1))));
        assert!(std::mem::take(&mut memory.wants_focus));
        assert!(memory.asks_to_reveal(Some(&find("a", 3, 0, 2))));
        assert!(!memory.wants_focus);
        assert!(!memory.asks_to_reveal(Some(&find("a", 3, 0, 2))));
        assert!(memory.asks_to_reveal(Some(&find("a", 3, 1, 3))));
        assert!(!memory.wants_focus);
        assert!(memory.asks_to_reveal(Some(&find("a", 3, 1, 4))));
        assert!(memory.wants_focus);
    }
}
