//! The search over everything that is stored: an index inside the encrypted cache, and the finding in it.
//!
//! **The index** is a contentless full-text table: it holds which words stand where and no text, so it adds a third of
//! the text's size and a snippet is cut from the notes themselves, for the few rows that are shown. It is fed words
//! that were folded here (`words`), so that what is typed, indexed and marked agree. What waits to be indexed is
//! queued by triggers, in the transaction that changed it, and taken in later in bites (`index`).
//!
//! **The order** of what is found: newest first, where a hit in the patient's name or the record's title counts as if
//! the consultation were a year newer, and one in the SOAP note as if it were a month newer, than one in what was said.
//! That is the whole rule; it can be explained to a person, and it needs no look at all hits: the newest few of each
//! place are merged (`find`). Ranking by how often a word occurs would read every consultation for a common word.
//!
//! **An unfinished word** stands for the most common known words that begin so (`vocabulary`); rarer ones are asked
//! only when those found too little. An index of beginnings would be as large as the text.
//!
//! Does not decide when to index or to search.

mod document;
mod excerpt;
mod find;
mod index;
mod lookup;
mod question;
#[cfg(test)]
mod tests;
mod vocabulary;
mod words;

pub use find::{Interrupt, Scope, SearchReader};
pub use index::BITE;

use super::migrations::Step;

/// Tables, queue and what fills it. A page of the index is as large as fits a page of the encrypted file.
/// Everything that is stored already waits, newest first.
pub(super) const LEVEL_2: Step = INDEX;

const INDEX: &str = "
CREATE VIRTUAL TABLE search_text USING fts5 (
    speech, subjective, objective, assessment, plan, other, patient,
    content = '', contentless_delete = 1, tokenize = \"ascii tokenchars '.~@='\"
);
INSERT INTO search_text (search_text, rank) VALUES ('pgsz', 3960);
INSERT INTO search_text (search_text, rank) VALUES ('automerge', 8);
INSERT INTO search_text (search_text, rank) VALUES ('usermerge', 2);

CREATE TABLE search_clinic (
    id           INTEGER PRIMARY KEY,
    organization TEXT NOT NULL UNIQUE,
    docs         INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE search_doc (
    id     INTEGER PRIMARY KEY,
    clinic INTEGER NOT NULL,
    key    TEXT NOT NULL,
    hash   INTEGER NOT NULL,
    digest INTEGER NOT NULL
);
CREATE INDEX search_doc_hash ON search_doc (hash);

CREATE TABLE search_word (
    word  TEXT PRIMARY KEY NOT NULL,
    count INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE search_state (
    bites      INTEGER NOT NULL,
    loose      INTEGER NOT NULL,
    is_tidying INTEGER NOT NULL
);
INSERT INTO search_state VALUES (0, 0, 0);

CREATE TABLE search_waiting (
    id  INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
);
INSERT INTO search_waiting (key) SELECT key FROM consultation GROUP BY key ORDER BY max(started_at) DESC;

CREATE TRIGGER search_row_comes BEFORE INSERT ON consultation
WHEN NOT EXISTS (
    SELECT 1 FROM consultation AS c WHERE c.organization = new.organization AND c.key = new.key
    AND c.title IS new.title AND c.started_at IS new.started_at AND c.patient IS new.patient
    AND c.patient_name IS new.patient_name AND c.patient_breed IS new.patient_breed
    AND c.patient_sex IS new.patient_sex AND c.vet IS new.vet AND c.has_room IS new.has_room
    AND c.room_name IS new.room_name AND c.room_serial IS new.room_serial AND c.room_device IS new.room_device)
BEGIN
    INSERT INTO search_waiting (key)
    SELECT new.key WHERE NOT EXISTS (SELECT 1 FROM search_waiting WHERE key = new.key);
END;

CREATE TRIGGER search_row_changes AFTER UPDATE OF title, started_at, patient, patient_name, patient_breed,
    patient_sex, vet, has_room, room_name, room_serial, room_device ON consultation
WHEN (old.title, old.started_at, old.patient, old.patient_name, old.patient_breed, old.patient_sex)
        IS NOT (new.title, new.started_at, new.patient, new.patient_name, new.patient_breed, new.patient_sex)
    OR (old.vet, old.has_room, old.room_name, old.room_serial, old.room_device)
        IS NOT (new.vet, new.has_room, new.room_name, new.room_serial, new.room_device)
BEGIN
    INSERT INTO search_waiting (key)
    SELECT new.key WHERE NOT EXISTS (SELECT 1 FROM search_waiting WHERE key = new.key);
END;

CREATE TRIGGER search_row_goes AFTER DELETE ON consultation
BEGIN
    INSERT INTO search_waiting (key)
    SELECT old.key WHERE NOT EXISTS (SELECT 1 FROM search_waiting WHERE key = old.key);
END;

CREATE TRIGGER search_notes_come AFTER INSERT ON notes
BEGIN
    INSERT INTO search_waiting (key)
    SELECT new.key WHERE NOT EXISTS (SELECT 1 FROM search_waiting WHERE key = new.key);
END;

CREATE TRIGGER search_notes_go AFTER DELETE ON notes
BEGIN
    INSERT INTO search_waiting (key)
    SELECT old.key WHERE NOT EXISTS (SELECT 1 FROM search_waiting WHERE key = old.key);
END;
";

/// Takes all of it away again.
const FORGET: &str = "
DROP TRIGGER IF EXISTS search_row_comes;
DROP TRIGGER IF EXISTS search_row_changes;
DROP TRIGGER IF EXISTS search_row_goes;
DROP TRIGGER IF EXISTS search_notes_come;
DROP TRIGGER IF EXISTS search_notes_go;
DROP TABLE IF EXISTS search_text;
DROP TABLE IF EXISTS search_clinic;
DROP TABLE IF EXISTS search_doc;
DROP TABLE IF EXISTS search_word;
DROP TABLE IF EXISTS search_state;
DROP TABLE IF EXISTS search_waiting;
";
