//! An open device and the chain that feeds it.
//!
//! Knows whether the device is alive; what to do when it is not, the player decides.

use std::time::{Duration, Instant};

use super::loaded::{Loaded, Wishes};
use super::outlet::Outlet;
use crate::audio::output::{Condition, NoOutput, OpenOutput};
use crate::audio::transport::Deck;

/// The deck's sender goes first, then the device.
pub(super) struct Station {
    pub deck: Deck,
    pub output: OpenOutput,
    /// Frames the device had asked for, and when that number last changed.
    handed: (u64, Instant),
}

impl Station {
    /// Opens a device that plays the recording on from its place at once.
    pub(super) fn open(outlet: &mut Outlet, loaded: Option<&Loaded>, wishes: &Wishes) -> Result<Self, NoOutput> {
        let output = outlet.open()?;
        let made = Deck::new(output.format, outlet.counters());
        let (mut deck, transport) = made.map_err(|_| NoOutput)?;
        deck.set_volume(wishes.volume);
        if let Some(loaded) = loaded {
            deck.load(loaded.source.clone(), loaded.place, loaded.tuning(wishes));
            deck.settle();
        }
        // The device starts to ask at once; its first buffer shall be sound already.
        deck.set_playing(true);
        output.attach(transport);
        Ok(Self { deck, output, handed: (0, Instant::now()) })
    }

    pub(super) fn id(&self) -> &str {
        &self.output.device.id
    }

    /// The device is about to play: it gets its full time before it counts as stalled.
    pub(super) fn begin_watch(&mut self) {
        self.handed = (self.deck.handed(), Instant::now());
    }

    /// Whether the device takes no samples although it should, for this long.
    pub(super) fn stalled(&mut self, patience: Duration) -> bool {
        let (before, since) = self.handed;
        let handed = self.deck.handed();
        if handed != before {
            self.handed = (handed, Instant::now());
        }
        handed == before && since.elapsed() >= patience
    }

    pub(super) fn broken(&self) -> bool {
        self.output.condition() != Condition::Fine
    }
}
