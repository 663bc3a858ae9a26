//! Toasts: news at the bottom right, over everything. They fade by the state's clock; errors stay.

use crate::state::{MarkCommand, Notice, NoticeOffer, Severity, SupportCommand, WindowCommand};
use crate::ui::action::Action;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind};
use eframe::egui::{
    Align, Align2, Area, Frame, Id, Label, Layout, Margin, Order, RichText, Stroke, Ui, WidgetInfo,
    accesskit::{Live, Role},
    pos2, vec2,
};

const WIDTH: f32 = 360.0;

pub fn toasts_ui(ui: &mut Ui, view: &View<'_>) {
    if view.state.notices.iter().next().is_none() {
        return;
    }
    let area = Area::new(Id::unique("toasts")).order(Order::Tooltip).movable(false);
    // The player's buttons stay free.
    let height = ui.ctx().content_rect().height() - super::STATUS_HEIGHT;
    let docked = if view.state.record.is_some() { crate::ui::screens::record::docked(height) } else { 0.0 };
    let area = area.anchor(Align2::RIGHT_BOTTOM, vec2(-space::L, -super::STATUS_HEIGHT - space::M - docked));
    area.show(ui.ctx(), |ui| {
        ui.spacing_mut().item_spacing = vec2(space::S, space::S);
        for notice in view.state.notices.iter() {
            toast(ui, view, notice);
        }
    });
}

fn toast(ui: &mut Ui, view: &View<'_>, notice: &Notice) {
    let tokens = theme::tokens(ui);
    let (color, _) = widgets::severity_color(notice.severity, tokens);
    let icon = if notice.severity == Severity::Info { icons::OK } else { widgets::severity_icon(notice.severity) };
    let width = WIDTH.min(ui.ctx().content_rect().width() - 2.0 * space::L);
    let frame = Frame::new()
        .fill(tokens.panel)
        .stroke(Stroke::new(1.0, tokens.line))
        .corner_radius(theme::radius(space::RADIUS_PANE))
        .shadow(theme::shadow(tokens))
        .inner_margin(Margin { left: 16, right: 6, top: 6, bottom: 6 });
    let shown = frame.show(ui, |ui| {
        ui.set_width(width - 22.0);
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            widgets::icon(ui, icon, 18.0, color);
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let close = widgets::text_icon_button(ui, icons::CLOSE, "Dismiss");
                if close.clicked() {
                    view.send(WindowCommand::DismissNotice(notice.id));
                }
                undo(ui, view, notice);
                offer(ui, view, notice);
                ui.with_layout(Layout::left_to_right(Align::Center).with_main_wrap(false), |ui| {
                    words(ui, notice);
                });
            });
        });
    });
    let rect = shown.response.rect;
    let bar = eframe::egui::Rect::from_min_max(rect.min + vec2(5.0, 7.0), pos2(rect.left() + 8.0, rect.bottom() - 7.0));
    ui.painter().rect_filled(bar, theme::radius(2.0), color);
    announce(ui, notice, &shown.response);
}

fn undo(ui: &mut Ui, view: &View<'_>, notice: &Notice) {
    let Some(change) = notice.undo else { return };
    let button = ui.add(Button::new("Undo").kind(Kind::Link).height(space::XL));
    let keys = Action::UndoMark.keys(ui.ctx().os().is_mac());
    if button.on_hover_text(format!("Take it back ({keys} takes back the last change)")).clicked() {
        view.send(MarkCommand::UndoOne(change));
    }
}

fn offer(ui: &mut Ui, view: &View<'_>, notice: &Notice) {
    let Some(offer) = notice.offer else { return };
    if ui.add(Button::new(offer.words()).kind(Kind::Link).height(space::XL)).clicked() {
        view.send(WindowCommand::DismissNotice(notice.id));
        view.send(match offer {
            NoticeOffer::ShowReport => SupportCommand::ShowReport,
            NoticeOffer::StartAgain => SupportCommand::StartAgain,
        });
    }
}

fn words(ui: &mut Ui, notice: &Notice) {
    let tokens = theme::tokens(ui);
    let text = RichText::new(&notice.text).font(theme::regular(size::CONTROL)).color(tokens.text);
    let label = ui.add(Label::new(text).wrap());
    if !notice.code.is_empty() {
        label.on_hover_text(format!("Code {}", notice.code));
    }
}

/// A screen reader speaks it once: errors at once, the rest when there is a pause.
fn announce(ui: &Ui, notice: &Notice, response: &eframe::egui::Response) {
    let is_error = notice.severity == Severity::Error;
    let role = if is_error { Role::Alert } else { Role::Status };
    response.widget_info(|| WidgetInfo::labeled(role, true, &notice.text));
    let live = if is_error { Live::Assertive } else { Live::Polite };
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(live));
}
