//! How soon a desk without a window sounds, one order a line on standard input, one JSON answer a line, for
//! `hearing.py` to set beside other players; and an hour of playing, for its gaps and its memory.
//!
//! Everything between the wish and the sound card is the real thing: state, background, download, player. The card is
//! a silent one that asks for samples as a real one does. A moment counts as heard when samples of the right place
//! come out, which is judged by comparing them with the file. It compares no players and asserts no time.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a measurement prints, and stops when it cannot measure")]

use consult_desk::audio::{Growing, OutputKind, Player, PlayerCommand as Wish, PlayerEvent, Silent};
use consult_desk::backend::{self, BackendHandle, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::{ConsultationKey, Zone};
use consult_desk::nxvet::{RetryPolicy, ServerUrl};
use consult_desk::platform::{Dialogs, Folders, SecretStore};
use consult_desk::state::{
    Command, ListCommand, PastedKey, PlayerCommand, PlayerStatus, RecordingState, Request, Session, SessionCommand,
    Settings, State,
};
use std::collections::VecDeque;
use std::io::{BufRead as _, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// What the sound card runs at, and how many frames it takes at a time: a hundredth of a second.
const RATE: u32 = 48_000;
const PERIOD: usize = 480;
/// Longest that anything may take.
const LIMIT: Duration = Duration::from_secs(180);
/// Each beginning rises for so many frames; these are not compared.
const RISE: usize = 240;
/// Frames that are compared, and how far beside the asked place they may lie.
const COMPARED: usize = 1_920;
const BESIDE: usize = 960;
const ALIKE: f64 = 0.98;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["serve"] => serve(),
        ["hour", file, factor] => hour(Path::new(file), factor.parse().expect("how many times faster")),
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
        let mut due = Instant::now();
        while !self.is_over.load(Ordering::Relaxed) {
            let samples = silent.pull_now(PERIOD);
            let at = Instant::now();
            if self.is_listening.load(Ordering::Relaxed) {
                let left = samples.iter().step_by(2).copied().collect();
                self.pieces.lock().unwrap_or_else(PoisonError::into_inner).push_back((at, left));
            }
            due = (due + Duration::from_millis(10)).max(at);
            let pause = if self.is_eager.load(Ordering::Relaxed) {
                due = at;
                Duration::from_micros(100)
            } else {
                due.saturating_duration_since(at)
            };
            std::thread::sleep(pause);
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
            poll_every: Duration::from_secs(3600),
            wake_check: Duration::from_secs(5),
            sample: None,
            start_with_sample: false,
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
        self.wish(Command::List(ListCommand::Select(ConsultationKey::record(record.to_owned()))));
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
        self.heard.is_eager.store(how == "ready", Ordering::Relaxed);
        let (mut search, mut told, mut found) = (Search::default(), None, None);
        while found.is_none() && start.elapsed() < LIMIT {
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
        let Some((at, beside)) = found else { return "{\"ms\":null}".to_owned() };
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

/// The samples at a place of the file, at the card's rate, from a little before to a little after.
struct Expected {
    samples: Vec<f32>,
    /// Where the place itself is among them.
    place: usize,
}

impl Expected {
    /// The files are 16-bit mono with a header of 44 bytes; straight lines between samples are close enough.
    fn read(file: &Path, place_ms: u64) -> Self {
        let mut file = std::fs::File::open(file).expect("the recording");
        let mut header = [0; 44];
        file.read_exact(&mut header).expect("a header");
        let rate = u64::from(u32::from_le_bytes(header[24..28].try_into().expect("four bytes")));
        let step = u64::from(RATE) / rate;
        let place = place_ms * rate / 1_000;
        let first = place.saturating_sub(BESIDE as u64 / step);
        let wanted = (BESIDE + RISE + COMPARED + BESIDE) as u64 / step + (place - first) + 2;
        file.seek(std::io::SeekFrom::Start(44 + 2 * first)).expect("the place is in it");
        let mut bytes = Vec::new();
        file.take(2 * wanted).read_to_end(&mut bytes).expect("samples");
        let (pairs, _) = bytes.as_chunks::<2>();
        let points: Vec<f32> = pairs.iter().map(|pair| f32::from(i16::from_le_bytes(*pair))).collect();
        let between = |pair: &[f32]| {
            let (from, to) = (pair.first().copied().unwrap_or(0.0), pair.last().copied().unwrap_or(0.0));
            (0..step).map(move |part| from + (to - from) * part as f32 / step as f32).collect::<Vec<f32>>()
        };
        Self { samples: points.windows(2).flat_map(between).collect(), place: ((place - first) * step) as usize }
    }

    /// How far beside the place these samples lie, in milliseconds, if they are of it at all.
    fn beside(&self, heard: &[f32]) -> Option<f64> {
        let best = |best: (f64, usize), from: usize| {
            let Some(part) = self.samples.get(from..from + heard.len()) else { return best };
            let alike = alike(heard, part);
            if alike > best.0 { (alike, from) } else { best }
        };
        let last = self.samples.len().saturating_sub(heard.len());
        let (found, from) = (0..=last).fold((0.0, 0), best);
        let off = from as f64 - (self.place + RISE) as f64;
        (found >= ALIKE).then_some(off * 1_000.0 / f64::from(RATE))
    }
}

/// Normalised correlation: 1 is the same shape.
fn alike(heard: &[f32], part: &[f32]) -> f64 {
    let (mut both, mut one, mut other) = (0.0_f32, 1e-9_f32, 1e-9_f32);
    for (a, b) in heard.iter().zip(part) {
        both += a * b;
        one += a * a;
        other += b * b;
    }
    f64::from(both) / (f64::from(one) * f64::from(other)).sqrt()
}

/// Looks for the place among what was heard: at each sound after silence, and so after each seek.
#[derive(Default)]
struct Search {
    samples: Vec<f32>,
    /// When the samples up to there had been taken.
    taken: Vec<(usize, Instant)>,
    looked: usize,
}

impl Search {
    fn take(&mut self, new: VecDeque<(Instant, Vec<f32>)>, expected: &Expected) -> Option<(Instant, f64)> {
        for (at, piece) in new {
            self.samples.extend(piece);
            self.taken.push((self.samples.len(), at));
        }
        while let Some(window) = self.samples.get(self.looked + RISE..self.looked + RISE + COMPARED) {
            let begins = self.samples.get(self.looked).is_some_and(|sample| *sample != 0.0)
                && self.looked.checked_sub(1).and_then(|before| self.samples.get(before)).is_none_or(|s| *s == 0.0);
            if begins && let Some(beside) = expected.beside(window) {
                let at = self.taken.iter().find(|(end, _)| *end > self.looked).map(|(_, at)| *at)?;
                return Some((at, beside));
            }
            self.looked += 1;
        }
        None
    }
}

/// Plays a file to its end, so many times faster than a clock, and tells of gaps and memory.
fn hour(file: &Path, factor: u32) {
    let silent = Silent::new(RATE, 2);
    let (send, events) = std::sync::mpsc::sync_channel(4_096);
    let tell = move |event| drop(send.try_send(event));
    let player = Player::spawn(tell, OutputKind::Silent(silent.clone())).expect("a player");
    let source = Growing::whole(file.to_owned()).expect("the recording");
    player.send(Wish::Load { token: 1, source, position_ms: 0 }).expect("taken");
    player.send(Wish::Play).expect("taken");
    let (start, period) = (Instant::now(), Duration::from_millis(10) / factor);
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
