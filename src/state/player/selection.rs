//! A stretch of the recording: chosen, played over and over, handed to the export.
//! Belongs to the recording in the player and goes with it.

use super::super::State;
use super::super::command::PlayerCommand;
use super::super::request::{PlayerRequest, Request};

/// From there to there; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Selection {
    pub from_ms: u64,
    pub to_ms: u64,
}

impl Selection {
    /// Shorter ones are slips of the hand.
    pub const SHORTEST_MS: u64 = 100;

    /// The stretch between two places in either order; `None` when it is too short to be meant.
    pub fn between(a: u64, b: u64) -> Option<Self> {
        let (from_ms, to_ms) = (a.min(b), a.max(b));
        (to_ms - from_ms >= Self::SHORTEST_MS).then_some(Self { from_ms, to_ms })
    }

    pub fn length_ms(self) -> u64 {
        self.to_ms - self.from_ms
    }

    pub(super) fn within(self, duration_ms: u64) -> Option<Self> {
        Self::between(self.from_ms.min(duration_ms), self.to_ms.min(duration_ms))
    }

    fn holds(self, position_ms: u64) -> bool {
        (self.from_ms..self.to_ms).contains(&position_ms)
    }
}

impl State {
    pub(super) fn handle_selection(&mut self, command: PlayerCommand) -> Vec<Request> {
        if !self.player.is_loaded() {
            return Vec::new();
        }
        let here = self.player.position_ms;
        let end = self.player.duration_ms.unwrap_or(0);
        let known = self.player.selection;
        match command {
            PlayerCommand::Select { from_ms, to_ms } => self.select_stretch(from_ms, to_ms),
            PlayerCommand::SelectFromHere => {
                self.select_stretch(here, known.map(|it| it.to_ms).filter(|to| *to > here).unwrap_or(end))
            }
            PlayerCommand::SelectToHere => {
                self.select_stretch(known.map(|it| it.from_ms).filter(|from| *from < here).unwrap_or(0), here)
            }
            PlayerCommand::ToggleLoop => self.toggle_loop(),
            _ => {
                self.player.selection = None;
                let was_looping = std::mem::take(&mut self.player.is_looping);
                if was_looping { vec![Request::Player(PlayerRequest::Loop(None))] } else { Vec::new() }
            }
        }
    }

    fn select_stretch(&mut self, a: u64, b: u64) -> Vec<Request> {
        let end = self.player.duration_ms.unwrap_or(0);
        let Some(selection) = Selection::between(a.min(end), b.min(end)) else { return Vec::new() };
        self.player.selection = Some(selection);
        if self.player.is_looping { vec![loop_request(selection)] } else { Vec::new() }
    }

    /// Begins at the selection's start unless it is being heard already.
    fn toggle_loop(&mut self) -> Vec<Request> {
        let Some(selection) = self.player.selection else { return Vec::new() };
        self.player.is_looping = !self.player.is_looping;
        if !self.player.is_looping {
            return vec![Request::Player(PlayerRequest::Loop(None))];
        }
        let mut requests = vec![loop_request(selection)];
        if !selection.holds(self.player.position_ms) {
            requests.extend(self.seek(selection.from_ms));
        }
        requests
    }
}

fn loop_request(selection: Selection) -> Request {
    Request::Player(PlayerRequest::Loop(Some((selection.from_ms, selection.to_ms))))
}
