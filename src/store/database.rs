//! The store as its one user sees it: both databases open, a damaged cache replaced while it is used.
//! What is read and written is in the files named after it.

use super::connection::{self, DatabaseKey};
use super::error::{DatabaseFile, OpenNote, StoreError};
use super::{Recordings, Result, heal, migrations, wipe};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Both databases of one profile. All calls block; keep it on a thread of its own.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    key: Option<DatabaseKey>,
    /// The time stamp on what is moved aside.
    opened_at: DateTime<Utc>,
    cache: Option<Connection>,
    local: Option<Connection>,
    notes: Vec<OpenNote>,
}

impl Store {
    /// Opens or makes the databases in `folder`, which whoever knows the system has made private. The notes say what had to be repaired; each is said once.
    pub fn open(folder: &Path, key: Option<&DatabaseKey>, now: DateTime<Utc>) -> Result<(Self, Vec<OpenNote>)> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::from_io(&error))?;
        wipe::finish_interrupted(folder);
        // Both files are looked at before either is touched: a newer one means hands off the whole folder.
        for which in [DatabaseFile::Cache, DatabaseFile::Local] {
            refuse_newer(folder, which, key)?;
        }
        let folder = folder.to_owned();
        let mut store = Self { folder, key: key.cloned(), opened_at: now, cache: None, local: None, notes: Vec::new() };
        store.open_local()?;
        store.open_cache()?;
        store.recordings().remove_stale_parts();
        let notes = store.take_notes();
        Ok((store, notes))
    }

    /// The recordings that belong to this store and go with it.
    pub fn recordings(&self) -> Recordings {
        Recordings::new(&self.folder)
    }

    /// What was repaired since the last call.
    pub fn take_notes(&mut self) -> Vec<OpenNote> {
        std::mem::take(&mut self.notes)
    }

    /// Reads the whole cache and replaces it when it is damaged. Takes a second for a few hundred megabytes, so it
    /// belongs into the quiet time after the start.
    pub fn check_cache(&mut self) -> Result<()> {
        self.with_cache(|cache| heal::quick_check(cache, i64::MAX))
    }

    /// Empties everything: both databases, the recordings, the sealed key and what was ever moved aside.
    pub fn wipe(&mut self) -> Result<()> {
        self.cache = None;
        self.local = None;
        self.recordings().wipe().map_err(|error| wipe::as_store_error(&error))?;
        wipe::erase_databases(&self.folder)?;
        self.open_local()?;
        self.open_cache()
    }

    /// Runs `work` on the cache. A damaged cache is replaced by an empty one and the work runs again on that.
    pub(super) fn with_cache<T>(&mut self, work: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        if self.cache.is_none() {
            self.open_cache()?;
        }
        match self.try_cache(&work) {
            Err(StoreError::Damaged { .. }) => {
                self.replace_cache()?;
                self.try_cache(&work)
            }
            result => result,
        }
    }

    pub(super) fn with_local<T>(&mut self, work: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        if self.local.is_none() {
            self.open_local()?;
        }
        let which = DatabaseFile::Local;
        let local = self.local.as_mut().ok_or(StoreError::Damaged { which })?;
        work(local).map_err(|error| StoreError::from_sqlite(which, &error))
    }

    fn try_cache<T>(&mut self, work: &impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        let which = DatabaseFile::Cache;
        let cache = self.cache.as_mut().ok_or(StoreError::Damaged { which })?;
        work(cache).map_err(|error| StoreError::from_sqlite(which, &error))
    }

    fn open_cache(&mut self) -> Result<()> {
        match self.connect(DatabaseFile::Cache) {
            Ok(cache) => self.cache = Some(cache),
            Err(StoreError::Damaged { .. }) => self.replace_cache()?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn replace_cache(&mut self) -> Result<()> {
        self.cache = None;
        let aside = heal::move_aside(&self.folder, DatabaseFile::Cache, self.opened_at)?;
        self.cache = Some(self.connect(DatabaseFile::Cache)?);
        self.notes.push(OpenNote::CacheRebuilt { aside });
        Ok(())
    }

    fn open_local(&mut self) -> Result<()> {
        match self.connect(DatabaseFile::Local) {
            Ok(local) => self.local = Some(local),
            Err(StoreError::Damaged { .. }) => self.replace_local()?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Local data exists nowhere else, so what can still be read moves over to the new file.
    fn replace_local(&mut self) -> Result<()> {
        let which = DatabaseFile::Local;
        let aside = heal::move_aside(&self.folder, which, self.opened_at)?;
        let mut local = self.connect(which)?;
        let salvaged = heal::salvage(&aside, self.key.as_ref(), &mut local);
        self.local = Some(local);
        self.notes.push(OpenNote::LocalRebuilt { aside, salvaged });
        Ok(())
    }

    fn connect(&self, which: DatabaseFile) -> Result<Connection> {
        let mut connection = connection::connect(&self.folder, which, self.key.as_ref())?;
        heal::quick_check(&connection, heal::pages_at_start(which))
            .map_err(|error| StoreError::from_sqlite(which, &error))?;
        migrations::migrate(&mut connection, which, migrations::steps(which))?;
        heal::expect_tables(&connection, which)?;
        Ok(connection)
    }
}

fn refuse_newer(folder: &Path, which: DatabaseFile, key: Option<&DatabaseKey>) -> Result<()> {
    match connection::level_on_disk(folder, which, key) {
        Ok(Some(level)) => migrations::check_level(which, level, migrations::steps(which)),
        // Damage is dealt with when the file is opened for use.
        Ok(None) | Err(StoreError::Damaged { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples::{self, CANARY, clinic, now};
    use super::*;
    use crate::domain::{ApiKey, ConsultationKey, Organization};
    use crate::store::SealedKeyFile;
    use std::fs;
    use std::io::Write as _;
    use std::sync::Arc;

    fn filled(folder: &Path) -> Store {
        let mut store = samples::open(folder);
        let list: Vec<_> = (0..400).map(|n| Arc::new(samples::full(&format!("r-{n}"), n))).collect();
        store.save_consultations(&clinic(), &list).expect("saved");
        for consultation in list.iter().take(40) {
            store.save_notes(&consultation.key, &samples::notes(), now()).expect("saved");
        }
        store.save_organization(&Organization { id: clinic(), name: CANARY.to_owned() }).expect("saved");
        store
    }

    /// Opens, reads everything, and writes: what "usable" means.
    fn use_it(folder: &Path) -> (usize, Vec<OpenNote>) {
        let (mut store, mut notes) = Store::open(folder, None, now()).expect("opens");
        store.check_cache().expect("checked");
        let list = store.load_consultations(&clinic()).expect("loads");
        for consultation in &list {
            store.load_notes(&consultation.key).expect("loads");
        }
        store.notes_keys(&clinic()).expect("told");
        store.save_consultations(&clinic(), &[Arc::new(samples::full("new", 0))]).expect("saves");
        store.save_notes(&ConsultationKey::record("new"), &samples::notes(), now()).expect("saves");
        assert!(store.load_consultations(&clinic()).expect("loads").iter().any(|c| c == &samples::full("new", 0)));
        notes.extend(store.take_notes());
        (list.len(), notes)
    }

    fn damage(folder: &Path, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let path = folder.join(name);
        let mut bytes = fs::read(&path).expect("read");
        change(&mut bytes);
        fs::write(&path, bytes).expect("written");
    }

    #[test]
    fn an_undamaged_store_opens_without_a_word() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        assert_eq!(use_it(home.path()), (400, vec![]));
        assert_eq!(use_it(home.path()), (401, vec![]));
    }

    #[test]
    fn a_ruined_cache_is_moved_aside_and_said_once() {
        type Ruin = fn(&mut Vec<u8>);
        let ruins: [Ruin; 5] = [
            |bytes| *bytes = b"this is no database\n".repeat(500),
            |bytes| bytes.truncate(bytes.len() / 2),
            |bytes| bytes.iter_mut().for_each(|byte| *byte = 0),
            |bytes| bytes.iter_mut().skip(4096).for_each(|byte| *byte ^= 0x5a),
            |bytes| bytes.truncate(10),
        ];
        for (count, ruin) in ruins.into_iter().enumerate() {
            let home = tempfile::tempdir().expect("a folder");
            drop(filled(home.path()));
            damage(home.path(), "cache.db", ruin);
            let ruined = fs::read(home.path().join("cache.db")).expect("read");
            let (rows, notes) = use_it(home.path());
            let aside = home.path().join("cache.db.damaged-20260220T140200Z");
            assert_eq!((rows, notes), (0, vec![OpenNote::CacheRebuilt { aside: aside.clone() }]), "ruin {count}");
            assert!(fs::read(aside).expect("kept") == ruined, "ruin {count}");
            assert_eq!(use_it(home.path()), (1, vec![]), "ruin {count}: said once");
            assert!(samples::open(home.path()).last_organization().expect("read").is_some(), "local data untouched");
        }
    }

    #[test]
    fn a_cache_damaged_anywhere_stays_usable() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        let whole = fs::read(home.path().join("cache.db")).expect("read");
        let mut random = fastrand::Rng::with_seed(20_260_220);
        let pages = (0..whole.len()).step_by(4096).flat_map(|page| [page, page + 5]);
        let anywhere: Vec<usize> = (0..40).map(|_| random.usize(..whole.len())).collect();
        // The level (bytes 60 to 63) is the one place where a flipped bit looks like a newer version.
        for at in pages.chain(anywhere).filter(|at| !(60..64).contains(at)) {
            let folder = tempfile::tempdir().expect("a folder");
            let mut bytes = whole.clone();
            for byte in bytes.iter_mut().skip(at).take(3) {
                *byte ^= 0xff;
            }
            fs::write(folder.path().join("cache.db"), bytes).expect("written");
            use_it(folder.path());
        }
    }

    #[test]
    fn damage_that_shows_only_later_heals_too() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = filled(home.path());
        store
            .with_cache(|cache| cache.execute_batch("DROP TABLE note; PRAGMA wal_checkpoint(TRUNCATE)"))
            .expect("ruined");
        drop(store);
        let (rows, notes) = use_it(home.path());
        assert_eq!((rows, notes.len()), (0, 1));
    }

    #[test]
    fn a_store_of_a_newer_version_is_left_alone() {
        for which in [DatabaseFile::Cache, DatabaseFile::Local] {
            let home = tempfile::tempdir().expect("a folder");
            drop(filled(home.path()));
            damage(home.path(), which.file_name(), |bytes| bytes[63] = 99);
            let read = || ["cache.db", "local.db"].map(|name| fs::read(home.path().join(name)).expect("read"));
            let before = read();
            let error = Store::open(home.path(), None, now()).expect_err("refused");
            assert_eq!(error, StoreError::MadeByNewerVersion { which });
            assert!(read() == before, "byte for byte");
            assert_eq!(fs::read_dir(home.path()).expect("listed").count(), 2, "and nothing beside it");
        }
    }

    #[test]
    fn rows_of_damaged_local_data_are_carried_over() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        // The level is lost, so the file cannot be trusted; its rows still can be read.
        damage(home.path(), "local.db", |bytes| bytes[63] = 0);
        let (mut store, notes) = Store::open(home.path(), None, now()).expect("opens");
        let aside = home.path().join("local.db.damaged-20260220T140200Z");
        assert_eq!(notes, [OpenNote::LocalRebuilt { aside, salvaged: 1 }]);
        assert_eq!(store.last_organization().expect("read").map(|clinic| clinic.name), Some(CANARY.to_owned()));
    }

    #[test]
    fn local_data_that_is_no_database_is_moved_aside() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        damage(home.path(), "local.db", |bytes| bytes.fill(b'x'));
        let (mut store, notes) = Store::open(home.path(), None, now()).expect("opens");
        assert!(matches!(notes.as_slice(), [OpenNote::LocalRebuilt { salvaged: 0, .. }]), "{notes:?}");
        assert_eq!(store.last_organization(), Ok(None));
        assert_eq!(store.load_consultations(&clinic()).expect("loads").len(), 400, "the cache is not concerned");
    }

    #[test]
    fn only_the_newest_damaged_copies_are_kept() {
        let home = tempfile::tempdir().expect("a folder");
        for _ in 0..5 {
            fs::write(home.path().join("cache.db"), "no database".repeat(100)).expect("written");
            let (_store, notes) = Store::open(home.path(), None, now()).expect("opens");
            assert_eq!(notes.len(), 1);
        }
        let copies = fs::read_dir(home.path()).expect("listed").flatten();
        assert_eq!(copies.filter(|e| e.file_name().to_string_lossy().contains("damaged")).count(), 2);
    }

    fn files_below(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).expect("listed").map(|entry| entry.expect("an entry").path());
        entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
    }

    fn holds_canary(path: &Path) -> bool {
        let bytes = fs::read(path).expect("read");
        bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes())
    }

    #[test]
    fn a_wipe_leaves_nothing_and_the_store_goes_on() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        damage(home.path(), "cache.db", |bytes| bytes.truncate(bytes.len() / 2));
        let (mut store, _) = Store::open(home.path(), None, now()).expect("opens");
        store.save_consultations(&clinic(), &[Arc::new(samples::full("r-1", 0))]).expect("saved");
        let key = ConsultationKey::record("r-1");
        store.recordings().open_part(&key).expect("opened").write_all(CANARY.as_bytes()).expect("written");
        store.recordings().finish(&key, CANARY.len() as u64).expect("finished");
        let api_key = ApiKey::from_pasted(CANARY).expect("a key");
        SealedKeyFile::new(home.path()).save(&[1; 32], &api_key, "https://app.nx.vet").expect("saved");
        assert!(files_below(home.path()).iter().any(|path| holds_canary(path)), "the search finds what is there");
        store.wipe().expect("wiped");
        assert_eq!(files_below(home.path()).into_iter().find(|path| holds_canary(path)), None);
        assert!(!SealedKeyFile::new(home.path()).exists() && store.recordings().finished(&key).is_none());
        assert_eq!(store.last_organization(), Ok(None));
        assert_eq!(store.load_consultations(&clinic()), Ok(vec![]));
        drop(store);
        assert_eq!(use_it(home.path()), (0, vec![]));
    }

    #[test]
    fn a_wipe_that_was_cut_short_is_finished_at_the_next_start() {
        let home = tempfile::tempdir().expect("a folder");
        drop(filled(home.path()));
        let left = [".leaving-0-1", ".consult-desk-0123456789abcdef.tmp"].map(|name| home.path().join(name));
        fs::rename(home.path().join("cache.db"), &left[0]).expect("renamed");
        fs::write(&left[1], CANARY).expect("written");
        assert_eq!(use_it(home.path()), (0, vec![]));
        assert!(left.iter().all(|path| !path.exists()));
    }

    #[test]
    fn removed_text_is_overwritten_at_once() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let key = ConsultationKey::record("r-1");
        store.save_notes(&key, &samples::notes(), now()).expect("saved");
        store.save_notes(&key, &crate::domain::Notes::default(), now()).expect("saved");
        store.with_cache(|cache| cache.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)")).expect("written back");
        assert_eq!(files_below(home.path()).into_iter().find(|path| holds_canary(path)), None);
    }
}
