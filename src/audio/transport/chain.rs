//! From a recording to slots for the ring: reel, shortened silences, line, and the place of each.
//!
//! ```text
//! Reel (decode, mix, loop) ── Shortener ── Line (speed, rate, boost) ── slots
//!                                 └── Trail: which frame of the recording is which
//! ```
//!
//! It works in small steps, so that the thread around it stays responsive: one step reads one
//! block and never waits.

use std::ops::Range;

use super::line::{Line, Target};
use super::reel::{Came, Reel};
use super::ring::{Block, Generation};
use super::silence::Shortener;
use super::trail::Trail;
use crate::audio::growing::Growing;
use crate::audio::wav::WavError;

/// How a recording is played; a change begins a new generation.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::audio) struct Tuning {
    /// 0.5 to 3; 1 is as recorded.
    pub speed: f32,
    pub skip_silence: bool,
    pub boost: bool,
    /// Frames of the recording that are played again and again.
    pub looped: Option<Range<u64>>,
}

impl Default for Tuning {
    fn default() -> Self {
        Self { speed: 1.0, skip_silence: false, boost: false, looped: None }
    }
}

/// A recording on its way into the ring.
#[derive(Debug)]
pub(super) struct Chain {
    reel: Reel,
    voices: usize,
    shortener: Shortener,
    skip_silence: bool,
    line: Line,
    trail: Trail,
    kept: Vec<f32>,
    /// Finished samples in the device's channels, and frames cut off their front so far.
    ready: Vec<f32>,
    cut: u64,
    slot: usize,
    channels: usize,
    ended: bool,
    finished: bool,
}

impl Chain {
    /// Opens a recording; slots will have `slot_frames` frames.
    pub(super) fn open(growing: &Growing, target: Target, slot_frames: usize) -> Result<Self, WavError> {
        let reel = Reel::open(growing, target.channels)?;
        let (rate, voices) = (reel.rate(), reel.voices());
        Ok(Self {
            reel,
            voices,
            shortener: Shortener::new(rate, voices),
            skip_silence: false,
            line: Line::new(rate, voices, target),
            trail: Trail::default(),
            kept: Vec::new(),
            ready: Vec::new(),
            cut: 0,
            slot: slot_frames,
            channels: target.channels,
            ended: false,
            finished: false,
        })
    }

    /// Goes to `frame` of the recording; played as told from there on.
    pub(super) fn restart(&mut self, frame: u64, tuning: &Tuning) -> Result<(), WavError> {
        self.reel.restart(frame, tuning.looped.clone())?;
        self.shortener.restart();
        self.skip_silence = tuning.skip_silence;
        self.line.restart(tuning.speed, tuning.boost);
        self.trail.restart(self.reel.position());
        self.ready.clear();
        self.cut = 0;
        (self.ended, self.finished) = (false, false);
        Ok(())
    }

    /// The recording's frame that the next slot begins with.
    pub(super) fn place(&self) -> u64 {
        self.trail.recorded(self.line.input_frame(self.cut).min(self.trail.frames()))
    }

    /// Rate (Hz) and length (frames) of the recording.
    pub(super) fn about(&self) -> (u32, u64) {
        (self.reel.rate(), self.reel.frames())
    }

    /// Whether the last slot has been given away.
    pub(super) fn finished(&self) -> bool {
        self.finished
    }

    /// Whether [`Self::slot`] has something to give.
    pub(super) fn has_slot(&self) -> bool {
        self.ended || self.ready.len() >= self.slot * self.channels
    }

    /// Reads one block. After an error the same may be asked again; nothing is lost.
    pub(super) fn step(&mut self) -> Result<(), WavError> {
        let (from, sound) = match self.reel.read()? {
            Came::Sound(from, sound) => (from, sound),
            Came::End => {
                self.end();
                return Ok(());
            }
        };
        if self.skip_silence {
            self.kept.clear();
            self.shortener.pass(from, sound, &mut self.kept, &mut self.trail);
            self.line.pass(&self.kept, &mut self.ready);
        } else {
            self.trail.append(from, (sound.len() / self.voices) as u64);
            self.line.pass(sound, &mut self.ready);
        }
        Ok(())
    }

    fn end(&mut self) {
        self.kept.clear();
        if self.skip_silence {
            self.shortener.end(&mut self.kept, &mut self.trail);
        }
        self.line.pass(&self.kept, &mut self.ready);
        self.line.end(&mut self.ready);
        self.ended = true;
    }

    /// The oldest finished slot, once [`Self::has_slot`] says so.
    pub(super) fn slot(&mut self, generation: Generation) -> Block<'_> {
        let samples = self.ready.len().min(self.slot * self.channels);
        let last = self.ended && samples == self.ready.len();
        let end = self.line.input_frame(self.cut + (samples / self.channels) as u64).min(self.trail.frames());
        Block {
            generation,
            start: self.place(),
            end: self.trail.recorded_before(if last { self.trail.frames() } else { end }),
            last,
            samples: self.ready.get(..samples).unwrap_or_default(),
        }
    }

    /// The slot was taken: goes on behind it.
    pub(super) fn advance(&mut self) {
        let samples = self.ready.len().min(self.slot * self.channels);
        self.finished = self.ended && samples == self.ready.len();
        self.ready.drain(..samples);
        self.cut += (samples / self.channels) as u64;
        self.trail.forget_before(self.line.input_frame(self.cut));
    }
}
