//! The window: draws the state and turns clicks and keys into commands. Changes nothing by itself.

pub mod action;
mod chrome;
mod dialogs;
mod forget;
pub mod format;
mod keys;
mod mark_words;
mod release;
#[cfg(test)]
pub mod samples;
pub mod screens;
#[cfg(test)]
mod tests;
pub mod theme;
pub mod view;
pub mod widgets;

pub use forget::{FRAMES_TO_FORGET, forget};
pub use theme::{apply_look, apply_settings, install};

use crate::state::{Command, Route, Session, SessionCommand, State};
use chrono::{DateTime, Utc};
use eframe::egui::{Panel, Ui, UiBuilder};
use view::View;

/// What only the drawing needs between frames: drafts, scroll offsets and layout caches.
#[derive(Default)]
pub struct Memory {
    pub sign_in: screens::sign_in::SignInMemory,
    pub list: screens::consultations::ListMemory,
    pub record: screens::record::RecordMemory,
    pub search: screens::search::SearchMemory,
    pub rooms: screens::rooms::RoomsMemory,
    pub live: screens::live::LiveMemory,
    pub lock: screens::lock::LockMemory,
    pub remark: dialogs::RemarkMemory,
    pub pin: dialogs::PinMemory,
    pub palette: dialogs::PaletteMemory,
    pub removal: dialogs::RemovalMemory,
    pub licences: dialogs::LicencesMemory,
    pub live_dialogs: dialogs::LiveDialogMemory,
    /// What had the keyboard in the frame before; Esc takes it away before any code here runs.
    focus: Option<eframe::egui::Id>,
}

/// Draws the whole window; returns what was wished for meanwhile.
pub fn root_ui(ui: &mut Ui, state: &State, memory: &mut Memory, now: DateTime<Utc>) -> Vec<Command> {
    let view = View::new(state, now);
    keys::handle_keys(ui.ctx(), &view, memory);
    ui.painter().rect_filled(ui.max_rect(), 0.0, theme::tokens(ui).background);
    if !state.is_locked() {
        memory.lock.wipe(ui.ctx());
    }
    match &state.session {
        Session::Restoring { is_slow } => screens::sign_in::restoring_ui(ui, &view, &mut memory.sign_in, *is_slow),
        Session::Locked(lock) => screens::lock::lock_ui(ui, &view, &mut memory.lock, lock),
        Session::SignedOut(_) => screens::sign_in::sign_in_ui(ui, &view, &mut memory.sign_in),
        Session::SignedIn { refused, .. } => {
            memory.sign_in.forget_unless(refused.is_some(), ui.ctx());
            desk_ui(ui, &view, memory);
        }
    }
    dialogs::dialogs_ui(ui, &view, memory);
    chrome::toasts_ui(ui, &view);
    let commands = view.into_commands();
    if commands.contains(&Command::Session(SessionCommand::EnterNewKey)) {
        memory.sign_in.is_postponed = false;
    }
    commands
}

/// Everything behind the sign-in: rail, screen and status bar, in the order in which Tab visits them.
fn desk_ui(ui: &mut Ui, view: &View<'_>, memory: &mut Memory) {
    let room = ui.max_rect();
    // A very low window keeps its height for what is read.
    let is_reading = view.state.record.is_some() && view.state.route == Route::Consultations;
    let status = if room.height() < 340.0 && is_reading { 0.0 } else { chrome::STATUS_HEIGHT };
    let (above, below) = room.split_top_bottom_at_y(room.bottom() - status);
    ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
        let rail = Panel::left("rail").exact_size(chrome::rail_width(ui)).resizable(false);
        rail.show_separator_line(false).frame(theme::bare_frame()).show(ui, |ui| chrome::rail_ui(ui, view));
        match view.state.route {
            Route::Consultations => screens::consultations::consultations_ui(ui, view, memory),
            Route::Search => screens::search::search_ui(ui, view, memory),
            Route::Rooms => screens::rooms::rooms_ui(ui, view, memory),
            Route::Live => screens::live::live_ui(ui, view, memory),
            Route::Settings => screens::settings::settings_ui(ui, view),
        }
    });
    if status > 0.0 {
        ui.scope_builder(UiBuilder::new().max_rect(below), |ui| chrome::status_bar_ui(ui, view, memory));
    }
}
