//! Where the window stood when it was last left, for the next start. Whether that is still on a screen is asked when
//! the window is made; here is only what a file may say at most.

use super::State;
use super::request::Request;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WindowPlace {
    /// Its upper left corner in the pixels of all screens together; `None` where the system does not tell (Wayland).
    pub corner: Option<(i32, i32)>,
    /// The size of its inside in the system's own points: zooming changes nothing about it.
    pub width: f32,
    pub height: f32,
    /// Over the whole screen; the rest says where it goes back to.
    pub is_maximized: bool,
}

impl Default for WindowPlace {
    fn default() -> Self {
        Self { corner: None, width: 1_280.0, height: 800.0, is_maximized: false }
    }
}

impl WindowPlace {
    const SIDE: std::ops::RangeInclusive<f32> = 320.0..=16_384.0;
    const FARTHEST: i32 = 65_536;

    /// `None` when a file says what cannot be.
    pub(super) fn sane(self) -> Option<Self> {
        let is_possible = Self::SIDE.contains(&self.width) && Self::SIDE.contains(&self.height);
        let near = |at: i32| (-Self::FARTHEST..=Self::FARTHEST).contains(&at);
        let corner = self.corner.filter(|(x, y)| near(*x) && near(*y));
        is_possible.then_some(Self { corner, ..self })
    }
}

impl State {
    pub(super) fn remember_place(&mut self, place: WindowPlace) -> Vec<Request> {
        let before = self.settings.clone();
        self.settings.window = place.sane().or(before.window);
        self.save_settings_unless(&before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Zone;
    use crate::state::{Command, Settings, WindowCommand};
    use chrono::DateTime;

    fn desk() -> State {
        State::start(Settings::default(), Zone::utc(), DateTime::UNIX_EPOCH).0
    }

    fn placed(state: &mut State, place: WindowPlace) -> usize {
        state.handle(Command::Window(WindowCommand::Placed(place)), DateTime::UNIX_EPOCH).len()
    }

    #[test]
    fn a_place_is_saved_once_and_is_read_back_as_it_was() {
        let mut state = desk();
        let place = WindowPlace { corner: Some((-1_280, 40)), width: 900.5, height: 700.0, is_maximized: true };
        assert_eq!(placed(&mut state, place), 1);
        assert_eq!(placed(&mut state, place), 0, "nothing has changed");
        let text = serde_json::to_string(&state.settings).expect("written");
        let read: Settings = serde_json::from_str(&text).expect("read");
        assert_eq!(read.sane().window, Some(place));
    }

    #[test]
    fn what_cannot_be_is_not_believed() {
        let mut state = desk();
        let good = WindowPlace { corner: Some((10, 10)), ..WindowPlace::default() };
        placed(&mut state, good);
        for width in [f32::NAN, f32::INFINITY, -5.0, 0.0, 1e9] {
            assert_eq!(placed(&mut state, WindowPlace { width, ..good }), 0, "{width}");
        }
        assert_eq!(state.settings.window, Some(good));
        let far = WindowPlace { corner: Some((i32::MAX, 0)), ..good };
        assert_eq!(far.sane(), Some(WindowPlace { corner: None, ..good }));
        let torn = r#"{"window": {"corner": [1, 2], "width": 1, "height": 1}}"#;
        assert_eq!(serde_json::from_str::<Settings>(torn).expect("read").sane().window, None);
    }
}
