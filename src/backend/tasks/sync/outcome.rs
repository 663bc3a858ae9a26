//! How a round ended, in what the window is told: in step, out of reach, refused, or answered with something else.

use super::Sync;
use crate::backend::clinic::Clinic;
use crate::backend::problems::{self, Doing};
use crate::nxvet::Error;
use crate::state::{ConnectionEvent, Event, ListEvent, Loading, SessionEvent};
use crate::store::SyncState;
use std::sync::Arc;

impl Sync {
    /// Ends a round: tells what is there and what went wrong.
    pub(super) async fn finish(&mut self, result: Result<(), Error>) {
        self.settle(result.as_ref().err()).await;
        self.tell().await;
        if let Err(error) = result {
            let clinic = &self.common.clinic;
            let problem = problems::of_network(&error, Doing::Listing, clinic.clock_off_minutes());
            clinic.events.send(Event::List(ListEvent::Failed(problem))).await;
        }
    }

    pub(super) async fn settle(&mut self, error: Option<&Error>) {
        {
            let mut progress = self.common.progress();
            progress.loading = Loading::Idle;
            progress.has_failed = error.is_some();
        }
        let clinic = Arc::clone(&self.common.clinic);
        match error {
            None => self.note_success(&clinic).await,
            Some(Error::Unauthorized) => clinic.events.send(Event::Session(SessionEvent::KeyRefused)).await,
            Some(error) if !(error.is_offline() || *error == Error::BrokenOff) => {
                // NxVET is there and said no; the list tells what it said.
                self.failures += 1;
                clinic.events.send(Event::Connection(ConnectionEvent::Working)).await;
            }
            Some(error) => {
                self.failures += 1;
                let problem = problems::of_network(error, Doing::Listing, clinic.clock_off_minutes());
                clinic.events.send(Event::Connection(ConnectionEvent::Offline { problem })).await;
            }
        }
        if let Some(offset) = clinic.client.server_clock_offset() {
            clinic.events.send_quietly(Event::Connection(ConnectionEvent::ClockOff(offset.num_seconds()))).await;
        }
    }

    async fn note_success(&mut self, clinic: &Clinic) {
        self.common.note_answer(self.failures > 0);
        self.failures = 0;
        let now = clinic.clock.now();
        let total = {
            let mut progress = self.common.progress();
            progress.synced_at = Some(now);
            progress.total
        };
        let state = SyncState { synced_at: now, total };
        let organization = clinic.organization.id.clone();
        if let Err(error) = clinic.store.run(move |store| store.save_sync_state(&organization, &state)).await {
            clinic.events.send(Event::Told(problems::of_store(&error))).await;
        }
        clinic.events.send_quietly(Event::Connection(ConnectionEvent::Working)).await;
    }
}
