//! When a failed delivery is tried again, by the vendors' tables.
//!
//! NxVET prints the wait before each retry; NexHealth prints the time since the first attempt.

use std::time::Duration;

use super::Scheme;

/// Seconds before the first, second … retry.
const NXVET: [u64; 5] = [1, 16, 81, 256, 625];

/// Seconds since the first attempt: 30 s, 1.5 min, 3.5 min, 10 min, 30 min, 2 h, 5 h, 10 h, 24 h, 48 h.
const NEXHEALTH_TOTAL: [u64; 10] = [30, 90, 210, 600, 1_800, 7_200, 18_000, 36_000, 86_400, 172_800];

/// The wait before the attempt that follows `attempt` (1 is the first); none when that was the last.
pub(super) fn wait_after(scheme: Scheme, attempt: u32) -> Option<Duration> {
    let place = usize::try_from(attempt).ok()?.checked_sub(1)?;
    let seconds = match scheme {
        // No table is printed for partners; the same sender is taken to keep the same one.
        Scheme::Organization | Scheme::Partner => *NXVET.get(place)?,
        Scheme::NexHealth => {
            let before = place.checked_sub(1).and_then(|before| NEXHEALTH_TOTAL.get(before)).copied().unwrap_or(0);
            NEXHEALTH_TOTAL.get(place)?.saturating_sub(before)
        }
    };
    Some(Duration::from_secs(seconds))
}

/// The same wait in a world that runs `factor` times faster.
pub(super) fn compressed(wait: Duration, factor: f64) -> Duration {
    let factor = if factor.is_finite() && factor > 0.0 { factor } else { 1.0 };
    Duration::try_from_secs_f64(wait.as_secs_f64() / factor).unwrap_or(wait)
}

/// Whether this answer is followed by another attempt while there is one left.
pub(super) fn tries_again(scheme: Scheme, status: Option<u16>) -> bool {
    match (scheme, status) {
        (_, Some(200..=299)) => false,
        (Scheme::Organization | Scheme::Partner, Some(status)) => status == 429 || status >= 500,
        (_, None) | (Scheme::NexHealth, Some(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(scheme: Scheme) -> Vec<u64> {
        (1..).map_while(|attempt| wait_after(scheme, attempt)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn waits_are_those_of_the_tables() {
        assert_eq!(waits(Scheme::Organization), [1, 16, 81, 256, 625]);
        assert_eq!(waits(Scheme::NexHealth), [30, 60, 120, 390, 1_200, 5_400, 10_800, 18_000, 50_400, 86_400]);
        assert_eq!(waits(Scheme::NexHealth).iter().sum::<u64>(), 48 * 3_600);
        assert_eq!(compressed(Duration::from_secs(625), 1_000.0), Duration::from_millis(625));
        assert_eq!(compressed(Duration::from_secs(1), 0.0), Duration::from_secs(1));
    }

    #[test]
    fn nxvet_gives_up_on_refusals_and_nexhealth_does_not() {
        for status in [400, 401, 404, 410, 302] {
            assert!(!tries_again(Scheme::Organization, Some(status)));
            assert!(tries_again(Scheme::NexHealth, Some(status)));
        }
        for status in [None, Some(429), Some(500), Some(503)] {
            assert!(tries_again(Scheme::Partner, status));
        }
        assert!(!tries_again(Scheme::NexHealth, Some(204)));
    }
}
