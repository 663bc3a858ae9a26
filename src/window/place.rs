//! Where a new window belongs: where the last one stood, as long as that is on a screen. A place whose screen was
//! unplugged, or became smaller, is given up or moved until the whole window can be seen and taken hold of.

use crate::state::WindowPlace;
use eframe::egui::{Pos2, Vec2, ViewportBuilder, pos2, vec2};
use winit::event_loop::ActiveEventLoop;

/// One screen, in the pixels of all screens together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Screen {
    pub(super) left: i32,
    pub(super) top: i32,
    pub(super) width: i32,
    pub(super) height: i32,
    /// Pixels to a point.
    pub(super) scale: f32,
}

/// As much of the upper edge as it takes to take hold of a window, in points.
const HOLD: Vec2 = vec2(120.0, 24.0);
/// What the title and the frame may take beside the inside, in points.
const FRAME: Vec2 = vec2(4.0, 36.0);

/// The first one is the one that the system puts new windows on.
pub(super) fn screens(events: &ActiveEventLoop) -> Vec<Screen> {
    let first = events.primary_monitor();
    let others = events.available_monitors().filter(|other| Some(other) != first.as_ref());
    let of = |monitor: winit::monitor::MonitorHandle| {
        let (at, size) = (monitor.position(), monitor.size());
        let (width, height) = (size.width as i32, size.height as i32);
        Screen { left: at.x, top: at.y, width, height, scale: monitor.scale_factor() as f32 }
    };
    first.clone().into_iter().chain(others).map(of).filter(Screen::is_there).collect()
}

impl Screen {
    fn is_there(&self) -> bool {
        self.width > 0 && self.height > 0 && self.scale > 0.0
    }

    fn points(&self) -> Vec2 {
        vec2(self.width as f32, self.height as f32) / self.scale
    }

    /// Whether the upper edge of a window of that width can be taken hold of here.
    fn holds(&self, (x, y): (i32, i32), width: f32) -> bool {
        let pixels = |points: f32| (points * self.scale).round() as i32;
        let shown = (x + pixels(width)).min(self.left + self.width) - x.max(self.left);
        let slack = pixels(HOLD.y) / 2;
        let is_in_height = y >= self.top - slack && y + pixels(HOLD.y) <= self.top + self.height;
        is_in_height && shown >= pixels(HOLD.x.min(width))
    }

    /// Moves a window of that size so far that all of it is here, if it is not.
    fn with_all_of(&self, (x, y): (i32, i32), size: Vec2) -> (i32, i32) {
        let pixels = |points: f32| (points * self.scale).round() as i32;
        let (right, bottom) = (self.left + self.width - pixels(size.x), self.top + self.height - pixels(size.y));
        (x.min(right).max(self.left), y.min(bottom).max(self.top))
    }
}

/// The window as it was left, put onto the screens there are. Without any it is left to the system.
pub(super) fn put_back(window: ViewportBuilder, place: WindowPlace, screens: &[Screen]) -> ViewportBuilder {
    let wanted = vec2(place.width, place.height);
    let held = place.corner.and_then(|corner| {
        let screen = screens.iter().find(|screen| screen.holds(corner, place.width))?;
        Some((corner, screen))
    });
    let Some(screen) = held.map(|(_, screen)| screen).or(screens.first()) else {
        return window.with_inner_size(wanted).with_maximized(place.is_maximized);
    };
    let least = window.min_inner_size.unwrap_or_default();
    let size = wanted.min(screen.points() - FRAME).max(least.min(screen.points()));
    let mut window = window.with_inner_size(size).with_maximized(place.is_maximized);
    window.position = held.map(|(corner, screen)| {
        let (x, y) = screen.with_all_of(corner, size + FRAME);
        // The toolkit counts places in points of the first screen.
        let scale = screens.first().map_or(1.0, |first| first.scale);
        pos2(x as f32 / scale, y as f32 / scale)
    });
    window
}

/// A window that is made anew in the middle of work stands where it stood, unless its screen is what went away.
pub(super) fn keep_in_sight(mut window: ViewportBuilder, screens: &[Screen]) -> ViewportBuilder {
    let scale = screens.first().map_or(1.0, |first| first.scale);
    let in_pixels = |at: Pos2| ((at.x * scale).round() as i32, (at.y * scale).round() as i32);
    let width = window.inner_size.map_or(0.0, |size| size.x);
    let is_lost = |at: Pos2| !screens.is_empty() && !screens.iter().any(|screen| screen.holds(in_pixels(at), width));
    if window.position.is_some_and(is_lost) {
        window.position = None;
    }
    window
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEFT: Screen = Screen { left: 0, top: 0, width: 1_920, height: 1_080, scale: 1.0 };
    const RIGHT: Screen = Screen { left: 1_920, top: 200, width: 1_366, height: 768, scale: 1.0 };
    const FINE: Screen = Screen { left: 0, top: 0, width: 3_840, height: 2_160, scale: 2.0 };
    const LOW: Screen = Screen { left: 0, top: 0, width: 1_024, height: 600, scale: 1.0 };

    fn put(corner: Option<(i32, i32)>, size: (f32, f32), screens: &[Screen]) -> (Option<Pos2>, Vec2) {
        let place = WindowPlace { corner, width: size.0, height: size.1, is_maximized: false };
        let window = put_back(ViewportBuilder::default().with_min_inner_size([640.0, 480.0]), place, screens);
        (window.position, window.inner_size.expect("a size"))
    }

    #[test]
    fn a_window_comes_back_to_where_it_was_on_any_screen() {
        let size = (1_000.0, 700.0);
        assert_eq!(put(Some((100, 50)), size, &[LEFT, RIGHT]), (Some(pos2(100.0, 50.0)), size.into()));
        assert_eq!(put(Some((2_000, 210)), size, &[LEFT, RIGHT]), (Some(pos2(2_000.0, 210.0)), size.into()));
        // Pixels on a fine screen are half points.
        assert_eq!(put(Some((200, 100)), size, &[FINE]), (Some(pos2(100.0, 50.0)), size.into()));
    }

    #[test]
    fn a_place_without_a_screen_is_left_to_the_system() {
        let size = (1_000.0, 700.0);
        for corner in [(2_000, 210), (-990, 50), (100, -300), (100, 1_070), (i32::from(i16::MAX), 0)] {
            assert_eq!(put(Some(corner), size, &[LEFT]), (None, size.into()), "{corner:?}");
        }
        assert_eq!(put(None, size, &[LEFT]), (None, size.into()), "where the system tells no place");
        assert_eq!(put(Some((100, 50)), size, &[]), (None, size.into()), "where nobody knows the screens");
    }

    #[test]
    fn a_smaller_screen_shows_all_of_it() {
        let (place, size) = put(Some((1_500, 700)), (1_000.0, 700.0), &[LEFT]);
        assert_eq!(size, vec2(1_000.0, 700.0));
        assert_eq!(place, Some(pos2(1_920.0 - 1_004.0, 1_080.0 - 736.0)), "moved until all of it is in sight");
        let (place, size) = put(Some((0, 0)), (1_600.0, 1_000.0), &[LOW]);
        assert_eq!((place, size), (Some(pos2(0.0, 0.0)), vec2(1_020.0, 564.0)));
        let (_, size) = put(Some((0, 0)), (400.0, 330.0), &[LOW]);
        assert_eq!(size, vec2(640.0, 480.0), "never smaller than the least");
    }

    #[test]
    fn a_maximized_window_is_one_again() {
        let place = WindowPlace { corner: Some((10, 10)), is_maximized: true, ..WindowPlace::default() };
        let window = put_back(ViewportBuilder::default(), place, &[LEFT]);
        assert_eq!((window.maximized, window.position), (Some(true), Some(pos2(10.0, 10.0))));
    }

    #[test]
    fn a_window_whose_screen_was_unplugged_is_brought_back_into_sight() {
        let stood = ViewportBuilder::default().with_position([2_000.0, 210.0]).with_inner_size([900.0, 700.0]);
        assert_eq!(keep_in_sight(stood.clone(), &[LEFT, RIGHT]).position, Some(pos2(2_000.0, 210.0)));
        assert_eq!(keep_in_sight(stood.clone(), &[LEFT]).position, None);
        assert_eq!(keep_in_sight(stood, &[]).position, Some(pos2(2_000.0, 210.0)), "nobody knows the screens");
    }
}
