//! What the steps keep: values that are made of a number, and the number found again in them. Whatever is not exactly
//! what some number makes is half there.

use super::world::Outcome;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use consult_desk::domain::note::NoteBody;
use consult_desk::domain::{
    ApiKey, AuditAction, Consultation, ConsultationKey, DeviceId, Mark, Marked, Marks, Note, NoteKind, Notes,
    Organization, OrganizationId, RoomDevice,
};
use consult_desk::store::{DatabaseKey, Deed, RecordingsKey, SealingKey, StoreKeys, SyncState};
use std::sync::Arc;

/// Rows that are saved together, all or none.
pub const PAGE: u64 = 5;

pub fn moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

pub fn keys() -> StoreKeys {
    StoreKeys {
        database: DatabaseKey::new(DATABASE_KEY),
        recordings: RecordingsKey::new([0x3c; 32]),
        sealing: SealingKey::new([0x5e; 32]),
    }
}

pub const DATABASE_KEY: [u8; 32] = [0xd0; 32];
pub const SERVER: &str = "https://app.nx.vet";

pub fn clinic() -> OrganizationId {
    OrganizationId::new("org-1")
}

pub fn key_of(row: u64) -> ConsultationKey {
    ConsultationKey::record(format!("r-{row}"))
}

pub fn rows_of(page: u64) -> std::ops::Range<u64> {
    page * PAGE..(page + 1) * PAGE
}

/// The last word is the number.
pub fn number_in(text: &str) -> u64 {
    text.rsplit([' ', '_']).next().and_then(|word| word.parse().ok()).unwrap_or(0)
}

pub fn page(at: u64, number: u64) -> Vec<Arc<Consultation>> {
    let row = |row: u64| Consultation {
        title: format!("Room {number}"),
        ..Consultation::bare(key_of(row), moment() + TimeDelta::seconds(row as i64))
    };
    rows_of(at).map(|at| Arc::new(row(at))).collect()
}

pub fn notes(number: u64) -> Notes {
    let note = |kind, text| Note { id: None, kind, body: NoteBody::Text(text), created_at: None };
    let said = "Vet: She limps since Friday.\nOwner: On the left. ".repeat((number % 60) as usize);
    let transcript = note(NoteKind::Transcript, format!("{said}{number}"));
    Notes { all: vec![transcript, note(NoteKind::Soap, format!("Plan {number}"))] }
}

pub fn notes_number(kept: &Notes) -> Outcome<u64> {
    let number = match kept.all.last().map(|note| &note.body) {
        Some(NoteBody::Text(text)) => number_in(text),
        _ => 0,
    };
    if *kept == notes(number) { Ok(number) } else { Err(format!("notes are half there: {}", kept.all.len())) }
}

pub fn marked(at: u64, number: u64) -> Marked {
    let mut marks = Marks { remark: format!("Call on day {number}"), ..Marks::default() };
    for (place, mark) in Mark::ALL.into_iter().enumerate() {
        marks.set(mark, (number >> place & 1 == 1).then(|| moment() + TimeDelta::seconds(number as i64)));
    }
    Marked { key: key_of(at), marks }
}

pub fn mark_number(found: &[&Marked]) -> Outcome<u64> {
    match found {
        [] => Ok(0),
        [one] => {
            let number = number_in(&one.marks.remark);
            let at = (0..100).find(|at| key_of(*at) == one.key).unwrap_or(0);
            if **one == marked(at, number) { Ok(number) } else { Err(format!("marks of {at} are half there")) }
        }
        more => Err(format!("{} marks of one consultation", more.len())),
    }
}

pub fn deed(at: u64, number: u64) -> Deed {
    let key = Some(ConsultationKey::record(format!("a-{at}-{number}")));
    Deed { at: moment() + TimeDelta::seconds(number as i64), action: AuditAction::Viewed, key }
}

pub fn devices(number: u64) -> Vec<RoomDevice> {
    let device = |at: u64| RoomDevice {
        id: DeviceId::new(format!("hub_{at}")),
        serial: None,
        name: Some(format!("Room {number}")),
        last_report: None,
        firmware: None,
    };
    (0..3).map(device).collect()
}

pub fn devices_number(kept: &[RoomDevice]) -> Outcome<u64> {
    let number = kept.first().and_then(|device| device.name.as_deref()).map_or(0, number_in);
    if kept.is_empty() || kept == devices(number) { Ok(number) } else { Err("devices are half there".to_owned()) }
}

pub fn sync_state(number: u64) -> SyncState {
    SyncState { synced_at: moment(), total: Some(number as usize) }
}

pub fn organization(number: u64) -> Organization {
    Organization { id: clinic(), name: format!("Clinic {number}") }
}

pub fn api_key(number: u64) -> ApiKey {
    ApiKey::from_pasted(&format!("nxvet_sk_0123456789abcdef_{number}")).expect("a key")
}

/// What an export holds: its name, its number, and bytes that tell both.
pub fn content(name: &str, number: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(number);
    let mut bytes = format!("{name} {number}\n").into_bytes();
    let length = random.usize(1_000..400_000);
    bytes.extend(std::iter::repeat_with(|| random.u8(..)).take(length));
    bytes
}
