//! Whose consultation is open, what can be taken from it (copy and export), and what staff noted about it.
//! Long names end in an ellipsis; the buttons go under the title where there is no room beside it.

use super::Density;
use super::export_menu::export_menu_ui;
use super::marks;
use super::words::{facts, short};
use crate::domain::{Consultation, Patient};
use crate::state::{OpenRecord, RecordCommand};
use crate::ui::action::Action;
use crate::ui::theme::{regular, size, space, strong, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, elided, one_line};
use eframe::egui::{Align, Frame, Label, Layout, Margin, Ui, vec2};

/// Room of the buttons without the marks.
const BUTTONS: f32 = 204.0;
/// A title needs this much beside them.
const LEAST_TITLE: f32 = 250.0;
/// And this much beside the button that marks the consultation as reviewed; else that is in the menu of marks.
const LEAST_TITLE_WIDE: f32 = 330.0;
/// And this much where height is dear.
const LEAST_TITLE_TINY: f32 = 120.0;

pub(super) fn header_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, (above, density): (i8, Density)) {
    let is_tiny = density == Density::Tiny;
    let margin = Margin { top: above, bottom: if is_tiny { 6 } else { 12 }, ..Margin::ZERO };
    let least_title = if is_tiny { LEAST_TITLE_TINY } else { LEAST_TITLE };
    Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 3.0;
        let row = record.consultation.as_deref();
        let facts = row.filter(|_| !is_tiny).map(|row| facts(row, view.zone())).unwrap_or_default();
        let line = one_line(ui, &facts, regular(size::SMALL), tokens(ui).text_weak);
        let room = ui.available_width() - BUTTONS - space::S;
        let has_room = room - marks::WIDE >= if is_tiny { least_title } else { LEAST_TITLE_WIDE };
        let beside = room - if has_room { marks::WIDE } else { marks::NARROW };
        let fits_beside = line.size().x + space::S <= beside;
        if beside < least_title {
            title_ui(ui, row);
            facts_ui(ui, row, &facts);
            ui.add_space(space::XS);
            ui.horizontal_wrapped(|ui| {
                copy_note_ui(ui, view, record);
                export_menu_ui(ui, view, record);
                marks::buttons_ui(ui, view, record, room > marks::WIDE);
            });
            if !is_tiny {
                marks::line_ui(ui, view, record, room > marks::WIDE);
            }
            return;
        }
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            ui.allocate_ui_with_layout(vec2(beside, 0.0), Layout::top_down(Align::Min), |ui| {
                title_ui(ui, row);
                if fits_beside {
                    facts_ui(ui, row, &facts);
                }
            });
            let rest = vec2(ui.available_width(), space::CONTROL);
            ui.allocate_ui_with_layout(rest, Layout::right_to_left(Align::Min), |ui| {
                marks::buttons_ui(ui, view, record, has_room);
                ui.spacing_mut().item_spacing.x = space::S;
                export_menu_ui(ui, view, record);
                copy_note_ui(ui, view, record);
            });
        });
        if !fits_beside {
            facts_ui(ui, row, &facts);
        }
        if !is_tiny {
            marks::line_ui(ui, view, record, has_room);
        }
    });
    ui.add_space(-ui.spacing().item_spacing.y);
}

fn title_ui(ui: &mut Ui, row: Option<&Consultation>) {
    let tokens = tokens(ui);
    let description = row.and_then(|row| row.patient.as_deref()).map(Patient::description).unwrap_or_default();
    let room = ui.available_width() - space::S;
    let described = one_line(ui, short(&description), regular(size::BODY), tokens.text_weak).size().x;
    let name = row.map_or("Consultation", |row| short(row.headline()));
    let name = shortened(ui, name, room - (described + space::L).min(0.5 * room));
    let pieces = [
        (name.as_str(), strong(size::TITLE), tokens.text),
        ("  ", regular(size::BODY), tokens.text),
        (short(&description), regular(size::BODY), tokens.text_weak),
    ];
    let used = if description.is_empty() { 1 } else { 3 };
    let title = elided(ui, pieces.get(..used).unwrap_or(&pieces), room);
    let whole = row.map(|row| format!("{}\n{}", short(row.headline()), short(&description))).unwrap_or_default();
    let title = ui.add(Label::new(title).show_tooltip_when_elided(false));
    title.on_hover_text(whole.trim_end());
}

/// A name cut so that what tells two patients of that name apart still fits beside it.
fn shortened(ui: &Ui, name: &str, room: f32) -> String {
    let width = one_line(ui, name, strong(size::TITLE), tokens(ui).text).size().x;
    if width <= room {
        return name.to_owned();
    }
    let letters = name.chars().count() as f32;
    let kept = (letters * room / width).floor() as usize;
    let cut: String = name.chars().take(kept.saturating_sub(1).max(1)).collect();
    format!("{}…", cut.trim_end())
}

/// The second line, in local time; the moment itself is in the tooltip.
fn facts_ui(ui: &mut Ui, row: Option<&Consultation>, facts: &str) {
    let Some(row) = row.filter(|_| !facts.is_empty()) else { return };
    let line = elided(ui, &[(facts, regular(size::SMALL), tokens(ui).text_weak)], ui.available_width());
    let tooltip = format!("{facts}\n{}", row.started_at.format("%Y-%m-%d %H:%M:%S UTC"));
    ui.add(Label::new(line).show_tooltip_when_elided(false)).on_hover_text(tooltip);
}

fn copy_note_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let has_note = record.reading().is_some_and(|reading| reading.soap.is_some());
    let button = Button::new("Copy note").kind(Kind::Primary);
    let response = ui.add_enabled(has_note, button);
    let response = response.on_disabled_hover_text("There is no SOAP note to copy yet");
    let keys = Action::CopyNote.keys(ui.ctx().os().is_mac());
    if response.on_hover_text(format!("Copy the whole SOAP note ({keys})")).clicked() {
        view.send(RecordCommand::CopyNote);
    }
}
