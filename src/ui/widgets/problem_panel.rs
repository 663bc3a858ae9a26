//! A problem where it happened: what it means, the one next step, and a code behind "Details".

use super::button::{Button, Kind};
use crate::state::{Offer, Problem, Severity};
use crate::ui::theme::{self, Tokens, icons, size, space};
use eframe::egui::{
    Align, Color32, Frame, Label, Layout, Margin, Response, RichText, Stroke, Ui, WidgetInfo, accesskit::Role, vec2,
};

/// Draws the problem; returns what was offered when its button was clicked.
pub fn problem_panel(ui: &mut Ui, problem: &Problem) -> Option<Offer> {
    let tokens = theme::tokens(ui);
    let (color, ground) = severity_color(problem.severity, tokens);
    let frame = Frame::new()
        .fill(ground)
        .stroke(Stroke::new(1.0, color.gamma_multiply(0.35)))
        .corner_radius(theme::radius(space::RADIUS))
        .inner_margin(Margin::symmetric(12, 10));
    let inner = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing = vec2(10.0, space::XS);
            super::icon(ui, severity_icon(problem.severity), 18.0, color);
            ui.vertical(|ui| words(ui, problem, tokens)).inner
        })
        .inner
    });
    announce(&inner.response, problem);
    inner.inner
}

fn words(ui: &mut Ui, problem: &Problem, tokens: &Tokens) -> Option<Offer> {
    ui.spacing_mut().item_spacing = vec2(space::S, space::XS);
    let line = |text: &str, font, color| Label::new(RichText::new(text).font(font).color(color)).wrap();
    ui.add(line(&problem.summary, theme::strong(size::CONTROL), tokens.text));
    if !problem.hint.is_empty() {
        ui.add(line(&problem.hint, theme::regular(size::CONTROL), tokens.text_weak));
    }
    let mut chosen = None;
    let has_code = !problem.code.is_empty();
    if problem.offer.is_none() && !has_code {
        return None;
    }
    ui.add_space(2.0);
    ui.horizontal_wrapped(|ui| {
        if let Some(offer) = problem.offer
            && ui.add(Button::new(offer.words()).height(space::CHIP)).clicked()
        {
            chosen = Some(offer);
        }
        if has_code {
            details(ui, problem);
        }
    });
    chosen
}

/// The code to quote to support stays out of the way until asked for.
fn details(ui: &mut Ui, problem: &Problem) {
    let id = ui.make_persistent_id(("problem details", &problem.code));
    let mut is_open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    let text = if is_open { format!("Code {}", problem.code) } else { "Details".to_owned() };
    if ui.add(Button::new(&text).kind(Kind::Quiet).height(space::CHIP)).clicked() {
        is_open = !is_open;
        ui.data_mut(|data| data.insert_temp(id, is_open));
    }
}

/// A screen reader reads the whole of it once it shows.
fn announce(response: &Response, problem: &Problem) {
    let sentence = problem.sentence();
    response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &sentence));
}

/// The colour of a severity, and the quiet ground it is readable on.
pub fn severity_color(severity: Severity, tokens: &Tokens) -> (Color32, Color32) {
    match severity {
        Severity::Info => (tokens.accent, tokens.accent_weak),
        Severity::Warning => (tokens.warn, tokens.warn_weak),
        Severity::Error => (tokens.error, tokens.error_weak),
    }
}

pub fn severity_icon(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => icons::INFO,
        Severity::Warning => icons::WARNING,
        Severity::Error => icons::ERROR,
    }
}
