//! What can be asked of the player and what it answers.
//!
//! Plain data. A `token` is chosen by whoever loads a recording and comes back with every event
//! about it, so that an answer about the recording before the last is recognised as late.

use std::path::PathBuf;

/// A wish. Positions are milliseconds from the start of the recording.
#[derive(Debug, Clone, PartialEq)]
pub enum PlayerCommand {
    /// Takes up a recording, paused at `position_ms`. Answered by `Loaded` or `LoadFailed`;
    /// whatever was playing before stops either way.
    Load {
        /// Chosen by the sender; comes back with every event about this recording.
        token: u64,
        /// A WAV file on this computer.
        path: PathBuf,
        /// Where to stand, in milliseconds; clamped to the recording.
        position_ms: u64,
    },
    /// Plays on; from the start when the end was reached. Answered by `Playing` or `NoDevice`.
    Play,
    /// Pauses. Answered by `Paused` if it was playing.
    Pause,
    /// Goes to this many milliseconds, clamped to the recording, playing or not. Answered by one
    /// `Position`.
    SeekTo(u64),
    /// Sets the amplitude factor, 0 (silent) to 1 (as recorded); others are clamped. A slider
    /// that should feel even squares its value first.
    SetVolume(f32),
    /// Lets the recording go.
    Stop,
}

/// Something that happened. Positions and lengths are milliseconds of the recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlayerEvent {
    /// The recording can be played. Followed by nothing until `Play`.
    Loaded {
        /// The token of its `Load`.
        token: u64,
        /// Its real length in milliseconds.
        duration_ms: u64,
        /// Why not all of it is there, as a sentence, if so.
        partial: Option<String>,
    },
    /// The recording cannot be played, or not any further.
    LoadFailed {
        /// The token of its `Load`.
        token: u64,
        /// Why, as a sentence for the person who wanted to listen.
        reason: String,
    },
    /// It plays.
    Playing {
        /// The recording that plays.
        token: u64,
    },
    /// It has paused.
    Paused {
        /// The recording that paused.
        token: u64,
        /// Where, in milliseconds.
        position_ms: u64,
    },
    /// Where it is: about ten times a second while playing, and once after each seek. What is
    /// heard lags behind by the device's buffer, about 50 ms.
    Position {
        /// The recording that plays.
        token: u64,
        /// Where, in milliseconds.
        position_ms: u64,
    },
    /// It has played to its end and stands there.
    Ended {
        /// The recording that ended.
        token: u64,
    },
    /// Playing was asked for and there is no sound device; `Play` tries again.
    NoDevice,
    /// The sound device went away while playing; the recording is paused and `Play` tries again.
    DeviceLost {
        /// The recording that was playing.
        token: u64,
        /// Where it stopped, in milliseconds.
        position_ms: u64,
    },
    /// There is a sound device again; `Playing` follows.
    DeviceBack,
}
