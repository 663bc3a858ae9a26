//! Searching the stored texts, and keeping their index in step with what is stored.
//! The newest question wins: one that is under way is broken off. Indexing happens in bites, so that nobody who needs
//! the store waits long for it, and only after something was stored.

use crate::backend::clinic::{Clinic, StoreHandle};
use crate::backend::events::EventSender;
use crate::backend::problems;
use crate::clock::Clock;
use crate::domain::{OrganizationId, SearchQuery, SearchResults, Zone};
use crate::state::{Event, SearchEvent, SearchRequest};
use crate::store::{BITE, Interrupt, Result, Scope, SearchReader, StoreError};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

/// What is stored together is indexed together.
const SETTLE: Duration = Duration::from_millis(250);
/// Others get the store between two bites.
const BREATH: Duration = Duration::from_millis(3);
/// While much is indexed, a search that shows is refreshed after so many bites.
const TELL_EVERY: usize = 64;
/// Nobody is typing any more, and the pages that were read for it are given back.
const REST: Duration = Duration::from_secs(30);

pub(in super::super) fn take(clinic: &Arc<Clinic>, request: SearchRequest) {
    match request {
        SearchRequest::Find { sequence, query, most } => clinic.searcher.ask(Question { sequence, query, most }),
        SearchRequest::Retire(results) => drop(tokio::task::spawn_blocking(move || drop(results))),
    }
}

struct Question {
    sequence: u64,
    query: SearchQuery,
    most: usize,
}

/// Asks and indexes for one clinic; ends when it is dropped.
pub(in crate::backend) struct Searcher {
    shared: Arc<Shared>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Shared {
    wanted: Mutex<Option<Question>>,
    /// The sequence of the newest question; another one under way is pointless.
    newest: AtomicU64,
    asked: Notify,
    under_way: Mutex<Option<Interrupt>>,
    /// The last answer came from an index that had not taken in everything.
    is_incomplete: AtomicBool,
    is_closed: AtomicBool,
    /// Wakes who waits for something to index.
    closing: Notify,
}

impl Searcher {
    pub(in crate::backend) fn start(
        store: StoreHandle,
        organization: OrganizationId,
        events: EventSender,
        clock: Clock,
    ) -> Self {
        let shared = Arc::new(Shared::default());
        let finder =
            Finder { shared: Arc::clone(&shared), store: store.clone(), organization, events: events.clone(), clock };
        let tasks = vec![tokio::spawn(finder.run()), tokio::spawn(keep_indexed(Arc::clone(&shared), store, events))];
        Self { shared, tasks: Mutex::new(tasks) }
    }

    /// Lets go of the store; comes back once nothing here reads it any more.
    pub(in crate::backend) async fn close(&self) {
        self.shared.close();
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        for task in tasks {
            task.await.ok();
        }
    }

    fn ask(&self, question: Question) {
        self.shared.newest.store(question.sequence, Ordering::Relaxed);
        *lock(&self.shared.wanted) = Some(question);
        self.shared.interrupt();
        self.shared.asked.notify_one();
    }
}

impl Drop for Searcher {
    fn drop(&mut self) {
        self.shared.close();
    }
}

impl Shared {
    fn close(&self) {
        self.is_closed.store(true, Ordering::Relaxed);
        self.interrupt();
        self.asked.notify_one();
        self.closing.notify_one();
    }

    fn interrupt(&self) {
        if let Some(interrupt) = lock(&self.under_way).as_ref() {
            interrupt.interrupt();
        }
    }

    fn is_outdated(&self, sequence: u64) -> bool {
        self.is_closed() || self.newest.load(Ordering::Relaxed) != sequence
    }

    fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A reader, and how often the store had been mended when it was opened: a replaced file is read anew.
struct Opened {
    reader: SearchReader,
    mended: u64,
}

struct Finder {
    shared: Arc<Shared>,
    store: StoreHandle,
    organization: OrganizationId,
    events: EventSender,
    clock: Clock,
}

impl Finder {
    async fn run(self) {
        let mut opened = None;
        while !self.shared.is_closed() {
            let wanted = lock(&self.shared.wanted).take();
            if let Some(question) = wanted {
                opened = self.answer(question, opened).await;
                continue;
            }
            tokio::select! {
                () = self.shared.asked.notified() => {}
                () = tokio::time::sleep(REST), if opened.is_some() => {
                    // Closing a file may wait for the disk.
                    let idle: Option<Opened> = opened.take();
                    tokio::task::spawn_blocking(move || drop(idle)).await.ok();
                }
            }
        }
    }

    /// Answers one question; hands the reader back for the next one.
    async fn answer(&self, question: Question, opened: Option<Opened>) -> Option<Opened> {
        let sequence = question.sequence;
        let outcome = match self.open(opened).await {
            Ok(opened) => self.find(question, opened).await,
            Err(error) => (None, Err(error)),
        };
        let (opened, answer) = outcome;
        if self.shared.is_outdated(sequence) {
            return opened;
        }
        let event = match answer {
            Ok(results) => {
                self.shared.is_incomplete.store(results.waiting > 0, Ordering::Relaxed);
                SearchEvent::Found { sequence, results: Arc::new(results) }
            }
            Err(error) => {
                self.mend(&error).await;
                SearchEvent::Failed { sequence, problem: problems::of_store(&error) }
            }
        };
        self.events.send(Event::Search(event)).await;
        opened
    }

    async fn open(&self, opened: Option<Opened>) -> Result<Opened> {
        let mended = self.store.mended();
        if let Some(opened) = opened.filter(|opened| opened.mended == mended) {
            return Ok(opened);
        }
        let reader = self.store.run_unnoticed(|store| store.search_reader()).await?;
        *lock(&self.shared.under_way) = Some(reader.interrupt());
        Ok(Opened { reader, mended })
    }

    async fn find(&self, question: Question, mut opened: Opened) -> (Option<Opened>, Result<SearchResults>) {
        let (shared, organization) = (Arc::clone(&self.shared), self.organization.clone());
        let earliest = question.query.period.earliest(self.clock.now(), Zone::Local);
        let job = tokio::task::spawn_blocking(move || {
            let is_outdated = || shared.is_outdated(question.sequence);
            let scope = Scope { organization: &organization, earliest, most: question.most, is_outdated: &is_outdated };
            let answer = opened.reader.find(&question.query, &scope);
            (answer, opened)
        });
        match job.await {
            Ok((Ok(results), opened)) => (Some(opened), Ok(results)),
            // After a failure the file is opened anew.
            Ok((Err(error), _)) => (None, Err(error)),
            Err(_) => (None, Err(StoreError::Busy { which: crate::store::DatabaseFile::Cache })),
        }
    }

    /// A damaged index is made anew from what is stored, if that is whole.
    async fn mend(&self, error: &StoreError) {
        if !matches!(error, StoreError::Damaged { .. }) {
            return;
        }
        self.shared.is_incomplete.store(true, Ordering::Relaxed);
        let rebuilt = self.store.run(|store| store.check_cache().and_then(|()| store.rebuild_index())).await;
        if let Err(error) = rebuilt {
            tracing::warn!(%error, "the search index could not be rebuilt");
        }
    }
}

/// Follows what is stored for as long as the clinic is open.
async fn keep_indexed(shared: Arc<Shared>, store: StoreHandle, events: EventSender) {
    while !shared.is_closed() {
        if let Err(error) = catch_up(&shared, &store, &events).await {
            // What waits is still queued; the next change tries again.
            tracing::warn!(%error, "the search index could not be kept in step");
        }
        tokio::select! {
            () = store.changed() => tokio::time::sleep(SETTLE).await,
            () = shared.closing.notified() => return,
        }
    }
}

/// Indexes all that waits, then brings the index into fewer pieces if it is time.
async fn catch_up(shared: &Shared, store: &StoreHandle, events: &EventSender) -> Result<()> {
    let mut bites = 0_usize;
    loop {
        let left = store.run_unnoticed(|store| store.index_waiting(BITE)).await?;
        bites += 1;
        if left == 0 || bites.is_multiple_of(TELL_EVERY) {
            tell(shared, events).await;
        }
        if left == 0 || shared.is_closed() {
            break;
        }
        tokio::time::sleep(BREATH).await;
    }
    while !shared.is_closed() && store.run_unnoticed(crate::store::Store::tidy_index).await? {
        tokio::time::sleep(BREATH).await;
    }
    Ok(())
}

/// Only somebody who was told that the rest is still being read is told again.
async fn tell(shared: &Shared, events: &EventSender) {
    if shared.is_incomplete.swap(false, Ordering::Relaxed) {
        events.send(Event::Search(SearchEvent::IndexGrew)).await;
    }
}
