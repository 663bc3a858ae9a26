//! What lies on this computer: how much, where, how safe, how long, and the way to be rid of it.

use super::parts::{card, choice, day_choices, divider, row, strong, weak};
use crate::state::{Kept, Session, Settings, SettingsCommand, StorageCommand, StorageUse};
use crate::ui::format::{bytes, count, full_date};
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, speak};
use eframe::egui::{Color32, Label, Rect, RichText, Sense, Ui, accesskit::Role, pos2, vec2};

const USUAL_DAYS: [u16; 10] = [1, 7, 14, 30, 60, 90, 180, 365, 730, 3_650];
const BAR: f32 = 10.0;
const LINE: f32 = 18.0;

pub(super) fn data_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::STORAGE, "Data on this computer", |ui| {
        match &view.state.storage.usage {
            Some(usage) => usage_ui(ui, view, usage),
            None => weak(ui, "Looking how much there is…"),
        }
        safety_ui(ui, &view.state.session);
        divider(ui);
        days_ui(ui, view);
        divider(ui);
        removal_ui(ui, view);
    });
}

fn usage_ui(ui: &mut Ui, view: &View<'_>, usage: &StorageUse) {
    let tokens = theme::tokens(ui);
    strong(ui, &format!("{} in all", bytes(usage.recording_bytes + usage.database_bytes)));
    bar_ui(ui, usage);
    ui.spacing_mut().interact_size.y = LINE;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = space::L;
        legend(ui, tokens.accent, &format!("Recordings {}", bytes(usage.recording_bytes)));
        legend(ui, tokens.wave, &format!("Texts and search {}", bytes(usage.database_bytes)));
    });
    ui.spacing_mut().interact_size.y = space::CONTROL;
    weak(ui, &count_words(view, usage));
    if !usage.folder.is_empty() {
        weak(ui, &format!("In {}", usage.folder));
    }
}

fn count_words(view: &View<'_>, usage: &StorageUse) -> String {
    let plural = |number: usize, one: &str, many: &str| match number {
        1 => format!("1 {one}"),
        _ => format!("{} {many}", count(number)),
    };
    let held = format!(
        "{}, {} with notes, {}.",
        plural(usage.consultations, "consultation", "consultations"),
        count(usage.notes),
        plural(usage.recordings, "recording", "recordings"),
    );
    match usage.oldest {
        Some(oldest) => format!("{held} The oldest is from {}.", full_date(oldest, view.state.zone)),
        None => held,
    }
}

/// How the two kinds share what is used; it says nothing that the words beside it do not say.
fn bar_ui(ui: &mut Ui, usage: &StorageUse) {
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    let all = (usage.recording_bytes + usage.database_bytes).max(1) as f32;
    let share = usage.recording_bytes as f32 / all;
    let corner = theme::radius(BAR / 2.0);
    ui.painter().rect_filled(rect, corner, tokens.hairline);
    let split = rect.left() + rect.width() * share;
    let part = |from: f32, to: f32, color: Color32| {
        if to - from > 1.0 {
            let part = Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
            ui.painter().rect_filled(part, corner, color);
        }
    };
    part(rect.left(), split, tokens.accent);
    part(split, if usage.database_bytes == 0 { split } else { rect.right() }, tokens.wave);
}

fn legend(ui: &mut Ui, color: Color32, words: &str) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 6.0;
        let (dot, _) = ui.allocate_exact_size(vec2(9.0, 9.0), Sense::hover());
        ui.painter().circle_filled(dot.center(), 4.5, color);
        let text = RichText::new(words).font(theme::regular(size::SMALL)).color(theme::tokens(ui).text);
        ui.add(Label::new(text));
    });
}

/// Said plainly either way: sealed and kept, or not kept at all.
fn safety_ui(ui: &mut Ui, session: &Session) {
    let tokens = theme::tokens(ui);
    let Session::SignedIn { is_demo, kept, .. } = session else { return };
    let (icon, color, words) = match kept {
        _ if *is_demo => (icons::INFO, tokens.text_weak, "Sample data; it is removed when you leave it.".to_owned()),
        Kept::Yes => {
            (icons::LOCK, tokens.ok, "Encrypted; what opens it is in this computer's password store.".to_owned())
        }
        Kept::No(why) => {
            let words = format!("Not kept: {why}. It is encrypted, and removed when the desk closes.");
            (icons::WARNING, tokens.warn, words)
        }
    };
    let galley = widgets::icon_text(ui, icon, &words, theme::regular(size::SMALL), color);
    if galley.size().x <= ui.available_width() {
        let (rect, response) = ui.allocate_exact_size(galley.size(), Sense::hover());
        speak(&response, Role::Label, &words);
        ui.painter().galley(rect.min, galley, color);
    } else {
        ui.add(Label::new(RichText::new(words).font(theme::regular(size::SMALL)).color(color)).wrap());
    }
}

fn days_ui(ui: &mut Ui, view: &View<'_>) {
    let Settings { audio_days, text_days, .. } = view.state.settings;
    let most = *Settings::DAYS.end();
    row(ui, "Recordings stay", "From the day they were fetched. NxVET has them still.", |ui| {
        let options = day_choices(&USUAL_DAYS, audio_days, most);
        if let Some(days) = choice(ui, "Recordings stay", &options, audio_days) {
            view.send(SettingsCommand::AudioDays(days));
        }
    });
    row(ui, "Consultations and notes stay", "From the day of the consultation. Marks and remarks stay.", |ui| {
        let options = day_choices(&USUAL_DAYS, text_days, most);
        if let Some(days) = choice(ui, "Consultations and notes stay", &options, text_days) {
            view.send(SettingsCommand::TextDays(days));
        }
    });
}

fn removal_ui(ui: &mut Ui, view: &View<'_>) {
    if widgets::danger_button(ui, "Remove everything from this computer…").clicked() {
        view.send(StorageCommand::AskToRemoveEverything);
    }
}
