//! Why a recording cannot be played, in words a receptionist understands.
//!
//! The texts never carry a path or a file name: names of exported recordings contain
//! patients' names, and these texts may be logged.

use std::io;

/// Why a WAV recording could not be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum WavError {
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
    /// A healthy file that uses something this reader does not speak.
    #[error("This recording is stored as {0}, which cannot be played here.")]
    Unsupported(String),
    /// The disk or the source failed.
    #[error("{}", io_words(.0.kind()))]
    Io(#[from] io::Error),
}

/// Operating-system texts differ by system and may quote paths, so only the kind is spoken.
fn io_words(kind: io::ErrorKind) -> &'static str {
    match kind {
        io::ErrorKind::NotFound => "The recording is no longer on this computer.",
        io::ErrorKind::PermissionDenied => "This computer does not allow the recording to be read.",
        io::ErrorKind::IsADirectory => "This is a folder, not a recording.",
        _ => "The recording could not be read from the disk.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_whole_sentences_without_system_words() {
        let lost = WavError::from(io::Error::new(io::ErrorKind::NotFound, "/home/x/Bella.wav"));
        assert_eq!(lost.to_string(), "The recording is no longer on this computer.");
        assert_eq!(
            WavError::NotWav { found: "a web page" }.to_string(),
            "This is not a WAV recording: it looks like a web page."
        );
        assert_eq!(
            WavError::Unsupported("IMA ADPCM".into()).to_string(),
            "This recording is stored as IMA ADPCM, which cannot be played here."
        );
    }
}
