//! Describes one WAV file on one line, for support and for checking.
//!
//! It opens the file and reads its header only; whether every sample decodes is the reader's
//! business.

use std::path::Path;

use serde::Serialize;

use super::{WavError, WavInfo, WavReader};

/// How a file would play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum InspectResult {
    /// All of it plays.
    Ok,
    /// The part that is there plays.
    Partial,
    /// It cannot be played.
    Error,
}

/// What `consult-desk inspect wav` prints for one file.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InspectLine {
    /// The file as it was named.
    pub file: String,
    /// How it would play.
    pub result: InspectResult,
    /// Why it does not play, or not to its end; otherwise `null`.
    pub reason: Option<String>,
    /// `pcm`, `float`, `alaw`, `mulaw`, `ima_adpcm` or `ms_adpcm`.
    pub format: Option<&'static str>,
    /// Frames per second (Hz).
    pub rate: Option<u32>,
    /// Channels per frame.
    pub channels: Option<u16>,
    /// Bits per sample as the header states them.
    pub bits: Option<u16>,
    /// Frames that are really there.
    pub frames: Option<u64>,
    /// Their length in seconds.
    pub seconds: Option<f64>,
}

/// Looks at a file's header and says how the file would play.
pub fn probe(path: &Path) -> InspectLine {
    let file = path.to_string_lossy().into_owned();
    match WavReader::open_file(path) {
        Ok(reader) => playable(file, reader.info()),
        Err(error) => refused(file, &error),
    }
}

fn playable(file: String, info: &WavInfo) -> InspectLine {
    let reason = info.partial_reason().map(str::to_owned);
    InspectLine {
        file,
        result: match reason {
            None => InspectResult::Ok,
            Some(_) => InspectResult::Partial,
        },
        reason,
        format: Some(info.format.name()),
        rate: Some(info.rate),
        channels: Some(info.channels),
        bits: Some(info.bits),
        frames: Some(info.frames),
        seconds: Some(info.seconds()),
    }
}

fn refused(file: String, error: &WavError) -> InspectLine {
    InspectLine {
        file,
        result: InspectResult::Error,
        reason: Some(error.to_string()),
        format: None,
        rate: None,
        channels: None,
        bits: None,
        frames: None,
        seconds: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_is_a_line_and_not_a_crash() {
        let line = probe(Path::new("/nowhere/at-all.wav"));
        let json = serde_json::to_value(&line).unwrap();
        assert_eq!(json["result"], "error");
        assert_eq!(json["reason"], "The recording is no longer on this computer.");
        assert!(json["frames"].is_null());
        let keys: Vec<_> = json.as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys.join(","), "file,result,reason,format,rate,channels,bits,frames,seconds");
    }
}
