//! Which consultations are open or heard just now: what is in use is not let go of.

use crate::domain::ConsultationKey;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

#[derive(Clone, Default)]
pub(in crate::backend) struct InUse(Arc<Shared>);

#[derive(Default)]
struct Shared {
    now: Mutex<Now>,
    freed: Notify,
}

#[derive(Default)]
struct Now {
    open: Option<ConsultationKey>,
    heard: Option<ConsultationKey>,
}

impl InUse {
    /// The consultation on screen; `None` when there is none.
    pub(in crate::backend) fn open(&self, key: Option<ConsultationKey>) {
        self.lock().open = key;
        self.0.freed.notify_one();
    }

    /// The recording in the player.
    pub(in crate::backend) fn hear(&self, key: Option<ConsultationKey>) {
        self.lock().heard = key;
        self.0.freed.notify_one();
    }

    /// It is on screen now.
    pub(in crate::backend) fn is_open(&self, key: &ConsultationKey) -> bool {
        self.lock().open.as_ref() == Some(key)
    }

    pub(super) fn keys(&self) -> HashSet<ConsultationKey> {
        let now = self.lock();
        now.open.iter().chain(&now.heard).cloned().collect()
    }

    /// Returns once something else is open or heard than at the last return.
    pub(super) async fn changed(&self) {
        self.0.freed.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Now> {
        self.0.now.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
