//! The desk hears that the system locks, from a bus of its own with a pretended login manager and screen saver on it;
//! and computers without a bus.

#![cfg(target_os = "linux")]

use consult_desk::platform::{Buses, SessionWatch};
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{ObjectPath, OwnedFd, OwnedObjectPath, Value};

const LONG: Duration = Duration::from_secs(20);
const OURS: &str = "/org/freedesktop/login1/session/_32";
const OTHERS: &str = "/org/freedesktop/login1/session/_37";
const LOGIN: &str = "/org/freedesktop/login1";
const MANAGER: &str = "org.freedesktop.login1.Manager";
const SESSION: &str = "org.freedesktop.login1.Session";

/// A bus of one test's own; `None` where the program is not installed.
struct Bus {
    daemon: Child,
    address: String,
}

impl Bus {
    fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let Ok(mut daemon) = command.stderr(Stdio::null()).spawn() else {
            eprintln!("skipped: this needs dbus-daemon (Debian: package dbus)");
            return None;
        };
        let mut line = String::new();
        BufReader::new(daemon.stdout.take().expect("its words")).read_line(&mut line).expect("an address");
        Some(Self { daemon, address: line.trim().to_owned() })
    }

    /// Somebody on it with a name of their own.
    fn owner(&self, name: &str) -> Connection {
        Builder::address(self.address.as_str()).expect("an address").name(name).expect("a name").build().expect("a bus")
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.daemon.kill().ok();
        self.daemon.wait().ok();
    }
}

/// Answers which session somebody is in, and may hold sleep back for whoever asks.
#[derive(Default)]
struct LoginManager {
    /// This end of each delay; it ends when the other one is let go of. `None` grants no delay.
    delays: Option<Arc<Mutex<Vec<UnixStream>>>>,
}

#[zbus::interface(name = "org.freedesktop.login1.Manager")]
impl LoginManager {
    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn get_session(&self, id: &str) -> OwnedObjectPath {
        assert!(!id.is_empty(), "a session is asked for by its name");
        ObjectPath::try_from(OURS).expect("a path").into()
    }

    fn inhibit(&self, what: &str, who: &str, why: &str, mode: &str) -> zbus::fdo::Result<OwnedFd> {
        assert_eq!((what, who, mode), ("sleep", "Consult Desk", "delay"), "{why}");
        let refused = || zbus::fdo::Error::AccessDenied("not for you".to_owned());
        let delays = self.delays.as_ref().ok_or_else(refused)?;
        let (here, there) = UnixStream::pair().expect("a pair");
        delays.lock().expect("open").push(here);
        Ok(std::os::fd::OwnedFd::from(there).into())
    }
}

fn login_manager(bus: &Bus) -> Connection {
    login_manager_with(bus, LoginManager::default())
}

fn login_manager_with(bus: &Bus, manager: LoginManager) -> Connection {
    let builder = Builder::address(bus.address.as_str()).expect("an address");
    let builder = builder.name("org.freedesktop.login1").expect("a name").serve_at(LOGIN, manager);
    builder.expect("served").build().expect("a login manager")
}

fn watch(system: &str, session: &str) -> (SessionWatch, Receiver<()>) {
    let (sender, locks) = sync_channel(64);
    let buses = Buses { system: Some(system.to_owned()), session: Some(session.to_owned()) };
    let on_lock = move || {
        sender.try_send(()).ok();
    };
    (SessionWatch::start(buses, on_lock), locks)
}

/// The watch begins on a thread of its own: the signal is repeated until it is heard.
fn until_heard(locks: &Receiver<()>, mut signal: impl FnMut()) {
    let end = std::time::Instant::now() + LONG;
    loop {
        signal();
        match locks.recv_timeout(Duration::from_millis(100)) {
            Ok(()) => break,
            Err(error) => assert!(error == RecvTimeoutError::Timeout && std::time::Instant::now() < end, "{error}"),
        }
    }
}

fn silence(locks: &Receiver<()>) {
    while locks.recv_timeout(Duration::from_millis(100)).is_ok() {}
}

fn sleep_signal(login: &Connection, begins: bool) {
    login.emit_signal(None::<&str>, LOGIN, MANAGER, "PrepareForSleep", &(begins,)).expect("sent");
}

fn hint(login: &Connection, path: &str, is_locked: bool) {
    let changed = HashMap::from([("LockedHint", Value::from(is_locked))]);
    let body = (SESSION, changed, Vec::<String>::new());
    login.emit_signal(None::<&str>, path, "org.freedesktop.DBus.Properties", "PropertiesChanged", &body).expect("sent");
}

#[test]
fn the_login_manager_tells_of_sleep_and_of_this_session_alone() {
    let Some(bus) = Bus::start() else { return };
    let login = login_manager(&bus);
    let (watch, locks) = watch(&bus.address, "unix:path=/nonexistent/consult-desk/bus");
    until_heard(&locks, || sleep_signal(&login, true));
    silence(&locks);

    let lock = |path| login.emit_signal(None::<&str>, path, SESSION, "Lock", &()).expect("sent");
    // What follows must not lock: waking up, another session, one that is opened, a stranger who says the same.
    sleep_signal(&login, false);
    lock(OTHERS);
    hint(&login, OTHERS, true);
    hint(&login, OURS, false);
    let stranger = bus.owner("org.example.Stranger");
    stranger.emit_signal(None::<&str>, LOGIN, MANAGER, "PrepareForSleep", &(true,)).expect("sent");
    stranger.emit_signal(None::<&str>, LOGIN, MANAGER, "PrepareForSleep", &("a", "b")).expect("sent");
    assert_eq!(locks.recv_timeout(Duration::from_millis(300)), Err(RecvTimeoutError::Timeout));

    lock(OURS);
    locks.recv_timeout(LONG).expect("the session is asked to lock");
    hint(&login, OURS, true);
    locks.recv_timeout(LONG).expect("the desktop says that it is locked");
    drop(watch);
    lock(OURS);
    assert!(locks.recv_timeout(Duration::from_millis(300)).is_err(), "nobody listens any more");
}

#[test]
fn sleep_waits_until_the_desk_had_time_to_lock() {
    let Some(bus) = Bus::start() else { return };
    let delays = Arc::new(Mutex::new(Vec::new()));
    let login = login_manager_with(&bus, LoginManager { delays: Some(Arc::clone(&delays)) });
    let (_watch, locks) = watch(&bus.address, "unix:path=/nonexistent/consult-desk/bus");
    let count = || delays.lock().expect("open").len();
    let until = |wanted: usize| {
        let end = std::time::Instant::now() + LONG;
        while count() < wanted {
            assert!(std::time::Instant::now() < end, "{} delays", count());
            std::thread::yield_now();
        }
    };
    until(1);
    let mut first = delays.lock().expect("open").remove(0);
    until_heard(&locks, || sleep_signal(&login, true));
    // It is let go of after the lock was told, never before: this read ends with it.
    first.set_read_timeout(Some(LONG)).expect("set");
    assert_eq!(first.read(&mut [0]).expect("let go of"), 0);
    sleep_signal(&login, false);
    until(1);
}

#[test]
fn every_desktops_screen_saver_is_heard() {
    let Some(bus) = Bus::start() else { return };
    let (_watch, locks) = watch("unix:path=/nonexistent/consult-desk/bus", &bus.address);
    let saver = bus.owner("org.example.ScreenSaver");
    let active = |desktop: &str, path: &str, is_active: bool| {
        let interface = format!("org.{desktop}.ScreenSaver");
        saver.emit_signal(None::<&str>, path, interface.as_str(), "ActiveChanged", &(is_active,)).expect("sent");
    };
    until_heard(&locks, || active("gnome", "/org/gnome/ScreenSaver", true));
    silence(&locks);
    for desktop in ["freedesktop", "gnome", "cinnamon", "mate", "xfce"] {
        active(desktop, "/ScreenSaver", false);
        active(desktop, "/ScreenSaver", true);
        locks.recv_timeout(LONG).expect(desktop);
        assert!(locks.try_recv().is_err(), "the end of it locks nothing");
    }
}

#[test]
fn without_any_bus_nothing_is_heard_and_nothing_waits() {
    let nowhere = "unix:path=/nonexistent/consult-desk/bus";
    let (watch, locks) = watch(nowhere, nowhere);
    // Both threads give up, and with them goes what they would have called.
    assert_eq!(locks.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
    drop(watch);
}

#[test]
fn a_bus_that_ends_is_let_go_of() {
    let Some(bus) = Bus::start() else { return };
    let login = login_manager(&bus);
    let (_watch, locks) = watch(&bus.address, "unix:path=/nonexistent/consult-desk/bus");
    until_heard(&locks, || sleep_signal(&login, true));
    silence(&locks);
    drop(bus);
    assert_eq!(locks.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected));
}
