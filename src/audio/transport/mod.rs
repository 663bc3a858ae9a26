//! One open output's worth of playing: the ring, the reading thread and the source at its end.
//!
//! A [`Deck`] belongs to one opened device and goes with it; what was loaded and where we were
//! is kept by the player. It opens no device and reports no events.

mod feeder;
mod link;
mod mix;
mod resample;
mod ring;
mod source;

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use crate::audio::output::OutputFormat;
use crate::audio::player::Counters;
use feeder::{Order, Target};
use link::Link;
use ring::{Generation, Ring};
pub(super) use source::Transport;

/// Slots in the ring; with a hundredth of a second each, half a second of sound.
const SLOTS: usize = 50;
const SLOTS_PER_SECOND: u32 = 100;
/// The longest wait for the first samples before a device is started.
const SETTLE_MILLISECONDS: u32 = 50;

/// The player's grip on what is being played.
#[derive(Debug)]
pub(super) struct Deck {
    link: Arc<Link>,
    orders: SyncSender<Order>,
    /// The recording, once there is one.
    path: Option<Arc<Path>>,
    generation: Generation,
    /// Where the current generation began: the position until the callback has taken it up.
    target: u64,
}

impl Deck {
    /// Makes the chain for a device of this format; the transport goes to the device.
    pub(super) fn new(format: OutputFormat, counters: Arc<Counters>) -> io::Result<(Self, Transport)> {
        let channels = source::heard_channels(format.channels);
        let slot_frames = (format.rate.get() / SLOTS_PER_SECOND).clamp(1, 4_096) as usize;
        let ring = Ring::new(SLOTS, slot_frames, channels.get().into());
        let link = Arc::new(Link::new(ring, counters));
        let target = Target { rate: format.rate.get(), channels: channels.get().into() };
        let orders = feeder::spawn(Arc::clone(&link), target)?;
        let transport = Transport::new(Arc::clone(&link), format.rate, channels);
        let deck = Self { link, orders, path: None, generation: 0, target: 0 };
        Ok((deck, transport))
    }

    /// Takes up a recording at `frame`, paused.
    pub(super) fn load(&mut self, path: Arc<Path>, frame: u64) {
        self.set_playing(false);
        self.path = Some(path);
        self.seek(frame);
    }

    /// Waits until there is enough to begin with, but only moments: called before the device
    /// starts to ask, so that its first buffers are sound and not silence.
    pub(super) fn settle(&self) {
        for _ in 0..SETTLE_MILLISECONDS {
            if self.link.ring.ready(self.generation, source::LEAD) || self.failed() {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets the recording go, paused.
    pub(super) fn unload(&mut self) {
        self.set_playing(false);
        self.path = None;
        self.next_generation(0);
        self.order(Order::Rest);
    }

    /// Continues at `frame`; samples read ahead for the old place are dropped.
    pub(super) fn seek(&mut self, frame: u64) {
        let Some(path) = self.path.clone() else {
            return;
        };
        self.next_generation(frame);
        self.order(Order::Read { generation: self.generation, path, frame });
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

    /// Frames the device has asked for; stands still when the device hangs.
    pub(super) fn handed(&self) -> u64 {
        self.link.handed()
    }

    /// The reading thread only ends when this sender does, so nothing can be lost here.
    fn order(&self, order: Order) {
        let _ = self.orders.send(order);
    }
}
