//! Runs requests on a background runtime and tells what happened as events.
//! Decides nothing about the screen; the window's thread never waits for it.

mod catalog_thread;
mod clinic;
mod desk;
mod events;
mod home;
mod pace;
mod paper;
mod problems;
mod rules;
mod services;
mod tasks;

pub use pace::Pacing;
pub use rules::{ReceiverRules, Rules, ShareRules};
pub use services::{NexHealthService, SampleBook, SampleData, SampleServer, Services};
pub use tasks::SOUND_NOTE;

use crate::state::{Event, Request};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// Requests that may wait; more than a person can cause within a frame.
const REQUESTS: usize = 1_024;
/// Events that may wait for the next frame.
const EVENTS: usize = 4_096;

/// The way to the background: requests in, events out.
pub struct BackendHandle {
    requests: Option<mpsc::Sender<Request>>,
    events: mpsc::Receiver<Event>,
    thread: Option<std::thread::JoinHandle<()>>,
}

/// Starts the background. `wake` is called after every event that should show.
pub fn spawn(services: Services, wake: Arc<dyn Fn() + Send + Sync>) -> std::io::Result<BackendHandle> {
    let (request_sender, request_receiver) = mpsc::channel(REQUESTS);
    let (event_sender, event_receiver) = mpsc::channel(EVENTS);
    let events = events::EventSender::new(event_sender, wake);
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name("backend").enable_all().build()?;
    let thread = std::thread::Builder::new().name("backend-main".to_owned()).spawn(move || {
        runtime.block_on(desk::run(services, request_receiver, events));
        // A stuck call must not hold up closing the window.
        runtime.shutdown_timeout(Duration::from_millis(500));
    })?;
    Ok(BackendHandle { requests: Some(request_sender), events: event_receiver, thread: Some(thread) })
}

impl BackendHandle {
    /// Hands a request over without waiting; gives it back when the background is too busy or gone.
    pub fn send(&self, request: Request) -> Result<(), Box<Request>> {
        let Some(requests) = &self.requests else { return Err(Box::new(request)) };
        requests.try_send(request).map_err(|error| Box::new(error.into_inner()))
    }

    /// The next event, if one is there.
    pub fn try_event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Waits for the next event; for programs without a window.
    pub fn wait_event(&mut self) -> Option<Event> {
        self.events.blocking_recv()
    }

    /// Whether the background ended although nobody asked it to: nothing is answered any more.
    pub fn has_ended(&self) -> bool {
        self.requests.is_some() && self.thread.as_ref().is_some_and(std::thread::JoinHandle::is_finished)
    }

    /// Lets the background finish what it must and ends it.
    pub fn shutdown(&mut self) {
        self.requests = None;
        self.events.close();
        if let Some(thread) = self.thread.take() {
            // The thread only ends early by a panic, which the log has told already.
            drop(thread.join());
        }
    }
}

impl Drop for BackendHandle {
    fn drop(&mut self) {
        self.shutdown();
    }
}
