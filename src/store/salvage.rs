//! Saving the rows of a damaged local file: from the file itself, from both ends up to the damage, and what lies
//! behind the damage from the copy that is kept beside it.
//! A damaged page makes its connection useless, so every direction opens the file anew.

use super::keys::DatabaseKey;
use super::{audit, connection};
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;

/// Carries over what the damaged file still gives, then what only the copy has. Returns how many rows came over.
pub(super) fn salvage(damaged: &Path, copy: &Path, key: &DatabaseKey, target: &mut Connection) -> usize {
    let before = count_rows(target);
    // Rows that point to each other come over one table after the other.
    target.pragma_update(None, "foreign_keys", false).ok();
    if let Ok(transaction) = target.transaction() {
        audit::forget_end(&transaction).ok();
        for table in tables(&transaction) {
            carry_over(damaged, key, &transaction, &table, Precedence::Source);
        }
        if copy.is_file() {
            for table in tables(&transaction) {
                carry_over(copy, key, &transaction, &table, Precedence::Target);
            }
        }
        transaction.commit().ok();
    }
    target.pragma_update(None, "foreign_keys", true).ok();
    count_rows(target).saturating_sub(before)
}

/// Carries over the rows of a whole file that the target does not have.
pub(super) fn take_over(source: &Path, key: &DatabaseKey, target: &mut Connection) {
    if let Ok(transaction) = target.transaction() {
        audit::forget_end(&transaction).ok();
        for table in tables(&transaction) {
            carry_over(source, key, &transaction, &table, Precedence::Target);
        }
        transaction.commit().ok();
    }
}

/// Whose row stays when both have one.
#[derive(Clone, Copy)]
enum Precedence {
    Source,
    Target,
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Backward,
}

struct Table {
    name: String,
    /// By what its rows lie on the disk.
    order: Vec<String>,
}

fn carry_over(source: &Path, key: &DatabaseKey, target: &Connection, table: &Table, precedence: Precedence) {
    for direction in [Direction::Forward, Direction::Backward] {
        let Ok(source) = connection::open_for_salvage(source, key) else { return };
        if pour(&source, target, table, direction, precedence) {
            return;
        }
    }
}

/// Copies rows up to the first that cannot be read; `true` when there was none.
fn pour(source: &Connection, target: &Connection, table: &Table, direction: Direction, precedence: Precedence) -> bool {
    let turn = if direction == Direction::Backward { " DESC" } else { "" };
    let order: Vec<String> = table.order.iter().map(|column| format!("{column}{turn}")).collect();
    let query = format!("SELECT * FROM \"{}\" ORDER BY {}", table.name, order.join(", "));
    let Ok(mut rows) = source.prepare(&query) else { return false };
    let columns: Vec<String> = rows.column_names().map(|name| format!("\"{name}\"")).collect();
    let verb = match precedence {
        Precedence::Source => "REPLACE",
        Precedence::Target => "IGNORE",
    };
    let marks = vec!["?"; columns.len()].join(", ");
    let insert = format!("INSERT OR {verb} INTO \"{}\" ({}) VALUES ({marks})", table.name, columns.join(", "));
    let Ok(mut insert) = target.prepare(&insert) else { return false };
    let width = columns.len();
    let Ok(mut rows) = rows.query([]) else { return false };
    loop {
        let Ok(next) = rows.next() else { return false };
        let Some(row) = next else { return true };
        let values: rusqlite::Result<Vec<Value>> = (0..width).map(|at| row.get(at)).collect();
        // A row whose last page could not be decrypted comes without an error, and with zeros in it.
        if connection::has_met_damage(source) {
            return false;
        }
        let Ok(values) = values else { return false };
        insert.execute(params_from_iter(values)).ok();
    }
}

fn tables(connection: &Connection) -> Vec<Table> {
    let names = || -> rusqlite::Result<Vec<String>> {
        let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'";
        connection.prepare(query)?.query_map([], |row| row.get(0))?.collect()
    };
    let names = names().unwrap_or_default();
    names.into_iter().map(|name| Table { order: order_of(connection, &name), name }).collect()
}

/// A table without row numbers lies in the order of its key.
fn order_of(connection: &Connection, table: &str) -> Vec<String> {
    if connection.prepare(&format!("SELECT rowid FROM \"{table}\"")).is_ok() {
        return vec!["rowid".to_owned()];
    }
    let key = || -> rusqlite::Result<Vec<String>> {
        let mut query = connection.prepare("SELECT name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk")?;
        query.query_map([table], |row| row.get::<_, String>(0).map(|name| format!("\"{name}\"")))?.collect()
    };
    key().unwrap_or_default()
}

fn count_rows(connection: &Connection) -> usize {
    let count = |table: &Table| {
        let query = format!("SELECT count(*) FROM \"{}\"", table.name);
        connection
            .query_row(&query, [], |row| row.get::<_, i64>(0))
            .map_or(0, |count| usize::try_from(count).unwrap_or(0))
    };
    tables(connection).iter().map(count).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::DatabaseFile;
    use std::fs;

    const PAGE: usize = 4096;

    fn key() -> DatabaseKey {
        DatabaseKey::new([9; 32])
    }

    fn tables_of_two_kinds(connection: &Connection) {
        connection
            .execute_batch(
                "CREATE TABLE numbered(id INTEGER PRIMARY KEY, text TEXT NOT NULL);
                 CREATE TABLE keyed(name TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;",
            )
            .expect("made");
    }

    fn open(folder: &Path) -> Connection {
        connection::connect(folder, DatabaseFile::Local, &key()).expect("opened")
    }

    /// Two tables of some forty pages each, in one file.
    fn filled(folder: &Path, rows: u32) -> Vec<u8> {
        let connection = open(folder);
        tables_of_two_kinds(&connection);
        connection.execute_batch("BEGIN").expect("begun");
        for n in 0..rows {
            let text = format!("{n} {}", "remark ".repeat(20));
            connection.execute("INSERT INTO numbered VALUES (?, ?)", (n, &text)).expect("written");
            connection.execute("INSERT INTO keyed VALUES (?, ?)", (format!("{n:06}"), &text)).expect("written");
        }
        connection.execute_batch("COMMIT").expect("written");
        drop(connection);
        fs::read(folder.join("local.db")).expect("read")
    }

    fn fresh(folder: &Path) -> Connection {
        let target = open(folder);
        tables_of_two_kinds(&target);
        target
    }

    fn is_true_copy(target: &Connection, table: &str, key: &str) -> bool {
        let query = format!("SELECT count(*) FROM {table} WHERE text <> CAST({key} AS INTEGER) || ' ' || ?");
        let wrong: i64 = target.query_row(&query, ["remark ".repeat(20)], |row| row.get(0)).expect("counted");
        wrong == 0
    }

    #[test]
    fn only_the_rows_on_the_damaged_page_are_lost() {
        let home = tempfile::tempdir().expect("a folder");
        let whole = filled(home.path(), 1000);
        let pages = whole.len() / PAGE;
        assert!(pages > 80, "{pages}");
        let mut worst = Vec::new();
        for page in 0..pages {
            let folder = tempfile::tempdir().expect("a folder");
            let damaged = folder.path().join("damaged");
            let mut bytes = whole.clone();
            bytes[page * PAGE + 1000] ^= 1;
            fs::write(&damaged, bytes).expect("written");
            let mut target = fresh(folder.path());
            let saved = salvage(&damaged, &folder.path().join("no copy"), &key(), &mut target);
            assert!(is_true_copy(&target, "numbered", "id") && is_true_copy(&target, "keyed", "name"), "page {page}");
            worst.push(2000 - saved);
        }
        worst.sort_unstable();
        // The first page and what lies above the leaves hold the way to the rows; a leaf costs its own rows alone.
        let costly: Vec<_> = worst.iter().filter(|lost| **lost > 40).collect();
        assert!(costly.len() <= 5, "{costly:?}");
        assert!(worst.iter().any(|lost| *lost > 0));
    }

    #[test]
    fn what_the_damage_hides_comes_from_the_copy() {
        let home = tempfile::tempdir().expect("a folder");
        let copy = home.path().join("copy");
        fs::write(&copy, filled(home.path(), 900)).expect("written");
        let connection = open(home.path());
        connection.execute("UPDATE numbered SET text = 'newer' WHERE id = 0", []).expect("written");
        drop(connection);
        let whole = fs::read(home.path().join("local.db")).expect("read");
        for (damage, newest) in [(0, "0 remark"), (whole.len() / 2, "newer")] {
            let folder = tempfile::tempdir().expect("a folder");
            let damaged = folder.path().join("damaged");
            let mut bytes = whole.clone();
            bytes[damage + 100] ^= 1;
            fs::write(&damaged, bytes).expect("written");
            let mut target = fresh(folder.path());
            assert_eq!(salvage(&damaged, &copy, &key(), &mut target), 1800);
            let row: String = target.query_row("SELECT text FROM numbered WHERE id = 0", [], |row| row.get(0)).unwrap();
            assert!(row.starts_with(newest), "{row}");
        }
    }

    #[test]
    fn what_is_no_database_gives_nothing_and_harms_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let damaged = home.path().join("damaged");
        fs::write(&damaged, vec![7; 20_000]).expect("written");
        let mut target = fresh(home.path());
        assert_eq!(salvage(&damaged, &home.path().join("no copy"), &key(), &mut target), 0);
        target.execute("INSERT INTO numbered VALUES (1, 'goes on')", []).expect("usable");
    }
}
