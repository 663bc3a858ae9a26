//! Media keys for the window: whether the system hands them over or the window itself is given the key.
//! Knows which wish each of them is; catching them is `platform/media_keys`' job.

use crate::platform::media_keys::{MediaKey, MediaKeys, NoticedBy, Presses, Sound};
use crate::state::{Player, PlayerCommand, PlayerStatus};
use eframe::egui;
use eframe::wgpu::rwh::HasWindowHandle;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Instant;

/// Presses that may wait for the next frame; a person cannot press this fast.
const WAITING: usize = 16;

/// The keys, for as long as the window is open.
pub struct MediaButtons {
    /// `None` where the system has no such thing; the window's own keys work all the same.
    keys: Option<MediaKeys>,
    pressed: Receiver<MediaKey>,
    presses: Presses,
}

impl MediaButtons {
    pub fn start(ctx: &egui::Context, window: &impl HasWindowHandle) -> Self {
        let (sender, pressed) = sync_channel(WAITING);
        let ctx = ctx.clone();
        let on_key = move |key| {
            if sender.try_send(key).is_ok() {
                ctx.request_repaint();
            }
        };
        let keys = MediaKeys::start("Consult Desk", window, on_key);
        let keys = keys.inspect_err(|error| tracing::info!(%error, "no media keys")).ok();
        Self { keys, pressed, presses: Presses::default() }
    }

    /// What was pressed since the last frame, as wishes.
    pub fn take(&mut self, ctx: &egui::Context, player: &Player) -> Vec<PlayerCommand> {
        let now = Instant::now();
        let mut keys: Vec<MediaKey> = ctx.input(|input| input.events.iter().filter_map(window_key).collect());
        keys.retain(|_| self.presses.is_new(NoticedBy::Window, now));
        while let Ok(key) = self.pressed.try_recv() {
            if self.presses.is_new(NoticedBy::System, now) {
                keys.push(key);
            }
        }
        keys.into_iter().map(|key| wish(key, player)).collect()
    }

    /// Tells the system what sounds, so that it knows whom a key is meant for. Waits for nothing.
    pub fn tell(&self, player: &Player) {
        if let Some(keys) = &self.keys {
            keys.tell(sound(player.status));
        }
    }
}

fn window_key(event: &egui::Event) -> Option<MediaKey> {
    match event {
        egui::Event::Key { key: egui::Key::MediaPlayPause, pressed: true, repeat: false, .. } => Some(MediaKey::Toggle),
        egui::Event::Key { key: egui::Key::MediaStop, pressed: true, repeat: false, .. } => Some(MediaKey::Stop),
        _ => None,
    }
}

/// A media key means what sounds, or sounded last, whatever is open on screen: it is often pressed in another program.
/// Its Stop pauses, as letting the recording go would lose the place.
fn wish(key: MediaKey, player: &Player) -> PlayerCommand {
    match key {
        MediaKey::Toggle if player.is_running() => PlayerCommand::Pause,
        MediaKey::Toggle | MediaKey::Play => PlayerCommand::Play,
        MediaKey::Pause | MediaKey::Stop => PlayerCommand::Pause,
        MediaKey::SeekBy(by_ms) => PlayerCommand::SeekBy(by_ms),
    }
}

fn sound(status: PlayerStatus) -> Sound {
    match status {
        PlayerStatus::Playing | PlayerStatus::Waiting => Sound::Playing,
        PlayerStatus::Paused | PlayerStatus::Ended => Sound::Paused,
        PlayerStatus::Empty | PlayerStatus::Loading => Sound::Stopped,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_media_key_never_turns_to_what_is_merely_open() {
        let mut player = Player::new(0.8);
        player.status = PlayerStatus::Playing;
        assert_eq!(wish(MediaKey::Toggle, &player), PlayerCommand::Pause);
        player.status = PlayerStatus::Paused;
        assert_eq!(wish(MediaKey::Toggle, &player), PlayerCommand::Play);
        assert_eq!(wish(MediaKey::Stop, &player), PlayerCommand::Pause);
        assert_eq!(wish(MediaKey::SeekBy(-5_000), &player), PlayerCommand::SeekBy(-5_000));
    }

    #[test]
    fn the_keys_are_only_asked_for_while_there_is_something_to_hear() {
        assert_eq!(sound(PlayerStatus::Empty), Sound::Stopped);
        assert_eq!(sound(PlayerStatus::Waiting), Sound::Playing);
        assert_eq!(sound(PlayerStatus::Ended), Sound::Paused);
    }
}
