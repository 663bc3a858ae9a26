//! The search as the window knows it: asking, answering, moving and opening.

use super::*;
use crate::domain::note::NoteBody;
use crate::domain::{Consultation, Note, NoteKind, Notes, Organization, OrganizationId, SearchPlace, Stage, Zone};
use crate::state::{Event, Kept, Reading, RecordEvent, RecordRequest, SessionEvent, Settings, Source};
use chrono::{DateTime, TimeZone as _, Utc};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a time")
}

fn desk() -> State {
    let (mut state, _) = State::start(Settings::default(), Zone::utc(), now());
    state.apply(Event::Session(SessionEvent::NoKey), now());
    let organization = Organization { id: OrganizationId::new("org-1"), name: "Harbour Vets".to_owned() };
    state.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }), now());
    state
}

fn hit(id: &str, place: HitPlace) -> SearchHit {
    let consultation = Consultation { stage: Stage::Ready, ..Consultation::bare(ConsultationKey::record(id), now()) };
    SearchHit {
        consultation: Arc::new(consultation),
        place,
        speaker: Some("Owner".to_owned()),
        section: None,
        sentence: "She limps.".to_owned(),
        marked: std::iter::once(4..9).collect(),
        count: 1,
    }
}

fn found(ids: &[&str], has_more: bool) -> Arc<SearchResults> {
    let hits = ids.iter().map(|id| hit(id, HitPlace::Turn { index: 2, at: 4 })).collect();
    Arc::new(SearchResults { hits, has_more, ..SearchResults::default() })
}

fn wish(state: &mut State, command: SearchCommand) -> Vec<Request> {
    state.handle(command.into_command(), now())
}

trait IntoCommand {
    fn into_command(self) -> crate::state::Command;
}

impl IntoCommand for SearchCommand {
    fn into_command(self) -> crate::state::Command {
        crate::state::Command::Search(self)
    }
}

fn answer(state: &mut State, results: Arc<SearchResults>) {
    let sequence = state.search.sequence;
    state.apply(Event::Search(SearchEvent::Found { sequence, results }), now());
}

/// The sequence and size of the one question among the requests.
fn asked(requests: &[Request]) -> Option<(u64, usize)> {
    requests.iter().find_map(|request| match request {
        Request::Search(SearchRequest::Find { sequence, most, .. }) => Some((*sequence, *most)),
        _ => None,
    })
}

#[test]
fn only_the_newest_question_is_answered() {
    let mut state = desk();
    let first = asked(&wish(&mut state, SearchCommand::Text("l".to_owned()))).expect("asked").0;
    assert!(state.search.is_waiting());
    let second = asked(&wish(&mut state, SearchCommand::Text("li".to_owned()))).expect("asked").0;
    assert!(asked(&wish(&mut state, SearchCommand::Text("li".to_owned()))).is_none(), "nothing changed");
    let late = SearchEvent::Found { sequence: first, results: found(&["old"], false) };
    let requests = state.apply(Event::Search(late), now());
    assert!(matches!(requests.as_slice(), [Request::Search(SearchRequest::Retire(_))]), "freed unseen");
    assert!(state.search.results.hits.is_empty() && state.search.is_waiting());
    let results = found(&["a", "b"], false);
    state.apply(Event::Search(SearchEvent::Found { sequence: second, results }), now());
    assert!(!state.search.is_waiting());
    assert_eq!(state.search.results.hits.len(), 2);
}

#[test]
fn a_filter_asks_anew_and_clearing_keeps_the_text() {
    let mut state = desk();
    wish(&mut state, SearchCommand::Text("limp".to_owned()));
    assert!(asked(&wish(&mut state, SearchCommand::Place(Some(SearchPlace::Note)))).is_some());
    assert!(asked(&wish(&mut state, SearchCommand::Speaker(Some("Owner".to_owned())))).is_some());
    assert!(asked(&wish(&mut state, SearchCommand::ClearFilters)).is_some());
    assert_eq!(state.search.query, SearchQuery { text: "limp".to_owned(), ..SearchQuery::default() });
}

#[test]
fn the_selection_moves_fetches_more_and_stays_on_its_hit() {
    let mut state = desk();
    wish(&mut state, SearchCommand::Text("limp".to_owned()));
    let ids: Vec<String> = (0..20).map(|n| format!("r{n}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    answer(&mut state, found(&ids, true));
    assert!(asked(&wish(&mut state, SearchCommand::Move(3))).is_none());
    let reveal = state.search.reveal;
    assert_eq!(asked(&wish(&mut state, SearchCommand::Move(15))).map(|(_, most)| most), Some(20 + STEP));
    assert!(state.search.reveal > reveal);
    let more: Vec<&str> = ["new"].into_iter().chain(ids).collect();
    answer(&mut state, found(&more, false));
    assert_eq!(state.search.selected_hit().map(|hit| hit.consultation.key.as_text()).as_deref(), Some("record/r18"));
    wish(&mut state, SearchCommand::Move(-500));
    assert_eq!(state.search.selected, 0);
    wish(&mut state, SearchCommand::Move(500));
    assert_eq!(state.search.selected, 20);
    assert!(wish(&mut state, SearchCommand::More).is_empty(), "there is no more");
}

#[test]
fn a_failure_is_told_and_the_next_question_takes_it_away() {
    let mut state = desk();
    let sequence = asked(&wish(&mut state, SearchCommand::Text("l".to_owned()))).expect("asked").0;
    let problem = Problem::new(&crate::state::Fault::Unexpected, "DB");
    state.apply(Event::Search(SearchEvent::Failed { sequence, problem }), now());
    assert!(state.search.problem.is_some() && !state.search.is_waiting());
    wish(&mut state, SearchCommand::Text("li".to_owned()));
    assert!(state.search.problem.is_none());
}

#[test]
fn a_hit_opens_at_its_line_once_the_notes_are_there() {
    let mut state = desk();
    wish(&mut state, SearchCommand::Show);
    wish(&mut state, SearchCommand::Text("limp".to_owned()));
    answer(&mut state, found(&["a", "b"], false));
    let key = ConsultationKey::record("b");
    let requests = wish(&mut state, SearchCommand::Open(1));
    let opens = |request: &Request| matches!(request, Request::Record(RecordRequest::Open(asked)) if *asked == key);
    assert!(requests.iter().any(opens), "{requests:?}");
    assert_eq!((state.route, state.list.selected.as_ref()), (Route::Consultations, Some(&key)));
    let record = state.record.as_ref().expect("open");
    assert!(state.search.led_to(record));
    assert!(record.consultation.is_some(), "known from the hit, whatever the list shows");
    assert_eq!(record.find.as_ref().map(|find| find.text.as_str()), Some("limps"));
    let text = "Vet: limps?\nOwner: limps, yes.\nVet: She limps.\nOwner: limps.";
    let body = NoteBody::Text(text.to_owned());
    let notes = Notes { all: vec![Note { id: None, kind: NoteKind::Transcript, body, created_at: None }] };
    let reading = Arc::new(Reading::new(notes));
    let loaded = RecordEvent::Loaded { key, reading, source: Source::Store, fetched_at: now() };
    let before = state.record.as_ref().and_then(|record| record.find.as_ref()).map_or(0, |find| find.reveal);
    state.apply(Event::Record(loaded), now());
    let find = state.record.as_ref().and_then(|record| record.find.as_ref()).expect("finding");
    let hit = find.current_hit().expect("a hit");
    assert_eq!((hit.place, hit.range.clone()), (Place::Turn(2), 4..9));
    assert!(find.reveal > before, "it comes into sight");
}

#[test]
fn going_back_finds_everything_as_it_was() {
    let mut state = desk();
    wish(&mut state, SearchCommand::Show);
    wish(&mut state, SearchCommand::Text("limp".to_owned()));
    answer(&mut state, found(&["a", "b"], false));
    wish(&mut state, SearchCommand::Open(1));
    let focus = state.search.focus;
    wish(&mut state, SearchCommand::Show);
    assert_eq!((state.route, state.search.selected, state.search.query.text.as_str()), (Route::Search, 1, "limp"));
    assert!(state.search.focus > focus);
    assert_eq!(state.search.results.hits.len(), 2, "shown while it is asked again");
    answer(&mut state, found(&["new", "a", "b"], false));
    assert_eq!(state.search.selected, 2);
    assert!(!state.search.led_to(state.record.as_ref().expect("open")));
}

#[test]
fn a_growing_index_asks_again_only_while_it_is_looked_at() {
    let mut state = desk();
    assert!(state.apply(Event::Search(SearchEvent::IndexGrew), now()).is_empty());
    wish(&mut state, SearchCommand::Show);
    assert!(state.apply(Event::Search(SearchEvent::IndexGrew), now()).is_empty(), "an answer is under way");
    answer(&mut state, found(&["a"], false));
    assert!(asked(&state.apply(Event::Search(SearchEvent::IndexGrew), now())).is_some());
}
