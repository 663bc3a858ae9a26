//! Keeping what was heard small: in the quiet, surplus rows go; what is old enough goes with everything else of its age.
//! What makes a delivery that comes again have no effect stays for ever.

use crate::store::{Result, Store};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, params};

/// Rows of the history of deliveries.
pub const KEPT_DELIVERIES: u32 = 10_000;
/// Bodies that are kept with events, all together: the interface tells the same again, so the oldest may go.
const KEPT_BODY_BYTES: i64 = 24 * 1024 * 1024;
/// Rows that go in one transaction, and bodies, each of which is many pages to overwrite.
const BITE: u32 = 500;
const BITE_OF_BODIES: u32 = 50;

impl Store {
    /// Lets surplus go, a bite at a time; `true` while there is more to do.
    pub fn tidy_live(&mut self) -> Result<bool> {
        self.with_local(|local| Ok(drop_deliveries(local)? | drop_bodies(local)?))
    }

    /// Lets events, their bodies, deliveries and appointments go that are older than a moment; `true` while there
    /// is more to do.
    pub fn let_live_go(&mut self, before: DateTime<Utc>) -> Result<bool> {
        let before = before.timestamp_micros();
        self.with_local(|local| {
            let transaction = local.transaction()?;
            let old =
                "SELECT number FROM live_event WHERE received_at < ?1 AND happened_at < ?1 ORDER BY number LIMIT ?2";
            transaction.execute(&format!("DELETE FROM live_body WHERE number IN ({old})"), params![before, BITE])?;
            let events = transaction
                .execute(&format!("DELETE FROM live_event WHERE number IN ({old})"), params![before, BITE])?;
            let old = "SELECT number FROM live_delivery WHERE at < ? LIMIT ?";
            let deliveries = transaction
                .execute(&format!("DELETE FROM live_delivery WHERE number IN ({old})"), params![before, BITE])?;
            transaction.execute("DELETE FROM live_appointment WHERE starts_at < ? AND updated_at < ?", [before; 2])?;
            transaction.commit()?;
            Ok(events.max(deliveries) >= BITE as usize)
        })
    }
}

/// `true` when it was a whole bite: there may be more.
pub(super) fn drop_deliveries(local: &Connection) -> rusqlite::Result<bool> {
    let delete = "DELETE FROM live_delivery WHERE number IN (SELECT number FROM live_delivery WHERE number <= \
        (SELECT number FROM live_delivery ORDER BY number DESC LIMIT 1 OFFSET ?) ORDER BY number LIMIT ?)";
    Ok(local.execute(delete, params![KEPT_DELIVERIES, BITE])? == BITE as usize)
}

/// The newest that fit stay.
fn drop_bodies(local: &Connection) -> rusqlite::Result<bool> {
    let surplus = "SELECT number FROM (SELECT number, sum(length(body)) OVER (ORDER BY number DESC) AS bytes \
        FROM live_body) WHERE bytes > ? ORDER BY number LIMIT ?";
    let delete = format!("DELETE FROM live_body WHERE number IN ({surplus})");
    Ok(local.execute(&delete, params![KEPT_BODY_BYTES, BITE_OF_BODIES])? == BITE_OF_BODIES as usize)
}
