//! Whose libraries and fonts this program is made of, and under which terms: a long text of which only the lines
//! in sight are drawn. The text is made by `packaging/licences.py`.

use super::{modal, title_row};
use crate::state::{Dialog, WindowCommand};
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Label, RichText, ScrollArea, TextWrapMode, Ui};
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../../assets/licences.txt");
/// Marks a heading in the text.
const HEADING: &str = "# ";
const LINE: f32 = 18.0;

static LINES: LazyLock<Vec<&'static str>> = LazyLock::new(|| TEXT.lines().collect());

pub fn licences_ui(ui: &Ui, view: &View<'_>) {
    let room = ui.ctx().content_rect().height();
    modal(ui, view, "licences", 680.0, |ui| {
        title_row(ui, view, "Libraries and licences");
        if widgets::link_button(ui, "Back to About Consult Desk").clicked() {
            view.send(WindowCommand::Show(Dialog::About));
        }
        ui.add_space(space::XS);
        let highest = (room - 180.0).max(80.0);
        ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::both().max_height(highest).min_scrolled_height(highest).auto_shrink(false).show_rows(
            ui,
            LINE,
            LINES.len(),
            |ui, range| {
                ui.spacing_mut().interact_size.y = LINE;
                LINES.get(range).into_iter().flatten().for_each(|line| line_ui(ui, line));
            },
        );
    });
}

fn line_ui(ui: &mut Ui, line: &str) {
    let tokens = theme::tokens(ui);
    let (words, font, color) = match line.strip_prefix(HEADING) {
        Some(heading) => (heading, theme::strong(size::SMALL), tokens.text),
        None => (line, theme::regular(size::SMALL), tokens.text_weak),
    };
    ui.horizontal(|ui| {
        ui.set_height(LINE);
        ui.add(Label::new(RichText::new(words).font(font).color(color)));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_what_the_program_stands_on() {
        for name in ["egui", "rusqlite", "Inter", "Lucide"] {
            assert!(TEXT.contains(name), "{name} is not named");
        }
        assert!(LINES.iter().any(|line| line.starts_with(HEADING)));
        assert!(LINES.iter().all(|line| line.chars().count() <= 120), "the longest line still fits");
    }
}
