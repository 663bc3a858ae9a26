//! The palette: type a few letters of what you want, Enter does it.

use super::modal;
use crate::domain::fold::fold;
use crate::state::WindowCommand;
use crate::ui::Memory;
use crate::ui::action::Action;
use crate::ui::keys;
use crate::ui::theme::{icons, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Field, MenuItem};
use eframe::egui::{Id, Key, Modifiers, Response, ScrollArea, Ui};

#[derive(Default)]
pub struct PaletteMemory {
    text: String,
    marked: usize,
    had_focus: bool,
}

pub fn palette_ui(ui: &Ui, view: &View<'_>, memory: &mut Memory) {
    let room = ui.ctx().content_rect().height();
    let mut chosen = None;
    modal(ui, view, "palette", 520.0, |ui| {
        let moved = arrows(ui);
        let palette = &mut memory.palette;
        let is_entered = search_field(ui, palette);
        ui.add_space(space::XS);
        let found = found(view, &palette.text);
        let last = found.len().saturating_sub(1);
        palette.marked = palette.marked.saturating_add_signed(moved).min(last);
        if found.is_empty() {
            super::paragraph(ui, "Nothing here goes by that name.");
        }
        let highest = (room - 180.0).clamp(90.0, 380.0);
        ScrollArea::vertical().max_height(highest).min_scrolled_height(highest).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (index, action) in found.iter().enumerate() {
                let is_marked = index == palette.marked;
                let response = entry(ui, *action, is_marked);
                if is_marked && moved != 0 {
                    response.scroll_to_me(None);
                }
                if response.clicked() || (is_entered && is_marked) {
                    chosen = Some(*action);
                }
            }
        });
    });
    if let Some(action) = chosen {
        view.send(WindowCommand::CloseDialog);
        keys::run(action, view, memory);
    }
}

fn arrows(ui: &Ui) -> isize {
    ui.input_mut(|input| {
        let down = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown);
        let up = input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp);
        isize::try_from(down).unwrap_or(0) - isize::try_from(up).unwrap_or(0)
    })
}

/// Returns whether Enter was pressed.
fn search_field(ui: &mut Ui, palette: &mut PaletteMemory) -> bool {
    let field = Field {
        name: "What do you want to do?",
        hint: "What do you want to do?",
        icon: icons::SEARCH,
        id: Id::unique("palette field"),
        height: 38.0,
        is_password: false,
    };
    let response = widgets::field(ui, &mut palette.text, &field, |_| {});
    if response.changed() {
        palette.marked = 0;
    }
    if !palette.had_focus {
        palette.had_focus = true;
        response.request_focus();
    }
    response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter))
}

/// Actions that can be done now and hold every typed word.
fn found(view: &View<'_>, text: &str) -> Vec<Action> {
    let folded = fold(text);
    let fits = |action: &Action| {
        let name = fold(action.text());
        folded.split_whitespace().all(|word| name.contains(word))
    };
    let has_record = view.state.record.is_some();
    let is_elsewhere = |action: &Action| match action {
        // A scan ends when its key is let go of, and here is none.
        Action::ScanBack | Action::ScanForward | Action::Palette | Action::Close | Action::OpenSelected => true,
        Action::Find => !has_record,
        _ => false,
    };
    let is_possible = |action: &Action| action.resolve(view).is_some();
    Action::ALL.into_iter().filter(|action| !is_elsewhere(action) && fits(action) && is_possible(action)).collect()
}

fn entry(ui: &mut Ui, action: Action, is_marked: bool) -> Response {
    let keys = action.keys(ui.ctx().os().is_mac());
    let item = MenuItem { icon: action.icon(), trailing: &keys, is_marked, ..MenuItem::new(action.text()) };
    widgets::menu_item(ui, &item)
}
