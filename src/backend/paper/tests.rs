//! Whole documents, read again as far as that goes without a program for it.

use super::*;
use crate::domain::note::{NoteBody, Passage};
use crate::domain::{ConsultationKey, Note, NoteKind, Patient, PatientId};
use chrono::TimeZone as _;
use std::sync::Arc;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a time")
}

fn consultation(name: &str) -> Consultation {
    let patient = Patient { id: PatientId::new("p"), name: Some(name.to_owned()), breed: None, sex: None };
    Consultation { patient: Some(Arc::new(patient)), ..Consultation::bare(ConsultationKey::record("r1"), now()) }
}

fn words(pdf: &[u8]) -> String {
    String::from_utf8_lossy(pdf).into_owned()
}

fn count_of(pdf: &[u8]) -> usize {
    let text = words(pdf);
    let count = text.split("/Count ").nth(1).expect("sheets");
    count.split(|letter: char| !letter.is_ascii_digit()).next().and_then(|count| count.parse().ok()).expect("a number")
}

fn print(name: &str, notes: &Notes, has_transcript: bool) -> Vec<u8> {
    let consultation = consultation(name);
    let paper = Paper { consultation: &consultation, notes, has_transcript, zone: Zone::utc(), now: now() };
    pdf(&paper).expect("a document")
}

#[test]
fn a_document_is_whole_and_its_title_names_nobody() {
    let made = print("Bella", &Notes::default(), true);
    assert!(made.starts_with(b"%PDF-1.7") && made.ends_with(b"%%EOF"));
    assert_eq!(count_of(&made), 1);
    let text = words(&made);
    assert!(text.contains("(Consultation)"));
    assert!(!text.contains("Bella"), "letters stand as numbers of drawings");
}

#[test]
fn every_letter_on_the_sheet_is_known_as_a_letter() {
    let text = words(&print("Søren", &Notes::default(), false));
    for letter in "Søren".chars() {
        let entry = format!("> <{:04X}>", u32::from(letter));
        assert!(text.contains(&entry), "{letter} cannot be copied out of it");
    }
}

#[test]
fn letters_without_a_drawing_are_said() {
    let paragraphs = |name: &str| {
        let faces = Faces::new().expect("a typeface");
        let consultation = consultation(name);
        let notes = Notes::default();
        let paper =
            Paper { consultation: &consultation, notes: &notes, has_transcript: false, zone: Zone::utc(), now: now() };
        paper
            .paragraphs()
            .iter()
            .flat_map(|(_, pieces)| pieces.clone())
            .any(|piece| faces.lacks(piece.weight, &piece.text))
    };
    assert!(!paragraphs("Søren Müller-Łukasz") && paragraphs("小花"));
    assert!(print("小花", &Notes::default(), false).len() > print("Max", &Notes::default(), false).len());
}

#[test]
fn a_long_note_takes_more_sheets_and_the_transcript_is_a_choice() {
    let long = (0..400).map(|line| format!("Line {line} of what was found.")).collect::<Vec<_>>().join("\n");
    let body = NoteBody::Passages(vec![Passage { title: "Subjective".to_owned(), text: long }]);
    let note = Note { id: None, kind: NoteKind::Soap, body, created_at: None };
    let notes = Notes { all: vec![note] };
    let sheets = count_of(&print("Bella", &notes, false));
    assert!((8..14).contains(&sheets), "{sheets}");
    let (with, without) = (print("Bella", &notes, true).len(), print("Bella", &notes, false).len());
    assert!(with > without);
}
