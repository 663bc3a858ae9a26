//! A file with 32 secret bytes, or with a few secret words, for a computer without a key store. It is read only while nobody but its owner can.

use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretFileError {
    #[error("the secret file is not there")]
    Missing,
    #[error("the secret file can be read by others; close it to everybody but its owner (chmod 600)")]
    OpenToOthers,
    #[error("the secret file does not hold 32 bytes")]
    WrongLength,
    #[error("the secret file is longer than secrets are")]
    TooLong,
    #[error("the secret file could not be used: {0}")]
    Io(io::ErrorKind),
}

/// The secret of an existing file.
pub fn read(path: &Path) -> Result<Zeroizing<[u8; 32]>, SecretFileError> {
    let mut file = File::open(path).map_err(of_io)?;
    if is_open_to_others(&file.metadata().map_err(of_io)?) {
        return Err(SecretFileError::OpenToOthers);
    }
    let mut bytes = Zeroizing::new(Vec::with_capacity(64));
    std::io::Read::by_ref(&mut file).take(33).read_to_end(&mut bytes).map_err(of_io)?;
    let secret = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|_| SecretFileError::WrongLength)?;
    Ok(Zeroizing::new(secret))
}

/// A secret text of an existing file, of so many bytes at most.
pub fn read_text(path: &Path, most: u64) -> Result<Zeroizing<String>, SecretFileError> {
    let mut file = File::open(path).map_err(of_io)?;
    let facts = file.metadata().map_err(of_io)?;
    if is_open_to_others(&facts) {
        return Err(SecretFileError::OpenToOthers);
    }
    if facts.len() > most {
        return Err(SecretFileError::TooLong);
    }
    let mut text = Zeroizing::new(String::with_capacity(facts.len() as usize + 1));
    std::io::Read::by_ref(&mut file).take(most).read_to_string(&mut text).map_err(of_io)?;
    Ok(text)
}

/// Makes the file with a secret in it; one that is there already stays as it is.
pub fn create(path: &Path, secret: &[u8; 32]) -> Result<(), SecretFileError> {
    create_with(path, secret)
}

/// The same with a secret of any length.
pub fn create_with(path: &Path, secret: &[u8]) -> Result<(), SecretFileError> {
    let mut file = options().open(path).map_err(of_io)?;
    file.write_all(secret).and_then(|()| file.sync_all()).map_err(of_io)
}

#[expect(clippy::needless_pass_by_value, reason = "it is named where errors are turned over")]
fn of_io(error: io::Error) -> SecretFileError {
    match error.kind() {
        io::ErrorKind::NotFound => SecretFileError::Missing,
        kind => SecretFileError::Io(kind),
    }
}

#[cfg(unix)]
fn options() -> fs::OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = File::options();
    options.write(true).create_new(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn options() -> fs::OpenOptions {
    let mut options = File::options();
    options.write(true).create_new(true);
    options
}

#[cfg(unix)]
fn is_open_to_others(facts: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    facts.permissions().mode() & 0o077 != 0
}

/// Whoever puts the file below a Windows profile has closed it to others.
#[cfg(not(unix))]
fn is_open_to_others(_facts: &fs::Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_made_is_read_again_and_never_replaced() {
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("secret");
        assert_eq!(read(&path), Err(SecretFileError::Missing));
        create(&path, &[7; 32]).expect("made");
        assert_eq!(create(&path, &[8; 32]), Err(SecretFileError::Io(io::ErrorKind::AlreadyExists)));
        assert_eq!(read(&path).as_deref(), Ok(&[7; 32]));
    }

    #[test]
    fn another_length_is_no_secret() {
        let home = tempfile::tempdir().expect("a folder");
        for length in [0, 31, 33, 64] {
            let path = home.path().join(length.to_string());
            options().open(&path).and_then(|mut file| file.write_all(&vec![7; length])).expect("written");
            assert_eq!(read(&path), Err(SecretFileError::WrongLength), "{length}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let home = tempfile::tempdir().expect("a folder");
        let path = home.path().join("secret");
        create(&path, &[7; 32]).expect("made");
        for mode in [0o640, 0o604, 0o644] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("opened");
            assert_eq!(read(&path), Err(SecretFileError::OpenToOthers), "{mode:o}");
        }
    }
}
