//! The player under the notes. It never moves and never changes its height, whatever the recording does; only a low
//! window makes it lower, and the zoomed strip goes.
//! Which words stand in it is decided in `player_words`; the sound is made elsewhere.

use super::player_words::{Action, Middle, Note, bar_of};
use super::transport::{PLAY_SIZE, TIMES_WIDTH, play_ui, times_ui};
use super::waveform::{WaveMemory, waveform_ui};
use crate::state::{ExportCommand, ListCommand, OpenRecord, PlayerCommand, SessionCommand, Severity};
use crate::ui::theme::{icons, radius, regular, size, space, tokens};
use crate::ui::view::View;
use crate::ui::widgets::{Button, Kind, elided, severity_color, severity_icon};
use eframe::egui::{
    Align, Label, Layout, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2,
};

pub(super) const HEIGHT: f32 = 108.0;
/// In a low window.
pub(super) const LOW_HEIGHT: f32 = 68.0;
const MARGIN: f32 = 10.0;
const PADDING: f32 = 14.0;
/// Room of the words when a track stands under them.
const NOTE: f32 = 24.0;
/// Narrower, the actions of a selection stand in the menu alone.
const ROOM_FOR_ACTIONS: f32 = 400.0;

/// Draws the bar over the whole of the room it is given.
pub(super) fn player_bar_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, memory: &mut WaveMemory) {
    let rect = ui.max_rect();
    let border = Stroke::new(1.0, tokens(ui).line);
    ui.painter().rect(rect, radius(space::RADIUS_PANE), tokens(ui).panel, border, StrokeKind::Inside);
    let inside = rect.shrink2(vec2(PADDING, MARGIN));
    let play =
        Rect::from_center_size(pos2(inside.left() + PLAY_SIZE / 2.0, inside.center().y), vec2(PLAY_SIZE, PLAY_SIZE));
    let times = Rect::from_min_max(pos2(inside.right() - TIMES_WIDTH, inside.top()), inside.max);
    let middle =
        Rect::from_min_max(pos2(play.right() + PADDING, inside.top()), pos2(times.left() - PADDING, inside.bottom()));
    ui.scope_builder(UiBuilder::new().max_rect(play), |ui| play_ui(ui, view, record));
    middle_ui(ui, view, record, (middle, memory));
    times_ui(ui, view, record, times);
}

fn middle_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, place: (Rect, &mut WaveMemory)) {
    let (rect, memory) = place;
    let (note, middle) = bar_of(&view.state.player, record, view.now);
    let has_track = middle != Middle::Nothing;
    let (words, track) = match (&note, has_track) {
        (Some(_), true) => rect.split_top_bottom_at_y(rect.top() + NOTE),
        _ => (rect, rect),
    };
    if let Some(note) = &note {
        let builder = UiBuilder::new().id_salt("note").max_rect(words).layout(Layout::right_to_left(Align::Center));
        ui.scope_builder(builder, |ui| note_ui(ui, view, note, has_track));
    }
    match middle {
        Middle::Waveform => waveform_ui(ui, view, record, memory, track),
        Middle::Download(share) => progress_ui(ui, share, track),
        Middle::Nothing => {}
    }
}

fn note_ui(ui: &mut Ui, view: &View<'_>, note: &Note, is_slim: bool) {
    let tokens = tokens(ui);
    ui.spacing_mut().item_spacing.x = space::S;
    let has_room = ui.max_rect().width() >= ROOM_FOR_ACTIONS;
    for action in note.actions.iter().rev().filter(|action| has_room || !action.is_of_selection()) {
        let button = if is_slim {
            Button::new(action.words()).kind(Kind::Link).height(NOTE - 2.0)
        } else {
            Button::new(action.words()).height(space::CHIP)
        };
        if ui.add(button).clicked() {
            act(view, action);
        }
    }
    ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
        if note.severity != Severity::Info {
            let (color, _) = severity_color(note.severity, tokens);
            ui.add(Label::new(RichText::new(severity_icon(note.severity)).font(icons::font(size::ICON)).color(color)));
        }
        words_ui(ui, note, is_slim);
    });
}

/// One line above a track, two where there is room for them.
fn words_ui(ui: &mut Ui, note: &Note, is_slim: bool) {
    let tokens = tokens(ui);
    let tooltip = if note.more.is_empty() { note.text.clone() } else { format!("{}\n{}", note.text, note.more) };
    let response = if is_slim {
        let line = elided(ui, &[(&note.text, regular(size::SMALL), tokens.text_weak)], ui.available_width());
        ui.add(Label::new(line).show_tooltip_when_elided(false))
    } else {
        let text = RichText::new(&note.text).font(regular(size::SMALL)).color(tokens.text_weak);
        ui.add(Label::new(text).wrap().show_tooltip_when_elided(false))
    };
    response.on_hover_text(tooltip);
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

/// How much of a download is here. An unknown whole shows as an empty track: words say how much came.
fn progress_ui(ui: &mut Ui, share: Option<f32>, rect: Rect) {
    let tokens = tokens(ui);
    let response = ui.interact(rect, ui.scope_id().with("download"), Sense::hover());
    let words = share.map_or_else(|| "Download".to_owned(), |share| format!("Download, {:.0} percent", share * 100.0));
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
    let track = Rect::from_center_size(rect.center(), vec2(rect.width(), 6.0));
    ui.painter().rect_filled(track, 3.0, tokens.line);
    let done = Rect::from_min_size(track.min, vec2(track.width() * share.unwrap_or(0.0), track.height()));
    ui.painter().rect_filled(done, 3.0, tokens.accent);
}
