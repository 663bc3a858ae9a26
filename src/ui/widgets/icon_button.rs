//! Square buttons that show an icon; their tooltip says what they do and ends with the key.
//! The tooltip is also their accessible name.

use super::paint::{paint_focus, speak};
use crate::ui::theme::{self, icons, size, space};
use eframe::egui::{Align2, Color32, CursorIcon, Response, Sense, Ui, WidgetInfo, accesskit::Role, vec2};

/// `tooltip` such as `Refresh (F5)`.
pub fn icon_button(ui: &mut Ui, icon: &str, tooltip: &str) -> Response {
    draw(ui, icon, tooltip, space::CONTROL, None)
}

/// A small one, for the inside of fields, chips and toasts.
pub fn text_icon_button(ui: &mut Ui, icon: &str, tooltip: &str) -> Response {
    draw(ui, icon, tooltip, 24.0, None)
}

/// One that is on or off.
pub fn icon_toggle(ui: &mut Ui, icon: &str, tooltip: &str, on: bool) -> Response {
    draw(ui, icon, tooltip, space::CONTROL, Some(on))
}

/// A small one that is on or off.
pub fn text_icon_toggle(ui: &mut Ui, icon: &str, tooltip: &str, on: bool) -> Response {
    draw(ui, icon, tooltip, 24.0, Some(on))
}

fn draw(ui: &mut Ui, icon: &str, tooltip: &str, side: f32, on: Option<bool>) -> Response {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(side, side), Sense::click());
    match on {
        Some(on) => {
            let enabled = response.enabled();
            response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, on, tooltip));
        }
        None => speak(&response, Role::Button, tooltip),
    }
    if ui.is_rect_visible(rect) {
        let is_on = on == Some(true);
        let fill = match (response.is_pointer_button_down_on(), response.hovered() || response.has_focus()) {
            (true, _) => tokens.accent_weak,
            _ if is_on => tokens.accent_weak,
            (false, true) => tokens.hover,
            _ => Color32::TRANSPARENT,
        };
        ui.painter().rect_filled(rect, theme::radius(space::RADIUS), fill);
        paint_focus(ui.painter(), &response, rect, tokens);
        let color = match (ui.is_enabled(), is_on) {
            (false, _) => tokens.text_hint,
            (true, true) => tokens.accent,
            (true, false) => tokens.text_weak,
        };
        let font = icons::font(if side < space::CONTROL { 14.0 } else { size::ICON + 2.0 });
        ui.painter().text(rect.center(), Align2::CENTER_CENTER, icon, font, color);
    }
    response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tooltip)
}
