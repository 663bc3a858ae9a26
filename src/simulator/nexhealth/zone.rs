//! The zone of a practice, by its name in the zone data base.

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::str::FromStr;

/// Kept as long as the program runs: there is one, or one for each test.
#[derive(Clone, Copy, Debug)]
pub struct PracticeZone(&'static TimeZone);

impl PracticeZone {
    pub fn utc() -> Self {
        Self(Box::leak(Box::new(TimeZone::UTC)))
    }

    /// The first one, by name, that a test accepts.
    pub fn find(is_it: impl Fn(Self) -> bool) -> Option<Self> {
        let names = jiff::tz::db().available();
        names.filter_map(|name| name.as_str().parse().ok()).find(|zone| is_it(*zone))
    }

    pub fn name(self) -> &'static str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// With the offset that holds at that moment.
    pub fn local(self, at: DateTime<Utc>) -> DateTime<FixedOffset> {
        at.with_timezone(&self.offset_at(at))
    }

    fn offset_at(self, at: DateTime<Utc>) -> FixedOffset {
        let seconds = Timestamp::from_second(at.timestamp()).map_or(0, |at| self.0.to_offset(at).seconds());
        FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix())
    }

    /// When the clocks there show this: the earlier one where they go back, none where they jump over it.
    pub fn moment(self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let guess = local.and_utc();
        let offsets = [guess - TimeDelta::days(1), guess + TimeDelta::days(1)].map(|around| self.offset_at(around));
        let moments = offsets.map(|offset| guess - TimeDelta::seconds(i64::from(offset.local_minus_utc())));
        moments.into_iter().filter(|at| self.local(*at).naive_local() == local).min()
    }
}

impl FromStr for PracticeZone {
    type Err = jiff::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(Self(Box::leak(Box::new(TimeZone::get(name)?))))
    }
}
