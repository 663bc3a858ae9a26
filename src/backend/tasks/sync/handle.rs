//! The way to the sync of the open clinic, and the task that ends with it.

use super::SyncCommand;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;

/// A task that nobody outlives.
pub(super) struct EndsWithMe(pub(super) JoinHandle<()>);

impl Drop for EndsWithMe {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The way to the sync of the open clinic.
pub(in crate::backend) struct SyncHandle {
    pub(super) commands: mpsc::Sender<SyncCommand>,
    pub(super) stop: Arc<Notify>,
}

impl SyncHandle {
    pub(in crate::backend) fn tell(&self, command: SyncCommand) {
        if self.commands.try_send(command).is_err() {
            tracing::debug!("sync is busy; the same wish waits there already");
        }
    }

    /// Gives up the round under way; the next one comes by itself.
    pub(in crate::backend) fn stop(&self) {
        self.stop.notify_waiters();
    }
}
