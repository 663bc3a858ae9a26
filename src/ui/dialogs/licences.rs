//! Whose libraries and fonts this program is made of, and under which terms: a long text of which only the lines
//! in sight are drawn, with a field to find a name in it. The text is made by `packaging/licences.py`.

use super::{modal, title_row};
use crate::state::{Dialog, WindowCommand};
use crate::ui::format::count;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Field};
use eframe::egui::{Id, Key, Label, Modifiers, RichText, ScrollArea, TextWrapMode, Ui};
use std::sync::LazyLock;

const TEXT: &str = include_str!("../../../assets/licences.txt");
/// Marks a heading in the text.
const HEADING: &str = "# ";
const LINE: f32 = 18.0;
/// Lines that stay in sight above one that was found.
const ABOVE: usize = 3;
const NAME: &str = "Find in the licences";

static LINES: LazyLock<Vec<&'static str>> = LazyLock::new(|| TEXT.lines().collect());

/// What is looked for, and which of the lines that hold it is shown.
#[derive(Default)]
pub struct LicencesMemory {
    text: String,
    found: Vec<usize>,
    at: usize,
    is_moving: bool,
    /// The keyboard was put into the field when the dialog opened.
    had_focus: bool,
}

impl LicencesMemory {
    fn look(&mut self) {
        let wanted = self.text.trim().to_lowercase();
        let holds = |line: &&str| !wanted.is_empty() && line.to_lowercase().contains(&wanted);
        self.found = LINES.iter().enumerate().filter(|(_, line)| holds(line)).map(|(at, _)| at).collect();
        (self.at, self.is_moving) = (0, !self.found.is_empty());
    }

    fn step(&mut self, back: bool) {
        let many = self.found.len();
        if many > 0 {
            self.at = if back { self.at + many - 1 } else { self.at + 1 } % many;
            self.is_moving = true;
        }
    }

    fn current(&self) -> Option<usize> {
        self.found.get(self.at).copied()
    }

    /// How far down the text shall stand, once after each step.
    fn take_offset(&mut self) -> Option<f32> {
        let line = self.current().filter(|_| std::mem::take(&mut self.is_moving))?;
        Some(line.saturating_sub(ABOVE) as f32 * LINE)
    }

    fn words(&self) -> String {
        match self.found.len() {
            0 if self.text.trim().is_empty() => String::new(),
            0 => "Not found".to_owned(),
            many => format!("{} of {}", count(self.at + 1), count(many)),
        }
    }
}

pub fn licences_ui(ui: &Ui, view: &View<'_>, memory: &mut LicencesMemory) {
    let room = ui.ctx().content_rect().height();
    modal(ui, view, "licences", 680.0, |ui| {
        title_row(ui, view, "Libraries and licences");
        if widgets::link_button(ui, "Back to About Consult Desk").clicked() {
            view.send(WindowCommand::Show(Dialog::About));
        }
        ui.add_space(space::XS);
        find_ui(ui, memory);
        ui.add_space(space::XS);
        text_ui(ui, (room - 220.0).max(60.0), memory);
    });
}

fn find_ui(ui: &mut Ui, memory: &mut LicencesMemory) {
    let id = Id::unique("find in licences");
    if ui.memory(|held| held.has_focus(id)) {
        // Enter steps on and stays in the field; it is taken before the field sees it.
        let (back, on) = ui.input_mut(|input| {
            (input.consume_key(Modifiers::SHIFT, Key::Enter), input.consume_key(Modifiers::NONE, Key::Enter))
        });
        if back || on {
            memory.step(back);
        }
    }
    let mut text = memory.text.clone();
    let mut step = None;
    let look = Field { name: NAME, hint: NAME, icon: icons::SEARCH, id, height: space::CONTROL, is_password: false };
    let response = widgets::field(ui, &mut text, &look, |ui| {
        if widgets::icon_button(ui, icons::CHEVRON_DOWN, "Next (Enter)").clicked() {
            step = Some(false);
        }
        if widgets::icon_button(ui, icons::CHEVRON_UP, "Previous (Shift+Enter)").clicked() {
            step = Some(true);
        }
        let color = theme::tokens(ui).text_weak;
        ui.add(Label::new(RichText::new(memory.words()).font(theme::regular(size::SMALL)).color(color)));
    });
    if !std::mem::replace(&mut memory.had_focus, true) {
        response.request_focus();
    }
    if response.changed() {
        memory.text = text;
        memory.look();
    }
    if let Some(back) = step {
        memory.step(back);
    }
}

fn text_ui(ui: &mut Ui, highest: f32, memory: &mut LicencesMemory) {
    ui.style_mut().wrap_mode = Some(TextWrapMode::Extend);
    ui.spacing_mut().item_spacing.y = 0.0;
    let mut area = ScrollArea::both().max_height(highest).min_scrolled_height(highest).auto_shrink(false);
    if let Some(offset) = memory.take_offset() {
        area = area.vertical_scroll_offset(offset);
    }
    let current = memory.current();
    area.show_rows(ui, LINE, LINES.len(), |ui, range| {
        ui.spacing_mut().interact_size.y = LINE;
        let lines = LINES.get(range.clone()).into_iter().flatten();
        range.zip(lines).for_each(|(at, line)| line_ui(ui, line, current == Some(at)));
    });
}

fn line_ui(ui: &mut Ui, line: &str, is_found: bool) {
    let tokens = theme::tokens(ui);
    let (words, font, color) = match line.strip_prefix(HEADING) {
        Some(heading) => (heading, theme::strong(size::SMALL), tokens.text),
        None if is_found => (line, theme::strong(size::SMALL), tokens.accent),
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
        for name in ["egui", "rusqlite", "Inter", "Lucide", "The Rust standard library", "SQLCipher", "minisign-verify"]
        {
            assert!(TEXT.contains(name), "{name} is not named");
        }
        assert!(LINES.iter().any(|line| line.starts_with(HEADING)));
        assert!(LINES.iter().all(|line| line.chars().count() <= 120), "the longest line still fits");
    }

    #[test]
    fn a_name_is_found_whatever_its_case_and_the_steps_go_round() {
        let mut memory = LicencesMemory { text: " RUSTLS ".to_owned(), ..LicencesMemory::default() };
        memory.look();
        let many = memory.found.len();
        assert!(many > 1, "rustls and its relatives");
        let first = memory.current().expect("a line");
        assert!(LINES[first].to_lowercase().contains("rustls"));
        assert_eq!(memory.words(), format!("1 of {many}"));
        assert_eq!(memory.take_offset(), Some(first.saturating_sub(ABOVE) as f32 * LINE));
        assert_eq!(memory.take_offset(), None, "it does not hold the text there");
        memory.step(true);
        assert_eq!(memory.words(), format!("{many} of {many}"));
        memory.step(false);
        assert_eq!(memory.current(), Some(first));
    }

    #[test]
    fn what_is_not_there_is_said_and_nothing_moves() {
        let mut memory = LicencesMemory { text: "no such library".to_owned(), ..LicencesMemory::default() };
        memory.look();
        memory.step(false);
        assert_eq!((memory.words().as_str(), memory.take_offset()), ("Not found", None));
        memory.text.clear();
        memory.look();
        assert_eq!(memory.words(), "");
    }
}
