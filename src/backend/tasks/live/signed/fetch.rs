//! Fetches one recording from a judged address: no key, no cookies, no referrer, redirects judged one by one, at most
//! so many bytes, and only what begins like a WAV file.

use super::address::{Hosts, Refused, SignedAddress};
use super::resolver::PublicOnly;
use bytes::Bytes;
use reqwest::header::{ACCEPT_ENCODING, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use std::sync::Arc;
use std::time::Duration;

/// Redirects that are followed.
const MOST_HOPS: usize = 3;
/// A recording is no larger; an hour of speech is a tenth of it.
const MOST_BYTES: u64 = 2 << 30;
const CONNECT: Duration = Duration::from_secs(10);
const SILENCE: Duration = Duration::from_secs(20);
/// `RIFF`, four bytes of length, `WAVE`.
const MAGIC: usize = 12;

/// Why a recording did not come. No address is in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(in crate::backend) enum SignedError {
    #[error("the address is not asked: {0}")]
    Refused(#[from] Refused),
    #[error("it sends on too often")]
    TooManyHops,
    /// Also when it expired.
    #[error("the store answered {0}")]
    Status(u16),
    #[error("the recording is too large")]
    TooLarge,
    #[error("it is no recording")]
    NotWav,
    #[error("the connection failed")]
    Connection,
}

/// The way to stores of recordings. It shares nothing with the client that knows the key.
#[derive(Clone)]
pub(in crate::backend) struct Fetcher {
    outside: Client,
    /// For a pretended NxVET on this computer alone.
    local: Client,
}

/// A recording on its way.
pub(in crate::backend) struct Fetched {
    response: Response,
    first: Option<Bytes>,
    received: u64,
    /// As it was announced; the library counts what is still to come.
    length: Option<u64>,
}

impl Fetcher {
    pub(in crate::backend) fn new() -> Option<Self> {
        let builder = || {
            Client::builder()
                .connect_timeout(CONNECT)
                .read_timeout(SILENCE)
                .redirect(Policy::none())
                .referer(false)
                .user_agent(concat!("ConsultDesk/", env!("CARGO_PKG_VERSION")))
        };
        let outside = builder().https_only(true).dns_resolver(Arc::new(PublicOnly)).build().ok()?;
        let local = builder().no_proxy().tls_certs_only([]).build().ok()?;
        Some(Self { outside, local })
    }

    pub(in crate::backend) async fn begin(&self, start: SignedAddress, hosts: &Hosts) -> Result<Fetched, SignedError> {
        let mut address = start;
        for _ in 0..=MOST_HOPS {
            let client = if address.is_local() { &self.local } else { &self.outside };
            let asked = client.get(address.url().clone()).header(ACCEPT_ENCODING, "identity").send().await;
            // The library's error prints the whole address, so nothing of it is kept.
            let response = asked.map_err(|_unprintable| SignedError::Connection)?;
            let status = response.status();
            if status.is_redirection() {
                let location = response.headers().get(LOCATION).and_then(|location| location.to_str().ok());
                address = address.redirected(location.ok_or(SignedError::Status(status.as_u16()))?, hosts)?;
                continue;
            }
            if !status.is_success() {
                return Err(SignedError::Status(status.as_u16()));
            }
            return Fetched::look(response).await;
        }
        Err(SignedError::TooManyHops)
    }
}

impl Fetched {
    /// Holds the beginning back until it is seen to be a WAV file's.
    async fn look(mut response: Response) -> Result<Self, SignedError> {
        let length = response.content_length();
        if length.is_some_and(|length| length > MOST_BYTES) {
            return Err(SignedError::TooLarge);
        }
        let mut first = Vec::new();
        while first.len() < MAGIC {
            match response.chunk().await.map_err(|_unprintable| SignedError::Connection)? {
                Some(chunk) => first.extend_from_slice(&chunk),
                None => return Err(SignedError::NotWav),
            }
        }
        if !is_wav(&first) {
            return Err(SignedError::NotWav);
        }
        Ok(Self { received: first.len() as u64, first: Some(first.into()), length, response })
    }

    /// The next bytes; `None` when all have come.
    pub(in crate::backend) async fn next_chunk(&mut self) -> Result<Option<Bytes>, SignedError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        let chunk = self.response.chunk().await.map_err(|_unprintable| SignedError::Connection)?;
        self.received += chunk.as_ref().map_or(0, |chunk| chunk.len() as u64);
        if self.received > MOST_BYTES { Err(SignedError::TooLarge) } else { Ok(chunk) }
    }

    pub(in crate::backend) fn length(&self) -> Option<u64> {
        self.length
    }
}

fn is_wav(first: &[u8]) -> bool {
    let is_riff = first.starts_with(b"RIFF") || first.starts_with(b"RF64");
    is_riff && first.get(8..MAGIC) == Some(b"WAVE")
}

#[cfg(test)]
#[path = "fetch_tests.rs"]
mod tests;
