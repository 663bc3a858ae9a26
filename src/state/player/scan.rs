//! Scanning: while a key is held the place runs through the recording in steps, and stops when it is let go.
//! Time is told from outside; whether the key is still held is the window's business.

use super::super::State;
use super::super::request::{PlayerRequest, Request};
use super::Player;
use chrono::{DateTime, TimeDelta, Utc};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScanDirection {
    Back,
    Forward,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Scan {
    direction: ScanDirection,
    last_step: DateTime<Utc>,
    /// It sounded before, so it goes on afterwards.
    was_running: bool,
}

/// How many times faster than the clock the place runs.
const RATE: i64 = 8;
/// Between two steps a bit of sound is heard.
const STEP_MS: i64 = 125;
/// After a hiccup of the computer the place does not leap.
const LONGEST_STEP_MS: i64 = 500;

impl Player {
    pub fn is_scanning(&self) -> bool {
        self.scan.is_some()
    }

    /// When the next step is due.
    pub(in super::super) fn next_scan_step(&self) -> Option<DateTime<Utc>> {
        self.scan.map(|scan| scan.last_step + TimeDelta::milliseconds(STEP_MS))
    }
}

impl State {
    /// The first step comes at once, so that a tap does something.
    pub(super) fn start_scan(&mut self, direction: ScanDirection) -> Vec<Request> {
        if !self.player.is_loaded() {
            return Vec::new();
        }
        let was_running = self.player.scan.map_or(self.player.is_running(), |scan| scan.was_running);
        self.player.scan = Some(Scan { direction, last_step: self.now, was_running });
        self.scan_by(direction, STEP_MS)
    }

    /// Time went by.
    pub(in super::super) fn scan_on(&mut self) -> Vec<Request> {
        let now = self.now;
        let Some(scan) = &mut self.player.scan else { return Vec::new() };
        let passed = (now - scan.last_step).num_milliseconds();
        if passed < STEP_MS {
            return Vec::new();
        }
        scan.last_step = now;
        let direction = scan.direction;
        self.scan_by(direction, passed.min(LONGEST_STEP_MS))
    }

    fn scan_by(&mut self, direction: ScanDirection, passed_ms: i64) -> Vec<Request> {
        let by_ms = match direction {
            ScanDirection::Back => -RATE * passed_ms,
            ScanDirection::Forward => RATE * passed_ms,
        };
        self.seek(self.player.position_ms.saturating_add_signed(by_ms))
    }

    pub(super) fn end_scan(&mut self) -> Vec<Request> {
        match self.player.scan.take() {
            // It came to the end on the way.
            Some(scan) if scan.was_running && self.player.is_loaded() && !self.player.is_running() => {
                let mut requests = self.seek(self.player.position_ms);
                requests.push(Request::Player(PlayerRequest::Play));
                requests
            }
            _ => Vec::new(),
        }
    }
}
