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

use super::SLOTS;
use super::chain::{Chain, Tuning};
use super::line::Target;
use super::link::Link;
use super::ring::Generation;
use super::source::{LEAD, REFILL};
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
/// Pause while old slots wait to be thrown away by the audio callback, which matters only when several places are
/// sought one after the other.
const FLUSH_PAUSE: Duration = Duration::from_millis(2);
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
    /// The number of this generation's first slot.
    first: u64,
    /// The news seen when data was missing last, while it is missing.
    dry: Option<u64>,
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
        let is_full = self.link.ring.waiting_from(session.first) >= SLOTS;
        if !is_full && self.link.ring.has_room() {
            return at_once(orders, Next::Work);
        }
        let pause = if !is_full {
            FLUSH_PAUSE
        } else if self.link.playing() {
            FULL_PAUSE
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
                    first: self.link.ring.published(),
                    dry: None,
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
            self.over = chain.finished();
        }
        Ok(())
    }

    /// Data is missing; what the ring still holds is heard, and only then is it a pause.
    fn run_dry(&mut self, seen: u64, link: &Link) {
        self.dry = Some(seen);
        link.set_dry(self.generation);
    }

    fn recover(&mut self, link: &Link) {
        self.dry = None;
        if self.over || link.ring.waiting_from(self.first) >= goal(self.generation, link) {
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

/// Slots that must wait before sound begins, or goes on after it has run out.
fn goal(generation: Generation, link: &Link) -> usize {
    if link.place().0 == generation { REFILL } else { LEAD }
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

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::{ROOM, ring::Ring};
    use super::*;

    fn until(what: &str, holds: impl Fn() -> bool) {
        let deadline = Instant::now() + Duration::from_secs(20);
        while !holds() {
            assert!(Instant::now() < deadline, "never came: {what}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn a_new_place_is_read_while_the_old_sound_still_fills_the_ring() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("sound.wav");
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 16_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut writer = hound::WavWriter::create(&path, spec).unwrap();
        (0..80_000_i32).for_each(|n| writer.write_sample((n % 100) as i16).unwrap());
        writer.finalize().unwrap();
        let loading = Loading { number: 1, growing: Growing::whole(path).unwrap() };
        let link = Arc::new(Link::new(Ring::new(ROOM, 160, 1), Arc::default()));
        let orders = spawn(Arc::clone(&link), Target { rate: 16_000, channels: 1 }).unwrap();
        link.set_playing(true);
        let read = |generation, frame| {
            link.want(generation);
            let (loading, tuning) = (loading.clone(), Tuning::default());
            orders.send(Order::Read { generation, loading, frame, tuning }).unwrap();
        };
        // Nobody takes a sample meanwhile.
        read(1, 0);
        until("half a second of sound", || link.ring.waiting_from(0) == SLOTS);
        read(2, 32_000);
        until("the new place", || link.ring.ready(2, LEAD));
        until("half a second of it", || link.ring.waiting_from(SLOTS as u64) == SLOTS);
        read(3, 48_000);
        assert_eq!(link.ring.waiting_from(0), ROOM);
        (0..ROOM).for_each(|_| link.ring.take());
        until("the place after that", || link.ring.ready(3, LEAD));
    }
}
