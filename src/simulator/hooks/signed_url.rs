//! Addresses of recordings that work without a key for a while, as a storage service hands them out.

use std::sync::{Mutex, PoisonError};

use super::sign::{digest, hex};
use crate::simulator::query::Query;

/// Makes such addresses and judges them.
pub(in super::super) struct SignedUrls {
    base: Mutex<String>,
    secret: String,
}

/// What a storage service says to who comes with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Admission {
    Welcome,
    /// Its time is over.
    Expired,
    /// Nobody here made it.
    Forged,
}

impl SignedUrls {
    pub(in super::super) fn new(base: &str) -> Self {
        let mut random = fastrand::Rng::new();
        let secret = (0..40).map(|_| random.alphanumeric()).collect();
        Self { base: Mutex::new(base.to_owned()), secret }
    }

    /// From now on addresses begin so; what leads there is the caller's affair.
    pub(super) fn set_base(&self, base: &str) {
        base.clone_into(&mut self.base.lock().unwrap_or_else(PoisonError::into_inner));
    }

    pub(super) fn make(&self, record_id: &str, expires: i64) -> String {
        let base = self.base.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let signature = self.signature(record_id, expires);
        format!("{base}/signed/{record_id}.wav?X-Expires={expires}&X-Signature={signature}")
    }

    pub(in super::super) fn judge(&self, record_id: &str, query: &Query, now: i64) -> Admission {
        let expires = query.first("X-Expires").and_then(|text| text.parse::<i64>().ok());
        match (expires, query.first("X-Signature")) {
            (Some(expires), Some(shown)) if shown == self.signature(record_id, expires) => {
                if now < expires {
                    Admission::Welcome
                } else {
                    Admission::Expired
                }
            }
            _ => Admission::Forged,
        }
    }

    fn signature(&self, record_id: &str, expires: i64) -> String {
        hex(&digest(&self.secret, &[record_id.as_bytes(), b"\n", expires.to_string().as_bytes()]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_works_for_its_record_until_it_expires() {
        let urls = SignedUrls::new("http://storage.example");
        let address = urls.make("a", 1_000);
        let query = Query::parse(address.split_once('?').unwrap().1);
        assert!(address.starts_with("http://storage.example/signed/a.wav?"));
        assert_eq!(urls.judge("a", &query, 999), Admission::Welcome);
        assert_eq!(urls.judge("a", &query, 1_000), Admission::Expired);
        assert_eq!(urls.judge("b", &query, 999), Admission::Forged);
        assert_eq!(SignedUrls::new("").judge("a", &query, 999), Admission::Forged);
        assert_eq!(urls.judge("a", &Query::parse("X-Expires=2000"), 999), Admission::Forged);
    }
}
