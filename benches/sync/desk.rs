//! The desk's side of the measurement: the whole background without a window, as `main` puts it together but for the
//! ceiling of questions at once, which only a measurement lifts.

use consult_desk::audio::{OutputKind, Silent};
use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::ApiKey;
use consult_desk::nxvet::{RetryPolicy, ServerUrl};
use consult_desk::platform::{Dialogs, Folders, Line, SecretStore};
use consult_desk::state::{
    Event, ListEvent, Progress, Request, SessionEvent, SessionRequest, Settings, StorageEvent, StorageRequest,
};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What one run of the desk took.
#[derive(Clone, Copy, Debug)]
pub struct Measured {
    pub rate: f64,
    pub cpu_ms: f64,
    pub memory_mb: f64,
    /// Consultations in the database at the end without their notes.
    pub lost: usize,
}

impl Measured {
    pub fn read(told: &str) -> Self {
        let numbers: Vec<f64> = told.split_whitespace().filter_map(|word| word.parse().ok()).collect();
        let [rate, cpu_ms, memory_mb, lost] = numbers.as_slice() else { panic!("{told}") };
        Self { rate: *rate, cpu_ms: *cpu_ms, memory_mb: *memory_mb, lost: *lost as usize }
    }
}

/// `URL KEY RECORDS AT_ONCE`; prints what [`Measured::read`] takes.
pub fn run(words: &[String]) {
    let [url, key, records, at_once] = words else { panic!("four words") };
    let (records, at_once): (usize, usize) = (records.parse().expect("a count"), at_once.parse().expect("a count"));
    let home = tempfile::tempdir().expect("a folder");
    let mut backend = start(url, at_once, home.path());
    wait(&mut backend, |event| matches!(event, Event::Session(SessionEvent::NoKey)).then_some(()));
    let idle = memory_kb("VmRSS");
    let (busy, began) = (cpu_time::ProcessTime::now(), Instant::now());
    let key = ApiKey::from_pasted(key).expect("a key");
    backend.send(Request::Session(SessionRequest::SignIn(key))).expect("taken");
    wait(&mut backend, |event| match event {
        Event::List(ListEvent::Progress(progress)) => is_through(progress, records).then_some(()),
        Event::Told(problem) => panic!("{problem:?}"),
        _ => None,
    });
    let (took, worked) = (began.elapsed().as_secs_f64(), busy.elapsed().as_secs_f64());
    let peak = memory_kb("VmHWM");
    let (known, notes) = stored(&mut backend);
    assert!(known >= records, "the list is not whole: {known}");
    let header = std::fs::read(home.path().join("data/cache.db")).expect("the cache");
    assert!(!header.starts_with(b"SQLite format 3"), "the store is encrypted");
    let megabytes = peak.saturating_sub(idle) as f64 / 1_024.0;
    // Room conversations are read with the records, a fiftieth as many; each is a question and a note like any other.
    println!("{} {} {megabytes} {}", notes as f64 / took, 1_000.0 * worked / notes as f64, known - notes);
}

fn start(url: &str, at_once: usize, home: &std::path::Path) -> BackendHandle {
    let folders = Folders::below(home);
    folders.create().expect("folders");
    let settings = Settings { horizon_days: 3_650, text_days: 3_650, ..Settings::default() };
    let services = Services {
        folders,
        server: ServerUrl::parse(url).expect("an address"),
        secrets: SecretStore::in_memory(),
        dialogs: Dialogs::fixed(Vec::new()),
        clock: Clock::System,
        retry: RetryPolicy::default(),
        connect_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(20),
        output: OutputKind::Silent(Silent::new(48_000, 2)),
        rules: Rules::new(&settings, None),
        poll_every: None,
        pacing: Pacing::steady(at_once),
        line: Line::Fixed(None),
        wake_check: Duration::from_secs(5),
        sample: None,
        start_with_sample: false,
        nexhealth: NexHealthService::default(),
    };
    let backend = backend::spawn(services, Arc::new(|| {})).expect("the background starts");
    backend.send(Request::Session(SessionRequest::Restore)).expect("taken");
    backend
}

fn is_through(progress: &Progress, records: usize) -> bool {
    progress.loaded >= records && progress.backfill.is_none() && progress.synced_at.is_some()
}

/// Consultations in the database, and how many of them have their notes there.
fn stored(backend: &mut BackendHandle) -> (usize, usize) {
    backend.send(Request::Storage(StorageRequest::Measure)).expect("taken");
    wait(backend, |event| match event {
        Event::Storage(StorageEvent::Measured(usage)) => Some((usage.consultations, usage.notes)),
        _ => None,
    })
}

fn wait<T>(backend: &mut BackendHandle, mut found: impl FnMut(&Event) -> Option<T>) -> T {
    loop {
        let event = backend.wait_event().expect("the background lives");
        if let Some(found) = found(&event) {
            return found;
        }
    }
}

fn memory_kb(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux tells");
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).expect("a size")
}
