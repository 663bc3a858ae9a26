//! The log of this desk: what was done with which record, and whether the log is unbroken.
//! Only the lines in sight are drawn; older ones are asked for by a button at the end.

use super::{modal, paragraph, title_row};
use crate::domain::{AuditCheck, AuditEntry, ConsultationKey};
use crate::state::StorageCommand;
use crate::ui::format;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, elided, speak};
use eframe::egui::{
    Align, Color32, FontId, Layout, Rect, Response, ScrollArea, Sense, Ui, accesskit::Role, pos2, vec2,
};

const WIDTH: f32 = 760.0;
const ROW: f32 = 28.0;
/// Where the columns begin, as shares of the width.
const COLUMNS: [f32; 4] = [0.0, 0.24, 0.5, 0.93];

pub fn audit_ui(ui: &Ui, view: &View<'_>) {
    let room = ui.ctx().content_rect().height();
    modal(ui, view, "audit", WIDTH, |ui| {
        title_row(ui, view, "The log of this desk");
        paragraph(ui, "What was done on this computer with which consultation, by its number. It holds no names.");
        check_ui(ui, view);
        ui.add_space(space::XS);
        head_ui(ui);
        let entries = &view.state.storage.audit;
        let has_more = view.state.storage.has_more_audit();
        let highest = (room - 260.0).max(80.0);
        ui.spacing_mut().item_spacing.y = 0.0;
        ScrollArea::vertical().max_height(highest).min_scrolled_height(highest).auto_shrink([false, true]).show_rows(
            ui,
            ROW,
            entries.len() + usize::from(has_more),
            |ui, range| {
                for index in range {
                    match entries.get(index) {
                        Some(entry) => entry_ui(ui, view, entry),
                        None => more_ui(ui, view),
                    }
                }
            },
        );
        if entries.is_empty() {
            paragraph(ui, "Nothing is noted yet.");
        }
    });
}

/// Whether the chain holds, and the way to hand the log on.
fn check_ui(ui: &mut Ui, view: &View<'_>) {
    let tokens = theme::tokens(ui);
    ui.horizontal(|ui| {
        match view.state.storage.audit_check {
            Some(AuditCheck::Unbroken) => {
                status(ui, icons::OK, "No entry was changed or left out.", tokens.ok);
            }
            Some(AuditCheck::BrokenAt(number)) => {
                let words = format!("From entry {number} on the log does not fit what was noted before.");
                status(ui, icons::WARNING, &words, tokens.error);
            }
            None => {
                status(ui, icons::CLOCK, "Checking the log…", tokens.text_weak);
            }
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if ui.add(Button::new("Export…").icon(icons::SAVE).accessible_name("Export the log…")).clicked() {
                view.send(StorageCommand::ExportAudit);
            }
        });
    });
}

fn status(ui: &mut Ui, icon: &str, words: &str, color: Color32) -> Response {
    let galley = widgets::icon_text(ui, icon, words, theme::regular(size::CONTROL), color);
    let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
    speak(&response, Role::Label, words);
    ui.painter().galley(rect.min, galley, color);
    response
}

fn head_ui(ui: &mut Ui) {
    let color = theme::tokens(ui).text_weak;
    let (mut rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    // The columns stand over those of the lines, which leave room for the scroll bar.
    rect.max.x -= ui.spacing().scroll.allocated_width();
    cells(ui, rect, ["When", "What", "Consultation", "No."], &theme::strong(size::SMALL), color);
    ui.painter().hline(rect.x_range(), rect.bottom(), (1.0, theme::tokens(ui).line));
}

fn entry_ui(ui: &mut Ui, view: &View<'_>, entry: &AuditEntry) {
    let tokens = theme::tokens(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::hover());
    let when = format::full_date(entry.at, view.zone());
    let about = entry.key.as_ref().map(record_words).unwrap_or_default();
    let number = entry.number.to_string();
    let words = [when.as_str(), entry.action.words(), about.as_str(), number.as_str()];
    speak(&response, Role::Label, &words.map(str::trim).join(", ").replace(", ,", ","));
    cells(ui, rect, words, &theme::regular(size::SMALL), tokens.text);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, (1.0, tokens.hairline));
    response.on_hover_text(format!("Digest {}", entry.digest));
}

/// The number that NxVET gave it.
fn record_words(key: &ConsultationKey) -> String {
    match key {
        ConsultationKey::Record(id) => id.to_string(),
        ConsultationKey::Conversation { conversation, .. } => format!("Conversation {conversation}"),
    }
}

fn cells(ui: &Ui, rect: Rect, words: [&str; 4], font: &FontId, color: Color32) {
    let ends = COLUMNS.into_iter().skip(1).chain([1.0]);
    for ((words, from), to) in words.into_iter().zip(COLUMNS).zip(ends) {
        let width = rect.width() * (to - from) - space::S;
        let galley = elided(ui, &[(words, font.clone(), color)], width);
        let at = pos2(rect.left() + rect.width() * from, rect.center().y - galley.size().y / 2.0);
        ui.painter().galley(at, galley, color);
    }
}

fn more_ui(ui: &mut Ui, view: &View<'_>) {
    if widgets::link_button(ui, "Show older entries").clicked() {
        view.send(StorageCommand::MoreAudit);
    }
}
