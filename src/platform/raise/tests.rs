//! A second start on this computer, by the way that this system has.

use super::*;
use crate::platform::{LockError, ProfileLock};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

const LONG: Duration = Duration::from_secs(20);

fn listen(folder: &Path) -> (RaiseListener, Receiver<SecondStart>) {
    let (sender, started) = sync_channel(8);
    let on_start = move |start| {
        sender.try_send(start).ok();
    };
    (RaiseListener::start(folder, on_start).expect("a way in"), started)
}

fn link() -> SecondStart {
    SecondStart::Open("consultdesk://consultation/r1".to_owned())
}

#[test]
fn a_second_start_raises_the_first_and_hands_over_what_was_clicked() {
    let home = tempfile::tempdir().expect("a folder");
    let _lock = ProfileLock::take(home.path()).expect("free");
    let (listener, started) = listen(home.path());
    assert_eq!(ProfileLock::take(home.path()).expect_err("held"), LockError::AlreadyRunning);
    for start in [SecondStart::Raise, link(), SecondStart::Raise] {
        assert!(raise_first(home.path(), &start));
        assert_eq!(started.recv_timeout(LONG).expect("told"), start);
    }
    assert!(!raise_first(home.path(), &SecondStart::Open("not a link".to_owned())), "that cannot be said");
    drop(listener);
    // The other thread lets go of the way in when it hears of it.
    while raise_first(home.path(), &SecondStart::Raise) {
        std::thread::yield_now();
    }
    assert_eq!(std::fs::read_dir(home.path()).expect("a folder").count(), 1, "the lock's file is all that is left");
}

#[test]
fn a_desk_with_other_data_is_another_one() {
    let (one, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let (_listener, started) = listen(one.path());
    assert!(!raise_first(other.path(), &SecondStart::Raise));
    let (_another, meant) = listen(other.path());
    assert!(raise_first(other.path(), &link()));
    assert_eq!(meant.recv_timeout(LONG).expect("told"), link());
    assert_eq!(started.try_recv(), Err(TryRecvError::Empty));
}

#[cfg(unix)]
mod with_sockets {
    use super::*;
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::os::unix::net::{UnixListener, UnixStream};

    #[test]
    fn nobody_else_can_open_it() {
        let home = tempfile::tempdir().expect("a folder");
        let (_listener, _started) = listen(home.path());
        let about = std::fs::metadata(home.path().join("desk.socket")).expect("a socket");
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_a_crash_left_over_is_harmless() {
        let home = tempfile::tempdir().expect("a folder");
        drop(UnixListener::bind(home.path().join("desk.socket")).expect("a socket"));
        assert!(!raise_first(home.path(), &SecondStart::Raise), "nobody is there");
        let (_listener, started) = listen(home.path());
        assert!(raise_first(home.path(), &SecondStart::Raise));
        started.recv_timeout(LONG).expect("raised");
    }

    #[test]
    fn who_says_something_else_raises_nothing_and_holds_nobody_up() {
        let home = tempfile::tempdir().expect("a folder");
        let (_listener, started) = listen(home.path());
        let endless = format!("open {}", "x".repeat(100_000));
        for words in ["open /etc/passwd and more\n", "raise", "", endless.as_str()] {
            let mut stranger = UnixStream::connect(home.path().join("desk.socket")).expect("a visitor");
            // It is shown out before it has said everything.
            stranger.write_all(words.as_bytes()).ok();
        }
        assert!(raise_first(home.path(), &SecondStart::Raise));
        assert_eq!(started.recv_timeout(LONG).expect("raised"), SecondStart::Raise);
        assert_eq!(started.try_recv(), Err(TryRecvError::Empty), "once");
    }

    #[test]
    fn a_folder_that_takes_no_socket_has_one_elsewhere_or_none() {
        let (home, session) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
        let deep = home.path().join("x".repeat(120));
        std::fs::create_dir(&deep).expect("a folder");
        let without = here::places(&deep, None);
        assert!(here::Listener::start_at(&without, |_| ()).is_err(), "the path is too long for a socket");
        let line = SecondStart::Raise.line().expect("a line");
        assert!(here::ask_at(&without, &line).is_err());
        let places = here::places(&deep, Some(session.path().to_owned()));
        let (sender, started) = sync_channel(1);
        let listener = here::Listener::start_at(&places, move |start| drop(sender.try_send(start))).expect("a way in");
        here::ask_at(&places, &line).expect("reached");
        assert_eq!(started.recv_timeout(LONG).expect("raised"), SecondStart::Raise);
        drop(listener);
        assert_eq!(std::fs::read_dir(session.path()).expect("a folder").count(), 0, "nothing is left there");
    }
}
