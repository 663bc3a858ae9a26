//! Consultations and notes for the store's own tests, with every field filled in somewhere and missing elsewhere.
//! Compiled for tests only.

use super::{DatabaseKey, RecordingsKey, SealingKey, Store, StoreKeys};
use crate::domain::note::{NoteBody, Passage};
use crate::domain::{
    Consultation, ConsultationKey, ConversationId, DeviceId, Note, NoteId, NoteKind, Notes, OrganizationId, Patient,
    PatientId, RecordKind, Room, Stage, Vet, VetId,
};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use std::path::Path;
use std::sync::Arc;

/// A text that must not be found anywhere after a wipe.
pub(super) const CANARY: &str = "Canary-Bella-7f3a91";

pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 2, 20, 14, 2, 0).single().expect("a moment")
}

pub(super) fn clinic() -> OrganizationId {
    OrganizationId::new("org-1")
}

/// The keys of every store in tests.
pub(super) fn keys() -> StoreKeys {
    StoreKeys {
        database: DatabaseKey::new([0xd0; 32]),
        recordings: RecordingsKey::new([0x3c; 32]),
        sealing: SealingKey::new([0x5e; 32]),
    }
}

pub(super) fn open(folder: &Path) -> Store {
    let (store, notes) = Store::open(folder, &keys(), now()).expect("opened");
    assert_eq!(notes, []);
    store
}

pub(super) fn bare(key: ConsultationKey, minute: i64) -> Consultation {
    Consultation::bare(key, now() + TimeDelta::minutes(minute))
}

pub(super) fn full(id: &str, minute: i64) -> Consultation {
    Consultation {
        title: "Consultation - Room 1".to_owned(),
        started_at: now() + TimeDelta::minutes(minute) + TimeDelta::microseconds(123_456),
        ended_at: Some(now() + TimeDelta::minutes(minute + 17)),
        patient: Some(Arc::new(Patient {
            id: PatientId::new("patient-1"),
            name: Some(format!("{CANARY} 小花 Søren")),
            breed: Some("Golden Retriever".to_owned()),
            sex: Some(String::new()),
        })),
        vet: Some(Arc::new(Vet {
            id: VetId::new("vet-1"),
            first_name: "Ana".to_owned(),
            last_name: "Roth".to_owned(),
        })),
        room: Some(Arc::new(Room {
            device_id: Some(DeviceId::new("hub_1")),
            serial: Some("SN-1".to_owned()),
            name: Some("Room 1 NxHUB".to_owned()),
        })),
        stage: Stage::Ready,
        is_gone: true,
        ..bare(ConsultationKey::record(id), minute)
    }
}

pub(super) fn conversation(id: &str, minute: i64) -> Consultation {
    let key = ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new(id) };
    let patient = Patient { id: PatientId::new("patient-2"), name: None, breed: None, sex: None };
    Consultation {
        kind: RecordKind::Conversation,
        patient: Some(Arc::new(patient)),
        room: Some(Arc::new(Room::default())),
        ..bare(key, minute)
    }
}

pub(super) fn notes() -> Notes {
    let passage = |title: &str, text: &str| Passage { title: title.to_owned(), text: text.to_owned() };
    let passages = vec![passage("Plan", "Rest\n\"quietly\""), passage("Subjective", CANARY), passage("", "")];
    let note = |kind, body| Note { id: None, kind, body, created_at: None };
    Notes {
        all: vec![
            Note {
                id: Some(NoteId::new("note-1")),
                created_at: Some(now()),
                ..note(NoteKind::Transcript, NoteBody::Text(format!("Vet: {CANARY} limps.\nOwner: Since Friday.")))
            },
            note(NoteKind::Soap, NoteBody::Passages(passages)),
            note(NoteKind::Other("discharge/letter".to_owned()), NoteBody::Text(String::new())),
            note(NoteKind::Soap, NoteBody::Passages(Vec::new())),
        ],
    }
}
