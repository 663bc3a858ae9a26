//! How it sounds: loudness, speed, silences left out, faint voices lifted, and through which speakers.
//! All of it but the mute is remembered between runs.

use super::super::State;
use super::super::command::PlayerCommand;
use super::super::request::{PlayerRequest, Request};
use super::super::settings::{Settings, SoundOutput};

/// The steps of the speed; any other value between the ends may be set too.
pub const SPEEDS: [f32; 9] = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0, 2.5, 3.0];

/// What the sound can come out of, as the computer last told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SoundOutputs {
    pub devices: Vec<SoundOutput>,
    /// The one that is in use.
    pub current: Option<String>,
}

impl SoundOutputs {
    pub fn has(&self, id: &str) -> bool {
        self.devices.iter().any(|device| device.id == id)
    }
}

impl State {
    pub(super) fn handle_hearing(&mut self, command: PlayerCommand) -> Vec<Request> {
        match command {
            PlayerCommand::Volume(volume) => {
                self.player.is_muted = false;
                self.player.volume = volume.clamp(0.0, 1.0);
                self.settings.volume = self.player.volume;
                vec![self.volume_request(), Request::SaveSettings(self.settings.clone())]
            }
            PlayerCommand::ToggleMute => {
                self.player.is_muted = !self.player.is_muted;
                vec![self.volume_request()]
            }
            PlayerCommand::Speed(speed) => self.set_speed(speed),
            PlayerCommand::Slower => self.set_speed(step(self.settings.speed, false)),
            PlayerCommand::Faster => self.set_speed(step(self.settings.speed, true)),
            PlayerCommand::ToggleSkipSilence => {
                self.settings.skip_silence = !self.settings.skip_silence;
                self.tell_and_remember(PlayerRequest::SkipSilence(self.settings.skip_silence))
            }
            PlayerCommand::ToggleBoost => {
                self.settings.boost = !self.settings.boost;
                self.tell_and_remember(PlayerRequest::Boost(self.settings.boost))
            }
            _ => Vec::new(),
        }
    }

    fn set_speed(&mut self, speed: f32) -> Vec<Request> {
        let before = self.settings.speed;
        self.settings.speed = speed;
        self.settings = self.settings.clone().sane();
        if (self.settings.speed - before).abs() < 0.001 {
            return Vec::new();
        }
        self.tell_and_remember(PlayerRequest::Speed(self.settings.speed))
    }

    fn tell_and_remember(&self, request: PlayerRequest) -> Vec<Request> {
        vec![Request::Player(request), Request::SaveSettings(self.settings.clone())]
    }

    fn volume_request(&self) -> Request {
        let heard = if self.player.is_muted { 0.0 } else { self.player.volume };
        Request::Player(PlayerRequest::Volume(heard))
    }

    /// A recording was opened: it shall sound as the last one did.
    pub(super) fn set_up_and_play(&self) -> Vec<Request> {
        let Settings { speed, skip_silence, boost, .. } = self.settings;
        vec![
            self.volume_request(),
            Request::Player(PlayerRequest::Speed(speed)),
            Request::Player(PlayerRequest::SkipSilence(skip_silence)),
            Request::Player(PlayerRequest::Boost(boost)),
            Request::Player(PlayerRequest::Loop(None)),
            Request::Player(PlayerRequest::Play),
        ]
    }

    /// The chosen speakers, told before the first sound; nothing while the system's own are wanted.
    pub(super) fn output_request(&self) -> Option<Request> {
        let output = self.settings.output.as_ref()?;
        Some(Request::Player(PlayerRequest::Output(Some(output.id.clone()))))
    }
}

fn step(speed: f32, up: bool) -> f32 {
    let mut steps = SPEEDS.into_iter();
    let next = if up { steps.find(|step| *step > speed + 0.001) } else { steps.rfind(|step| *step < speed - 0.001) };
    next.unwrap_or(speed)
}
