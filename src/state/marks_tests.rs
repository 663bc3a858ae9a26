//! Marks as the person at the desk sees them: at once, undone one by one, taken back when they could not be kept.

use super::super::{
    Command, Event, Fault, Kept, ListCommand, ListEvent, Reading, RecordCommand, RecordEvent, SessionEvent, Settings,
    Source,
};
use super::*;
use crate::domain::note::NoteBody;
use crate::domain::{
    Consultation, ListView, Note, NoteKind, Notes, Organization, OrganizationId, SoapPart, Stage, Zone,
};
use chrono::{TimeDelta, TimeZone as _};
use std::sync::Arc;

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a time")
}

fn key(id: &str) -> ConsultationKey {
    ConsultationKey::record(id)
}

fn view(ids: &[&str]) -> Arc<ListView> {
    let row = |id: &&str| Consultation { stage: Stage::Ready, ..Consultation::bare(key(id), now()) };
    let rows: Vec<_> = ids.iter().map(|id| Arc::new(row(id))).collect();
    Arc::new(ListView { loaded: rows.len(), rows, ..ListView::default() })
}

fn signed_in() -> State {
    let (mut state, _) = State::start(Settings::default(), Zone::utc(), now());
    let organization = Organization { id: OrganizationId::new("org"), name: "Harbour Vets".to_owned() };
    let event = SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes };
    let requests = state.apply(Event::Session(event), now());
    assert!(has_audit(&requests, AuditAction::SignedIn));
    state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view: view(&["a", "b", "c"]) }), now());
    state
}

/// Signed in, the marks read, and the first row selected.
fn desk() -> State {
    let mut state = signed_in();
    state.apply(Event::Mark(MarkEvent::All(Vec::new())), now());
    state.handle(ListCommand::Move(1).into_command(), now());
    state
}

trait IntoCommand {
    fn into_command(self) -> Command;
}

impl IntoCommand for ListCommand {
    fn into_command(self) -> Command {
        Command::List(self)
    }
}

fn do_(state: &mut State, command: MarkCommand) -> Vec<Request> {
    state.handle(Command::Mark(command), now())
}

fn toggle(state: &mut State, mark: Mark) -> Vec<Request> {
    do_(state, MarkCommand::Toggle(mark))
}

fn marks(state: &State, id: &str) -> Marks {
    state.marks.of(&key(id)).cloned().unwrap_or_default()
}

fn saved(requests: &[Request]) -> Option<(Marked, Marked)> {
    requests.iter().find_map(|request| match request {
        Request::Mark(MarkRequest::Save { marked, before }) => Some((marked.clone(), before.clone())),
        _ => None,
    })
}

fn has_audit(requests: &[Request], deed: AuditAction) -> bool {
    requests.iter().any(|request| matches!(request, Request::Audit(action, _) if *action == deed))
}

fn toasts(state: &State) -> Vec<(String, bool)> {
    state.notices.iter().map(|notice| (notice.text.clone(), notice.undo.is_some())).collect()
}

fn read_notes(state: &mut State, id: &str) -> Vec<Request> {
    let note = |kind, text: &str| Note { id: None, kind, body: NoteBody::Text(text.to_owned()), created_at: None };
    let all = vec![note(NoteKind::Transcript, "Vet: Hello."), note(NoteKind::Soap, "S: Limps.\nP: Rest.")];
    let reading = Arc::new(Reading::new(Notes { all }));
    let event = RecordEvent::Loaded { key: key(id), reading, source: Source::NxVet, fetched_at: now() };
    state.apply(Event::Record(event), now())
}

#[test]
fn a_mark_shows_at_once_and_is_kept_and_noted() {
    let mut state = desk();
    let requests = toggle(&mut state, Mark::Reviewed);
    let (marked, before) = saved(&requests).expect("saved");
    assert_eq!((marked.key, marked.marks), (key("a"), Marks { reviewed: Some(now()), ..Marks::default() }));
    assert_eq!(before.marks, Marks::default());
    assert!(has_audit(&requests, AuditAction::Marked));
    assert_eq!(marks(&state, "a").reviewed, Some(now()));
    assert_eq!(toasts(&state), [("Marked reviewed on this computer".to_owned(), true)]);
    toggle(&mut state, Mark::Reviewed);
    assert!(state.marks.of(&key("a")).is_none());
    assert!(toasts(&state).contains(&("No longer marked reviewed on this computer".to_owned(), true)));
}

#[test]
fn undo_goes_back_step_by_step_and_by_its_toast() {
    let mut state = desk();
    for mark in Mark::ALL {
        toggle(&mut state, mark);
    }
    do_(&mut state, MarkCommand::Remark(key("b"), "  call back \n".to_owned()));
    assert_eq!(marks(&state, "b").remark, "call back");
    let first = state.notices.iter().find_map(|notice| notice.undo).expect("an undo");
    let requests = do_(&mut state, MarkCommand::UndoOne(first));
    assert!(
        saved(&requests).is_some_and(|(marked, _)| marked.marks.reviewed.is_none() && marked.marks.copied.is_some())
    );
    assert!(toasts(&state).contains(&("Undone: marked reviewed on this computer".to_owned(), false)));
    assert!(do_(&mut state, MarkCommand::UndoOne(first)).is_empty(), "once is enough");
    do_(&mut state, MarkCommand::Undo);
    assert_eq!(marks(&state, "b"), Marks::default(), "the newest first");
    do_(&mut state, MarkCommand::Undo);
    do_(&mut state, MarkCommand::Undo);
    assert_eq!(marks(&state, "a"), Marks::default());
    assert!(!state.marks.can_undo() && do_(&mut state, MarkCommand::Undo).is_empty());
}

#[test]
fn many_steps_can_be_undone() {
    let mut state = desk();
    for _ in 0..30 {
        toggle(&mut state, Mark::FollowUp);
        toggle(&mut state, Mark::Copied);
    }
    for _ in 0..UNDO_STEPS {
        assert!(saved(&do_(&mut state, MarkCommand::Undo)).is_some());
    }
    assert!(!state.marks.can_undo());
}

#[test]
fn what_could_not_be_kept_is_taken_back_and_said() {
    let mut state = desk();
    let (tried, before) = saved(&toggle(&mut state, Mark::Reviewed)).expect("saved");
    let problem = Problem::new(&Fault::MarkNotKept("the disk is full".to_owned()), "DB");
    state.apply(Event::Mark(MarkEvent::NotSaved { tried, before, problem }), now());
    assert_eq!(marks(&state, "a"), Marks::default());
    assert!(!state.marks.can_undo());
    let words = "The mark was not saved and was taken back: the disk is full. Try it again in a moment.";
    assert_eq!(toasts(&state), [(words.to_owned(), false)], "and its toast offers no undo any more");
}

#[test]
fn a_failure_leaves_what_was_changed_since_alone() {
    let mut state = desk();
    let (tried, before) = saved(&toggle(&mut state, Mark::Reviewed)).expect("saved");
    toggle(&mut state, Mark::FollowUp);
    let problem = Problem::new(&Fault::MarkNotKept("x".to_owned()), "DB");
    state.apply(Event::Mark(MarkEvent::NotSaved { tried, before, problem }), now());
    assert!(marks(&state, "a").follow_up.is_some(), "its own answer is still to come");
}

#[test]
fn nothing_is_changed_before_the_marks_were_read() {
    let mut state = signed_in();
    state.handle(ListCommand::Move(1).into_command(), now());
    let requests = toggle(&mut state, Mark::Reviewed);
    assert!(matches!(requests.as_slice(), [Request::Mark(MarkRequest::Load)]));
    assert_eq!(marks(&state, "a"), Marks::default());
    assert!(
        do_(&mut state, MarkCommand::EditRemark).iter().all(|request| saved(std::slice::from_ref(request)).is_none())
    );
    assert_eq!(state.dialog, None);
    // What was handed on meanwhile is marked as soon as that is possible, and keeps what was noted.
    read_notes(&mut state, "a");
    let requests = state.handle(Command::Record(RecordCommand::CopyNote), now());
    assert!(saved(&requests).is_none());
    let noted = Marks { remark: "kept".to_owned(), ..Marks::default() };
    let all = vec![Marked { key: key("a"), marks: noted }];
    let requests = state.apply(Event::Mark(MarkEvent::All(all)), now());
    let (marked, _) = saved(&requests).expect("saved");
    assert_eq!((marked.marks.copied, marked.marks.remark.as_str()), (Some(now()), "kept"));
}

#[test]
fn copying_a_part_of_the_note_marks_it_copied_and_a_transcript_does_not() {
    let mut state = desk();
    let viewed = read_notes(&mut state, "a");
    assert!(has_audit(&viewed, AuditAction::Viewed));
    assert!(!has_audit(&read_notes(&mut state, "a"), AuditAction::Viewed), "once an opening");
    let requests = state.handle(Command::Record(RecordCommand::CopyTranscript), now());
    assert!(has_audit(&requests, AuditAction::Copied) && saved(&requests).is_none());
    let requests = state.handle(Command::Record(RecordCommand::CopyPart(SoapPart::Plan)), now());
    assert!(matches!(requests.first(), Some(Request::CopyText(text)) if text.contains("Rest.")));
    assert!(saved(&requests).is_some_and(|(marked, _)| marked.marks.copied == Some(now())));
    let words = "Plan copied, and marked copied on this computer";
    assert!(toasts(&state).contains(&(words.to_owned(), true)), "{:?}", toasts(&state));
    let later = now() + TimeDelta::minutes(5);
    let requests = state.handle(Command::Record(RecordCommand::CopyNote), later);
    assert!(saved(&requests).is_none(), "the first hand-off counts");
    assert!(toasts(&state).contains(&("SOAP note copied".to_owned(), false)));
    do_(&mut state, MarkCommand::Undo);
    assert_eq!(marks(&state, "a").copied, None);
    assert!(toasts(&state).iter().any(|(text, _)| text == "Undone: plan copied, and marked copied on this computer"));
}

#[test]
fn a_remark_belongs_to_the_consultation_it_was_opened_for() {
    let mut state = desk();
    do_(&mut state, MarkCommand::EditRemark);
    assert_eq!((state.dialog, state.marks.editing()), (Some(Dialog::Remark), Some(&key("a"))));
    let long = "小".repeat(3_000);
    do_(&mut state, MarkCommand::Remark(key("a"), long));
    assert_eq!((state.dialog, state.marks.editing()), (None, None));
    assert_eq!(marks(&state, "a").remark.chars().count(), Marks::MOST_REMARK_CHARS);
    let unchanged = marks(&state, "a").remark;
    assert!(do_(&mut state, MarkCommand::Remark(key("a"), unchanged)).is_empty());
    do_(&mut state, MarkCommand::EditRemark);
    do_(&mut state, MarkCommand::CancelRemark);
    assert_eq!(state.dialog, None);
    do_(&mut state, MarkCommand::Remark(key("a"), " ".to_owned()));
    assert!(state.marks.of(&key("a")).is_none());
}

#[test]
fn marks_are_for_what_is_on_screen() {
    let mut state = desk();
    state.handle(Command::Window(super::super::WindowCommand::Go(Route::Settings)), now());
    assert!(toggle(&mut state, Mark::Reviewed).is_empty());
    let mut state = signed_in();
    state.apply(Event::Mark(MarkEvent::All(Vec::new())), now());
    assert!(toggle(&mut state, Mark::Reviewed).is_empty(), "nothing is selected");
}

#[test]
fn another_clinic_sees_none_of_it() {
    let mut state = desk();
    toggle(&mut state, Mark::Reviewed);
    let change = state.notices.iter().find_map(|notice| notice.undo).expect("an undo");
    let organization = Organization { id: OrganizationId::new("other"), name: "Other".to_owned() };
    state.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }), now());
    assert!(state.marks.of(&key("a")).is_none() && !state.marks.can_undo());
    assert!(do_(&mut state, MarkCommand::UndoOne(change)).is_empty());
}

#[test]
fn a_marked_row_that_leaves_the_list_hands_its_place_to_the_next() {
    let mut state = desk();
    state.handle(ListCommand::Move(1).into_command(), now());
    assert_eq!(state.list.selected, Some(key("b")));
    let without = |state: &mut State, ids: &[&str]| {
        state.apply(Event::List(ListEvent::ViewReady { sequence: u64::MAX, view: view(ids) }), now());
    };
    without(&mut state, &["a", "c", "d"]);
    assert_eq!(state.list.selected_index, None);
    state.handle(ListCommand::Move(1).into_command(), now());
    assert_eq!(state.list.selected, Some(key("c")), "and not the top of the list");
    without(&mut state, &["a", "d"]);
    without(&mut state, &["a", "d"]);
    state.handle(ListCommand::Move(-1).into_command(), now());
    assert_eq!(state.list.selected, Some(key("a")));
}
