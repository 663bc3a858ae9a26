//! Which stretch of time a lane shows, and where a moment stands in it. Pure sums; draws nothing.

use eframe::egui::Rect;

/// A stretch of the recording laid over a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Window {
    pub from_ms: f64,
    pub span_ms: f64,
}

impl Window {
    pub(super) fn whole(duration_ms: u64) -> Self {
        Self { from_ms: 0.0, span_ms: (duration_ms as f64).max(1.0) }
    }

    pub(super) fn x_of(&self, rect: Rect, ms: f64) -> f32 {
        rect.left() + ((ms - self.from_ms) / self.span_ms) as f32 * rect.width()
    }

    /// The moment under a point, never before the start or behind what shows.
    pub(super) fn ms_at(&self, rect: Rect, x: f32) -> u64 {
        let share = f64::from((x - rect.left()) / rect.width().max(1.0)).clamp(0.0, 1.0);
        (self.from_ms + share * self.span_ms).max(0.0).round() as u64
    }

    pub(super) fn holds(&self, ms: f64) -> bool {
        (self.from_ms..=self.from_ms + self.span_ms).contains(&ms)
    }
}

/// The zoomed strip: it turns the page when the playhead comes to its end, and stays where it was moved by hand
/// until the playhead is put somewhere else.
#[derive(Clone, Copy, Debug)]
pub(super) struct StripView {
    from_ms: f64,
    span_ms: f64,
    follows: bool,
    last_position_ms: u64,
}

/// A recording that fits into the strip needs none.
pub(super) const SHORTEST_ZOOMED_MS: u64 = 40_000;
const FIRST_SPAN_MS: f64 = 30_000.0;
const CLOSEST_MS: f64 = 3_000.0;
/// A leap of the playhead further than this was wished for.
const LEAP_MS: u64 = 1_600;
/// Where the playhead stands after a page was turned, and after a leap out of sight.
const AFTER_TURN: f64 = 0.06;
const AFTER_LEAP: f64 = 0.3;
const TURN_AT: f64 = 0.97;

impl Default for StripView {
    fn default() -> Self {
        Self { from_ms: 0.0, span_ms: FIRST_SPAN_MS, follows: true, last_position_ms: 0 }
    }
}

impl StripView {
    /// Keeps the playhead in sight. While it is dragged the ground stays still.
    pub(super) fn follow(&mut self, position_ms: u64, duration_ms: u64, is_held: bool) {
        let has_leapt = position_ms.abs_diff(self.last_position_ms) > LEAP_MS;
        self.last_position_ms = position_ms;
        if is_held {
            return;
        }
        self.follows |= has_leapt;
        let at = (position_ms as f64 - self.from_ms) / self.span_ms;
        if self.follows && !(0.0..TURN_AT).contains(&at) {
            let place = if has_leapt || at < 0.0 { AFTER_LEAP } else { AFTER_TURN };
            self.from_ms = position_ms as f64 - place * self.span_ms;
        }
        self.stay_inside(duration_ms);
    }

    /// Zooms by a factor while the moment under the pointer stays under it.
    pub(super) fn zoom(&mut self, factor: f64, around_ms: f64, duration_ms: u64) {
        let before = self.span_ms;
        self.span_ms = (before / factor).clamp(CLOSEST_MS, (duration_ms as f64).max(CLOSEST_MS));
        self.from_ms = around_ms - (around_ms - self.from_ms) * self.span_ms / before;
        self.stay_inside(duration_ms);
        self.follows = self.shows_playhead();
    }

    pub(super) fn pan(&mut self, by_ms: f64, duration_ms: u64) {
        self.from_ms += by_ms;
        self.stay_inside(duration_ms);
        self.follows = self.shows_playhead();
    }

    fn shows_playhead(&self) -> bool {
        let at = (self.last_position_ms as f64 - self.from_ms) / self.span_ms;
        (0.0..TURN_AT).contains(&at)
    }

    fn stay_inside(&mut self, duration_ms: u64) {
        let whole = duration_ms as f64;
        self.span_ms = self.span_ms.min(whole.max(CLOSEST_MS));
        self.from_ms = self.from_ms.min(whole - self.span_ms).max(0.0);
    }

    pub(super) fn middle_ms(&self) -> f64 {
        self.from_ms + self.span_ms / 2.0
    }

    /// What shows, beginning at a whole column, so that the bars do not shimmer when it moves.
    pub(super) fn window(&self, columns: f32) -> Window {
        let column = self.span_ms / f64::from(columns.max(1.0));
        Window { from_ms: (self.from_ms / column).round() * column, span_ms: self.span_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{pos2, vec2};

    const HOURS: u64 = 4 * 3_600_000;

    #[test]
    fn a_moment_and_its_place_belong_together() {
        let rect = Rect::from_min_size(pos2(100.0, 0.0), vec2(400.0, 20.0));
        let window = Window { from_ms: 60_000.0, span_ms: 40_000.0 };
        assert_eq!(window.ms_at(rect, 300.0), 80_000);
        assert!((window.x_of(rect, 80_000.0) - 300.0).abs() < 1e-3);
        assert_eq!((window.ms_at(rect, -50.0), window.ms_at(rect, 9_000.0)), (60_000, 100_000));
    }

    #[test]
    fn the_page_turns_when_the_playhead_comes_to_its_end() {
        let mut strip = StripView::default();
        for position in (0..29_000).step_by(100) {
            strip.follow(position, HOURS, false);
        }
        assert!(strip.window(300.0).from_ms.abs() < 1e-9, "within a page nothing moves");
        strip.follow(29_200, HOURS, false);
        let page = strip.window(300.0);
        assert!(page.from_ms > 25_000.0 && page.holds(29_200.0), "{page:?}");
    }

    #[test]
    fn a_leap_is_followed_and_a_hand_is_obeyed() {
        let mut strip = StripView::default();
        strip.follow(3_600_000, HOURS, false);
        assert!(strip.window(300.0).holds(3_600_000.0));
        strip.pan(-600_000.0, HOURS);
        let moved = strip.window(300.0);
        strip.follow(3_600_100, HOURS, false);
        assert_eq!(strip.window(300.0), moved, "it stays where it was moved");
        strip.follow(60_000, HOURS, true);
        assert_eq!(strip.window(300.0), moved, "the ground does not move under a drag");
        strip.follow(7_200_000, HOURS, false);
        assert!(strip.window(300.0).holds(7_200_000.0), "a leap brings it back");
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer_and_stays_inside() {
        let mut strip = StripView::default();
        strip.follow(1_000_000, HOURS, false);
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(600.0, 40.0));
        let before = strip.window(1e9).ms_at(rect, 450.0);
        strip.zoom(2.0, before as f64, HOURS);
        let after = strip.window(1e9);
        assert!((after.span_ms - 15_000.0).abs() < 1.0);
        assert!(after.ms_at(rect, 450.0).abs_diff(before) <= 1);
        strip.zoom(1e-9, 0.0, HOURS);
        assert_eq!(strip.window(1e9), Window { from_ms: 0.0, span_ms: HOURS as f64 });
        strip.zoom(1e9, 0.0, HOURS);
        assert!((strip.window(1e9).span_ms - CLOSEST_MS).abs() < 1e-6);
        strip.pan(1e12, HOURS);
        assert!((strip.window(1e9).from_ms - (HOURS as f64 - CLOSEST_MS)).abs() < 1.0);
    }
}
