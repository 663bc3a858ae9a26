//! Why a request was refused, by a name that support and tests can rely on. The words hold nothing of the request.

use thiserror::Error;

/// A header field that a scheme needs or looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    Signature,
    Timestamp,
    /// Which partner the request is for.
    Partner,
    /// The number of the delivery; not needed, but never to be there twice.
    Delivery,
}

impl Part {
    pub const ALL: [Self; 4] = [Self::Signature, Self::Timestamp, Self::Partner, Self::Delivery];

    fn code(self) -> &'static str {
        match self {
            Self::Signature => "signature",
            Self::Timestamp => "timestamp",
            Self::Partner => "partner",
            Self::Delivery => "delivery",
        }
    }

    /// As a person says it, with its article.
    pub(in crate::webhooks) fn words(self) -> &'static str {
        match self {
            Self::Signature => "the signature",
            Self::Timestamp => "the time of sending",
            Self::Partner => "the partner's id",
            Self::Delivery => "the delivery's id",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Refusal {
    #[error("{} is missing", .0.words())]
    Missing(Part),
    #[error("{} is empty", .0.words())]
    Blank(Part),
    #[error("{} is there twice", .0.words())]
    Duplicate(Part),
    #[error("{} is not in its form", .0.words())]
    Malformed(Part),
    #[error("the signature does not begin with what its scheme begins with")]
    MissingPrefix,
    #[error("the signature is written in capitals")]
    UpperCaseHex,
    #[error("the request carries the signature of another scheme")]
    ForeignSignature,
    #[error("the signature does not match the body and the secret")]
    Mismatch,
    /// The signature holds, so the time is the sender's own. Seconds from then to now; negative when it lies ahead.
    #[error("the time of sending is too far from now")]
    StaleTimestamp { seconds: i64 },
}

impl Refusal {
    /// The name of the reason.
    pub fn code(self) -> String {
        match self {
            Self::Missing(part) => format!("missing_{}", part.code()),
            Self::Blank(part) => format!("blank_{}", part.code()),
            Self::Duplicate(part) => format!("duplicate_{}", part.code()),
            Self::Malformed(part) => format!("malformed_{}", part.code()),
            Self::MissingPrefix => "missing_prefix".to_owned(),
            Self::UpperCaseHex => "upper_case_hex".to_owned(),
            Self::ForeignSignature => "foreign_signature".to_owned(),
            Self::Mismatch => "mismatch".to_owned(),
            Self::StaleTimestamp { .. } => "stale_timestamp".to_owned(),
        }
    }
}
