//! The one place that asks the computer what time it is.
//! Everything else is told the time, so that a test can choose it.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Arc, Mutex, PoisonError};

/// The time of day; clones of a fixed clock share its hands.
#[derive(Clone, Debug, Default)]
pub enum Clock {
    #[default]
    System,
    /// Stands still until it is moved.
    Fixed(Arc<Mutex<DateTime<Utc>>>),
}

impl Clock {
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(Mutex::new(at)))
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the system's clock")]
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => Utc::now(),
            Self::Fixed(hands) => *hands.lock().unwrap_or_else(PoisonError::into_inner),
        }
    }

    /// Moves a fixed clock; the system's goes by itself.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Fixed(hands) = self {
            let mut hands = hands.lock().unwrap_or_else(PoisonError::into_inner);
            *hands = hands.checked_add_signed(by).unwrap_or(*hands);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_when_told() {
        let clock = Clock::fixed(DateTime::UNIX_EPOCH);
        let same = clock.clone();
        assert_eq!(clock.now(), DateTime::UNIX_EPOCH);
        same.advance(TimeDelta::seconds(90));
        assert_eq!(clock.now().timestamp(), 90);
    }

    #[test]
    fn the_system_clock_goes() {
        let clock = Clock::System;
        clock.advance(TimeDelta::days(400));
        assert!(clock.now() > DateTime::UNIX_EPOCH);
    }
}
