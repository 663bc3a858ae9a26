//! How much was received, in numbers alone: what the log and diagnostics may say.

use std::sync::atomic::{AtomicU64, Ordering};

/// Since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Connections that were taken.
    pub connections: u64,
    /// Requests that were no deliveries.
    pub turned_away: u64,
    /// Deliveries that could not be proved.
    pub refused: u64,
    /// New events.
    pub taken: u64,
    /// Deliveries of what was known.
    pub again: u64,
    /// Authentic, and still not to be acted on; among the new.
    pub set_aside: u64,
    /// Senders that were asked to come again.
    pub put_off: u64,
    /// Connections that were closed to make room, or because nothing came.
    pub dropped: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) connections: AtomicU64,
    pub(super) turned_away: AtomicU64,
    pub(super) refused: AtomicU64,
    pub(super) taken: AtomicU64,
    pub(super) again: AtomicU64,
    pub(super) set_aside: AtomicU64,
    pub(super) put_off: AtomicU64,
    pub(super) dropped: AtomicU64,
}

impl Tally {
    pub(super) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Counts {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts {
            connections: of(&self.connections),
            turned_away: of(&self.turned_away),
            refused: of(&self.refused),
            taken: of(&self.taken),
            again: of(&self.again),
            set_aside: of(&self.set_aside),
            put_off: of(&self.put_off),
            dropped: of(&self.dropped),
        }
    }
}
