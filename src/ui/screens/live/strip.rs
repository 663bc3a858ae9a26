//! One card of the Live screen: how it stands by a word, what it is, a line of facts, and its buttons at the right.
//! Knows nothing of webhooks.

use crate::ui::screens::page::panel_ui;
use crate::ui::theme::{self, size, space};
use crate::ui::widgets::{self, Tone};
use eframe::egui::{Align, Label, Layout, Margin, RichText, Ui, vec2};

/// What a card says.
pub(super) struct Strip<'a> {
    /// How it stands: a word and its colour.
    pub standing: (&'a str, Tone),
    pub title: &'a str,
    pub facts: &'a str,
    /// What went wrong; empty while all is well.
    pub trouble: &'a str,
}

/// Narrower cards have their buttons below the words.
const NARROW: f32 = 560.0;
/// Room of the word in front, so that titles stand below one another.
const STANDING: f32 = 92.0;

/// `buttons` run from right to left where they stand beside the words; `room` is what they need there.
pub(super) fn strip_ui(ui: &mut Ui, strip: &Strip<'_>, room: f32, buttons: impl FnOnce(&mut Ui)) {
    panel_ui(ui, Margin::symmetric(16, 12), |ui| {
        let is_wide = ui.available_width() >= NARROW;
        let words = ui.available_width() - if is_wide { STANDING + room + 2.0 * space::S } else { 0.0 };
        if !is_wide {
            widgets::badge(ui, strip.standing.0, strip.standing.1);
            words_ui(ui, strip);
            ui.add_space(space::XS);
            let line = vec2(ui.available_width(), space::CONTROL);
            ui.allocate_ui_with_layout(line, Layout::right_to_left(Align::Center), |ui| {
                ui.spacing_mut().item_spacing.x = space::S;
                buttons(ui);
            });
            return;
        }
        let high = words_height(ui, strip, words).max(space::CONTROL);
        let line = vec2(ui.available_width(), high);
        ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            ui.allocate_ui_with_layout(vec2(STANDING, high), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(STANDING);
                widgets::badge(ui, strip.standing.0, strip.standing.1);
            });
            ui.allocate_ui_with_layout(vec2(words, high), Layout::top_down(Align::Min), |ui| {
                ui.set_width(words);
                words_ui(ui, strip);
            });
            ui.with_layout(Layout::right_to_left(Align::Center), buttons);
        });
    });
}

fn words_ui(ui: &mut Ui, strip: &Strip<'_>) {
    let tokens = theme::tokens(ui);
    ui.spacing_mut().item_spacing.y = 2.0;
    let title = RichText::new(strip.title).font(theme::strong(size::BODY)).color(tokens.text);
    ui.add(Label::new(title).truncate());
    for (text, color) in [(strip.facts, tokens.text_weak), (strip.trouble, tokens.warn)] {
        if !text.is_empty() {
            let text = RichText::new(text).font(theme::regular(size::SMALL)).color(color);
            ui.add(Label::new(text).wrap());
        }
    }
}

fn words_height(ui: &Ui, strip: &Strip<'_>, width: f32) -> f32 {
    let color = theme::tokens(ui).text;
    let high = |text: &str, font| ui.painter().layout(text.to_owned(), font, color, width).size().y;
    let title = ui.painter().layout_no_wrap(strip.title.to_owned(), theme::strong(size::BODY), color).size().y;
    let lines = [strip.facts, strip.trouble].into_iter().filter(|text| !text.is_empty());
    title + lines.map(|text| 2.0 + high(text, theme::regular(size::SMALL))).sum::<f32>()
}
