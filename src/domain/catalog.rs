//! Everything that is loaded, ordered, filtered, grouped and counted.
//! The catalog lives with the backend; the window holds only a finished [`ListView`], so that a keystroke
//! costs the same with a thousand records as with a million.

use super::filter::{ConsultationFilter, GroupBy};
use super::mark::{MarkCounts, MarkFits, Marked};
use super::{Consultation, ConsultationKey, PatientId, RecordKind, VetId, Zone};
use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
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

/// A run of rows under one heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    pub title: String,
    /// Index of its first row.
    pub start: usize,
    pub len: usize,
}

/// What can be filtered by, with how many loaded consultations each would show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facets {
    pub rooms: Vec<Facet<String>>,
    pub patients: Vec<Facet<PatientId>>,
    pub vets: Vec<Facet<VetId>>,
    pub kinds: Vec<Facet<RecordKind>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facet<T> {
    pub value: T,
    pub label: String,
    /// Tells same-named ones apart: breed and sex of a patient; empty otherwise.
    pub detail: String,
    pub count: usize,
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
        Arc::clone(self.facets.get_or_init(|| Arc::new(count_facets(&self.rows))))
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

fn count_facets(rows: &[Row]) -> Facets {
    let mut rooms: HashMap<String, Facet<String>> = HashMap::new();
    let mut patients: HashMap<PatientId, Facet<PatientId>> = HashMap::new();
    let mut vets: HashMap<VetId, Facet<VetId>> = HashMap::new();
    let mut kinds: HashMap<RecordKind, Facet<RecordKind>> = HashMap::new();
    for row in rows {
        let consultation = &row.consultation;
        if let Some(room) = &consultation.room {
            let key = row.room_key.as_deref().unwrap_or_default().to_owned();
            count(&mut rooms, key, || (room.short_name().to_owned(), String::new()));
        }
        if let Some(patient) = &consultation.patient {
            count(&mut patients, patient.id.clone(), || (patient.display_name().to_owned(), patient.description()));
        }
        if let Some(vet) = &consultation.vet {
            count(&mut vets, vet.id.clone(), || (vet.display_name(), String::new()));
        }
        count(&mut kinds, consultation.kind.clone(), || (consultation.kind.words().to_owned(), String::new()));
    }
    Facets { rooms: sorted(rooms), patients: sorted(patients), vets: sorted(vets), kinds: sorted(kinds) }
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

fn count<K: std::hash::Hash + Eq + Clone>(
    facets: &mut HashMap<K, Facet<K>>,
    value: K,
    describe: impl FnOnce() -> (String, String),
) {
    if let Some(known) = facets.get_mut(&value) {
        known.count += 1;
        return;
    }
    let (label, detail) = describe();
    facets.insert(value.clone(), Facet { value, label, detail, count: 1 });
}

fn sorted<K>(facets: HashMap<K, Facet<K>>) -> Vec<Facet<K>> {
    let mut list: Vec<Facet<K>> = facets.into_values().collect();
    list.sort_by_cached_key(|facet| (super::fold::fold(&facet.label), facet.detail.clone()));
    list
}

/// Orders the rows for the grouping (they come newest first) and says where each group starts.
fn group(rows: &mut [Arc<Consultation>], spec: &ViewSpec) -> Vec<Group> {
    match spec.group_by {
        GroupBy::Time => group_by_day(rows, spec),
        GroupBy::Patient => group_by_name(rows, |c| match &c.patient {
            Some(patient) => (patient.display_name().to_owned(), patient.description(), patient.id.as_str().to_owned()),
            None => ("No patient".to_owned(), String::new(), String::new()),
        }),
        GroupBy::Room => group_by_name(rows, |c| match &c.room {
            Some(room) => (room.short_name().to_owned(), String::new(), room.filter_key()),
            None => ("No room".to_owned(), String::new(), String::new()),
        }),
    }
}

fn group_by_day(rows: &[Arc<Consultation>], spec: &ViewSpec) -> Vec<Group> {
    let today = spec.zone.local_time(spec.now).date();
    let mut groups: Vec<Group> = Vec::new();
    let mut current: Option<NaiveDate> = None;
    for (index, consultation) in rows.iter().enumerate() {
        let day = spec.zone.local_time(consultation.started_at).date();
        if current != Some(day) {
            current = Some(day);
            groups.push(Group { title: day_title(day, today), start: index, len: 0 });
        }
        if let Some(last) = groups.last_mut() {
            last.len += 1;
        }
    }
    groups
}

/// `Today`, `Yesterday, Sat 21 Nov`, `Fri 20 Nov`, `Fri 20 Nov 2025`.
pub fn day_title(day: NaiveDate, today: NaiveDate) -> String {
    let date = if day.year() == today.year() { day.format("%a %-d %b") } else { day.format("%a %-d %b %Y") };
    match (today - day).num_days() {
        0 => "Today".to_owned(),
        1 => format!("Yesterday, {date}"),
        _ => date.to_string(),
    }
}

/// Same-named groups stay apart by their id and say what tells them apart.
fn group_by_name(
    rows: &mut [Arc<Consultation>],
    name: impl Fn(&Consultation) -> (String, String, String),
) -> Vec<Group> {
    rows.sort_by_cached_key(|consultation| {
        let (title, detail, id) = name(consultation);
        (title.is_empty(), super::fold::fold(&title), detail, id)
    });
    let mut groups: Vec<Group> = Vec::new();
    let mut current: Option<String> = None;
    for (index, consultation) in rows.iter().enumerate() {
        let (title, detail, id) = name(consultation);
        if current.as_ref() != Some(&id) {
            current = Some(id);
            let title = if detail.is_empty() { title } else { format!("{title} · {detail}") };
            groups.push(Group { title, start: index, len: 0 });
        }
        if let Some(last) = groups.last_mut() {
            last.len += 1;
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Mark, MarkFilter, Marks, Patient, Period, Room, Stage};
    use chrono::{TimeDelta, TimeZone as _};

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a time")
    }

    fn consultation(id: &str, minutes_ago: i64, patient: (&str, &str), room: &str) -> Arc<Consultation> {
        Arc::new(Consultation {
            key: ConsultationKey::record(id),
            kind: RecordKind::Consultation,
            title: String::new(),
            started_at: now() - TimeDelta::minutes(minutes_ago),
            ended_at: None,
            patient: Some(Arc::new(Patient {
                id: PatientId::new(patient.0),
                name: Some(patient.1.to_owned()),
                breed: Some(format!("breed of {}", patient.0)),
                sex: None,
            })),
            vet: None,
            room: Some(Arc::new(Room { name: Some(room.to_owned()), ..Room::default() })),
            stage: Stage::Unknown,
            is_gone: false,
        })
    }

    fn spec() -> ViewSpec {
        ViewSpec {
            filter: ConsultationFilter::default(),
            group_by: GroupBy::Time,
            selected: None,
            now: now(),
            zone: Zone::utc(),
        }
    }

    fn filled() -> Catalog {
        let mut catalog = Catalog::default();
        catalog.upsert([
            consultation("c", 3000, ("p2", "Bella"), "Room 2 NxHUB"),
            consultation("a", 10, ("p1", "Bella"), "Room 1 NxHUB"),
            consultation("b", 1500, ("p3", "Søren"), "Room 1 NxHUB"),
        ]);
        catalog
    }

    fn ids(view: &ListView) -> Vec<String> {
        view.rows.iter().map(|row| row.key.as_text().replace("record/", "")).collect()
    }

    #[test]
    fn newest_first_grouped_by_local_day() {
        let view = filled().view(&spec());
        assert_eq!(ids(&view), ["a", "b", "c"]);
        let titles: Vec<_> = view.groups.iter().map(|group| group.title.as_str()).collect();
        assert_eq!(titles, ["Today", "Yesterday, Sat 21 Nov", "Fri 20 Nov"]);
    }

    #[test]
    fn the_same_record_twice_is_one_row_and_may_move() {
        let mut catalog = filled();
        let moved = || consultation("b", 1, ("p3", "Søren"), "Surgery");
        assert_eq!(
            catalog.upsert([consultation("a", 10, ("p1", "Bella"), "Surgery")]),
            Upserted { new: 0, changed: 1 }
        );
        assert_eq!(catalog.upsert([moved()]), Upserted { new: 0, changed: 1 });
        assert_eq!(catalog.upsert([moved()]), Upserted::default());
        assert_eq!(ids(&catalog.view(&spec())), ["b", "a", "c"]);
        assert_eq!(catalog.len(), 3);
    }

    #[test]
    fn same_named_patients_are_told_apart() {
        let mut spec = spec();
        spec.filter.patient = Some(PatientId::new("p2"));
        let view = filled().view(&spec);
        assert_eq!(ids(&view), ["c"]);
        let bellas: Vec<_> = view.facets.patients.iter().filter(|f| f.label == "Bella").map(|f| &f.detail).collect();
        assert_eq!(bellas, ["breed of p1", "breed of p2"]);
        assert_eq!(view.loaded, 3);
    }

    #[test]
    fn marks_filter_and_count_whatever_comes_first() {
        let mut catalog = filled();
        let marked = |id: &str, marks: Marks| Marked { key: ConsultationKey::record(id), marks };
        let reviewed = || Marks { reviewed: Some(now()), ..Marks::default() };
        let remark = || Marks { remark: "call back".to_owned(), ..Marks::default() };
        catalog.set_marks(&[marked("a", reviewed()), marked("later", reviewed())]);
        let with = |filter| {
            let mut spec = spec();
            spec.filter.mark = Some(filter);
            spec
        };
        let todo = catalog.view(&with(MarkFilter::ToDo));
        assert_eq!(ids(&todo), ["b", "c"]);
        assert_eq!((todo.marks.of(MarkFilter::ToDo), todo.marks.of(MarkFilter::Is(Mark::Reviewed))), (2, 1));
        catalog.upsert([consultation("later", 4000, ("p2", "Bella"), "Room 2 NxHUB")]);
        assert_eq!(ids(&catalog.view(&with(MarkFilter::Is(Mark::Reviewed)))), ["a", "later"]);
        // A row that changes, or that moves, keeps its marks.
        catalog.upsert([consultation("a", 10, ("p1", "Bella"), "Surgery")]);
        catalog.upsert([consultation("a", 9, ("p1", "Bella"), "Surgery")]);
        assert!(catalog.mark(&marked("b", remark())));
        assert!(!catalog.mark(&marked("b", remark())), "nothing new");
        assert!(!catalog.mark(&marked("elsewhere", reviewed())), "not loaded");
        let view = catalog.view(&with(MarkFilter::HasRemark));
        assert_eq!(ids(&view), ["b"]);
        assert_eq!(MarkFilter::ALL.map(|filter| view.marks.of(filter)), [2, 2, 0, 0, 1]);
        assert!(catalog.mark(&marked("a", Marks::default())));
        assert_eq!(catalog.view(&spec()).marks.of(MarkFilter::Is(Mark::Reviewed)), 1);
        catalog.clear();
        assert_eq!(catalog.view(&spec()).marks, MarkCounts::default());
    }

    #[test]
    fn room_text_and_period_filter_together() {
        let mut spec = spec();
        spec.filter.room = Some("room 1 nxhub".to_owned());
        assert_eq!(ids(&filled().view(&spec)), ["a", "b"]);
        spec.filter.text = "SOREN room".to_owned();
        assert_eq!(ids(&filled().view(&spec)), ["b"]);
        spec.filter.period = Period::Today;
        assert!(filled().view(&spec).rows.is_empty());
    }

    #[test]
    fn grouping_by_room_and_patient_keeps_time_order_inside() {
        let mut spec = spec();
        spec.group_by = GroupBy::Room;
        let view = filled().view(&spec);
        assert_eq!(ids(&view), ["a", "b", "c"]);
        assert_eq!(view.groups.len(), 2);
        spec.group_by = GroupBy::Patient;
        spec.selected = Some(ConsultationKey::record("b"));
        let view = filled().view(&spec);
        assert_eq!(view.groups.len(), 3);
        assert_eq!(view.selected_index, Some(2));
        assert_eq!(view.group_of(1), Some(1));
    }

    #[test]
    fn what_was_let_go_is_nowhere_any_more() {
        let mut catalog = filled();
        let keys: HashSet<_> = ["a", "elsewhere"].map(ConsultationKey::record).into();
        assert!(catalog.remove(&keys));
        assert!(!catalog.remove(&keys), "it is gone already");
        let view = catalog.view(&spec());
        assert_eq!((ids(&view), view.loaded), (vec!["b".to_owned(), "c".to_owned()], 2));
        assert_eq!(catalog.get(&ConsultationKey::record("a")), None);
        assert_eq!(catalog.upsert([consultation("a", 10, ("p1", "Bella"), "Surgery")]).new, 1, "it may come back");
    }
}
