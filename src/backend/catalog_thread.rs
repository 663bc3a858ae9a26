//! The catalog's own thread: it filters and counts so that the window never has to.
//! Work that is asked for while it is busy is gathered, and only the last view asked for is computed.

use super::events::EventSender;
use crate::domain::catalog::ViewSpec;
use crate::domain::{Catalog, Consultation, ConsultationKey, ListView, Marked};
use crate::state::{Event, ListEvent};
use std::collections::HashSet;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Jobs that may wait. Pages and keystrokes are the only senders.
const JOBS: usize = 1_024;

enum Job {
    Upsert(Vec<Arc<Consultation>>),
    Remove(HashSet<ConsultationKey>),
    SetMarks(Vec<Marked>),
    Mark(Marked),
    View { sequence: u64, spec: ViewSpec },
    Retire(Arc<ListView>),
    Clear,
    Forget,
    Ask(Box<dyn FnOnce(&Catalog) + Send>),
}

#[derive(Clone)]
pub(super) struct CatalogHandle {
    jobs: mpsc::Sender<Job>,
    changes: watch::Receiver<u64>,
}

pub(super) fn spawn(events: EventSender) -> std::io::Result<CatalogHandle> {
    let (sender, receiver) = mpsc::channel(JOBS);
    let (count, changes) = watch::channel(0);
    std::thread::Builder::new().name("catalog".to_owned()).spawn(move || run(receiver, &events, count))?;
    Ok(CatalogHandle { jobs: sender, changes })
}

impl CatalogHandle {
    pub(super) async fn upsert(&self, consultations: Vec<Arc<Consultation>>) {
        if !consultations.is_empty() {
            self.put(Job::Upsert(consultations)).await;
        }
    }

    /// Every mark of the clinic; a clinic that was left must be cleared before.
    pub(super) async fn set_marks(&self, all: Vec<Marked>) {
        self.put(Job::SetMarks(all)).await;
    }

    pub(super) async fn mark(&self, marked: Marked) {
        self.put(Job::Mark(marked)).await;
    }

    /// They are stored no longer.
    pub(super) async fn remove(&self, keys: HashSet<ConsultationKey>) {
        self.put(Job::Remove(keys)).await;
    }

    pub(super) async fn view(&self, sequence: u64, spec: ViewSpec) {
        self.put(Job::View { sequence, spec }).await;
    }

    pub(super) async fn retire(&self, view: Arc<ListView>) {
        self.put(Job::Retire(view)).await;
    }

    pub(super) async fn clear(&self) {
        self.put(Job::Clear).await;
    }

    /// Lets go of everything, what was asked for last included; comes back when it is gone.
    pub(super) async fn forget(&self) {
        self.put(Job::Forget).await;
        self.ask(|_| ()).await;
    }

    /// Counts up whenever consultations may have changed.
    pub(super) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }

    /// An answer out of the catalog; `None` when the thread is gone.
    pub(super) async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Catalog) -> T + Send + 'static,
    ) -> Option<T> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let job = move |catalog: &Catalog| drop(sender.send(question(catalog)));
        self.put(Job::Ask(Box::new(job))).await;
        receiver.await.ok()
    }

    async fn put(&self, job: Job) {
        if self.jobs.send(job).await.is_err() {
            tracing::debug!("the catalog has ended");
        }
    }
}

struct Worker {
    catalog: Catalog,
    /// The last view asked for; computed anew whenever the catalog changes.
    wanted: Option<(u64, ViewSpec)>,
    is_stale: bool,
    changed: watch::Sender<u64>,
}

fn run(mut jobs: mpsc::Receiver<Job>, events: &EventSender, changed: watch::Sender<u64>) {
    let mut worker = Worker { catalog: Catalog::default(), wanted: None, is_stale: false, changed };
    while let Some(job) = jobs.blocking_recv() {
        worker.take(job);
        // Gather what else is there: ten pages that arrived together cost one view.
        for _ in 0..JOBS {
            match jobs.try_recv() {
                Ok(job) => worker.take(job),
                Err(_) => break,
            }
        }
        if let Some(event) = worker.answer() {
            events.send_blocking(event);
        }
    }
}

impl Worker {
    fn take(&mut self, job: Job) {
        match job {
            Job::Upsert(consultations) => {
                // A poll that brought nothing new wakes nobody.
                self.is_stale |= self.catalog.upsert(consultations).changed > 0;
            }
            Job::SetMarks(all) => {
                self.catalog.set_marks(&all);
                self.is_stale = true;
            }
            Job::Mark(marked) => self.is_stale |= self.catalog.mark(&marked),
            Job::Remove(keys) => self.is_stale |= self.catalog.remove(&keys),
            Job::View { sequence, spec } => {
                self.wanted = Some((sequence, spec));
                self.is_stale = true;
            }
            Job::Retire(view) => drop(view),
            Job::Clear => {
                self.catalog.clear();
                self.is_stale = true;
            }
            Job::Forget => {
                self.catalog = Catalog::default();
                self.wanted = None;
            }
            Job::Ask(question) => question(&self.catalog),
        }
    }

    fn answer(&mut self) -> Option<Event> {
        if !std::mem::take(&mut self.is_stale) {
            return None;
        }
        self.changed.send_modify(|count| *count = count.wrapping_add(1));
        let (sequence, spec) = self.wanted.as_ref()?;
        let view = Arc::new(self.catalog.view(spec));
        Some(Event::List(ListEvent::ViewReady { sequence: *sequence, view }))
    }
}
