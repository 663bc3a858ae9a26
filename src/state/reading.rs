//! A consultation's notes prepared for reading and for finding in them.
//! Prepared away from the window: folding a long transcript takes longer than a frame may.

use crate::domain::fold::fold_with_origins;
use crate::domain::{Notes, Soap, Transcript};
use std::ops::Range;

/// Notes with everything the screen needs worked out.
#[derive(Debug, Default)]
pub struct Reading {
    pub notes: Notes,
    pub transcript: Option<Transcript>,
    pub soap: Option<Soap>,
    turns: Vec<Folded>,
    sections: Vec<Folded>,
}

#[derive(Debug, Default)]
struct Folded {
    text: String,
    origins: Vec<u32>,
}

/// Where a find word stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    pub place: Place,
    /// Bytes of the turn's or section's own text.
    pub range: Range<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Index of a transcript turn.
    Turn(usize),
    /// Index of a SOAP section.
    Section(usize),
}

/// More hits than anyone steps through; keeps one typed letter from costing a frame.
const MOST_HITS: usize = 5_000;

impl Reading {
    pub fn new(notes: Notes) -> Self {
        let transcript = notes.transcript();
        let soap = notes.soap();
        let turns = transcript.iter().flat_map(|t| &t.turns).map(|turn| Folded::new(&turn.text)).collect();
        let sections = soap.iter().flat_map(|s| &s.sections).map(|section| Folded::new(&section.text)).collect();
        Self { notes, transcript, soap, turns, sections }
    }

    /// All places where the folded words stand, transcript first.
    pub fn find(&self, text: &str) -> Vec<Hit> {
        let needle = crate::domain::fold::fold(text.trim());
        if needle.is_empty() {
            return Vec::new();
        }
        let turns = self.turns.iter().enumerate().map(|(index, folded)| (Place::Turn(index), folded));
        let sections = self.sections.iter().enumerate().map(|(index, folded)| (Place::Section(index), folded));
        turns.chain(sections).flat_map(|(place, folded)| folded.hits(&needle, place)).take(MOST_HITS).collect()
    }
}

impl Folded {
    fn new(text: &str) -> Self {
        let (text, origins) = fold_with_origins(text);
        Self { text, origins }
    }

    fn hits<'a>(&'a self, needle: &'a str, place: Place) -> impl Iterator<Item = Hit> + 'a {
        self.text.match_indices(needle).filter_map(move |(at, found)| {
            let origin = |at: usize| self.origins.get(at).map(|byte| *byte as usize);
            let start = origin(at)?;
            let end = origin(at + found.len())?;
            (end > start).then_some(Hit { place, range: start..end })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::note::NoteBody;
    use crate::domain::{Note, NoteKind};

    #[test]
    fn words_are_found_in_both_notes_whatever_their_accents() {
        let note = |kind, text: &str| Note { id: None, kind, body: NoteBody::Text(text.to_owned()), created_at: None };
        let notes = Notes {
            all: vec![
                note(NoteKind::Transcript, "Vet: Søren limps.\nOwner: soren, yes"),
                note(NoteKind::Soap, "S: SØREN lame\nP: rest"),
            ],
        };
        let reading = Reading::new(notes);
        let hits = reading.find("Soren");
        let places: Vec<_> = hits.iter().map(|hit| hit.place).collect();
        assert_eq!(places, [Place::Turn(0), Place::Turn(1), Place::Section(0)]);
        assert_eq!(hits.first().map(|hit| hit.range.clone()), Some(0.."Søren".len()));
        assert!(reading.find("  ").is_empty());
    }
}
