//! The line of words in the player's bar with what can be done about it. What went wrong is never cut: it takes a
//! second line, its buttons become icons, and in the end the waveform makes room until it was dealt with.
//! Which words they are is decided in `player_words`.

use super::player_words::{Action, Note};
use crate::state::{ExportCommand, ListCommand, PlayerCommand, SessionCommand, Severity};
use crate::ui::action::Action as Known;
use crate::ui::theme::{icons, regular, size, space, strong, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, one_line, severity_color, severity_icon, text_icon_button, text_icon_toggle};
use eframe::egui::text::LayoutJob;
use eframe::egui::{Align, Galley, Label, Layout, Rect, RichText, Ui, UiBuilder, vec2};
use std::sync::Arc;

/// Room of one line of words when a track stands under it.
const LINE: f32 = 24.0;
/// Between words of several lines and the track.
const AROUND: f32 = 4.0;
/// A lower waveform shows nothing.
const LOWEST_TRACK: f32 = 18.0;
/// Narrower, the actions of a selection are icons: they must not change under the pointer when words grow.
const ROOM_FOR_WORDS: f32 = 440.0;
/// More than any of the bar's words need.
const MOST_ROWS: usize = 12;
/// What the smallest words take. The longest sentences in the lowest bar end in … and go on in the tooltip.
const CAPTION_ROW: f32 = 15.0;
const ICON_BUTTON: f32 = 24.0;

/// How the buttons look, from roomy to small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Look {
    Framed,
    Link,
    Icon,
}

/// A note laid out for the room it has.
pub(super) struct Shown {
    words: Arc<Galley>,
    look: Look,
    /// What it takes from the top of the bar; nothing is left for a waveform when it takes all.
    height: f32,
}

impl Shown {
    /// The smallest change that lets the words be read beside a waveform, else without one.
    pub(super) fn of(ui: &Ui, note: &Note, rect: Rect, has_track: bool) -> Self {
        let looks: &[(Look, f32)] = match (has_track, note.needs_reading) {
            (false, false) => &[(Look::Framed, size::SMALL)],
            (true, false) if note.actions.iter().any(Action::is_of_selection) && rect.width() < ROOM_FOR_WORDS => {
                &[(Look::Icon, size::SMALL)]
            }
            (true, false) => &[(Look::Link, size::SMALL)],
            (true, true) => &[(Look::Link, size::SMALL), (Look::Icon, size::SMALL), (Look::Icon, size::CAPTION)],
            (false, true) => &[(Look::Framed, size::SMALL), (Look::Icon, size::SMALL), (Look::Icon, size::CAPTION)],
        };
        let rows = if has_track && !note.needs_reading { 1 } else { MOST_ROWS };
        let lay_out = |&(look, font): &(Look, f32)| Self::laid_out(ui, note, rect, (look, font, rows));
        let fits_beside = |shown: &Self| has_track && shown.height + LOWEST_TRACK <= rect.height();
        let fits_alone = |shown: &Self| shown.words.size().y <= rect.height();
        let beside = looks.iter().map(lay_out).find(fits_beside);
        let alone = || looks.iter().map(lay_out).find(fits_alone);
        let smallest =
            || Self::laid_out(ui, note, rect, (Look::Icon, size::CAPTION, (rect.height() / CAPTION_ROW) as usize));
        let mut shown = beside.or_else(alone).unwrap_or_else(smallest);
        if !fits_beside(&shown) {
            shown.height = rect.height();
        }
        shown
    }

    fn laid_out(ui: &Ui, note: &Note, rect: Rect, how: (Look, f32, usize)) -> Self {
        let (look, font, rows) = how;
        let buttons: f32 = note.actions.iter().map(|action| width_of(ui, action, look) + space::S).sum();
        let sign = if note.severity == Severity::Info { 0.0 } else { size::ICON + 1.0 + space::S };
        let width = (rect.width() - buttons - sign - 1.0).max(1.0);
        let mut job = LayoutJob::simple(note.text.clone(), regular(font), tokens(ui).text_weak, width);
        job.break_on_newline = false;
        job.wrap.max_rows = rows.max(1);
        job.wrap.break_anywhere = rows == 1;
        let words = ui.painter().layout_job(job);
        let height = if words.rows.len() > 1 { words.size().y.ceil() + AROUND } else { LINE };
        Self { words, look, height }
    }

    /// The waveform's part of the bar; `None` where the words need all of it.
    pub(super) fn split(&self, rect: Rect) -> (Rect, Option<Rect>) {
        let (words, track) = rect.split_top_bottom_at_y(rect.top() + self.height);
        (words, Some(track).filter(|track| track.height() >= LOWEST_TRACK))
    }

    pub(super) fn ui(self, ui: &mut Ui, view: &View<'_>, note: &Note, rect: Rect) {
        // A row too many may use the bar's margin.
        let over = ((self.words.size().y - rect.height()) / 2.0).max(0.0);
        let rect = rect.expand2(vec2(0.0, over));
        let builder = UiBuilder::new().id_salt("note").max_rect(rect).layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(builder, |ui| {
            ui.spacing_mut().item_spacing.x = space::S;
            for action in note.actions.iter().rev() {
                if button_ui(ui, action, self.look) {
                    act(view, action);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                if note.severity != Severity::Info {
                    let (color, _) = severity_color(note.severity, tokens(ui));
                    let sign = RichText::new(severity_icon(note.severity)).font(icons::font(size::ICON)).color(color);
                    ui.add(Label::new(sign));
                }
                let more = if note.more.is_empty() { String::new() } else { format!("\n{}", note.more) };
                let words = Label::new(self.words).show_tooltip_when_elided(false);
                ui.add(words).on_hover_text(format!("{}{more}", note.text));
            });
        });
    }
}

/// What it takes in a row.
fn width_of(ui: &Ui, action: &Action, look: Look) -> f32 {
    let (font, padding) = match (look, icon_of(action)) {
        (Look::Icon, Some(_)) => return ICON_BUTTON,
        (Look::Framed, _) => (regular(size::SMALL), space::M),
        (Look::Link | Look::Icon, _) => (strong(size::SMALL), space::XS),
    };
    one_line(ui, action.words(), font, tokens(ui).text).size().x.ceil() + 2.0 * padding
}

/// `true` when it was clicked.
fn button_ui(ui: &mut Ui, action: &Action, look: Look) -> bool {
    match (look, icon_of(action)) {
        (Look::Icon, Some(icon)) => {
            let tooltip = tooltip(action, ui.ctx().os().is_mac());
            match action {
                Action::Loop { is_on } => text_icon_toggle(ui, icon, &tooltip, *is_on).clicked(),
                _ => text_icon_button(ui, icon, &tooltip).clicked(),
            }
        }
        (Look::Framed, _) => ui.add(Button::new(action.words()).height(space::CHIP)).clicked(),
        (Look::Link | Look::Icon, _) => {
            ui.add(Button::new(action.words()).kind(Kind::Link).height(LINE - 2.0)).clicked()
        }
    }
}

/// What says enough without words; the others keep theirs.
fn icon_of(action: &Action) -> Option<&'static str> {
    match action {
        Action::TryDownloadAgain | Action::TryPlayAgain => Some(icons::REFRESH),
        Action::EnterNewKey => Some(icons::KEY),
        Action::SaveRecording => Some(icons::SAVE),
        Action::Loop { .. } => Some(Known::LoopSelection.icon()),
        Action::ExportClip => Some(Known::ExportClip.icon()),
        Action::ClearSelection => Some(Known::ClearSelection.icon()),
        Action::Download | Action::CancelDownload | Action::PauseOther | Action::GoTo(_) => None,
    }
}

/// The words, and the key where it has one.
fn tooltip(action: &Action, is_mac: bool) -> String {
    match action {
        Action::Loop { is_on: false } => Known::LoopSelection.tooltip(is_mac),
        Action::Loop { is_on: true } => format!("{} ({})", action.words(), Known::LoopSelection.keys(is_mac)),
        Action::ExportClip => Known::ExportClip.tooltip(is_mac),
        // The key that closes what lies on top.
        Action::ClearSelection => format!("{} ({})", Known::ClearSelection.text(), Known::Close.keys(is_mac)),
        _ => action.words().to_owned(),
    }
}

fn act(view: &View<'_>, action: &Action) {
    match action {
        Action::Download | Action::TryDownloadAgain => view.send(PlayerCommand::Download),
        Action::CancelDownload => view.send(PlayerCommand::CancelDownload),
        Action::TryPlayAgain => view.send(PlayerCommand::Toggle),
        Action::EnterNewKey => view.send(SessionCommand::EnterNewKey),
        Action::SaveRecording => view.send(ExportCommand::Recording),
        Action::PauseOther => view.send(PlayerCommand::Pause),
        Action::GoTo(key) => view.send(ListCommand::Select(key.clone())),
        Action::Loop { .. } => view.send(PlayerCommand::ToggleLoop),
        Action::ExportClip => view.send(ExportCommand::Clip),
        Action::ClearSelection => view.send(PlayerCommand::ClearSelection),
    }
}
