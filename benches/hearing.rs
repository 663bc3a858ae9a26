//! How soon a desk without a window sounds, one order a line on standard input, one JSON answer a line, for
//! `hearing.py` to set beside other players; and an hour of playing, for its gaps and its memory.
//!
//! Everything between the wish and the sound card is the real thing: state, background, download, player. The card is
//! a silent one that asks for samples as a real one does. A moment counts as heard when samples of the right place
//! come out, which is judged by comparing them with the file. It compares no players and asserts no time.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

#[path = "hearing/place.rs"]
mod place;

use consult_desk::audio::{Growing, OutputKind, Player, PlayerCommand as Wish, PlayerEvent, Silent};
use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::{ConsultationKey, Zone};
use consult_desk::nxvet::{RetryPolicy, ServerUrl};
use consult_desk::platform::{Dialogs, Folders, Line, SecretStore};
use consult_desk::state::{
    Command, ListCommand, PastedKey, PlayerCommand, PlayerStatus, RecordingState, Request, Session, SessionCommand,
    Settings, State,
};
use place::{Expected, RISE, Search};
use std::collections::VecDeque;
use std::io::{BufRead as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the sound card runs at, and how many frames it takes at a time: a hundredth of a second.
const RATE: u32 = 48_000;
const PERIOD: usize = 480;
/// A card that takes sound as soon as it is ready asks without a pause for so long, then with short ones.
const AT_ONCE: Duration = Duration::from_millis(4);
const EAGERLY: Duration = Duration::from_micros(150);
/// Longest that anything may take.
const LIMIT: Duration = Duration::from_secs(180);
/// Longest wait for a sound.
const SILENCE: Duration = Duration::from_secs(5);
fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => serve(),
        ["hour", file, speed] => hour(Path::new(file), speed.parse().expect("a speed"), 1),
        ["hour", file, speed, pace] => {
            hour(Path::new(file), speed.parse().expect("a speed"), pace.parse().expect("a pace"));
        }
        _ => println!("sh benches/hearing.sh runs this"),
    }
}

/// Obeys the orders until there are no more. A desk has a profile of its own, so nothing is stored in it.
fn serve() {
    let mut desk: Option<Desk> = None;
    for line in std::io::stdin().lock().lines() {
        let line = line.expect("an order");
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match (words.as_slice(), desk.as_mut()) {
            (["desk", server, key], _) => {
                drop(desk.take());
                desk = Some(Desk::signed_in(server, key));
                "{}".to_owned()
            }
            (["close"], _) => {
                drop(desk.take());
                "{}".to_owned()
            }
            (["open", record], Some(desk)) => desk.open(record),
            (["download"], Some(desk)) => desk.download(),
            (["stop"], Some(desk)) => desk.stop(),
            (["play", file, how], Some(desk)) => desk.heard(PlayerCommand::Toggle, 0, Path::new(file), how),
            (["seek", ms, file, how], Some(desk)) => {
                let ms = ms.parse().expect("milliseconds");
                desk.heard(PlayerCommand::SeekTo(ms), ms, Path::new(file), how)
            }
            _ => panic_on(&line),
        };
        println!("{answer}");
        std::io::stdout().flush().expect("somebody listens");
    }
}

#[expect(clippy::panic, reason = "a measurement that was asked for nonsense stops")]
fn panic_on(line: &str) -> String {
    panic!("not an order: {line}")
}

/// What was heard, in pieces as the card took them.
#[derive(Default)]
struct Heard {
    pieces: Mutex<VecDeque<(Instant, Vec<f32>)>>,
    is_listening: AtomicBool,
    /// Asks as soon as it can instead of in time, so that sound shows when it is ready, not when it is due.
    is_eager: AtomicBool,
    is_over: AtomicBool,
}

impl Heard {
    fn run(&self, silent: &Silent) {
        let (mut due, mut eager_since) = (Instant::now(), None);
        while !self.is_over.load(Ordering::Relaxed) {
            let is_eager = self.is_eager.load(Ordering::Relaxed);
            let samples = silent.pull_now(if is_eager { RISE } else { PERIOD });
            let at = Instant::now();
            if self.is_listening.load(Ordering::Relaxed) {
                let left = samples.iter().step_by(2).copied().collect();
                self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push_back((at, left));
            }
            due = (due + Duration::from_millis(10)).max(at);
            if !is_eager {
                eager_since = None;
                // Woken when it shall be eager.
                std::thread::park_timeout(due.saturating_duration_since(at));
                continue;
            }
            due = at;
            if eager_since.get_or_insert(at).elapsed() < AT_ONCE {
                std::thread::yield_now();
            } else {
                std::thread::park_timeout(EAGERLY);
            }
        }
    }
}

struct Desk {
    state: State,
    backend: Option<BackendHandle>,
    clock: Clock,
    heard: Arc<Heard>,
    card: Option<JoinHandle<()>>,
    _home: TempDir,
}

impl Desk {
    fn signed_in(server: &str, key: &str) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let folders = Folders::below(home.path());
        folders.create().expect("folders");
        let (clock, silent) = (Clock::System, Silent::new(RATE, 2));
        let services = Services {
            folders,
            server: ServerUrl::parse(server).expect("an address"),
            secrets: SecretStore::in_memory(),
            dialogs: Dialogs::fixed(Vec::new()),
            clock: clock.clone(),
            retry: RetryPolicy::default(),
            connect_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(20),
            output: OutputKind::Silent(silent.clone()),
            rules: Rules::new(&Settings::default(), Some(Duration::from_secs(3600))),
            poll_every: Some(Duration::from_secs(3600)),
            pacing: Pacing::polite(),
            line: Line::Fixed(None),
            wake_check: Duration::from_secs(5),
            sample: None,
            start_with_sample: false,
            nexhealth: NexHealthService::default(),
        };
        // As the window is woken for its next frame, so is this thread.
        let window = std::thread::current();
        let backend = backend::spawn(services, Arc::new(move || window.unpark())).expect("the background starts");
        let (state, requests) = State::start(Settings::default(), Zone::utc(), clock.now());
        let heard = Arc::new(Heard::default());
        let ear = Arc::clone(&heard);
        let card = std::thread::Builder::new().name("card".into()).spawn(move || ear.run(&silent)).expect("a thread");
        let mut desk = Self { state, backend: Some(backend), clock, heard, card: Some(card), _home: home };
        desk.send(requests);
        desk.until(|state| state.session.sign_in().is_some());
        desk.wish(Command::Session(SessionCommand::SignIn(PastedKey(key.to_owned()))));
        desk.until(|state| {
            matches!(state.session, Session::SignedIn { .. }) && state.list.progress.synced_at.is_some()
        });
        desk
    }

    fn wish(&mut self, command: Command) {
        let requests = self.state.handle(command, self.clock.now());
        self.send(requests);
    }

    fn send(&self, requests: Vec<Request>) {
        for request in requests {
            self.backend.as_ref().expect("a background").send(request).expect("the background takes requests");
        }
    }

    fn step(&mut self) {
        while let Some(event) = self.backend.as_mut().and_then(BackendHandle::try_event) {
            let requests = self.state.apply(event, self.clock.now());
            self.send(requests);
        }
    }

    #[track_caller]
    fn until(&mut self, holds: impl Fn(&State) -> bool) {
        let deadline = Instant::now() + LIMIT;
        while !holds(&self.state) {
            assert!(Instant::now() < deadline, "it never came: {:?}", self.state.player);
            std::thread::park_timeout(Duration::from_millis(5));
            self.step();
        }
    }

    /// Lets the desk be for a while.
    fn rest(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while Instant::now() < end {
            std::thread::park_timeout(Duration::from_millis(5));
            self.step();
        }
    }

    fn open(&mut self, record: &str) -> String {
        self.wish(Command::List(ListCommand::Select(ConsultationKey::record(record))));
        self.until(|state| {
            let open = state.record.as_ref();
            open.is_some_and(|open| !open.notes.is_loading() && open.recording != RecordingState::Unknown)
        });
        self.rest(Duration::from_millis(300));
        "{}".to_owned()
    }

    fn download(&mut self) -> String {
        let start = Instant::now();
        self.wish(Command::Player(PlayerCommand::Download));
        self.until(|state| {
            let open = state.record.as_ref();
            open.is_some_and(|open| matches!(open.recording, RecordingState::Stored { .. }))
        });
        let took = start.elapsed().as_secs_f64();
        // What else becomes of a new recording is not measured with what follows.
        self.rest(Duration::from_secs(2));
        format!("{{\"seconds\":{took:.3}}}")
    }

    fn stop(&mut self) -> String {
        self.wish(Command::Player(PlayerCommand::Stop));
        self.rest(Duration::from_millis(200));
        "{}".to_owned()
    }

    /// From the wish to the first sample of the place in milliseconds, and where that sample really belongs.
    fn heard(&mut self, wish: PlayerCommand, place_ms: u64, file: &Path, how: &str) -> String {
        let expected = Expected::read(file, place_ms);
        self.heard.is_listening.store(true, Ordering::Relaxed);
        let start = Instant::now();
        self.wish(Command::Player(wish));
        if how == "ready" {
            self.heard.is_eager.store(true, Ordering::Relaxed);
            self.card.as_ref().expect("a card").thread().unpark();
        }
        let (mut search, mut told, mut found) = (Search::default(), None, None);
        while found.is_none() && start.elapsed() < SILENCE {
            std::thread::park_timeout(Duration::from_millis(1));
            self.step();
            if told.is_none() && self.state.player.status == PlayerStatus::Playing {
                told = Some(start.elapsed());
            }
            let new = std::mem::take(&mut *self.heard.pieces.lock().unwrap_or_else(PoisonError::into_inner));
            found = search.take(new, &expected);
        }
        self.heard.is_eager.store(false, Ordering::Relaxed);
        self.heard.is_listening.store(false, Ordering::Relaxed);
        self.heard.pieces.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let Some((at, beside)) = found else {
            let player = &self.state.player;
            return format!("{{\"ms\":null,\"player\":\"{:?} at {}\"}}", player.status, player.position_ms);
        };
        let took = at.saturating_duration_since(start).as_secs_f64() * 1_000.0;
        let told = told.map_or(-1.0, |told| told.as_secs_f64() * 1_000.0);
        format!("{{\"ms\":{took:.3},\"beside_ms\":{beside:.2},\"told_ms\":{told:.2}}}")
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        drop(self.backend.take());
        self.heard.is_over.store(true, Ordering::Relaxed);
        if let Some(card) = self.card.take() {
            drop(card.join());
        }
    }
}

/// Plays a file to its end at this speed into a card that keeps time, or wants its sound so many times faster, and
/// tells of gaps and memory.
fn hour(file: &Path, speed: f32, pace: u32) {
    let silent = Silent::new(RATE, 2);
    let (send, events) = std::sync::mpsc::sync_channel(4_096);
    let tell = move |event| drop(send.try_send(event));
    let player = Player::spawn(tell, OutputKind::Silent(silent.clone())).expect("a player");
    let source = Growing::whole(file.to_owned()).expect("the recording");
    player.send(Wish::Load { token: 1, source, position_ms: 0 }).expect("taken");
    player.send(Wish::SetSpeed(speed)).expect("taken");
    player.send(Wish::Play).expect("taken");
    let (start, period) = (Instant::now(), Duration::from_millis(10) / pace);
    let (mut due, mut frames, mut memory, mut is_over) = (start, 0_u64, Vec::new(), false);
    while !is_over {
        frames += silent.pull_now(PERIOD).len() as u64 / 2;
        is_over = events.try_iter().any(|event| matches!(event, PlayerEvent::Ended { .. }));
        if frames.is_multiple_of(u64::from(RATE) * 60) {
            memory.push(resident_kb());
        }
        due += period;
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
    let (first, most) = (memory.get(1).copied().unwrap_or(0), memory.iter().skip(1).max().copied().unwrap_or(0));
    println!(
        "{{\"played_s\":{:.1},\"took_s\":{:.1},\"underruns\":{},\"glitches\":{},\"first_kb\":{first},\"most_kb\":{most},\"last_kb\":{},\"cpu_s\":{:.2}}}",
        frames as f64 / f64::from(RATE),
        start.elapsed().as_secs_f64(),
        player.stats().underruns,
        player.stats().device_glitches,
        resident_kb(),
        cpu_time::ProcessTime::now().as_duration().as_secs_f64(),
    );
}

fn resident_kb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|number| number.parse().ok()).unwrap_or(0)
}
