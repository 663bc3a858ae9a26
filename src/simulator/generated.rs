//! A clinic of any size from a seed: records at once, their texts only when somebody asks.
//!
//! Every number here is a pretence; the same seed always gives the same clinic.

use chrono::{DateTime, Utc};

use super::{
    dialogue::{CASES, Case, GOODBYES, GREETINGS, SMALL_TALK},
    record::{Conversation, Kind, Login, Patient, Record, Room, Soap, Sound, Stage, Text, Vet, uuid_v7},
    world::World,
};

const DAY_MS: i64 = 86_400_000;
const PER_DAY: usize = 45;
const MAX_CONVERSATIONS: usize = 200;

const NAMES: [&str; 24] = [
    "Bella",
    "Max",
    "Luna",
    "Rocky",
    "Milo",
    "Biscuit",
    "Żuk",
    "小花",
    "Зайка",
    "Søren",
    "O'Malley",
    "Pixel",
    "Nell",
    "Oscar",
    "Daisy",
    "Tabitha",
    "Comet",
    "Kiko",
    "Peanut",
    "Éclair",
    "Ralph",
    "Sheldon",
    "Frau Müller",
    "Bella",
];
const BREEDS: [(&str, &str); 8] = [
    ("Dog", "Golden Retriever"),
    ("Cat", "Domestic Shorthair"),
    ("Dog", "Whippet"),
    ("Rabbit", "Netherland Dwarf"),
    ("Dog", "Labrador"),
    ("Cat", "Maine Coon"),
    ("Dog", "Border Collie"),
    ("Ferret", "Sable Ferret"),
];

/// A whole clinic with `count` records counted back from `now`.
pub(super) fn world(count: usize, seed: u64, now: DateTime<Utc>) -> World {
    let mut world = World::empty("Generated Vets (sample)", seed);
    staff(&mut world);
    let people = (world.rooms.len(), world.vets.len(), world.patients.len());
    let mut random = fastrand::Rng::with_seed(seed);
    world.records.reserve(count);
    for place in 0..count {
        // Opening hours: the day's records lie in its last ten hours before now's time of day.
        let day = (place / PER_DAY) as i64;
        let slot = (place % PER_DAY) as i64;
        let from_ms = now.timestamp_millis() - day * DAY_MS - (slot + 1) * 780_000 + random.i64(0..600_000);
        let mut record = record(from_ms, random.u64(..), people);
        record.to_ms = record.to_ms.min(now.timestamp_millis());
        name_after_patient(&mut record, &world.patients);
        world.records.push(record);
    }
    world.records.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    conversations(&mut world, count, now.timestamp_millis());
    world
}

/// One record of the composed kind; `people` counts rooms, vets and patients.
pub(super) fn record(from_ms: i64, seed: u64, people: (usize, usize, usize)) -> Record {
    let mut random = fastrand::Rng::with_seed(seed);
    let (rooms, vets, patients) = people;
    let kind = match random.u8(..100) {
        0..45 => Kind::CombinedClinicConv,
        45..65 => Kind::ClinicConversation,
        65..75 => Kind::NxHubBatch,
        75..83 => Kind::DictationAudio,
        83..88 => Kind::AudioButtonRecording,
        88..92 => Kind::ButtonRecording,
        92..96 => Kind::PhoneCallAudio,
        _ => Kind::NxMic,
    };
    let in_room = matches!(kind, Kind::CombinedClinicConv | Kind::ClinicConversation | Kind::NxHubBatch | Kind::NxMic);
    let stage = match random.u8(..100) {
        0..2 => Stage::Transcribing,
        2..4 => Stage::WritingNote,
        _ => Stage::Done,
    };
    let id = uuid_v7(from_ms, &mut random);
    Record {
        id,
        name: String::new(),
        kind,
        from_ms,
        to_ms: from_ms + random.i64(240..1_500) * 1_000,
        patient: (patients > 0 && (in_room || random.bool())).then(|| random.usize(..patients.max(1))),
        vet: (vets > 0).then(|| random.usize(..vets.max(1))),
        room: (rooms > 0 && in_room).then(|| random.usize(..rooms.max(1))),
        text: Text::Composed { seed },
        sound: if random.u8(..100) < 5 { Sound::Missing } else { Sound::Tone { seed } },
        stage,
    }
}

/// Gives a composed record its name: what it was about, and for whom.
pub(super) fn name_after_patient(record: &mut Record, patients: &[Patient]) {
    let Text::Composed { seed } = record.text else { return };
    let title = case_of(seed).map_or("Consultation", |case| case.title);
    let patient = record.patient.and_then(|place| patients.get(place));
    record.name = patient.map_or_else(|| title.to_owned(), |patient| format!("{title} - {}", patient.name));
}

fn case_of(seed: u64) -> Option<&'static Case> {
    CASES.get((seed % CASES.len() as u64) as usize)
}

/// The words a composed text is filled with.
struct Slots<'a> {
    patient: &'a str,
    vet: String,
    days: String,
    kilograms: String,
    temperature: String,
}

impl<'a> Slots<'a> {
    fn new(seed: u64, patient: Option<&'a Patient>, vet: Option<&Vet>) -> Self {
        let mut random = fastrand::Rng::with_seed(seed ^ 0xd1a1);
        Self {
            patient: patient.map_or("the patient", |patient| patient.name.as_str()),
            vet: vet.map_or_else(|| "the duty vet".to_owned(), |vet| format!("Dr. {}", vet.last_name)),
            days: random.u8(2..11).to_string(),
            kilograms: format!("{}.{}", random.u8(2..38), random.u8(..10)),
            temperature: format!("{}.{}", random.u8(38..40), random.u8(..10)),
        }
    }

    fn fill(&self, line: &str) -> String {
        line.replace("{name}", self.patient)
            .replace("{vet}", &self.vet)
            .replace("{n}", &self.days)
            .replace("{kg}", &self.kilograms)
            .replace("{t}", &self.temperature)
    }
}

/// A dialogue of some seven hundred words, one turn a line.
pub(super) fn transcript(seed: u64, patient: Option<&Patient>, vet: Option<&Vet>) -> String {
    let slots = Slots::new(seed, patient, vet);
    let speaker = format!("{}:", slots.vet);
    let mut random = fastrand::Rng::with_seed(seed ^ 0x7a1c);
    let mut talk = SMALL_TALK;
    // Pairs stay pairs: a question is followed by its own answer.
    let shift = random.usize(..talk.len() / 2) * 2;
    talk.rotate_left(shift);
    let (early, late) = talk.split_at(talk.len() / 2);
    let mut lines: Vec<&str> = GREETINGS.to_vec();
    if let Some(case) = case_of(seed) {
        lines.extend(case.history);
        lines.extend(early);
        lines.extend(case.exam);
        lines.extend(late);
        lines.extend(case.plan);
    }
    lines.extend(GOODBYES);
    let filled = lines.into_iter().map(|line| {
        let line = slots.fill(line);
        line.strip_prefix("Vet:").map_or_else(|| line.clone(), |words| format!("{speaker}{words}"))
    });
    filled.collect::<Vec<_>>().join("\n")
}

/// The note to the same dialogue.
pub(super) fn soap(seed: u64, patient: Option<&Patient>, vet: Option<&Vet>) -> Soap {
    let slots = Slots::new(seed, patient, vet);
    let texts = case_of(seed).map_or([""; 4], |case| case.soap);
    let headings = ["Subjective", "Objective", "Assessment", "Plan"];
    let parts = headings.into_iter().zip(texts);
    Soap::Parts(parts.map(|(heading, text)| (heading.to_owned(), slots.fill(text))).collect())
}

fn staff(world: &mut World) {
    let mut random = fastrand::Rng::with_seed(7);
    for (place, name) in ["Room 1", "Room 2", "Room 3", "Surgery"].into_iter().enumerate() {
        world.rooms.push(Room {
            serial: format!("NXH-G{place:05}"),
            name: format!("{name} NxHUB"),
            device_id: format!("hub_0000{place:04x}"),
            last_report_minutes_ago: 2 + place as i64 * 9,
            firmware: "0.8.13".to_owned(),
        });
    }
    world.logins.push(Login { name: "Front desk iPad".to_owned(), kind: "ios".to_owned() });
    world.logins.push(Login { name: "Office browser".to_owned(), kind: "web".to_owned() });
    for (first, last) in [("Ana", "Roth"), ("Daniel", "Smith"), ("Ifeoma", "Okafor"), ("Li", "Wei")] {
        let id = uuid_v7(1_700_000_000_000, &mut random);
        world.vets.push(Vet { id, first_name: first.to_owned(), last_name: last.to_owned() });
    }
    for place in 0..72_usize {
        let name = NAMES.get(place % NAMES.len()).copied().unwrap_or("Bella");
        let (species, breed) =
            BREEDS.get((place * 5 + place / NAMES.len()) % BREEDS.len()).copied().unwrap_or(("Dog", "Mixed"));
        world.patients.push(Patient {
            id: uuid_v7(1_710_000_000_000 + place as i64, &mut random),
            name: name.to_owned(),
            species: species.to_owned(),
            breed: breed.to_owned(),
            sex: ["Female", "Male"].get(place % 2).copied().unwrap_or("Female").to_owned(),
        });
    }
}

/// Recordings of the newer family that no record belongs to.
fn conversations(world: &mut World, count: usize, now_ms: i64) {
    let total = (count / 25).min(MAX_CONVERSATIONS);
    for place in (0..total).rev() {
        let seed = world.random.u64(..);
        let room = world.rooms.get(place % world.rooms.len().max(1));
        world.conversations.push(Conversation {
            id: format!("conv-{:08x}", seed as u32),
            device_id: room.map(|room| room.device_id.clone()).unwrap_or_default(),
            at_ms: now_ms - place as i64 * 5_400_000 - 1_200_000,
            ended_ms: None,
            is_listed: true,
            text: Text::Composed { seed },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_771_581_600, 0).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_clinic_and_another_one_another() {
        let ids = |seed| world(50, seed, now()).records.iter().map(|r| r.id.clone()).collect::<Vec<_>>();
        assert_eq!(ids(3), ids(3));
        assert_ne!(ids(3), ids(4));
    }

    #[test]
    fn shares_of_pending_and_silent_records_are_as_promised() {
        let world = world(20_000, 1, now());
        let share = |test: fn(&Record) -> bool| {
            world.records.iter().filter(|record| test(record)).count() as f64 / world.records.len() as f64
        };
        assert!((0.03..0.05).contains(&share(|record| record.stage != Stage::Done)));
        assert!((0.04..0.06).contains(&share(|record| matches!(record.sound, Sound::Missing))));
        assert!(world.records.windows(2).all(|pair| pair[0].id < pair[1].id && pair[0].from_ms <= pair[1].from_ms));
        assert!(world.records.iter().all(|record| record.from_ms <= now().timestamp_millis()));
    }

    #[test]
    fn a_dialogue_has_about_seven_hundred_words_and_no_slot_left() {
        let world = world(40, 9, now());
        for seed in 0..12 {
            let text = transcript(seed, world.patients.get(3), world.vets.first());
            let words = text.split_whitespace().count();
            assert!((500..1_000).contains(&words), "{words} words");
            assert!(!text.contains('{'), "{text}");
            assert!(text.lines().all(|line| line.starts_with("Owner: ") || line.starts_with("Dr. Roth: ")));
        }
    }
}
