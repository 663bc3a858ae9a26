//! A recording that is still arriving, on disk: its bytes in any order, and beside them what is needed to go on
//! after the program was closed or killed. Which bytes to fetch next is decided elsewhere.

use super::files::{self, FileError};
use super::recordings::{PartPaths, Recordings};
use crate::domain::ConsultationKey;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::Path;

/// So many bytes from the start are checked before a part is gone on with.
const HEAD: u64 = 64 * 1024;

/// What a download must know to go on: without a strong tag it starts again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sidecar {
    pub etag: Option<String>,
    pub total: Option<u64>,
    /// What has arrived, merged and ascending.
    #[serde(default)]
    ranges: Vec<Range<u64>>,
    /// How the first version noted it: everything up to here.
    #[serde(default, skip_serializing)]
    received: u64,
    /// Digest of the first bytes, once they are here.
    #[serde(default)]
    head: Option<Head>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    bytes: u64,
    sha256: String,
}

impl Sidecar {
    pub fn new(etag: Option<String>, total: Option<u64>, ranges: Vec<Range<u64>>) -> Self {
        Self { etag, total, ranges, received: 0, head: None }
    }

    /// `None` for a missing or unreadable one, which means: start again.
    pub fn read(path: &Path) -> Option<Self> {
        let text = fs::read(path).ok()?;
        let mut known: Self = serde_json::from_slice(&text).ok()?;
        if known.ranges.is_empty() && known.received > 0 {
            known.ranges.push(0..known.received);
        }
        known.received = 0;
        Some(known)
    }

    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        let text = serde_json::to_vec(self).map_err(|_| FileError::Other(io::ErrorKind::InvalidData))?;
        files::write_privately(path, &text)
    }

    pub fn ranges(&self) -> &[Range<u64>] {
        &self.ranges
    }

    /// Leaves only what the file can really hold.
    fn clamp_to(&mut self, length: u64) {
        let end = self.total.map_or(length, |total| total.min(length));
        for range in &mut self.ranges {
            range.end = range.end.min(end);
        }
        self.ranges.retain(|range| range.start < range.end);
    }

    fn arrived_head(&self) -> Option<u64> {
        self.ranges.first().filter(|first| first.start == 0).map(|first| first.end.min(HEAD))
    }
}

impl Recordings {
    /// What is known of a part that can be gone on with: same version mark, readable facts, an unspoilt start.
    pub fn resumable(&self, key: &ConsultationKey) -> Option<Sidecar> {
        let PartPaths { part, sidecar } = self.part(key);
        let mut known = Sidecar::read(&sidecar)?;
        let mut file = File::open(part).ok()?;
        known.clamp_to(file.metadata().ok()?.len());
        let is_intact =
            known.head.as_ref().is_none_or(|head| digest_of_head(&mut file, head.bytes).as_ref() == Some(head));
        (is_intact && known.etag.is_some() && known.total.is_some() && !known.ranges.is_empty()).then_some(known)
    }

    /// Opens a part for writing, making it when it is missing.
    pub fn write_part(&self, key: &ConsultationKey) -> Result<Part, FileError> {
        Ok(Part { file: self.open_part(key)?, at: None, paths: self.part(key) })
    }
}

/// A part open for writing.
#[derive(Debug)]
pub struct Part {
    file: File,
    /// Where the file stands, when that is known.
    at: Option<u64>,
    paths: PartPaths,
}

impl Part {
    /// Writes bytes where they belong; other handles see them when this returns. `missing` is what still has to
    /// come, for the words when the disk is full.
    pub fn write(&mut self, offset: u64, bytes: &[u8], missing: u64) -> Result<(), FileError> {
        let mut write = || -> io::Result<()> {
            if self.at.take() != Some(offset) {
                self.file.seek(SeekFrom::Start(offset))?;
            }
            self.file.write_all(bytes)?;
            self.at = Some(offset + bytes.len() as u64);
            Ok(())
        };
        write().map_err(|error| FileError::from_io(&error, missing))
    }

    /// Forgets everything: another version is on its way.
    pub fn empty(&mut self) -> Result<(), FileError> {
        self.at = None;
        // The facts go first: left alone, they would speak of bytes that are gone.
        fs::remove_file(&self.paths.sidecar).ok();
        self.file.set_len(0).map_err(|error| FileError::from_io(&error, 0))
    }

    /// Takes notes while bytes go on arriving.
    pub fn notebook(&self) -> io::Result<Notebook> {
        Ok(Notebook { file: self.file.try_clone()?, paths: self.paths.clone() })
    }
}

/// Notes how far a part has come, so that the note never promises more than the disk holds.
#[derive(Debug)]
pub struct Notebook {
    file: File,
    paths: PartPaths,
}

impl Notebook {
    /// The bytes are made durable before the note that speaks of them.
    pub fn note(&self, mut known: Sidecar) -> Result<(), FileError> {
        self.file.sync_data().map_err(|error| FileError::from_io(&error, 0))?;
        let head = known.arrived_head();
        known.head = head.and_then(|bytes| digest_of_head(&mut File::open(&self.paths.part).ok()?, bytes));
        known.write(&self.paths.sidecar)
    }
}

fn digest_of_head(file: &mut File, bytes: u64) -> Option<Head> {
    let mut head = Vec::new();
    file.seek(SeekFrom::Start(0)).ok()?;
    file.take(bytes.min(HEAD)).read_to_end(&mut head).ok()?;
    let mut sha256 = String::with_capacity(64);
    for byte in Sha256::digest(&head) {
        write!(sha256, "{byte:02x}").ok();
    }
    Some(Head { bytes: head.len() as u64, sha256 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> (tempfile::TempDir, Recordings, ConsultationKey) {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path());
        (home, recordings, ConsultationKey::record("r-1"))
    }

    fn facts(total: u64, ranges: &[Range<u64>]) -> Sidecar {
        Sidecar::new(Some("\"abc\"".to_owned()), Some(total), ranges.to_vec())
    }

    #[test]
    fn pieces_arrive_in_any_order_and_are_seen_at_once() {
        let (_home, recordings, key) = home();
        let mut part = recordings.write_part(&key).expect("opened");
        part.write(8, b"later", 0).expect("written");
        part.write(0, b"first", 0).expect("written");
        part.write(5, b"...", 0).expect("written");
        assert_eq!(fs::read(recordings.part(&key).part).expect("read"), b"first...later");
        let again = recordings.write_part(&key);
        again.expect("opened").write(13, b"!", 0).expect("opening anew cuts nothing");
        assert_eq!(recordings.finish(&key, 14).map(|file| file.bytes), Ok(14));
    }

    #[test]
    fn a_part_is_gone_on_with_when_its_note_holds() {
        let (_home, recordings, key) = home();
        assert_eq!(recordings.resumable(&key), None);
        let mut part = recordings.write_part(&key).expect("opened");
        part.write(0, b"RIFF", 0).expect("written");
        part.write(10, b"sound", 0).expect("written");
        part.notebook().expect("a notebook").note(facts(20, &[0..4, 10..18])).expect("noted");
        let known = recordings.resumable(&key).expect("resumable");
        assert_eq!(known.ranges(), [0..4, 10..15], "no more than the file holds");
        assert_eq!((known.etag.as_deref(), known.total), (Some("\"abc\""), Some(20)));
        part.write(1, b"O", 0).expect("written");
        assert_eq!(recordings.resumable(&key), None, "its start is not what was noted");
        part.empty().expect("emptied");
        assert!(!recordings.part(&key).sidecar.exists());
        assert_eq!(fs::read(recordings.part(&key).part).expect("read"), b"");
    }

    #[test]
    fn a_note_of_the_first_version_is_understood() {
        let (_home, recordings, key) = home();
        recordings.write_part(&key).expect("opened").write(0, b"RIFFabc", 0).expect("written");
        let sidecar = recordings.part(&key).sidecar;
        fs::write(&sidecar, r#"{"etag":"\"abc\"","total":9,"received":5}"#).expect("written");
        assert_eq!(recordings.resumable(&key).map(|known| known.ranges().to_vec()), Some(vec![0..5; 1]));
        for useless in [r#"{"etag":null,"total":9,"received":5}"#, r#"{"etag":"\"a\"","total":9}"#, "{"] {
            fs::write(&sidecar, useless).expect("written");
            assert_eq!(recordings.resumable(&key), None, "{useless}");
        }
    }
}
