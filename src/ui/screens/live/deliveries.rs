//! The table of deliveries: what NxVET tried and what came in here, newest first.
//! Costs what is in sight, however long the history is.

use super::words;
use crate::domain::live::EventType;
use crate::state::live::{DeliveryRow, LiveCommand, Outcome};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::screens::page::{heading_ui, panel_ui};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Column, Columns, MenuItem, Tone, menu_item, paint_badge, table};
use eframe::egui::{
    Align, Id, Key, Layout, Margin, Modifiers, Popup, Rect, RectAlign, ScrollArea, Sense, Ui, pos2, vec2,
};
use std::sync::Arc;

/// What only the drawing needs between frames.
#[derive(Default)]
pub(super) struct DeliveriesMemory {
    /// The selection that was brought into sight last.
    revealed: Option<usize>,
}

const COLUMNS: [Column; 6] = [
    Column { head: "Time", width: 124.0, stretch: 0.4 },
    Column { head: "What", width: 170.0, stretch: 3.0 },
    Column { head: "Answer", width: 92.0, stretch: 0.0 },
    Column { head: "Attempt", width: 78.0, stretch: 0.0 },
    Column { head: "ms", width: 78.0, stretch: 0.0 },
    Column { head: "Remark", width: 150.0, stretch: 4.0 },
];
/// Rows that the page keys go.
const PAGE: i32 = 10;
const MENU_WIDTH: f32 = 240.0;
const MENU_HEIGHT: f32 = 320.0;

pub(super) fn deliveries_ui(ui: &mut Ui, view: &View<'_>, memory: &mut DeliveriesMemory) {
    panel_ui(ui, Margin { left: 8, right: 8, top: 12, bottom: 8 }, |ui| {
        ui.spacing_mut().item_spacing.y = space::XS;
        head_ui(ui, view);
        let deliveries = &view.state.live.deliveries;
        if deliveries.all().is_empty() {
            nothing_ui(ui, view);
            return;
        }
        let columns = Columns::of(&COLUMNS, ui.max_rect().left(), ui.available_width());
        table::head(ui, &columns, &COLUMNS);
        if deliveries.shown().is_empty() {
            filtered_away_ui(ui, view);
            return;
        }
        take_keys(ui, view);
        rows_ui(ui, view, memory, &columns);
    });
}

/// The heading, with the filters at its right or, where that is too near, below it.
fn head_ui(ui: &mut Ui, view: &View<'_>) {
    let has_rows = !view.state.live.deliveries.all().is_empty();
    let is_wide = ui.available_width() > 600.0;
    ui.horizontal(|ui| {
        ui.add_space(space::S);
        heading_ui(ui, "Deliveries");
        if has_rows {
            count_ui(ui, view);
        }
        if is_wide && has_rows {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::XS;
                ui.add_space(space::XS);
                type_chip(ui, view);
                for outcome in Outcome::ALL.into_iter().rev() {
                    outcome_chip(ui, view, outcome);
                }
            });
        }
    });
    if !is_wide && has_rows {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
            for outcome in Outcome::ALL {
                outcome_chip(ui, view, outcome);
            }
            type_chip(ui, view);
        });
    }
}

fn count_ui(ui: &mut Ui, view: &View<'_>) {
    let deliveries = &view.state.live.deliveries;
    let (shown, all) = (deliveries.shown().len(), deliveries.all().len());
    let words = if deliveries.filter.is_set() {
        format!("{} of {}", format::count(shown), format::count(all))
    } else {
        format::count(all)
    };
    let color = theme::tokens(ui).text_weak;
    let text = eframe::egui::RichText::new(words).font(theme::regular(size::SMALL)).color(color);
    ui.add(eframe::egui::Label::new(text));
}

fn outcome_chip(ui: &mut Ui, view: &View<'_>, outcome: Outcome) {
    let is_on = view.state.live.deliveries.filter.outcome == Some(outcome);
    if widgets::chip(ui, outcome.words(), is_on).clicked() {
        view.send(LiveCommand::FilterOutcome((!is_on).then_some(outcome)));
    }
}

fn type_chip(ui: &mut Ui, view: &View<'_>) {
    let chosen = view.state.live.deliveries.filter.event_type.as_ref();
    let text = chosen.map_or("Type", EventType::words);
    let name = match chosen {
        Some(chosen) => format!("Type: {}, clear", chosen.words()),
        None => "Filter by type".to_owned(),
    };
    let chip = widgets::menu_chip(ui, text, &name, chosen.is_some());
    if chosen.is_some() {
        if chip.clicked() {
            view.send(LiveCommand::FilterType(None));
        }
        return;
    }
    let menu = Popup::menu(&chip).align(RectAlign::BOTTOM_END).gap(space::XS).width(MENU_WIDTH);
    menu.show(|ui| {
        ScrollArea::vertical().max_height(MENU_HEIGHT).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for event_type in view.state.live.deliveries.types() {
                if menu_item(ui, &MenuItem::new(event_type.words())).clicked() {
                    view.send(LiveCommand::FilterType(Some(event_type)));
                    ui.close();
                }
            }
        });
    });
}

fn nothing_ui(ui: &mut Ui, view: &View<'_>) {
    ui.allocate_ui(vec2(ui.available_width(), 190.0), |ui| {
        let text = "Send a test to check the line.";
        widgets::empty_state(ui, icons::SEND, "Nothing sent yet.", text, |ui| {
            let command = Action::SendTest.resolve(view);
            let button = widgets::Button::new(Action::SendTest.text());
            if ui.add_enabled(command.is_some(), button).clicked()
                && let Some(command) = command
            {
                view.send(command);
            }
        });
    });
}

fn filtered_away_ui(ui: &mut Ui, view: &View<'_>) {
    let all = view.state.live.deliveries.all().len();
    let title = format!("None of the {} deliveries match.", format::count(all));
    ui.allocate_ui(vec2(ui.available_width(), 170.0), |ui| {
        widgets::empty_state(ui, icons::FILTER, &title, "", |ui| {
            if widgets::button(ui, Action::ClearFilters.text()).clicked() {
                view.send(LiveCommand::ClearFilters);
            }
        });
    });
}

/// The arrows walk through the rows while nothing else has the keyboard.
fn take_keys(ui: &Ui, view: &View<'_>) {
    let is_free = !ui.ctx().egui_wants_keyboard_input() && !Popup::is_any_open(ui.ctx());
    if !is_free || view.state.dialog.is_some() {
        return;
    }
    let (steps, opens) = ui.input_mut(|input| {
        let mut pressed = |key| i32::try_from(input.count_and_consume_key(Modifiers::NONE, key)).unwrap_or(0);
        let rows = pressed(Key::ArrowDown) - pressed(Key::ArrowUp);
        let pages = pressed(Key::PageDown) - pressed(Key::PageUp);
        (rows + PAGE * pages, pressed(Key::Enter) > 0)
    });
    if steps != 0 {
        view.send(LiveCommand::Move(steps));
    }
    if let Some(selected) = view.state.live.deliveries.selected.filter(|_| opens) {
        view.send(LiveCommand::ShowDelivery(selected));
    }
}

fn rows_ui(ui: &mut Ui, view: &View<'_>, memory: &mut DeliveriesMemory, columns: &Columns) {
    let deliveries = &view.state.live.deliveries;
    let rows = deliveries.shown();
    let extent = vec2(ui.available_width(), rows.len() as f32 * table::ROW);
    let (area, _) = ui.allocate_exact_size(extent, Sense::hover());
    let place = |index: usize| {
        let top = area.top() + index as f32 * table::ROW;
        Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), table::ROW))
    };
    let seen = ui.clip_rect().intersect(area);
    let first = ((seen.top() - area.top()) / table::ROW).floor().max(0.0) as usize;
    let end = ((seen.bottom() - area.top()) / table::ROW).ceil().max(0.0) as usize;
    for (index, row) in rows.iter().enumerate().take(end).skip(first) {
        row_ui(ui, view, columns, (index, row, place(index)));
    }
    if memory.revealed != deliveries.selected {
        memory.revealed = deliveries.selected;
        if let Some(selected) = deliveries.selected {
            ui.scroll_to_rect(place(selected), None);
        }
    }
}

fn row_ui(ui: &Ui, view: &View<'_>, columns: &Columns, (index, row, rect): (usize, &Arc<DeliveryRow>, Rect)) {
    let tokens = theme::tokens(ui);
    let delivery = &row.delivery;
    let is_selected = view.state.live.deliveries.selected == Some(index);
    let id = Id::unique(("delivery", index));
    let response = table::row(ui, rect, id, (&words::spoken_delivery(row, view.now, view.zone()), is_selected));
    let font = theme::regular(size::CONTROL);
    let when = format::exact_time(delivery.at, view.now, view.zone());
    let texts = [
        (0, when, tokens.text),
        (1, words::what(row), tokens.text),
        (3, delivery.attempt.map(|attempt| attempt.to_string()).unwrap_or_default(), tokens.text_weak),
        (4, delivery.milliseconds.map(|ms| format::count(ms as usize)).unwrap_or_default(), tokens.text_weak),
        (5, words::remark(row), tokens.text_weak),
    ];
    let mut is_cut = false;
    for (column, text, color) in &texts {
        is_cut |= columns.write(ui, (*column, rect), (text, font.clone(), *color));
    }
    if let Some(cell) = columns.cell(2, rect) {
        let tone = if delivery.is_success { Tone::Ok } else { Tone::Error };
        paint_badge(ui, &words::answer(delivery), tone, cell.left_center());
    }
    let response = if is_cut { response.on_hover_text(words::tooltip(row)) } else { response };
    if response.clicked() {
        view.send(LiveCommand::ShowDelivery(index));
    }
}
