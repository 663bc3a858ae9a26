//! What partner events brought before NxVET's interface has it: texts that are shown as provisional, and recordings
//! behind addresses that soon expire. Both go as soon as a record says the same.

use super::Desk;
use super::signed::{Fetcher, Hosts, SignedAddress, SignedError};
use crate::domain::live::{EventKey, Happening, LiveEvent, Scheme};
use crate::domain::note::NoteBody;
use crate::domain::{Consultation, ConsultationKey, Note, NoteKind, Notes};
use crate::state::live::Provisional;
use crate::state::{LiveNews, Reading};
use crate::store::{FileError, RecordingFile, Recordings};
use crate::webhooks::payload::{self, SignedAudio};
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use std::io::Read as _;
use std::sync::Arc;
use tokio::sync::Mutex;

/// After this a record will not come any more, and the texts are of no use.
const KEPT: TimeDelta = TimeDelta::days(2);
/// Under this name the store keeps which hosts recordings came from.
const HOSTS: &str = "recording-hosts";
/// Read and written at once when a recording moves to its record.
const STRETCH: usize = 1 << 20;
/// Records that are asked for because they may be what events told.
const MOST_CANDIDATES: usize = 20;

/// What is provisional at the moment, oldest first.
#[derive(Default)]
pub(super) struct Provisionals {
    all: Mutex<Vec<Provisional>>,
}

impl Provisionals {
    /// Takes the texts of an event in and returns the addresses of its recordings.
    pub(super) async fn take(&self, desk: &Desk, event: &LiveEvent) -> Vec<SignedAudio> {
        let Happening::PartnerRecord { .. } = &event.what else { return Vec::new() };
        let (key, now) = (event.key.clone(), desk.clinic.clock.now());
        if now - event.received_at > KEPT {
            return Vec::new();
        }
        let body = desk.clinic.store.run_unnoticed(move |store| store.live_body(Scheme::Partner, &key)).await;
        let Some(told) = body.ok().flatten().and_then(|body| payload::provisional_kept(&body, event.received_at))
        else {
            return Vec::new();
        };
        let provisional = Provisional {
            key: event.key.as_str().to_owned(),
            serial: told.serial,
            room: told.room,
            occurred_at: event.happened_at,
            reading: Arc::new(Reading::new(notes_of(told.transcript.as_ref(), told.soap.as_ref()))),
            has_recording: false,
        };
        let mut all = self.all.lock().await;
        all.retain(|one| one.key != provisional.key && now - one.occurred_at <= KEPT);
        all.push(provisional);
        desk.tell(LiveNews::Provisional(Arc::new(all.clone()))).await;
        told.audio
    }

    /// The recording of an event is here.
    async fn has_recording(&self, desk: &Desk, key: &EventKey) {
        let mut all = self.all.lock().await;
        for one in all.iter_mut().filter(|one| one.key == key.as_str()) {
            one.has_recording = true;
        }
        desk.tell(LiveNews::Provisional(Arc::new(all.clone()))).await;
    }

    /// Listed records that may be what an event told: same device, same time.
    pub(super) async fn candidates(&self, desk: &Desk) -> Vec<ConsultationKey> {
        let all = self.all.lock().await.clone();
        if all.is_empty() {
            return Vec::new();
        }
        let found = desk.clinic.catalog.ask(move |catalog| {
            let may_be = |row: &&Arc<Consultation>| {
                row.key.record_id().is_some() && all.iter().any(|provisional| provisional.may_be(row))
            };
            catalog.rows().filter(may_be).map(|row| row.key.clone()).take(MOST_CANDIDATES).collect()
        });
        found.await.unwrap_or_default()
    }

    /// A record came with its notes: what says the same is confirmed, and its recording becomes the record's.
    pub(super) async fn confirm(&self, desk: &Desk, record: &ConsultationKey, notes: &Notes) {
        let mut all = self.all.lock().await;
        let Some(at) = all.iter().position(|one| says_the_same(&one.reading.notes, notes)) else { return };
        let confirmed = all.remove(at);
        let key = EventKey::new(confirmed.key.clone());
        let forget = move |store: &mut crate::store::Store| store.forget_live_body(Scheme::Partner, &key);
        if let Err(error) = desk.clinic.store.run_unnoticed(forget).await {
            tracing::warn!(%error, "a confirmed text could not be forgotten");
        }
        let (recordings, from, to) = (desk.clinic.recordings.clone(), place_of(&confirmed.key), record.clone());
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || adopt(&recordings, &from, &to)).await {
            tracing::warn!(%error, "a provisional recording could not be moved to its record");
        }
        desk.tell(LiveNews::Provisional(Arc::new(all.clone()))).await;
    }
}

/// Fetches the recordings of an event, at once. An event may name several; the first that is one is kept.
pub(super) async fn fetch_recording(desk: &Desk, all: &Provisionals, key: &EventKey, audio: &[SignedAudio]) {
    let Some(fetcher) = Fetcher::new() else { return };
    let now = desk.clinic.clock.now();
    for one in audio.iter().filter(|one| one.expires_at > now) {
        match fetch_one(desk, &fetcher, key, &one.address).await {
            Ok(()) => return all.has_recording(desk, key).await,
            Err(error) => tracing::info!(%error, "a partner's recording was not fetched"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error("{0}")]
    Signed(#[from] SignedError),
    #[error("{0}")]
    File(#[from] FileError),
}

async fn fetch_one(desk: &Desk, fetcher: &Fetcher, key: &EventKey, address: &SecretString) -> Result<(), NotFetched> {
    let hosts = hosts(desk, address.expose_secret()).await;
    let judged = SignedAddress::judge(address.expose_secret(), &hosts).map_err(SignedError::from)?;
    let mut answer = fetcher.begin(judged, &hosts).await?;
    let (recordings, place) = (desk.clinic.recordings.clone(), place_of(key.as_str()));
    let total = answer.length();
    let (of, at) = (recordings.clone(), place.clone());
    let mut part = away(move || {
        let (mut part, _) = of.write_part(&at)?;
        part.empty()?;
        Ok(part)
    })
    .await?;
    let mut offset = 0_u64;
    while let Some(chunk) = answer.next_chunk().await? {
        let missing = total.map_or(chunk.len() as u64, |total| total.saturating_sub(offset));
        let at = offset;
        offset += chunk.len() as u64;
        part = away(move || part.write(at, &chunk, missing).map(|()| part)).await?;
    }
    if total.is_some_and(|total| total != offset) {
        recordings.discard(&place);
        return Err(SignedError::Connection.into());
    }
    away(move || part.finish(offset)).await.map(|_: RecordingFile| ())?;
    Ok(())
}

/// The hosts that recordings may come from; the first genuine event teaches the first one.
async fn hosts(desk: &Desk, address: &str) -> Hosts {
    let is_local = desk.is_local();
    let read = desk.clinic.store.run_unnoticed(|store| store.live_value(HOSTS)).await;
    let mut hosts = Hosts::read(&read.ok().flatten().unwrap_or_default(), is_local);
    if !is_local && hosts.learn(address) {
        let text = hosts.to_text();
        if let Err(error) =
            desk.clinic.store.run_unnoticed(move |store| store.save_live_value(HOSTS, Some(&text))).await
        {
            tracing::warn!(%error, "the host of recordings could not be kept");
        }
    }
    hosts
}

/// Where the recording of an event lies until its record is known.
fn place_of(key: &str) -> ConsultationKey {
    ConsultationKey::record(format!("provisional {key}"))
}

/// Blocks. A record that has its recording already keeps that one.
fn adopt(recordings: &Recordings, from: &ConsultationKey, to: &ConsultationKey) -> Result<(), FileError> {
    let Some(file) = recordings.finished(from) else { return Ok(()) };
    if recordings.finished(to).is_none() {
        let failed = |error: std::io::Error| FileError::from_io(&error, 0);
        let mut reader = file.open().map_err(failed)?;
        let (mut part, _) = recordings.write_part(to)?;
        part.empty()?;
        let (mut at, mut stretch) = (0_u64, vec![0_u8; STRETCH]);
        loop {
            let read = reader.read(&mut stretch).map_err(failed)?;
            let Some(bytes) = stretch.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            part.write(at, bytes, file.bytes.saturating_sub(at))?;
            at += read as u64;
        }
        part.finish(at)?;
    }
    recordings.remove(from);
    Ok(())
}

async fn away<T: Send + 'static>(work: impl FnOnce() -> Result<T, FileError> + Send + 'static) -> Result<T, FileError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(FileError::Cancelled))
}

fn notes_of(transcript: Option<&SecretString>, soap: Option<&SecretString>) -> Notes {
    let note = |kind, text: &SecretString| Note {
        id: None,
        kind,
        body: NoteBody::Text(text.expose_secret().to_owned()),
        created_at: None,
    };
    let transcript = transcript.map(|text| note(NoteKind::Transcript, text));
    let soap = soap.map(|text| note(NoteKind::Soap, text));
    Notes { all: transcript.into_iter().chain(soap).collect() }
}

/// The same transcript word for word: that is proof, whatever the ids.
fn says_the_same(provisional: &Notes, real: &Notes) -> bool {
    let words = |notes: &Notes| {
        let newest = notes.newest(&NoteKind::Transcript)?;
        let text = newest.body.as_text();
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        (!words.is_empty()).then_some(words)
    };
    matches!((words(provisional), words(real)), (Some(ours), Some(theirs)) if ours == theirs)
}

/// From when on events may still have something provisional.
pub(super) fn oldest(now: DateTime<Utc>) -> DateTime<Utc> {
    now - KEPT
}

#[cfg(test)]
#[path = "provisional_tests.rs"]
mod tests;
