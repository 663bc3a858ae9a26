//! Consultations made of the sentences of real ones: common sentences often, rare ones seldom, the same every time.

use crate::domain::note::{NoteBody, Passage};
use crate::domain::{
    Consultation, ConsultationKey, Note, NoteKind, Notes, Patient, PatientId, RecordKind, Room, Stage, Vet, VetId,
};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use std::collections::HashMap;
use std::fs;
use std::sync::Arc;

/// Six years of consultations.
const MINUTES: u64 = 6 * 365 * 24 * 60;
const SPEECH: usize = 4_200;
const NOTE: usize = 800;
const NAMES: [&str; 24] = [
    "Bella", "Max", "Luna", "Charlie", "Rocky", "Milo", "Daisy", "Coco", "Ruby", "Oscar", "Molly", "Leo", "Søren",
    "Lola", "Simba", "Nala", "Zoe", "Felix", "Ginger", "Pepper", "Shadow", "Toby", "Willow", "小花",
];
const BREEDS: [&str; 8] =
    ["Labrador", "Beagle", "Golden Retriever", "Siamese", "Maine Coon", "Corgi", "Boxer", "Whippet"];

pub struct Corpus {
    pub docs: Vec<Doc>,
}

pub struct Doc {
    pub row: Arc<Consultation>,
    pub transcript: String,
    pub note: String,
}

impl Doc {
    pub fn notes(&self) -> Notes {
        let note = |kind, body| Note { id: None, kind, body, created_at: Some(self.row.started_at) };
        let half = self.note.floor_char_boundary(self.note.len() / 2);
        let passage = |title: &str, text: &str| Passage { title: title.to_owned(), text: text.to_owned() };
        let (first, second) = self.note.split_at(half);
        let soap = NoteBody::Passages(vec![passage("Subjective", first), passage("Plan", second)]);
        let transcript = NoteBody::Text(self.transcript.clone());
        Notes { all: vec![note(NoteKind::Transcript, transcript), note(NoteKind::Soap, soap)] }
    }

    /// What the peers get: patient, transcript and note as one text.
    pub fn text(&self) -> String {
        let patient = self.row.patient.as_ref().map(|patient| patient.display_name().to_owned()).unwrap_or_default();
        format!("{patient}\n{}\n{}", self.transcript, self.note)
    }
}

impl Corpus {
    pub fn new(folder: &str, docs: usize) -> Self {
        let mut random = fastrand::Rng::with_seed(20_261_122);
        let (mut said, mut written) = (Vec::new(), Vec::new());
        let mut folders: Vec<_> = fs::read_dir(folder).expect("the data").flatten().map(|entry| entry.path()).collect();
        folders.sort();
        for folder in folders {
            said.extend(sentences(&fs::read_to_string(folder.join("transcript.txt")).unwrap_or_default(), true));
            written.extend(sentences(&fs::read_to_string(folder.join("soap.txt")).unwrap_or_default(), false));
        }
        random.shuffle(&mut said);
        random.shuffle(&mut written);
        let (said, written) = (Zipf::new(said), Zipf::new(written));
        let newest = Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment");
        let mut docs: Vec<Doc> = (0..docs).map(|number| doc(number, newest, (&said, &written), &mut random)).collect();
        // As the sync brings them.
        docs.sort_by_key(|doc| std::cmp::Reverse(doc.row.started_at));
        Self { docs }
    }

    pub fn megabytes(&self) -> f64 {
        self.docs.iter().map(|doc| doc.transcript.len() + doc.note.len()).sum::<usize>() as f64 / 1e6
    }

    /// How many documents hold each word.
    pub fn frequencies(&self) -> HashMap<String, usize> {
        let mut counts: HashMap<String, usize> = HashMap::new();
        for doc in &self.docs {
            let text = doc.text().to_lowercase();
            let words: std::collections::HashSet<&str> = text.split(|c: char| !c.is_alphanumeric()).collect();
            for word in words.into_iter().filter(|word| !word.is_empty()) {
                match counts.get_mut(word) {
                    Some(count) => *count += 1,
                    None => drop(counts.insert(word.to_owned(), 1)),
                }
            }
        }
        counts
    }

    pub fn words(&self) -> usize {
        self.frequencies().len()
    }
}

fn sentences(text: &str, is_speech: bool) -> Vec<String> {
    let lines =
        text.lines().map(|line| if is_speech { line.split_once(": ").map_or(line, |(_, said)| said) } else { line });
    lines
        .flat_map(|line| line.split_inclusive(['.', '?', '!']))
        .map(str::trim)
        .filter(|s| s.len() > 12)
        .map(str::to_owned)
        .collect()
}

/// Sentence n is met about 1/n times as often as the first.
struct Zipf {
    sentences: Vec<String>,
    sums: Vec<f64>,
}

impl Zipf {
    fn new(sentences: Vec<String>) -> Self {
        let mut sum = 0.0;
        let sums = (0..sentences.len()).map(|n| {
            sum += 1.0 / (n as f64 + 2.0);
            sum
        });
        let sums = sums.collect();
        Self { sentences, sums }
    }

    fn pick(&self, random: &mut fastrand::Rng) -> &str {
        let at = random.f64() * self.sums.last().copied().unwrap_or(1.0);
        let index = self.sums.partition_point(|sum| *sum < at).min(self.sentences.len() - 1);
        &self.sentences[index]
    }
}

fn doc(number: usize, newest: DateTime<Utc>, (said, written): (&Zipf, &Zipf), random: &mut fastrand::Rng) -> Doc {
    let mut transcript = String::with_capacity(SPEECH + 200);
    let wanted = random.usize(SPEECH / 2..SPEECH * 3 / 2);
    while transcript.len() < wanted {
        transcript.push_str(if random.bool() { "Dr. Roth: " } else { "Owner: " });
        for _ in 0..random.usize(1..4) {
            transcript.push_str(said.pick(random));
            transcript.push(' ');
        }
        transcript.push('\n');
    }
    let mut note = String::with_capacity(NOTE + 200);
    while note.len() < NOTE {
        note.push_str(written.pick(random));
        note.push(' ');
    }
    let name = NAMES[random.usize(..NAMES.len())];
    let breed = BREEDS[random.usize(..BREEDS.len())];
    let patient = Patient {
        id: PatientId::new(format!("{name}-{}", random.u16(..2_000))),
        name: Some(name.to_owned()),
        breed: Some(breed.to_owned()),
        sex: None,
    };
    let started_at = newest - TimeDelta::minutes(random.u64(..MINUTES) as i64);
    // Ids begin with their time.
    let milliseconds = format!("{:012x}", started_at.timestamp_millis());
    let (high, low) = milliseconds.split_at(8);
    let id = format!("{high}-{low}-7{:03x}-8000-{number:012x}", random.u16(..4096));
    let row = Consultation {
        key: ConsultationKey::record(id),
        kind: RecordKind::Consultation,
        title: format!("Consultation - Room {}", number % 6),
        started_at,
        ended_at: None,
        patient: Some(Arc::new(patient)),
        vet: Some(Arc::new(Vet {
            id: VetId::new(format!("vet-{}", number % 9)),
            first_name: "Ana".to_owned(),
            last_name: "Roth".to_owned(),
        })),
        room: Some(Arc::new(Room { name: Some(format!("Room {}", number % 6)), ..Room::default() })),
        stage: Stage::Ready,
        is_gone: false,
    };
    Doc { row: Arc::new(row), transcript, note }
}
