//! The player: one recording sounds at a time, and goes on while the user browses.
//! Knows whose audio it is; the sound itself is made elsewhere.

use super::State;
use super::command::PlayerCommand;
use super::event::{PlayerEvent, RecordingEvent};
use super::problem::{Fault, Problem};
use super::record::RecordingState;
use super::request::{PlayerRequest, RecordingRequest, Request};
use crate::domain::{Consultation, ConsultationKey};
use std::sync::Arc;

#[derive(Debug)]
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
    token: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlayerStatus {
    #[default]
    Empty,
    /// Waiting for the download or for the file to open; plays then.
    Loading,
    Playing,
    Paused,
    /// Played to the end.
    Ended,
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
            token: 0,
        }
    }

    /// This consultation's recording is the one in the player.
    pub fn holds(&self, key: &ConsultationKey) -> bool {
        self.key.as_ref() == Some(key)
    }

    pub fn is_playing(&self) -> bool {
        self.status == PlayerStatus::Playing
    }

    fn is_loaded(&self) -> bool {
        matches!(self.status, PlayerStatus::Playing | PlayerStatus::Paused | PlayerStatus::Ended)
    }
}

impl State {
    pub(super) fn handle_player(&mut self, command: PlayerCommand) -> Vec<Request> {
        match command {
            PlayerCommand::Toggle => self.toggle(),
            PlayerCommand::SeekTo(position_ms) => self.seek(position_ms),
            PlayerCommand::SeekBy(by_ms) => self.seek(self.player.position_ms.saturating_add_signed(by_ms)),
            PlayerCommand::Volume(volume) => {
                self.player.is_muted = false;
                self.player.volume = volume.clamp(0.0, 1.0);
                self.settings.volume = self.player.volume;
                let volume = Request::Player(PlayerRequest::Volume(self.player.volume));
                vec![volume, Request::SaveSettings(self.settings.clone())]
            }
            PlayerCommand::ToggleMute => {
                self.player.is_muted = !self.player.is_muted;
                let volume = if self.player.is_muted { 0.0 } else { self.player.volume };
                vec![Request::Player(PlayerRequest::Volume(volume))]
            }
            PlayerCommand::Download => self.download(),
            PlayerCommand::CancelDownload => self.cancel_download(),
            PlayerCommand::Pause if self.player.is_playing() => vec![Request::Player(PlayerRequest::Pause)],
            PlayerCommand::Pause => Vec::new(),
            PlayerCommand::Stop => {
                self.empty_player();
                vec![Request::Player(PlayerRequest::Stop)]
            }
        }
    }

    /// Plays the open consultation, unless its own audio or, with nothing else open, another's is in the player.
    fn toggle(&mut self) -> Vec<Request> {
        let open = self.record.as_ref().map(|record| record.key.clone());
        let holds_open = open.as_ref().is_none_or(|key| self.player.holds(key));
        if holds_open && self.player.is_loaded() {
            return self.play_or_pause();
        }
        if self.player.is_playing() && !holds_open && !self.can_play_open() {
            return self.play_or_pause();
        }
        self.play_open()
    }

    fn can_play_open(&self) -> bool {
        self.record.as_ref().is_some_and(|record| record.key.record_id().is_some())
    }

    fn play_or_pause(&mut self) -> Vec<Request> {
        self.player.problem = None;
        match self.player.status {
            PlayerStatus::Playing => vec![Request::Player(PlayerRequest::Pause)],
            PlayerStatus::Ended => {
                self.player.position_ms = 0;
                vec![Request::Player(PlayerRequest::SeekTo(0)), Request::Player(PlayerRequest::Play)]
            }
            _ => vec![Request::Player(PlayerRequest::Play)],
        }
    }

    fn play_open(&mut self) -> Vec<Request> {
        let Some(record) = &self.record else { return Vec::new() };
        if record.key.record_id().is_none() {
            return Vec::new();
        }
        if self.player.status == PlayerStatus::Loading && self.player.holds(&record.key) {
            return Vec::new();
        }
        let (key, recording) = (record.key.clone(), record.recording.clone());
        let consultation = record.consultation.clone();
        self.player.token += 1;
        let fresh = Player {
            status: PlayerStatus::Loading,
            key: Some(key.clone()),
            consultation,
            volume: self.player.volume,
            is_muted: self.player.is_muted,
            token: self.player.token,
            ..Player::new(0.0)
        };
        self.player = fresh;
        let mut requests = vec![Request::Player(PlayerRequest::Stop)];
        match recording {
            RecordingState::Stored { .. } => requests.push(self.load_request(key)),
            RecordingState::Downloading { .. } => {}
            _ => requests.extend(self.download()),
        }
        requests
    }

    fn load_request(&self, key: ConsultationKey) -> Request {
        Request::Player(PlayerRequest::Load { token: self.player.token, key, position_ms: 0 })
    }

    fn download(&mut self) -> Vec<Request> {
        let now = self.now;
        let Some(record) = &mut self.record else { return Vec::new() };
        let is_wanted = !matches!(record.recording, RecordingState::Stored { .. } | RecordingState::Downloading { .. });
        if !is_wanted || record.key.record_id().is_none() {
            return Vec::new();
        }
        record.recording = RecordingState::Downloading { received: 0, total: None, started_at: now };
        vec![Request::Recording(RecordingRequest::Download(record.key.clone()))]
    }

    fn cancel_download(&mut self) -> Vec<Request> {
        let Some(record) = &self.record else { return Vec::new() };
        let key = record.key.clone();
        if self.player.holds(&key) && self.player.status == PlayerStatus::Loading {
            self.empty_player();
        }
        vec![Request::Recording(RecordingRequest::Cancel(key))]
    }

    fn seek(&mut self, position_ms: u64) -> Vec<Request> {
        if !self.player.is_loaded() {
            return Vec::new();
        }
        let position_ms = position_ms.min(self.player.duration_ms.unwrap_or(0));
        self.player.position_ms = position_ms;
        if self.player.status == PlayerStatus::Ended {
            self.player.status = PlayerStatus::Paused;
        }
        vec![Request::Player(PlayerRequest::SeekTo(position_ms))]
    }

    fn empty_player(&mut self) {
        let token = self.player.token + 1;
        let (volume, is_muted) = (self.player.volume, self.player.is_muted);
        self.player = Player { volume, is_muted, token, ..Player::new(0.0) };
    }

    /// A recording that play waits for arrived, or will not.
    pub(super) fn player_follows_recording(&mut self, event: &RecordingEvent) -> Vec<Request> {
        if self.player.status != PlayerStatus::Loading {
            return Vec::new();
        }
        match event {
            RecordingEvent::Stored { key, .. } if self.player.holds(key) => vec![self.load_request(key.clone())],
            RecordingEvent::Cancelled { key } | RecordingEvent::Failed { key, .. } if self.player.holds(key) => {
                self.empty_player();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn apply_player(&mut self, event: PlayerEvent) -> Vec<Request> {
        let player = &mut self.player;
        let is_current = |token: u64| token == player.token;
        match event {
            PlayerEvent::Loaded { token, duration_ms, partial } if is_current(token) => {
                player.duration_ms = Some(duration_ms);
                player.partial = partial;
                player.status = PlayerStatus::Paused;
                let volume = if player.is_muted { 0.0 } else { player.volume };
                return vec![Request::Player(PlayerRequest::Volume(volume)), Request::Player(PlayerRequest::Play)];
            }
            PlayerEvent::LoadFailed { token, problem } if is_current(token) => {
                player.status = PlayerStatus::Empty;
                player.problem = Some(problem);
            }
            PlayerEvent::Playing { token } if is_current(token) => {
                player.status = PlayerStatus::Playing;
                player.problem = None;
            }
            PlayerEvent::Paused { token, position_ms } if is_current(token) => {
                player.status = PlayerStatus::Paused;
                player.position_ms = position_ms;
            }
            PlayerEvent::Position { token, position_ms } if is_current(token) => player.position_ms = position_ms,
            PlayerEvent::Ended { token } if is_current(token) => {
                player.status = PlayerStatus::Ended;
                player.position_ms = player.duration_ms.unwrap_or(player.position_ms);
            }
            PlayerEvent::NoDevice => self.no_device(&Fault::NoSoundDevice, "SND-NONE"),
            PlayerEvent::DeviceLost { token, position_ms } if is_current(token) => {
                player.position_ms = position_ms;
                self.no_device(&Fault::SoundDeviceLost, "SND-LOST");
            }
            _ => {}
        }
        Vec::new()
    }

    fn no_device(&mut self, fault: &Fault, code: &str) {
        if self.player.status == PlayerStatus::Playing {
            self.player.status = PlayerStatus::Paused;
        }
        self.player.problem = Some(Problem::new(fault, code));
    }
}
