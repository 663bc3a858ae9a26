//! From sound to bars: how high each one is, where it stands, and whether it is speech, silence or not here yet.
//! Sums over a waveform; draws nothing.

use super::window::Window;
use crate::domain::Waveform;
use crate::ui::theme::Tokens;
use eframe::egui::{Rect, pos2};
use std::sync::Arc;

/// What is to be drawn where.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub waveform: Option<&'a Arc<Waveform>>,
    /// What [`loudest`] says of it; told, because it is asked once for each snapshot.
    pub loudest: i8,
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

/// Looked at for the loudest voice; more bins would tell the same.
const LOOKED_AT: usize = 1 << 14;
/// Of a thousand bins with sound, these are louder than the voices: a knock, a bark, a dropped bowl.
const KNOCKS: usize = 10;

/// How loud the voices get: the amplitude that all but the loudest hundredth of the sound stays under. One knock at
/// the table does not make a quiet voice a thin line.
pub(super) fn loudest(waveform: &Waveform) -> i8 {
    let (step, quiet) = ((waveform.bins() / LOOKED_AT).max(1), waveform.quiet());
    let peaks = waveform.finest().filter_map(|(_, peaks)| peaks).flat_map(|peaks| peaks.iter().step_by(step));
    let mut loud: Vec<i8> = peaks.map(|peak| peak.amplitude()).filter(|amplitude| *amplitude >= quiet).collect();
    let knocks = loud.len() * KNOCKS / 1000;
    let place = loud.len().saturating_sub(knocks + 1);
    if loud.is_empty() { 127 } else { *loud.select_nth_unstable(place).1 }
}

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
    /// Up and down alike, 0 to 1: a lopsided sound stands in the middle all the same.
    Speech(f32),
}

impl Reach {
    fn farthest(self) -> f32 {
        if let Self::Speech(share) = self { share } else { 0.0 }
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
        Self { quiet: waveform.quiet(), gain: (127.0 / f32::from(scene.loudest.max(1))).min(LOUDEST_GAIN) }
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
        let (mut share, mut loud, mut here) = (0.0, 0, 0_u32);
        for part in 0..parts {
            let at = from_ms + f64::from(part) * part_ms;
            let Some(peak) = waveform.span(at, at + part_ms) else { continue };
            here += 1;
            if peak.amplitude() >= self.quiet {
                loud += 1;
                share += self.height(f32::from(peak.amplitude()));
            }
        }
        match (here, loud) {
            (0, _) => Reach::Missing,
            (_, 0) => Reach::Silence,
            _ => Reach::Speech(share / here as f32),
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
            Reach::Missing => (Bar::Missing, self.at(left, gap, QUIET_HALF)),
            Reach::Silence => (Bar::Silence, self.at(left, left + self.pitch, QUIET_HALF)),
            Reach::Speech(share) => (Bar::Speech, self.at(left, gap, half(share))),
        }
    }

    /// Upright edges on whole pixels are sharp, and all bars equally wide.
    fn at(self, left: f32, right: f32, half: f32) -> Rect {
        let middle = self.rect.center().y;
        Rect::from_min_max(pos2(self.snap(left), middle - half), pos2(self.snap(right), middle + half))
    }

    fn snap(self, x: f32) -> f32 {
        (x * self.pixels_per_point).round() / self.pixels_per_point
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Peak;
    use crate::ui::theme::LIGHT;
    use eframe::egui::vec2;

    /// A minute of a voice that swings further down than up, with one knock in it.
    fn voice_and_knock() -> Arc<Waveform> {
        let peak = |bin: usize| match bin {
            3_000..3_010 => Peak { low: -128, high: 127 },
            _ if bin / 100 % 4 == 3 => Peak { low: -1, high: 1 },
            _ => Peak { low: -30, high: 12 },
        };
        let peaks: Vec<Peak> = (0..6_000).map(peak).collect();
        Arc::new(Waveform::from_peaks(16_000, 60 * 16_000, 160, &peaks))
    }

    fn bars(waveform: &Arc<Waveform>) -> Vec<(Bar, Rect)> {
        let rect = Rect::from_min_size(pos2(10.0, 5.0), vec2(600.0, 40.0));
        let (window, loudest) = (Window::whole(60_000), loudest(waveform));
        Scene { waveform: Some(waveform), loudest, rect, window, pixels_per_point: 1.0, tokens: &LIGHT }.bars()
    }

    #[test]
    fn a_knock_does_not_make_a_voice_thin() {
        let waveform = voice_and_knock();
        assert_eq!(loudest(&waveform), 30);
        let bars = bars(&waveform);
        let voice = bars.iter().filter(|(bar, _)| *bar == Bar::Speech).map(|(_, rect)| rect.height());
        assert!(voice.clone().all(|height| height > 36.0 && height <= 40.0), "{:?}", voice.collect::<Vec<_>>());
    }

    #[test]
    fn bars_stand_in_the_middle_of_their_lane() {
        for (_, rect) in bars(&voice_and_knock()) {
            assert!((rect.center().y - 25.0).abs() < 0.01, "{rect}");
        }
    }

    #[test]
    fn what_is_silent_or_not_here_has_a_loudness_too() {
        assert_eq!(loudest(&Waveform::empty(16_000, 16_000)), 127);
        let silence = Waveform::from_peaks(16_000, 128 * 9, 128, &[Peak { low: 0, high: 0 }; 9]);
        assert_eq!(loudest(&silence), 127);
        let one = Waveform::from_peaks(16_000, 128, 128, &[Peak { low: -9, high: 4 }]);
        assert_eq!(loudest(&one), 9);
    }
}
