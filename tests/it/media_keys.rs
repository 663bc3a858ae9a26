//! The media keys on a session bus of their own, as a desktop presses them; and computers without a bus.
//! Each test starts this program again with the bus it is about, because a bus is found by the environment.
//! What goes out is read from a monitor of the bus: nothing but the words of the protocol and the program's name.

#![cfg(target_os = "linux")]

use consult_desk::platform::media_keys::{MediaKey, MediaKeys, Sound, Unavailable};
use std::collections::BTreeSet;
use std::os::unix::net::UnixListener;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::time::{Duration, Instant};

const NAME: &str = "Consult Desk";
const PREFIX: &str = "org.mpris.MediaPlayer2.";
const PLAYER: &str = "org.mpris.MediaPlayer2.Player";
const BUS: &str = "org.freedesktop.DBus";
const LONG: Duration = Duration::from_secs(20);
/// Says to the second start of this program which bus it was given.
const MARK: &str = "CONSULT_DESK_TEST_BUS";

// ------------------------------------------------------------------------------------ starting once more

fn has_programs() -> bool {
    ["dbus-run-session", "dbus-send", "dbus-monitor"].into_iter().all(|program| {
        let found = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        found.is_ok()
    })
}

/// This program with one test, in front of it whatever sets up the bus.
fn again(before: &[&str], test: &str, mark: &str) -> Command {
    let me = std::env::current_exe().expect("this program");
    let mut command = match before.split_first() {
        Some((program, arguments)) => {
            let mut command = Command::new(program);
            command.args(arguments).arg(me);
            command
        }
        None => Command::new(me),
    };
    command.args(["--exact", &format!("media_keys::{test}"), "--ignored", "--nocapture"]).env(MARK, mark);
    command
}

fn assert_passed(output: &Output) {
    let words = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && words.contains("1 passed"), "{words}");
}

/// Whether this is the second start; somebody may have asked for all ignored tests.
fn is_given(mark: &str) -> bool {
    std::env::var(MARK).is_ok_and(|value| value == mark)
}

static HAS_FAILED: AtomicBool = AtomicBool::new(false);

/// Remembers when a thread of anybody's fails: the desk must be quiet where there is no bus.
fn listen_for_failures() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        HAS_FAILED.store(true, Ordering::SeqCst);
        usual(info);
    }));
}

// --------------------------------------------------------------------------------------------- the bus

fn send(arguments: &[&str]) -> String {
    let output = Command::new("dbus-send").args(["--session", "--print-reply"]).args(arguments).output();
    String::from_utf8_lossy(&output.expect("dbus-send runs").stdout).into_owned()
}

/// Who offers to be played and paused.
fn players() -> Vec<String> {
    let names = send(&[&format!("--dest={BUS}"), "/", &format!("{BUS}.ListNames")]);
    texts(&names).into_iter().filter(|name| name.starts_with(PREFIX)).collect()
}

/// What stands between quotes after the word `string`.
fn texts(reply: &str) -> Vec<String> {
    let after = reply.split("string \"").skip(1);
    after.filter_map(|rest| rest.split_once('"').map(|(text, _)| text.to_owned())).collect()
}

fn press(player: &str, what: &[&str]) {
    let destination = format!("--dest={player}");
    let mut arguments = vec![destination.as_str(), "/org/mpris/MediaPlayer2"];
    arguments.extend(what);
    send(&arguments);
}

fn ask_all(player: &str, interface: &str) -> String {
    let destination = format!("--dest={player}");
    let asked = format!("string:{interface}");
    send(&[&destination, "/org/mpris/MediaPlayer2", "org.freedesktop.DBus.Properties.GetAll", &asked])
}

fn status(player: &str) -> String {
    let all = texts(&ask_all(player, PLAYER));
    let at = all.iter().position(|text| text == "PlaybackStatus");
    at.and_then(|at| all.get(at + 1)).cloned().unwrap_or_default()
}

fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + LONG;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < end, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn until_player() -> String {
    until("a player on the bus", || players().pop())
}

fn until_no_player() {
    until("the keys to be given back", || players().is_empty().then_some(()));
}

fn start() -> (Result<MediaKeys, Unavailable>, Receiver<MediaKey>) {
    let (sender, keys) = sync_channel(64);
    let on_key = move |key| {
        sender.try_send(key).ok();
    };
    (MediaKeys::start_with(NAME, None, on_key), keys)
}

// ------------------------------------------------------------------------------------------- listening in

/// The words of the protocol that a player may say; everything else would be somebody's content.
const WORDS: &[&str] = &[
    "",
    BUS,
    PLAYER,
    "org.mpris.MediaPlayer2",
    NAME,
    "Playing",
    "Paused",
    "Stopped",
    "PlaybackStatus",
    "Rate",
    "Metadata",
    "mpris:trackid",
    "xesam:title",
    "Volume",
    "Position",
    "MinimumRate",
    "MaximumRate",
    "CanGoNext",
    "CanGoPrevious",
    "CanPlay",
    "CanPause",
    "CanSeek",
    "CanControl",
    "CanQuit",
    "CanRaise",
    "HasTracklist",
    "HasTrackList",
    "Identity",
    "SupportedUriSchemes",
    "SupportedMimeTypes",
];

/// Everything that was said on the bus, as `dbus-monitor` writes it down.
struct Monitor {
    child: std::process::Child,
    file: tempfile::NamedTempFile,
}

impl Monitor {
    fn start() -> Self {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let out = file.reopen().expect("the file again");
        let child = Command::new("dbus-monitor").arg("--session").stdout(out).stderr(Stdio::null()).spawn();
        let monitor = Self { child: child.expect("dbus-monitor runs"), file };
        until("the monitor", || (!monitor.text().is_empty()).then_some(()));
        monitor
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file.path()).expect("what was said")
    }

    /// The texts in the messages of these speakers, told from the head of each message.
    fn said_by(&self, speakers: &BTreeSet<String>) -> BTreeSet<String> {
        let mut said = BTreeSet::new();
        let mut is_theirs = false;
        for line in self.text().lines() {
            if let Some((_, rest)) = line.split_once(" sender=") {
                is_theirs = rest.split_whitespace().next().is_some_and(|sender| speakers.contains(sender));
            } else if is_theirs {
                said.extend(texts(line));
            }
        }
        said
    }
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

// ---------------------------------------------------------------------------------------------- the tests

#[test]
fn keys_come_in_and_only_the_name_of_the_program_goes_out() {
    if !has_programs() {
        eprintln!("skipped: this needs dbus-run-session, dbus-send and dbus-monitor (Debian: package dbus)");
        return;
    }
    let output = again(&["dbus-run-session", "--"], "on_a_bus_of_its_own", "own").stdin(Stdio::null()).output();
    assert_passed(&output.expect("dbus-run-session runs"));
}

#[test]
#[ignore = "keys_come_in_and_only_the_name_of_the_program_goes_out starts it on a bus of its own"]
fn on_a_bus_of_its_own() {
    if !is_given("own") {
        return;
    }
    listen_for_failures();
    let monitor = Monitor::start();
    let (media, keys) = start();
    let media = media.expect("a bus is there");
    // Another one that never plays; it must not be heard of in all this time.
    let (idle, _idle_keys) = start();
    idle.as_ref().expect("a bus is there").tell(Sound::Paused);
    assert_eq!(players(), Vec::<String>::new(), "nothing played yet");

    media.tell(Sound::Playing);
    let first = until_player();
    until("the player to say that it plays", || (status(&first) == "Playing").then_some(()));
    every_button_arrives(&first, &keys);
    media.tell(Sound::Paused);
    until("the player to say that it paused", || (status(&first) == "Paused").then_some(()));
    press(&first, &["org.mpris.MediaPlayer2.Player.PlayPause"]);
    assert_eq!(keys.recv_timeout(LONG), Ok(MediaKey::Toggle));
    let mut speakers = BTreeSet::from([owner(&first)]);

    media.tell(Sound::Stopped);
    until_no_player();
    media.tell(Sound::Playing);
    let second = until_player();
    until("the second player to say that it plays", || (status(&second) == "Playing").then_some(()));
    speakers.insert(owner(&second));
    drop((media, idle));
    until_no_player();
    assert!(keys.try_recv().is_err(), "no key that nobody pressed");

    only_the_name_goes_out(&monitor, &speakers, &[first, second]);
    assert!(!HAS_FAILED.load(Ordering::SeqCst), "a thread failed");
}

/// The name that the bus itself gave to the one who holds this name.
fn owner(player: &str) -> String {
    let reply = send(&[&format!("--dest={BUS}"), "/", &format!("{BUS}.GetNameOwner"), &format!("string:{player}")]);
    texts(&reply).pop().expect("an owner")
}

fn every_button_arrives(player: &str, keys: &Receiver<MediaKey>) {
    let method = |name: &str| format!("{PLAYER}.{name}");
    let buttons = [
        ("PlayPause", MediaKey::Toggle),
        ("Pause", MediaKey::Pause),
        ("Play", MediaKey::Play),
        ("Stop", MediaKey::Stop),
        ("Next", MediaKey::SeekBy(5_000)),
        ("Previous", MediaKey::SeekBy(-5_000)),
    ];
    for (button, key) in buttons {
        press(player, &[&method(button)]);
        assert_eq!(keys.recv_timeout(LONG), Ok(key), "{button}");
    }
    press(player, &[&method("Seek"), "int64:-1500000"]);
    assert_eq!(keys.recv_timeout(LONG), Ok(MediaKey::SeekBy(-1_500)));
    // Nobody opens files or ends the program from outside; the next button is the next thing heard.
    press(player, &["org.mpris.MediaPlayer2.Quit"]);
    press(player, &["org.mpris.MediaPlayer2.Raise"]);
    press(player, &[&method("OpenUri"), "string:file:///Bella.wav"]);
    press(player, &[&method("Pause")]);
    assert_eq!(keys.recv_timeout(LONG), Ok(MediaKey::Pause));
}

fn only_the_name_goes_out(monitor: &Monitor, speakers: &BTreeSet<String>, names: &[String]) {
    // The monitor writes after the fact: what it heard last is the name given back.
    let is_said = |text: &str| monitor.said_by(speakers).contains(text);
    until("the monitor to have heard it all", || (is_said("Playing") && is_said("Paused")).then_some(()));
    let everybody: BTreeSet<String> = texts(&monitor.text()).into_iter().filter(|it| it.starts_with(PREFIX)).collect();
    let players: Vec<&String> = everybody.iter().filter(|name| name.contains(".instance")).collect();
    assert_eq!(players.len(), 2, "only what plays is registered: {players:?}");
    let said = monitor.said_by(speakers);
    assert!(said.contains(NAME), "the monitor hears what is said: {said:?}");
    let is_matching = |text: &str| text.starts_with("type='signal',sender='org.freedesktop.DBus'");
    let strange: Vec<&String> = said
        .iter()
        .filter(|text| !WORDS.contains(&text.as_str()) && !names.contains(text) && !is_matching(text))
        .collect();
    assert!(strange.is_empty(), "more than the name of the program: {strange:?}");
}

#[test]
fn without_a_bus_there_are_no_media_keys_and_no_noise() {
    let home = tempfile::tempdir().expect("a folder");
    for address in [Some("unix:path=/nonexistent/consult-desk/bus"), Some("autolaunch:"), None] {
        let mut command = again(&[], "on_a_computer_without_a_bus", "none");
        command.env_remove("DBUS_SESSION_BUS_ADDRESS").env("XDG_RUNTIME_DIR", home.path());
        if let Some(address) = address {
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        assert_passed(&command.stdin(Stdio::null()).output().expect("this program runs"));
    }
}

#[test]
#[ignore = "without_a_bus_there_are_no_media_keys_and_no_noise starts it"]
fn on_a_computer_without_a_bus() {
    if !is_given("none") {
        return;
    }
    listen_for_failures();
    let (media, _keys) = start();
    assert_eq!(media.err(), Some(Unavailable::NoBus));
    assert!(!HAS_FAILED.load(Ordering::SeqCst));
}

/// A bus that takes the call and then says nothing: the window goes on, and the program can end.
#[test]
fn a_bus_that_says_nothing_holds_nobody_up() {
    let home = tempfile::tempdir().expect("a folder");
    let address = format!("unix:path={}", home.path().join("bus").display());
    let mut command = again(&[], "on_a_silent_bus", "silent");
    command.env("DBUS_SESSION_BUS_ADDRESS", address).env("XDG_RUNTIME_DIR", home.path());
    assert_passed(&command.stdin(Stdio::null()).output().expect("it ends"));
}

#[test]
#[ignore = "a_bus_that_says_nothing_holds_nobody_up starts it"]
fn on_a_silent_bus() {
    if !is_given("silent") {
        return;
    }
    listen_for_failures();
    let home = std::env::var_os("XDG_RUNTIME_DIR").expect("a folder");
    let silent = UnixListener::bind(std::path::Path::new(&home).join("bus")).expect("a socket");
    let (media, keys) = start();
    let media = media.expect("there is a socket");
    media.tell(Sound::Playing);
    let _call = silent.accept().expect("the bus is asked");
    // From here on the other thread waits for an answer; who tells it something does not.
    for _ in 0..1000 {
        media.tell(Sound::Paused);
        media.tell(Sound::Playing);
    }
    drop(media);
    assert_eq!(keys.recv_timeout(LONG), Err(RecvTimeoutError::Disconnected), "it gives up in the end");
    assert!(!HAS_FAILED.load(Ordering::SeqCst));
}
