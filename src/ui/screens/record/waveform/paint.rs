//! What lies under and over the sound: the selection, the playhead, the hairline under the pointer, the frame
//! around what the strip shows, and the strip's times. A handful of shapes, drawn in every frame.

use super::window::Window;
use crate::state::Selection;
use crate::ui::format::position;
use crate::ui::theme::{Tokens, radius, regular, size};
use eframe::egui::{Align2, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

const PLAYHEAD: f32 = 2.0;
const HANDLE: f32 = 4.0;
const HANDLE_HEIGHT: f32 = 14.0;
/// The strip's frame stays visible on a recording of hours, on both sides of the playhead.
const NARROWEST_FRAME: f32 = 10.0;

/// The tint; under the sound.
pub(super) fn selection(painter: &Painter, rect: Rect, window: Window, selection: Selection, tokens: &Tokens) {
    let (from, to) = edges(rect, window, selection);
    if to > from {
        let tint = Rect::from_min_max(pos2(from, rect.top()), pos2(to, rect.bottom()));
        painter.rect_filled(tint, 2.0, tokens.accent_weak);
    }
}

/// Its two edges; over the sound.
pub(super) fn handles(painter: &Painter, rect: Rect, window: Window, selection: Selection, tokens: &Tokens) {
    let line = Stroke::new(1.0, tokens.accent);
    let places = [selection.from_ms, selection.to_ms].map(|ms| (ms, window.x_of(rect, ms as f64)));
    for (_, x) in places.into_iter().filter(|(ms, _)| window.holds(*ms as f64)) {
        painter.vline(x, rect.y_range(), line);
        let grip = Rect::from_center_size(pos2(x, rect.center().y), vec2(HANDLE, HANDLE_HEIGHT.min(rect.height())));
        painter.rect(grip, radius(HANDLE / 2.0), tokens.panel, line, StrokeKind::Outside);
    }
}

pub(super) fn playhead(painter: &Painter, rect: Rect, window: Window, position_ms: u64, tokens: &Tokens) {
    if window.holds(position_ms as f64) {
        let x = window.x_of(rect, position_ms as f64);
        let line = |wide: f32| Rect::from_center_size(pos2(x, rect.center().y), vec2(wide, rect.height()));
        // A rim of the ground, so that it stands out from loud bars too.
        painter.rect_filled(line(2.0 * PLAYHEAD), PLAYHEAD, tokens.panel);
        painter.rect_filled(line(PLAYHEAD), PLAYHEAD / 2.0, tokens.text);
    }
}

pub(super) fn hairline(painter: &Painter, rect: Rect, x: f32, tokens: &Tokens) {
    painter.vline(x, rect.y_range(), Stroke::new(1.0, tokens.text_hint));
}

/// Which part of the whole the strip shows.
pub(super) fn strip_frame(painter: &Painter, rect: Rect, whole: Window, strip: Window, tokens: &Tokens) {
    let (from, to) = (whole.x_of(rect, strip.from_ms), whole.x_of(rect, strip.from_ms + strip.span_ms));
    let wide = (to - from).max(NARROWEST_FRAME);
    let center = f32::midpoint(from, to).clamp(rect.left() + wide / 2.0, (rect.right() - wide / 2.0).max(rect.left()));
    let frame = Rect::from_center_size(pos2(center, rect.center().y), vec2(wide, rect.height()));
    painter.rect_stroke(frame, radius(3.0), Stroke::new(1.5, tokens.text_weak), StrokeKind::Inside);
}

/// When the strip begins and ends, at its two ends, over neither of the lanes.
pub(super) fn strip_times(painter: &Painter, rect: Rect, strip: Window, tokens: &Tokens) {
    let end = strip.from_ms + strip.span_ms;
    let ends =
        [(Align2::LEFT_CENTER, rect.left_center(), strip.from_ms), (Align2::RIGHT_CENTER, rect.right_center(), end)];
    for (align, at, ms) in ends {
        let words = position(ms.max(0.0).round() as u64);
        painter.text(at, align, words, regular(size::CAPTION), tokens.text_weak);
    }
}

fn edges(rect: Rect, window: Window, selection: Selection) -> (f32, f32) {
    let place = |ms: u64| window.x_of(rect, ms as f64).clamp(rect.left(), rect.right());
    (place(selection.from_ms), place(selection.to_ms))
}
