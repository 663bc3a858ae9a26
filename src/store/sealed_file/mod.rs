//! A file of any length that is encrypted, authentic, and still read and written at any place.
//!
//! ```text
//! "CDSEALED" version kind │ file id │ opening seal │ closing seal: length │ chunk 0 │ chunk 1 │ …
//!          16 bytes         16 bytes     40 bytes       48 + 8 bytes        24 + 65536 + 16 bytes each
//! ```
//!
//! - Every file has a key of its own, derived from the recordings' key and the file's random id, so a chunk of one
//!   file is noise in another.
//! - A chunk is XChaCha20-Poly1305 under a fresh random nonce at each writing, and knows its place: swapped or moved it
//!   does not open. One bit of the nonce says whether the chunk is closed, that is, will never change any more. Finished
//!   files have only such chunks, so that an earlier state of a chunk cannot be put back.
//! - The opening seal tells at once whether this key opens this file. The closing seal, which only a finished file has,
//!   holds the length: what was cut off or added shows before the first byte is read.
//! - The last chunk is filled up with zeros. The layout never depends on the length, which is known last.
//!
//! What the bytes mean, where files lie and when they are finished is decided elsewhere.

mod cipher;
mod live;
mod reader;
#[cfg(test)]
mod tests;

pub(super) use cipher::{FileCipher, FileId, Kind};
pub(super) use live::Live;
pub use reader::SealedReader;

use super::keys::RecordingsKey;
use cipher::ChunkState;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;
use zeroize::Zeroizing;

/// Bytes of content in a chunk.
pub(super) const CHUNK: usize = 64 * 1024;
const NONCE: usize = 24;
const TAG: usize = 16;
/// A chunk as it lies in the file.
const SLOT: usize = NONCE + CHUNK + TAG;
const HEADER: usize = 128;

/// The content does not prove itself: changed on the disk, cut, or put there by somebody else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("The file is damaged: its content does not prove itself")]
pub struct Damaged;

fn damaged() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, Damaged)
}

/// Which chunk a byte lies in, and where in it.
pub(super) fn place_of(at: u64) -> (u64, usize) {
    (at / CHUNK as u64, (at % CHUNK as u64) as usize)
}

fn slot_start(index: u64) -> u64 {
    HEADER as u64 + index * SLOT as u64
}

/// Bytes on the disk of a file with so much content.
fn length_on_disk(content: u64) -> u64 {
    slot_start(content.div_ceil(CHUNK as u64))
}

/// Bytes of content for which a file of this length on the disk has room.
fn room_in(length_on_disk: u64) -> u64 {
    length_on_disk.saturating_sub(HEADER as u64) / SLOT as u64 * CHUNK as u64
}

/// One chunk in memory, as it lies in the file; overwritten when it goes.
struct Slot(Zeroizing<Vec<u8>>);

impl Slot {
    fn new() -> Self {
        Self(Zeroizing::new(vec![0; SLOT]))
    }

    fn body(&self) -> &[u8] {
        self.0.get(NONCE..NONCE + CHUNK).unwrap_or_default()
    }

    fn body_mut(&mut self) -> &mut [u8] {
        self.0.get_mut(NONCE..NONCE + CHUNK).unwrap_or_default()
    }

    /// Reads and opens a chunk; `None` when it does not prove itself, which a chunk does while it is being rewritten.
    fn load(&mut self, file: &mut File, cipher: &FileCipher, index: u64) -> io::Result<Option<ChunkState>> {
        file.seek(SeekFrom::Start(slot_start(index)))?;
        match file.read_exact(&mut self.0) {
            Ok(()) => Ok(cipher.open_slot(index, &mut self.0)),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// What the header of a file tells, once it has proved itself.
pub(super) struct Opened {
    pub(super) cipher: FileCipher,
    /// The length of the content; only finished files have one.
    pub(super) total: Option<u64>,
}

/// Reads the header of an open file. The error is [`ErrorKind::InvalidData`] for a file that is not ours, not of this
/// kind, or of another key.
pub(super) fn open_header(file: &mut File, key: &RecordingsKey, kind: Kind) -> io::Result<Opened> {
    let mut header = [0; HEADER];
    file.seek(SeekFrom::Start(0))?;
    match file.read_exact(&mut header) {
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(damaged()),
        read => read?,
    }
    FileCipher::open_header(key, kind, &header).ok_or_else(damaged)
}

/// Opens a finished file: everything that can be known without reading it all is checked.
pub(super) fn open_finished(mut file: File, key: &RecordingsKey, kind: Kind) -> io::Result<SealedReader> {
    let Opened { cipher, total } = open_header(&mut file, key, kind)?;
    let total = total.ok_or_else(damaged)?;
    if file.metadata()?.len() != length_on_disk(total) {
        return Err(damaged());
    }
    Ok(SealedReader::finished(file, cipher, total))
}

/// A whole file of this kind around small content, to be written in one go.
pub(super) fn seal_whole(key: &RecordingsKey, kind: Kind, content: &[u8]) -> io::Result<Vec<u8>> {
    let cipher = FileCipher::new(key, kind, FileId::random()?);
    let mut bytes = Vec::with_capacity(length_on_disk(content.len() as u64) as usize);
    bytes.extend(cipher.seal_header()?);
    bytes.extend(cipher.seal_length(content.len() as u64)?);
    for (index, piece) in (0_u64..).zip(content.chunks(CHUNK)) {
        let mut slot = Slot::new();
        if let Some(room) = slot.body_mut().get_mut(..piece.len()) {
            room.copy_from_slice(piece);
        }
        cipher.seal_slot(index, ChunkState::Closed, &mut slot.0)?;
        bytes.extend(slot.0.iter());
    }
    Ok(bytes)
}

/// Removes a sealed file. Without its id, which stands in the header, nobody can derive its key, so that is all that
/// is overwritten.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    file.write_all(&[0; HEADER])?;
    file.sync_data()?;
    drop(file);
    fs::remove_file(path)
}

/// The ranges of `noted` that a part really holds: within the file, and in chunks that open. Only chunks that a range
/// covers in part are looked into: the others were closed before the note was taken and are never written again.
pub(super) fn sound_ranges(file: &mut File, cipher: &FileCipher, noted: &[Range<u64>]) -> io::Result<Vec<Range<u64>>> {
    let room = room_in(file.metadata()?.len());
    let mut slot = Slot::new();
    let mut sound = Vec::with_capacity(noted.len());
    for range in noted {
        let mut range = range.start..range.end.min(room);
        let (first, within) = place_of(range.start);
        if within > 0 && range.start < range.end && slot.load(file, cipher, first)?.is_none() {
            range.start = range.end.min((first + 1) * CHUNK as u64);
        }
        let (last, within) = place_of(range.end);
        if within > 0 && range.start < range.end && slot.load(file, cipher, last)?.is_none() {
            range.end = range.start.max(last * CHUNK as u64);
        }
        if range.start < range.end {
            sound.push(range);
        }
    }
    Ok(sound)
}
