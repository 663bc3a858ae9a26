//! When a practice is open, as moments of a day: nights in which the clocks change move them.

use crate::domain::Zone;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use std::ops::Range;

/// When a practice is usually open. NxVET does not tell, so the day view starts from this and grows with what it shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningHours {
    pub from: NaiveTime,
    pub until: NaiveTime,
}

impl Default for OpeningHours {
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default();
        Self { from: hour(8), until: hour(18) }
    }
}

impl OpeningHours {
    /// The moments of these hours on a day that begins and ends so.
    pub fn on(self, day: &Range<DateTime<Utc>>, zone: Zone) -> Option<Range<DateTime<Utc>>> {
        let span = moment_on(day, self.from, zone)..moment_on(day, self.until, zone);
        (span.start < span.end).then_some(span)
    }
}

/// The first moment of a day at which its clocks show this time or a later one.
fn moment_on(day: &Range<DateTime<Utc>>, time: NaiveTime, zone: Zone) -> DateTime<Utc> {
    let date = zone.local_time(day.start).date();
    let quarters = (day.end - day.start).num_minutes() / 15;
    let at = |quarter: i64| day.start + TimeDelta::minutes(quarter * 15);
    (0..quarters).map(at).find(|at| zone.local_time(*at) >= date.and_time(time)).unwrap_or(day.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn opening_hours_stay_at_their_clock_time_when_the_clocks_change() {
        let zone = Zone::named("America/New_York").expect("a zone");
        for (month, day, opens) in [(3, 7, 13), (3, 8, 12), (10, 31, 12), (11, 1, 13)] {
            let date = NaiveDate::from_ymd_opt(2026, month, day).expect("a date");
            let span = OpeningHours::default().on(&zone.day(date).expect("a day"), zone).expect("open");
            assert_eq!(span.start, date.and_hms_opt(opens, 0, 0).expect("a time").and_utc(), "{date}");
            assert_eq!((span.end - span.start).num_hours(), 10);
        }
    }
}
