//! What the fuzz targets share: the WAV reader itself, its trials, and a memory that counts.
//!
//! The reader's sources are mounted here, so that a target is built in seconds and without the
//! window. Nothing of this is part of the program.

pub mod memory;
#[path = "../../src/audio/wav/trials.rs"]
pub mod trials;
#[path = "../../src/audio/wav/mod.rs"]
pub mod wav;

pub use wav::{SampleFormat, WavError, WavReader};
