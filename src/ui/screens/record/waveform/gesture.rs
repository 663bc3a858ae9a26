//! What the pointer does on a lane: a click or drag seeks, with Shift or from an edge it selects, the wheel zooms.
//! Answers what was meant; draws nothing.

use super::window::{StripView, Window};
use crate::state::Selection;
use eframe::egui::{Pos2, Rect, Response, Ui};

/// What is being dragged.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Grip {
    /// The playhead, with a place that waits for its sound to arrive.
    Playhead { pending_ms: Option<u64> },
    /// One end of a selection; the other one stays.
    Edge { fixed_ms: u64, moving_ms: u64 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meant {
    Seek(u64),
    Select(Selection),
}

/// How near to an edge a press takes hold of it, in points.
const REACH: f32 = 6.0;
/// Points of the wheel that double the zoom.
const WHEEL_DOUBLES: f32 = 140.0;

/// A lane with its hand on the pointer.
pub(super) struct Lane<'a> {
    pub rect: Rect,
    pub window: Window,
    pub selection: Option<Selection>,
    /// Is the sound of a moment here? Seeking where it is not is asked for once, when the drag ends.
    pub is_here: &'a dyn Fn(u64) -> bool,
}

impl Lane<'_> {
    /// The edge under a point: the moment of the other one, then its own.
    pub(super) fn edge_at(&self, point: Pos2) -> Option<(u64, u64)> {
        let selection = self.selection?;
        let (from, to) = (self.x(selection.from_ms), self.x(selection.to_ms));
        // Edges that stand closer than a finger belong to the lane that shows them larger.
        if to - from < 2.0 * REACH || !self.rect.contains(point) {
            return None;
        }
        let (near_from, near_to) = ((point.x - from).abs() <= REACH, (point.x - to).abs() <= REACH);
        match (near_from, near_to) {
            (true, _) => Some((selection.to_ms, selection.from_ms)),
            (_, true) => Some((selection.from_ms, selection.to_ms)),
            _ => None,
        }
    }

    fn x(&self, ms: u64) -> f32 {
        self.window.x_of(self.rect, ms as f64)
    }

    /// Follows a press, a drag and its end. Several of them may come in one frame: a tap is short, and some frames
    /// are long.
    pub(super) fn follow(&self, ui: &Ui, response: &Response, held: &mut Option<Grip>) -> Option<Meant> {
        let (origin, is_pressed, has_moved, is_down, shift) = ui.input(|input| {
            let pointer = &input.pointer;
            let has_moved = pointer.delta().x != 0.0;
            (
                pointer.press_origin(),
                pointer.primary_pressed(),
                has_moved,
                pointer.primary_down(),
                input.modifiers.shift,
            )
        });
        let point = response.interact_pointer_pos();
        let is_held = response.is_pointer_button_down_on() && is_down;
        if !is_held && held.is_none() {
            // Pressed and let go since the last frame.
            let is_tap = is_pressed && response.clicked() && !shift;
            return point.filter(|_| is_tap).map(|point| Meant::Seek(self.window.ms_at(self.rect, point.x)));
        }
        if is_held && is_pressed {
            *held = Some(self.grip(origin.or(point)?, shift));
        }
        let moved = match point {
            Some(point) if is_pressed => held.as_mut().and_then(|grip| self.carry(grip, point, origin != Some(point))),
            // A hand that is held still lets the sound play on.
            Some(point) if has_moved => held.as_mut().and_then(|grip| self.carry(grip, point, true)),
            _ => None,
        };
        if is_held { moved } else { held.take().and_then(Grip::end).or(moved) }
    }

    /// What a press takes hold of.
    fn grip(&self, origin: Pos2, shift: bool) -> Grip {
        let ms = self.window.ms_at(self.rect, origin.x);
        match self.edge_at(origin) {
            Some((fixed_ms, moving_ms)) => Grip::Edge { fixed_ms, moving_ms },
            None if shift => Grip::Edge { fixed_ms: ms, moving_ms: ms },
            None => Grip::Playhead { pending_ms: None },
        }
    }

    fn carry(&self, grip: &mut Grip, point: Pos2, has_moved: bool) -> Option<Meant> {
        let ms = self.window.ms_at(self.rect, point.x);
        match grip {
            Grip::Edge { moving_ms, .. } => {
                if has_moved {
                    *moving_ms = ms;
                }
                None
            }
            Grip::Playhead { pending_ms } => {
                let is_here = (self.is_here)(ms);
                *pending_ms = (!is_here).then_some(ms);
                is_here.then_some(Meant::Seek(ms))
            }
        }
    }
}

impl Grip {
    fn end(self) -> Option<Meant> {
        match self {
            Self::Playhead { pending_ms } => pending_ms.map(Meant::Seek),
            Self::Edge { .. } => self.selection().map(Meant::Select),
        }
    }

    /// The selection as it would be if the hand let go now.
    pub(super) fn selection(self) -> Option<Selection> {
        match self {
            Self::Edge { fixed_ms, moving_ms } => Selection::between(fixed_ms, moving_ms),
            Self::Playhead { .. } => None,
        }
    }
}

/// The wheel over a lane zooms the strip, sideways it moves it.
pub(super) fn wheel(ui: &Ui, lane: Rect, window: Window, strip: &mut StripView, duration_ms: u64) {
    let (scroll, pinch, pointer) =
        ui.input(|input| (input.smooth_scroll_delta(), input.zoom_delta(), input.pointer.hover_pos()));
    let Some(pointer) = pointer.filter(|_| scroll.x != 0.0 || scroll.y != 0.0 || (pinch - 1.0).abs() > 1e-4) else {
        return;
    };
    let factor = f64::from(pinch) * 2.0_f64.powf(f64::from(scroll.y / WHEEL_DOUBLES));
    if (factor - 1.0).abs() > 1e-6 {
        let under = window.ms_at(lane, pointer.x) as f64;
        let around = if strip.window(1e9).holds(under) { under } else { strip.middle_ms() };
        strip.zoom(factor, around, duration_ms);
    }
    if scroll.x != 0.0 {
        let span = strip.window(1e9).span_ms;
        strip.pan(-f64::from(scroll.x / lane.width().max(1.0)) * span, duration_ms);
    }
}
