//! Numbered steps forward, never back. All missing steps and the new level are one transaction, so that a step
//! that fails leaves the file as it was. A file from a newer version is refused before anything is written.

use super::{DatabaseFile, Result, StoreError, audit, cache_tables, live, marks, organization, search, sync_tables};
use rusqlite::{Connection, TransactionBehavior};

/// No version of this program will have more steps than this.
const HIGHEST_BELIEVABLE: i32 = 10_000;

/// What brings a file from one level to the next; its place in the list is the level it leads to.
pub(super) type Step = &'static str;

/// The steps of a file, oldest first. A released step is never edited; a change is a new step at the end.
pub(super) fn steps(which: DatabaseFile) -> &'static [Step] {
    match which {
        DatabaseFile::Cache => &[cache_tables::LEVEL_1, search::LEVEL_2, sync_tables::LEVEL_3],
        DatabaseFile::Local => &[organization::LEVEL_1, marks::LEVEL_2, audit::LEVEL_3, live::LEVEL_4],
    }
}

pub(super) fn newest_level(steps: &[Step]) -> i32 {
    i32::try_from(steps.len()).unwrap_or(i32::MAX)
}

/// Refuses a file whose level this version does not know. A level that no version will ever have is damage.
pub(super) fn check_level(which: DatabaseFile, level: i32, steps: &[Step]) -> Result<()> {
    if !(0..=HIGHEST_BELIEVABLE).contains(&level) {
        return Err(StoreError::Damaged { which });
    }
    if level > newest_level(steps) { Err(StoreError::MadeByNewerVersion { which }) } else { Ok(()) }
}

/// A file at level 0 is new; tables in it mean that its level was lost.
fn check_fresh(connection: &Connection, which: DatabaseFile) -> Result<()> {
    let count = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get::<_, i64>(0));
    match count {
        Ok(0) => Ok(()),
        Ok(_) => Err(StoreError::Damaged { which }),
        Err(error) => Err(StoreError::from_sqlite(which, &error)),
    }
}

/// Brings the file to the newest level.
pub(super) fn migrate(connection: &mut Connection, which: DatabaseFile, steps: &[Step]) -> Result<()> {
    let fail = |error: rusqlite::Error| StoreError::from_sqlite(which, &error);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(fail)?;
    let level: i32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fail)?;
    check_level(which, level, steps)?;
    let done = usize::try_from(level).unwrap_or(0);
    if done == 0 {
        check_fresh(&transaction, which)?;
    }
    for step in steps.iter().skip(done) {
        transaction.execute_batch(step).map_err(fail)?;
    }
    if done < steps.len() {
        transaction.pragma_update(None, "user_version", newest_level(steps)).map_err(fail)?;
    }
    transaction.commit().map_err(fail)
}

#[cfg(test)]
mod tests {
    use super::super::connection::connect;
    use super::super::keys::DatabaseKey;
    use super::*;
    use std::path::Path;

    const FIRST: Step = "CREATE TABLE a(x TEXT); INSERT INTO a VALUES ('kept');";
    const SECOND: Step = "ALTER TABLE a ADD COLUMN y TEXT; UPDATE a SET y = 'new';";
    const BROKEN: Step = "CREATE TABLE b(x); DROP TABLE a; INSERT INTO nowhere VALUES (1);";

    fn open(home: &Path) -> Connection {
        connect(home, DatabaseFile::Local, &DatabaseKey::new([7; 32])).expect("opened")
    }

    fn level(connection: &Connection) -> i32 {
        connection.pragma_query_value(None, "user_version", |row| row.get(0)).expect("a level")
    }

    #[test]
    fn a_fresh_file_gets_every_step() {
        let home = tempfile::tempdir().expect("a folder");
        let mut connection = open(home.path());
        migrate(&mut connection, DatabaseFile::Local, &[FIRST, SECOND]).expect("migrated");
        assert_eq!(level(&connection), 2);
        let row = connection.query_row("SELECT x || y FROM a", [], |row| row.get::<_, String>(0));
        assert_eq!(row.as_deref(), Ok("keptnew"));
    }

    #[test]
    fn an_old_file_gets_only_what_is_missing() {
        let home = tempfile::tempdir().expect("a folder");
        let mut connection = open(home.path());
        migrate(&mut connection, DatabaseFile::Local, &[FIRST]).expect("migrated");
        migrate(&mut connection, DatabaseFile::Local, &[FIRST, SECOND]).expect("migrated");
        migrate(&mut connection, DatabaseFile::Local, &[FIRST, SECOND]).expect("nothing to do");
        let rows = connection.query_row("SELECT count(*) FROM a WHERE y = 'new'", [], |row| row.get::<_, i32>(0));
        assert_eq!((level(&connection), rows), (2, Ok(1)));
    }

    #[test]
    fn a_failed_step_leaves_the_file_whole() {
        let home = tempfile::tempdir().expect("a folder");
        let mut connection = open(home.path());
        migrate(&mut connection, DatabaseFile::Local, &[FIRST]).expect("migrated");
        migrate(&mut connection, DatabaseFile::Local, &[FIRST, SECOND, BROKEN]).expect_err("a broken step");
        assert_eq!(level(&connection), 1);
        let columns = connection
            .query_row("SELECT group_concat(name) FROM pragma_table_info('a')", [], |row| row.get::<_, String>(0));
        assert_eq!(columns.as_deref(), Ok("x"));
    }

    #[test]
    fn a_newer_file_is_refused() {
        let home = tempfile::tempdir().expect("a folder");
        let mut connection = open(home.path());
        connection.pragma_update(None, "user_version", 7).expect("set");
        let error = migrate(&mut connection, DatabaseFile::Local, &[FIRST]).expect_err("refused");
        assert_eq!(error, StoreError::MadeByNewerVersion { which: DatabaseFile::Local });
    }
}
