//! What the recording looks like: the whole of it, and above that a strip around the playhead that can be zoomed.
//! Both seek and select alike. The sums stand in `window` and `bars`, the mesh in `mesh`, the pointer in `gesture`.

mod bars;
mod gesture;
mod mesh;
mod paint;
mod window;

use super::slider::{Slider, speak_slider, steps};
use super::words::spoken_position;
use crate::domain::{ConsultationKey, Waveform};
use crate::state::{OpenRecord, PlayerCommand, Selection};
use crate::ui::format::position;
use crate::ui::theme::tokens;
use crate::ui::view::View;
use crate::ui::widgets::paint_focus;
use bars::{Scene, columns, loudest};
use eframe::egui::{CursorIcon, Label, Rect, RectAlign, Response, Role, Sense, Tooltip, Ui, WidgetInfo};
use gesture::{Grip, Lane, Meant};
use mesh::Picture;
use std::sync::{Arc, Weak};
use window::{SHORTEST_ZOOMED_MS, StripView, Window};

/// What drawing the sound remembers between frames.
#[derive(Debug, Default)]
pub(super) struct WaveMemory {
    key: Option<ConsultationKey>,
    strip: StripView,
    overview: LaneMemory,
    zoomed: LaneMemory,
    loudness: Loudness,
}

/// How loud the voices of one snapshot get.
#[derive(Debug, Default)]
struct Loudness {
    /// Weak, so that the last owner frees it elsewhere; its place in memory stays taken.
    of: Weak<Waveform>,
    loudest: i8,
}

impl Loudness {
    /// Measured once for each snapshot.
    fn of(&mut self, waveform: Option<&Arc<Waveform>>) -> i8 {
        let Some(waveform) = waveform else { return i8::MAX };
        if !std::ptr::eq(self.of.as_ptr(), Arc::as_ptr(waveform)) {
            *self = Self { of: Arc::downgrade(waveform), loudest: loudest(waveform) };
        }
        self.loudest
    }
}

#[derive(Debug, Default)]
struct LaneMemory {
    picture: Picture,
    held: Option<Grip>,
}

/// The overview's height where the strip stands above it.
const OVERVIEW: f32 = 22.0;
/// Between the strip and the overview: room for the times at which the strip begins and ends.
const BETWEEN: f32 = 14.0;
/// A lower strip shows nothing that the overview does not.
const LOWEST_STRIP: f32 = 26.0;
/// A strip that shows more of the recording than this needs no times: they are the whole's.
const ALMOST_ALL: f64 = 0.95;
/// A step of an arrow key or a screen reader.
const STEP_MS: f32 = 5_000.0;

/// What both lanes show.
#[derive(Clone, Copy)]
struct Sound<'a> {
    waveform: Option<&'a Arc<Waveform>>,
    loudest: i8,
    duration_ms: u64,
    position_ms: u64,
    selection: Option<Selection>,
    /// Open in the player, so it can be sought; otherwise a click plays from there.
    is_loaded: bool,
}

impl Sound<'_> {
    /// Nothing can be sought before the length is known.
    fn is_enabled(&self) -> bool {
        self.duration_ms > 0
    }

    fn is_here(&self, ms: u64) -> bool {
        let at = ms as f64;
        self.waveform.is_none_or(|waveform| waveform.is_complete() || waveform.span(at, at + 50.0).is_some())
    }
}

/// Draws the sound over the whole of `rect`.
pub(super) fn waveform_ui(ui: &mut Ui, view: &View<'_>, record: &OpenRecord, memory: &mut WaveMemory, rect: Rect) {
    if memory.key.as_ref() != Some(&record.key) {
        *memory = WaveMemory { key: Some(record.key.clone()), ..WaveMemory::default() };
    }
    let player = &view.state.player;
    let is_loaded = player.holds(&record.key) && player.is_loaded();
    let known = record.waveform.as_ref().map(|waveform| waveform.duration_ms());
    let sound = Sound {
        waveform: record.waveform.as_ref(),
        loudest: memory.loudness.of(record.waveform.as_ref()),
        duration_ms: player.duration_ms.filter(|_| is_loaded).or(known).unwrap_or(0),
        position_ms: if is_loaded { player.position_ms } else { 0 },
        selection: player.selection.filter(|_| is_loaded),
        is_loaded,
    };
    let strip_height = rect.height() - OVERVIEW - BETWEEN;
    let has_strip = strip_height >= LOWEST_STRIP && sound.duration_ms >= SHORTEST_ZOOMED_MS;
    let is_held = memory.overview.held.is_some() || memory.zoomed.held.is_some();
    memory.strip.follow(sound.position_ms, sound.duration_ms, is_held);
    let whole = Window::whole(sound.duration_ms);
    let pixels_per_point = ui.ctx().pixels_per_point();
    let zoomed = memory.strip.window(columns(rect.width(), pixels_per_point));
    let (above, below) = rect.split_top_bottom_at_y(rect.bottom() - OVERVIEW);
    if has_strip {
        let strip = above.with_max_y(above.bottom() - BETWEEN);
        strip_ui(ui, view, sound, memory, (strip, zoomed));
    }
    let overview = if has_strip { below } else { rect };
    overview_ui(ui, view, sound, memory, (overview, whole));
    if has_strip {
        let shown = memory.strip.window(columns(rect.width(), pixels_per_point));
        paint::strip_frame(ui.painter(), overview, whole, shown, tokens(ui));
        if shown.span_ms < whole.span_ms * ALMOST_ALL {
            let between = above.with_min_y(above.bottom() - BETWEEN);
            paint::strip_times(ui.painter(), between, shown, tokens(ui));
        }
    }
}

/// The whole recording: the slider that a keyboard and a screen reader know.
fn overview_ui(ui: &mut Ui, view: &View<'_>, sound: Sound<'_>, memory: &mut WaveMemory, lane: (Rect, Window)) {
    let (rect, window) = lane;
    let id = ui.scope_id().with("position");
    let sense = if sound.is_enabled() { Sense::click_and_drag() } else { Sense::hover() };
    let response = ui.interact(rect, id, sense);
    let words = spoken_position(sound.position_ms, sound.duration_ms);
    let of_duration = |ms: f32| if sound.is_enabled() { ms / sound.duration_ms as f32 } else { 0.0 };
    let slider = Slider {
        name: "Position",
        value: of_duration(sound.position_ms as f32),
        words: &words,
        is_enabled: sound.is_enabled(),
        step: of_duration(STEP_MS),
    };
    speak_slider(ui, &response, &slider);
    let by = steps(ui, &response, &slider) * STEP_MS;
    if by != 0.0 && sound.is_loaded {
        let target = sound.position_ms.saturating_add_signed(by as i64).min(sound.duration_ms);
        view.send(PlayerCommand::SeekTo(target));
    }
    if response.contains_pointer() {
        gesture::wheel(ui, rect, window, &mut memory.strip, sound.duration_ms);
    }
    lane_ui(ui, view, sound, &mut memory.overview, (rect, window, &response));
    paint_focus(ui.painter(), &response, rect, tokens(ui));
    hover_ui(sound, (rect, window, response));
}

/// A stretch of it, larger. The pointer's alone: the overview says and does the same for a keyboard.
fn strip_ui(ui: &mut Ui, view: &View<'_>, sound: Sound<'_>, memory: &mut WaveMemory, lane: (Rect, Window)) {
    let (rect, window) = lane;
    let sense = if sound.is_enabled() { Sense::CLICK | Sense::DRAG } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with("strip"), sense);
    if response.contains_pointer() {
        gesture::wheel(ui, rect, window, &mut memory.strip, sound.duration_ms);
    }
    let end = (window.from_ms + window.span_ms).round() as u64;
    let words = format!("Waveform from {} to {}", position(window.from_ms.round() as u64), position(end));
    response.widget_info(|| WidgetInfo::labeled(Role::Canvas, sound.is_enabled(), &words));
    lane_ui(ui, view, sound, &mut memory.zoomed, (rect, window, &response));
    hover_ui(sound, (rect, window, response));
}

/// The sound, what is selected in it, and what the pointer does to it.
fn lane_ui(ui: &Ui, view: &View<'_>, sound: Sound<'_>, memory: &mut LaneMemory, lane: (Rect, Window, &Response)) {
    let (rect, window, response) = lane;
    let is_here = |ms: u64| sound.is_here(ms);
    let hand = Lane { rect, window, selection: sound.selection, is_here: &is_here };
    match hand.follow(ui, response, &mut memory.held) {
        Some(Meant::Seek(ms)) if sound.is_loaded => view.send(PlayerCommand::SeekTo(ms)),
        Some(Meant::Seek(ms)) => view.send(PlayerCommand::PlayFrom(ms)),
        Some(Meant::Select(Selection { from_ms, to_ms })) => view.send(PlayerCommand::Select { from_ms, to_ms }),
        None => {}
    }
    let tokens = tokens(ui);
    let painter = ui.painter().with_clip_rect(rect.expand2(eframe::egui::vec2(3.0, 2.0)));
    let selection = memory.held.and_then(Grip::selection).or(sound.selection);
    if let Some(selection) = selection {
        paint::selection(&painter, rect, window, selection, tokens);
    }
    let pixels_per_point = ui.ctx().pixels_per_point();
    let scene = Scene { waveform: sound.waveform, loudest: sound.loudest, rect, window, pixels_per_point, tokens };
    let heard = sound.is_loaded.then_some(sound.position_ms as f64);
    painter.add(memory.picture.shape(&scene, heard));
    if let Some(selection) = selection {
        paint::handles(&painter, rect, window, selection, tokens);
    }
    if let Some(at) = response.hover_pos().filter(|_| sound.is_enabled()) {
        paint::hairline(&painter, rect, at.x, tokens);
        let is_edge = hand.edge_at(at).is_some() || matches!(memory.held, Some(Grip::Edge { .. }));
        let icon = if is_edge { CursorIcon::ResizeHorizontal } else { CursorIcon::PointingHand };
        ui.set_cursor_icon(icon);
    }
    if sound.is_loaded {
        let dragged = match memory.held {
            Some(Grip::Playhead { pending_ms: Some(ms) }) => ms,
            _ => sound.position_ms,
        };
        paint::playhead(&painter, rect, window, dragged, tokens);
    }
}

/// The moment under the pointer, at once and beside the lane: who looks for a place moves on all the time.
fn hover_ui(sound: Sound<'_>, lane: (Rect, Window, Response)) {
    let (rect, window, response) = lane;
    let Some(pointer) = response.hover_pos().filter(|_| sound.is_enabled()) else { return };
    let ms = window.ms_at(rect, pointer.x);
    let at = position(ms);
    let words = match (sound.is_here(ms), sound.is_loaded) {
        (false, _) => format!("{at} – not here yet"),
        (true, true) => at,
        (true, false) => format!("Play from {at}"),
    };
    let above = Rect::from_x_y_ranges(pointer.x..=pointer.x, rect.y_range());
    let mut tooltip = Tooltip::always_open(response.ctx.clone(), response.layer_id, response.id, above);
    tooltip.popup = tooltip.popup.align(RectAlign::TOP).align_alternatives(&[RectAlign::BOTTOM]);
    tooltip.show(|ui| ui.add(Label::new(words).extend()));
}
