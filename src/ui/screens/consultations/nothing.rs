//! The list without rows: still loading, filtered away, or nothing there yet.

use crate::domain::{ConsultationFilter, MarkFilter};
use crate::state::{ListCommand, ListState, Loading};
use crate::ui::action::Action;
use crate::ui::format::count;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::Ui;

pub fn nothing_ui(ui: &mut Ui, view: &View<'_>) {
    let list = &view.state.list;
    let (loaded, _) = list.counts();
    if loaded == 0 && list.problem.is_some() {
        return;
    }
    let is_confirmed = list.progress.synced_at.is_some() && list.progress.loading != Loading::Newest;
    if loaded > 0 && list.has_view {
        filtered_away(ui, view);
    } else if view.state.connection.is_offline() {
        let text = "Nothing was saved here yet. Consultations appear once NxVET can be reached.";
        widgets::empty_state(ui, icons::OFFLINE, "You are offline.", text, |ui| {
            if widgets::button(ui, "Try again").clicked() {
                view.send(ListCommand::Refresh);
            }
        });
    } else if !list.has_view || !is_confirmed {
        // That there are none is said only once NxVET has said so.
        widgets::empty_state(ui, "", "", "Loading consultations…", |_| {});
    } else {
        let clinic = view.state.session.organization().map_or("this clinic", |clinic| clinic.name.as_str());
        let title = format!("No consultations yet for {clinic}.");
        let text = "New ones appear here a short time after a recording ends.";
        widgets::empty_state(ui, icons::LIST, &title, text, |ui| {
            if widgets::button(ui, Action::Refresh.text()).clicked() {
                view.send(ListCommand::Refresh);
            }
        });
    }
}

fn filtered_away(ui: &mut Ui, view: &View<'_>) {
    let list = &view.state.list;
    let (title, text) = words(list);
    widgets::empty_state(ui, icons::SEARCH, &title, &text, |ui| {
        let is_free = list.progress.loading == Loading::Idle;
        if list.can_look_further()
            && ui.add_enabled(is_free, widgets::Button::new(Action::LookFurtherBack.text())).clicked()
        {
            view.send(ListCommand::LookFurtherBack);
        }
        if !list.filter.is_empty() && widgets::button(ui, Action::ClearFilters.text()).clicked() {
            view.send(ListCommand::ClearFilters);
        }
    });
}

fn words(list: &ListState) -> (String, String) {
    let (loaded, total) = list.counts();
    let is_all_done =
        list.filter == ConsultationFilter { mark: Some(MarkFilter::ToDo), ..ConsultationFilter::default() };
    let title = if is_all_done {
        format!("All {} loaded consultations are reviewed or copied.", count(loaded))
    } else {
        format!("None of the {} loaded consultations match.", count(loaded))
    };
    let older = total.map(|total| total - loaded).filter(|older| *older > 0 && list.can_look_further());
    let text = match older {
        Some(1) => "1 older one is not loaded.".to_owned(),
        Some(older) => format!("{} older ones are not loaded.", count(older)),
        None if list.can_look_further() => "Older ones are not loaded.".to_owned(),
        None => String::new(),
    };
    (title, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples;

    #[test]
    fn what_is_not_loaded_is_counted() {
        let mut desk = samples::desk();
        desk.list.progress.loaded = 300;
        desk.list.progress.total = Some(1_250);
        desk.list.progress.is_complete = false;
        let (title, text) = words(&desk.list);
        assert_eq!(title, "None of the 300 loaded consultations match.");
        assert_eq!(text, "950 older ones are not loaded.");
        desk.list.progress.is_complete = true;
        assert_eq!(words(&desk.list).1, "");
        desk.list.filter.mark = Some(MarkFilter::ToDo);
        assert_eq!(words(&desk.list).0, "All 300 loaded consultations are reviewed or copied.");
    }
}
