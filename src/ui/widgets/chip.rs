//! Chips: small switches of a filter, and the ones that open a menu.
//! A chip that filters is filled and names what it filters by.

use super::paint::{one_line, paint_focus};
use crate::ui::theme::{self, icons, size, space};
use eframe::egui::{
    Align2, Color32, CursorIcon, FontId, Rect, Response, Sense, Stroke, StrokeKind, Ui, WidgetInfo, accesskit::Role,
    vec2,
};

/// A switch that is on or off.
pub fn chip(ui: &mut Ui, text: &str, on: bool) -> Response {
    draw(ui, text, text, on, "")
}

/// A switch as wide as its neighbours, with its words in the middle.
pub fn even_chip(ui: &mut Ui, text: &str, on: bool, width: f32) -> Response {
    let galley = super::paint::elided(ui, &[(text, font(on), Color32::PLACEHOLDER)], width - 2.0);
    let (rect, response) = ui.allocate_exact_size(vec2(width, space::CHIP), Sense::click());
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, text));
    if ui.is_rect_visible(rect) {
        let color = paint_ground(ui, &response, rect, on);
        let at = Align2::CENTER_CENTER.anchor_size(rect.center(), galley.size()).min;
        ui.painter().galley(at, galley, color);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

fn font(on: bool) -> FontId {
    if on { theme::strong(size::SMALL) } else { theme::regular(size::SMALL) }
}

/// A chip that opens a menu. While it filters it is filled and carries a cross: a click then clears it.
pub fn menu_chip(ui: &mut Ui, text: &str, name: &str, on: bool) -> Response {
    draw(ui, text, name, on, if on { icons::CLOSE } else { icons::CHEVRON_DOWN })
}

fn draw(ui: &mut Ui, text: &str, name: &str, on: bool, icon: &str) -> Response {
    let tail = if icon.is_empty() { 0.0 } else { 15.0 };
    let room = (ui.max_rect().width() - 2.0 * space::S - tail).max(24.0);
    let galley = super::paint::elided(ui, &[(text, font(on), Color32::PLACEHOLDER)], room);
    let width = galley.size().x + 2.0 * space::S + tail;
    let (rect, response) = ui.allocate_exact_size(vec2(width, space::CHIP), Sense::click());
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, name));
    if ui.is_rect_visible(rect) {
        let color = paint_ground(ui, &response, rect, on);
        let at = rect.min + vec2(space::S, (rect.height() - galley.size().y) / 2.0);
        ui.painter().galley(at, galley, color);
        if !icon.is_empty() {
            let mark = one_line(ui, icon, icons::font(size::SMALL), color);
            let center = rect.right_center() - vec2(space::S + 5.0, 0.0);
            let at = Align2::CENTER_CENTER.anchor_size(center, mark.size()).min;
            ui.painter().galley(at, mark, color);
        }
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Everything but the words; answers their colour.
fn paint_ground(ui: &Ui, response: &Response, rect: Rect, on: bool) -> Color32 {
    let tokens = theme::tokens(ui);
    let over = response.hovered() || response.has_focus();
    let fill = match (on, over) {
        (true, _) => tokens.accent_weak,
        (false, true) => tokens.hover,
        (false, false) => tokens.panel,
    };
    let border = if on { Stroke::NONE } else { Stroke::new(1.0, tokens.line) };
    ui.painter().rect(rect, theme::radius(space::RADIUS), fill, border, StrokeKind::Inside);
    paint_focus(ui.painter(), response, rect, tokens);
    if on { tokens.accent } else { tokens.text_weak }
}
