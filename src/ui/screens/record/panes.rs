//! Transcript and SOAP note side by side with a splitter, or as two tabs where there is little room.
//! Says in words why one of them is missing.

use super::RecordMemory;
use super::banner::failure_ui;
use super::pane::{Head, pane_ui};
use super::provisional::{self, shown};
use super::soap::soap_ui;
use super::transcript::transcript_ui;
use super::words::{no_soap, no_transcript};
use crate::domain::plain_text::DRAFT_NOTICE;
use crate::state::{FindCommand, OpenRecord, Pane, Place, RecordCommand, SettingsCommand};
use crate::ui::action::Action;
use crate::ui::theme::{icons, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, empty_state};
use eframe::egui::{CursorIcon, Rangef, Rect, Role, Sense, Stroke, Ui, UiBuilder, WidgetInfo, pos2};
use std::time::Duration;

const GAP: f32 = 12.0;
/// A pane is never dragged narrower.
const LEAST_PANE: f32 = 240.0;
/// With less for each pane than this, or in a narrower window, tabs take over.
const TABS_BELOW_PANE: f32 = 300.0;
const TABS_BELOW_WINDOW: f32 = 1_100.0;
const ABSENT_WIDTH: f32 = 280.0;
/// Nothing is said about loading before this.
const QUIET_MS: i64 = 300;

pub(super) fn panes_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, record: &OpenRecord) {
    if let (None, Some(problem)) = (shown(view, record), record.notes.problem()) {
        failure_ui(ui, view, problem);
        return;
    }
    let area = ui.available_rect_before_wrap();
    if area.height() < 60.0 || area.width() < 60.0 {
        return;
    }
    let window = ui.ctx().content_rect().width();
    if window < TABS_BELOW_WINDOW || area.width() < 2.0 * TABS_BELOW_PANE + GAP {
        tabs_ui(ui, view, memory, record);
    } else {
        split_ui(ui, view, memory, record);
    }
}

fn split_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, record: &OpenRecord) {
    let area = ui.available_rect_before_wrap();
    let share = memory.split.unwrap_or(view.state.settings.notes_split);
    let middle = middle_of(area, share);
    let left = Rect::from_min_max(area.min, pos2(middle - GAP / 2.0, area.bottom()));
    let right = Rect::from_min_max(pos2(middle + GAP / 2.0, area.top()), area.max);
    ui.push_id("transcript", |ui| {
        let head = Head { titles: &["Transcript"], shown: 0, label: transcript_label(view, record) };
        pane_ui(ui, left, &head, |ui| find_ui(ui, view), |ui| transcript_body(ui, view, memory, record));
    });
    ui.push_id("soap", |ui| {
        let head = Head { titles: &["SOAP note"], shown: 0, label: draft_label(view, record) };
        pane_ui(ui, right, &head, |_| {}, |ui| soap_body(ui, view, memory, record));
    });
    let gap = Rect::from_min_max(pos2(left.right(), area.top()), pos2(right.left(), area.bottom()));
    splitter_ui(ui, view, memory, (area, gap));
}

/// Where the gap's middle stands so that both panes keep their least width.
fn middle_of(area: Rect, share: f32) -> f32 {
    let least = LEAST_PANE + GAP / 2.0;
    (area.left() + share * area.width()).clamp(area.left() + least, (area.right() - least).max(area.left() + least))
}

fn splitter_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, (area, gap): (Rect, Rect)) {
    let sense = Sense::click_and_drag() - Sense::FOCUSABLE;
    let response = ui.interact(gap, ui.scope_id().with("splitter"), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::Splitter, true, "Width of transcript and SOAP note"));
    if let Some(pointer) = response.interact_pointer_pos().filter(|_| response.dragged()) {
        let middle = middle_of(area, (pointer.x - area.left()) / area.width());
        memory.split = Some((middle - area.left()) / area.width());
    }
    if response.double_clicked() {
        memory.split = None;
        view.send(SettingsCommand::NotesSplit(0.5));
    } else if response.drag_stopped()
        && let Some(share) = memory.split.take()
    {
        view.send(SettingsCommand::NotesSplit(share));
    }
    if response.hovered() || response.dragged() {
        let stroke = Stroke::new(2.0, tokens(ui).accent);
        ui.painter().vline(gap.center().x, area.y_range().shrink(8.0), stroke);
    }
    response.on_hover_and_drag_cursor(CursorIcon::ResizeHorizontal);
}

fn tabs_ui(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, record: &OpenRecord) {
    let area = ui.available_rect_before_wrap();
    show_pane_of_hit(view, memory, record);
    let is_soap = record.pane == Pane::Soap;
    let label = if is_soap { draft_label(view, record) } else { transcript_label(view, record) };
    let head = Head { titles: &["Transcript", "SOAP note"], shown: usize::from(is_soap), label };
    let find = |ui: &mut Ui| {
        if !is_soap {
            find_ui(ui, view);
        }
    };
    let clicked = pane_ui(ui, area, &head, find, |ui| {
        if is_soap {
            ui.push_id("soap", |ui| soap_body(ui, view, memory, record));
        } else {
            ui.push_id("transcript", |ui| transcript_body(ui, view, memory, record));
        }
    });
    match clicked {
        Some(0) if is_soap => view.send(RecordCommand::ShowPane(Pane::Transcript)),
        Some(1) if !is_soap => view.send(RecordCommand::ShowPane(Pane::Soap)),
        _ => {}
    }
}

/// Stepping to a hit in the other note turns to its tab; the hit scrolls into sight once that is drawn.
fn show_pane_of_hit(view: &View<'_>, memory: &RecordMemory, record: &OpenRecord) {
    let wanted = match record.find.as_ref().and_then(|find| find.current_hit()).map(|hit| hit.place) {
        Some(Place::Turn(_)) if memory.reveals.transcript => Pane::Transcript,
        Some(Place::Section(_)) if memory.reveals.soap => Pane::Soap,
        _ => return,
    };
    if record.pane != wanted {
        view.send(RecordCommand::ShowPane(wanted));
    }
}

/// The label that no SOAP note is ever without.
fn draft_label(view: &View<'_>, record: &OpenRecord) -> &'static str {
    match shown(view, record) {
        Some(shown) if shown.is_provisional => provisional::NOTICE,
        Some(shown) if shown.reading.soap.is_some() => DRAFT_NOTICE,
        _ => "",
    }
}

/// NxVET's own transcript needs none.
fn transcript_label(view: &View<'_>, record: &OpenRecord) -> &'static str {
    let is_provisional = shown(view, record).is_some_and(|shown| shown.is_provisional);
    if is_provisional { provisional::NOTICE } else { "" }
}

fn find_ui(ui: &mut Ui, view: &View<'_>) {
    let button = Button::new("Find").icon(icons::SEARCH).kind(Kind::Quiet).height(28.0);
    if ui.add(button).on_hover_text(Action::Find.tooltip(ui.ctx().os().is_mac())).clicked() {
        view.send(FindCommand::Open);
    }
}

fn transcript_body(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, record: &OpenRecord) {
    let Some(reading) = shown(view, record).map(|shown| shown.reading) else { return loading_ui(ui, view, memory) };
    if reading.transcript.as_ref().is_some_and(|transcript| !transcript.turns.is_empty()) {
        transcript_ui(ui, memory, reading, record.find.as_ref());
    } else {
        absent_ui(ui, icons::CLOCK, &no_transcript(record, view.now));
    }
}

fn soap_body(ui: &mut Ui, view: &View<'_>, memory: &mut RecordMemory, record: &OpenRecord) {
    let Some(reading) = shown(view, record).map(|shown| shown.reading) else { return loading_ui(ui, view, memory) };
    if memory.notes.is_empty() {
        absent_ui(ui, icons::NOTE, &no_soap(record, view.now));
    } else {
        soap_ui(ui, view, memory, reading);
    }
}

/// Words in the middle of a pane, narrow enough that a sentence takes a line of its own.
fn absent_ui(ui: &mut Ui, icon: &str, words: &str) {
    let area = ui.available_rect_before_wrap();
    let middle = Rect::from_x_y_ranges(
        Rangef::point(area.center().x).expand(area.width().min(ABSENT_WIDTH) / 2.0),
        area.y_range(),
    );
    ui.scope_builder(UiBuilder::new().max_rect(middle), |ui| empty_state(ui, icon, "", words, |_| {}));
}

fn loading_ui(ui: &mut Ui, view: &View<'_>, memory: &RecordMemory) {
    let left = QUIET_MS - memory.open_for_ms(view.now);
    if left > 0 {
        ui.ctx().request_repaint_after(Duration::from_millis(left.unsigned_abs()));
    } else {
        absent_ui(ui, "", "Loading…");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_panes_keep_their_least_width() {
        let area = Rect::from_min_max(pos2(100.0, 0.0), pos2(900.0, 500.0));
        assert!((middle_of(area, 0.5) - 500.0).abs() < 0.1);
        assert!((middle_of(area, 0.0) - 346.0).abs() < 0.1);
        assert!((middle_of(area, 1.0) - 654.0).abs() < 0.1);
    }
}
