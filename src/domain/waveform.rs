//! What a recording looks like: its lowest and highest sample bin by bin, at every zoom.
//!
//! A pyramid: the finest level has one [`Peak`] for about 10 ms, every next level joins eight of
//! the one below. Levels are cut into shared pages, so a snapshot for the window costs a few
//! kilobytes while the next bins arrive, and a stretch that is not here yet takes no memory.
//! It reads no sound and draws nothing.

use std::sync::Arc;

/// The lowest and the highest sample of a stretch; full scale is -128 to 127.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peak {
    pub low: i8,
    pub high: i8,
}

impl Peak {
    /// A bin that is not here yet: joining it to another one changes nothing.
    pub const MISSING: Self = Self { low: i8::MAX, high: i8::MIN };

    pub fn is_missing(self) -> bool {
        self.low > self.high
    }

    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self { low: self.low.min(other.low), high: self.high.max(other.high) }
    }

    /// How far the loudest sample is from the middle, 0 to 127.
    pub fn amplitude(self) -> i8 {
        if self.is_missing() { 0 } else { self.high.max(self.low.saturating_neg()).max(0) }
    }
}

/// The look of one recording, whole or as far as it has arrived. Cloning it shares its pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waveform {
    rate: u32,
    frames: u64,
    /// Frames in a bin of the finest level.
    bin_frames: u64,
    /// Frames that are in it already.
    arrived: u64,
    quiet: i8,
    levels: Vec<Level>,
}

/// A bin of the finest level is at most this part of a second, unless the recording is too long for that.
const BINS_PER_SECOND: u32 = 100;
/// Two bytes each: the finest level takes 1 MiB at most, however long the recording is. 70 minutes
/// at 16 kHz fit at the finest; four hours have a bin every 32 ms, still several to a spoken syllable.
const MOST_BINS: u64 = 1 << 19;
/// Bins of one level that make one of the next.
const FAN: usize = 8;
const PAGE_BINS: usize = 4096;
/// Bins that are looked at to tell the noise of the room; more would tell the same.
const NOISE_SAMPLES: usize = 1 << 14;

impl Waveform {
    /// The frame of a recording of which nothing has arrived.
    pub fn empty(rate: u32, frames: u64) -> Self {
        let mut bin_frames = 1_u64 << (rate / BINS_PER_SECOND).max(1).ilog2();
        while frames.div_ceil(bin_frames) > MOST_BINS {
            bin_frames *= 2;
        }
        Self::with_bins(rate, frames, bin_frames)
    }

    /// A finished picture from its finest bins; missing ones at the end have not arrived.
    pub fn from_peaks(rate: u32, frames: u64, bin_frames: u64, peaks: &[Peak]) -> Self {
        let mut waveform = Self::with_bins(rate, frames, bin_frames.max(1));
        waveform.absorb(0, peaks);
        waveform.set_arrived((peaks.len() as u64).saturating_mul(waveform.bin_frames));
        waveform.listen_for_noise();
        waveform
    }

    fn with_bins(rate: u32, frames: u64, bin_frames: u64) -> Self {
        let mut levels = Vec::new();
        let mut bins = frames.div_ceil(bin_frames) as usize;
        loop {
            levels.push(Level::empty(bins));
            if bins <= FAN {
                break;
            }
            bins = bins.div_ceil(FAN);
        }
        Self { rate: rate.max(1), frames, bin_frames, arrived: 0, quiet: 1, levels }
    }

    /// Joins bins of the finest level to what is there; what lies behind the end is left out.
    pub fn absorb(&mut self, first_bin: usize, peaks: &[Peak]) {
        let mut levels = self.levels.iter_mut();
        let Some(finest) = levels.next() else { return };
        finest.absorb(first_bin, peaks);
        let (mut first, mut line) = coarser(first_bin, peaks);
        for level in levels {
            level.absorb(first, &line);
            (first, line) = coarser(first, &line);
        }
    }

    /// Says how many frames have been absorbed, in whatever order they came.
    pub fn set_arrived(&mut self, frames: u64) {
        self.arrived = frames.min(self.frames);
    }

    /// Frames per second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Frames (one sample of every channel) of the whole recording.
    pub fn frames(&self) -> u64 {
        self.frames
    }

    pub fn duration_ms(&self) -> u64 {
        self.frames.saturating_mul(1000) / u64::from(self.rate)
    }

    /// Frames in a bin of the finest level.
    pub fn bin_frames(&self) -> u64 {
        self.bin_frames
    }

    /// Bins of the finest level, piece by piece; `None` for a stretch of which nothing is here.
    pub fn finest(&self) -> impl Iterator<Item = (usize, Option<&[Peak]>)> {
        self.levels.iter().take(1).flat_map(Level::pieces)
    }

    pub fn is_complete(&self) -> bool {
        self.arrived == self.frames
    }

    /// 0.0 (nothing) to 1.0 (everything) of the recording.
    pub fn arrived_share(&self) -> f32 {
        if self.frames == 0 { 1.0 } else { (self.arrived as f64 / self.frames as f64) as f32 }
    }

    /// A bin whose amplitude is below this is silence: noise of the room at the most. At least 1.
    pub fn quiet(&self) -> i8 {
        self.quiet
    }

    /// The lowest and highest sample between two times, to the finest bin; `None` where nothing is here yet.
    /// Looks at a few dozen bins at any zoom.
    pub fn span(&self, from_ms: f64, to_ms: f64) -> Option<Peak> {
        let from = self.frame_at(from_ms);
        let to = self.frame_at(to_ms).min(self.frames).max(from.saturating_add(1));
        if from >= self.frames {
            return None;
        }
        let (mut from, mut to) = ((from / self.bin_frames) as usize, to.div_ceil(self.bin_frames) as usize);
        let mut peak = Peak::MISSING;
        let mut levels = self.levels.iter().peekable();
        while let Some(level) = levels.next() {
            if levels.peek().is_none() {
                peak = peak.join(level.span(from, to));
                break;
            }
            let (inner_from, inner_to) = (from.next_multiple_of(FAN), to / FAN * FAN);
            if inner_from >= inner_to {
                peak = peak.join(level.span(from, to));
                break;
            }
            peak = peak.join(level.span(from, inner_from)).join(level.span(inner_to, to));
            (from, to) = (inner_from / FAN, inner_to / FAN);
        }
        (!peak.is_missing()).then_some(peak)
    }

    /// Times before the start (and nonsense) are the start.
    fn frame_at(&self, ms: f64) -> u64 {
        (ms * f64::from(self.rate) / 1000.0) as u64
    }

    /// Estimates anew how loud the room is when nobody speaks.
    pub fn listen_for_noise(&mut self) {
        let mut counts = [0_u32; 128];
        let step = (self.bins() / NOISE_SAMPLES).max(1);
        for peak in self.finest().filter_map(|(_, peaks)| peaks).flat_map(|peaks| peaks.iter().step_by(step)) {
            if let Some(count) = counts.get_mut(peak.amplitude() as usize).filter(|_| !peak.is_missing()) {
                *count += 1;
            }
        }
        self.quiet = quiet_of(&counts);
    }

    pub fn bins(&self) -> usize {
        self.levels.first().map_or(0, |level| level.bins)
    }
}

/// People pause even in a lively consultation, so the quietest tenth of the bins is the room itself.
/// Twice that is still the room; but never so much that ordinary speech would count as silence.
fn quiet_of(counts: &[u32; 128]) -> i8 {
    let room = percentile(counts, 10);
    let voice = percentile(counts, 90);
    (room.saturating_mul(2).saturating_add(1)).min(voice / 4).max(1)
}

/// The amplitude that `percent` of the bins do not exceed.
fn percentile(counts: &[u32; 128], percent: u64) -> i8 {
    let all: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let mut left = all * percent / 100;
    for (amplitude, count) in counts.iter().enumerate() {
        match left.checked_sub(u64::from(*count)) {
            Some(rest) => left = rest,
            None => return amplitude as i8,
        }
    }
    0
}

/// Joins every eight neighbours; answers where the first of the joined ones stands.
fn coarser(first: usize, peaks: &[Peak]) -> (usize, Vec<Peak>) {
    let (head, body) = peaks.split_at(((FAN - first % FAN) % FAN).min(peaks.len()));
    let (groups, tail) = body.as_chunks::<FAN>();
    let mut line = Vec::with_capacity(groups.len() + 2);
    line.extend(Some(head).filter(|head| !head.is_empty()).map(joined));
    line.extend(groups.iter().map(joined_eight));
    line.extend(Some(tail).filter(|tail| !tail.is_empty()).map(joined));
    (first / FAN, line)
}

/// The same as [`joined`], written out: where a small program is asked for a loop over eight stays a loop.
fn joined_eight([one, two, three, four, five, six, seven, eight]: &[Peak; FAN]) -> Peak {
    let (left, right) = (one.join(*two).join(three.join(*four)), five.join(*six).join(seven.join(*eight)));
    left.join(right)
}

fn joined(peaks: &[Peak]) -> Peak {
    peaks.iter().fold(Peak::MISSING, |all, peak| all.join(*peak))
}

/// All bins of one zoom.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Level {
    bins: usize,
    pages: Vec<Option<Arc<[Peak]>>>,
}

impl Level {
    fn empty(bins: usize) -> Self {
        Self { bins, pages: vec![None; bins.div_ceil(PAGE_BINS)] }
    }

    fn page_bins(&self, page: usize) -> usize {
        PAGE_BINS.min(self.bins.saturating_sub(page * PAGE_BINS))
    }

    fn absorb(&mut self, first: usize, peaks: &[Peak]) {
        let (mut page, mut skip, mut rest) = (first / PAGE_BINS, first % PAGE_BINS, peaks);
        while !rest.is_empty() {
            let room = self.page_bins(page);
            let (now, later) = rest.split_at(room.saturating_sub(skip).min(rest.len()));
            let Some(slot) = self.pages.get_mut(page).filter(|_| !now.is_empty()) else { return };
            match slot {
                None if now.len() == room => *slot = Some(Arc::from(now)),
                _ => {
                    let known = slot.get_or_insert_with(|| std::iter::repeat_n(Peak::MISSING, room).collect());
                    for (old, new) in Arc::make_mut(known).iter_mut().skip(skip).zip(now) {
                        *old = old.join(*new);
                    }
                }
            }
            (page, skip, rest) = (page + 1, 0, later);
        }
    }

    fn span(&self, from: usize, to: usize) -> Peak {
        let (mut at, to) = (from, to.min(self.bins));
        let mut peak = Peak::MISSING;
        while at < to {
            let (page, skip) = (at / PAGE_BINS, at % PAGE_BINS);
            let end = (to - page * PAGE_BINS).min(PAGE_BINS);
            if let Some(Some(known)) = self.pages.get(page) {
                peak = peak.join(joined(known.get(skip..end).unwrap_or_default()));
            }
            at = (page + 1) * PAGE_BINS;
        }
        peak
    }

    fn pieces(&self) -> impl Iterator<Item = (usize, Option<&[Peak]>)> {
        self.pages.iter().enumerate().map(|(page, known)| (self.page_bins(page), known.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(count: usize) -> Vec<Peak> {
        let mut random = fastrand::Rng::with_seed(7);
        (0..count).map(|_| Peak { low: -random.i8(0..120), high: random.i8(0..120) }).collect()
    }

    #[test]
    fn every_span_equals_a_look_at_each_bin() {
        let peaks = noise(70_001);
        let waveform = Waveform::from_peaks(1000, 70_001 * 10 - 3, 10, &peaks);
        let mut random = fastrand::Rng::with_seed(8);
        for _ in 0..2_000 {
            let from = random.usize(..70_001);
            let to = random.usize(from + 1..=70_001);
            let (from_ms, to_ms) = (from as f64 * 10.0, to as f64 * 10.0);
            assert_eq!(waveform.span(from_ms, to_ms), Some(joined(&peaks[from..to])), "{from}..{to}");
        }
        assert!(waveform.is_complete());
        assert_eq!(waveform.duration_ms(), 700_007);
    }

    #[test]
    fn pieces_in_any_order_make_the_same_picture() {
        let peaks = noise(30_000);
        let whole = Waveform::from_peaks(16_000, 30_000 * 128, 128, &peaks);
        let mut random = fastrand::Rng::with_seed(9);
        let mut pieces: Vec<(usize, &[Peak])> = Vec::new();
        let mut at = 0;
        while at < peaks.len() {
            let len = random.usize(1..3_000).min(peaks.len() - at);
            pieces.push((at, &peaks[at..at + len]));
            at += len;
        }
        random.shuffle(&mut pieces);
        let mut built = Waveform::empty(16_000, 30_000 * 128);
        for (first, piece) in pieces {
            built.absorb(first, piece);
        }
        built.set_arrived(u64::MAX);
        built.listen_for_noise();
        assert_eq!(built, whole);
    }

    #[test]
    fn what_is_not_here_is_not_shown_and_a_snapshot_stays_as_it_was() {
        let mut waveform = Waveform::empty(16_000, 16_000 * 60);
        assert_eq!(waveform.span(0.0, 60_000.0), None);
        let before = waveform.clone();
        waveform.absorb(3_750, &noise(1_000));
        assert_eq!(waveform.span(0.0, 29_000.0), None);
        assert!(waveform.span(0.0, 60_000.0).is_some());
        assert_eq!(before.span(0.0, 60_000.0), None);
        assert_eq!(waveform.span(60_000.0, 70_000.0), None);
        assert_eq!(waveform.span(f64::NAN, f64::NAN), None);
        waveform.absorb(7_499, &noise(100));
        waveform.absorb(usize::MAX - 5, &noise(3));
    }

    #[test]
    fn the_finest_level_stays_small_at_any_length() {
        assert_eq!(Waveform::empty(16_000, 16_000 * 60).bin_frames(), 128);
        assert_eq!(Waveform::empty(16_000, 16_000 * 4 * 3_600).bin_frames(), 512);
        for frames in [0, 1, 1 << 20, 1 << 40, u64::MAX / 2] {
            let waveform = Waveform::empty(48_000, frames);
            assert!(waveform.bins() as u64 <= MOST_BINS);
            assert!(waveform.levels.last().is_some_and(|level| level.bins <= FAN));
        }
    }

    #[test]
    fn pauses_are_told_from_speech() {
        let speech = |index: usize| if index % 10 < 7 { 40 + (index % 40) as i8 } else { 2 };
        let peaks: Vec<Peak> = (0..10_000).map(|i| Peak { low: -speech(i), high: speech(i) }).collect();
        let waveform = Waveform::from_peaks(16_000, 10_000 * 128, 128, &peaks);
        assert!((3..=20).contains(&waveform.quiet()), "{}", waveform.quiet());
        let silence = Waveform::from_peaks(16_000, 128, 128, &[Peak { low: 0, high: 0 }]);
        assert_eq!(silence.quiet(), 1);
    }
}
