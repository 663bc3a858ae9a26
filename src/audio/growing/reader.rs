//! Reading a recording that may still be arriving: what is here is delivered, what is not is asked for.
//! Which bytes are here is the business of [`Growing`]; nothing waits in here.

use std::fmt;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::{Growing, ReadSeek};

/// Reads a [`Growing`] file: what is here is delivered, what is not is [`ErrorKind::WouldBlock`].
pub struct GrowingReader {
    growing: Growing,
    generation: u64,
    file: Option<Box<dyn ReadSeek>>,
    /// Where the file's own position stands.
    file_at: u64,
    at: u64,
}

/// What a reader may do at its position.
enum Turn {
    End,
    Read(u64),
}

impl GrowingReader {
    /// Stands at the first byte; without a file it opens one when its first bytes are read.
    pub(super) fn new(growing: Growing, generation: u64, file: Option<Box<dyn ReadSeek>>) -> Self {
        Self { growing, generation, file, file_at: 0, at: 0 }
    }

    /// The file it reads.
    pub fn growing(&self) -> &Growing {
        &self.growing
    }

    fn turn(&self) -> io::Result<Turn> {
        let state = self.growing.state();
        if state.generation != self.generation {
            return Err(ErrorKind::StaleNetworkFileHandle.into());
        }
        if state.total.is_some_and(|total| self.at >= total) {
            return Ok(Turn::End);
        }
        if let Some(here) = state.here(self.at) {
            let end = state.total.map_or(here.end, |total| here.end.min(total));
            return Ok(Turn::Read(end.saturating_sub(self.at)));
        }
        let failed = state.failed;
        drop(state);
        self.growing.want(self.at);
        Err(if failed { ErrorKind::ConnectionAborted } else { ErrorKind::WouldBlock }.into())
    }

    fn open(&mut self) -> io::Result<&mut dyn ReadSeek> {
        let file = match self.file.take() {
            Some(file) => file,
            None => self.open_medium()?,
        };
        Ok(self.file.insert(file).as_mut())
    }

    fn open_medium(&self) -> io::Result<Box<dyn ReadSeek>> {
        let (medium, whole) = {
            let state = self.growing.state();
            (Arc::clone(&state.medium), state.whole)
        };
        medium.open().map_err(|e| match e.kind() {
            // The part has been renamed and the news of it is on its way.
            ErrorKind::NotFound if !whole => ErrorKind::WouldBlock.into(),
            _ => e,
        })
    }

    fn read_here(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let (at, file_at) = (self.at, self.file_at);
        let file = self.open()?;
        if file_at != at {
            file.seek(SeekFrom::Start(at))?;
        }
        let came = file.read(out);
        // After an error nobody knows where the file stands; no file reaches this position.
        self.file_at = came.as_ref().map_or(u64::MAX, |came| at.saturating_add(*came as u64));
        came
    }
}

impl Read for GrowingReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        let Turn::Read(here) = self.turn()? else { return Ok(0) };
        let room = out.len().min(usize::try_from(here).unwrap_or(usize::MAX));
        let came = self.read_here(out.get_mut(..room).unwrap_or_default());
        if let Err(error) = &came {
            self.growing.look_for_damage(error);
        }
        let (stale, whole) = {
            let state = self.growing.state();
            (state.generation != self.generation, state.whole)
        };
        // A restart in between may have put bytes of the new version under the reader.
        if stale {
            return Err(ErrorKind::StaleNetworkFileHandle.into());
        }
        let came = came?;
        // Bytes that were reported are gone: that is no end of the recording.
        if came == 0 && !whole {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.at = self.at.saturating_add(came as u64);
        Ok(came)
    }
}

impl Seek for GrowingReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => {
                let total = {
                    let state = self.growing.state();
                    if state.generation != self.generation {
                        return Err(ErrorKind::StaleNetworkFileHandle.into());
                    }
                    state.total
                };
                total.ok_or(ErrorKind::WouldBlock)?.checked_add_signed(by)
            }
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl fmt::Debug for GrowingReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GrowingReader").field("growing", &self.growing).field("at", &self.at).finish_non_exhaustive()
    }
}
