//! A screen that is one page: its title with buttons at the right, and cards below that scroll together.
//! What stands in it is told by its caller.

use crate::ui::theme::{self, size, space};
use crate::ui::widgets;
use eframe::egui::{
    Align, CentralPanel, Frame, Label, Layout, Margin, RichText, ScrollArea, Stroke, Ui, accesskit::Role, vec2,
};

/// A window narrower than this, or one that is zoomed, keeps its room for the cards.
const SMALL: f32 = 560.0;
/// Narrower pages have their buttons below the title.
const NARROW: f32 = 520.0;

/// Draws the page; `buttons` run from right to left beside the title.
pub(super) fn page_ui(ui: &mut Ui, title: &str, buttons: impl FnOnce(&mut Ui), body: impl FnOnce(&mut Ui)) {
    let (side, top) = if ui.max_rect().width() < SMALL { (12, 10) } else { (24, 18) };
    let frame = Frame::new().fill(theme::tokens(ui).background).inner_margin(Margin::symmetric(side, top));
    CentralPanel::default().frame(frame).show(ui, |ui| {
        ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
            // The bar of a long page stands beside the cards, not over them.
            ui.set_max_width(ui.available_width() - 2.0);
            ui.spacing_mut().item_spacing = vec2(space::S, space::M);
            head_ui(ui, title, buttons);
            body(ui);
            ui.add_space(space::XS);
            widgets::follow_focus(ui);
        });
    });
}

fn head_ui(ui: &mut Ui, title: &str, buttons: impl FnOnce(&mut Ui)) {
    let is_narrow = ui.available_width() < NARROW;
    let words = RichText::new(title).font(theme::strong(size::TITLE)).color(theme::tokens(ui).text);
    let heading = |ui: &mut Ui| {
        let shown = ui.add(Label::new(words));
        widgets::speak(&shown, Role::Heading, title);
    };
    if is_narrow {
        heading(ui);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(space::S, space::S);
            buttons(ui);
        });
        return;
    }
    ui.horizontal(|ui| {
        heading(ui);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            buttons(ui);
        });
    });
}

/// A card without an icon; its words stand as wide as the page.
pub(super) fn panel_ui<R>(ui: &mut Ui, margin: Margin, add: impl FnOnce(&mut Ui) -> R) -> R {
    let tokens = theme::tokens(ui);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(space::RADIUS_PANE))
        .inner_margin(margin);
    frame
        .show(ui, |ui| {
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.set_width(ui.available_width());
                ui.spacing_mut().item_spacing = vec2(space::S, space::S);
                add(ui)
            })
            .inner
        })
        .inner
}

/// The heading inside a card.
pub(super) fn heading_ui(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).font(theme::strong(size::BODY)).color(theme::tokens(ui).text);
    let shown = ui.add(Label::new(text).truncate());
    widgets::speak(&shown, Role::Heading, words);
}

/// A quiet sentence.
pub(super) fn weak_ui(ui: &mut Ui, words: &str) {
    let text = RichText::new(words).font(theme::regular(size::SMALL)).color(theme::tokens(ui).text_weak);
    ui.add(Label::new(text).wrap());
}
