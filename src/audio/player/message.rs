//! What can be asked of the player and what it answers.
//!
//! Plain data. A `token` is chosen by whoever loads a recording and comes back with every event
//! about it, so that an answer about the recording before the last is recognised as late.

use crate::audio::growing::Growing;
use crate::audio::output::OutputDevice;

/// A wish. Positions are milliseconds from the start of the recording.
#[derive(Debug, Clone)]
pub enum PlayerCommand {
    /// Takes up a recording, paused at `position_ms`. Answered by `Loaded`, as soon as its header
    /// has arrived, or by `LoadFailed`; whatever was playing before stops either way, and a loop
    /// is forgotten.
    Load {
        /// Chosen by the sender; comes back with every event about this recording.
        token: u64,
        /// A WAV file on this computer, whole or still arriving.
        source: Growing,
        /// Where to stand, in milliseconds; clamped to the recording.
        position_ms: u64,
    },
    /// Plays on; from the start when the end was reached. Answered by `Playing` or `NoDevice`;
    /// before `Loaded`, by `Waiting` now and `Playing` once it is loaded.
    Play,
    /// Pauses. Answered by `Paused` if it was playing.
    Pause,
    /// Goes to this many milliseconds, clamped to the recording, playing or not. Answered by one
    /// `Position`.
    SeekTo(u64),
    /// Goes this many milliseconds on, or back, from the frame that is handed out now: a place that was told is a
    /// tenth of a second old when a person presses a key. Clamped and answered like `SeekTo`.
    SeekBy(i64),
    /// Sets the amplitude factor, 0 (silent) to 1 (as recorded); others are clamped. A slider
    /// that should feel even squares its value first.
    SetVolume(f32),
    /// Sets the speed, 0.5 to 3 (others are clamped); voices keep their pitch. Stays for the
    /// recordings that follow.
    SetSpeed(f32),
    /// Shortens long silences while playing, or no longer. Stays.
    SetSkipSilence(bool),
    /// Makes faint voices loud without clipping, or no longer. Stays.
    SetBoost(bool),
    /// Plays from the first to the second millisecond again and again once it comes there; a
    /// place outside is played on from as ever. `None` ends it.
    SetLoop(Option<(u64, u64)>),
    /// Plays on this device from now on (`None`: on the system's default, following it when it
    /// changes), at the same place. Answered by `Outputs`.
    SetOutput(Option<String>),
    /// Asks which devices there are. Answered by `Outputs`, on some systems after a second.
    ListOutputs,
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
    /// The sound has run out, or cannot begin, because its data has not arrived. Followed by
    /// `Playing` when it goes on.
    Waiting {
        /// The recording that waits.
        token: u64,
        /// Where, in milliseconds.
        position_ms: u64,
    },
    /// The recording is longer or shorter than it was said to be.
    LengthChanged {
        /// The recording.
        token: u64,
        /// Its length in milliseconds.
        duration_ms: u64,
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
    /// The sound devices of this computer: as asked for, and whenever the player has moved to
    /// another one by itself.
    Outputs {
        /// What can be chosen.
        devices: Vec<OutputDevice>,
        /// The id of the device in use, or of the one that would be used.
        current: Option<String>,
    },
}
