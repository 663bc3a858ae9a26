//! A typed client of the vendor's API: it asks, waits when told to, and answers in the clinic's nouns.
//! It keeps nothing, shows nothing and decides nothing about what to ask next.
//! The vendor's own words end here: `wire` reads them and `convert` translates them.

mod body;
mod client;
mod convert;
mod endpoints;
mod error;
#[cfg(test)]
mod fake;
mod json;
mod moment;
mod notes;
mod origin;
mod page;
mod probe;
mod redirect;
mod request;
mod rest;
mod retry;
mod trouble;
mod wire;

pub use client::{Client, ClientOptions, Now};
pub use endpoints::recording_body::{Continuation, Recording};
pub use endpoints::recordings::{AudioPlace, Resume};
pub use error::{Error, TlsFault};
pub use origin::{ServerUrl, ServerUrlError};
pub use page::{ConsultationPage, ConversationPage, Detail, Devices};
pub use probe::reach;
pub use retry::{RetryNotice, RetryObserver, RetryPolicy, RetryReason};
