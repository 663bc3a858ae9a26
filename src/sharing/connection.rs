//! One connection to the broker, and the names of things there. It is never mended: when it breaks, whoever uses it
//! begins again from the start, which is the same way for a broker that was restarted and one that was never there.

use super::seal::{ShareKey, hex};
use crate::domain::OrganizationId;
use crate::domain::live::{BrokerAddress, BrokerLogin, CannotKeep, PairingCode};
use async_nats::jetstream::{self, context::GetStreamErrorKind, stream};
use async_nats::{Client, ConnectError, ConnectErrorKind, ConnectOptions};
use sha2::{Digest as _, Sha256};
use std::time::Duration;
use tokio::sync::watch;

/// To the broker it is a computer of the same network.
const CONNECT: Duration = Duration::from_secs(6);
const ANSWER: Duration = Duration::from_secs(8);
/// Longer than any weekend with a holiday; what is older was read from NxVET long since.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// The broker drops what comes again within this time; afterwards the desks do.
const SAME: Duration = Duration::from_secs(3_600);
const MOST_BYTES: i64 = 64 << 20;
const MOST_MESSAGE: i32 = 256 << 10;

/// Where the desks meet, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    pub broker: BrokerAddress,
    pub login: Option<BrokerLogin>,
    pub code: PairingCode,
}

/// Why nothing is shared at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    #[error("the broker cannot be reached")]
    Unreachable,
    #[error("the broker wants another user, password or token")]
    LoginRefused,
    #[error("no secure connection to the broker could be made")]
    NoTls,
    #[error("the broker keeps no messages: JetStream is not switched on, or has no room")]
    NoStore,
    #[error("nobody has shared events of this clinic there yet")]
    NothingShared,
    #[error("the pairing code is another one than that of the desk that shares")]
    OtherCode,
    #[error("the connection to the broker broke off")]
    Broken,
    #[error("what comes in cannot be kept: {0}")]
    CannotKeep(CannotKeep),
}

/// What the things of one clinic are called at the broker. A digest: the broker need not know whom it serves.
#[derive(Clone, Debug)]
pub(super) struct Names {
    pub(super) stream: String,
    pub(super) events: String,
    /// Said by whoever shares, and not kept.
    pub(super) alive: String,
    /// Asks whoever shares to say so.
    pub(super) hello: String,
}

impl Names {
    pub(super) fn of(clinic: &OrganizationId) -> Self {
        let digest = Sha256::new().chain_update(b"consult-desk sharing\n").chain_update(clinic.as_str()).finalize();
        let id = hex(&digest, 10);
        Self {
            stream: format!("consult-desk-{id}"),
            events: format!("consult-desk.{id}.events"),
            alive: format!("consult-desk.{id}.alive"),
            hello: format!("consult-desk.{id}.hello"),
        }
    }
}

pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) jetstream: jetstream::Context,
    pub(super) key: ShareKey,
    broken: watch::Receiver<bool>,
}

impl Connection {
    pub(super) async fn make(meeting: &Meeting) -> Result<Self, Trouble> {
        let (breaks, broken) = watch::channel(false);
        let options = ConnectOptions::new()
            .name("Consult Desk")
            .connection_timeout(CONNECT)
            .request_timeout(Some(ANSWER))
            .require_tls(meeting.broker.is_encrypted())
            .max_reconnects(1)
            .ignore_discovered_servers()
            .event_callback(move |event| {
                if matches!(event, async_nats::Event::Disconnected | async_nats::Event::Closed) {
                    breaks.send_replace(true);
                }
                std::future::ready(())
            });
        let options = match &meeting.login {
            Some(login) if login.user.is_empty() => options.token(login.expose().to_owned()),
            Some(login) => options.user_and_password(login.user.clone(), login.expose().to_owned()),
            None => options,
        };
        let connecting = tokio::time::timeout(2 * CONNECT, options.connect(meeting.broker.whole()));
        let client = match connecting.await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(of_connecting(&error)),
            Err(_) => return Err(Trouble::Unreachable),
        };
        let mut jetstream = jetstream::new(client.clone());
        jetstream.set_timeout(ANSWER);
        Ok(Self { client, jetstream, key: ShareKey::of(&meeting.code), broken })
    }

    /// Ends when the connection does.
    pub(super) async fn broke(&self) -> Trouble {
        // Without a sender the connection is gone as well.
        self.broken.clone().wait_for(|is_broken| *is_broken).await.ok();
        Trouble::Broken
    }

    /// Makes the stream or brings it up to date, as whoever shares.
    pub(super) async fn make_stream(&self, names: &Names) -> Result<(), Trouble> {
        let config = stream::Config {
            name: names.stream.clone(),
            subjects: vec![names.events.clone()],
            description: Some(self.description()),
            storage: stream::StorageType::File,
            retention: stream::RetentionPolicy::Limits,
            discard: stream::DiscardPolicy::Old,
            max_age: KEPT,
            max_bytes: MOST_BYTES,
            max_message_size: MOST_MESSAGE,
            duplicate_window: SAME,
            num_replicas: 1,
            ..stream::Config::default()
        };
        let made = self.jetstream.create_or_update_stream(config).await;
        made.map(drop).map_err(|error| {
            tracing::debug!(%error, "the broker's stream could not be made");
            Trouble::NoStore
        })
    }

    /// The stream, as a desk that listens; refused where it is sealed with another code.
    pub(super) async fn find_stream(&self, names: &Names) -> Result<stream::Stream, Trouble> {
        let stream = self.jetstream.get_stream(&names.stream).await.map_err(|error| match error.kind() {
            GetStreamErrorKind::JetStream(error) if error.code() == 404 => Trouble::NothingShared,
            _ => Trouble::NoStore,
        })?;
        if stream.cached_info().config.description.as_ref() == Some(&self.description()) {
            Ok(stream)
        } else {
            Err(Trouble::OtherCode)
        }
    }

    fn description(&self) -> String {
        format!("Events between desks, sealed; code {}", self.key.check())
    }
}

fn of_connecting(error: &ConnectError) -> Trouble {
    match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => Trouble::LoginRefused,
        ConnectErrorKind::Tls => Trouble::NoTls,
        _ if is_handshake(error) => Trouble::NoTls,
        _ => Trouble::Unreachable,
    }
}

/// A certificate that is not trusted comes as an error of the connection, with the reason inside.
fn is_handshake(error: &ConnectError) -> bool {
    let source = std::error::Error::source(error).and_then(|source| source.downcast_ref::<std::io::Error>());
    let inner = source.and_then(std::io::Error::get_ref);
    inner.and_then(|inner| inner.downcast_ref::<rustls::Error>()).is_some()
}
