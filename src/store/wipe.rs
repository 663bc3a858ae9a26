//! Leaving no trace: files are renamed, overwritten, flushed and removed. The rename comes first, so that a wipe
//! that is cut short by a power failure is finished at the next start and never looks like damage.
//! What a disk keeps in blocks it has moved away is out of reach, but encrypted, and the vault that opened it is gone.

use super::{Result, StoreError, files, key_file, vault};
use std::fs::{self, File};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

static PIECE: [u8; 64 * 1024] = [0; 64 * 1024];
/// The name of a file that is on its way out.
const DOOMED: &str = ".leaving-";
/// Lies in a folder while all in it is being removed.
const ALL_GOES: &str = ".all-leaves";
const RECORDINGS: &str = "recordings";

/// Overwrites a file with zeros, flushes it and removes it. A missing file is a success.
pub(super) fn erase_file(path: &Path) -> io::Result<()> {
    let file = match File::options().write(true).open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let length = file.metadata()?.len();
    overwrite(&file, length)?;
    drop(file);
    fs::remove_file(path)
}

/// Writes zeros over the first `length` bytes and waits until the disk has them.
pub(super) fn overwrite(mut file: &File, length: u64) -> io::Result<()> {
    let mut left = length;
    file.seek(SeekFrom::Start(0))?;
    while left > 0 {
        let step = usize::try_from(left).unwrap_or(PIECE.len()).min(PIECE.len());
        file.write_all(PIECE.get(..step).unwrap_or(&PIECE))?;
        left -= step as u64;
    }
    file.sync_all()
}

/// Removes all that lies in a data folder: the databases with their journals and every copy, the recordings, the
/// sealed keys and left-over temporary files. No key is needed. The vault goes first: from then on the rest is
/// noise, however the wipe ends.
pub fn erase_everything(folder: &Path) -> Result<()> {
    let fail = |error: io::Error| StoreError::from_io(&error);
    if !folder.is_dir() {
        return Ok(());
    }
    let mark = folder.join(ALL_GOES);
    File::create(&mark).map_err(fail)?;
    files::flush_folder(folder);
    doom(folder, |name| name.starts_with(vault::LEAD)).map_err(fail)?;
    erase_doomed(folder).map_err(fail)?;
    erase_folder(&folder.join(RECORDINGS)).map_err(fail)?;
    doom(folder, belongs_to_the_store).map_err(fail)?;
    erase_doomed(folder).map_err(fail)?;
    fs::remove_file(&mark).map_err(fail)?;
    files::flush_folder(folder);
    Ok(())
}

/// Goes on with [`erase_everything`] when it was cut short; to be called before anything in the folder is used.
pub fn finish_wipe(folder: &Path) -> Result<()> {
    if folder.join(ALL_GOES).exists() { erase_everything(folder) } else { Ok(()) }
}

/// Removes what was encrypted with a key that is gone, but for the local data, which is moved aside by others.
pub(super) fn erase_rebuildable(folder: &Path) -> Result<()> {
    let fail = |error: io::Error| StoreError::from_io(&error);
    let is_rebuildable = |name: &str| name.starts_with("cache.db") || name == key_file::FILE_NAME;
    doom(folder, is_rebuildable).map_err(fail)?;
    erase_doomed(folder).map_err(fail)?;
    erase_folder(&folder.join(RECORDINGS)).map_err(fail)
}

fn doom(folder: &Path, goes: impl Fn(&str) -> bool) -> io::Result<()> {
    for (count, path) in files_in(folder).filter(|path| goes(name_of(path))).enumerate() {
        let doomed = folder.join(format!("{DOOMED}{count}-{:016x}", fastrand::u64(..)));
        files::rename_durably(&path, &doomed)?;
    }
    Ok(())
}

fn erase_doomed(folder: &Path) -> io::Result<()> {
    files_in(folder).filter(|path| is_doomed(path)).try_for_each(|path| erase_file(&path))
}

/// Erases a folder of the store and what lies in it. A missing folder is a success.
pub fn erase_folder(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { erase_folder(&path)? } else { erase_file(&path)? }
    }
    match fs::remove_dir(folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Erases what an interrupted wipe left under its doomed name, and temporary files of a run that was killed.
pub(super) fn finish_interrupted(folder: &Path) {
    for path in files_in(folder).filter(|path| is_doomed(path) || files::is_temporary(path)) {
        erase_file(&path).ok();
    }
}

/// Erases the temporary files that a run which was killed left where somebody wanted an export; to be called at the
/// start, before anything is exported.
pub fn finish_exports(folder: &Path) {
    for (note, path) in files::noted_in(folder) {
        // A disk that is not plugged in today may be there tomorrow.
        let is_gone = path.is_none_or(|path| files::folder_of(&path).is_dir() && erase_file(&path).is_ok());
        if is_gone {
            fs::remove_file(note).ok();
        }
    }
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().flatten().collect();
    entries.into_iter().map(|entry| entry.path()).filter(|path| path.is_file())
}

fn is_doomed(path: &Path) -> bool {
    name_of(path).starts_with(DOOMED)
}

fn belongs_to_the_store(name: &str) -> bool {
    let ours = ["cache.db", "local.db", key_file::FILE_NAME, vault::LEAD, files::NOTE_LEAD];
    ours.iter().any(|lead| name.starts_with(lead)) || files::is_temporary(Path::new(name))
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_killed_export_left_is_erased_and_what_cannot_be_reached_is_remembered() {
        let (data, elsewhere) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let note = |count: u32, path: &Path| {
            let name = data.path().join(format!("{}{count:016x}", files::NOTE_LEAD));
            fs::write(&name, path.to_str().expect("a text")).expect("written");
            name
        };
        let left = elsewhere.path().join(".consult-desk-0123456789abcdef.tmp");
        let theirs = elsewhere.path().join("Bella.wav");
        fs::write(&left, "half").expect("written");
        fs::write(&theirs, "whole").expect("written");
        let unplugged = elsewhere.path().join("no folder/.consult-desk-0123456789abcdef.tmp");
        let notes = [note(1, &left), note(2, &theirs), note(3, Path::new("")), note(4, &unplugged)];
        finish_exports(data.path());
        assert!(!left.exists() && theirs.exists(), "nothing is erased that is not ours");
        assert_eq!(notes.map(|note| note.exists()), [false, false, false, true]);
    }
}
