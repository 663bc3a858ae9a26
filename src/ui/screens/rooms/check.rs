//! What of the day is left for a person: appointments without a recording, recordings without an appointment.

use crate::domain::Consultation;
use crate::domain::live::Appointment;
use crate::domain::live::day::clock_words;
use crate::domain::live::pairing::{Decision, WhyOpen};
use crate::state::board::{BoardCommand, CheckRow, Subject};
use crate::ui::screens::page::{heading_ui, panel_ui, weak_ui};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Column, Columns, Kind, table};
use eframe::egui::{Align, Id, Label, Layout, Margin, Rect, RichText, Ui, UiBuilder, vec2};

const COLUMNS: [Column; 3] = [
    Column { head: "Appointment", width: 150.0, stretch: 1.0 },
    Column { head: "Recording", width: 150.0, stretch: 1.0 },
    Column { head: "", width: 276.0, stretch: 0.0 },
];
/// Narrower tables have the actions below the words.
const NARROW: f32 = 580.0;

pub(super) fn check_ui(ui: &mut Ui, view: &View<'_>) {
    let board = &view.state.board;
    if !board.has_appointments {
        return;
    }
    panel_ui(ui, Margin { left: 8, right: 8, top: 12, bottom: 10 }, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        ui.horizontal(|ui| {
            ui.add_space(space::S);
            heading_ui(ui, "To check");
            if let Some(said) = &board.last_said {
                undo_ui(ui, view, said);
            }
        });
        if board.to_check.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(space::S);
                weak_ui(
                    ui,
                    "Nothing. Every appointment that has passed and every recording of the day is accounted for.",
                );
            });
            return;
        }
        let width = ui.available_width();
        if width < NARROW {
            for row in &board.to_check {
                narrow_row_ui(ui, view, row);
            }
            return;
        }
        let columns = Columns::of(&COLUMNS, ui.max_rect().left(), width);
        table::head(ui, &columns, &COLUMNS);
        ui.spacing_mut().item_spacing.y = 0.0;
        for row in &board.to_check {
            row_ui(ui, view, &columns, row);
        }
    });
}

/// What was said last, and the way to take it back.
fn undo_ui(ui: &mut Ui, view: &View<'_>, said: &Decision) {
    let words = match said {
        Decision::NoShow(_) => "Marked as no-show.",
        Decision::WalkIn(_) => "Marked as walk-in.",
        Decision::Pair(..) => "Matched.",
    };
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        if ui.add(Button::new("Undo").kind(Kind::Link).height(space::CHIP)).clicked() {
            view.send(BoardCommand::TakeBack(said.clone()));
        }
        let text = RichText::new(words).font(theme::regular(size::SMALL)).color(theme::tokens(ui).text_weak);
        ui.add(Label::new(text));
    });
}

fn row_ui(ui: &mut Ui, view: &View<'_>, columns: &Columns, row: &CheckRow) {
    let tokens = theme::tokens(ui);
    let rect = table::next_line(ui);
    let (appointment, recording) = sides(view, row);
    let spoken = format!("Appointment: {appointment}. Recording: {recording}");
    let response = table::line(ui, rect, id(row), &spoken);
    let font = theme::regular(size::CONTROL);
    let color = |is_there: bool| if is_there { tokens.text } else { tokens.text_weak };
    let is_cut = columns.write(ui, (0, rect), (&appointment, font.clone(), color(row.appointment.is_some())))
        | columns.write(ui, (1, rect), (&recording, font, color(row.recording.is_some())));
    if is_cut {
        response.on_hover_text(format!("{appointment}\n{recording}"));
    }
    let place = columns.cell(2, rect).unwrap_or(Rect::NOTHING);
    let builder = UiBuilder::new().max_rect(place).layout(Layout::left_to_right(Align::Center));
    actions_ui(&mut ui.new_child(builder), view, row);
}

fn narrow_row_ui(ui: &mut Ui, view: &View<'_>, row: &CheckRow) {
    let (appointment, recording) = sides(view, row);
    ui.horizontal_wrapped(|ui| {
        ui.add_space(space::S);
        weak_ui(ui, &format!("Appointment: {appointment} · Recording: {recording}"));
    });
    ui.horizontal_wrapped(|ui| {
        ui.add_space(space::XS);
        actions_ui(ui, view, row);
    });
}

fn id(row: &CheckRow) -> Id {
    match &row.subject {
        Subject::Appointment(id) => Id::unique(("check appointment", id.0)),
        Subject::Recording(key) => Id::unique(("check recording", key.as_text())),
    }
}

/// What stands in the two columns.
fn sides(view: &View<'_>, row: &CheckRow) -> (String, String) {
    let why = if row.why == WhyOpen::NoneFound { "none found" } else { row.why.words() };
    let appointment = row.appointment.as_ref().map(|one| appointment_words(view, one, &row.room));
    let recording = row.recording.as_ref().map(|one| recording_words(view, one, &row.room));
    (appointment.unwrap_or_else(|| why.to_owned()), recording.unwrap_or_else(|| why.to_owned()))
}

/// `12:30 Milo, recheck · Room 2`.
pub(in crate::ui) fn appointment_words(view: &View<'_>, appointment: &Appointment, room: &str) -> String {
    let at = appointment.starts_at.map(|at| clock_words(at, super::zone(view))).unwrap_or_default();
    let name = appointment.patient_name.as_deref().filter(|name| !name.trim().is_empty()).unwrap_or("Appointment");
    let note = appointment.note.as_deref().map(str::trim).filter(|note| !note.is_empty());
    let note = note.map(|note| format!(", {note}")).unwrap_or_default();
    format!("{at} {name}{note} · {room}").trim_start().to_owned()
}

/// `11:20 Bella, Labrador · Room 1`.
pub(in crate::ui) fn recording_words(view: &View<'_>, recording: &Consultation, room: &str) -> String {
    let at = clock_words(recording.started_at, super::zone(view));
    let breed = recording.patient.as_deref().and_then(|patient| patient.breed.clone());
    let breed = breed.filter(|breed| !breed.trim().is_empty()).map(|breed| format!(", {breed}")).unwrap_or_default();
    format!("{at} {}{breed} · {room}", recording.headline())
}

fn actions_ui(ui: &mut Ui, view: &View<'_>, row: &CheckRow) {
    ui.spacing_mut().item_spacing = vec2(space::XS, 0.0);
    let (appointment, recording) = sides(view, row);
    let (plain, decision, open, about) = match &row.subject {
        Subject::Appointment(id) => ("No-show", Decision::NoShow(*id), "Was in another room…", appointment),
        Subject::Recording(key) => ("Walk-in", Decision::WalkIn(key.clone()), "Match…", recording),
    };
    let button = |ui: &mut Ui, words: &str| {
        let name = format!("{words}, {about}");
        ui.add(Button::new(words).kind(Kind::Link).height(space::CHIP).accessible_name(&name)).clicked()
    };
    if button(ui, plain) {
        view.send(BoardCommand::Decide(decision));
    }
    // Where something of the same room could be meant, it was not in another one.
    let open = if row.appointment.is_some() && !matches!(row.why, WhyOpen::NoneFound | WhyOpen::OtherRoom) {
        "Match…"
    } else {
        open
    };
    if button(ui, open) {
        view.send(BoardCommand::AskToMatch(row.subject.clone()));
    }
}
