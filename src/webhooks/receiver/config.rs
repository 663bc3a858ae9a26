//! What the receiver is told before it starts: where to listen, what to answer on, how much to bear.

use super::super::{Identity, Verifier, WeakSecret};
use super::tls::TlsIdentity;
use crate::domain::OrganizationId;
use crate::domain::live::{Scheme, WebhookSecret};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

/// Tells the time, set right by what the vendor's servers say it is.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// Where to listen.
#[derive(Clone, Default)]
pub struct Listen {
    /// Nothing is this computer alone, by both of its loopback addresses.
    pub addresses: Vec<IpAddr>,
    /// 0 takes any that is free.
    pub port: u16,
    /// The name by which the outside calls, when a tunnel or proxy passes it on.
    pub public_host: Option<String>,
    /// Without one the receiver speaks plain HTTP, for a proxy or tunnel on this computer.
    pub tls: Option<TlsIdentity>,
    pub limits: Limits,
}

/// How much a stranger can take up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// From the first byte of a request, or of a connection, to the end of its head.
    pub head: Duration,
    /// For the whole body.
    pub body: Duration,
    /// Between two requests of one connection.
    pub idle: Duration,
    /// For the store; then the sender is asked to come again, and may find its event known.
    pub commit: Duration,
    /// Requests that are read and kept at one time.
    pub working: usize,
    /// Connections in all, most of them waiting. When there is no room the one that waits longest goes.
    pub guests: usize,
    /// Connections of one other computer.
    pub guests_of_peer: usize,
    /// Bytes of one body.
    pub body_bytes: usize,
    /// Bytes of all bodies at one time.
    pub bodies_bytes: usize,
    /// Requests that one other computer may send at once, and how many more each second. A proxy or tunnel on this
    /// computer speaks for everybody and is bounded by the other limits alone.
    pub burst: u32,
    pub each_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            head: Duration::from_secs(5),
            body: Duration::from_secs(10),
            idle: Duration::from_secs(30),
            commit: Duration::from_secs(10),
            working: 64,
            guests: 320,
            guests_of_peer: 64,
            body_bytes: 4 * 1024 * 1024,
            bodies_bytes: 24 * 1024 * 1024,
            burst: 300,
            each_second: 50,
        }
    }
}

/// An address that is answered on: one clinic, one way of signing, the secrets of one webhook.
pub struct Route {
    /// The random part of the path, without the slash.
    pub token: String,
    pub organization: OrganizationId,
    /// Whom a body must name.
    pub identity: Identity,
    pub verifier: Verifier,
}

impl Route {
    /// `identity` is whom a body must name, with the way of signing; the secrets are the present one and the one before.
    /// One that is too short opens no address.
    pub fn new(
        token: &str,
        organization: &OrganizationId,
        (scheme, identity): (Scheme, &str),
        (current, previous): (&WebhookSecret, Option<&WebhookSecret>),
    ) -> Result<Self, WeakSecret> {
        let identity = match scheme {
            Scheme::Organization => Identity::Organization(OrganizationId::new(identity)),
            Scheme::Partner => Identity::Partner(identity.to_owned()),
            Scheme::NexHealth => Identity::NexHealth,
        };
        let verifier = Verifier::new(scheme, current, previous)?;
        Ok(Self { token: token.to_owned(), organization: organization.clone(), identity, verifier })
    }
}

/// The path is as good as half a secret.
impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Route").field("verifier", &self.verifier).finish_non_exhaustive()
    }
}

/// The routes by their path. A lookup compares keyed hashes first, so that its time tells nothing about a path.
#[derive(Default)]
pub(super) struct Routes(HashMap<String, Arc<Route>>);

impl Routes {
    pub(super) fn new(routes: Vec<Route>) -> Self {
        Self(routes.into_iter().map(|route| (route.token.clone(), Arc::new(route))).collect())
    }

    /// The route of a request's path.
    pub(super) fn find(&self, path: &str) -> Option<Arc<Route>> {
        self.0.get(path.strip_prefix('/')?).cloned()
    }

    pub(super) fn count(&self) -> usize {
        self.0.len()
    }
}
