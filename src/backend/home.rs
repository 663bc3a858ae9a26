//! Where the data of an open clinic lies and what opens it: on this computer for good, or only for this run.
//! Without a key store nothing is kept; the store of such a run lies in a folder of its own under keys that exist
//! in memory alone, and goes with the run. So does the sample clinic.

use super::clinic::StoreHandle;
use super::desk::Context;
use super::problems;
use super::services::SampleBook;
use crate::domain::ApiKey;
use crate::platform::dirs::Folders;
use crate::state::{Fault, Problem};
use crate::store::{Recordings, Store, StoreError, StoreKeys};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// How the folders of runs begin that keep nothing.
const RUN_LEAD: &str = "this-run-";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HomeKind {
    /// In the data folder, opened by the vault at the next start too.
    Kept,
    /// For this run alone: nothing here could seal its keys.
    Run,
    /// The sample clinic, made anew each time.
    Sample,
}

/// The folder of an open clinic and its keys.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) kind: HomeKind,
    pub(super) keys: StoreKeys,
    folder: PathBuf,
    has_pin: AtomicBool,
    /// The key that was signed in with, where it is in memory alone: a PIN set later lets it be kept after all.
    unkept: Option<ApiKey>,
    /// The sample clinic's appointments come from here.
    book: Option<SampleBook>,
}

impl Home {
    pub(super) fn kept(folders: &Folders, keys: StoreKeys, has_pin: bool) -> Self {
        let folder = folders.data.clone();
        Self { kind: HomeKind::Kept, keys, folder, has_pin: AtomicBool::new(has_pin), unkept: None, book: None }
    }

    /// A home that goes with this run. What a former run left in its folder is removed. Blocks.
    pub(super) fn passing(folders: &Folders, kind: HomeKind) -> Result<Self, Problem> {
        let folder = if kind == HomeKind::Sample { sample_folder(folders) } else { run_folder(folders) };
        if let Err(error) = crate::store::erase_folder(&folder) {
            tracing::warn!(kind = %error.kind(), "what a former run left could not be removed");
        }
        let keys = StoreKeys::random().map_err(|error| Problem::new(&Fault::Store(format!("{error}.")), "KEYS-NEW"))?;
        Ok(Self { kind, keys, folder, has_pin: AtomicBool::new(false), unkept: None, book: None })
    }

    /// The same home with the key that cannot be kept.
    pub(super) fn with_unkept(self, key: ApiKey) -> Self {
        Self { unkept: Some(key), ..self }
    }

    /// The same home with the sample clinic's appointment book.
    pub(super) fn with_book(self, book: Option<SampleBook>) -> Self {
        Self { book, ..self }
    }

    pub(super) fn book(&self) -> Option<&SampleBook> {
        self.book.as_ref()
    }

    pub(super) fn unkept(&self) -> Option<&ApiKey> {
        self.unkept.as_ref()
    }

    /// The same home for a clinic that is entered anew while the former one is open.
    pub(super) fn again(&self) -> Self {
        let (keys, folder, unkept) = (self.keys.clone(), self.folder.clone(), self.unkept.clone());
        let has_pin = AtomicBool::new(self.has_pin());
        Self { kind: self.kind, keys, folder, has_pin, unkept, book: self.book.clone() }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn has_pin(&self) -> bool {
        self.has_pin.load(Ordering::Relaxed)
    }

    pub(super) fn note_pin(&self, has_pin: bool) {
        self.has_pin.store(has_pin, Ordering::Relaxed);
    }

    /// Opens the store of this home and says what had to be mended.
    pub(super) async fn open_store(&self, context: &Context) -> Result<(StoreHandle, Recordings), StoreError> {
        let now = context.services.clock.now();
        let (folder, keys) = (self.folder.clone(), self.keys.clone());
        let opened = tokio::task::spawn_blocking(move || Store::open(&folder, &keys, now)).await;
        // It panicked, which the log has told, or the runtime is ending.
        let (store, notes) = opened.unwrap_or(Err(StoreError::Folder(std::io::ErrorKind::Interrupted)))?;
        let recordings = store.recordings();
        let store = StoreHandle::new(store, context.events.clone());
        store.tell(notes).await;
        Ok((store, recordings))
    }
}

/// Removes what runs left that ended without tidying up, and finishes what was being removed. Blocks.
pub(super) fn tidy_up(folders: &Folders) {
    crate::store::finish_exports(&folders.data);
    if let Err(error) = crate::store::finish_wipe(&folders.data) {
        tracing::warn!(%error, "a wipe that was cut short could not be finished");
    }
    for folder in run_folders(folders).into_iter().chain([sample_folder(folders)]) {
        if let Err(error) = crate::store::erase_folder(&folder) {
            tracing::warn!(kind = %error.kind(), "what a former run left could not be removed");
        }
    }
}

/// Removes a home that was only for this run, once nothing holds it any more.
pub(super) async fn leave(kind: HomeKind, folder: PathBuf) {
    if kind == HomeKind::Kept {
        return;
    }
    let erased = tokio::task::spawn_blocking(move || crate::store::erase_folder(&folder)).await;
    if !matches!(erased, Ok(Ok(()))) {
        tracing::warn!("the data of this run could not be removed; the next start does it");
    }
}

/// Each run of its own: a former one may still be open while somebody signs in anew.
fn run_folder(folders: &Folders) -> PathBuf {
    folders.cache.join(format!("{RUN_LEAD}{:016x}", fastrand::u64(..)))
}

fn run_folders(folders: &Folders) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(&folders.cache).into_iter().flatten().flatten();
    let is_ours = |entry: &std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(RUN_LEAD);
    entries.filter(is_ours).map(|entry| entry.path()).collect()
}

fn sample_folder(folders: &Folders) -> PathBuf {
    folders.cache.join("sample")
}

/// Opens the store; a file that is not encrypted is only set aside when somebody has just signed in, never silently.
pub(super) async fn open_store_anew(context: &Context, home: &Home) -> Result<(StoreHandle, Recordings), Problem> {
    match home.open_store(context).await {
        Err(StoreError::NotEncrypted { .. }) => {}
        opened => return opened.map_err(|error| problems::of_store(&error)),
    }
    let (folder, now) = (home.folder.clone(), context.services.clock.now());
    let moved = tokio::task::spawn_blocking(move || Store::move_plain_files_aside(&folder, now)).await;
    moved.unwrap_or(Ok(())).map_err(|error| problems::of_store(&error))?;
    let opened = home.open_store(context).await.map_err(|error| problems::of_store(&error))?;
    opened.0.tell(vec![crate::store::OpenNote::PlainFileMoved]).await;
    Ok(opened)
}
