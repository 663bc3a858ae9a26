//! Reads the sample clinic and hangs it on the calendar, counting back from now.
//!
//! It invents nothing: a consultation without an embedded recording has none.

use std::sync::Arc;

use chrono::{DateTime, Days, Duration, FixedOffset, NaiveDate, NaiveTime, Offset as _, TimeZone as _, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{
    StartError, assets,
    record::{Conversation, Kind, Login, Patient, Record, Room, Soap, Sound, Stage, Text, Vet, uuid_v7},
    world::World,
};

#[derive(Deserialize)]
struct Papers {
    clinic: ClinicPaper,
    rooms: Vec<RoomPaper>,
    #[serde(default)]
    logins: Vec<LoginPaper>,
    vets: Vec<VetPaper>,
    patients: Vec<PatientPaper>,
    consultations: Vec<ConsultationPaper>,
    #[serde(default)]
    conversations: Vec<ConversationPaper>,
}

#[derive(Deserialize)]
struct ClinicPaper {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RoomPaper {
    serial: String,
    name: String,
    device_id: String,
    #[serde(default)]
    last_report_minutes_ago: i64,
    #[serde(default)]
    firmware: String,
}

#[derive(Deserialize)]
struct LoginPaper {
    name: String,
    kind: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VetPaper {
    id: String,
    first_name: String,
    last_name: String,
}

#[derive(Deserialize)]
struct PatientPaper {
    id: String,
    name: String,
    #[serde(default)]
    species: String,
    #[serde(default)]
    breed: String,
    #[serde(default)]
    sex: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsultationPaper {
    id: String,
    days_ago: u64,
    time: String,
    minutes: i64,
    room: Option<String>,
    vet: Option<String>,
    patient: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    name: String,
    state: String,
    transcript: Option<String>,
    soap: Option<Map<String, Value>>,
    recording: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConversationPaper {
    id: String,
    room: String,
    days_ago: u64,
    time: String,
    transcript: Option<String>,
}

#[derive(Deserialize)]
struct LaterPaper {
    transcript: Option<String>,
    soap: Option<Map<String, Value>>,
}

/// The clinic's wall clock.
#[derive(Clone, Copy)]
struct Calendar {
    now: DateTime<Utc>,
    zone: FixedOffset,
}

impl Calendar {
    fn new(now: DateTime<Utc>, utc_offset_minutes: i32) -> Self {
        let zone = FixedOffset::east_opt(utc_offset_minutes * 60).unwrap_or_else(|| Utc.fix());
        Self { now, zone }
    }

    fn today(self) -> NaiveDate {
        self.now.with_timezone(&self.zone).date_naive()
    }

    /// A local time of day some days back.
    ///
    /// In the morning today's later appointments are not over yet, so the whole
    /// calendar then ends yesterday (`shift_days`).
    fn at(self, days_ago: u64, time: &str, shift_days: u64) -> Option<DateTime<Utc>> {
        let day = self.today().checked_sub_days(Days::new(days_ago + shift_days))?;
        let time = NaiveTime::parse_from_str(time, "%H:%M").ok()?;
        let local = self.zone.from_local_datetime(&day.and_time(time)).earliest()?;
        Some(local.with_timezone(&Utc))
    }
}

/// The sample clinic, as of `now`.
pub(super) fn world(now: DateTime<Utc>, utc_offset_minutes: i32) -> Result<World, StartError> {
    let papers: Papers = serde_json::from_str(assets::CLINIC).map_err(StartError::SampleClinic)?;
    let later: Map<String, Value> = serde_json::from_str(assets::LATER).map_err(StartError::SampleClinic)?;
    Ok(build(papers, &later, Calendar::new(now, utc_offset_minutes)))
}

fn build(papers: Papers, later: &Map<String, Value>, calendar: Calendar) -> World {
    let shift_days = shift_days(&papers, calendar);
    let mut world = World::empty(&papers.clinic.name, 20);
    let mut keys = Keys::default();
    for room in papers.rooms {
        keys.rooms.push(room.serial.clone());
        world.rooms.push(Room {
            serial: room.serial,
            name: room.name,
            device_id: room.device_id,
            last_report_minutes_ago: room.last_report_minutes_ago,
            firmware: room.firmware,
        });
    }
    world.logins = papers.logins.into_iter().map(|login| Login { name: login.name, kind: login.kind }).collect();
    people(&mut world, &mut keys, papers.vets, papers.patients);
    world.arrivals_have_sound = false;
    for paper in papers.consultations {
        let own_id = paper.id.clone();
        let Some(record) = consultation(paper, &keys, calendar, shift_days) else { continue };
        if let Some(text) = later.get(&own_id).and_then(later_text) {
            world.later.push((record.id.clone(), text));
        }
        world.records.push(record);
    }
    world.records.sort_by(|a, b| a.id.cmp(&b.id));
    for paper in papers.conversations {
        world.conversations.extend(conversation(paper, &world.rooms, calendar, shift_days));
    }
    world.conversations.sort_by_key(|conversation| conversation.at_ms);
    world
}

/// The papers' own short names, in the order of the world's lists.
#[derive(Default)]
struct Keys {
    rooms: Vec<String>,
    vets: Vec<String>,
    patients: Vec<String>,
}

fn place(keys: &[String], key: Option<&String>) -> Option<usize> {
    keys.iter().position(|known| Some(known) == key)
}

fn people(world: &mut World, keys: &mut Keys, vets: Vec<VetPaper>, patients: Vec<PatientPaper>) {
    let mut random = fastrand::Rng::with_seed(11);
    for vet in vets {
        let id = uuid_v7(1_704_067_200_000, &mut random);
        keys.vets.push(vet.id);
        world.vets.push(Vet { id, first_name: vet.first_name, last_name: vet.last_name });
    }
    for patient in patients {
        let id = uuid_v7(1_706_745_600_000, &mut random);
        keys.patients.push(patient.id);
        let PatientPaper { name, species, breed, sex, .. } = patient;
        world.patients.push(Patient { id, name, species, breed, sex });
    }
}

/// One day when today's last consultation would not be over yet, else none.
fn shift_days(papers: &Papers, calendar: Calendar) -> u64 {
    let consultations = papers.consultations.iter().map(|paper| (paper.days_ago, &paper.time, paper.minutes));
    let conversations = papers.conversations.iter().map(|paper| (paper.days_ago, &paper.time, 0));
    let unfinished = consultations.chain(conversations).any(|(days_ago, time, minutes)| {
        let start = calendar.at(days_ago, time, 0);
        start.is_some_and(|start| start + Duration::minutes(minutes) > calendar.now)
    });
    u64::from(unfinished)
}

fn consultation(paper: ConsultationPaper, keys: &Keys, calendar: Calendar, shift_days: u64) -> Option<Record> {
    let from_ms = calendar.at(paper.days_ago, &paper.time, shift_days)?.timestamp_millis();
    let stage = match paper.state.as_str() {
        "transcribing" => Stage::Transcribing,
        "writing_note" => Stage::WritingNote,
        _ => Stage::Done,
    };
    let bytes = paper.recording.as_deref().and_then(assets::recording);
    let sound = match (bytes, paper.state.as_str()) {
        (_, "no_audio") | (None, _) => Sound::Missing,
        (Some(bytes), _) => Sound::Opus(bytes),
    };
    let seed = paper.id.bytes().fold(0, |sum, byte| sum * 31 + u64::from(byte));
    Some(Record {
        id: uuid_v7(from_ms, &mut fastrand::Rng::with_seed(seed)),
        name: paper.name,
        kind: Kind::from_vendor_name(&paper.kind).unwrap_or(Kind::CombinedClinicConv),
        from_ms,
        to_ms: from_ms + paper.minutes * 60_000,
        patient: place(&keys.patients, paper.patient.as_ref()),
        vet: place(&keys.vets, paper.vet.as_ref()),
        room: place(&keys.rooms, paper.room.as_ref()),
        text: given(paper.transcript, paper.soap.as_ref()),
        sound,
        stage,
    })
}

fn given(transcript: Option<String>, soap: Option<&Map<String, Value>>) -> Text {
    let parts = soap.map(|parts| {
        let part = |(heading, text): (&String, &Value)| (heading.clone(), text.as_str().unwrap_or_default().to_owned());
        Arc::new(Soap::Parts(parts.iter().map(part).collect()))
    });
    Text::Given { transcript: transcript.map(Into::into), soap: parts }
}

fn later_text(paper: &Value) -> Option<Text> {
    let paper: LaterPaper = serde_json::from_value(paper.clone()).ok()?;
    Some(given(paper.transcript, paper.soap.as_ref()))
}

fn conversation(paper: ConversationPaper, rooms: &[Room], calendar: Calendar, shift_days: u64) -> Option<Conversation> {
    let room = rooms.iter().find(|room| room.serial == paper.room)?;
    Some(Conversation {
        id: paper.id,
        device_id: room.device_id.clone(),
        at_ms: calendar.at(paper.days_ago, &paper.time, shift_days)?.timestamp_millis(),
        ended_ms: None,
        is_listed: true,
        text: given(paper.transcript, None),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn the_embedded_clinic_reads_and_lies_in_the_past() {
        for now in ["2026-02-20T08:30:00Z", "2026-02-20T17:30:00Z", "2026-02-20T23:59:00Z"] {
            let world = world(at(now), 60).unwrap();
            assert!(world.records.len() >= 10);
            assert!(world.records.iter().all(|record| record.to_ms <= at(now).timestamp_millis()), "{now}");
            assert!(world.records.windows(2).all(|pair| pair[0].id < pair[1].id));
            assert!(world.records.iter().any(|record| record.patient.is_some()));
            assert!(world.conversations.iter().all(|c| c.device_id.starts_with("hub_")));
        }
    }

    #[test]
    fn times_are_the_clinics_own() {
        let calendar = Calendar::new(at("2026-02-20T23:30:00Z"), 60);
        assert_eq!(calendar.at(0, "13:40", 0), Some(at("2026-02-21T12:40:00Z")));
        assert_eq!(calendar.at(2, "09:00", 1), Some(at("2026-02-18T08:00:00Z")));
    }
}
