//! Reads a recording front to back, or a part of it again and again, as one or two voices.
//!
//! A loop takes hold when its end is reached from inside; begun outside of it, the recording is
//! read on as if there were none. At the joint the sound falls silent and rises again within a
//! few milliseconds, so that it does not click. It changes neither rate nor speed.

use std::ops::Range;

use super::mix;
use crate::audio::growing::{Growing, GrowingReader};
use crate::audio::wav::{WavError, WavReader};

/// Frames read from the file at a time.
const READ_FRAMES: usize = 1_024;
/// A fade at a loop's joint takes this part of a second.
const FADES_PER_SECOND: u64 = 200;
/// A loop is at least this part of a second, or it would be a tone.
const SHORTEST_LOOPS_PER_SECOND: u64 = 20;

/// A recording open for playing.
#[derive(Debug)]
pub(super) struct Reel {
    reader: WavReader<GrowingReader>,
    voices: usize,
    looped: Option<Range<u64>>,
    /// The loop's end was reached: the next frames come from its start.
    turning: bool,
    /// The loop has been turned; its start fades in.
    turned: bool,
    raw: Vec<f32>,
    mixed: Vec<f32>,
}

/// What one reading brought.
#[derive(Debug)]
pub(super) enum Came<'a> {
    /// Interleaved voices, recorded from this frame on.
    Sound(u64, &'a [f32]),
    /// The recording is over.
    End,
}

impl Reel {
    /// Opens a recording for a device of `heard` channels.
    pub(super) fn open(growing: &Growing, heard: usize) -> Result<Self, WavError> {
        let reader = WavReader::open(growing.reader()?)?;
        let voices = mix::voices(reader.info().channels.into(), heard);
        Ok(Self { reader, voices, looped: None, turning: false, turned: false, raw: Vec::new(), mixed: Vec::new() })
    }

    /// Frames per second (Hz).
    pub(super) fn rate(&self) -> u32 {
        self.reader.info().rate
    }

    /// Frames in the recording, as far as is known.
    pub(super) fn frames(&self) -> u64 {
        self.reader.info().frames
    }

    /// The frame that is read next.
    pub(super) fn position(&self) -> u64 {
        self.reader.position()
    }

    /// Channels in what is read: one or two.
    pub(super) fn voices(&self) -> usize {
        self.voices
    }

    /// Goes to `frame`, and loops from now on as told.
    pub(super) fn restart(&mut self, frame: u64, looped: Option<Range<u64>>) -> Result<(), WavError> {
        self.reader.seek_frame(frame)?;
        let (rate, frames) = (u64::from(self.rate()), self.frames());
        let clamped = looped.map(|l| l.start.min(frames)..l.end.min(frames));
        self.looped = clamped.filter(|l| l.end.saturating_sub(l.start) >= rate / SHORTEST_LOOPS_PER_SECOND);
        (self.turning, self.turned) = (false, false);
        Ok(())
    }

    /// Reads on. An error loses nothing: the same may be asked again.
    pub(super) fn read(&mut self) -> Result<Came<'_>, WavError> {
        if let Some(start) = self.looped.as_ref().filter(|_| self.turning).map(|l| l.start) {
            self.reader.seek_frame(start)?;
            (self.turning, self.turned) = (false, true);
        }
        let at = self.reader.position();
        let looped = self.looped.clone().filter(|l| l.contains(&at));
        let room = looped.as_ref().map_or(READ_FRAMES, |l| (l.end - at).min(READ_FRAMES as u64) as usize);
        let channels = usize::from(self.reader.info().channels);
        self.raw.resize(room * channels, 0.0);
        let came = self.reader.read_frames(&mut self.raw)?;
        let raw = self.raw.get(..came * channels).unwrap_or_default();
        mix::mix(raw, channels, self.voices, &mut self.mixed);
        let Some(looped) = looped else {
            return Ok(if came == 0 { Came::End } else { Came::Sound(at, &self.mixed) });
        };
        // A recording that turned out shorter ends the loop early; one of nothing has no loop.
        self.turning = self.reader.position() >= looped.end || (came == 0 && at > looped.start);
        if came == 0 && !self.turning {
            return Ok(Came::End);
        }
        self.fade(at, &looped);
        Ok(Came::Sound(at, &self.mixed))
    }

    /// Fades what was read from frame `at` on towards the loop's end and from its start.
    fn fade(&mut self, at: u64, looped: &Range<u64>) {
        let ramp = (u64::from(self.rate()) / FADES_PER_SECOND).max(1);
        for (frame, place) in self.mixed.chunks_exact_mut(self.voices).zip(at..) {
            let before_end = looped.end.saturating_sub(place + 1);
            let after_start = if self.turned { place.saturating_sub(looped.start) } else { ramp };
            let near = before_end.min(after_start);
            if near < ramp {
                let gain = near as f32 / ramp as f32;
                for sample in frame {
                    *sample *= gain;
                }
            }
        }
    }
}
