//! What wishes and news about several computers on one receiver lead to, without any outside.

use super::*;
use crate::domain::{Organization, OrganizationId, Zone};
use crate::state::live::Line;
use crate::state::{Command, Event, Kept, LiveCommand, Session, Settings, SettingsCommand};
use chrono::{DateTime, TimeZone as _, Utc};

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

fn desk() -> State {
    let mut state = State::start(Settings::default(), Zone::utc(), now()).0;
    let organization = Organization { id: OrganizationId::new("org"), name: "Harbour Vets".to_owned() };
    state.session = Session::SignedIn { organization, is_demo: false, kept: Kept::Yes, refused: None };
    state
}

/// What is asked for, and what goes onto the clipboard.
fn wish(state: &mut State, command: ShareCommand) -> (Vec<ShareRequest>, Vec<String>) {
    let (mut asked, mut copied) = (Vec::new(), Vec::new());
    for request in state.handle(Command::Live(LiveCommand::Share(command)), now()) {
        match request {
            Request::Live(LiveRequest::Share(request)) => asked.push(request),
            Request::CopyText(text) => copied.push(text),
            other => panic!("{other:?}"),
        }
    }
    (asked, copied)
}

fn hear(state: &mut State, news: ShareNews) {
    state.apply(Event::Live(news.into()), now());
}

fn keep(code: &str) -> ShareCommand {
    ShareCommand::Keep { code: PastedKey(code.to_owned()), user: "desk".to_owned(), password: PastedKey(String::new()) }
}

fn code() -> PairingCode {
    PairingCode::new([7; 16])
}

#[test]
fn whoever_is_told_by_another_computer_is_live_until_the_line_breaks() {
    let mut state = desk();
    let problem = Problem::new(&Fault::Live(LiveFault::Share(ShareFault::Unreachable)), "X");
    for (status, line) in [
        (ShareStatus::Connecting, Line::Polling),
        (ShareStatus::Listening, Line::Live),
        (ShareStatus::Silent, Line::Polling),
        (ShareStatus::Sharing, Line::Polling),
        (ShareStatus::Failed(problem), Line::Polling),
    ] {
        hear(&mut state, ShareNews::Stands(status.clone()));
        assert_eq!(state.line(), line, "{status:?}");
    }
}

#[test]
fn whoever_shares_receives_and_an_address_that_may_not_be_used_is_told() {
    let mut state = desk();
    assert_eq!(state.share_address_fault(), None, "nothing is wanted");
    state.handle(SettingsCommand::Share(ShareRole::Listens).into(), now());
    assert!(!state.settings.receives && state.share_address_fault().is_some());
    state.handle(SettingsCommand::Share(ShareRole::Shares).into(), now());
    assert!(state.settings.receives);
    for (address, is_fine) in [("192.168.1.20", true), ("nats://broker.example", false), ("tls://broker.example", true)]
    {
        state.handle(SettingsCommand::ShareBroker(address.to_owned()).into(), now());
        assert_eq!(state.share_address_fault().is_none(), is_fine, "{address}");
    }
}

#[test]
fn a_code_is_held_only_while_it_is_shown() {
    let mut state = desk();
    let kept = KeptPairing { code: Some(code()), user: None };
    hear(&mut state, ShareNews::Kept(kept.clone()));
    assert_eq!(state.live.share.kept, None, "nobody asked");
    assert_eq!(wish(&mut state, ShareCommand::CopyCode), (vec![], vec![]));
    assert_eq!(wish(&mut state, ShareCommand::Ask).0, [ShareRequest::Show]);
    hear(&mut state, ShareNews::Kept(kept));
    assert_eq!(wish(&mut state, ShareCommand::CopyCode).1, [code().text().to_string()]);
    state.handle(Command::Window(crate::state::WindowCommand::CloseDialog), now());
    assert_eq!(state.live.share.kept, None);
}

#[test]
fn a_code_with_a_slip_is_told_and_nothing_is_kept() {
    let mut state = desk();
    wish(&mut state, ShareCommand::Ask);
    let text = code().text().to_string();
    assert_eq!(wish(&mut state, keep(&text.replace('E', "F"))), (vec![], vec![]));
    assert_eq!(state.dialog, Some(Dialog::Share));
    assert!(state.live.share.problem.is_some());
    let request = ShareRequest::Keep { code: Some(code()), login: None };
    assert_eq!(wish(&mut state, keep(&text)).0, [request]);
    assert_eq!((state.dialog, &state.live.share.problem), (None, &None));
    // What is left empty stays as it was.
    assert_eq!(wish(&mut state, keep(" ")).0, [ShareRequest::Keep { code: None, login: None }]);
}
