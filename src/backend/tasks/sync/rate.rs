//! How fast the background reads: consultations a minute for the person, bytes a second for sparing a slow line.
//! Moments arrive as arguments.

use std::time::Duration;
use tokio::time::Instant;

/// The rate is measured over between one and two of these.
const SPAN: Duration = Duration::from_secs(20);
/// A rate that was measured for less is no rate yet.
const LEAST: Duration = Duration::from_secs(2);
/// Below so many bytes a second the line is needed for what a person waits for.
const SLOW: f64 = 4_096.0;
/// A shorter answer says more about the distance than about the line.
const TELLING: usize = 1_000;
/// Answers before a line is called slow.
const ENOUGH: u32 = 6;

#[derive(Debug, Default)]
pub(super) struct Rate {
    spans: Option<(Span, Span)>,
    bytes_per_second: f64,
    answers: u32,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    began: Instant,
    count: usize,
}

impl Rate {
    /// One consultation came.
    pub(super) fn note(&mut self, now: Instant, took: Duration, bytes: usize) {
        let fresh = Span { began: now, count: 0 };
        let (mut before, mut present) = self.spans.unwrap_or((fresh, fresh));
        if now.saturating_duration_since(present.began) > SPAN {
            (before, present) = (present, fresh);
        }
        present.count += 1;
        self.spans = Some((before, present));
        if bytes >= TELLING {
            let speed = bytes as f64 / took.as_secs_f64().max(0.001);
            self.bytes_per_second = if self.answers == 0 { speed } else { 0.75 * self.bytes_per_second + 0.25 * speed };
            self.answers += 1;
        }
    }

    /// 0 until it is known.
    pub(super) fn per_minute(&self, now: Instant) -> usize {
        let Some((before, present)) = self.spans else { return 0 };
        let (began, count) = if before.began < present.began {
            (before.began, before.count + present.count)
        } else {
            (present.began, present.count)
        };
        let took = now.saturating_duration_since(began);
        if took < LEAST { 0 } else { (count as f64 * 60.0 / took.as_secs_f64()).round() as usize }
    }

    pub(super) fn is_slow(&self) -> bool {
        self.answers >= ENOUGH && self.bytes_per_second < SLOW
    }

    /// After a rest everything is measured anew.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    pub(super) fn forget_when(&mut self, rests: bool) {
        if rests {
            self.forget();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_told_after_two_seconds_and_follows_changes() {
        let (mut rate, began) = (Rate::default(), Instant::now());
        assert_eq!(rate.per_minute(began), 0);
        let mut second = |from: u64, to: u64, each: u64| {
            for at in from..to {
                (0..each).for_each(|_| rate.note(began + Duration::from_secs(at), Duration::from_millis(40), 5_000));
            }
            rate.per_minute(began + Duration::from_secs(to))
        };
        assert_eq!(second(0, 1, 10), 0);
        assert_eq!(second(1, 10, 10), 600);
        assert!((55..=75).contains(&second(10, 80, 1)));
    }

    #[test]
    fn few_bytes_a_second_make_a_slow_line_and_a_long_way_does_not() {
        let mut rate = Rate::default();
        (0..20).for_each(|_| rate.note(Instant::now(), Duration::from_secs(3), 60));
        assert!(!rate.is_slow(), "short answers tell nothing");
        (0..8).for_each(|_| rate.note(Instant::now(), Duration::from_millis(600), 5_000));
        assert!(!rate.is_slow());
        (0..20).for_each(|_| rate.note(Instant::now(), Duration::from_secs(4), 5_000));
        assert!(rate.is_slow());
        rate.forget();
        assert!(!rate.is_slow());
    }
}
