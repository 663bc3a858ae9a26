//! Exports: ask where to, then write so that the file is there whole or not at all.

use super::super::clinic::Clinic;
use super::super::problems;
use super::super::services::Services;
use super::clip::{self, ClipError};
use super::print;
use super::recording::Downloads;
use crate::audio::WavError;
use crate::domain::{Consultation, ConsultationKey, Zone, plain_text};
use crate::platform::SaveDialog;
use crate::state::{DocumentFormat, Event, ExportEvent, Fault, Problem};
use crate::store::{FileError, RecordingFile, StoredNotes, Target, copy_atomically, write_atomically};
use std::io::{self, ErrorKind};
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

const TOLD_EVERY: Duration = Duration::from_millis(100);

/// One export: what, and under which proposed name.
pub(in super::super) struct Job {
    pub(in super::super) clinic: Arc<Clinic>,
    pub(in super::super) services: Arc<Services>,
    pub(in super::super) export: u64,
    pub(in super::super) key: ConsultationKey,
    pub(in super::super) file_name: String,
}

/// The recording as the server has it, byte for byte.
pub(in super::super) async fn recording(job: Job, downloads: Downloads) {
    let event = match job.ask_where("wav", "WAV recording").await {
        _ if !job.services.dialogs.can_ask() => job.cannot_ask(),
        Some(path) => job.ended(&path, job.write_recording(&path, &downloads).await),
        None => ExportEvent::Cancelled { export: job.export },
    };
    job.clinic.events.send(Event::Export(event)).await;
}

/// A stretch of the recording (in milliseconds) as a recording of its own.
pub(in super::super) async fn clip(job: Job, downloads: Downloads, stretch: Range<u64>) {
    let event = match job.ask_where("wav", "WAV recording").await {
        _ if !job.services.dialogs.can_ask() => job.cannot_ask(),
        Some(path) => job.ended(&path, job.write_clip(&path, &downloads, stretch).await),
        None => ExportEvent::Cancelled { export: job.export },
    };
    job.clinic.events.send(Event::Export(event)).await;
}

/// Transcript and SOAP note as a document.
pub(in super::super) async fn document(job: Job, format: DocumentFormat) {
    let kind = match format {
        DocumentFormat::Text => "Text",
        DocumentFormat::Markdown => "Markdown",
        DocumentFormat::Pdf => "PDF",
    };
    let event = match job.ask_where(format.extension(), kind).await {
        _ if !job.services.dialogs.can_ask() => job.cannot_ask(),
        Some(path) => job.ended(&path, job.write_document(&path, format).await),
        None => ExportEvent::Cancelled { export: job.export },
    };
    job.clinic.events.send(Event::Export(event)).await;
}

/// Stops an export; what was written so far is removed by the writer itself.
pub(in super::super) async fn cancel(clinic: Arc<Clinic>, export: u64, task: JoinHandle<()>) {
    task.abort();
    drop(task.await);
    clinic.events.send(Event::Export(ExportEvent::Cancelled { export })).await;
}

impl Job {
    async fn ask_where(&self, extension: &'static str, kind: &'static str) -> Option<PathBuf> {
        let (services, file_name) = (Arc::clone(&self.services), self.file_name.clone());
        let ask = move || {
            let dialog = SaveDialog {
                title: "Export".to_owned(),
                file_name,
                filters: vec![(kind.to_owned(), vec![extension.to_owned()])],
                folder: None,
            };
            services.dialogs.ask_save_path(&dialog)
        };
        tokio::task::spawn_blocking(ask).await.ok().flatten()
    }

    /// Without a file dialog "cancelled" would be a lie.
    fn cannot_ask(&self) -> ExportEvent {
        let why = "this desktop has no file dialog, install xdg-desktop-portal or zenity".to_owned();
        ExportEvent::Failed { export: self.export, problem: Problem::new(&Fault::NotExported(why), "DIALOG") }
    }

    fn ended(&self, path: &Path, result: Result<(), Problem>) -> ExportEvent {
        match result {
            Ok(()) => ExportEvent::Saved { export: self.export, file_name: name_of(path) },
            Err(problem) => ExportEvent::Failed { export: self.export, problem },
        }
    }

    async fn started(&self, path: &Path) {
        let event = ExportEvent::Started { export: self.export, file_name: name_of(path) };
        self.clinic.events.send(Event::Export(event)).await;
    }

    /// The whole recording, downloaded if need be; the same download serves whoever else waits for it.
    async fn fetched(&self, downloads: &Downloads) -> Result<RecordingFile, Problem> {
        let mut outcome = downloads.start(&self.clinic, &self.key);
        match outcome.wait_for(Option::is_some).await.map(|outcome| outcome.clone()) {
            Ok(Some(result)) => result,
            // The download was cancelled by the person.
            _ => Err(Problem::new(&Fault::NotExported("the download was cancelled".to_owned()), "CANCEL")),
        }
    }

    async fn write_clip(&self, path: &Path, downloads: &Downloads, stretch: Range<u64>) -> Result<(), Problem> {
        let (to, data) = (path.to_owned(), self.services.folders.data.clone());
        let write = move |file: &RecordingFile, stop: &AtomicBool| {
            Ok(clip::write(file.open()?, Target::outside(&to, &data), &stretch, stop)?)
        };
        self.write_from(path, downloads, write).await
    }

    async fn write_recording(&self, path: &Path, downloads: &Downloads) -> Result<(), Problem> {
        let (events, export) = (self.clinic.events.clone(), self.export);
        let (to, data) = (path.to_owned(), self.services.folders.data.clone());
        let copy = move |file: &RecordingFile, stop: &AtomicBool| {
            let mut told = Instant::now();
            copy_atomically(&mut file.open()?, file.bytes, Target::outside(&to, &data), |done, total| {
                if told.elapsed() >= TOLD_EVERY {
                    told = Instant::now();
                    events.send_now(Event::Export(ExportEvent::Progress { export, done, total: Some(total) }));
                }
                if stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            Ok(())
        };
        self.write_from(path, downloads, copy).await
    }

    /// Writes from the whole recording. One that proves damaged is fetched again and then written, once.
    async fn write_from(
        &self,
        path: &Path,
        downloads: &Downloads,
        write: impl Fn(&RecordingFile, &AtomicBool) -> Result<(), Unwritten> + Clone + Send + 'static,
    ) -> Result<(), Problem> {
        self.started(path).await;
        for _ in 0..2 {
            let file = self.fetched(downloads).await?;
            let stop = StopOnDrop::default();
            let (flag, from, write) = (stop.flag(), file.clone(), write.clone());
            match tokio::task::spawn_blocking(move || write(&from, &flag)).await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(Unwritten::Damaged)) => downloads.mend(&self.clinic, &self.key, &file).await,
                Ok(Err(Unwritten::File(error))) => return Err(problems::of_file(&error)),
                Ok(Err(Unwritten::Sound(error))) => {
                    let why = problems::lower_first(&error.to_string());
                    return Err(Problem::new(&Fault::NotExported(why), "CLIP"));
                }
                Err(_) => return Err(problems::of_file(&FileError::Other(ErrorKind::Interrupted))),
            }
        }
        let why = "the recording is damaged on this computer".to_owned();
        Err(Problem::new(&Fault::NotExported(why), "REC-DAMAGED"))
    }

    /// The row and what is stored of its notes.
    pub(super) async fn loaded(&self) -> Result<(Arc<Consultation>, StoredNotes), Problem> {
        let asked = self.key.clone();
        let row = self.clinic.catalog.ask(move |catalog| catalog.get(&asked).map(Arc::clone)).await.flatten();
        let asked = self.key.clone();
        let stored = self.clinic.store.run(move |store| store.load_notes(&asked)).await;
        let stored = stored.map_err(|error| problems::of_store(&error))?;
        let (Some(row), Some(stored)) = (row, stored) else {
            return Err(Problem::new(&Fault::NotSaved("the notes are not loaded yet".to_owned()), "NOTES"));
        };
        Ok((row, stored))
    }

    async fn write_document(&self, path: &Path, format: DocumentFormat) -> Result<(), Problem> {
        self.started(path).await;
        if format == DocumentFormat::Pdf {
            let bytes = print::document(self, true).await?;
            let (to, data) = (path.to_owned(), self.services.folders.data.clone());
            let write = tokio::task::spawn_blocking(move || write_atomically(Target::outside(&to, &data), &bytes));
            return written(&write.await);
        }
        let (row, stored) = self.loaded().await?;
        let (to, data) = (path.to_owned(), self.services.folders.data.clone());
        let write = tokio::task::spawn_blocking(move || {
            let text = match format {
                DocumentFormat::Text | DocumentFormat::Pdf => {
                    plain_text::document_text(&row, &stored.notes, Zone::Local)
                }
                DocumentFormat::Markdown => plain_text::document_markdown(&row, &stored.notes, Zone::Local),
            };
            write_atomically(Target::outside(&to, &data), plain_text::with_platform_line_ends(&text).as_bytes())
        });
        written(&write.await)
    }
}

fn written(result: &Result<Result<(), FileError>, tokio::task::JoinError>) -> Result<(), Problem> {
    match result {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(problems::of_file(error)),
        Err(_) => Err(problems::of_file(&FileError::Other(ErrorKind::Interrupted))),
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Why a recording was not written.
enum Unwritten {
    /// What is stored here does not prove itself.
    Damaged,
    File(FileError),
    Sound(WavError),
}

impl From<io::Error> for Unwritten {
    fn from(error: io::Error) -> Self {
        FileError::Other(error.kind()).into()
    }
}

impl From<FileError> for Unwritten {
    fn from(error: FileError) -> Self {
        if error == FileError::Other(ErrorKind::InvalidData) { Self::Damaged } else { Self::File(error) }
    }
}

impl From<ClipError> for Unwritten {
    fn from(error: ClipError) -> Self {
        match error {
            ClipError::Sound(WavError::Io(error)) => error.into(),
            ClipError::Sound(error) => Self::Sound(error),
            ClipError::File(error) => error.into(),
        }
    }
}

/// Tells a blocking copy that nobody waits for it any more.
#[derive(Default)]
struct StopOnDrop(Arc<AtomicBool>);

impl StopOnDrop {
    fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
