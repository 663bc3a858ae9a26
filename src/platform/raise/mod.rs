//! A second start raises the window of the first: the one that finds the profile taken asks the one that holds it,
//! by a way that only this person can use: a socket in the data folder, on Windows a named pipe.
//! Whoever holds the profile's lock owns the way, so one that is left over from a crash is simply replaced.
//! What can be said is one short line (`line.rs`): "show yourself", or that and which link was clicked.

#[cfg(unix)]
#[path = "socket.rs"]
mod here;
#[cfg(windows)]
#[path = "pipe.rs"]
mod here;
mod line;
#[cfg(test)]
mod tests;

pub use line::SecondStart;

use std::io;
use std::path::Path;
use std::time::Duration;

/// A desk that runs answers within milliseconds; one that hangs is told about in words.
const PATIENCE: Duration = Duration::from_secs(2);

/// Answers second starts until it is dropped.
#[derive(Debug)]
pub struct RaiseListener {
    _here: here::Listener,
}

impl RaiseListener {
    /// Only called by the one that holds the profile's lock. `on_start` is called on another thread.
    pub fn start(folder: &Path, on_start: impl Fn(SecondStart) + Send + 'static) -> io::Result<Self> {
        Ok(Self { _here: here::Listener::start(folder, on_start)? })
    }
}

/// Asks the desk that runs with this data to show itself, and to open what was clicked; whether it said that it will.
pub fn raise_first(folder: &Path, start: &SecondStart) -> bool {
    let asked =
        start.line().ok_or_else(|| io::ErrorKind::InvalidInput.into()).and_then(|line| here::ask(folder, &line));
    asked.inspect_err(|error| tracing::debug!(kind = %error.kind(), "the first desk was not reached")).is_ok()
}

/// The same for the same folder and no other, short enough for any name.
fn mark_of(parts: &[&[u8]]) -> String {
    use sha2::{Digest as _, Sha256};
    use std::fmt::Write as _;
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    digest.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(not(any(unix, windows)))]
mod here {
    use super::SecondStart;
    use std::io;
    use std::path::Path;

    #[derive(Debug)]
    pub(super) struct Listener;

    impl Listener {
        pub(super) fn start(_folder: &Path, _on_start: impl Fn(SecondStart) + Send + 'static) -> io::Result<Self> {
            Err(io::ErrorKind::Unsupported.into())
        }
    }

    pub(super) fn ask(_folder: &Path, _line: &[u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
