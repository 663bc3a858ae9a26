//! Notices where the window stands once it has come to rest, so that the next start can put it there.
//! What is remembered of it is the state's; whether there is still a screen at that place is asked in `window`.

use crate::state::WindowPlace;
use eframe::egui::{Context, ViewportInfo};
use std::time::Duration;

/// A window that is being dragged or sized tells of every step; the last one counts.
const REST: Duration = Duration::from_millis(700);

#[derive(Debug, Default)]
pub struct Whereabouts {
    /// What is remembered by now.
    told: Option<WindowPlace>,
    /// Where it stands, and since when in the seconds of the toolkit's clock.
    seen: Option<(WindowPlace, f64)>,
}

impl Whereabouts {
    pub fn new(remembered: Option<WindowPlace>) -> Self {
        Self { told: remembered, seen: None }
    }

    /// Called in each frame; answers where the window has come to rest, when that is another place.
    pub fn follow(&mut self, ctx: &Context) -> Option<WindowPlace> {
        let (facts, now) = ctx.input(|input| (input.viewport().clone(), input.time));
        let (width, height) = (ctx.content_rect().size() * ctx.zoom_factor()).into();
        let place = self.place(&facts, (width, height), ctx.pixels_per_point())?;
        self.rest(place, now, |after| ctx.request_repaint_after(after))
    }

    /// At the end: where it stands, if that was not told yet.
    pub fn last(&mut self) -> Option<WindowPlace> {
        let place = self.seen.take()?.0;
        (self.told.replace(place) != Some(place)).then_some(place)
    }

    /// `None` while the window is none that one would want back.
    fn place(&self, facts: &ViewportInfo, (width, height): (f32, f32), pixels_per_point: f32) -> Option<WindowPlace> {
        if facts.minimized == Some(true) || facts.fullscreen == Some(true) {
            return None;
        }
        if facts.maximized == Some(true) {
            return Some(WindowPlace { is_maximized: true, ..self.told.unwrap_or_default() });
        }
        let pixels = |points: f32| (points * pixels_per_point).round() as i32;
        let corner = facts.outer_rect.map(|outer| (pixels(outer.min.x), pixels(outer.min.y)));
        Some(WindowPlace { corner, width: width.round(), height: height.round(), is_maximized: false })
    }

    fn rest(&mut self, place: WindowPlace, now: f64, look_again: impl FnOnce(Duration)) -> Option<WindowPlace> {
        if self.told == Some(place) {
            self.seen = None;
            return None;
        }
        let since = match self.seen {
            Some((seen, since)) if seen == place => since,
            _ => now,
        };
        let left = REST.as_secs_f64() - (now - since);
        if left > 0.0 {
            self.seen = Some((place, since));
            look_again(Duration::from_secs_f64(left));
            return None;
        }
        (self.seen, self.told) = (None, Some(place));
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{Rect, pos2, vec2};

    fn facts(x: f32, y: f32) -> ViewportInfo {
        ViewportInfo {
            outer_rect: Some(Rect::from_min_size(pos2(x, y), vec2(500.0, 400.0))),
            ..ViewportInfo::default()
        }
    }

    fn at(corner: (i32, i32)) -> WindowPlace {
        WindowPlace { corner: Some(corner), width: 1_000.0, height: 700.0, is_maximized: false }
    }

    #[test]
    fn only_a_window_that_rests_is_told_of_and_once() {
        let mut window = Whereabouts::default();
        let mut looks = Vec::new();
        for (now, corner) in [(0.0, (1, 1)), (0.3, (5, 1)), (0.9, (9, 1)), (1.5, (9, 1))] {
            assert_eq!(window.rest(at(corner), now, |after| looks.push(after)), None);
        }
        assert_eq!(looks.len(), 4, "each asks for another look");
        assert!(looks.iter().all(|after| *after <= REST));
        assert_eq!(window.rest(at((9, 1)), 1.7, |_| unreachable!("it rests")), Some(at((9, 1))));
        assert_eq!(
            window.rest(at((9, 1)), 9.0, |_| unreachable!("it is known")),
            None,
            "an idle window asks for nothing"
        );
        assert_eq!(window.last(), None);
    }

    #[test]
    fn what_moved_just_before_the_end_is_not_lost() {
        let mut window = Whereabouts::new(Some(at((0, 0))));
        window.rest(at((7, 7)), 0.0, |_| ());
        assert_eq!(window.last(), Some(at((7, 7))));
        assert_eq!(window.last(), None);
    }

    #[test]
    fn zooming_is_not_sizing_and_pixels_are_the_screens() {
        let window = Whereabouts::default();
        // At 200 % on a screen of 150 %, a point of the toolkit has three pixels.
        let place = window.place(&facts(100.0, -20.0), (1_000.0, 700.0), 3.0);
        assert_eq!(place, Some(at((300, -60))));
    }

    #[test]
    fn a_maximized_window_remembers_where_it_goes_back_to_and_a_hidden_one_nothing() {
        let window = Whereabouts::new(Some(at((40, 50))));
        let maximized = ViewportInfo { maximized: Some(true), ..facts(0.0, 0.0) };
        let place = window.place(&maximized, (1_920.0, 1_080.0), 1.0);
        assert_eq!(place, Some(WindowPlace { is_maximized: true, ..at((40, 50)) }));
        for hidden in [
            ViewportInfo { minimized: Some(true), ..facts(0.0, 0.0) },
            ViewportInfo { fullscreen: Some(true), ..facts(0.0, 0.0) },
        ] {
            assert_eq!(window.place(&hidden, (10.0, 10.0), 1.0), None);
        }
    }

    #[test]
    fn a_system_that_hides_the_corner_still_tells_the_size() {
        let window = Whereabouts::default();
        let place = window.place(&ViewportInfo::default(), (1_000.0, 700.0), 1.0);
        assert_eq!(place, Some(WindowPlace { corner: None, ..at((0, 0)) }));
    }
}
