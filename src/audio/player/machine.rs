//! What the player thread does with each command, and when it wakes.
//!
//! One recording at a time, with one deck while a device is open. The place is kept here
//! whenever no deck is there to ask, so losing the device never loses the place. What happens
//! without a command is in [`super::watch`].

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::loaded::{Loaded, Opened, Opening, Wishes};
use super::outlet::Outlet;
use super::station::Station;
use super::{Counters, PlayerCommand, PlayerEvent, PlayerOptions};
use crate::audio::growing::Growing;
use crate::audio::output::{NoOutput, OutputKind};

pub(super) struct Machine<E> {
    events: E,
    pub(super) outlet: Outlet,
    pub(super) options: PlayerOptions,
    pub(super) loaded: Option<Loaded>,
    pub(super) opening: Option<Opening>,
    pub(super) station: Option<Station>,
    wishes: Wishes,
    pub(super) playing: bool,
    /// Whether the listener was told that sound is waiting for data.
    pub(super) waiting: bool,
    /// Whether the listener was told that there is no device.
    pub(super) device_missing: bool,
    /// When a device that had broken or stalled was last opened anew without a word.
    pub(super) revived: Option<Instant>,
    /// When playing last stopped; the device is given back some time after.
    quiet_since: Instant,
}

/// Time between two looks while something is awaited that may come any moment.
const SOON: Duration = Duration::from_millis(20);
/// The range of speeds.
const SPEEDS: (f32, f32) = (0.5, 3.0);

impl<E: Fn(PlayerEvent)> Machine<E> {
    pub(super) fn new(events: E, output: OutputKind, options: PlayerOptions, counters: Arc<Counters>) -> Self {
        Self {
            events,
            outlet: Outlet::new(output, counters, options.look_for_default),
            options,
            loaded: None,
            opening: None,
            station: None,
            wishes: Wishes::default(),
            playing: false,
            waiting: false,
            device_missing: false,
            revived: None,
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
                    next_tick = Instant::now() + self.tick_every();
                    self.tick();
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn tick_every(&self) -> Duration {
        let awaited = self.outlet.is_listing() || self.waiting;
        let soon = if awaited { SOON } else { self.options.tick };
        let opening = self.opening.as_ref().map_or(soon, Opening::pause);
        soon.min(opening).min(self.options.tick)
    }

    /// How long to sleep at most; without an answer, until the next command.
    fn next_wake(&self, next_tick: Instant) -> Option<Duration> {
        let now = Instant::now();
        if self.playing || self.opening.is_some() || self.outlet.is_listing() {
            let tick = next_tick.saturating_duration_since(now);
            return Some(tick.min(self.tick_every()));
        }
        self.station.as_ref()?;
        let release = self.quiet_since + self.options.release_after;
        Some(release.saturating_duration_since(now))
    }

    fn obey(&mut self, command: PlayerCommand) {
        match command {
            PlayerCommand::Load { token, source, position_ms } => self.load(token, source, position_ms),
            PlayerCommand::Play => self.play(),
            PlayerCommand::Pause => self.pause(),
            PlayerCommand::SeekTo(position_ms) => self.seek(position_ms),
            PlayerCommand::SeekBy(by_ms) => self.seek_by(by_ms),
            PlayerCommand::SetVolume(volume) => self.set_volume(volume),
            PlayerCommand::SetSpeed(speed) if speed.is_nan() => {}
            PlayerCommand::SetSpeed(speed) => self.wish(|w| w.speed = speed.clamp(SPEEDS.0, SPEEDS.1)),
            PlayerCommand::SetSkipSilence(on) => self.wish(|w| w.skip_silence = on),
            PlayerCommand::SetBoost(on) => self.wish(|w| w.boost = on),
            PlayerCommand::SetLoop(looped) => self.wish(|w| w.looped = looped),
            PlayerCommand::SetOutput(id) => self.choose_output(id),
            PlayerCommand::ListOutputs => self.outlet.begin_listing(),
            PlayerCommand::Stop => self.unload(),
        }
    }

    fn load(&mut self, token: u64, source: Growing, position_ms: u64) {
        self.unload();
        self.wishes.looped = None;
        self.opening = Some(Opening::new(token, source, position_ms));
        self.look_at_header();
    }

    /// Takes the recording up if its header has arrived.
    pub(super) fn look_at_header(&mut self) {
        let Some(opening) = &mut self.opening else { return };
        let (token, wants_play) = (opening.token, opening.wants_play);
        match opening.look() {
            Opened::NotYet => {}
            Opened::Yes(loaded, partial) => {
                self.opening = None;
                if let Some(station) = &mut self.station {
                    let tuning = loaded.tuning(&self.wishes);
                    station.deck.load(loaded.source.clone(), loaded.place, tuning);
                }
                let duration_ms = loaded.duration_ms();
                self.loaded = Some(loaded);
                self.tell(PlayerEvent::Loaded { token, duration_ms, partial });
                if wants_play {
                    self.play();
                }
            }
            Opened::Never(error) => {
                self.opening = None;
                self.tell(PlayerEvent::LoadFailed { token, reason: error.to_string() });
            }
        }
    }

    pub(super) fn unload(&mut self) {
        self.fall_quiet();
        self.loaded = None;
        self.opening = None;
        if let Some(station) = &mut self.station {
            station.deck.unload();
        }
    }

    fn play(&mut self) {
        if self.opening.is_some() {
            self.play_when_loaded();
            return;
        }
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
            station.begin_watch();
            station.deck.set_playing(true);
        }
        (self.playing, self.waiting) = (true, false);
        self.tell(PlayerEvent::Playing { token });
    }

    /// The header has not arrived: opens the device meanwhile, which takes its time too.
    fn play_when_loaded(&mut self) {
        if self.ready_station().is_err() {
            self.device_missing = true;
            self.tell(PlayerEvent::NoDevice);
            return;
        }
        self.fall_quiet();
        let Some(opening) = &mut self.opening else { return };
        let first = !std::mem::replace(&mut opening.wants_play, true);
        let (token, position_ms) = (opening.token, opening.position_ms);
        if first {
            self.tell(PlayerEvent::Waiting { token, position_ms });
        }
    }

    fn pause(&mut self) {
        if let Some(opening) = &mut self.opening {
            opening.wants_play = false;
        }
        let Some(loaded) = self.loaded.as_ref().filter(|_| self.playing) else {
            return;
        };
        let token = loaded.token;
        self.fall_quiet();
        let position_ms = self.position_ms();
        self.tell(PlayerEvent::Paused { token, position_ms });
    }

    fn seek(&mut self, position_ms: u64) {
        if let Some(opening) = &mut self.opening {
            opening.position_ms = position_ms;
            let token = opening.token;
            self.tell(PlayerEvent::Position { token, position_ms });
            return;
        }
        let Some(loaded) = &self.loaded else { return };
        self.turn_to(loaded.token, loaded.frame_at(position_ms));
    }

    fn seek_by(&mut self, by_ms: i64) {
        if let Some(opening) = &self.opening {
            return self.seek(opening.position_ms.saturating_add_signed(by_ms));
        }
        let Some(loaded) = &self.loaded else { return };
        let by = loaded.frames_of(by_ms.unsigned_abs());
        let place = self.place();
        let frame = if by_ms < 0 { place.saturating_sub(by) } else { place.saturating_add(by).min(loaded.frames) };
        self.turn_to(loaded.token, frame);
    }

    fn turn_to(&mut self, token: u64, frame: u64) {
        self.go_to(frame);
        let position_ms = self.position_ms();
        self.tell(PlayerEvent::Position { token, position_ms });
    }

    fn set_volume(&mut self, volume: f32) {
        if volume.is_nan() {
            return;
        }
        self.wishes.volume = volume.clamp(0.0, 1.0);
        if let Some(station) = &self.station {
            station.deck.set_volume(self.wishes.volume);
        }
    }

    /// Changes how the recording is played, now and later.
    fn wish(&mut self, change: impl FnOnce(&mut Wishes)) {
        change(&mut self.wishes);
        if let (Some(station), Some(loaded)) = (&mut self.station, &self.loaded) {
            station.deck.retune(loaded.tuning(&self.wishes));
        }
    }

    fn choose_output(&mut self, id: Option<String>) {
        let open = self.station.as_ref().map(Station::id);
        if self.outlet.choose(id, open) && self.station.is_some() {
            self.move_on();
        }
        self.outlet.begin_listing();
    }

    /// Makes sure that a working device is open, stands at our place and is about to play.
    fn ready_station(&mut self) -> Result<(), NoOutput> {
        let outlet = &self.outlet;
        if self.station.as_ref().is_some_and(|s| s.broken() || outlet.outdated(s.id())) {
            self.release();
        }
        if self.station.is_none() {
            self.open_station()?;
        }
        Ok(())
    }

    pub(super) fn open_station(&mut self) -> Result<(), NoOutput> {
        let station = Station::open(&mut self.outlet, self.loaded.as_ref(), &self.wishes)?;
        if self.outlet.is_substitute(station.id()) {
            self.outlet.begin_listing();
        }
        self.station = Some(station);
        Ok(())
    }

    pub(super) fn release_if_due(&mut self) {
        if self.quiet_since.elapsed() >= self.options.release_after {
            self.release();
        }
    }

    /// Gives the device back and keeps the place.
    pub(super) fn release(&mut self) {
        let place = self.place();
        if let Some(loaded) = &mut self.loaded {
            loaded.place = place;
        }
        self.station = None;
    }

    /// Stops the sound, keeps the device for a while.
    pub(super) fn fall_quiet(&mut self) {
        if let Some(station) = &self.station {
            station.deck.set_playing(false);
        }
        (self.playing, self.waiting) = (false, false);
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

    pub(super) fn position_ms(&self) -> u64 {
        let place = self.place();
        self.loaded.as_ref().map_or(0, |l| l.milliseconds(place))
    }

    pub(super) fn tell(&self, event: PlayerEvent) {
        (self.events)(event);
    }
}
