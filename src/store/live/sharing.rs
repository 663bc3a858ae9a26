//! Events on their way to other desks and from them, as texts in words of our own. Only what the board, the list and the
//! book are made of is in there: what happened, its ids and times, an appointment's names. Bodies never leave this
//! computer, so the texts of a partner's event, which are provisional, stay with the desk that received it.

use super::happening;
use super::intents::from_code;
use crate::domain::OrganizationId;
use crate::domain::live::{Arrival, Content, EventKey, LiveEvent, Scheme};
use crate::store::consultations::{integer, moment, text};
use crate::store::{Result, Store, StoreError, sealed};
use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use zeroize::Zeroizing;

/// The cursor of whoever shares.
pub const SHARED: &str = "shared";
/// What is older was read from the vendor long since, and the broker keeps it no longer.
pub const KEPT_BY_BROKER: TimeDelta = TimeDelta::days(7);
/// What this desk is called where several share a receiver.
const DESK: &str = "share-desk";

/// An event to be shared.
#[derive(Debug)]
pub struct SharedEvent {
    pub number: u64,
    /// Unlike that of any other event, and always the same.
    pub id: String,
    pub content: Zeroizing<Vec<u8>>,
}

#[derive(Serialize, Deserialize)]
struct Letter {
    scheme: String,
    key: String,
    #[serde(rename = "type")]
    event_type: String,
    happened_at: DateTime<Utc>,
    /// The JSON that lies in the store.
    what: String,
}

impl Store {
    /// Events of a clinic that were not shared yet and came since then, oldest first.
    pub fn events_to_share(
        &mut self,
        organization: &OrganizationId,
        since: DateTime<Utc>,
        most: usize,
    ) -> Result<Vec<SharedEvent>> {
        let after = i64::try_from(self.live_cursor(organization, SHARED)?).unwrap_or(i64::MAX);
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT number, scheme, key, type, happened_at, what FROM live_event
                 WHERE number > ? AND organization = ? AND received_at >= ? AND set_aside IS NULL
                 ORDER BY number LIMIT ?",
            )?;
            let mut rows = select.query(params![after, organization.as_str(), since.timestamp_micros(), most])?;
            let mut events = Vec::new();
            while let Some(row) = rows.next()? {
                events.extend(read(row));
            }
            Ok(events)
        })
    }

    /// Takes in what another desk shared, as if it had come here, and tells how many were new. What is known already has
    /// no effect; what this version cannot read is left out.
    pub fn keep_shared(
        &mut self,
        organization: &OrganizationId,
        texts: &[Zeroizing<Vec<u8>>],
        now: DateTime<Utc>,
    ) -> Result<usize> {
        let arrivals: Vec<Arrival> = texts.iter().filter_map(|text| arrival(organization, text, now)).collect();
        let kept = self.keep_arrivals(&arrivals)?;
        Ok(kept.into_iter().filter(|kept| kept.is_new()).count())
    }

    /// Clinics of which anything is received here.
    pub fn live_clinics(&mut self) -> Result<Vec<OrganizationId>> {
        let mut clinics: Vec<OrganizationId> = Vec::new();
        for route in self.live_routes()? {
            if !clinics.contains(&route.organization) {
                clinics.push(route.organization);
            }
        }
        Ok(clinics)
    }

    /// What this desk is called towards the others: random, made once, and kept.
    pub fn desk_name(&mut self) -> Result<String> {
        if let Some(name) = self.live_value(DESK)? {
            return Ok(name);
        }
        let random = sealed::random_key().map_err(|_| StoreError::Folder(std::io::ErrorKind::Other))?;
        let name = random.iter().take(8).fold("desk-".to_owned(), |mut name, byte| {
            write!(name, "{byte:02x}").ok();
            name
        });
        self.save_live_value(DESK, Some(&name))?;
        Ok(name)
    }
}

fn read(row: &Row<'_>) -> Option<SharedEvent> {
    let letter = Letter {
        scheme: text(row, 1)?.to_owned(),
        key: text(row, 2)?.to_owned(),
        event_type: text(row, 3)?.to_owned(),
        happened_at: moment(row, 4)?,
        what: text(row, 5)?.to_owned(),
    };
    Some(SharedEvent {
        number: u64::try_from(integer(row, 0)?).ok()?,
        id: format!("{} {}", letter.scheme, letter.key),
        content: Zeroizing::new(serde_json::to_vec(&letter).ok()?),
    })
}

fn arrival(organization: &OrganizationId, text: &[u8], now: DateTime<Utc>) -> Option<Arrival> {
    let letter: Letter = serde_json::from_slice(text).ok()?;
    let (scheme, key) = (Scheme::from_code(&letter.scheme)?, EventKey::new(letter.key));
    let event_type = from_code(&letter.event_type);
    let what = happening::from_text(&letter.what, event_type.words());
    let event = LiveEvent { scheme, key: key.clone(), happened_at: letter.happened_at, received_at: now, what };
    Some(Arrival {
        organization: organization.clone(),
        scheme,
        key,
        event_type,
        received_at: now,
        content: Content::Events(vec![event]),
        body: None,
    })
}
