//! The one way a database is opened: key first, then the settings every connection needs.
//! A library that would ignore the key is noticed here, and so is a file that is not encrypted, because a database
//! that is silently plain is worse than none.

use super::keys::DatabaseKey;
use super::private;
use super::wiping;
use super::{DatabaseFile, Result, StoreError};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;
use std::sync::Once;
use std::time::Duration;

/// How a database begins that is not encrypted; an encrypted one begins with random bytes.
const PLAIN_HEADER: &[u8] = b"SQLite format 3\0";

/// Opens one of the two databases in `folder`, ready for use but for its tables.
pub(super) fn connect(folder: &Path, which: DatabaseFile, key: &DatabaseKey) -> Result<Connection> {
    let path = folder.join(which.file_name());
    refuse_plain_file(&path, which)?;
    private::restrict_path(&path, folder).map_err(|error| StoreError::from_file(which, &error))?;
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let connection = open(&path, OpenFlags::default()).map_err(fail)?;
    unlock(&connection, which, key)?;
    prepare(&connection, which).map_err(fail)?;
    Ok(connection)
}

/// The level of the tables in a file, read without changing the file. `None` when there is no file or no content.
pub(super) fn level_on_disk(folder: &Path, which: DatabaseFile, key: &DatabaseKey) -> Result<Option<i32>> {
    let path = folder.join(which.file_name());
    if fs::metadata(&path).map_or(0, |facts| facts.len()) == 0 {
        return Ok(None);
    }
    refuse_plain_file(&path, which)?;
    let journal = folder.join(format!("{}-wal", which.file_name()));
    let has_journal = journal.exists();
    let level = read_level(&path, which, key);
    // Looking at a database makes an empty journal beside it; what was not there before goes again.
    if !has_journal && fs::metadata(&journal).is_ok_and(|facts| facts.len() == 0) {
        fs::remove_file(&journal).ok();
    }
    level.map(Some)
}

fn read_level(path: &Path, which: DatabaseFile, key: &DatabaseKey) -> Result<i32> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    // Nothing is written, but only who may write can be alone with the file.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags).map_err(fail)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true).map_err(fail)?;
    // A file that is in use was looked at by whoever uses it; nobody waits for that.
    connection.busy_timeout(Duration::ZERO).map_err(fail)?;
    unlock(&connection, which, key)?;
    // Alone with the file, the library keeps the index of the journal in memory instead of in a file beside it.
    connection.pragma_update(None, "locking_mode", "EXCLUSIVE").map_err(fail)?;
    connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)
}

/// Opens a damaged file, or a copy of one, for reading what is left in it.
pub(super) fn open_for_salvage(path: &Path, key: &DatabaseKey) -> Result<Connection> {
    let which = DatabaseFile::Local;
    refuse_plain_file(path, which)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = open(path, flags);
    let connection = opened.map_err(|error| StoreError::from_sqlite(which, &error))?;
    unlock(&connection, which, key)?;
    Ok(connection)
}

/// A second connection to the cache that only reads, for questions that must not wait behind what is written.
pub(super) fn connect_to_read(folder: &Path, key: &DatabaseKey) -> Result<Connection> {
    let which = DatabaseFile::Cache;
    let path = folder.join(which.file_name());
    refuse_plain_file(&path, which)?;
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(&path, flags).map_err(fail)?;
    unlock(&connection, which, key)?;
    connection.busy_timeout(Duration::from_secs(2)).map_err(fail)?;
    connection.pragma_update(None, "temp_store", "MEMORY").map_err(fail)?;
    // Kibibytes of decrypted pages that stay at hand between two keystrokes: a phrase of common words reads some five
    // thousand of them, and reading one again costs far more than looking at it.
    connection.pragma_update(None, "cache_size", -24_576).map_err(fail)?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

/// Whether a page could not be decrypted since the connection was opened. What was read since then cannot be
/// trusted, even when the read itself went well: a page that fails may come back as zeros.
pub(super) fn has_met_damage(connection: &Connection) -> bool {
    // The library refuses to write from then on, and every connection here was opened for writing.
    connection.is_readonly(rusqlite::MAIN_DB).unwrap_or(true)
}

/// The library sets itself up with the first database of the process, and lets others that are opened meanwhile
/// run into a half-made cipher: the first one is opened for that alone, and everybody waits for it.
static IS_SET_UP: Once = Once::new();

/// Every database of this program is opened here.
fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    IS_SET_UP.call_once(|| {
        wiping::install();
        drop(Connection::open_in_memory());
    });
    Connection::open_with_flags(path, flags)
}

fn unlock(connection: &Connection, which: DatabaseFile, key: &DatabaseKey) -> Result<()> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    // What it has to say goes nowhere: it would write to the terminal.
    ask(connection, "PRAGMA cipher_log_level = NONE").map_err(fail)?;
    connection.pragma_update(None, "key", key.as_pragma().as_str()).map_err(fail)?;
    let cipher = connection.query_row("PRAGMA cipher_version", [], |row| row.get::<_, String>(0));
    cipher.map(drop).map_err(|_| StoreError::NotEncrypted { which })
}

/// Runs a pragma that may or may not answer.
fn ask(connection: &Connection, pragma: &str) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(pragma)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

/// Says no to a database that is not encrypted, whoever put it there.
pub(super) fn refuse_plain_file(path: &Path, which: DatabaseFile) -> Result<()> {
    let mut header = Vec::with_capacity(PLAIN_HEADER.len());
    let read = File::open(path).and_then(|file| file.take(PLAIN_HEADER.len() as u64).read_to_end(&mut header));
    if read.is_ok() && header == PLAIN_HEADER { Err(StoreError::NotEncrypted { which }) } else { Ok(()) }
}

/// Local data waits for the disk at every commit; the cache can be fetched again and does not.
fn prepare(connection: &Connection, which: DatabaseFile) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_secs(2))?;
    if which == DatabaseFile::Cache {
        // Only a file without tables takes this: from then on it can give pages back that became free.
        connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    }
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
    // Kibibytes. What a long reading or a busy receiver writes to is spread over tables and indexes; with the usual two
    // thousand, half of the decrypting was for pages that had just been let go of.
    connection.pragma_update(None, "cache_size", -6_144)?;
    if which == DatabaseFile::Local {
        // Pages of the journal that go back into the file together: what a busy receiver changes again and again is
        // written there once, and whoever waits for a commit waits less often for the file as well.
        connection.pragma_update(None, "wal_autocheckpoint", 4_000)?;
    }
    connection.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder")
    }

    fn key() -> DatabaseKey {
        DatabaseKey::new([1; 32])
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("listed").flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn a_plain_file_is_refused() {
        let home = home();
        let path = home.path().join("local.db");
        let plain = open(&path, OpenFlags::default()).expect("opened");
        plain.execute_batch("CREATE TABLE t(x); PRAGMA user_version = 3").expect("written");
        drop(plain);
        let before = fs::read(&path).expect("read");
        let refused = StoreError::NotEncrypted { which: DatabaseFile::Local };
        assert_eq!(level_on_disk(home.path(), DatabaseFile::Local, &key()), Err(refused.clone()));
        assert_eq!(connect(home.path(), DatabaseFile::Local, &key()).expect_err("refused"), refused);
        assert!(fs::read(&path).expect("read") == before);
        assert_eq!(names(home.path()), ["local.db"]);
    }

    #[test]
    fn nothing_of_a_database_is_readable_without_its_key() {
        let home = home();
        let open = connect(home.path(), DatabaseFile::Cache, &key()).expect("opened");
        open.execute_batch("CREATE TABLE patient(name); INSERT INTO patient VALUES ('Bella Canary')").expect("written");
        for name in names(home.path()) {
            let bytes = fs::read(home.path().join(&name)).expect("read");
            for needle in ["SQLite", "Bella", "CREATE", "patient"] {
                assert!(!bytes.windows(needle.len()).any(|window| window == needle.as_bytes()), "{needle} in {name}");
            }
        }
        drop(open);
        let other = DatabaseKey::new([2; 32]);
        let error = connect(home.path(), DatabaseFile::Cache, &other).expect_err("refused");
        assert_eq!(error, StoreError::Damaged { which: DatabaseFile::Cache });
    }

    #[test]
    fn the_level_is_read_from_the_journal_too_and_nothing_is_touched() {
        let home = home();
        let open = connect(home.path(), DatabaseFile::Local, &key()).expect("opened");
        open.execute_batch("CREATE TABLE t(x); PRAGMA user_version = 9").expect("written");
        let copy = self::home();
        for name in ["local.db", "local.db-wal"] {
            fs::copy(home.path().join(name), copy.path().join(name)).expect("copied");
        }
        let read = || ["local.db", "local.db-wal"].map(|name| fs::read(copy.path().join(name)).expect("read"));
        let before = read();
        assert_eq!(level_on_disk(copy.path(), DatabaseFile::Local, &key()), Ok(Some(9)));
        assert!(read() == before);
        assert_eq!(names(copy.path()), ["local.db", "local.db-wal"]);
        drop(open);
        assert_eq!(names(home.path()), ["local.db"]);
        assert_eq!(level_on_disk(home.path(), DatabaseFile::Local, &key()), Ok(Some(9)));
        assert_eq!(names(home.path()), ["local.db"]);
        assert_eq!(level_on_disk(home.path(), DatabaseFile::Cache, &key()), Ok(None));
    }

    #[test]
    fn durability_follows_what_is_kept() {
        let home = home();
        for (which, expected) in [(DatabaseFile::Cache, 1), (DatabaseFile::Local, 2)] {
            let connection = connect(home.path(), which, &key()).expect("opened");
            let level: i32 = connection.pragma_query_value(None, "synchronous", |row| row.get(0)).expect("read");
            let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0)).expect("read");
            assert_eq!((level, mode.as_str()), (expected, "wal"));
        }
    }
}
