//! The way to the sync of the open clinic, and the task that ends with it.

use super::SyncCommand;
use std::sync::Arc;
use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;

/// A task that nobody outlives.
pub(super) struct EndsWithMe(pub(super) JoinHandle<()>);

impl Drop for EndsWithMe {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// The way to the sync of the open clinic; clones lead to the same one.
#[derive(Clone)]
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

    /// Asks for the newest page now and comes back when it was read; `false` when the clinic was left.
    pub(in crate::backend) async fn look(&self) -> bool {
        let (done, read) = oneshot::channel();
        self.commands.send(SyncCommand::Look(done)).await.is_ok() && read.await.is_ok()
    }

    /// Reads what may have been missed and tells how many consultations that were.
    pub(in crate::backend) async fn catch_up(&self) -> Option<usize> {
        let (done, read) = oneshot::channel();
        self.commands.send(SyncCommand::CatchUp(done)).await.ok()?;
        read.await.ok()
    }

    /// What comes from now on is counted for the next time somebody asks what was missed.
    pub(in crate::backend) async fn count_anew(&self) {
        self.commands.send(SyncCommand::CountAnew).await.ok();
    }

    /// Gives up the round under way; the next one comes by itself.
    pub(in crate::backend) fn stop(&self) {
        self.stop.notify_waiters();
    }
}
