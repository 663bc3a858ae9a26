//! From sound to picture: reads what has arrived of a recording and keeps its peaks.
//!
//! ```text
//! Growing ── sound::Sound ── peaks of a stretch ── Waveform ── snapshots for the window
//!             (raw 16-bit bytes, or the WAV reader)      └──── kept bytes, for the next time
//! ```
//!
//! Memory does not depend on the length: one read buffer, and a summary that never exceeds a few
//! megabytes. It asks for no bytes beyond the header (what to fetch next is the player's wish),
//! draws nothing and writes no file.

mod exact;
mod extremes;
mod kept;
mod sound;
#[cfg(test)]
mod tests;

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::growing::Growing;
use super::wav::WavError;
use crate::domain::waveform::Waveform;
use sound::Sound;

pub use exact::{FileBins, MOST_BINS, PeaksError, PeaksLine, bins_of_file, probe_peaks};
pub use kept::{from_bytes, from_reader, to_bytes};

/// The window need not know sooner; a person sees five pictures a second as movement.
const BETWEEN_SNAPSHOTS: Duration = Duration::from_millis(200);
/// How long a wish to stop may go unnoticed while nothing arrives.
const BETWEEN_LOOKS: Duration = Duration::from_millis(250);

/// Reads the recording as it arrives, in whatever order, and publishes its picture now and then;
/// the last one is published too, and returned.
///
/// Blocks until all of it is here or `stop` is set, so it wants a thread of its own. Stopped
/// early, it returns what it has, or [`WavError::Waiting`] when not even the header was here.
/// A download that fails for now is waited for; a replaced file is an error ([`WavError::is_stale`]).
pub fn summarise(
    growing: &Growing,
    publish: &mut dyn FnMut(Arc<Waveform>),
    stop: &AtomicBool,
) -> Result<Arc<Waveform>, WavError> {
    let sound = open_when_here(growing, stop)?;
    let waveform = Waveform::empty(sound.rate(), sound.frames());
    let last = if growing.is_whole() { Some(Instant::now()) } else { None };
    Summary { growing, stop, sound, waveform, arrived: 0, last, is_news: true }.gather(publish)
}

fn open_when_here(growing: &Growing, stop: &AtomicBool) -> Result<Sound, WavError> {
    loop {
        let seen = growing.version();
        match Sound::open(growing) {
            Err(WavError::Waiting) if !stop.load(Ordering::Relaxed) => {}
            // The beginning may still come when the download is taken up again.
            Err(WavError::Io(e)) if e.kind() == std::io::ErrorKind::ConnectionAborted => {
                if stop.load(Ordering::Relaxed) {
                    return Err(WavError::Waiting);
                }
            }
            opened => return opened,
        }
        growing.wait_news(seen, BETWEEN_LOOKS);
    }
}

/// The work in progress.
struct Summary<'a> {
    growing: &'a Growing,
    stop: &'a AtomicBool,
    sound: Sound,
    waveform: Waveform,
    arrived: u64,
    last: Option<Instant>,
    is_news: bool,
}

impl Summary<'_> {
    fn gather(mut self, publish: &mut dyn FnMut(Arc<Waveform>)) -> Result<Arc<Waveform>, WavError> {
        let mut before: Vec<Range<u64>> = Vec::new();
        loop {
            let (seen, is_whole) = (self.growing.version(), self.growing.is_whole());
            let now: Vec<_> = self.growing.ranges().into_iter().map(|bytes| self.sound.frames_within(bytes)).collect();
            for stretch in newcomers(&now, &before) {
                self.take_in(stretch, publish)?;
            }
            before = now;
            if is_whole || self.arrived == self.sound.frames() || self.is_stopped() {
                break;
            }
            self.publish_when_due(publish);
            self.growing.wait_news(seen, BETWEEN_LOOKS);
        }
        let last = self.snapshot();
        publish(Arc::clone(&last));
        Ok(last)
    }

    fn take_in(&mut self, stretch: Range<u64>, publish: &mut dyn FnMut(Arc<Waveform>)) -> Result<(), WavError> {
        let mut at = stretch.start;
        while at < stretch.end && !self.is_stopped() {
            let bin_frames = self.waveform.bin_frames();
            let (count, peaks) = self.sound.read(at..stretch.end, bin_frames)?;
            self.waveform.absorb((at / bin_frames) as usize, peaks);
            at = at.saturating_add(count);
            self.arrived = self.arrived.saturating_add(count);
            self.is_news = true;
            self.publish_when_due(publish);
        }
        Ok(())
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn publish_when_due(&mut self, publish: &mut dyn FnMut(Arc<Waveform>)) {
        let is_due = self.last.is_none_or(|last| last.elapsed() >= BETWEEN_SNAPSHOTS);
        if self.is_news && is_due {
            publish(self.snapshot());
            self.last = Some(Instant::now());
            self.is_news = false;
        }
    }

    fn snapshot(&mut self) -> Arc<Waveform> {
        self.waveform.set_arrived(self.arrived);
        self.waveform.listen_for_noise();
        Arc::new(self.waveform.clone())
    }
}

/// What is in `now` and was not in `before`; both are ascending and what was there stays there.
fn newcomers(now: &[Range<u64>], before: &[Range<u64>]) -> Vec<Range<u64>> {
    let mut new = Vec::new();
    for range in now {
        let mut at = range.start;
        for known in before.iter().filter(|known| known.start < range.end && known.end > range.start) {
            if at < known.start {
                new.push(at..known.start);
            }
            at = at.max(known.end);
        }
        if at < range.end {
            new.push(at..range.end);
        }
    }
    new
}
