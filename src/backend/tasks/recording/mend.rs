//! A stored recording that does not prove itself any more is removed and fetched again, while whoever met the damage
//! waits for the new bytes as for any that are still arriving. Nobody hears noise, nobody has to ask.

use super::super::super::clinic::Clinic;
use super::{Downloads, medium};
use crate::audio::Growing;
use crate::domain::ConsultationKey;
use crate::state::{Event, Fault, Problem};
use crate::store::RecordingFile;
use std::io;
use std::sync::Arc;

/// Somebody reads a stored recording.
pub(super) struct Reading<'a> {
    pub(super) growing: &'a Growing,
    /// A player may ask for what it needs next; whoever draws takes what comes.
    pub(super) is_heard: bool,
}

impl Downloads {
    /// A stored recording to read from; damage in it is seen to.
    pub(super) fn whole(
        &self,
        clinic: &Arc<Clinic>,
        key: &ConsultationKey,
        file: &RecordingFile,
        is_heard: bool,
    ) -> io::Result<Growing> {
        let part = medium::arriving(&clinic.recordings, key);
        let whole = Growing::whole_on(medium::stored(file), part)?;
        self.watch(clinic, key, file, &Reading { growing: &whole, is_heard });
        Ok(whole)
    }

    /// Sees to damage that a reader of this recording meets.
    pub(super) fn watch(
        &self,
        clinic: &Arc<Clinic>,
        key: &ConsultationKey,
        file: &RecordingFile,
        reading: &Reading<'_>,
    ) {
        let (downloads, runtime) = (self.clone(), tokio::runtime::Handle::current());
        // The player may keep a recording when its clinic has long been left.
        let (clinic, key, file) = (Arc::downgrade(clinic), key.clone(), file.clone());
        let is_heard = reading.is_heard;
        reading.growing.on_damage(move |growing| {
            let Some(clinic) = clinic.upgrade() else { return };
            growing.restart();
            let growing = growing.clone();
            runtime.spawn(async move {
                downloads.mend(&clinic, &key, &file).await;
                let feeds = downloads.begin(&clinic, &key).1;
                if is_heard {
                    feeds.obey(&growing);
                }
                feeds.join(&growing);
            });
        });
    }

    /// Removes a damaged recording, unless another one has taken its place, and begins to fetch it again.
    pub(in super::super) async fn mend(&self, clinic: &Arc<Clinic>, key: &ConsultationKey, damaged: &RecordingFile) {
        let (recordings, of, damaged) = (clinic.recordings.clone(), key.clone(), damaged.clone());
        let removed = tokio::task::spawn_blocking(move || recordings.remove_damaged(&of, &damaged)).await;
        if matches!(removed, Ok(true)) {
            tracing::warn!("a stored recording is damaged and is fetched again");
            let problem = Problem::new(&Fault::RecordingDamaged, "REC-DAMAGED");
            clinic.events.send(Event::Told(problem)).await;
        }
        self.begin(clinic, key);
    }
}
