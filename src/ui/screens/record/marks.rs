//! What staff noted about the open consultation: the button that says it was reviewed, a menu of the other marks, and
//! one line under the header for what is set. All of it is this computer's own, and says so.

use super::words::short;
use crate::domain::{Mark, Marks};
use crate::state::{MarkCommand, OpenRecord};
use crate::ui::action::Action;
use crate::ui::mark_words;
use crate::ui::theme::{icons, regular, size, space, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, MenuItem, elided, icon_text, paint_focus, speak};
use eframe::egui::{Align, Color32, CursorIcon, Label, Layout, Popup, RectAlign, RichText, Role, Sense, Ui, vec2};

/// Room of the button and its menu, and of the menu alone.
pub(super) const WIDE: f32 = REVIEWED + space::XS + space::CONTROL;
pub(super) const NARROW: f32 = space::CONTROL;

/// The button keeps its width, so that nothing moves when it is clicked.
const REVIEWED: f32 = 124.0;
const MENU_WIDTH: f32 = 220.0;
const LINE: f32 = 22.0;

const ACTIONS: [(Mark, Action); 3] = [
    (Mark::Reviewed, Action::MarkReviewed),
    (Mark::Copied, Action::MarkCopied),
    (Mark::FollowUp, Action::MarkFollowUp),
];

/// The button, where there is room for it, and the menu at the right of it.
pub(super) fn buttons_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, has_room: bool) {
    let none = Marks::default();
    let marks = view.state.marks.of(&record.key).unwrap_or(&none);
    let gap = if has_room { space::XS } else { space::S };
    if ui.layout().prefer_right_to_left() {
        // The room between the two belongs to the one that is put first.
        ui.spacing_mut().item_spacing.x = gap;
        menu_ui(ui, view, marks, has_room);
        ui.spacing_mut().item_spacing.x = space::S;
        if has_room {
            reviewed_ui(ui, view, marks);
        }
        return;
    }
    ui.spacing_mut().item_spacing.x = gap;
    if has_room {
        reviewed_ui(ui, view, marks);
    }
    menu_ui(ui, view, marks, has_room);
}

fn reviewed_ui(ui: &mut Ui, view: &View<'_>, marks: &Marks) {
    let keys = Action::MarkReviewed.keys(ui.ctx().os().is_mac());
    let told = mark_words::told(marks, Mark::Reviewed, view.now, view.zone());
    let (text, icon, name) = match told {
        Some(_) => (Mark::Reviewed.words(), icons::CHECK, "Reviewed, take it back"),
        None => (Action::MarkReviewed.text(), "", Action::MarkReviewed.text()),
    };
    let tooltip = match &told {
        Some(told) => format!("{told}, on this computer. Click to take it back ({keys})"),
        None => format!("Mark reviewed on this computer ({keys})"),
    };
    let button = Button::new(text).icon(icon).min_width(REVIEWED).accessible_name(name);
    if ui.add(button).on_hover_text(tooltip).clicked() {
        view.send(MarkCommand::Toggle(Mark::Reviewed));
    }
}

fn menu_ui(ui: &mut Ui, view: &View<'_>, marks: &Marks, has_button: bool) {
    let is_set = marks.reviewed.is_some() && !has_button;
    let icon = if has_button { icons::CHEVRON_DOWN } else { icons::CHECK };
    let name = if has_button { "More marks" } else { "Marks" };
    let button = widgets::icon_toggle(ui, icon, name, is_set);
    let menu = Popup::menu(&button).align(RectAlign::BOTTOM_END).gap(space::XS).width(MENU_WIDTH);
    menu.show(|ui| items_ui(ui, view, marks, has_button));
}

fn items_ui(ui: &mut Ui, view: &View<'_>, marks: &Marks, has_button: bool) {
    let is_mac = ui.ctx().os().is_mac();
    ui.spacing_mut().item_spacing.y = 1.0;
    for (mark, action) in ACTIONS.into_iter().filter(|(mark, _)| !has_button || *mark != Mark::Reviewed) {
        let keys = action.keys(is_mac);
        let is_chosen = marks.get(mark).is_some();
        let item = MenuItem { icon: mark_words::icon(mark), trailing: &keys, is_chosen, ..MenuItem::new(mark.words()) };
        if widgets::menu_item(ui, &item).clicked() {
            view.send(MarkCommand::Toggle(mark));
        }
    }
    let keys = Action::Remark.keys(is_mac);
    let text = if marks.remark.is_empty() { Action::Remark.text() } else { "Change the remark…" };
    let item = MenuItem { icon: icons::REMARK, trailing: &keys, ..MenuItem::new(text) };
    if widgets::menu_item(ui, &item).clicked() {
        view.send(MarkCommand::EditRemark);
    }
    ui.add_space(space::XS);
    let hint = RichText::new("Noted on this computer only").font(regular(size::CAPTION));
    ui.horizontal(|ui| {
        ui.add_space(space::S);
        ui.add(Label::new(hint.color(tokens(ui).text_weak)));
    });
}

/// What is set besides the button, and the remark, which a click opens for writing. Nothing where nothing is noted.
pub(super) fn line_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, has_button: bool) {
    let Some(marks) = view.state.marks.of(&record.key) else { return };
    let told = |mark| mark_words::told(marks, mark, view.now, view.zone()).map(|words| (mark, words));
    let set = Mark::ALL.into_iter().filter(|mark| !has_button || *mark != Mark::Reviewed).filter_map(told);
    let set: Vec<(Mark, String)> = set.collect();
    if set.is_empty() && marks.remark.is_empty() {
        return;
    }
    let line = vec2(ui.available_width(), LINE);
    ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
        ui.spacing_mut().item_spacing.x = space::M;
        for (mark, words) in &set {
            let color = if *mark == Mark::FollowUp { tokens(ui).warn } else { tokens(ui).accent };
            mark_ui(ui, mark_words::icon(*mark), words, color);
        }
        if !marks.remark.is_empty() {
            remark_ui(ui, view, &marks.remark);
        }
    });
}

fn mark_ui(ui: &mut Ui, icon: &str, words: &str, color: Color32) {
    let galley = icon_text(ui, icon, words, regular(size::SMALL), color);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    speak(&response, Role::Label, &format!("{words}, on this computer"));
    ui.painter().galley(rect.min, galley, color);
    response.on_hover_text("Noted on this computer only");
}

/// One line of it; the whole of it is in the tooltip.
fn remark_ui(ui: &mut Ui, view: &View<'_>, remark: &str) {
    let tokens = tokens(ui);
    let room = (ui.available_width() - 2.0 * space::XS).max(40.0);
    let first_line = remark.split('\n').map(str::trim).collect::<Vec<_>>().join(" ");
    let pieces = [
        (icons::REMARK, icons::font(size::SMALL + 1.0), tokens.text_weak),
        ("  ", regular(size::SMALL), tokens.text),
        (short(&first_line), regular(size::SMALL), tokens.text),
    ];
    let galley = elided(ui, &pieces, room);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(2.0 * space::XS, 0.0), Sense::click());
    speak(&response, Role::Button, &format!("Remark: {}, change it", short(&first_line)));
    if response.hovered() || response.has_focus() {
        ui.painter().rect_filled(rect, space::RADIUS, tokens.hover);
    }
    paint_focus(ui.painter(), &response, rect, tokens);
    ui.painter().galley(rect.min + vec2(space::XS, 0.0), galley, tokens.text);
    let keys = Action::Remark.keys(ui.ctx().os().is_mac());
    let tooltip = format!("{remark}\n\nOn this computer only. Click to change it ({keys})");
    if response.on_hover_cursor(CursorIcon::PointingHand).on_hover_text(tooltip).clicked() {
        view.send(MarkCommand::EditRemark);
    }
}
