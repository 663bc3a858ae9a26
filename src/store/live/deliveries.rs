//! The history of deliveries: what our receiver answered, and what the vendor says it tried. The vendor tells the same
//! ones again and again; each is kept once.

use super::intents::{from_code, to_code};
use crate::domain::OrganizationId;
use crate::domain::live::{Delivery, DeliverySource, EventKey, Scheme};
use crate::store::consultations::{integer, moment, owned, text};
use crate::store::{Result, Store};
use rusqlite::{Connection, Row, params};

const INSERT: &str = "INSERT OR IGNORE INTO live_delivery
    (organization, source, scheme, at, event, type, code, milliseconds, attempt, error, is_success, recorded)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const VENDOR: &str = "vendor";
const HERE: &str = "here";

impl Store {
    /// Adds what the vendor tells of its attempts; those that are known already change nothing.
    pub fn note_deliveries(&mut self, organization: &OrganizationId, deliveries: &[Delivery]) -> Result<()> {
        self.with_local(|local| {
            let transaction = local.transaction()?;
            for delivery in deliveries {
                insert(&transaction, organization, delivery)?;
            }
            transaction.commit()
        })
    }

    /// Deliveries of a clinic by their moment, newest first; `skip` so many of them.
    pub fn deliveries(&mut self, organization: &OrganizationId, skip: usize, most: usize) -> Result<Vec<Delivery>> {
        let (skip, most) = (i64::try_from(skip).unwrap_or(i64::MAX), i64::try_from(most).unwrap_or(i64::MAX));
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT source, scheme, at, event, type, code, milliseconds, attempt, error, is_success, recorded
                 FROM live_delivery WHERE organization = ? ORDER BY at DESC, number DESC LIMIT ? OFFSET ?",
            )?;
            let mut rows = select.query(params![organization.as_str(), most, skip])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                found.extend(read(row));
            }
            Ok(found)
        })
    }
}

pub(super) fn insert(local: &Connection, organization: &OrganizationId, delivery: &Delivery) -> rusqlite::Result<()> {
    let source = match delivery.source {
        DeliverySource::Vendor => VENDOR,
        DeliverySource::Here => HERE,
    };
    let (event, kind) = (delivery.event.as_ref().map(EventKey::as_str), delivery.event_type.as_ref().map(to_code));
    let recorded = delivery.recorded.and_then(|number| i64::try_from(number).ok());
    let values = params![
        organization.as_str(),
        source,
        delivery.scheme.code(),
        delivery.at.timestamp_micros(),
        event,
        kind,
        delivery.code,
        delivery.milliseconds,
        delivery.attempt,
        delivery.error,
        delivery.is_success,
        recorded
    ];
    local.prepare_cached(INSERT)?.execute(values).map(drop)
}

fn read(row: &Row<'_>) -> Option<Delivery> {
    let small = |column: usize| integer(row, column).and_then(|number| u32::try_from(number).ok());
    Some(Delivery {
        source: if text(row, 0)? == VENDOR { DeliverySource::Vendor } else { DeliverySource::Here },
        scheme: Scheme::from_code(text(row, 1)?)?,
        at: moment(row, 2)?,
        event: text(row, 3).map(EventKey::new),
        event_type: text(row, 4).map(from_code),
        code: integer(row, 5).and_then(|code| u16::try_from(code).ok()),
        milliseconds: small(6),
        attempt: small(7),
        error: owned(row, 8),
        is_success: integer(row, 9)? != 0,
        recorded: integer(row, 10).and_then(|number| u64::try_from(number).ok()),
    })
}
