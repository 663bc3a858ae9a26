//! The rail: which screen shows. Icon and word, always both.

use crate::state::{LockCommand, Route, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Align2, Color32, CursorIcon, Rect, Response, Sense, Ui, accesskit::Role, pos2, vec2};

const ITEM_HEIGHT: f32 = 52.0;
const WORD_SIZE: f32 = 11.5;
/// Items at the top of the rail.
const ROUTES_ABOVE: f32 = 2.0;

struct Item {
    route: Route,
    icon: &'static str,
    word: &'static str,
}

const CONSULTATIONS: Item = Item { route: Route::Consultations, icon: icons::LIST, word: "Consults" };
const SEARCH: Item = Item { route: Route::Search, icon: icons::SEARCH, word: "Search" };
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
    let place = |top: f32| Rect::from_min_size(pos2(rect.left() + margin, top), vec2(width, ITEM_HEIGHT));
    let top = rect.top() + space::M.min(rect.height() / 16.0);
    item(ui, view, place(top), &CONSULTATIONS);
    let second = top + ITEM_HEIGHT + space::XS;
    item(ui, view, place(second), &SEARCH);
    let bottom = (rect.bottom() - ITEM_HEIGHT - space::S).max(second + ITEM_HEIGHT + space::XS);
    let lock = bottom - ITEM_HEIGHT - space::XS;
    // A low window has the key and the list of commands.
    if lock > top + ROUTES_ABOVE * (ITEM_HEIGHT + space::XS) {
        lock_item(ui, view, place(lock));
    }
    item(ui, view, place(bottom), &SETTINGS);
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
    ui.painter().text(pos2(center.x, rect.top() + 18.0), Align2::CENTER_CENTER, icon, icons::font(19.0), color);
    ui.painter().text(pos2(center.x, rect.bottom() - 14.0), Align2::CENTER_CENTER, word, font, color);
}
