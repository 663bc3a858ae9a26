//! Everything that is loaded, in order, and the view of it that a filter asks for. Counting what can be filtered by
//! is in `facets`, headings are in `groups`.
//! The catalog lives with the backend; the window holds only a finished [`ListView`], so that a keystroke
//! costs the same with a thousand records as with a million.

mod facets;
mod groups;
#[cfg(test)]
mod tests;

pub use facets::{Facet, Facets};
pub use groups::{Group, day_title};

use super::filter::{ConsultationFilter, GroupBy};
use super::mark::{MarkCounts, MarkFits, Marked};
use super::{Consultation, ConsultationKey, Zone};
use chrono::{DateTime, Utc};
use facets::count_facets;
use groups::group;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// All loaded consultations, newest first.
#[derive(Debug, Default)]
pub struct Catalog {
    rows: Vec<Row>,
    by_key: HashMap<ConsultationKey, DateTime<Utc>>,
    /// What staff noted, also about consultations that are not loaded yet.
    marks: HashMap<ConsultationKey, MarkFits>,
    mark_counts: MarkCounts,
    /// Counted once per change, not once per keystroke.
    facets: OnceCell<Arc<Facets>>,
}

/// What taking in a batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Upserted {
    pub new: usize,
    /// New ones included; a batch that was known to the letter changes nothing.
    pub changed: usize,
}

/// A consultation with what a filter compares, worked out beforehand.
#[derive(Debug)]
struct Row {
    consultation: Arc<Consultation>,
    haystack: Box<str>,
    room_key: Option<Box<str>>,
    marks: MarkFits,
}

/// What the list shows, ready to draw: rows in order and the groups they fall into.
#[derive(Debug, Default)]
pub struct ListView {
    pub rows: Vec<Arc<Consultation>>,
    pub groups: Vec<Group>,
    /// How many consultations are loaded, filtered or not.
    pub loaded: usize,
    pub facets: Arc<Facets>,
    /// How many loaded consultations each filter by marks would show. Apart from the facets, which take long to
    /// count: a mark is set every few seconds.
    pub marks: MarkCounts,
    /// Where the selected consultation stands in `rows`, when it is among them.
    pub selected_index: Option<usize>,
}

/// What to show; the catalog answers with a [`ListView`].
#[derive(Clone, Debug, PartialEq)]
pub struct ViewSpec {
    pub filter: ConsultationFilter,
    pub group_by: GroupBy,
    pub selected: Option<ConsultationKey>,
    pub now: DateTime<Utc>,
    pub zone: Zone,
}

impl Catalog {
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn clear(&mut self) {
        self.rows.clear();
        self.by_key.clear();
        self.marks.clear();
        self.mark_counts = MarkCounts::default();
        self.facets.take();
    }

    /// Everything that staff noted; replaces what was known.
    pub fn set_marks(&mut self, all: &[Marked]) {
        self.marks = all.iter().map(|marked| (marked.key.clone(), MarkFits::of(&marked.marks))).collect();
        self.mark_counts = MarkCounts::default();
        for row in &mut self.rows {
            row.marks = self.marks.get(&row.consultation.key).copied().unwrap_or_default();
            self.mark_counts.add(row.marks);
        }
    }

    /// What staff noted about one consultation. Says whether the list can look different by it.
    pub fn mark(&mut self, marked: &Marked) -> bool {
        let now = MarkFits::of(&marked.marks);
        let before = self.marks.insert(marked.key.clone(), now).unwrap_or_default();
        let Some(row) = self.position(&marked.key).and_then(|at| self.rows.get_mut(at)) else { return false };
        row.marks = now;
        self.mark_counts.remove(before);
        self.mark_counts.add(now);
        now != before
    }

    pub fn get(&self, key: &ConsultationKey) -> Option<&Arc<Consultation>> {
        let at = self.position(key)?;
        self.rows.get(at).map(|row| &row.consultation)
    }

    /// Takes in new and changed consultations; the last word about a key wins. Says what that did.
    pub fn upsert(&mut self, incoming: impl IntoIterator<Item = Arc<Consultation>>) -> Upserted {
        let mut done = Upserted::default();
        for consultation in incoming {
            let at = self.position(&consultation.key);
            let known = at.and_then(|at| self.rows.get(at));
            if known.is_some_and(|row| row.consultation == consultation) {
                continue;
            }
            done.changed += 1;
            match at {
                Some(at)
                    if self.rows.get(at).is_some_and(|row| row.consultation.started_at == consultation.started_at) =>
                {
                    if let Some(row) = self.rows.get_mut(at) {
                        *row = Row::new(consultation, row.marks);
                    }
                    continue;
                }
                Some(at) => self.mark_counts.remove(self.rows.remove(at).marks),
                None => done.new += 1,
            }
            self.by_key.insert(consultation.key.clone(), consultation.started_at);
            let marks = self.marks.get(&consultation.key).copied().unwrap_or_default();
            self.mark_counts.add(marks);
            self.rows.push(Row::new(consultation, marks));
        }
        if done.changed > 0 {
            self.facets.take();
            // The sort is adaptive: appending a page to an ordered list costs about one pass.
            self.rows.sort_by(|a, b| b.order().cmp(&a.order()));
        }
        done
    }

    /// Lets go of consultations; says whether any of them was loaded. What staff noted about them stays known.
    pub fn remove(&mut self, keys: &HashSet<ConsultationKey>) -> bool {
        let before = self.rows.len();
        let counts = &mut self.mark_counts;
        self.rows.retain(|row| {
            let goes = keys.contains(&row.consultation.key);
            if goes {
                counts.remove(row.marks);
            }
            !goes
        });
        let is_changed = self.rows.len() < before;
        if is_changed {
            self.by_key.retain(|key, _| !keys.contains(key));
            self.facets.take();
        }
        is_changed
    }

    pub fn keys(&self) -> impl Iterator<Item = &ConsultationKey> {
        self.rows.iter().map(|row| &row.consultation.key)
    }

    pub fn rows(&self) -> impl Iterator<Item = &Arc<Consultation>> {
        self.rows.iter().map(|row| &row.consultation)
    }

    /// What can be filtered by, with how many loaded consultations each would show.
    pub fn facets(&self) -> Arc<Facets> {
        Arc::clone(self.facets.get_or_init(|| Arc::new(self.count_facets())))
    }

    fn count_facets(&self) -> Facets {
        count_facets(self.rows.iter().map(|row| (&*row.consultation, row.room_key.as_deref())))
    }

    fn position(&self, key: &ConsultationKey) -> Option<usize> {
        let at = self.by_key.get(key)?;
        self.ordered_position(*at, key).or_else(|| self.rows.iter().position(|row| &row.consultation.key == key))
    }

    /// Finds the row by its order; fails only while a batch is being appended.
    fn ordered_position(&self, at: DateTime<Utc>, key: &ConsultationKey) -> Option<usize> {
        let found = self.rows.binary_search_by(|row| (at, key).cmp(&row.order())).ok()?;
        (&self.rows.get(found)?.consultation.key == key).then_some(found)
    }

    /// Filters, groups and counts. Takes about 0.1 µs a record, so it runs away from the window.
    pub fn view(&self, spec: &ViewSpec) -> ListView {
        let facets = self.facets();
        let earliest = spec.filter.period.earliest(spec.now, spec.zone);
        let needles = spec.filter.needles();
        let wanted = |row: &&Row| {
            spec.filter.mark.is_none_or(|wanted| row.marks.fits(wanted))
                && spec.filter.matches_all_but_text(&row.consultation, row.room_key.as_deref(), earliest)
                && needles.iter().all(|needle| row.haystack.contains(needle.as_str()))
        };
        let mut rows: Vec<Arc<Consultation>> =
            self.rows.iter().filter(wanted).map(|row| Arc::clone(&row.consultation)).collect();
        let groups = group(&mut rows, spec);
        let selected_index =
            spec.selected.as_ref().and_then(|key| rows.iter().position(|consultation| consultation.key == *key));
        ListView { rows, groups, loaded: self.rows.len(), facets, marks: self.mark_counts, selected_index }
    }
}

impl Row {
    fn new(consultation: Arc<Consultation>, marks: MarkFits) -> Self {
        let haystack = consultation.haystack().into_boxed_str();
        let room_key = consultation.room.as_ref().map(|room| room.filter_key().into_boxed_str());
        Self { consultation, haystack, room_key, marks }
    }

    fn order(&self) -> (DateTime<Utc>, &ConsultationKey) {
        (self.consultation.started_at, &self.consultation.key)
    }
}

impl ListView {
    /// The group a row belongs to.
    pub fn group_of(&self, row: usize) -> Option<usize> {
        let after = self.groups.partition_point(|group| group.start <= row);
        after.checked_sub(1)
    }
}
