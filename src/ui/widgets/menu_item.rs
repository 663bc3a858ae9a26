//! One line of a menu: words, something quieter behind them, and a count or key at the right.

use super::paint::{elided, one_line, paint_focus};
use crate::ui::theme::{self, icons, size, space};
use eframe::egui::{Color32, CursorIcon, Response, Sense, Ui, WidgetInfo, accesskit::Role, vec2};

/// What a menu line shows. Start from [`MenuItem::new`].
#[derive(Clone, Copy, Debug)]
pub struct MenuItem<'a> {
    pub icon: &'a str,
    pub text: &'a str,
    /// Quieter words behind the text.
    pub detail: &'a str,
    /// A count or a key, at the right.
    pub trailing: &'a str,
    pub is_chosen: bool,
    pub is_enabled: bool,
    /// Drawn as if the pointer were over it: the palette's own cursor.
    pub is_marked: bool,
}

impl<'a> MenuItem<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { icon: "", text, detail: "", trailing: "", is_chosen: false, is_enabled: true, is_marked: false }
    }

    fn spoken(&self) -> String {
        let parts = [self.text, self.detail, self.trailing];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }
}

pub fn menu_item(ui: &mut Ui, item: &MenuItem<'_>) -> Response {
    let tokens = theme::tokens(ui);
    let sense = if item.is_enabled { Sense::click() } else { Sense::hover() };
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 30.0), sense);
    response.widget_info(|| WidgetInfo::labeled(Role::MenuItem, item.is_enabled, item.spoken()));
    if item.is_chosen {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_selected(true));
    }
    if !ui.is_rect_visible(rect) {
        return response;
    }
    let over = item.is_enabled && (response.hovered() || response.has_focus() || item.is_marked);
    let ground = if over { tokens.selection } else { Color32::TRANSPARENT };
    ui.painter().rect_filled(rect, theme::radius(5.0), ground);
    paint_focus(ui.painter(), &response, rect, tokens);
    let text = if item.is_enabled { tokens.text } else { tokens.text_hint };
    let weak = if item.is_enabled { tokens.text_weak } else { tokens.text_hint };
    let mut left = rect.left() + space::S;
    let icon = if item.is_chosen { icons::CHECK } else { item.icon };
    if !icon.is_empty() {
        let color = if item.is_chosen { tokens.accent } else { weak };
        let galley = one_line(ui, icon, icons::font(15.0), color);
        let at = vec2(left, rect.center().y - galley.size().y / 2.0).to_pos2();
        ui.painter().galley(at, galley, color);
        left += 23.0;
    }
    let tail = one_line(ui, item.trailing, theme::regular(size::SMALL), weak);
    let right = rect.right() - space::S - tail.size().x;
    let at = vec2(right, rect.center().y - tail.size().y / 2.0).to_pos2();
    ui.painter().galley(at, tail, weak);
    let detail = if item.detail.is_empty() { String::new() } else { format!("  {}", item.detail) };
    let font = if item.is_chosen { theme::strong(size::CONTROL) } else { theme::regular(size::CONTROL) };
    let pieces = [(item.text, font, text), (detail.as_str(), theme::regular(size::SMALL), weak)];
    let galley = elided(ui, &pieces, right - left - space::S);
    let at = vec2(left, rect.center().y - galley.size().y / 2.0).to_pos2();
    ui.painter().galley(at, galley, text);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
