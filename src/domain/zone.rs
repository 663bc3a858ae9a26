//! The clinic's wall clock: which local time a moment has.

use chrono::{DateTime, FixedOffset, Local, NaiveDateTime, Utc};

/// Where local times come from; fixed in tests so that they say the same everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zone {
    /// The computer's own zone, daylight saving included.
    Local,
    Fixed(FixedOffset),
}

impl Zone {
    pub fn utc() -> Self {
        Self::Fixed(Utc.fix_offset())
    }

    pub fn local_time(self, moment: DateTime<Utc>) -> NaiveDateTime {
        match self {
            Self::Local => moment.with_timezone(&Local).naive_local(),
            Self::Fixed(offset) => moment.with_timezone(&offset).naive_local(),
        }
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
