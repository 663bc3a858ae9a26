//! Serves a folder of real dialogues: one subfolder a consultation, with its papers and recording.
//!
//! The people in them are human patients, so each record is labelled a sample consultation.

use std::{fs, path::Path, sync::Arc};

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::{
    StartError,
    record::{Kind, Patient, Record, Room, Soap, Sound, Stage, Text, Vet, uuid_v7},
    world::World,
};

/// The part of a consultation's `meta.json` that is shown.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Meta {
    title: Option<String>,
    duration_s: Option<f64>,
}

const GAP_MS: i64 = 5_400_000;

/// Every subfolder with a transcript, note or recording becomes a record, the first by name the newest.
pub(super) fn world(folder: &Path, now: DateTime<Utc>) -> Result<World, StartError> {
    let cannot_read = |source| StartError::Folder { source };
    let mut folders = Vec::new();
    for entry in fs::read_dir(folder).map_err(cannot_read)? {
        let path = entry.map_err(cannot_read)?.path();
        if path.is_dir() {
            folders.push(path);
        }
    }
    folders.sort();
    let mut world = World::empty("Sample consultations", 57);
    staff(&mut world);
    for (place, path) in folders.iter().enumerate() {
        let from_ms = now.timestamp_millis() - (place as i64 + 1) * GAP_MS;
        let record = read_record(path, place, from_ms, &mut world);
        world.records.extend(record);
    }
    world.records.sort_by(|a, b| a.id.cmp(&b.id));
    Ok(world)
}

fn staff(world: &mut World) {
    for (place, name) in ["Room 1", "Room 2"].into_iter().enumerate() {
        world.rooms.push(Room {
            serial: format!("NXH-F{place:05}"),
            name: format!("{name} NxHUB"),
            device_id: format!("hub_f000{place:04x}"),
            last_report_minutes_ago: 3,
            firmware: "0.8.13.0".to_owned(),
        });
    }
    let id = uuid_v7(1_704_067_200_000, &mut fastrand::Rng::with_seed(57));
    world.vets.push(Vet { id, first_name: "Robin".to_owned(), last_name: "Sample".to_owned() });
}

fn read_record(path: &Path, place: usize, from_ms: i64, world: &mut World) -> Option<Record> {
    let text_of = |name: &str| fs::read_to_string(path.join(name)).ok().filter(|text| !text.trim().is_empty());
    let (transcript, soap) = (text_of("transcript.txt"), text_of("soap.txt"));
    let recording = path.join("recording.wav");
    let sound = if recording.is_file() { Sound::File(recording) } else { Sound::Missing };
    if transcript.is_none() && soap.is_none() && matches!(sound, Sound::Missing) {
        return None;
    }
    let meta: Meta = text_of("meta.json").and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    let minutes_ms = meta.duration_s.map_or(900_000, |seconds| (seconds * 1_000.0) as i64);
    let short_name = format!("c{:02}", place + 1);
    let mut random = fastrand::Rng::with_seed(place as u64);
    world.patients.push(Patient {
        id: uuid_v7(1_706_745_600_000, &mut random),
        name: format!("Sample patient {short_name}"),
        species: String::new(),
        breed: String::new(),
        sex: String::new(),
    });
    let title = meta.title.map(|title| title.trim().to_owned()).unwrap_or_default();
    Some(Record {
        id: uuid_v7(from_ms, &mut random),
        name: format!("Sample consultation {short_name} - {title}"),
        kind: Kind::CombinedClinicConv,
        from_ms,
        to_ms: from_ms + minutes_ms,
        patient: Some(world.patients.len() - 1),
        vet: Some(0),
        room: Some(place % world.rooms.len().max(1)),
        text: Text::Given {
            transcript: transcript.map(Into::into),
            soap: soap.map(|text| Arc::new(Soap::Plain(text))),
        },
        sound,
        stage: Stage::Done,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_subfolder_is_a_record_and_an_empty_one_is_not() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["a", "b", "empty"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join("a/transcript.txt"), "Vet: Hello.\n").unwrap();
        fs::write(folder.path().join("a/meta.json"), r#"{"title":"cough ","duration_s":60.5}"#).unwrap();
        fs::write(folder.path().join("b/recording.wav"), b"RIFF").unwrap();
        let now = DateTime::from_timestamp(1_771_581_600, 0).unwrap();
        let world = world(folder.path(), now).unwrap();
        assert_eq!(world.records.len(), 2);
        let newest = world.records.last().unwrap();
        assert_eq!(newest.name, "Sample consultation c01 - cough");
        assert_eq!(newest.to_ms - newest.from_ms, 60_500);
        assert!(matches!(world.records[0].sound, Sound::File(_)));
    }

    #[test]
    fn a_missing_folder_is_an_error() {
        let now = DateTime::from_timestamp(0, 0).unwrap();
        assert!(matches!(world(Path::new("/no/such/folder"), now), Err(StartError::Folder { .. })));
    }
}
