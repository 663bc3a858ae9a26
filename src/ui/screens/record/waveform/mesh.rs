//! A lane's sound as one mesh: a bar for every few points of width, each four corners.
//! Built anew only when the sound, the place or the colours change; playing only recolours the bars passed by.

use super::bars::{Bar, Scene};
use super::window::Window;
use crate::domain::Waveform;
use crate::ui::theme::Tokens;
use eframe::egui::{Color32, Mesh, Rect, Shape};
use std::sync::{Arc, Weak};

/// The mesh that was drawn last, and what it was made for.
#[derive(Debug, Default)]
pub(super) struct Picture {
    made_for: Option<Made>,
    mesh: Arc<Mesh>,
    bars: Vec<Bar>,
    /// How many bars from the left have the colour of what was heard.
    heard: usize,
    #[cfg(test)]
    pub(super) built: usize,
}

#[derive(Debug)]
struct Made {
    /// Weak, so that the last owner frees it elsewhere; its place in memory stays taken.
    waveform: Weak<Waveform>,
    rect: Rect,
    window: Window,
    pixels_per_point: f32,
    tokens: *const Tokens,
}

impl Picture {
    /// The lane, with everything before `heard_ms` in the colour of what was heard.
    pub(super) fn shape(&mut self, scene: &Scene<'_>, heard_ms: Option<f64>) -> Shape {
        if !self.made_for.as_ref().is_some_and(|made| made.is_for(scene)) {
            self.build(scene);
        }
        let heard = heard_ms.map_or(0, |ms| scene.bars_before(ms)).min(self.bars.len());
        self.recolour(heard, scene.tokens);
        Shape::Mesh(Arc::clone(&self.mesh))
    }

    #[cfg(test)]
    pub(super) fn mesh(&self) -> &Mesh {
        &self.mesh
    }

    fn build(&mut self, scene: &Scene<'_>) {
        let mut mesh = Mesh::default();
        self.bars.clear();
        for (bar, rect) in scene.bars() {
            mesh.add_colored_rect(rect, colour(bar, false, scene.tokens));
            self.bars.push(bar);
        }
        self.mesh = Arc::new(mesh);
        self.heard = 0;
        self.made_for = Some(Made::of(scene));
        #[cfg(test)]
        {
            self.built += 1;
        }
    }

    fn recolour(&mut self, heard: usize, tokens: &Tokens) {
        let (from, to) = (self.heard.min(heard), self.heard.max(heard));
        if from == to {
            return;
        }
        let is_heard = heard > self.heard;
        self.heard = heard;
        let mesh = Arc::make_mut(&mut self.mesh);
        let bars = self.bars.iter().zip(mesh.vertices.chunks_mut(4));
        for (bar, corners) in bars.skip(from).take(to - from) {
            let colour = colour(*bar, is_heard, tokens);
            for corner in corners {
                corner.color = colour;
            }
        }
    }
}

impl Made {
    fn of(scene: &Scene<'_>) -> Self {
        Self {
            waveform: scene.waveform.map(Arc::downgrade).unwrap_or_default(),
            rect: scene.rect,
            window: scene.window,
            pixels_per_point: scene.pixels_per_point,
            tokens: scene.tokens,
        }
    }

    fn is_for(&self, scene: &Scene<'_>) -> bool {
        let same_waveform = match scene.waveform {
            Some(waveform) => std::ptr::eq(self.waveform.as_ptr(), Arc::as_ptr(waveform)),
            None => std::ptr::eq(self.waveform.as_ptr(), Weak::<Waveform>::new().as_ptr()),
        };
        same_waveform
            && self.rect == scene.rect
            && self.window == scene.window
            && self.pixels_per_point.to_bits() == scene.pixels_per_point.to_bits()
            && std::ptr::eq(self.tokens, scene.tokens)
    }
}

fn colour(bar: Bar, is_heard: bool, tokens: &Tokens) -> Color32 {
    match (bar, is_heard) {
        (Bar::Missing, _) | (Bar::Silence, false) => tokens.wave_quiet,
        (Bar::Speech | Bar::Silence, true) => tokens.accent,
        (Bar::Speech, false) => tokens.wave,
    }
}

#[cfg(test)]
mod tests {
    use super::super::bars::loudest;
    use super::*;
    use crate::domain::Peak;
    use crate::ui::theme::{DARK, LIGHT};
    use eframe::egui::{pos2, vec2};
    use std::time::Instant;

    fn speech(seconds: usize) -> Arc<Waveform> {
        let loud = |bin: usize| if bin / 100 % 4 == 3 { 1 } else { 30 + (bin % 60) as i8 };
        let peaks: Vec<Peak> = (0..seconds * 100).map(|bin| Peak { low: -loud(bin), high: loud(bin) }).collect();
        Arc::new(Waveform::from_peaks(16_000, seconds as u64 * 16_000, 160, &peaks))
    }

    fn scene(waveform: Option<&Arc<Waveform>>, width: f32, window: Window) -> Scene<'_> {
        let rect = Rect::from_min_size(pos2(10.0, 5.0), vec2(width, 40.0));
        let loudest = waveform.map_or(127, |waveform| loudest(waveform));
        Scene { waveform, loudest, rect, window, pixels_per_point: 1.0, tokens: &LIGHT }
    }

    #[test]
    fn four_hours_are_one_small_mesh_at_any_zoom() {
        let waveform = speech(4 * 3_600);
        let mut picture = Picture::default();
        let mut slowest = std::time::Duration::ZERO;
        for span_ms in [3_000.0, 30_000.0, 600_000.0, 4.0 * 3_600_000.0] {
            let scene = scene(Some(&waveform), 3_600.0, Window { from_ms: 0.0, span_ms });
            let start = Instant::now();
            let shape = picture.shape(&scene, Some(1_000.0));
            slowest = slowest.max(start.elapsed());
            assert!(matches!(shape, Shape::Mesh(_)));
            assert_eq!((picture.mesh().vertices.len(), picture.mesh().indices.len()), (4 * 1_200, 6 * 1_200));
            assert!(picture.mesh().is_valid());
            assert!(scene.rect.expand(1.0).contains_rect(picture.mesh().calc_bounds()), "nothing leaves its lane");
        }
        assert!(slowest.as_millis() < 500, "even a build for finding faults takes {slowest:?}");
    }

    #[test]
    fn playing_recolours_and_builds_nothing() {
        let waveform = speech(60);
        let scene = scene(Some(&waveform), 300.0, Window::whole(60_000));
        let mut picture = Picture::default();
        let _ = picture.shape(&scene, None);
        let heard = |picture: &Picture| picture.mesh().vertices.iter().filter(|v| v.color == LIGHT.accent).count();
        for (position, bars) in [(0.0, 0), (30_000.0, 50), (45_000.0, 75), (15_000.0, 25), (60_000.0, 100)] {
            let _ = picture.shape(&scene, Some(position));
            assert_eq!(heard(&picture), bars * 4, "at {position} ms");
        }
        assert_eq!(picture.built, 1);
        let _ = picture.shape(&Scene { tokens: &DARK, ..scene }, Some(60_000.0));
        let other = speech(60);
        let _ = picture.shape(&Scene { waveform: Some(&other), ..scene }, Some(60_000.0));
        assert_eq!(picture.built, 3, "other colours and another snapshot are drawn anew");
        let _ = picture.shape(&Scene { waveform: None, ..scene }, None);
        let _ = picture.shape(&Scene { waveform: None, ..scene }, None);
        assert_eq!(picture.built, 4);
    }

    #[test]
    fn bars_are_equally_wide_on_every_screen() {
        let waveform = speech(600);
        for pixels_per_point in [1.0, 1.25, 1.5, 1.75, 2.0, 2.5] {
            let scene = scene(Some(&waveform), 401.0, Window::whole(600_000));
            let mut picture = Picture::default();
            let _ = picture.shape(&Scene { pixels_per_point, ..scene }, None);
            let corners: Vec<_> = picture.mesh().vertices.chunks(4).collect();
            let left = |bar: usize| corners[bar].iter().map(|v| v.pos.x).fold(1e9, f32::min) * pixels_per_point;
            let right = |bar: usize| corners[bar].iter().map(|v| v.pos.x).fold(0.0, f32::max) * pixels_per_point;
            let speech = |bar: &usize| picture.bars[*bar] == Bar::Speech;
            let wide: Vec<i32> =
                (0..corners.len()).filter(speech).map(|b| (right(b) - left(b)).round() as i32).collect();
            assert!(wide.windows(2).all(|pair| pair[0] == pair[1]), "{pixels_per_point}: {wide:?}");
            let steps: Vec<i32> = (1..corners.len()).map(|b| (left(b) - left(b - 1)).round() as i32).collect();
            assert!(steps.windows(2).all(|pair| pair[0] == pair[1]), "{pixels_per_point}: {steps:?}");
        }
    }

    #[test]
    fn speech_silence_and_what_is_missing_look_different() {
        let mut waveform = Waveform::empty(16_000, 16_000 * 60);
        let bins = waveform.bins();
        let loud = |bin: usize| if bin * 3 / bins == 0 { 80 } else { 0 };
        let here: Vec<Peak> = (0..bins * 2 / 3).map(|bin| Peak { low: -loud(bin), high: loud(bin) }).collect();
        waveform.absorb(0, &here);
        let waveform = Arc::new(waveform);
        let mut picture = Picture::default();
        let _ = picture.shape(&scene(Some(&waveform), 300.0, Window::whole(60_000)), None);
        let bars: Vec<Bar> = [10, 50, 90].into_iter().filter_map(|at| picture.bars.get(at).copied()).collect();
        assert_eq!(bars, [Bar::Speech, Bar::Silence, Bar::Missing]);
        let height = |bar: usize| {
            let corners = picture.mesh().vertices.get(bar * 4..bar * 4 + 4).unwrap_or_default();
            corners.iter().map(|v| v.pos.y).fold(0.0, f32::max) - corners.iter().map(|v| v.pos.y).fold(1e9, f32::min)
        };
        assert!(height(10) > 30.0 && height(50) < 2.0 && height(90) < 2.0);
    }
}
