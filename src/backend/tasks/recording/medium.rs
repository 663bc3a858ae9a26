//! The store's recordings as the player knows them: something that can be opened and read at any place.

use crate::audio::{Medium, ReadSeek};
use crate::domain::ConsultationKey;
use crate::store::{RecordingFile, Recordings};
use std::io;
use std::sync::Arc;

/// A recording that is here in full.
struct Stored(RecordingFile);

/// One that is arriving.
struct Arriving {
    recordings: Recordings,
    key: ConsultationKey,
}

pub(super) fn stored(file: &RecordingFile) -> Arc<dyn Medium> {
    Arc::new(Stored(file.clone()))
}

pub(super) fn arriving(recordings: &Recordings, key: &ConsultationKey) -> Arc<dyn Medium> {
    Arc::new(Arriving { recordings: recordings.clone(), key: key.clone() })
}

impl Medium for Stored {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(self.0.open()?))
    }

    fn length(&self) -> io::Result<u64> {
        Ok(self.0.bytes)
    }
}

impl Medium for Arriving {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(self.recordings.read_part(&self.key)?))
    }

    /// Nobody knows before it is finished.
    fn length(&self) -> io::Result<u64> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
