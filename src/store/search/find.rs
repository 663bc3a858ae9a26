//! The finding itself: the newest of each place merged into one order, and of each consultation its best sentence.
//! Reads through a connection of its own, so that a question never waits behind what is being written.

use super::super::consultations;
use super::super::notes;
use super::super::{DatabaseFile, Result, Store, StoreError};
use super::document::Place;
use super::excerpt::{self, Excerpt, Sought};
use super::index::{name_of, waiting};
use super::lookup::{Lookup, Reach, reach_of};
use super::question::Question;
use crate::domain::{Consultation, ConsultationKey, Notes, OrganizationId, SearchHit, SearchQuery, SearchResults};
use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _};
use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

pub use rusqlite::InterruptHandle as Interrupt;

/// A hit in the patient's name counts as this many minutes newer, one in the note as that many.
const PATIENT_BONUS: i64 = 365 * 24 * 60;
const NOTE_BONUS: i64 = 30 * 24 * 60;
/// Consultations looked at beyond the ones that are listed, where the index alone cannot tell.
const MOST_IN_VAIN: usize = 400;

/// What a question is asked within.
pub struct Scope<'a> {
    pub organization: &'a OrganizationId,
    /// Where the query's period begins.
    pub earliest: Option<DateTime<Utc>>,
    /// How many hits are wanted.
    pub most: usize,
    /// Nobody waits for the answer any more.
    pub is_outdated: &'a dyn Fn() -> bool,
}

/// Answers questions; holds a connection that only reads.
pub struct SearchReader {
    cache: Connection,
}

impl Store {
    /// A way to search beside whatever else the store does. It is to be dropped before the store is wiped.
    pub fn search_reader(&self) -> Result<SearchReader> {
        Ok(SearchReader { cache: self.open_reader()? })
    }
}

impl SearchReader {
    /// Lets another thread break off the question under way.
    pub fn interrupt(&self) -> Interrupt {
        self.cache.get_interrupt_handle()
    }

    /// What is found, best first. An outdated question gets what was found until then.
    pub fn find(&mut self, query: &SearchQuery, scope: &Scope<'_>) -> Result<SearchResults> {
        let outcome = self.cache.transaction().and_then(|cache| find(&cache, query, scope));
        match outcome {
            Err(_) if (scope.is_outdated)() => Ok(SearchResults::default()),
            other => other.map_err(|error| StoreError::from_sqlite(DatabaseFile::Cache, &error)),
        }
    }
}

fn find(cache: &Connection, query: &SearchQuery, scope: &Scope<'_>) -> rusqlite::Result<SearchResults> {
    let question = Question::parse(&query.text);
    let clinic = cache
        .prepare_cached("SELECT id, docs FROM search_clinic WHERE organization = ?")?
        .query_row([scope.organization.as_str()], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let (clinic, indexed) = clinic.unwrap_or((0, 0));
    let mut results = SearchResults {
        indexed: usize::try_from(indexed).unwrap_or(0),
        waiting: waiting(cache)?,
        needles: question.needles(),
        ..SearchResults::default()
    };
    if question.wanted.is_empty() {
        return Ok(results);
    }
    let from = scope.earliest.map(|earliest| earliest.timestamp().div_euclid(60));
    let lookup = Lookup::new(cache, &question, query, from)?;
    let mut ranking = Ranking::new(&lookup, sources(&question, query), scope.most + 1);
    let sought = Sought::new(&question, query);
    let mut speakers = Speakers::default();
    let mut in_vain = 0;
    while let Some(id) = ranking.next(cache)? {
        if (scope.is_outdated)() || results.hits.len() >= scope.most || in_vain >= MOST_IN_VAIN {
            results.has_more = true;
            break;
        }
        let opened = open(cache, (clinic, scope.organization), id)?;
        let hit = opened.filter(|opened| belongs(&opened.row, query, scope)).and_then(|opened| opened.hit(&sought));
        match hit {
            Some((hit, heard)) => {
                speakers.meet(heard);
                results.hits.push(hit);
            }
            None => in_vain += 1,
        }
    }
    results.speakers = speakers.by_frequency();
    Ok(results)
}

/// The lists that are merged, by where their hits stand.
fn sources(question: &Question, query: &SearchQuery) -> Vec<Source> {
    if query.speaker.is_some() {
        return vec![Source::new(Reach::Within(Place::Speech), 0)];
    }
    if let Some(place) = query.place {
        return vec![Source::new(reach_of(place), 0)];
    }
    // One word stands in one of the places; several may be spread over them.
    let rest = if question.wanted.len() == 1 { Reach::Within(Place::Speech) } else { Reach::Anywhere };
    // The one that counts least comes first: how far it reaches back bounds the others.
    vec![
        Source::new(rest, 0),
        Source::new(Reach::Within(Place::Note), NOTE_BONUS),
        Source::new(Reach::Within(Place::Patient), PATIENT_BONUS),
    ]
}

/// One place's hits, newest first, fetched a few at a time.
struct Source {
    reach: Reach,
    bonus: i64,
    fetched: VecDeque<i64>,
    below: i64,
    is_done: bool,
}

impl Source {
    fn new(reach: Reach, bonus: i64) -> Self {
        Self { reach, bonus, fetched: VecDeque::new(), below: i64::MAX, is_done: false }
    }

    /// The best rank that something not fetched yet may have; `None` when there is nothing more.
    fn hope(&self) -> Option<i64> {
        let is_open = self.fetched.is_empty() && !self.is_done;
        is_open.then(|| self.below.saturating_sub(1).saturating_add(self.bonus))
    }

    fn rank_of(&self, id: Option<&i64>) -> Option<i64> {
        id.map(|id| id.saturating_add(self.bonus))
    }

    /// Fetches the next few, but none that would rank below `least`.
    fn fill(&mut self, cache: &Connection, lookup: &Lookup, step: usize, least: Option<i64>) -> rusqlite::Result<()> {
        let lowest = least.map(|least| least.saturating_sub(self.bonus)).filter(|lowest| *lowest < self.below);
        self.fetched = lookup.newest(cache, self.reach, (lowest, self.below), step)?.into();
        let end = self.fetched.back().copied().filter(|_| self.fetched.len() >= step);
        self.is_done = end.or(lowest).is_none();
        self.below = end.or(lowest).unwrap_or(self.below);
        Ok(())
    }
}

/// Hands out consultations in the order told in the module's head, each once.
struct Ranking<'a> {
    lookup: &'a Lookup,
    sources: Vec<Source>,
    step: usize,
    seen: HashSet<i64>,
}

impl<'a> Ranking<'a> {
    fn new(lookup: &'a Lookup, sources: Vec<Source>, step: usize) -> Self {
        Self { lookup, sources, step, seen: HashSet::new() }
    }

    fn next(&mut self, cache: &Connection) -> rusqlite::Result<Option<i64>> {
        loop {
            let best = self.sources.iter().filter_map(|source| source.rank_of(source.fetched.front())).max();
            let hopeful = |source: &Source| source.hope().is_some_and(|hope| best.is_none_or(|best| hope > best));
            if let Some(index) = self.sources.iter().position(hopeful) {
                let least = self.sources.iter().filter_map(|source| source.rank_of(source.fetched.back())).max();
                if let Some(source) = self.sources.get_mut(index) {
                    source.fill(cache, self.lookup, self.step, least)?;
                }
                continue;
            }
            let holds_best = |source: &&mut Source| source.rank_of(source.fetched.front()) == best;
            let source = self.sources.iter_mut().find(holds_best);
            let Some(id) = source.and_then(|source| source.fetched.pop_front()) else { return Ok(None) };
            if self.seen.insert(id) {
                return Ok(Some(id));
            }
        }
    }
}

/// A consultation that the index names, read.
struct Opened {
    row: Consultation,
    notes: Option<Notes>,
}

fn open(
    cache: &Connection,
    (clinic, organization): (i64, &OrganizationId),
    id: i64,
) -> rusqlite::Result<Option<Opened>> {
    let Some((_, key)) = name_of(cache, id)?.filter(|(of, _)| *of == clinic) else { return Ok(None) };
    let Some(row) = consultations::read_one(cache, organization.as_str(), &key)? else { return Ok(None) };
    let stored = match ConsultationKey::from_text(&key) {
        Some(key) => notes::read(cache, &key)?,
        None => None,
    };
    Ok(Some(Opened { row, notes: stored.map(|stored| stored.notes) }))
}

impl Opened {
    /// The hit and everybody who speaks in it; `None` when the text does not hold what the index promised.
    fn hit(self, sought: &Sought<'_>) -> Option<(SearchHit, Vec<String>)> {
        let Excerpt { place, speaker, section, sentence, marked, count, speakers } =
            excerpt::best(&self.row, self.notes.as_ref(), sought)?;
        let hit = SearchHit { consultation: Arc::new(self.row), place, speaker, section, sentence, marked, count };
        Some((hit, speakers))
    }
}

/// The index may be a moment older than the row.
fn belongs(row: &Consultation, query: &SearchQuery, scope: &Scope<'_>) -> bool {
    let room = row.room.as_ref().map(|room| room.filter_key());
    (query.room.is_none() || query.room == room)
        && (query.patient.is_none() || query.patient.as_ref() == row.patient.as_ref().map(|patient| &patient.id))
        && (query.vet.is_none() || query.vet.as_ref() == row.vet.as_ref().map(|vet| &vet.id))
        && scope.earliest.is_none_or(|earliest| row.started_at >= earliest)
}

/// Who was met, and how often.
#[derive(Default)]
struct Speakers(Vec<(String, usize)>);

impl Speakers {
    /// More are not offered to choose from.
    const MOST: usize = 40;

    fn meet(&mut self, names: Vec<String>) {
        for name in names {
            if let Some((_, count)) = self.0.iter_mut().find(|(known, _)| *known == name) {
                *count += 1;
            } else if self.0.len() < 10 * Self::MOST {
                self.0.push((name, 1));
            }
        }
    }

    fn by_frequency(mut self) -> Vec<String> {
        self.0.sort_by(|(a, many), (b, more)| more.cmp(many).then_with(|| a.cmp(b)));
        self.0.into_iter().map(|(name, _)| name).take(Self::MOST).collect()
    }
}
