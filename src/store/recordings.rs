//! The recordings on disk: whole files, files that are still arriving, and what is needed to go on with them.
//! A file's name is a digest, so that the folder tells nobody whose recordings it holds.

use super::files::{self, FileError};
use super::part::Sidecar;
use super::private;
use crate::domain::ConsultationKey;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

/// The recordings' folder inside the data folder. Cheap to clone; it holds no open file.
#[derive(Clone, Debug)]
pub struct Recordings {
    folder: PathBuf,
}

/// A recording that is here in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingFile {
    pub path: PathBuf,
    pub bytes: u64,
}

/// Where an arriving recording and the facts about it are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPaths {
    pub part: PathBuf,
    pub sidecar: PathBuf,
}

impl Recordings {
    /// The recordings below a data folder; nothing is made until the first one arrives.
    pub fn new(folder: &Path) -> Self {
        Self { folder: folder.join("recordings") }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn finished(&self, key: &ConsultationKey) -> Option<RecordingFile> {
        let path = self.path(key, "wav");
        let facts = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        Some(RecordingFile { path, bytes: facts.len() })
    }

    pub fn part(&self, key: &ConsultationKey) -> PartPaths {
        PartPaths { part: self.path(key, "part"), sidecar: self.path(key, "json") }
    }

    /// Opens the part for writing at its end, making folder and file when they are missing. It may be cut first.
    pub fn open_part(&self, key: &ConsultationKey) -> Result<File, FileError> {
        let open = || -> io::Result<File> {
            private::create_folder_inside(&self.folder, files::folder_of(&self.folder))?;
            // Not opened for appending alone: Windows would not let such a file be cut.
            let mut file = File::options().write(true).create(true).truncate(false).open(self.part(key).part)?;
            private::restrict_file(&file, &self.folder)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        open().map_err(|error| FileError::from_io(&error, 0))
    }

    /// Turns the part into the recording: flushed first, then renamed, so that it is never half there.
    /// A part of another length than `total` is not all of it and stays what it is.
    pub fn finish(&self, key: &ConsultationKey, total: u64) -> Result<RecordingFile, FileError> {
        let PartPaths { part, sidecar } = self.part(key);
        let path = self.path(key, "wav");
        let rename = || -> io::Result<u64> {
            let file = File::options().write(true).open(&part)?;
            file.sync_all()?;
            let bytes = file.metadata()?.len();
            if bytes != total {
                return Err(io::ErrorKind::InvalidData.into());
            }
            drop(file);
            files::rename_durably(&part, &path)?;
            Ok(bytes)
        };
        let bytes = rename().map_err(|error| FileError::from_io(&error, 0))?;
        fs::remove_file(sidecar).ok();
        Ok(RecordingFile { path, bytes })
    }

    /// Drops an arriving recording; a finished one stays.
    pub fn discard(&self, key: &ConsultationKey) {
        let PartPaths { part, sidecar } = self.part(key);
        fs::remove_file(part).ok();
        fs::remove_file(sidecar).ok();
    }

    /// Drops a finished recording, for instance one that turned out to be unplayable.
    pub fn remove(&self, key: &ConsultationKey) {
        fs::remove_file(self.path(key, "wav")).ok();
        fs::remove_file(self.path(key, "peaks")).ok();
    }

    /// The look of a recording as it was kept.
    pub fn kept_peaks(&self, key: &ConsultationKey) -> Option<Vec<u8>> {
        fs::read(self.path(key, "peaks")).ok()
    }

    /// Keeps the look of a recording beside it; it is removed with it.
    pub fn keep_peaks(&self, key: &ConsultationKey, peaks: &[u8]) -> Result<(), FileError> {
        files::write_privately(&self.path(key, "peaks"), peaks)
    }

    /// Removes parts that cannot be gone on with: those without readable facts, facts without a part, looks
    /// without a recording, and temporary files of a run that was killed. Returns how many files went.
    pub fn remove_stale_parts(&self) -> usize {
        let stale = self.files().filter(|path| is_stale(path));
        stale.filter(|path| fs::remove_file(path).is_ok()).count()
    }

    pub fn total_bytes(&self) -> u64 {
        self.files().filter_map(|path| fs::metadata(path).ok()).map(|facts| facts.len()).sum()
    }

    /// Removes every recording from this computer.
    pub fn wipe(&self) -> Result<(), FileError> {
        let failed = |error: io::Error| FileError::from_io(&error, 0);
        for path in self.files().collect::<Vec<_>>() {
            super::wipe::erase_file(&path).map_err(failed)?;
        }
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_file())
    }

    fn path(&self, key: &ConsultationKey, ending: &str) -> PathBuf {
        let mut name = String::with_capacity(72);
        for byte in Sha256::digest(key.as_text().as_bytes()) {
            write!(name, "{byte:02x}").ok();
        }
        self.folder.join(format!("{name}.{ending}"))
    }
}

fn is_stale(path: &Path) -> bool {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("part") => Sidecar::read(&path.with_extension("json")).is_none(),
        Some("json") => !path.with_extension("part").is_file(),
        Some("peaks") => !path.with_extension("wav").is_file(),
        _ => files::is_temporary(path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn part_of(recordings: &Recordings, key: &ConsultationKey, bytes: &[u8]) {
        recordings.open_part(key).expect("opened").write_all(bytes).expect("written");
    }

    fn sidecar(received: u64) -> Sidecar {
        Sidecar::new(Some("\"abc\"".to_owned()), Some(7), vec![0..received; 1])
    }

    #[test]
    fn a_recording_arrives_in_pieces_and_is_then_there() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path());
        let key = ConsultationKey::record("r-1");
        assert_eq!(recordings.finished(&key), None);
        part_of(&recordings, &key, b"RIFF");
        sidecar(4).write(&recordings.part(&key).sidecar).expect("written");
        assert_eq!((recordings.finished(&key), recordings.remove_stale_parts()), (None, 0));
        assert_eq!(Sidecar::read(&recordings.part(&key).sidecar), Some(sidecar(4)));
        part_of(&recordings, &key, b"abc");
        assert!(recordings.finish(&key, 8).is_err() && recordings.finished(&key).is_none(), "a byte is missing");
        let finished = recordings.finish(&key, 7).expect("finished");
        assert_eq!((fs::read(&finished.path).expect("read"), finished.bytes), (b"RIFFabc".to_vec(), 7));
        assert_eq!(recordings.finished(&key), Some(finished));
        assert_eq!((recordings.total_bytes(), recordings.files().count()), (7, 1));
    }

    #[test]
    fn file_names_tell_nothing_and_never_meet() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path());
        let a = recordings.part(&ConsultationKey::record("../Bella")).part;
        let b = recordings.part(&ConsultationKey::record("../bella")).part;
        let name = a.file_name().and_then(|name| name.to_str()).expect("a name");
        assert_eq!(name.len(), 64 + ".part".len());
        assert!(!name.to_lowercase().contains("bella") && a != b);
        assert_eq!(a.parent(), Some(recordings.folder()));
    }

    #[test]
    fn only_parts_that_can_be_gone_on_with_stay() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path());
        let [whole, resumable, no_facts, bad_facts, no_part] = ["1", "2", "3", "4", "5"].map(ConsultationKey::record);
        part_of(&recordings, &whole, b"w");
        recordings.finish(&whole, 1).expect("finished");
        for key in [&resumable, &no_facts, &bad_facts] {
            part_of(&recordings, key, b"p");
        }
        for key in [&resumable, &no_part] {
            sidecar(1).write(&recordings.part(key).sidecar).expect("written");
        }
        fs::write(recordings.part(&bad_facts).sidecar, "{").expect("written");
        fs::write(recordings.folder().join(".consult-desk-1.tmp"), "x").expect("written");
        recordings.keep_peaks(&no_part, b"p").expect("written");
        recordings.keep_peaks(&whole, b"p").expect("written");
        // Two parts, the facts and the look without a part, the temporary file; the bad facts once their part is gone.
        let removed = recordings.remove_stale_parts() + recordings.remove_stale_parts();
        assert_eq!(removed, 6);
        assert!(recordings.finished(&whole).is_some() && recordings.part(&resumable).part.exists());
        recordings.discard(&resumable);
        assert_eq!((recordings.files().count(), recordings.kept_peaks(&whole).as_deref()), (2, Some(b"p".as_slice())));
        recordings.remove(&whole);
        assert_eq!(recordings.files().count(), 0);
    }

    #[test]
    fn nothing_to_finish_is_an_error_and_nothing_to_wipe_is_not() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = Recordings::new(home.path());
        assert!(recordings.finish(&ConsultationKey::record("r-1"), 0).is_err());
        recordings.wipe().expect("nothing there");
        part_of(&recordings, &ConsultationKey::record("r-1"), b"p");
        recordings.wipe().expect("wiped");
        assert!(!recordings.folder().exists());
        assert_eq!(recordings.total_bytes(), 0);
    }
}
