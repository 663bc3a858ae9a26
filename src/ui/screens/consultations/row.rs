//! One consultation in two lines: who, when; where and with whom, how far it has come.
//! A screen reader hears the same as one sentence.

use crate::domain::{Consultation, GroupBy, Mark, Marks, RecordKind, Stage, link};
use crate::state::{Command, LinkCommand, ListCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, Tokens, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, MenuItem, menu_item};
use crate::ui::{format, mark_words};
use eframe::egui::{Color32, CursorIcon, Popup, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

const GONE: &str = "No longer on NxVET";
const BAR: f32 = 3.0;
const MENU_WIDTH: f32 = 260.0;

pub fn row_ui(ui: &mut Ui, view: &View<'_>, consultation: &Consultation, rect: Rect) {
    let tokens = theme::tokens(ui);
    let is_selected = view.state.list.selected.as_ref() == Some(&consultation.key);
    let id = ui.make_persistent_id(("row", &consultation.key));
    let response = ui.interact(rect, id, Sense::click());
    let spoken = sentence(view, consultation);
    widgets::speak_selected(&response, Role::ListBoxOption, &spoken, is_selected);
    let ground = match (is_selected, response.hovered() || response.has_focus()) {
        (true, _) => tokens.selection,
        (false, true) => tokens.hover,
        (false, false) => Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect, 0.0, ground);
    if is_selected {
        ui.painter().rect_filled(rect.with_max_x(rect.left() + BAR), 0.0, tokens.accent);
    }
    widgets::paint_focus(ui.painter(), &response, rect.shrink(1.0), tokens);
    let inside = rect.shrink2(vec2(space::L, 0.0));
    let (is_facts_cut, badges) = second_line(ui, view, consultation, inside);
    let is_cut = first_line(ui, view, consultation, inside) | is_facts_cut;
    if response.clicked() {
        view.send(ListCommand::Select(consultation.key.clone()));
    }
    menu_ui(&response, view, consultation);
    let is_over_badges = response.hover_pos().is_some_and(|pointer| badges.contains(pointer));
    let response = response.on_hover_cursor(CursorIcon::PointingHand);
    match view.state.marks.of(&consultation.key) {
        Some(marks) if is_over_badges => {
            response.on_hover_text(mark_words::tooltip(marks, view.now, view.zone()));
        }
        _ if is_cut => drop(response.on_hover_text(spoken)),
        _ => {}
    }
}

/// What a click with the other button offers.
fn menu_ui(response: &Response, view: &View<'_>, consultation: &Consultation) {
    Popup::context_menu(response).width(MENU_WIDTH).show(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let is_mac = ui.ctx().os().is_mac();
        let key = &consultation.key;
        let has_link = link::to(key).is_some();
        let items: [(Action, bool, Command); 2] = [
            (Action::OpenSelected, true, ListCommand::Select(key.clone()).into()),
            (Action::CopyLink, has_link, LinkCommand::CopyTo(key.clone()).into()),
        ];
        for (action, is_enabled, command) in items {
            let keys = action.keys(is_mac);
            let item = MenuItem { icon: action.icon(), trailing: &keys, is_enabled, ..MenuItem::new(action.text()) };
            if menu_item(ui, &item).clicked() {
                view.send(command);
                ui.close();
            }
        }
    });
}

/// Returns whether it had to be cut short.
fn first_line(ui: &Ui, view: &View<'_>, consultation: &Consultation, rect: Rect) -> bool {
    let tokens = theme::tokens(ui);
    let when = widgets::one_line(ui, &moment(view, consultation), theme::regular(size::SMALL), tokens.text_weak);
    let room = rect.width() - when.size().x - space::M;
    let middle = rect.top() + 18.0;
    let at = pos2(rect.right() - when.size().x, middle - when.size().y / 2.0);
    ui.painter().galley(at, when, tokens.text_weak);
    let detail = consultation.patient.as_deref().map(crate::domain::Patient::description).unwrap_or_default();
    // A long name leaves room for what tells same-named patients apart.
    let name_room = if detail.is_empty() { room } else { room * 0.62 };
    let name = (consultation.headline(), theme::strong(size::BODY), name_color(consultation, tokens));
    let name = widgets::elided(ui, &[name], name_room);
    let left = rect.left() + name.size().x + 6.0;
    let top = middle - name.size().y / 2.0;
    let name_bottom = top + name.size().y;
    let is_cut = name.elided;
    ui.painter().galley(pos2(rect.left(), top), name, tokens.text);
    if detail.is_empty() {
        return is_cut;
    }
    let detail = (detail.as_str(), theme::regular(size::SMALL), tokens.text_weak);
    let detail = widgets::elided(ui, &[detail], rect.left() + room - left);
    let at = pos2(left, name_bottom - detail.size().y - 1.0);
    let is_cut = is_cut || detail.elided;
    ui.painter().galley(at, detail, tokens.text_weak);
    is_cut
}

/// Returns whether it had to be cut short, and where the marks are.
fn second_line(ui: &Ui, view: &View<'_>, consultation: &Consultation, rect: Rect) -> (bool, Rect) {
    let tokens = theme::tokens(ui);
    let marks = view.state.marks.of(&consultation.key);
    let (words, icon, color) = standing(consultation, marks, tokens);
    let stage = widgets::icon_text(ui, icon, words, theme::strong(size::CAPTION), color);
    let middle = rect.top() + 38.5;
    let mut left = rect.right() - stage.size().x;
    ui.painter().galley(pos2(left, middle - stage.size().y / 2.0), stage, color);
    for (icon, color) in marks.map(|marks| beside(marks, words, tokens)).unwrap_or_default() {
        let icon = widgets::one_line(ui, icon, icons::font(size::SMALL), color);
        let gap = if left < rect.right() { space::S } else { 0.0 };
        left -= icon.size().x + gap;
        ui.painter().galley(pos2(left, middle - icon.size().y / 2.0), icon, color);
    }
    let badges = Rect::from_x_y_ranges(left..=rect.right(), middle - 12.0..=middle + 12.0);
    let room = left - rect.left() - space::M;
    let facts = facts(consultation);
    let facts = widgets::elided(ui, &[(&facts, theme::regular(size::SMALL), tokens.text_weak)], room);
    let at = pos2(rect.left(), middle - facts.size().y / 2.0);
    let is_cut = facts.elided;
    ui.painter().galley(at, facts, tokens.text_weak);
    (is_cut, badges)
}

/// The furthest the work has come, as a word: while a note is still being written that says more than a mark.
fn standing(
    consultation: &Consultation,
    marks: Option<&Marks>,
    tokens: &Tokens,
) -> (&'static str, &'static str, Color32) {
    let is_settled = !consultation.is_gone && !consultation.stage.is_pending();
    let set = |mark: Mark| is_settled && marks.is_some_and(|marks| marks.get(mark).is_some());
    if let Some(mark) = [Mark::Copied, Mark::Reviewed].into_iter().find(|mark| set(*mark)) {
        (mark.words(), mark_words::icon(mark), tokens.accent)
    } else {
        let (words, color) = stage(consultation, tokens);
        (words, "", color)
    }
}

/// Icons of what the word does not say, from right to left; the tooltip and the spoken sentence name them.
fn beside(marks: &Marks, words: &str, tokens: &Tokens) -> Vec<(&'static str, Color32)> {
    let color = |mark| if mark == Mark::FollowUp { tokens.warn } else { tokens.accent };
    let set = Mark::ALL.into_iter().rev().filter(|mark| marks.get(*mark).is_some() && mark.words() != words);
    let remark = (!marks.remark.is_empty()).then_some((icons::REMARK, tokens.text_weak));
    remark.into_iter().chain(set.map(|mark| (mark_words::icon(mark), color(mark)))).collect()
}

fn name_color(consultation: &Consultation, tokens: &Tokens) -> Color32 {
    if consultation.is_gone { tokens.text_weak } else { tokens.text }
}

/// The time under a day's heading, the date under any other.
fn moment(view: &View<'_>, consultation: &Consultation) -> String {
    match view.state.list.group_by {
        GroupBy::Time => format::time_of_day(consultation.started_at, view.zone()),
        _ => format::short_date(consultation.started_at, view.now, view.zone()),
    }
}

/// `Room 1 · Dr. Roth · 25 min`.
fn facts(consultation: &Consultation) -> String {
    let mut parts: Vec<String> = Vec::with_capacity(4);
    parts.extend(consultation.room.as_ref().map(|room| room.short_name().to_owned()));
    parts.extend(consultation.vet.as_deref().map(crate::domain::Vet::short_name).filter(|name| !name.is_empty()));
    if !matches!(consultation.kind, RecordKind::Consultation | RecordKind::Conversation) {
        parts.push(consultation.kind.words().to_owned());
    }
    parts.extend(consultation.duration_minutes().map(format::minutes));
    parts.join(" · ")
}

fn stage(consultation: &Consultation, tokens: &Tokens) -> (&'static str, Color32) {
    if consultation.is_gone {
        return (GONE, tokens.text_weak);
    }
    let color = match consultation.stage {
        Stage::Recording => tokens.accent,
        Stage::Transcribing | Stage::WritingNote => tokens.warn,
        Stage::Ready => tokens.ok,
        Stage::TranscriptOnly | Stage::Unknown => tokens.text_weak,
    };
    (consultation.stage.words(), color)
}

/// `Bella, Golden Retriever, Female, Room 1, Dr. Ana Roth, Today 13:40, Ready`.
pub fn sentence(view: &View<'_>, consultation: &Consultation) -> String {
    let mut parts: Vec<String> = vec![consultation.headline().to_owned()];
    if let Some(patient) = &consultation.patient {
        let known = [&patient.breed, &patient.sex].into_iter().flatten();
        parts.extend(known.map(|part| part.trim().to_owned()));
    }
    parts.extend(consultation.room.as_ref().map(|room| room.short_name().to_owned()));
    parts.extend(consultation.vet.as_deref().map(crate::domain::Vet::display_name));
    if !matches!(consultation.kind, RecordKind::Consultation | RecordKind::Conversation) {
        parts.push(consultation.kind.words().to_owned());
    }
    parts.push(format::spoken_moment(consultation.started_at, view.now, view.zone()));
    parts.push(if consultation.is_gone { GONE.to_owned() } else { consultation.stage.words().to_owned() });
    let marks = view.state.marks.of(&consultation.key).map(mark_words::spoken).unwrap_or_default();
    parts.extend(marks.into_iter().map(str::to_owned));
    parts.retain(|part| !part.is_empty());
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples;

    #[test]
    fn a_row_says_all_of_it_in_one_sentence() {
        let desk = samples::desk();
        let view = samples::view(&desk);
        let spoken: Vec<String> = desk.list.view.rows.iter().map(|row| sentence(&view, row)).collect();
        assert_eq!(
            spoken.first().map(String::as_str),
            Some("Bella, Golden Retriever, Female, Room 1, Dr. Ana Roth, Today 13:40, Ready")
        );
        assert!(
            spoken.iter().any(|row| row.starts_with("No patient, Room 3, Button recording, Today 9:02")),
            "{spoken:?}"
        );
        assert!(spoken.iter().any(|row| row.ends_with("No longer on NxVET")));
    }

    #[test]
    fn the_second_line_leaves_out_what_is_not_known() {
        let desk = samples::desk();
        let lines: Vec<String> = desk.list.view.rows.iter().map(|row| facts(row)).collect();
        assert_eq!(lines.first().map(String::as_str), Some("Room 1 · Dr. Roth · 25 min"));
        assert!(lines.iter().all(|line| !line.contains("·  ·") && !line.ends_with("· ")));
    }
}
