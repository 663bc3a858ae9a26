//! When it is looked for a release, what counts as new, and that nothing happens without a click.

use super::*;
use crate::domain::{Organization, OrganizationId, Zone};
use crate::state::{Command, Dialog, Event, Kept, SessionEvent, Settings, WindowCommand};
use chrono::TimeZone as _;

const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";
const ADDRESS: &str = "https://example.org/desk.signed";

fn start() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 8, 0, 0).single().expect("a moment")
}

fn minutes(count: i64) -> DateTime<Utc> {
    start() + TimeDelta::minutes(count)
}

fn desk(updates: UpdateSettings) -> State {
    let settings = Settings { lock_minutes: None, updates, ..Settings::default() };
    let mut state = State::start(settings, Zone::utc(), start()).0;
    let organization = Organization { id: OrganizationId::new("org-1"), name: "Harbour Vets".to_owned() };
    state.apply(Event::Session(SessionEvent::SignedIn { organization, demo: false, kept: Kept::Yes }), start());
    state
}

fn switched_on() -> UpdateSettings {
    UpdateSettings { is_on: true, address: ADDRESS.to_owned(), key: KEY.to_owned(), ..UpdateSettings::default() }
}

/// How often it was asked when time passed until then.
fn looks(state: &mut State, now: DateTime<Utc>) -> usize {
    let requests = state.handle(Command::TimePassed, now);
    requests.iter().filter(|request| matches!(request, Request::Update(UpdateRequest::Look { .. }))).count()
}

fn wish(state: &mut State, command: UpdateCommand, now: DateTime<Utc>) -> Vec<Request> {
    state.handle(Command::Update(command), now)
}

fn release(version: &str) -> Release {
    Release {
        version: Version::parse(version).expect("a number"),
        date: NaiveDate::from_ymd_opt(2026, 12, 1).expect("a day"),
        page: ReleasePage::parse("https://example.org/releases").expect("a page"),
        sums: FileSum::new("desk.deb", &"ab".repeat(32)).into_iter().collect(),
    }
}

fn announce(state: &mut State, version: &str, now: DateTime<Utc>) -> Vec<Request> {
    wish(state, UpdateCommand::CheckNow, now);
    state.apply(Event::Update(UpdateNews::Announced(release(version))), now)
}

fn known(state: &State) -> Option<String> {
    state.newer_release().map(|release| release.version.to_string())
}

#[test]
fn it_is_off_until_somebody_switches_it_on() {
    let mut state = desk(UpdateSettings { is_on: false, ..switched_on() });
    assert_eq!(Settings::default().updates, UpdateSettings::default());
    assert!(!UpdateSettings::default().is_on);
    assert_eq!(looks(&mut state, minutes(60 * 24 * 9)), 0);
    assert_eq!(state.looks_at(), None, "nothing wakes the window for it");
    wish(&mut state, UpdateCommand::Switch(true), minutes(60 * 24 * 9));
    assert_eq!(looks(&mut state, minutes(60 * 24 * 9)), 1);
}

#[test]
fn it_is_asked_some_time_after_the_start_and_once_a_day() {
    let mut state = desk(switched_on());
    assert_eq!(looks(&mut state, minutes(1)), 0, "the start belongs to the list");
    assert_eq!(looks(&mut state, minutes(2)), 1);
    state.apply(Event::Update(UpdateNews::Announced(release("0.0.1"))), minutes(2));
    for hour in 1..24 {
        assert_eq!(looks(&mut state, minutes(60 * hour)), 0, "{hour} h");
    }
    assert_eq!(looks(&mut state, minutes(24 * 60 + 2)), 1);
    assert_eq!(looks(&mut state, minutes(48 * 60 + 5)), 0, "the last answer is still awaited");
}

#[test]
fn a_look_that_failed_counts_and_a_restart_does_not_repeat_it() {
    let mut state = desk(switched_on());
    assert_eq!(looks(&mut state, minutes(2)), 1);
    let problem = Problem::new(&Fault::Update(UpdateFault::NoConnection), "UP-NET");
    state.apply(Event::Update(UpdateNews::Failed(problem.clone())), minutes(2));
    assert_eq!(state.update.problem, Some(problem));
    assert_eq!(looks(&mut state, minutes(30)), 0);
    let mut again = desk(state.settings.updates.clone());
    assert_eq!(looks(&mut again, minutes(60)), 0);
}

#[test]
fn it_waits_for_a_calm_moment() {
    let mut state = desk(switched_on());
    state.handle(WindowCommand::Show(Dialog::Shortcuts).into(), minutes(2));
    assert_eq!(looks(&mut state, minutes(3)), 0, "somebody reads a dialog");
    state.handle(WindowCommand::CloseDialog.into(), minutes(3));
    assert_eq!(looks(&mut state, minutes(3)), 0, "some minutes later, not at once");
    assert_eq!(looks(&mut state, minutes(8)), 1);
}

#[test]
fn a_clock_that_was_ahead_does_not_stop_it_for_years() {
    let mut state = desk(UpdateSettings { asked_at: Some(minutes(60 * 24 * 365)), ..switched_on() });
    assert_eq!(looks(&mut state, minutes(2)), 1);
}

#[test]
fn without_address_or_key_it_says_what_is_missing_and_asks_nobody() {
    let cases = [
        (UpdateSettings { address: String::new(), ..switched_on() }, "Nowhere to ask: no address is set."),
        (
            UpdateSettings { address: "http://example.org/".to_owned(), ..switched_on() },
            "Nowhere to ask: the address must begin with https.",
        ),
        (
            UpdateSettings { key: String::new(), ..switched_on() },
            "No public key is set, so no notice could be believed.",
        ),
        (UpdateSettings { key: "abc".to_owned(), ..switched_on() }, "This is no public key."),
    ];
    for (updates, words) in cases {
        let mut state = desk(updates);
        assert_eq!(looks(&mut state, minutes(10)), 0, "{words}");
        assert!(wish(&mut state, UpdateCommand::CheckNow, minutes(10)).is_empty(), "{words}");
        assert_eq!(state.update.problem.as_ref().map(|problem| problem.summary.as_str()), Some(words));
        assert!(!state.update.is_checking);
    }
}

#[test]
fn only_a_higher_number_is_news() {
    let running = Version::running().to_string();
    let mut state = desk(switched_on());
    for old in ["0.0.1", running.as_str()] {
        announce(&mut state, old, minutes(5));
        assert_eq!(known(&state), None, "{old}");
        assert!(state.update.is_newest);
    }
    assert!(state.notices.iter().next().is_none(), "nothing is said about an old one");
    let saved = announce(&mut state, "999.0.0", minutes(6));
    assert!(matches!(saved.as_slice(), [Request::SaveSettings(_)]), "it is kept and nothing else happens: {saved:?}");
    assert_eq!(known(&state).as_deref(), Some("999.0.0"));
    assert!(!state.update.is_newest);
    announce(&mut state, "998.0.0", minutes(7));
    assert_eq!(known(&state).as_deref(), Some("999.0.0"), "an older notice shown again takes nothing back");
    announce(&mut state, "999.1.0", minutes(8));
    assert_eq!(known(&state).as_deref(), Some("999.1.0"));
}

#[test]
fn the_page_opens_with_a_click_alone() {
    let mut state = desk(switched_on());
    assert!(wish(&mut state, UpdateCommand::OpenPage, minutes(1)).is_empty());
    announce(&mut state, "999.0.0", minutes(5));
    let page = release("999.0.0").page;
    let asked = wish(&mut state, UpdateCommand::OpenPage, minutes(6));
    assert!(
        matches!(asked.as_slice(), [Request::Update(UpdateRequest::OpenPage(opened))] if *opened == page),
        "{asked:?}"
    );
    let copied = wish(&mut state, UpdateCommand::CopySums, minutes(6));
    let lines = format!("{}  desk.deb\n", "ab".repeat(32));
    assert!(matches!(copied.as_slice(), [Request::CopyText(text)] if *text == lines), "{copied:?}");
}

#[test]
fn what_is_known_outlives_a_restart_and_ends_with_the_update() {
    let mut state = desk(switched_on());
    announce(&mut state, "999.0.0", minutes(5));
    let text = serde_json::to_string(&state.settings).expect("settings are written");
    let read: Settings = serde_json::from_str(&text).expect("settings are read");
    let again = desk(read.updates.clone());
    assert_eq!(again.newer_release(), Some(release("999.0.0")));
    let mut old = read.updates;
    let mut kept = old.known.take().expect("a release");
    kept.version = Version::running().to_string();
    assert_eq!(
        desk(UpdateSettings { known: Some(kept.clone()), ..old.clone() }).newer_release(),
        None,
        "it was installed"
    );
    kept.version = "999.0.0".to_owned();
    kept.page = "file:///etc/passwd".to_owned();
    assert_eq!(desk(UpdateSettings { known: Some(kept), ..old }).newer_release(), None, "a changed file opens nothing");
}

#[test]
fn who_switches_it_off_hears_no_more_of_it() {
    let mut state = desk(switched_on());
    announce(&mut state, "999.0.0", minutes(5));
    wish(&mut state, UpdateCommand::Switch(false), minutes(6));
    assert_eq!((known(&state), state.looks_at()), (None, None));
}

#[test]
fn another_address_or_key_forgets_what_the_former_said() {
    for change in
        [UpdateCommand::Address("https://example.com/a".to_owned()), UpdateCommand::Key(KEY.replace('Q', "R"))]
    {
        let mut state = desk(switched_on());
        announce(&mut state, "999.0.0", minutes(5));
        wish(&mut state, UpdateCommand::CheckNow, minutes(6));
        wish(&mut state, change.clone(), minutes(6));
        assert_eq!((known(&state), state.settings.updates.asked_at), (None, None), "{change:?}");
        state.apply(Event::Update(UpdateNews::Announced(release("999.0.0"))), minutes(6));
        assert_eq!(known(&state), None, "the answer to the former question is not listened to: {change:?}");
        assert!(!state.update.is_checking);
    }
}

#[test]
fn an_answer_that_comes_while_the_desk_is_locked_is_not_lost() {
    let mut state = desk(switched_on());
    wish(&mut state, UpdateCommand::CheckNow, minutes(5));
    state.handle(Command::Lock(crate::state::LockCommand::Lock), minutes(5));
    assert!(state.is_locked());
    state.apply(Event::Update(UpdateNews::Announced(release("999.0.0"))), minutes(5));
    assert_eq!(known(&state).as_deref(), Some("999.0.0"));
    assert!(!state.update.is_checking);
}
