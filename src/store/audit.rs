//! The log of this desk: who did what is nobody's text, so it holds ids and nothing else. Entries are only added.
//! Each carries a digest over itself and the one before it, and the file remembers the last one, so that a
//! changed, missing or added entry shows. It is never mended: what does not fit stays visible for ever.
//! Whoever holds the database's key could write the whole log anew; this guards against everybody else.

use super::consultations::{integer, owned, text};
use super::migrations::Step;
use super::{Result, Store};
use crate::domain::{AuditAction, AuditCheck, AuditEntry, ConsultationKey};
use chrono::{DateTime, SecondsFormat, Utc};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// Rows are never changed or removed. A replacing insert would not ask the trigger that guards against removing, so it
/// has a guard of its own. `audit_end` holds the last entry, so that a cut end shows as well.
pub(super) const LEVEL_3: Step = "
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    action TEXT NOT NULL,
    key    TEXT,
    digest TEXT NOT NULL
) STRICT;

CREATE TABLE audit_end (
    slot   INTEGER PRIMARY KEY CHECK (slot = 1),
    number INTEGER NOT NULL,
    digest TEXT NOT NULL
) STRICT;
INSERT INTO audit_end VALUES (1, 0, '');

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;

CREATE TRIGGER audit_is_never_shortened BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;

CREATE TRIGGER audit_is_never_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the log is only added to'); END;
";

const COLUMNS: &str = "number, at, action, key, digest";
const HEAD: &str = "number,time,action,record,digest\r\n";

/// Something that was done, before it has a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    pub at: DateTime<Utc>,
    pub action: AuditAction,
    pub key: Option<ConsultationKey>,
}

/// How far the log was checked: the next check may go on from here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    number: i64,
    digest: String,
}

impl Store {
    /// Adds to the log, all or none. It is on the disk when this returns.
    pub fn append_audit(&mut self, deeds: &[Deed]) -> Result<()> {
        self.with_local(|local| append(local, deeds))
    }

    /// Entries below a number (`None` for the newest), newest first. One with an action that this version does not
    /// know is left out; the check tells if it was tampered with.
    pub fn audit_page(&mut self, below: Option<u64>, most: usize) -> Result<Vec<AuditEntry>> {
        let below = below.map_or(i64::MAX, |below| i64::try_from(below).unwrap_or(i64::MAX));
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.with_local(|local| {
            let sql = format!("SELECT {COLUMNS} FROM audit WHERE number < ? ORDER BY number DESC LIMIT ?");
            let mut select = local.prepare_cached(&sql)?;
            let mut rows = select.query([below, most])?;
            let mut entries = Vec::new();
            while let Some(row) = rows.next()? {
                entries.extend(read(row));
            }
            Ok(entries)
        })
    }

    /// Whether every entry fits the ones before it, from the beginning or from where an earlier check ended.
    pub fn check_audit(&mut self, from: &Checked) -> Result<(AuditCheck, Checked)> {
        self.with_local(|local| check(local, from.clone()))
    }

    /// The whole log, oldest first, as a table for spreadsheets.
    pub fn export_audit(&mut self) -> Result<String> {
        self.with_local(|local| {
            let mut select = local.prepare_cached(&format!("SELECT {COLUMNS} FROM audit ORDER BY number"))?;
            let mut rows = select.query([])?;
            let mut table = HEAD.to_owned();
            while let Some(row) = rows.next()? {
                table.push_str(&csv_line(row));
            }
            Ok(table)
        })
    }
}

fn append(local: &mut Connection, deeds: &[Deed]) -> rusqlite::Result<()> {
    let transaction = local.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let mut end = end_of(&transaction)?;
    // A log that goes beyond its noted end was tampered with or salvaged: it goes on behind a gap, which shows.
    let last = last_number(&transaction)?;
    if last > end.number {
        end.number = last + 1;
    }
    let mut insert =
        transaction.prepare_cached("INSERT INTO audit (number, at, action, key, digest) VALUES (?, ?, ?, ?, ?)")?;
    for deed in deeds {
        let (number, at, action) = (end.number + 1, deed.at.timestamp_micros(), deed.action.code());
        let key = deed.key.as_ref().map(ConsultationKey::as_text);
        let told = key.as_ref().map_or(ValueRef::Null, |key| ValueRef::Text(key.as_bytes()));
        let fields = [ValueRef::Integer(number), ValueRef::Integer(at), ValueRef::Text(action.as_bytes()), told];
        let digest = digest_of(&end.digest, fields);
        insert.execute(params![number, at, action, key, digest])?;
        end = Checked { number, digest };
    }
    drop(insert);
    note_end(&transaction, &end)?;
    transaction.commit()
}

/// Before the rows of a damaged file are carried over. When its end comes over too, what is missing before it shows by
/// itself. Otherwise nobody knows what was lost: the log then reads as broken behind what came over.
pub(super) fn forget_end(target: &Connection) -> rusqlite::Result<()> {
    note_end(target, &Checked { number: -1, digest: String::new() })
}

fn last_number(local: &Connection) -> rusqlite::Result<i64> {
    local.query_row("SELECT coalesce(max(number), 0) FROM audit", [], |row| row.get(0))
}

fn end_of(local: &Connection) -> rusqlite::Result<Checked> {
    local.query_row("SELECT number, digest FROM audit_end WHERE slot = 1", [], |row| {
        Ok(Checked { number: row.get(0)?, digest: row.get(1)? })
    })
}

fn note_end(local: &Connection, end: &Checked) -> rusqlite::Result<()> {
    let mut note = local.prepare_cached("INSERT OR REPLACE INTO audit_end (slot, number, digest) VALUES (1, ?, ?)")?;
    note.execute(params![end.number, end.digest]).map(drop)
}

/// Over the former digest and the fields with their kinds and lengths, so that no two entries read alike.
fn digest_of(former: &str, fields: [ValueRef<'_>; 4]) -> String {
    let mut hash = Sha256::new();
    let mut put = |kind: u8, bytes: &[u8]| {
        hash.update([kind]);
        hash.update((bytes.len() as u64).to_be_bytes());
        hash.update(bytes);
    };
    put(b'<', former.as_bytes());
    for field in fields {
        match field {
            ValueRef::Null => put(b'0', &[]),
            ValueRef::Integer(number) => put(b'i', &number.to_be_bytes()),
            ValueRef::Real(number) => put(b'r', &number.to_be_bytes()),
            ValueRef::Text(bytes) => put(b't', bytes),
            ValueRef::Blob(bytes) => put(b'b', bytes),
        }
    }
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        write!(text, "{byte:02x}").ok();
        text
    })
}

fn check(local: &Connection, from: Checked) -> rusqlite::Result<(AuditCheck, Checked)> {
    let broken_at = |number: i64, checked| Ok((AuditCheck::BrokenAt(u64::try_from(number).unwrap_or(0)), checked));
    if from.number > 0 && digest_at(local, from.number)?.as_ref() != Some(&from.digest) {
        let number = from.number;
        return broken_at(number, from);
    }
    let mut checked = from;
    let mut select = local.prepare_cached(&format!("SELECT {COLUMNS} FROM audit WHERE number > ? ORDER BY number"))?;
    let after = if checked.number == 0 { i64::MIN } else { checked.number };
    let mut rows = select.query([after])?;
    while let Some(row) = rows.next()? {
        let expected = checked.number + 1;
        let fields = [row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?, row.get_ref(3)?];
        let digest = digest_of(&checked.digest, fields);
        if integer(row, 0) != Some(expected) || text(row, 4) != Some(digest.as_str()) {
            return broken_at(expected, checked);
        }
        checked = Checked { number: expected, digest };
    }
    // Without its end the log may have been longer.
    if end_of(local).optional().ok().flatten().as_ref() == Some(&checked) {
        return Ok((AuditCheck::Unbroken, checked));
    }
    broken_at(checked.number + 1, checked)
}

fn digest_at(local: &Connection, number: i64) -> rusqlite::Result<Option<String>> {
    let found = local.query_row("SELECT digest FROM audit WHERE number = ?", [number], |row| Ok(owned(row, 0)));
    Ok(found.optional()?.flatten())
}

fn read(row: &Row<'_>) -> Option<AuditEntry> {
    Some(AuditEntry {
        number: u64::try_from(integer(row, 0)?).ok()?,
        at: DateTime::from_timestamp_micros(integer(row, 1)?)?,
        action: AuditAction::from_code(text(row, 2)?)?,
        key: text(row, 3).and_then(ConsultationKey::from_text),
        digest: owned(row, 4)?,
    })
}

/// As it is stored, whatever it says: an export shows a tampered entry too.
fn csv_line(row: &Row<'_>) -> String {
    let moment = integer(row, 1).and_then(DateTime::from_timestamp_micros);
    let at = moment.map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)).unwrap_or_default();
    let number = integer(row, 0).map(|number| number.to_string()).unwrap_or_default();
    let words = [2, 3, 4].map(|column| owned(row, column).unwrap_or_default());
    let cells: Vec<String> = [number, at].into_iter().chain(words).map(|cell| csv_cell(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// Spreadsheets take some beginnings for a formula; an apostrophe before them keeps the text a text.
fn csv_cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0']);
    let guarded = if is_formula { format!("'{text}") } else { text.to_owned() };
    if guarded.contains(['"', ',', '\r', '\n', '\t', '\0']) {
        return format!("\"{}\"", guarded.replace('"', "\"\""));
    }
    guarded
}

#[cfg(test)]
#[path = "audit_tests.rs"]
mod tests;
