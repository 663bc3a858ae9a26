//! Where sound goes: the system's default device, or a silent one paced by hand.
//!
//! No device is a state, not a crash: opening answers with an error that the player turns into
//! an event, and a stream that breaks raises a flag that the player looks at. Choosing between
//! devices and following a changed default come with the audio issue.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _};
use rodio::cpal::{self, ErrorKind};
use rodio::{ChannelCount, DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink, SampleRate};

use super::player::Counters;
use super::transport::Transport;

/// Which output the player uses.
#[derive(Debug, Clone)]
pub enum OutputKind {
    /// The system's default device.
    DefaultDevice,
    /// No sound at all; samples are pulled by hand.
    Silent(Silent),
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
    health: Arc<Health>,
    hold: Hold,
}

enum Hold {
    Device(MixerDeviceSink),
    Silent(Silent),
}

/// What the stream's error callback reports; it runs on an audio thread, so only atomics.
#[derive(Debug, Default)]
struct Health {
    lost: AtomicBool,
}

impl OutputKind {
    /// Opens the output.
    pub(super) fn open(&self, counters: &Arc<Counters>) -> Result<OpenOutput, NoOutput> {
        match self {
            Self::DefaultDevice => open_device(counters),
            Self::Silent(silent) => silent.open(),
        }
    }

    /// A device that no longer asks for samples is dead; one paced by hand may take its time.
    pub(super) fn paces_itself(&self) -> bool {
        matches!(self, Self::DefaultDevice)
    }
}

impl OpenOutput {
    /// Connects the source; called once, right after opening.
    pub(super) fn attach(&self, transport: Transport) {
        match &self.hold {
            Hold::Device(sink) => sink.mixer().add(transport),
            Hold::Silent(silent) => silent.bay().transport = Some(transport),
        }
    }

    /// Whether the device has gone.
    pub(super) fn lost(&self) -> bool {
        self.health.lost.load(Ordering::Acquire)
    }
}

impl Drop for OpenOutput {
    fn drop(&mut self) {
        if let Hold::Silent(silent) = &self.hold {
            silent.bay().transport = None;
        }
    }
}

/// Tries the default device, then whatever else the system has.
fn open_device(counters: &Arc<Counters>) -> Result<OpenOutput, NoOutput> {
    let host = cpal::default_host();
    let preferred = host.default_output_device();
    if let Some(output) = preferred.and_then(|device| open_one(device, counters)) {
        return Ok(output);
    }
    let others = host.output_devices().map_err(|_| NoOutput)?;
    others.filter(|device| !is_null(device)).find_map(|device| open_one(device, counters)).ok_or(NoOutput)
}

/// A device that swallows everything would look like playing without a sound.
fn is_null(device: &cpal::Device) -> bool {
    device.description().map_or(true, |d| d.driver().is_none_or(|driver| driver == "null"))
}

fn open_one(device: cpal::Device, counters: &Arc<Counters>) -> Option<OpenOutput> {
    let health = Arc::new(Health::default());
    let opened = open_stream(device, &health, counters);
    let mut sink = opened.inspect_err(|error| tracing::debug!(%error, "a sound device could not be opened")).ok()?;
    sink.log_on_drop(false);
    Some(OpenOutput {
        format: OutputFormat { rate: sink.config().sample_rate(), channels: sink.config().channel_count() },
        health,
        hold: Hold::Device(sink),
    })
}

fn open_stream(
    device: cpal::Device,
    health: &Arc<Health>,
    counters: &Arc<Counters>,
) -> Result<MixerDeviceSink, DeviceSinkError> {
    let (health, counters) = (Arc::clone(health), Arc::clone(counters));
    DeviceSinkBuilder::from_device(device)?
        .with_error_callback(move |error: cpal::Error| match error.kind() {
            ErrorKind::DeviceNotAvailable | ErrorKind::StreamInvalidated | ErrorKind::HostUnavailable => {
                health.lost.store(true, Ordering::Release);
            }
            // The stream goes on: rerouted by the system, or without real-time priority.
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            // A late buffer, or something that passes; a stream that really died stops asking
            // for samples, which the player notices.
            _ => counters.count_device_glitch(),
        })
        .open_sink_or_fallback()
}

/// An output without sound, whose samples are pulled by hand: for tests, and for machines where
/// playing must be exercised without a device. Clones share one device.
#[derive(Debug, Clone)]
pub struct Silent {
    format: OutputFormat,
    bay: Arc<Mutex<Bay>>,
}

#[derive(Debug, Default)]
struct Bay {
    transport: Option<Transport>,
    health: Arc<Health>,
    unplugged: bool,
    opened: u32,
}

/// How long [`Silent::pull`] waits for the reading thread before it takes silence after all.
const PATIENCE: Duration = Duration::from_secs(5);

impl Silent {
    /// A device of `rate` Hz and `channels` channels, plugged in. Zero counts as one.
    pub fn new(rate: u32, channels: u16) -> Self {
        Self {
            format: OutputFormat {
                rate: SampleRate::new(rate).unwrap_or(SampleRate::MIN),
                channels: ChannelCount::new(channels).unwrap_or(ChannelCount::MIN),
            },
            bay: Arc::default(),
        }
    }

    /// Takes the next `frames` frames as interleaved samples, waiting for the reading thread so
    /// that the result does not depend on timing. Silence when the device is not open.
    pub fn pull(&self, frames: usize) -> Vec<f32> {
        self.pull_frames(frames, PATIENCE)
    }

    /// Like [`Self::pull`], but as impatient as a real device: what is not there is silence.
    pub fn pull_now(&self, frames: usize) -> Vec<f32> {
        self.pull_frames(frames, Duration::ZERO)
    }

    fn pull_frames(&self, frames: usize, patience: Duration) -> Vec<f32> {
        let mut samples = Vec::new();
        let deadline = Instant::now() + patience;
        for _ in 0..frames {
            while self.starving() && Instant::now() < deadline {
                std::thread::yield_now();
            }
            let mut bay = self.bay();
            for _ in 0..self.heard_channels() {
                let sample = bay.transport.as_mut().and_then(Iterator::next);
                samples.push(sample.unwrap_or(0.0));
            }
        }
        samples
    }

    fn starving(&self) -> bool {
        let mut bay = self.bay();
        bay.transport.as_mut().is_some_and(Transport::would_starve)
    }

    /// Channels in what [`Self::pull`] returns: at most two.
    pub fn heard_channels(&self) -> u16 {
        self.format.channels.get().min(2)
    }

    /// Whether the player holds the device open.
    pub fn is_open(&self) -> bool {
        self.bay().transport.is_some()
    }

    /// How often the player has opened the device.
    pub fn times_opened(&self) -> u32 {
        self.bay().opened
    }

    /// Pulls the plug: an open stream breaks, and opening fails until [`Self::plug_in`].
    pub fn unplug(&self) {
        let mut bay = self.bay();
        bay.unplugged = true;
        bay.health.lost.store(true, Ordering::Release);
    }

    /// Plugs the device in again.
    pub fn plug_in(&self) {
        self.bay().unplugged = false;
    }

    fn open(&self) -> Result<OpenOutput, NoOutput> {
        let mut bay = self.bay();
        if bay.unplugged {
            return Err(NoOutput);
        }
        bay.health = Arc::default();
        bay.opened += 1;
        Ok(OpenOutput { format: self.format, health: Arc::clone(&bay.health), hold: Hold::Silent(self.clone()) })
    }

    /// A panic elsewhere leaves the bay usable: every change to it is a single step.
    fn bay(&self) -> MutexGuard<'_, Bay> {
        self.bay.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
