//! Searching a real, encrypted store: what is found, in which order, with which sentence, while it is being filled.

use super::super::samples::{self, clinic, now};
use super::super::{BITE, Scope, SearchReader, Store};
use crate::domain::note::{NoteBody, Passage};
use crate::domain::{
    Consultation, ConsultationKey, HitPlace, Note, NoteKind, Notes, OrganizationId, Patient, PatientId, Period,
    SearchPlace, SearchQuery, SearchResults, SoapPart, VetId,
};
use chrono::{DateTime, TimeDelta, Utc};
use std::sync::Arc;
use tempfile::TempDir;

const DAY: i64 = 24 * 60;

struct Desk {
    store: Store,
    reader: SearchReader,
    _home: TempDir,
}

fn row(id: &str, days_ago: i64, patient: &str) -> Consultation {
    let known = Patient {
        id: PatientId::new(patient.to_lowercase()),
        name: Some(patient.to_owned()),
        breed: Some("Beagle".to_owned()),
        sex: None,
    };
    Consultation { patient: Some(Arc::new(known)), title: String::new(), ..samples::full(id, -days_ago * DAY) }
}

fn notes(transcript: &str, soap: &[(&str, &str)]) -> Notes {
    let passages = soap.iter().map(|(title, text)| Passage { title: (*title).to_owned(), text: (*text).to_owned() });
    let note = |kind, body| Note { id: None, kind, body, created_at: None };
    let transcript = note(NoteKind::Transcript, NoteBody::Text(transcript.to_owned()));
    Notes { all: vec![transcript, note(NoteKind::Soap, NoteBody::Passages(passages.collect()))] }
}

impl Desk {
    fn new() -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let store = samples::open(home.path());
        let reader = store.search_reader().expect("opened");
        Self { store, reader, _home: home }
    }

    fn put(&mut self, row: &Consultation, notes: &Notes) {
        self.store.save_consultations(&clinic(), &[Arc::new(row.clone())]).expect("saved");
        self.store.save_notes(&row.key, notes, now()).expect("saved");
    }

    fn index(&mut self) {
        while self.store.index_waiting(BITE).expect("indexed") > 0 {}
    }

    fn ask(&mut self, query: &SearchQuery, most: usize, earliest: Option<DateTime<Utc>>) -> SearchResults {
        let organization = clinic();
        let scope = Scope { organization: &organization, earliest, most, is_outdated: &|| false };
        self.reader.find(query, &scope).expect("answered")
    }

    fn find(&mut self, text: &str) -> SearchResults {
        self.ask(&query(text), 50, None)
    }

    /// The ids of what is found, in order.
    fn ids(&mut self, text: &str) -> Vec<String> {
        ids(&self.find(text))
    }

    fn ids_for(&mut self, query: &SearchQuery) -> Vec<String> {
        ids(&self.ask(query, 50, None))
    }
}

fn query(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), ..SearchQuery::default() }
}

fn ids(results: &SearchResults) -> Vec<String> {
    let id = |key: &ConsultationKey| key.record_id().map_or_else(String::new, |id| id.as_str().to_owned());
    results.hits.iter().map(|hit| id(&hit.consultation.key)).collect()
}

/// The sentence with what is marked in brackets.
fn shown(results: &SearchResults, index: usize) -> String {
    let hit = &results.hits[index];
    let mut text = hit.sentence.clone();
    for mark in hit.marked.iter().rev() {
        text.insert(mark.end, ']');
        text.insert(mark.start, '[');
    }
    text
}

fn clinic_with_three() -> Desk {
    let mut desk = Desk::new();
    let first = "Dr. Roth: So Bella has been limping since Tuesday. Does she eat?\n\
                 Owner: Yes. She jumped off the couch. Maybe half a tablet, 0.5 mg.";
    desk.put(&row("r1", 1, "Bella"), &notes(first, &[("Subjective", "Lame LF."), ("Plan", "Carprofen 75mg PO BID.")]));
    let second = "Dr. Mensah: The fracture heals.\nOwner: Søren is limping and not eating.";
    desk.put(
        &row("r2", 2, "Søren"),
        &notes(second, &[("Objective", "No limping seen."), ("Plan", "Rest, no carprofen.")]),
    );
    let third = "Speaker A: 小花 is naïve to anaesthesia.\nSpeaker B: Bella, her sister, limped once.";
    desk.put(&row("r3", 3, "小花"), &notes(third, &[("Assessment", "Healthy.")]));
    desk.index();
    desk
}

#[test]
fn a_sentence_is_found_by_its_words_and_shown_with_who_said_it() {
    let mut desk = clinic_with_three();
    let found = desk.find("limping ");
    assert_eq!(ids(&found), ["r2", "r1"], "the note's word counts as newer");
    assert_eq!(shown(&found, 1), "So Bella has been [limping] since Tuesday.");
    assert_eq!(found.hits[1].speaker.as_deref(), Some("Dr. Roth"));
    assert_eq!(found.hits[1].place, HitPlace::Turn { index: 0, at: 18 });
    assert_eq!(shown(&found, 0), "No [limping] seen.");
    assert_eq!(found.hits[0].place, HitPlace::Section { index: 0, at: 3 });
    assert_eq!((found.hits[0].section.as_deref(), found.hits[0].count), (Some("Objective"), 2));
    assert_eq!((found.indexed, found.waiting, found.has_more), (3, 0, false));
    assert_eq!(found.needles, ["limping"]);
    assert!(found.speakers.contains(&"Owner".to_owned()), "{:?}", found.speakers);
}

#[test]
fn every_keystroke_finds() {
    let mut desk = clinic_with_three();
    for text in ["l", "li", "lim", "limp", "limpi", "limpin", "limping"] {
        let found = ids(&desk.find(text));
        assert!(found.contains(&"r1".to_owned()) && found.contains(&"r2".to_owned()), "{text}: {found:?}");
    }
    assert_eq!(desk.ids("limp "), Vec::<String>::new(), "finished, and nobody said so");
    assert_eq!(desk.ids("limp* "), ["r2", "r1", "r3"]);
    let found = desk.find("carp");
    assert_eq!(shown(&found, 0), "[Carprofen] 75mg PO BID.");
}

#[test]
fn accents_case_scripts_and_doses_do_not_matter() {
    let mut desk = clinic_with_three();
    assert_eq!(desk.ids("NAIVE "), ["r3"]);
    assert_eq!(desk.ids("anaesthesia naïve "), ["r3"]);
    assert_eq!(desk.ids("花"), ["r3"]);
    assert_eq!(desk.ids("\"小花\" "), ["r3"]);
    assert_eq!(desk.ids("花小"), Vec::<String>::new());
    for dose in ["0.5 mg", "0.5mg", "0,5"] {
        assert_eq!(desk.ids(dose), ["r1"], "{dose}");
    }
    assert_eq!(desk.ids("75 mg "), ["r1"]);
    assert_eq!(desk.ids("\"75 mg\" "), ["r1"]);
}

#[test]
fn phrases_conjunctions_and_exclusions() {
    let mut desk = clinic_with_three();
    assert_eq!(desk.ids("\"bella has been\" "), ["r1"]);
    assert_eq!(desk.ids("\"has bella been\" "), Vec::<String>::new());
    assert_eq!(desk.ids("couch carprofen "), ["r1"], "one in the transcript, one in the note");
    assert_eq!(desk.ids("soren fracture "), ["r2"], "one in the name, one in the transcript");
    assert_eq!(desk.ids("limping -fracture"), ["r1"]);
    assert_eq!(desk.ids("limping NOT bella "), ["r2"]);
    assert_eq!(desk.ids("limping and not \"the fracture\" "), ["r1"]);
    assert_eq!(desk.ids("not eating "), ["r2"]);
    assert_eq!(desk.ids("\"tuesday does\" "), ["r1"], "across two sentences of one speaker");
    assert_eq!(desk.ids("\"does she eat yes\" "), Vec::<String>::new(), "two people said that");
}

#[test]
fn the_patients_name_comes_first_and_age_counts() {
    let mut desk = clinic_with_three();
    assert_eq!(desk.ids("bella "), ["r1", "r3"], "r1 by name, r3 was only told of her");
    desk.put(&row("r4", 300, "Bella"), &notes("Vet: fine.", &[]));
    desk.put(&row("r5", 400, "Bella"), &notes("Vet: fine.", &[]));
    desk.index();
    assert_eq!(desk.ids("bella "), ["r1", "r4", "r3", "r5"], "a name is worth a year");
    let found = desk.find("bella beagle ");
    assert_eq!((shown(&found, 1).as_str(), found.hits[1].place), ("[Bella] · [Beagle]", HitPlace::Row));
}

#[test]
fn filters_narrow_what_is_found() {
    let mut desk = clinic_with_three();
    let mut room = row("r6", 9, "Max");
    room.room = Some(Arc::new(crate::domain::Room { name: Some("Surgery".to_owned()), ..Default::default() }));
    room.vet = None;
    desk.put(&room, &notes("Owner: Max is limping.", &[]));
    desk.index();
    let ask = |change: &dyn Fn(&mut SearchQuery)| {
        let mut query = query("limping ");
        change(&mut query);
        query
    };
    assert_eq!(desk.ids_for(&ask(&|query| query.room = Some("surgery".to_owned()))), ["r6"]);
    assert_eq!(desk.ids_for(&ask(&|query| query.patient = Some(PatientId::new("bella")))), ["r1"]);
    assert_eq!(desk.ids_for(&ask(&|query| query.vet = Some(VetId::new("vet-1")))), ["r2", "r1"]);
    assert_eq!(desk.ids_for(&ask(&|query| query.vet = Some(VetId::new("nobody")))), Vec::<String>::new());
    let recent = desk.ask(&query("limping "), 50, Some(now() - TimeDelta::hours(40)));
    assert_eq!(ids(&recent), ["r1"]);
    let _ = Period::All;
}

#[test]
fn places_and_speakers_narrow_too() {
    let mut desk = clinic_with_three();
    let at = |text: &str, place| SearchQuery { place: Some(place), ..query(text) };
    assert_eq!(desk.ids_for(&at("limping ", SearchPlace::Transcript)), ["r1", "r2"]);
    assert_eq!(desk.ids_for(&at("limping ", SearchPlace::Note)), ["r2"]);
    assert_eq!(desk.ids_for(&at("carprofen ", SearchPlace::Soap(SoapPart::Plan))), ["r1", "r2"]);
    assert_eq!(desk.ids_for(&at("carprofen ", SearchPlace::Soap(SoapPart::Objective))), Vec::<String>::new());
    assert_eq!(desk.ids_for(&at("bella ", SearchPlace::Patient)), ["r1"]);
    let said = |text: &str, who: &str| SearchQuery { speaker: Some(who.to_owned()), ..query(text) };
    assert_eq!(desk.ids_for(&said("limping ", "Owner")), ["r2"]);
    assert_eq!(desk.ids_for(&said("limping ", "dr. roth")), ["r1"]);
    assert_eq!(desk.ids_for(&said("bella ", "Speaker B")), ["r3"]);
}

#[test]
fn the_index_follows_what_is_stored() {
    let mut desk = clinic_with_three();
    desk.put(&row("r1", 1, "Bella"), &notes("Owner: something else.", &[]));
    assert_eq!(desk.find("limping ").waiting, 1);
    assert_eq!(desk.ids("limping "), ["r2"], "the text is read again, so an old index promises nothing");
    desk.index();
    assert_eq!(desk.ids("something "), ["r1"]);
    assert_eq!(desk.ids("couch "), Vec::<String>::new());
    let renamed = row("r1", 1, "Luna");
    desk.store.save_consultations(&clinic(), &[Arc::new(renamed)]).expect("saved");
    desk.index();
    assert_eq!((desk.ids("luna "), desk.ids("bella ")), (vec!["r1".to_owned()], vec!["r3".to_owned()]));
    desk.store.with_cache(|cache| cache.execute("DELETE FROM consultation WHERE key = 'record/r1'", [])).expect("gone");
    desk.store.with_cache(|cache| cache.execute("DELETE FROM notes WHERE key = 'record/r1'", [])).expect("gone");
    desk.index();
    assert_eq!(desk.ids("something "), Vec::<String>::new());
    assert_eq!(desk.find("x").indexed, 2);
}

#[test]
fn what_did_not_change_is_not_indexed_again() {
    let mut desk = clinic_with_three();
    let same = row("r1", 1, "Bella");
    desk.store.save_consultations(&clinic(), &[Arc::new(same)]).expect("saved");
    assert_eq!(desk.find("x").waiting, 0, "a poll that brings what is known queues nothing");
    desk.store.mark_gone(&ConsultationKey::record("r1")).expect("marked");
    assert_eq!(desk.find("x").waiting, 0);
    let before = desk.store.with_cache(|cache| Ok(cache.total_changes())).expect("told");
    desk.index();
    assert_eq!(desk.store.with_cache(|cache| Ok(cache.total_changes())).expect("told"), before);
}

#[test]
fn the_last_word_of_the_last_consultation_goes_with_it() {
    let mut desk = clinic_with_three();
    desk.store.with_cache(|cache| cache.execute_batch("DELETE FROM consultation; DELETE FROM notes")).expect("gone");
    desk.index();
    let words =
        desk.store.with_cache(|cache| cache.query_row("SELECT count(*) FROM search_word", [], |row| row.get(0)));
    assert_eq!(words, Ok(0_i64));
    assert_eq!(desk.ids("l"), Vec::<String>::new());
}

#[test]
fn a_rebuilt_index_finds_the_same() {
    let mut desk = clinic_with_three();
    let before = desk.find("limp");
    desk.store.rebuild_index().expect("thrown away");
    assert_eq!(desk.find("limp").waiting, 3);
    desk.index();
    assert_eq!(desk.find("limp"), before);
}

#[test]
fn clinics_do_not_find_each_others_patients() {
    let mut desk = clinic_with_three();
    let other = OrganizationId::new("org-2");
    desk.store.save_consultations(&other, &[Arc::new(row("other", 0, "Bella"))]).expect("saved");
    desk.index();
    assert!(!desk.ids("bella ").contains(&"other".to_owned()));
    assert_eq!(desk.find("bella").indexed, 3);
    let scope = Scope { organization: &other, earliest: None, most: 10, is_outdated: &|| false };
    assert_eq!(ids(&desk.reader.find(&query("bella"), &scope).expect("answered")), ["other"]);
}

#[test]
fn many_hits_are_cut_and_more_of_them_go_on_in_the_same_order() {
    let mut desk = Desk::new();
    for count in 0..130_i64 {
        let patient = if count % 10 == 0 { "Limper" } else { "Bella" };
        let soap: &[(&str, &str)] = if count % 3 == 0 { &[("Plan", "Rest the limper.")] } else { &[] };
        desk.put(&row(&format!("r{count}"), count, patient), &notes("Owner: a limper she is.", soap));
    }
    desk.index();
    let all = desk.ask(&query("limper"), 500, None);
    assert_eq!((all.hits.len(), all.has_more), (130, false));
    for most in [1, 7, 50] {
        let some = desk.ask(&query("limper"), most, None);
        assert_eq!((some.hits.len(), some.has_more), (most, true));
        assert_eq!(some.hits, all.hits[..most]);
    }
    assert_eq!(ids(&all)[..3], ["r0", "r10", "r20"]);
    let distinct: std::collections::HashSet<String> = ids(&all).into_iter().collect();
    assert_eq!(distinct.len(), 130);
}

#[test]
fn consultations_of_one_minute_all_have_a_place() {
    let mut desk = Desk::new();
    let list: Vec<_> = (0..300).map(|count| Arc::new(row(&format!("r{count}"), 5, "Bella"))).collect();
    desk.store.save_consultations(&clinic(), &list).expect("saved");
    desk.index();
    assert_eq!(desk.ask(&query("bella"), 500, None).hits.len(), 300);
}

#[test]
fn tidying_changes_nothing_that_is_found() {
    let mut desk = Desk::new();
    let list: Vec<_> = (0..2_200).map(|count| Arc::new(row(&format!("r{count}"), count % 700, "Bella"))).collect();
    desk.store.save_consultations(&clinic(), &list).expect("saved");
    desk.index();
    let before = desk.find("bel");
    let mut steps = 0;
    while desk.store.tidy_index().expect("tidied") {
        steps += 1;
        assert!(steps < 1_000, "it ends");
    }
    assert_eq!(desk.find("bel"), before);
    assert_eq!(desk.store.tidy_index(), Ok(false), "nothing came since");
}

#[test]
fn an_outdated_question_is_given_up() {
    let mut desk = clinic_with_three();
    let organization = clinic();
    let scope = Scope { organization: &organization, earliest: None, most: 50, is_outdated: &|| true };
    assert_eq!(desk.reader.find(&query("limping"), &scope).expect("answered").hits, []);
}

#[test]
fn a_long_sentence_is_cut_around_its_words() {
    let mut desk = Desk::new();
    let long = format!("Owner: {} the xylitol gum {}", "so she ate".repeat(30), "and then more ".repeat(40));
    desk.put(&row("r1", 0, "Bella"), &notes(&long, &[]));
    desk.index();
    let found = desk.find("xylitol");
    let sentence = &found.hits[0].sentence;
    assert!(sentence.starts_with("… ") && sentence.ends_with('…') && sentence.len() < 320, "{sentence}");
    assert_eq!(&sentence[found.hits[0].marked[0].clone()], "xylitol");
}

#[test]
fn odd_questions_are_answered() {
    let mut desk = clinic_with_three();
    for text in [
        "",
        "\"",
        "-",
        "*",
        "a\"b",
        "~bella",
        "@bella",
        "=p",
        "x OR y",
        "NEAR(a b)",
        "{plan}:x",
        "'; DROP",
        "\u{0}",
        "^a",
    ] {
        desk.find(text);
    }
    assert_eq!(desk.find("  ").hits, []);
    assert_eq!(desk.find("-bella").hits, [], "nothing is wanted");
}
