//! Where sound goes: a sound device of the system, or a silent one paced by hand.
//!
//! No device is a state, not a crash: opening answers with an error that the player turns into
//! an event, and a stream that breaks raises a flag that the player looks at. When to follow a
//! changed default or to try again is the player's decision.

mod device;
mod silent;

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use rodio::{ChannelCount, MixerDeviceSink, SampleRate};

use super::player::Counters;
use super::transport::Transport;
pub use silent::Silent;

/// Which output the player uses.
#[derive(Debug, Clone)]
pub enum OutputKind {
    /// The system's devices, the default one unless another was chosen.
    DefaultDevice,
    /// No sound at all; samples are pulled by hand.
    Silent(Silent),
}

/// A sound device that can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputDevice {
    /// Stays the same when the device is unplugged or the computer restarts, where the system
    /// allows it.
    pub id: String,
    /// What the system calls it.
    pub name: String,
}

/// How a device wants its samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct OutputFormat {
    /// Frames per second (Hz).
    pub rate: SampleRate,
    pub channels: ChannelCount,
}

/// The device could not be opened; the system's own words are for the log only.
#[derive(Debug, thiserror::Error)]
#[error("No sound device could be opened.")]
pub(super) struct NoOutput;

/// An opened output; dropping it releases the device.
pub(super) struct OpenOutput {
    pub format: OutputFormat,
    pub device: OutputDevice,
    health: Arc<Health>,
    hold: Hold,
}

enum Hold {
    Device(MixerDeviceSink),
    Silent(Silent),
}

/// How an open stream is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Condition {
    Fine,
    /// The stream has ended, but a new one may work: the format or the default changed.
    Broken,
    /// The device has gone.
    Gone,
}

/// What the stream's error callback reports; it runs on an audio thread, so only atomics.
#[derive(Debug, Default)]
struct Health(AtomicU8);

impl Health {
    fn report(&self, condition: Condition) {
        self.0.fetch_max(condition as u8, Ordering::AcqRel);
    }

    fn condition(&self) -> Condition {
        match self.0.load(Ordering::Acquire) {
            0 => Condition::Fine,
            1 => Condition::Broken,
            _ => Condition::Gone,
        }
    }
}

impl OutputKind {
    /// Opens the chosen device, else the system's default, else whatever there is.
    pub(super) fn open(&self, chosen: Option<&str>, counters: &Arc<Counters>) -> Result<OpenOutput, NoOutput> {
        match self {
            Self::DefaultDevice => device::open(chosen, counters),
            Self::Silent(silent) => silent.open(chosen),
        }
    }

    /// The devices that can be chosen. May take a second: some systems look at each device.
    pub(super) fn list(&self) -> Vec<OutputDevice> {
        match self {
            Self::DefaultDevice => device::list(),
            Self::Silent(silent) => silent.list(),
        }
    }

    /// The system's default device at this moment.
    pub(super) fn default_id(&self) -> Option<String> {
        match self {
            Self::DefaultDevice => device::default_id(),
            Self::Silent(silent) => silent.default_id(),
        }
    }

    /// Whether a device is there.
    pub(super) fn has(&self, id: &str) -> bool {
        match self {
            Self::DefaultDevice => device::has(id),
            Self::Silent(silent) => silent.list().iter().any(|device| device.id == id),
        }
    }

    /// A device that no longer asks for samples is dead; one paced by hand may take its time.
    pub(super) fn paces_itself(&self) -> bool {
        match self {
            Self::DefaultDevice => true,
            Self::Silent(silent) => silent.is_hardware_like(),
        }
    }
}

impl OpenOutput {
    /// Connects the source; called once, right after opening.
    pub(super) fn attach(&self, transport: Transport) {
        match &self.hold {
            Hold::Device(sink) => sink.mixer().add(transport),
            Hold::Silent(silent) => silent.attach(transport),
        }
    }

    /// How the stream is.
    pub(super) fn condition(&self) -> Condition {
        self.health.condition()
    }

    /// Frames the device takes at a time, where it was told.
    pub(super) fn buffer_frames(&self) -> Option<u32> {
        match &self.hold {
            Hold::Device(sink) => device::buffer_frames(sink),
            Hold::Silent(_) => None,
        }
    }
}

impl Drop for OpenOutput {
    fn drop(&mut self) {
        if let Hold::Silent(silent) = &self.hold {
            silent.detach();
        }
    }
}
