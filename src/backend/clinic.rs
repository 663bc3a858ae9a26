//! The clinic that is open: its client, its store and what is known about its records' stages.
//! Shared by all tasks that work for it; dropped as a whole when another clinic opens.

use super::catalog_thread::CatalogHandle;
use super::events::EventSender;
use crate::clock::Clock;
use crate::domain::{Consultation, ConsultationKey, Notes, Organization, Stage};
use crate::nxvet::Client;
use crate::state::{Event, Fault, Problem};
use crate::store::{OpenNote, Recordings, Store};
use chrono::{DateTime, Utc};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The store behind a lock; every call runs away from the runtime's own threads.
#[derive(Clone)]
pub(super) struct StoreHandle {
    store: Arc<Mutex<Store>>,
    events: EventSender,
}

impl StoreHandle {
    pub(super) fn new(store: Store, events: EventSender) -> Self {
        Self { store: Arc::new(Mutex::new(store)), events }
    }

    pub(super) async fn run<T: Send + 'static>(
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
    /// Says once what the store had to mend.
    pub(super) async fn tell(&self, notes: Vec<OpenNote>) {
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
    /// What notes told about stages; the list itself does not say.
    stages: Mutex<HashMap<ConsultationKey, Stage>>,
}

impl Clinic {
    pub(super) fn new(
        client: Client,
        organization: Organization,
        (store, recordings): (StoreHandle, Recordings),
        (catalog, events, clock): (CatalogHandle, EventSender, Clock),
        is_demo: bool,
    ) -> Self {
        Self { client, organization, store, recordings, catalog, events, clock, is_demo, stages: Mutex::default() }
    }

    /// Gives a row from the list the stage that its notes told earlier: they know better than the list's hint,
    /// and two sources that disagree would make the row change with every look.
    pub(super) fn with_known_stage(&self, mut consultation: Consultation) -> Consultation {
        if let Some(stage) = self.lock_stages().get(&consultation.key) {
            consultation.stage = *stage;
        }
        consultation
    }

    /// Keeps what the notes tell and returns it. `ended_at` decides when nothing more is expected.
    pub(super) fn learn_stage(&self, key: &ConsultationKey, notes: &Notes, ended_at: DateTime<Utc>) -> Stage {
        let age = (self.clock.now() - ended_at).num_minutes();
        let stage = Stage::from_notes(key, notes.status(), age);
        self.lock_stages().insert(key.clone(), stage);
        stage
    }

    pub(super) fn remember_stages(&self, known: impl IntoIterator<Item = (ConsultationKey, Stage)>) {
        self.lock_stages().extend(known);
    }

    /// Minutes this computer's clock is off; 0 when unknown or within a minute.
    pub(super) fn clock_off_minutes(&self) -> i64 {
        self.client.server_clock_offset().map_or(0, |offset| offset.num_minutes())
    }

    fn lock_stages(&self) -> std::sync::MutexGuard<'_, HashMap<ConsultationKey, Stage>> {
        self.stages.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
