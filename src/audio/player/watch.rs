//! What the player does without being told: report the place, wait for data, mind the device.
//!
//! Runs about ten times a second while playing, on the player's thread; the audio callback has
//! no part in it. Nothing here decides what the listener wants.

use std::time::Instant;

use super::PlayerEvent;
use super::machine::Machine;
use super::station::Station;

/// What is to be done about the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Device {
    Fine,
    /// Another device, or the same one anew, at the same place.
    MoveOn,
    Lost,
}

impl<E: Fn(PlayerEvent)> Machine<E> {
    /// What is due without a command: while playing the position, otherwise giving up the device.
    pub(super) fn tick(&mut self) {
        self.look_at_header();
        self.tell_outputs();
        let Some(token) = self.loaded.as_ref().map(|l| l.token).filter(|_| self.playing) else {
            self.release_if_due();
            return;
        };
        match self.judge_device() {
            Device::Fine => self.report(token),
            Device::MoveOn => self.move_on(),
            Device::Lost => self.lose_device(token),
        }
    }

    fn report(&mut self, token: u64) {
        let Some(station) = &self.station else { return };
        let (failed, ended) = (station.deck.failed(), station.deck.ended());
        self.correct_length(token);
        if failed {
            self.unload();
            let reason = "The recording could not be read any further.".into();
            self.tell(PlayerEvent::LoadFailed { token, reason });
        } else if ended {
            let was_waiting = self.waiting;
            self.fall_quiet();
            if was_waiting {
                self.tell(PlayerEvent::Playing { token });
            }
            self.tell(PlayerEvent::Ended { token });
        } else if self.stay_waiting(token) {
            // Said once; the place does not move.
        } else {
            let position_ms = self.position_ms();
            self.tell(PlayerEvent::Position { token, position_ms });
        }
    }

    /// Says once when the sound runs out for want of data, and when it goes on.
    fn stay_waiting(&mut self, token: u64) -> bool {
        let Some(deck) = self.station.as_ref().map(|s| &s.deck) else {
            return false;
        };
        let (dry, starving) = (deck.waits_for_data(), deck.starving());
        if dry && !self.waiting {
            self.waiting = true;
            let position_ms = self.position_ms();
            self.tell(PlayerEvent::Waiting { token, position_ms });
        } else if self.waiting && !starving {
            self.waiting = false;
            self.tell(PlayerEvent::Playing { token });
        }
        self.waiting
    }

    /// A recording whose other version arrived, or that turned out shorter, has another length.
    fn correct_length(&mut self, token: u64) {
        let known = self.station.as_ref().and_then(|s| s.deck.recording());
        let (Some((rate, frames)), Some(loaded)) = (known, &mut self.loaded) else { return };
        if loaded.correct(rate, frames) {
            let duration_ms = loaded.duration_ms();
            self.tell(PlayerEvent::LengthChanged { token, duration_ms });
        }
    }

    fn tell_outputs(&mut self) {
        let open = self.station.as_ref().map(Station::id);
        if let Some((devices, current)) = self.outlet.listed(open) {
            self.tell(PlayerEvent::Outputs { devices, current });
        }
    }

    /// A device that broke or stalled is opened anew once, if it is still there: sound servers
    /// stand still under load, and formats change. One that has gone is lost: the sound must not
    /// go on over loudspeakers because the headphones were pulled out.
    fn judge_device(&mut self) -> Device {
        let (patience, paces_itself) = (self.options.stall_after, self.outlet.paces_itself());
        let Some(station) = &mut self.station else {
            return Device::Lost;
        };
        let stalled = station.stalled(patience) && paces_itself;
        let id = station.id().to_owned();
        if stalled || station.broken() {
            let again = self.revived.is_some_and(|at| at.elapsed() < patience * 2);
            self.revived = Some(Instant::now());
            return if again || !self.outlet.has(&id) { Device::Lost } else { Device::MoveOn };
        }
        if !self.outlet.outdated_in_passing(&id) {
            return Device::Fine;
        }
        if self.outlet.has(&id) { Device::MoveOn } else { Device::Lost }
    }

    /// Changes to the device that is to be used now, at the same place and without a word.
    pub(super) fn move_on(&mut self) {
        let before = self.station.as_ref().map(|s| s.id().to_owned());
        let playing = self.playing;
        self.release();
        if !playing {
            return;
        }
        if self.open_station().is_err() {
            if let Some(token) = self.loaded.as_ref().map(|l| l.token) {
                self.lose_device(token);
            }
            return;
        }
        if self.station.as_ref().map(Station::id) != before.as_deref() {
            self.outlet.begin_listing();
        }
    }

    fn lose_device(&mut self, token: u64) {
        let position_ms = self.position_ms();
        self.fall_quiet();
        self.release();
        self.device_missing = true;
        self.revived = None;
        self.tell(PlayerEvent::DeviceLost { token, position_ms });
    }
}
