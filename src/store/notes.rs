//! What was said and written, kept as it was sent: one row per note, passages in their order.

use super::consultations::{integer, moment, owned, text};
use super::{Result, Store};
use crate::domain::note::{NoteBody, Passage};
use crate::domain::{ConsultationKey, Note, NoteId, NoteKind, Notes, NotesStatus, OrganizationId};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::collections::HashMap;

/// Whose notes, what they say, and when NxVET sent them.
pub type FetchedNotes = (ConsultationKey, Notes, DateTime<Utc>);

/// The notes of one consultation and when NxVET sent them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredNotes {
    pub notes: Notes,
    pub fetched_at: DateTime<Utc>,
}

/// What is known without reading the notes: enough to decide what to fetch next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldNotes {
    pub status: NotesStatus,
    pub fetched_at: DateTime<Utc>,
}

impl Store {
    /// Replaces what was kept about a consultation's notes.
    pub fn save_notes(&mut self, key: &ConsultationKey, notes: &Notes, fetched_at: DateTime<Utc>) -> Result<()> {
        self.save_notes_batch(&[(key.clone(), notes.clone(), fetched_at)])
    }

    /// The same for several consultations, all or none.
    pub fn save_notes_batch(&mut self, batch: &[FetchedNotes]) -> Result<()> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            for (key, notes, fetched_at) in batch {
                write(&transaction, key, notes, *fetched_at)?;
            }
            transaction.commit()
        })
    }

    /// `None` when nothing is kept, or when what is kept cannot be read and has to be fetched again.
    pub fn load_notes(&mut self, key: &ConsultationKey) -> Result<Option<StoredNotes>> {
        self.with_cache(|cache| read(cache, key))
    }

    /// Which of a clinic's consultations have notes here.
    pub fn notes_keys(&mut self, organization: &OrganizationId) -> Result<HashMap<ConsultationKey, HeldNotes>> {
        self.with_cache(|cache| read_held(cache, organization))
    }

    /// What is held of these alone.
    pub fn notes_of(&mut self, keys: &[ConsultationKey]) -> Result<HashMap<ConsultationKey, HeldNotes>> {
        self.with_cache(|cache| {
            let mut select =
                cache.prepare_cached("SELECT key, fetched_at, has_transcript, has_soap FROM notes WHERE key = ?")?;
            let mut held = HashMap::new();
            for key in keys {
                held.extend(select.query_row([key.as_text()], |row| Ok(read_held_row(row))).optional()?.flatten());
            }
            Ok(held)
        })
    }
}

/// Writes within the caller's transaction.
pub(super) fn write(
    cache: &Connection,
    key: &ConsultationKey,
    notes: &Notes,
    fetched_at: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let key = key.as_text();
    let status = notes.status();
    cache.prepare_cached("DELETE FROM notes WHERE key = ?")?.execute([&key])?;
    cache
        .prepare_cached("INSERT INTO notes (key, fetched_at, has_transcript, has_soap) VALUES (?, ?, ?, ?)")?
        .execute(params![key, fetched_at.timestamp_micros(), status.has_transcript, status.has_soap])?;
    for (position, note) in (0_i64..).zip(&notes.all) {
        write_note(cache, &key, position, note)?;
    }
    Ok(())
}

fn write_note(cache: &Connection, key: &str, position: i64, note: &Note) -> rusqlite::Result<()> {
    let (text, passages) = match &note.body {
        NoteBody::Text(text) => (Some(text), None),
        NoteBody::Passages(passages) => (None, Some(passages_to_text(passages))),
    };
    let mut insert = cache.prepare_cached(
        "INSERT INTO note (key, position, id, kind, created_at, text, passages) VALUES (?, ?, ?, ?, ?, ?, ?)",
    )?;
    let id = note.id.as_ref().map(NoteId::as_str);
    let created_at = note.created_at.map(|at| at.timestamp_micros());
    insert.execute(params![key, position, id, kind_to_text(&note.kind), created_at, text, passages])?;
    Ok(())
}

pub(super) fn read(cache: &Connection, key: &ConsultationKey) -> rusqlite::Result<Option<StoredNotes>> {
    let key = key.as_text();
    let fetched = cache
        .query_row("SELECT fetched_at FROM notes WHERE key = ?", [&key], |row| Ok(moment(row, 0)))
        .optional()?
        .flatten();
    let Some(fetched_at) = fetched else { return Ok(None) };
    let mut select = cache
        .prepare_cached("SELECT id, kind, created_at, text, passages FROM note WHERE key = ? ORDER BY position")?;
    let all: rusqlite::Result<Option<Vec<Note>>> = select.query_map([&key], |row| Ok(read_note(row)))?.collect();
    Ok(all?.map(|all| StoredNotes { notes: Notes { all }, fetched_at }))
}

fn read_note(row: &Row<'_>) -> Option<Note> {
    let body = match text(row, 3) {
        Some(text) => NoteBody::Text(text.to_owned()),
        None => NoteBody::Passages(passages_from_text(text(row, 4)?)?),
    };
    let kind = kind_from_text(text(row, 1)?);
    Some(Note { id: owned(row, 0).map(NoteId::new), kind, body, created_at: moment(row, 2) })
}

fn read_held(
    cache: &Connection,
    organization: &OrganizationId,
) -> rusqlite::Result<HashMap<ConsultationKey, HeldNotes>> {
    let mut select = cache.prepare_cached(
        "SELECT notes.key, fetched_at, has_transcript, has_soap FROM consultation JOIN notes USING (key)
         WHERE organization = ?",
    )?;
    let mut rows = select.query([organization.as_str()])?;
    let mut held = HashMap::new();
    while let Some(row) = rows.next()? {
        held.extend(read_held_row(row));
    }
    Ok(held)
}

fn read_held_row(row: &Row<'_>) -> Option<(ConsultationKey, HeldNotes)> {
    let status = NotesStatus { has_transcript: integer(row, 2)? != 0, has_soap: integer(row, 3)? != 0 };
    Some((ConsultationKey::from_text(text(row, 0)?)?, HeldNotes { status, fetched_at: moment(row, 1)? }))
}

fn kind_to_text(kind: &NoteKind) -> String {
    match kind {
        NoteKind::Transcript => "transcript".to_owned(),
        NoteKind::Soap => "soap".to_owned(),
        NoteKind::Other(name) => format!("other/{name}"),
    }
}

fn kind_from_text(text: &str) -> NoteKind {
    match text {
        "transcript" => NoteKind::Transcript,
        "soap" => NoteKind::Soap,
        other => NoteKind::Other(other.strip_prefix("other/").unwrap_or(other).to_owned()),
    }
}

fn passages_to_text(passages: &[Passage]) -> String {
    let pairs: Vec<(&str, &str)> = passages.iter().map(|p| (p.title.as_str(), p.text.as_str())).collect();
    serde_json::to_string(&pairs).unwrap_or_default()
}

fn passages_from_text(text: &str) -> Option<Vec<Passage>> {
    let pairs: Vec<(String, String)> = serde_json::from_str(text).ok()?;
    Some(pairs.into_iter().map(|(title, text)| Passage { title, text }).collect())
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use chrono::TimeDelta;
    use std::sync::Arc;

    #[test]
    fn notes_come_back_as_they_were_sent() {
        let home = tempfile::tempdir().expect("a folder");
        for consultation in [samples::full("r-1", 0), samples::conversation("c/1", 0)] {
            samples::open(home.path()).save_notes(&consultation.key, &samples::notes(), samples::now()).expect("saved");
            let expected = StoredNotes { notes: samples::notes(), fetched_at: samples::now() };
            assert_eq!(samples::open(home.path()).load_notes(&consultation.key), Ok(Some(expected)));
        }
    }

    #[test]
    fn no_notes_and_empty_notes_are_two_things() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let key = ConsultationKey::record("r-1");
        assert_eq!(store.load_notes(&key), Ok(None));
        store.save_notes(&key, &Notes::default(), samples::now()).expect("saved");
        let expected = StoredNotes { notes: Notes::default(), fetched_at: samples::now() };
        assert_eq!(store.load_notes(&key), Ok(Some(expected)));
    }

    #[test]
    fn saving_again_leaves_nothing_of_the_old_notes() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let key = ConsultationKey::record("r-1");
        let later = samples::now() + TimeDelta::minutes(5);
        store.save_notes(&key, &samples::notes(), samples::now()).expect("saved");
        store.save_notes(&key, &Notes::default(), later).expect("saved");
        let loaded = store.load_notes(&key).expect("loaded").expect("there");
        assert_eq!(loaded, StoredNotes { notes: Notes::default(), fetched_at: later });
    }

    #[test]
    fn what_is_held_is_told_per_clinic() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let list = [samples::full("r-1", 0), samples::full("r-2", 0), samples::conversation("c-1", 0)];
        let arcs: Vec<_> = list.iter().cloned().map(Arc::new).collect();
        store.save_consultations(&samples::clinic(), &arcs).expect("saved");
        store.save_notes(&list[0].key, &samples::notes(), samples::now()).expect("saved");
        store.save_notes(&list[2].key, &Notes::default(), samples::now()).expect("saved");
        let held = store.notes_keys(&samples::clinic()).expect("told");
        let status = |at: usize| held.get(&list[at].key).map(|held| (held.status.has_transcript, held.status.has_soap));
        assert_eq!([status(0), status(1), status(2)], [Some((true, true)), None, Some((false, false))]);
        assert!(store.notes_keys(&OrganizationId::new("org-2")).expect("told").is_empty());
    }

    #[test]
    fn notes_that_cannot_be_read_count_as_missing() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let key = ConsultationKey::record("r-1");
        store.save_notes(&key, &samples::notes(), samples::now()).expect("saved");
        store
            .with_cache(|cache| cache.execute("UPDATE note SET passages = '[[1]' WHERE text IS NULL", []))
            .expect("broken");
        assert_eq!(store.load_notes(&key), Ok(None));
    }
}
