//! Puts the parts together: options, folders, log, background, window; and starts anew what had to end.
//! Decides nothing else.
#![cfg_attr(windows, windows_subsystem = "windows")]

use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::Zone;
use consult_desk::domain::link::SCHEME;
use consult_desk::nxvet::RetryPolicy;
use consult_desk::options::{DeskOptions, HELP, Options};
use consult_desk::platform::look::Look;
use consult_desk::platform::{self, Dialogs, Folders, Line, LockError, ProfileLock, SecondStart, SecretStore};
use consult_desk::shell::Opening;
use consult_desk::window::{self, Desk, Leave, Woken};
use consult_desk::{audio, crash, diagnostics, logging, outside, receive, state, store};
use egui_system_font_provider::SystemFontProvider;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

const TITLE: &str = "Consult Desk";

fn main() -> ExitCode {
    let options = Options::parse(std::env::args_os().skip(1));
    if !matches!(options, Ok(Options::Desk(_))) {
        platform::console::join_parents();
    }
    match options {
        Ok(Options::Desk(options)) => open_desk(&options),
        Ok(Options::InspectWav(files)) => finish(&diagnostics::inspect_wav(&files, &mut std::io::stdout().lock())),
        Ok(Options::InspectPeaks { file, bins }) => {
            finish(&diagnostics::inspect_peaks(&file, bins, &mut std::io::stdout().lock()))
        }
        Ok(Options::InspectSignature(question)) => {
            let now = Clock::System.now();
            finish(&diagnostics::inspect_signature(&question, now, &mut std::io::stdout().lock()))
        }
        Ok(Options::Doctor(options)) => finish(&diagnostics::doctor(&options, &mut std::io::stdout().lock())),
        Ok(Options::Receive(options)) => finish(&receive::receive(&options, &Clock::System, &mut std::io::stdout())),
        Ok(Options::Help) => say(HELP),
        Ok(Options::Version) => say(concat!("consult-desk ", env!("CARGO_PKG_VERSION"))),
        Err(words) => {
            platform::show_last_words(TITLE, &words);
            ExitCode::from(2)
        }
    }
}

fn finish(result: &std::io::Result<bool>) -> ExitCode {
    if matches!(result, Ok(true)) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(text: &str) -> ExitCode {
    use std::io::Write as _;
    finish(&writeln!(std::io::stdout(), "{text}").map(|()| true))
}

fn open_desk(options: &DeskOptions) -> ExitCode {
    match try_open_desk(options) {
        Ok(Leave::Closed) => ExitCode::SUCCESS,
        Ok(Leave::StartAgain) => start_again(),
        Ok(Leave::Failed) => {
            let wish = "Consult Desk had to close because part of it failed. What was kept is still here, and a report \
                        without names or content was written.\n\nStart it again?";
            if platform::ask(TITLE, wish) { start_again() } else { ExitCode::FAILURE }
        }
        Err(words) => {
            tracing::error!("the desk could not be opened");
            platform::show_last_words(TITLE, &words);
            ExitCode::FAILURE
        }
    }
}

/// By now this desk has let go of everything, so the next one finds the profile free.
fn start_again() -> ExitCode {
    match platform::start_again() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the desk could not be started again");
            platform::show_last_words(TITLE, "Consult Desk could not be started again. Please start it yourself.");
            ExitCode::FAILURE
        }
    }
}

fn try_open_desk(options: &DeskOptions) -> Result<Leave, String> {
    platform::footprint::share_heaps();
    platform::core_dumps::leave_none();
    let folders =
        Folders::locate().and_then(|folders| folders.create().map(|()| folders)).map_err(|e| e.to_string())?;
    // Taken before any file is opened: two desks never write to one profile.
    let _lock = match ProfileLock::take(&folders.data) {
        // The first one shows itself; that is what a second start is for.
        Err(LockError::AlreadyRunning) if platform::raise_first(&folders.data, &why_again(options)) => {
            return Ok(Leave::Closed);
        }
        taken => taken.map_err(|error| error.to_string())?,
    };
    // The desk is worth more than its log: without one it works all the same.
    let clock = Clock::System;
    crash::watch(&folders.logs, &clock);
    let _log = logging::start(&folders.logs, &clock);
    let settings: state::Settings = store::load_json(&folders.config.join("settings.json"));
    // Begins to look through the system's fonts: whoever draws a letter that ours lack waits for the end of that.
    let fonts = Arc::new(SystemFontProvider::new());
    let woken = Arc::new(Woken::default());
    let place = settings.window;
    let services = services(options, &folders, &settings, clock.clone());
    let backend = start_backend(services, &woken).map_err(|error| error.to_string())?;
    let opening = Opening::begin(backend, settings, clock.clone(), Zone::Local)
        .with_look(outside::system_look(Look::now()))
        .with_link(options.link.clone());
    let opening = opening.go_on(&woken.opening).map_err(|error| error.to_string())?;
    let waker = Arc::clone(&woken);
    crash::wake_with(move || waker.wake());
    window::show(Desk { folders, fonts, opening, woken, place }, &options.renderers, &clock)
}

/// What a second start tells the first. What leads nowhere is not handed on as it is: the bare scheme says as much.
fn why_again(options: &DeskOptions) -> SecondStart {
    match &options.link {
        None => SecondStart::Raise,
        Some(link) if link.target().is_some() => SecondStart::Open(link.as_str().to_owned()),
        Some(_) => SecondStart::Open(format!("{SCHEME}:")),
    }
}

fn services(options: &DeskOptions, folders: &Folders, settings: &state::Settings, clock: Clock) -> Services {
    Services {
        folders: folders.clone(),
        server: options.server.clone(),
        secrets: SecretStore::Os,
        dialogs: Dialogs::System,
        retry: RetryPolicy::default(),
        connect_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(20),
        output: audio::OutputKind::DefaultDevice,
        rules: Rules::new(settings, None),
        poll_every: None,
        pacing: Pacing::polite(),
        line: Line::System,
        wake_check: Duration::from_secs(5),
        sample: sample_data(&clock),
        start_with_sample: options.is_demo,
        nexhealth: NexHealthService { server: options.nexhealth.clone(), ..NexHealthService::default() },
        clock,
    }
}

fn start_backend(services: Services, woken: &Arc<Woken>) -> std::io::Result<BackendHandle> {
    let woken = Arc::clone(woken);
    backend::spawn(services, Arc::new(move || woken.wake()))
}

#[cfg(feature = "simulator")]
#[expect(clippy::unnecessary_wraps, reason = "a build without the simulator has none")]
fn sample_data(clock: &Clock) -> Option<Arc<dyn backend::SampleData>> {
    Some(Arc::new(consult_desk::sample::SampleClinic::new(clock.clone())))
}

#[cfg(not(feature = "simulator"))]
fn sample_data(_clock: &Clock) -> Option<Arc<dyn backend::SampleData>> {
    None
}
