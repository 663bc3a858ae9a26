//! One day as lanes: a row for each room, blocks on a time axis, a line for now.
//! The rooms' names stay in sight while the axis is scrolled sideways in a narrow window.

use super::block;
use crate::domain::live::day::{Day, Lane};
use crate::state::board::BoardCommand;
use crate::ui::format;
use crate::ui::screens::page::{heading_ui, panel_ui, weak_ui};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use chrono::NaiveDate;
use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Align, Layout, Margin, Rangef, Rect, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

/// What only the drawing needs between frames.
#[derive(Default)]
pub(super) struct DayMemory {
    /// Which day was scrolled to its place.
    placed: Option<NaiveDate>,
}

/// Height of the axis' head.
const AXIS: f32 = 26.0;
/// Around the blocks of a lane.
const LANE_MARGIN: f32 = 8.0;
const ROW_GAP: f32 = 4.0;
/// An hour is at least so wide; a narrower window scrolls.
const HOUR: f32 = 70.0;
const NAMES: f32 = 104.0;
const NAMES_NARROW: f32 = 76.0;
/// Wider than half a label, so that the first and last hour are whole.
const EDGE: f32 = 18.0;

pub(super) fn day_ui(ui: &mut Ui, view: &View<'_>, memory: &mut DayMemory) {
    let Some(day) = view.state.board.day.as_deref() else { return };
    panel_ui(ui, Margin { left: 14, right: 14, top: 10, bottom: 12 }, |ui| {
        head_ui(ui, view, day);
        if view.state.board.is_day_cut {
            weak_ui(ui, "Consultations of this day may be missing: they have not all been read from NxVET yet.");
        }
        if day.lanes.is_empty() {
            weak_ui(ui, "No rooms are known yet. They appear with the first recorder or recording.");
            return;
        }
        lanes_ui(ui, view, day, memory);
        super::nothing::no_appointments_ui(ui, view);
    });
}

fn head_ui(ui: &mut Ui, view: &View<'_>, day: &Day) {
    let today = day.zone.local_time(view.now).date();
    ui.horizontal(|ui| {
        heading_ui(ui, &format::long_day(day.date, today, day.zone));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::XS;
            if widgets::icon_button(ui, icons::CHEVRON_RIGHT, "The day after").clicked() {
                view.send(BoardCommand::NextDay);
            }
            let is_today = day.is_today(view.now);
            if widgets::chip(ui, "Today", is_today).clicked() && !is_today {
                view.send(BoardCommand::Today);
            }
            if widgets::icon_button(ui, icons::CHEVRON_LEFT, "The day before").clicked() {
                view.send(BoardCommand::PreviousDay);
            }
            if view.state.board.is_loading {
                weak_ui(ui, "Loading…");
            }
        });
    });
}

fn lanes_ui(ui: &mut Ui, view: &View<'_>, day: &Day, memory: &mut DayMemory) {
    let names = if ui.available_width() < 520.0 { NAMES_NARROW } else { NAMES };
    let high = AXIS + day.lanes.iter().map(lane_height).sum::<f32>();
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), high), Sense::hover());
    names_ui(ui, day, area.with_max_x(area.left() + names));
    let tracks = area.with_min_x(area.left() + names);
    let hours = (day.axis.end - day.axis.start).num_minutes() as f32 / 60.0;
    let wide = (hours * HOUR + 2.0 * EDGE).max(tracks.width());
    let mut scroll = ScrollArea::horizontal().id_salt(("day", day.date)).auto_shrink(false).max_height(high + 8.0);
    if memory.placed != Some(day.date) {
        memory.placed = Some(day.date);
        scroll = scroll.horizontal_scroll_offset(first_offset(day, view, wide, tracks.width()));
    }
    let scrolls = wide > tracks.width();
    let room = if scrolls { tracks.expand2(vec2(0.0, 8.0)).with_min_y(tracks.top()) } else { tracks };
    // A day below the window's edge would have its bar at that edge.
    if !ui.is_rect_visible(room) {
        scroll = scroll.scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
    }
    ui.scope_builder(UiBuilder::new().max_rect(room), |ui| {
        scroll.show(ui, |ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(wide, high), Sense::hover());
            tracks_ui(ui, view, day, rect);
        });
    });
}

/// Now in the middle, or the beginning of another day.
fn first_offset(day: &Day, view: &View<'_>, wide: f32, room: f32) -> f32 {
    let at = if day.is_today(view.now) { day.share(view.now) } else { 0.0 };
    (at * wide - room * 0.6).clamp(0.0, (wide - room).max(0.0))
}

fn lane_height(lane: &Lane) -> f32 {
    let rows = lane.depth.max(1) as f32;
    rows * (block::HEIGHT + ROW_GAP) - ROW_GAP + 2.0 * LANE_MARGIN
}

fn names_ui(ui: &Ui, day: &Day, rect: Rect) {
    let tokens = theme::tokens(ui);
    let mut top = rect.top() + AXIS;
    for lane in &day.lanes {
        let high = lane_height(lane);
        let place = Rect::from_min_size(pos2(rect.left(), top), vec2(rect.width() - space::S, high));
        let galley = widgets::elided(ui, &[(&lane.name, theme::regular(size::SMALL), tokens.text_weak)], place.width());
        let is_cut = galley.elided;
        let middle = top + LANE_MARGIN + block::HEIGHT / 2.0;
        let at = pos2(place.left(), middle - galley.size().y / 2.0);
        ui.painter().galley(at, galley, tokens.text_weak);
        let response = ui.interact(place, ui.make_persistent_id(("lane name", lane.room.as_str())), Sense::hover());
        if is_cut {
            response.on_hover_text(&lane.name);
        }
        ui.painter().hline(rect.x_range(), top + 0.5, (1.0, tokens.hairline));
        top += high;
    }
}

fn tracks_ui(ui: &Ui, view: &View<'_>, day: &Day, rect: Rect) {
    let inner = Rangef::new(rect.left() + EDGE, rect.right() - EDGE);
    let x = |at| inner.min + day.share(at).clamp(0.0, 1.0) * inner.span();
    axis_ui(ui, day, rect, &x);
    let mut top = rect.top() + AXIS;
    let now_x = day.is_today(view.now).then(|| x(view.now)).filter(|_| (0.0..=1.0).contains(&day.share(view.now)));
    for lane in &day.lanes {
        let starts: Vec<f32> = lane.blocks.iter().map(|block| x(block.from)).collect();
        for (block, start) in lane.blocks.iter().zip(&starts) {
            let above = top + LANE_MARGIN + block.row as f32 * (block::HEIGHT + ROW_GAP);
            let rect = block::place((*start, x(block.end(view.now))), above);
            let in_row = lane.blocks.iter().zip(&starts).filter(|(other, _)| other.row == block.row);
            let ends = in_row.map(|(_, at)| *at).chain(now_x).chain([inner.max]).filter(|at| at > start);
            let free = ends.fold(f32::INFINITY, f32::min) - rect.right();
            block::block_ui(ui, view, (day, lane, block), block::Place { rect, free });
        }
        top += lane_height(lane);
    }
    if let Some(now_x) = now_x {
        let color = theme::tokens(ui).accent;
        ui.painter().vline(now_x, rect.top() + AXIS..=rect.bottom(), (1.0, color));
        ui.painter().circle_filled(pos2(now_x, rect.top() + AXIS), 3.0, color);
    }
}

fn axis_ui(ui: &Ui, day: &Day, rect: Rect, x: &impl Fn(chrono::DateTime<chrono::Utc>) -> f32) {
    let tokens = theme::tokens(ui);
    for tick in &day.ticks {
        let at = x(tick.at);
        let galley = widgets::one_line(ui, &tick.label, theme::regular(size::CAPTION), tokens.text_weak);
        ui.painter().galley(pos2(at - galley.size().x / 2.0, rect.top() + 2.0), galley, tokens.text_weak);
        ui.painter().vline(at, rect.top() + AXIS..=rect.bottom(), (1.0, tokens.hairline));
    }
    let mut top = rect.top() + AXIS;
    for lane in &day.lanes {
        ui.painter().hline(rect.x_range(), top + 0.5, (1.0, tokens.hairline));
        top += lane_height(lane);
    }
}
