//! The player: one recording sounds at a time, and goes on while the user browses.
//! Knows whose audio it is and how far it has come; the sound itself is made elsewhere.

mod hearing;
mod scan;
mod selection;
mod transport;

#[cfg(test)]
mod tests;

pub use hearing::{SPEEDS, SoundOutputs};
pub use scan::ScanDirection;
pub use selection::Selection;

use super::State;
use super::command::PlayerCommand;
use super::event::PlayerEvent;
use super::problem::{Fault, Problem};
use super::request::Request;
use crate::domain::{AuditAction, Consultation, ConsultationKey};
use scan::Scan;
use std::sync::Arc;

#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "switches that have nothing to do with each other")]
pub struct Player {
    pub status: PlayerStatus,
    /// Whose recording is loaded or wanted.
    pub key: Option<ConsultationKey>,
    /// Its row, to say whose audio it is while another consultation is open.
    pub consultation: Option<Arc<Consultation>>,
    pub position_ms: u64,
    pub duration_ms: Option<u64>,
    /// 0 to 1.
    pub volume: f32,
    pub is_muted: bool,
    /// The recording is incomplete, in words.
    pub partial: Option<String>,
    pub problem: Option<Problem>,
    pub supply: Supply,
    pub selection: Option<Selection>,
    /// The selection is played over and over.
    pub is_looping: bool,
    scan: Option<Scan>,
    /// It was heard since it was loaded, as the log tells.
    was_heard: bool,
    /// Paused and not sought since: Play begins a little earlier.
    may_step_back: bool,
    token: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayerStatus {
    #[default]
    Empty,
    /// Waiting for the beginning of the recording; plays then.
    Loading,
    Playing,
    /// The sound has run out because the rest has not arrived; goes on by itself.
    Waiting,
    Paused,
    /// Played to the end.
    Ended,
}

/// How the recording in the player gets here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Supply {
    /// Every byte is on this computer.
    #[default]
    Whole,
    Arriving,
    /// The download failed; what came plays, and Play asks for the rest again.
    Broken,
}

impl Player {
    pub fn new(volume: f32) -> Self {
        Self {
            status: PlayerStatus::Empty,
            key: None,
            consultation: None,
            position_ms: 0,
            duration_ms: None,
            volume,
            is_muted: false,
            partial: None,
            problem: None,
            supply: Supply::Whole,
            selection: None,
            is_looping: false,
            scan: None,
            was_heard: false,
            may_step_back: false,
            token: 0,
        }
    }

    /// An empty one that sounds as loud; events of the former recording do not reach it.
    pub(super) fn anew(&self) -> Self {
        Self { is_muted: self.is_muted, token: self.token + 1, ..Self::new(self.volume) }
    }

    /// This consultation's recording is the one in the player.
    pub fn holds(&self, key: &ConsultationKey) -> bool {
        self.key.as_ref() == Some(key)
    }

    pub fn is_playing(&self) -> bool {
        self.status == PlayerStatus::Playing
    }

    /// Sounds, or would if more had arrived.
    pub fn is_running(&self) -> bool {
        matches!(self.status, PlayerStatus::Playing | PlayerStatus::Waiting)
    }

    /// The recording is open, so its length is known and it can be sought.
    pub fn is_loaded(&self) -> bool {
        self.is_running() || matches!(self.status, PlayerStatus::Paused | PlayerStatus::Ended)
    }
}

impl State {
    pub(super) fn handle_player(&mut self, command: PlayerCommand) -> Vec<Request> {
        match command {
            PlayerCommand::Toggle => self.toggle(),
            PlayerCommand::Play => self.play(),
            PlayerCommand::PlayFrom(position_ms) => self.play_from(position_ms),
            PlayerCommand::Pause => self.pause(),
            PlayerCommand::Stop => self.stop(),
            PlayerCommand::SeekTo(position_ms) => self.seek(position_ms),
            PlayerCommand::SeekBy(by_ms) => self.seek_by(by_ms),
            PlayerCommand::Scan(direction) => self.start_scan(direction),
            PlayerCommand::EndScan => self.end_scan(),
            PlayerCommand::Download => self.download(),
            PlayerCommand::CancelDownload => self.cancel_download(),
            PlayerCommand::Select { .. }
            | PlayerCommand::SelectFromHere
            | PlayerCommand::SelectToHere
            | PlayerCommand::ClearSelection
            | PlayerCommand::ToggleLoop => self.handle_selection(command),
            _ => self.handle_hearing(command),
        }
    }

    pub(super) fn apply_player(&mut self, event: PlayerEvent) -> Vec<Request> {
        match event {
            PlayerEvent::Outputs { devices, current } => self.outputs = SoundOutputs { devices, current },
            PlayerEvent::NoDevice => self.hold(Problem::new(&Fault::NoSoundDevice, "SND-NONE")),
            event if event.token() == Some(self.player.token) => return self.apply_current(event),
            // Of a recording that is no longer in the player.
            _ => {}
        }
        Vec::new()
    }

    fn apply_current(&mut self, event: PlayerEvent) -> Vec<Request> {
        let player = &mut self.player;
        match event {
            PlayerEvent::Loaded { duration_ms, partial, .. } => {
                player.duration_ms = Some(duration_ms);
                player.partial = partial;
                player.status = PlayerStatus::Paused;
                return self.set_up_and_play();
            }
            PlayerEvent::LoadFailed { problem, .. } => {
                player.status = PlayerStatus::Empty;
                player.problem = Some(problem);
            }
            PlayerEvent::Playing { .. } => {
                player.status = PlayerStatus::Playing;
                if player.supply != Supply::Broken {
                    player.problem = None;
                }
                if !std::mem::replace(&mut player.was_heard, true) {
                    return vec![Request::Audit(AuditAction::Played, player.key.clone())];
                }
            }
            PlayerEvent::Waiting { position_ms, .. } => {
                player.status = PlayerStatus::Waiting;
                player.come_to(position_ms);
            }
            PlayerEvent::Paused { position_ms, .. } => {
                player.rest();
                player.come_to(position_ms);
            }
            PlayerEvent::Position { position_ms, .. } => player.come_to(position_ms),
            PlayerEvent::LengthChanged { duration_ms, .. } => player.take_length(duration_ms),
            PlayerEvent::Ended { .. } => {
                player.status = PlayerStatus::Ended;
                player.position_ms = player.duration_ms.unwrap_or(player.position_ms);
            }
            PlayerEvent::DeviceLost { position_ms, .. } => {
                player.come_to(position_ms);
                self.hold(Problem::new(&Fault::SoundDeviceLost, "SND-LOST"));
            }
            PlayerEvent::NoDevice | PlayerEvent::Outputs { .. } => {}
        }
        Vec::new()
    }

    /// Nothing sounds until Play is pressed again; the place is kept.
    fn hold(&mut self, problem: Problem) {
        if self.player.is_running() {
            self.player.rest();
        }
        self.player.problem = Some(problem);
    }
}

impl Player {
    fn rest(&mut self) {
        // A pause that was there before says nothing new about where Play should begin.
        self.may_step_back |= self.is_running();
        self.status = PlayerStatus::Paused;
    }

    /// While scanning the place is where the scan is, wherever the sound has come to.
    fn come_to(&mut self, position_ms: u64) {
        if self.scan.is_none() {
            self.position_ms = position_ms;
        }
    }

    fn take_length(&mut self, duration_ms: u64) {
        self.duration_ms = Some(duration_ms);
        self.position_ms = self.position_ms.min(duration_ms);
        self.selection = self.selection.and_then(|selection| selection.within(duration_ms));
        self.is_looping &= self.selection.is_some();
    }
}
