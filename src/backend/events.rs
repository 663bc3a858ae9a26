//! The way back to the window: events go into a bounded queue and wake it.

use crate::state::Event;
use std::sync::Arc;
use tokio::sync::mpsc;

#[derive(Clone)]
pub(super) struct EventSender {
    queue: mpsc::Sender<Event>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

impl EventSender {
    pub(super) fn new(queue: mpsc::Sender<Event>, wake: Arc<dyn Fn() + Send + Sync>) -> Self {
        Self { queue, wake }
    }

    /// Waits for room and wakes the window.
    pub(super) async fn send(&self, event: Event) {
        if self.queue.send(event).await.is_ok() {
            (self.wake)();
        }
    }

    /// Nothing new for the eye: the window takes it in with its next frame, whenever that is.
    pub(super) async fn send_quietly(&self, event: Event) {
        if self.queue.send(event).await.is_err() {
            tracing::debug!("the window is gone");
        }
    }

    /// For threads of their own; must not be called on the runtime.
    pub(super) fn send_blocking(&self, event: Event) {
        if self.queue.blocking_send(event).is_ok() {
            (self.wake)();
        }
    }

    /// For callbacks that may neither wait nor fail. A full queue means that newer news follows anyway.
    pub(super) fn send_now(&self, event: Event) {
        if self.queue.try_send(event).is_ok() {
            (self.wake)();
        }
    }
}
