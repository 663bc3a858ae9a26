//! How long the server asked to be left alone, shared by everything that asks it: one question that is told to wait
//! speaks for all of them.
//! It waits for nobody; it only remembers.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// The longest rest is so many times the longest wait of one question: a server may wish for an hour by mistake.
const LONGEST: u32 = 15;

#[derive(Debug, Default)]
pub(crate) struct Rest(Mutex<Option<Wish>>);

#[derive(Clone, Copy, Debug)]
struct Wish {
    noted: Instant,
    until: Instant,
}

impl Rest {
    /// Takes a wish in; `cap` is the longest wait of one question. The later end counts.
    pub(crate) fn note(&self, wish: Duration, cap: Duration, noted: Instant) {
        let until = noted + wish.min(cap.saturating_mul(LONGEST));
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_none_or(|held| held.until < until) {
            *held = Some(Wish { noted, until });
        }
    }

    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        let held = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        left_until(held?.until, now)
    }

    /// For a question that a person waits for: no longer than `cap` after the wish was heard.
    pub(crate) fn left_for_one(&self, cap: Duration, now: Instant) -> Option<Duration> {
        let held = (*self.0.lock().unwrap_or_else(PoisonError::into_inner))?;
        left_until(held.until.min(held.noted + cap), now)
    }
}

fn left_until(until: Instant, now: Instant) -> Option<Duration> {
    until.checked_duration_since(now).filter(|left| !left.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_later_end_counts_and_no_rest_is_endless() {
        let (rest, cap, now) = (Rest::default(), Duration::from_secs(60), Instant::now());
        assert_eq!(rest.left(now), None);
        rest.note(Duration::from_secs(30), cap, now);
        rest.note(Duration::from_secs(5), cap, now);
        assert_eq!(rest.left(now), Some(Duration::from_secs(30)));
        rest.note(Duration::MAX, cap, now);
        assert_eq!(rest.left(now), Some(Duration::from_secs(900)));
        assert_eq!(rest.left_for_one(cap, now), Some(cap));
        assert_eq!(rest.left_for_one(cap, now + Duration::from_secs(61)), None);
        assert_eq!(rest.left(now + Duration::from_secs(961)), None);
    }
}
