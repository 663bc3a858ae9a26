//! Rooms at work: a recorder starts, stops, and some time later the record of it appears.
//!
//! Nobody is told here; the news that a change leaves in the world is told by `hooks`.

use super::{
    generated,
    hooks::News,
    record::{Conversation, Record, Stage, Text},
    world::World,
};

/// A recording that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Started {
    /// The conversation's id.
    pub conversation_id: String,
    /// The device's id, which is not its serial number.
    pub device_id: String,
}

impl World {
    /// The recorder of that room starts; none when there is no such room. What is not listed is known by its id alone.
    pub(super) fn start_conversation(&mut self, room: usize, at_ms: i64, is_listed: bool) -> Option<Started> {
        let device_id = self.rooms.get(room)?.device_id.clone();
        let started = Started { conversation_id: format!("conv-{:08x}", self.random.u32(..)), device_id };
        self.conversations.push(Conversation {
            id: started.conversation_id.clone(),
            device_id: started.device_id.clone(),
            at_ms,
            ended_ms: None,
            is_listed,
            text: Text::Given { transcript: None, soap: None },
        });
        let Started { conversation_id: conversation, device_id: device } = started.clone();
        self.news.push(News::Began { conversation, device });
        Some(started)
    }

    /// It stops; false when there is none of that id that still runs.
    pub(super) fn end_conversation(&mut self, id: &str, at_ms: i64) -> bool {
        let seed = self.random.u64(..);
        let running = self.conversations.iter_mut().find(|known| known.id == id && known.ended_ms.is_none());
        let Some(conversation) = running else { return false };
        conversation.ended_ms = Some(at_ms.max(conversation.at_ms + 1_000));
        conversation.text = Text::Composed { seed };
        let (conversation, device) = (conversation.id.clone(), conversation.device_id.clone());
        self.news.push(News::Ended { conversation, device });
        true
    }

    /// The record of a conversation that ended appears, still to be transcribed; returns its id.
    pub(super) fn record_conversation(&mut self, id: &str) -> Option<String> {
        let conversation = self.conversations.iter().find(|known| known.id == id)?;
        let (from_ms, ended_ms, device) = (conversation.at_ms, conversation.ended_ms?, conversation.device_id.clone());
        let Text::Composed { seed } = conversation.text else { return None };
        let room = self.rooms.iter().position(|room| room.device_id == device);
        let mut record = generated::record(from_ms, seed, (self.rooms.len(), self.vets.len(), self.patients.len()));
        record.kind = super::record::Kind::CombinedClinicConv;
        record.room = room;
        record.to_ms = ended_ms;
        if record.patient.is_none() && !self.patients.is_empty() {
            record.patient = Some((seed % self.patients.len() as u64) as usize);
        }
        Some(self.appear(record, Stage::Transcribing))
    }

    /// A composed record joins the others where its time puts it; returns its id.
    pub(super) fn appear(&mut self, mut record: Record, stage: Stage) -> String {
        record.stage = stage;
        if self.documented_types_only {
            record.kind = record.kind.documented();
        }
        if !self.arrivals_have_sound {
            record.sound = super::record::Sound::Missing;
        }
        generated::name_after_patient(&mut record, &self.patients);
        let id = record.id.clone();
        let place = self.records.partition_point(|known| known.id < id);
        self.records.insert(place, record);
        self.tell_of_new(&id, stage);
        id
    }

    /// What a new record is to those who want to know.
    pub(super) fn tell_of_new(&mut self, id: &str, stage: Stage) {
        self.news.push(News::Created(id.to_owned()));
        if stage == Stage::Done {
            self.news.push(News::Finished(id.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;

    #[test]
    fn a_room_starts_stops_and_the_record_follows() {
        let now = DateTime::from_timestamp(1_771_581_600, 0).unwrap();
        let mut world = generated::world(20, 3, now);
        let start = now.timestamp_millis() - 600_000;
        let started = world.start_conversation(1, start, true).unwrap();
        assert_eq!(started.device_id, world.rooms[1].device_id);
        assert_eq!(world.record_conversation(&started.conversation_id), None);
        assert!(world.end_conversation(&started.conversation_id, start + 300_000));
        assert!(!world.end_conversation(&started.conversation_id, start + 300_000));
        let id = world.record_conversation(&started.conversation_id).unwrap();
        let record = world.find(&id).unwrap();
        assert_eq!((record.from_ms, record.to_ms, record.room), (start, start + 300_000, Some(1)));
        assert_eq!(record.stage, Stage::Transcribing);
        assert!(world.records.windows(2).all(|pair| pair[0].id < pair[1].id));
        world.complete(&id);
        let Started { conversation_id: conversation, device_id: device } = started;
        let expected = [
            News::Began { conversation: conversation.clone(), device: device.clone() },
            News::Ended { conversation, device },
            News::Created(id.clone()),
            News::Updated(id.clone()),
            News::Updated(id.clone()),
            News::Finished(id),
        ];
        assert_eq!(world.news, expected);
        assert_eq!(world.start_conversation(9, start, true), None);
    }
}
