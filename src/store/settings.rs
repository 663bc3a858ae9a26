//! Small texts about how a person likes the window: read once, written whole.
//! What the settings mean is known elsewhere; a file that cannot be read is moved aside and costs only the likings.

use super::files::{self, FileError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs;
use std::io::{self, Read as _};
use std::path::Path;

/// More than this is not a settings file of ours.
pub const MOST_BYTES: u64 = 256 * 1024;

/// Reading and writing of one JSON text.
pub struct SettingsFile;

impl SettingsFile {
    /// `None` when there is no file yet.
    pub fn load(path: &Path) -> Result<Option<String>, FileError> {
        match read_limited(path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::Other(error.kind())),
        }
    }

    pub fn save(path: &Path, text: &str) -> Result<(), FileError> {
        if text.len() as u64 > MOST_BYTES {
            return Err(FileError::Other(io::ErrorKind::InvalidInput));
        }
        files::write_privately(path, text.as_bytes())
    }
}

/// What the file holds, or the default. An unreadable file is kept beside it as `….unreadable`; what a killed run
/// left of a new one goes.
pub fn load_json<T: DeserializeOwned + Default>(path: &Path) -> T {
    files::remove_temporaries(files::folder_of(path));
    let parsed = match SettingsFile::load(path) {
        Ok(None) => return T::default(),
        Ok(Some(text)) => serde_json::from_str(&text).ok(),
        Err(_) => None,
    };
    parsed.unwrap_or_else(|| {
        let mut aside = path.as_os_str().to_owned();
        aside.push(".unreadable");
        fs::rename(path, Path::new(&aside)).ok();
        T::default()
    })
}

pub fn save_json<T: Serialize>(path: &Path, value: &T) -> Result<(), FileError> {
    let text = serde_json::to_string_pretty(value).map_err(|_| FileError::Other(io::ErrorKind::InvalidInput))?;
    SettingsFile::save(path, &text)
}

fn read_limited(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    fs::File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MOST_BYTES { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    type Likings = BTreeMap<String, i32>;

    #[test]
    fn settings_come_back() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("settings.json");
        assert_eq!(load_json::<Likings>(&path), Likings::new());
        let likings = Likings::from([("zoom".to_owned(), 125)]);
        save_json(&path, &likings).expect("saved");
        assert_eq!(load_json::<Likings>(&path), likings);
    }

    #[test]
    fn a_bad_file_is_moved_aside() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("settings.json");
        let long = format!("{{\"a\":1{}}}", " ".repeat(300_000));
        for bad in [b"{not json".as_slice(), b"\xff\xfe\x00", b"[1,2]", b"", long.as_bytes()] {
            fs::write(&path, bad).expect("written");
            assert_eq!(load_json::<Likings>(&path), Likings::new());
            assert!(!path.exists());
            assert_eq!(fs::read(home.path().join("settings.json.unreadable")).expect("kept"), bad);
        }
    }

    #[test]
    fn what_a_kill_left_goes_with_the_next_start() {
        let home = tempfile::tempdir().expect("a folder");
        let (path, left) = (home.path().join("settings.json"), home.path().join(".consult-desk-0123456789abcdef.tmp"));
        fs::write(&left, "{\"zo").expect("written");
        assert_eq!(load_json::<Likings>(&path), Likings::new());
        assert!(!left.exists());
    }

    #[test]
    fn too_long_a_text_is_not_written() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("settings.json");
        assert!(SettingsFile::save(&path, &"x".repeat(300_000)).is_err());
        assert!(!path.exists());
    }
}
