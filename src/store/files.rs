//! Files that are there whole or not at all: a temporary file beside the target, flushed, then renamed.
//! Overwriting is meant: the save dialog asked. A file that fails or is cancelled leaves nothing behind.

use super::error::words_of_kind;
use super::private;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write as _};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Waits between tries of a rename, about 185 ms together: virus scanners and cloud folders hold a file that long.
const RENAME_WAITS: [Duration; 5] = [
    Duration::from_millis(5),
    Duration::from_millis(10),
    Duration::from_millis(20),
    Duration::from_millis(50),
    Duration::from_millis(100),
];
const TEMPORARY_LEAD: &str = ".consult-desk-";
const TEMPORARY_END: &str = ".tmp";
/// Leads the name of a note about a file that is being made elsewhere.
pub(super) const NOTE_LEAD: &str = ".making-";
const COPY_STEP: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("The disk is full: {} MB more are needed", needed_bytes.div_ceil(1_000_000).max(1))]
    DiskFull { needed_bytes: u64 },
    #[error("This place is read-only")]
    ReadOnly,
    #[error("You are not allowed to write there")]
    NotPermitted,
    #[error("The folder does not exist any more")]
    FolderMissing,
    #[error("Cancelled")]
    Cancelled,
    #[error("The file could not be written: {}", words_of_kind(*.0))]
    Other(ErrorKind),
}

impl FileError {
    pub fn from_io(error: &io::Error, needed_bytes: u64) -> Self {
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => {
                Self::DiskFull { needed_bytes }
            }
            ErrorKind::ReadOnlyFilesystem => Self::ReadOnly,
            ErrorKind::PermissionDenied => Self::NotPermitted,
            ErrorKind::NotFound | ErrorKind::NotADirectory => Self::FolderMissing,
            kind => Self::Other(kind),
        }
    }
}

/// Where a file is to be.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    path: &'a Path,
    /// The folder where it is noted that the file is being made.
    notes: Option<&'a Path>,
}

impl<'a> Target<'a> {
    /// A place that is not ours. What a kill leaves there is found at the next start by a note in the data folder.
    pub fn outside(path: &'a Path, data_folder: &'a Path) -> Self {
        Self { path, notes: Some(data_folder) }
    }
}

impl<'a> From<&'a Path> for Target<'a> {
    fn from(path: &'a Path) -> Self {
        Self { path, notes: None }
    }
}

impl<'a> From<&'a PathBuf> for Target<'a> {
    fn from(path: &'a PathBuf) -> Self {
        path.as_path().into()
    }
}

/// Writes `bytes` to `path`, replacing what is there.
pub fn write_atomically<'a>(path: impl Into<Target<'a>>, bytes: &[u8]) -> Result<(), FileError> {
    put(path.into(), bytes, false)
}

/// The same, readable only by whoever may read the folder.
pub fn write_privately(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path.into(), bytes, true)
}

fn put(target: Target<'_>, bytes: &[u8], private: bool) -> Result<(), FileError> {
    let needed = bytes.len() as u64;
    let fill = || -> io::Result<()> {
        let mut temporary = Temporary::beside(target)?;
        if private {
            private::restrict_file(&temporary.file, folder_of(target.path))?;
        }
        temporary.file.write_all(bytes)?;
        temporary.become_final(target.path)
    };
    fill().map_err(|error| FileError::from_io(&error, needed))
}

/// Lets `fill` write the file that then takes the place of what is at `path`.
pub fn fill_atomically<'a, E: From<FileError>>(
    path: impl Into<Target<'a>>,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let target = path.into();
    let failed = |error: io::Error| FileError::from_io(&error, 0);
    let mut temporary = Temporary::beside(target).map_err(failed)?;
    fill(&mut temporary.file)?;
    Ok(temporary.become_final(target.path).map_err(failed)?)
}

/// Copies `total` bytes as they are. `progress` hears (copied, total) after every piece and may stop the copy.
pub fn copy_atomically<'a>(
    source: &mut impl Read,
    total: u64,
    to: impl Into<Target<'a>>,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64, FileError> {
    let target = to.into();
    let mut temporary = Temporary::beside(target).map_err(|error| FileError::from_io(&error, total))?;
    let copied = pour(source, &mut temporary.file, total, &mut progress)?;
    if copied != total {
        return Err(FileError::Other(ErrorKind::UnexpectedEof));
    }
    temporary.become_final(target.path).map_err(|error| FileError::from_io(&error, total))?;
    Ok(copied)
}

fn pour(
    source: &mut impl Read,
    target: &mut File,
    total: u64,
    progress: &mut impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64, FileError> {
    let mut buffer = vec![0_u8; COPY_STEP];
    let mut copied = 0_u64;
    loop {
        if progress(copied, total).is_break() {
            return Err(FileError::Cancelled);
        }
        let count = source.read(&mut buffer).map_err(|error| FileError::Other(error.kind()))?;
        let piece = buffer.get(..count).unwrap_or_default();
        if piece.is_empty() {
            return Ok(copied);
        }
        target.write_all(piece).map_err(|error| FileError::from_io(&error, total))?;
        copied += count as u64;
    }
}

/// Renames, trying again while another program holds one of the two files, and makes the new name durable.
pub(super) fn rename_durably(from: &Path, to: &Path) -> io::Result<()> {
    let mut waits = RENAME_WAITS.iter();
    loop {
        match fs::rename(from, to) {
            Ok(()) => break,
            Err(error) if is_held(&error) => match waits.next() {
                Some(wait) => std::thread::sleep(*wait),
                None => return Err(error),
            },
            Err(error) => return Err(error),
        }
    }
    flush_folder(folder_of(to));
    Ok(())
}

/// Windows answers "access denied" (5) or "sharing violation" (32) while a scanner looks at the file.
fn is_held(error: &io::Error) -> bool {
    const SHARING_VIOLATION: i32 = 32;
    matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ResourceBusy)
        || error.raw_os_error() == Some(SHARING_VIOLATION)
}

/// Makes a rename survive a power cut. Systems that cannot open a folder do this by themselves.
pub(super) fn flush_folder(folder: &Path) {
    if let Ok(handle) = File::open(folder) {
        handle.sync_all().ok();
    }
}

pub(super) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Whether a file is one of ours that never got its final name.
pub(super) fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
    name.starts_with(TEMPORARY_LEAD) && name.ends_with(TEMPORARY_END)
}

/// Removes what a killed run left in a folder of ours.
pub(super) fn remove_temporaries(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| is_temporary(path)) {
        fs::remove_file(path).ok();
    }
}

/// A file under a name of its own that disappears unless it becomes the final one.
struct Temporary {
    file: File,
    path: Option<PathBuf>,
    note: Option<PathBuf>,
}

impl Temporary {
    fn beside(target: Target<'_>) -> io::Result<Self> {
        let name = format!("{TEMPORARY_LEAD}{:016x}{TEMPORARY_END}", fastrand::u64(..));
        let path = folder_of(target.path).join(name);
        // A note that cannot be made is no reason not to make the file.
        let note = target.notes.and_then(|folder| note_down(folder, &path).ok());
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => Ok(Self { file, path: Some(path), note }),
            Err(error) => {
                forget(note.as_deref());
                Err(error)
            }
        }
    }

    fn become_final(mut self, target: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        if let Some(path) = &self.path {
            rename_durably(path, target)?;
        }
        self.path = None;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            fs::remove_file(path).ok();
        }
        forget(self.note.as_deref());
    }
}

/// Notes, before it is made, where a temporary file will be; durable first, so that no power cut parts the two.
fn note_down(folder: &Path, path: &Path) -> io::Result<PathBuf> {
    let text = path.to_str().ok_or(ErrorKind::InvalidFilename)?;
    let note = folder.join(format!("{NOTE_LEAD}{:016x}", fastrand::u64(..)));
    let mut file = File::options().write(true).create_new(true).open(&note)?;
    let written = private::restrict_file(&file, folder)
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all());
    match written {
        Ok(()) => flush_folder(folder),
        Err(_) => forget(Some(&note)),
    }
    written.map(|()| note)
}

fn forget(note: Option<&Path>) {
    if let Some(note) = note {
        fs::remove_file(note).ok();
    }
}

/// The temporary files that a killed run has noted in `folder`, each with its note. An unreadable note names none.
pub(super) fn noted_in(folder: &Path) -> Vec<(PathBuf, Option<PathBuf>)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_note = |path: &PathBuf| {
        path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(NOTE_LEAD))
    };
    let read = |note: PathBuf| {
        let path = fs::read_to_string(&note).ok().map(PathBuf::from).filter(|path| is_temporary(path));
        (note, path)
    };
    entries.map(|entry| entry.path()).filter(is_note).map(read).collect()
}

#[cfg(test)]
mod tests;
