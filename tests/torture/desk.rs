//! A whole desk without a window: its real background, one wish after the other. It signs in, gets the list, opens a
//! consultation, downloads its recording and exports it, and promises what the background has told.

use super::facts::Speaker;
use crate::support::desk::{Setup, a_moment, services};
use consult_desk::audio::Silent;
use consult_desk::backend::{self, BackendHandle};
use consult_desk::clock::Clock;
use consult_desk::domain::catalog::ViewSpec;
use consult_desk::domain::{ApiKey, ConsultationFilter, ConsultationKey, GroupBy, ListView, Zone};
use consult_desk::platform::{Folders, SecretStore};
use consult_desk::state::{
    Event, ExportEvent, ExportRequest, Kept, ListEvent, ListRequest, Loading, Problem, RecordEvent, RecordRequest,
    RecordingEvent, RecordingRequest, Request, SessionEvent, SessionRequest, Source,
};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Names the consultation with a recording.
pub const RECORD: &str = "TORTURE_RECORD";
/// Longest wait for an answer of the background.
const LIMIT: Duration = Duration::from_secs(20);
/// What the key store of this computer holds, also after a restart.
const SECRET: [u8; 32] = [0x21; 32];

/// The background, and what it has complained about.
pub struct Headless {
    backend: BackendHandle,
    pub problems: Vec<String>,
}

impl Headless {
    pub fn open(root: &Path, server: &str, saves_to: Option<PathBuf>) -> Self {
        let secrets = SecretStore::Memory(Arc::new(Mutex::new(Some(SECRET))));
        let setup = Setup { secrets, saves_to: vec![saves_to], ..Setup::default() };
        let clock = Clock::fixed(a_moment());
        let services = services(&setup, server, root, &clock, &Silent::new(48_000, 2));
        let backend = backend::spawn(services, Arc::new(|| {})).expect("the background starts");
        Self { backend, problems: Vec::new() }
    }

    pub fn send(&self, request: Request) {
        self.backend.send(request).expect("the background takes requests");
    }

    /// Until an event answers; words when none does.
    pub fn until<T>(&mut self, what: &str, mut look: impl FnMut(&Event) -> Option<T>) -> Result<T, String> {
        let end = Instant::now() + LIMIT;
        loop {
            let Some(event) = self.backend.try_event() else {
                if Instant::now() > end {
                    return Err(format!("{what} never came: {:?}", self.problems));
                }
                std::thread::park_timeout(Duration::from_micros(500));
                continue;
            };
            self.problems.extend(problem_of(&event).map(|problem| format!("{} {}", problem.summary, problem.hint)));
            if let Some(found) = look(&event) {
                return Ok(found);
            }
        }
    }

    /// The list as it is now.
    pub fn view(&mut self, sequence: u64) -> Result<Arc<ListView>, String> {
        let spec = ViewSpec {
            filter: ConsultationFilter::default(),
            group_by: GroupBy::Time,
            selected: None,
            now: a_moment(),
            zone: Zone::utc(),
        };
        self.send(Request::List(ListRequest::View { sequence, spec }));
        self.until("a view", |event| match event {
            Event::List(ListEvent::ViewReady { sequence: answered, view }) if *answered == sequence => {
                Some(Arc::clone(view))
            }
            _ => None,
        })
    }
}

fn problem_of(event: &Event) -> Option<&Problem> {
    match event {
        Event::Session(SessionEvent::SignInFailed(problem))
        | Event::List(ListEvent::Failed(problem))
        | Event::Record(RecordEvent::Failed { problem, .. })
        | Event::Recording(RecordingEvent::Failed { problem, .. })
        | Event::Export(ExportEvent::Failed { problem, .. })
        | Event::Told(problem) => Some(problem),
        _ => None,
    }
}

/// The flow; `true` when it came to its end.
pub fn work(root: &Path, (server, key): (&str, &str), speaker: &mut Speaker) -> bool {
    let record = std::env::var(RECORD).expect("a consultation");
    // The program sees to its folders before anything else and says so when it cannot.
    if let Err(error) = Folders::below(root).create() {
        speaker.fails("folders", 1, &error.to_string());
        return false;
    }
    let mut desk = Headless::open(root, server, Some(target(root)));
    let stages: [(&str, Stage<'_>); 5] = [
        ("signed-in", &|desk| enter(desk, key)),
        ("rows", &rows),
        ("notes", &|desk| notes(desk, &record)),
        ("recording", &|desk| recording(desk, &record)),
        ("export", &|desk| export(desk, &record)),
    ];
    for (name, stage) in stages {
        speaker.tries(name, 1);
        let ended = stage(&mut desk);
        let problems = std::mem::take(&mut desk.problems);
        for words in &problems {
            speaker.fails(name, 1, words);
        }
        match ended {
            Ok(number) if problems.is_empty() => speaker.keeps(name, number),
            Err(words) if problems.is_empty() => {
                speaker.fails(name, 1, &words);
                return false;
            }
            Err(_) if name == "signed-in" => return false,
            _ => {}
        }
    }
    true
}

type Stage<'a> = &'a dyn Fn(&mut Headless) -> Result<u64, String>;

pub fn target(root: &Path) -> PathBuf {
    root.join("out").join("recording.wav")
}

/// What came first after `Restore`.
pub enum Entered {
    Restored,
    NoKey,
    Failed,
}

pub fn restore(desk: &mut Headless) -> Result<Entered, String> {
    desk.send(Request::Session(SessionRequest::Restore));
    desk.until("an answer about the key", |event| match event {
        Event::Session(SessionEvent::Restored { .. }) => Some(Entered::Restored),
        Event::Session(SessionEvent::NoKey) => Some(Entered::NoKey),
        Event::Session(SessionEvent::SignInFailed(_)) => Some(Entered::Failed),
        _ => None,
    })
}

fn enter(desk: &mut Headless, key: &str) -> Result<u64, String> {
    if let Entered::Restored = restore(desk)? {
        return Ok(1);
    }
    let key = ApiKey::from_pasted(key).expect("a key");
    desk.send(Request::Session(SessionRequest::SignIn(key)));
    desk.until("being signed in", |event| match event {
        Event::Session(SessionEvent::SignedIn { kept: Kept::Yes, .. }) => Some(Ok(1)),
        Event::Session(SessionEvent::SignedIn { kept: Kept::No(why), .. }) => Some(Err(why.clone())),
        Event::Session(SessionEvent::SignInFailed(problem)) => Some(Err(problem.summary.clone())),
        _ => None,
    })?
}

fn rows(desk: &mut Headless) -> Result<u64, String> {
    desk.until("a whole list", |event| match event {
        Event::List(ListEvent::Progress(progress)) if progress.loading == Loading::Idle => {
            progress.synced_at.map(|_| Ok((progress.loaded + progress.conversations) as u64))
        }
        Event::List(ListEvent::Failed(problem)) => Some(Err(problem.summary.clone())),
        _ => None,
    })?
}

fn notes(desk: &mut Headless, record: &str) -> Result<u64, String> {
    desk.send(Request::Record(RecordRequest::Open(ConsultationKey::record(record))));
    desk.until("notes", |event| match event {
        Event::Record(RecordEvent::Loaded { source: Source::NxVet, .. }) => Some(Ok(1)),
        Event::Record(RecordEvent::Failed { problem, .. }) => Some(Err(problem.summary.clone())),
        _ => None,
    })?
}

fn recording(desk: &mut Headless, record: &str) -> Result<u64, String> {
    desk.send(Request::Recording(RecordingRequest::Download(ConsultationKey::record(record))));
    desk.until("a recording", |event| match event {
        Event::Recording(RecordingEvent::Stored { .. }) => Some(Ok(1)),
        Event::Recording(RecordingEvent::Failed { problem, .. }) => Some(Err(problem.summary.clone())),
        _ => None,
    })?
}

pub fn export(desk: &mut Headless, record: &str) -> Result<u64, String> {
    let (key, file_name) = (ConsultationKey::record(record), "recording.wav".to_owned());
    desk.send(Request::Export(ExportRequest::Recording { export: 1, key, file_name }));
    desk.until("an export", |event| match event {
        Event::Export(ExportEvent::Saved { .. }) => Some(Ok(1)),
        Event::Export(ExportEvent::Failed { problem, .. }) => Some(Err(problem.summary.clone())),
        Event::Export(ExportEvent::Cancelled { .. }) => Some(Err("cancelled".to_owned())),
        _ => None,
    })?
}
