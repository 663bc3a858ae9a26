//! Notifications of the system: one at a time, a later one in the place of the earlier, and a click on it is told.
//! What they say is decided elsewhere. Showing one may take a while, so a thread of its own does it; where the system
//! has none, nothing is shown and nothing waits.

#[cfg(target_os = "linux")]
#[path = "bus.rs"]
mod here;
#[cfg(target_os = "windows")]
#[path = "toast.rs"]
mod here;

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// The name under which the system files the program: its menu entry, and what the installer registers.
pub const APPLICATION: &str = "io.github.consult_desk.ConsultDesk";

/// Whether this system has a way to show one that this program knows.
pub const ARE_POSSIBLE: bool = cfg!(any(target_os = "linux", target_os = "windows"));

/// News that may wait; only the last one counts anyway.
const WAITING: usize = 16;

#[derive(Clone, Debug, PartialEq, Eq)]
enum Job {
    Show { title: String, body: String },
    TakeBack,
}

/// Shows them until it is dropped; what stands there then is taken back.
#[derive(Debug)]
pub struct Notifier {
    jobs: SyncSender<Job>,
}

impl Notifier {
    /// `bus` is where the session's bus is on Linux; `None` leaves it to the environment. Nothing is connected before
    /// something is shown. `on_click` is called on another thread.
    pub fn start(bus: Option<String>, on_click: impl Fn() + Send + Sync + 'static) -> std::io::Result<Self> {
        let (jobs, waiting) = sync_channel(WAITING);
        let work = move || work(&waiting, bus, on_click);
        std::thread::Builder::new().name("notifier".to_owned()).spawn(work)?;
        Ok(Self { jobs })
    }

    pub fn show(&self, title: &str, body: &str) {
        self.put(Job::Show { title: title.to_owned(), body: body.to_owned() });
    }

    pub fn take_back(&self) {
        self.put(Job::TakeBack);
    }

    fn put(&self, job: Job) {
        if self.jobs.try_send(job).is_err() {
            tracing::debug!("a notification was left out");
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "windows"))]
fn work(jobs: &Receiver<Job>, bus: Option<String>, on_click: impl Fn() + Send + Sync + 'static) {
    let mut shown = here::Shown::new(bus, on_click);
    while let Ok(job) = jobs.recv() {
        let outcome = match job {
            Job::Show { title, body } => shown.show(&title, &body),
            Job::TakeBack => shown.take_back(),
        };
        if let Err(kind) = outcome {
            tracing::info!(kind, "the system shows no notification");
        }
    }
    shown.take_back().ok();
}

/// macOS shows them for signed programs through an interface that this program does not have.
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
fn work(jobs: &Receiver<Job>, _bus: Option<String>, _on_click: impl Fn() + Send + Sync + 'static) {
    while jobs.recv().is_ok() {}
}
