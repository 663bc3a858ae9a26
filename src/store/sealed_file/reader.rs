//! Reading a sealed file as if it were a plain one. One chunk is held in memory, whatever the file's length.

use super::cipher::ChunkState;
use super::{CHUNK, FileCipher, FileId, Live, Slot, damaged, place_of};
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

/// A chunk that is being rewritten at this moment is looked for again so many times: in memory, where it stands until
/// the disk has it, then on the disk. More than two are hardly ever needed.
const TRIES: usize = 16;

/// Reads the content of a sealed file. What does not prove itself is [`ErrorKind::InvalidData`], never other bytes.
pub struct SealedReader {
    file: File,
    cipher: Arc<FileCipher>,
    /// The file may still be arriving.
    live: Option<Arc<Live>>,
    total: Option<u64>,
    at: u64,
    slot: Slot,
    held: Option<Held>,
}

/// The chunk in memory.
#[derive(Clone, Copy)]
struct Held {
    index: u64,
    state: ChunkState,
    /// How many chunks had been taken in hand when it was read: a chunk that is not closed may have changed since
    /// when there are more by now.
    opened: u64,
}

impl SealedReader {
    pub(super) fn finished(file: File, cipher: FileCipher, total: u64) -> Self {
        let cipher = Arc::new(cipher);
        Self { file, cipher, live: None, total: Some(total), at: 0, slot: Slot::new(), held: None }
    }

    /// A file that is still arriving. Which bytes of it are there is known elsewhere; others do not prove themselves.
    pub(in super::super) fn arriving(file: File, live: Arc<Live>) -> Self {
        let cipher = Arc::clone(live.cipher());
        Self { file, cipher, live: Some(live), total: None, at: 0, slot: Slot::new(), held: None }
    }

    /// Which file it is, whatever its name.
    pub(in super::super) fn id(&self) -> FileId {
        self.cipher.id()
    }

    /// The length of the content, when that is known.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The content ends here, which an arriving file cannot know.
    #[must_use]
    pub fn with_length(mut self, total: u64) -> Self {
        self.total = Some(total);
        self
    }

    /// Takes bytes of one chunk.
    fn take(&mut self, index: u64, within: usize, out: &mut [u8]) -> io::Result<()> {
        for _ in 0..TRIES {
            let opened = match self.live.as_ref().map(|live| live.copy(index, within, out)) {
                Some(Ok(())) => return Ok(()),
                Some(Err(opened)) => opened,
                None => 0,
            };
            if self.hold(index, opened)? {
                let there = self.slot.body().get(within..within + out.len()).ok_or_else(damaged)?;
                out.copy_from_slice(there);
                return Ok(());
            }
            if self.live.is_none() {
                break;
            }
            std::thread::yield_now();
        }
        Err(damaged())
    }

    /// Makes sure that a chunk is in memory as it is now; `false` when it does not prove itself.
    fn hold(&mut self, index: u64, opened: u64) -> io::Result<bool> {
        let holds = |held: &Held| held.index == index && (held.state == ChunkState::Closed || held.opened == opened);
        if self.held.as_ref().is_some_and(holds) {
            return Ok(true);
        }
        self.held = None;
        let state = self.slot.load(&mut self.file, &self.cipher, index)?;
        // Only a file that still arrives has chunks that are not closed.
        let state = state.filter(|state| *state == ChunkState::Closed || self.live.is_some());
        self.held = state.map(|state| Held { index, state, opened });
        Ok(self.held.is_some())
    }
}

impl Read for SealedReader {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = self.total.map_or(u64::MAX, |total| total.saturating_sub(self.at));
        let (index, within) = place_of(self.at);
        let room = out.len().min(CHUNK - within).min(usize::try_from(left).unwrap_or(usize::MAX));
        if room > 0 {
            self.take(index, within, out.get_mut(..room).unwrap_or_default())?;
            self.at += room as u64;
        }
        Ok(room)
    }
}

impl Seek for SealedReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.total.ok_or(ErrorKind::Unsupported)?.checked_add_signed(by),
        };
        self.at = target.ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

impl fmt::Debug for SealedReader {
    /// Without the content.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SealedReader").field("total", &self.total).field("at", &self.at).finish_non_exhaustive()
    }
}
