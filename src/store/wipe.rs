//! Leaving no trace: files are renamed, overwritten, flushed and removed. The rename comes first, so that a wipe
//! that is cut short by a power failure is finished at the next start and never looks like damage.
//! What a disk keeps in blocks it has moved away is out of reach until the databases are encrypted.

use super::{FileError, Result, StoreError, files, key_file};
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

static PIECE: [u8; 64 * 1024] = [0; 64 * 1024];
/// The name of a file that is on its way out.
const DOOMED: &str = ".leaving-";

/// Overwrites a file with zeros, flushes it and removes it. A missing file is a success.
pub(super) fn erase_file(path: &Path) -> io::Result<()> {
    let mut file = match File::options().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut left = file.metadata()?.len();
    file.seek(SeekFrom::Start(0))?;
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(PIECE.len()).min(PIECE.len());
        file.write_all(PIECE.get(..step).unwrap_or(&PIECE))?;
        left -= step as u64;
    }
    file.sync_all()?;
    drop(file);
    fs::remove_file(path)
}

/// Removes both databases, their journals, every copy moved aside, the sealed key and left-over temporary files.
pub(super) fn erase_databases(folder: &Path) -> Result<()> {
    let fail = |error: io::Error| StoreError::from_io(&error);
    for (count, path) in files_in(folder).filter(|path| belongs_to_the_store(path)).enumerate() {
        let doomed = folder.join(format!("{DOOMED}{count}-{:016x}", fastrand::u64(..)));
        files::rename_durably(&path, &doomed).map_err(fail)?;
    }
    for path in files_in(folder).filter(|path| is_doomed(path)) {
        erase_file(&path).map_err(fail)?;
    }
    files::flush_folder(folder);
    Ok(())
}

/// Erases what an interrupted wipe left under its doomed name, and temporary files of a run that was killed.
pub(super) fn finish_interrupted(folder: &Path) {
    for path in files_in(folder).filter(|path| is_doomed(path) || files::is_temporary(path)) {
        erase_file(&path).ok();
    }
}

pub(super) fn as_store_error(error: &FileError) -> StoreError {
    match error {
        FileError::DiskFull { .. } => StoreError::DiskFull,
        FileError::Other(kind) => StoreError::Folder(*kind),
        _ => StoreError::Folder(io::ErrorKind::PermissionDenied),
    }
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file())
}

fn is_doomed(path: &Path) -> bool {
    name_of(path).starts_with(DOOMED)
}

fn belongs_to_the_store(path: &Path) -> bool {
    let name = name_of(path);
    let ours = ["cache.db", "local.db", key_file::FILE_NAME];
    ours.iter().any(|lead| name.starts_with(lead)) || files::is_temporary(path)
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}
