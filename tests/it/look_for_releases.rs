//! A whole desk that looks for a new release at a small server of its own: once a day, telling nothing, and across restarts.

use crate::support::desk::{Desk, Setup};
use chrono::TimeDelta;
use consult_desk::state::{Command, UpdateCommand};
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, sync_channel};

const NOTICE: &str = include_str!("../fixtures/update/newer.signed");
const FORGED: &str = include_str!("../fixtures/update/stranger.signed");
const KEY: &str = include_str!("../fixtures/update/maker.key");

/// Answers every question with the notice and hands over what it was asked. It ends with the test's process.
fn server(notice: &'static str) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = format!("http://{}/desk.signed", listener.local_addr().expect("an address"));
    let (tell, asked) = sync_channel(64);
    let answer = move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a caller");
            let lines = BufReader::new(&stream).lines().map_while(Result::ok);
            let question: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
            let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", notice.len());
            stream.write_all(head.as_bytes()).expect("the head");
            stream.write_all(notice.as_bytes()).expect("the notice");
            if tell.send(question.join("\n")).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("releases".to_owned()).spawn(answer).expect("a thread");
    (address, asked)
}

fn pass(desk: &mut Desk, time: TimeDelta) {
    desk.clock.advance(time);
    desk.wish(Command::TimePassed);
}

fn set_up(desk: &mut Desk, address: String) {
    // Who leaves the desk alone for hours finds it locked; this is not about that.
    desk.state.settings.lock_minutes = None;
    for command in [UpdateCommand::Address(address), UpdateCommand::Key(KEY.to_owned()), UpdateCommand::Switch(true)] {
        desk.wish(Command::Update(command));
    }
}

fn known(desk: &Desk) -> Option<String> {
    desk.state.newer_release().map(|release| release.version.to_string())
}

#[test]
fn a_release_is_found_once_a_day_and_known_after_a_restart() {
    let (address, asked) = server(NOTICE);
    let mut desk = Desk::signed_in(Setup::default());
    set_up(&mut desk, address);
    assert!(asked.try_recv().is_err(), "nothing is asked at once");
    pass(&mut desk, TimeDelta::minutes(3));
    desk.step_until("the new release", |state| state.newer_release().is_some());
    assert_eq!(known(&desk).as_deref(), Some("999.0.0"));
    let question = asked.recv_timeout(crate::support::desk::LIMIT).expect("a question").to_lowercase();
    assert!(question.starts_with("get /desk.signed http/1.1\n"), "{question}");
    let key = desk.simulator.key().to_lowercase();
    for word in ["authorization", "cookie", key.as_str(), "clinic"] {
        assert!(!question.contains(word), "{word} in {question}");
    }
    pass(&mut desk, TimeDelta::hours(20));
    let mut desk = desk.restart(Setup::default());
    desk.settle();
    assert_eq!(known(&desk).as_deref(), Some("999.0.0"), "it is known without asking again");
    pass(&mut desk, TimeDelta::hours(3));
    assert!(!desk.state.update.is_checking && asked.try_recv().is_err(), "not twice on one day");
    pass(&mut desk, TimeDelta::hours(24));
    assert!(desk.state.update.is_checking, "the day is over");
    desk.step_until("an answer", |state| !state.update.is_checking);
    asked.recv_timeout(crate::support::desk::LIMIT).expect("the question of the next day");
}

#[test]
fn a_forged_notice_is_not_believed_and_said() {
    let (address, _asked) = server(FORGED);
    let mut desk = Desk::signed_in(Setup::default());
    set_up(&mut desk, address);
    desk.wish(Command::Update(UpdateCommand::CheckNow));
    desk.step_until("an answer", |state| !state.update.is_checking);
    let problem = desk.state.update.problem.clone().expect("a problem");
    assert!(problem.summary.contains("not signed with the maker's key"), "{problem:?}");
    assert_eq!(known(&desk), None);
    let log = desk.state.notices.iter().count();
    assert_eq!(log, 0, "it is said where it was asked, not shouted");
}
