//! The client: one key, one practice, the token it was exchanged for. Questions are asked again as far as the policy goes;
//! what changes something is sent once. The key is sent to `/authenticates` of the one server and nowhere else.

use super::error::Error;
use super::pace::Pace;
use super::token::Token;
use super::{envelope, error};
use crate::domain::ApiKey;
use crate::nxvet::body::{Limit, read_text};
use crate::nxvet::client::{Trust, build};
use crate::nxvet::redirect::is_redirect;
use crate::nxvet::request::text_of;
use crate::nxvet::retry::{Failure, until_answered};
use crate::nxvet::{self, Now, RetryPolicy, ServerUrl, trouble};
use chrono::{DateTime, Utc};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Method, Response};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::Url;
use zeroize::Zeroizing;

const VERSION: HeaderName = HeaderName::from_static("nex-api-version");
const VERSION_3: HeaderValue = HeaderValue::from_static("v3.0.0");

/// Whose book is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practice {
    pub subdomain: String,
    pub location: Option<i64>,
}

#[derive(Clone)]
pub struct ClientOptions {
    pub connect_timeout: Duration,
    pub idle_timeout: Duration,
    pub retry: RetryPolicy,
    /// The least time between two questions.
    pub gap: Duration,
    pub now: Now,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(20),
            retry: RetryPolicy::default(),
            gap: Duration::from_millis(150),
            now: Arc::new(|| SystemTime::now().into()),
        }
    }
}

/// A clone asks over the same connections with the same token.
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

struct Inner {
    server: ServerUrl,
    key: ApiKey,
    practice: Practice,
    options: ClientOptions,
    http: reqwest::Client,
    token: Mutex<Option<Arc<Token>>>,
    pace: Pace,
}

/// One question or order.
pub(super) struct Call {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) body: Option<String>,
}

impl Client {
    pub fn new(server: ServerUrl, key: ApiKey, practice: Practice, options: ClientOptions) -> Result<Self, Error> {
        let plumbing = nxvet::ClientOptions {
            connect_timeout: options.connect_timeout,
            idle_timeout: options.idle_timeout,
            ..nxvet::ClientOptions::default()
        };
        let http = build(&server, &plumbing, Trust::of(&server))?;
        let pace = Pace::new(options.gap);
        Ok(Self { inner: Arc::new(Inner { server, key, practice, options, http, token: Mutex::default(), pace }) })
    }

    pub fn practice(&self) -> &Practice {
        &self.inner.practice
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        (self.inner.options.now)()
    }

    /// The address of a call. Every segment and value is encoded, so that nothing leaves its place.
    pub(super) fn address(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Error> {
        let mut url = self.inner.server.url().clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        if self.inner.server.is_origin_of(&url) { Ok(url) } else { Err(Error::BadQuestion) }
    }

    /// Exchanges the key for a token, whether or not there is one: proves that the key works.
    pub async fn authenticate(&self) -> Result<(), Error> {
        let mut held = self.inner.token.lock().await;
        *held = Some(self.fetch_token().await?);
        Ok(())
    }

    /// Asks until there is an answer, as far as the policy goes.
    pub(super) async fn ask<T>(&self, url: Url, read: impl Fn(&str) -> Result<T, Error> + Sync) -> Result<T, Error> {
        let call = Call { method: Method::GET, url, body: None };
        let text = until_answered(self.inner.options.retry, None, || self.send(&call)).await?;
        read(&text)
    }

    /// Sends something that changes NexHealth once. An answer that did not come leaves open whether it was done.
    pub(super) async fn order(
        &self,
        method: Method,
        url: Url,
        body: Option<&serde_json::Value>,
    ) -> Result<String, Error> {
        let call = Call { method, url, body: body.map(ToString::to_string) };
        self.send(&call).await.map_err(|failure| match failure.error {
            nxvet::Error::Timeout | nxvet::Error::BrokenOff | nxvet::Error::Server { .. } => Error::NotKnown,
            other => other.into(),
        })
    }

    /// A token that was refused is renewed once; a second refusal is meant.
    async fn send(&self, call: &Call) -> Result<String, Failure> {
        let token = self.token().await?;
        match self.send_with(call, &token).await {
            Err(Failure { error: nxvet::Error::Unauthorized, .. }) => {
                self.forget(&token).await;
                let token = self.token().await?;
                self.send_with(call, &token).await
            }
            done => done,
        }
    }

    async fn send_with(&self, call: &Call, token: &Token) -> Result<String, Failure> {
        self.inner.pace.turn().await;
        let bearer = Zeroizing::new(format!("Bearer {}", token.expose()));
        let mut request = self.inner.http.request(call.method.clone(), call.url.clone());
        request = request.header(AUTHORIZATION, secret_header(&bearer)?).header(VERSION, VERSION_3);
        request = request.header(ACCEPT, "application/json");
        if let Some(body) = &call.body {
            request = request.header(CONTENT_TYPE, "application/json").body(body.clone());
        }
        let response = request.send().await.map_err(|error| trouble::of_network(&error))?;
        Ok(read_text(self.sorted(response)?, Limit::DETAIL).await?)
    }

    /// One question for a token at a time; whoever waits takes the one that came meanwhile.
    async fn token(&self) -> Result<Arc<Token>, Failure> {
        let mut held = self.inner.token.lock().await;
        if let Some(token) = held.as_ref().filter(|token| !token.is_due(Instant::now())) {
            return Ok(Arc::clone(token));
        }
        let token = self.fetch_token().await?;
        *held = Some(Arc::clone(&token));
        Ok(token)
    }

    async fn forget(&self, token: &Arc<Token>) {
        let mut held = self.inner.token.lock().await;
        if held.as_ref().is_some_and(|known| Arc::ptr_eq(known, token)) {
            *held = None;
        }
    }

    /// The key itself goes out here alone, without `Bearer` before it.
    async fn fetch_token(&self) -> Result<Arc<Token>, Failure> {
        self.inner.pace.turn().await;
        let url = self.address(&["authenticates"], &[]).map_err(|_| nxvet::Error::Setup("an address".to_owned()))?;
        let key = Zeroizing::new(self.inner.key.expose().to_owned());
        let request = self.inner.http.post(url).header(AUTHORIZATION, secret_header(&key)?);
        let request = request.header(VERSION, VERSION_3).header(ACCEPT, "application/json");
        let response = request.send().await.map_err(|error| trouble::of_network(&error))?;
        let server_now = date_of(&response).unwrap_or_else(|| self.now());
        let text = Zeroizing::new(read_text(self.sorted(response)?, Limit::IDENTITY).await?);
        let data = envelope::object(&text, &[]).map_err(|_| nxvet::Error::Unexpected { what: error::NOTHING_IN_IT })?;
        let token = data.text("token").ok_or(nxvet::Error::Unexpected { what: error::NOTHING_IN_IT })?;
        Ok(Arc::new(Token::new(&token, server_now, Instant::now())))
    }

    /// Redirects are never followed: the key and the token belong to one server.
    fn sorted(&self, response: Response) -> Result<Response, Failure> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        if is_redirect(status.as_u16()) {
            return Err(nxvet::Error::RedirectedElsewhere { host: String::new() }.into());
        }
        let now = date_of(&response).unwrap_or_else(|| self.now());
        let wish =
            text_of(response.headers(), &RETRY_AFTER).and_then(|text| nxvet::retry::parse_retry_after(&text, now));
        Err(Failure { error: trouble::of_status(status, wish), retry_after: wish })
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error.into()
    }
}

/// Marked so that no log of headers shows it.
fn secret_header(text: &str) -> Result<HeaderValue, nxvet::Error> {
    let invalid = |_| nxvet::Error::Setup("the key cannot be sent".to_owned());
    let mut value = HeaderValue::from_str(text).map_err(invalid)?;
    value.set_sensitive(true);
    Ok(value)
}

fn date_of(response: &Response) -> Option<DateTime<Utc>> {
    let date = text_of(response.headers(), &DATE)?;
    httpdate::parse_http_date(&date).ok().map(DateTime::from)
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NexHealth").field("server", &self.inner.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
