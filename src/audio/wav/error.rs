//! Why a recording cannot be played, in words a receptionist understands.
//!
//! The texts never carry a path or a file name: names of exported recordings contain
//! patients' names, and these texts may be logged.

use std::io::{self, ErrorKind};

/// Why a WAV recording could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
    /// The bytes that are needed have not arrived yet; trying again later may succeed.
    #[error("This part of the recording has not arrived yet.")]
    Waiting,
    /// The bytes are something else; `found` says what, with its article ("a web page").
    #[error("This is not a WAV recording: it looks like {found}.")]
    NotWav {
        /// What the bytes look like, with its article.
        found: &'static str,
    },
    /// It began as a WAV file but its structure makes no sense; the reason completes the sentence.
    #[error("This recording is damaged: {0}.")]
    Damaged(&'static str),
    /// A valid header with nothing to hear behind it.
    #[error("This recording contains no sound.")]
    NoAudio,
    /// The sound ended before the place where it should have; the text is a whole sentence.
    #[error("{0}")]
    EndedEarly(String),
    /// A healthy file that uses something this reader does not speak.
    #[error("This recording is stored as {0}, which cannot be played here.")]
    Unsupported(String),
    /// The disk or the source failed.
    #[error("{}", io_words(.0.kind()))]
    Io(#[source] io::Error),
}

impl WavError {
    /// Whether the file under the reader was replaced by another version, so that the recording
    /// must be opened anew.
    pub fn is_stale(&self) -> bool {
        matches!(self, Self::Io(e) if e.kind() == ErrorKind::StaleNetworkFileHandle)
    }
}

impl From<io::Error> for WavError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            ErrorKind::WouldBlock => Self::Waiting,
            _ => Self::Io(error),
        }
    }
}

/// Operating-system texts differ by system and may quote paths, so only the kind is spoken.
fn io_words(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::NotFound => "The recording is no longer on this computer.",
        ErrorKind::PermissionDenied => "This computer does not allow the recording to be read.",
        ErrorKind::IsADirectory => "This is a folder, not a recording.",
        ErrorKind::ConnectionAborted => "The rest of this recording has not arrived: the download was interrupted.",
        ErrorKind::StaleNetworkFileHandle => "This recording was replaced by another version while it was open.",
        _ => "The recording could not be read from the disk.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_whole_sentences_without_system_words() {
        let lost = WavError::from(io::Error::new(ErrorKind::NotFound, "/home/x/Bella.wav"));
        assert_eq!(lost.to_string(), "The recording is no longer on this computer.");
        assert_eq!(
            WavError::NotWav { found: "a web page" }.to_string(),
            "This is not a WAV recording: it looks like a web page."
        );
        assert_eq!(
            WavError::Unsupported("GSM 6.10".into()).to_string(),
            "This recording is stored as GSM 6.10, which cannot be played here."
        );
    }

    #[test]
    fn waiting_and_replacement_are_told_from_failures() {
        assert!(matches!(WavError::from(io::Error::from(ErrorKind::WouldBlock)), WavError::Waiting));
        assert!(WavError::from(io::Error::from(ErrorKind::StaleNetworkFileHandle)).is_stale());
        assert!(!WavError::from(io::Error::from(ErrorKind::ConnectionAborted)).is_stale());
    }
}
