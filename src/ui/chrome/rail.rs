//! The rail: which screen shows. Icon and word, always both.

use crate::state::{LockCommand, Route, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Align2, Color32, CursorIcon, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

/// Height of an item where there is room, and where there is little.
const HIGHEST: f32 = 52.0;
const LOWEST: f32 = 34.0;
const WORD_SIZE: f32 = 11.5;

struct Item {
    route: Route,
    icon: &'static str,
    word: &'static str,
}

const ABOVE: [Item; 4] = [
    Item { route: Route::Consultations, icon: icons::LIST, word: "Consults" },
    Item { route: Route::Search, icon: icons::SEARCH, word: "Search" },
    Item { route: Route::Rooms, icon: icons::ROOMS, word: "Rooms" },
    Item { route: Route::Live, icon: icons::LIVE, word: "Live" },
];
const SETTINGS: Item = Item { route: Route::Settings, icon: icons::SETTINGS, word: "Settings" };

/// Narrower where room is short.
pub fn rail_width(ui: &Ui) -> f32 {
    if ui.max_rect().width() < 700.0 { 64.0 } else { 76.0 }
}

pub fn rail_ui(ui: &mut Ui, view: &View<'_>) {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, tokens.rail);
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), (1.0, tokens.line));
    let margin = if rect.width() < 70.0 { 4.0 } else { space::S };
    let width = rect.width() - 2.0 * margin - 1.0;
    let edge = space::M.min(rect.height() / 32.0);
    let height = item_height(rect.height() - 2.0 * edge);
    let place = |top: f32| Rect::from_min_size(pos2(rect.left() + margin, top), vec2(width, height));
    let mut top = rect.top() + edge;
    for shown in &ABOVE {
        item(ui, view, place(top), shown);
        top += height + space::XS;
    }
    let bottom = (rect.bottom() - height - edge.min(space::S)).max(top);
    let lock = bottom - height - space::XS;
    // A low window has the key and the list of commands.
    if lock >= top {
        lock_item(ui, view, place(lock));
    }
    item(ui, view, place(bottom), &SETTINGS);
}

/// All items of screens fit, however low the window is.
fn item_height(room: f32) -> f32 {
    let items = ABOVE.len() as f32 + 1.0;
    ((room + space::XS) / items - space::XS).clamp(LOWEST, HIGHEST)
}

/// Not a screen to go to, but it must be at hand for who leaves the desk.
fn lock_item(ui: &mut Ui, view: &View<'_>, rect: Rect) {
    let response = ui.interact(rect, ui.make_persistent_id(("rail", "lock")), Sense::click());
    widgets::speak(&response, Role::Button, Action::Lock.text());
    paint(ui, &response, (Action::Lock.icon(), Action::Lock.text()), false);
    let tooltip = Action::Lock.tooltip(ui.ctx().os().is_mac());
    if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tooltip).clicked() {
        view.send(LockCommand::Lock);
    }
}

fn item(ui: &mut Ui, view: &View<'_>, rect: Rect, item: &Item) {
    let Item { route, icon, word } = *item;
    let is_on = view.state.route == route;
    let response = ui.interact(rect, ui.make_persistent_id(("rail", word)), Sense::click());
    widgets::speak_selected(&response, Role::Tab, word, is_on);
    paint(ui, &response, (icon, word), is_on);
    if response.on_hover_cursor(CursorIcon::PointingHand).clicked() && !is_on {
        view.send(WindowCommand::Go(route));
    }
}

fn paint(ui: &Ui, response: &Response, (icon, word): (&str, &str), is_on: bool) {
    let (tokens, rect) = (theme::tokens(ui), response.rect);
    let over = response.hovered() || response.has_focus();
    let (ground, color) = match (is_on, over) {
        (true, _) => (tokens.accent_weak, tokens.accent),
        (false, true) => (tokens.hairline, tokens.text),
        (false, false) => (Color32::TRANSPARENT, tokens.text_weak),
    };
    ui.painter().rect_filled(rect, theme::radius(space::RADIUS_PANE), ground);
    widgets::paint_focus(ui.painter(), response, rect, tokens);
    let font = if is_on { theme::strong(WORD_SIZE) } else { theme::regular(WORD_SIZE) };
    let center = rect.center();
    let (above, below) = (rect.top() + 0.35 * rect.height(), rect.bottom() - 0.27 * rect.height());
    let side = if rect.height() < HIGHEST { 17.0 } else { 19.0 };
    ui.painter().text(pos2(center.x, above), Align2::CENTER_CENTER, icon, icons::font(side), color);
    ui.painter().text(pos2(center.x, below), Align2::CENTER_CENTER, word, font, color);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_screen_has_its_place_in_the_lowest_window() {
        let used = |room: f32| {
            let height = item_height(room);
            (ABOVE.len() as f32 + 1.0) * (height + space::XS) - space::XS
        };
        assert!((item_height(740.0) - HIGHEST).abs() < f32::EPSILON);
        for room in [210.0, 226.0, 290.0, 370.0] {
            assert!(used(room) <= room + 0.5, "{room}: {}", used(room));
        }
    }
}
