//! The clinic that is open: its client, its store and what is known about its records' stages.
//! Shared by all tasks that work for it; dropped as a whole when another clinic opens.

use super::catalog_thread::CatalogHandle;
use super::events::EventSender;
use super::home::{Home, HomeKind};
use super::tasks::marks::Keeper;
use super::tasks::search::Searcher;
use crate::clock::Clock;
use crate::domain::{Consultation, ConsultationKey, Notes, Organization, Stage};
use crate::nxvet::Client;
use crate::state::{Event, Fault, NoteReady, Problem};
use crate::store::{OpenNote, Recordings, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Notify;

/// The store behind a lock; every call runs away from the runtime's own threads.
#[derive(Clone)]
pub(super) struct StoreHandle {
    store: Arc<Mutex<Store>>,
    events: EventSender,
    /// Something may have been stored.
    changed: Arc<Notify>,
    /// How often something had to be mended: what was opened before may be another file's.
    mended: Arc<AtomicU64>,
}

impl StoreHandle {
    pub(super) fn new(store: Store, events: EventSender) -> Self {
        Self { store: Arc::new(Mutex::new(store)), events, changed: Arc::default(), mended: Arc::default() }
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> crate::store::Result<T> + Send + 'static,
    ) -> crate::store::Result<T> {
        let result = self.run_unnoticed(work).await;
        self.changed.notify_one();
        result
    }

    /// For whoever follows what others change.
    pub(super) async fn run_unnoticed<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> crate::store::Result<T> + Send + 'static,
    ) -> crate::store::Result<T> {
        let store = Arc::clone(&self.store);
        let job = tokio::task::spawn_blocking(move || {
            let mut store = store.lock().unwrap_or_else(PoisonError::into_inner);
            (work(&mut store), store.take_notes())
        });
        match job.await {
            Ok((result, notes)) => {
                self.tell(notes).await;
                result
            }
            // The job panicked, which the log has told; or the runtime is ending.
            Err(_) => Err(crate::store::StoreError::Busy { which: crate::store::DatabaseFile::Cache }),
        }
    }
}

impl StoreHandle {
    /// For threads of their own, which may wait. What had to be mended is told without waiting.
    pub(super) fn run_blocking<T>(
        &self,
        work: impl FnOnce(&mut Store) -> crate::store::Result<T>,
    ) -> crate::store::Result<T> {
        let (result, notes) = {
            let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
            (work(&mut store), store.take_notes())
        };
        if !notes.is_empty() {
            self.mended.fetch_add(1, Ordering::Relaxed);
        }
        for note in notes {
            self.events.send_now(Event::Told(Problem::new(&Fault::Store(note.to_string()), "DB-REBUILT")));
        }
        result
    }

    /// Lets go of the databases for good, once whoever works with them is done.
    pub(super) async fn close(&self) {
        let store = Arc::clone(&self.store);
        let close = move || store.lock().unwrap_or_else(PoisonError::into_inner).close();
        tokio::task::spawn_blocking(close).await.ok();
    }

    /// Waits until something may have been stored. One task at a time.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn mended(&self) -> u64 {
        self.mended.load(Ordering::Relaxed)
    }

    /// Says once what the store had to mend.
    pub(super) async fn tell(&self, notes: Vec<OpenNote>) {
        if !notes.is_empty() {
            self.mended.fetch_add(1, Ordering::Relaxed);
        }
        for note in notes {
            let problem = Problem::new(&Fault::Store(note.to_string()), "DB-REBUILT");
            self.events.send(Event::Told(problem)).await;
        }
    }
}

pub(super) struct Clinic {
    pub(super) client: Client,
    pub(super) organization: Organization,
    pub(super) store: StoreHandle,
    pub(super) recordings: Recordings,
    pub(super) catalog: CatalogHandle,
    pub(super) events: EventSender,
    pub(super) clock: Clock,
    pub(super) is_demo: bool,
    /// Where its data lies and what opens it.
    pub(super) home: Arc<Home>,
    /// Writes marks and the log.
    pub(super) keeper: Keeper,
    /// Searches what is stored and keeps its index.
    pub(super) searcher: Searcher,
    /// What notes told about stages; the list itself does not say.
    stages: Mutex<HashMap<ConsultationKey, Stage>>,
    /// What others did to rows, until the sync takes it in.
    row_news: Mutex<Vec<RowNews>>,
    row_news_came: Notify,
    /// Addresses that the receiver answers on came or went elsewhere than in live updates.
    pub(super) live_routes: Notify,
}

/// A clock that is off by less may be right.
const LIKELY_OFF_MINUTES: i64 = 2;

/// A note that is there when its recording is first read is news only if that has just ended.
const JUST_ENDED: TimeDelta = TimeDelta::minutes(30);

/// What happened to rows elsewhere than in the sync.
pub(super) enum RowNews {
    /// NxVET answered that it does not have it.
    Gone(ConsultationKey),
    /// They are stored here no longer.
    Removed(HashSet<ConsultationKey>),
}

impl Clinic {
    pub(super) fn new(
        client: Client,
        organization: Organization,
        (store, recordings): (StoreHandle, Recordings),
        (catalog, events, clock): (CatalogHandle, EventSender, Clock),
        home: Arc<Home>,
    ) -> Self {
        let is_demo = home.kind == HomeKind::Sample;
        let keeper = Keeper::start(store.clone(), organization.id.clone(), catalog.clone(), events.clone());
        let searcher = Searcher::start(store.clone(), organization.id.clone(), events.clone(), clock.clone());
        let (stages, row_news) = (Mutex::default(), Mutex::default());
        Self {
            client,
            organization,
            store,
            recordings,
            catalog,
            events,
            clock,
            is_demo,
            home,
            keeper,
            searcher,
            stages,
            row_news,
            row_news_came: Notify::new(),
            live_routes: Notify::new(),
        }
    }

    /// What is left of this clinic while it is let go of.
    pub(super) fn traces(self: &Arc<Self>) -> Traces {
        let (kind, folder) = (self.home.kind, self.home.folder().to_owned());
        Traces { kind, folder, store: self.store.clone(), clinic: Arc::downgrade(self) }
    }

    /// Gives a row from the list the stage that its notes told earlier: they know better than the list's hint,
    /// and two sources that disagree would make the row change with every look.
    pub(super) fn with_known_stage(&self, mut consultation: Consultation) -> Consultation {
        if let Some(stage) = self.lock_stages().get(&consultation.key) {
            consultation.stage = *stage;
        }
        consultation
    }

    /// Keeps what the notes tell and returns it. When the recording ended decides whether more is expected; one
    /// whose row is not known counts as ended just now. A note that was waited for is told of.
    pub(super) fn learn_stage(&self, key: &ConsultationKey, notes: &Notes, row: Option<&Consultation>) -> Stage {
        let now = self.clock.now();
        let ended_at = row.map_or(now, |row| row.ended_at.unwrap_or(row.started_at));
        let stage = Stage::from_notes(key, notes.status(), (now - ended_at).num_minutes());
        let former = self.lock_stages().insert(key.clone(), stage);
        let was_awaited = match former {
            Some(former) => former.is_pending(),
            None => row.is_some() && (TimeDelta::zero()..JUST_ENDED).contains(&(now - ended_at)),
        };
        if stage == Stage::Ready && was_awaited {
            let room = row.and_then(|row| row.room.as_deref()).map(|room| room.short_name().to_owned());
            self.events.send_now(Event::NoteReady(NoteReady { key: key.clone(), room }));
        }
        stage
    }

    pub(super) fn remember_stages(&self, known: impl IntoIterator<Item = (ConsultationKey, Stage)>) {
        self.lock_stages().extend(known);
    }

    /// Minutes this computer's clock is off; 0 when unknown or within a minute.
    pub(super) fn clock_off_minutes(&self) -> i64 {
        self.client.server_clock_offset().map_or(0, |offset| offset.num_minutes())
    }

    /// By NxVET's clock where it is known: one that is off here must not decide what is old.
    pub(super) fn true_time(&self) -> DateTime<Utc> {
        let (now, off) = (self.clock.now(), self.clock_off_minutes());
        if off.abs() > LIKELY_OFF_MINUTES { now + TimeDelta::minutes(off) } else { now }
    }

    /// For the sync, which knows every row.
    pub(super) fn note_row_news(&self, news: RowNews) {
        self.row_news.lock().unwrap_or_else(PoisonError::into_inner).push(news);
        self.row_news_came.notify_one();
    }

    /// Waits until others did something to rows.
    pub(super) async fn row_news(&self) {
        self.row_news_came.notified().await;
    }

    pub(super) fn take_row_news(&self) -> Vec<RowNews> {
        std::mem::take(&mut *self.row_news.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock_stages(&self) -> std::sync::MutexGuard<'_, HashMap<ConsultationKey, Stage>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A clinic that is being left: tells when nothing holds it any more.
pub(super) struct Traces {
    pub(super) kind: HomeKind,
    pub(super) folder: PathBuf,
    store: StoreHandle,
    clinic: Weak<Clinic>,
}

impl Traces {
    const PATIENCE: Duration = Duration::from_millis(1_500);
    const PAUSE: Duration = Duration::from_millis(5);
    const LOOKS: u32 = 200;

    /// Closes the store and waits until the last task has dropped the clinic, but not for ever: a call into the
    /// system that hangs must not keep the desk from locking.
    pub(super) async fn gone(&self) -> bool {
        if tokio::time::timeout(Self::PATIENCE, self.store.close()).await.is_err() {
            return false;
        }
        for _ in 0..Self::LOOKS {
            if self.clinic.strong_count() == 0 {
                return true;
            }
            tokio::time::sleep(Self::PAUSE).await;
        }
        false
    }
}
