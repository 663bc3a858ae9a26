//! Hearing a recording: reading it, playing it, and saying why it cannot be played.
//!
//! ```text
//! Growing ── wav::WavReader ── "audio-reader" thread ── ring of atomics ── Transport ── sound card
//!                    (mix, loop, silence, speed, rate, boost)                   (audio callback)
//! commands ── PlayerHandle ── "player" thread ── events
//! ```
//!
//! Samples are our own from the file to the card: the sound library opens the device and calls
//! back, it never decodes a file and never resamples. Nothing here knows what a consultation is,
//! draws, downloads or waits on the network. Times are milliseconds of the recording in commands
//! and events, and frames (one sample of every channel) inside.

pub mod doctor;
pub mod growing;
pub mod output;
pub mod peaks;
pub mod player;
mod transport;
pub mod wav;

pub use growing::{Growing, GrowingReader, Medium, ReadSeek};
pub use output::{OutputDevice, OutputKind, Silent};
pub use player::{Player, PlayerBusy, PlayerCommand, PlayerEvent, PlayerHandle, PlayerOptions, PlayerStats};
pub use wav::{InspectLine, InspectResult, WavError, WavInfo, WavReader, probe};
