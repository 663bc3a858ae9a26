//! The client: one server, one key, the connections to it and what was learnt about it.
//! It asks nothing by itself; the questions are in `endpoints`.

use super::body::{Limit, read_text};
use super::endpoints::{identity, recordings};
use super::error::Error;
use super::origin::ServerUrl;
use super::page::parse_total;
use super::request::{Question, text_of};
use super::rest::Rest;
use super::retry::{Failure, RetryNotice, RetryObserver, RetryPolicy, RetryReason, pause, until_answered};
use super::trouble;
use crate::domain::ApiKey;
use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{HeaderName, HeaderValue};
use reqwest::redirect::Policy;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

/// Where the client takes the time from.
pub type Now = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// How to ask; the default is right for a clinic's line.
#[derive(Clone)]
pub struct ClientOptions {
    pub connect_timeout: Duration,
    /// The longest silence while an answer is awaited or read. There is no limit on the whole: slow lines work.
    pub idle_timeout: Duration,
    pub retry: RetryPolicy,
    pub observer: Option<Arc<dyn RetryObserver>>,
    pub now: Now,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(20),
            retry: RetryPolicy::default(),
            observer: None,
            now: Arc::new(|| SystemTime::now().into()),
        }
    }
}

/// A clone asks over the same connections and knows the same.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    server: ServerUrl,
    key: ApiKey,
    options: ClientOptions,
    keyed: reqwest::Client,
    /// For places that must not see the key; it shares nothing with the other one and is made when first needed.
    bare: OnceLock<reqwest::Client>,
    identity_route: identity::KnownRoute,
    recording_route: recordings::KnownRoute,
    clock_offset_ms: AtomicI64,
    /// How long the server asked to be left alone; whatever shares the connections heeds it.
    rest: Arc<Rest>,
}

/// No answer has told the server's time yet.
const NO_OFFSET: i64 = i64::MIN;

/// A JSON answer and the one header that matters.
pub(crate) struct Answer {
    pub text: String,
    pub total: Option<usize>,
}

impl Client {
    pub fn new(server: ServerUrl, key: ApiKey, options: ClientOptions) -> Result<Self, Error> {
        let keyed = build(&server, &options, Trust::of(&server))?;
        let inner = Inner {
            server,
            key,
            options,
            keyed,
            bare: OnceLock::new(),
            identity_route: identity::KnownRoute::default(),
            recording_route: recordings::KnownRoute::default(),
            clock_offset_ms: AtomicI64::new(NO_OFFSET),
            rest: Arc::default(),
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The same client over the same connections, but it asks once and tells nobody of waits: for whoever has a
    /// pace of its own.
    #[must_use]
    pub fn asking_once(&self) -> Self {
        let Inner { server, key, options, keyed, rest, .. } = &*self.inner;
        let retry = RetryPolicy { tries: 1, ..options.retry };
        let inner = Inner {
            server: server.clone(),
            key: key.clone(),
            options: ClientOptions { retry, observer: None, ..options.clone() },
            keyed: keyed.clone(),
            bare: OnceLock::new(),
            identity_route: identity::KnownRoute::default(),
            recording_route: recordings::KnownRoute::default(),
            clock_offset_ms: AtomicI64::new(NO_OFFSET),
            rest: Arc::clone(rest),
        };
        Self { inner: Arc::new(inner) }
    }

    /// How long the server still wants to be left alone, by the last `Retry-After` of any question.
    pub fn rest(&self) -> Option<Duration> {
        self.inner.rest.left(Instant::now())
    }

    pub fn retry_policy(&self) -> RetryPolicy {
        self.inner.options.retry
    }

    pub(crate) fn note_rest(&self, wish: Duration) {
        self.inner.rest.note(wish, self.inner.options.retry.cap, Instant::now());
    }

    pub fn server(&self) -> &ServerUrl {
        &self.inner.server
    }

    /// How far the server's clock is ahead of this computer's, by the last answer; whole seconds are all it tells.
    pub fn server_clock_offset(&self) -> Option<TimeDelta> {
        let offset = self.inner.clock_offset_ms.load(Ordering::Relaxed);
        (offset != NO_OFFSET).then(|| TimeDelta::milliseconds(offset))
    }

    /// Asks for JSON and reads it, again and again as far as the policy goes.
    /// Reading is part of the try: a garbled answer is worth another one.
    pub(crate) async fn ask<T>(
        &self,
        url: Url,
        limit: Limit,
        read: impl Fn(&Answer) -> Result<T, Error> + Sync,
    ) -> Result<T, Error> {
        let question = Question::records(url);
        self.retrying(|| async {
            let response = self.send(&question).await?;
            let total = text_of(response.headers(), &TOTAL_COUNT).and_then(|text| parse_total(&text));
            let text = read_text(response, limit).await?;
            Ok(read(&Answer { text, total })?)
        })
        .await
    }

    pub(crate) async fn retrying<T, F>(&self, ask: impl FnMut() -> F) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Failure>>,
    {
        let Inner { options, rest, .. } = &*self.inner;
        // Whoever asks once minds the rest himself.
        if options.retry.tries > 1
            && let Some(wait) = rest.left_for_one(options.retry.cap, Instant::now())
        {
            pause(RetryNotice { wait, reason: RetryReason::SlowDown, attempt: 0 }, options.observer.as_ref()).await;
        }
        until_answered(options.retry, options.observer.as_ref(), ask).await
    }

    /// Marked so that no log of headers shows it.
    pub(crate) fn authorization(&self) -> Result<HeaderValue, Error> {
        let text = Zeroizing::new(format!("Bearer {}", self.inner.key.expose()));
        let mut value =
            HeaderValue::from_str(&text).map_err(|_invalid| Error::Setup("the key cannot be sent".to_owned()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    pub(crate) fn note_clock(&self, server_time: Option<DateTime<Utc>>) {
        if let Some(server_time) = server_time {
            let offset = server_time - self.now();
            self.inner.clock_offset_ms.store(offset.num_milliseconds(), Ordering::Relaxed);
        }
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        (self.inner.options.now)()
    }

    pub(crate) fn keyed(&self) -> reqwest::Client {
        self.inner.keyed.clone()
    }

    pub(crate) fn bare(&self) -> Result<reqwest::Client, Error> {
        if let Some(bare) = self.inner.bare.get() {
            return Ok(bare.clone());
        }
        let bare = build(self.server(), &self.inner.options, Trust::System)?;
        Ok(self.inner.bare.get_or_init(|| bare).clone())
    }

    pub(crate) fn identity_route(&self) -> &identity::KnownRoute {
        &self.inner.identity_route
    }

    pub(crate) fn recording_route(&self) -> &recordings::KnownRoute {
        &self.inner.recording_route
    }
}

const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// Whose certificates are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trust {
    System,
    /// A server on this computer that shows none must work on a computer that has none to check them with.
    Nobody,
}

impl Trust {
    pub(crate) fn of(server: &ServerUrl) -> Self {
        if server.url().scheme() == "http" { Self::Nobody } else { Self::System }
    }
}

pub(crate) fn build(server: &ServerUrl, options: &ClientOptions, trust: Trust) -> Result<reqwest::Client, Error> {
    // "localhost" is plain http, so it must not be looked up: a changed hosts file could point it elsewhere.
    let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
    // Refused when somebody set it already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("ConsultDesk/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.idle_timeout)
        .redirect(Policy::none())
        .referer(false)
        .resolve_to_addrs("localhost", &here);
    // A clinic's proxy is honoured, but it cannot reach this computer.
    let builder = if server.is_loopback() { builder.no_proxy() } else { builder.https_only(true) };
    let builder = if trust == Trust::Nobody { builder.tls_certs_only([]) } else { builder };
    builder.build().map_err(trouble::of_setup)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", self.server()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
