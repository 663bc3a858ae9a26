//! What earlier starts learned about drawing on this computer, in a small note in the cache folder: which way worked
//! and which failed. The next start begins with one that worked.
//! It is forgotten after a while, and at once when the graphics drivers, the kind of session or the program change.

use crate::options::Rung;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::path::Path;

pub(super) const FILE_NAME: &str = "renderer.json";

/// A driver that failed is tried first again after this.
const FAILED_FOR: TimeDelta = TimeDelta::days(14);
/// A start that ended while its window was being made may just have been ended by somebody.
const DIED_FOR: TimeDelta = TimeDelta::days(1);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Past {
    /// Of which drivers and which program it speaks.
    mark: u64,
    /// Opened the window last.
    pub worked: Option<Rung>,
    /// A window is being made with it; still there at a start when the program died in that.
    trying: Option<Rung>,
    fallen: Vec<Fallen>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Fallen {
    rung: Rung,
    until: DateTime<Utc>,
}

impl Past {
    /// What is known for the drivers of `mark`. A note that cannot be read says nothing.
    pub(super) fn load(folder: &Path, mark: u64, now: DateTime<Utc>) -> Self {
        let note = Self::read(folder).filter(|note| note.mark == mark).unwrap_or_default();
        let mut past = Self { mark, ..note };
        if let Some(rung) = past.trying.take() {
            tracing::warn!(renderer = rung.name(), "the last start ended while its window was being made");
            past.put_last(rung, now + DIED_FOR);
        }
        past.fallen.retain(|fallen| fallen.until > now);
        past
    }

    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(FILE_NAME)).ok()?).ok()
    }

    /// Not waited for to be on the disk: what it is for is a driver that takes the process down, not the power.
    pub(super) fn save(&self, folder: &Path) {
        let written = serde_json::to_vec(self).map(|bytes| std::fs::write(folder.join(FILE_NAME), bytes));
        if !matches!(written, Ok(Ok(()))) {
            tracing::debug!("the renderer could not be noted");
        }
    }

    /// The usual order, with what failed put last. It stays on the ladder: nothing else may be there.
    pub(super) fn order(&self, usual: &[Rung]) -> Vec<Rung> {
        let mut order = usual.to_vec();
        order.sort_by_key(|rung| self.fallen.iter().any(|fallen| fallen.rung == *rung));
        order
    }

    pub(super) fn begins(&mut self, rung: Rung) {
        self.trying = Some(rung);
    }

    /// The first picture is on the screen.
    pub(super) fn stands(&mut self, rung: Rung) {
        self.trying = None;
        self.worked = Some(rung);
    }

    pub(super) fn falls(&mut self, rung: Rung, now: DateTime<Utc>) {
        self.trying = None;
        self.put_last(rung, now + FAILED_FOR);
    }

    /// Ended by somebody's wish before there was a picture.
    pub(super) fn is_left(&mut self) {
        self.trying = None;
    }

    fn put_last(&mut self, rung: Rung, until: DateTime<Utc>) {
        self.fallen.retain(|fallen| fallen.rung != rung);
        self.fallen.push(Fallen { rung, until });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: [Rung; 3] = [Rung::Glow, Rung::WgpuHardware, Rung::WgpuSoftware];

    fn now() -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
    }

    #[test]
    fn the_next_start_begins_with_what_worked() {
        let home = tempfile::tempdir().expect("a folder");
        let mut past = Past::load(home.path(), 7, now());
        assert_eq!(past.order(&USUAL), USUAL);
        past.begins(Rung::Glow);
        past.falls(Rung::Glow, now());
        past.begins(Rung::WgpuHardware);
        past.stands(Rung::WgpuHardware);
        past.save(home.path());
        let next = Past::load(home.path(), 7, now());
        assert_eq!(next.worked, Some(Rung::WgpuHardware));
        assert_eq!(next.order(&USUAL), [Rung::WgpuHardware, Rung::WgpuSoftware, Rung::Glow]);
    }

    #[test]
    fn it_is_forgotten_after_a_while_and_with_other_drivers() {
        let home = tempfile::tempdir().expect("a folder");
        let mut past = Past::load(home.path(), 7, now());
        past.falls(Rung::Glow, now());
        past.save(home.path());
        assert_eq!(Past::load(home.path(), 8, now()).order(&USUAL), USUAL, "another driver");
        let later = now() + FAILED_FOR - TimeDelta::seconds(1);
        assert_ne!(Past::load(home.path(), 7, later).order(&USUAL), USUAL);
        assert_eq!(Past::load(home.path(), 7, now() + FAILED_FOR).order(&USUAL), USUAL, "a while");
    }

    #[test]
    fn a_driver_that_took_the_process_down_is_tried_last_for_a_day() {
        let home = tempfile::tempdir().expect("a folder");
        let mut past = Past::load(home.path(), 7, now());
        past.begins(Rung::Glow);
        past.save(home.path());
        let next = Past::load(home.path(), 7, now());
        assert_eq!(next.order(&USUAL), [Rung::WgpuHardware, Rung::WgpuSoftware, Rung::Glow]);
        next.save(home.path());
        assert_eq!(Past::load(home.path(), 7, now() + DIED_FOR).order(&USUAL), USUAL);
    }

    #[test]
    fn a_note_that_is_torn_says_nothing() {
        let home = tempfile::tempdir().expect("a folder");
        std::fs::write(home.path().join(FILE_NAME), "{\"worked\":\"gl").expect("written");
        assert_eq!(Past::load(home.path(), 7, now()).order(&USUAL), USUAL);
    }
}
