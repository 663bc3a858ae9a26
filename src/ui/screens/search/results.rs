//! The list of what was found. Costs what is in sight, however much was found.

use super::row;
use crate::state::SearchCommand;
use crate::ui::view::View;
use eframe::egui::{Rect, ScrollArea, Ui, pos2, vec2};
use std::sync::Arc;

#[derive(Default)]
pub(super) struct ResultsMemory {
    /// The last selection that was brought into sight.
    revealed: u64,
    /// Which answer more was asked for; its address is only compared.
    asked: usize,
}

/// Rows from the end at which more are fetched.
const NEAR_END: usize = 3;

pub(super) fn results_ui(ui: &mut Ui, view: &View<'_>, memory: &mut ResultsMemory) {
    let search = &view.state.search;
    let count = search.results.hits.len();
    let last_shown =
        ScrollArea::vertical().auto_shrink(false).animated(false).id_salt("found").show_viewport(ui, |ui, seen| {
            let area = Rect::from_min_size(ui.max_rect().min, vec2(ui.available_width(), count as f32 * row::HEIGHT));
            ui.allocate_rect(area, eframe::egui::Sense::hover());
            let place = |index: usize| {
                let top = area.top() + index as f32 * row::HEIGHT;
                Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), row::HEIGHT))
            };
            let first = (seen.top() / row::HEIGHT).floor().max(0.0) as usize;
            let end = ((seen.bottom() / row::HEIGHT).ceil().max(0.0) as usize).min(count);
            for (index, hit) in search.results.hits.iter().enumerate().take(end).skip(first) {
                row::row_ui(ui, view, (index, hit), place(index));
            }
            if memory.revealed != search.reveal {
                memory.revealed = search.reveal;
                ui.scroll_to_rect(place(search.selected), None);
            }
            end
        });
    let answer = Arc::as_ptr(&search.results).addr();
    let is_near_end = last_shown.inner + NEAR_END > count;
    if is_near_end && search.results.has_more && !search.is_waiting() && memory.asked != answer {
        memory.asked = answer;
        view.send(SearchCommand::More);
    }
}
