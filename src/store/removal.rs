//! Leaving nothing on this computer but the program and how its window is liked.
//! A mark on the disk comes first and goes last, so that a removal that was cut short is finished at the next start.
//! What opens the store is overwritten; the rest is unreadable without it and is only unlinked, however large it is.
//! The secret in the system's key store is somebody else's to remove.

use super::files::{self, FileError};
use super::{key_file, vault, wipe};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// Stands in the data folder while a removal is under way.
const MARK: &str = ".removing-everything";
/// What holds keys begins with one of these names.
const KEY_FILES: [&str; 2] = [key_file::FILE_NAME, vault::LEAD];

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RemovalError {
    #[error("The removal could not be begun: {0}")]
    NotBegun(FileError),
    /// How many files are still there.
    #[error("{0} files could not be removed")]
    Left(usize),
}

/// Everything that this program ever wrote for its user, by folder. Folders may lie in each other.
#[derive(Clone, Debug)]
pub struct Removal {
    data: PathBuf,
    folders: Vec<PathBuf>,
    /// Stays as it is: the lock of the running desk, the likings.
    spared: Vec<PathBuf>,
    /// Stays, but emptied: the log that is being written.
    emptied: PathBuf,
}

impl Removal {
    /// `data` is where the store lies; `others` are the folders of the program beside it.
    pub fn new(data: &Path, others: &[PathBuf], spared: &[PathBuf], log: &Path) -> Self {
        let folders = std::iter::once(data.to_owned()).chain(others.iter().cloned()).collect();
        Self { data: data.to_owned(), folders, spared: spared.to_vec(), emptied: log.to_owned() }
    }

    /// From here on it is carried out, now or at the next start.
    pub fn begin(&self) -> Result<(), RemovalError> {
        files::write_privately(&self.mark(), b"").map_err(RemovalError::NotBegun)
    }

    /// One was begun and not finished.
    pub fn is_under_way(&self) -> bool {
        self.mark().exists()
    }

    /// First of all: without its keys everything else is noise.
    pub fn destroy_keys(&self) {
        for path in files_in(&self.data).filter(|path| holds_keys(path)) {
            if let Err(error) = wipe::erase_file(&path) {
                tracing::warn!(kind = %error.kind(), "a key file could not be overwritten");
                fs::remove_file(&path).ok();
            }
        }
        files::flush_folder(&self.data);
    }

    /// Removes everything and looks again; may be called as often as it takes. The store must be closed.
    pub fn carry_out(&self) -> Result<(), RemovalError> {
        self.destroy_keys();
        self.empty_log();
        for folder in &self.folders {
            self.clear(folder);
            files::flush_folder(folder);
        }
        match self.left().len() {
            0 => {
                fs::remove_file(self.mark()).ok();
                files::flush_folder(&self.data);
                Ok(())
            }
            left => Err(RemovalError::Left(left)),
        }
    }

    /// What is still there and should not be.
    pub fn left(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        self.folders.iter().for_each(|folder| self.list(folder, &mut found));
        found
    }

    fn mark(&self) -> PathBuf {
        self.data.join(MARK)
    }

    /// A socket of the running desk is no file and holds nothing.
    fn stays(&self, path: &Path) -> bool {
        let is_kept = path == self.mark() || path == self.emptied || self.spared.iter().any(|spared| spared == path);
        is_kept || fs::symlink_metadata(path).is_ok_and(|facts| !facts.is_file() && !facts.is_symlink())
    }

    /// Removes what is in a folder; of folders, those that are empty then and are not the program's own.
    fn clear(&self, folder: &Path) {
        for path in entries(folder) {
            if is_folder(&path) {
                self.clear(&path);
                if !self.folders.contains(&path) {
                    fs::remove_dir(&path).ok();
                }
            } else if !self.stays(&path) {
                fs::remove_file(&path).ok();
            }
        }
    }

    fn list(&self, folder: &Path, found: &mut Vec<PathBuf>) {
        for path in entries(folder) {
            if is_folder(&path) {
                self.list(&path, found);
            } else if !self.stays(&path) && !found.contains(&path) {
                found.push(path);
            }
        }
    }

    /// The log holds no content; it is overwritten all the same, and goes on from nothing.
    fn empty_log(&self) {
        let empty = || -> io::Result<()> {
            let length = fs::metadata(&self.emptied)?.len();
            let file = File::options().write(true).open(&self.emptied)?;
            wipe::overwrite(&file, length)?;
            file.set_len(0)
        };
        empty().ok();
    }
}

fn holds_keys(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    KEY_FILES.iter().any(|lead| name.starts_with(lead)) || files::is_temporary(path)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

fn files_in(folder: &Path) -> impl Iterator<Item = PathBuf> {
    entries(folder).into_iter().filter(|path| !is_folder(path))
}

/// A link to a folder is not followed: what it points to was not written by us.
fn is_folder(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|facts| facts.is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Home {
        folder: tempfile::TempDir,
    }

    impl Home {
        /// A profile with a file of every kind.
        fn filled() -> Self {
            let home = Self { folder: tempfile::tempdir().expect("a folder") };
            for name in [
                "data/desk.lock",
                "data/vault.sealed",
                "data/api-key.sealed",
                "data/cache.db",
                "data/cache.db-wal",
                "data/local.db.damaged-20260220T140200Z",
                "data/.consult-desk-0123456789abcdef.tmp",
                "data/recordings/aa.wav",
                "data/recordings/aa.peaks",
                "data/logs/consult-desk.log",
                "data/logs/consult-desk.log.1",
                "cache/sample/cache.db",
                "cache/sound.json",
                "config/settings.json",
                "config/settings.json.unreadable",
            ] {
                let path = home.path(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("made");
                fs::write(path, b"Canary-Bella-7f3a91").expect("written");
            }
            home
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        /// The logs lie in the data folder, as on Windows.
        fn removal(&self) -> Removal {
            let others = ["cache", "config", "data/logs"].map(|name| self.path(name));
            let spared = ["data/desk.lock", "config/settings.json"].map(|name| self.path(name));
            Removal::new(&self.path("data"), &others, &spared, &self.path("data/logs/consult-desk.log"))
        }

        fn files(&self) -> Vec<String> {
            let mut found = Vec::new();
            let mut folders = vec![self.folder.path().to_owned()];
            while let Some(folder) = folders.pop() {
                let (inner, files): (Vec<_>, Vec<_>) = entries(&folder).into_iter().partition(|path| path.is_dir());
                folders.extend(inner);
                let below = |path: &PathBuf| {
                    path.strip_prefix(self.folder.path()).expect("below").display().to_string().replace('\\', "/")
                };
                found.extend(files.iter().map(below));
            }
            found.sort();
            found
        }
    }

    const WHAT_STAYS: [&str; 3] = ["config/settings.json", "data/desk.lock", "data/logs/consult-desk.log"];

    #[test]
    fn only_the_program_and_its_likings_stay() {
        let home = Home::filled();
        let removal = home.removal();
        removal.begin().expect("begun");
        assert!(removal.is_under_way());
        removal.carry_out().expect("carried out");
        assert_eq!(home.files(), WHAT_STAYS);
        assert!(!removal.is_under_way() && removal.left().is_empty());
        assert_eq!(fs::read(home.path("data/logs/consult-desk.log")).expect("read"), b"");
        assert!(!home.path("data/recordings").exists() && !home.path("cache/sample").exists());
        assert!(home.path("cache").exists(), "the program's own folders stay");
    }

    #[test]
    fn one_that_was_cut_short_anywhere_is_finished_later() {
        let all = Home::filled().files().len();
        for cut in 0..all {
            let home = Home::filled();
            let removal = home.removal();
            removal.begin().expect("begun");
            let doomed = removal.left();
            doomed.iter().take(cut).for_each(|path| fs::remove_file(path).expect("removed"));
            let next_start = home.removal();
            assert!(next_start.is_under_way(), "after {cut}");
            next_start.carry_out().expect("carried out");
            assert_eq!(home.files(), WHAT_STAYS, "after {cut}");
        }
    }

    #[test]
    fn nothing_to_remove_is_no_fault() {
        let home = Home { folder: tempfile::tempdir().expect("a folder") };
        assert!(!home.removal().is_under_way());
        home.removal().carry_out().expect("carried out");
        assert!(matches!(home.removal().begin(), Err(RemovalError::NotBegun(_))), "there is no folder");
    }

    #[test]
    fn keys_are_overwritten_before_they_are_unlinked() {
        let home = Home::filled();
        let kept = home.path("data/elsewhere");
        // A second name for the same blocks shows what was done to them.
        fs::hard_link(home.path("data/vault.sealed"), &kept).expect("linked");
        home.removal().destroy_keys();
        let bytes = fs::read(&kept).expect("read");
        assert!(!bytes.is_empty() && bytes.iter().all(|byte| *byte == 0));
        assert!(!home.path("data/vault.sealed").exists() && !home.path("data/api-key.sealed").exists());
    }

    #[cfg(unix)]
    #[test]
    fn links_are_removed_and_not_followed() {
        let home = Home::filled();
        let outside = tempfile::tempdir().expect("a folder");
        fs::write(outside.path().join("mine.txt"), b"mine").expect("written");
        std::os::unix::fs::symlink(outside.path(), home.path("data/link")).expect("linked");
        home.removal().carry_out().expect("carried out");
        assert!(outside.path().join("mine.txt").exists());
        assert_eq!(home.files(), WHAT_STAYS);
    }
}
