//! Turns statuses and the network library's errors into ours.
//! Only the kind is taken over: those errors print the whole address.

use super::error::{BAD_RANGE, Error, PROXY_SIGN_IN, REFUSED, TlsFault};
use reqwest::StatusCode;
use std::error::Error as _;
use std::time::Duration;

/// What a status other than success or redirect means when our own server sent it.
pub(crate) fn of_status(status: StatusCode, retry_after: Option<Duration>) -> Error {
    match status.as_u16() {
        401 => Error::Unauthorized,
        403 => Error::Forbidden,
        404 | 410 => Error::NotFound,
        407 => Error::Unexpected { what: PROXY_SIGN_IN },
        408 => Error::Timeout,
        416 => Error::Unexpected { what: BAD_RANGE },
        429 => Error::RateLimited { retry_after },
        // Made for networks that want a sign-in first.
        511 => Error::NotNxvet,
        status @ 500.. => Error::Server { status },
        _ => Error::Unexpected { what: REFUSED },
    }
}

/// The same for a store that we were sent to: it does not know our key, so it cannot refuse it.
pub(crate) fn of_foreign_status(status: StatusCode, retry_after: Option<Duration>) -> Error {
    match of_status(status, retry_after) {
        Error::Unauthorized | Error::Forbidden => Error::NotFound,
        other => other,
    }
}

/// What failed while asking or while reading the answer.
pub(crate) fn of_network(error: &reqwest::Error) -> Error {
    if error.is_timeout() {
        return Error::Timeout;
    }
    if error.is_dns() {
        return Error::CannotFindServer;
    }
    // A line that is cut while reading also speaks of TLS, so only a failed start is looked into.
    if error.is_connect() { of_connecting(&story(error)) } else { Error::BrokenOff }
}

fn of_connecting(story: &str) -> Error {
    if story.contains("proxy authorization required") {
        return Error::Unexpected { what: PROXY_SIGN_IN };
    }
    tls_fault(story).map_or(Error::NoConnection, Error::Tls)
}

/// Why no client could be built. No address is known at that point, so the text may be kept.
pub(crate) fn of_setup(error: reqwest::Error) -> Error {
    let error = error.without_url();
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Error::Setup(cause)
}

/// The causes of an error in one lower-case text, for telling kinds apart; never shown or kept.
fn story(error: &reqwest::Error) -> String {
    let mut story = String::new();
    let mut source = error.source();
    while let Some(cause) = source {
        story.push_str(&cause.to_string().to_ascii_lowercase());
        story.push('\n');
        source = cause.source();
    }
    story
}

/// The TLS library is not ours to name here, so its faults are told apart by their wording,
/// which covers the systems' own verifiers too.
fn tls_fault(story: &str) -> Option<TlsFault> {
    let has = |words: &[&str]| words.iter().any(|word| story.contains(word));
    if !has(&["certificate", "tls", "handshake", "received fatal alert", "corrupt message", "peer misbehaved"]) {
        return None;
    }
    // First, as this one alone quotes names, which may hold any of the other words.
    if has(&["not valid for", "notvalidforname", "name mismatch", "hostname", "host name", "cn_no_match", "cn name"]) {
        return Some(TlsFault::WrongHost);
    }
    if has(&["expired", "not valid yet", "notvalidyet", "not yet valid", "validity period"]) {
        return Some(TlsFault::Expired);
    }
    if has(&[
        "unknownissuer",
        "unknown issuer",
        "not trusted",
        "untrusted",
        "self-signed",
        "self signed",
        "causedasendentity",
    ]) {
        return Some(TlsFault::UntrustedIssuer);
    }
    Some(TlsFault::Other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_elsewhere_cannot_refuse_our_key() {
        for status in [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND] {
            assert_eq!(of_foreign_status(status, None), Error::NotFound);
        }
        assert_eq!(of_foreign_status(StatusCode::BAD_GATEWAY, None), Error::Server { status: 502 });
    }

    #[test]
    fn certificate_faults_are_told_apart_by_their_wording() {
        let faults = [
            ("invalid peer certificate: unknownissuer", Some(TlsFault::UntrustedIssuer)),
            ("invalid peer certificate: causedasendentity", Some(TlsFault::UntrustedIssuer)),
            ("invalid peer certificate: certificate expired: verification time 1 (unix)", Some(TlsFault::Expired)),
            ("invalid peer certificate: certificate not valid yet: verification", Some(TlsFault::Expired)),
            (
                "invalid peer certificate: certificate not valid for name \"expired.example\"; certificate is",
                Some(TlsFault::WrongHost),
            ),
            ("received fatal alert: handshakefailure", Some(TlsFault::Other)),
            ("received corrupt message of type invalidcontenttype", Some(TlsFault::Other)),
            ("connection refused (os error 111)", None),
        ];
        for (story, fault) in faults {
            assert_eq!(tls_fault(story), fault, "{story}");
        }
    }
}
