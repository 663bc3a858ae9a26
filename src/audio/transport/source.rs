//! The end of the chain: the object the sound library calls for every sample.
//!
//! `next` runs in the audio callback. It allocates nothing, locks nothing and waits for nothing:
//! when no sample is there it hands out silence and counts an underrun. It lives as long as the
//! device and never ends; which recording is heard is decided by what the ring brings, so
//! nothing is added to or dropped inside the callback while the device is open.
//!
//! Speed, loops and shortened silences happen before the ring (see [`super::chain`]): a slot
//! says which stretch of the recording it covers, and nothing here needs to know why.

use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;

use rodio::source::SeekError;
use rodio::{ChannelCount, SampleRate, Source};

use super::link::Link;
use super::ring::{Generation, Slot};

/// Seconds in which the volume goes from nothing to full, or back: long enough not to click.
const RAMP_SECONDS: f32 = 0.005;
/// Slots that must wait before sound begins: a tenth of a second, more than a device swallows
/// at once, so that a beginning does not stutter.
pub(super) const LEAD: usize = 10;
/// Slots that must be there again after data was missing: on a line that is slower than the sound a few longer pauses
/// are bearable, where many short ones tear every word.
pub(super) const REFILL: usize = 40;

/// Hands the ring's samples to the device at the device's own rate.
#[derive(Debug)]
pub(crate) struct Transport {
    link: Arc<Link>,
    rate: SampleRate,
    channels: ChannelCount,
    /// The generation being heard; follows the wanted one as soon as the old has faded out.
    generation: Generation,
    /// Frames taken from the ring's oldest slot.
    taken: usize,
    gain: f32,
    gain_step: f32,
    frame: [f32; 2],
    /// The channel of `frame` that is handed out next.
    channel: u16,
    /// Whether this generation has brought at least one frame; only then can it run dry.
    begun: bool,
    /// Whether it waits for [`LEAD`] slots: at its beginning and after running dry.
    waiting: bool,
}

impl Transport {
    /// `channels` is 1 or 2.
    pub(super) fn new(link: Arc<Link>, rate: SampleRate, channels: ChannelCount) -> Self {
        Self {
            link,
            rate,
            channels,
            generation: 0,
            taken: 0,
            gain: 0.0,
            gain_step: 1.0 / (RAMP_SECONDS * rate.get() as f32),
            frame: [0.0; 2],
            channel: 0,
            begun: false,
            waiting: true,
        }
    }

    /// Whether the next frame would have to be silence although sound is on its way.
    /// A device paced by hand waits for this; a real one never asks.
    pub(crate) fn would_starve(&mut self) -> bool {
        self.follow();
        let wanted = self.link.wanted();
        (self.link.playing() || self.gain > 0.0)
            && self.generation == wanted
            && wanted != 0
            && self.link.ended() != wanted
            && !self.link.dry(wanted)
            && !self.link.ring.ready(wanted, self.lead())
    }

    /// Slots that must be there for the next frame.
    fn lead(&self) -> usize {
        if self.waiting { LEAD } else { 1 }
    }

    /// Turns to the wanted generation once the old one has faded out, so a seek does not click.
    fn follow(&mut self) {
        let wanted = self.link.wanted();
        if wanted != self.generation && self.gain <= 0.0 {
            self.begin(wanted);
        }
    }

    fn next_frame(&mut self) {
        self.follow();
        let audible = self.link.playing() && self.link.wanted() == self.generation;
        let aim = if audible { self.link.volume() } else { 0.0 };
        self.gain += (aim - self.gain).clamp(-self.gain_step, self.gain_step);
        self.frame = [0.0; 2];
        if self.link.ended() == self.generation {
            // Nothing to fade: what is asked for next may begin at once.
            self.gain = 0.0;
        } else if audible || self.gain > 0.0 {
            self.take_frame();
        }
        self.link.count_handed();
    }

    fn begin(&mut self, generation: Generation) {
        self.generation = generation;
        self.begun = false;
        self.waiting = true;
        self.drop_stale();
    }

    /// Gives slots of earlier generations back, so that the reading thread can go on even
    /// while nothing is being played. A slot of the wanted generation may already be there
    /// while the old one still fades; the wish is looked up after the slot, and was made before
    /// the slot was filled, so such a slot is never taken for an old one.
    fn drop_stale(&mut self) {
        for _ in 0..self.link.ring.slots() {
            match self.link.ring.peek() {
                Some(slot) if slot.generation() != self.generation && slot.generation() != self.link.wanted() => {
                    self.link.ring.take();
                    self.taken = 0;
                }
                _ => break,
            }
        }
    }

    fn take_frame(&mut self) {
        self.drop_stale();
        let link = Arc::clone(&self.link);
        if self.waiting && !link.ring.ready(self.generation, self.enough()) {
            self.starve();
            return;
        }
        let Some(slot) = link.ring.peek().filter(|s| s.generation() == self.generation) else {
            self.starve();
            return;
        };
        if std::mem::take(&mut self.waiting) {
            link.set_starving(false);
        }
        if self.taken < slot.frames() {
            self.read_frame(slot);
            self.taken += 1;
            self.begun = true;
            link.set_place(self.generation, slot.place(self.taken));
        }
        if self.taken >= slot.frames() {
            self.finish_slot(slot);
        }
    }

    /// Slots that must wait before sound begins, or goes on after it has run out.
    fn enough(&self) -> usize {
        if self.begun && self.link.dry(self.generation) { REFILL } else { LEAD }
    }

    fn read_frame(&mut self, slot: &Slot) {
        let channels = usize::from(self.channels.get());
        for (channel, out) in self.frame.iter_mut().take(channels).enumerate() {
            let sample = slot.sample(self.taken * channels + channel);
            *out = (sample * self.gain).clamp(-1.0, 1.0);
        }
    }

    fn finish_slot(&mut self, slot: &Slot) {
        if slot.last() {
            self.link.set_place(self.generation, slot.place(usize::MAX));
            self.link.set_ended(self.generation);
            self.gain = 0.0;
        }
        self.link.ring.take();
        self.taken = 0;
    }

    fn starve(&mut self) {
        // What comes after the gap must rise from silence like any other beginning.
        self.gain = 0.0;
        if self.link.wanted() == self.generation {
            self.link.set_starving(true);
            // What has not arrived cannot be late: waiting for the network is no underrun.
            if self.begun && !self.waiting && !self.link.dry(self.generation) {
                self.link.counters.count_underrun();
            }
        }
        self.waiting = true;
    }
}

impl Iterator for Transport {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        if self.channel == 0 {
            self.next_frame();
        }
        let sample = self.frame.get(usize::from(self.channel)).copied();
        self.channel = (self.channel + 1) % self.channels.get();
        sample.or(Some(0.0))
    }
}

impl Source for Transport {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        self.channels
    }

    fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }

    /// Seeking goes through the player, which also has to move the reading thread.
    fn try_seek(&mut self, _: Duration) -> Result<(), SeekError> {
        Err(SeekError::NotSupported { underlying_source: "Transport" })
    }
}

/// One channel for a one-channel device, otherwise two: a clinic's loudspeakers have no more.
pub(super) fn heard_channels(device: ChannelCount) -> ChannelCount {
    device.min(ChannelCount::MIN.saturating_add(1))
}

const _: () = assert!(NonZero::<u16>::MIN.get() == 1, "heard_channels counts from one");
