//! Texts that a partner event brought before NxVET's interface has them. They are shown as provisional and go as soon
//! as the record itself has its notes. No document links them to a record: what is shown beside a record is what the
//! same device recorded at that time, and only where one record alone fits.

use crate::domain::Consultation;
use crate::domain::fold::fold;
use crate::state::Reading;
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;

/// A partner event is sent when the recording is over and written down.
const AFTER_THE_END: TimeDelta = TimeDelta::minutes(30);

/// One partner event with its texts.
#[derive(Clone, Debug)]
pub struct Provisional {
    /// The event's own key.
    pub key: String,
    pub serial: Option<String>,
    pub room: Option<String>,
    pub occurred_at: DateTime<Utc>,
    pub reading: Arc<Reading>,
    pub has_recording: bool,
}

impl Provisional {
    /// The same device or the same room by its name, at that time: NxVET writes serial numbers in several ways.
    pub fn may_be(&self, consultation: &Consultation) -> bool {
        let Some(room) = &consultation.room else { return false };
        let is_same = |ours: Option<&str>, theirs: Option<&str>| match (ours, theirs) {
            (Some(ours), Some(theirs)) => fold(ours.trim()) == fold(theirs.trim()),
            _ => false,
        };
        let is_same_room = is_same(self.serial.as_deref(), room.serial.as_deref())
            || is_same(self.room.as_deref(), room.name.as_deref());
        let end = consultation.ended_at.unwrap_or(consultation.started_at);
        is_same_room && self.occurred_at >= consultation.started_at && self.occurred_at <= end + AFTER_THE_END
    }
}

/// The one text that fits a consultation without notes of its own; `None` when several do.
pub fn fitting<'a>(all: &'a [Provisional], consultation: &Consultation) -> Option<&'a Provisional> {
    let mut fitting = all.iter().filter(|provisional| provisional.may_be(consultation));
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{ConsultationKey, RecordKind, Room, Stage};
    use chrono::TimeZone as _;

    fn at(minute: i64) -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 0, 0).single().expect("a moment") + TimeDelta::minutes(minute)
    }

    fn told(serial: &str, room: &str, minute: i64) -> Provisional {
        let reading = Arc::new(Reading::default());
        let (serial, room) = (Some(serial.to_owned()), Some(room.to_owned()));
        Provisional { key: minute.to_string(), serial, room, occurred_at: at(minute), reading, has_recording: false }
    }

    /// In Room 1, from 14:00 to 14:20.
    fn consultation() -> Consultation {
        let (serial, name) = (Some("NXH-1".to_owned()), Some("Room 1 NxHUB".to_owned()));
        Consultation {
            key: ConsultationKey::record("r1"),
            kind: RecordKind::Consultation,
            title: String::new(),
            started_at: at(0),
            ended_at: Some(at(20)),
            patient: None,
            vet: None,
            room: Some(Arc::new(Room { device_id: None, serial, name })),
            stage: Stage::Transcribing,
            is_gone: false,
        }
    }

    #[test]
    fn only_the_same_room_at_that_time_fits_and_of_two_neither() {
        let row = consultation();
        let fits = |all: &[Provisional]| fitting(all, &row).map(|one| one.key.clone());
        assert_eq!(fits(&[told("nxh-1", "?", 21)]).as_deref(), Some("21"));
        assert_eq!(fits(&[told("?", "room 1 nxhub", 50)]).as_deref(), Some("50"));
        for other in [told("nxh-1", "?", -1), told("nxh-1", "?", 51), told("nxh-2", "Room 2", 21)] {
            assert_eq!(fits(&[other]), None);
        }
        assert_eq!(fits(&[told("nxh-1", "?", 21), told("nxh-1", "?", 22)]), None, "nothing is guessed");
        assert_eq!(fits(&[told("nxh-1", "?", 21), told("nxh-2", "Room 2", 22)]).as_deref(), Some("21"));
    }
}
