//! The player: a thread that owns the sound device, takes commands and reports events.
//!
//! The device is opened at the first `Play` and given back after half a minute of pause, so an
//! idle application holds no sound card; while nothing plays and no device is held the thread
//! sleeps without a timer. It does not download, does not remember volumes or positions between
//! recordings, and leaves speed, loudness and loops to the audio issue.

mod machine;
mod message;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::Duration;

use super::output::OutputKind;
use machine::Machine;
pub use message::{PlayerCommand, PlayerEvent};

/// Commands that may wait for the player; a person cannot press this fast.
const COMMANDS: usize = 64;

/// The player's patience, with the values of everyday use as default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlayerOptions {
    /// Time between two `Position` events while playing.
    pub tick: Duration,
    /// How long a paused player keeps the device.
    pub release_after: Duration,
    /// How long a playing device may stop asking for samples before it counts as lost.
    pub stall_after: Duration,
}

impl Default for PlayerOptions {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(100),
            release_after: Duration::from_secs(30),
            stall_after: Duration::from_secs(4),
        }
    }
}

/// What went wrong quietly since the player was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PlayerStats {
    /// Times the samples ran out although the recording had more: audible gaps.
    pub underruns: u64,
    /// Times the system reported a late buffer or another passing trouble.
    pub device_glitches: u64,
}

/// The counters behind [`PlayerStats`]; they outlive any one device.
#[derive(Debug, Default)]
pub(super) struct Counters {
    underruns: AtomicU64,
    device_glitches: AtomicU64,
}

impl Counters {
    pub(super) fn count_underrun(&self) {
        self.underruns.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_device_glitch(&self) {
        self.device_glitches.fetch_add(1, Ordering::Relaxed);
    }
}

/// The player did not take a command: it is stuck behind a hanging device, or has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The player is busy.")]
pub struct PlayerBusy;

/// The way to the player thread. Dropping it ends the thread.
#[derive(Debug)]
pub struct PlayerHandle {
    commands: SyncSender<PlayerCommand>,
    counters: Arc<Counters>,
    ended: Receiver<()>,
}

/// The name under which the player is started.
pub struct Player;

impl Player {
    /// Starts the player thread. `events` is called on it and must not wait.
    pub fn spawn(events: impl Fn(PlayerEvent) + Send + 'static, output: OutputKind) -> io::Result<PlayerHandle> {
        Self::spawn_with(events, output, PlayerOptions::default())
    }

    /// Like [`Self::spawn`], with another patience.
    pub fn spawn_with(
        events: impl Fn(PlayerEvent) + Send + 'static,
        output: OutputKind,
        options: PlayerOptions,
    ) -> io::Result<PlayerHandle> {
        let (commands, inbox) = sync_channel(COMMANDS);
        let (running, ended) = sync_channel(1);
        let counters = Arc::new(Counters::default());
        let machine_counters = Arc::clone(&counters);
        std::thread::Builder::new().name("player".into()).spawn(move || {
            Machine::new(events, output, options, machine_counters).run(&inbox);
            drop(running);
        })?;
        Ok(PlayerHandle { commands, counters, ended })
    }
}

impl PlayerHandle {
    /// Passes a command on without waiting.
    pub fn send(&self, command: PlayerCommand) -> Result<(), PlayerBusy> {
        self.commands.try_send(command).map_err(|_| PlayerBusy)
    }

    /// What went wrong quietly so far.
    pub fn stats(&self) -> PlayerStats {
        PlayerStats {
            underruns: self.counters.underruns.load(Ordering::Relaxed),
            device_glitches: self.counters.device_glitches.load(Ordering::Relaxed),
        }
    }

    /// Ends the player and waits for its thread, but no longer than `limit`: a hanging device
    /// must not keep the application from closing. Answers whether the thread has ended.
    pub fn shut_down(self, limit: Duration) -> bool {
        drop(self.commands);
        matches!(self.ended.recv_timeout(limit), Err(std::sync::mpsc::RecvTimeoutError::Disconnected))
    }
}
