//! The tables of what is heard while it happens.

use crate::store::migrations::Step;

/// Moments are microseconds since 1970. Numbers only grow, so that a cursor never meets one twice.
/// `live_seen` is kept for ever: it is what makes a delivery that comes again have no effect. Its digest is 16 bytes
/// that follow the time where the vendor's ids do, so that new rows lie beside each other.
pub(in crate::store) const LEVEL_4: Step = "
CREATE TABLE live_seen (
    scheme TEXT NOT NULL,
    digest BLOB NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (scheme, digest)
) WITHOUT ROWID;

CREATE TABLE live_event (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    organization TEXT NOT NULL,
    scheme       TEXT NOT NULL,
    key          TEXT NOT NULL,
    type         TEXT NOT NULL,
    happened_at  INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    what         TEXT,
    set_aside    TEXT
);
CREATE INDEX live_event_by_time ON live_event (organization, happened_at);
CREATE INDEX live_event_by_key ON live_event (key);

CREATE TABLE live_body (
    number INTEGER PRIMARY KEY,
    body   BLOB NOT NULL
);

CREATE TABLE live_cursor (
    organization TEXT NOT NULL,
    name         TEXT NOT NULL,
    number       INTEGER NOT NULL,
    PRIMARY KEY (organization, name)
) WITHOUT ROWID;

CREATE TABLE live_delivery (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    organization TEXT NOT NULL,
    source       TEXT NOT NULL,
    scheme       TEXT NOT NULL,
    at           INTEGER NOT NULL,
    event        TEXT,
    type         TEXT,
    code         INTEGER,
    milliseconds INTEGER,
    attempt      INTEGER,
    error        TEXT,
    is_success   INTEGER NOT NULL,
    recorded     INTEGER
);
CREATE INDEX live_delivery_by_time ON live_delivery (organization, at);
CREATE UNIQUE INDEX live_delivery_once ON live_delivery (organization, at, event, attempt) WHERE source = 'vendor';

CREATE TABLE live_recorded (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    organization TEXT NOT NULL,
    is_refused   INTEGER NOT NULL,
    sealed       BLOB NOT NULL
);

CREATE TABLE live_route (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    organization   TEXT NOT NULL,
    scheme         TEXT NOT NULL,
    identity       TEXT NOT NULL,
    token          TEXT NOT NULL UNIQUE,
    webhook        TEXT,
    secret         BLOB,
    previous       BLOB,
    previous_until INTEGER,
    made_at        INTEGER NOT NULL,
    retires_at     INTEGER
);

CREATE TABLE live_intent (
    nonce        TEXT PRIMARY KEY NOT NULL,
    organization TEXT NOT NULL,
    route        INTEGER NOT NULL,
    address      TEXT NOT NULL,
    description  TEXT NOT NULL,
    types        TEXT,
    made_at      INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE live_appointment (
    organization TEXT NOT NULL,
    id           INTEGER NOT NULL,
    starts_at    INTEGER,
    updated_at   INTEGER NOT NULL,
    rank         INTEGER NOT NULL,
    data         TEXT NOT NULL,
    PRIMARY KEY (organization, id)
) WITHOUT ROWID;
CREATE INDEX live_appointment_by_time ON live_appointment (organization, starts_at);

CREATE TABLE live_decision (
    organization TEXT NOT NULL,
    subject      TEXT NOT NULL,
    other        TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    PRIMARY KEY (organization, subject)
) WITHOUT ROWID;

CREATE TABLE live_room (
    organization TEXT NOT NULL,
    device       TEXT NOT NULL,
    name         TEXT NOT NULL,
    PRIMARY KEY (organization, device)
) WITHOUT ROWID;

CREATE TABLE live_value (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE live_secret (
    name   TEXT PRIMARY KEY NOT NULL,
    sealed BLOB NOT NULL
) WITHOUT ROWID;
";
