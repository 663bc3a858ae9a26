//! What the measurements share: CPU time of this thread, percentiles, invented records.

use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use consult_desk::domain::catalog::ViewSpec;
use consult_desk::domain::note::NoteBody;
use consult_desk::domain::{
    Catalog, Consultation, ConsultationFilter, ConsultationKey, GroupBy, Note, NoteKind, Notes, Patient, PatientId,
    RecordKind, Room, Stage, Vet, VetId, Zone,
};
use std::sync::Arc;
use std::time::Duration;

#[expect(clippy::expect_used, reason = "this moment exists")]
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

/// CPU time that this thread spends on the work; other programs on the computer do not count.
pub fn measure<T>(work: impl FnOnce() -> T) -> (Duration, T) {
    let before = cpu_time::ThreadTime::now();
    let value = work();
    (before.elapsed(), value)
}

pub fn percentile(samples: &mut [Duration], share: f64) -> Duration {
    samples.sort_unstable();
    let last = samples.len().saturating_sub(1);
    let at = (last as f64 * share).round() as usize;
    samples.get(at).copied().unwrap_or_default()
}

pub fn ms(duration: Duration) -> String {
    format!("{:.3} ms", duration.as_secs_f64() * 1_000.0)
}

pub fn records(count: usize) -> Vec<Arc<Consultation>> {
    const NAMES: [&str; 10] = ["Bella", "Max", "Luna", "Søren", "小花", "O'Malley", "Rocky", "Milo", "Зайка", "Żuk"];
    const BREEDS: [&str; 6] = ["Golden Retriever", "Labrador", "Maine Coon", "Whippet", "Shiba Inu", "Corgi"];
    let record = |index: usize| {
        let started_at = now() - TimeDelta::minutes(17 * i64::try_from(index).unwrap_or(0));
        let patient = index % 997;
        Arc::new(Consultation {
            key: ConsultationKey::record(format!("0190cccc-3333-7000-8000-{index:012}")),
            kind: RecordKind::Consultation,
            title: format!("Consultation - Room {}", index % 4 + 1),
            started_at,
            ended_at: Some(started_at + TimeDelta::minutes(12)),
            patient: Some(Arc::new(Patient {
                id: PatientId::new(format!("patient-{patient}")),
                name: NAMES.get(patient % NAMES.len()).map(|name| (*name).to_owned()),
                breed: BREEDS.get(patient % BREEDS.len()).map(|breed| (*breed).to_owned()),
                sex: Some("Female".to_owned()),
            })),
            vet: Some(Arc::new(Vet {
                id: VetId::new("v1"),
                first_name: "Ana".to_owned(),
                last_name: "Roth".to_owned(),
            })),
            room: Some(Arc::new(Room { name: Some(format!("Room {} NxHUB", index % 4 + 1)), ..Room::default() })),
            stage: if index.is_multiple_of(7) { Stage::WritingNote } else { Stage::Ready },
            is_gone: false,
        })
    };
    (0..count).map(record).collect()
}

pub fn catalog(count: usize) -> Catalog {
    let mut catalog = Catalog::default();
    catalog.upsert(records(count));
    catalog
}

pub fn spec(text: &str) -> ViewSpec {
    ViewSpec {
        filter: ConsultationFilter { text: text.to_owned(), ..ConsultationFilter::default() },
        group_by: GroupBy::Time,
        selected: None,
        now: now(),
        zone: Zone::utc(),
    }
}

/// A transcript of `words` words and a SOAP note.
pub fn notes(words: usize) -> Notes {
    const TURN: &str =
        "well she has been limping on the left front leg since Tuesday and she weighs twenty four point three kilos";
    let per_turn = TURN.split_whitespace().count();
    let mut transcript = String::new();
    for turn in 0..words / per_turn {
        transcript.push_str(if turn % 2 == 0 { "Dr. Roth: " } else { "Owner: " });
        transcript.push_str(TURN);
        transcript.push('\n');
    }
    let note = |kind, text: String| Note { id: None, kind, body: NoteBody::Text(text), created_at: None };
    let soap = "S: Limping 3 d.\nO: T 38.6, P 92, Wt 24.3 kg.\nA: Sprain.\nP: Carprofen 75 mg PO BID x 5 d.".to_owned();
    Notes { all: vec![note(NoteKind::Transcript, transcript), note(NoteKind::Soap, soap)] }
}
