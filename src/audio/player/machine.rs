//! What the player thread does with each command, and when it wakes.
//!
//! One recording at a time, with one deck while a device is open. The place is kept here
//! whenever no deck is there to ask, so losing the device never loses the place.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::{Counters, PlayerCommand, PlayerEvent, PlayerOptions};
use crate::audio::output::{NoOutput, OpenOutput, OutputKind};
use crate::audio::transport::Deck;
use crate::audio::wav::{WavError, WavReader};

/// The recording in hand.
#[derive(Debug)]
struct Loaded {
    token: u64,
    path: Arc<Path>,
    rate: u64,
    frames: u64,
    /// The frame to continue at while no deck is open.
    place: u64,
}

/// An open device and the chain that feeds it. The deck's sender goes first, then the device.
struct Station {
    deck: Deck,
    output: OpenOutput,
    /// Frames the device had asked for, and when that number last changed.
    handed: (u64, Instant),
}

pub(super) struct Machine<E> {
    events: E,
    output: OutputKind,
    options: PlayerOptions,
    counters: Arc<Counters>,
    loaded: Option<Loaded>,
    station: Option<Station>,
    volume: f32,
    playing: bool,
    /// Whether the listener was told that there is no device.
    device_missing: bool,
    /// When playing last stopped; the device is given back some time after.
    quiet_since: Instant,
}

impl Loaded {
    fn open(token: u64, path: PathBuf, position_ms: u64) -> Result<(Self, Option<String>), WavError> {
        let reader = WavReader::open_file(&path)?;
        let info = reader.info();
        let mut loaded = Self { token, path: path.into(), rate: info.rate.into(), frames: info.frames, place: 0 };
        loaded.place = loaded.frame_at(position_ms);
        Ok((loaded, info.partial_reason().map(str::to_owned)))
    }

    /// The frame at a time, clamped to the recording.
    fn frame_at(&self, position_ms: u64) -> u64 {
        (position_ms.saturating_mul(self.rate) / 1000).min(self.frames)
    }

    /// The time of a frame in milliseconds, rounded so that a time asked for is the time told.
    fn milliseconds(&self, frame: u64) -> u64 {
        (frame.saturating_mul(1000) + self.rate / 2) / self.rate
    }
}

impl<E: Fn(PlayerEvent)> Machine<E> {
    pub(super) fn new(events: E, output: OutputKind, options: PlayerOptions, counters: Arc<Counters>) -> Self {
        Self {
            events,
            output,
            options,
            counters,
            loaded: None,
            station: None,
            volume: 1.0,
            playing: false,
            device_missing: false,
            quiet_since: Instant::now(),
        }
    }

    /// Runs until the last handle is dropped.
    pub(super) fn run(&mut self, inbox: &Receiver<PlayerCommand>) {
        let mut next_tick = Instant::now();
        loop {
            let command = match self.next_wake(next_tick) {
                None => inbox.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(wait) => inbox.recv_timeout(wait),
            };
            match command {
                Ok(command) => self.obey(command),
                Err(RecvTimeoutError::Timeout) => {
                    // Due times are kept apart from commands, so that a flood of volume
                    // changes cannot hold the position back.
                    next_tick = Instant::now() + self.options.tick;
                    self.tick();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// How long to sleep at most; without an answer, until the next command.
    fn next_wake(&self, next_tick: Instant) -> Option<Duration> {
        let now = Instant::now();
        if self.playing {
            let tick = next_tick.saturating_duration_since(now);
            return Some(tick.min(self.options.tick));
        }
        self.station.as_ref()?;
        let release = self.quiet_since + self.options.release_after;
        Some(release.saturating_duration_since(now))
    }

    fn obey(&mut self, command: PlayerCommand) {
        match command {
            PlayerCommand::Load { token, path, position_ms } => self.load(token, path, position_ms),
            PlayerCommand::Play => self.play(),
            PlayerCommand::Pause => self.pause(),
            PlayerCommand::SeekTo(position_ms) => self.seek(position_ms),
            PlayerCommand::SetVolume(volume) => self.set_volume(volume),
            PlayerCommand::Stop => self.unload(),
        }
    }

    fn load(&mut self, token: u64, path: PathBuf, position_ms: u64) {
        self.unload();
        match Loaded::open(token, path, position_ms) {
            Ok((loaded, partial)) => {
                if let Some(station) = &mut self.station {
                    station.deck.load(Arc::clone(&loaded.path), loaded.place);
                }
                let duration_ms = loaded.milliseconds(loaded.frames);
                self.loaded = Some(loaded);
                self.tell(PlayerEvent::Loaded { token, duration_ms, partial });
            }
            Err(error) => self.tell(PlayerEvent::LoadFailed { token, reason: error.to_string() }),
        }
    }

    fn unload(&mut self) {
        self.fall_quiet();
        self.loaded = None;
        if let Some(station) = &mut self.station {
            station.deck.unload();
        }
    }

    fn play(&mut self) {
        let Some(loaded) = &self.loaded else { return };
        if self.playing {
            return;
        }
        let (token, at_end) = (loaded.token, self.place() >= loaded.frames);
        if at_end {
            self.go_to(0);
        }
        if self.ready_station().is_err() {
            self.device_missing = true;
            self.tell(PlayerEvent::NoDevice);
            return;
        }
        if std::mem::take(&mut self.device_missing) {
            self.tell(PlayerEvent::DeviceBack);
        }
        if let Some(station) = &mut self.station {
            station.handed = (station.deck.handed(), Instant::now());
            station.deck.set_playing(true);
        }
        self.playing = true;
        self.tell(PlayerEvent::Playing { token });
    }

    fn pause(&mut self) {
        let Some(loaded) = self.loaded.as_ref().filter(|_| self.playing) else {
            return;
        };
        let token = loaded.token;
        self.fall_quiet();
        let position_ms = self.position_ms();
        self.tell(PlayerEvent::Paused { token, position_ms });
    }

    fn seek(&mut self, position_ms: u64) {
        let Some(loaded) = &self.loaded else { return };
        let (token, frame) = (loaded.token, loaded.frame_at(position_ms));
        self.go_to(frame);
        let position_ms = self.position_ms();
        self.tell(PlayerEvent::Position { token, position_ms });
    }

    fn set_volume(&mut self, volume: f32) {
        if volume.is_nan() {
            return;
        }
        self.volume = volume.clamp(0.0, 1.0);
        if let Some(station) = &self.station {
            station.deck.set_volume(self.volume);
        }
    }

    /// What is due without a command: while playing the position, otherwise giving up the device.
    fn tick(&mut self) {
        let Some(token) = self.loaded.as_ref().map(|l| l.token).filter(|_| self.playing) else {
            self.release_if_due();
            return;
        };
        let position_ms = self.position_ms();
        if self.device_gone() {
            self.fall_quiet();
            self.release();
            self.device_missing = true;
            self.tell(PlayerEvent::DeviceLost { token, position_ms });
        } else if self.station.as_ref().is_some_and(|s| s.deck.failed()) {
            self.unload();
            let reason = "The recording could not be read any further.".into();
            self.tell(PlayerEvent::LoadFailed { token, reason });
        } else if self.station.as_ref().is_some_and(|s| s.deck.ended()) {
            self.fall_quiet();
            self.tell(PlayerEvent::Ended { token });
        } else {
            self.tell(PlayerEvent::Position { token, position_ms });
        }
    }

    /// A device is gone when its stream says so, or when it stops asking for samples.
    fn device_gone(&mut self) -> bool {
        let (paces_itself, patience) = (self.output.paces_itself(), self.options.stall_after);
        let Some(station) = &mut self.station else {
            return true;
        };
        let (before, since) = station.handed;
        let handed = station.deck.handed();
        if handed != before {
            station.handed = (handed, Instant::now());
        }
        let stalled = handed == before && since.elapsed() >= patience;
        station.output.lost() || (paces_itself && stalled)
    }

    /// Makes sure that a working device is open, stands at our place and is about to play.
    fn ready_station(&mut self) -> Result<(), NoOutput> {
        if self.station.as_ref().is_some_and(|s| s.output.lost()) {
            self.release();
        }
        if self.station.is_some() {
            return Ok(());
        }
        let output = self.output.open(&self.counters)?;
        let made = Deck::new(output.format, Arc::clone(&self.counters));
        let (mut deck, transport) = made.map_err(|_| NoOutput)?;
        deck.set_volume(self.volume);
        if let Some(loaded) = &self.loaded {
            deck.load(Arc::clone(&loaded.path), loaded.place);
            deck.settle();
        }
        // The device starts to ask at once; its first buffer shall be sound already.
        deck.set_playing(true);
        output.attach(transport);
        self.station = Some(Station { deck, output, handed: (0, Instant::now()) });
        Ok(())
    }

    fn release_if_due(&mut self) {
        if self.quiet_since.elapsed() >= self.options.release_after {
            self.release();
        }
    }

    /// Gives the device back and keeps the place.
    fn release(&mut self) {
        let place = self.place();
        if let Some(loaded) = &mut self.loaded {
            loaded.place = place;
        }
        self.station = None;
    }

    /// Stops the sound, keeps the device for a while.
    fn fall_quiet(&mut self) {
        if let Some(station) = &self.station {
            station.deck.set_playing(false);
        }
        self.playing = false;
        self.quiet_since = Instant::now();
    }

    fn go_to(&mut self, frame: u64) {
        if let Some(loaded) = &mut self.loaded {
            loaded.place = frame;
        }
        if let Some(station) = &mut self.station {
            station.deck.seek(frame);
        }
    }

    /// The recording's next frame.
    fn place(&self) -> u64 {
        match (&self.station, &self.loaded) {
            (_, None) => 0,
            (Some(station), Some(loaded)) => station.deck.position().min(loaded.frames),
            (None, Some(loaded)) => loaded.place,
        }
    }

    fn position_ms(&self) -> u64 {
        let place = self.place();
        self.loaded.as_ref().map_or(0, |l| l.milliseconds(place))
    }

    fn tell(&self, event: PlayerEvent) {
        (self.events)(event);
    }
}
