//! Entering, leaving and locking: what opens and closes a clinic as a whole. Whatever was begun before the desk was
//! locked or left is told by its era and opens nothing any more.

use super::{Desk, Inside};
use crate::backend::clinic::Clinic;
use crate::backend::home;
use crate::backend::tasks::{board, live, lock, marks, nexhealth, sign_in, storage, sync};
use crate::state::{Event, LockEvent, LockRequest, SessionEvent, SessionRequest};
use std::sync::Arc;

impl Desk {
    pub(super) async fn take_lock(&mut self, request: LockRequest) {
        if matches!(request, LockRequest::Lock) {
            return self.lock().await;
        }
        let open = self.clinic.as_ref().map(|clinic| Arc::clone(&clinic.home));
        let context = self.context.clone();
        match (request, open) {
            (LockRequest::Unlock(pin), None) => {
                self.stop_session();
                self.session = Some(tokio::spawn(lock::unlock(context, self.locked_from, pin)));
            }
            (LockRequest::SetPin { old, new }, Some(home)) => {
                let Some(organization) = self.clinic.as_ref().map(|clinic| clinic.organization.clone()) else { return };
                let open = lock::Open { home, organization };
                self.pin = Some(tokio::spawn(lock::set_pin(context, open, old, new)));
            }
            (LockRequest::RemovePin(pin), Some(home)) => {
                self.pin = Some(tokio::spawn(lock::remove_pin(context, home, pin)));
            }
            // Whoever asked is waiting for an answer, also when the clinic was closed meanwhile.
            (LockRequest::SetPin { .. } | LockRequest::RemovePin(_), None) => lock::no_clinic(&context).await,
            // An open desk needs no unlocking.
            (LockRequest::Unlock(_), Some(_)) | (LockRequest::Lock, _) => {}
        }
    }

    /// Lets go of everything that was read. What is still on its way to opening a clinic opens none.
    async fn lock(&mut self) {
        self.stop_session();
        self.context.era += 1;
        self.settle().await;
        let traces = self.clinic.as_ref().map(Clinic::traces);
        self.locked_from = traces.as_ref().map(|traces| traces.kind).or(self.locked_from);
        self.stop_clinic();
        self.forget_prints();
        let player = self.player.take();
        let cache = self.context.services.folders.cache.clone();
        let context = self.context.clone();
        tokio::spawn(async move {
            if let Some(player) = player {
                player.give_up(&cache).await;
            }
            lock::finish_locking(context, traces).await;
        });
    }

    /// Nothing may write any more before everything is removed.
    pub(super) async fn remove_everything(&mut self) {
        self.stop_session();
        self.context.era += 1;
        self.downloads.close().await;
        self.settle().await;
        let traces = self.clinic.as_ref().map(Clinic::traces);
        self.stop_clinic();
        self.forget_prints();
        self.locked_from = None;
        tokio::spawn(storage::remove_everything(self.context.clone(), traces, self.player.take()));
    }

    fn stop_session(&mut self) {
        for running in [self.session.take(), self.pin.take()].into_iter().flatten() {
            running.abort();
        }
    }

    pub(super) async fn take_session(&mut self, request: SessionRequest) {
        self.stop_session();
        let context = self.context.clone();
        let task = match request {
            SessionRequest::Cancel => return,
            SessionRequest::Restore => tokio::spawn(sign_in::restore(context)),
            SessionRequest::SignIn(key) => {
                let open = self.clinic.as_ref().map(|clinic| Arc::clone(&clinic.home));
                tokio::spawn(sign_in::sign_in(context, key, open))
            }
            SessionRequest::StartSampleData => tokio::spawn(sign_in::open_sample(context)),
            SessionRequest::SignOut => return self.sign_out().await,
        };
        self.session = Some(task);
    }

    /// Not kept as a task that another wish could stop: what is being removed is removed whole.
    async fn sign_out(&mut self) {
        self.context.era += 1;
        self.settle().await;
        let traces = self.clinic.as_ref().map(Clinic::traces);
        self.stop_clinic();
        self.locked_from = None;
        tokio::spawn(sign_in::sign_out(self.context.clone(), traces));
    }

    pub(super) async fn hear(&mut self, news: Inside) {
        match news {
            Inside::Entered { clinic, event, era } if era == self.context.era => self.enter(clinic, event).await,
            Inside::Entered { .. } => tracing::debug!("a clinic was opened too late and is closed again"),
            Inside::Left => {
                self.context.catalog.clear().await;
                self.context.events.send(Event::Session(SessionEvent::SignedOut)).await;
            }
        }
    }

    async fn enter(&mut self, clinic: Arc<Clinic>, event: SessionEvent) {
        self.context.events.send(Event::Session(event)).await;
        let has_pin = clinic.home.has_pin();
        self.context.events.send(Event::Lock(LockEvent::PinChanged { has_pin })).await;
        let is_other = self.clinic.as_ref().is_none_or(|old| old.organization.id != clinic.organization.id);
        self.settle().await;
        let former = self.clinic.as_ref().map(Clinic::traces);
        self.stop_clinic();
        if let Some(former) = former.filter(|former| former.folder != clinic.home.folder()) {
            tokio::spawn(async move {
                former.gone().await;
                home::leave(former.kind, former.folder).await;
            });
        }
        if is_other {
            self.context.catalog.clear().await;
        }
        for deed in std::mem::take(&mut self.unnoted) {
            marks::note(&clinic, deed).await;
        }
        marks::load(&clinic).await;
        let (sync, reading) = sync::start(Arc::clone(&clinic), &self.context, self.is_focused);
        self.live = Some(live::start(Arc::clone(&clinic), &self.context, sync.clone(), self.in_use.clone()));
        self.sync = Some((sync, reading));
        self.board = Some(board::start(Arc::clone(&clinic)));
        let service = &self.context.services.nexhealth;
        self.nexhealth = Some(nexhealth::start(Arc::clone(&clinic), service));
        self.days = Some(tokio::spawn(storage::keep_days(storage::Keeper {
            clinic: Arc::clone(&clinic),
            rules: self.context.rules.clone(),
            in_use: self.in_use.clone(),
            wake_check: self.context.services.wake_check,
        })));
        self.clinic = Some(clinic);
    }
}
