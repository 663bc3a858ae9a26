//! The recording in hand, and the one whose header has not arrived yet.
//!
//! Knows how frames and milliseconds belong together; opens the recording only to look at its
//! header. Whoever plays it opens it again.

use std::time::{Duration, Instant};

use crate::audio::growing::Growing;
use crate::audio::transport::{Trouble, Tuning};
use crate::audio::wav::{WavError, WavReader};

/// A recording that can be played.
#[derive(Debug)]
pub(super) struct Loaded {
    pub token: u64,
    pub source: Growing,
    pub frames: u64,
    /// The frame to continue at while no deck is open.
    pub place: u64,
    rate: u64,
}

/// A recording whose header has not arrived.
#[derive(Debug)]
pub(super) struct Opening {
    pub token: u64,
    pub position_ms: u64,
    /// Playing was asked for.
    pub wants_play: bool,
    source: Growing,
    /// The news that has been looked at.
    seen: Option<u64>,
    since: Instant,
}

/// How looking at a header went.
#[derive(Debug)]
pub(super) enum Opened {
    /// With the reason why it is incomplete, if it is.
    Yes(Loaded, Option<String>),
    NotYet,
    Never(WavError),
}

/// Time between two looks for the header; it grows when the download does not move.
const EAGER: Duration = Duration::from_millis(2);
const RELAXED: Duration = Duration::from_millis(50);
const EAGER_FOR: Duration = Duration::from_secs(10);

impl Opening {
    pub(super) fn new(token: u64, source: Growing, position_ms: u64) -> Self {
        Self { token, position_ms, wants_play: false, source, seen: None, since: Instant::now() }
    }

    /// Looks at the header, if there is news.
    pub(super) fn look(&mut self) -> Opened {
        let news = self.source.version();
        if self.seen.replace(news) == Some(news) {
            return Opened::NotYet;
        }
        match Loaded::open(self) {
            Ok((loaded, partial)) => Opened::Yes(loaded, partial),
            Err(error) => match Trouble::of(&error) {
                Trouble::NotHere | Trouble::OtherVersion => Opened::NotYet,
                Trouble::EndedEarly | Trouble::Lasting => Opened::Never(error),
            },
        }
    }

    /// When to look again.
    pub(super) fn pause(&self) -> Duration {
        if self.since.elapsed() < EAGER_FOR { EAGER } else { RELAXED }
    }
}

impl Loaded {
    fn open(opening: &Opening) -> Result<(Self, Option<String>), WavError> {
        let reader = WavReader::open(opening.source.reader()?)?;
        let info = reader.info();
        let mut loaded = Self {
            token: opening.token,
            source: opening.source.clone(),
            frames: info.frames,
            place: 0,
            rate: info.rate.into(),
        };
        loaded.place = loaded.frame_at(opening.position_ms);
        Ok((loaded, info.partial_reason().map(str::to_owned)))
    }

    /// Takes over what the recording turned out to be; `true` if that is news.
    pub(super) fn correct(&mut self, rate: u32, frames: u64) -> bool {
        let news = (self.rate, self.frames) != (rate.into(), frames);
        (self.rate, self.frames) = (u64::from(rate).max(1), frames);
        news
    }

    pub(super) fn duration_ms(&self) -> u64 {
        self.milliseconds(self.frames)
    }

    /// The frame at a time, clamped to the recording.
    pub(super) fn frame_at(&self, position_ms: u64) -> u64 {
        self.frames_of(position_ms).min(self.frames)
    }

    /// Frames in so many milliseconds.
    pub(super) fn frames_of(&self, milliseconds: u64) -> u64 {
        milliseconds.saturating_mul(self.rate) / 1000
    }

    /// The time of a frame in milliseconds, rounded so that a time asked for is the time told.
    pub(super) fn milliseconds(&self, frame: u64) -> u64 {
        (frame.saturating_mul(1000) + self.rate / 2) / self.rate
    }

    /// How it is played when these wishes are set.
    pub(super) fn tuning(&self, wishes: &Wishes) -> Tuning {
        Tuning {
            speed: wishes.speed,
            skip_silence: wishes.skip_silence,
            boost: wishes.boost,
            looped: wishes.looped.map(|(from, to)| self.frame_at(from)..self.frame_at(to)),
        }
    }
}

/// How the listener wants to hear.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Wishes {
    pub volume: f32,
    pub speed: f32,
    pub skip_silence: bool,
    pub boost: bool,
    /// In milliseconds; of the present recording only.
    pub looped: Option<(u64, u64)>,
}

impl Default for Wishes {
    fn default() -> Self {
        Self { volume: 1.0, speed: 1.0, skip_silence: false, boost: false, looped: None }
    }
}
