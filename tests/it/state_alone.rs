//! The state by itself: commands and events in, requests out, no runtime.

use crate::support::desk::a_moment;
use chrono::TimeDelta;
use consult_desk::domain::catalog::ViewSpec;
use consult_desk::domain::{Consultation, ConsultationKey, ListView, Organization, OrganizationId, Stage, Zone};
use consult_desk::state::{
    Command, ConnectionEvent, Event, ExportCommand, Fault, Kept, ListCommand, ListEvent, ListRequest, Offer,
    PlayerCommand, PlayerEvent, PlayerRequest, PlayerStatus, Problem, Reading, RecordEvent, RecordRequest,
    RecordingEvent, RecordingRequest, Request, SessionEvent, Settings, SettingsCommand, Source, State, WaitReason,
};
use std::sync::Arc;

fn row(id: &str, minutes_ago: i64) -> Arc<Consultation> {
    Arc::new(Consultation {
        stage: Stage::Ready,
        ..Consultation::bare(ConsultationKey::record(id), a_moment() - TimeDelta::minutes(minutes_ago))
    })
}

fn view(ids: &[&str]) -> Arc<ListView> {
    let rows: Vec<_> = ids.iter().zip(0..).map(|(id, minutes)| row(id, minutes)).collect();
    Arc::new(ListView { loaded: rows.len(), rows, ..ListView::default() })
}

fn signed_in() -> State {
    let (mut state, _) = State::start(Settings::default(), Zone::utc(), a_moment());
    let organization = Organization { id: OrganizationId::new("org"), name: "Harbour Vets".to_owned() };
    apply(&mut state, Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }));
    state
}

fn with_rows(ids: &[&str]) -> State {
    let mut state = signed_in();
    apply(&mut state, Event::List(ListEvent::ViewReady { sequence: u64::MAX, view: view(ids) }));
    state
}

fn apply(state: &mut State, event: Event) -> Vec<Request> {
    state.apply(event, a_moment())
}

fn handle(state: &mut State, command: Command) -> Vec<Request> {
    state.handle(command, a_moment())
}

fn view_request(requests: &[Request]) -> Option<(u64, ViewSpec)> {
    requests.iter().find_map(|request| match request {
        Request::List(ListRequest::View { sequence, spec }) => Some((*sequence, spec.clone())),
        _ => None,
    })
}

#[test]
fn an_answer_to_an_older_filter_is_freed_unseen() {
    let mut state = with_rows(&["a", "b"]);
    let older =
        view_request(&handle(&mut state, Command::List(ListCommand::FilterText("x".to_owned())))).expect("a view");
    let newer =
        view_request(&handle(&mut state, Command::List(ListCommand::FilterText("xy".to_owned())))).expect("a view");
    assert!(newer.0 > older.0);
    let freed = apply(&mut state, Event::List(ListEvent::ViewReady { sequence: older.0, view: view(&["x"]) }));
    assert!(matches!(freed.as_slice(), [Request::List(ListRequest::Retire(old))] if old.rows.len() == 1));
    assert_eq!(state.list.view.rows.len(), 2, "what showed stays until the right answer comes");
    apply(&mut state, Event::List(ListEvent::ViewReady { sequence: newer.0, view: view(&[]) }));
    assert!(state.list.view.rows.is_empty());
}

#[test]
fn the_same_filter_again_asks_for_nothing() {
    let mut state = signed_in();
    let filter = || Command::List(ListCommand::FilterRoom(Some("room 1".to_owned())));
    assert_eq!(handle(&mut state, filter()).len(), 1);
    assert!(handle(&mut state, filter()).is_empty());
}

#[test]
fn selecting_opens_and_closes_what_was_open() {
    let mut state = with_rows(&["a", "b"]);
    let requests = handle(&mut state, Command::List(ListCommand::Move(1)));
    let a = ConsultationKey::record("a");
    assert!(requests.iter().any(|r| matches!(r, Request::Record(RecordRequest::Open(key)) if *key == a)));
    assert!(requests.iter().any(|r| matches!(r, Request::Recording(RecordingRequest::Look(key)) if *key == a)));
    let requests = handle(&mut state, Command::List(ListCommand::Move(1)));
    assert!(requests.iter().any(|r| matches!(r, Request::Record(RecordRequest::Close(key)) if *key == a)));
    assert!(handle(&mut state, Command::List(ListCommand::Move(1))).is_empty(), "the last row is the last");
}

#[test]
fn notes_of_another_record_are_dropped() {
    let mut state = with_rows(&["a", "b"]);
    handle(&mut state, Command::List(ListCommand::Select(ConsultationKey::record("a"))));
    handle(&mut state, Command::List(ListCommand::Select(ConsultationKey::record("b"))));
    let late = RecordEvent::Loaded {
        key: ConsultationKey::record("a"),
        reading: Arc::new(Reading::default()),
        source: Source::NxVet,
        fetched_at: a_moment(),
    };
    apply(&mut state, Event::Record(late));
    assert!(state.record.as_ref().is_some_and(|record| record.notes.value().is_none()));
}

#[test]
fn another_clinic_never_sees_the_former_list() {
    let mut state = with_rows(&["a"]);
    handle(&mut state, Command::List(ListCommand::Select(ConsultationKey::record("a"))));
    let organization = Organization { id: OrganizationId::new("other"), name: "Other".to_owned() };
    let requests =
        apply(&mut state, Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }));
    assert!(state.list.view.rows.is_empty() && state.record.is_none());
    assert!(requests.iter().any(|request| matches!(request, Request::Player(PlayerRequest::Stop))));
    assert!(view_request(&requests).is_some());
}

#[test]
fn play_loads_what_arrives_and_ignores_an_older_recording() {
    let mut state = with_rows(&["a", "b"]);
    let a = ConsultationKey::record("a");
    handle(&mut state, Command::List(ListCommand::Select(a.clone())));
    apply(&mut state, Event::Recording(RecordingEvent::NotStored { key: a.clone() }));
    let requests = handle(&mut state, Command::Player(PlayerCommand::Toggle));
    assert!(requests.iter().any(|r| matches!(r, Request::Recording(RecordingRequest::Download(key)) if *key == a)));
    assert_eq!(state.player.status, PlayerStatus::Loading);
    let token = requests.iter().find_map(|request| match request {
        Request::Player(PlayerRequest::Load { token, .. }) => Some(*token),
        _ => None,
    });
    let token = token.expect("a load");
    let again = apply(&mut state, Event::Recording(RecordingEvent::Stored { key: a.clone(), bytes: 10 }));
    assert!(again.is_empty(), "it is in the player already");
    apply(&mut state, Event::Player(PlayerEvent::Position { token: token - 1, position_ms: 77 }));
    assert_eq!(state.player.position_ms, 0);
    let loaded = PlayerEvent::Loaded { token, duration_ms: 5_000, partial: None };
    let requests = apply(&mut state, Event::Player(loaded));
    assert!(requests.iter().any(|request| matches!(request, Request::Player(PlayerRequest::Play))));
}

#[test]
fn a_conversation_has_no_recording_to_play_or_export() {
    let mut state = signed_in();
    let key = ConsultationKey::from_text("conversation/hub_1/c1").expect("a key");
    handle(&mut state, Command::List(ListCommand::Select(key)));
    assert!(handle(&mut state, Command::Player(PlayerCommand::Toggle)).is_empty());
    assert!(handle(&mut state, Command::Player(PlayerCommand::Download)).is_empty());
    assert!(handle(&mut state, Command::Export(ExportCommand::Recording)).is_empty());
}

#[test]
fn waiting_counts_down_and_idle_does_not_wake() {
    let mut state = signed_in();
    handle(&mut state, Command::Settings(SettingsCommand::LockMinutes(None)));
    assert_eq!(state.next_wake(), None);
    let until = a_moment() + TimeDelta::milliseconds(7_400);
    apply(&mut state, Event::Connection(ConnectionEvent::Waiting { until, reason: WaitReason::SlowDown }));
    assert_eq!(
        state.connection.words(a_moment()).as_deref(),
        Some("NxVET asked us to slow down. Trying again in 8 s.")
    );
    assert!(state.next_wake().is_some());
    apply(&mut state, Event::Connection(ConnectionEvent::Working));
    assert_eq!(state.next_wake(), None);
}

#[test]
fn an_error_stays_until_dismissed_and_news_fades() {
    let mut state = signed_in();
    apply(&mut state, Event::Told(Problem::new(&Fault::DiskFull(None), "X")));
    apply(&mut state, Event::Told(Problem::new(&Fault::RecordingMissing, "Y")));
    state.handle(Command::TimePassed, a_moment() + TimeDelta::minutes(1));
    let left: Vec<_> = state.notices.iter().map(|notice| notice.code.clone()).collect();
    assert_eq!(left, ["X"]);
}

#[test]
fn a_refused_key_offers_a_new_one() {
    let mut state = with_rows(&["a"]);
    apply(&mut state, Event::Session(SessionEvent::KeyRefused));
    let problem = state.session.sign_in().and_then(|sign_in| sign_in.problem.clone()).expect("words");
    assert_eq!(problem.offer, Some(Offer::EnterNewKey));
    assert_eq!(state.list.view.rows.len(), 1);
}

#[test]
fn zoom_stays_within_its_range_and_is_saved_once() {
    let mut state = signed_in();
    for _ in 0..20 {
        handle(&mut state, Command::Settings(SettingsCommand::ZoomIn));
    }
    assert_eq!(state.settings.zoom, 250);
    assert!(handle(&mut state, Command::Settings(SettingsCommand::ZoomIn)).is_empty());
    assert_eq!(handle(&mut state, Command::Settings(SettingsCommand::ZoomReset)).len(), 1);
    handle(&mut state, Command::Settings(SettingsCommand::Zoom(3)));
    assert_eq!(state.settings.zoom, 80);
}

#[test]
fn after_midnight_the_day_groups_are_asked_for_anew() {
    let mut state = with_rows(&["a"]);
    handle(&mut state, Command::Settings(SettingsCommand::LockMinutes(None)));
    assert!(state.handle(Command::TimePassed, a_moment() + TimeDelta::hours(9)).is_empty());
    let tomorrow = a_moment() + TimeDelta::hours(10);
    assert!(view_request(&state.handle(Command::TimePassed, tomorrow)).is_some());
    assert!(state.handle(Command::TimePassed, tomorrow).is_empty());
}
