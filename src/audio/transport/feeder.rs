//! The reading thread: file in, ring out, always about half a second ahead of the ear.
//!
//! Decoding, loops, silences, speed, rate and boost happen here (see [`super::chain`]), in small
//! steps between which orders are looked at. While nothing plays and the ring is full the thread
//! does not wake at all; while data is missing it waits for news of the download, a few
//! milliseconds at a time so that orders are still obeyed. It never talks to the device and
//! sends no events; what it has to say goes through the link.
//!
//! **What is needed before anything is heard:** the header up to the first sample (44 bytes in
//! an ordinary recording) and [`super::source::LEAD`] slots, a tenth of a second: 3,200 bytes at
//! 16 kHz and 16 bits mono, 17,640 at 44.1 kHz stereo. Another rate than the device's adds 17
//! frames, another speed multiplies by it and adds about 50 ms.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, TryRecvError, sync_channel};
use std::time::Duration;

use super::chain::{Chain, Tuning};
use super::line::Target;
use super::link::Link;
use super::ring::Generation;
use super::source::LEAD;
use crate::audio::growing::Growing;
use crate::audio::wav::WavError;

/// A recording in hand; the number tells one load from the next.
#[derive(Debug, Clone)]
pub(super) struct Loading {
    pub number: u16,
    pub growing: Growing,
}

/// What the player asks of the reading thread.
#[derive(Debug)]
pub(super) enum Order {
    /// Read this recording from `frame` on, as this generation.
    Read { generation: Generation, loading: Loading, frame: u64, tuning: Tuning },
    /// Playing has resumed: look at the ring again.
    Wake,
    /// Let go of the file.
    Rest,
}

/// Orders that may wait; the player thread would wait for the disk only behind this many.
const ORDERS: usize = 16;
/// Pause between looks at a full ring: a tenth of what it holds.
const FULL_PAUSE: Duration = Duration::from_millis(50);
/// Pause while old slots wait to be thrown away by the audio callback.
const FLUSH_PAUSE: Duration = Duration::from_millis(5);
/// The longest wait for data without a look at the orders, while playing and while paused.
const NEWS_PAUSE: Duration = Duration::from_millis(8);
const NEWS_PAUSE_PAUSED: Duration = Duration::from_millis(50);

/// Starts the reading thread; it ends when the returned sender is dropped.
pub(super) fn spawn(link: Arc<Link>, target: Target) -> io::Result<SyncSender<Order>> {
    let (send, orders) = sync_channel(ORDERS);
    let feeder = Feeder { link, target, session: None };
    std::thread::Builder::new().name("audio-reader".into()).spawn(move || feeder.run(&orders))?;
    Ok(send)
}

/// A recording being read, from one place on.
#[derive(Debug)]
struct Session {
    loading: Loading,
    generation: Generation,
    /// Where to begin once the recording can be opened.
    frame: u64,
    tuning: Tuning,
    chain: Option<Chain>,
    begun: bool,
    /// Slots published in this generation.
    slots: usize,
    /// The news seen when data was missing last, while it is missing.
    dry: Option<u64>,
    /// Slots published since data was missing last.
    recovered: usize,
    over: bool,
}

#[derive(Debug)]
struct Feeder {
    link: Arc<Link>,
    target: Target,
    session: Option<Session>,
}

/// What to do next.
enum Next {
    Obey(Order),
    Work,
    /// Nothing has changed: look again.
    Again,
    Stop,
}

impl Feeder {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            match self.next(orders) {
                Next::Obey(order) => self.obey(order),
                Next::Work => self.work(),
                Next::Again => {}
                Next::Stop => return,
            }
        }
    }

    /// Waits as long as there is nothing to do.
    fn next(&self, orders: &Receiver<Order>) -> Next {
        let Some(session) = self.session.as_ref().filter(|s| !s.over) else {
            return orders.recv().map_or(Next::Stop, Next::Obey);
        };
        if let Some(seen) = session.dry {
            let pause = if self.link.playing() { NEWS_PAUSE } else { NEWS_PAUSE_PAUSED };
            let news = session.loading.growing.wait_news(seen, pause) != seen;
            return at_once(orders, if news { Next::Work } else { Next::Again });
        }
        if self.link.ring.has_room() {
            return at_once(orders, Next::Work);
        }
        let pause = if self.link.playing() {
            FULL_PAUSE
        } else if session.slots < self.link.ring.slots() {
            FLUSH_PAUSE
        } else {
            return orders.recv().map_or(Next::Stop, Next::Obey);
        };
        match orders.recv_timeout(pause) {
            Ok(order) => Next::Obey(order),
            Err(RecvTimeoutError::Timeout) => Next::Again,
            Err(RecvTimeoutError::Disconnected) => Next::Stop,
        }
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::Wake => {}
            Order::Rest => {
                self.session = None;
                self.link.set_dry(0);
            }
            Order::Read { generation, loading, frame, tuning } => {
                let same = self.session.take().filter(|s| s.loading.number == loading.number);
                let chain = same.and_then(|s| s.chain);
                self.link.set_dry(0);
                self.session = Some(Session {
                    loading,
                    generation,
                    frame,
                    tuning,
                    chain,
                    begun: false,
                    slots: 0,
                    dry: None,
                    recovered: LEAD,
                    over: false,
                });
            }
        }
    }

    /// One step: opens, reads a block or publishes a slot.
    fn work(&mut self) {
        let Some(session) = &mut self.session else { return };
        // Looked up before reading: news that comes while reading is not missed.
        let seen = session.loading.growing.version();
        match session.step(&self.link, self.target) {
            Ok(()) => session.recover(&self.link),
            Err(error) => match Trouble::of(&error) {
                Trouble::NotHere => session.run_dry(seen, &self.link),
                Trouble::OtherVersion => session.reopen(),
                Trouble::EndedEarly => {}
                Trouble::Lasting => {
                    session.over = true;
                    self.link.set_failed(session.generation);
                }
            },
        }
    }
}

fn at_once(orders: &Receiver<Order>, otherwise: Next) -> Next {
    match orders.try_recv() {
        Ok(order) => Next::Obey(order),
        Err(TryRecvError::Empty) => otherwise,
        Err(TryRecvError::Disconnected) => Next::Stop,
    }
}

impl Session {
    fn step(&mut self, link: &Link, target: Target) -> Result<(), WavError> {
        let chain = match &mut self.chain {
            Some(chain) => chain,
            none => none.insert(Chain::open(&self.loading.growing, target, link.ring.slot_frames())?),
        };
        if !self.begun {
            chain.restart(self.frame, &self.tuning)?;
            self.begun = true;
        }
        if !chain.has_slot() {
            let stepped = chain.step();
            let (rate, frames) = chain.about();
            link.set_recording(self.loading.number, rate, frames);
            return stepped;
        }
        if link.ring.push(chain.slot(self.generation)) {
            chain.advance();
            self.slots += 1;
            self.recovered += 1;
            self.over = chain.finished();
        }
        Ok(())
    }

    /// Data is missing: what comes next is heard only when [`LEAD`] slots are there again.
    fn run_dry(&mut self, seen: u64, link: &Link) {
        self.dry = Some(seen);
        self.recovered = 0;
        link.set_dry(self.generation);
    }

    fn recover(&mut self, link: &Link) {
        self.dry = None;
        if self.recovered >= LEAD || self.over {
            link.set_dry(0);
        }
    }

    /// The file is another one now: goes on at the same place of the new one.
    fn reopen(&mut self) {
        if let Some(chain) = self.chain.take().filter(|_| self.begun) {
            self.frame = chain.place();
        }
        self.begun = false;
    }
}

/// What an error means for playing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::audio) enum Trouble {
    /// The bytes have not arrived; whether they will, the download knows.
    NotHere,
    /// The server's version has changed, and what was opened is stale.
    OtherVersion,
    /// It is shorter than it said; said once, and the next reading is its end.
    EndedEarly,
    Lasting,
}

impl Trouble {
    pub(in crate::audio) fn of(error: &WavError) -> Self {
        match error {
            WavError::Waiting => Self::NotHere,
            WavError::EndedEarly(_) => Self::EndedEarly,
            WavError::Io(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionAborted => Self::NotHere,
                io::ErrorKind::StaleNetworkFileHandle => Self::OtherVersion,
                _ => Self::Lasting,
            },
            _ => Self::Lasting,
        }
    }
}
