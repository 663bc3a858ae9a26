//! A typed client of the vendor's API: it asks, waits when told to, and answers in the clinic's nouns.
//! It keeps nothing, shows nothing and decides nothing about what to ask next.
//! The vendor's own words end here: `wire` reads them and `convert` translates them.

pub(crate) mod body;
pub(crate) mod client;
mod convert;
mod convert_webhooks;
mod endpoints;
pub(crate) mod error;
#[cfg(test)]
pub(crate) mod fake;
pub(crate) mod json;
pub(crate) mod moment;
mod notes;
mod order;
mod origin;
mod page;
mod probe;
pub(crate) mod redirect;
pub(crate) mod request;
mod rest;
pub(crate) mod retry;
pub(crate) mod trouble;
mod wire;

pub use client::{Client, ClientOptions, Now};
pub use endpoints::recording_body::{Continuation, Recording};
pub use endpoints::recordings::{AudioPlace, Resume};
pub use endpoints::webhooks::MadeWebhook;
pub use error::{Error, TlsFault};
pub use order::OrderError;
pub use origin::{ServerUrl, ServerUrlError};
pub use page::{ConsultationPage, ConversationPage, Detail, Devices};
pub use probe::{knock, reach};
pub use retry::{RetryNotice, RetryObserver, RetryPolicy, RetryReason};
