//! The tables of the cache, step by step. Lists are columns, because a list of thousands must be there at once;
//! only the passages of a note are kept as one text, because they are read one note at a time.

use super::migrations::Step;

/// Moments are microseconds since 1970. A missing value is NULL and never an empty text.
pub(super) const LEVEL_1: Step = "
CREATE TABLE consultation (
    organization   TEXT NOT NULL,
    key            TEXT NOT NULL,
    kind           TEXT NOT NULL,
    title          TEXT NOT NULL,
    started_at     INTEGER NOT NULL,
    ended_at       INTEGER,
    stage          INTEGER NOT NULL,
    is_gone        INTEGER NOT NULL,
    patient        TEXT,
    patient_name   TEXT,
    patient_breed  TEXT,
    patient_sex    TEXT,
    vet            TEXT,
    vet_first_name TEXT,
    vet_last_name  TEXT,
    has_room       INTEGER NOT NULL,
    room_device    TEXT,
    room_serial    TEXT,
    room_name      TEXT,
    PRIMARY KEY (organization, key)
) WITHOUT ROWID;

CREATE TABLE notes (
    key            TEXT PRIMARY KEY NOT NULL,
    fetched_at     INTEGER NOT NULL,
    has_transcript INTEGER NOT NULL,
    has_soap       INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE note (
    key        TEXT NOT NULL REFERENCES notes(key) ON DELETE CASCADE,
    position   INTEGER NOT NULL,
    id         TEXT,
    kind       TEXT NOT NULL,
    created_at INTEGER,
    text       TEXT,
    passages   TEXT,
    UNIQUE (key, position)
);

CREATE TABLE device (
    organization TEXT NOT NULL,
    position     INTEGER NOT NULL,
    id           TEXT NOT NULL,
    serial       TEXT,
    name         TEXT,
    last_report  INTEGER,
    firmware     TEXT,
    PRIMARY KEY (organization, position)
) WITHOUT ROWID;

CREATE TABLE sync_state (
    organization TEXT PRIMARY KEY NOT NULL,
    synced_at    INTEGER NOT NULL,
    total        INTEGER
) WITHOUT ROWID;
";
