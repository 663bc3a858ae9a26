//! Says what an unclear appointment or recording was: what fits best stands first, a person decides.

use super::{cancel_button, end_row, modal, paragraph, plain_line, scrolled, title_row};
use crate::domain::live::day::clock_words;
use crate::state::board::{BoardCommand, Choice, Subject};
use crate::ui::screens::rooms::{appointment_words, recording_words};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Tone, paint_badge, paint_focus, speak};
use eframe::egui::{CursorIcon, Sense, Stroke, StrokeKind, Ui, accesskit::Role, pos2, vec2};

const ROW: f32 = 48.0;
/// Room of "Likely".
const LIKELY: f32 = 66.0;

pub(super) fn match_ui(ui: &Ui, view: &View<'_>) {
    let Some(matching) = &view.state.board.matching else { return };
    let row = &matching.row;
    let is_appointment = matches!(row.subject, Subject::Appointment(_));
    let head = if is_appointment { "Which recording was it?" } else { "Which appointment was it?" };
    modal(ui, view, "match", 540.0, |ui| {
        title_row(ui, view, head);
        let about = match (&row.appointment, &row.recording) {
            (Some(appointment), _) => format!("Appointment {}", appointment_words(view, appointment, &row.room)),
            (None, Some(recording)) => format!("Recording {}", recording_words(view, recording, &row.room)),
            (None, None) => String::new(),
        };
        plain_line(ui, &about);
        paragraph(ui, "Your answer is kept on this computer only; nothing is sent to NxVET or NexHealth.");
        ui.add_space(space::XS);
        if matching.choices.is_empty() {
            let what = if is_appointment { "recording" } else { "appointment" };
            paragraph(ui, &format!("No {what} of this day is left without a partner."));
        }
        scrolled(ui, 230.0, |ui| {
            ui.spacing_mut().item_spacing.y = space::XS;
            for choice in &matching.choices {
                choice_ui(ui, view, choice);
            }
        });
        end_row(ui, |ui| cancel_button(ui, view));
    });
}

fn choice_ui(ui: &mut Ui, view: &View<'_>, choice: &Choice) {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let zone = view.state.board.zone_or(view.zone());
    let from = clock_words(choice.at, zone);
    let when = choice.until.map_or_else(|| from.clone(), |until| format!("{from} – {}", clock_words(until, zone)));
    let facts = format!("{when} · {}", choice.room);
    let likely = if choice.is_likely { ", likely" } else { "" };
    let name = if choice.name.is_empty() { "No name" } else { &choice.name };
    speak(&response, Role::Button, &format!("{name}, {}, {facts}{likely}", choice.detail).replace(", , ", ", "));
    let fill = if response.hovered() || response.has_focus() { tokens.hover } else { tokens.panel };
    let border = Stroke::new(1.0, tokens.line);
    ui.painter().rect(rect, theme::radius(space::RADIUS), fill, border, StrokeKind::Inside);
    paint_focus(ui.painter(), &response, rect, tokens);
    let left = rect.left() + space::M;
    let room = rect.width() - 2.0 * space::M - LIKELY;
    let title = [
        (name, theme::strong(size::CONTROL), tokens.text),
        ("  ", theme::regular(size::SMALL), tokens.text_weak),
        (choice.detail.as_str(), theme::regular(size::SMALL), tokens.text_weak),
    ];
    let galley = widgets::elided(ui, &title, room);
    ui.painter().galley(pos2(left, rect.top() + 6.0), galley, tokens.text);
    let galley = widgets::elided(ui, &[(&facts, theme::regular(size::SMALL), tokens.text_weak)], room);
    ui.painter().galley(pos2(left, rect.top() + 25.0), galley, tokens.text_weak);
    if choice.is_likely {
        paint_badge(ui, "Likely", Tone::Ok, pos2(rect.right() - LIKELY, rect.center().y));
    } else if response.hovered() {
        let at = pos2(rect.right() - space::XL, rect.center().y);
        ui.painter().text(at, eframe::egui::Align2::CENTER_CENTER, icons::PAIR, icons::font(size::ICON), tokens.accent);
    }
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        view.send(BoardCommand::Decide(choice.decision.clone()));
    }
}
