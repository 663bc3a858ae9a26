//! When the desk locks, what it lets go of, and what opens it again: the state alone.

use super::*;
use crate::domain::{ConsultationKey, Marked, Organization, OrganizationId, Zone};
use crate::state::{
    ListCommand, MarkEvent, PlayerCommand, PlayerEvent, PlayerStatus, RecordEvent, SearchCommand, Settings,
    SettingsCommand, TypedPin,
};
use std::sync::Arc;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + seconds, 0).expect("a moment")
}

fn clinic() -> Organization {
    Organization { id: OrganizationId::new("org-1"), name: "Your Clinic".to_owned() }
}

fn enter(kept: Kept) -> State {
    let (mut state, _) = State::start(Settings::default(), Zone::Local, at(0));
    state.apply(Event::Session(SessionEvent::SignedIn { organization: clinic(), demo: false, kept }), at(0));
    state
}

fn signed_in() -> State {
    enter(Kept::Yes)
}

fn locked(has_pin: bool) -> State {
    let mut state = signed_in();
    state.apply(Event::Lock(LockEvent::PinChanged { has_pin }), at(1));
    wish(&mut state, LockCommand::Lock, 1);
    state.apply(Event::Lock(LockEvent::Locked { has_pin }), at(1));
    state
}

fn wish(state: &mut State, command: LockCommand, seconds: i64) -> Vec<Request> {
    state.handle(Command::Lock(command), at(seconds))
}

fn pin(text: &str) -> TypedPin {
    TypedPin(text.to_owned())
}

fn asks_to_lock(requests: &[Request]) -> bool {
    requests.iter().any(|request| matches!(request, Request::Lock(LockRequest::Lock)))
}

fn screen(state: &State) -> &LockScreen {
    match &state.session {
        Session::Locked(screen) => screen,
        other => panic!("not locked: {other:?}"),
    }
}

#[test]
fn it_locks_after_the_minutes_without_a_touch_and_wakes_once_for_it() {
    let mut state = signed_in();
    assert_eq!(state.next_wake(), Some(std::time::Duration::from_mins(10)), "one wake, at the deadline");
    wish(&mut state, LockCommand::Active, 30);
    assert!(!asks_to_lock(&state.handle(Command::TimePassed, at(629))));
    assert!(!state.is_locked());
    let requests = state.handle(Command::TimePassed, at(630));
    assert!(asks_to_lock(&requests) && state.is_locked());
    assert!(requests.iter().any(|request| matches!(request, Request::Player(PlayerRequest::Stop))), "sound stops");
    assert_eq!(state.next_wake(), None, "a locked desk waits for nothing");
}

#[test]
fn a_desk_that_shall_not_lock_by_itself_has_nothing_to_wake_for() {
    let mut state = signed_in();
    state.handle(Command::Settings(SettingsCommand::LockMinutes(None)), at(1));
    state.handle(Command::TimePassed, at(900_000));
    assert!(!state.is_locked());
    state.handle(Command::Settings(SettingsCommand::LockMinutes(Some(1))), at(900_000));
    state.handle(Command::TimePassed, at(900_001));
    assert!(!state.is_locked(), "choosing a time is a touch: {:?}", state.session);
}

#[test]
fn a_clock_that_is_set_back_gives_nobody_an_hour_more() {
    let mut state = signed_in();
    wish(&mut state, LockCommand::Active, 5_000);
    state.handle(Command::TimePassed, at(1_000));
    state.handle(Command::TimePassed, at(1_600));
    assert!(state.is_locked());
}

fn play(state: &mut State) {
    state.player.key = Some(ConsultationKey::record("rec-1"));
    state.player.status = PlayerStatus::Playing;
}

fn position(state: &mut State, seconds: i64) -> Vec<Request> {
    // The player is the first one since the clinic was entered.
    let event = PlayerEvent::Position { token: 1, position_ms: 1_000 };
    state.apply(Event::Player(event), at(seconds))
}

#[test]
fn who_hears_a_recording_is_there_but_a_loop_plays_to_nobody() {
    let mut state = signed_in();
    play(&mut state);
    position(&mut state, 1_500);
    state.handle(Command::TimePassed, at(2_000));
    assert!(!state.is_locked());
    state.player.is_looping = true;
    position(&mut state, 2_050);
    state.handle(Command::TimePassed, at(2_100));
    assert!(state.is_locked());
    assert_eq!(state.player.status, PlayerStatus::Empty);
}

#[test]
fn when_the_system_locks_the_desk_does_whatever_sounds() {
    let mut state = signed_in();
    play(&mut state);
    assert!(asks_to_lock(&state.apply(Event::Lock(LockEvent::SystemLocks), at(1))));
    assert!(state.apply(Event::Lock(LockEvent::SystemLocks), at(2)).is_empty(), "it is locked already");
    let (mut signed_out, _) = State::start(Settings::default(), Zone::Local, at(0));
    assert!(signed_out.apply(Event::Lock(LockEvent::SystemLocks), at(1)).is_empty(), "nothing is open");
}

#[test]
fn nothing_that_was_read_stays() {
    let mut state = signed_in();
    let key = ConsultationKey::record("rec-1");
    state.handle(Command::List(ListCommand::Select(key.clone())), at(1));
    state.handle(Command::List(ListCommand::FilterText("Bella".to_owned())), at(1));
    state.handle(Command::Search(SearchCommand::Show), at(1));
    state.handle(Command::Search(SearchCommand::Text("limping".to_owned())), at(1));
    let marks = crate::domain::Marks { remark: "call the owner Müller".to_owned(), ..crate::domain::Marks::default() };
    state.apply(Event::Mark(MarkEvent::All(vec![Marked { key: key.clone(), marks }])), at(1));
    state.handle(Command::Window(WindowCommand::Show(Dialog::Audit)), at(1));
    wish(&mut state, LockCommand::Lock, 2);
    let shown = format!("{state:?}");
    for word in ["Bella", "limping", "Müller", "rec-1", "Your Clinic"] {
        assert!(!shown.contains(word), "{word} stays in {shown}");
    }
    assert_eq!((state.route, state.dialog), (Route::Consultations, None));
}

#[test]
fn late_news_of_the_clinic_does_not_reach_a_locked_desk() {
    let mut state = signed_in();
    state.handle(Command::List(ListCommand::FilterText("Bella".to_owned())), at(1));
    let sequence = state.list.sequence;
    wish(&mut state, LockCommand::Lock, 2);
    let late = || Event::List(ListEvent::ViewReady { sequence, view: Arc::default() });
    let requests = state.apply(late(), at(2));
    assert!(matches!(requests.as_slice(), [Request::List(ListRequest::Retire(_))]), "freed away from the window");
    let gone = RecordEvent::NextCheck { key: ConsultationKey::record("rec-1"), at: at(9) };
    assert!(state.apply(Event::Record(gone), at(2)).is_empty());
    assert!(!state.list.has_view);
    // Nor does it fit what is asked after unlocking.
    state.apply(Event::Lock(LockEvent::Locked { has_pin: false }), at(3));
    wish(&mut state, LockCommand::Unlock(None), 3);
    state.apply(Event::Session(SessionEvent::Restored { organization: clinic(), demo: false }), at(3));
    state.apply(late(), at(4));
    assert!(!state.list.has_view);
}

#[test]
fn unlocking_shows_the_list_and_no_patient() {
    let mut state = signed_in();
    state.handle(Command::List(ListCommand::Select(ConsultationKey::record("rec-1"))), at(1));
    wish(&mut state, LockCommand::Lock, 1);
    assert!(wish(&mut state, LockCommand::Unlock(None), 1).is_empty(), "still closing");
    state.apply(Event::Lock(LockEvent::Locked { has_pin: false }), at(2));
    let asked = wish(&mut state, LockCommand::Unlock(None), 900);
    assert!(matches!(asked.as_slice(), [Request::Lock(LockRequest::Unlock(None))]));
    assert!(wish(&mut state, LockCommand::Unlock(None), 900).is_empty(), "it is asked already");
    let restored = SessionEvent::Restored { organization: clinic(), demo: false };
    let requests = state.apply(Event::Session(restored), at(901));
    assert!(requests.iter().any(|it| matches!(it, Request::List(ListRequest::View { .. }))));
    assert!(requests.iter().any(|it| matches!(it, Request::Audit(AuditAction::Unlocked, None))));
    assert!(state.record.is_none() && state.list.selected.is_none());
    assert!(state.handle(Command::TimePassed, at(902)).is_empty() && !state.is_locked(), "somebody is there again");
}

#[test]
fn a_sign_in_that_was_under_way_does_not_open_a_locked_desk() {
    let mut state = locked(true);
    let signed_in = || SessionEvent::SignedIn { organization: clinic(), demo: false, kept: Kept::Yes };
    state.apply(Event::Session(signed_in()), at(2));
    state.apply(Event::Session(SessionEvent::KeyRefused), at(2));
    state.apply(Event::Session(SessionEvent::NoKey), at(2));
    assert!(state.is_locked());
}

#[test]
fn a_wrong_pin_is_told_and_waited_for() {
    let mut state = locked(true);
    wish(&mut state, LockCommand::Unlock(Some(pin("1234"))), 2);
    assert!(screen(&state).is_checking);
    let problem = Problem::new(&Fault::Store("Wrong".to_owned()), "PIN");
    state.apply(Event::Lock(LockEvent::Refused { problem, wait_until: Some(at(7)) }), at(2));
    assert_eq!(screen(&state).wait_seconds(at(2)), Some(5));
    assert_eq!(state.next_wake(), Some(std::time::Duration::from_secs(1)), "it counts down");
    assert!(wish(&mut state, LockCommand::Unlock(Some(pin("1235"))), 6).is_empty());
    assert!(!wish(&mut state, LockCommand::Unlock(Some(pin("1235"))), 7).is_empty());
}

#[test]
fn a_locked_desk_takes_no_other_wish() {
    let mut state = locked(false);
    for command in [
        Command::List(ListCommand::Refresh),
        Command::Player(PlayerCommand::Play),
        Command::Search(SearchCommand::Show),
        Command::Window(WindowCommand::Show(Dialog::Palette)),
        Command::Window(WindowCommand::Go(Route::Settings)),
        Command::Storage(StorageCommand::ShowAudit),
    ] {
        assert!(state.handle(command.clone(), at(2)).is_empty(), "{command:?}");
    }
    assert_eq!((state.route, state.dialog), (Route::Consultations, None));
    state.handle(Command::Storage(StorageCommand::AskToRemoveEverything), at(2));
    assert_eq!(state.dialog, Some(Dialog::RemoveEverything), "the way out for who forgot the PIN");
}

#[test]
fn a_key_that_is_not_kept_cannot_be_unlocked_so_locking_signs_out_and_says_so() {
    let mut state = enter(Kept::No("no password store".to_owned()));
    let requests = wish(&mut state, LockCommand::Lock, 1);
    assert!(requests.iter().any(|it| matches!(it, Request::Session(SessionRequest::SignOut))));
    state.apply(Event::Session(SessionEvent::SignedOut), at(2));
    let problem = state.session.sign_in().and_then(|sign_in| sign_in.problem.clone()).expect("words");
    assert!(problem.summary.contains("locked"), "{problem:?}");
}

#[test]
fn a_desk_with_a_pin_starts_locked() {
    let (mut state, _) = State::start(Settings::default(), Zone::Local, at(0));
    state.apply(Event::Lock(LockEvent::StartsLocked), at(1));
    assert!(screen(&state).has_pin && screen(&state).takes_a_try(at(1)));
}

#[test]
fn a_pin_is_set_changed_and_removed() {
    let mut state = signed_in();
    state.handle(Command::Window(WindowCommand::Show(Dialog::Pin)), at(1));
    let set = || Command::Lock(LockCommand::SetPin { old: None, new: pin("4711") });
    assert!(matches!(state.handle(set(), at(1)).as_slice(), [Request::Lock(LockRequest::SetPin { .. })]));
    assert!(state.handle(set(), at(1)).is_empty(), "one at a time");
    state.apply(Event::Lock(LockEvent::PinChanged { has_pin: true }), at(2));
    assert_eq!(state.dialog, None);
    assert!(state.lock.has_pin);
    assert_eq!(state.notices.iter().map(|notice| notice.text.as_str()).collect::<Vec<_>>(), ["PIN set"]);

    state.handle(Command::Window(WindowCommand::Show(Dialog::RemovePin)), at(3));
    wish(&mut state, LockCommand::RemovePin(pin("0000")), 3);
    let problem = Problem::new(&Fault::Store("Wrong".to_owned()), "PIN");
    state.apply(Event::Lock(LockEvent::Refused { problem, wait_until: None }), at(3));
    assert!(state.lock.pin_change.problem.is_some() && state.dialog == Some(Dialog::RemovePin), "it stays open");
    wish(&mut state, LockCommand::RemovePin(pin("4711")), 4);
    state.apply(Event::Lock(LockEvent::PinChanged { has_pin: false }), at(4));
    assert!(!state.lock.has_pin && state.dialog.is_none());
}

#[test]
fn no_pin_is_ever_printed() {
    let shown = format!("{:?}", LockCommand::Unlock(Some(pin("4711"))));
    assert!(!shown.contains("4711"), "{shown}");
}
