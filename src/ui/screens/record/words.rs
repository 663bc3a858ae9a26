//! Words of this screen that need a value: times, sizes, and why a note is not there.
//! Only text; where it stands is decided elsewhere.

use crate::domain::{Consultation, RecordKind, Stage, Zone};
use crate::state::OpenRecord;
use crate::ui::format::{as_of, full_date, minutes};
use chrono::{DateTime, Utc};

/// A note that has not come after this many minutes is not expected any more.
const A_DAY: i64 = 24 * 60;
/// Longer names help nobody and cost layout.
const MOST_NAME_CHARS: usize = 160;

/// `at 14:02`, or `on Sat 21 Nov, 14:02` where that is not today.
pub(super) fn when_saved(moment: DateTime<Utc>, now: DateTime<Utc>, zone: Zone) -> String {
    let is_today = zone.local_time(moment).date() == zone.local_time(now).date();
    format!("{} {}", if is_today { "at" } else { "on" }, as_of(moment, now, zone))
}

/// `3 minutes 12 of 25 minutes`, for a screen reader.
pub(super) fn spoken_position(position_ms: u64, duration_ms: u64) -> String {
    format!("{} of {}", spoken(position_ms), spoken(duration_ms))
}

fn spoken(ms: u64) -> String {
    let count = |n: u64, one: &str| if n == 1 { format!("1 {one}") } else { format!("{n} {one}s") };
    match (ms / 60_000, ms / 1000 % 60) {
        (0, seconds) => count(seconds, "second"),
        (minutes, 0) => count(minutes, "minute"),
        (minutes, seconds) => format!("{} {seconds}", count(minutes, "minute")),
    }
}

/// `12.4`, in megabytes.
pub(super) fn megabytes(bytes: u64) -> String {
    format!("{:.1}", bytes as f64 / 1e6)
}

/// A name cut to what a line can show.
pub(super) fn short(name: &str) -> &str {
    let end = name.char_indices().nth(MOST_NAME_CHARS).map_or(name.len(), |(at, _)| at);
    name.get(..end).unwrap_or(name)
}

/// `Dr. Ana Roth · Room 1 NxHUB · Sun 22 Nov 2026, 13:40 · 25 min`.
pub(super) fn facts(consultation: &Consultation, zone: Zone) -> String {
    let mut facts = Vec::new();
    facts.extend(consultation.vet.as_ref().map(|vet| short(&vet.display_name()).to_owned()));
    facts.extend(consultation.room.as_ref().map(|room| short(room.display_name()).to_owned()));
    facts.push(full_date(consultation.started_at, zone));
    facts.extend(consultation.duration_minutes().map(minutes));
    let is_plain = matches!(consultation.kind, RecordKind::Consultation | RecordKind::Conversation);
    if !is_plain {
        facts.push(short(consultation.kind.words()).to_owned());
    }
    facts.retain(|fact| !fact.is_empty());
    facts.join(" · ")
}

/// Why there is no transcript, and what happens next.
pub(super) fn no_transcript(record: &OpenRecord, now: DateTime<Utc>) -> String {
    if record.key.record_id().is_none() {
        return "NxVET has no transcript for this room conversation yet.".to_owned();
    }
    if is_old(record, now) {
        return "NxVET has no transcript for this recording.".to_owned();
    }
    format!("The transcript is not ready yet.{}", checking_again(record, now))
}

/// Why there is no SOAP note, and what happens next.
pub(super) fn no_soap(record: &OpenRecord, now: DateTime<Utc>) -> String {
    if record.key.record_id().is_none() {
        return "NxVET has no note for this room conversation yet.".to_owned();
    }
    let stage = record.consultation.as_ref().map(|consultation| consultation.stage);
    if stage == Some(Stage::TranscriptOnly) || is_old(record, now) {
        return "NxVET has no SOAP note for this recording.".to_owned();
    }
    if record.reading().is_some_and(|reading| reading.transcript.is_some()) {
        return format!("The SOAP note is being written.{}", checking_again(record, now));
    }
    "The SOAP note follows when the transcript is ready.".to_owned()
}

fn checking_again(record: &OpenRecord, now: DateTime<Utc>) -> String {
    record.next_check_seconds(now).map_or_else(String::new, |seconds| format!(" Checking again in {seconds} s."))
}

fn is_old(record: &OpenRecord, now: DateTime<Utc>) -> bool {
    let end = record.consultation.as_ref().map(|found| found.ended_at.unwrap_or(found.started_at));
    record.next_check_seconds(now).is_none() && end.is_some_and(|end| (now - end).num_minutes() > A_DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_a_person_writes_them() {
        assert_eq!(spoken_position(192_000, 1_500_000), "3 minutes 12 of 25 minutes");
        assert_eq!(spoken_position(1_000, 61_000), "1 second of 1 minute 1");
        assert_eq!(megabytes(12_440_000), "12.4");
    }

    #[test]
    fn a_day_is_said_where_it_is_not_today() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).map(|at| at.with_timezone(&Utc)).unwrap_or_default();
        let now = at("2026-11-22T15:00:00Z");
        let saved = |text: &str| when_saved(at(text), now, Zone::utc());
        assert_eq!(saved("2026-11-22T14:02:00Z"), "at 14:02");
        assert_eq!(saved("2026-11-20T14:02:00Z"), "on Fri 20 Nov, 14:02");
    }

    #[test]
    fn a_long_name_is_cut_at_a_whole_letter() {
        assert_eq!(short("小花"), "小花");
        assert_eq!(short(&"花".repeat(1000)).chars().count(), MOST_NAME_CHARS);
    }
}
