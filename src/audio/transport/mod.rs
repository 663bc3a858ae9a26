//! One open output's worth of playing: the ring, the reading thread and the source at its end.
//!
//! A [`Deck`] belongs to one opened device and goes with it; what was loaded and where we were
//! is kept by the player. It opens no device and reports no events.

mod boost;
mod chain;
mod feeder;
mod limiter;
mod line;
mod link;
mod mix;
mod reel;
mod resample;
mod ring;
mod silence;
mod source;
mod stretch;
#[cfg(test)]
mod tests;
mod trail;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::audio::growing::Growing;
use crate::audio::output::OutputFormat;
use crate::audio::player::Counters;
pub(super) use chain::Tuning;
pub(super) use feeder::Trouble;
use feeder::{Loading, Order};
use line::Target;
use link::Link;
use ring::{Generation, Ring};
pub(super) use source::Transport;

/// Slots read ahead; with a hundredth of a second each, half a second of sound.
const SLOTS: usize = 50;
/// Room for a new place beside the old one's sound, so that a seek is read at once and not only when the callback has
/// thrown the old slots away.
const ROOM: usize = 2 * SLOTS;
const SLOTS_PER_SECOND: u32 = 100;
/// The longest wait for the first samples before a device is started.
const SETTLE_MILLISECONDS: u32 = 50;

/// The player's grip on what is being played.
#[derive(Debug)]
pub(super) struct Deck {
    link: Arc<Link>,
    orders: SyncSender<Order>,
    /// The recording, once there is one.
    loading: Option<Loading>,
    loads: u16,
    tuning: Tuning,
    generation: Generation,
    /// Where the current generation began: the position until the callback has taken it up.
    target: u64,
}

impl Deck {
    /// Makes the chain for a device of this format; the transport goes to the device.
    pub(super) fn new(format: OutputFormat, counters: Arc<Counters>) -> io::Result<(Self, Transport)> {
        let channels = source::heard_channels(format.channels);
        let slot_frames = (format.rate.get() / SLOTS_PER_SECOND).clamp(1, 4_096) as usize;
        let ring = Ring::new(ROOM, slot_frames, channels.get().into());
        let link = Arc::new(Link::new(ring, counters));
        let target = Target { rate: format.rate.get(), channels: channels.get().into() };
        let orders = feeder::spawn(Arc::clone(&link), target)?;
        let transport = Transport::new(Arc::clone(&link), format.rate, channels);
        let deck = Self { link, orders, loading: None, loads: 0, tuning: Tuning::default(), generation: 0, target: 0 };
        Ok((deck, transport))
    }

    /// Takes up a recording at `frame`, paused.
    pub(super) fn load(&mut self, growing: Growing, frame: u64, tuning: Tuning) {
        self.set_playing(false);
        self.loads = self.loads.checked_add(1).unwrap_or(1);
        self.loading = Some(Loading { number: self.loads, growing });
        self.tuning = tuning;
        self.seek(frame);
    }

    /// Plays on at the same place in another way. What was read ahead is dropped, so the change
    /// is heard at once.
    pub(super) fn retune(&mut self, tuning: Tuning) {
        if self.tuning != tuning {
            self.tuning = tuning;
            self.seek(self.position());
        }
    }

    /// Waits until there is enough to begin with, but only moments: called before the device
    /// starts to ask, so that its first buffers are sound and not silence.
    pub(super) fn settle(&self) {
        for _ in 0..SETTLE_MILLISECONDS {
            let ready = self.link.ring.ready(self.generation, source::LEAD);
            if ready || self.failed() || self.link.dry(self.generation) {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets the recording go, paused.
    pub(super) fn unload(&mut self) {
        self.set_playing(false);
        self.loading = None;
        self.next_generation(0);
        self.order(Order::Rest);
    }

    /// Continues at `frame`; samples read ahead for the old place are dropped.
    pub(super) fn seek(&mut self, frame: u64) {
        let Some(loading) = self.loading.clone() else {
            return;
        };
        self.next_generation(frame);
        let tuning = self.tuning.clone();
        self.order(Order::Read { generation: self.generation, loading, frame, tuning });
    }

    fn next_generation(&mut self, frame: u64) {
        self.generation = self.generation.checked_add(1).unwrap_or(1);
        self.target = frame;
        self.link.want(self.generation);
    }

    /// Plays on, or pauses with a short fade.
    pub(super) fn set_playing(&self, playing: bool) {
        self.link.set_playing(playing);
        if playing {
            self.order(Order::Wake);
        }
    }

    /// Sets the amplitude factor, 0 to 1; it is reached within a few milliseconds.
    pub(super) fn set_volume(&self, volume: f32) {
        self.link.set_volume(volume);
    }

    /// The recording's frame that is handed out next (the ear is a device buffer behind it).
    pub(super) fn position(&self) -> u64 {
        match self.link.place() {
            (generation, frame) if generation == self.generation => frame,
            _ => self.target,
        }
    }

    /// Whether the recording has been handed out to its end.
    pub(super) fn ended(&self) -> bool {
        self.generation != 0 && self.link.ended() == self.generation
    }

    /// Whether the recording could not be read on.
    pub(super) fn failed(&self) -> bool {
        self.generation != 0 && self.link.failed() == self.generation
    }

    /// Whether silence is handed out because data has not arrived.
    pub(super) fn waits_for_data(&self) -> bool {
        self.link.dry(self.generation) && self.link.starving()
    }

    /// Whether silence is handed out because no sound is there, for whatever reason.
    pub(super) fn starving(&self) -> bool {
        self.link.starving()
    }

    /// Rate (Hz) and length (frames) of the recording, as it was opened last.
    pub(super) fn recording(&self) -> Option<(u32, u64)> {
        self.link.recording(self.loads)
    }

    /// Frames the device has asked for; stands still when the device hangs.
    pub(super) fn handed(&self) -> u64 {
        self.link.handed()
    }

    /// The reading thread only ends when this sender does, so nothing can be lost here.
    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}
