//! Live updates: what is wrong first, then the receiver of this desk, the addresses that NxVET and NexHealth call, and
//! what they delivered. Everything here can stay off: the list looks for news by itself.

mod cards;
mod deliveries;
mod nexhealth;
mod partner;
mod receiver;
mod strip;
pub(in crate::ui) mod words;

use super::page::page_ui;
use crate::state::live::{Banner, BannerOffer, MOST_WEBHOOKS, Outcome};
use crate::state::{LiveCommand, Offer, Route, SessionCommand, WindowCommand};
use crate::ui::Memory;
use crate::ui::action::Action;
use crate::ui::theme::{self, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, Role, Stroke, Ui, WidgetInfo, vec2};

/// What only the drawing needs between frames.
#[derive(Default)]
pub struct LiveMemory {
    deliveries: deliveries::DeliveriesMemory,
}

pub fn live_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let memory = &mut memory.live;
    page_ui(
        ui,
        "Live updates",
        |ui| buttons_ui(ui, view),
        |ui| {
            for banner in banners(view).iter().filter(|banner| !is_on_a_card(banner)) {
                banner_ui(ui, view, banner);
            }
            if let Some(problem) = &view.state.live.problem {
                match widgets::problem_panel(ui, problem) {
                    Some(Offer::EnterNewKey) => view.send(SessionCommand::EnterNewKey),
                    Some(_) => view.send(LiveCommand::Refresh),
                    None => {}
                }
            }
            receiver::receiver_ui(ui, view);
            cards::cards_ui(ui, view);
            partner::partners_ui(ui, view);
            nexhealth::nexhealth_ui(ui, view);
            if !view.state.live.webhooks.is_empty() || !view.state.live.deliveries.all().is_empty() {
                deliveries::deliveries_ui(ui, view, &mut memory.deliveries);
            }
        },
    );
}

fn buttons_ui(ui: &mut Ui, view: &View<'_>) {
    let live = &view.state.live;
    // Before anything is set up, the set-up is the likelier next step.
    let kind = if live.webhooks.is_empty() { Kind::Plain } else { Kind::Primary };
    let add = Button::new(Action::AddAddress.text()).kind(kind);
    let full = format!("NxVET takes no more than {MOST_WEBHOOKS} addresses. Delete one first.");
    let response = ui.add(add);
    let response = if live.is_full() { response.on_hover_text(full) } else { response };
    if response.clicked() {
        view.send(LiveCommand::AskForNew);
    }
    let test = Action::SendTest.resolve(view);
    let response = ui.add_enabled(test.is_some(), Button::new(Action::SendTest.text()));
    let response = response.on_hover_text("Have NxVET send its test to the first address that is on");
    if response.on_disabled_hover_text("There is no address to test yet").clicked()
        && let Some(test) = test
    {
        view.send(test);
    }
}

/// A stopped or failing address says so on its own card, with the same button.
fn is_on_a_card(banner: &Banner) -> bool {
    matches!(banner.offer, Some(BannerOffer::TurnOn(_) | BannerOffer::SendTest(_)))
}

/// What is wrong with live updates, the most urgent first.
pub(in crate::ui) fn banners(view: &View<'_>) -> Vec<Banner> {
    view.state.live.banners(view.now)
}

/// The most urgent of them above another screen, which has other things to show.
pub(in crate::ui) fn first_banner_ui(ui: &mut Ui, view: &View<'_>) {
    let banners = banners(view);
    let Some(first) = banners.first() else { return };
    banner_ui(ui, view, first);
    let words = match banners.len() {
        1 => return,
        2 => "1 more under Live updates".to_owned(),
        many => format!("{} more under Live updates", many - 1),
    };
    if widgets::link_button(ui, &words).clicked() {
        view.send(WindowCommand::Go(Route::Live));
    }
}

/// One sentence, why it matters, and the one next step.
fn banner_ui(ui: &mut Ui, view: &View<'_>, banner: &Banner) {
    let tokens = theme::tokens(ui);
    let (color, ground) = widgets::severity_color(banner.problem.severity, tokens);
    let frame = Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, color.gamma_multiply(0.35)))
        .corner_radius(theme::radius(space::RADIUS_PANE))
        .inner_margin(Margin::symmetric(14, 8));
    let sentence = banner.problem.sentence();
    let button = banner.offer.as_ref().map_or(0.0, |offer| 44.0 + 8.0 * offer.words().len() as f32);
    let shown = frame.show(ui, |ui| {
        let room = (ui.available_width() - size::ICON - button - 3.0 * space::S).max(120.0);
        let high = ui.painter().layout(sentence.clone(), theme::regular(size::CONTROL), color, room).size().y;
        let line = vec2(ui.available_width(), high.max(space::CONTROL));
        ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::icon(ui, widgets::severity_icon(banner.problem.severity), size::ICON, color);
            ui.allocate_ui_with_layout(vec2(room, line.y), Layout::left_to_right(Align::Center), |ui| {
                ui.set_width(room);
                let text = RichText::new(&sentence).font(theme::regular(size::CONTROL)).color(tokens.text);
                ui.add(Label::new(text).wrap());
            });
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(offer) = &banner.offer
                    && widgets::button(ui, offer.words()).clicked()
                {
                    take_offer(view, offer);
                }
            });
        });
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &sentence));
}

/// What a banner's button does, on whichever screen it is.
pub(in crate::ui) fn take_offer(view: &View<'_>, offer: &BannerOffer) {
    match offer {
        BannerOffer::TurnOn(webhook) => view.send(LiveCommand::TurnOn(webhook.clone())),
        BannerOffer::SendTest(webhook) => view.send(LiveCommand::SendTest(webhook.clone())),
        BannerOffer::ShowRefused => {
            if view.state.route != Route::Live {
                view.send(WindowCommand::Go(Route::Live));
            }
            view.send(LiveCommand::FilterOutcome(Some(Outcome::Refused)));
        }
        BannerOffer::ShowSettings => view.send(WindowCommand::Go(Route::Settings)),
    }
}
