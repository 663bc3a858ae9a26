//! The chips that narrow a search: period, room, patient, vet, where the words stand and who said them.

use crate::domain::{Facet, Period, SearchPlace};
use crate::state::{SearchCommand, SearchState};
use crate::ui::action::Action;
use crate::ui::screens::consultations::filter_menu::{self, Entry, MenuMemory};
use crate::ui::theme::space;
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, MenuItem};
use eframe::egui::scroll_area::ScrollBarVisibility;
use eframe::egui::{Popup, PopupCloseBehavior, ScrollArea, Ui, vec2};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct FilterMemory {
    menu: MenuMemory,
}

pub(super) fn chips_ui(ui: &mut Ui, view: &View<'_>, memory: &mut FilterMemory, is_low: bool) {
    // A line is as high as its chips.
    ui.spacing_mut().interact_size.y = space::CHIP;
    if is_low {
        let line = ScrollArea::horizontal().scroll_bar_visibility(ScrollBarVisibility::AlwaysHidden);
        line.show(ui, |ui| ui.horizontal(|ui| chips(ui, view, memory)));
    } else {
        ui.horizontal_wrapped(|ui| chips(ui, view, memory));
    }
}

fn chips(ui: &mut Ui, view: &View<'_>, memory: &mut FilterMemory) {
    let query = &view.state.search.query;
    ui.spacing_mut().item_spacing = vec2(space::XS, space::XS);
    for period in Period::ALL {
        let is_on = query.period == period;
        if widgets::chip(ui, period.words(), is_on).clicked() && !is_on {
            view.send(SearchCommand::Period(period));
        }
    }
    facet_chips(ui, view, memory);
    place_chip(ui, view);
    speaker_chip(ui, view);
    if query.has_filters() {
        let clear = Button::new(Action::ClearFilters.text()).kind(Kind::Link).height(space::CHIP);
        if ui.add(clear).clicked() {
            view.send(SearchCommand::ClearFilters);
        }
    }
}

fn facet_chips(ui: &mut Ui, view: &View<'_>, memory: &mut FilterMemory) {
    let query = &view.state.search.query;
    let facets = &view.state.list.view.facets;
    let room = Chip { word: "Room", chosen: query.room.as_ref(), facets: &facets.rooms };
    room.ui(ui, view, &mut memory.menu, SearchCommand::Room);
    let patient = Chip { word: "Patient", chosen: query.patient.as_ref(), facets: &facets.patients };
    patient.ui(ui, view, &mut memory.menu, SearchCommand::Patient);
    let vet = Chip { word: "Vet", chosen: query.vet.as_ref(), facets: &facets.vets };
    vet.ui(ui, view, &mut memory.menu, SearchCommand::Vet);
}

/// A chip over a list of values; filled and named once one is chosen.
struct Chip<'a, T> {
    word: &'a str,
    chosen: Option<&'a T>,
    facets: &'a [Facet<T>],
}

impl<T: Clone + PartialEq> Chip<'_, T> {
    fn ui(&self, ui: &mut Ui, view: &View<'_>, menu: &mut MenuMemory, command: impl Fn(Option<T>) -> SearchCommand) {
        if let Some(chosen) = self.chosen {
            let known = self.facets.iter().find(|facet| facet.value == *chosen);
            let words = known.map_or("1 chosen", |facet| facet.label.as_str());
            if chosen_chip(ui, self.word, words) {
                view.send(command(None));
            }
            return;
        }
        let name = format!("Filter by {}", self.word.to_lowercase());
        let response = widgets::menu_chip(ui, self.word, &name, false);
        let stamp = Arc::as_ptr(&view.state.list.view.facets).addr();
        let entry = |index: usize| Entry::new(self.facets.get(index)?, |value| command(Some(value)));
        if let Some(command) = filter_menu::menu(&response, menu, (self.word, stamp), self.facets.len(), &entry) {
            view.send(command);
        }
    }
}

/// A filter that is on; a click clears it.
fn chosen_chip(ui: &mut Ui, word: &str, chosen: &str) -> bool {
    widgets::menu_chip(ui, chosen, &format!("{word}: {chosen}, clear"), true).clicked()
}

fn place_chip(ui: &mut Ui, view: &View<'_>) {
    if let Some(place) = view.state.search.query.place {
        if chosen_chip(ui, "Place", place.words()) {
            view.send(SearchCommand::Place(None));
        }
        return;
    }
    let response = widgets::menu_chip(ui, "Anywhere", "Filter by place", false);
    let choices = SearchPlace::ALL.map(|place| (place.words(), false, SearchCommand::Place(Some(place))));
    if let Some(command) = filter_menu::choices(&response, choices) {
        view.send(command);
    }
}

fn speaker_chip(ui: &mut Ui, view: &View<'_>) {
    let SearchState { query, results, .. } = &view.state.search;
    if let Some(speaker) = &query.speaker {
        if chosen_chip(ui, "Speaker", speaker) {
            view.send(SearchCommand::Speaker(None));
        }
        return;
    }
    if results.speakers.is_empty() {
        return;
    }
    let response = widgets::menu_chip(ui, "Speaker", "Filter by speaker", false);
    let popup = Popup::menu(&response).close_behavior(PopupCloseBehavior::CloseOnClick).width(220.0);
    popup.show(|ui| {
        let room = (ui.ctx().content_rect().height() * 0.6).clamp(90.0, 320.0);
        ScrollArea::vertical().max_height(room).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 1.0;
            for speaker in &results.speakers {
                if widgets::menu_item(ui, &MenuItem::new(speaker)).clicked() {
                    view.send(SearchCommand::Speaker(Some(speaker.clone())));
                }
            }
        });
    });
}
