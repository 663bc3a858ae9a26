//! Letting go of what has been here long enough: consultations with their notes, and recordings. The search index
//! hears of it by its own triggers. In small bites, because somebody reads meanwhile. Which days hold is told by the caller.
//! Removed text is overwritten (`secure_delete`), and pages that became free go back to the disk.

use super::recordings::LOOK;
use super::{Recordings, Result, Store};
use crate::domain::ConsultationKey;
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::{HashMap, HashSet};
use std::ffi::OsString;
use std::fs;
use std::path::PathBuf;

/// Free pages up to this share of the file are kept for what comes next.
const KEPT_SHARE: i64 = 10;
/// So few free pages are not worth the work: half a megabyte.
const FEW_PAGES: i64 = 128;

/// A consultation that has been here long enough, as the store finds it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    organization: String,
    pub key: ConsultationKey,
}

/// What became of the recordings that were old enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LetGo {
    pub recordings: usize,
    pub bytes: u64,
    /// In use just now; their turn comes later.
    pub spared: usize,
}

impl Store {
    /// Consultations that began before a moment, oldest first.
    pub fn expired_consultations(&mut self, before: DateTime<Utc>) -> Result<Vec<Expired>> {
        self.with_cache(|cache| {
            let mut select = cache.prepare_cached(
                "SELECT organization, key FROM consultation WHERE started_at < ? ORDER BY started_at, key",
            )?;
            let rows = select.query_map([before.timestamp_micros()], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let read = |(organization, key): (String, String)| {
                Some(Expired { organization, key: ConsultationKey::from_text(&key)? })
            };
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().filter_map(read).collect())
        })
    }

    /// Removes a handful of consultations with everything that was read of them, all or none.
    pub fn let_consultations_go(&mut self, expired: &[Expired]) -> Result<()> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            for Expired { organization, key } in expired {
                let key = key.as_text();
                transaction.execute("DELETE FROM notes WHERE key = ?", [&key])?;
                for table in ["consultation", "sync_missed"] {
                    let delete = format!("DELETE FROM {table} WHERE organization = ? AND key = ?");
                    transaction.prepare_cached(&delete)?.execute([organization, &key])?;
                }
            }
            transaction.commit()
        })
    }

    /// Gives up to `most` free pages back to the disk; `true` while there are more to give.
    pub fn give_back_pages(&mut self, most: u32) -> Result<bool> {
        self.with_cache(|cache| {
            let before = spare_pages(cache)?;
            if before == 0 {
                return Ok(false);
            }
            run_through(cache, &format!("PRAGMA incremental_vacuum({})", before.min(i64::from(most))))?;
            let left = spare_pages(cache)?;
            if left == 0 {
                // The journal still holds the pages as they were.
                run_through(cache, "PRAGMA wal_checkpoint(TRUNCATE)")?;
            }
            // A file that cannot shrink would be asked for ever.
            Ok(left > 0 && left < before)
        })
    }
}

/// How many free pages are more than it takes for what comes next.
fn spare_pages(cache: &Connection) -> rusqlite::Result<i64> {
    let number = |name| cache.pragma_query_value(None, name, |row| row.get::<_, i64>(0)).optional();
    let free = number("freelist_count")?.unwrap_or(0);
    let all = number("page_count")?.unwrap_or(0);
    let kept = (all / KEPT_SHARE).max(FEW_PAGES);
    Ok(if free > kept { free - kept / 2 } else { 0 })
}

/// Some pragmas do their work row by row.
fn run_through(cache: &Connection, pragma: &str) -> rusqlite::Result<()> {
    let mut statement = cache.prepare(pragma)?;
    let mut rows = statement.query([])?;
    while rows.next()?.is_some() {}
    Ok(())
}

impl Recordings {
    /// Removes recordings that arrived before a moment; those of `in_use` stay. A date that lies ahead is a clock's
    /// mistake and nothing to act on.
    pub fn let_go(&self, before: DateTime<Utc>, in_use: &HashSet<ConsultationKey>) -> LetGo {
        let used: HashSet<OsString> = in_use.iter().filter_map(|key| stem(&self.part(key).part)).collect();
        let mut done = LetGo::default();
        for (stem, recording) in self.by_stem() {
            match recording.arrived_at {
                Some(arrived_at) if arrived_at < before => {}
                _ => continue,
            }
            if used.contains(&stem) {
                done.spared += 1;
                continue;
            }
            let removed = recording.files.iter().all(|path| fs::remove_file(path).is_ok());
            // A look that was drawn meanwhile stands in no list yet.
            fs::remove_file(self.folder().join(&stem).with_extension(LOOK)).ok();
            if removed {
                done.recordings += 1;
                done.bytes += recording.bytes;
            }
        }
        done
    }

    /// How many recordings there are, whole or in part, and their bytes with all that lies beside them.
    pub fn held(&self) -> (usize, u64) {
        let all = self.by_stem();
        let bytes = all.values().map(|recording| recording.bytes).sum();
        (all.values().filter(|recording| recording.arrived_at.is_some()).count(), bytes)
    }

    /// All files of a recording have one stem.
    fn by_stem(&self) -> HashMap<OsString, OnDisk> {
        let mut all: HashMap<OsString, OnDisk> = HashMap::new();
        for entry in fs::read_dir(self.folder()).into_iter().flatten().flatten() {
            let path = entry.path();
            let (Some(stem), Ok(facts)) = (stem(&path), entry.metadata()) else { continue };
            if !facts.is_file() {
                continue;
            }
            let recording = all.entry(stem).or_default();
            recording.bytes += facts.len();
            if path.extension().is_none_or(|ending| ending != LOOK) {
                let changed_at = facts.modified().ok().map(DateTime::<Utc>::from);
                recording.arrived_at = recording.arrived_at.max(changed_at);
            }
            recording.files.push(path);
        }
        all
    }
}

#[derive(Default)]
struct OnDisk {
    files: Vec<PathBuf>,
    bytes: u64,
    arrived_at: Option<DateTime<Utc>>,
}

fn stem(path: &std::path::Path) -> Option<OsString> {
    path.file_stem().map(std::ffi::OsStr::to_owned)
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, CANARY, clinic, now};
    use super::*;
    use chrono::TimeDelta;
    use std::fs::File;
    use std::sync::Arc;

    /// One consultation a day, the last one today, each with notes.
    fn a_year(store: &mut Store, days: i64) {
        let rows: Vec<_> = (0..days).map(|day| Arc::new(samples::full(&format!("r-{day}"), -day * 1_440))).collect();
        store.save_consultations(&clinic(), &rows).expect("saved");
        for row in &rows {
            store.save_notes(&row.key, &samples::notes(), now()).expect("saved");
        }
    }

    #[test]
    fn what_is_older_goes_with_its_notes_and_nothing_else() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        a_year(&mut store, 400);
        let expired = store.expired_consultations(now() - TimeDelta::days(365)).expect("found");
        assert_eq!(expired.len(), 34, "days 366 to 399; the 365th is just not old enough yet");
        assert_eq!(expired.first().map(|expired| expired.key.as_text()).as_deref(), Some("record/r-399"));
        for bite in expired.chunks(10) {
            store.let_consultations_go(bite).expect("let go");
        }
        assert_eq!(store.load_consultations(&clinic()).expect("loaded").len(), 366);
        assert!(store.load_notes(&ConsultationKey::record("r-399")).expect("asked").is_none());
        assert!(store.load_notes(&ConsultationKey::record("r-300")).expect("asked").is_some());
        assert!(store.expired_consultations(now() - TimeDelta::days(365)).expect("found").is_empty());
    }

    #[test]
    fn the_file_gives_back_what_became_free() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        a_year(&mut store, 4_000);
        let size = || fs::metadata(home.path().join("cache.db")).expect("there").len();
        while store.give_back_pages(u32::MAX).expect("given") {}
        store.with_cache(|cache| run_through(cache, "PRAGMA wal_checkpoint(TRUNCATE)")).expect("written");
        let before = size();
        let expired = store.expired_consultations(now() - TimeDelta::days(10)).expect("found");
        for bite in expired.chunks(100) {
            store.let_consultations_go(bite).expect("let go");
        }
        let mut bites = 0;
        while store.give_back_pages(64).expect("given") {
            bites += 1;
        }
        let pages = store.with_cache(|cache| {
            let number = |name| cache.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
            Ok((number("auto_vacuum")?, number("page_count")?, number("freelist_count")?))
        });
        assert!(bites > 3, "in small bites: {bites}, {pages:?}, {before} became {}", size());
        assert!(size() < before * 3 / 4, "{before} became {}", size());
        assert_eq!(store.load_consultations(&clinic()).expect("loaded").len(), 11);
    }

    fn arrived(recordings: &Recordings, key: &ConsultationKey, days_ago: i64) {
        let path = recordings.part(key).part.with_extension("wav");
        fs::create_dir_all(recordings.folder()).expect("made");
        fs::write(&path, CANARY).expect("written");
        fs::write(path.with_extension(LOOK), CANARY).expect("written");
        let at = now() - TimeDelta::days(days_ago);
        File::options().write(true).open(path).expect("opened").set_modified(at.into()).expect("dated");
    }

    #[test]
    fn old_recordings_go_with_their_looks_unless_they_are_in_use() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = samples::open(home.path()).recordings();
        let keys = ["new", "old", "older", "playing", "ahead"].map(ConsultationKey::record);
        for (key, days_ago) in keys.iter().zip([1, 31, 400, 90, -400]) {
            arrived(&recordings, key, days_ago);
        }
        assert_eq!(recordings.held(), (5, 10 * CANARY.len() as u64));
        let in_use: HashSet<_> = [keys[3].clone()].into();
        let done = recordings.let_go(now() - TimeDelta::days(30), &in_use);
        assert_eq!(done, LetGo { recordings: 2, bytes: 4 * CANARY.len() as u64, spared: 1 });
        assert_eq!(recordings.held().0, 3);
        let done = recordings.let_go(now() - TimeDelta::days(30), &HashSet::new());
        assert_eq!((done.recordings, done.spared), (1, 0), "once it is closed it goes, too");
    }

    #[test]
    fn no_recordings_are_no_fault() {
        let home = tempfile::tempdir().expect("a folder");
        let recordings = samples::open(home.path()).recordings();
        assert_eq!(recordings.let_go(now(), &HashSet::new()), LetGo::default());
        assert_eq!(recordings.held(), (0, 0));
    }
}
