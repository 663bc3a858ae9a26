//! A sealed file while bytes still arrive in any order: its unfinished chunks stand in memory, where its readers find
//! them, and go to the disk when they are full, when there are too many of them, or when asked for.
//! So every chunk is sealed about once, however small the pieces are that it comes in.
//!
//! Two locks: `disk` is held while a chunk is sealed and written, so that an older state never follows a newer one;
//! `open` only while bytes are copied. Readers take `open` alone and therefore never wait for the disk of a writer.

use super::cipher::{CLOSING, ChunkState, FileCipher};
use super::{CHUNK, FileId, HEADER, Slot, damaged, slot_start};
use std::fmt;
use std::fs::File;
use std::io::{self, ErrorKind, Seek as _, SeekFrom, Write as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zeroize::Zeroizing;

/// Chunks in memory at a time: where the stream stands, and where the jumps of the player began and ended.
const MOST_OPEN: usize = 4;

/// Shared by the one who writes a file and all who read it.
pub struct Live {
    cipher: Arc<FileCipher>,
    disk: Mutex<Disk>,
    open: Mutex<OpenChunks>,
}

struct Disk {
    /// `None` while nobody writes.
    file: Option<File>,
    /// Counts those who have written so far; the last one is who writes now.
    writer: u64,
    slot: Slot,
}

#[derive(Default)]
struct OpenChunks {
    chunks: Vec<OpenChunk>,
    /// Chunks taken in hand so far.
    count: u64,
}

/// What becomes of a chunk in memory once the disk has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AndThen {
    Keep,
    Forget,
}

struct OpenChunk {
    index: u64,
    content: Zeroizing<Vec<u8>>,
    /// Changes since it was taken in hand, and how many of them the disk has.
    changes: u64,
    on_disk: u64,
}

impl Live {
    pub fn new(cipher: FileCipher) -> Self {
        let disk = Disk { file: None, writer: 0, slot: Slot::new() };
        Self { cipher: Arc::new(cipher), disk: Mutex::new(disk), open: Mutex::default() }
    }

    pub fn id(&self) -> FileId {
        self.cipher.id()
    }

    pub(super) fn cipher(&self) -> &Arc<FileCipher> {
        &self.cipher
    }

    /// Somebody begins to write, to this file; the number is to be told when it ends.
    pub fn begin_writing(&self, file: File) -> u64 {
        let mut disk = self.lock_disk();
        disk.file = Some(file);
        disk.writer += 1;
        disk.writer
    }

    /// Gives the file back, unless somebody else writes by now.
    pub fn end_writing(&self, writer: u64) -> Option<File> {
        let mut disk = self.lock_disk();
        if disk.writer == writer { disk.file.take() } else { None }
    }

    /// Begins the file anew: nothing but a header.
    pub fn begin(&self) -> io::Result<()> {
        let header = self.cipher.seal_header()?;
        let mut disk = self.lock_disk();
        disk.file()?.set_len(0)?;
        // Zeros stand where the closing seal will be.
        disk.file()?.set_len(HEADER as u64)?;
        disk.write_at(0, &header)
    }

    /// Puts bytes of one chunk where they belong. `is_fresh`: nothing of this chunk has been written before.
    pub fn put(&self, index: u64, within: usize, bytes: &[u8], is_fresh: bool) -> io::Result<()> {
        if let Some(chunk) = self.lock_open().find(index) {
            return chunk.put(within, bytes);
        }
        let mut content = Zeroizing::new(vec![0; CHUNK]);
        if !is_fresh {
            let disk = &mut *self.lock_disk();
            let file = disk.file.as_mut().ok_or(ErrorKind::NotConnected)?;
            disk.slot.load(file, &self.cipher, index)?.ok_or_else(damaged)?;
            content.copy_from_slice(disk.slot.body());
        }
        let mut chunk = OpenChunk { index, content, changes: 0, on_disk: 0 };
        chunk.put(within, bytes)?;
        self.make_room()?;
        let mut open = self.lock_open();
        open.chunks.push(chunk);
        open.count += 1;
        Ok(())
    }

    /// Writes a chunk of which all bytes have come at once.
    pub fn put_whole(&self, index: u64, bytes: &[u8]) -> io::Result<()> {
        let mut disk = self.lock_disk();
        disk.slot.body_mut().copy_from_slice(bytes.get(..CHUNK).ok_or(ErrorKind::InvalidInput)?);
        disk.seal_and_write(&self.cipher, index, ChunkState::Closed)?;
        let mut open = self.lock_open();
        open.forget(index);
        open.count += 1;
        Ok(())
    }

    /// All bytes of this chunk are here: it goes to the disk and never changes any more.
    pub fn close(&self, index: u64) -> io::Result<()> {
        self.write(index, ChunkState::Closed, AndThen::Forget)
    }

    /// Brings everything to the file that stands in memory only. The disk may still hold it back.
    pub fn flush(&self) -> io::Result<()> {
        let changed: Vec<u64> = self.lock_open().changed().collect();
        changed.into_iter().try_for_each(|index| self.write(index, ChunkState::Open, AndThen::Keep))
    }

    /// Nobody writes any more: everything goes to the file, and readers find it there. What the disk would not take
    /// stays in memory for them.
    pub fn put_away(&self, writer: u64) {
        if self.lock_disk().writer != writer {
            return;
        }
        let open = self.lock_open().indices();
        for index in open {
            self.write(index, ChunkState::Open, AndThen::Forget).ok();
        }
        self.end_writing(writer);
    }

    /// Waits until the disk has what was written.
    pub fn sync(&self) -> io::Result<()> {
        // On a handle of its own, so that bytes go on arriving meanwhile.
        let handle = self.lock_disk().file()?.try_clone()?;
        handle.sync_data()
    }

    /// Seals the length of the content, which makes the file a finished one.
    pub fn seal_length(&self, total: u64) -> io::Result<()> {
        let end = self.cipher.seal_length(total)?;
        self.lock_disk().write_at(CLOSING as u64, &end)
    }

    /// Takes bytes of a chunk that stands in memory. When it does not, the answer is how many chunks have been taken
    /// in hand so far: while that stays the same, what the disk has of the others stays the same.
    pub(super) fn copy(&self, index: u64, within: usize, out: &mut [u8]) -> Result<(), u64> {
        let mut open = self.lock_open();
        let count = open.count;
        let there = open.find(index).and_then(|chunk| chunk.content.get(within..within + out.len()));
        out.copy_from_slice(there.ok_or(count)?);
        Ok(())
    }

    fn make_room(&self) -> io::Result<()> {
        let oldest = {
            let open = self.lock_open();
            open.chunks.first().map(|chunk| chunk.index).filter(|_| open.chunks.len() >= MOST_OPEN)
        };
        if let Some(index) = oldest {
            self.write(index, ChunkState::Open, AndThen::Forget)?;
        }
        Ok(())
    }

    /// Writes a chunk as it stands in memory now. It leaves the memory before anybody else may write it: a note that
    /// is taken at this moment would otherwise put the open chunk over the closed one.
    fn write(&self, index: u64, state: ChunkState, and_then: AndThen) -> io::Result<()> {
        let mut disk = self.lock_disk();
        let changes = {
            let mut open = self.lock_open();
            let Some(chunk) = open.find(index) else { return Ok(()) };
            disk.slot.body_mut().copy_from_slice(&chunk.content);
            chunk.changes
        };
        disk.seal_and_write(&self.cipher, index, state)?;
        let mut open = self.lock_open();
        match and_then {
            AndThen::Forget => open.forget(index),
            AndThen::Keep => open.find(index).into_iter().for_each(|chunk| chunk.on_disk = changes),
        }
        Ok(())
    }

    fn lock_disk(&self) -> MutexGuard<'_, Disk> {
        self.disk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn lock_open(&self) -> MutexGuard<'_, OpenChunks> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Live").finish_non_exhaustive()
    }
}

impl Disk {
    fn file(&mut self) -> io::Result<&mut File> {
        self.file.as_mut().ok_or_else(|| ErrorKind::NotConnected.into())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let file = self.file()?;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)
    }

    fn seal_and_write(&mut self, cipher: &FileCipher, index: u64, state: ChunkState) -> io::Result<()> {
        let Self { file, slot, .. } = self;
        let file = file.as_mut().ok_or(ErrorKind::NotConnected)?;
        cipher.seal_slot(index, state, &mut slot.0)?;
        file.seek(SeekFrom::Start(slot_start(index)))?;
        file.write_all(&slot.0)
    }
}

impl OpenChunks {
    fn find(&mut self, index: u64) -> Option<&mut OpenChunk> {
        self.chunks.iter_mut().find(|chunk| chunk.index == index)
    }

    fn forget(&mut self, index: u64) {
        self.chunks.retain(|chunk| chunk.index != index);
    }

    fn indices(&self) -> Vec<u64> {
        self.chunks.iter().map(|chunk| chunk.index).collect()
    }

    fn changed(&self) -> impl Iterator<Item = u64> {
        self.chunks.iter().filter(|chunk| chunk.on_disk != chunk.changes).map(|chunk| chunk.index)
    }
}

impl OpenChunk {
    fn put(&mut self, within: usize, bytes: &[u8]) -> io::Result<()> {
        let room = self.content.get_mut(within..within + bytes.len()).ok_or(ErrorKind::InvalidInput)?;
        room.copy_from_slice(bytes);
        self.changes += 1;
        Ok(())
    }
}
