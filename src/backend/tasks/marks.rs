//! Marks, remarks and the log of this desk: small writes that must not be lost.
//! One task a clinic writes them in the order in which they were wished, and whoever leaves the clinic waits for it.

use crate::backend::catalog_thread::CatalogHandle;
use crate::backend::clinic::{Clinic, StoreHandle};
use crate::backend::events::EventSender;
use crate::backend::problems;
use crate::domain::{ConsultationKey, Marked, Marks, OrganizationId};
use crate::state::{Event, Fault, MarkEvent, MarkRequest, Problem};
use crate::store::{Deed, StoreError};
use std::collections::HashMap;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Writes that may wait; a person causes a few at a time.
const JOBS: usize = 1_024;
/// What could not be noted in the log is tried again this often.
const RETRY: Duration = Duration::from_secs(5);
/// More than this is not held back: a desk that cannot write for that long has told so long ago.
const MOST_UNWRITTEN: usize = 10_000;
/// A store that does not come free within this time does not hold up closing the window.
const PATIENCE: Duration = Duration::from_secs(5);

enum Job {
    Load,
    Save {
        marked: Marked,
        before: Marked,
    },
    Note(Deed),
    /// Answered once everything before it was tried.
    Flush(oneshot::Sender<()>),
    Close(oneshot::Sender<()>),
}

/// The way to the task that writes for a clinic.
pub(in crate::backend) struct Keeper {
    jobs: mpsc::Sender<Job>,
}

impl Keeper {
    pub(in crate::backend) fn start(
        store: StoreHandle,
        organization: OrganizationId,
        catalog: CatalogHandle,
        events: EventSender,
    ) -> Self {
        let (jobs, receiver) = mpsc::channel(JOBS);
        let writer = Writer {
            store,
            organization,
            catalog,
            events,
            stands: HashMap::new(),
            unwritten: Vec::new(),
            has_told: false,
        };
        tokio::spawn(writer.run(receiver));
        Self { jobs }
    }

    async fn put(&self, job: Job) {
        if self.jobs.send(job).await.is_err() {
            tracing::warn!("a mark or an entry of the log came after the clinic was left");
        }
    }
}

/// Reads every mark of the clinic, for the list and for the window.
pub(in crate::backend) async fn load(clinic: &Clinic) {
    clinic.keeper.put(Job::Load).await;
}

pub(in crate::backend) async fn take(clinic: &Clinic, request: MarkRequest) {
    let job = match request {
        MarkRequest::Load => Job::Load,
        MarkRequest::Save { marked, before } => Job::Save { marked, before },
    };
    clinic.keeper.put(job).await;
}

/// Notes in the log what was done.
pub(in crate::backend) async fn note(clinic: &Clinic, deed: Deed) {
    clinic.keeper.put(Job::Note(deed)).await;
}

/// Comes back when everything that was wished before is on the disk: whoever reads the log shall find it there.
pub(in crate::backend) async fn flush(clinic: &Clinic) {
    let (sender, receiver) = oneshot::channel();
    clinic.keeper.put(Job::Flush(sender)).await;
    wait(receiver).await;
}

/// The same, and the store is let go of. Nothing is taken any more after this.
pub(in crate::backend) async fn close(clinic: &Clinic) {
    let (sender, receiver) = oneshot::channel();
    clinic.keeper.put(Job::Close(sender)).await;
    wait(receiver).await;
}

async fn wait(done: oneshot::Receiver<()>) {
    if tokio::time::timeout(PATIENCE, done).await.is_err() {
        tracing::warn!("marks and log could not be written in time");
    }
}

struct Writer {
    store: StoreHandle,
    organization: OrganizationId,
    catalog: CatalogHandle,
    events: EventSender,
    /// How the marks stand that could not be written since.
    stands: HashMap<ConsultationKey, Marks>,
    /// Deeds that are not in the log yet, oldest first.
    unwritten: Vec<Deed>,
    /// That the log cannot be written was said.
    has_told: bool,
}

impl Writer {
    async fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let closed = loop {
            let wait = if self.unwritten.is_empty() { Duration::MAX } else { RETRY };
            let job = match tokio::time::timeout(wait, jobs.recv()).await {
                Ok(Some(job)) => job,
                Ok(None) => break None,
                Err(_) => {
                    self.write_log().await;
                    continue;
                }
            };
            if let Some(done) = self.take_all(job, &mut jobs).await {
                break Some(done);
            }
        };
        self.write_log().await;
        jobs.close();
        drop(self);
        if let Some(done) = closed {
            done.send(()).ok();
        }
    }

    /// Everything that is there already, so that ten deeds at once cost one write.
    async fn take_all(&mut self, first: Job, jobs: &mut mpsc::Receiver<Job>) -> Option<oneshot::Sender<()>> {
        let mut next = Some(first);
        while let Some(job) = next {
            match job {
                Job::Load => self.load().await,
                Job::Save { marked, before } => self.save(marked, before).await,
                Job::Note(deed) if self.unwritten.len() < MOST_UNWRITTEN => self.unwritten.push(deed),
                Job::Note(_) => tracing::error!("an entry of the log was lost"),
                Job::Flush(done) => {
                    self.write_log().await;
                    done.send(()).ok();
                }
                Job::Close(done) => return Some(done),
            }
            next = jobs.try_recv().ok();
        }
        self.write_log().await;
        None
    }

    async fn load(&self) {
        let organization = self.organization.clone();
        match self.store.run_unnoticed(move |store| store.load_marks(&organization)).await {
            Ok(all) => {
                self.catalog.set_marks(all.clone()).await;
                self.events.send(Event::Mark(MarkEvent::All(all))).await;
            }
            Err(error) => self.events.send(Event::Told(problems::of_store(&error))).await,
        }
    }

    async fn save(&mut self, marked: Marked, before: Marked) {
        let (organization, row) = (self.organization.clone(), marked.clone());
        match self.store.run_unnoticed(move |store| store.save_marks(&organization, &row)).await {
            Ok(()) => {
                self.stands.remove(&marked.key);
                self.catalog.mark(marked).await;
            }
            Err(error) => {
                let key = before.key.clone();
                // What a failed write before this one left is what the store still holds.
                let marks = self.stands.entry(key.clone()).or_insert(before.marks).clone();
                let problem = Problem::new(&Fault::MarkNotKept(why(&error)), "DB-MARK");
                let event = MarkEvent::NotSaved { tried: marked, before: Marked { key, marks }, problem };
                self.events.send(Event::Mark(event)).await;
            }
        }
    }

    async fn write_log(&mut self) {
        if self.unwritten.is_empty() {
            return;
        }
        let deeds = self.unwritten.clone();
        match self.store.run_unnoticed(move |store| store.append_audit(&deeds)).await {
            Ok(()) => {
                self.unwritten.clear();
                self.has_told = false;
            }
            Err(error) if !std::mem::replace(&mut self.has_told, true) => {
                tracing::warn!(%error, "the log could not be written");
                let problem = Problem::new(&Fault::LogNotWritten(why(&error)), "DB-LOG");
                self.events.send(Event::Told(problem)).await;
            }
            Err(_) => {}
        }
    }
}

fn why(error: &StoreError) -> String {
    problems::lower_first(&error.to_string())
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
