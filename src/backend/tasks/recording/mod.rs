//! Recordings on their way to this computer: one download for each, shared by the player, the waveform and exports.
//! A recording is never shown as whole before every byte is on the disk. How bytes are fetched is in `fetch`.

mod asker;
mod feeds;
mod fetch;
#[cfg(test)]
#[cfg(feature = "simulator")]
mod fetch_tests;
mod keep;
mod medium;
mod mend;
mod plan;
mod waveform;

use super::super::clinic::Clinic;
use super::super::problems::{self, Doing};
use crate::audio::{Growing, WavReader};
use crate::domain::ConsultationKey;
use crate::nxvet::Error;
use crate::state::{Event, Fault, Problem, RecordingEvent, SessionEvent};
use crate::store::{FileError, RecordingFile, SealedReader};
use asker::Asker;
use feeds::Feeds;
use fetch::{Fetch, Orders, Stopped};
use keep::Keep;
use mend::Reading;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use waveform::Waveforms;

/// How a download ends; `None` while it runs.
type Outcome = Option<Result<RecordingFile, Problem>>;

/// Closing the program waits no longer for downloads to note how far they came.
const CLOSING: Duration = Duration::from_millis(300);

/// Downloads under way, and what is left of those that were given up.
#[derive(Clone, Default)]
pub(in super::super) struct Downloads {
    entries: Arc<Mutex<HashMap<ConsultationKey, Entry>>>,
    waveforms: Waveforms,
}

/// One arriving recording. It outlives a failed try, so that a player that holds it hears of the next one.
struct Entry {
    feeds: Feeds,
    wanted: watch::Receiver<Option<u64>>,
    running: Option<Running>,
}

struct Running {
    stop: watch::Sender<bool>,
    outcome: watch::Receiver<Outcome>,
    task: JoinHandle<()>,
}

impl Running {
    fn is_under_way(&self) -> bool {
        self.outcome.borrow().is_none() && !self.task.is_finished() && !*self.stop.borrow()
    }
}

/// Tells whether the recording is on this computer, and what it looks like.
pub(in super::super) async fn look(clinic: &Arc<Clinic>, downloads: &Downloads, key: ConsultationKey) {
    downloads.waveforms.only(&key);
    if downloads.is_under_way(&key) {
        downloads.waveforms.show_again(clinic, &key);
        return;
    }
    let event = match stored(clinic, &key).await {
        Some(file) => {
            if let Ok(whole) = downloads.whole(clinic, &key, &file, false) {
                downloads.waveforms.show_stored(clinic, &key, whole);
            }
            RecordingEvent::Stored { key, bytes: file.bytes }
        }
        None => RecordingEvent::NotStored { key },
    };
    clinic.events.send(Event::Recording(event)).await;
}

async fn stored(clinic: &Clinic, key: &ConsultationKey) -> Option<RecordingFile> {
    let (recordings, key) = (clinic.recordings.clone(), key.clone());
    tokio::task::spawn_blocking(move || recordings.finished(&key)).await.ok().flatten()
}

impl Downloads {
    /// Starts the download unless it runs; the receiver hears how it ends.
    pub(in super::super) fn start(&self, clinic: &Arc<Clinic>, key: &ConsultationKey) -> watch::Receiver<Outcome> {
        self.begin(clinic, key).0
    }

    fn begin(&self, clinic: &Arc<Clinic>, key: &ConsultationKey) -> (watch::Receiver<Outcome>, Feeds) {
        let mut entries = self.lock();
        let entry = entries.entry(key.clone()).or_insert_with(|| Entry::new(clinic, key));
        if let Some(running) = entry.running.as_ref().filter(|running| running.is_under_way()) {
            return (running.outcome.clone(), entry.feeds.clone());
        }
        let former = entry.running.take().map(|running| running.task);
        let (stop, stopped) = watch::channel(false);
        let job = Job {
            clinic: Arc::clone(clinic),
            key: key.clone(),
            feeds: entry.feeds.clone(),
            orders: Orders { wanted: entry.wanted.clone(), stop: stopped },
        };
        let (sender, outcome) = watch::channel(None);
        let task = tokio::spawn(run(job, self.clone(), former, sender));
        entry.running = Some(Running { stop, outcome: outcome.clone(), task });
        (outcome, entry.feeds.clone())
    }

    /// What the player reads: the finished file, or the one that is arriving, which is asked for if need be.
    pub(in super::super) async fn source(&self, clinic: &Arc<Clinic>, key: &ConsultationKey) -> Growing {
        if !self.is_under_way(key) {
            let file = stored(clinic, key).await;
            if let Some(whole) = file.and_then(|file| self.whole(clinic, key, &file, true).ok()) {
                return whole;
            }
        }
        self.begin(clinic, key).1.heard
    }

    /// Ends the download; the part stays and is gone on with later. The task tells of it when it has noted that.
    pub(in super::super) fn cancel(&self, key: &ConsultationKey) {
        if let Some(running) = self.lock().get(key).and_then(|entry| entry.running.as_ref()) {
            running.stop.send_replace(true);
        }
    }

    /// Nobody looks at any consultation now, or only at this one.
    pub(in super::super) fn closed(&self, key: &ConsultationKey) {
        self.waveforms.close(key);
    }

    /// The clinic is left: nothing of it may be written any more.
    pub(in super::super) fn stop_all(&self) {
        for (_, entry) in self.lock().drain() {
            if let Some(running) = entry.running {
                running.task.abort();
            }
            entry.feeds.fail();
        }
        self.waveforms.stop_all();
    }

    /// The program ends: what has arrived is noted, so that it is gone on with next time.
    pub(in super::super) async fn close(&self) {
        let running: Vec<Running> = self.lock().values_mut().filter_map(|entry| entry.running.take()).collect();
        for running in &running {
            running.stop.send_replace(true);
        }
        let ending = async {
            for running in running {
                drop(running.task.await);
            }
        };
        if tokio::time::timeout(CLOSING, ending).await.is_err() {
            tracing::debug!("a download did not end in time");
        }
    }

    fn is_under_way(&self, key: &ConsultationKey) -> bool {
        self.lock().get(key).and_then(|entry| entry.running.as_ref()).is_some_and(Running::is_under_way)
    }

    fn forget(&self, key: &ConsultationKey) {
        self.lock().remove(key);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<ConsultationKey, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn new(clinic: &Clinic, key: &ConsultationKey) -> Self {
        let (sender, wanted) = watch::channel(None);
        let feeds = Feeds::new(&medium::arriving(&clinic.recordings, key), Arc::new(sender));
        Self { feeds, wanted, running: None }
    }
}

/// One download.
struct Job {
    clinic: Arc<Clinic>,
    key: ConsultationKey,
    feeds: Feeds,
    orders: Orders,
}

/// Runs a download to its end and tells how it ended; `former` is one that was cancelled and still puts its part away.
async fn run(job: Job, downloads: Downloads, former: Option<JoinHandle<()>>, outcome: watch::Sender<Outcome>) {
    if let Some(former) = former {
        drop(former.await);
    }
    let ended = fetch_whole(&job, &downloads.waveforms).await;
    let Job { clinic, key, feeds, .. } = job;
    let result = match ended {
        Ok(file) => Ok(file),
        Err(Stopped::Cancelled) => {
            downloads.waveforms.stop(&key);
            clinic.events.send(Event::Recording(RecordingEvent::Cancelled { key })).await;
            return feeds.fail();
        }
        Err(stopped) => Err(problem_of(&clinic, &stopped).await),
    };
    match &result {
        Ok(file) => {
            downloads.watch(&clinic, &key, file, &Reading { growing: &feeds.heard, is_heard: true });
            downloads.forget(&key);
        }
        Err(_) => downloads.waveforms.stop(&key),
    }
    let event = match &result {
        Ok(file) => RecordingEvent::Stored { key, bytes: file.bytes },
        Err(problem) => RecordingEvent::Failed { key, problem: problem.clone() },
    };
    let has_failed = result.is_err();
    outcome.send_replace(Some(result));
    clinic.events.send(Event::Recording(event)).await;
    // Only now: what the player says about it must not come before the reason.
    if has_failed {
        feeds.fail();
    }
}

async fn fetch_whole(job: &Job, waveforms: &Waveforms) -> Result<RecordingFile, Stopped> {
    let Job { clinic, key, feeds, orders } = job;
    if let Some(file) = stored(clinic, key).await {
        feeds.finish(&file);
        return Ok(file);
    }
    let record = key.record_id().cloned().ok_or(Error::NotFound)?;
    let asker = Asker { client: clinic.client.clone(), organization: clinic.organization.id.clone(), record };
    waveforms.follow(clinic, key, &feeds.looked_at);
    let keep = Keep::open(clinic.recordings.clone(), key.clone(), feeds.clone()).await?;
    let (events, told) = (clinic.events.clone(), key.clone());
    let tell = move |received, total| {
        events.send_now(Event::Recording(RecordingEvent::Progress { key: told.clone(), received, total }));
    };
    let ended = Fetch::new(asker, keep, orders.clone(), Arc::new(tell), is_as_long_as_it_says).run().await;
    if let Err(Stopped::File(_)) = &ended {
        // A disk that is full gets its room back.
        feeds.restart();
        clinic.recordings.discard(key);
    }
    if let Ok(file) = &ended {
        check(file.clone());
    }
    ended
}

/// Whether the header promises no more than there is. What is no WAV file cannot be judged by it.
fn is_as_long_as_it_says(recording: SealedReader) -> bool {
    let Ok(reader) = WavReader::open(recording) else { return true };
    reader.info().partial_reason().is_none()
}

/// A recording that came whole may still be cut at its source: the player says so, and the log knows.
fn check(file: RecordingFile) {
    tokio::task::spawn_blocking(move || match file.open().map_err(Into::into).and_then(WavReader::open) {
        Ok(reader) if reader.info().partial_reason().is_some() => {
            tracing::info!("a recording is shorter on the server than its header says");
        }
        Ok(_) => {}
        Err(error) => tracing::info!(%error, "a recording arrived that cannot be played"),
    });
}

async fn problem_of(clinic: &Clinic, stopped: &Stopped) -> Problem {
    match stopped {
        Stopped::Network(Error::NotFound) => Problem::new(&Fault::RecordingMissing, Error::NotFound.code()),
        Stopped::Network(error) => {
            if *error == Error::Unauthorized {
                clinic.events.send(Event::Session(SessionEvent::KeyRefused)).await;
            }
            problems::of_network(error, Doing::Downloading, clinic.clock_off_minutes())
        }
        Stopped::File(error) | Stopped::Unnamed(error) => problems::of_file(error),
        Stopped::Cancelled => problems::of_file(&FileError::Cancelled),
    }
}
