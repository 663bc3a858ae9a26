//! One question: builds its address, sends it, follows redirects by hand and sorts the answer's status.
//! Only `GET` exists here. Asking again after a failure is in `retry`.

use super::client::Client;
use super::error::{BAD_ID, BAD_REDIRECT, Error};
use super::redirect::{Crossing, Hop, MAX_HOPS, is_redirect, next_hop};
use super::retry::{self, Failure};
use super::trouble;
use chrono::{DateTime, Utc};
use reqwest::Response;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, DATE, HeaderMap, HeaderName, IF_RANGE, LOCATION, RANGE, RETRY_AFTER,
};
use url::Url;

/// What to ask, and how far it may lead.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub url: Url,
    pub crossing: Crossing,
    pub stretch: Option<Stretch>,
}

/// A part of a recording: its first byte, its last one unless it goes to the end, and the version it must be of.
#[derive(Clone, Debug)]
pub(crate) struct Stretch {
    pub first: u64,
    pub last: Option<u64>,
    pub version: String,
}

impl Question {
    /// A question for records.
    pub(crate) fn records(url: Url) -> Self {
        Self { url, crossing: Crossing::Never, stretch: None }
    }

    /// A question for a recording.
    pub(crate) fn recording(url: Url, stretch: Option<Stretch>) -> Self {
        Self { url, crossing: Crossing::WithoutKey, stretch }
    }
}

impl Client {
    /// An address below the server's own.
    pub(crate) fn address(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Error> {
        // The URL standard takes one and two dots as a way up, however they are written.
        if segments.iter().any(|segment| ["", ".", ".."].contains(&segment.trim())) {
            return Err(Error::Unexpected { what: BAD_ID });
        }
        let mut url = self.server().api(segments);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// Sends it once, redirects included, and hands over an answer whose status is a success.
    pub(crate) async fn send(&self, question: &Question) -> Result<Response, Failure> {
        let start = Hop { url: question.url.clone(), with_key: true };
        self.send_from(question, start).await.map(|(response, _)| response)
    }

    /// The same from a place that was found earlier; also tells which place answered.
    pub(crate) async fn send_from(&self, question: &Question, mut hop: Hop) -> Result<(Response, Hop), Failure> {
        for _ in 0..=MAX_HOPS {
            let response = self.send_hop(question, &hop).await?;
            let status = response.status();
            if !is_redirect(status.as_u16()) {
                return self.sorted(response, hop.with_key).map(|response| (response, hop));
            }
            let location = text_of(response.headers(), &LOCATION);
            hop = next_hop(self.server(), &hop, location.as_deref(), question.crossing)?;
        }
        Err(Failure::from(Error::Unexpected { what: BAD_REDIRECT }))
    }

    async fn send_hop(&self, question: &Question, hop: &Hop) -> Result<Response, Error> {
        let client = if hop.with_key { self.keyed() } else { self.bare()? };
        let mut request = client.get(hop.url.clone());
        if hop.with_key {
            request = request.header(AUTHORIZATION, self.authorization()?);
        }
        request = match question.crossing {
            Crossing::Never => request.header(ACCEPT, "application/json"),
            // A recording is kept byte for byte, and a packed one could not be resumed.
            Crossing::WithoutKey => request.header(ACCEPT, "*/*").header(ACCEPT_ENCODING, "identity"),
        };
        if let Some(Stretch { first, last, version }) = &question.stretch {
            let last = last.map(|last| last.to_string()).unwrap_or_default();
            request = request.header(RANGE, format!("bytes={first}-{last}")).header(IF_RANGE, version);
        }
        let response = request.send().await.map_err(|error| trouble::of_network(&error))?;
        if hop.with_key {
            self.note_clock(date_of(response.headers()));
        }
        Ok(response)
    }

    fn sorted(&self, response: Response, is_ours: bool) -> Result<Response, Failure> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let now = date_of(response.headers()).unwrap_or_else(|| self.now());
        let wish = text_of(response.headers(), &RETRY_AFTER).and_then(|text| retry::parse_retry_after(&text, now));
        let error = if is_ours { trouble::of_status(status, wish) } else { trouble::of_foreign_status(status, wish) };
        if let Some(wish) = wish.filter(|_| is_ours && [429, 503].contains(&status.as_u16())) {
            self.note_rest(wish);
        }
        Err(Failure { error, retry_after: wish })
    }
}

/// A header's text, when it is text.
pub(crate) fn text_of(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn date_of(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = text_of(headers, &DATE)?;
    httpdate::parse_http_date(&date).ok().map(DateTime::from)
}
