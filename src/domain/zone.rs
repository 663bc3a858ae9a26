//! The clinic's wall clock: which local time a moment has.

use super::Manner;
use chrono::{DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Where local times come from; fixed in tests so that they say the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The computer's own zone, daylight saving included.
    Local,
    Fixed(FixedOffset),
    /// A practice's own, by its name.
    Named(NamedZone),
}

/// The rules of a zone of the zone data base. They are read once and kept: there are a few hundred at most.
#[derive(Clone, Copy, Debug)]
pub struct NamedZone(&'static TimeZone);

impl NamedZone {
    fn find(name: &str) -> Option<Self> {
        static KNOWN: Mutex<BTreeMap<String, NamedZone>> = Mutex::new(BTreeMap::new());
        let rules = TimeZone::get(name).ok()?;
        let name = rules.iana_name()?.to_owned();
        // A panic elsewhere leaves plain data behind.
        let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
        Some(*known.entry(name).or_insert_with(|| Self(Box::leak(Box::new(rules)))))
    }

    fn offset_at(self, moment: DateTime<Utc>) -> FixedOffset {
        let seconds = Timestamp::from_second(moment.timestamp()).map_or(0, |at| self.0.to_offset(at).seconds());
        FixedOffset::east_opt(seconds).unwrap_or_else(|| Utc.fix_offset())
    }
}

impl PartialEq for NamedZone {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for NamedZone {}

impl Zone {
    pub fn utc() -> Self {
        Self::Fixed(Utc.fix_offset())
    }

    /// How its moments are written: as this computer writes them, but for the fixed ones of tests.
    pub fn manner(self) -> Manner {
        match self {
            Self::Fixed(_) => Manner::default(),
            Self::Local | Self::Named(_) => Manner::of_this_computer(),
        }
    }

    pub fn local_time(self, moment: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Local => moment.with_timezone(&Local).naive_local(),
            Self::Fixed(offset) => moment.with_timezone(&offset).naive_local(),
            Self::Named(zone) => moment.with_timezone(&zone.offset_at(moment)).naive_local(),
        }
    }

    /// By its name in the zone data base (`America/New_York`), whatever its case.
    pub fn named(name: &str) -> Option<Self> {
        NamedZone::find(name.trim()).map(Self::Named)
    }

    /// The moment a local day begins, found so that it holds on daylight-saving nights too, and where midnight is
    /// the hour that is left out.
    pub fn start_of(self, day: NaiveDate) -> Option<DateTime<Utc>> {
        const QUARTERS: i64 = 4 * 32;
        let guess = day.and_hms_opt(0, 0, 0)?.and_utc().checked_sub_signed(TimeDelta::hours(15))?;
        let at = |quarter: i64| guess + TimeDelta::minutes(quarter * 15);
        let (mut low, mut high) = (0_i64, QUARTERS);
        while low < high {
            let middle = i64::midpoint(low, high);
            if self.local_time(at(middle)).date() < day { low = middle + 1 } else { high = middle }
        }
        Some(at(low))
    }

    /// A local day from its first to behind its last moment: 23 to 25 hours.
    pub fn day(self, day: NaiveDate) -> Option<Range<DateTime<Utc>>> {
        Some(self.start_of(day)?..self.start_of(day.succ_opt()?)?)
    }
}

/// `Utc` knows its offset only through a trait; this gives it a name that reads.
trait FixOffset {
    fn fix_offset(&self) -> FixedOffset;
}

impl FixOffset for Utc {
    fn fix_offset(&self) -> FixedOffset {
        use chrono::Offset as _;
        self.fix()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_23_24_and_25_hours() {
        let hours = |zone: &str, (year, month, day): (i32, u32, u32)| {
            let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            let span = Zone::named(zone).expect("a zone").day(date).expect("a day");
            (span.end - span.start).num_minutes()
        };
        assert_eq!(hours("America/New_York", (2026, 3, 8)), 23 * 60);
        assert_eq!(hours("America/New_York", (2026, 11, 1)), 25 * 60);
        assert_eq!(hours("america/new_york", (2026, 11, 2)), 24 * 60);
        assert_eq!(hours("Europe/Berlin", (2026, 3, 29)), 23 * 60);
        assert_eq!(hours("Australia/Lord_Howe", (2026, 4, 5)), 24 * 60 + 30);
        // Midnight itself is left out there.
        assert_eq!(hours("Africa/Cairo", (2026, 4, 24)), 23 * 60);
        assert_eq!(Zone::named("Middle/Earth"), None);
    }

    #[test]
    fn a_day_begins_at_its_first_local_moment() {
        let zone = Zone::named("Africa/Cairo").expect("a zone");
        let date = NaiveDate::from_ymd_opt(2026, 4, 24).expect("a date");
        let start = zone.start_of(date).expect("a start");
        assert_eq!(zone.local_time(start).to_string(), "2026-04-24 01:00:00");
        assert_eq!(zone.local_time(start - TimeDelta::seconds(1)).to_string(), "2026-04-23 23:59:59");
    }
}
