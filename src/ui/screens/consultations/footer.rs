//! The foot of the list: how much of it there is, and looking further back.

use crate::state::{ListCommand, ListState, Loading};
use crate::ui::action::Action;
use crate::ui::format::count;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind};
use eframe::egui::{Align, Label, Layout, RichText, Ui, UiBuilder, vec2};

pub const HEIGHT: f32 = 38.0;

pub fn footer_ui(ui: &mut Ui, view: &View<'_>) {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, tokens.panel);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, (1.0, tokens.line));
    let inside = rect.shrink2(vec2(space::L, 2.0)).with_max_x(rect.right() - space::M);
    let builder = UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        let list = &view.state.list;
        if list.progress.loading == Loading::Older {
            line(ui, "Loading older ones…");
        } else if list.has_view && list.can_look_further() && list.counts().0 > 0 {
            let button = Button::new(Action::LookFurtherBack.text()).kind(Kind::Link).height(space::CHIP);
            let is_free = list.progress.loading == Loading::Idle;
            if ui.add_enabled(is_free, button).clicked() {
                view.send(ListCommand::LookFurtherBack);
            }
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| line(ui, &words(list)));
    });
}

fn line(ui: &mut Ui, text: &str) {
    let color = theme::tokens(ui).text_weak;
    ui.add(Label::new(RichText::new(text).font(theme::regular(size::SMALL)).color(color)).truncate());
}

/// `300 of 1,250 loaded`; with a filter also how many of them show.
pub fn words(list: &ListState) -> String {
    let (loaded, total) = list.counts();
    let loaded_words = match total {
        None if loaded == 0 => return String::new(),
        Some(0) => return String::new(),
        _ if list.progress.is_complete => format!("All {} loaded", count(loaded)),
        Some(total) => format!("{} of {} loaded", count(loaded), count(total)),
        None => format!("{} loaded", count(loaded)),
    };
    let shown = list.view.rows.len();
    match shown {
        _ if list.filter.is_empty() => loaded_words,
        1 => format!("1 match · {loaded_words}"),
        _ => format!("{} matches · {loaded_words}", count(shown)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::samples;

    #[test]
    fn the_foot_says_how_much_there_is() {
        let mut desk = samples::desk();
        desk.list.progress.loaded = 300;
        desk.list.progress.total = Some(1_250);
        desk.list.progress.is_complete = false;
        assert_eq!(words(&desk.list), "300 of 1,250 loaded");
        desk.list.progress.total = None;
        assert_eq!(words(&desk.list), "300 loaded");
        desk.list.progress.loaded = 57;
        desk.list.progress.is_complete = true;
        assert_eq!(words(&desk.list), "All 57 loaded");
        desk.list.filter.text = "bella".to_owned();
        assert!(words(&desk.list).ends_with(" matches · All 57 loaded"));
    }
}
