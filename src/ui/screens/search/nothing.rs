//! The search without hits: nothing typed yet, or nothing found. Says what was searched and the next step.

use crate::state::{ListCommand, Loading, SearchCommand, SearchState};
use crate::ui::action::Action;
use crate::ui::format::count;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub(super) fn nothing_ui(ui: &mut Ui, view: &View<'_>) {
    let search = &view.state.search;
    if search.query.is_blank() {
        let title = "Search everything stored here";
        let text = "Words of transcripts, SOAP notes and patients, also offline. \
                    Put a phrase in \"quotes\", and a minus before a -word to leave out.";
        widgets::empty_state(ui, icons::SEARCH, title, text, |_| {});
    } else if !search.is_waiting() {
        not_found(ui, view);
    }
}

fn not_found(ui: &mut Ui, view: &View<'_>) {
    let search = &view.state.search;
    let list = &view.state.list;
    let (title, text) = words(search);
    widgets::empty_state(ui, icons::SEARCH, &title, &text, |ui| {
        if search.query.has_filters() && widgets::button(ui, Action::ClearFilters.text()).clicked() {
            view.send(SearchCommand::ClearFilters);
        }
        let is_free = list.progress.loading == Loading::Idle;
        let further = widgets::Button::new(Action::LookFurtherBack.text());
        if list.can_look_further() && ui.add_enabled(is_free, further).clicked() {
            view.send(ListCommand::LookFurtherBack);
        }
    });
}

fn words(search: &SearchState) -> (String, String) {
    let title = if search.query.has_filters() { "Nothing found with these filters." } else { "Nothing found." };
    let results = &search.results;
    let text = match (results.indexed, results.waiting) {
        (0, 0) => "Nothing is stored on this computer yet.".to_owned(),
        (_, 1..) => "Not everything that is stored has been read yet; what is found later shows by itself.".to_owned(),
        (1, 0) => "The only consultation on this computer was searched.".to_owned(),
        (all, 0) => format!("All {} consultations on this computer were searched.", count(all)),
    };
    (title.to_owned(), text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SearchResults;
    use std::sync::Arc;

    #[test]
    fn what_was_searched_is_said() {
        let mut search = SearchState::default();
        let mut told = |indexed, waiting| {
            search.results = Arc::new(SearchResults { indexed, waiting, ..SearchResults::default() });
            words(&search).1
        };
        assert_eq!(told(0, 0), "Nothing is stored on this computer yet.");
        assert_eq!(told(3_120, 0), "All 3,120 consultations on this computer were searched.");
        assert!(told(5, 2).starts_with("Not everything"));
        search.query.speaker = Some("Owner".to_owned());
        assert_eq!(words(&search).0, "Nothing found with these filters.");
    }
}
