//! How dates and times are written: the order of day and month, and hours up to 12 or to 24. The words stay English.
//! Like the zone, it is the computer's own: what it is was found out at the start and may be changed by a setting.

use chrono::{NaiveDate, NaiveDateTime};
use std::sync::atomic::{AtomicU8, Ordering};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// `1:40 PM` rather than `13:40`.
    pub twelve_hours: bool,
    /// `Nov 22` rather than `22 Nov`.
    pub month_first: bool,
}

/// How this computer's dates and times are written, as two bits.
static OF_THIS_COMPUTER: AtomicU8 = AtomicU8::new(0);

impl Manner {
    pub fn of_this_computer() -> Self {
        let bits = OF_THIS_COMPUTER.load(Ordering::Relaxed);
        Self { twelve_hours: bits & 1 != 0, month_first: bits & 2 != 0 }
    }

    /// From now on everything is written so.
    pub fn use_for_this_computer(self) {
        let bits = u8::from(self.twelve_hours) | u8::from(self.month_first) << 1;
        OF_THIS_COMPUTER.store(bits, Ordering::Relaxed);
    }

    /// `9:02`, `9:02 AM`.
    pub fn time(self, at: NaiveDateTime) -> String {
        at.format(if self.twelve_hours { "%-I:%M %p" } else { "%-H:%M" }).to_string()
    }

    /// `14:01:22`, `2:01:22 PM`.
    pub fn time_with_seconds(self, at: NaiveDateTime) -> String {
        at.format(if self.twelve_hours { "%-I:%M:%S %p" } else { "%-H:%M:%S" }).to_string()
    }

    /// `21 Nov`, `Nov 21`.
    pub fn day(self, day: NaiveDate) -> String {
        self.either(day, "%-d %b", "%b %-d")
    }

    /// `20 Nov 2025`, `Nov 20, 2025`.
    pub fn day_of_year(self, day: NaiveDate) -> String {
        self.either(day, "%-d %b %Y", "%b %-d, %Y")
    }

    /// `Sat 21 Nov`, `Sat, Nov 21`.
    pub fn weekday(self, day: NaiveDate) -> String {
        self.either(day, "%a %-d %b", "%a, %b %-d")
    }

    /// `Sun 22 Nov 2026`, `Sun, Nov 22, 2026`.
    pub fn weekday_of_year(self, day: NaiveDate) -> String {
        self.either(day, "%a %-d %b %Y", "%a, %b %-d, %Y")
    }

    /// `Sunday 22 November`, `Sunday, November 22`.
    pub fn long(self, day: NaiveDate) -> String {
        self.either(day, "%A %-d %B", "%A, %B %-d")
    }

    /// `Thursday 20 November 2025`, `Thursday, November 20, 2025`.
    pub fn long_of_year(self, day: NaiveDate) -> String {
        self.either(day, "%A %-d %B %Y", "%A, %B %-d, %Y")
    }

    fn either(self, day: NaiveDate, day_first: &str, month_first: &str) -> String {
        day.format(if self.month_first { month_first } else { day_first }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EUROPEAN: Manner = Manner { twelve_hours: false, month_first: false };
    const AMERICAN: Manner = Manner { twelve_hours: true, month_first: true };

    fn at(hour: u32, minute: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(2026, 11, 22).and_then(|day| day.and_hms_opt(hour, minute, 5)).expect("a time")
    }

    #[test]
    fn hours_go_to_24_or_twice_to_12() {
        let written = |manner: Manner| [0, 9, 12, 13, 23].map(|hour| manner.time(at(hour, 2)));
        assert_eq!(written(EUROPEAN), ["0:02", "9:02", "12:02", "13:02", "23:02"]);
        assert_eq!(written(AMERICAN), ["12:02 AM", "9:02 AM", "12:02 PM", "1:02 PM", "11:02 PM"]);
        assert_eq!(EUROPEAN.time_with_seconds(at(14, 2)), "14:02:05");
        assert_eq!(AMERICAN.time_with_seconds(at(14, 2)), "2:02:05 PM");
    }

    #[test]
    fn day_and_month_stand_in_their_order() {
        let day = at(0, 0).date();
        let written = |manner: Manner| {
            [manner.day(day), manner.day_of_year(day), manner.weekday(day), manner.weekday_of_year(day)]
        };
        assert_eq!(written(EUROPEAN), ["22 Nov", "22 Nov 2026", "Sun 22 Nov", "Sun 22 Nov 2026"]);
        assert_eq!(written(AMERICAN), ["Nov 22", "Nov 22, 2026", "Sun, Nov 22", "Sun, Nov 22, 2026"]);
        assert_eq!([EUROPEAN.long(day), AMERICAN.long(day)], ["Sunday 22 November", "Sunday, November 22"]);
        let long = [EUROPEAN.long_of_year(day), AMERICAN.long_of_year(day)];
        assert_eq!(long, ["Sunday 22 November 2026", "Sunday, November 22, 2026"]);
    }
}
