//! Where the desk keeps its things, and that nobody else on this computer can look into them.
//! What lies in the folders is not known here.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// The name under which every system files the program.
const APPLICATION: &str = "ConsultDesk";
/// Moves all folders below one; for tests and for a second clinic.
pub const HOME_VARIABLE: &str = "CONSULT_DESK_HOME";

/// The four folders. They are private to the person who is logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folders {
    /// The store, the recordings and the sealed key.
    pub data: PathBuf,
    /// What may be deleted at any time.
    pub cache: PathBuf,
    /// Settings; never a secret.
    pub config: PathBuf,
    pub logs: PathBuf,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FolderError {
    #[error("This computer does not tell where programs may keep their data; set {HOME_VARIABLE} to a folder")]
    NoHome,
    #[error("The folder {} cannot be used: {kind}", path.display())]
    Unusable { path: PathBuf, kind: io::ErrorKind },
}

impl Folders {
    /// Finds the folders and makes those that are missing.
    pub fn locate() -> Result<Self, FolderError> {
        let folders = Self::choose(std::env::var_os(HOME_VARIABLE))?;
        folders.create()?;
        Ok(folders)
    }

    /// All four below one folder. Nothing is made yet.
    pub fn below(home: &Path) -> Self {
        let home = std::path::absolute(home).unwrap_or_else(|_| home.to_owned());
        Self {
            data: home.join("data"),
            cache: home.join("cache"),
            config: home.join("config"),
            logs: home.join("logs"),
        }
    }

    /// Makes the folders and closes them to everybody else, also those that were open before.
    pub fn create(&self) -> Result<(), FolderError> {
        for path in [&self.data, &self.cache, &self.config, &self.logs] {
            create_private(path).map_err(|error| FolderError::Unusable { path: path.clone(), kind: error.kind() })?;
        }
        Ok(())
    }

    fn choose(home: Option<OsString>) -> Result<Self, FolderError> {
        match home.filter(|home| !home.is_empty()) {
            Some(home) => Ok(Self::below(Path::new(&home))),
            None => Self::of_the_system().ok_or(FolderError::NoHome),
        }
    }

    /// The local folders on purpose: a roaming profile would copy patients' data through the network.
    fn of_the_system() -> Option<Self> {
        let known = directories::ProjectDirs::from("", "", APPLICATION)?;
        let data = known.data_local_dir().to_owned();
        let logs = known.state_dir().unwrap_or(&data).join("logs");
        Some(Self { cache: known.cache_dir().to_owned(), config: known.config_local_dir().to_owned(), logs, data })
    }
}

/// Makes a folder that only its owner can enter.
pub fn create_private(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    close_to_others(path)
}

#[cfg(unix)]
fn close_to_others(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

/// Folders below a Windows profile are closed to other people from the start.
#[cfg(not(unix))]
fn close_to_others(_path: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_variable_moves_everything() {
        let home = tempfile::tempdir().expect("a folder");
        let folders = Folders::choose(Some(home.path().as_os_str().to_owned())).expect("chosen");
        folders.create().expect("made");
        for path in [&folders.data, &folders.cache, &folders.config, &folders.logs] {
            assert!(path.starts_with(home.path()) && path.is_dir(), "{}", path.display());
        }
    }

    #[test]
    fn an_empty_variable_counts_as_none() {
        assert_eq!(Folders::choose(Some(OsString::new())), Folders::choose(None));
    }

    #[test]
    fn a_relative_folder_becomes_absolute() {
        assert!(Folders::below(Path::new("here")).data.is_absolute());
    }

    #[cfg(unix)]
    #[test]
    fn the_folders_are_closed_to_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().expect("a folder");
        let folders = Folders::below(home.path());
        fs::create_dir(&folders.data).expect("made open");
        folders.create().expect("made");
        for path in [&folders.data, &folders.cache, &folders.config, &folders.logs] {
            assert_eq!(fs::metadata(path).expect("metadata").permissions().mode() & 0o777, 0o700);
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let home = tempfile::tempdir().expect("a folder");
        let file = home.path().join("file");
        fs::write(&file, "x").expect("written");
        let error = Folders::below(&file).create().expect_err("below a file");
        assert!(error.to_string().contains("file"), "{error}");
    }
}
