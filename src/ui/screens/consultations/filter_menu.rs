//! The menu under a filter chip: what there is to choose, with counts; a small search box once there is much of it.
//! Many entries cost nothing while it is closed, and a bounded number while it is open.

use crate::domain::Facet;
use crate::domain::fold::fold;
use crate::state::ListCommand;
use crate::ui::format::count;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::widgets::{self, Field, MenuItem};
use eframe::egui::{Id, Label, Popup, PopupCloseBehavior, Response, RichText, ScrollArea, Ui};

/// From this many on the menu gets a search box.
const SEARCHABLE: usize = 12;
/// More are not listed; typing narrows them.
const LISTED: usize = 200;
const WIDTH: f32 = 300.0;

/// One line of the menu and what it does.
pub struct Entry<C = ListCommand> {
    label: String,
    detail: String,
    count: usize,
    command: C,
}

impl<C> Entry<C> {
    pub fn new<T: Clone>(facet: &Facet<T>, command: impl Fn(T) -> C) -> Option<Self> {
        Some(Self {
            label: facet.label.clone(),
            detail: facet.detail.clone(),
            count: facet.count,
            command: command(facet.value.clone()),
        })
    }
}

#[derive(Default)]
pub struct MenuMemory {
    /// Which menu is open, and of which view.
    of: Option<(String, usize)>,
    text: String,
    /// Indices of the entries that hold the typed text.
    found: Vec<usize>,
    is_cut: bool,
    searched: Option<String>,
}

/// Shows the menu of a chip while it is open; returns what was chosen.
pub fn menu<C>(
    chip: &Response,
    memory: &mut MenuMemory,
    of: (&str, usize),
    entries: usize,
    entry: &dyn Fn(usize) -> Option<Entry<C>>,
) -> Option<C> {
    let popup = Popup::menu(chip).close_behavior(PopupCloseBehavior::CloseOnClickOutside).width(WIDTH);
    popup
        .show(|ui| {
            memory.enter(of);
            if entries >= SEARCHABLE {
                search_box(ui, memory);
            }
            memory.search(entries, entry);
            lines(ui, memory, entries, entry)
        })
        .and_then(|shown| shown.inner)
}

impl MenuMemory {
    /// Starts afresh for another menu or another view.
    fn enter(&mut self, (name, view): (&str, usize)) {
        match &self.of {
            Some((known, at)) if known == name && *at == view => {}
            Some((known, _)) if known == name => {
                self.searched = None;
                self.of = Some((name.to_owned(), view));
            }
            _ => *self = Self { of: Some((name.to_owned(), view)), ..Self::default() },
        }
    }

    fn search<C>(&mut self, entries: usize, entry: &dyn Fn(usize) -> Option<Entry<C>>) {
        if self.searched.as_ref() == Some(&self.text) {
            return;
        }
        let needle = fold(&self.text);
        let fits = |index: &usize| {
            needle.is_empty()
                || entry(*index)
                    .is_some_and(|entry| fold(&format!("{} {}", entry.label, entry.detail)).contains(&needle))
        };
        self.found = (0..entries).filter(fits).take(LISTED + 1).collect();
        self.is_cut = self.found.len() > LISTED;
        self.found.truncate(LISTED);
        self.searched = Some(self.text.clone());
    }
}

fn search_box(ui: &mut Ui, memory: &mut MenuMemory) {
    let id = Id::unique("filter menu search");
    let field =
        Field { name: "Find in this menu", hint: "Find…", icon: icons::SEARCH, id, height: 30.0, is_password: false };
    let is_fresh = memory.searched.is_none();
    let response = widgets::field(ui, &mut memory.text, &field, |_| {});
    if is_fresh {
        response.request_focus();
    }
    ui.add_space(space::XS);
}

fn lines<C>(ui: &mut Ui, memory: &MenuMemory, entries: usize, entry: &dyn Fn(usize) -> Option<Entry<C>>) -> Option<C> {
    let mut chosen = None;
    let room = (ui.ctx().content_rect().height() * 0.6).clamp(90.0, 380.0);
    ScrollArea::vertical().max_height(room).min_scrolled_height(room).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        for entry in memory.found.iter().filter_map(|index| entry(*index)) {
            let count = count(entry.count);
            let item = MenuItem { detail: &entry.detail, trailing: &count, ..MenuItem::new(&entry.label) };
            if widgets::menu_item(ui, &item).clicked() {
                chosen = Some(entry.command);
                ui.close();
            }
        }
        if memory.found.is_empty() {
            quiet(ui, if entries == 0 { "Nothing to choose from yet." } else { "None by that name." });
        } else if memory.is_cut {
            quiet(ui, &format!("{} in all; type to narrow them.", count(entries)));
        }
    });
    chosen
}

/// A short menu of exclusive choices.
pub fn choices<C, const N: usize>(chip: &Response, choices: [(&str, bool, C); N]) -> Option<C> {
    let shown = Popup::menu(chip).width(160.0).show(|ui| {
        ui.spacing_mut().item_spacing.y = 1.0;
        let mut chosen = None;
        for (words, is_chosen, command) in choices {
            // The blank keeps the words of all choices in line with the ticked one.
            let item = MenuItem { icon: " ", is_chosen, ..MenuItem::new(words) };
            if widgets::menu_item(ui, &item).clicked() {
                chosen = Some(command);
            }
        }
        chosen
    });
    shown.and_then(|shown| shown.inner)
}

fn quiet(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_weak;
    ui.add(Label::new(RichText::new(text).font(theme::regular(size::SMALL)).color(color)).wrap());
}
