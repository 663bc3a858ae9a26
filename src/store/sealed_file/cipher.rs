//! The ciphers of one sealed file: its key, its header and its chunks. Pure; it touches no disk.

use super::{HEADER, NONCE, Opened, TAG};
use crate::store::derive;
use crate::store::keys::RecordingsKey;
use consult_desk_ciphers::chunks::ChunkCipher;
use std::fmt::{self, Write as _};
use std::io;

const MAGIC: [u8; 8] = *b"CDSEALED";
const VERSION: u8 = 1;
/// Magic, version, kind and nothing; what stands here is authenticated by both seals.
const LEAD: usize = 16;
const ID: usize = 16;
const OPENING: usize = LEAD + ID;
/// Where the closing seal begins.
pub(super) const CLOSING: usize = OPENING + NONCE + TAG;
/// The sealed length.
const LENGTH: usize = 8;
const CLOSING_SEAL: usize = NONCE + LENGTH + TAG;

/// What a file is; one kind cannot be passed off as another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Recording,
    Peaks,
}

impl Kind {
    fn number(self) -> u8 {
        match self {
            Self::Recording => 1,
            Self::Peaks => 2,
        }
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::Recording => "consult-desk recording",
            Self::Peaks => "consult-desk waveform",
        }
    }
}

/// Whether a chunk may still change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ChunkState {
    Open,
    Closed,
}

impl ChunkState {
    /// One bit of the nonce: it is authentic as the nonce is.
    fn mark(self, nonce: &mut [u8; NONCE]) {
        if let Some(first) = nonce.first_mut() {
            *first = (*first & !1) | u8::from(self == Self::Closed);
        }
    }

    fn of(nonce: &[u8; NONCE]) -> Self {
        if nonce.first().is_some_and(|first| first & 1 == 1) { Self::Closed } else { Self::Open }
    }
}

/// Tells one file from every other, also from an earlier one of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId([u8; ID]);

impl FileId {
    pub fn random() -> io::Result<Self> {
        let nonce = fresh_nonce()?;
        let bytes = nonce.first_chunk::<ID>().copied();
        bytes.map(Self).ok_or_else(no_randomness)
    }
}

impl fmt::Display for FileId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(2 * ID);
        for byte in self.0 {
            write!(text, "{byte:02x}")?;
        }
        f.write_str(&text)
    }
}

/// What seals and opens one file.
pub struct FileCipher {
    id: FileId,
    kind: Kind,
    cipher: ChunkCipher,
}

impl FileCipher {
    pub fn new(key: &RecordingsKey, kind: Kind, id: FileId) -> Self {
        let own = derive::subkey(key.bytes(), &id.0, kind.purpose());
        Self { id, kind, cipher: ChunkCipher::new(*own) }
    }

    pub fn id(&self) -> FileId {
        self.id
    }

    /// The beginning of a new file, up to where the closing seal belongs.
    pub fn seal_header(&self) -> io::Result<[u8; CLOSING]> {
        let mut header = [0; CLOSING];
        let nonce = fresh_nonce()?;
        let tag = self.cipher.seal(nonce, &self.facts(*b"opening"), &mut []).ok_or_else(too_long)?;
        let pieces = self.lead().into_iter().chain(self.id.0).chain(nonce).chain(tag);
        header.iter_mut().zip(pieces).for_each(|(room, byte)| *room = byte);
        Ok(header)
    }

    /// The closing seal and what fills the header up.
    pub fn seal_length(&self, total: u64) -> io::Result<[u8; HEADER - CLOSING]> {
        let mut end = [0; HEADER - CLOSING];
        let (nonce, mut length) = (fresh_nonce()?, total.to_le_bytes());
        let tag = self.cipher.seal(nonce, &self.facts(*b"closing"), &mut length).ok_or_else(too_long)?;
        let pieces = nonce.into_iter().chain(length).chain(tag);
        end.iter_mut().zip(pieces).for_each(|(room, byte)| *room = byte);
        Ok(end)
    }

    /// `None` for a file that is not ours. A closing seal that does not open counts as none.
    pub fn open_header(key: &RecordingsKey, kind: Kind, header: &[u8; HEADER]) -> Option<Opened> {
        let id = header.get(LEAD..OPENING)?.first_chunk::<ID>().copied()?;
        let cipher = Self::new(key, kind, FileId(id));
        if header.get(..LEAD)? != cipher.lead() {
            return None;
        }
        let (nonce, tag) = header.get(OPENING..CLOSING)?.split_first_chunk::<NONCE>()?;
        let is_ours = cipher.cipher.open(*nonce, &cipher.facts(*b"opening"), &mut [], tag.try_into().ok()?);
        if !is_ours {
            return None;
        }
        let total = cipher.open_length(header.get(CLOSING..)?);
        Some(Opened { cipher, total })
    }

    fn open_length(&self, end: &[u8]) -> Option<u64> {
        let (seal, filling) = end.split_at_checked(CLOSING_SEAL)?;
        let (nonce, rest) = seal.split_first_chunk::<NONCE>()?;
        let (length, tag) = rest.split_first_chunk::<LENGTH>()?;
        let mut length = *length;
        let is_ours = self.cipher.open(*nonce, &self.facts(*b"closing"), &mut length, tag.try_into().ok()?);
        (is_ours && filling.iter().all(|byte| *byte == 0)).then_some(u64::from_le_bytes(length))
    }

    /// Seals the chunk that stands in the middle of `slot`, under a fresh nonce.
    pub(super) fn seal_slot(&self, index: u64, state: ChunkState, slot: &mut [u8]) -> io::Result<()> {
        let mut nonce = fresh_nonce()?;
        state.mark(&mut nonce);
        let (nonce_room, rest) = slot.split_first_chunk_mut::<NONCE>().ok_or_else(too_long)?;
        let (body, tag_room) = rest.split_last_chunk_mut::<TAG>().ok_or_else(too_long)?;
        *tag_room = self.cipher.seal(nonce, &self.place(index), body).ok_or_else(too_long)?;
        *nonce_room = nonce;
        Ok(())
    }

    /// Opens a chunk in place; `None` when it does not prove itself.
    pub(super) fn open_slot(&self, index: u64, slot: &mut [u8]) -> Option<ChunkState> {
        let (nonce, rest) = slot.split_first_chunk_mut::<NONCE>()?;
        let (body, tag) = rest.split_last_chunk_mut::<TAG>()?;
        self.cipher.open(*nonce, &self.place(index), body, *tag).then(|| ChunkState::of(nonce))
    }

    fn lead(&self) -> [u8; LEAD] {
        let mut lead = [0; LEAD];
        let pieces = MAGIC.into_iter().chain([VERSION, self.kind.number()]);
        lead.iter_mut().zip(pieces).for_each(|(room, byte)| *room = byte);
        lead
    }

    /// What both seals of the header vouch for besides what they hold.
    fn facts(&self, seal: [u8; 7]) -> Vec<u8> {
        [self.lead().as_slice(), &self.id.0, &seal].concat()
    }

    fn place(&self, index: u64) -> [u8; ID + 8] {
        let mut place = [0; ID + 8];
        let pieces = self.id.0.into_iter().chain(index.to_le_bytes());
        place.iter_mut().zip(pieces).for_each(|(room, byte)| *room = byte);
        place
    }
}

impl fmt::Debug for FileCipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileCipher").field("kind", &self.kind).finish_non_exhaustive()
    }
}

fn fresh_nonce() -> io::Result<[u8; NONCE]> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| no_randomness())?;
    Ok(nonce)
}

fn no_randomness() -> io::Error {
    io::Error::other("The system gave no random numbers")
}

/// Cannot happen: a chunk is far shorter than the cipher allows.
fn too_long() -> io::Error {
    io::ErrorKind::InvalidInput.into()
}
