//! The only translator from the vendor's rows to the clinic's nouns.
//! A row that lacks what its kind cannot do without yields nothing and is counted by the page; nothing is invented.

use super::json::Fields;
use super::wire::{Animal, Conversation, Device, Label, PatientNote, Person};
use super::{moment, notes};
use crate::domain::note::NoteBody;
use crate::domain::{
    Consultation, ConsultationKey, ConversationId, DeviceId, Note, NoteId, NoteKind, Notes, Patient, PatientId,
    RecordId, RecordKind, Room, RoomDevice, Stage, Vet, VetId,
};
use std::sync::Arc;

/// The record types that are asked for, with what they are here.
pub(crate) const RECORD_TYPES: [(&str, RecordKind); 8] = [
    ("CombinedClinicConv", RecordKind::Consultation),
    ("ClinicConversation", RecordKind::ClinicConversation),
    ("DictationAudio", RecordKind::Dictation),
    ("AudioButtonRecording", RecordKind::AudioButtonRecording),
    ("NxMIC", RecordKind::Microphone),
    ("NxHubBatch", RecordKind::RoomBatch),
    ("ButtonRecording", RecordKind::ButtonRecording),
    ("PhoneCallAudio", RecordKind::PhoneCall),
];

/// Needs an id and a time, if only the time inside the id.
pub(crate) fn consultation(row: Label) -> Option<Consultation> {
    let id = row.id?;
    let started_at = row.from_time.or_else(|| moment::of_uuid(&id))?;
    Some(Consultation {
        kind: row.kind.map_or_else(|| RecordKind::Other("Recording".to_owned()), kind),
        title: row.name.unwrap_or_default(),
        started_at,
        ended_at: row.to_time,
        patient: row.patient.and_then(|animal| patient(animal, &id)).map(Arc::new),
        vet: row.created_by.and_then(vet).map(Arc::new),
        room: room(row.device_id, row.device_serial, row.friendly_name).map(Arc::new),
        stage: row.status.as_deref().map_or(Stage::Unknown, stage),
        is_gone: false,
        key: ConsultationKey::Record(RecordId::new(id)),
    })
}

/// Needs both ids, as its detail cannot be asked for without them.
pub(crate) fn conversation(row: Conversation) -> Option<Consultation> {
    let (id, device) = (row.id?, row.device_id?);
    let started_at = row.started.or_else(|| moment::of_uuid(&id))?;
    Some(Consultation {
        kind: RecordKind::Conversation,
        title: row.name.unwrap_or_default(),
        started_at,
        ended_at: row.ended,
        patient: row.patient.and_then(|animal| patient(animal, &id)).map(Arc::new),
        vet: row.created_by.and_then(vet).map(Arc::new),
        room: room(Some(device.clone()), row.device_serial, row.friendly_name).map(Arc::new),
        stage: Stage::Unknown,
        is_gone: false,
        key: ConsultationKey::Conversation { device: DeviceId::new(device), conversation: ConversationId::new(id) },
    })
}

pub(crate) fn device(row: Device) -> Option<RoomDevice> {
    Some(RoomDevice {
        id: DeviceId::new(row.id?),
        serial: row.serial,
        name: row.name,
        last_report: row.last_report,
        firmware: row.firmware,
    })
}

/// The list also holds app and web logins. Hardware reports in or bears one of the makers' serials:
/// `nxhub-…` in production, `NX-…` and `NXH-…` in the documents.
pub(crate) fn is_hardware(row: &Device) -> bool {
    let serial = row.serial.as_deref().unwrap_or_default().to_ascii_lowercase();
    row.last_report.is_some() || ["nxhub-", "nxh-", "nx-"].iter().any(|start| serial.starts_with(start))
}

/// The notes of a record. An entry that is no object or has no content yet is left out.
pub(crate) fn owned_notes(fields: &Fields<'_>, key: &str) -> Option<Notes> {
    let entries = fields.list(key)?;
    let read = |entry: &&serde_json::value::RawValue| note(&PatientNote::read(&Fields::parse(entry.get()).ok()?));
    Some(Notes { all: entries.iter().filter_map(read).collect() })
}

fn note(row: &PatientNote<'_>) -> Option<Note> {
    let kind = note_kind(row.kind.as_deref().unwrap_or("Note"));
    let content = row.content?;
    let body = if kind == NoteKind::Transcript { notes::transcript(content) } else { notes::body(content) };
    Some(Note { id: row.id.as_deref().map(NoteId::new), kind, body: body?, created_at: row.created_at })
}

/// The notes of a conversation, whose member names no document tells: the likeliest first.
pub(crate) fn conversation_notes(fields: &Fields<'_>) -> Notes {
    if let Some(notes) = owned_notes(fields, "ownedPatientNotes").filter(|notes| !notes.all.is_empty()) {
        return notes;
    }
    let listed = owned_notes(fields, "notes").map(|notes| notes.all).unwrap_or_default();
    let mut all: Vec<Note> = listed;
    if !all.iter().any(|note| note.kind == NoteKind::Transcript) {
        all.extend(loose_transcript(fields).map(|body| loose_note(NoteKind::Transcript, body)));
    }
    if !all.iter().any(|note| note.kind == NoteKind::Soap) {
        let mut soap = ["soap", "soapNote", "clinical_note"].iter().filter_map(|key| fields.raw(key));
        all.extend(soap.find_map(notes::body).map(|body| loose_note(NoteKind::Soap, body)));
    }
    Notes { all }
}

fn loose_note(kind: NoteKind, body: NoteBody) -> Note {
    Note { id: None, kind, body, created_at: None }
}

fn loose_transcript(fields: &Fields<'_>) -> Option<NoteBody> {
    let mut direct = ["transcript", "transcription", "text"].iter().filter_map(|key| fields.raw(key));
    direct.find_map(notes::transcript).or_else(|| {
        // A list of notes was read before; what is left is a text, an object, or an object inside a text.
        let mut nested =
            ["notes", "content"].iter().filter_map(|key| fields.raw(key)).filter(|raw| !raw.starts_with('['));
        nested.find_map(nested_transcript)
    })
}

fn nested_transcript(raw: &str) -> Option<NoteBody> {
    let text = super::json::string(raw).unwrap_or_else(|| raw.to_owned());
    match Fields::parse(text.trim()) {
        Ok(inner) => {
            ["transcript", "text", "summary"].iter().filter_map(|key| inner.raw(key)).find_map(notes::transcript)
        }
        Err(_) => notes::transcript(raw),
    }
}

fn kind(name: String) -> RecordKind {
    let known = RECORD_TYPES.iter().find(|(known, _)| known.eq_ignore_ascii_case(&name));
    known.map_or_else(|| RecordKind::Other(name), |(_, kind)| kind.clone())
}

fn note_kind(name: &str) -> NoteKind {
    match name.to_ascii_lowercase().as_str() {
        "transcript" => NoteKind::Transcript,
        "soap" => NoteKind::Soap,
        _ => NoteKind::Other(name.to_owned()),
    }
}

/// A name without an id is kept, but never joined with the same name elsewhere: it may be another animal.
fn patient(animal: Animal, record: &str) -> Option<Patient> {
    let id = match animal.id {
        Some(id) => PatientId::new(id),
        None => PatientId::new(format!("only-in/{record}")),
    };
    let is_named = animal.name.is_some();
    let is_known = is_named || !id.as_str().starts_with("only-in/");
    is_known.then_some(Patient { id, name: animal.name, breed: animal.breed, sex: animal.sex })
}

/// Someone without a name cannot be shown or looked for.
fn vet(person: Person) -> Option<Vet> {
    let first_name = person.first_name.unwrap_or_default();
    let last_name = person.last_name.unwrap_or_default();
    let name = format!("{first_name} {last_name}");
    if name.trim().is_empty() {
        return None;
    }
    Some(Vet { id: VetId::new(person.id.as_deref().unwrap_or(name.trim())), first_name, last_name })
}

fn room(device_id: Option<String>, serial: Option<String>, name: Option<String>) -> Option<Room> {
    let is_known = device_id.is_some() || serial.is_some() || name.is_some();
    is_known.then(|| Room { device_id: device_id.map(DeviceId::new), serial, name })
}

/// A hint for rows that nobody has opened. "Completed" says nothing about the notes, so it stays unknown.
fn stage(status: &str) -> Stage {
    match status.to_ascii_lowercase().replace(['-', ' '], "_").as_str() {
        "recording" | "in_progress" | "inprogress" | "active" | "live" => Stage::Recording,
        "processing" | "transcribing" | "uploading" | "uploaded" | "queued" | "pending" => Stage::Transcribing,
        _ => Stage::Unknown,
    }
}
