//! What each room is doing, folded from what events told. The fold forgets nothing that decides and adds nothing up,
//! so events may come in any order and any number of times: the board is the same.
//! A conversation is never tied to a record here; a tile only says what was heard of its room last.

mod hours;
mod tile;

pub use hours::OpeningHours;
pub use tile::{Tile, TileStatus, conversation_key, tiles};

use super::event::{Happening, LiveEvent};
use crate::domain::{Consultation, ConsultationKey, ConversationId, DeviceId, RecordId};
use chrono::{DateTime, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Everything that events told about rooms and records.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    conversations: BTreeMap<(DeviceId, ConversationId), Heard>,
    records: BTreeMap<RecordId, Told>,
    words: BTreeMap<DeviceId, DateTime<Utc>>,
}

/// A conversation, as far as it was told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// The earliest that was told; the end may be known alone.
    pub started_at: Option<DateTime<Utc>>,
    /// The latest that was told.
    pub ended_at: Option<DateTime<Utc>>,
}

impl Heard {
    fn last(&self) -> Option<DateTime<Utc>> {
        self.started_at.max(self.ended_at)
    }
}

/// When a record was last told of, and last told to be deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Told {
    alive_at: Option<DateTime<Utc>>,
    deleted_at: Option<DateTime<Utc>>,
}

impl Board {
    /// Takes an event in; says whether the board can look different by it.
    pub fn take(&mut self, event: &LiveEvent) -> bool {
        let at = event.happened_at;
        match &event.what {
            Happening::ConversationStarted { conversation, device } => {
                let heard = self.heard(device, conversation);
                let before = *heard;
                heard.started_at = Some(heard.started_at.map_or(at, |known| known.min(at)));
                let is_changed = *heard != before;
                self.note_word(device, at) | is_changed
            }
            Happening::ConversationEnded { conversation, device } => {
                let heard = self.heard(device, conversation);
                let before = *heard;
                heard.ended_at = heard.ended_at.max(Some(at));
                let is_changed = *heard != before;
                self.note_word(device, at) | is_changed
            }
            Happening::RecordCreated(id) | Happening::RecordUpdated(id) => {
                let told = self.records.entry(id.clone()).or_default();
                let before = told.alive_at;
                told.alive_at = before.max(Some(at));
                told.alive_at != before
            }
            Happening::RecordDeleted(id) => {
                let told = self.records.entry(id.clone()).or_default();
                let before = told.deleted_at;
                told.deleted_at = before.max(Some(at));
                told.deleted_at != before
            }
            Happening::PartnerRecord { serial: Some(serial), .. } | Happening::Measurement { serial: Some(serial) } => {
                self.note_word(&DeviceId::new(serial), at)
            }
            _ => false,
        }
    }

    /// Whether a record was told to be deleted. Only news that are younger than the deletion bring it back.
    pub fn is_deleted(&self, id: &RecordId) -> bool {
        self.records.get(id).is_some_and(|told| told.deleted_at.is_some() && told.alive_at <= told.deleted_at)
    }

    /// Whether a consultation still counts.
    pub fn counts(&self, consultation: &Consultation) -> bool {
        !consultation.is_gone && !consultation.key.record_id().is_some_and(|id| self.is_deleted(id))
    }

    /// Records that were told of and not deleted since.
    pub fn records(&self) -> impl Iterator<Item = &RecordId> {
        self.records.keys().filter(|id| !self.is_deleted(id))
    }

    pub fn conversations(&self) -> impl Iterator<Item = (&DeviceId, &ConversationId, &Heard)> {
        self.conversations.iter().map(|((device, conversation), heard)| (device, conversation, heard))
    }

    /// What was told about one conversation.
    pub fn conversation(&self, key: &ConsultationKey) -> Option<&Heard> {
        let ConsultationKey::Conversation { device, conversation } = key else { return None };
        self.conversations.get(&(device.clone(), conversation.clone()))
    }

    /// When an event last spoke of each recorder.
    pub fn words(&self) -> impl Iterator<Item = (&DeviceId, DateTime<Utc>)> {
        self.words.iter().map(|(device, at)| (device, *at))
    }

    /// Lets go of what was told before a moment, so that the board of a desk that runs for months stays small.
    pub fn forget_before(&mut self, moment: DateTime<Utc>) {
        self.conversations.retain(|_, heard| heard.last() >= Some(moment));
        self.records.retain(|_, told| told.alive_at.max(told.deleted_at) >= Some(moment));
        self.words.retain(|_, at| *at >= moment);
    }

    fn heard(&mut self, device: &DeviceId, conversation: &ConversationId) -> &mut Heard {
        self.conversations.entry((device.clone(), conversation.clone())).or_default()
    }

    fn note_word(&mut self, device: &DeviceId, at: DateTime<Utc>) -> bool {
        let word = self.words.entry(device.clone()).or_insert(DateTime::UNIX_EPOCH);
        let before = *word;
        *word = before.max(at);
        *word != before
    }
}

/// What is known beside the events: the recorders and the consultations.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    pub directory: &'a super::rooms::Directory,
    /// When the recorders were last asked for.
    pub devices_at: Option<DateTime<Utc>>,
    /// The newest ones, as far back as the tiles look.
    pub rows: &'a [Arc<Consultation>],
}

#[cfg(test)]
mod tests;
