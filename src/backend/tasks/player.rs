//! Between the desk and the sound: requests become the player's commands, its events the window's.

use super::super::clinic::Clinic;
use super::super::desk::Context;
use super::super::events::EventSender;
use super::super::problems;
use super::recording::Downloads;
use crate::audio::{Player, PlayerCommand, PlayerEvent as Heard, PlayerHandle};
use crate::state::{Event, Fault, PlayerEvent, PlayerRequest, Problem, SoundOutput};
use std::path::Path;
use std::sync::Arc;

/// The file in the cache folder that says how the sound of the last run went.
pub const SOUND_NOTE: &str = "sound.json";

/// A sound device that hangs does not keep the desk from locking.
const LONGEST_END: std::time::Duration = std::time::Duration::from_secs(1);

/// The running player; without one every wish is answered with "no device".
pub(in super::super) struct PlayerTask {
    player: Option<PlayerHandle>,
    events: EventSender,
}

impl PlayerTask {
    /// Starts the player's thread; no sound device is opened before something plays.
    pub(in super::super) fn start(context: &Context) -> Self {
        let events = context.events.clone();
        let output = context.services.output.clone();
        let player = Player::spawn(move |heard| pass_on(&events, heard), output);
        if let Err(error) = &player {
            tracing::error!(%error, "the player could not be started");
        }
        Self { player: player.ok(), events: context.events.clone() }
    }

    /// Notes how often the sound was torn since the start, for the doctor.
    pub(in super::super) fn note_stats(&self, cache: &Path) {
        let Some(stats) = self.player.as_ref().map(PlayerHandle::stats) else { return };
        if let Err(error) = crate::store::save_json(&cache.join(SOUND_NOTE), &stats) {
            tracing::debug!(%error, "the sound's troubles could not be noted");
        }
    }

    /// Ends the player with everything it holds; the next wish starts another.
    pub(in super::super) async fn give_up(self, cache: &Path) {
        self.note_stats(cache);
        let Some(player) = self.player else { return };
        let ended = tokio::task::spawn_blocking(move || player.shut_down(LONGEST_END)).await;
        if !matches!(ended, Ok(true)) {
            tracing::warn!("the player did not end in time");
        }
    }

    /// A recording that is still arriving is played as it comes.
    pub(in super::super) async fn take(
        &self,
        request: PlayerRequest,
        clinic: Option<&Arc<Clinic>>,
        downloads: &Downloads,
    ) {
        let command = match request {
            PlayerRequest::Load { token, key, position_ms } => {
                let Some(clinic) = clinic else {
                    return self.tell(PlayerEvent::LoadFailed { token, problem: missing() }).await;
                };
                let source = downloads.source(clinic, &key).await;
                PlayerCommand::Load { token, source, position_ms }
            }
            PlayerRequest::Play => PlayerCommand::Play,
            PlayerRequest::Pause => PlayerCommand::Pause,
            PlayerRequest::SeekTo(position_ms) => PlayerCommand::SeekTo(position_ms),
            PlayerRequest::SeekBy(by_ms) => PlayerCommand::SeekBy(by_ms),
            // Loudness is felt in ratios: the square makes the slider even.
            PlayerRequest::Volume(volume) => PlayerCommand::SetVolume(volume * volume),
            PlayerRequest::Stop => PlayerCommand::Stop,
            PlayerRequest::Speed(speed) => PlayerCommand::SetSpeed(speed),
            PlayerRequest::SkipSilence(is_on) => PlayerCommand::SetSkipSilence(is_on),
            PlayerRequest::Boost(is_on) => PlayerCommand::SetBoost(is_on),
            PlayerRequest::Loop(stretch) => PlayerCommand::SetLoop(stretch),
            PlayerRequest::Output(device) => PlayerCommand::SetOutput(device),
            PlayerRequest::ListOutputs => PlayerCommand::ListOutputs,
        };
        let sent = self.player.as_ref().is_some_and(|player| player.send(command).is_ok());
        if !sent {
            self.tell(PlayerEvent::NoDevice).await;
        }
    }

    async fn tell(&self, event: PlayerEvent) {
        self.events.send(Event::Player(event)).await;
    }
}

fn missing() -> Problem {
    Problem::new(&Fault::RecordingMissing, "REC-GONE")
}

/// Runs on the player's thread and must not wait.
fn pass_on(events: &EventSender, heard: Heard) {
    let event = match heard {
        Heard::Loaded { token, duration_ms, partial } => PlayerEvent::Loaded { token, duration_ms, partial },
        Heard::LoadFailed { token, reason } => {
            let problem = Problem::new(&Fault::Unplayable(problems::lower_first(&reason)), "WAV");
            PlayerEvent::LoadFailed { token, problem }
        }
        Heard::Playing { token } => PlayerEvent::Playing { token },
        Heard::Waiting { token, position_ms } => PlayerEvent::Waiting { token, position_ms },
        Heard::LengthChanged { token, duration_ms } => PlayerEvent::LengthChanged { token, duration_ms },
        Heard::Paused { token, position_ms } => PlayerEvent::Paused { token, position_ms },
        Heard::Position { token, position_ms } => PlayerEvent::Position { token, position_ms },
        Heard::Ended { token } => PlayerEvent::Ended { token },
        Heard::NoDevice => PlayerEvent::NoDevice,
        Heard::DeviceLost { token, position_ms } => PlayerEvent::DeviceLost { token, position_ms },
        Heard::Outputs { devices, current } => {
            let devices = devices.into_iter().map(|device| SoundOutput { id: device.id, name: device.name });
            PlayerEvent::Outputs { devices: devices.collect(), current }
        }
        // `Playing` follows and says all there is to say.
        Heard::DeviceBack => return,
    };
    events.send_now(Event::Player(event));
}
