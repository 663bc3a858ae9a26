//! Opens a consultation: what is stored at once, then what NxVET says, then again while notes are pending.

use super::super::clinic::{Clinic, RowNews};
use super::super::problems::{self, Doing};
use crate::domain::{Consultation, ConsultationKey, Notes, Stage};
use crate::nxvet::Error;
use crate::state::{Event, Fault, Problem, Reading, RecordEvent, SessionEvent, Source};
use chrono::TimeDelta;
use std::sync::Arc;
use std::time::Duration;

/// Waits between looks at pending notes; the last one repeats.
const CHECKS: [u64; 5] = [30, 30, 60, 120, 300];

/// Stored notes first, then NxVET's.
pub(in super::super) async fn open(clinic: Arc<Clinic>, key: ConsultationKey) {
    // A link, or a filter, may lead to one whose row the screen does not have.
    if let Some(row) = row_of(&clinic, &key).await {
        clinic.events.send(Event::Record(RecordEvent::Changed(row))).await;
    }
    let has_stored = show_stored(&clinic, &key).await;
    follow(&clinic, &key, has_stored).await;
}

/// Asks NxVET again; what shows stays meanwhile.
pub(in super::super) async fn reload(clinic: Arc<Clinic>, key: ConsultationKey) {
    let asked = key.clone();
    let has_stored = matches!(clinic.store.run(move |store| store.load_notes(&asked)).await, Ok(Some(_)));
    follow(&clinic, &key, has_stored).await;
}

/// How a record stands that somebody said something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Standing {
    Ready,
    /// Something is still being written.
    Pending,
    Gone,
    /// NxVET could not be asked, or does not have it yet.
    Unknown,
}

/// Why a record is asked for again.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct SpokenOf {
    /// It is on screen.
    pub(in super::super) shows: bool,
    /// A webhook said that it was deleted.
    pub(in super::super) is_deleted: bool,
}

/// Asks NxVET again for a record because a webhook spoke of it.
/// Only where NxVET itself no longer has what was said to be deleted, it is marked as gone.
pub(in super::super) async fn look_again(
    clinic: &Clinic,
    key: &ConsultationKey,
    SpokenOf { shows, is_deleted }: SpokenOf,
) -> (Standing, Option<Notes>) {
    match fetch(clinic, key, None).await {
        Ok(fetched) => {
            let is_pending = fetched.stage.is_pending() || fetched.stage == Stage::Unknown;
            let notes = fetched.notes.clone();
            if shows {
                tell(clinic, key, fetched).await;
            }
            (if is_pending { Standing::Pending } else { Standing::Ready }, Some(notes))
        }
        Err(Error::NotFound) if is_deleted => {
            mark_gone(clinic, key).await;
            (Standing::Gone, None)
        }
        Err(error) => {
            tracing::debug!(code = error.code(), "a record that a webhook spoke of could not be read");
            (Standing::Unknown, None)
        }
    }
}

async fn show_stored(clinic: &Clinic, key: &ConsultationKey) -> bool {
    let asked = key.clone();
    let stored = clinic.store.run(move |store| store.load_notes(&asked)).await;
    let Ok(Some(stored)) = stored else { return false };
    let status = stored.notes.status();
    // A pending copy shows nothing that "Loading" does not; waiting for NxVET avoids a flash of it.
    if !status.has_transcript && !status.has_soap {
        return true;
    }
    let reading = prepare(stored.notes).await;
    let key = key.clone();
    let event = RecordEvent::Loaded { key, reading, source: Source::Store, fetched_at: stored.fetched_at };
    clinic.events.send(Event::Record(event)).await;
    true
}

/// Asks until both notes are there; runs until the consultation is closed.
async fn follow(clinic: &Clinic, key: &ConsultationKey, has_stored: bool) {
    for check in 0_usize.. {
        match fetch(clinic, key, None).await {
            Ok(fetched) => {
                let stage = fetched.stage;
                tell(clinic, key, fetched).await;
                // A conversation without text has no stage, and may get its text all the same.
                if !stage.is_pending() && stage != Stage::Unknown {
                    return;
                }
            }
            Err(error) => return tell_failure(clinic, key, &error, has_stored).await,
        }
        let seconds = CHECKS.get(check).or(CHECKS.last()).copied().unwrap_or(300);
        let at = clinic.clock.now() + TimeDelta::seconds(i64::try_from(seconds).unwrap_or(300));
        clinic.events.send(Event::Record(RecordEvent::NextCheck { key: key.clone(), at })).await;
        tokio::time::sleep(Duration::from_secs(seconds)).await;
    }
}

async fn tell(clinic: &Clinic, key: &ConsultationKey, fetched: Fetched) {
    if let Some(row) = fetched.row {
        clinic.events.send(Event::Record(RecordEvent::Changed(row))).await;
    }
    let reading = prepare(fetched.notes).await;
    let fetched_at = clinic.clock.now();
    let event = RecordEvent::Loaded { key: key.clone(), reading, source: Source::NxVet, fetched_at };
    clinic.events.send(Event::Record(event)).await;
}

async fn tell_failure(clinic: &Clinic, key: &ConsultationKey, error: &Error, has_stored: bool) {
    if *error == Error::Unauthorized {
        clinic.events.send(Event::Session(SessionEvent::KeyRefused)).await;
    }
    let is_missing = *error == Error::NotFound;
    let is_unknown = is_missing && !has_stored && row_of(clinic, key).await.is_none();
    if is_missing && !is_unknown {
        mark_gone(clinic, key).await;
    }
    let problem = if is_unknown {
        Problem::new(&Fault::RecordUnknown, error.code())
    } else if error.is_offline() && !has_stored {
        Problem::new(&Fault::OfflineNeverOpened, error.code())
    } else {
        problems::of_network(error, Doing::Reading, clinic.clock_off_minutes())
    };
    clinic.events.send(Event::Record(RecordEvent::Failed { key: key.clone(), problem })).await;
}

async fn mark_gone(clinic: &Clinic, key: &ConsultationKey) {
    clinic.note_row_news(RowNews::Gone(key.clone()));
    let gone = key.clone();
    if let Err(error) = clinic.store.run(move |store| store.mark_gone(&gone)).await {
        tracing::warn!(%error, "a record could not be marked as gone");
    }
    if let Some(row) = row_of(clinic, key).await {
        let row = Arc::new(Consultation { is_gone: true, ..(*row).clone() });
        clinic.catalog.upsert(vec![Arc::clone(&row)]).await;
        clinic.events.send(Event::Record(RecordEvent::Changed(row))).await;
    }
}

/// Splitting and folding a long transcript takes longer than a frame, so it happens apart.
async fn prepare(notes: Notes) -> Arc<Reading> {
    let prepared = tokio::task::spawn_blocking(move || Arc::new(Reading::new(notes))).await;
    prepared.unwrap_or_default()
}

/// A record's notes as NxVET has them now.
pub(super) struct Fetched {
    pub(super) notes: Notes,
    pub(super) stage: Stage,
    /// The row with its new stage, when the catalog knows it or NxVET's answer told it.
    pub(super) row: Option<Arc<Consultation>>,
}

/// Asks NxVET, keeps the notes and tells the catalog the stage.
pub(super) async fn fetch(
    clinic: &Clinic,
    key: &ConsultationKey,
    row: Option<&Arc<Consultation>>,
) -> Result<Fetched, Error> {
    let detail = match key {
        ConsultationKey::Record(id) => clinic.client.consultation(id).await?,
        ConsultationKey::Conversation { device, conversation } => {
            clinic.client.conversation(device, conversation).await?
        }
    };
    let (kept, asked, now) = (detail.notes.clone(), key.clone(), clinic.clock.now());
    if let Err(error) = clinic.store.run(move |store| store.save_notes(&asked, &kept, now)).await {
        clinic.events.send(Event::Told(problems::of_store(&error))).await;
    }
    let listed = match row {
        Some(row) => Some(Arc::clone(row)),
        None => row_of(clinic, key).await,
    };
    let is_listed = listed.is_some();
    // One that the list has not come to shows as its own answer tells; into the list it comes with its page.
    let row = listed.or_else(|| detail.consultation.map(Arc::new));
    let stage = clinic.learn_stage(key, &detail.notes, row.as_deref());
    let row = match row {
        Some(row) if row.stage != stage => {
            let changed = Arc::new(Consultation { stage, ..(*row).clone() });
            if is_listed {
                clinic.catalog.upsert(vec![Arc::clone(&changed)]).await;
            }
            Some(changed)
        }
        other => other,
    };
    Ok(Fetched { notes: detail.notes, stage, row })
}

async fn row_of(clinic: &Clinic, key: &ConsultationKey) -> Option<Arc<Consultation>> {
    let key = key.clone();
    clinic.catalog.ask(move |catalog| catalog.get(&key).map(Arc::clone)).await.flatten()
}
