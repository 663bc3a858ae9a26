//! Pauses between two tries to reach the broker: they grow while it stays away, and no two desks keep step.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const MOST: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct Pauses {
    tries: u32,
}

impl Pauses {
    /// It worked: the next pause is short again.
    pub(super) fn begin_anew(&mut self) {
        self.tries = 0;
    }

    /// Between three quarters of it and the whole.
    pub(super) fn next(&mut self) -> Duration {
        let whole = FIRST.saturating_mul(1 << self.tries.min(10)).min(MOST);
        self.tries = self.tries.saturating_add(1);
        whole.mul_f64(0.75 + 0.25 * fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_grow_to_a_minute_and_begin_anew() {
        let mut pauses = Pauses::default();
        let all: Vec<f64> = (0..12).map(|_| pauses.next().as_secs_f64()).collect();
        assert!(
            all.iter()
                .zip([0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 60.0])
                .all(|(pause, whole)| { (0.75 * whole..=whole).contains(pause) })
        );
        assert!(all.last().is_some_and(|last| *last <= 60.0));
        pauses.begin_anew();
        assert!(pauses.next() <= FIRST);
    }
}
