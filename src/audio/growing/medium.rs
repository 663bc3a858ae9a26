//! Where the bytes of a recording lie: in a plain file, or wherever else somebody can read them from.
//! Keeping and sealing files is not the business of whoever plays them.

use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek};
use std::path::PathBuf;

/// The bytes of one recording, opened anew by each of its readers.
pub trait Medium: Send + Sync {
    /// Opens it at its first byte. What proves damaged on reading is [`ErrorKind::InvalidData`].
    fn open(&self) -> io::Result<Box<dyn ReadSeek>>;

    /// The length of a finished recording.
    fn length(&self) -> io::Result<u64>;
}

/// What can be read at any place, on any thread.
pub trait ReadSeek: Read + Seek + Send {}

impl<T: Read + Seek + Send> ReadSeek for T {}

/// A plain file.
impl Medium for PathBuf {
    fn open(&self) -> io::Result<Box<dyn ReadSeek>> {
        Ok(Box::new(File::open(self)?))
    }

    fn length(&self) -> io::Result<u64> {
        let about = std::fs::metadata(self)?;
        if about.is_dir() { Err(ErrorKind::IsADirectory.into()) } else { Ok(about.len()) }
    }
}
