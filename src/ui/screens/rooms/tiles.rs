//! The tiles: one for each recorder, as many in a row as fit. A click opens what the room did last.

use super::words::{Mood, spoken_tile, tile_words};
use crate::domain::live::board::Tile;
use crate::state::board::BoardCommand;
use crate::ui::theme::{self, Tokens, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, paint_focus, speak};
use eframe::egui::{
    Color32, CursorIcon, FontId, Id, Rect, Response, Sense, Stroke, StrokeKind, Ui, UiBuilder, accesskit::Role, pos2,
    vec2,
};

/// The narrowest a tile becomes.
const NARROWEST: f32 = 228.0;
const HEIGHT: f32 = 100.0;
const GAP: f32 = space::M;
const BIG: f32 = 17.0;
/// Room of "Name this room".
const NAMING: f32 = 118.0;

pub(super) fn tiles_ui(ui: &mut Ui, view: &View<'_>) {
    let tiles = &view.state.board.tiles;
    let width = ui.available_width();
    let columns = (((width + GAP) / (NARROWEST + GAP)).floor() as usize).max(1);
    let wide = (width - GAP * (columns - 1) as f32) / columns as f32;
    let lines = tiles.len().div_ceil(columns);
    let high = lines as f32 * (HEIGHT + GAP) - GAP;
    let (area, _) = ui.allocate_exact_size(vec2(width, high.max(0.0)), Sense::hover());
    for (index, tile) in tiles.iter().enumerate() {
        let at = vec2((index % columns) as f32 * (wide + GAP), (index / columns) as f32 * (HEIGHT + GAP));
        tile_ui(ui, view, tile, Rect::from_min_size(area.min + at, vec2(wide, HEIGHT)));
    }
}

/// What has the keyboard when the arrows are pressed and nothing else has.
pub(super) fn first_id(view: &View<'_>) -> Option<Id> {
    view.state.board.tiles.first().map(tile_id)
}

fn tile_id(tile: &Tile) -> Id {
    Id::unique(("room tile", tile.room.as_str()))
}

fn tile_ui(ui: &mut Ui, view: &View<'_>, tile: &Tile, rect: Rect) {
    let tokens = theme::tokens(ui);
    let opens = tile.last.is_some();
    let response = ui.interact(rect, tile_id(tile), Sense::click());
    let role = if opens { Role::Button } else { Role::Label };
    speak(&response, role, &spoken_tile(tile, view.now, super::zone(view)));
    let inside = rect.shrink2(vec2(14.0, 12.0));
    // The keyboard reaches those out of sight too.
    if ui.is_rect_visible(rect) {
        paint_ground(ui, &response, tile.status(view.now).is_running());
        lines(ui, view, tile, inside);
        paint_focus(ui.painter(), &response, rect, tokens);
    }
    if let Some(row) = &tile.last {
        let response = response.on_hover_cursor(CursorIcon::PointingHand);
        if response.on_hover_text(format!("Open the last consultation of {}", tile.name)).clicked() {
            view.send(BoardCommand::Open(row.key.clone()));
        }
    } else {
        // A long name may have been cut short.
        response.on_hover_text(&tile.name);
    }
    name_it(ui, view, tile, inside);
}

fn paint_ground(ui: &Ui, response: &Response, is_running: bool) {
    let tokens = theme::tokens(ui);
    let fill = if response.hovered() { tokens.hover } else { tokens.panel };
    let border = if is_running { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.0, tokens.line) };
    ui.painter().rect(response.rect, theme::radius(space::RADIUS_PANE), fill, border, StrokeKind::Inside);
}

fn lines(ui: &Ui, view: &View<'_>, tile: &Tile, rect: Rect) {
    let tokens = theme::tokens(ui);
    let words = tile_words(tile, view.now, super::zone(view));
    let color = mood_color(words.mood, tokens);
    let write = |top: f32, (left, right): (f32, f32), (text, font, color): (&str, FontId, Color32)| {
        let galley = widgets::elided(ui, &[(text, font, color)], right - left);
        ui.painter().galley(pos2(left, rect.top() + top), galley, color);
    };
    let today = widgets::one_line(ui, &words.today, theme::regular(size::SMALL), tokens.text_weak);
    let beside = rect.right() - today.size().x;
    ui.painter().galley(pos2(beside, rect.top() + 1.0), today, tokens.text_weak);
    let name = (tile.name.as_str(), theme::strong(size::BODY), tokens.text);
    write(0.0, (rect.left(), beside - space::S), name);
    let mut left = rect.left();
    if words.mood == Mood::Running {
        ui.painter().circle_filled(pos2(left + 6.0, rect.top() + 40.0), 6.0, color);
        left += 19.0;
    }
    write(29.0, (left, rect.right()), (&words.big, theme::strong(BIG), color));
    let small = if is_to_name(tile) { rect.left() + NAMING } else { rect.left() };
    let line = (words.small.as_str(), theme::regular(size::SMALL), tokens.text_weak);
    write(57.0, (small, rect.right()), line);
}

fn mood_color(mood: Mood, tokens: &Tokens) -> Color32 {
    match mood {
        Mood::Running => tokens.accent,
        Mood::Doubtful | Mood::Working => tokens.warn,
        Mood::Ready => tokens.ok,
        Mood::Silent => tokens.text_weak,
        Mood::Quiet => tokens.text,
    }
}

fn is_to_name(tile: &Tile) -> bool {
    tile.device.is_some() && !tile.is_named
}

/// Its id stands for a recorder until somebody names it.
fn name_it(ui: &mut Ui, view: &View<'_>, tile: &Tile, rect: Rect) {
    let Some(device) = tile.device.as_ref().filter(|_| is_to_name(tile)) else { return };
    let place = Rect::from_min_size(pos2(rect.left() - space::XS, rect.top() + 54.0), vec2(NAMING, 24.0));
    let name = format!("Name this room, {}", tile.name);
    let button = Button::new("Name this room").kind(Kind::Link).height(24.0).accessible_name(&name);
    // A child of its own place, so that what follows the tiles does not begin inside one.
    if ui.new_child(UiBuilder::new().max_rect(place)).add(button).clicked() {
        view.send(BoardCommand::AskRoomName(device.clone()));
    }
}
