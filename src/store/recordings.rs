//! The recordings on disk: whole files, files that are still arriving, and what is needed to go on with them.
//! All of them are sealed. A file's name is a keyed digest, so that the folder tells nobody whose recordings it holds,
//! not even somebody who knows the ids.

use super::derive;
use super::files::{self, FileError};
use super::keys::RecordingsKey;
use super::part::{Part, Sidecar, Writing};
use super::private;
use super::sealed_file::{self, FileCipher, FileId, Kind, Live, Opened, SealedReader};
use crate::domain::{ConsultationKey, ranges};
use std::collections::HashMap;
use std::fmt::{self, Write as _};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use zeroize::Zeroizing;

/// The ending of a recording that is here in full.
const WHOLE: &str = "sealed";

/// The ending of a recording's look, which is made here and says nothing about when the recording came.
pub(super) const LOOK: &str = "peaks";

/// The recordings' folder inside the data folder. Cheap to clone; clones know of each other's parts.
#[derive(Clone)]
pub struct Recordings {
    folder: PathBuf,
    keys: Arc<Keys>,
    /// The parts that are written or read at this moment.
    lives: Arc<Mutex<HashMap<PathBuf, Weak<Live>>>>,
}

struct Keys {
    files: RecordingsKey,
    names: Zeroizing<[u8; 32]>,
}

/// A recording that is here in full.
#[derive(Clone)]
pub struct RecordingFile {
    pub path: PathBuf,
    /// Length of the recording, which is less than that of the file.
    pub bytes: u64,
    id: FileId,
    keys: Arc<Keys>,
}

/// Where an arriving recording and the facts about it are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartPaths {
    pub part: PathBuf,
    pub sidecar: PathBuf,
}

impl Recordings {
    /// The recordings below a data folder; nothing is made until the first one arrives.
    pub fn new(folder: &Path, key: &RecordingsKey) -> Self {
        let names = derive::subkey(key.bytes(), b"", "consult-desk file names");
        let keys = Keys { files: key.clone(), names };
        Self { folder: folder.join("recordings"), keys: Arc::new(keys), lives: Arc::default() }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A recording that is here in full. One that was cut, or that another key sealed, is not.
    pub fn finished(&self, key: &ConsultationKey) -> Option<RecordingFile> {
        let path = self.path(key, WHOLE);
        let file = File::open(&path).ok()?;
        match sealed_file::open_finished(file, &self.keys.files, Kind::Recording) {
            Ok(reader) => self.file_of(path, &reader),
            Err(error) => {
                tracing::warn!(%error, "a stored recording cannot be opened");
                None
            }
        }
    }

    pub fn part(&self, key: &ConsultationKey) -> PartPaths {
        PartPaths { part: self.path(key, "part"), sidecar: self.path(key, "json") }
    }

    /// Opens the part for writing, making folder and file when they are missing, and says what is known of it when it
    /// can be gone on with. Otherwise it must be emptied before the first byte is written.
    pub fn write_part(&self, key: &ConsultationKey) -> Result<(Part, Option<Sidecar>), FileError> {
        let paths = self.part(key);
        let open = || -> io::Result<(Part, Option<Sidecar>)> {
            private::create_folder_inside(&self.folder, files::folder_of(&self.folder))?;
            let mut file = File::options().read(true).write(true).create(true).truncate(false).open(&paths.part)?;
            private::restrict_file(&file, &self.folder)?;
            let known = self.known_of(&paths, &mut file);
            let writing = self.begin_writing(&paths.part, file)?;
            let filled = known.as_ref().map(|known| known.ranges().to_vec()).unwrap_or_default();
            Ok((Part::new(self.clone(), paths.clone(), writing, filled), known))
        };
        open().map_err(|error| FileError::from_io(&error, 0))
    }

    /// Opens a recording that is still arriving. Only bytes that have arrived can be read.
    pub fn read_part(&self, key: &ConsultationKey) -> io::Result<SealedReader> {
        let path = self.part(key).part;
        let mut file = File::open(&path)?;
        let Opened { cipher, .. } = sealed_file::open_header(&mut file, &self.keys.files, Kind::Recording)?;
        Ok(SealedReader::arriving(file, self.live(&path, cipher)))
    }

    /// What is known of a part that can be gone on with: a note of this very file, with a version mark, and only what
    /// the disk really holds.
    pub fn resumable(&self, key: &ConsultationKey) -> Option<Sidecar> {
        let paths = self.part(key);
        self.known_of(&paths, &mut File::open(&paths.part).ok()?)
    }

    fn known_of(&self, paths: &PartPaths, part: &mut File) -> Option<Sidecar> {
        let mut known = Sidecar::read(&paths.sidecar)?;
        let Opened { cipher, .. } = sealed_file::open_header(part, &self.keys.files, Kind::Recording).ok()?;
        if known.file != Some(cipher.id().to_string()) {
            return None;
        }
        let (end, mut noted) = (known.total?, Vec::new());
        for range in &known.ranges {
            ranges::insert(&mut noted, range.start..range.end.min(end));
        }
        known.ranges = sealed_file::sound_ranges(part, &cipher, &noted).ok()?;
        known.is_enough().then_some(known)
    }

    /// Drops an arriving recording; a finished one stays.
    pub fn discard(&self, key: &ConsultationKey) {
        let PartPaths { part, sidecar } = self.part(key);
        fs::remove_file(part).ok();
        fs::remove_file(sidecar).ok();
    }

    /// Drops a finished recording that turned out to be damaged; `false` when another one has taken its place.
    pub fn remove_damaged(&self, key: &ConsultationKey, damaged: &RecordingFile) -> bool {
        let is_it = self.finished(key).is_none_or(|now| now == *damaged);
        if is_it {
            self.remove(key);
        }
        is_it
    }

    /// Drops a finished recording and its look.
    pub fn remove(&self, key: &ConsultationKey) {
        fs::remove_file(self.path(key, WHOLE)).ok();
        fs::remove_file(self.path(key, LOOK)).ok();
    }

    /// The look of a recording as it was kept.
    pub fn kept_peaks(&self, key: &ConsultationKey) -> Option<SealedReader> {
        let file = File::open(self.path(key, LOOK)).ok()?;
        sealed_file::open_finished(file, &self.keys.files, Kind::Peaks).ok()
    }

    /// Keeps the look of a recording beside it; it is removed with it. Without a recording nothing is kept.
    pub fn keep_peaks(&self, key: &ConsultationKey, peaks: &[u8]) -> Result<(), FileError> {
        let sealed = sealed_file::seal_whole(&self.keys.files, Kind::Peaks, peaks);
        let sealed = sealed.map_err(|error| FileError::from_io(&error, 0))?;
        let path = self.path(key, LOOK);
        files::write_privately(&path, &sealed)?;
        // Whoever removes the recording removes its look after it, so one of the two sees the other.
        if !self.path(key, WHOLE).exists() && !self.part(key).part.exists() {
            fs::remove_file(&path).ok();
        }
        Ok(())
    }

    /// Removes what is of no use: parts without readable facts, facts without a part, looks without a recording,
    /// recordings that were kept before they were sealed, and temporary files of a run that was killed. Returns how
    /// many files went.
    pub fn remove_stale_parts(&self) -> usize {
        let stale = self.files().filter(|path| is_stale(path));
        stale.filter(|path| fs::remove_file(path).is_ok()).count()
    }

    /// Room that all of it takes on the disk.
    pub fn total_bytes(&self) -> u64 {
        self.files().filter_map(|path| fs::metadata(path).ok()).map(|facts| facts.len()).sum()
    }

    /// Removes every recording from this computer.
    pub fn wipe(&self) -> Result<(), FileError> {
        let failed = |error: io::Error| FileError::from_io(&error, 0);
        for path in self.files().collect::<Vec<_>>() {
            let is_sealed = [WHOLE, "part", LOOK].iter().any(|ending| has_ending(&path, ending));
            let erased = if is_sealed { sealed_file::forget(&path) } else { super::wipe::erase_file(&path) };
            erased.map_err(failed)?;
        }
        match fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(error)),
            _ => Ok(()),
        }
    }

    fn file_of(&self, path: PathBuf, reader: &SealedReader) -> Option<RecordingFile> {
        let keys = Arc::clone(&self.keys);
        Some(RecordingFile { path, bytes: reader.total()?, id: reader.id(), keys })
    }

    /// The recording that a part has just become.
    pub(super) fn just_finished(&self, path: PathBuf, bytes: u64, id: FileId) -> RecordingFile {
        RecordingFile { path, bytes, id, keys: Arc::clone(&self.keys) }
    }

    pub(super) fn path_of_finished(paths: &PartPaths) -> PathBuf {
        paths.part.with_extension(WHOLE)
    }

    fn begin_writing(&self, path: &Path, mut file: File) -> io::Result<Writing> {
        match sealed_file::open_header(&mut file, &self.keys.files, Kind::Recording) {
            Ok(Opened { cipher, .. }) => {
                let live = self.live(path, cipher);
                Ok(Writing { writer: live.begin_writing(file), live })
            }
            Err(error) if error.kind() == ErrorKind::InvalidData => self.begin_anew(path, file),
            Err(error) => Err(error),
        }
    }

    /// Empties the file of a part and gives it an id of its own.
    pub(super) fn begin_anew(&self, path: &Path, file: File) -> io::Result<Writing> {
        let cipher = FileCipher::new(&self.keys.files, Kind::Recording, FileId::random()?);
        let live = self.live(path, cipher);
        let writer = live.begin_writing(file);
        live.begin()?;
        Ok(Writing { live, writer })
    }

    /// What all who have to do with a part share; made for the first of them.
    fn live(&self, path: &Path, cipher: FileCipher) -> Arc<Live> {
        let mut lives = self.lives.lock().unwrap_or_else(PoisonError::into_inner);
        lives.retain(|_, live| live.strong_count() > 0);
        let known = lives.get(path).and_then(Weak::upgrade).filter(|live| live.id() == cipher.id());
        known.unwrap_or_else(|| {
            let live = Arc::new(Live::new(cipher));
            lives.insert(path.to_owned(), Arc::downgrade(&live));
            live
        })
    }

    fn files(&self) -> impl Iterator<Item = PathBuf> + use<> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.is_file())
    }

    fn path(&self, key: &ConsultationKey, ending: &str) -> PathBuf {
        let mut name = String::with_capacity(72);
        for byte in derive::hmac(self.keys.names.as_slice(), &[key.as_text().as_bytes()]) {
            write!(name, "{byte:02x}").ok();
        }
        self.folder.join(format!("{name}.{ending}"))
    }
}

impl RecordingFile {
    /// Opens it for reading, as the plain bytes it is made of.
    pub fn open(&self) -> io::Result<SealedReader> {
        let reader = sealed_file::open_finished(File::open(&self.path)?, &self.keys.files, Kind::Recording)?;
        // Another one has taken its place; whoever asks was told about the former.
        if reader.id() == self.id { Ok(reader) } else { Err(ErrorKind::StaleNetworkFileHandle.into()) }
    }
}

impl PartialEq for RecordingFile {
    fn eq(&self, other: &Self) -> bool {
        (&self.path, self.bytes, self.id) == (&other.path, other.bytes, other.id)
    }
}

impl Eq for RecordingFile {}

impl fmt::Debug for RecordingFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordingFile").field("path", &self.path).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}

impl fmt::Debug for Recordings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recordings").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.extension().is_some_and(|is| is == ending)
}

fn is_stale(path: &Path) -> bool {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("part") => Sidecar::read(&path.with_extension("json")).is_none(),
        Some("json") => !path.with_extension("part").is_file(),
        Some(LOOK) => !path.with_extension(WHOLE).is_file(),
        Some("wav") => true,
        _ => files::is_temporary(path),
    }
}

#[cfg(test)]
mod tests;
