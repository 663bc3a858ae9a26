//! How the desk keeps in step with NxVET by itself, and how far it has come with it.

use super::parts::{card, choice, day_choices, divider, row, switch, weak};
use crate::state::{Backfill, BackfillPause, ListCommand, Settings, SettingsCommand};
use crate::ui::format::{count, minutes};
use crate::ui::theme::{self, icons, space};
use crate::ui::view::View;
use crate::ui::widgets;
use eframe::egui::{Rect, Sense, Ui, vec2};

const USUAL_DAYS: [u16; 8] = [7, 14, 30, 90, 180, 365, 730, 3_650];
const USUAL_SECONDS: [u16; 6] = [30, 60, 120, 300, 900, 3_600];
const BAR: f32 = 6.0;

pub(super) fn in_step_ui(ui: &mut Ui, view: &View<'_>) {
    let Settings { horizon_days, text_days, poll_seconds, spares_the_line, .. } = view.state.settings;
    card(ui, icons::REFRESH, "Keeping in step", |ui| {
        row(ui, "Read in the background", "So far back, for reading offline and for the search.", |ui| {
            let options = day_choices(&USUAL_DAYS, horizon_days, text_days);
            if let Some(days) = choice(ui, "Read in the background", &options, horizon_days) {
                view.send(SettingsCommand::HorizonDays(days));
            }
        });
        row(ui, "Look for new ones", "While this window is in use; less often otherwise.", |ui| {
            if let Some(seconds) = choice(ui, "Look for new ones", &second_choices(poll_seconds), poll_seconds) {
                view.send(SettingsCommand::PollSeconds(seconds));
            }
        });
        let spare = "Spare metered and slow lines";
        row(ui, spare, "Then only what you open is fetched.", |ui| {
            if switch(ui, spare, spares_the_line).clicked() {
                view.send(SettingsCommand::SparesTheLine(!spares_the_line));
            }
        });
        divider(ui);
        match &view.state.list.progress.backfill {
            Some(backfill) => backfill_ui(ui, view, backfill),
            None => weak(ui, "Nothing is left to read in the background."),
        }
    });
}

fn backfill_ui(ui: &mut Ui, view: &View<'_>, backfill: &Backfill) {
    let is_asked = backfill.pause == Some(BackfillPause::Asked);
    row(ui, &progress_words(backfill), &pace_words(backfill), |ui| {
        let (words, command) = if is_asked {
            ("Go on reading", ListCommand::ResumeBackfill)
        } else {
            ("Pause reading", ListCommand::PauseBackfill)
        };
        if widgets::button(ui, words).clicked() {
            view.send(command);
        }
    });
    let tokens = theme::tokens(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), BAR), Sense::hover());
    let share = backfill.done as f32 / backfill.of.max(1) as f32;
    ui.painter().rect_filled(rect, theme::radius(BAR / 2.0), tokens.hairline);
    let done = Rect::from_min_size(rect.min, vec2(rect.width() * share.min(1.0), BAR));
    ui.painter().rect_filled(done, theme::radius(BAR / 2.0), tokens.accent);
    ui.add_space(space::XS);
}

fn progress_words(backfill: &Backfill) -> String {
    format!("{} of {} consultations read", count(backfill.done), count(backfill.of))
}

/// What it waits for, or how long it will take.
fn pace_words(backfill: &Backfill) -> String {
    match backfill.pause {
        Some(BackfillPause::Asked) => "Paused.".to_owned(),
        Some(BackfillPause::Line) => "Resting: this line is metered or slow.".to_owned(),
        Some(BackfillPause::Waiting) => "Waiting for NxVET; it goes on by itself.".to_owned(),
        None if backfill.per_minute == 0 => "Reading…".to_owned(),
        None => {
            let left = backfill.of.saturating_sub(backfill.done).div_ceil(backfill.per_minute);
            format!("{} a minute, about {} left", count(backfill.per_minute), minutes(left as i64))
        }
    }
}

fn second_choices(now: u16) -> Vec<(u16, String)> {
    let mut values = USUAL_SECONDS.to_vec();
    values.push(now);
    values.sort_unstable();
    values.dedup();
    values.into_iter().map(|seconds| (seconds, pause_words(seconds))).collect()
}

/// `Every 30 s`, `Every minute`, `Every 15 min`, `Every hour`.
fn pause_words(seconds: u16) -> String {
    match seconds {
        60 => "Every minute".to_owned(),
        3_600 => "Every hour".to_owned(),
        _ if seconds.is_multiple_of(60) => format!("Every {} min", seconds / 60),
        _ => format!("Every {seconds} s"),
    }
}
