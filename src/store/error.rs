//! What can go wrong with the two databases, in words a person can act on.
//! An error carries a file's name and a code, never a value from a row and never SQL.

use std::fmt;
use std::path::PathBuf;

/// Which of the two databases is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseFile {
    /// Everything that NxVET can send again.
    Cache,
    /// What exists on this computer alone.
    Local,
}

impl DatabaseFile {
    pub fn file_name(self) -> &'static str {
        match self {
            Self::Cache => "cache.db",
            Self::Local => "local.db",
        }
    }
}

impl fmt::Display for DatabaseFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.file_name())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    #[error("{which} was made by a newer version of Consult Desk; nothing in it was touched")]
    MadeByNewerVersion { which: DatabaseFile },
    #[error("{which} should be encrypted and is not; it was not opened")]
    NotEncrypted { which: DatabaseFile },
    #[error("The disk is full")]
    DiskFull,
    #[error("{which} cannot be written: its folder is read-only or belongs to somebody else")]
    ReadOnly { which: DatabaseFile },
    #[error("{which} is in use by another program")]
    Busy { which: DatabaseFile },
    #[error("{which} is damaged")]
    Damaged { which: DatabaseFile },
    #[error("{which} {}", words_of_code(*code))]
    Database { which: DatabaseFile, code: i32 },
    #[error("The data on this computer was closed")]
    Closed,
    #[error("The data folder could not be used: {}", words_of_kind(*.0))]
    Folder(std::io::ErrorKind),
}

impl StoreError {
    /// Sorts a database error into what a person can do about it.
    pub(super) fn from_sqlite(which: DatabaseFile, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        match error.sqlite_error_code() {
            Some(Code::DiskFull) => Self::DiskFull,
            Some(Code::ReadOnly | Code::PermissionDenied) => Self::ReadOnly { which },
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy { which },
            // A page that cannot be decrypted while it is written over comes as a lack of memory.
            Some(Code::NotADatabase | Code::DatabaseCorrupt | Code::OutOfMemory) => Self::Damaged { which },
            // Of a file that could not be opened the library does not tell why.
            _ => match extended_code(error) {
                rusqlite::ffi::SQLITE_IOERR_SHORT_READ => Self::Damaged { which },
                code => Self::Database { which, code },
            },
        }
    }

    /// A database file that could not even be touched.
    pub(super) fn from_file(which: DatabaseFile, error: &std::io::Error) -> Self {
        use std::io::ErrorKind as Kind;
        match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => Self::DiskFull,
            Kind::PermissionDenied | Kind::ReadOnlyFilesystem => Self::ReadOnly { which },
            _ => Self::Database { which, code: rusqlite::ffi::SQLITE_CANTOPEN },
        }
    }

    pub(super) fn from_io(error: &std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Self::DiskFull,
            kind => Self::Folder(kind),
        }
    }
}

/// The system's own words name a kind of error ("uncategorized error"), not what a person could look at.
pub(super) fn words_of_kind(kind: std::io::ErrorKind) -> &'static str {
    use std::io::ErrorKind as Kind;
    match kind {
        Kind::PermissionDenied => "this user may not use it",
        Kind::ReadOnlyFilesystem => "it is read-only",
        Kind::NotFound | Kind::NotADirectory => "it is not there any more",
        Kind::StorageFull | Kind::QuotaExceeded => "the disk is full",
        Kind::Interrupted => "the work was broken off",
        Kind::TimedOut | Kind::NetworkUnreachable | Kind::HostUnreachable => "the disk does not answer",
        _ => "the disk reported an error",
    }
}

/// The code stays for whoever is asked for help.
fn words_of_code(code: i32) -> String {
    let what = match code & 0xff {
        rusqlite::ffi::SQLITE_CANTOPEN => "could not be opened: the disk may be full or its folder locked",
        rusqlite::ffi::SQLITE_IOERR => "could not be read or written: the disk reported an error",
        _ => "could not be read or written",
    };
    format!("{what} (code {code})")
}

fn extended_code(error: &rusqlite::Error) -> i32 {
    match error {
        rusqlite::Error::SqliteFailure(failure, _) => failure.extended_code,
        rusqlite::Error::SqlInputError { error, .. } => error.extended_code,
        _ => 0,
    }
}

/// Something that happened while opening or using the store and that is said once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OpenNote {
    /// The cache was unreadable; it was moved aside and is filled again from NxVET.
    CacheRebuilt { aside: PathBuf },
    /// The local data was unreadable; it was moved aside and as many rows as possible were carried over.
    LocalRebuilt { aside: PathBuf, salvaged: usize },
    /// What opened the data is gone; what was local was moved aside, the rest is fetched again.
    KeysLost,
    /// A file that was not encrypted lay where the data belongs; it was moved aside unopened.
    PlainFileMoved,
}

impl fmt::Display for OpenNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CacheRebuilt { .. } => {
                f.write_str("The copy on this computer was damaged. It was moved aside and is being fetched again.")
            }
            Self::LocalRebuilt { salvaged, .. } => write!(
                f,
                "The data of this computer was damaged. It was moved aside; {salvaged} entries could be saved."
            ),
            Self::KeysLost => f.write_str(
                "What was kept on this computer cannot be opened any more. Marks and remarks were moved aside; everything else is being fetched again.",
            ),
            Self::PlainFileMoved => f.write_str(
                "Data that was not encrypted lay where this desk keeps its own. It was not opened and was moved aside.",
            ),
        }
    }
}
