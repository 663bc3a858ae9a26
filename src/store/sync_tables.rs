//! How far the list of a clinic is read, kept beside the rows it speaks of and written in the same transaction:
//! whenever the process dies, what stands here is no more than what is stored.
//! What to read next is decided by the backend.

use super::consultations::{integer, moment, text, write_all};
use super::migrations::Step;
use super::notes::{self, FetchedNotes};
use super::{Result, Store};
use crate::domain::{Consultation, ConsultationKey, OrganizationId};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::HashSet;
use std::sync::Arc;

/// Moments are microseconds since 1970, as in the other tables.
pub(super) const LEVEL_3: Step = "
CREATE TABLE sync_reach (
    organization        TEXT PRIMARY KEY NOT NULL,
    top                 INTEGER,
    floor               INTEGER,
    is_end              INTEGER NOT NULL,
    conversations_top   INTEGER,
    conversations_floor INTEGER,
    swept_at            INTEGER
) WITHOUT ROWID;

CREATE TABLE sync_missed (
    organization TEXT NOT NULL,
    key          TEXT NOT NULL,
    passes       INTEGER NOT NULL,
    PRIMARY KEY (organization, key)
) WITHOUT ROWID;
";

/// Complete looks in a row that must agree before a record counts as gone.
const AGREEING: i64 = 2;

/// The stretch of the list that is stored without a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The newest moment at the last look that closed the seam; newer rows may be stored, with gaps.
    pub top: Option<DateTime<Utc>>,
    /// From `top` down to here every record is stored.
    pub floor: Option<DateTime<Utc>>,
    /// Nothing older than the floor exists.
    pub is_end: bool,
    /// The same for room conversations.
    pub conversations_top: Option<DateTime<Utc>>,
    pub conversations_floor: Option<DateTime<Utc>>,
    /// When the last search for deleted records ended.
    pub swept_at: Option<DateTime<Utc>>,
}

/// What is stored together: all of it or nothing.
#[derive(Debug, Default)]
pub struct Haul {
    pub rows: Vec<Arc<Consultation>>,
    pub notes: Vec<FetchedNotes>,
    /// NxVET answered that it does not have them.
    pub gone: Vec<ConsultationKey>,
    /// What the reach was thought to be, and what it is with these rows.
    pub reach: Option<(Reach, Reach)>,
}

impl Haul {
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.notes.is_empty() && self.gone.is_empty() && self.reach.is_none()
    }
}

impl Store {
    pub fn load_reach(&mut self, organization: &OrganizationId) -> Result<Reach> {
        self.with_cache(|cache| read_reach(cache, organization).map(Option::unwrap_or_default))
    }

    /// Stores a haul. `false` says that the reach was another one than thought, as after a damaged cache was
    /// replaced: the rows are stored then, the reach is not.
    pub fn save_haul(&mut self, organization: &OrganizationId, haul: &Haul) -> Result<bool> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            write_all(&transaction, organization, &haul.rows)?;
            for (key, notes, fetched_at) in &haul.notes {
                notes::write(&transaction, key, notes, *fetched_at)?;
            }
            mark_gone(&transaction, organization, haul.gone.iter().map(ConsultationKey::as_text))?;
            let is_as_thought = match &haul.reach {
                Some((before, after)) => replace_reach(&transaction, organization, before, after)?,
                None => true,
            };
            transaction.commit()?;
            Ok(is_as_thought)
        })
    }

    /// Ends one complete look at the list. `missing` are the records that should have been in it and were not; those
    /// that were missing the last time too are marked as gone and told. The others are looked for once more.
    pub fn note_missing(
        &mut self,
        organization: &OrganizationId,
        missing: &[ConsultationKey],
    ) -> Result<Vec<ConsultationKey>> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            let gone = count_missing(&transaction, organization, missing)?;
            transaction.commit()?;
            Ok(gone)
        })
    }
}

fn read_reach(cache: &Connection, organization: &OrganizationId) -> rusqlite::Result<Option<Reach>> {
    let mut select = cache.prepare_cached(
        "SELECT top, floor, is_end, conversations_top, conversations_floor, swept_at
         FROM sync_reach WHERE organization = ?",
    )?;
    select.query_row([organization.as_str()], |row| Ok(reach_of(row))).optional()
}

fn reach_of(row: &Row<'_>) -> Reach {
    Reach {
        top: moment(row, 0),
        floor: moment(row, 1),
        is_end: integer(row, 2).is_some_and(|is_end| is_end != 0),
        conversations_top: moment(row, 3),
        conversations_floor: moment(row, 4),
        swept_at: moment(row, 5),
    }
}

fn replace_reach(
    cache: &Connection,
    organization: &OrganizationId,
    before: &Reach,
    after: &Reach,
) -> rusqlite::Result<bool> {
    if read_reach(cache, organization)?.unwrap_or_default() != *before {
        return Ok(false);
    }
    let micros = |at: Option<DateTime<Utc>>| at.map(|at| at.timestamp_micros());
    cache
        .prepare_cached("INSERT OR REPLACE INTO sync_reach VALUES (?, ?, ?, ?, ?, ?, ?)")?
        .execute(params![
            organization.as_str(),
            micros(after.top),
            micros(after.floor),
            after.is_end,
            micros(after.conversations_top),
            micros(after.conversations_floor),
            micros(after.swept_at),
        ])
        .map(|_| true)
}

fn count_missing(
    cache: &Connection,
    organization: &OrganizationId,
    missing: &[ConsultationKey],
) -> rusqlite::Result<Vec<ConsultationKey>> {
    let missed_before = missed(cache, organization)?;
    cache.execute("DELETE FROM sync_missed WHERE organization = ?", [organization.as_str()])?;
    let mut insert = cache.prepare_cached("INSERT INTO sync_missed VALUES (?, ?, ?)")?;
    let mut gone = Vec::new();
    for key in missing {
        let text = key.as_text();
        if missed_before.contains(&text) {
            gone.push(key.clone());
        } else {
            insert.execute(params![organization.as_str(), text, AGREEING - 1])?;
        }
    }
    mark_gone(cache, organization, gone.iter().map(ConsultationKey::as_text))?;
    Ok(gone)
}

/// Keys that one look more makes gone.
fn missed(cache: &Connection, organization: &OrganizationId) -> rusqlite::Result<HashSet<String>> {
    let mut select = cache.prepare_cached("SELECT key FROM sync_missed WHERE organization = ? AND passes >= ?")?;
    let mut rows = select.query(params![organization.as_str(), AGREEING - 1])?;
    let mut keys = HashSet::new();
    while let Some(row) = rows.next()? {
        keys.extend(text(row, 0).map(str::to_owned));
    }
    Ok(keys)
}

fn mark_gone(
    cache: &Connection,
    organization: &OrganizationId,
    keys: impl Iterator<Item = String>,
) -> rusqlite::Result<()> {
    let mut mark = cache.prepare_cached("UPDATE consultation SET is_gone = 1 WHERE organization = ? AND key = ?")?;
    for key in keys {
        mark.execute([organization.as_str(), &key])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, clinic, now};
    use super::*;
    use chrono::TimeDelta;

    #[expect(clippy::unnecessary_wraps, reason = "as the fields want it")]
    fn at(minutes: i64) -> Option<DateTime<Utc>> {
        Some(now() + TimeDelta::minutes(minutes))
    }

    fn reach(floor: i64) -> Reach {
        Reach { top: at(0), floor: at(floor), ..Reach::default() }
    }

    fn row(id: &str) -> Arc<Consultation> {
        Arc::new(samples::bare(ConsultationKey::record(id), 0))
    }

    #[test]
    fn rows_notes_and_reach_come_back_together() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        assert_eq!(store.load_reach(&clinic()), Ok(Reach::default()));
        let whole =
            Reach { is_end: true, conversations_top: at(1), conversations_floor: at(-9), swept_at: at(2), ..reach(-5) };
        let haul = Haul {
            rows: vec![row("r-1"), row("r-2")],
            notes: vec![(ConsultationKey::record("r-1"), samples::notes(), now())],
            gone: vec![ConsultationKey::record("r-2")],
            reach: Some((Reach::default(), whole.clone())),
        };
        assert_eq!(store.save_haul(&clinic(), &haul), Ok(true));
        let mut store = samples::open(home.path());
        assert_eq!(store.load_reach(&clinic()), Ok(whole));
        assert_eq!(store.notes_keys(&clinic()).expect("told").len(), 1);
        let mut gone: Vec<_> = store.load_consultations(&clinic()).expect("loaded").iter().map(|c| c.is_gone).collect();
        gone.sort_unstable();
        assert_eq!(gone, [false, true]);
    }

    #[test]
    fn a_reach_that_was_thought_otherwise_is_not_replaced() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let first = Haul { reach: Some((Reach::default(), reach(-5))), ..Haul::default() };
        assert_eq!(store.save_haul(&clinic(), &first), Ok(true));
        let late = Haul { rows: vec![row("r-1")], reach: Some((reach(-4), reach(-9))), ..Haul::default() };
        assert_eq!(store.save_haul(&clinic(), &late), Ok(false));
        assert_eq!(store.load_reach(&clinic()), Ok(reach(-5)));
        assert_eq!(store.load_consultations(&clinic()).expect("loaded").len(), 1, "the rows are good all the same");
    }

    #[test]
    fn only_two_looks_that_agree_make_a_record_gone() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let haul = Haul { rows: ["a", "b", "c"].map(row).to_vec(), ..Haul::default() };
        store.save_haul(&clinic(), &haul).expect("saved");
        let key = ConsultationKey::record;
        assert_eq!(store.note_missing(&clinic(), &[key("a"), key("b")]), Ok(vec![]));
        drop(store);
        let mut store = samples::open(home.path());
        assert_eq!(store.note_missing(&clinic(), &[key("b"), key("c")]), Ok(vec![key("b")]));
        assert_eq!(store.note_missing(&clinic(), &[]), Ok(vec![]));
        assert_eq!(store.note_missing(&clinic(), &[key("c")]), Ok(vec![]), "the looks must follow each other");
        let list = store.load_consultations(&clinic()).expect("loaded");
        let gone: Vec<_> = list.iter().filter(|row| row.is_gone).map(|row| row.key.clone()).collect();
        assert_eq!(gone, [key("b")]);
    }
}
