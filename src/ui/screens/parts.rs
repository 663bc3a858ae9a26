//! What the cards of the screens are built of: the card, a row with its control, a choice from a menu, a switch.

use crate::ui::theme::{self, size, space};
use crate::ui::widgets::{self, Button, MenuItem, menu_item, paint_focus};
use eframe::egui::{
    Align, CursorIcon, FontId, Frame, Label, Layout, Margin, Popup, Rect, RectAlign, Response, RichText, ScrollArea,
    Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, accesskit::Role, pos2, vec2,
};

/// Room for the control at the right of a row.
const CONTROL: f32 = 176.0;
/// Narrower rows have their control below the words.
const NARROW: f32 = 380.0;
/// Height of a card's heading.
const HEADING: f32 = 22.0;
const MENU_WIDTH: f32 = 200.0;
const MENU_HEIGHT: f32 = 320.0;

/// A card with its subject as heading.
pub(in crate::ui) fn card(ui: &mut Ui, icon: &str, title: &str, add: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(space::RADIUS_PANE))
        .inner_margin(Margin::symmetric(16, 14));
    // A column of its own layout would stretch words and buttons to its width.
    let inside = Layout::top_down(Align::Min);
    frame.show(ui, |ui| ui.with_layout(inside, |ui| card_inside(ui, icon, title, add)));
}

fn card_inside(ui: &mut Ui, icon: &str, title: &str, add: impl FnOnce(&mut Ui)) {
    let tokens = theme::tokens(ui);
    ui.set_width(ui.available_width());
    ui.spacing_mut().item_spacing = vec2(space::S, space::S);
    let usual = std::mem::replace(&mut ui.spacing_mut().interact_size.y, HEADING);
    ui.horizontal(|ui| {
        widgets::icon(ui, icon, size::ICON + 2.0, tokens.accent);
        let heading = RichText::new(title).font(theme::strong(size::BODY)).color(tokens.text);
        let heading = ui.add(Label::new(heading));
        widgets::speak(&heading, Role::Heading, title);
    });
    ui.spacing_mut().interact_size.y = usual;
    add(ui);
}

/// A setting: what it is and a quiet word about it, with its control at the right, or below where that is too near.
pub(in crate::ui) fn row(ui: &mut Ui, title: &str, detail: &str, control: impl FnOnce(&mut Ui)) {
    let width = ui.available_width();
    if width < NARROW {
        words(ui, title, detail);
        ui.horizontal(|ui| control(ui));
        return;
    }
    let left = width - CONTROL - space::M;
    let high = measured(ui, title, detail, left);
    let (rect, _) = ui.allocate_exact_size(vec2(width, high.max(space::CONTROL)), Sense::hover());
    let at = pos2(rect.left(), rect.center().y - high / 2.0);
    let words_in = UiBuilder::new().max_rect(Rect::from_min_size(at, vec2(left, high)));
    words(&mut ui.new_child(words_in.layout(Layout::top_down(Align::Min))), title, detail);
    let control_in = Rect::from_min_max(pos2(rect.right() - CONTROL, rect.top()), rect.max);
    let control_in = UiBuilder::new().max_rect(control_in).layout(Layout::right_to_left(Align::Center));
    control(&mut ui.new_child(control_in));
}

fn words(ui: &mut Ui, title: &str, detail: &str) {
    ui.spacing_mut().item_spacing.y = 1.0;
    let tokens = theme::tokens(ui);
    ui.add(Label::new(RichText::new(title).font(title_font()).color(tokens.text)).wrap());
    if !detail.is_empty() {
        ui.add(Label::new(RichText::new(detail).font(detail_font()).color(tokens.text_weak)).wrap());
    }
}

/// How high the words become in that width.
fn measured(ui: &Ui, title: &str, detail: &str, width: f32) -> f32 {
    let color = theme::tokens(ui).text;
    let high = |text: &str, font| ui.painter().layout(text.to_owned(), font, color, width).size().y;
    let detail_high = if detail.is_empty() { 0.0 } else { 1.0 + high(detail, detail_font()) };
    high(title, title_font()) + detail_high
}

fn title_font() -> FontId {
    theme::regular(size::CONTROL)
}

fn detail_font() -> FontId {
    theme::regular(size::SMALL)
}

/// A thin line between rows.
pub(in crate::ui) fn divider(ui: &mut Ui) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, theme::tokens(ui).hairline));
}

pub(in crate::ui) fn strong(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text;
    ui.add(Label::new(RichText::new(text).font(theme::strong(size::BODY)).color(color)).wrap());
}

pub(in crate::ui) fn weak(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_weak;
    ui.add(Label::new(RichText::new(text).font(detail_font()).color(color)).wrap());
}

/// One of several values; answers the one that was chosen now. `name` says what is chosen, as in `Theme: Dark`.
pub(in crate::ui) fn choice<T: PartialEq + Copy>(
    ui: &mut Ui,
    name: &str,
    options: &[(T, String)],
    now: T,
) -> Option<T> {
    let shown = options.iter().find(|(value, _)| *value == now).map_or("Other", |(_, words)| words.as_str());
    let spoken = format!("{name}: {shown}");
    let button = ui.add(Button::new(shown).opens_menu().accessible_name(&spoken));
    let mut chosen = None;
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_END).gap(space::XS).width(MENU_WIDTH);
    menu.show(|ui| {
        ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for (value, words) in options {
                let is_chosen = *value == now;
                if menu_item(ui, &MenuItem { is_chosen, ..MenuItem::new(words) }).clicked() {
                    chosen = (!is_chosen).then_some(*value);
                    ui.close();
                }
            }
        });
    });
    chosen
}

/// A switch that is on or off.
pub(in crate::ui) fn switch(ui: &mut Ui, name: &str, is_on: bool) -> Response {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(44.0, space::CHIP), Sense::click());
    let enabled = response.enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, is_on, name));
    if ui.is_rect_visible(rect) {
        let body = Rect::from_center_size(rect.center(), vec2(36.0, 20.0));
        let (fill, border, knob) = if is_on {
            (tokens.accent, tokens.accent, tokens.on_accent)
        } else {
            (tokens.panel, tokens.text_hint, tokens.text_hint)
        };
        ui.painter().rect(body, theme::radius(10.0), fill, Stroke::new(1.5, border), StrokeKind::Inside);
        let x = if is_on { body.right() - 10.0 } else { body.left() + 10.0 };
        ui.painter().circle_filled(pos2(x, body.center().y), 6.0, knob);
        paint_focus(ui.painter(), &response, rect, tokens);
    }
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// `1 day`, `30 days`, `1 year`, `10 years`.
pub(in crate::ui) fn days(days: u16) -> String {
    match days {
        1 => "1 day".to_owned(),
        365 => "1 year".to_owned(),
        _ if days.is_multiple_of(365) => format!("{} years", days / 365),
        _ => format!("{days} days"),
    }
}

/// The usual choices up to `most`, and what is set now if that is none of them.
pub(in crate::ui) fn day_choices(usual: &[u16], now: u16, most: u16) -> Vec<(u16, String)> {
    let mut values: Vec<u16> = usual.iter().copied().filter(|value| *value <= most).collect();
    values.push(now);
    values.sort_unstable();
    values.dedup();
    values.into_iter().map(|value| (value, days(value))).collect()
}
