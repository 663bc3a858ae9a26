//! The system's sound devices: listing, choosing and opening them.
//!
//! The callback that fills a device's buffer is the sound library's mixer around our transport.
//! A new source reaches it through a channel once, before sound begins; after that the mixer
//! only pulls samples, so nothing is allocated, locked or waited for while playing.

use std::str::FromStr as _;
use std::sync::Arc;

use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _};
use rodio::cpal::{self, BufferSize, DeviceId, ErrorKind};
use rodio::{DeviceSinkBuilder, DeviceSinkError, MixerDeviceSink};

use super::{Condition, Health, Hold, NoOutput, OpenOutput, OutputDevice, OutputFormat};
use crate::audio::player::Counters;

/// Devices that ALSA lists beside the real ones: views of a card for other purposes.
const ALSA_VIEWS: [&str; 15] = [
    "dmix",
    "dsnoop",
    "front",
    "hw",
    "iec958",
    "jack",
    "lavrate",
    "oss",
    "rear",
    "samplerate",
    "speexrate",
    "surround",
    "sysdefault",
    "upmix",
    "vdownmix",
];

/// Opens the chosen device, else the default one, else whatever the system has.
pub(super) fn open(chosen: Option<&str>, counters: &Arc<Counters>) -> Result<OpenOutput, NoOutput> {
    let host = cpal::default_host();
    let wanted = chosen.and_then(|id| find(&host, id));
    if let Some(output) = wanted.and_then(|device| open_one(device, counters)) {
        return Ok(output);
    }
    let preferred = host.default_output_device();
    if let Some(output) = preferred.and_then(|device| open_one(device, counters)) {
        return Ok(output);
    }
    let others = host.output_devices().map_err(|_| NoOutput)?;
    others.filter(|device| !is_null(device)).find_map(|device| open_one(device, counters)).ok_or(NoOutput)
}

/// The devices worth choosing from.
pub(super) fn list() -> Vec<OutputDevice> {
    let host = cpal::default_host();
    // Some systems do not list their default, only what lies behind it.
    let default = host.default_output_device();
    let others = host.output_devices().into_iter().flatten().filter(|device| !is_null(device));
    let mut known: Vec<OutputDevice> = Vec::new();
    for device in default.into_iter().chain(others) {
        let about = about(&device);
        let seen = known.iter().any(|other| other.id == about.id);
        if !seen && !about.id.is_empty() && !is_view(&about.id) {
            known.push(about);
        }
    }
    known
}

/// The default device at this moment; cheap enough to be asked for every few seconds.
pub(super) fn default_id() -> Option<String> {
    let device = cpal::default_host().default_output_device()?;
    device.id().ok().map(|id| id.to_string())
}

/// Whether a device is there.
pub(super) fn has(id: &str) -> bool {
    find(&cpal::default_host(), id).is_some()
}

/// Frames per buffer as the stream was opened.
pub(super) fn buffer_frames(sink: &MixerDeviceSink) -> Option<u32> {
    match sink.config().buffer_size() {
        BufferSize::Fixed(frames) => Some(*frames),
        BufferSize::Default => None,
    }
}

fn find(host: &cpal::Host, id: &str) -> Option<cpal::Device> {
    host.device_by_id(&DeviceId::from_str(id).ok()?)
}

fn about(device: &cpal::Device) -> OutputDevice {
    let id = device.id().map(|id| id.to_string()).unwrap_or_default();
    let name = device.description().map_or_else(|_| "Sound device".to_owned(), |d| d.name().to_owned());
    OutputDevice { id, name }
}

/// Whether this is one of ALSA's many views of a card, which nobody wants to choose from.
fn is_view(id: &str) -> bool {
    let Some(name) = id.strip_prefix("alsa:") else { return false };
    let word: String = name.chars().take_while(char::is_ascii_lowercase).collect();
    ALSA_VIEWS.contains(&word.as_str())
}

/// A device that swallows everything would look like playing without a sound.
fn is_null(device: &cpal::Device) -> bool {
    device.description().map_or(true, |d| d.driver().is_none_or(|driver| driver == "null"))
}

fn open_one(device: cpal::Device, counters: &Arc<Counters>) -> Option<OpenOutput> {
    let (health, about) = (Arc::new(Health::default()), about(&device));
    let opened = open_stream(device, &health, counters);
    let mut sink = opened.inspect_err(|error| tracing::debug!(%error, "a sound device could not be opened")).ok()?;
    sink.log_on_drop(false);
    Some(OpenOutput {
        format: OutputFormat { rate: sink.config().sample_rate(), channels: sink.config().channel_count() },
        device: about,
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
            ErrorKind::DeviceNotAvailable | ErrorKind::HostUnavailable => health.report(Condition::Gone),
            ErrorKind::StreamInvalidated => health.report(Condition::Broken),
            // The stream goes on: rerouted by the system, or without real-time priority.
            ErrorKind::DeviceChanged | ErrorKind::RealtimeDenied => {}
            // A late buffer, or something that passes; a stream that really died stops asking
            // for samples, which the player notices.
            _ => counters.count_device_glitch(),
        })
        .open_sink_or_fallback()
}

#[cfg(test)]
mod tests {
    #[test]
    fn views_of_a_card_are_not_offered() {
        for view in ["alsa:front:CARD=PCH,DEV=0", "alsa:surround51:CARD=PCH", "alsa:hw:CARD=PCH,DEV=0", "alsa:dmix"] {
            assert!(super::is_view(view), "{view}");
        }
        for device in ["alsa:default", "alsa:pulse", "alsa:plughw:CARD=PCH,DEV=0", "wasapi:hw", "coreaudio:front"] {
            assert!(!super::is_view(device), "{device}");
        }
    }
}
