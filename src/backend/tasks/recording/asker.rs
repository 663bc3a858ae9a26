//! Asks for one recording, or for a part of it, at the shortest way that is known.
//! Whether an answer is taken and what is done with its bytes is decided in `fetch`.

use crate::domain::{OrganizationId, RecordId};
use crate::nxvet::{AudioPlace, Client, Continuation, Error, Recording, Resume};

/// How a server answers when it is asked for a part.
pub(super) type Answer = Result<Continuation, Error>;

/// Whom to ask for which recording.
#[derive(Clone)]
pub(super) struct Asker {
    pub(super) client: Client,
    pub(super) organization: OrganizationId,
    pub(super) record: RecordId,
}

impl Asker {
    pub(super) async fn whole(&self) -> Result<Recording, Error> {
        self.client.recording(&self.organization, &self.record, None).await
    }

    /// The wanted part if it can be had, otherwise everything.
    pub(super) async fn anything(self, place: Option<AudioPlace>, wanted: Option<Resume>) -> Result<Recording, Error> {
        let Some(wanted) = wanted else { return self.whole().await };
        match self.clone().part(place, wanted).await? {
            Continuation::Part(recording) | Continuation::Whole(recording) => Ok(recording),
            Continuation::OtherVersion | Continuation::NotThePart => self.whole().await,
        }
    }

    /// Asks where the recording was last, and looks for it again when it is not there any more.
    pub(super) async fn part(self, place: Option<AudioPlace>, wanted: Resume) -> Answer {
        if let Some(place) = place {
            match self.client.recording_from(&place, &wanted).await {
                Err(Error::NotFound | Error::Forbidden) => {}
                answer => return answer,
            }
        }
        let recording = self.client.recording(&self.organization, &self.record, Some(&wanted)).await?;
        Ok(if recording.is_part { Continuation::Part(recording) } else { Continuation::Whole(recording) })
    }
}
