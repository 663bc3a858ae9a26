//! How much is stored, for whoever asks what lies on this computer. Counts only; reads no text.

use super::consultations::moment;
use super::{Result, Store};
use chrono::{DateTime, Utc};
use std::fs;

/// What the databases hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holdings {
    pub consultations: usize,
    /// How many of them have their notes here.
    pub notes: usize,
    /// When the oldest consultation began.
    pub oldest: Option<DateTime<Utc>>,
    /// Both databases with their journals, and copies that were moved aside.
    pub database_bytes: u64,
    /// The levels of the tables of `cache.db` and `local.db`.
    pub levels: (i32, i32),
}

impl Store {
    pub fn holdings(&mut self) -> Result<Holdings> {
        let (consultations, oldest, notes) = self.with_cache(|cache| {
            let (count, oldest) = cache.query_row("SELECT count(*), min(started_at) FROM consultation", [], |row| {
                Ok((row.get::<_, i64>(0)?, moment(row, 1)))
            })?;
            let notes = cache.query_row("SELECT count(*) FROM notes", [], |row| row.get::<_, i64>(0))?;
            Ok((count, oldest, notes))
        })?;
        let level = |connection: &rusqlite::Connection| {
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))
        };
        let levels = (self.with_cache(|cache| level(cache))?, self.with_local(|local| level(local))?);
        let number = |count: i64| usize::try_from(count).unwrap_or(0);
        Ok(Holdings {
            consultations: number(consultations),
            notes: number(notes),
            oldest,
            database_bytes: self.database_bytes(),
            levels,
        })
    }

    fn database_bytes(&self) -> u64 {
        let recordings = self.recordings();
        let Some(folder) = recordings.folder().parent() else { return 0 };
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let ours = entries.filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("cache.db") || name.starts_with("local.db")
        });
        ours.filter_map(|entry| entry.metadata().ok()).map(|facts| facts.len()).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use std::sync::Arc;

    #[test]
    fn an_empty_store_holds_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        let held = samples::open(home.path()).holdings().expect("counted");
        assert_eq!((held.consultations, held.notes, held.oldest), (0, 0, None));
        assert!(held.database_bytes > 0, "two files with their tables");
        assert!(held.levels.0 > 0 && held.levels.1 > 0);
    }

    #[test]
    fn everything_is_counted() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let rows: Vec<_> = (0..7).map(|n| Arc::new(samples::full(&format!("r-{n}"), -n))).collect();
        store.save_consultations(&samples::clinic(), &rows).expect("saved");
        store.save_notes(&rows[0].key, &samples::notes(), samples::now()).expect("saved");
        let held = store.holdings().expect("counted");
        assert_eq!((held.consultations, held.notes), (7, 1));
        assert_eq!(held.oldest, Some(rows[6].started_at));
    }
}
