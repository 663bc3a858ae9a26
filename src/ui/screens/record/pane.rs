//! The card around a note: a head with a title and a quiet word at its right, and room below it.
//! Knows nothing of what stands in it.

use crate::ui::theme::{radius, regular, size, space, strong, tokens};
use crate::ui::widgets::{elided, one_line, paint_focus};
use eframe::egui::{
    Align, Color32, CursorIcon, Galley, Label, Layout, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder,
    WidgetInfo, pos2, vec2,
};
use std::sync::Arc;

const HEAD: f32 = 40.0;
const SECOND_LINE: f32 = 18.0;
const PADDING: f32 = 14.0;

/// What a pane's head shows beside its title.
pub(super) struct Head<'a> {
    /// One title, or several as tabs.
    pub titles: &'a [&'a str],
    pub shown: usize,
    /// Always shown: beside the title where it fits, else below it.
    pub label: &'a str,
}

/// Draws the card and lets both closures fill its head's right end and its body.
/// Returns the index of a tab that was clicked.
pub(super) fn pane_ui(
    ui: &mut Ui,
    rect: Rect,
    head: &Head<'_>,
    right: impl FnOnce(&mut Ui),
    body: impl FnOnce(&mut Ui),
) -> Option<usize> {
    card(ui, rect);
    let room = rect.width() - 2.0 * PADDING;
    let label = elided(ui, &[(head.label, regular(size::CAPTION), tokens(ui).text_weak)], room);
    let line = Rect::from_min_size(rect.min, vec2(rect.width(), HEAD)).shrink2(vec2(PADDING, 0.0));
    let mut clicked = None;
    let mut fits = true;
    in_rect(ui, "head", line, Layout::left_to_right(Align::Center), |ui| {
        clicked = titles_ui(ui, head);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            right(ui);
            fits = label.size().x <= ui.available_width();
            if fits && !head.label.is_empty() {
                ui.add(Label::new(Arc::clone(&label)));
            }
        });
    });
    if !fits {
        second_line(ui, rect, label);
    }
    finish(ui, rect, if fits { HEAD } else { HEAD + SECOND_LINE - 4.0 }, body);
    clicked
}

fn titles_ui(ui: &mut Ui, head: &Head<'_>) -> Option<usize> {
    if let [title] = head.titles {
        let title = one_line(ui, title, strong(size::CONTROL), tokens(ui).text);
        ui.add(Label::new(title));
        return None;
    }
    ui.spacing_mut().item_spacing.x = space::L;
    let mut clicked = None;
    for (index, title) in head.titles.iter().enumerate() {
        if tab_ui(ui, title, index == head.shown).clicked() {
            clicked = Some(index);
        }
    }
    clicked
}

fn card(ui: &Ui, rect: Rect) {
    let tokens = tokens(ui);
    let border = Stroke::new(1.0, tokens.line);
    ui.painter().rect(rect, radius(space::RADIUS_PANE), tokens.panel, border, StrokeKind::Inside);
}

fn second_line(ui: &mut Ui, rect: Rect, label: Arc<Galley>) {
    let at = rect.min + vec2(PADDING, HEAD - 8.0);
    let line = Rect::from_min_size(at, vec2(rect.width() - 2.0 * PADDING, SECOND_LINE));
    in_rect(ui, "second line", line, Layout::left_to_right(Align::Center), |ui| {
        ui.add(Label::new(label));
    });
}

fn finish(ui: &mut Ui, rect: Rect, head: f32, body: impl FnOnce(&mut Ui)) {
    let y = rect.top() + head;
    ui.painter().hline(rect.shrink(1.0).x_range(), y, Stroke::new(1.0, tokens(ui).hairline));
    let inside = Rect::from_min_max(pos2(rect.left() + 1.0, y + 1.0), rect.max - vec2(1.0, 2.0));
    in_rect(ui, "body", inside, Layout::top_down(Align::Min), body);
}

fn in_rect(ui: &mut Ui, salt: &str, rect: Rect, layout: Layout, add: impl FnOnce(&mut Ui)) {
    let mut child = ui.new_child(UiBuilder::new().id_salt(salt).max_rect(rect).layout(layout));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    add(&mut child);
}

fn tab_ui(ui: &mut Ui, title: &str, is_shown: bool) -> Response {
    let tokens = tokens(ui);
    let font = if is_shown { strong(size::CONTROL) } else { regular(size::CONTROL) };
    let galley = one_line(ui, title, font, Color32::PLACEHOLDER);
    let wanted = vec2(galley.size().x.max(24.0), HEAD);
    let (rect, response) = ui.allocate_exact_size(wanted, Sense::click());
    let is_enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Tab, is_enabled, is_shown, title));
    let color = if is_shown || response.hovered() { tokens.text } else { tokens.text_weak };
    ui.painter().galley(rect.left_center() - vec2(0.0, galley.size().y / 2.0), galley, color);
    if is_shown {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, Stroke::new(2.0, tokens.accent));
    }
    paint_focus(ui.painter(), &response, rect.expand2(vec2(4.0, -4.0)), tokens);
    response.on_hover_cursor(CursorIcon::PointingHand)
}
