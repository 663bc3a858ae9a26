//! Names a recorder on this computer, or says which room it stands in.

use super::{cancel_button, end_row, field_name, firm, paragraph, scrolled, text_field, title_row};
use crate::domain::DeviceId;
use crate::state::board::{BoardCommand, Naming};
use crate::ui::theme::space;
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{Id, Key, Ui, vec2};

/// The name while it is typed.
#[derive(Default)]
pub(super) struct RoomNameMemory {
    of: Option<DeviceId>,
    text: String,
}

pub(super) fn room_name_ui(ui: &Ui, view: &View<'_>, memory: &mut RoomNameMemory) {
    let Some(naming) = &view.state.board.naming else { return };
    let is_new = memory.of.as_ref() != Some(&naming.device);
    if is_new {
        *memory = RoomNameMemory { of: Some(naming.device.clone()), text: naming.name.clone() };
    }
    let mut saved = None;
    firm(ui, "room name", 460.0, |ui| {
        title_row(ui, view, "Name this room");
        let text =
            format!("NxVET gives the recorder {} no name. What you call it is kept on this computer.", naming.device);
        paragraph(ui, &text);
        field_name(ui, "Name");
        let id = Id::unique("room name field");
        let response = text_field(ui, &mut memory.text, ("Name of the room", "Room 3", id), false);
        if is_new {
            response.request_focus();
        }
        let is_entered = response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if is_entered && may_save(naming, &memory.text) {
            saved = Some(memory.text.clone());
        }
        saved = rooms_ui(ui, naming).or(saved.take());
        end_row(ui, |ui| {
            let save = Button::new("Save").kind(Kind::Primary);
            if ui.add_enabled(may_save(naming, &memory.text), save).clicked() {
                saved = Some(memory.text.clone());
            }
            cancel_button(ui, view);
        });
    });
    if let Some(name) = saved {
        view.send(BoardCommand::NameRoom(naming.device.clone(), name));
    }
}

/// An emptied name is taken away again.
fn may_save(naming: &Naming, text: &str) -> bool {
    text.trim() != naming.name && !(text.trim().is_empty() && naming.name.is_empty())
}

/// Rooms that have a name already: one room may have had two recorders.
fn rooms_ui(ui: &mut Ui, naming: &Naming) -> Option<String> {
    if naming.rooms.is_empty() {
        return None;
    }
    field_name(ui, "Or it stands in a room that is known");
    let mut chosen: Option<String> = None;
    scrolled(ui, 320.0, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
            for room in &naming.rooms {
                if widgets::chip(ui, room, false).clicked() {
                    chosen = Some(room.clone());
                }
            }
        });
    });
    chosen
}
