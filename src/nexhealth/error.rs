//! What can go wrong with NexHealth, in terms that decide what happens next.
//! An error holds no address, no key and no content, so it is safe to log.

use crate::nxvet;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("the key was refused")]
    Unauthorized,
    #[error("the key may not do this")]
    Forbidden,
    #[error("not found")]
    NotFound,
    /// The question itself was not taken: a subdomain, a location or an address that NexHealth does not accept.
    #[error("the question was not taken")]
    BadQuestion,
    #[error("asked too often")]
    RateLimited,
    #[error("server trouble (status {0})")]
    Server(u16),
    #[error("out of reach")]
    OutOfReach,
    /// The certificate is not trusted, or the way leads elsewhere.
    #[error("the connection is not safe")]
    NotSafe,
    #[error("unexpected answer: {0}")]
    Unexpected(&'static str),
    /// It may have been done or not: the answer did not come.
    #[error("not known if done")]
    NotKnown,
}

/// An answer without what was asked for.
pub(super) const NOTHING_IN_IT: &str = "nothing in it";

impl Error {
    /// The same question may be answered later.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::RateLimited | Self::Server(_) | Self::OutOfReach | Self::Unexpected(_) | Self::NotKnown)
    }

    /// A short code that a person can read out to support.
    pub fn code(&self) -> String {
        let code = match self {
            Self::Unauthorized => "NEX-401",
            Self::Forbidden => "NEX-403",
            Self::NotFound => "NEX-404",
            Self::BadQuestion => "NEX-400",
            Self::RateLimited => "NEX-429",
            Self::Server(status) => return format!("NEX-{status}"),
            Self::OutOfReach => "NEX-NET",
            Self::NotSafe => "NEX-TLS",
            Self::Unexpected(_) => "NEX-DATA",
            Self::NotKnown => "NEX-CUT",
        };
        code.to_owned()
    }
}

impl From<nxvet::Error> for Error {
    fn from(error: nxvet::Error) -> Self {
        match error {
            nxvet::Error::Unauthorized => Self::Unauthorized,
            nxvet::Error::Forbidden => Self::Forbidden,
            nxvet::Error::NotFound => Self::NotFound,
            nxvet::Error::RateLimited { .. } => Self::RateLimited,
            nxvet::Error::Server { status } => Self::Server(status),
            nxvet::Error::NoConnection
            | nxvet::Error::CannotFindServer
            | nxvet::Error::Timeout
            | nxvet::Error::NotNxvet
            | nxvet::Error::BrokenOff => Self::OutOfReach,
            nxvet::Error::Tls(_) | nxvet::Error::RedirectedElsewhere { .. } | nxvet::Error::Setup(_) => Self::NotSafe,
            nxvet::Error::Unexpected { what } if what == nxvet::error::REFUSED => Self::BadQuestion,
            nxvet::Error::Unexpected { what } => Self::Unexpected(what),
            nxvet::Error::TooLarge => Self::Unexpected("too large"),
        }
    }
}
