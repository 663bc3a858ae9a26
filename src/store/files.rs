//! Files that are there whole or not at all: a temporary file beside the target, flushed, then renamed.
//! Overwriting is meant: the save dialog asked. A file that fails or is cancelled leaves nothing behind.

use super::private;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _, Write as _};
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
const COPY_STEP: usize = 256 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    #[error("The disk is full: {} MB are needed", needed_bytes.div_ceil(1_000_000))]
    DiskFull { needed_bytes: u64 },
    #[error("This place is read-only")]
    ReadOnly,
    #[error("You are not allowed to write there")]
    NotPermitted,
    #[error("The folder does not exist any more")]
    FolderMissing,
    #[error("Cancelled")]
    Cancelled,
    #[error("The file could not be written: {0}")]
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

/// Writes `bytes` to `path`, replacing what is there.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, bytes, false)
}

/// The same, readable only by whoever may read the folder.
pub(super) fn write_privately(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, bytes, true)
}

fn put(path: &Path, bytes: &[u8], private: bool) -> Result<(), FileError> {
    let needed = bytes.len() as u64;
    let fill = || -> io::Result<()> {
        let mut temporary = Temporary::beside(path)?;
        if private {
            private::restrict_file(&temporary.file, folder_of(path))?;
        }
        temporary.file.write_all(bytes)?;
        temporary.become_final(path)
    };
    fill().map_err(|error| FileError::from_io(&error, needed))
}

/// Lets `fill` write the file that then takes the place of what is at `path`.
pub fn fill_atomically<E: From<FileError>>(
    path: &Path,
    fill: impl FnOnce(&mut File) -> Result<(), E>,
) -> Result<(), E> {
    let failed = |error: io::Error| FileError::from_io(&error, 0);
    let mut temporary = Temporary::beside(path).map_err(failed)?;
    fill(&mut temporary.file)?;
    Ok(temporary.become_final(path).map_err(failed)?)
}

/// Copies a file byte for byte. `progress` hears (copied, total) after every piece and may stop the copy.
pub fn copy_atomically(
    from: &Path,
    to: &Path,
    mut progress: impl FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<u64, FileError> {
    let mut source = File::open(from).map_err(|error| FileError::Other(error.kind()))?;
    let total = source.metadata().map_err(|error| FileError::Other(error.kind()))?.len();
    let mut temporary = Temporary::beside(to).map_err(|error| FileError::from_io(&error, total))?;
    let copied = pour(&mut source, &mut temporary.file, total, &mut progress)?;
    temporary.become_final(to).map_err(|error| FileError::from_io(&error, total))?;
    Ok(copied)
}

fn pour(
    source: &mut File,
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

/// A file under a name of its own that disappears unless it becomes the final one.
struct Temporary {
    file: File,
    path: Option<PathBuf>,
}

impl Temporary {
    fn beside(target: &Path) -> io::Result<Self> {
        let name = format!("{TEMPORARY_LEAD}{:016x}{TEMPORARY_END}", fastrand::u64(..));
        let path = folder_of(target).join(name);
        let file = File::options().write(true).create_new(true).open(&path)?;
        Ok(Self { file, path: Some(path) })
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GO_ON: fn(u64, u64) -> ControlFlow<()> = |_, _| ControlFlow::Continue(());

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("listed");
        let mut names: Vec<String> =
            entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_copy_is_equal_and_replaces_what_was_there() {
        let home = tempfile::tempdir().expect("a folder");
        let (from, to) = (home.path().join("a.part"), home.path().join("小花 Søren.wav"));
        let bytes: Vec<u8> = (0..900_001_u32).flat_map(|n| u8::try_from(n % 251)).collect();
        fs::write(&from, &bytes).expect("written");
        fs::write(&to, "old").expect("written");
        let mut heard = Vec::new();
        let copied = copy_atomically(&from, &to, |done, total| {
            heard.push((done, total));
            ControlFlow::Continue(())
        });
        assert_eq!(copied, Ok(bytes.len() as u64));
        assert!(fs::read(&to).expect("read") == bytes);
        assert_eq!(names(home.path()), ["a.part", "小花 Søren.wav"]);
        assert_eq!(heard.first(), Some(&(0, 900_001)));
        assert_eq!(heard.last(), Some(&(900_001, 900_001)));
    }

    #[test]
    fn a_cancelled_copy_leaves_the_old_file_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let (from, to) = (home.path().join("a.part"), home.path().join("Bella.wav"));
        fs::write(&from, vec![7; 900_000]).expect("written");
        fs::write(&to, "old").expect("written");
        let stop_in_the_middle = |done, _| if done > 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        assert_eq!(copy_atomically(&from, &to, stop_in_the_middle), Err(FileError::Cancelled));
        assert_eq!(fs::read_to_string(&to).expect("read"), "old");
        assert_eq!(names(home.path()), ["Bella.wav", "a.part"]);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_an_error_and_leaves_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let from = home.path().join("a.part");
        fs::write(&from, "x").expect("written");
        let folder = home.path().join("target");
        fs::create_dir_all(folder.join("not empty")).expect("made");
        for to in [from.join("below a file.wav"), home.path().join("no folder/x.wav")] {
            assert_eq!(copy_atomically(&from, &to, GO_ON), Err(FileError::FolderMissing));
            assert_eq!(write_atomically(&to, b"x"), Err(FileError::FolderMissing));
        }
        assert!(matches!(write_atomically(&folder, b"x"), Err(FileError::Other(_))), "a folder is in the way");
        let missing = copy_atomically(&home.path().join("nothing"), &home.path().join("x.wav"), GO_ON);
        assert_eq!(missing, Err(FileError::Other(ErrorKind::NotFound)));
        assert_eq!(names(home.path()), ["a.part", "target"]);
    }

    /// `/dev/full` answers every write as a full disk does; systems without it cannot run this.
    #[test]
    fn a_full_disk_says_how_much_is_needed() {
        let home = tempfile::tempdir().expect("a folder");
        let from = home.path().join("a.part");
        fs::write(&from, vec![7; 3_000_000]).expect("written");
        let Ok(mut full) = File::options().write(true).open("/dev/full") else { return };
        let mut source = File::open(&from).expect("opened");
        let error = pour(&mut source, &mut full, 3_000_000, &mut GO_ON.clone()).expect_err("full");
        assert_eq!(error, FileError::DiskFull { needed_bytes: 3_000_000 });
        assert_eq!(error.to_string(), "The disk is full: 3 MB are needed");
    }

    #[test]
    fn a_filled_file_is_there_whole_or_not_at_all() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("clip.wav");
        let fill = |outcome: Result<(), FileError>| {
            fill_atomically(&path, |file| file.write_all(b"clip").map_err(|_| FileError::Cancelled).and(outcome))
        };
        assert_eq!(fill(Err(FileError::Cancelled)), Err(FileError::Cancelled));
        assert!(names(home.path()).is_empty());
        assert_eq!(fill(Ok(())), Ok(()));
        assert_eq!(
            (names(home.path()), fs::read(&path).expect("read")),
            (vec!["clip.wav".to_owned()], b"clip".to_vec())
        );
    }

    #[test]
    fn an_unfinished_file_disappears() {
        let home = tempfile::tempdir().expect("a folder");
        let temporary = Temporary::beside(&home.path().join("Bella.wav")).expect("made");
        assert_eq!(names(home.path()).len(), 1);
        drop(temporary);
        assert!(names(home.path()).is_empty());
    }
}
