//! The head of the list: title, search field and the chips that filter and group.
//! What is chosen from a chip's menu is in `filter_menu`.

use super::ListMemory;
use super::filter_menu::{self, Entry, MenuMemory};
use crate::domain::{ConsultationFilter, Facet, Facets, GroupBy, MarkFilter, Period};
use crate::state::{ListCommand, ListState};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Field, Kind};
use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Align, Frame, Id, Key, Label, Layout, Margin, Modifiers, RichText, ScrollArea, Ui, vec2};
use std::sync::Arc;

const LOW: f32 = 380.0;
const MARKS: &str = "Marks";

#[derive(Default)]
pub struct FilterMemory {
    menu: MenuMemory,
    names: Names,
}

/// The words of the filters that are set, looked up once for a view and a filter.
#[derive(Default)]
struct Names {
    of: Option<(usize, ConsultationFilter)>,
    room: Option<String>,
    patient: Option<String>,
    vet: Option<String>,
    kind: Option<String>,
}

impl Names {
    /// A typed text changes none of them, so a keystroke looks nothing up.
    fn refresh(&mut self, list: &ListState) {
        let address = Arc::as_ptr(&list.view.facets).addr();
        if self.of.as_ref().is_some_and(|(known, filter)| *known == address && chooses_same(filter, &list.filter)) {
            return;
        }
        let facets = &list.view.facets;
        self.room = named(&facets.rooms, list.filter.room.as_ref());
        self.patient = named(&facets.patients, list.filter.patient.as_ref());
        self.vet = named(&facets.vets, list.filter.vet.as_ref());
        self.kind = list.filter.kind.as_ref().map(|kind| kind.words().to_owned());
        self.of = Some((address, list.filter.clone()));
    }
}

fn chooses_same(a: &ConsultationFilter, b: &ConsultationFilter) -> bool {
    a.room == b.room && a.patient == b.patient && a.vet == b.vet && a.kind == b.kind
}

fn named<T: PartialEq>(facets: &[Facet<T>], wanted: Option<&T>) -> Option<String> {
    let wanted = wanted?;
    let found = facets.iter().find(|facet| facet.value == *wanted);
    Some(found.map_or_else(|| "1 chosen".to_owned(), |facet| facet.label.clone()))
}

pub fn head_ui(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory) {
    let tokens = theme::tokens(ui);
    // A low window keeps its height for the rows.
    let is_low = ui.max_rect().height() < LOW;
    let margin = if is_low { Margin::symmetric(16, 6) } else { Margin { left: 16, right: 16, top: 14, bottom: 10 } };
    let shown = Frame::new().inner_margin(margin).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(space::XS, space::S);
        if !is_low {
            title(ui, view);
        }
        search(ui, view, memory);
        // A line is as high as its chips.
        ui.spacing_mut().interact_size.y = space::CHIP;
        if is_low {
            let line = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
            line.show(ui, |ui| ui.horizontal(|ui| chips(ui, view, memory)));
        } else {
            ui.horizontal_wrapped(|ui| chips(ui, view, memory));
        }
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.line));
}

fn title(ui: &mut Ui, view: &View<'_>) {
    let is_mac = ui.ctx().os().is_mac();
    ui.horizontal(|ui| {
        ui.set_height(space::CHIP);
        let text = RichText::new("Consultations").font(theme::strong(size::TITLE)).color(theme::tokens(ui).text);
        ui.add(Label::new(text));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if widgets::icon_button(ui, icons::REFRESH, &Action::Refresh.tooltip(is_mac)).clicked() {
                view.send(ListCommand::Refresh);
            }
        });
    });
}

fn search(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory) {
    let list = &view.state.list;
    let mut text = list.filter.text.clone();
    // The short key reaches this field as long as it does not find in an open consultation.
    let is_mac = ui.ctx().os().is_mac();
    let keys = if view.state.record.is_none() { Action::Find.keys(is_mac) } else { String::new() };
    let field = Field {
        name: "Search patients, rooms, vets",
        hint: "Search patients, rooms, vets…",
        icon: icons::SEARCH,
        id: search_id(),
        height: 34.0,
        is_password: false,
    };
    let mut cleared = false;
    let has_room = ui.available_width() > 300.0 && !keys.is_empty();
    let response = widgets::field(ui, &mut text, &field, |ui| {
        if !list.filter.text.is_empty() {
            cleared = widgets::text_icon_button(ui, icons::CLOSE, "Clear the search").clicked();
        } else if has_room {
            widgets::kbd(ui, &keys);
        }
    });
    let response = response.on_hover_text(Action::Search.tooltip(is_mac));
    if std::mem::take(&mut memory.wants_search) {
        response.request_focus();
    }
    if cleared {
        view.send(ListCommand::FilterText(String::new()));
    } else if response.changed() {
        view.send(ListCommand::FilterText(text));
    }
    // The arrow leaves the field for the rows below it.
    if response.has_focus() && ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown)) {
        response.surrender_focus();
        view.send(ListCommand::Move(1));
    }
}

pub fn search_id() -> Id {
    Id::unique("list search")
}

fn chips(ui: &mut Ui, view: &View<'_>, memory: &mut ListMemory) {
    let list = &view.state.list;
    memory.filters.names.refresh(list);
    ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
    for period in Period::ALL {
        let is_on = list.filter.period == period;
        if widgets::chip(ui, period.words(), is_on).clicked() && !is_on {
            view.send(ListCommand::FilterPeriod(period));
        }
    }
    facet_chips(ui, view, &mut memory.filters);
    group_chip(ui, view);
    if !list.filter.is_empty() {
        let clear = Button::new(Action::ClearFilters.text()).kind(Kind::Link).height(space::CHIP);
        if ui.add(clear).clicked() {
            view.send(ListCommand::ClearFilters);
        }
    }
}

fn facet_chips(ui: &mut Ui, view: &View<'_>, memory: &mut FilterMemory) {
    let list = &view.state.list;
    let Facets { rooms, patients, vets, kinds } = &*list.view.facets;
    let FilterMemory { menu, names } = memory;
    let mut chip =
        |ui: &mut Ui, word: &str, chosen: Option<&String>, count: usize, entry: &dyn Fn(usize) -> Option<Entry>| {
            facet_chip(ui, view, menu, &Chip { word, chosen, count, entry });
        };
    chip(ui, "Room", names.room.as_ref(), rooms.len(), &|index| {
        Entry::new(rooms.get(index)?, |value| ListCommand::FilterRoom(Some(value)))
    });
    chip(ui, "Patient", names.patient.as_ref(), patients.len(), &|index| {
        Entry::new(patients.get(index)?, |value| ListCommand::FilterPatient(Some(value)))
    });
    chip(ui, "Vet", names.vet.as_ref(), vets.len(), &|index| {
        Entry::new(vets.get(index)?, |value| ListCommand::FilterVet(Some(value)))
    });
    if kinds.len() > 1 || names.kind.is_some() {
        chip(ui, "Type", names.kind.as_ref(), kinds.len(), &|index| {
            Entry::new(kinds.get(index)?, |value| ListCommand::FilterKind(Some(value)))
        });
    }
    let mark = list.filter.mark.map(|mark| mark.words().to_owned());
    chip(ui, MARKS, mark.as_ref(), MarkFilter::ALL.len(), &|index| {
        let value = *MarkFilter::ALL.get(index)?;
        let (label, detail, count) = (value.words().to_owned(), String::new(), list.view.marks.of(value));
        Entry::new(&Facet { value, label, detail, count }, |value| ListCommand::FilterMark(Some(value)))
    });
}

struct Chip<'a> {
    word: &'a str,
    chosen: Option<&'a String>,
    count: usize,
    entry: &'a dyn Fn(usize) -> Option<Entry>,
}

fn facet_chip(ui: &mut Ui, view: &View<'_>, menu: &mut MenuMemory, chip: &Chip<'_>) {
    if let Some(chosen) = chip.chosen {
        let name = format!("{}: {chosen}, clear", chip.word);
        if widgets::menu_chip(ui, chosen, &name, true).clicked() {
            view.send(nothing_chosen(chip.word));
        }
        return;
    }
    let response = widgets::menu_chip(ui, chip.word, &format!("Filter by {}", chip.word.to_lowercase()), false);
    let stamp = Arc::as_ptr(&view.state.list.view.facets).addr();
    let chosen = filter_menu::menu(&response, menu, (chip.word, stamp), chip.count, chip.entry);
    if let Some(command) = chosen {
        view.send(command);
    }
}

fn nothing_chosen(word: &str) -> ListCommand {
    match word {
        "Room" => ListCommand::FilterRoom(None),
        "Patient" => ListCommand::FilterPatient(None),
        "Vet" => ListCommand::FilterVet(None),
        MARKS => ListCommand::FilterMark(None),
        _ => ListCommand::FilterKind(None),
    }
}

fn group_chip(ui: &mut Ui, view: &View<'_>) {
    let now = view.state.list.group_by;
    let response = Chip::group(ui, now);
    let choices = GroupBy::ALL.map(|group_by| (group_by.words(), group_by == now, ListCommand::GroupBy(group_by)));
    if let Some(command) = filter_menu::choices(&response, choices) {
        view.send(command);
    }
}

impl Chip<'_> {
    fn group(ui: &mut Ui, now: GroupBy) -> eframe::egui::Response {
        widgets::menu_chip(ui, now.words(), &format!("Group the list, now {}", now.words().to_lowercase()), false)
    }
}
