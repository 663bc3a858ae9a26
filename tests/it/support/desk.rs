//! A whole desk without a window: real state, real background, real store, and the simulator as NxVET.

use chrono::{DateTime, TimeZone as _, Utc};
use consult_desk::audio::{OutputKind, Silent};
use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, SampleData, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::{ConsultationKey, Zone};
use consult_desk::nxvet::{RetryPolicy, ServerUrl};
use consult_desk::platform::{Dialogs, Folders, Line, SecretStore};
use consult_desk::simulator::{Config, NexHealthSetup, Personality, Simulator, SimulatorHandle, Source};
use consult_desk::state::{
    Command, ListCommand, Loading, NotifyRequest, PastedKey, Request, Session, SessionCommand, Settings, State,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Longest that anything may take in a test; only a failure waits that long.
pub const LIMIT: Duration = Duration::from_secs(60);

pub fn a_moment() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

/// How a test wants its desk.
pub struct Setup {
    pub personality: Personality,
    pub source: Source,
    pub range: bool,
    pub secrets: SecretStore,
    pub saves_to: Vec<Option<PathBuf>>,
    pub poll_every: Duration,
    pub sample: Option<Arc<dyn SampleData>>,
    pub idle_timeout: Duration,
    pub audio_bytes_per_second: Option<u64>,
    /// Days back that the background reads; few, so that it leaves the other tests' requests alone.
    pub horizon_days: u16,
    pub pacing: Pacing,
    pub line: Line,
    /// How long each request takes.
    pub latency: Duration,
    /// Another address than the simulator's.
    pub server: Option<String>,
    /// NexHealth beside NxVET.
    pub nexhealth: Option<NexHealthSetup>,
    /// How often its appointments are asked for.
    pub nexhealth_every: Duration,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            personality: Personality::Production,
            source: Source::Generated { records: 120, seed: 7 },
            range: true,
            secrets: SecretStore::in_memory(),
            saves_to: Vec::new(),
            poll_every: Duration::from_secs(3600),
            sample: None,
            idle_timeout: Duration::from_secs(5),
            audio_bytes_per_second: None,
            horizon_days: 1,
            pacing: Pacing::polite(),
            line: Line::Fixed(None),
            latency: Duration::ZERO,
            server: None,
            nexhealth: None,
            nexhealth_every: Duration::from_secs(3600),
        }
    }
}

pub struct Desk {
    pub state: State,
    pub backend: BackendHandle,
    pub simulator: SimulatorHandle,
    pub clock: Clock,
    pub home: Arc<TempDir>,
    pub silent: Silent,
    pub secrets: SecretStore,
    pub copied: Vec<String>,
    /// What the system was asked to show.
    pub notified: Vec<NotifyRequest>,
}

impl Desk {
    /// A desk that has just been opened for the first time.
    pub fn new(setup: Setup) -> Self {
        let simulator = Simulator::start_blocking(Config {
            port: 0,
            personality: setup.personality,
            source: setup.source.clone(),
            key: None,
            latency: setup.latency,
            audio_bytes_per_second: setup.audio_bytes_per_second,
            range: setup.range,
            now: a_moment(),
            nexhealth: setup.nexhealth.clone(),
            ..Config::new(setup.personality, setup.source.clone(), a_moment())
        })
        .expect("the simulator starts");
        let home = Arc::new(tempfile::tempdir().expect("a folder"));
        Self::open(setup, simulator, home)
    }

    /// A signed-in desk with its newest consultations loaded.
    pub fn signed_in(setup: Setup) -> Self {
        let mut desk = Self::new(setup);
        desk.sign_in();
        desk
    }

    pub fn open(setup: Setup, simulator: SimulatorHandle, home: Arc<TempDir>) -> Self {
        let clock = Clock::fixed(a_moment());
        let silent = Silent::new(48_000, 2);
        let mut services = services(&setup, &simulator.base_url(), home.path(), &clock, &silent);
        if let Some(nexhealth) = simulator.nexhealth() {
            services.nexhealth.server = ServerUrl::parse(&nexhealth.base_url()).expect("an address");
            services.nexhealth.read_every = setup.nexhealth_every;
        }
        let settings = settings(&setup, &services.folders);
        let backend = backend::spawn(services, Arc::new(|| {})).expect("the background starts");
        let (state, requests) = State::start(settings, Zone::utc(), clock.now());
        let mut desk = Self {
            state,
            backend,
            simulator,
            clock,
            home,
            silent,
            secrets: setup.secrets,
            copied: Vec::new(),
            notified: Vec::new(),
        };
        desk.send(requests);
        desk
    }

    /// Closes the desk and opens it anew on the same computer.
    pub fn restart(self, setup: Setup) -> Self {
        let Self { backend, simulator, home, secrets, .. } = self;
        drop(backend);
        Self::open(Setup { secrets, ..setup }, simulator, home)
    }

    pub fn wish(&mut self, command: Command) {
        let requests = self.state.handle(command, self.clock.now());
        self.send(requests);
    }

    fn send(&mut self, requests: Vec<Request>) {
        for request in requests {
            match request {
                Request::CopyText(text) => self.copied.push(text),
                Request::Notify(request) => self.notified.push(request),
                request => self.backend.send(request).expect("the background takes requests"),
            }
        }
    }

    /// Takes in what has arrived; `true` when something had.
    pub fn step(&mut self) -> bool {
        let mut any = false;
        while let Some(event) = self.backend.try_event() {
            any = true;
            let requests = self.state.apply(event, self.clock.now());
            self.send(requests);
        }
        any
    }

    /// Steps until the predicate holds; fails with `what` after the limit.
    #[track_caller]
    pub fn step_until(&mut self, what: &str, mut holds: impl FnMut(&State) -> bool) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let any = self.step();
            if holds(&self.state) {
                return;
            }
            assert!(Instant::now() < deadline, "never came: {what}\n{}", self.summary());
            if !any {
                std::thread::park_timeout(Duration::from_millis(1));
            }
        }
    }

    fn summary(&self) -> String {
        let record = self.state.record.as_ref().map(|r| (&r.notes, &r.recording));
        format!(
            "session {:?}\nprogress {:?}\nlist problem {:?}\nconnection {:?}\nplayer {:?}\nrecord {record:?}\nnotices {:?}",
            self.state.session,
            self.state.list.progress,
            self.state.list.problem,
            self.state.connection,
            self.state.player,
            self.state.notices,
        )
    }

    pub fn paste_key(&mut self, text: &str) {
        self.step_until("the sign-in screen", |state| state.session.sign_in().is_some());
        self.wish(Command::Session(SessionCommand::SignIn(PastedKey(text.to_owned()))));
    }

    #[track_caller]
    pub fn sign_in(&mut self) {
        let key = self.simulator.key();
        self.paste_key(&key);
        self.step_until("being signed in", |state| matches!(state.session, Session::SignedIn { .. }));
        self.settle();
    }

    /// Until the list is loaded and shown.
    #[track_caller]
    pub fn settle(&mut self) {
        self.step_until("a loaded list", |state| {
            state.list.progress.loading == Loading::Idle
                && state.list.progress.synced_at.is_some()
                && state.list.view.loaded == state.list.progress.loaded + state.list.progress.conversations
        });
    }

    pub fn list(&mut self, command: ListCommand) {
        self.wish(Command::List(command));
    }

    /// Waits for the view that answers the filter set last.
    #[track_caller]
    pub fn filter(&mut self, command: ListCommand) {
        let before = Arc::clone(&self.state.list.view);
        self.list(command);
        self.step_until("a new view", |state| !Arc::ptr_eq(&state.list.view, &before));
    }

    #[track_caller]
    pub fn open_record(&mut self, key: &ConsultationKey) {
        self.list(ListCommand::Select(key.clone()));
        self.step_until("an answer for the record", |state| {
            state.record.as_ref().is_some_and(|record| &record.key == key && (!record.notes.is_loading()))
        });
    }

    /// All rows that are loaded.
    pub fn row_keys(&self) -> Vec<ConsultationKey> {
        self.state.list.view.rows.iter().map(|row| row.key.clone()).collect()
    }

    /// The first row whose recording the simulator has.
    pub fn key_with_recording(&self) -> ConsultationKey {
        let has = |key: &ConsultationKey| {
            key.record_id().is_some_and(|id| self.simulator.recording_bytes(id.as_str()).is_some())
        };
        self.row_keys().into_iter().find(has).expect("a record with a recording")
    }
}

/// As they were kept, with the horizon of the test.
fn settings(setup: &Setup, folders: &Folders) -> Settings {
    let kept = consult_desk::store::load_json::<Settings>(&folders.config.join("settings.json"));
    Settings { horizon_days: setup.horizon_days, ..kept }
}

/// What the background of a test's desk works with; its home is not made anew.
pub fn services(setup: &Setup, server: &str, home: &Path, clock: &Clock, silent: &Silent) -> Services {
    let folders = Folders::below(home);
    // Where a test has the disk fail, that is met below, as the program would meet it.
    folders.create().ok();
    Services {
        rules: Rules::new(&settings(setup, &folders), Some(setup.poll_every)),
        folders,
        server: ServerUrl::parse(setup.server.as_deref().unwrap_or(server)).expect("an address"),
        secrets: setup.secrets.clone(),
        dialogs: Dialogs::fixed(setup.saves_to.clone()),
        clock: clock.clone(),
        retry: RetryPolicy { tries: 5, base: Duration::from_millis(1), cap: Duration::from_millis(20), jitter: false },
        connect_timeout: Duration::from_millis(500),
        idle_timeout: setup.idle_timeout,
        output: OutputKind::Silent(silent.clone()),
        poll_every: Some(setup.poll_every),
        pacing: setup.pacing,
        line: setup.line.clone(),
        wake_check: Duration::from_millis(10),
        sample: setup.sample.clone(),
        start_with_sample: false,
        nexhealth: NexHealthService {
            gap: Duration::ZERO,
            retry: RetryPolicy { tries: 2, base: Duration::from_millis(1), ..RetryPolicy::default() },
            ..NexHealthService::default()
        },
    }
}

/// The shared material beside the checkout; `None` (said aloud) where the public has none.
pub fn shared(path: &str) -> Option<PathBuf> {
    let base = std::env::var_os("CONSULT_DESK_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let found = base.join(path);
    if found.exists() {
        return Some(found);
    }
    eprintln!("skipped: ../shared/{path} is not here");
    None
}
