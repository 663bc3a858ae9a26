//! The status bar: whose clinic this is, how fresh the list is, and what works in the background.
//! It never blocks reading; everything in it that takes time can be cancelled.

use crate::state::{
    Dialog, Export, ExportCommand, Kept, ListCommand, Loading, OpenRecord, PlayerCommand, RecordingState, Session,
    State, WindowCommand,
};
use crate::ui::Memory;
use crate::ui::format;
use crate::ui::theme::{self, icons, size, space};
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, Tone};
use eframe::egui::{Align, Color32, Layout, Response, Ui, UiBuilder, vec2};

pub const HEIGHT: f32 = 30.0;

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
    downloads || !state.exports.running.is_empty() || state.connection.is_offline()
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
        freshness(ui, view);
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
