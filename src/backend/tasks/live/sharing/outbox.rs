//! The desk's store as what is handed on to the other desks.

use super::{stand, status_of};
use crate::backend::tasks::live::Desk;
use crate::domain::OrganizationId;
use crate::domain::live::CannotKeep;
use crate::sharing::{Outbox, Parcel, Standing};
use crate::store::live::{KEPT_BY_BROKER, SHARED};
use futures_util::future::BoxFuture;
use std::sync::Arc;

pub(super) struct DeskOutbox {
    desk: Arc<Desk>,
}

impl DeskOutbox {
    pub(super) fn new(desk: Arc<Desk>) -> Self {
        Self { desk }
    }
}

impl Outbox for DeskOutbox {
    fn clinics(&self) -> Result<Vec<OrganizationId>, CannotKeep> {
        Ok(vec![self.desk.clinic.organization.id.clone()])
    }

    fn waiting(&self, clinic: &OrganizationId, most: usize) -> Result<Vec<Parcel>, CannotKeep> {
        let since = self.desk.clinic.clock.now() - KEPT_BY_BROKER;
        let read = self.desk.clinic.store.run_blocking(|store| store.events_to_share(clinic, since, most));
        let events = read.map_err(|error| CannotKeep::from(&error))?.into_iter();
        Ok(events.map(|event| Parcel { number: event.number, id: event.id, content: event.content }).collect())
    }

    fn sent(&self, clinic: &OrganizationId, number: u64) -> Result<(), CannotKeep> {
        let moved = self.desk.clinic.store.run_blocking(|store| store.move_live_cursor(clinic, SHARED, number));
        moved.map_err(|error| CannotKeep::from(&error))
    }

    fn tell(&self, standing: Standing) -> BoxFuture<'_, ()> {
        Box::pin(stand(&self.desk, status_of(standing)))
    }
}
