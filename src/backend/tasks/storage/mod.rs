//! What lies on this computer: measuring it, letting old data go, showing and exporting the log, removing everything,
//! and facts for support.

mod desk_log;
mod diagnostics;
mod in_use;
mod removal;
mod retention;

pub(in super::super) use in_use::InUse;
pub(in crate::backend::tasks) use removal::LOG;
pub(in super::super) use removal::{finish_removal, remove_everything};
pub(in super::super) use retention::{Keeper, keep_days};

use crate::backend::clinic::Clinic;
use crate::backend::desk::Context;
use crate::backend::problems;
use crate::state::{Event, StorageEvent, StorageRequest, StorageUse};
use crate::store::{Holdings, Recordings, StoreError};
use std::sync::Arc;

pub(in super::super) async fn take(context: Context, clinic: Option<Arc<Clinic>>, request: StorageRequest) {
    if request == StorageRequest::Diagnostics {
        return diagnostics::tell(&context, clinic.as_deref()).await;
    }
    let Some(clinic) = clinic else { return };
    match request {
        StorageRequest::Measure => measure(&clinic).await,
        StorageRequest::Audit { below, most } => desk_log::show(&clinic, below, most).await,
        StorageRequest::ExportAudit { export } => desk_log::export(&context, &clinic, export).await,
        // These need no clinic.
        StorageRequest::RemoveEverything | StorageRequest::Diagnostics => {}
    }
}

/// Tells how much there is.
async fn measure(clinic: &Clinic) {
    match held(clinic).await {
        Ok(held) => {
            let Held { store, recordings, recording_bytes } = held;
            let folder = clinic.recordings.folder().parent().map(|folder| folder.display().to_string());
            let usage = StorageUse {
                consultations: store.consultations,
                notes: store.notes,
                recordings,
                recording_bytes,
                database_bytes: store.database_bytes,
                oldest: store.oldest,
                folder: folder.unwrap_or_default(),
            };
            clinic.events.send(Event::Storage(StorageEvent::Measured(usage))).await;
        }
        Err(error) => clinic.events.send(Event::Told(problems::of_store(&error))).await,
    }
}

struct Held {
    store: Holdings,
    recordings: usize,
    recording_bytes: u64,
}

async fn held(clinic: &Clinic) -> Result<Held, StoreError> {
    let recordings = clinic.recordings.clone();
    let store = clinic.store.run(crate::store::Store::holdings).await?;
    let (recordings, recording_bytes) =
        tokio::task::spawn_blocking(move || Recordings::held(&recordings)).await.unwrap_or_default();
    Ok(Held { store, recordings, recording_bytes })
}
