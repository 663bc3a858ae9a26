//! What is done about a damaged database: notice it, move it aside under a time stamp, save what can be saved.
//! Nothing is deleted here but older copies of the same file; two are kept.

use super::connection::{self, DatabaseKey};
use super::{DatabaseFile, Result, StoreError, files};
use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::fs;
use std::path::{Path, PathBuf};

const KEPT_COPIES: usize = 2;
const MARK: &str = ".damaged-";

/// A cache of up to 8 MiB is read through at the start; a larger one later, when nobody waits.
pub(super) fn pages_at_start(which: DatabaseFile) -> i64 {
    match which {
        DatabaseFile::Cache => 2048,
        DatabaseFile::Local => i64::MAX,
    }
}

/// Reads the whole file unless it has more pages than `most_pages`.
pub(super) fn quick_check(connection: &Connection, most_pages: i64) -> rusqlite::Result<()> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    if pages > most_pages {
        return Ok(());
    }
    let verdict: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" { Ok(()) } else { Err(damage()) }
}

fn damage() -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT), None)
}

/// A file whose level promises tables that are not there is damaged, too.
pub(super) fn expect_tables(connection: &Connection, which: DatabaseFile) -> Result<()> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let found = table_names(connection).map_err(fail)?;
    let wanted: &[&str] = match which {
        DatabaseFile::Cache => &["consultation", "notes", "note", "device", "sync_state"],
        DatabaseFile::Local => &["organization"],
    };
    let missing = wanted.iter().any(|name| !found.iter().any(|known| known == name));
    if missing { Err(StoreError::Damaged { which }) } else { Ok(()) }
}

/// Renames the database and its journal to names with a time stamp; returns the new name.
pub(super) fn move_aside(folder: &Path, which: DatabaseFile, now: DateTime<Utc>) -> Result<PathBuf> {
    let stem = format!("{}{MARK}{}", which.file_name(), now.format("%Y%m%dT%H%M%SZ"));
    let names = (0..1000).map(|count| if count == 0 { stem.clone() } else { format!("{stem}-{count}") });
    let aside = names.map(|name| folder.join(name)).find(|path| !path.exists()).unwrap_or_else(|| folder.join(&stem));
    for ending in ["", "-wal", "-shm"] {
        let from = folder.join(format!("{}{ending}", which.file_name()));
        let to = PathBuf::from(format!("{}{ending}", aside.display()));
        if from.exists() {
            files::rename_durably(&from, &to).map_err(|error| StoreError::from_io(&error))?;
        }
    }
    drop_older_copies(folder, which);
    Ok(aside)
}

/// Time stamps sort by name, so the first ones are the oldest.
fn drop_older_copies(folder: &Path, which: DatabaseFile) {
    let lead = format!("{}{MARK}", which.file_name());
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut copies: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(&lead) && !name.ends_with("-wal") && !name.ends_with("-shm"))
        .collect();
    copies.sort_unstable();
    let surplus = copies.len().saturating_sub(KEPT_COPIES);
    for name in copies.iter().take(surplus) {
        for ending in ["", "-wal", "-shm"] {
            fs::remove_file(folder.join(format!("{name}{ending}"))).ok();
        }
    }
}

/// Copies every row that can still be read into the new file; returns how many came over.
pub(super) fn salvage(aside: &Path, key: Option<&DatabaseKey>, target: &mut Connection) -> usize {
    let Ok(source) = connection::open_for_salvage(aside, key) else { return 0 };
    let tables = table_names(target).unwrap_or_default();
    tables.iter().map(|table| salvage_table(&source, target, table)).sum()
}

/// Row by row, up to the first one that cannot be read.
fn salvage_table(source: &Connection, target: &Connection, table: &str) -> usize {
    let Ok(mut rows) = source.prepare(&format!("SELECT * FROM \"{table}\"")) else { return 0 };
    let columns: Vec<String> = rows.column_names().map(|name| format!("\"{name}\"")).collect();
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT OR REPLACE INTO \"{table}\" ({}) VALUES ({marks})", columns.join(", "));
    let width = columns.len();
    let read =
        rows.query_map([], |row| (0..width).map(|at| row.get::<_, Value>(at)).collect::<rusqlite::Result<Vec<_>>>());
    let Ok(read) = read else { return 0 };
    read.map_while(rusqlite::Result::ok).filter(|row| target.execute(&insert, params_from_iter(row)).is_ok()).count()
}

fn table_names(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut query =
        connection.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")?;
    query.query_map([], |row| row.get(0))?.collect()
}
