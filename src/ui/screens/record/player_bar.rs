//! The player under the notes. It never moves and never changes its height, whatever the recording does; only a low
//! window makes it lower, and the zoomed strip goes.
//! Which words stand in it is decided in `player_words`, `player_note` draws them; the sound is made elsewhere.

use super::player_note::Shown;
use super::player_words::{Middle, bar_of};
use super::transport::{PLAY_SIZE, TIMES_WIDTH, play_ui, times_ui};
use super::waveform::{WaveMemory, waveform_ui};
use crate::state::OpenRecord;
use crate::ui::theme::{radius, space, tokens};
use crate::ui::view::View;
use eframe::egui::{Rect, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, WidgetInfo, pos2, vec2};

pub(super) const HEIGHT: f32 = 108.0;
/// In a low window.
pub(super) const LOW_HEIGHT: f32 = 68.0;
const MARGIN: f32 = 10.0;
const PADDING: f32 = 14.0;

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
    let track = match note {
        Some(note) => {
            let shown = Shown::of(ui, &note, rect, middle != Middle::Nothing);
            let (words, track) = shown.split(rect);
            shown.ui(ui, view, &note, words);
            track
        }
        None => Some(rect),
    };
    let Some(track) = track else { return };
    match middle {
        Middle::Waveform => waveform_ui(ui, view, record, memory, track),
        Middle::Download(share) => progress_ui(ui, share, track),
        Middle::Nothing => {}
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
