//! The flight recorder: the last requests as they came, so that one that was refused can be explained afterwards.
//! They are sealed, because they may hold what was said in a room. Of what was refused more is kept than of what was
//! taken in, and neither pushes the other out.

use super::{deliveries, tidy};
use crate::domain::OrganizationId;
use crate::domain::live::{RawRequest, Scheme, Witnessed};
use crate::store::{Result, SealingKey, Store, StoreError, sealed};
use chrono::DateTime;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};
use serde::{Deserialize, Serialize};

const PURPOSE: &str = "live-recorded";
const KEPT_REFUSED: u32 = 70;
const KEPT_TAKEN: u32 = 30;
/// Lines at one time that are a flood: then there is no quiet to tidy in.
const FLOOD: usize = 256;

/// Bodies are bytes and need not be text: in front the head as JSON with its length, behind it the body as it is.
#[derive(Serialize, Deserialize)]
struct Head {
    scheme: String,
    at: i64,
    headers: Vec<(String, Vec<u8>)>,
    body_length: u64,
    code: u16,
    reason: Option<String>,
}

impl Store {
    /// Notes deliveries in the history, and of some the request they came by.
    pub fn witness(&mut self, witnessed: &[Witnessed]) -> Result<()> {
        let sealed = witnessed
            .iter()
            .map(|one| one.request.as_ref().map(|request| seal(self.sealing_key(), request)).transpose())
            .collect::<Result<Vec<_>>>()?;
        self.with_local(|local| {
            let transaction = local.transaction()?;
            for (one, sealed) in witnessed.iter().zip(&sealed) {
                note(&transaction, one, sealed.as_deref())?;
            }
            if sealed.iter().any(Option::is_some) {
                forget_older(&transaction, true, KEPT_REFUSED)?;
                forget_older(&transaction, false, KEPT_TAKEN)?;
            }
            while witnessed.len() >= FLOOD && tidy::drop_deliveries(&transaction)? {}
            transaction.commit()
        })
    }

    /// The recorded requests of a clinic, newest first, with the numbers that deliveries name.
    pub fn recorded_requests(&mut self, organization: &OrganizationId) -> Result<Vec<(u64, RawRequest)>> {
        let key = self.sealing_key().clone();
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT number, sealed FROM live_recorded WHERE organization = ? ORDER BY number DESC",
            )?;
            let rows = select.query_map([organization.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get(1)?)))?;
            let rows = rows.collect::<rusqlite::Result<Vec<(i64, Vec<u8>)>>>()?;
            let opened = |(number, sealed): (i64, Vec<u8>)| Some((u64::try_from(number).ok()?, open(&key, &sealed)?));
            Ok(rows.into_iter().filter_map(opened).collect())
        })
    }

    pub fn recorded_request(&mut self, number: u64) -> Result<Option<RawRequest>> {
        let key = self.sealing_key().clone();
        let number = i64::try_from(number).unwrap_or(-1);
        let sealed = self.with_local(|local| {
            let select = "SELECT sealed FROM live_recorded WHERE number = ?";
            local.query_row(select, [number], |row| row.get::<_, Vec<u8>>(0)).optional()
        })?;
        Ok(sealed.and_then(|sealed| open(&key, &sealed)))
    }
}

fn note(transaction: &Transaction<'_>, one: &Witnessed, sealed: Option<&[u8]>) -> rusqlite::Result<()> {
    let mut delivery = one.delivery.clone();
    if let Some(sealed) = sealed {
        let insert = "INSERT INTO live_recorded (organization, is_refused, sealed) VALUES (?, ?, ?)";
        let values = params![one.organization.as_str(), !delivery.is_success, sealed];
        transaction.prepare_cached(insert)?.execute(values)?;
        delivery.recorded = u64::try_from(transaction.last_insert_rowid()).ok();
    }
    deliveries::insert(transaction, &one.organization, &delivery)
}

fn forget_older(local: &Connection, is_refused: bool, kept: u32) -> rusqlite::Result<()> {
    let delete = "DELETE FROM live_recorded WHERE is_refused = ?1 AND number <= \
        (SELECT number FROM live_recorded WHERE is_refused = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)";
    local.prepare_cached(delete)?.execute(params![is_refused, kept]).map(drop)
}

fn seal(key: &SealingKey, request: &RawRequest) -> Result<Vec<u8>> {
    let head = Head {
        scheme: request.scheme.code().to_owned(),
        at: request.at.timestamp_micros(),
        headers: request.headers.clone(),
        body_length: request.body_length,
        code: request.code,
        reason: request.reason.clone(),
    };
    let head = serde_json::to_vec(&head).unwrap_or_default();
    let length = u32::try_from(head.len()).unwrap_or(u32::MAX);
    let mut plain = zeroize::Zeroizing::new(Vec::with_capacity(4 + head.len() + request.body.len()));
    plain.extend_from_slice(&length.to_be_bytes());
    plain.extend_from_slice(&head);
    plain.extend_from_slice(request.body.get(..RawRequest::MOST_BODY).unwrap_or(&request.body));
    sealed::seal(key.bytes(), PURPOSE, &plain).map_err(|_| StoreError::Folder(std::io::ErrorKind::Other))
}

fn open(key: &SealingKey, sealed: &[u8]) -> Option<RawRequest> {
    let plain = sealed::open(key.bytes(), PURPOSE, sealed).ok()?;
    let (length, rest) = plain.split_first_chunk::<4>()?;
    let (head, body) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let head: Head = serde_json::from_slice(head).ok()?;
    Some(RawRequest {
        scheme: Scheme::from_code(&head.scheme)?,
        at: DateTime::from_timestamp_micros(head.at)?,
        headers: head.headers,
        body: body.to_vec(),
        body_length: head.body_length,
        code: head.code,
        reason: head.reason,
    })
}
