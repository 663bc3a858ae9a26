//! Where the sound of a record is asked for: both addresses that are known, and the place where it was found.
//! Writing it down and filling gaps are the caller's part; this file and `recording_body` only make sure
//! that what is joined really belongs together.

use super::recording_body::{Continuation, Recording, is_strong};
use crate::domain::{OrganizationId, RecordId};
use crate::nxvet::client::Client;
use crate::nxvet::error::{BAD_RANGE, Error};
use crate::nxvet::redirect::Hop;
use crate::nxvet::request::{Question, Stretch};
use crate::nxvet::retry::Failure;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use url::Url;

/// The store's name is a constant in the vendor's sample.
const BUCKET: &str = "nxvet-audio-recording-uploads";

/// Whether the last recording came from the older address.
#[derive(Default)]
pub(crate) struct KnownRoute(AtomicBool);

/// Which part of which version is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume {
    /// The first byte wanted.
    pub offset: u64,
    /// The byte after the last one wanted; `total` for all the rest.
    pub until: u64,
    /// The strong version mark of the bytes that are already here.
    pub etag: String,
    pub total: u64,
}

impl Resume {
    /// Without a strong mark and inside the recording there is nothing to join by.
    fn is_useful(&self) -> bool {
        let is_part = self.offset > 0 || self.until < self.total;
        is_part && self.offset < self.until && self.until <= self.total && is_strong(&self.etag)
    }

    fn stretch(&self) -> Stretch {
        let last = (self.until < self.total).then(|| self.until.saturating_sub(1));
        Stretch { first: self.offset, last, version: self.etag.clone() }
    }
}

/// Where a recording was found, redirects followed: asking there again costs one round trip.
/// The address may hold a signature, so it is never shown and never kept on disk.
#[derive(Clone)]
pub struct AudioPlace(Hop);

impl fmt::Debug for AudioPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AudioPlace")
    }
}

impl Client {
    /// Opens a recording: the wanted part if the server proves that it fits, otherwise the whole from its start.
    pub async fn recording(
        &self,
        organization: &OrganizationId,
        record: &RecordId,
        resume: Option<&Resume>,
    ) -> Result<Recording, Error> {
        let older_first = self.recording_route().0.load(Ordering::Relaxed);
        for older in [older_first, !older_first] {
            let url = if older { self.stored_address(organization, record)? } else { self.audio_address(record)? };
            match self.open(&Hop { url, with_key: true }, resume).await {
                Err(Error::NotFound) => {}
                Ok(recording) => {
                    self.recording_route().0.store(older, Ordering::Relaxed);
                    return Ok(recording);
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::NotFound)
    }

    /// Asks for a part right where the recording was found last. [`Error::NotFound`] and [`Error::Forbidden`] may
    /// only mean that the place is not valid any more: [`Self::recording`] finds the new one.
    pub async fn recording_from(&self, place: &AudioPlace, wanted: &Resume) -> Result<Continuation, Error> {
        if !wanted.is_useful() {
            return Ok(Continuation::NotThePart);
        }
        self.retrying(|| self.open_part(&place.0, wanted)).await
    }

    fn audio_address(&self, record: &RecordId) -> Result<Url, Error> {
        self.address(&["labels", record.as_str(), "audio"], &[])
    }

    fn stored_address(&self, organization: &OrganizationId, record: &RecordId) -> Result<Url, Error> {
        let key = format!("uploads/{organization}/{record}.wav");
        self.address(&["s3-file", "download"], &[("bucketName", BUCKET), ("key", &key)])
    }

    async fn open(&self, start: &Hop, resume: Option<&Resume>) -> Result<Recording, Error> {
        let resume = resume.filter(|resume| resume.is_useful());
        self.retrying(|| async {
            if let Some(resume) = resume {
                match self.open_part(start, resume).await? {
                    Continuation::Part(recording) | Continuation::Whole(recording) => return Ok(recording),
                    Continuation::OtherVersion | Continuation::NotThePart => {}
                }
            }
            let question = Question::recording(start.url.clone(), None);
            let (response, hop) = self.send_from(&question, start.clone()).await?;
            Ok(Recording::whole(response, AudioPlace(hop)).await?)
        })
        .await
    }

    async fn open_part(&self, start: &Hop, wanted: &Resume) -> Result<Continuation, Failure> {
        let question = Question::recording(start.url.clone(), Some(wanted.stretch()));
        match self.send_from(&question, start.clone()).await {
            Ok((response, hop)) => Ok(Continuation::judge(response, AudioPlace(hop), wanted).await?),
            // The version it has now is shorter than the one we know.
            Err(Failure { error: Error::Unexpected { what }, .. }) if what == BAD_RANGE => {
                Ok(Continuation::OtherVersion)
            }
            Err(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
mod tests;
