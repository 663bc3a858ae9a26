//! Which consultations the list shows and how it groups them. Works on what is loaded, and nothing else.

use super::{Consultation, MarkFilter, PatientId, RecordKind, VetId, Zone};
use chrono::{DateTime, Days, NaiveDate, Utc};

/// All conditions must hold; an empty filter lets everything through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConsultationFilter {
    /// [`super::Room::filter_key`] of the room.
    pub room: Option<String>,
    pub patient: Option<PatientId>,
    pub vet: Option<VetId>,
    pub kind: Option<RecordKind>,
    pub period: Period,
    /// By what staff noted on this computer.
    pub mark: Option<MarkFilter>,
    /// As typed; every word must occur.
    pub text: String,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Period {
    Today,
    SevenDays,
    #[default]
    All,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum GroupBy {
    #[default]
    Time,
    Patient,
    Room,
}

impl ConsultationFilter {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The words to look for, folded.
    pub fn needles(&self) -> Vec<String> {
        super::fold::fold(&self.text).split_whitespace().map(str::to_owned).collect()
    }

    /// Everything but marks and text, which the catalog compares with what it folded beforehand.
    /// `room_key` is the room's [`super::Room::filter_key`].
    pub fn matches_all_but_text(
        &self,
        consultation: &Consultation,
        room_key: Option<&str>,
        earliest: Option<DateTime<Utc>>,
    ) -> bool {
        let room_fits = self.room.is_none() || self.room.as_deref() == room_key;
        let patient_fits = self
            .patient
            .as_ref()
            .is_none_or(|wanted| consultation.patient.as_ref().is_some_and(|patient| patient.id == *wanted));
        let vet_fits =
            self.vet.as_ref().is_none_or(|wanted| consultation.vet.as_ref().is_some_and(|vet| vet.id == *wanted));
        let kind_fits = self.kind.as_ref().is_none_or(|wanted| consultation.kind == *wanted);
        let time_fits = earliest.is_none_or(|earliest| consultation.started_at >= earliest);
        room_fits && patient_fits && vet_fits && kind_fits && time_fits
    }
}

impl Period {
    pub const ALL: [Self; 3] = [Self::Today, Self::SevenDays, Self::All];

    pub fn words(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::SevenDays => "7 days",
            Self::All => "All",
        }
    }

    /// The first local day that belongs to the period.
    pub fn first_day(self, today: NaiveDate) -> Option<NaiveDate> {
        match self {
            Self::Today => Some(today),
            Self::SevenDays => today.checked_sub_days(Days::new(6)),
            Self::All => None,
        }
    }

    /// The moment from which on records belong, found so that it holds on daylight-saving nights too.
    pub fn earliest(self, now: DateTime<Utc>, zone: Zone) -> Option<DateTime<Utc>> {
        zone.start_of(self.first_day(zone.local_time(now).date())?)
    }
}

impl GroupBy {
    pub const ALL: [Self; 3] = [Self::Time, Self::Patient, Self::Room];

    pub fn words(self) -> &'static str {
        match self {
            Self::Time => "By time",
            Self::Patient => "By patient",
            Self::Room => "By room",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{FixedOffset, TimeZone as _};

    #[test]
    fn today_starts_at_the_clinics_midnight() {
        let now = Utc.with_ymd_and_hms(2026, 2, 20, 3, 0, 0).single().expect("a time");
        for hours in [-11, -5, 0, 1, 9, 13] {
            let zone = Zone::Fixed(FixedOffset::east_opt(hours * 3600).expect("an offset"));
            let earliest = Period::Today.earliest(now, zone).expect("a start");
            let local = zone.local_time(earliest);
            assert_eq!(local.time(), chrono::NaiveTime::MIN, "{hours}");
            assert_eq!(local.date(), zone.local_time(now).date());
        }
    }
}
