//! The store as its one user sees it: both databases open, a damaged cache replaced while it is used.
//! What is read and written is in the files named after it.

use super::connection;
use super::error::{DatabaseFile, OpenNote, StoreError};
use super::keys::{DatabaseKey, SealingKey, StoreKeys};
use super::{Recordings, Result, heal, migrations, salvage, wipe};
use chrono::{DateTime, Utc};
use rusqlite::Connection;
use std::path::{Path, PathBuf};

/// Both databases of one profile. All calls block; keep it on a thread of its own.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    keys: StoreKeys,
    /// The time stamp on what is moved aside.
    opened_at: DateTime<Utc>,
    cache: Option<Connection>,
    local: Option<Connection>,
    notes: Vec<OpenNote>,
    /// Nothing is opened any more: everything is being removed.
    is_closed: bool,
}

impl Store {
    /// Opens or makes the databases in `folder`, which whoever knows the system has made private. The notes say what had to be repaired; each is said once.
    pub fn open(folder: &Path, keys: &StoreKeys, now: DateTime<Utc>) -> Result<(Self, Vec<OpenNote>)> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError::from_io(&error))?;
        wipe::finish_interrupted(folder);
        // Both files are looked at before either is touched: a newer one means hands off the whole folder.
        for which in [DatabaseFile::Cache, DatabaseFile::Local] {
            refuse_newer(folder, which, &keys.database)?;
        }
        let folder = folder.to_owned();
        let mut store = Self {
            folder,
            keys: keys.clone(),
            opened_at: now,
            cache: None,
            local: None,
            notes: Vec::new(),
            is_closed: false,
        };
        store.ensure_open(DatabaseFile::Local)?;
        store.ensure_open(DatabaseFile::Cache)?;
        store.recordings().remove_stale_parts();
        let notes = store.take_notes();
        Ok((store, notes))
    }

    /// The recordings that belong to this store and go with it.
    pub fn recordings(&self) -> Recordings {
        Recordings::new(&self.folder, &self.keys.recordings)
    }

    /// What small secrets in the databases are sealed with beside what encrypts the files.
    pub(super) fn sealing_key(&self) -> &SealingKey {
        &self.keys.sealing
    }

    /// A second connection to the cache, for reading beside what is written.
    pub(super) fn open_reader(&self) -> Result<Connection> {
        connection::connect_to_read(&self.folder, &self.keys.database)
    }

    /// What was repaired since the last call.
    pub fn take_notes(&mut self) -> Vec<OpenNote> {
        std::mem::take(&mut self.notes)
    }

    /// Reads both files whole, repairs what is damaged and brings the copy of the local data up to date. Takes a
    /// second for a few hundred megabytes, so it belongs into the quiet time after the start.
    pub fn check_cache(&mut self) -> Result<()> {
        let folder = self.folder.clone();
        self.with_local(|local| {
            heal::check(local, i64::MAX)?;
            heal::keep_copy_of_local(&folder, local)
        })?;
        self.with_cache(|cache| heal::check(cache, i64::MAX))
    }

    /// Empties everything: both databases, the recordings, the sealed keys and what was ever moved aside.
    pub fn wipe(&mut self) -> Result<()> {
        self.cache = None;
        self.local = None;
        wipe::erase_everything(&self.folder)?;
        self.ensure_open(DatabaseFile::Local)?;
        self.ensure_open(DatabaseFile::Cache)
    }

    /// Takes over the rows of another store's local file that this one does not have.
    pub fn take_over_local(&mut self, from: &Path, keys: &StoreKeys) -> Result<()> {
        let source = from.join(DatabaseFile::Local.file_name());
        self.ensure_open(DatabaseFile::Local)?;
        if let Some(local) = self.local.as_mut() {
            salvage::take_over(&source, &keys.database, local);
        }
        Ok(())
    }

    /// Moves databases aside that are not encrypted, so that a store can be opened in their place.
    pub fn move_plain_files_aside(folder: &Path, now: DateTime<Utc>) -> Result<()> {
        for which in [DatabaseFile::Cache, DatabaseFile::Local] {
            if connection::refuse_plain_file(&folder.join(which.file_name()), which).is_err() {
                heal::put_aside(folder, which.file_name(), heal::PLAIN, now)?;
            }
        }
        Ok(())
    }

    /// Lets go of both files for good; whoever asks afterwards is told so and makes no new ones.
    pub fn close(&mut self) {
        self.is_closed = true;
        self.cache = None;
        self.local = None;
    }

    /// Runs `work` on the cache. A damaged cache is replaced by an empty one and the work runs again on that.
    pub(super) fn with_cache<T>(&mut self, work: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.with(DatabaseFile::Cache, &work)
    }

    /// The same for the local data; what is left of a damaged file is carried over.
    pub(super) fn with_local<T>(&mut self, work: impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.with(DatabaseFile::Local, &work)
    }

    fn with<T>(&mut self, which: DatabaseFile, work: &impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        self.ensure_open(which)?;
        match self.attempt(which, work) {
            Err(StoreError::Damaged { .. }) => {
                // A connection that met damage is of no more use; whether the file is damaged shows a look at all of it.
                *self.slot(which) = None;
                self.open_file(which, i64::MAX)?;
                self.attempt(which, work)
            }
            result => result,
        }
    }

    fn attempt<T>(&mut self, which: DatabaseFile, work: &impl Fn(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        let connection = self.slot(which).as_mut().ok_or(StoreError::Damaged { which })?;
        let result = work(connection).map_err(|error| StoreError::from_sqlite(which, &error));
        if connection::has_met_damage(connection) { Err(StoreError::Damaged { which }) } else { result }
    }

    fn slot(&mut self, which: DatabaseFile) -> &mut Option<Connection> {
        match which {
            DatabaseFile::Cache => &mut self.cache,
            DatabaseFile::Local => &mut self.local,
        }
    }

    fn ensure_open(&mut self, which: DatabaseFile) -> Result<()> {
        if self.is_closed {
            return Err(StoreError::Closed);
        }
        if self.slot(which).is_some() { Ok(()) } else { self.open_file(which, heal::pages_at_start(which)) }
    }

    /// Opens a file, or another in its place when it is damaged. It is read through unless it has more pages than
    /// `most_pages`.
    fn open_file(&mut self, which: DatabaseFile, most_pages: i64) -> Result<()> {
        if which == DatabaseFile::Local && heal::is_local_lost(&self.folder) {
            return self.replace(which);
        }
        let mut opened = self.connect(which, most_pages);
        if matches!(opened, Err(StoreError::Damaged { .. })) {
            // A disk that stumbles once looks like damage as well; what looks so twice is believed.
            opened = self.connect(which, most_pages);
        }
        match opened {
            Ok(connection) => *self.slot(which) = Some(connection),
            Err(StoreError::Damaged { .. }) => self.replace(which)?,
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The cache is fetched again. Local data exists nowhere else, so what can still be read moves over.
    fn replace(&mut self, which: DatabaseFile) -> Result<()> {
        let aside = heal::move_aside(&self.folder, which, self.opened_at)?;
        let mut connection = self.connect(which, i64::MAX)?;
        let note = match which {
            DatabaseFile::Cache => OpenNote::CacheRebuilt { aside },
            DatabaseFile::Local => {
                let copy = heal::copy_of_local(&self.folder);
                let salvaged = salvage::salvage(&aside, &copy, &self.keys.database, &mut connection);
                OpenNote::LocalRebuilt { aside, salvaged }
            }
        };
        *self.slot(which) = Some(connection);
        self.notes.push(note);
        Ok(())
    }

    fn connect(&self, which: DatabaseFile, most_pages: i64) -> Result<Connection> {
        let mut connection = connection::connect(&self.folder, which, &self.keys.database)?;
        heal::check(&connection, most_pages).map_err(|error| StoreError::from_sqlite(which, &error))?;
        migrations::migrate(&mut connection, which, migrations::steps(which))?;
        heal::expect_tables(&connection, which)?;
        if connection::has_met_damage(&connection) { Err(StoreError::Damaged { which }) } else { Ok(connection) }
    }
}

fn refuse_newer(folder: &Path, which: DatabaseFile, key: &DatabaseKey) -> Result<()> {
    match connection::level_on_disk(folder, which, key) {
        Ok(Some(level)) => migrations::check_level(which, level, migrations::steps(which)),
        // Damage is dealt with when the file is opened for use; one that is in use here was looked at before.
        Ok(None) | Err(StoreError::Damaged { .. } | StoreError::Busy { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests;
