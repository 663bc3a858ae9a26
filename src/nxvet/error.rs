//! What can go wrong, in terms that decide what happens next.
//! An error never holds an address, a key, a body or the network library's own error, so it is safe to log.
//! The words on screen live elsewhere.

use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the key was refused")]
    Unauthorized,
    #[error("the key may not do this")]
    Forbidden,
    #[error("not found")]
    NotFound,
    #[error("asked too often")]
    RateLimited { retry_after: Option<Duration> },
    #[error("server trouble (status {status})")]
    Server { status: u16 },
    #[error("no connection")]
    NoConnection,
    #[error("the server's name is not known")]
    CannotFindServer,
    #[error("no answer in time")]
    Timeout,
    #[error("the connection is not safe: {0}")]
    Tls(TlsFault),
    /// The host alone: the rest of the address may hold a signature.
    #[error("sent elsewhere, to {host}")]
    RedirectedElsewhere { host: String },
    /// A web page came instead of an answer: a network's sign-in page, a filter's notice.
    #[error("a web page came instead of an answer")]
    NotNxvet,
    #[error("unexpected answer: {what}")]
    Unexpected { what: &'static str },
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer broke off")]
    BrokenOff,
    #[error("the network could not be set up: {0}")]
    Setup(String),
}

/// What is wrong with the server's certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
    #[error("unknown issuer of the certificate")]
    UntrustedIssuer,
    /// Also when it is not valid yet: either way the computer's clock may be the cause.
    #[error("the certificate is out of date")]
    Expired,
    #[error("the certificate is for another server")]
    WrongHost,
    #[error("no agreement on a safe connection")]
    Other,
}

/// The answer is no JSON at all; it may have been garbled on the way.
pub(crate) const NOT_JSON: &str = "not readable";
/// It is JSON, but not what was asked for.
pub(crate) const WRONG_SHAPE: &str = "not what was asked for";
/// The server does not take the question; asking again changes nothing.
pub(crate) const REFUSED: &str = "the request was refused";
pub(crate) const BAD_REDIRECT: &str = "a redirect that leads nowhere";
pub(crate) const PROXY_SIGN_IN: &str = "the network's proxy asks for a password";
pub(crate) const BAD_ID: &str = "an id that cannot be asked for";
/// The server cannot go on where the last download stopped.
pub(crate) const BAD_RANGE: &str = "not the part that was asked for";
pub(crate) const NOT_AUDIO: &str = "not a recording";

impl Error {
    /// Whether the same question may be answered a little later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. }
            | Self::Server { .. }
            | Self::NoConnection
            | Self::CannotFindServer
            | Self::Timeout
            | Self::NotNxvet
            | Self::BrokenOff => true,
            Self::Unexpected { what } => [NOT_JSON, WRONG_SHAPE].contains(what),
            Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::Tls(_)
            | Self::RedirectedElsewhere { .. }
            | Self::TooLarge
            | Self::Setup(_) => false,
        }
    }

    /// Whether the network is the matter rather than the server or the key.
    pub fn is_offline(&self) -> bool {
        matches!(self, Self::NoConnection | Self::CannotFindServer | Self::Timeout | Self::NotNxvet)
    }

    /// A short code that a person can read out to support.
    pub fn code(&self) -> String {
        let code = match self {
            Self::Unauthorized => "NX-401",
            Self::Forbidden => "NX-403",
            Self::NotFound => "NX-404",
            Self::RateLimited { .. } => "NX-429",
            Self::Server { status } => return format!("NX-{status}"),
            Self::NoConnection => "NX-NET",
            Self::CannotFindServer => "NX-DNS",
            Self::Timeout => "NX-TIME",
            Self::Tls(TlsFault::UntrustedIssuer) => "NX-TLS-ISSUER",
            Self::Tls(TlsFault::Expired) => "NX-TLS-DATE",
            Self::Tls(TlsFault::WrongHost) => "NX-TLS-HOST",
            Self::Tls(TlsFault::Other) => "NX-TLS",
            Self::RedirectedElsewhere { .. } => "NX-REDIRECT",
            Self::NotNxvet => "NX-PAGE",
            Self::Unexpected { .. } => "NX-DATA",
            Self::TooLarge => "NX-SIZE",
            Self::BrokenOff => "NX-CUT",
            Self::Setup(_) => "NX-SETUP",
        };
        code.to_owned()
    }
}
