//! What the eye's looks and the background reading share: the ledger, how far the list is read, and the progress that
//! the window is told. One place writes the reach, so that it never says more than what is stored.

use super::ledger::{Ledger, TakenIn};
use super::rooms::Rooms;
use super::walk::{Leaf, Walk};
use crate::backend::clinic::{Clinic, RowNews};
use crate::domain::{Consultation, ConsultationKey};
use crate::state::{Backfill, Event, ListEvent, Progress};
use crate::store::{Haul, Reach, Store, StoreError};
use chrono::{DateTime, Utc};
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

pub(super) struct Common {
    pub(super) clinic: Arc<Clinic>,
    ledger: Mutex<Ledger>,
    progress: Mutex<Progress>,
    pub(super) reach: Mutex<Reach>,
    /// Held while the reach is written: its changes follow one another.
    writing: tokio::sync::Mutex<()>,
    /// Held from asking for an older page until it is stored: both readers go on where the other one stopped.
    pub(super) older: Arc<tokio::sync::Mutex<()>>,
    pub(super) rooms: tokio::sync::Mutex<Rooms>,
    /// There may be something to read in the background.
    pub(super) wake: Notify,
    /// NxVET answered a look after it had not.
    is_back: AtomicBool,
    /// Nothing was stored when this run began.
    pub(super) began_empty: AtomicBool,
    /// Something was let go of, which the reach does not say yet.
    pub(super) lost_rows: AtomicBool,
}

/// How the reach changes with what is stored; told the present one.
pub(super) type ReachChange = Box<dyn FnOnce(&mut Reach) + Send>;

impl Common {
    pub(super) fn new(clinic: Arc<Clinic>) -> Self {
        Self {
            clinic,
            ledger: Mutex::default(),
            progress: Mutex::default(),
            reach: Mutex::default(),
            writing: tokio::sync::Mutex::new(()),
            older: Arc::default(),
            rooms: tokio::sync::Mutex::default(),
            wake: Notify::new(),
            is_back: AtomicBool::new(false),
            began_empty: AtomicBool::new(false),
            lost_rows: AtomicBool::new(false),
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn progress(&self) -> MutexGuard<'_, Progress> {
        lock(&self.progress)
    }

    pub(super) fn reach(&self) -> Reach {
        lock(&self.reach).clone()
    }

    /// Takes rows of a page in; what changed is to be stored and shown by the caller.
    pub(super) fn take_in(&self, rows: Vec<Consultation>) -> TakenIn {
        self.hear();
        self.ledger().take_in(rows.into_iter().map(|row| self.clinic.with_known_stage(row)))
    }

    /// Their notes did not come after all, or could not be stored.
    pub(super) fn give_back(&self, keys: &[ConsultationKey]) {
        let mut ledger = self.ledger();
        for key in keys {
            ledger.give_back(key);
        }
    }

    /// What others did to rows meanwhile; returns those that were let go of.
    pub(super) fn hear(&self) -> HashSet<ConsultationKey> {
        let mut removed = HashSet::new();
        for news in self.clinic.take_row_news() {
            let mut ledger = self.ledger();
            match news {
                RowNews::Gone(key) => drop(ledger.gone(&key)),
                RowNews::Removed(keys) => {
                    self.lost_rows.store(true, Ordering::Relaxed);
                    for key in keys {
                        ledger.remove(&key);
                        removed.insert(key);
                    }
                }
            }
        }
        removed
    }

    /// The walk that goes on below `floor`: the one under way, unless the floor has moved meanwhile.
    pub(super) fn walk_below<'a>(&self, floor: DateTime<Utc>, walk: &'a mut Option<Walk>) -> &'a mut Walk {
        if walk.as_ref().is_none_or(|walk| walk.floor() != Some(floor)) {
            *walk = None;
        }
        walk.get_or_insert_with(|| Walk::below(floor, self.ledger().records_since(floor)))
    }

    pub(super) fn note_leaf(&self, leaf: &Leaf) {
        let mut progress = self.progress();
        progress.skipped += leaf.skipped;
        progress.total = leaf.total;
    }

    /// Stores a haul together with what it means for the reach. Goes on to its end even when the caller is stopped.
    pub(super) async fn store(self: &Arc<Self>, haul: Haul, change: Option<ReachChange>) -> Result<(), StoreError> {
        let common = Arc::clone(self);
        let storing = tokio::spawn(async move { common.store_to_the_end(haul, change).await });
        let which = crate::store::DatabaseFile::Cache;
        storing.await.unwrap_or(Err(StoreError::Busy { which }))
    }

    async fn store_to_the_end(self: Arc<Self>, mut haul: Haul, change: Option<ReachChange>) -> Result<(), StoreError> {
        let _one_after_the_other = self.writing.lock().await;
        let before = self.reach();
        let mut after = before.clone();
        if let Some(change) = change {
            change(&mut after);
        }
        haul.reach = (before != after).then(|| (before, after.clone()));
        if haul.is_empty() {
            return Ok(());
        }
        let common = Arc::clone(&self);
        let save = move |store: &mut Store| {
            common.leave_out_removed(&mut haul);
            let is_as_thought = store.save_haul(&common.clinic.organization.id, &haul)?;
            Ok(is_as_thought.then_some(haul.rows))
        };
        match self.clinic.store.run(save).await? {
            Some(rows) => {
                *lock(&self.reach) = after;
                self.ledger().stored(&rows);
                Ok(())
            }
            None => self.begin_anew().await,
        }
    }

    /// What was let go of since it was read must not come back. Called while nobody else can change the store: whoever
    /// lets go of consultations tells so before the store is free again.
    fn leave_out_removed(&self, haul: &mut Haul) {
        self.hear();
        let ledger = self.ledger();
        haul.rows.retain(|row| ledger.get(&row.key).is_some());
        haul.notes.retain(|(key, ..)| ledger.get(key).is_some());
    }

    /// Shows rows, but for those that were let go of meanwhile.
    pub(super) async fn show(&self, rows: Vec<Arc<Consultation>>) {
        let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
        self.clinic.catalog.upsert(rows).await;
        self.hear();
        let removed: HashSet<_> = {
            let ledger = self.ledger();
            keys.into_iter().filter(|key| ledger.get(key).is_none()).collect()
        };
        if !removed.is_empty() {
            self.clinic.catalog.remove(removed).await;
        }
    }

    /// The store is another one than before: what it holds counts.
    async fn begin_anew(&self) -> Result<(), StoreError> {
        let organization = self.clinic.organization.id.clone();
        let reach = self.clinic.store.run(move |store| store.load_reach(&organization)).await?;
        tracing::warn!("the store began anew; the list is read again");
        *lock(&self.reach) = reach;
        self.ledger().begin_anew();
        self.wake.notify_one();
        Ok(())
    }

    /// The progress as it stands, with the counts of now.
    pub(super) fn counted(&self) -> Progress {
        self.hear();
        let (records, conversations) = {
            let ledger = self.ledger();
            (ledger.records(), ledger.conversations())
        };
        let mut progress = self.progress();
        progress.loaded = records;
        progress.conversations = conversations;
        progress.clone()
    }

    pub(super) async fn tell(&self) {
        let progress = self.counted();
        self.clinic.events.send(Event::List(ListEvent::Progress(progress))).await;
        self.progress().arrived = 0;
    }

    /// `true` when it is something else than before.
    pub(super) fn set_backfill(&self, backfill: Option<Backfill>) -> bool {
        let mut progress = self.progress();
        let is_other = progress.backfill != backfill;
        progress.backfill = backfill;
        is_other
    }

    /// A look at NxVET went well; the background need not wait any longer.
    pub(super) fn note_answer(&self, was_failing: bool) {
        if was_failing {
            self.is_back.store(true, Ordering::Relaxed);
        }
        self.wake.notify_one();
    }

    pub(super) fn began_empty(&self) -> bool {
        self.began_empty.load(Ordering::Relaxed)
    }

    pub(super) fn take_is_back(&self) -> bool {
        self.is_back.swap(false, Ordering::Relaxed)
    }
}

/// A panic elsewhere leaves plain data behind, which is still good to read.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
