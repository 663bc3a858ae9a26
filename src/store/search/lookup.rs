//! Questions to the full-text table: which consultations hold all that is wanted, in which place, newest first.

use super::document::{COLUMNS, Place, column_of, patient_term, room_term, speaker_term, vet_term};
use super::question::{Part, Question};
use super::vocabulary;
use crate::domain::{SearchPlace, SearchQuery};
use rusqlite::{Connection, params};

/// How many words an unfinished one stands for at first, and with each further try.
const TRIES: [usize; 3] = [6, 18, 40];
const MOST_WORDS: usize = 64;
/// An unfinished word that is not the last one stands for this many.
const MIDDLE_WORDS: usize = 24;
/// An unfinished word within a phrase stands for this many: each is looked for in all consultations that hold the
/// words before it.
const PHRASE_WORDS: usize = 6;

/// Where all wanted parts must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// All in this place.
    Within(Place),
    /// All in one part of the note.
    Column(usize),
    /// Each in any place.
    Anywhere,
}

impl Reach {
    fn admits(self, place: Place) -> bool {
        match self {
            Self::Within(wanted) => place == wanted,
            Self::Column(_) => place == Place::Note,
            Self::Anywhere => true,
        }
    }
}

/// One way in which a wanted part may stand in the index, quoted.
struct Way {
    place: Place,
    quoted: String,
}

/// A question with everything looked up that does not depend on the reach.
pub(super) struct Lookup {
    /// For each wanted part the ways it may stand, the most common first.
    parts: Vec<Vec<Way>>,
    /// The part that is asked for a few ways at a time.
    open: Option<usize>,
    /// What must and must not be there besides, ready to be put behind.
    conditions: String,
    /// The smallest rowid of the period.
    from: i64,
}

impl Lookup {
    pub(super) fn new(
        cache: &Connection,
        question: &Question,
        query: &SearchQuery,
        from: Option<i64>,
    ) -> rusqlite::Result<Self> {
        let open = question.wanted.iter().rposition(|part| part.is_open);
        let mut parts = Vec::with_capacity(question.wanted.len());
        for (index, part) in question.wanted.iter().enumerate() {
            let most = if Some(index) == open { MOST_WORDS } else { MIDDLE_WORDS };
            parts.push(ways(cache, part, most)?);
        }
        let conditions = conditions(question, query);
        Ok(Self { parts, open, conditions, from: from.unwrap_or(i64::MIN) })
    }

    /// Up to `most` consultations before `below`, newest first, and from `floor` on. With a floor there is enough
    /// elsewhere already, and an open part is asked in its most common ways only.
    pub(super) fn newest(
        &self,
        cache: &Connection,
        reach: Reach,
        (floor, below): (Option<i64>, i64),
        most: usize,
    ) -> rusqlite::Result<Vec<i64>> {
        let least = floor.map_or(self.from, |floor| floor.max(self.from));
        let mut found: Vec<i64> = Vec::new();
        let mut from = 0;
        for count in TRIES {
            let Some(expression) = self.expression(reach, from, count) else { break };
            let mut select = cache.prepare_cached(
                "SELECT rowid FROM search_text WHERE search_text MATCH ? AND rowid < ? AND rowid >= ?
                 ORDER BY rowid DESC LIMIT ?",
            )?;
            let rows = select.query_map(params![expression, below, least, most as i64], |row| row.get(0))?;
            for id in rows {
                found.push(id?);
            }
            from += count;
            if self.open.is_none() || found.len() >= most || floor.is_some() {
                break;
            }
        }
        found.sort_unstable_by(|a, b| b.cmp(a));
        found.dedup();
        found.truncate(most);
        Ok(found)
    }

    /// What to match; `None` when a part has no way of standing there. Of the open part only the ways
    /// `from..from + count` are taken.
    fn expression(&self, reach: Reach, from: usize, count: usize) -> Option<String> {
        let mut wanted: Vec<String> = Vec::with_capacity(self.parts.len());
        for (index, ways) in self.parts.iter().enumerate() {
            let admitted = ways.iter().filter(|way| reach.admits(way.place)).map(|way| way.quoted.as_str());
            let taken: Vec<&str> =
                if Some(index) == self.open { admitted.skip(from).take(count).collect() } else { admitted.collect() };
            match taken.as_slice() {
                [] => return None,
                [one] => wanted.push((*one).to_owned()),
                several => wanted.push(format!("({})", several.join(" OR "))),
            }
        }
        let wanted = wanted.join(" AND ");
        let wanted = match reach {
            Reach::Column(column) => format!("({{{}}} : ({wanted}))", COLUMNS.get(column)?),
            _ => format!("({wanted})"),
        };
        Some(wanted + &self.conditions)
    }
}

/// The reach of a place that was chosen.
pub(super) fn reach_of(place: SearchPlace) -> Reach {
    match place {
        SearchPlace::Transcript => Reach::Within(Place::Speech),
        SearchPlace::Note => Reach::Within(Place::Note),
        SearchPlace::Soap(part) => Reach::Column(column_of(Some(part))),
        SearchPlace::Patient => Reach::Within(Place::Patient),
    }
}

fn ways(cache: &Connection, part: &Part, most: usize) -> rusqlite::Result<Vec<Way>> {
    let Some((last, before)) = part.words.split_last() else { return Ok(Vec::new()) };
    let most = if before.is_empty() { most } else { PHRASE_WORDS };
    let mut ways = Vec::new();
    for place in Place::ALL {
        if !part.is_open {
            ways.push((i64::MAX, Way { place, quoted: quoted(place, &part.words) }));
            continue;
        }
        for (word, count) in vocabulary::beginning_with(cache, last, place, most)? {
            let whole: Vec<String> = before.iter().cloned().chain([word.clone()]).collect();
            // The word as it was typed comes first: perhaps it is finished.
            let rank = if word == *last { i64::MAX } else { count };
            ways.push((rank, Way { place, quoted: quoted(place, &whole) }));
        }
    }
    ways.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(ways.into_iter().map(|(_, way)| way).collect())
}

/// Words hold letters, digits and points only, so the quotes need no care.
fn quoted(place: Place, words: &[String]) -> String {
    let sign = place.sign();
    let words: Vec<String> = words.iter().map(|word| format!("{sign}{word}")).collect();
    format!("\"{}\"", words.join(" "))
}

fn conditions(question: &Question, query: &SearchQuery) -> String {
    let patient = query.patient.as_ref().map(|id| patient_term(id.as_str()));
    let vet = query.vet.as_ref().map(|id| vet_term(id.as_str()));
    let room = query.room.as_deref().map(room_term);
    let speaker = query.speaker.as_deref().map(speaker_term);
    let mut conditions = String::new();
    for term in [patient, vet, room, speaker].into_iter().flatten() {
        conditions.push_str(&format!(" AND \"{term}\""));
    }
    if question.unwanted.is_empty() {
        return conditions;
    }
    let everywhere = |part: &Part| Place::ALL.map(|place| quoted(place, &part.words)).join(" OR ");
    let unwanted: Vec<String> = question.unwanted.iter().map(everywhere).collect();
    format!("{conditions} NOT ({})", unwanted.join(" OR "))
}
