//! Receives webhooks: an accept loop of its own with limits on everything a stranger can hold on to, a door that turns
//! away whatever is no delivery before its body is read, and an answer that goes out only when the event is kept.
//!
//! It knows neither the store nor the desk: what it hears goes to an [`Inbox`], what it answers on comes as [`Route`]s.
//!
//! ```text
//! accept ─▶ guests ─▶ head ─▶ door ─▶ body ─▶ verify ─▶ filing ─▶ committer (many wait for one transaction) ─▶ answer
//! ```

mod accept;
mod address;
mod answer;
mod body;
mod committer;
mod config;
mod connection;
mod counts;
mod door;
mod filing;
mod guests;
mod logbook;
mod peers;
mod probe;
mod stage;
#[cfg(test)]
mod tests;
mod tls;

pub use accept::{Receiver, Running, StartError};
pub use address::Hosts;
pub use config::{Limits, Listen, Now, Route};
pub use counts::Counts;
pub use probe::{Probe, ProbeArrival};
pub use tls::{TlsError, TlsIdentity};

#[cfg(doc)]
use crate::domain::live::Inbox;
