//! What can be filtered by, and how many of the loaded consultations each choice would show.

use crate::domain::fold::fold;
use crate::domain::{Consultation, PatientId, RecordKind, VetId};
use std::collections::HashMap;

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

/// `rows` come with the key of their room, as the filter compares it.
pub(super) fn count_facets<'a>(rows: impl Iterator<Item = (&'a Consultation, Option<&'a str>)>) -> Facets {
    let mut rooms: HashMap<String, Facet<String>> = HashMap::new();
    let mut patients: HashMap<PatientId, Facet<PatientId>> = HashMap::new();
    let mut vets: HashMap<VetId, Facet<VetId>> = HashMap::new();
    let mut kinds: HashMap<RecordKind, Facet<RecordKind>> = HashMap::new();
    for (consultation, room_key) in rows {
        if let Some(room) = &consultation.room {
            let key = room_key.unwrap_or_default().to_owned();
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
    list.sort_by_cached_key(|facet| (fold(&facet.label), facet.detail.clone()));
    list
}
