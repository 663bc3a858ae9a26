//! The reading thread: file in, ring out, always about half a second ahead of the ear.
//!
//! Decoding, mixing and resampling happen here, and a change of speed will: between `mix` and
//! the ring, as one more step that maps a stretch of the recording to another length. The thread
//! sleeps on its order queue; while nothing plays and the ring is full it does not wake at all.
//! It never talks to the device and sends no events; what it has to say goes through the link.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use super::link::Link;
use super::mix::mix;
use super::resample::Resampler;
use super::ring::{Block, Generation};
use crate::audio::wav::{WavError, WavReader};

/// What the player asks of the reading thread.
#[derive(Debug)]
pub(super) enum Order {
    /// Read this recording from `frame` on, as this generation.
    Read { generation: Generation, path: Arc<Path>, frame: u64 },
    /// Playing has resumed: look at the ring again.
    Wake,
    /// Let go of the file.
    Rest,
}

/// Orders that may wait; the player thread would wait for the disk only behind this many.
const ORDERS: usize = 16;
/// Frames read from the file at a time.
const READ_FRAMES: usize = 1_024;
/// Pause between looks at a full ring: a tenth of what it holds.
const FULL_PAUSE: Duration = Duration::from_millis(50);
/// Pause while old slots wait to be thrown away by the audio callback.
const FLUSH_PAUSE: Duration = Duration::from_millis(5);

/// The device's side of the conversion.
#[derive(Debug, Clone, Copy)]
pub(super) struct Target {
    pub rate: u32,
    pub channels: usize,
}

/// Starts the reading thread; it ends when the returned sender is dropped.
pub(super) fn spawn(link: Arc<Link>, target: Target) -> io::Result<SyncSender<Order>> {
    let (send, orders) = sync_channel(ORDERS);
    std::thread::Builder::new().name("audio-reader".into()).spawn(move || Feeder::new(link, target).run(&orders))?;
    Ok(send)
}

/// A recording being read.
#[derive(Debug)]
struct Stretch {
    path: Arc<Path>,
    reader: WavReader<File>,
    resampler: Resampler,
    generation: Generation,
    /// The recording's frame at which this generation began.
    start: u64,
    /// Slots published in this generation.
    slots: usize,
    finished: bool,
}

#[derive(Debug)]
struct Feeder {
    link: Arc<Link>,
    target: Target,
    stretch: Option<Stretch>,
    raw: Vec<f32>,
    mixed: Vec<f32>,
    ready: Vec<f32>,
}

impl Feeder {
    fn new(link: Arc<Link>, target: Target) -> Self {
        Self { link, target, stretch: None, raw: Vec::new(), mixed: Vec::new(), ready: Vec::new() }
    }

    fn run(&mut self, orders: &Receiver<Order>) {
        loop {
            match self.next_order(orders) {
                Ok(Some(order)) => self.obey(order),
                Ok(None) => self.fill_slot(),
                Err(()) => return,
            }
        }
    }

    /// Waits as long as there is nothing to do; `None` means that a slot can be looked at.
    fn next_order(&self, orders: &Receiver<Order>) -> Result<Option<Order>, ()> {
        let Some(stretch) = self.stretch.as_ref().filter(|s| !s.finished) else {
            return orders.recv().map(Some).map_err(|_| ());
        };
        if self.link.ring.has_room() {
            return match orders.try_recv() {
                Ok(order) => Ok(Some(order)),
                Err(TryRecvError::Empty) => Ok(None),
                Err(TryRecvError::Disconnected) => Err(()),
            };
        }
        let pause = if self.link.playing() {
            FULL_PAUSE
        } else if stretch.slots < self.link.ring.slots() {
            FLUSH_PAUSE
        } else {
            return orders.recv().map(Some).map_err(|_| ());
        };
        match orders.recv_timeout(pause) {
            Ok(order) => Ok(Some(order)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(()),
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Wake => {}
            Order::Rest => self.stretch = None,
            Order::Read { generation, path, frame } => {
                if self.begin(generation, path, frame).is_err() {
                    self.stretch = None;
                    self.link.set_failed(generation);
                }
            }
        }
    }

    fn begin(&mut self, generation: Generation, path: Arc<Path>, frame: u64) -> Result<(), WavError> {
        let same = self.stretch.take().filter(|s| Arc::ptr_eq(&s.path, &path));
        let mut stretch = match same {
            Some(stretch) => stretch,
            None => self.open(path)?,
        };
        stretch.reader.seek_frame(frame)?;
        stretch.resampler.restart();
        stretch.generation = generation;
        stretch.start = stretch.reader.position();
        stretch.slots = 0;
        stretch.finished = false;
        self.stretch = Some(stretch);
        Ok(())
    }

    fn open(&self, path: Arc<Path>) -> Result<Stretch, WavError> {
        let reader = WavReader::open_file(&path)?;
        let rate = reader.info().rate;
        Ok(Stretch {
            path,
            reader,
            resampler: Resampler::new(rate, self.target.rate, self.target.channels),
            generation: 0,
            start: 0,
            slots: 0,
            finished: false,
        })
    }

    /// Publishes one slot, if there is room for it.
    fn fill_slot(&mut self) {
        if !self.link.ring.has_room() {
            return;
        }
        let Some(mut stretch) = self.stretch.take() else {
            return;
        };
        let link = Arc::clone(&self.link);
        if let Ok(block) = self.prepare(&mut stretch) {
            stretch.finished = block.last;
            stretch.slots += usize::from(link.ring.push(block));
        } else {
            stretch.finished = true;
            link.set_failed(stretch.generation);
        }
        self.stretch = Some(stretch);
    }

    /// Decodes, mixes and resamples until a slot is full or the recording ends.
    fn prepare(&mut self, stretch: &mut Stretch) -> Result<Block<'_>, WavError> {
        let (frames, channels) = (self.link.ring.slot_frames(), self.target.channels);
        let start = stretch.start + stretch.resampler.consumed();
        let mut last = false;
        self.ready.clear();
        loop {
            stretch.resampler.pull(&mut self.ready, frames);
            if last || self.ready.len() >= frames * channels {
                break;
            }
            let from = usize::from(stretch.reader.info().channels);
            self.raw.resize(READ_FRAMES * from, 0.0);
            let came = stretch.reader.read_frames(&mut self.raw)?;
            last = came == 0;
            if last {
                stretch.resampler.end();
            }
            let raw = self.raw.get(..came * from).unwrap_or_default();
            mix(raw, from, channels, &mut self.mixed);
            stretch.resampler.push(&self.mixed);
        }
        // A slot that came out full may hide that more is left; only a short one is the last.
        let last = last && self.ready.len() < frames * channels;
        Ok(Block {
            generation: stretch.generation,
            start,
            end: if last { stretch.reader.position() } else { stretch.start + stretch.resampler.consumed() },
            last,
            samples: &self.ready,
        })
    }
}
