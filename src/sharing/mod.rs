//! Several desks on one receiver, by way of a broker (NATS `JetStream`): whoever receives puts every event into a stream
//! that stands on the broker's disk, and each desk reads it as a durable consumer of its own, so one that was off goes on
//! where it was.
//!
//! ```text
//! receiver ─▶ its store ─▶ publisher ──sealed──▶ stream on the broker ──sealed──▶ listener ─▶ the desk's own store
//!                 cursor ◀── ack ─┘                                                  └─ ack, after the commit
//! ```
//!
//! The broker sees sealed messages of even length, when they came, and a digest of the clinic's id; who does not have the
//! pairing code can neither read nor make one. A broker that is away costs nothing but time: everything is asked for again
//! at growing pauses, and polling goes on. What a message means is not known here: it is a text to whoever keeps it.

mod connection;
mod listener;
mod pauses;
mod publisher;
mod seal;

pub use connection::{Meeting, Trouble};
pub use listener::{Ear, listen};
pub use publisher::{Outbox, Parcel, share};

/// How the sharing stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Connecting,
    /// Events are handed to the broker as they come.
    Sharing,
    /// Events arrive, and whoever shares them was heard a moment ago.
    Listening,
    /// The broker is there; whoever shares events was not heard.
    Silent,
    /// It is tried again.
    Trouble(Trouble),
}
