//! The search screen: one field, filters, and the sentences that were found.
//! The field keeps the keyboard while the arrows walk through what was found.

mod filters;
mod nothing;
mod results;
mod row;
#[cfg(test)]
mod tests;

use crate::state::SearchCommand;
use crate::ui::Memory;
use crate::ui::format::count;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Field};
use eframe::egui::text::{CCursor, CCursorRange};
use eframe::egui::{
    CentralPanel, Frame, Id, Key, Label, Margin, Modifiers, Popup, Rect, Response, RichText, Role, TextEdit, Ui,
    UiBuilder, WidgetInfo, vec2,
};

/// What only the drawing needs between frames.
#[derive(Default)]
pub struct SearchMemory {
    filters: filters::FilterMemory,
    results: results::ResultsMemory,
    /// The last wish for the keyboard that was followed.
    focused: u64,
}

const FOOTER: f32 = 34.0;
/// Below this the screen's title makes room for what was found.
const LOW: f32 = 420.0;
/// Rows that the page keys go.
const PAGE: i32 = 5;

pub fn search_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let memory = &mut memory.search;
    CentralPanel::default().frame(theme::bare_frame()).show(ui, |ui| {
        let tokens = theme::tokens(ui);
        let rect = ui.max_rect();
        ui.painter().rect_filled(rect, 0.0, tokens.panel);
        let above = rect.with_max_y((rect.bottom() - FOOTER).max(rect.top()));
        let head = ui.scope_builder(UiBuilder::new().max_rect(above), |ui| head_ui(ui, view, memory));
        let body = above.with_min_y(head.response.rect.bottom().min(above.bottom()));
        ui.scope_builder(UiBuilder::new().max_rect(body), |ui| {
            ui.shrink_clip_rect(body);
            body_ui(ui, view, memory);
        });
        footer_ui(ui, view, rect.with_min_y(above.bottom()));
    });
}

fn head_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SearchMemory) {
    let is_low = ui.max_rect().height() < LOW;
    let margin = if is_low { Margin::symmetric(16, 6) } else { Margin { left: 16, right: 16, top: 14, bottom: 10 } };
    let shown = Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::XS, space::S);
        if !is_low {
            let text = RichText::new("Search").font(theme::strong(size::TITLE)).color(theme::tokens(ui).text);
            ui.add(Label::new(text));
        }
        field_ui(ui, view, memory);
        filters::chips_ui(ui, view, &mut memory.filters, is_low);
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, theme::tokens(ui).line));
}

fn field_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SearchMemory) {
    let search = &view.state.search;
    take_keys(ui, view);
    let mut text = search.query.text.clone();
    let name = "Search everything stored";
    let hint = "Words, \"a phrase\", -without this";
    let field = Field { name, hint, icon: icons::SEARCH, id: field_id(), height: 36.0, is_password: false };
    let mut is_cleared = false;
    let response = widgets::field(ui, &mut text, &field, |ui| {
        if !search.query.text.is_empty() {
            is_cleared = widgets::text_icon_button(ui, icons::CLOSE, "Clear the search").clicked();
        }
    });
    if memory.focused != search.focus {
        memory.focused = search.focus;
        take_focus(&response, &text);
    }
    if is_cleared {
        response.request_focus();
        view.send(SearchCommand::Text(String::new()));
    } else if response.changed() {
        view.send(SearchCommand::Text(text));
    }
}

fn field_id() -> Id {
    Id::unique("search everything")
}

/// What was typed before is selected, so that the next letter replaces it.
fn take_focus(response: &Response, text: &str) {
    response.request_focus();
    let all = CCursorRange::two(CCursor::new(0), CCursor::new(text.chars().count()));
    let mut state = TextEdit::load_state(&response.ctx, response.id).unwrap_or_default();
    state.cursor.set_char_range(Some(all));
    TextEdit::store_state(&response.ctx, response.id, state);
}

/// The keys that walk through what was found; taken before the field sees them.
fn take_keys(ui: &Ui, view: &View<'_>) {
    let in_field = ui.memory(|memory| memory.has_focus(field_id()));
    let is_free = in_field || !ui.ctx().egui_wants_keyboard_input();
    if !is_free || Popup::is_any_open(ui.ctx()) || view.state.dialog.is_some() {
        return;
    }
    let (steps, opens) = ui.input_mut(|input| {
        let mut pressed = |key| i32::try_from(input.count_and_consume_key(Modifiers::NONE, key)).unwrap_or(0);
        let rows = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
        let pages = pressed(Key::PageDown) - pressed(Key::PageUp);
        (rows + PAGE * pages, pressed(Key::Enter) > 0)
    });
    let search = &view.state.search;
    if steps != 0 && !search.results.hits.is_empty() {
        view.send(SearchCommand::Move(steps));
    }
    if opens && search.selected_hit().is_some() && !search.is_waiting() {
        view.send(SearchCommand::Open(search.selected));
    }
}

fn body_ui(ui: &mut Ui, view: &View<'_>, memory: &mut SearchMemory) {
    let search = &view.state.search;
    if let Some(problem) = &search.problem {
        Frame::new().inner_margin(Margin::symmetric(16, 12)).show(ui, |ui| {
            ui.set_max_width(ui.available_width().min(560.0));
            widgets::problem_panel(ui, problem);
        });
        return;
    }
    if search.results.hits.is_empty() {
        nothing::nothing_ui(ui, view);
        return;
    }
    results::results_ui(ui, view, &mut memory.results);
}

/// How much was searched, so that "nothing found" can be believed.
fn footer_ui(ui: &Ui, view: &View<'_>, rect: Rect) {
    let tokens = theme::tokens(ui);
    let text = standing(view);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, (1.0, tokens.line));
    let response = ui.interact(rect, Id::unique("search standing"), eframe::egui::Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &text));
    let room = rect.width() - 2.0 * space::L;
    let galley = widgets::elided(ui, &[(&text, theme::regular(size::SMALL), tokens.text_weak)], room);
    let at = rect.left_center() + vec2(space::L, -galley.size().y / 2.0);
    ui.painter().galley(at, galley, tokens.text_weak);
}

fn standing(view: &View<'_>) -> String {
    let results = &view.state.search.results;
    let all = results.indexed + results.waiting;
    if results.waiting > 0 {
        let (indexed, all) = (count(results.indexed), count(all));
        return format!("{indexed} of {all} consultations searched, the rest is still being read.");
    }
    let searched = match all {
        0 => return String::new(),
        1 => "1 consultation searched".to_owned(),
        all => format!("{} consultations searched", count(all)),
    };
    match &view.state.list.progress.backfill {
        Some(backfill) if backfill.done < backfill.of => {
            let (done, of) = (count(backfill.done), count(backfill.of));
            format!("{searched}. The texts of {done} of {of} are here, the rest is still being fetched.")
        }
        _ => format!("{searched}."),
    }
}
