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

    // Facts, written by the audio callback (`failed`: by the reading thread).

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

    /// Notes that the device asked for one more frame, of sound or of silence.
    pub(super) fn count_handed(&self) {
        self.handed.fetch_add(1, Ordering::Relaxed);
    }

    /// Frames the device has asked for so far; a device that is alive keeps asking.
    pub(super) fn handed(&self) -> u64 {
        self.handed.load(Ordering::Relaxed)
    }
}
