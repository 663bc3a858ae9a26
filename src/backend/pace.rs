//! How many questions the background has under way at once. It begins low, grows by one after several good rounds,
//! and halves when NxVET asks to slow down, fails, or answers ever more slowly.
//! It sends nothing and reads no clock; moments arrive as arguments.

use std::time::Duration;
use tokio::time::Instant;

/// An answer that took so much longer than the quickest one says that the server has enough to do.
const SLOWER_BY: f64 = 4.0;
const SLOWER_AT_LEAST: Duration = Duration::from_millis(250);
/// Good rounds of answers before one more question is let through.
const ROUNDS: f64 = 4.0;
/// Failures without any answer between them before everything rests.
const FAILURES: u32 = 3;

/// How far the background may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pacing {
    start: usize,
    ceiling: usize,
}

impl Pacing {
    /// What the vendor asks for: few questions at once, and fewer when it is busy.
    pub fn polite() -> Self {
        Self { start: 2, ceiling: 6 }
    }

    /// So many at once whatever happens; for measuring what the machinery can do.
    pub fn steady(at_once: usize) -> Self {
        let at_once = at_once.max(1);
        Self { start: at_once, ceiling: at_once }
    }

    fn adapts(self) -> bool {
        self.start < self.ceiling
    }
}

/// The present pace.
#[derive(Debug)]
pub(super) struct Pace {
    pacing: Pacing,
    limit: f64,
    /// Counts the halvings: what was asked before one says nothing about the pace after it.
    halvings: u64,
    failures: u32,
    rest: Option<Instant>,
    quickest: Option<f64>,
    usual: f64,
}

/// One question under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ticket {
    halvings: u64,
    sent: Instant,
}

impl Pace {
    pub(super) fn new(pacing: Pacing) -> Self {
        let limit = pacing.start as f64;
        Self { pacing, limit, halvings: 0, failures: 0, rest: None, quickest: None, usual: 0.0 }
    }

    /// How many questions may be under way now.
    pub(super) fn limit(&self) -> usize {
        (self.limit as usize).max(1)
    }

    pub(super) fn ticket(&self, now: Instant) -> Ticket {
        Ticket { halvings: self.halvings, sent: now }
    }

    /// A good answer came.
    pub(super) fn answered(&mut self, ticket: Ticket, now: Instant) {
        self.failures = 0;
        if ticket.halvings != self.halvings || !self.pacing.adapts() {
            return;
        }
        if self.is_slower(now.saturating_duration_since(ticket.sent)) {
            self.halve();
        } else {
            self.limit = (self.limit + 1.0 / (ROUNDS * self.limit)).min(self.pacing.ceiling as f64);
        }
    }

    /// Keeps the usual time in mind; the quickest is forgotten slowly, as lines change.
    fn is_slower(&mut self, took: Duration) -> bool {
        let took = took.as_secs_f64();
        let quickest = self.quickest.map_or(took, |quickest| (quickest * 1.01).min(took));
        self.usual = if self.quickest.is_some() { 0.8 * self.usual + 0.2 * took } else { took };
        self.quickest = Some(quickest);
        self.usual > quickest * SLOWER_BY + SLOWER_AT_LEAST.as_secs_f64()
    }

    /// No good answer came. With a ticket it was NxVET that asked to slow down, failed, or was not reached.
    /// `pause` is how long to rest when it goes on like that.
    pub(super) fn failed(&mut self, ticket: Option<Ticket>, now: Instant, pause: impl FnOnce(u32) -> Duration) {
        self.failures = self.failures.saturating_add(1);
        if ticket.is_some_and(|ticket| ticket.halvings == self.halvings) && self.pacing.adapts() {
            self.halve();
        }
        let many = FAILURES.max(u32::try_from(self.limit()).unwrap_or(FAILURES) * 2);
        if self.failures >= many {
            self.rest_until(now + pause(self.failures - many + 1));
        }
    }

    /// Nothing is asked before then; a longer rest stays.
    pub(super) fn rest_until(&mut self, until: Instant) {
        self.rest = Some(self.rest.map_or(until, |rest| rest.max(until)));
    }

    /// Whoever knows that NxVET answers again may end a rest that only failures caused.
    pub(super) fn wake(&mut self) {
        self.rest = None;
        self.failures = 0;
    }

    pub(super) fn rest(&self, now: Instant) -> Option<Instant> {
        self.rest.filter(|until| *until > now)
    }

    fn halve(&mut self) {
        self.limit = (self.limit / 2.0).max(1.0);
        self.halvings += 1;
        self.usual = self.quickest.unwrap_or(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_millis(40);

    fn answers(pace: &mut Pace, count: usize, took: Duration) {
        let now = Instant::now();
        for _ in 0..count {
            let ticket = pace.ticket(now);
            pace.answered(ticket, now + took);
        }
    }

    fn fails(pace: &mut Pace, now: Instant) {
        let ticket = pace.ticket(now);
        pace.failed(Some(ticket), now, |times| Duration::from_secs(u64::from(times)));
    }

    #[test]
    fn it_starts_low_and_grows_slowly_to_its_ceiling() {
        let mut pace = Pace::new(Pacing::polite());
        assert_eq!(pace.limit(), 2);
        answers(&mut pace, 6, QUICK);
        assert_eq!(pace.limit(), 2);
        answers(&mut pace, 6, QUICK);
        assert_eq!(pace.limit(), 3);
        answers(&mut pace, 1_000, QUICK);
        assert_eq!(pace.limit(), 6);
    }

    #[test]
    fn a_refusal_halves_it_once_for_all_that_was_under_way() {
        let mut pace = Pace::new(Pacing::polite());
        answers(&mut pace, 1_000, QUICK);
        let now = Instant::now();
        let under_way: Vec<Ticket> = (0..6).map(|_| pace.ticket(now)).collect();
        for ticket in under_way {
            pace.failed(Some(ticket), now, |_| Duration::ZERO);
        }
        assert_eq!(pace.limit(), 3);
        fails(&mut pace, now);
        assert_eq!(pace.limit(), 1);
        fails(&mut pace, now);
        assert_eq!(pace.limit(), 1, "one always may");
    }

    #[test]
    fn answers_that_take_ever_longer_halve_it_too() {
        let mut pace = Pace::new(Pacing::polite());
        answers(&mut pace, 1_000, QUICK);
        answers(&mut pace, 8, Duration::from_millis(900));
        assert!(pace.limit() <= 3, "{}", pace.limit());
        answers(&mut pace, 1_000, QUICK);
        assert_eq!(pace.limit(), 6, "and it comes back");
    }

    #[test]
    fn failures_without_an_answer_between_them_end_in_a_growing_rest() {
        let mut pace = Pace::new(Pacing::polite());
        let now = Instant::now();
        fails(&mut pace, now);
        fails(&mut pace, now);
        assert_eq!(pace.rest(now), None);
        fails(&mut pace, now);
        assert_eq!(pace.rest(now), Some(now + Duration::from_secs(1)));
        fails(&mut pace, now);
        assert_eq!(pace.rest(now), Some(now + Duration::from_secs(2)));
        pace.wake();
        assert_eq!(pace.rest(now), None);
    }

    #[test]
    fn a_wish_of_the_server_rests_everything_and_the_longest_one_counts() {
        let mut pace = Pace::new(Pacing::polite());
        let now = Instant::now();
        pace.rest_until(now + Duration::from_secs(9));
        pace.rest_until(now + Duration::from_secs(2));
        assert_eq!(pace.rest(now), Some(now + Duration::from_secs(9)));
        assert_eq!(pace.rest(now + Duration::from_secs(10)), None);
    }

    #[test]
    fn a_steady_pace_stays() {
        let mut pace = Pace::new(Pacing::steady(32));
        fails(&mut pace, Instant::now());
        answers(&mut pace, 40, Duration::from_secs(3));
        assert_eq!(pace.limit(), 32);
    }
}
