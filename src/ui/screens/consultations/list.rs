//! The list pane: its head, the rows that are in sight, and the footer.
//! Costs the same with a thousand consultations as with a million.

use super::heights::{Heights, Item};
use super::{ListMemory, filters, footer, nothing, row};
use crate::domain::{ConsultationFilter, ConsultationKey, GroupBy, ListView};
use crate::state::{ListCommand, ListState, Offer, Severity};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Rect, Sense, Ui, UiBuilder, WidgetInfo, accesskit::Role, pos2, vec2};

/// What the list stood at when it was last drawn.
#[derive(Debug)]
pub struct Anchor {
    /// The address of the view; only compared, so that holding it keeps nothing alive.
    view: usize,
    filter: ConsultationFilter,
    group_by: GroupBy,
    row: usize,
    key: Option<ConsultationKey>,
    /// Points of the row that are above the top.
    hidden: f64,
}

/// How far from its old place a row is looked for after new ones arrived.
const LOOK_AROUND: usize = 2_000;

pub fn list_ui(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory) {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, tokens.panel);
    let head = rect.with_max_y(rect.bottom() - footer::HEIGHT);
    let used = ui.scope_builder(UiBuilder::new().max_rect(head), |ui| filters::head_ui(ui, view, memory));
    let top = used.response.rect.bottom();
    let (foot, body) = (rect.bottom() - footer::HEIGHT, rect.with_min_y(top));
    let body = body.with_max_y(foot.max(top));
    let builder = UiBuilder::new().max_rect(body);
    ui.scope_builder(builder, |ui| {
        ui.shrink_clip_rect(body);
        body_ui(ui, view, memory, body);
    });
    let builder = UiBuilder::new().max_rect(rect.with_min_y(foot));
    ui.scope_builder(builder, |ui| footer::footer_ui(ui, view));
}

fn body_ui(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory, body: Rect) {
    let list = &view.state.list;
    let mut rows = body;
    if let Some(bottom) = problem_strip(ui, view, body) {
        rows = body.with_min_y(bottom.min(body.bottom()));
    }
    if list.view.rows.is_empty() {
        let builder = UiBuilder::new().max_rect(rows);
        ui.scope_builder(builder, |ui| nothing::nothing_ui(ui, view));
        memory.scroll.anchor = None;
        return;
    }
    rows_ui(ui, view, memory, rows);
}

/// What stopped the loading, above the rows that are there. Being offline is the status bar's news.
fn problem_strip(ui: &mut Ui, view: &View<'_>, body: Rect) -> Option<f32> {
    let problem = view.state.list.problem.as_ref()?;
    if problem.severity == Severity::Info || view.state.connection.is_offline() {
        return None;
    }
    let inside = body.shrink2(vec2(space::M, space::S));
    let shown = ui.scope_builder(UiBuilder::new().max_rect(inside), |ui| widgets::problem_panel(ui, problem));
    match shown.inner {
        Some(Offer::TryAgain) => view.send(ListCommand::Refresh),
        Some(Offer::EnterNewKey) => view.send(crate::state::SessionCommand::EnterNewKey),
        _ => {}
    }
    Some(shown.response.rect.bottom() + space::S)
}

fn rows_ui(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory, rect: Rect) {
    let list = &view.state.list;
    let heights = Heights::of(&list.view);
    let total = heights.total();
    let scroll = &mut memory.scroll;
    keep_place(scroll, list, heights);
    scroll.take_input(ui, rect, total);
    if scroll.revealed != list.reveal {
        scroll.revealed = list.reveal;
        if let Some(index) = list.selected_index {
            scroll.reveal(&heights.reveal(index), f64::from(rect.height()));
            scroll.settle(ui, rect, total);
        }
    }
    let offset = scroll.offset;
    let place = |top: f64, height: f32| {
        let at = pos2(rect.left(), rect.top() + (top - offset) as f32);
        Rect::from_min_size(at, vec2(rect.width(), height))
    };
    ui.shrink_clip_rect(rect);
    for item in heights.between(offset, offset + f64::from(rect.height())) {
        match item {
            Item::Heading { group, top } => heading(ui, &list.view, list.group_by, group, place(top, 34.0)),
            Item::Row { index, top } => {
                if let Some(consultation) = list.view.rows.get(index) {
                    row::row_ui(ui, view, consultation, place(top, space::ROW));
                }
            }
        }
    }
    scroll.bar(ui, rect, total);
    remember(scroll, list, heights);
}

/// A new view keeps the row that was read where it was; another filter starts at the top.
fn keep_place(scroll: &mut super::scroll::ListScroll, list: &ListState, heights: Heights<'_>) {
    let Some(anchor) = scroll.anchor.take() else { return };
    if anchor.view == address(list) {
        return;
    }
    if anchor.filter != list.filter || anchor.group_by != list.group_by {
        scroll.offset = 0.0;
        if let Some(index) = list.selected_index.filter(|_| anchor.group_by != list.group_by) {
            scroll.offset = heights.reveal(index).start;
        }
        return;
    }
    if scroll.offset <= 0.0 {
        return;
    }
    let from = anchor.row.saturating_sub(LOOK_AROUND);
    let nearby = list.view.rows.iter().enumerate().skip(from).take(2 * LOOK_AROUND);
    let found = nearby.into_iter().find(|(_, row)| Some(&row.key) == anchor.key.as_ref());
    if let Some((index, _)) = found {
        scroll.offset = heights.row_top(index) + anchor.hidden;
    }
}

fn remember(scroll: &mut super::scroll::ListScroll, list: &ListState, heights: Heights<'_>) {
    let row = heights.row_at(scroll.offset);
    scroll.anchor = Some(Anchor {
        view: address(list),
        filter: list.filter.clone(),
        group_by: list.group_by,
        row,
        key: list.view.rows.get(row).map(|row| row.key.clone()),
        hidden: scroll.offset - heights.row_top(row),
    });
}

fn address(list: &ListState) -> usize {
    std::sync::Arc::as_ptr(&list.view).addr()
}

fn heading(ui: &mut Ui, list: &ListView, group_by: GroupBy, group: usize, rect: Rect) {
    let Some(group) = list.groups.get(group) else { return };
    let tokens = theme::tokens(ui);
    let id = ui.make_persistent_id(("heading", group.start));
    let response = ui.interact(rect, id, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, &group.title));
    let font = theme::strong(size::CAPTION);
    let baseline = rect.bottom() - 6.0;
    // Capitals suit days; names keep their own.
    let title = if group_by == GroupBy::Time { group.title.to_uppercase() } else { group.title.clone() };
    let count = if group_by == GroupBy::Time { String::new() } else { crate::ui::format::count(group.len) };
    let count = widgets::one_line(ui, &count, theme::regular(size::CAPTION), tokens.text_weak);
    let room = rect.width() - 2.0 * space::L - count.size().x - space::S;
    let galley = widgets::elided(ui, &[(&title, font, tokens.text_weak)], room);
    let left = pos2(rect.left() + space::L, baseline - galley.size().y);
    let right = pos2(rect.right() - space::L - count.size().x, baseline - count.size().y);
    ui.painter().galley(left, galley, tokens.text_weak);
    ui.painter().galley(right, count, tokens.text_weak);
}
