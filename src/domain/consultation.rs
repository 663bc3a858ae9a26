//! A consultation: one recording of one visit, dictation or button press, as the list shows it.
//! What was said and written is in `note`; it arrives later and from another place.

use super::fold::fold;
use super::{ConsultationKey, DeviceId, NotesStatus, Patient, PatientId, VetId, Zone};
use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use std::collections::HashMap;
use std::sync::Arc;

/// One row of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Consultation {
    pub key: ConsultationKey,
    pub kind: RecordKind,
    /// The vendor's own name for the record, such as `Consultation - Room 1`; may be empty.
    pub title: String,
    pub started_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// Shared among the rows of one patient, as are vet and room: a clinic has few and many rows of each.
    pub patient: Option<Arc<Patient>>,
    pub vet: Option<Arc<Vet>>,
    pub room: Option<Arc<Room>>,
    pub stage: Stage,
    /// The daily look found that NxVET no longer has it; the copy here is kept.
    pub is_gone: bool,
}

/// What kind of recording it is. The set is open: an unknown kind is kept by its own name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum RecordKind {
    Consultation,
    ClinicConversation,
    RoomBatch,
    Dictation,
    ButtonRecording,
    AudioButtonRecording,
    Microphone,
    PhoneCall,
    /// Heard by a room recorder and known only from the conversation family.
    Conversation,
    Other(String),
}

impl RecordKind {
    /// The words on screen.
    pub fn words(&self) -> &str {
        match self {
            Self::Consultation => "Consultation",
            Self::ClinicConversation => "Clinic conversation",
            Self::RoomBatch => "Room recording",
            Self::Dictation => "Dictation",
            Self::ButtonRecording | Self::AudioButtonRecording => "Button recording",
            Self::Microphone => "Microphone recording",
            Self::PhoneCall => "Phone call",
            Self::Conversation => "Room conversation",
            Self::Other(name) => name,
        }
    }
}

/// Who made the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vet {
    pub id: VetId,
    pub first_name: String,
    pub last_name: String,
}

impl Vet {
    /// `Dr. Ana Roth`; the vendor sometimes puts the title into the first name.
    pub fn display_name(&self) -> String {
        let name = format!("{} {}", self.first_name.trim(), self.last_name.trim());
        name.trim().to_owned()
    }

    /// `Dr. Roth`, short enough for a row. A title is never guessed: without one it is the whole name.
    pub fn short_name(&self) -> String {
        const TITLES: [&str; 4] = ["Dr.", "Dr", "Prof.", "Prof"];
        let first_word = self.first_name.split_whitespace().next().unwrap_or("");
        match self.last_name.trim() {
            last if !last.is_empty() && TITLES.contains(&first_word) => format!("{first_word} {last}"),
            _ => self.display_name(),
        }
    }
}

/// Where it was recorded. The three number ranges are kept apart; no document maps them.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Room {
    pub device_id: Option<DeviceId>,
    pub serial: Option<String>,
    /// `Room 1 NxHUB`.
    pub name: Option<String>,
}

impl Room {
    /// The full name, else the serial, else the id; never empty.
    pub fn display_name(&self) -> &str {
        let known = [self.name.as_deref(), self.serial.as_deref(), self.device_id.as_ref().map(DeviceId::as_str)];
        known.into_iter().flatten().map(str::trim).find(|name| !name.is_empty()).unwrap_or("Unknown room")
    }

    /// `Room 1`: the maker's name is the same for every room, so a row leaves it out.
    pub fn short_name(&self) -> &str {
        let name = self.display_name();
        let cut = name.trim_end_matches("NxHUB").trim_end_matches("NxHub").trim_end();
        if cut.is_empty() { name } else { cut }
    }

    /// What the filter compares: the display name, folded, as serials and ids vary between endpoints.
    pub fn filter_key(&self) -> String {
        fold(self.display_name())
    }
}

/// How far the record has come. Shown as a word, never as colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub enum Stage {
    /// The list does not tell and the record was not read yet.
    #[default]
    Unknown,
    Recording,
    Transcribing,
    WritingNote,
    Ready,
    /// Old enough that no SOAP note is expected any more.
    TranscriptOnly,
}

impl Stage {
    pub fn words(self) -> &'static str {
        match self {
            Self::Unknown => "",
            Self::Recording => "Recording",
            Self::Transcribing => "Transcribing",
            Self::WritingNote => "Writing note",
            Self::Ready => "Ready",
            Self::TranscriptOnly => "Transcript only",
        }
    }

    /// What the notes of a record say about it. `age_minutes` counts from the recording's end:
    /// after a day without a note none is coming. No document says that a conversation gets notes at all,
    /// so none is announced for it.
    pub fn from_notes(key: &ConsultationKey, status: NotesStatus, age_minutes: i64) -> Self {
        const A_DAY: i64 = 24 * 60;
        let is_conversation = key.record_id().is_none();
        match status {
            NotesStatus { has_transcript: _, has_soap: true } => Self::Ready,
            NotesStatus { has_transcript: true, has_soap: false } if is_conversation || age_minutes > A_DAY => {
                Self::TranscriptOnly
            }
            NotesStatus { has_transcript: true, has_soap: false } => Self::WritingNote,
            NotesStatus { has_transcript: false, has_soap: false } if is_conversation => Self::Unknown,
            NotesStatus { has_transcript: false, has_soap: false } => Self::Transcribing,
        }
    }

    /// Whether asking again later may bring something new.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::Recording | Self::Transcribing | Self::WritingNote)
    }
}

/// Lets equal patients, vets and rooms be one in memory.
#[derive(Debug, Default)]
pub struct Sharing {
    patients: HashMap<PatientId, Arc<Patient>>,
    vets: HashMap<VetId, Arc<Vet>>,
    rooms: HashMap<String, Arc<Room>>,
}

impl Sharing {
    /// The same consultation with parts that are shared with earlier ones.
    #[must_use]
    pub fn share(&mut self, mut consultation: Consultation) -> Consultation {
        if let Some(patient) = &mut consultation.patient {
            one_of(self.patients.entry(patient.id.clone()).or_insert_with(|| Arc::clone(patient)), patient);
        }
        if let Some(vet) = &mut consultation.vet {
            one_of(self.vets.entry(vet.id.clone()).or_insert_with(|| Arc::clone(vet)), vet);
        }
        if let Some(room) = &mut consultation.room {
            one_of(self.rooms.entry(room.display_name().to_owned()).or_insert_with(|| Arc::clone(room)), room);
        }
        consultation
    }
}

/// Takes the known one when it is equal; what changed meanwhile becomes the known one.
fn one_of<T: PartialEq>(known: &mut Arc<T>, mine: &mut Arc<T>) {
    if **known == **mine {
        *mine = Arc::clone(known);
    } else {
        *known = Arc::clone(mine);
    }
}

impl Consultation {
    /// Known by its key and its moment; everything else is still to be learnt.
    pub fn bare(key: ConsultationKey, started_at: DateTime<Utc>) -> Self {
        Self {
            key,
            kind: RecordKind::Consultation,
            title: String::new(),
            started_at,
            ended_at: None,
            patient: None,
            vet: None,
            room: None,
            stage: Stage::Unknown,
            is_gone: false,
        }
    }

    /// Whole minutes between start and end, when both are known and in order.
    pub fn duration_minutes(&self) -> Option<i64> {
        let minutes = (self.ended_at? - self.started_at).num_seconds();
        (minutes >= 0).then_some((minutes + 30) / 60)
    }

    /// The first line of a row.
    pub fn headline(&self) -> &str {
        match &self.patient {
            Some(patient) => patient.display_name(),
            None if self.kind == RecordKind::Conversation => "Room conversation",
            None => "No patient",
        }
    }

    /// Everything a person may type to find this row, folded.
    pub fn haystack(&self) -> String {
        let mut text = String::with_capacity(96);
        if let Some(patient) = &self.patient {
            for part in [&patient.name, &patient.breed, &patient.sex].into_iter().flatten() {
                text.push_str(part);
                text.push('\n');
            }
        }
        for part in [&self.title, self.kind.words(), self.stage.words()] {
            text.push_str(part);
            text.push('\n');
        }
        if let Some(vet) = &self.vet {
            text.push_str(&vet.display_name());
            text.push('\n');
            text.push_str(&vet.short_name());
            text.push('\n');
        }
        if let Some(room) = &self.room {
            text.push_str(room.display_name());
        }
        fold(&text)
    }

    /// The proposed name of an export without its ending: `2026-02-20 10-00 Bella Room 1`.
    pub fn export_stem(&self, zone: Zone) -> String {
        let at = zone.local_time(self.started_at);
        let mut stem = format!(
            "{:04}-{:02}-{:02} {:02}-{:02} {}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            self.headline()
        );
        if let Some(room) = &self.room {
            stem.push(' ');
            stem.push_str(room.short_name());
        }
        stem
    }
}
