//! From sound to bars: how high each one is, where it stands, and whether it is speech, silence or not here yet.
//! Sums over a waveform; draws nothing.

use super::window::Window;
use crate::domain::{Peak, Waveform};
use crate::ui::theme::Tokens;
use eframe::egui::{Rect, pos2};
use std::sync::Arc;

/// What is to be drawn where.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub waveform: Option<&'a Arc<Waveform>>,
    pub rect: Rect,
    pub window: Window,
    pub pixels_per_point: f32,
    pub tokens: &'static Tokens,
}

/// What a bar stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bar {
    Speech,
    Silence,
    /// Has not arrived.
    Missing,
}

/// From one bar to the next, and the gap between them, in points.
const PITCH: f32 = 3.0;
const GAP: f32 = 1.0;
/// Half the height of silence, and the least of speech.
const QUIET_HALF: f32 = 0.75;
const SPEECH_HALF: f32 = 1.25;
/// A recording made from far away is shown larger, but noise is not made a storm.
const LOUDEST_GAIN: f32 = 5.0;
/// A bar that stands for seconds shows how loud they are on the whole: somebody is loud once in any of them.
const PARTS: u32 = 6;
const PARTS_FROM_MS: f64 = 600.0;
const LARGEST_FILL: f32 = 2.5;
/// Below one: faint voices beside loud ones can still be seen.
const CURVE: f32 = 0.8;

/// A distance in whole pixels, so that bars and gaps are equally wide on any screen.
fn whole_pixels(points: f32, pixels_per_point: f32) -> f32 {
    (points * pixels_per_point).round().max(1.0) / pixels_per_point
}

/// Bars that fit into a width.
pub(super) fn columns(width: f32, pixels_per_point: f32) -> f32 {
    (width / whole_pixels(PITCH, pixels_per_point)).floor().max(1.0)
}

impl Scene<'_> {
    /// Every bar with its place, from left to right.
    pub(super) fn bars(&self) -> Vec<(Bar, Rect)> {
        let count = columns(self.rect.width(), self.pixels_per_point) as usize;
        Scale::of(self).bars(self, count)
    }

    fn pitch(&self) -> f32 {
        whole_pixels(PITCH, self.pixels_per_point)
    }

    /// A bar is heard when its middle was passed.
    pub(super) fn bars_before(&self, ms: f64) -> usize {
        let x = self.window.x_of(self.rect, ms) - self.rect.left();
        (x / self.pitch() + 0.5).floor().max(0.0) as usize
    }
}

/// How far a stretch reaches from the middle.
#[derive(Clone, Copy)]
enum Reach {
    /// Has not arrived.
    Missing,
    Silence,
    /// Up and down, 0 to 1.
    Speech(f32, f32),
}

impl Reach {
    fn farthest(self) -> f32 {
        if let Self::Speech(up, down) = self { up.max(down) } else { 0.0 }
    }
}

/// How loud is how high.
struct Scale {
    quiet: i8,
    gain: f32,
}

impl Scale {
    fn of(scene: &Scene<'_>) -> Self {
        let Some(waveform) = scene.waveform else { return Self { quiet: 1, gain: 1.0 } };
        let loudest = waveform.span(0.0, waveform.duration_ms() as f64).map_or(0, Peak::amplitude);
        Self { quiet: waveform.quiet(), gain: (127.0 / f32::from(loudest.max(1))).min(LOUDEST_GAIN) }
    }

    /// Every bar with its place. Averages reach less far; the highest of them fills the lane all the same.
    fn bars(&self, scene: &Scene<'_>, count: usize) -> Vec<(Bar, Rect)> {
        let per_column = scene.window.span_ms / f64::from(scene.rect.width()) * f64::from(scene.pitch());
        let reach = |column: usize| {
            let from_ms = scene.window.from_ms + column as f64 * per_column;
            scene.waveform.map_or(Reach::Missing, |waveform| self.reach(waveform, from_ms, per_column))
        };
        let reaches: Vec<Reach> = (0..count).map(reach).collect();
        let highest = reaches.iter().map(|reach| reach.farthest()).fold(0.0, f32::max);
        let is_average = per_column >= PARTS_FROM_MS && highest > 0.0;
        let fill = if is_average { (1.0 / highest).min(LARGEST_FILL) } else { 1.0 };
        let place = Place { rect: scene.rect, pitch: scene.pitch(), pixels_per_point: scene.pixels_per_point, fill };
        reaches.into_iter().enumerate().map(|(column, reach)| place.bar(column, reach)).collect()
    }

    /// How far a stretch reaches; a long one by the mean of its parts.
    fn reach(&self, waveform: &Waveform, from_ms: f64, span_ms: f64) -> Reach {
        let parts = if span_ms < PARTS_FROM_MS { 1 } else { PARTS };
        let part_ms = span_ms / f64::from(parts);
        let (mut up, mut down, mut loud, mut here) = (0.0, 0.0, 0, 0_u32);
        for part in 0..parts {
            let at = from_ms + f64::from(part) * part_ms;
            let Some(peak) = waveform.span(at, at + part_ms) else { continue };
            here += 1;
            if peak.amplitude() >= self.quiet {
                loud += 1;
                up += self.height(f32::from(peak.high));
                down += self.height(-f32::from(peak.low));
            }
        }
        match (here, loud) {
            (0, _) => Reach::Missing,
            (_, 0) => Reach::Silence,
            _ => Reach::Speech(up / here as f32, down / here as f32),
        }
    }

    /// 0 to 1.
    fn height(&self, amplitude: f32) -> f32 {
        (amplitude.max(0.0) / 127.0 * self.gain).min(1.0).powf(CURVE)
    }
}

/// Where a bar stands in its lane.
#[derive(Clone, Copy)]
struct Place {
    rect: Rect,
    pitch: f32,
    pixels_per_point: f32,
    fill: f32,
}

impl Place {
    fn bar(self, column: usize, reach: Reach) -> (Bar, Rect) {
        let left = self.snap(self.rect.left()) + column as f32 * self.pitch;
        let half = |share: f32| ((share * self.fill).min(1.0) * self.rect.height() / 2.0).max(SPEECH_HALF);
        let gap = left + self.pitch - whole_pixels(GAP, self.pixels_per_point);
        match reach {
            Reach::Missing => (Bar::Missing, self.at(left, gap, (QUIET_HALF, QUIET_HALF))),
            Reach::Silence => (Bar::Silence, self.at(left, left + self.pitch, (QUIET_HALF, QUIET_HALF))),
            Reach::Speech(up, down) => (Bar::Speech, self.at(left, gap, (half(up), half(down)))),
        }
    }

    /// Upright edges on whole pixels are sharp, and all bars equally wide.
    fn at(self, left: f32, right: f32, half: (f32, f32)) -> Rect {
        let middle = self.rect.center().y;
        Rect::from_min_max(pos2(self.snap(left), middle - half.0), pos2(self.snap(right), middle + half.1))
    }

    fn snap(self, x: f32) -> f32 {
        (x * self.pixels_per_point).round() / self.pixels_per_point
    }
}
