//! The room board: one tile for each recorder, the day as lanes, and what of the day is left to check.
//! Nothing is guessed here: what shows was told by NxVET, by NexHealth or by a person at this desk.

mod block;
mod check;
mod day;
mod nothing;
mod tiles;
mod words;

pub(in crate::ui) use check::{appointment_words, recording_words};

use super::page::page_ui;
use crate::domain::Zone;
use crate::ui::Memory;
use crate::ui::screens::live::first_banner_ui;
use crate::ui::theme::{self, size};
use crate::ui::view::View;
use eframe::egui::{FocusDirection, Key, Label, Modifiers, Popup, RichText, Ui};

/// What only the drawing needs between frames.
#[derive(Default)]
pub struct RoomsMemory {
    day: day::DayMemory,
}

pub fn rooms_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let memory = &mut memory.rooms;
    take_keys(ui, view);
    page_ui(
        ui,
        "Rooms",
        |ui| freshness_ui(ui, view),
        |ui| {
            first_banner_ui(ui, view);
            if view.state.board.tiles.is_empty() {
                nothing::no_rooms_ui(ui, view);
                return;
            }
            tiles::tiles_ui(ui, view);
            day::day_ui(ui, view, &mut memory.day);
            check::check_ui(ui, view);
        },
    );
}

/// Times show as the practice's own clock has them.
fn zone(view: &View<'_>) -> Zone {
    view.state.board.zone_or(view.zone())
}

/// How old what is known of appointments is; a feed of its own.
fn freshness_ui(ui: &mut Ui, view: &View<'_>) {
    let nexhealth = &view.state.board.nexhealth;
    if !nexhealth.is_connected() {
        return;
    }
    let tokens = theme::tokens(ui);
    let (words, color) = match &nexhealth.problem {
        Some(problem) => (problem.summary.clone(), tokens.warn),
        None if nexhealth.is_reading => ("Reading appointments…".to_owned(), tokens.text_weak),
        None => (nexhealth.freshness(view.now, zone(view)), tokens.text_weak),
    };
    ui.add(Label::new(RichText::new(words).font(theme::regular(size::SMALL)).color(color)).truncate());
}

/// The first arrow key gives the keyboard to the first tile; from there the arrows walk over tiles and blocks.
fn take_keys(ui: &Ui, view: &View<'_>) {
    let is_free = !ui.ctx().egui_wants_keyboard_input() && !Popup::is_any_open(ui.ctx());
    if !is_free || view.state.dialog.is_some() {
        return;
    }
    let begins = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        pressed(Key::ArrowDown) | pressed(Key::ArrowUp)
    });
    if let Some(first) = tiles::first_id(view).filter(|_| begins) {
        ui.memory_mut(|memory| {
            memory.request_focus(first);
            // The same key would lead on from it at once.
            memory.move_focus(FocusDirection::None);
        });
    }
}
