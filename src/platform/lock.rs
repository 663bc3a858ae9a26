//! One desk per profile: a lock that the system drops by itself when the process ends, however it ends.
//! It is taken before the databases are opened.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// The file in the data folder that is locked.
pub const FILE_NAME: &str = "desk.lock";

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    #[error("Consult Desk is already running with this data")]
    AlreadyRunning,
    #[error("The data folder cannot be locked: {0}")]
    Unusable(io::ErrorKind),
}

/// Held as long as the desk runs.
#[derive(Debug)]
pub struct ProfileLock {
    _file: File,
}

impl ProfileLock {
    pub fn take(folder: &Path) -> Result<Self, LockError> {
        let unusable = |error: io::Error| LockError::Unusable(error.kind());
        // Windows does not lock a file that is open for appending alone.
        let open = File::options().read(true).append(true).create(true).open(folder.join(FILE_NAME));
        let file = open.map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(LockError::AlreadyRunning),
            Err(TryLockError::Error(error)) => Err(unusable(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_desk_is_turned_away_until_the_first_has_gone() {
        let home = tempfile::tempdir().expect("a folder");
        let first = ProfileLock::take(home.path()).expect("free");
        assert_eq!(ProfileLock::take(home.path()).expect_err("held"), LockError::AlreadyRunning);
        drop(first);
        ProfileLock::take(home.path()).expect("free again");
    }

    #[test]
    fn a_folder_that_is_not_there_is_no_running_desk() {
        let home = tempfile::tempdir().expect("a folder");
        let error = ProfileLock::take(&home.path().join("nowhere")).expect_err("no folder");
        assert!(matches!(error, LockError::Unusable(_)));
    }
}
