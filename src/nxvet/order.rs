//! Something that NxVET shall do: it is sent once and never again by itself, because nobody can know whether the first
//! one was done. Redirects are refused; asking for records is in `request`.

use super::body::{Limit, read_text};
use super::client::Client;
use super::error::Error;
use super::redirect::is_redirect;
use super::request::text_of;
use super::trouble;
use reqwest::Method;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use url::Url;

/// How an order failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderError {
    /// NxVET refused it or was never reached: nothing was done.
    #[error("not done: {0}")]
    NotDone(Error),
    /// It may have been done or not: the answer did not come, or cannot be read.
    #[error("not known if done: {0}")]
    NotKnown(Error),
}

impl OrderError {
    pub fn error(&self) -> &Error {
        match self {
            Self::NotDone(error) | Self::NotKnown(error) => error,
        }
    }
}

impl Client {
    /// Sends it once. Every 2xx is a success; the body may be empty.
    pub(crate) async fn order(&self, method: Method, url: Url, body: Option<String>) -> Result<String, OrderError> {
        let request = self.keyed().request(method, url);
        let authorization = self.authorization().map_err(OrderError::NotDone)?;
        let mut request = request.header(AUTHORIZATION, authorization).header(ACCEPT, "application/json");
        if let Some(body) = body {
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        let response = request.send().await.map_err(|error| of_sending(&error))?;
        let status = response.status();
        if is_redirect(status.as_u16()) {
            let host = text_of(response.headers(), &LOCATION)
                .and_then(|location| Url::parse(&location).ok())
                .and_then(|url| url.host_str().map(str::to_owned));
            return Err(OrderError::NotDone(Error::RedirectedElsewhere { host: host.unwrap_or_default() }));
        }
        if !status.is_success() {
            return Err(of_refusal(trouble::of_status(status, None)));
        }
        read_text(response, Limit::LIST).await.map_err(OrderError::NotKnown)
    }
}

/// A line that never stood carried nothing.
fn of_sending(error: &reqwest::Error) -> OrderError {
    let kind = trouble::of_network(error);
    let was_sent = !error.is_connect() && !error.is_builder() && !error.is_dns();
    if was_sent { OrderError::NotKnown(kind) } else { OrderError::NotDone(kind) }
}

/// A server or a gateway in trouble may have done it before it failed to say so.
fn of_refusal(error: Error) -> OrderError {
    match error {
        Error::Server { .. } | Error::Timeout | Error::NotNxvet => OrderError::NotKnown(error),
        other => OrderError::NotDone(other),
    }
}
