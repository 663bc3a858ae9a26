//! Downloads of recordings: one per recording, shared by whoever wants it, resumed where that is safe.
//! A recording is never shown as whole before every byte is on the disk.

use super::super::clinic::Clinic;
use super::super::problems::{self, Doing};
use crate::domain::{ConsultationKey, RecordId};
use crate::nxvet::{Error, Resume};
use crate::state::{Event, Fault, Problem, RecordingEvent, SessionEvent};
use crate::store::{FileError, PartPaths, RecordingFile, Sidecar};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::watch;
use tokio::task::AbortHandle;

/// Tries of one download; each goes on where the last one broke off, when the server allows.
const TRIES: u32 = 5;
const TOLD_EVERY: Duration = Duration::from_millis(100);
/// The record of how far a part has come is renewed after this many bytes.
const NOTED_EVERY: u64 = 1 << 20;

/// How a download ends; `None` while it runs.
type Outcome = Option<Result<RecordingFile, Problem>>;

/// Downloads under way.
#[derive(Clone, Default)]
pub(in super::super) struct Downloads(Arc<Mutex<HashMap<ConsultationKey, Running>>>);

struct Running {
    abort: AbortHandle,
    outcome: watch::Receiver<Outcome>,
}

/// Tells whether the recording is on this computer.
pub(in super::super) async fn look(clinic: &Clinic, downloads: &Downloads, key: ConsultationKey) {
    if downloads.is_running(&key) {
        return;
    }
    let (recordings, asked) = (clinic.recordings.clone(), key.clone());
    let found = tokio::task::spawn_blocking(move || recordings.finished(&asked)).await;
    let event = match found {
        Ok(Some(file)) => RecordingEvent::Stored { key, bytes: file.bytes },
        _ => RecordingEvent::NotStored { key },
    };
    clinic.events.send(Event::Recording(event)).await;
}

impl Downloads {
    /// Starts the download unless it runs; the receiver hears how it ends.
    pub(in super::super) fn start(&self, clinic: &Arc<Clinic>, key: &ConsultationKey) -> watch::Receiver<Outcome> {
        let mut running = self.lock();
        if let Some(known) =
            running.get(key).filter(|known| known.outcome.borrow().is_none() && !known.abort.is_finished())
        {
            return known.outcome.clone();
        }
        let (sender, outcome) = watch::channel(None);
        let task = tokio::spawn(run(Arc::clone(clinic), key.clone(), sender));
        running.insert(key.clone(), Running { abort: task.abort_handle(), outcome: outcome.clone() });
        outcome
    }

    pub(in super::super) async fn cancel(&self, clinic: &Clinic, key: &ConsultationKey) {
        let running = self.lock().remove(key);
        if let Some(running) = running {
            running.abort.abort();
            clinic.events.send(Event::Recording(RecordingEvent::Cancelled { key: key.clone() })).await;
        }
    }

    pub(in super::super) fn stop_all(&self) {
        for (_, running) in self.lock().drain() {
            running.abort.abort();
        }
    }

    fn is_running(&self, key: &ConsultationKey) -> bool {
        self.lock().get(key).is_some_and(|known| known.outcome.borrow().is_none() && !known.abort.is_finished())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<ConsultationKey, Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(clinic: Arc<Clinic>, key: ConsultationKey, outcome: watch::Sender<Outcome>) {
    let result = fetch_whole(&clinic, &key).await;
    let event = match &result {
        Ok(file) => RecordingEvent::Stored { key, bytes: file.bytes },
        Err(problem) => RecordingEvent::Failed { key, problem: problem.clone() },
    };
    outcome.send_replace(Some(result));
    clinic.events.send(Event::Recording(event)).await;
}

async fn fetch_whole(clinic: &Clinic, key: &ConsultationKey) -> Result<RecordingFile, Problem> {
    if let Some(file) = clinic.recordings.finished(key) {
        return Ok(file);
    }
    let Some(id) = key.record_id() else {
        return Err(Problem::new(&Fault::RecordingMissing, "NX-404"));
    };
    for attempt in 1..=TRIES {
        match pour(clinic, key, id).await {
            Ok(()) => return finish(clinic, key).await,
            Err(Stopped::Network(Error::BrokenOff | Error::Timeout | Error::NoConnection)) if attempt < TRIES => {
                tokio::time::sleep(Duration::from_millis(300) * attempt).await;
            }
            Err(Stopped::Network(error)) => return Err(network_problem(clinic, &error).await),
            Err(Stopped::File(error)) => {
                clinic.recordings.discard(key);
                return Err(problems::of_file(&error));
            }
        }
    }
    Err(Problem::new(&Fault::BrokenOff, "NX-CUT"))
}

async fn network_problem(clinic: &Clinic, error: &Error) -> Problem {
    if *error == Error::Unauthorized {
        clinic.events.send(Event::Session(SessionEvent::KeyRefused)).await;
    }
    problems::of_network(error, Doing::Downloading, clinic.clock_off_minutes())
}

async fn finish(clinic: &Clinic, key: &ConsultationKey) -> Result<RecordingFile, Problem> {
    let (recordings, key) = (clinic.recordings.clone(), key.clone());
    let finished = tokio::task::spawn_blocking(move || recordings.finish(&key)).await;
    match finished {
        Ok(Ok(file)) => Ok(file),
        Ok(Err(error)) => Err(problems::of_file(&error)),
        Err(_) => Err(problems::of_file(&FileError::Other(std::io::ErrorKind::Interrupted))),
    }
}

enum Stopped {
    Network(Error),
    File(FileError),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Network(error)
    }
}

/// Fills the part file to its end, from where it stands when the server proves that it is the same recording.
async fn pour(clinic: &Clinic, key: &ConsultationKey, id: &RecordId) -> Result<(), Stopped> {
    let part = clinic.recordings.part(key);
    let resume = resume_point(&part).await;
    let mut recording = clinic.client.recording(&clinic.organization.id, id, resume.as_ref()).await?;
    let mut file = open_part(clinic, key, recording.offset).await?;
    let mut received = recording.offset;
    let mut told = Instant::now();
    let mut noted = received;
    tell(clinic, key, received, recording.total).await;
    loop {
        let chunk = match recording.next_chunk().await {
            Ok(Some(chunk)) => chunk,
            Ok(None) => break,
            Err(error) => {
                drop(file.flush().await);
                note(&part, recording.etag.as_deref(), recording.total, received);
                return Err(error.into());
            }
        };
        let needed = recording.total.unwrap_or(received).saturating_sub(received).max(chunk.len() as u64);
        file.write_all(&chunk).await.map_err(|error| file_error(&error, needed))?;
        received += chunk.len() as u64;
        if told.elapsed() >= TOLD_EVERY {
            told = Instant::now();
            tell(clinic, key, received, recording.total).await;
        }
        if received - noted >= NOTED_EVERY {
            noted = received;
            note(&part, recording.etag.as_deref(), recording.total, received);
        }
    }
    file.flush().await.map_err(|error| file_error(&error, 0))?;
    Ok(())
}

fn file_error(error: &std::io::Error, needed_bytes: u64) -> Stopped {
    Stopped::File(match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => FileError::DiskFull { needed_bytes },
        std::io::ErrorKind::PermissionDenied => FileError::NotPermitted,
        kind => FileError::Other(kind),
    })
}

/// Without a strong mark of the server's version there is no safe place to go on from.
fn note(part: &PartPaths, etag: Option<&str>, total: Option<u64>, received: u64) {
    if etag.is_none() || total.is_none() {
        return;
    }
    let sidecar = Sidecar { etag: etag.map(str::to_owned), total, received };
    if let Err(error) = sidecar.write(&part.sidecar) {
        tracing::debug!(%error, "the progress of a download could not be noted");
    }
}

async fn resume_point(part: &PartPaths) -> Option<Resume> {
    let sidecar = Sidecar::read(&part.sidecar)?;
    let (etag, total) = (sidecar.etag?, sidecar.total?);
    let length = tokio::fs::metadata(&part.part).await.ok()?.len();
    let offset = length.min(sidecar.received);
    (offset > 0 && offset < total).then_some(Resume { offset, etag, total })
}

/// The part file cut to `offset` and ready to be written on from there.
async fn open_part(
    clinic: &Clinic,
    key: &ConsultationKey,
    offset: u64,
) -> Result<tokio::io::BufWriter<tokio::fs::File>, Stopped> {
    use tokio::io::AsyncSeekExt as _;
    let (recordings, key) = (clinic.recordings.clone(), key.clone());
    let opened = tokio::task::spawn_blocking(move || recordings.open_part(&key)).await;
    let file = match opened {
        Ok(Ok(file)) => file,
        Ok(Err(error)) => return Err(Stopped::File(error)),
        Err(_) => return Err(Stopped::File(FileError::Other(std::io::ErrorKind::Interrupted))),
    };
    let mut file = tokio::fs::File::from_std(file);
    file.set_len(offset).await.map_err(|error| file_error(&error, 0))?;
    file.seek(std::io::SeekFrom::Start(offset)).await.map_err(|error| file_error(&error, 0))?;
    Ok(tokio::io::BufWriter::with_capacity(256 * 1024, file))
}

async fn tell(clinic: &Clinic, key: &ConsultationKey, received: u64, total: Option<u64>) {
    let event = RecordingEvent::Progress { key: key.clone(), received, total };
    clinic.events.send(Event::Recording(event)).await;
}
