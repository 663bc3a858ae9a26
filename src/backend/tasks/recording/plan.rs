//! Which bytes of a recording to ask for next, and when it is worth leaving the stream for them.
//! Pure: it knows ranges and moments; asking and writing are in `fetch`.

use std::ops::Range;
use std::time::{Duration, Instant};

/// A part begins at a multiple of this, so that what lies just before the wanted byte comes along.
const ALIGNED_TO: u64 = 4 * 1024;
/// How far ahead a byte counts as arriving soon before the line's pace is known.
const NEAR: u64 = 256 * 1024;
const NEAREST: u64 = 16 * 1024;
const FARTHEST: u64 = 1024 * 1024;
/// A new question costs a little more than its round trip.
const QUESTION: Duration = Duration::from_millis(30);
/// A pace is taken anew after so long.
const PACE_EVERY: Duration = Duration::from_millis(250);

/// The next gap to fill: around the wanted byte, else the first one from `at` on, else the first of all.
/// `total` bounds them.
pub(super) fn next_gap(ranges: &[Range<u64>], total: u64, wanted: Option<u64>, at: u64) -> Option<Range<u64>> {
    if let Some(wanted) = wanted.filter(|wanted| *wanted < total && !holds(ranges, *wanted)) {
        let before = ranges.iter().map(|range| range.end).filter(|end| *end <= wanted).max().unwrap_or(0);
        let start = before.max(wanted - wanted % ALIGNED_TO);
        return Some(start..end_of_gap(ranges, total, wanted));
    }
    // A player that has what it wants goes on from there, so that is what is filled first.
    let from = wanted.unwrap_or(at);
    first_gap(ranges, total, from).or_else(|| first_gap(ranges, total, at)).or_else(|| first_gap(ranges, total, 0))
}

fn first_gap(ranges: &[Range<u64>], total: u64, from: u64) -> Option<Range<u64>> {
    let start = ranges.iter().find(|range| range.contains(&from)).map_or(from, |range| range.end);
    (start < total).then(|| start..end_of_gap(ranges, total, start))
}

fn end_of_gap(ranges: &[Range<u64>], total: u64, inside: u64) -> u64 {
    ranges.iter().map(|range| range.start).filter(|start| *start > inside).min().unwrap_or(total).min(total)
}

pub(super) fn holds(ranges: &[Range<u64>], at: u64) -> bool {
    ranges.iter().any(|range| range.contains(&at))
}

/// Whether all of `wanted` is there.
pub(super) fn covers(ranges: &[Range<u64>], wanted: &Range<u64>) -> bool {
    ranges.iter().any(|range| range.start <= wanted.start && wanted.end <= range.end)
}

/// Bytes that are here.
pub(super) fn sum(ranges: &[Range<u64>]) -> u64 {
    ranges.iter().map(|range| range.end - range.start).sum()
}

/// Whether a wanted byte comes sooner with a question of its own than with the stream, which stands at `at`
/// and brings `near` bytes in the time of a question; a stream that has fallen silent brings none.
pub(super) fn is_worth_a_jump(ranges: &[Range<u64>], at: u64, wanted: u64, near: Option<u64>) -> bool {
    let comes_soon = near.is_some_and(|near| wanted >= at && wanted - at <= near);
    !holds(ranges, wanted) && !comes_soon
}

/// How fast the line is: bytes a second, and how long a question takes.
#[derive(Debug)]
pub(super) struct Pace {
    round_trip: Option<Duration>,
    per_second: Option<f64>,
    since: Instant,
    bytes: u64,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { round_trip: None, per_second: None, since: now, bytes: 0 }
    }

    /// A question was answered; what flows from now on is a new stream.
    pub(super) fn answered(&mut self, took: Duration, now: Instant) {
        self.round_trip = Some(took);
        (self.since, self.bytes) = (now, 0);
    }

    pub(super) fn came(&mut self, bytes: u64, now: Instant) {
        self.bytes += bytes;
        let took = now.saturating_duration_since(self.since);
        if took >= PACE_EVERY {
            self.per_second = Some(self.bytes as f64 / took.as_secs_f64());
            (self.since, self.bytes) = (now, 0);
        }
    }

    /// So many bytes arrive in the time that a new question takes.
    pub(super) fn near(&self) -> u64 {
        let (Some(round_trip), Some(per_second)) = (self.round_trip, self.per_second) else { return NEAR };
        let near = per_second * (round_trip + QUESTION).as_secs_f64();
        (near as u64).clamp(NEAREST, FARTHEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wanted_gap_comes_first_and_begins_a_little_before() {
        let ranges = [0..100_000, 400_000..500_000];
        let next = |wanted, at| next_gap(&ranges, 1_000_000, wanted, at);
        assert_eq!(next(Some(250_000), 100_000), Some(249_856..400_000));
        assert_eq!(next(Some(100_010), 100_000), Some(100_000..400_000), "never over what is here");
        assert_eq!(next(Some(600_000), 0), Some(598_016..1_000_000));
        assert_eq!(next(None, 100_000), Some(100_000..400_000));
        assert_eq!(next(None, 450_000), Some(500_000..1_000_000));
        assert_eq!(next(Some(450_000), 0), Some(500_000..1_000_000), "the player goes on from there");
        assert_eq!(next(Some(7_000_000), 1_000_000), Some(100_000..400_000), "round to the first");
    }

    #[test]
    fn gaps_are_filled_until_nothing_is_missing() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..300 {
            let total = random.u64(1..100_000);
            let (mut here, mut at, mut rounds) = (vec![false; total as usize], 0, 0);
            loop {
                let ranges = ranges_of(&here);
                let wanted = random.bool().then(|| random.u64(0..total + 10));
                let Some(gap) = next_gap(&ranges, total, wanted, at) else { break };
                assert!(gap.start < gap.end && gap.end <= total);
                assert!(!here[gap.start as usize..gap.end as usize].iter().any(|here| *here), "twice: {gap:?}");
                at = random.u64(gap.start + 1..=gap.end);
                here[gap.start as usize..at as usize].fill(true);
                rounds += 1;
                assert!(rounds < 10_000);
            }
            assert!(here.iter().all(|here| *here));
            assert_eq!(sum(&ranges_of(&here)), total);
        }
    }

    fn ranges_of(here: &[bool]) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for (at, _) in here.iter().enumerate().filter(|(_, here)| **here) {
            match ranges.last_mut().filter(|last| last.end == at as u64) {
                Some(last) => last.end += 1,
                None => ranges.push(at as u64..at as u64 + 1),
            }
        }
        ranges
    }

    #[test]
    fn only_what_would_take_long_is_worth_a_jump() {
        let ranges = [0..1_000, 50_000..60_000];
        let jump = |at, wanted| is_worth_a_jump(&ranges, at, wanted, Some(5_000));
        assert!(!jump(1_000, 500) && !jump(1_000, 55_000), "it is here");
        assert!(!jump(1_000, 1_000) && !jump(1_000, 6_000), "it is on its way");
        assert!(jump(1_000, 6_001) && jump(60_000, 20_000), "far ahead, or behind");
        assert!(is_worth_a_jump(&ranges, 1_000, 1_000, None) && !is_worth_a_jump(&ranges, 1_000, 500, None));
    }

    #[test]
    fn near_is_what_a_question_would_bring_anyway() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        assert_eq!(pace.near(), NEAR);
        pace.answered(Duration::from_millis(70), start);
        pace.came(100_000, start + Duration::from_millis(100));
        pace.came(400_000, start + Duration::from_millis(250));
        assert_eq!(pace.near(), 200_000);
        pace.came(1, start + Duration::from_secs(9));
        assert_eq!(pace.near(), NEAREST);
        pace.came(u64::MAX / 2, start + Duration::from_secs(10));
        assert_eq!(pace.near(), FARTHEST);
    }
}
