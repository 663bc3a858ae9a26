//! The queue of samples between the reading thread and the audio callback.
//!
//! One side writes, one side reads, and both only touch atomics: the callback must never wait
//! for a lock, and this crate has no unsafe code. Slots are filled and emptied whole; each says
//! which stretch of the recording it holds, so that the position stays right through seeking,
//! resampling, another speed and loops. It allocates once, when it is made.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};

/// A numbered stretch of playing; every seek and every load begins a new one. 0 means none.
pub(super) type Generation = u16;

/// One slot's samples, as the reading thread hands them over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block<'a> {
    pub generation: Generation,
    /// The recording's frame at the first sample.
    pub start: u64,
    /// The recording's frame just behind the last sample.
    pub end: u64,
    /// Whether the recording ends here.
    pub last: bool,
    /// Interleaved samples in the device's channel count.
    pub samples: &'a [f32],
}

/// One slot as the audio callback sees it.
#[derive(Debug)]
pub(super) struct Slot {
    generation: AtomicU32,
    start: AtomicU64,
    end: AtomicU64,
    frames: AtomicU32,
    last: AtomicBool,
    samples: Box<[AtomicU32]>,
}

/// A single-producer, single-consumer ring of slots.
#[derive(Debug)]
pub(super) struct Ring {
    slots: Box<[Slot]>,
    channels: usize,
    slot_frames: usize,
    /// Slots ever published; written by the reading thread only.
    head: AtomicU64,
    /// Slots ever taken; written by the audio callback only.
    tail: AtomicU64,
}

impl Slot {
    fn empty(samples: usize) -> Self {
        Self {
            generation: AtomicU32::new(0),
            start: AtomicU64::new(0),
            end: AtomicU64::new(0),
            frames: AtomicU32::new(0),
            last: AtomicBool::new(false),
            samples: (0..samples).map(|_| AtomicU32::new(0)).collect(),
        }
    }

    pub(super) fn generation(&self) -> Generation {
        self.generation.load(Ordering::Relaxed) as Generation
    }

    pub(super) fn frames(&self) -> usize {
        self.frames.load(Ordering::Relaxed) as usize
    }

    pub(super) fn last(&self) -> bool {
        self.last.load(Ordering::Relaxed)
    }

    /// The sample at `index` of the interleaved samples.
    pub(super) fn sample(&self, index: usize) -> f32 {
        self.samples.get(index).map_or(0.0, |s| f32::from_bits(s.load(Ordering::Relaxed)))
    }

    /// The recording's frame once `taken` frames of this slot have been handed out.
    pub(super) fn place(&self, taken: usize) -> u64 {
        let (start, end) = (self.start.load(Ordering::Relaxed), self.end.load(Ordering::Relaxed));
        let frames = self.frames().max(1) as u64;
        start + end.saturating_sub(start) * (taken as u64).min(frames) / frames
    }
}

impl Ring {
    /// A ring of `slots` slots, each of `slot_frames` frames of `channels` channels.
    pub(super) fn new(slots: usize, slot_frames: usize, channels: usize) -> Self {
        Self {
            slots: (0..slots).map(|_| Slot::empty(slot_frames * channels)).collect(),
            channels,
            slot_frames,
            head: AtomicU64::new(0),
            tail: AtomicU64::new(0),
        }
    }

    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn slot_frames(&self) -> usize {
        self.slot_frames
    }

    fn slot(&self, number: u64) -> Option<&Slot> {
        self.slots.get((number % self.slots.len() as u64) as usize)
    }

    // The reading thread's side.

    pub(super) fn has_room(&self) -> bool {
        let taken = self.tail.load(Ordering::Acquire);
        self.head.load(Ordering::Relaxed).saturating_sub(taken) < self.slots.len() as u64
    }

    /// Slots published so far.
    pub(super) fn published(&self) -> u64 {
        self.head.load(Ordering::Relaxed)
    }

    /// Slots published from the one numbered `first` on that still wait to be taken.
    pub(super) fn waiting_from(&self, first: u64) -> usize {
        let taken = self.tail.load(Ordering::Acquire);
        self.head.load(Ordering::Relaxed).saturating_sub(taken.max(first)) as usize
    }

    /// Publishes a block; answers `false`, and does nothing, when there is no room.
    pub(super) fn push(&self, block: Block<'_>) -> bool {
        let head = self.head.load(Ordering::Relaxed);
        let Some(slot) = self.slot(head).filter(|_| self.has_room()) else {
            return false;
        };
        for (cell, sample) in slot.samples.iter().zip(block.samples) {
            cell.store(sample.to_bits(), Ordering::Relaxed);
        }
        let frames = (block.samples.len() / self.channels).min(self.slot_frames);
        slot.generation.store(block.generation.into(), Ordering::Relaxed);
        slot.start.store(block.start, Ordering::Relaxed);
        slot.end.store(block.end, Ordering::Relaxed);
        slot.frames.store(frames as u32, Ordering::Relaxed);
        slot.last.store(block.last, Ordering::Relaxed);
        // Everything above becomes visible to the callback together with this number.
        self.head.store(head.wrapping_add(1), Ordering::Release);
        true
    }

    // The audio callback's side.

    /// The oldest slot that was not taken yet.
    pub(super) fn peek(&self) -> Option<&Slot> {
        let tail = self.tail.load(Ordering::Relaxed);
        if tail == self.head.load(Ordering::Acquire) {
            return None;
        }
        self.slot(tail)
    }

    /// Gives the oldest slot back.
    pub(super) fn take(&self) {
        let tail = self.tail.load(Ordering::Relaxed);
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
    }

    /// Whether enough of this generation is waiting to begin with: `lead` slots, or the
    /// recording's end.
    pub(super) fn ready(&self, generation: Generation, lead: usize) -> bool {
        let head = self.head.load(Ordering::Acquire);
        let waiting = (self.tail.load(Ordering::Relaxed)..head)
            .filter_map(|number| self.slot(number))
            .filter(|slot| slot.generation() == generation);
        let (mut slots, mut ends) = (0, false);
        for slot in waiting {
            slots += 1;
            ends |= slot.last();
        }
        ends || slots >= lead
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn everything_arrives_in_order_across_threads() {
        let ring = Arc::new(Ring::new(4, 8, 2));
        let writer = Arc::clone(&ring);
        let thread = std::thread::Builder::new()
            .spawn(move || {
                for n in 0..2_000_u64 {
                    let samples = [n as f32; 16];
                    let block =
                        Block { generation: 1, start: n * 8, end: n * 8 + 8, last: n == 1_999, samples: &samples };
                    while !writer.push(block) {
                        std::thread::yield_now();
                    }
                }
            })
            .unwrap();
        let mut n = 0;
        while n < 2_000 {
            let Some(slot) = ring.peek() else {
                std::thread::yield_now();
                continue;
            };
            assert_eq!((slot.frames(), slot.last()), (8, n == 1_999));
            assert_eq!((slot.place(0), slot.place(3)), (n * 8, n * 8 + 3));
            assert!((0..16).all(|i| slot.sample(i) as u64 == n));
            ring.take();
            n += 1;
        }
        thread.join().unwrap();
        assert!(ring.peek().is_none());
    }

    #[test]
    fn a_full_ring_refuses() {
        let ring = Ring::new(2, 1, 1);
        let block = Block { generation: 3, start: 0, end: 1, last: false, samples: &[0.5] };
        assert!(ring.push(block) && ring.push(block) && !ring.push(block));
        assert!(ring.ready(3, 2) && !ring.ready(3, 3) && !ring.ready(4, 1));
        ring.take();
        assert!(ring.has_room());
    }
}
