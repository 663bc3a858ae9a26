//! The pretended clinic at this moment, and the ways it changes while the simulator runs.
//!
//! Not here: where the clinic came from (`clinic`, `generated`, `folder`) and how it is shown (`wire`).

use super::{
    generated,
    hooks::News,
    record::{Conversation, Login, Patient, Record, Room, Soap, Sound, Stage, Text, Vet, uuid_v7},
};

/// The organization every key of this simulator belongs to.
pub(super) const ORGANIZATION_ID: &str = "0190aaaa-1111-7000-8000-00000000c0de";

const ARRIVAL_LENGTH_MS: i64 = 600_000;

/// Everything the server can answer about.
pub(super) struct World {
    pub organization_name: String,
    pub rooms: Vec<Room>,
    pub logins: Vec<Login>,
    pub vets: Vec<Vet>,
    pub patients: Vec<Patient>,
    /// Oldest first, which is the order of the ids.
    pub records: Vec<Record>,
    /// Taken away, in case they come back.
    removed: Vec<Record>,
    /// Oldest first.
    pub conversations: Vec<Conversation>,
    /// What pending demo records will say, by record id.
    pub later: Vec<(String, Text)>,
    /// Rows without a readable id that sit below the newest record for good.
    pub bad_rows: usize,
    /// Only the five types of the quickstart are used.
    pub documented_types_only: bool,
    /// Arriving records come with a recording; made-up tones would be odd in the sample clinic.
    pub arrivals_have_sound: bool,
    /// What changed since somebody last looked, for those who are told.
    pub news: Vec<News>,
    /// Draws whatever an arriving record needs.
    pub random: fastrand::Rng,
}

/// A record a test wants to appear at the top of the list.
#[derive(Clone, Debug, Default)]
pub struct NewRecord {
    /// The record's name in the list.
    pub name: String,
    /// Plain text, one `Speaker: words` line a turn; none is "still transcribing".
    pub transcript: Option<String>,
    /// Plain text with `S:`, `O:`, `A:`, `P:`; none is "note not written".
    pub soap: Option<String>,
    /// The recording's bytes, which need not be a sound file at all.
    pub recording: Option<Vec<u8>>,
}

impl World {
    pub(super) fn empty(organization_name: &str, seed: u64) -> Self {
        Self {
            organization_name: organization_name.to_owned(),
            rooms: Vec::new(),
            logins: Vec::new(),
            vets: Vec::new(),
            patients: Vec::new(),
            records: Vec::new(),
            removed: Vec::new(),
            conversations: Vec::new(),
            later: Vec::new(),
            bad_rows: 0,
            documented_types_only: false,
            arrivals_have_sound: true,
            news: Vec::new(),
            random: fastrand::Rng::with_seed(seed ^ 0x5eed),
        }
    }

    pub(super) fn find(&self, id: &str) -> Option<&Record> {
        let place = self.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok()?;
        self.records.get(place)
    }

    /// False when there is no such record.
    pub(super) fn set_sound(&mut self, id: &str, sound: Sound) -> bool {
        self.find_mut(id).map(|record| record.sound = sound).is_some()
    }

    fn find_mut(&mut self, id: &str) -> Option<&mut Record> {
        let place = self.records.binary_search_by(|record| record.id.as_str().cmp(id)).ok()?;
        self.records.get_mut(place)
    }

    /// Puts every record under one of the five types of the quickstart.
    pub(super) fn use_documented_types(&mut self) {
        self.documented_types_only = true;
        for record in &mut self.records {
            record.kind = record.kind.documented();
        }
    }

    /// A start later than any record's, and not before `now_ms`.
    fn next_start(&self, now_ms: i64) -> i64 {
        let newest = self.records.last().map_or(0, |record| record.from_ms);
        now_ms.max(newest + 1_000)
    }

    /// Lets one composed record arrive that ends about now; returns its id.
    pub(super) fn arrive(&mut self, now_ms: i64, stage: Stage) -> String {
        let from_ms = self.next_start(now_ms - ARRIVAL_LENGTH_MS);
        let seed = self.random.u64(..);
        let people = (self.rooms.len(), self.vets.len(), self.patients.len());
        let mut record = generated::record(from_ms, seed, people);
        record.stage = stage;
        record.to_ms = from_ms + ARRIVAL_LENGTH_MS;
        if self.documented_types_only {
            record.kind = record.kind.documented();
        }
        if !self.arrivals_have_sound {
            record.sound = Sound::Missing;
        }
        generated::name_after_patient(&mut record, &self.patients);
        let id = record.id.clone();
        self.records.push(record);
        self.tell_of_new(&id, stage);
        id
    }

    /// Lets a composed, finished record appear that began at `from_ms`, as a device does that had no line; returns its id.
    pub(super) fn arrive_late(&mut self, from_ms: i64) -> String {
        let seed = self.random.u64(..);
        let mut record = generated::record(from_ms, seed, (self.rooms.len(), self.vets.len(), self.patients.len()));
        record.stage = Stage::Done;
        if self.documented_types_only {
            record.kind = record.kind.documented();
        }
        generated::name_after_patient(&mut record, &self.patients);
        let id = record.id.clone();
        let place = self.records.partition_point(|known| known.id < id);
        self.records.insert(place, record);
        self.tell_of_new(&id, Stage::Done);
        id
    }

    /// Lets a record of a test's own making arrive; returns its id.
    pub(super) fn push(&mut self, new: NewRecord, now_ms: i64) -> String {
        let from_ms = self.next_start(now_ms);
        let id = uuid_v7(from_ms, &mut self.random);
        let stage = match (&new.transcript, &new.soap) {
            (None, None) => Stage::Transcribing,
            (Some(_), None) => Stage::WritingNote,
            (_, Some(_)) => Stage::Done,
        };
        self.records.push(Record {
            id: id.clone(),
            name: new.name,
            kind: super::record::Kind::CombinedClinicConv,
            from_ms,
            to_ms: from_ms + 600_000,
            patient: (!self.patients.is_empty()).then_some(0),
            vet: (!self.vets.is_empty()).then_some(0),
            room: (!self.rooms.is_empty()).then_some(0),
            text: Text::Given {
                transcript: new.transcript.map(Into::into),
                soap: new.soap.map(|text| Soap::Plain(text).into()),
            },
            sound: new.recording.map_or(Sound::Missing, |bytes| Sound::Given(bytes.into())),
            stage,
        });
        self.tell_of_new(&id, stage);
        id
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        let Some(place) = self.records.iter().position(|record| record.id == id) else { return false };
        let record = self.records.remove(place);
        self.news.push(News::Deleted(record.id.clone()));
        self.removed.push(record);
        true
    }

    pub(super) fn restore(&mut self, id: &str) -> bool {
        let Some(place) = self.removed.iter().position(|record| record.id == id) else { return false };
        let record = self.removed.swap_remove(place);
        self.news.push(News::Updated(record.id.clone()));
        let place = self.records.partition_point(|known| known.id < record.id);
        self.records.insert(place, record);
        true
    }

    /// One step: transcript first, note after. False when there was nothing left to do.
    pub(super) fn advance(&mut self, id: &str) -> bool {
        let waiting = self.later.iter().find(|(whose, _)| whose == id).map(|(_, text)| text.clone());
        let Some(record) = self.find_mut(id) else { return false };
        let next = match record.stage {
            Stage::Transcribing => Stage::WritingNote,
            Stage::WritingNote => Stage::Done,
            Stage::Done => return false,
        };
        record.stage = next;
        if let Some(text) = waiting {
            record.text = text;
        }
        self.news.push(News::Updated(id.to_owned()));
        if next == Stage::Done {
            self.news.push(News::Finished(id.to_owned()));
        }
        true
    }

    /// Everything that will ever come for this record is there now.
    pub(super) fn complete(&mut self, id: &str) {
        while self.advance(id) {}
    }

    pub(super) fn pending_ids(&self) -> Vec<String> {
        let pending = self.records.iter().filter(|record| record.stage != Stage::Done);
        pending.map(|record| record.id.clone()).collect()
    }
}
