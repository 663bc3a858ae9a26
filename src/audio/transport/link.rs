//! What the player, the reading thread and the audio callback tell each other.
//!
//! Wishes flow one way (which generation, playing or not, how loud) and facts the other (where
//! we are, ended, failed). All of it is atomics, because one of the three is the audio callback.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

use super::ring::{Generation, Ring};
use crate::audio::player::Counters;

/// The shared part of one open output.
#[derive(Debug)]
pub(super) struct Link {
    pub ring: Ring,
    /// Counts that outlive this output.
    pub counters: Arc<Counters>,
    wanted: AtomicU32,
    playing: AtomicBool,
    volume: AtomicU32,
    /// Generation in the upper 16 bits, the recording's frame in the lower 48, so that both are
    /// always read together.
    place: AtomicU64,
    ended: AtomicU32,
    failed: AtomicU32,
    /// The generation for which data has not arrived; 0 when all is well.
    dry: AtomicU32,
    /// Whether the callback hands out silence because no sound is there.
    starving: AtomicBool,
    /// Rate and length of the recording as it was opened last, each below the number of its load.
    rate: AtomicU64,
    frames: AtomicU64,
    handed: AtomicU64,
}

const FRAME_BITS: u32 = 48;
const FRAME_MASK: u64 = (1 << FRAME_BITS) - 1;

impl Link {
    pub(super) fn new(ring: Ring, counters: Arc<Counters>) -> Self {
        Self {
            ring,
            counters,
            wanted: AtomicU32::new(0),
            playing: AtomicBool::new(false),
            volume: AtomicU32::new(1.0_f32.to_bits()),
            place: AtomicU64::new(0),
            ended: AtomicU32::new(0),
            failed: AtomicU32::new(0),
            dry: AtomicU32::new(0),
            starving: AtomicBool::new(false),
            rate: AtomicU64::new(0),
            frames: AtomicU64::new(0),
            handed: AtomicU64::new(0),
        }
    }

    // Wishes, written by the player.

    pub(super) fn want(&self, generation: Generation) {
        self.wanted.store(generation.into(), Ordering::Release);
    }

    pub(super) fn wanted(&self) -> Generation {
        self.wanted.load(Ordering::Acquire) as Generation
    }

    pub(super) fn set_playing(&self, playing: bool) {
        self.playing.store(playing, Ordering::Release);
    }

    pub(super) fn playing(&self) -> bool {
        self.playing.load(Ordering::Acquire)
    }

    pub(super) fn set_volume(&self, volume: f32) {
        self.volume.store(volume.to_bits(), Ordering::Relaxed);
    }

    pub(super) fn volume(&self) -> f32 {
        f32::from_bits(self.volume.load(Ordering::Relaxed))
    }

    // Facts, written by the audio callback (`failed`, `dry` and the recording's: by the reading
    // thread).

    pub(super) fn set_place(&self, generation: Generation, frame: u64) {
        let packed = (u64::from(generation) << FRAME_BITS) | (frame & FRAME_MASK);
        self.place.store(packed, Ordering::Release);
    }

    /// Which generation is heard, and the recording's next frame in it.
    pub(super) fn place(&self) -> (Generation, u64) {
        let packed = self.place.load(Ordering::Acquire);
        ((packed >> FRAME_BITS) as Generation, packed & FRAME_MASK)
    }

    pub(super) fn set_ended(&self, generation: Generation) {
        self.ended.store(generation.into(), Ordering::Release);
    }

    pub(super) fn ended(&self) -> Generation {
        self.ended.load(Ordering::Acquire) as Generation
    }

    pub(super) fn set_failed(&self, generation: Generation) {
        self.failed.store(generation.into(), Ordering::Release);
    }

    pub(super) fn failed(&self) -> Generation {
        self.failed.load(Ordering::Acquire) as Generation
    }

    /// Sound is missing because its data has not arrived: `generation`, or 0 for no longer.
    pub(super) fn set_dry(&self, generation: Generation) {
        self.dry.store(generation.into(), Ordering::Release);
    }

    pub(super) fn dry(&self, generation: Generation) -> bool {
        generation != 0 && self.dry.load(Ordering::Acquire) == u32::from(generation)
    }

    pub(super) fn set_starving(&self, starving: bool) {
        self.starving.store(starving, Ordering::Release);
    }

    pub(super) fn starving(&self) -> bool {
        self.starving.load(Ordering::Acquire)
    }

    /// What the recording of load `number` turned out to be.
    pub(super) fn set_recording(&self, number: u16, rate: u32, frames: u64) {
        let tag = u64::from(number) << FRAME_BITS;
        self.rate.store(tag | u64::from(rate), Ordering::Relaxed);
        self.frames.store(tag | (frames & FRAME_MASK), Ordering::Release);
    }

    /// Rate (Hz) and frames of the recording of load `number`, once it was opened.
    pub(super) fn recording(&self, number: u16) -> Option<(u32, u64)> {
        let frames = self.frames.load(Ordering::Acquire);
        let rate = self.rate.load(Ordering::Relaxed);
        let known = [rate, frames].iter().all(|fact| fact >> FRAME_BITS == u64::from(number));
        (known && number != 0).then_some(((rate & FRAME_MASK) as u32, frames & FRAME_MASK))
    }

    /// Notes that the device asked for one more frame, of sound or of silence.
    pub(super) fn count_handed(&self) {
        self.handed.fetch_add(1, Ordering::Relaxed);
    }

    /// Frames the device has asked for so far; a device that is alive keeps asking.
    pub(super) fn handed(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }
}
