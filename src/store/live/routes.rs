//! Addresses that the receiver answers on. Each has a random path, one way of signing, and the secrets of one webhook:
//! the present one and, for a while, the one before. Secrets are sealed beside what encrypts the file.
//! A route whose secret is not known, or does not open, has none: whoever answers on it must refuse everything.

use crate::domain::OrganizationId;
use crate::domain::live::{Scheme, WebhookId, WebhookSecret};
use crate::store::consultations::{integer, moment, owned, text};
use crate::store::{Result, SealingKey, Store, StoreError, sealed};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};
use std::fmt::{self, Write as _};

/// The store's number of a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouteNumber(pub i64);

/// The random part of a receiving address: 128 bits in hex. Never printed: who knows it may knock.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct PathToken(String);

impl PathToken {
    /// For the address that is shown to a person and the one place that compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn random() -> std::result::Result<Self, sealed::SealError> {
        let bytes = sealed::random_key()?;
        Ok(Self(bytes.iter().take(16).fold(String::with_capacity(32), |mut hex, byte| {
            write!(hex, "{byte:02x}").ok();
            hex
        })))
    }
}

impl fmt::Debug for PathToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PathToken([redacted])")
    }
}

/// A route before it has a number and a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRoute {
    pub organization: OrganizationId,
    pub scheme: Scheme,
    /// Whom a body must name: the organization's id, the partner's id, or the practice's subdomain.
    pub identity: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LiveRoute {
    pub number: RouteNumber,
    pub organization: OrganizationId,
    pub scheme: Scheme,
    pub identity: String,
    pub token: PathToken,
    /// The vendor's id of the webhook, once it is known.
    pub webhook: Option<WebhookId>,
    pub secret: Option<WebhookSecret>,
    /// Good until the moment given: deliveries signed with it may still be on their way.
    pub previous: Option<(WebhookSecret, DateTime<Utc>)>,
    /// After this the address is answered no longer.
    pub retires_at: Option<DateTime<Utc>>,
}

impl LiveRoute {
    /// The secrets that are good at a moment, the present one first; nothing when the address is not to be answered.
    pub fn secrets_at(&self, now: DateTime<Utc>) -> Option<(&WebhookSecret, Option<&WebhookSecret>)> {
        if self.retires_at.is_some_and(|at| at <= now) {
            return None;
        }
        let previous = self.previous.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
        Some((self.secret.as_ref()?, previous))
    }
}

const COLUMNS: &str =
    "number, organization, scheme, identity, token, webhook, secret, previous, previous_until, retires_at";
const INSERT: &str = "INSERT INTO live_route (organization, scheme, identity, token, made_at) VALUES (?, ?, ?, ?, ?)";

impl Store {
    /// Makes a receiving address. It has no secret yet.
    pub fn make_live_route(&mut self, new: &NewRoute, now: DateTime<Utc>) -> Result<LiveRoute> {
        let token = PathToken::random().map_err(|_| StoreError::Folder(std::io::ErrorKind::Other))?;
        let number = self.with_local(|local| {
            let (scheme, at) = (new.scheme.code(), now.timestamp_micros());
            local.execute(INSERT, params![new.organization.as_str(), scheme, new.identity, token.0, at])?;
            Ok(RouteNumber(local.last_insert_rowid()))
        })?;
        let NewRoute { organization, scheme, identity } = new.clone();
        let (webhook, secret, previous, retires_at) = (None, None, None, None);
        Ok(LiveRoute { number, organization, scheme, identity, token, webhook, secret, previous, retires_at })
    }

    /// Every route of every clinic, oldest first.
    pub fn live_routes(&mut self) -> Result<Vec<LiveRoute>> {
        let key = self.sealing_key().clone();
        self.with_local(|local| {
            let mut select = local.prepare_cached(&format!("SELECT {COLUMNS} FROM live_route ORDER BY number"))?;
            let mut rows = select.query([])?;
            let mut routes = Vec::new();
            while let Some(row) = rows.next()? {
                routes.extend(read(row, &key));
            }
            Ok(routes)
        })
    }

    /// The secret that the vendor showed once. One that was there before stays good until `previous_until`.
    pub fn give_route_secret(
        &mut self,
        number: RouteNumber,
        webhook: Option<&WebhookId>,
        secret: &WebhookSecret,
        previous_until: DateTime<Utc>,
    ) -> Result<()> {
        let sealed = self.seal_secret(number, secret)?;
        self.with_local(|local| give(local, number, webhook, &sealed, previous_until))
    }

    /// From that moment on the address is answered no longer; until then deliveries on their way still arrive.
    pub fn retire_live_route(&mut self, number: RouteNumber, at: DateTime<Utc>) -> Result<()> {
        self.with_local(|local| {
            let retire = "UPDATE live_route SET retires_at = ? WHERE number = ?";
            local.execute(retire, params![at.timestamp_micros(), number.0]).map(drop)
        })
    }

    pub fn remove_live_route(&mut self, number: RouteNumber) -> Result<()> {
        self.with_local(|local| local.execute("DELETE FROM live_route WHERE number = ?", [number.0]).map(drop))
    }

    /// Forgets secrets that are good no longer and routes whose time is over; tells how many routes went.
    pub fn remove_retired_routes(&mut self, now: DateTime<Utc>) -> Result<usize> {
        let now = now.timestamp_micros();
        self.with_local(|local| {
            let forget = "UPDATE live_route SET previous = NULL, previous_until = NULL WHERE previous_until <= ?";
            local.execute(forget, [now])?;
            local.execute("DELETE FROM live_route WHERE retires_at <= ?", [now])
        })
    }

    pub(super) fn seal_secret(&self, number: RouteNumber, secret: &WebhookSecret) -> Result<Vec<u8>> {
        let sealed = sealed::seal(self.sealing_key().bytes(), &purpose(number), secret.expose().as_bytes());
        sealed.map_err(|_| StoreError::Folder(std::io::ErrorKind::Other))
    }
}

/// What was there becomes the one before; where nothing was, there is none before.
pub(super) fn give(
    local: &Connection,
    number: RouteNumber,
    webhook: Option<&WebhookId>,
    sealed: &[u8],
    previous_until: DateTime<Utc>,
) -> rusqlite::Result<()> {
    let held = local.query_row("SELECT secret FROM live_route WHERE number = ?", [number.0], |row| {
        row.get::<_, Option<Vec<u8>>>(0)
    });
    let until = held.optional()?.flatten().map(|_| previous_until.timestamp_micros());
    let update = "UPDATE live_route SET previous = secret, previous_until = ?, secret = ?, \
                  webhook = coalesce(?, webhook) WHERE number = ?";
    local.execute(update, params![until, sealed, webhook.map(|id| &id.0), number.0]).map(drop)
}

/// A secret that was sealed for one route opens for no other.
fn purpose(number: RouteNumber) -> String {
    format!("live-route/{}", number.0)
}

fn read(row: &Row<'_>, key: &SealingKey) -> Option<LiveRoute> {
    let number = RouteNumber(integer(row, 0)?);
    let unseal = |column: usize| {
        let sealed: Vec<u8> = row.get(column).ok()?;
        let opened = sealed::open(key.bytes(), &purpose(number), &sealed).ok()?;
        std::str::from_utf8(&opened).ok().map(WebhookSecret::new)
    };
    Some(LiveRoute {
        number,
        organization: OrganizationId::new(text(row, 1)?),
        scheme: Scheme::from_code(text(row, 2)?)?,
        identity: owned(row, 3)?,
        token: PathToken(owned(row, 4)?),
        webhook: owned(row, 5).map(WebhookId),
        secret: unseal(6),
        previous: unseal(7).zip(moment(row, 8)),
        retires_at: moment(row, 9),
    })
}
