//! Calm lines under the header: a copy that is not fresh, a refresh that failed, a record that is gone.
//! Nothing is drawn while all is well.

use super::words::when_saved;
use crate::state::{ExportCommand, Fault, Offer, OpenRecord, Problem, RecordCommand, SessionCommand, Severity, Source};
use crate::ui::format::as_of;
use crate::ui::theme::{icons, radius, regular, size, space, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, problem_panel, severity_color, severity_icon};
use eframe::egui::{Align, Frame, Label, Layout, Margin, RichText, Role, Ui, WidgetInfo, vec2};

/// One line that stays until its cause is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Banner {
    severity: Severity,
    text: String,
    offer: Option<Offer>,
}

pub(super) fn banners_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    if record.reading().is_none() {
        // Without notes the failure stands where they would.
        return;
    }
    if let Some(banner) = banner_of(view, record) {
        banner_ui(ui, view, &banner);
    }
}

/// The failure where the notes would stand.
pub(super) fn failure_ui(ui: &mut Ui, view: &View<'_>, problem: &Problem) {
    ui.set_max_width(ui.available_width().min(560.0));
    if let Some(offer) = problem_panel(ui, problem) {
        take_offer(view, offer);
    }
}

/// What a problem's button does on this screen.
pub(super) fn take_offer(view: &View<'_>, offer: Offer) {
    match offer {
        Offer::EnterNewKey => view.send(SessionCommand::EnterNewKey),
        Offer::TryAgain => view.send(RecordCommand::Reload),
        Offer::SaveRecording => view.send(ExportCommand::Recording),
    }
}

fn banner_of(view: &View<'_>, record: &OpenRecord) -> Option<Banner> {
    let notes = record.notes.value()?;
    let at = when_saved(notes.fetched_at, view.now, view.zone());
    let is_offline = view.state.connection.is_offline();
    let gone = Problem::new(&Fault::RecordGone, "").summary;
    let problem = record.notes.problem();
    let is_gone = record.consultation.as_ref().is_some_and(|found| found.is_gone)
        || problem.is_some_and(|problem| problem.summary == gone);
    let warn = |text, offer| Some(Banner { severity: Severity::Warning, text, offer });
    match (problem, notes.source) {
        _ if is_gone => {
            warn(format!("{gone} Showing the copy from {}.", as_of(notes.fetched_at, view.now, view.zone())), None)
        }
        (_, Source::Store) if is_offline => {
            let text = format!("No connection. Showing what was saved {at}.");
            Some(Banner { severity: Severity::Info, text, offer: Some(Offer::TryAgain) })
        }
        (Some(problem), Source::Store) => {
            let text = format!("{} Showing the copy saved {at}.", problem.summary);
            Some(Banner { severity: problem.severity, text, offer: problem.offer })
        }
        (Some(problem), Source::NxVet) => {
            Some(Banner { severity: problem.severity, text: problem.sentence(), offer: problem.offer })
        }
        (None, _) => None,
    }
}

fn banner_ui(ui: &mut Ui, view: &View<'_>, banner: &Banner) {
    let tokens = tokens(ui);
    let (color, ground) = severity_color(banner.severity, tokens);
    let frame = Frame::new().fill(ground).corner_radius(radius(space::RADIUS)).inner_margin(Margin::symmetric(12, 4));
    let text = RichText::new(&banner.text).font(regular(size::SMALL)).color(tokens.text);
    let offer = banner.offer.map_or(0.0, |offer| 40.0 + 8.0 * offer.words().len() as f32);
    let room = (ui.available_width() - 24.0 - size::ICON - offer - 3.0 * space::S).max(80.0);
    let height = ui.painter().layout(banner.text.clone(), regular(size::SMALL), tokens.text, room).size().y;
    let shown = frame.show(ui, |ui| {
        let line = vec2(ui.available_width(), height.max(space::CHIP));
        ui.allocate_ui_with_layout(line, Layout::left_to_right(Align::Center), |ui| {
            let mark = RichText::new(severity_icon(banner.severity)).font(icons::font(size::ICON)).color(color);
            ui.add(Label::new(mark));
            ui.allocate_ui(vec2(room, line.y), |ui| ui.add(Label::new(text).wrap()));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if let Some(offer) = banner.offer
                    && ui.add(Button::new(offer.words()).height(space::CHIP)).clicked()
                {
                    take_offer(view, offer);
                }
            });
        });
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Status, true, &banner.text));
    ui.add_space(space::XS);
}
