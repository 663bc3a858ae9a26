//! The one way a database is opened: key first, then the settings every connection needs.
//! Handing in a key is the whole switch to encryption; a library that would ignore the key is noticed here,
//! because a database that is silently plain is worse than none.

use super::private;
use super::{DatabaseFile, Result, StoreError};
use rusqlite::Connection;
use rusqlite::config::DbConfig;
use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::Duration;
use zeroize::{Zeroize as _, Zeroizing};

/// Where a plain database keeps the level of its tables, and how such a file begins.
const LEVEL_AT: usize = 60;
const PLAIN_HEADER: &[u8] = b"SQLite format 3\0";

/// The 256-bit key of an encrypted database.
#[derive(Clone)]
pub struct DatabaseKey([u8; 32]);

impl DatabaseKey {
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The raw form skips the slow derivation that is meant for passwords.
    fn as_pragma(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(70));
        text.push_str("x'");
        for byte in self.0 {
            write!(text, "{byte:02x}").ok();
        }
        text.push('\'');
        text
    }
}

impl Drop for DatabaseKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for DatabaseKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DatabaseKey([redacted])")
    }
}

/// Opens one of the two databases in `folder`, ready for use but for its tables.
pub(super) fn connect(folder: &Path, which: DatabaseFile, key: Option<&DatabaseKey>) -> Result<Connection> {
    let path = folder.join(which.file_name());
    refuse_plain_file(&path, which, key)?;
    private::restrict_path(&path, folder).map_err(|_| StoreError::ReadOnly { which })?;
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let connection = Connection::open(&path).map_err(fail)?;
    unlock(&connection, which, key)?;
    prepare(&connection, which).map_err(fail)?;
    Ok(connection)
}

/// The level of the tables in a file, read without changing the file. `None` when there is no file or no content.
pub(super) fn level_on_disk(folder: &Path, which: DatabaseFile, key: Option<&DatabaseKey>) -> Result<Option<i32>> {
    let path = folder.join(which.file_name());
    let Some(header) = read_header(&path) else { return Ok(None) };
    let plain_level = header.get(LEVEL_AT..LEVEL_AT + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let is_plain = header.starts_with(PLAIN_HEADER);
    // A level already in the file itself needs no connection, which would leave a journal beside the file.
    let in_file = plain_level.filter(|_| is_plain).map_or(0, i32::from_be_bytes);
    let journal = folder.join(format!("{}-wal", which.file_name()));
    if key.is_none() && std::fs::metadata(journal).map_or(0, |facts| facts.len()) == 0 {
        return Ok(Some(in_file));
    }
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let connection = Connection::open(&path).map_err(fail)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(fail)?;
    unlock(&connection, which, key)?;
    let level = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)?;
    Ok(Some(in_file.max(level)))
}

/// Opens a damaged file for reading what is left in it.
pub(super) fn open_for_salvage(path: &Path, key: Option<&DatabaseKey>) -> Result<Connection> {
    let which = DatabaseFile::Local;
    let connection = Connection::open(path).map_err(|error| StoreError::from_sqlite(which, &error))?;
    unlock(&connection, which, key)?;
    Ok(connection)
}

fn unlock(connection: &Connection, which: DatabaseFile, key: Option<&DatabaseKey>) -> Result<()> {
    let Some(key) = key else { return Ok(()) };
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    connection.pragma_update(None, "key", key.as_pragma().as_str()).map_err(fail)?;
    let cipher = connection.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0));
    cipher.map(drop).map_err(|_| StoreError::NotEncrypted { which })
}

fn refuse_plain_file(path: &Path, which: DatabaseFile, key: Option<&DatabaseKey>) -> Result<()> {
    let is_plain = read_header(path).is_some_and(|header| header.starts_with(PLAIN_HEADER));
    if key.is_some() && is_plain { Err(StoreError::NotEncrypted { which }) } else { Ok(()) }
}

fn read_header(path: &Path) -> Option<Vec<u8>> {
    let mut header = Vec::with_capacity(100);
    File::open(path).ok()?.take(100).read_to_end(&mut header).ok()?;
    (!header.is_empty()).then_some(header)
}

/// Local data waits for the disk at every commit; the cache can be fetched again and does not.
fn prepare(connection: &Connection, which: DatabaseFile) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(2))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let synchronous = match which {
        DatabaseFile::Cache => "NORMAL",
        DatabaseFile::Local => "FULL",
    };
    connection.pragma_update(None, "synchronous", synchronous)?;
    // Removed text is overwritten, and nothing is laid down in the system's folder for temporary files.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    #[test]
    fn a_key_never_prints_itself_and_is_written_raw() {
        let key = DatabaseKey::new([0xab; 32]);
        assert_eq!(format!("{key:?}"), "DatabaseKey([redacted])");
        assert_eq!(key.as_pragma().as_str(), format!("x'{}'", "ab".repeat(32)));
    }

    #[test]
    fn a_library_without_encryption_is_refused_when_a_key_is_given() {
        let home = home();
        let key = DatabaseKey::new([1; 32]);
        let error = connect(home.path(), DatabaseFile::Cache, Some(&key)).expect_err("refused");
        assert_eq!(error, StoreError::NotEncrypted { which: DatabaseFile::Cache });
    }

    #[test]
    fn a_plain_file_is_refused_when_a_key_is_given() {
        let home = home();
        let plain = connect(home.path(), DatabaseFile::Local, None).expect("opened");
        plain.execute_batch("CREATE TABLE t(x); PRAGMA user_version = 3").expect("written");
        drop(plain);
        assert_eq!(level_on_disk(home.path(), DatabaseFile::Local, None), Ok(Some(3)));
        let key = DatabaseKey::new([1; 32]);
        let error = connect(home.path(), DatabaseFile::Local, Some(&key)).expect_err("refused");
        assert_eq!(error, StoreError::NotEncrypted { which: DatabaseFile::Local });
    }

    #[test]
    fn the_level_is_read_from_the_journal_too() {
        let home = home();
        let open = connect(home.path(), DatabaseFile::Local, None).expect("opened");
        open.execute_batch("CREATE TABLE t(x); PRAGMA user_version = 9").expect("written");
        let copy = self::home();
        for name in ["local.db", "local.db-wal"] {
            std::fs::copy(home.path().join(name), copy.path().join(name)).expect("copied");
        }
        let before = std::fs::read(copy.path().join("local.db")).expect("read");
        assert_eq!(level_on_disk(copy.path(), DatabaseFile::Local, None), Ok(Some(9)));
        assert_eq!(std::fs::read(copy.path().join("local.db")).expect("read"), before);
    }

    #[test]
    fn durability_follows_what_is_kept() {
        let home = home();
        for (which, expected) in [(DatabaseFile::Cache, 1), (DatabaseFile::Local, 2)] {
            let connection = connect(home.path(), which, None).expect("opened");
            let level: i32 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("read");
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("read");
            assert_eq!((level, mode.as_str()), (expected, "wal"));
        }
    }
}
