//! What the list shows of what is loaded.

use super::*;
use crate::domain::{Mark, MarkFilter, Marks, Patient, PatientId, Period, RecordKind, Room, Stage};
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
    assert_eq!(catalog.upsert([consultation("a", 10, ("p1", "Bella"), "Surgery")]), Upserted { new: 0, changed: 1 });
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
