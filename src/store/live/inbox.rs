//! Events on their way from the receiver to whoever acts on them. What was told once has no effect when it is told
//! again, for ever; what was not yet acted on when the desk ended is found by its number.

use super::intents::{from_code, to_code};
use super::{appointments, happening};
use crate::domain::OrganizationId;
use crate::domain::live::{Arrival, Content, EventKey, EventType, Happening, Kept, LiveEvent, Scheme};
use crate::store::consultations::{integer, moment, owned, text};
use crate::store::{Result, Store};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const COLUMNS: &str = "number, scheme, key, type, happened_at, received_at, what";

/// An authentic event that is not acted on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    pub number: u64,
    pub scheme: Scheme,
    pub key: EventKey,
    pub event_type: EventType,
    pub received_at: DateTime<Utc>,
    /// Why, without content.
    pub reason: String,
}

/// How much was ever heard, for the log and for diagnostics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LiveTotals {
    /// Events that are known, those included that are not kept any more.
    pub known: u64,
    /// Events that are kept.
    pub kept: u64,
    /// Of these, those that are not acted on.
    pub set_aside: u64,
}

impl Store {
    /// Takes in a handful of arrivals, all or none, in one wait for the disk. One answer for each, in their order.
    /// An appointment is brought up to date in the same step.
    pub fn keep_arrivals(&mut self, arrivals: &[Arrival]) -> Result<Vec<Kept>> {
        self.with_local(|local| {
            let transaction = local.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let kept: rusqlite::Result<Vec<Kept>> =
                arrivals.iter().map(|arrival| keep(&transaction, arrival)).collect();
            let kept = kept?;
            transaction.commit()?;
            Ok(kept)
        })
    }

    /// Events of a clinic with a higher number, oldest first; those that were set aside are left out.
    pub fn live_events_after(
        &mut self,
        organization: &OrganizationId,
        after: u64,
        most: usize,
    ) -> Result<Vec<(u64, LiveEvent)>> {
        let (after, most) = (i64::try_from(after).unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX));
        self.with_local(|local| {
            let sql = format!(
                "SELECT {COLUMNS} FROM live_event WHERE number > ? AND organization = ? AND set_aside IS NULL
                 ORDER BY number LIMIT ?"
            );
            read_all(local, &sql, params![after, organization.as_str(), most])
        })
    }

    /// Events of a clinic by when they happened: from the first moment on, before the second.
    pub fn live_events_between(
        &mut self,
        organization: &OrganizationId,
        from: DateTime<Utc>,
        to: DateTime<Utc>,
    ) -> Result<Vec<LiveEvent>> {
        let (from, to) = (from.timestamp_micros(), to.timestamp_micros());
        let found = self.with_local(|local| {
            let sql = format!(
                "SELECT {COLUMNS} FROM live_event WHERE organization = ? AND happened_at >= ? AND happened_at < ?
                 AND set_aside IS NULL ORDER BY happened_at, key"
            );
            read_all(local, &sql, params![organization.as_str(), from, to])
        })?;
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }

    /// Up to which number somebody has dealt with a clinic's events; 0 at first.
    pub fn live_cursor(&mut self, organization: &OrganizationId, name: &str) -> Result<u64> {
        let number = self.with_local(|local| {
            let select = "SELECT number FROM live_cursor WHERE organization = ? AND name = ?";
            local.query_row(select, [organization.as_str(), name], |row| Ok(integer(row, 0))).optional()
        })?;
        Ok(number.flatten().and_then(|number| u64::try_from(number).ok()).unwrap_or(0))
    }

    /// A cursor only goes forward.
    pub fn move_live_cursor(&mut self, organization: &OrganizationId, name: &str, to: u64) -> Result<()> {
        let to = i64::try_from(to).unwrap_or(i64::MAX);
        self.with_local(|local| {
            let upsert = "INSERT INTO live_cursor (organization, name, number) VALUES (?, ?, ?)
                 ON CONFLICT DO UPDATE SET number = max(number, excluded.number)";
            local.execute(upsert, params![organization.as_str(), name, to]).map(drop)
        })
    }

    /// When a clinic last heard by this way of signing.
    pub fn last_received(&mut self, organization: &OrganizationId, scheme: Scheme) -> Result<Option<DateTime<Utc>>> {
        self.with_local(|local| {
            let select = "SELECT max(received_at) FROM live_event WHERE organization = ? AND scheme = ?";
            local.query_row(select, [organization.as_str(), scheme.code()], |row| Ok(moment(row, 0)))
        })
    }

    /// The body that was kept with an event, while it is.
    pub fn live_body(&mut self, scheme: Scheme, key: &EventKey) -> Result<Option<Zeroizing<Vec<u8>>>> {
        self.with_local(|local| {
            let select = "SELECT b.body FROM live_body b JOIN live_event e ON e.number = b.number
                 WHERE e.key = ? AND e.scheme = ?";
            let body = local.query_row(select, [key.as_str(), scheme.code()], |row| row.get::<_, Vec<u8>>(0));
            Ok(body.optional()?.map(Zeroizing::new))
        })
    }

    /// NxVET has confirmed what it told, or it is of no use any more.
    pub fn forget_live_body(&mut self, scheme: Scheme, key: &EventKey) -> Result<()> {
        self.with_local(|local| {
            let delete = "DELETE FROM live_body WHERE number IN \
                          (SELECT number FROM live_event WHERE key = ? AND scheme = ?)";
            local.execute(delete, [key.as_str(), scheme.code()]).map(drop)
        })
    }

    /// What is authentic and not acted on, newest first.
    pub fn set_aside(&mut self, organization: &OrganizationId, most: usize) -> Result<Vec<SetAside>> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT number, scheme, key, type, received_at, set_aside FROM live_event
                 WHERE organization = ? AND set_aside IS NOT NULL ORDER BY number DESC LIMIT ?",
            )?;
            let mut rows = select.query(params![organization.as_str(), most])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.extend(read_set_aside(row));
            }
            Ok(found)
        })
    }

    pub fn live_totals(&mut self) -> Result<LiveTotals> {
        self.with_local(|local| {
            let count = |sql: &str| -> rusqlite::Result<u64> {
                local.query_row(sql, [], |row| row.get::<_, i64>(0)).map(|count| u64::try_from(count).unwrap_or(0))
            };
            Ok(LiveTotals {
                known: count("SELECT count(*) FROM live_seen")?,
                kept: count("SELECT count(*) FROM live_event")?,
                set_aside: count("SELECT count(*) FROM live_event WHERE set_aside IS NOT NULL")?,
            })
        })
    }
}

fn keep(transaction: &Transaction<'_>, arrival: &Arrival) -> rusqlite::Result<Kept> {
    let times = note_seen(transaction, arrival.scheme, &arrival.key)?;
    if times > 1 {
        return Ok(Kept::Again(u32::try_from(times).unwrap_or(u32::MAX)));
    }
    let number = match &arrival.content {
        Content::Events(events) => keep_events(transaction, arrival, events)?,
        Content::SetAside(reason) => {
            let row = Told { key: &arrival.key, happened_at: arrival.received_at, what: None, set_aside: Some(reason) };
            insert(transaction, arrival, &row)?
        }
    };
    if let Some(body) = &arrival.body {
        transaction
            .prepare_cached("INSERT INTO live_body (number, body) VALUES (?, ?)")?
            .execute(params![number, body])?;
    }
    Ok(Kept::New(u64::try_from(number).unwrap_or(0)))
}

/// What of an arrival differs from one of its events to the next.
struct Told<'a> {
    key: &'a EventKey,
    happened_at: DateTime<Utc>,
    what: Option<String>,
    set_aside: Option<&'a str>,
}

/// The number of the last one.
fn keep_events(transaction: &Transaction<'_>, arrival: &Arrival, events: &[LiveEvent]) -> rusqlite::Result<i64> {
    let mut number = 0;
    for event in events {
        let what = Some(happening::to_text(&event.what));
        let row = Told { key: &event.key, happened_at: event.happened_at, what, set_aside: None };
        number = insert(transaction, arrival, &row)?;
        if let Happening::Appointment(appointment) | Happening::AppointmentFailed(appointment) = &event.what {
            appointments::merge(transaction, &arrival.organization, appointment)?;
        }
    }
    Ok(number)
}

fn insert(transaction: &Transaction<'_>, arrival: &Arrival, row: &Told<'_>) -> rusqlite::Result<i64> {
    let mut insert = transaction.prepare_cached(
        "INSERT INTO live_event (organization, scheme, key, type, happened_at, received_at, what, set_aside)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )?;
    insert.execute(params![
        arrival.organization.as_str(),
        arrival.scheme.code(),
        row.key.as_str(),
        to_code(&arrival.event_type),
        row.happened_at.timestamp_micros(),
        arrival.received_at.timestamp_micros(),
        row.what,
        row.set_aside
    ])?;
    Ok(transaction.last_insert_rowid())
}

/// How often the event was told, this time included.
fn note_seen(transaction: &Transaction<'_>, scheme: Scheme, key: &EventKey) -> rusqlite::Result<i64> {
    let mut upsert = transaction.prepare_cached(
        "INSERT INTO live_seen (scheme, digest, times) VALUES (?, ?, 1)
         ON CONFLICT DO UPDATE SET times = times + 1 RETURNING times",
    )?;
    upsert.query_row(params![scheme.code(), digest_of(key)], |row| row.get(0))
}

/// NxVET's ids hold a number that grows with time: as it is, it keeps new rows together. Anything else is hashed.
fn digest_of(key: &EventKey) -> [u8; 16] {
    let number = key.as_str().strip_prefix("evt_").and_then(|id| {
        let parsed = uuid::Uuid::try_parse(id).ok()?;
        // Other spellings of one number would be other keys.
        let mut buffer = uuid::Uuid::encode_buffer();
        (*parsed.hyphenated().encode_lower(&mut buffer) == *id).then(|| parsed.into_bytes())
    });
    number.unwrap_or_else(|| {
        let mut digest = [0; 16];
        digest.iter_mut().zip(Sha256::digest(key.as_str().as_bytes())).for_each(|(room, byte)| *room = byte);
        digest
    })
}

fn read_all(local: &Connection, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<Vec<(u64, LiveEvent)>> {
    let mut select = local.prepare_cached(sql)?;
    let mut rows = select.query(values)?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.extend(read(row));
    }
    Ok(events)
}

fn read(row: &Row<'_>) -> Option<(u64, LiveEvent)> {
    let event = LiveEvent {
        scheme: Scheme::from_code(text(row, 1)?)?,
        key: EventKey::new(text(row, 2)?),
        happened_at: moment(row, 4)?,
        received_at: moment(row, 5)?,
        what: happening::from_text(text(row, 6)?, from_code(text(row, 3)?).words()),
    };
    Some((u64::try_from(integer(row, 0)?).ok()?, event))
}

fn read_set_aside(row: &Row<'_>) -> Option<SetAside> {
    Some(SetAside {
        number: u64::try_from(integer(row, 0)?).ok()?,
        scheme: Scheme::from_code(text(row, 1)?)?,
        key: EventKey::new(text(row, 2)?),
        event_type: from_code(text(row, 3)?),
        received_at: moment(row, 4)?,
        reason: owned(row, 5)?,
    })
}
