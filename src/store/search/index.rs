//! Filling the index: what changed waits in a queue that the database itself keeps, whoever writes rows or notes, and
//! is taken from it in bites. An index that falls behind is late and never wrong: a row leaves the queue in the
//! transaction that indexes it.

use super::super::consultations::{self, integer, text};
use super::super::notes;
use super::super::{Result, Store};
use super::document::{COLUMNS, Document, hash_of};
use super::vocabulary;
use crate::domain::{Consultation, ConsultationKey};
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

/// Consultations that one call takes in: some ten milliseconds.
pub const BITE: usize = 64;
/// The index is brought into one piece once this many consultations came since the last time, and a quarter of all.
const LOOSE: i64 = 2_000;
/// Pages that one call brings together.
const TIDY_PAGES: i64 = 400;

impl Store {
    /// Indexes up to `limit` consultations of those that wait, and returns how many still do.
    pub fn index_waiting(&mut self, limit: usize) -> Result<usize> {
        self.with_cache(|cache| {
            let queue = next_in_queue(cache, limit)?;
            if queue.is_empty() {
                return Ok(0);
            }
            let transaction = cache.transaction()?;
            take_in(&transaction, &queue)?;
            let left = waiting(&transaction)?;
            transaction.commit()?;
            Ok(left)
        })
    }

    /// Brings the index into fewer pieces, a little with every call; answers whether there is more to do.
    /// For the quiet after many consultations came.
    pub fn tidy_index(&mut self) -> Result<bool> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            let goes_on = tidy(&transaction)?;
            transaction.commit()?;
            Ok(goes_on)
        })
    }

    /// Throws the index away; everything waits to be indexed again.
    pub fn rebuild_index(&mut self) -> Result<()> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            transaction.execute_batch(super::FORGET)?;
            transaction.execute_batch(super::INDEX)?;
            transaction.commit()
        })
    }
}

/// Consultations that wait; a count of the queue would read all of it.
pub(super) fn waiting(cache: &Connection) -> rusqlite::Result<usize> {
    // Asked for together, the ends of the queue would be looked for in all of it.
    let span: Option<i64> = cache
        .prepare_cached("SELECT (SELECT max(id) FROM search_waiting) - (SELECT min(id) FROM search_waiting) + 1")?
        .query_row([], |row| row.get(0))?;
    Ok(span.and_then(|span| usize::try_from(span).ok()).unwrap_or(0))
}

struct Queued {
    id: i64,
    key: String,
}

fn next_in_queue(cache: &Connection, limit: usize) -> rusqlite::Result<Vec<Queued>> {
    let mut select = cache.prepare_cached("SELECT id, key FROM search_waiting ORDER BY id LIMIT ?")?;
    let rows = select.query_map([limit as i64], |row| Ok(Queued { id: row.get(0)?, key: row.get(1)? }))?;
    rows.collect()
}

fn take_in(cache: &Transaction<'_>, queue: &[Queued]) -> rusqlite::Result<()> {
    let clinics = clinics(cache)?;
    let mut fresh = Vec::new();
    for queued in queue {
        for clinic in &clinics {
            fresh.extend(refresh(cache, clinic, &queued.key)?);
        }
        cache.prepare_cached("DELETE FROM search_waiting WHERE id = ?")?.execute([queued.id])?;
    }
    if fresh.is_empty() {
        return Ok(());
    }
    // In the order of their numbers: for each that comes out of it the table would begin a new piece.
    fresh.sort_by_key(|fresh| fresh.minute);
    for fresh in &fresh {
        insert(cache, fresh)?;
    }
    let bite = cache.query_row(
        "UPDATE search_state SET bites = bites + 1, loose = loose + ? RETURNING bites",
        [fresh.len() as i64],
        |row| row.get(0),
    )?;
    vocabulary::learn(cache, fresh.iter().map(|fresh| &fresh.document), bite)
}

/// What the index does not know yet.
struct Fresh<'a> {
    clinic: i64,
    key: &'a str,
    minute: i64,
    document: Document,
    digest: i64,
}

struct Clinic {
    id: i64,
    organization: String,
}

/// Every clinic that has rows, each with a number of its own. There are one or two of them among thousands of rows.
fn clinics(cache: &Connection) -> rusqlite::Result<Vec<Clinic>> {
    cache.execute(
        "WITH RECURSIVE known(name) AS (
             SELECT min(organization) FROM consultation
             UNION ALL
             SELECT (SELECT min(organization) FROM consultation WHERE organization > known.name) FROM known
             WHERE known.name IS NOT NULL)
         INSERT OR IGNORE INTO search_clinic (organization)
         SELECT name FROM known WHERE name IS NOT NULL",
        [],
    )?;
    let mut select = cache.prepare_cached("SELECT id, organization FROM search_clinic")?;
    let rows = select.query_map([], |row| Ok(Clinic { id: row.get(0)?, organization: row.get(1)? }))?;
    rows.collect()
}

/// Compares what the index says about a consultation with its row and notes. What is not true any more is taken
/// away; what is to be put in is returned.
fn refresh<'a>(cache: &Connection, clinic: &Clinic, key: &'a str) -> rusqlite::Result<Option<Fresh<'a>>> {
    let known = cache
        .prepare_cached("SELECT id, digest FROM search_doc WHERE hash = ? AND key = ? AND clinic = ?")?
        .query_row(params![hash_of(key), key, clinic.id], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let row = consultations::read_one(cache, &clinic.organization, key)?;
    let Some(consultation) = row else {
        if let Some((id, _)) = known {
            forget(cache, clinic, id)?;
        }
        return Ok(None);
    };
    let stored = match ConsultationKey::from_text(key) {
        Some(key) => notes::read(cache, &key)?,
        None => None,
    };
    let document = Document::new(&consultation, stored.as_ref().map(|stored| &stored.notes));
    let minute = minute(&consultation);
    let digest = document.digest() ^ minute;
    match known {
        Some((_, same)) if same == digest => return Ok(None),
        Some((id, _)) => forget(cache, clinic, id)?,
        None => {}
    }
    Ok(Some(Fresh { clinic: clinic.id, key, minute, document, digest }))
}

fn forget(cache: &Connection, clinic: &Clinic, id: i64) -> rusqlite::Result<()> {
    cache.prepare_cached("DELETE FROM search_text WHERE rowid = ?")?.execute([id])?;
    cache.prepare_cached("DELETE FROM search_doc WHERE id = ?")?.execute([id])?;
    cache.prepare_cached("UPDATE search_clinic SET docs = docs - 1 WHERE id = ?")?.execute([clinic.id])?;
    let is_empty =
        cache.prepare_cached("SELECT 1 FROM search_doc LIMIT 1")?.query_row([], |_| Ok(())).optional()?.is_none();
    // Words of nobody's consultation are nobody's business.
    if is_empty { cache.execute("DELETE FROM search_word", []).map(drop) } else { Ok(()) }
}

fn insert(cache: &Connection, fresh: &Fresh<'_>) -> rusqlite::Result<()> {
    let Fresh { clinic, key, minute, document, digest } = fresh;
    let id = free_id(cache, *minute)?;
    cache
        .prepare_cached("INSERT INTO search_doc (id, clinic, key, hash, digest) VALUES (?, ?, ?, ?, ?)")?
        .execute(params![id, clinic, key, hash_of(key), digest])?;
    cache.prepare_cached("UPDATE search_clinic SET docs = docs + 1 WHERE id = ?")?.execute([clinic])?;
    let names = COLUMNS.join(", ");
    let mut insert = cache
        .prepare_cached(&format!("INSERT INTO search_text (rowid, {names}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"))?;
    let [speech, subjective, objective, assessment, plan, other, patient] = &document.columns;
    insert.execute(params![id, speech, subjective, objective, assessment, plan, other, patient]).map(drop)
}

/// Newest last: the minute it began. Seconds would make the index a tenth larger and order nothing that matters.
pub(super) fn minute(consultation: &Consultation) -> i64 {
    consultation.started_at.timestamp().div_euclid(60)
}

/// The first number from `wanted` on that no consultation has.
fn free_id(cache: &Connection, wanted: i64) -> rusqlite::Result<i64> {
    let mut select = cache.prepare_cached("SELECT id FROM search_doc WHERE id >= ? ORDER BY id")?;
    let mut rows = select.query([wanted])?;
    let mut free = wanted;
    while let Some(row) = rows.next()? {
        if integer(row, 0) != Some(free) {
            break;
        }
        free += 1;
    }
    Ok(free)
}

/// One step of bringing the index into one piece. The first step of a round takes every piece together.
fn tidy(cache: &Connection) -> rusqlite::Result<bool> {
    let (loose, is_tidying, docs) = cache.query_row(
        "SELECT loose, is_tidying, (SELECT coalesce(sum(docs), 0) FROM search_clinic) FROM search_state",
        [],
        |row| Ok((row.get::<_, i64>(0)?, row.get::<_, bool>(1)?, row.get::<_, i64>(2)?)),
    )?;
    if !is_tidying && loose < LOOSE.max(docs / 4) {
        return Ok(false);
    }
    let pages = if is_tidying { TIDY_PAGES } else { -TIDY_PAGES };
    let before = cache.total_changes();
    cache.execute("INSERT INTO search_text (search_text, rank) VALUES ('merge', ?)", [pages])?;
    // One change is the command itself.
    let goes_on = cache.total_changes() - before >= 2;
    let set = if is_tidying {
        "UPDATE search_state SET is_tidying = ?"
    } else {
        "UPDATE search_state SET loose = 0, is_tidying = ?"
    };
    cache.execute(set, [goes_on])?;
    Ok(goes_on)
}

/// The organization and key of an indexed consultation.
pub(super) fn name_of(cache: &Connection, id: i64) -> rusqlite::Result<Option<(i64, String)>> {
    let mut select = cache.prepare_cached("SELECT clinic, key FROM search_doc WHERE id = ?")?;
    let found = select.query_row([id], |row| Ok(integer(row, 0).zip(text(row, 1).map(str::to_owned))));
    Ok(found.optional()?.flatten())
}
