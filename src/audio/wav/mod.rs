//! A strict, streaming WAV reader of our own.
//!
//! General decoders crash on hostile files and reserve memory by what a header claims, so
//! recordings are parsed here: every length is a hint clamped to what exists, every number that
//! is divided by is checked, and every refusal has words for the person who wanted to listen.
//! A source may still be arriving: what is not here yet is [`WavError::Waiting`]. The two ADPCM
//! flavours of dictaphones are decoded; other compressed ones (MP3 inside WAV) are refused by name.

mod adpcm;
#[cfg(test)]
mod arriving_tests;
mod chunks;
mod error;
mod format;
mod info;
#[cfg(test)]
mod mutation_tests;
mod probe;
mod reader;
mod samples;
mod sniff;
mod spans;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod trials;

pub use error::WavError;
pub use format::SampleFormat;
pub use info::{Completeness, RawLayout, WavInfo};
pub use probe::{InspectLine, InspectResult, probe};
pub use reader::WavReader;
