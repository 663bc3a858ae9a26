//! A search over everything that is stored: what is asked, and what an answer is made of.
//! Looking it up is the store's work; nothing here knows how.

use super::filter::Period;
use super::{Consultation, PatientId, SoapPart, VetId};
use std::ops::Range;
use std::sync::Arc;

/// What to look for. All conditions must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// As typed: words (the last one may be unfinished), `"a phrase"`, `-not this`.
    pub text: String,
    /// [`super::Room::filter_key`] of the room.
    pub room: Option<String>,
    pub patient: Option<PatientId>,
    pub vet: Option<VetId>,
    pub period: Period,
    pub place: Option<SearchPlace>,
    /// A speaker's name as the transcript has it; only what this person said counts.
    pub speaker: Option<String>,
}

/// Where the words must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SearchPlace {
    Transcript,
    /// One of the four parts of the SOAP note.
    Soap(SoapPart),
    /// Anywhere in the SOAP note.
    Note,
    /// The patient's name, breed or sex, and the record's title.
    Patient,
}

/// One consultation that was found, with its best sentence.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchHit {
    pub consultation: Arc<Consultation>,
    pub place: HitPlace,
    /// Who said it; `None` outside a transcript or where it names nobody.
    pub speaker: Option<String>,
    /// The title of the part of the SOAP note it stands in; `None` outside the note and where it has none.
    pub section: Option<String>,
    /// The sentence around the words, cut to fit two lines; `…` where it was cut.
    pub sentence: String,
    /// The bytes of `sentence` that were looked for, ascending.
    pub marked: Vec<Range<usize>>,
    /// How often the words stand in this consultation, this one included; 0 when not counted.
    pub count: usize,
}

/// Where in the consultation the sentence stands, so that it can be opened there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitPlace {
    /// Index into `Transcript::turns` and the byte in its text where the first marked word begins.
    Turn { index: usize, at: usize },
    /// Index into `Soap::sections` and the byte in its text.
    Section { index: usize, at: usize },
    /// In the patient's name or the title: nothing to open at.
    Row,
}

/// What was found, best first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchResults {
    pub hits: Vec<SearchHit>,
    /// More were found than are listed.
    pub has_more: bool,
    /// Consultations whose text is in the index.
    pub indexed: usize,
    /// Stored consultations whose text is not in the index yet.
    pub waiting: usize,
    /// The words of the query that a find in an opened record should mark, folded.
    pub needles: Vec<String>,
    /// Speakers met among the hits, for the speaker filter; most frequent first.
    pub speakers: Vec<String>,
}

impl SearchQuery {
    /// Nothing to look for: too little was typed.
    pub fn is_blank(&self) -> bool {
        self.text.trim().trim_matches(['"', '-', ' ']).is_empty()
    }

    pub fn has_filters(&self) -> bool {
        let Self { text: _, room, patient, vet, period, place, speaker } = self;
        room.is_some()
            || patient.is_some()
            || vet.is_some()
            || place.is_some()
            || speaker.is_some()
            || *period != Period::All
    }
}

impl SearchPlace {
    pub const ALL: [Self; 7] = [
        Self::Transcript,
        Self::Note,
        Self::Soap(SoapPart::Subjective),
        Self::Soap(SoapPart::Objective),
        Self::Soap(SoapPart::Assessment),
        Self::Soap(SoapPart::Plan),
        Self::Patient,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::Transcript => "Transcript",
            Self::Note => "SOAP note",
            Self::Soap(part) => part.title(),
            Self::Patient => "Patient",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_alone_are_nothing_to_look_for() {
        for text in ["", "  ", "\"", "-", " - \"\" "] {
            assert!(SearchQuery { text: text.to_owned(), ..SearchQuery::default() }.is_blank(), "{text:?}");
        }
        let query = SearchQuery { text: "a".to_owned(), period: Period::Today, ..SearchQuery::default() };
        assert!(!query.is_blank() && query.has_filters());
        assert_eq!(SearchPlace::ALL.map(SearchPlace::words).len(), 7);
    }
}
