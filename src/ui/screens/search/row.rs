//! One hit: whose consultation and when, who said it, and the sentence with the words marked.
//! A screen reader hears the same as one sentence.

use crate::domain::{Consultation, HitPlace, Patient, SearchHit, Vet};
use crate::state::SearchCommand;
use crate::ui::format;
use crate::ui::theme::{self, Tokens, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::text::{LayoutJob, TextFormat, TextWrapping};
use eframe::egui::{Align, Color32, CursorIcon, FontId, Galley, Rect, Role, Sense, Ui, pos2, vec2};
use std::sync::Arc;

/// One line of facts and two of the sentence.
pub(super) const HEIGHT: f32 = 84.0;
const BAR: f32 = 3.0;
/// Below this only the date stands at the right.
const NARROW: f32 = 560.0;
/// A longer line of text tires the eye.
const WIDEST: f32 = 820.0;

pub(super) fn row_ui(ui: &mut Ui, view: &View<'_>, (index, hit): (usize, &SearchHit), rect: Rect) {
    let tokens = theme::tokens(ui);
    let is_selected = view.state.search.selected == index;
    let id = ui.make_persistent_id(("hit", &hit.consultation.key));
    let response = ui.interact(rect, id, Sense::click());
    widgets::speak_selected(&response, Role::ListBoxOption, &spoken(view, hit), is_selected);
    let ground = match (is_selected, response.hovered() || response.has_focus()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 0.0, ground);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
    if is_selected {
        ui.painter().rect_filled(rect.with_max_x(rect.left() + BAR), 0.0, tokens.accent);
    }
    widgets::paint_focus(ui.painter(), &response, rect.shrink(1.0), tokens);
    let inside = rect.shrink2(vec2(space::L, 0.0));
    facts_line(ui, view, hit, inside);
    let galley = sentence(ui, hit, tokens, inside.width().min(WIDEST));
    ui.painter().galley(pos2(inside.left(), rect.top() + 33.0), galley, tokens.text);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() {
        view.send(SearchCommand::Open(index));
    }
}

fn facts_line(ui: &Ui, view: &View<'_>, hit: &SearchHit, rect: Rect) {
    let tokens = theme::tokens(ui);
    let consultation = &*hit.consultation;
    let middle = rect.top() + 19.0;
    let is_narrow = rect.width() < NARROW;
    let text = if is_narrow { moment(view, consultation) } else { facts(view, hit) };
    let right = widgets::elided(ui, &[(&text, theme::regular(size::SMALL), tokens.text_weak)], rect.width() * 0.6);
    let at = pos2(rect.right() - right.size().x, middle - right.size().y / 2.0);
    let room = rect.width() - right.size().x - space::M;
    ui.painter().galley(at, right, tokens.text_weak);
    let detail = consultation.patient.as_deref().map(Patient::description).unwrap_or_default();
    let detail = if detail.is_empty() { detail } else { format!("  {detail}") };
    let name = (consultation.headline(), theme::strong(size::BODY), tokens.text);
    let detail = (detail.as_str(), theme::regular(size::SMALL), tokens.text_weak);
    let left = widgets::elided(ui, &[name, detail], room);
    ui.painter().galley(pos2(rect.left(), middle - left.size().y / 2.0), left, tokens.text);
}

fn moment(view: &View<'_>, consultation: &Consultation) -> String {
    format::as_of(consultation.started_at, view.now, view.zone())
}

/// `3 places · Room 1 · Dr. Roth · Fri 20 Nov, 13:40`.
fn facts(view: &View<'_>, hit: &SearchHit) -> String {
    let consultation = &*hit.consultation;
    let mut parts: Vec<String> = Vec::with_capacity(4);
    if hit.count > 1 {
        parts.push(format!("{} places", format::count(hit.count)));
    }
    parts.extend(consultation.room.as_ref().map(|room| room.short_name().to_owned()));
    parts.extend(consultation.vet.as_deref().map(Vet::short_name).filter(|name| !name.is_empty()));
    parts.push(moment(view, consultation));
    parts.join(" · ")
}

/// Who said it, or where it is written.
fn source(hit: &SearchHit) -> &str {
    match hit.place {
        HitPlace::Turn { .. } => hit.speaker.as_deref().unwrap_or("Transcript"),
        HitPlace::Section { .. } => hit.section.as_deref().unwrap_or("SOAP note"),
        HitPlace::Row => "Patient",
    }
}

fn sentence(ui: &Ui, hit: &SearchHit, tokens: &Tokens, width: f32) -> Arc<Galley> {
    let wrap = TextWrapping { max_width: width.max(1.0), max_rows: 2, ..TextWrapping::default() };
    let mut job = LayoutJob { wrap, break_on_newline: false, ..LayoutJob::default() };
    let format = |font_id: FontId, color, background| TextFormat {
        font_id,
        color,
        background,
        line_height: Some(21.0),
        valign: Align::Center,
        ..TextFormat::default()
    };
    let color = if matches!(hit.place, HitPlace::Section { .. }) { tokens.accent } else { tokens.text_weak };
    job.append(source(hit), 0.0, format(theme::strong(size::SMALL), color, Color32::TRANSPARENT));
    let mut gap = space::S;
    let mut at = 0;
    let mut append = |range: std::ops::Range<usize>, background| {
        let Some(text) = hit.sentence.get(range).filter(|text| !text.is_empty()) else { return };
        job.append(text, std::mem::take(&mut gap), format(theme::regular(size::BODY), tokens.text, background));
    };
    for mark in &hit.marked {
        append(at..mark.start, Color32::TRANSPARENT);
        append(mark.clone(), tokens.hit);
        at = mark.end;
    }
    append(at..hit.sentence.len(), Color32::TRANSPARENT);
    ui.painter().layout_job(job)
}

/// `Bella, Golden Retriever, Room 1, Dr. Ana Roth, Today 13:40. Owner: She limps.`
fn spoken(view: &View<'_>, hit: &SearchHit) -> String {
    let consultation = &*hit.consultation;
    let mut parts = vec![consultation.headline().to_owned()];
    parts.extend(consultation.patient.as_ref().and_then(|patient| patient.breed.clone()));
    parts.extend(consultation.room.as_ref().map(|room| room.short_name().to_owned()));
    parts.extend(consultation.vet.as_deref().map(Vet::display_name));
    parts.push(format::spoken_moment(consultation.started_at, view.now, view.zone()));
    parts.retain(|part| !part.trim().is_empty());
    format!("{}. {}: {}", parts.join(", "), source(hit), hit.sentence)
}
