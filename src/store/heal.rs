//! What is done about a damaged database: notice it, move it aside under a time stamp, save what can be saved.
//! Nothing is deleted here but older copies of the same file; two are kept.

use super::migrations::{self, Step};
use super::{DatabaseFile, Result, StoreError, files};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::fs;
use std::path::{Path, PathBuf};

const KEPT_COPIES: usize = 2;
const DAMAGED: &str = ".damaged-";
/// The end of the name of a file whose key is gone.
pub(super) const LOST: &str = ".lost-";
/// The end of the name of a file that was not encrypted.
pub(super) const PLAIN: &str = ".plain-";
/// The copy of the local data that is kept beside it.
const COPY: &str = "local.db.copy";
/// A local file beyond this is not copied any more: the copy would cost more than it is worth.
const MOST_COPIED: u64 = 64 * 1024 * 1024;

/// A cache of up to 8 MiB is read through at the start; a larger one later, when nobody waits.
pub(super) fn pages_at_start(which: DatabaseFile) -> i64 {
    match which {
        DatabaseFile::Cache => 2048,
        DatabaseFile::Local => i64::MAX,
    }
}

/// Reads the whole file unless it has more pages than `most_pages`.
pub(super) fn check(connection: &Connection, most_pages: i64) -> rusqlite::Result<()> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages > most_pages {
        return Ok(());
    }
    // The first proves every page to be as it was written, the second that the pages belong together.
    if is_all_in_the_file(connection) {
        let mut forged = connection.prepare("PRAGMA cipher_integrity_check")?;
        if forged.query([])?.next()?.is_some() {
            return Err(damage());
        }
    }
    for table in stored_tables(connection)? {
        let verdict: String =
            connection.query_row(&format!("PRAGMA quick_check(\"{table}\")"), [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(damage());
        }
    }
    Ok(())
}

/// Every table with pages of its own, those of the search index included. The index itself is left out: it would read
/// every word it knows, which takes minutes and can be made anew.
fn stored_tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut select = connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0")?;
    select.query_map([], |row| row.get(0))?.collect()
}

/// The first check knows the file alone. A page that a kill or a power cut tore on its way from the journal into the
/// file is whole in the journal still, and this writes it again; a full disk or a reader may keep it from that.
fn is_all_in_the_file(connection: &Connection) -> bool {
    let count = "PRAGMA wal_checkpoint(PASSIVE)";
    let counts = connection.query_row(count, [], |row| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?)));
    counts.is_ok_and(|(in_journal, in_file)| in_journal == in_file)
}

fn damage() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

/// A file whose level promises tables that are not there is damaged, too.
pub(super) fn expect_tables(connection: &Connection, which: DatabaseFile) -> Result<()> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let found = table_names(connection).map_err(fail)?;
    let wanted = promised_tables(migrations::steps(which));
    let missing = wanted.iter().any(|name| !found.iter().any(|known| known == name));
    if missing { Err(StoreError::Damaged { which }) } else { Ok(()) }
}

/// The tables that are there once all steps were taken.
fn promised_tables(steps: &[Step]) -> Vec<String> {
    let mut tables = Vec::new();
    let words = steps.iter().flat_map(|step| step.split_whitespace()).collect::<Vec<_>>();
    for (at, word) in words.iter().enumerate() {
        let before = |back: usize| at.checked_sub(back).and_then(|at| words.get(at)).copied().unwrap_or("");
        let Some(name) = words.get(at + 1).filter(|_| word.eq_ignore_ascii_case("TABLE")) else { continue };
        let name = name.split(['(', ';']).next().unwrap_or(name).trim_matches('"').to_owned();
        if before(1) == "CREATE" || (before(1) == "VIRTUAL" && before(2) == "CREATE") {
            tables.push(name);
        } else if before(1) == "DROP" {
            tables.retain(|known| *known != name);
        }
    }
    tables
}

/// Renames the database and its journal to names with a time stamp; returns the new name.
pub(super) fn move_aside(folder: &Path, which: DatabaseFile, now: DateTime<Utc>) -> Result<PathBuf> {
    put_aside(folder, which.file_name(), DAMAGED, now)
}

/// The same for any file of the store and any reason.
pub(super) fn put_aside(folder: &Path, name: &str, reason: &str, now: DateTime<Utc>) -> Result<PathBuf> {
    let stem = format!("{name}{reason}{}", now.format("%Y%m%dT%H%M%SZ"));
    let names = (0..1000).map(|count| if count == 0 { stem.clone() } else { format!("{stem}-{count}") });
    let aside = names.map(|name| folder.join(name)).find(|path| !path.exists()).unwrap_or_else(|| folder.join(&stem));
    for ending in ["", "-wal", "-shm"] {
        let from = folder.join(format!("{name}{ending}"));
        let to = PathBuf::from(format!("{}{ending}", aside.display()));
        if from.exists() {
            files::rename_durably(&from, &to).map_err(|error| StoreError::from_io(&error))?;
        }
    }
    drop_older_copies(folder, &format!("{name}{reason}"));
    Ok(aside)
}

/// Time stamps sort by name, so the first ones are the oldest.
fn drop_older_copies(folder: &Path, lead: &str) {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut copies: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(lead) && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    copies.sort_unstable();
    let surplus = copies.len().saturating_sub(KEPT_COPIES);
    for name in copies.iter().take(surplus) {
        for ending in ["", "-wal", "-shm"] {
            fs::remove_file(folder.join(format!("{name}{ending}"))).ok();
        }
    }
}

/// Where the copy of the local data lies.
pub(super) fn copy_of_local(folder: &Path) -> PathBuf {
    folder.join(COPY)
}

/// Local data that is gone although there is a copy of it was lost and not just never made.
pub(super) fn is_local_lost(folder: &Path) -> bool {
    let length = |path: &Path| fs::metadata(path).map_or(0, |facts| facts.len());
    length(&folder.join(DatabaseFile::Local.file_name())) == 0 && length(&copy_of_local(folder)) > 0
}

/// Brings the copy up to date. The file was found whole just before; a copy that is as new is left alone.
pub(super) fn keep_copy_of_local(folder: &Path, local: &Connection) -> rusqlite::Result<()> {
    local.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
    let (from, to) = (folder.join(DatabaseFile::Local.file_name()), copy_of_local(folder));
    let Ok(facts) = fs::metadata(&from) else { return Ok(()) };
    let changed = |path: &Path| fs::metadata(path).and_then(|facts| facts.modified()).ok();
    if facts.len() <= MOST_COPIED
        && changed(&to) < changed(&from)
        && let Ok(bytes) = fs::read(&from)
    {
        // A full disk costs the copy and nothing else.
        files::write_privately(&to, &bytes).ok();
    }
    Ok(())
}

fn table_names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    query.query_map([], |row| row.get(0))?.collect()
}

#[cfg(test)]
mod tests {
    use super::super::connection::connect;
    use super::super::keys::DatabaseKey;
    use super::*;

    #[test]
    fn a_page_torn_on_its_way_out_of_the_journal_is_no_damage() {
        let (home, killed) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let key = DatabaseKey::new([7; 32]);
        let open = connect(home.path(), DatabaseFile::Local, &key).expect("opened");
        open.execute_batch("CREATE TABLE t(x); INSERT INTO t VALUES ('kept')").expect("written");
        for name in ["local.db", "local.db-wal"] {
            fs::copy(home.path().join(name), killed.path().join(name)).expect("copied");
        }
        let path = killed.path().join("local.db");
        let mut bytes = fs::read(&path).expect("read");
        bytes[2048..4096].fill(0x55);
        fs::write(&path, bytes).expect("written");
        let again = connect(killed.path(), DatabaseFile::Local, &key).expect("opened");
        check(&again, i64::MAX).expect("whole");
        let kept = again.query_row("SELECT x FROM t", [], |row| row.get::<_, String>(0));
        assert_eq!(kept.as_deref(), Ok("kept"));
    }

    #[test]
    fn the_steps_tell_which_tables_there_must_be() {
        let steps: [Step; 3] = [
            "CREATE TABLE a (x TEXT);\nCREATE TABLE b(\n y TEXT);",
            "CREATE VIRTUAL TABLE c USING fts5(x); CREATE TABLE gone (x); CREATE INDEX i ON a(x);",
            "DROP TABLE gone; ALTER TABLE a ADD COLUMN z;",
        ];
        assert_eq!(promised_tables(&steps), ["a", "b", "c"]);
        assert!(promised_tables(migrations::steps(DatabaseFile::Cache)).contains(&"consultation".to_owned()));
        assert!(promised_tables(migrations::steps(DatabaseFile::Local)).contains(&"organization".to_owned()));
    }
}
