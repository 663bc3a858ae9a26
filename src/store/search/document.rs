//! What the index is told about one consultation: its words, folded, each with a sign that says where it stands, and
//! terms for what can be filtered by.

use super::words::for_each_word;
use crate::domain::fold::fold;
use crate::domain::{Consultation, Notes, SoapPart};
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// Where a word stands. Words of different places are different terms, so that a name is found among a hundred
/// thousand consultations without reading where else the word was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Place {
    Speech,
    Note,
    Patient,
}

impl Place {
    pub(super) const ALL: [Self; 3] = [Self::Speech, Self::Note, Self::Patient];

    /// Leads every word of the place in the index.
    pub(super) fn sign(self) -> &'static str {
        match self {
            Self::Speech => "",
            Self::Note => "~",
            Self::Patient => "@",
        }
    }
}

/// The columns of the index in their order; what is said comes first, where it costs least.
pub(super) const COLUMNS: [&str; 7] = ["speech", "subjective", "objective", "assessment", "plan", "other", "patient"];
const PATIENT: usize = 6;

pub(super) fn column_of(part: Option<SoapPart>) -> usize {
    match part {
        Some(SoapPart::Subjective) => 1,
        Some(SoapPart::Objective) => 2,
        Some(SoapPart::Assessment) => 3,
        Some(SoapPart::Plan) => 4,
        None => 5,
    }
}

/// The text of every column, words apart by a blank.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub columns: [String; COLUMNS.len()],
}

impl Document {
    pub(super) fn new(consultation: &Consultation, notes: Option<&Notes>) -> Self {
        let mut document = Self::default();
        document.add_row(consultation);
        if let Some(notes) = notes {
            document.add_notes(notes);
        }
        document
    }

    fn add_row(&mut self, consultation: &Consultation) {
        for text in row_texts(consultation) {
            self.add(PATIENT, Place::Patient, text);
        }
        let patient = consultation.patient.as_ref().map(|patient| patient_term(patient.id.as_str()));
        let vet = consultation.vet.as_ref().map(|vet| vet_term(vet.id.as_str()));
        let room = consultation.room.as_ref().map(|room| room_term(&room.filter_key()));
        for term in [patient, vet, room].into_iter().flatten() {
            self.add_term(&term);
        }
    }

    fn add_notes(&mut self, notes: &Notes) {
        if let Some(transcript) = notes.transcript() {
            for turn in &transcript.turns {
                self.add(0, Place::Speech, &turn.text);
            }
            for speaker in &transcript.speakers {
                self.add_term(&speaker_term(speaker));
            }
        }
        for section in notes.soap().unwrap_or_default().sections {
            self.add(column_of(section.part), Place::Note, &section.text);
        }
    }

    fn add(&mut self, column: usize, place: Place, text: &str) {
        let Some(words) = self.columns.get_mut(column) else { return };
        words.reserve(text.len() + text.len() / 8);
        for_each_word(text, |word, _| {
            words.push_str(place.sign());
            words.push_str(word);
            words.push(' ');
        });
    }

    fn add_term(&mut self, term: &str) {
        if let Some(words) = self.columns.get_mut(PATIENT) {
            words.push_str(term);
            words.push(' ');
        }
    }

    /// Tells whether the index would be told the same again.
    pub(super) fn digest(&self) -> i64 {
        let columns = self.columns.iter().flat_map(|column| column.bytes().chain([0]));
        fnv(columns) as i64
    }

    /// Counts every word once.
    pub(super) fn count_words(&self, counts: &mut WordCounts) {
        let words = self.columns.iter().flat_map(|column| column.split(' ').filter(|word| !word.is_empty()));
        let distinct: HashSet<&str, Quick> = words.filter(|word| !word.starts_with('=')).collect();
        for word in distinct {
            match counts.get_mut(word) {
                Some(count) => *count += 1,
                None => drop(counts.insert(word.to_owned(), 1)),
            }
        }
    }
}

/// What a row shows of its patient, and the record's own name.
pub(super) fn row_texts(consultation: &Consultation) -> impl Iterator<Item = &str> {
    let patient = consultation.patient.as_deref();
    let known = patient.map(|patient| [&patient.name, &patient.breed, &patient.sex]);
    known.into_iter().flatten().filter_map(|text| text.as_deref()).chain([consultation.title.as_str()])
}

pub(super) fn patient_term(id: &str) -> String {
    term('p', id)
}

pub(super) fn vet_term(id: &str) -> String {
    term('v', id)
}

pub(super) fn room_term(filter_key: &str) -> String {
    term('r', filter_key)
}

pub(super) fn speaker_term(name: &str) -> String {
    term('s', &fold(name.trim()))
}

/// Ids hold any signs, so the index knows them by a number.
fn term(kind: char, id: &str) -> String {
    format!("={kind}{:x}", fnv(id.bytes()))
}

/// How many consultations hold each word.
pub(super) type WordCounts = HashMap<String, i64, Quick>;
type Quick = BuildHasherDefault<Fnv>;

/// Words are short and nobody's attack; they need no slower hash.
#[derive(Default)]
pub(super) struct Fnv(u64);

impl Hasher for Fnv {
    fn finish(&self) -> u64 {
        // The tables look at the upper bits, which a short word hardly reaches.
        self.0 ^ self.0.rotate_left(32)
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes.iter().fold(self.0, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    }
}

/// Thirty-two bits are enough to find a key by, and take little room.
pub(super) fn hash_of(key: &str) -> i64 {
    (fnv(key.bytes()) >> 32) as i64
}

/// FNV-1a: the same in every version of this program.
fn fnv(bytes: impl Iterator<Item = u8>) -> u64 {
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
