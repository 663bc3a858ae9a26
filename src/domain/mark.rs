//! What staff note about a consultation on this computer: done, copied, to follow up, and a private remark.
//! NxVET has no place for it, so it is never said to be saved there.

use super::ConsultationKey;
use chrono::{DateTime, Utc};

/// The marks of one consultation, each with the moment it was set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    pub reviewed: Option<DateTime<Utc>>,
    /// Its text was taken over into the practice system.
    pub copied: Option<DateTime<Utc>>,
    pub follow_up: Option<DateTime<Utc>>,
    /// Free text for colleagues at this computer; never longer than [`Marks::MOST_REMARK_CHARS`].
    pub remark: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mark {
    Reviewed,
    Copied,
    FollowUp,
}

/// Which rows the list shows by their marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MarkFilter {
    /// Neither reviewed nor copied: the work that is left.
    ToDo,
    Is(Mark),
    HasRemark,
}

impl Mark {
    pub const ALL: [Self; 3] = [Self::Reviewed, Self::Copied, Self::FollowUp];

    pub fn words(self) -> &'static str {
        match self {
            Self::Reviewed => "Reviewed",
            Self::Copied => "Copied",
            Self::FollowUp => "Follow up",
        }
    }
}

impl MarkFilter {
    pub const ALL: [Self; 5] =
        [Self::ToDo, Self::Is(Mark::Reviewed), Self::Is(Mark::Copied), Self::Is(Mark::FollowUp), Self::HasRemark];

    pub fn words(self) -> &'static str {
        match self {
            Self::ToDo => "To do",
            Self::Is(mark) => mark.words(),
            Self::HasRemark => "With a remark",
        }
    }

    fn bit(self) -> u8 {
        match self {
            Self::ToDo => 1,
            Self::Is(Mark::Reviewed) => 2,
            Self::Is(Mark::Copied) => 4,
            Self::Is(Mark::FollowUp) => 8,
            Self::HasRemark => 16,
        }
    }

    /// A consultation that was never marked has default marks.
    pub fn fits(self, marks: &Marks) -> bool {
        match self {
            Self::ToDo => marks.reviewed.is_none() && marks.copied.is_none(),
            Self::Is(mark) => marks.get(mark).is_some(),
            Self::HasRemark => !marks.remark.is_empty(),
        }
    }
}

impl Marks {
    pub const MOST_REMARK_CHARS: usize = 2_000;

    pub fn get(&self, mark: Mark) -> Option<DateTime<Utc>> {
        match mark {
            Mark::Reviewed => self.reviewed,
            Mark::Copied => self.copied,
            Mark::FollowUp => self.follow_up,
        }
    }

    pub fn set(&mut self, mark: Mark, at: Option<DateTime<Utc>>) {
        match mark {
            Mark::Reviewed => self.reviewed = at,
            Mark::Copied => self.copied = at,
            Mark::FollowUp => self.follow_up = at,
        }
    }

    /// Nothing is noted, so nothing has to be kept.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Which filters a row's marks fit, worked out once: a keystroke then compares one bit a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MarkFits(u8);

impl MarkFits {
    pub(super) fn of(marks: &Marks) -> Self {
        let fitting = MarkFilter::ALL.into_iter().filter(|filter| filter.fits(marks));
        Self(fitting.fold(0, |bits, filter| bits | filter.bit()))
    }

    pub(super) fn fits(self, filter: MarkFilter) -> bool {
        self.0 & filter.bit() != 0
    }
}

impl Default for MarkFits {
    fn default() -> Self {
        Self::of(&Marks::default())
    }
}

/// How many rows each filter would show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MarkCounts([usize; MarkFilter::ALL.len()]);

impl MarkCounts {
    pub fn of(&self, filter: MarkFilter) -> usize {
        MarkFilter::ALL.iter().zip(self.0).find(|(known, _)| **known == filter).map_or(0, |(_, count)| count)
    }

    pub(super) fn add(&mut self, row: MarkFits) {
        for (filter, count) in MarkFilter::ALL.into_iter().zip(&mut self.0) {
            *count += usize::from(row.fits(filter));
        }
    }

    pub(super) fn remove(&mut self, row: MarkFits) {
        for (filter, count) in MarkFilter::ALL.into_iter().zip(&mut self.0) {
            *count = count.saturating_sub(usize::from(row.fits(filter)));
        }
    }
}

/// The marks of one consultation, as they are handed around.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    pub key: ConsultationKey,
    pub marks: Marks,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_is_left_until_it_was_reviewed_or_copied() {
        let at = DateTime::from_timestamp(1_771_581_600, 0);
        let mut marks = Marks::default();
        assert!(marks.is_empty() && MarkFilter::ToDo.fits(&marks));
        marks.set(Mark::FollowUp, at);
        assert!(MarkFilter::ToDo.fits(&marks) && MarkFilter::Is(Mark::FollowUp).fits(&marks));
        marks.set(Mark::Copied, at);
        assert!(!MarkFilter::ToDo.fits(&marks) && !MarkFilter::Is(Mark::Reviewed).fits(&marks));
        assert_eq!(Mark::ALL.map(|mark| marks.get(mark).is_some()), [false, true, true]);
        marks.remark = "call back".to_owned();
        assert!(MarkFilter::HasRemark.fits(&marks) && !marks.is_empty());
    }

    #[test]
    fn what_was_worked_out_agrees_with_the_marks() {
        let at = DateTime::from_timestamp(1_771_581_600, 0);
        let mut counts = MarkCounts::default();
        for bits in 0..16 {
            let set = |bit: i32| at.filter(|_| bits & bit != 0);
            let remark = if bits & 8 != 0 { "call back" } else { "" }.to_owned();
            let marks = Marks { reviewed: set(1), copied: set(2), follow_up: set(4), remark };
            let fits = MarkFits::of(&marks);
            assert!(MarkFilter::ALL.into_iter().all(|filter| fits.fits(filter) == filter.fits(&marks)), "{bits}");
            counts.add(fits);
        }
        assert_eq!(MarkFilter::ALL.map(|filter| counts.of(filter)), [4, 8, 8, 8, 8]);
        counts.remove(MarkFits::default());
        assert_eq!(counts.of(MarkFilter::ToDo), 3);
    }
}
