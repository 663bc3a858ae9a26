//! Desks to draw in tests: invented consultations in every state, built through the state's own two doors.

pub mod live;

use crate::domain::catalog::{Catalog, ViewSpec};
use crate::domain::note::{NoteBody, Passage};
use crate::domain::{
    Consultation, ConsultationKey, ConversationId, DeviceId, GroupBy, ListView, Note, NoteKind, Notes, Organization,
    OrganizationId, Patient, PatientId, RecordKind, Room, Stage, Vet, VetId, Zone,
};
use crate::state::{
    Event, Kept, ListCommand, ListEvent, MarkEvent, Progress, Reading, RecordEvent, SessionEvent, Settings, Source,
    State,
};
use crate::ui::view::View;
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use std::sync::Arc;

/// Sunday 22 November 2026, 14:02.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a time")
}

pub fn view(state: &State) -> View<'_> {
    View::new(state, now())
}

pub fn restoring() -> State {
    State::start(Settings::default(), Zone::utc(), now()).0
}

pub fn signed_out() -> State {
    let mut state = restoring();
    state.apply(Event::Session(SessionEvent::NoKey), now());
    state
}

pub fn signed_in() -> State {
    let mut state = signed_out();
    let organization = Organization { id: OrganizationId::new("org-1"), name: "Harbour Vets".to_owned() };
    state.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }), now());
    state.apply(Event::Mark(MarkEvent::All(Vec::new())), now());
    state
}

/// Signed in with a day and a half of consultations.
pub fn desk() -> State {
    let mut state = signed_in();
    let mut catalog = Catalog::default();
    catalog.upsert(consultations());
    show(&mut state, &mut catalog);
    let progress = Progress {
        loaded: catalog.len(),
        total: Some(1_250),
        is_complete: false,
        synced_at: Some(now()),
        ..Progress::default()
    };
    state.apply(Event::List(ListEvent::Progress(progress)), now());
    state
}

/// The same with the newest consultation open and its notes there.
pub fn desk_with_open_record() -> State {
    let mut state = desk();
    let key = ConsultationKey::record("r1");
    state.handle(ListCommand::Select(key.clone()).into(), now());
    let reading = Arc::new(Reading::new(notes()));
    let loaded = RecordEvent::Loaded { key, reading, source: Source::NxVet, fetched_at: now() };
    state.apply(Event::Record(loaded), now());
    state
}

/// Answers the list's present filter from a catalog, as the backend does.
pub fn show(state: &mut State, catalog: &mut Catalog) {
    let spec = ViewSpec {
        filter: state.list.filter.clone(),
        group_by: state.list.group_by,
        selected: state.list.selected.clone(),
        now: now(),
        zone: Zone::utc(),
    };
    let view = Arc::new(catalog.view(&spec));
    state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view }), now());
}

/// A view of many rows made without a catalog, in groups of a hundred.
pub fn large_view(rows: usize) -> ListView {
    let shared: Vec<Arc<Consultation>> = consultations();
    let groups = (0..rows.div_ceil(100))
        .map(|group| crate::domain::Group {
            title: format!("Day {group}"),
            start: group * 100,
            len: (rows - group * 100).min(100),
        })
        .collect();
    let numbered = |index: usize, row: &Consultation| {
        Arc::new(Consultation { key: ConsultationKey::record(index.to_string()), ..row.clone() })
    };
    // A thousand different ones, over and over: more would only take the test's time.
    let pool: Vec<Arc<Consultation>> =
        shared.iter().cycle().take(rows.min(1_000)).enumerate().map(|(index, row)| numbered(index, row)).collect();
    let mut rows: Vec<Arc<Consultation>> = pool.iter().cycle().take(rows).map(Arc::clone).collect();
    if let Some(last) = rows.last_mut() {
        *last = numbered(usize::MAX, last);
    }
    ListView { loaded: rows.len(), rows, groups, ..ListView::default() }
}

pub fn group_by_patient() -> ListCommand {
    ListCommand::GroupBy(GroupBy::Patient)
}

struct Row {
    id: &'static str,
    patient: Option<(&'static str, &'static str, &'static str)>,
    minutes_ago: i64,
    length: i64,
    room: &'static str,
    vet: Option<(&'static str, &'static str)>,
    stage: Stage,
}

pub fn consultations() -> Vec<Arc<Consultation>> {
    const ROTH: Option<(&str, &str)> = Some(("Dr. Ana", "Roth"));
    const MENSAH: Option<(&str, &str)> = Some(("Dr. Kofi", "Mensah"));
    const SMITH: Option<(&str, &str)> = Some(("Dr. Joan", "Smith"));
    let row =
        |id, patient, minutes_ago, length, room, vet, stage| Row { id, patient, minutes_ago, length, room, vet, stage };
    let bella = |breed| Some(("Bella", breed, "Female"));
    let mut rows: Vec<Consultation> = [
        row("r1", bella("Golden Retriever"), 22, 25, "Room 1 NxHUB", ROTH, Stage::Ready),
        row("r2", Some(("小花", "Shiba Inu", "Female")), 57, 12, "Room 2 NxHUB", MENSAH, Stage::WritingNote),
        row("r3", bella("Labrador"), 162, 18, "Room 1 NxHUB", SMITH, Stage::Ready),
        row("r4", Some(("O’Malley", "Maine Coon", "Male neutered")), 227, 41, "Surgery", ROTH, Stage::TranscriptOnly),
        row("r6", Some(("Luna", "Corgi", "Female")), 1292, 9, "Room 2 NxHUB", MENSAH, Stage::Ready),
        row("r7", Some(("Søren", "Whippet", "Male")), 1372, 22, "Room 1 NxHUB", ROTH, Stage::Ready),
        row("r8", Some(("Max", "Mastiff", "Male")), 1417, 17, "Room 2 NxHUB", SMITH, Stage::Transcribing),
        row(
            "r9",
            Some(("Prince Maximilian von und zu Hohenstein the Third", "Cavalier King Charles Spaniel", "Male")),
            1480,
            75,
            "Room 3 NxHUB",
            MENSAH,
            Stage::Ready,
        ),
    ]
    .into_iter()
    .map(|row| consultation(&row))
    .collect();
    let mut button = consultation(&row("r5", None, 300, 0, "Room 3 NxHUB", None, Stage::Recording));
    button.kind = RecordKind::ButtonRecording;
    button.ended_at = None;
    let mut talk = consultation(&row("c1", None, 1500, 6, "Room 1 NxHUB", None, Stage::Unknown));
    talk.kind = RecordKind::Conversation;
    talk.key = ConsultationKey::Conversation { device: DeviceId::new("hub_1"), conversation: ConversationId::new("7") };
    let mut gone =
        consultation(&row("r10", Some(("Rocky", "Boxer", "Male")), 1530, 11, "Room 2 NxHUB", SMITH, Stage::Ready));
    gone.is_gone = true;
    rows.extend([button, talk, gone]);
    rows.into_iter().map(Arc::new).collect()
}

fn consultation(row: &Row) -> Consultation {
    let started_at = now() - TimeDelta::minutes(row.minutes_ago);
    Consultation {
        key: ConsultationKey::record(row.id),
        kind: RecordKind::Consultation,
        title: String::new(),
        started_at,
        ended_at: Some(started_at + TimeDelta::minutes(row.length)),
        patient: row.patient.map(|(name, breed, sex)| {
            Arc::new(Patient {
                id: PatientId::new(format!("{name} {breed}")),
                name: Some(name.to_owned()),
                breed: Some(breed.to_owned()),
                sex: Some(sex.to_owned()),
            })
        }),
        vet: row.vet.map(|(first, last)| {
            Arc::new(Vet { id: VetId::new(last), first_name: first.to_owned(), last_name: last.to_owned() })
        }),
        room: Some(Arc::new(Room { name: Some(row.room.to_owned()), ..Room::default() })),
        stage: row.stage,
        is_gone: false,
    }
}

fn notes() -> Notes {
    let passage = |title: &str, text: &str| Passage { title: title.to_owned(), text: text.to_owned() };
    let soap = NoteBody::Passages(vec![
        passage("Subjective", "4yo FS Golden Retriever, 3-day lameness LF after jumping off couch."),
        passage("Objective", "T 38.6 °C, P 92, Wt 24.3 kg. Pain on flexion of left carpus, no crepitus."),
        passage("Assessment", "Soft-tissue injury of left carpus, suspected sprain."),
        passage("Plan", "Carprofen 50 mg PO BID × 5 d with food. Recheck in 10 days."),
    ]);
    let transcript = "Dr. Roth: So Bella has been limping for about three days?\n\
                      Owner: Yes, since Tuesday. Left front leg.\n\
                      Dr. Roth: Any swelling you noticed?";
    let note = |kind, body| Note { id: None, kind, body, created_at: None };
    Notes { all: vec![note(NoteKind::Transcript, NoteBody::Text(transcript.to_owned())), note(NoteKind::Soap, soap)] }
}
