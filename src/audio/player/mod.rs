//! The player: a thread that owns the sound device, takes commands and reports events.
//!
//! The device is opened at the first `Play` and given back after half a minute of pause, so an
//! idle application holds no sound card; while nothing plays and no device is held the thread
//! sleeps without a timer. It does not download (it reads what a download reports) and does not
//! remember positions between recordings; speed, boost and the chosen device stay until they are
//! changed or the player ends.

#[cfg(test)]
mod device_tests;
mod loaded;
mod machine;
mod message;
mod outlet;
mod station;
#[cfg(test)]
mod stream_tests;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

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
    /// How long a playing device may stop asking for samples before it is opened anew, and after
    /// that before it counts as lost.
    pub stall_after: Duration,
    /// Time between two looks, while playing, at which device is the system's default.
    pub look_for_default: Duration,
}

impl Default for PlayerOptions {
    fn default() -> Self {
        Self {
            tick: Duration::from_millis(100),
            release_after: Duration::from_secs(30),
            stall_after: Duration::from_secs(4),
            look_for_default: Duration::from_secs(2),
        }
    }
}

/// What went wrong quietly since the player was started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct PlayerStats {
    /// Times the samples ran out although the recording had more: audible gaps.
    pub underruns: u64,
    /// Times the system reported a late buffer or another passing trouble; reports in quick
    /// succession are one.
    pub device_glitches: u64,
}

/// The counters behind [`PlayerStats`]; they outlive any one device.
#[derive(Debug)]
pub(super) struct Counters {
    underruns: AtomicU64,
    device_glitches: AtomicU64,
    started: Instant,
    /// Milliseconds since `started` at the last glitch, counted or not; 0 before the first.
    last_glitch: AtomicU64,
}

/// Reports closer together than this are one trouble: a sound server that hangs for a moment
/// can report a thousand times a second.
const ONE_GLITCH_MS: u64 = 200;

impl Default for Counters {
    fn default() -> Self {
        let (underruns, device_glitches, last_glitch) = Default::default();
        Self { underruns, device_glitches, started: Instant::now(), last_glitch }
    }
}

impl Counters {
    pub(super) fn count_underrun(&self) {
        self.underruns.fetch_add(1, Ordering::Relaxed);
    }

    /// Runs on an audio thread: atomics and a look at the clock, nothing else.
    pub(super) fn count_device_glitch(&self) {
        let now = self.started.elapsed().as_millis() as u64 + ONE_GLITCH_MS;
        let before = self.last_glitch.swap(now, Ordering::Relaxed);
        if now.saturating_sub(before) >= ONE_GLITCH_MS {
            self.device_glitches.fetch_add(1, Ordering::Relaxed);
        }
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
