//! The list as rows: saved page by page, loaded as a whole.
//! A row that cannot be read is left out; the next look at NxVET brings it again.

use super::{Result, Store};
use crate::domain::{
    Consultation, ConsultationKey, DeviceId, OrganizationId, Patient, PatientId, RecordKind, Room, Stage, Vet, VetId,
};
use chrono::{DateTime, Utc};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row, Statement, params};
use std::sync::Arc;

const UPSERT: &str = "INSERT OR REPLACE INTO consultation (organization, key, kind, title, started_at, ended_at, stage,
    is_gone, patient, patient_name, patient_breed, patient_sex, vet, vet_first_name, vet_last_name, has_room,
    room_device, room_serial, room_name)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const SELECT: &str = "SELECT key, kind, title, started_at, ended_at, stage, is_gone, patient, patient_name,
    patient_breed, patient_sex, vet, vet_first_name, vet_last_name, has_room, room_device, room_serial, room_name
    FROM consultation WHERE organization = ?";

impl Store {
    /// Takes in new and changed consultations, all or none.
    pub fn save_consultations(&mut self, organization: &OrganizationId, list: &[Arc<Consultation>]) -> Result<()> {
        self.with_cache(|cache| {
            let transaction = cache.transaction()?;
            write_all(&transaction, organization, list)?;
            transaction.commit()
        })
    }

    /// Everything known about a clinic's consultations, newest first.
    pub fn load_consultations(&mut self, organization: &OrganizationId) -> Result<Vec<Consultation>> {
        let mut list = self.with_cache(|cache| read_all(cache, organization))?;
        list.sort_unstable_by(|a, b| order(b).cmp(&order(a)));
        Ok(list)
    }

    /// The newest `most` of them, newest first: sooner than all.
    pub fn newest_consultations(&mut self, organization: &OrganizationId, most: usize) -> Result<Vec<Consultation>> {
        self.with_cache(|cache| {
            let mut select = cache.prepare_cached(&format!("{SELECT} ORDER BY started_at DESC, key DESC LIMIT ?"))?;
            let rows = select.query_map(params![organization.as_str(), most as i64], |row| Ok(read(row)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
        })
    }

    /// Lets go of the decrypted pages that are held for the next question, as after everything was read once.
    pub fn let_go_of_pages(&mut self) -> Result<()> {
        self.with_cache(|cache| cache.execute_batch("PRAGMA shrink_memory"))
    }

    /// NxVET no longer has it; the copy here stays and says so.
    pub fn mark_gone(&mut self, key: &ConsultationKey) -> Result<()> {
        self.with_cache(|cache| {
            cache.execute("UPDATE consultation SET is_gone = 1 WHERE key = ?", [key.as_text()]).map(drop)
        })
    }
}

/// Sorting here is cheaper than in the database, which would copy every row for it.
fn order(consultation: &Consultation) -> (DateTime<Utc>, &ConsultationKey) {
    (consultation.started_at, &consultation.key)
}

/// Writes within the caller's transaction.
pub(super) fn write_all(
    cache: &Connection,
    organization: &OrganizationId,
    list: &[Arc<Consultation>],
) -> rusqlite::Result<()> {
    let mut upsert = cache.prepare_cached(UPSERT)?;
    list.iter().try_for_each(|consultation| write(&mut upsert, organization, consultation))
}

fn write(upsert: &mut Statement<'_>, organization: &OrganizationId, c: &Consultation) -> rusqlite::Result<()> {
    let (patient, vet, room) = (c.patient.as_ref(), c.vet.as_ref(), c.room.as_ref());
    upsert.execute(params![
        organization.as_str(),
        c.key.as_text(),
        kind_to_text(&c.kind),
        c.title,
        c.started_at.timestamp_micros(),
        c.ended_at.map(|at| at.timestamp_micros()),
        stage_to_code(c.stage),
        c.is_gone,
        patient.map(|patient| patient.id.as_str()),
        patient.and_then(|patient| patient.name.as_deref()),
        patient.and_then(|patient| patient.breed.as_deref()),
        patient.and_then(|patient| patient.sex.as_deref()),
        vet.map(|vet| vet.id.as_str()),
        vet.map(|vet| vet.first_name.as_str()),
        vet.map(|vet| vet.last_name.as_str()),
        room.is_some(),
        room.and_then(|room| room.device_id.as_ref()).map(DeviceId::as_str),
        room.and_then(|room| room.serial.as_deref()),
        room.and_then(|room| room.name.as_deref()),
    ])?;
    Ok(())
}

fn read_all(cache: &Connection, organization: &OrganizationId) -> rusqlite::Result<Vec<Consultation>> {
    let mut select = cache.prepare_cached(SELECT)?;
    let mut rows = select.query([organization.as_str()])?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.extend(read(row));
    }
    Ok(list)
}

/// One row by its key in the store's own words.
pub(super) fn read_one(cache: &Connection, organization: &str, key: &str) -> rusqlite::Result<Option<Consultation>> {
    let mut select = cache.prepare_cached(&format!("{SELECT} AND key = ?"))?;
    Ok(select.query_row([organization, key], |row| Ok(read(row))).optional()?.flatten())
}

fn read(row: &Row<'_>) -> Option<Consultation> {
    Some(Consultation {
        key: ConsultationKey::from_text(text(row, 0)?)?,
        kind: kind_from_text(text(row, 1)?),
        title: text(row, 2)?.to_owned(),
        started_at: moment(row, 3)?,
        ended_at: moment(row, 4),
        stage: stage_from_code(integer(row, 5)?),
        is_gone: integer(row, 6)? != 0,
        patient: text(row, 7).map(|id| Arc::new(read_patient(row, id))),
        vet: text(row, 11).map(|id| Arc::new(read_vet(row, id))),
        room: (integer(row, 14)? != 0).then(|| Arc::new(read_room(row))),
    })
}

fn read_patient(row: &Row<'_>, id: &str) -> Patient {
    Patient { id: PatientId::new(id), name: owned(row, 8), breed: owned(row, 9), sex: owned(row, 10) }
}

fn read_vet(row: &Row<'_>, id: &str) -> Vet {
    let (first_name, last_name) = (owned(row, 12).unwrap_or_default(), owned(row, 13).unwrap_or_default());
    Vet { id: VetId::new(id), first_name, last_name }
}

fn read_room(row: &Row<'_>) -> Room {
    Room { device_id: text(row, 15).map(DeviceId::new), serial: owned(row, 16), name: owned(row, 17) }
}

/// The text of a column; `None` for NULL and for bytes that are no text.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Option<&'r str> {
    match row.get_ref(column).ok()? {
        ValueRef::Text(bytes) => std::str::from_utf8(bytes).ok(),
        _ => None,
    }
}

pub(super) fn owned(row: &Row<'_>, column: usize) -> Option<String> {
    text(row, column).map(str::to_owned)
}

pub(super) fn integer(row: &Row<'_>, column: usize) -> Option<i64> {
    match row.get_ref(column).ok()? {
        ValueRef::Integer(number) => Some(number),
        _ => None,
    }
}

pub(super) fn moment(row: &Row<'_>, column: usize) -> Option<DateTime<Utc>> {
    integer(row, column).and_then(DateTime::from_timestamp_micros)
}

/// The store's own words for kinds; an unknown kind keeps its name behind a mark that no own word has.
fn kind_to_text(kind: &RecordKind) -> String {
    match KINDS.iter().find(|(known, _)| known == kind) {
        Some((_, word)) => (*word).to_owned(),
        None => match kind {
            RecordKind::Other(name) => format!("other/{name}"),
            _ => "other/".to_owned(),
        },
    }
}

fn kind_from_text(text: &str) -> RecordKind {
    match KINDS.iter().find(|(_, word)| *word == text) {
        Some((kind, _)) => kind.clone(),
        None => RecordKind::Other(text.strip_prefix("other/").unwrap_or(text).to_owned()),
    }
}

const KINDS: [(RecordKind, &str); 9] = [
    (RecordKind::Consultation, "consultation"),
    (RecordKind::ClinicConversation, "clinic-conversation"),
    (RecordKind::RoomBatch, "room-batch"),
    (RecordKind::Dictation, "dictation"),
    (RecordKind::ButtonRecording, "button-recording"),
    (RecordKind::AudioButtonRecording, "audio-button-recording"),
    (RecordKind::Microphone, "microphone"),
    (RecordKind::PhoneCall, "phone-call"),
    (RecordKind::Conversation, "conversation"),
];

fn stage_to_code(stage: Stage) -> i64 {
    match stage {
        Stage::Unknown => 0,
        Stage::Recording => 1,
        Stage::Transcribing => 2,
        Stage::WritingNote => 3,
        Stage::Ready => 4,
        Stage::TranscriptOnly => 5,
    }
}

fn stage_from_code(code: i64) -> Stage {
    match code {
        1 => Stage::Recording,
        2 => Stage::Transcribing,
        3 => Stage::WritingNote,
        4 => Stage::Ready,
        5 => Stage::TranscriptOnly,
        _ => Stage::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn arcs(list: &[Consultation]) -> Vec<Arc<Consultation>> {
        list.iter().cloned().map(Arc::new).collect()
    }

    #[test]
    fn every_field_comes_back() {
        let home = tempfile::tempdir().expect("a folder");
        let mut list = vec![samples::full("r-1", 30), samples::conversation("c/1", 20)];
        let kinds = KINDS.iter().map(|(kind, _)| kind.clone());
        let odd = ["", "consultation", "other/x", "NURSE_NOTE"].map(|name| RecordKind::Other(name.to_owned()));
        for (count, kind) in kinds.chain(odd).enumerate() {
            let key = ConsultationKey::record(format!("kind-{count}"));
            list.push(Consultation { kind, ..samples::bare(key, 0 - i64::try_from(count).expect("small")) });
        }
        for (count, code) in (0..=5).enumerate() {
            let key = ConsultationKey::record(format!("stage-{count}"));
            let stage = stage_from_code(code);
            list.push(Consultation { stage, ..samples::bare(key, -100 - code) });
        }
        samples::open(home.path()).save_consultations(&samples::clinic(), &arcs(&list)).expect("saved");
        let loaded = samples::open(home.path()).load_consultations(&samples::clinic()).expect("loaded");
        assert_eq!(loaded, list);
        let newest = samples::open(home.path()).newest_consultations(&samples::clinic(), 3).expect("loaded");
        assert_eq!(Some(newest.as_slice()), list.get(..3));
    }

    #[test]
    fn the_list_is_newest_first_and_ties_have_an_order() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let key = ConsultationKey::record;
        let list = [("b", 0), ("a", 5), ("c", 0), ("d", -5)].map(|(id, minute)| samples::bare(key(id), minute));
        store.save_consultations(&samples::clinic(), &arcs(&list)).expect("saved");
        let loaded = store.load_consultations(&samples::clinic()).expect("loaded");
        let keys: Vec<_> = loaded.iter().filter_map(|c| c.key.record_id()).map(|id| id.as_str().to_owned()).collect();
        assert_eq!(keys, ["a", "c", "b", "d"]);
        let mut catalog = crate::domain::Catalog::default();
        catalog.upsert(arcs(&list));
        assert!(catalog.rows().map(|row| &row.key).eq(loaded.iter().map(|c| &c.key)), "the same order as on screen");
    }

    #[test]
    fn saving_again_replaces_and_clinics_stay_apart() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let other = OrganizationId::new("org-2");
        store.save_consultations(&samples::clinic(), &arcs(&[samples::full("r-1", 0)])).expect("saved");
        store.save_consultations(&other, &arcs(&[samples::full("r-1", 0)])).expect("saved");
        let changed = samples::bare(ConsultationKey::record("r-1"), 9);
        store.save_consultations(&samples::clinic(), &arcs(std::slice::from_ref(&changed))).expect("saved");
        assert_eq!(store.load_consultations(&samples::clinic()).expect("loaded"), [changed]);
        assert_eq!(store.load_consultations(&other).expect("loaded"), [samples::full("r-1", 0)]);
    }

    #[test]
    fn a_record_that_is_gone_is_kept_and_says_so() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let list = [samples::conversation("c-1", 1), samples::bare(ConsultationKey::record("r-1"), 0)];
        store.save_consultations(&samples::clinic(), &arcs(&list)).expect("saved");
        store.mark_gone(&list[0].key).expect("marked");
        store.mark_gone(&ConsultationKey::record("unknown")).expect("nothing to mark");
        let loaded = store.load_consultations(&samples::clinic()).expect("loaded");
        assert_eq!(loaded.iter().map(|c| c.is_gone).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn a_row_that_cannot_be_read_is_left_out() {
        let home = tempfile::tempdir().expect("a folder");
        let mut store = samples::open(home.path());
        let list = [samples::full("r-1", 0), samples::full("r-2", 0), samples::full("r-3", 0)];
        store.save_consultations(&samples::clinic(), &arcs(&list)).expect("saved");
        store
            .with_cache(|cache| {
                cache.execute_batch(
                    "UPDATE consultation SET kind = CAST(x'ff00fe' AS TEXT) WHERE key = 'record/r-1';
                     UPDATE consultation SET started_at = 9223372036854775807 WHERE key = 'record/r-2';",
                )
            })
            .expect("broken on purpose");
        assert_eq!(store.load_consultations(&samples::clinic()).expect("loaded"), [samples::full("r-3", 0)]);
    }
}
