//! Puts the parts together: options, folders, log, background, window. Decides nothing else.
#![cfg_attr(windows, windows_subsystem = "windows")]

use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::Zone;
use consult_desk::nxvet::RetryPolicy;
use consult_desk::options::{DeskOptions, HELP, Options, Rung};
use consult_desk::outside::Outside;
use consult_desk::platform::{self, Dialogs, Folders, Line, LockError, ProfileLock, SecretStore};
use consult_desk::shell::Shell;
use consult_desk::{audio, diagnostics, logging, receive, state, store};
use eframe::egui;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

const TITLE: &str = "Consult Desk";

fn main() -> ExitCode {
    match Options::parse(std::env::args_os().skip(1)) {
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
        Ok(Options::Receive(options)) => {
            finish(&receive::receive(&options, &Clock::System, &mut std::io::stdout()))
        }
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
        Ok(()) => ExitCode::SUCCESS,
        Err(words) => {
            tracing::error!("the desk could not be opened");
            platform::show_last_words(TITLE, &words);
            ExitCode::FAILURE
        }
    }
}

fn try_open_desk(options: &DeskOptions) -> Result<(), String> {
    platform::footprint::share_heaps();
    platform::core_dumps::leave_none();
    let folders =
        Folders::locate().and_then(|folders| folders.create().map(|()| folders)).map_err(|e| e.to_string())?;
    // Taken before any file is opened: two desks never write to one profile.
    let _lock = match ProfileLock::take(&folders.data) {
        // The first one shows itself; that is what a second start is for.
        Err(LockError::AlreadyRunning) if platform::raise_first(&folders.data) => return Ok(()),
        taken => taken.map_err(|error| error.to_string())?,
    };
    // The desk is worth more than its log: without one it works all the same.
    let _log = logging::start(&folders.logs);
    let settings: state::Settings = store::load_json(&folders.config.join("settings.json"));
    let parts = Parts { options: options.clone(), folders, settings };
    climb(&Arc::new(Mutex::new(Some(parts))), options.renderer)
}

/// What the window is made of; taken by the first renderer that starts.
struct Parts {
    options: DeskOptions,
    folders: Folders,
    settings: state::Settings,
}

/// Tries one renderer after the other, then gives up in plain words.
fn climb(parts: &Arc<Mutex<Option<Parts>>>, forced: Option<Rung>) -> Result<(), String> {
    let ladder = match forced {
        Some(rung) => vec![rung],
        None => vec![Rung::Glow, Rung::Wgpu],
    };
    for rung in ladder {
        match run_window(parts, rung) {
            Ok(()) => return Ok(()),
            Err(error @ eframe::Error::WinitEventLoop(_)) => {
                tracing::error!(%error, "no screen");
                return Err("Consult Desk found no screen to open its window on. \
                            On Linux, start it from the desktop rather than from a bare console."
                    .to_owned());
            }
            Err(error) => tracing::warn!(renderer = rung.name(), %error, "the renderer did not start"),
        }
        if parts.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Err("The window closed because drawing stopped working. Start Consult Desk again.".to_owned());
        }
    }
    Err("Consult Desk could not open its window: this computer offers no way of drawing that it can use.\n\
         Update the graphics driver, or on Linux install the package libgl1-mesa-dri, then start it again."
        .to_owned())
}

fn run_window(parts: &Arc<Mutex<Option<Parts>>>, rung: Rung) -> eframe::Result {
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_app_id("consult-desk")
            .with_icon(icon())
            .with_title(TITLE)
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([640.0, 480.0]),
        renderer: match rung {
            Rung::Glow => eframe::Renderer::Glow,
            Rung::Wgpu => eframe::Renderer::Wgpu,
        },
        // Keeps the event loop for the next rung: a process may have only one.
        run_and_return: true,
        ..Default::default()
    };
    let parts = Arc::clone(parts);
    eframe::run_native(
        TITLE,
        options,
        Box::new(move |creation| {
            let taken = parts.lock().unwrap_or_else(PoisonError::into_inner).take();
            let parts = taken.ok_or("the window was made twice")?;
            if let Some(find) = &creation.get_proc_address {
                platform::footprint::put_shader_compiler_away(find.as_ref());
            }
            diagnostics::remember_renderer(&parts.folders, rung);
            let clock = Clock::System;
            let backend = start_backend(&creation.egui_ctx, &parts, clock.clone())?;
            let shell = Shell::new(&creation.egui_ctx, backend, parts.settings, clock, Zone::Local);
            let outside = Outside::start(&creation.egui_ctx, &parts.folders.data);
            Ok(Box::new(shell.with_outside(outside).with_media_buttons(&creation.egui_ctx, creation)))
        }),
    )
}

/// A picture that could not be read leaves the system's own.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon/consult-desk-128.png")).unwrap_or_default()
}

fn start_backend(ctx: &egui::Context, parts: &Parts, clock: Clock) -> std::io::Result<BackendHandle> {
    let services = Services {
        folders: parts.folders.clone(),
        server: parts.options.server.clone(),
        secrets: SecretStore::Os,
        dialogs: Dialogs::System,
        retry: RetryPolicy::default(),
        connect_timeout: Duration::from_secs(10),
        idle_timeout: Duration::from_secs(20),
        output: audio::OutputKind::DefaultDevice,
        rules: Rules::new(&parts.settings, None),
        poll_every: None,
        pacing: Pacing::polite(),
        line: Line::System,
        wake_check: Duration::from_secs(5),
        sample: sample_data(&clock),
        start_with_sample: parts.options.is_demo,
        nexhealth: NexHealthService { server: parts.options.nexhealth.clone(), ..NexHealthService::default() },
        clock,
    };
    let ctx = ctx.clone();
    backend::spawn(services, Arc::new(move || ctx.request_repaint()))
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
