//! The status bar: whose clinic this is, how fresh the list is, and what works in the background.
//! It never blocks reading; everything in it that takes time can be cancelled.

use crate::state::{
    Backfill, BackfillPause, Dialog, Export, ExportCommand, Kept, ListCommand, Loading, OpenRecord, PlayerCommand,
    RecordingState, Session, State, WindowCommand,
};
use crate::ui::Memory;
use crate::ui::format;
use crate::ui::release::newer_words;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, Tone};
use eframe::egui::{Align, Color32, Layout, Response, Ui, UiBuilder, vec2};

pub const HEIGHT: f32 = 30.0;
/// A bar this wide has room for whole sentences.
const ROOMY: f32 = 820.0;

pub fn status_bar_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let tokens = theme::tokens(ui);
    let rect = ui.max_rect();
    ui.painter().rect_filled(rect, 0.0, tokens.rail);
    ui.painter().hline(rect.x_range(), rect.top() + 0.5, (1.0, tokens.line));
    let inside = rect.shrink2(vec2(14.0, 0.0));
    let builder = UiBuilder::new().max_rect(inside).layout(Layout::right_to_left(Align::Center));
    ui.scope_builder(builder, |ui| {
        ui.spacing_mut().item_spacing = vec2(space::L, 0.0);
        if rect.width() > 760.0 || (rect.width() > 480.0 && !is_busy(view.state)) {
            shortcuts_hint(ui, view);
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.shrink_clip_rect(ui.max_rect());
            items(ui, view, memory);
        });
    });
}

/// Work in the background needs the room that the hint takes in a narrow window.
fn is_busy(state: &State) -> bool {
    let downloads =
        state.record.as_ref().is_some_and(|record| matches!(record.recording, RecordingState::Downloading { .. }));
    let reads_on = state.list.progress.backfill.is_some();
    downloads || reads_on || !state.exports.running.is_empty() || state.connection.is_offline()
}

fn shortcuts_hint(ui: &mut Ui, view: &View<'_>) {
    let button = Button::new("F1 Shortcuts").kind(Kind::Quiet).height(24.0);
    if ui.add(button).clicked() {
        view.send(WindowCommand::Show(Dialog::Shortcuts));
    }
}

fn items(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let state = view.state;
    let tokens = theme::tokens(ui);
    if let Session::SignedIn { organization, is_demo, kept, refused } = &state.session {
        clinic_name(ui, &organization.name);
        if *is_demo {
            widgets::badge(ui, "Sample data", Tone::Accent);
        }
        if refused.is_some() && memory.sign_in.is_postponed {
            refused_item(ui, memory);
        }
        super::line::line_ui(ui, view);
        freshness(ui, view);
        if let Some(backfill) = &state.list.progress.backfill {
            backfill_item(ui, view, backfill);
        }
        if let Kept::No(why) = kept
            && !is_demo
        {
            item(ui, icons::KEY, "Key not remembered", tokens.warn).on_hover_text(why);
        }
    }
    if let Some(record) = &state.record {
        download(ui, view, record);
    }
    for export in state.exports.running.iter().filter(|export| export.is_writing) {
        export_item(ui, view, export);
    }
    newer_release(ui, view);
    warnings(ui, state);
}

/// A long name leaves room for what happens in the background.
fn clinic_name(ui: &mut Ui, name: &str) {
    let tokens = theme::tokens(ui);
    let room = (ui.max_rect().width() * 0.4).min(260.0);
    let galley = widgets::elided(ui, &[(name, theme::strong(size::SMALL), tokens.text)], room);
    let (rect, response) = ui.allocate_exact_size(galley.size(), eframe::egui::Sense::hover());
    widgets::speak(&response, eframe::egui::accesskit::Role::Label, name);
    ui.painter().galley(rect.min, galley, tokens.text);
}

fn refused_item(ui: &mut Ui, memory: &mut Memory) {
    let tokens = theme::tokens(ui);
    item(ui, icons::KEY, "NxVET did not accept the key.", tokens.error);
    if small_button(ui, "Enter a new key", "Enter a new key").clicked() {
        memory.sign_in.is_postponed = false;
    }
}

/// How it stands between this computer and NxVET, in words.
fn freshness(ui: &mut Ui, view: &View<'_>) {
    let state = view.state;
    let tokens = theme::tokens(ui);
    let synced = state.list.progress.synced_at.map(|at| format::as_of(at, view.now, state.zone));
    if let Some(words) = state.connection.words(view.now) {
        item(ui, icons::CLOCK, &words, tokens.text_weak);
        if state.list.progress.loading != Loading::Idle && small_button(ui, "Cancel", "Stop loading").clicked() {
            view.send(ListCommand::StopLoading);
        }
    } else if state.connection.is_offline() {
        let words = match synced {
            Some(time) => format!("Offline – showing what was saved at {time}"),
            None => "Offline – showing what was saved here".to_owned(),
        };
        item(ui, icons::OFFLINE, &words, tokens.warn);
    } else if state.list.progress.loading == Loading::Newest {
        item(ui, icons::REFRESH, "Refreshing…", tokens.text_weak);
    } else if let Some(problem) = &state.list.problem {
        item(ui, widgets::severity_icon(problem.severity), &problem.summary, tokens.warn);
    } else if let Some(time) = synced {
        item(ui, icons::CHECK, &format!("Up to date {time}"), tokens.text_weak);
    }
}

/// The reading of older consultations: how far, how long, and how to let it rest.
fn backfill_item(ui: &mut Ui, view: &View<'_>, backfill: &Backfill) {
    let tokens = theme::tokens(ui);
    let words = backfill_words(backfill, ui.max_rect().width() > ROOMY);
    let shown = item(ui, icons::HISTORY, &words, tokens.text_weak);
    if let Some(rate) = rate_words(backfill) {
        shown.on_hover_text(rate);
    }
    let (word, name, command) = if backfill.pause == Some(BackfillPause::Asked) {
        ("Resume", "Resume reading older consultations", ListCommand::ResumeBackfill)
    } else {
        ("Pause", "Pause reading older consultations", ListCommand::PauseBackfill)
    };
    if small_button(ui, word, name).clicked() {
        view.send(command);
    }
}

/// A narrow bar says how far it is and no more.
fn backfill_words(backfill: &Backfill, is_roomy: bool) -> String {
    let count = format!("{} of {}", format::count(backfill.done), format::count(backfill.of));
    let left = backfill.of.saturating_sub(backfill.done);
    let minutes = left.checked_div(backfill.per_minute).map(|minutes| i64::try_from(minutes).unwrap_or(i64::MAX));
    match (backfill.pause, minutes) {
        (Some(_), _) if !is_roomy => format!("Older consultations: paused at {count}"),
        (None, _) if !is_roomy => format!("Older consultations: {count}"),
        (Some(BackfillPause::Asked), _) => format!("Reading older consultations is paused at {count}"),
        (Some(BackfillPause::Line), _) => {
            format!("Reading older consultations waits at {count}: the connection is metered or slow")
        }
        (Some(BackfillPause::Waiting), _) => format!("Reading older consultations waits at {count} for NxVET"),
        (None, None) => format!("Reading older consultations: {count}"),
        (None, Some(..1)) => format!("Reading older consultations: {count}, under 1 min left"),
        (None, Some(minutes)) => {
            format!("Reading older consultations: {count}, about {} left", format::minutes(minutes))
        }
    }
}

fn rate_words(backfill: &Backfill) -> Option<String> {
    match backfill.per_minute {
        0 => None,
        1 => Some("1 consultation a minute".to_owned()),
        many => Some(format!("{} consultations a minute", format::count(many))),
    }
}

fn download(ui: &mut Ui, view: &View<'_>, record: &OpenRecord) {
    let RecordingState::Downloading { received, total, .. } = record.recording else { return };
    let tokens = theme::tokens(ui);
    let words = match (format::percent(received, total), total) {
        (Some(percent), Some(total)) => format!("1 download, {percent} of {}", format::bytes(total)),
        _ => format!("1 download, {} so far", format::bytes(received)),
    };
    item(ui, icons::DOWNLOAD, &words, tokens.text_weak);
    if small_button(ui, "Cancel", "Cancel the download").clicked() {
        view.send(PlayerCommand::CancelDownload);
    }
}

fn export_item(ui: &mut Ui, view: &View<'_>, export: &Export) {
    let tokens = theme::tokens(ui);
    let progress = format::percent(export.done, export.total).unwrap_or_else(|| format::bytes(export.done));
    item(ui, icons::SAVE, &format!("Saving, {progress}"), tokens.text_weak).on_hover_text(&export.file_name);
    if small_button(ui, "Cancel", "Cancel saving").clicked() {
        view.send(ExportCommand::Cancel(export.id));
    }
}

fn newer_release(ui: &mut Ui, view: &View<'_>) {
    let Some(release) = view.state.newer_release() else { return };
    item(ui, icons::DOWNLOAD, &newer_words(&release.version), theme::tokens(ui).text_weak);
    if small_button(ui, "Show", "Show the new release").clicked() {
        view.send(WindowCommand::Show(Dialog::About));
    }
}

fn warnings(ui: &mut Ui, state: &State) {
    let tokens = theme::tokens(ui);
    match state.list.progress.skipped {
        0 => {}
        1 => drop(item(ui, icons::WARNING, "1 row could not be read", tokens.warn)),
        many => drop(item(ui, icons::WARNING, &format!("{} rows could not be read", format::count(many)), tokens.warn)),
    }
    let off = state.connection.clock_off_seconds.unsigned_abs();
    if off > 60 {
        let words =
            format!("This computer's clock is {} off", format::minutes(i64::try_from(off / 60).unwrap_or(i64::MAX)));
        item(ui, icons::CLOCK, &words, tokens.warn);
    }
}

fn item(ui: &mut Ui, icon: &str, words: &str, color: Color32) -> Response {
    let galley = widgets::icon_text(ui, icon, words, theme::regular(size::SMALL), color);
    let (rect, response) = ui.allocate_exact_size(galley.size(), eframe::egui::Sense::hover());
    widgets::speak(&response, eframe::egui::accesskit::Role::Label, words);
    ui.painter().galley(rect.min, galley, color);
    response
}

fn small_button(ui: &mut Ui, words: &str, name: &str) -> Response {
    ui.add(Button::new(words).kind(Kind::Link).height(24.0).accessible_name(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backfill(per_minute: usize, pause: Option<BackfillPause>) -> Backfill {
        Backfill { done: 1_250, of: 4_000, per_minute, pause }
    }

    #[test]
    fn how_far_how_long_and_why_not_are_said() {
        let words = |per_minute, pause| backfill_words(&backfill(per_minute, pause), true);
        assert_eq!(words(900, None), "Reading older consultations: 1,250 of 4,000, about 3 min left");
        assert_eq!(words(0, None), "Reading older consultations: 1,250 of 4,000");
        assert_eq!(words(9_000, None), "Reading older consultations: 1,250 of 4,000, under 1 min left");
        assert_eq!(words(20, None), "Reading older consultations: 1,250 of 4,000, about 2 h 17 min left");
        let paused = |pause| words(0, Some(pause));
        assert_eq!(paused(BackfillPause::Asked), "Reading older consultations is paused at 1,250 of 4,000");
        assert_eq!(paused(BackfillPause::Waiting), "Reading older consultations waits at 1,250 of 4,000 for NxVET");
        assert_eq!(
            paused(BackfillPause::Line),
            "Reading older consultations waits at 1,250 of 4,000: the connection is metered or slow"
        );
    }

    #[test]
    fn a_narrow_bar_says_less_and_the_rate_has_its_own_words() {
        assert_eq!(backfill_words(&backfill(900, None), false), "Older consultations: 1,250 of 4,000");
        let asked = backfill(0, Some(BackfillPause::Asked));
        assert_eq!(backfill_words(&asked, false), "Older consultations: paused at 1,250 of 4,000");
        assert_eq!(rate_words(&backfill(1_200, None)).as_deref(), Some("1,200 consultations a minute"));
        assert_eq!(rate_words(&asked), None);
    }
}
