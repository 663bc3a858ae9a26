//! Says in words which sound device would be used, for `consult-desk doctor`.
//!
//! It looks and asks, but opens no stream: running the diagnosis must not disturb a recording
//! that is playing.

use rodio::cpal::traits::{DeviceTrait as _, HostTrait as _};
use rodio::cpal::{self, ErrorKind};

/// One line about the default output device, for example
/// `Speakers (48000 Hz, 2 channels)` or `no sound device was found`.
pub fn describe_default_output() -> String {
    let Some(device) = cpal::default_host().default_output_device() else {
        return "no sound device was found".into();
    };
    let name = device.description().map_or_else(|_| "unnamed device".into(), |d| d.name().to_owned());
    match device.default_output_config() {
        Ok(config) => format!("{name} ({} Hz, {} channels)", config.sample_rate(), config.channels()),
        Err(error) => format!("{name}: {}", trouble(error.kind())),
    }
}

fn trouble(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::DeviceBusy => "in use by another program",
        ErrorKind::PermissionDenied => "this user may not use it",
        ErrorKind::HostUnavailable | ErrorKind::BackendError => "the system's sound service does not answer",
        ErrorKind::DeviceNotAvailable => "not connected",
        _ => "it does not say how it wants its sound",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn always_says_something() {
        assert!(!super::describe_default_output().is_empty());
    }
}
