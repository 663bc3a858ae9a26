//! Webhooks that are being made: noted before the vendor is asked, so that one whose secret was lost on the way back is
//! found again by its nonce and does not stay with the vendor for ever.

use super::routes::{self, RouteNumber};
use crate::domain::OrganizationId;
use crate::domain::live::{EventType, WebhookId, WebhookSecret};
use crate::store::consultations::{integer, moment, owned, text};
use crate::store::{Result, Store};
use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension as _, Row, params};

/// Somebody wants a webhook; whether the vendor made it is not known yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intent {
    /// Stands in the description that the vendor keeps.
    pub nonce: String,
    pub organization: OrganizationId,
    /// Where it is to deliver.
    pub route: RouteNumber,
    pub address: String,
    pub description: String,
    /// `None` is every type.
    pub event_types: Option<Vec<EventType>>,
    pub made_at: DateTime<Utc>,
}

impl Store {
    /// On the disk when this returns; only then may the vendor be asked.
    pub fn begin_intent(&mut self, intent: &Intent) -> Result<()> {
        let types = intent.event_types.as_ref().map(|types| types.iter().map(to_code).collect::<Vec<_>>().join("\n"));
        self.with_local(|local| {
            let insert = "INSERT OR REPLACE INTO live_intent (nonce, organization, route, address, description, \
                          types, made_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
            let (organization, at) = (intent.organization.as_str(), intent.made_at.timestamp_micros());
            let (nonce, address, description) = (&intent.nonce, &intent.address, &intent.description);
            let values = params![nonce, organization, intent.route.0, address, description, types, at];
            local.execute(insert, values).map(drop)
        })
    }

    /// Those whose end is not known, oldest first.
    pub fn open_intents(&mut self, organization: &OrganizationId) -> Result<Vec<Intent>> {
        self.with_local(|local| {
            let mut select = local.prepare_cached(
                "SELECT nonce, organization, route, address, description, types, made_at FROM live_intent
                 WHERE organization = ? ORDER BY made_at, nonce",
            )?;
            let mut rows = select.query([organization.as_str()])?;
            let mut intents = Vec::new();
            while let Some(row) = rows.next()? {
                intents.extend(read(row));
            }
            Ok(intents)
        })
    }

    /// The vendor made it and showed its secret: both are kept and the intent is done, at once or not at all.
    /// `false` when there is no such intent.
    pub fn finish_intent(&mut self, nonce: &str, webhook: &WebhookId, secret: &WebhookSecret) -> Result<bool> {
        let find = "SELECT route, made_at FROM live_intent WHERE nonce = ?";
        let found = self.with_local(|local| {
            local.query_row(find, [nonce], |row| Ok((integer(row, 0), moment(row, 1)))).optional()
        })?;
        let Some((Some(number), Some(made_at))) = found else { return Ok(false) };
        let number = RouteNumber(number);
        let sealed = self.seal_secret(number, secret)?;
        self.with_local(|local| {
            let transaction = local.transaction()?;
            routes::give(&transaction, number, Some(webhook), &sealed, made_at + chrono::TimeDelta::days(1))?;
            transaction.execute("DELETE FROM live_intent WHERE nonce = ?", [nonce])?;
            transaction.commit()
        })?;
        Ok(true)
    }

    /// It was given up; the vendor has none.
    pub fn drop_intent(&mut self, nonce: &str) -> Result<()> {
        self.with_local(|local| local.execute("DELETE FROM live_intent WHERE nonce = ?", [nonce]).map(drop))
    }
}

fn read(row: &Row<'_>) -> Option<Intent> {
    Some(Intent {
        nonce: owned(row, 0)?,
        organization: OrganizationId::new(text(row, 1)?),
        route: RouteNumber(integer(row, 2)?),
        address: owned(row, 3)?,
        description: owned(row, 4)?,
        event_types: owned(row, 5).map(|types| types.lines().map(from_code).collect()),
        made_at: moment(row, 6)?,
    })
}

/// Our own names, so that what is stored does not depend on a vendor's.
pub(super) fn to_code(kind: &EventType) -> String {
    match kind {
        EventType::RecordCreated => "record-created".to_owned(),
        EventType::RecordUpdated => "record-updated".to_owned(),
        EventType::RecordDeleted => "record-deleted".to_owned(),
        EventType::ConversationStarted => "conversation-started".to_owned(),
        EventType::ConversationEnded => "conversation-ended".to_owned(),
        EventType::Ping => "ping".to_owned(),
        EventType::Other(name) => format!("other {name}"),
    }
}

pub(super) fn from_code(code: &str) -> EventType {
    match code {
        "record-created" => EventType::RecordCreated,
        "record-updated" => EventType::RecordUpdated,
        "record-deleted" => EventType::RecordDeleted,
        "conversation-started" => EventType::ConversationStarted,
        "conversation-ended" => EventType::ConversationEnded,
        "ping" => EventType::Ping,
        other => EventType::Other(other.strip_prefix("other ").unwrap_or(other).to_owned()),
    }
}
