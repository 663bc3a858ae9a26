//! How news come, in the status bar: live, by polling or not at all; and that live updates need a look.
//! Being offline has its own words there.

use crate::state::live::{BannerOffer, Line};
use crate::state::{Route, WindowCommand};
use crate::ui::screens::live::{banners, take_offer};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{CursorIcon, Response, Sense, Ui, accesskit::Role, pos2, vec2};

const DOT: f32 = 8.0;
const HEIGHT: f32 = 24.0;

pub(super) fn line_ui(ui: &mut Ui, view: &View<'_>) {
    let (words, name, tooltip) = match view.state.line() {
        Line::Offline => return,
        Line::Live => ("Live", "Live updates are on", "News come at once. Click to see what was delivered"),
        Line::Polling if view.state.live.is_set_up() => (
            "Polling",
            "Live updates wait for a good delivery, news are looked for",
            "Until one was taken in, news are looked for again and again. Click to see how it stands",
        ),
        Line::Polling => (
            "Polling",
            "Live updates are off, news are looked for",
            "News are looked for again and again. Click for live updates",
        ),
    };
    let is_live = view.state.line() == Line::Live;
    if dotted(ui, words, name, is_live).on_hover_text(tooltip).clicked() && view.state.route != Route::Live {
        view.send(WindowCommand::Go(Route::Live));
    }
    trouble_ui(ui, view);
}

/// A dot and a word; the word says what the colour says.
fn dotted(ui: &mut Ui, words: &str, name: &str, is_live: bool) -> Response {
    let tokens = theme::tokens(ui);
    let color = if is_live { tokens.ok } else { tokens.text_weak };
    let galley = widgets::one_line(ui, words, theme::regular(size::SMALL), color);
    let extent = vec2(DOT + 6.0 + galley.size().x, HEIGHT);
    let (rect, response) = ui.allocate_exact_size(extent, Sense::click());
    widgets::speak(&response, Role::Button, name);
    let center = pos2(rect.left() + DOT / 2.0, rect.center().y);
    if is_live {
        ui.painter().circle_filled(center, DOT / 2.0, color);
    } else {
        ui.painter().circle_stroke(center, DOT / 2.0 - 0.5, (1.2, color));
    }
    let at = pos2(rect.left() + DOT + 6.0, rect.center().y - galley.size().y / 2.0);
    ui.painter().galley(at, galley, color);
    widgets::paint_focus(ui.painter(), &response, rect.expand2(vec2(space::XS, 0.0)), tokens);
    response.on_hover_cursor(CursorIcon::PointingHand)
}

/// Screens that show it larger need no second one.
fn trouble_ui(ui: &mut Ui, view: &View<'_>) {
    if matches!(view.state.route, Route::Live | Route::Rooms) {
        return;
    }
    let banners = banners(view);
    let Some(banner) = banners.first() else { return };
    let tokens = theme::tokens(ui);
    let words = "Live updates need a look";
    let galley = widgets::icon_text(ui, icons::WARNING, words, theme::regular(size::SMALL), tokens.warn);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    widgets::speak(&response, Role::Label, words);
    ui.painter().galley(rect.min, galley, tokens.warn);
    response.on_hover_text(banner.problem.sentence());
    let offer = banner.offer.as_ref();
    let words = offer.map_or("Show", BannerOffer::words);
    if ui.add(Button::new(words).kind(Kind::Link).height(HEIGHT)).clicked() {
        match offer {
            Some(offer) => take_offer(view, offer),
            None => view.send(WindowCommand::Go(Route::Live)),
        }
    }
}
