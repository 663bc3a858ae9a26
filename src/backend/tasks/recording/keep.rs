//! What has arrived of one recording: bytes into the part file, word of them to whoever reads, and notes for
//! going on later. Every call on the disk runs away from the runtime's own threads.

use super::feeds::Feeds;
use super::plan;
use crate::domain::ConsultationKey;
use crate::store::{FileError, Part, RecordingFile, Recordings, SealedReader, Sidecar};
use bytes::Bytes;
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::task::JoinHandle;

/// Notes are taken after so many bytes or so much time, whichever comes first; the first one sooner.
/// Each makes the disk busy for a moment, in which a jump would have to wait.
const NOTED_EVERY: u64 = 16 << 20;
const NOTED_WITHIN: Duration = Duration::from_secs(5);
const FIRST_NOTED: Duration = Duration::from_secs(1);

/// What proves that two answers are of the same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) etag: String,
    pub(super) total: u64,
}

pub(super) struct Keep {
    recordings: Recordings,
    key: ConsultationKey,
    feeds: Feeds,
    /// `None` only while a call on the disk has it.
    part: Option<Part>,
    /// Known only when parts can be joined by it.
    version: Option<Version>,
    noting: Option<JoinHandle<()>>,
    note_at: Instant,
    unnoted: u64,
}

impl Keep {
    /// Opens the part, with what an earlier run left when it can be gone on with.
    pub(super) async fn open(recordings: Recordings, key: ConsultationKey, feeds: Feeds) -> Result<Self, FileError> {
        let (at, of) = (recordings.clone(), key.clone());
        let (mut part, known) = away(move || at.write_part(&of)).await?;
        let mut version = None;
        if let Some((known, found)) = known.and_then(|known| Some((version_of(&known)?, known))) {
            // What was here and is not in the note may not be on the disk.
            if !feeds.ranges().iter().all(|range| plan::covers(found.ranges(), range)) {
                feeds.restart();
            }
            feeds.set_total(known.total);
            found.ranges().iter().for_each(|range| feeds.arrived(range));
            version = Some(known);
        } else {
            if !feeds.ranges().is_empty() {
                feeds.restart();
            }
            part = away(move || part.empty().map(|()| part)).await?;
        }
        let note_at = Instant::now() + FIRST_NOTED;
        Ok(Self { recordings, key, feeds, part: Some(part), version, noting: None, note_at, unnoted: 0 })
    }

    pub(super) fn version(&self) -> Option<&Version> {
        self.version.as_ref()
    }

    pub(super) fn ranges(&self) -> Vec<Range<u64>> {
        self.feeds.ranges()
    }

    pub(super) fn received(&self) -> u64 {
        plan::sum(&self.feeds.ranges())
    }

    pub(super) fn total(&self) -> Option<u64> {
        self.feeds.total()
    }

    /// Opens what has arrived as if it ended at `end`.
    pub(super) fn read_until(&self, end: u64) -> std::io::Result<SealedReader> {
        Ok(self.recordings.read_part(&self.key)?.with_length(end))
    }

    /// Everything has arrived without a word of how much that is.
    pub(super) fn set_total(&mut self, total: u64) {
        self.feeds.set_total(total);
    }

    /// Writes what came; whoever reads hears of it at once. What is here already is of the same version.
    pub(super) async fn write(&mut self, at: u64, chunk: Bytes) -> Result<(), FileError> {
        let range = at..at + chunk.len() as u64;
        if self.ranges().iter().any(|here| here.start <= range.start && range.end <= here.end) {
            return Ok(());
        }
        let missing = self.total().map_or(range.end - range.start, |total| total.saturating_sub(self.received()));
        let mut part = self.take_part()?;
        let write = away(move || part.write(at, &chunk, missing).map(|()| part));
        self.part = Some(write.await?);
        self.unnoted += range.end - range.start;
        self.feeds.arrived(&range);
        Ok(())
    }

    /// Forgets all bytes: what comes now is another version, or nobody knows.
    pub(super) async fn restart(&mut self, version: Option<Version>, total: Option<u64>) -> Result<(), FileError> {
        self.wait_for_notes().await;
        self.version = version;
        self.unnoted = 0;
        if !self.feeds.ranges().is_empty() {
            self.feeds.restart();
        }
        let mut part = self.take_part()?;
        self.part = Some(away(move || part.empty().map(|()| part)).await?);
        if let Some(total) = total {
            self.feeds.set_total(total);
        }
        Ok(())
    }

    /// Notes all that has arrived and waits until that is on the disk.
    pub(super) async fn note(&mut self) {
        self.wait_for_notes().await;
        if self.unnoted > 0 {
            self.begin_note();
            self.wait_for_notes().await;
        }
    }

    /// Turns the part into the recording, which only its exact size allows.
    pub(super) async fn finish(mut self, total: u64) -> Result<RecordingFile, FileError> {
        self.wait_for_notes().await;
        let part = self.take_part()?;
        let file = away(move || part.finish(total)).await?;
        self.feeds.finish(&file);
        Ok(file)
    }

    fn take_part(&mut self) -> Result<Part, FileError> {
        // It is gone only after a call on the disk has panicked.
        self.part.take().ok_or(FileError::Other(std::io::ErrorKind::Interrupted))
    }

    /// Notes in the background what has arrived, when it is time to.
    pub(super) fn note_now_and_then(&mut self) {
        let is_due = self.unnoted >= NOTED_EVERY || Instant::now() >= self.note_at;
        if is_due && self.noting.as_ref().is_none_or(JoinHandle::is_finished) {
            self.begin_note();
        }
    }

    /// Without a strong mark of the server's version there is no safe place to go on from.
    fn begin_note(&mut self) {
        (self.note_at, self.unnoted) = (Instant::now() + NOTED_WITHIN, 0);
        let Some(version) = &self.version else { return };
        let Some(notebook) = self.part.as_ref().map(Part::notebook) else { return };
        let known = Sidecar::new(Some(version.etag.clone()), Some(version.total), self.feeds.ranges());
        self.noting = Some(tokio::task::spawn_blocking(move || {
            if let Err(error) = notebook.note(known) {
                tracing::debug!(%error, "the progress of a download could not be noted");
            }
        }));
    }

    async fn wait_for_notes(&mut self) {
        if let Some(noting) = self.noting.take() {
            drop(noting.await);
        }
    }
}

fn version_of(known: &Sidecar) -> Option<Version> {
    Some(Version { etag: known.etag.clone()?, total: known.total? })
}

/// Runs a call on the disk elsewhere.
pub(super) async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    let ended = tokio::task::spawn_blocking(work).await;
    ended.unwrap_or(Err(FileError::Other(std::io::ErrorKind::Interrupted)))
}
