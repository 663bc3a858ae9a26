//! A strict, streaming WAV reader of our own.
//!
//! General decoders crash on hostile files and reserve memory by what a header claims, so
//! recordings are parsed here: every length is a hint clamped to what exists, every number that
//! is divided by is checked, and every refusal has words for the person who wanted to listen.
//! Compressed WAV flavours (ADPCM, MP3 inside WAV) are refused by name, not decoded.

mod chunks;
mod error;
mod format;
mod probe;
mod reader;
mod samples;
mod sniff;
#[cfg(test)]
mod tests;

pub use error::WavError;
pub use format::SampleFormat;
pub use probe::{InspectLine, InspectResult, probe};
pub use reader::{Completeness, WavInfo, WavReader};
