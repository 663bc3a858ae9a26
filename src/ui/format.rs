//! Numbers and times as people read them; times in the manner of the computer (`domain::Manner`).
//! Which moment is "now" and which zone holds is told by the caller.

use crate::domain::Zone;
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};

/// `9:02`, `13:40`.
pub fn time_of_day(moment: DateTime<Utc>, zone: Zone) -> String {
    zone.manner().time(zone.local_time(moment))
}

/// `14:01:22` of today, `21 Nov, 13:18:05` of another day: for a row of a history.
pub fn exact_time(moment: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let (at, today) = (zone.local_time(moment), zone.local_time(now));
    let (manner, day) = (zone.manner(), at.date());
    let time = manner.time_with_seconds(at);
    match day {
        day if day == today.date() => time,
        day if day.year() == today.year() => format!("{}, {time}", manner.day(day)),
        day => format!("{}, {time}", manner.day_of_year(day)),
    }
}

/// `Sun 22 Nov 2026, 14:01:22`: for the details of one thing.
pub fn exact_moment(moment: DateTime<Utc>, zone: Zone) -> String {
    let (at, manner) = (zone.local_time(moment), zone.manner());
    format!("{}, {}", manner.weekday_of_year(at.date()), manner.time_with_seconds(at))
}

/// `Sunday 22 November`; with the year once it is another one.
pub fn long_day(day: NaiveDate, today: NaiveDate, zone: Zone) -> String {
    let manner = zone.manner();
    if day.year() == today.year() { manner.long(day) } else { manner.long_of_year(day) }
}

/// `Sat 21 Nov`; with the year once it is another one.
pub fn short_date(moment: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let (at, today) = (zone.local_time(moment), zone.local_time(now));
    let (manner, day) = (zone.manner(), at.date());
    if day.year() == today.year() { manner.weekday(day) } else { manner.day_of_year(day) }
}

/// `Sun 22 Nov 2026, 13:40`.
pub fn full_date(moment: DateTime<Utc>, zone: Zone) -> String {
    let (at, manner) = (zone.local_time(moment), zone.manner());
    format!("{}, {}", manner.weekday_of_year(at.date()), manner.time(at))
}

/// `14:02` of today, `Sat 21 Nov, 14:02` of another day: when something was last known.
pub fn as_of(moment: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let (at, today) = (zone.local_time(moment), zone.local_time(now));
    let time = time_of_day(moment, zone);
    if at.date() == today.date() { time } else { format!("{}, {time}", short_date(moment, now, zone)) }
}

/// `Today 13:40`, `Yesterday 9:02`, `Fri 20 Nov 10:15`: for a sentence.
pub fn spoken_moment(moment: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let (at, today) = (zone.local_time(moment), zone.local_time(now));
    let time = time_of_day(moment, zone);
    match (today.date() - at.date()).num_days() {
        0 => format!("Today {time}"),
        1 => format!("Yesterday {time}"),
        _ => format!("{} {time}", short_date(moment, now, zone)),
    }
}

/// `0:28`, `25:02`, `1:02:05`.
pub fn position(milliseconds: u64) -> String {
    let seconds = milliseconds / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

/// `1×`, `1.25×`.
pub fn speed(times: f32) -> String {
    let text = format!("{times:.2}");
    format!("{}×", text.trim_end_matches('0').trim_end_matches('.'))
}

/// `1.5 s`, `0 s`.
pub fn seconds(milliseconds: u16) -> String {
    format!("{} s", f32::from(milliseconds) / 1000.0)
}

/// `25 min`, `1 h 5 min`, `under 1 min`.
pub fn minutes(minutes: i64) -> String {
    match minutes {
        ..1 => "under 1 min".to_owned(),
        1..60 => format!("{minutes} min"),
        _ if minutes % 60 == 0 => format!("{} h", minutes / 60),
        _ => format!("{} h {} min", minutes / 60, minutes % 60),
    }
}

/// `12 MB`, `3.4 MB`, `820 kB`; thousands of bytes, as file managers count.
pub fn bytes(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000)),
        1_000_000..10_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        10_000_000..1_000_000_000 => format!("{} MB", (bytes + 500_000) / 1_000_000),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

/// `1,250`.
pub fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `62 %`, never more than a hundred; `None` while the whole is not known.
pub fn percent(done: u64, total: Option<u64>) -> Option<String> {
    let total = total.filter(|total| *total > 0)?;
    Some(format!("{} %", u128::from(done.min(total)) * 100 / u128::from(total)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone as _;

    fn at(year: i32, month: u32, day: u32, hour: u32, minute: u32) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(year, month, day, hour, minute, 0).single().expect("a time")
    }

    #[test]
    fn moments_read_as_people_say_them() {
        let (now, zone) = (at(2026, 11, 22, 14, 2), Zone::utc());
        let morning = at(2026, 11, 22, 9, 2);
        let saturday = at(2026, 11, 21, 16, 30);
        let last_year = at(2025, 11, 20, 10, 0);
        assert_eq!(time_of_day(morning, zone), "9:02");
        assert_eq!(exact_time(morning, now, zone), "9:02:00");
        assert_eq!(exact_time(saturday, now, zone), "21 Nov, 16:30:00");
        assert_eq!(exact_moment(now, zone), "Sun 22 Nov 2026, 14:02:00");
        assert_eq!(long_day(now.date_naive(), now.date_naive(), zone), "Sunday 22 November");
        assert_eq!(long_day(last_year.date_naive(), now.date_naive(), zone), "Thursday 20 November 2025");
        assert_eq!(short_date(saturday, now, zone), "Sat 21 Nov");
        assert_eq!(short_date(last_year, now, zone), "20 Nov 2025");
        assert_eq!(full_date(now, zone), "Sun 22 Nov 2026, 14:02");
        assert_eq!(as_of(morning, now, zone), "9:02");
        assert_eq!(as_of(saturday, now, zone), "Sat 21 Nov, 16:30");
        assert_eq!(spoken_moment(morning, now, zone), "Today 9:02");
        assert_eq!(spoken_moment(saturday, now, zone), "Yesterday 16:30");
        assert_eq!(spoken_moment(last_year, now, zone), "20 Nov 2025 10:00");
    }

    #[test]
    fn positions_and_lengths() {
        assert_eq!(position(28_900), "0:28");
        assert_eq!(position(1_502_000), "25:02");
        assert_eq!(position(3_725_000), "1:02:05");
        assert_eq!(minutes(0), "under 1 min");
        assert_eq!(minutes(25), "25 min");
        assert_eq!(minutes(60), "1 h");
        assert_eq!(minutes(65), "1 h 5 min");
        assert_eq!([0.5, 0.75, 1.0, 1.25, 2.5, 3.0].map(speed), ["0.5×", "0.75×", "1×", "1.25×", "2.5×", "3×"]);
        assert_eq!([0, 500, 1_500, 5_000].map(seconds), ["0 s", "0.5 s", "1.5 s", "5 s"]);
    }

    #[test]
    fn amounts() {
        assert_eq!(count(0), "0");
        assert_eq!(count(300), "300");
        assert_eq!(count(1_250), "1,250");
        assert_eq!(count(1_000_000), "1,000,000");
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(820_000), "820 kB");
        assert_eq!(bytes(3_440_000), "3.4 MB");
        assert_eq!(bytes(48_000_000), "48 MB");
        assert_eq!(bytes(2_100_000_000), "2.1 GB");
        assert_eq!(percent(62, Some(100)).as_deref(), Some("62 %"));
        assert_eq!(percent(900, Some(100)).as_deref(), Some("100 %"));
        assert_eq!(percent(9, None), None);
        assert_eq!(percent(9, Some(0)), None);
    }
}
