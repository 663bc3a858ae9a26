//! Puts the parts together: options, folders, log, background, window. Decides nothing else.
#![cfg_attr(windows, windows_subsystem = "windows")]

use consult_desk::backend::{self, BackendHandle, NexHealthService, Pacing, Rules, Services};
use consult_desk::clock::Clock;
use consult_desk::domain::Zone;
use consult_desk::nxvet::RetryPolicy;
use consult_desk::options::{DeskOptions, HELP, Options, Rung};
use consult_desk::outside::Outside;
use consult_desk::platform::{self, Dialogs, Folders, Line, LockError, ProfileLock, SecretStore};
use consult_desk::shell::{Opening, Shell, Underway};
use consult_desk::{audio, diagnostics, logging, receive, state, store};
use eframe::egui;
use egui_system_font_provider::SystemFontProvider;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
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
    // Begins to look through the system's fonts: whoever draws a letter that ours lack waits for the end of that.
    let fonts = Arc::new(SystemFontProvider::new());
    let clock = Clock::System;
    let woken = Arc::new(Woken::default());
    let services = services(options, &folders, &settings, clock.clone());
    let backend = start_backend(services, &woken).map_err(|error| error.to_string())?;
    let opening = Opening::begin(backend, settings, clock, Zone::Local);
    let opening = opening.go_on(&woken.opening).map_err(|error| error.to_string())?;
    let parts = Parts { folders, fonts, opening, woken };
    climb(&Arc::new(Mutex::new(Some(parts))), options.renderer)
}

/// What the window is made of; taken by the first renderer that starts.
struct Parts {
    folders: Folders,
    /// For letters that the bundled typeface lacks.
    fonts: Arc<SystemFontProvider>,
    opening: Underway,
    woken: Arc<Woken>,
}

/// Whom the background wakes: the thread that opens the desk, then the window.
#[derive(Default)]
struct Woken {
    opening: OnceLock<std::thread::Thread>,
    window: OnceLock<egui::Context>,
}

impl Woken {
    fn wake(&self) {
        if let Some(window) = self.window.get() {
            window.request_repaint();
        } else if let Some(opening) = self.opening.get() {
            opening.unpark();
        }
    }
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
        // It smooths gradients, of which there are none here, and is a fifth of the work where a processor draws.
        dithering: false,
        // It would begin to look through them just when the first picture is drawn.
        system_font_fallback: false,
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
            creation.egui_ctx.add_font_provider(parts.fonts);
            parts.woken.window.set(creation.egui_ctx.clone()).ok();
            let opening = parts.opening.take().ok_or("the desk could not be opened")?;
            let shell = Shell::of(&creation.egui_ctx, opening);
            let outside = Outside::start(&creation.egui_ctx, &parts.folders.data);
            Ok(Box::new(shell.with_outside(outside).with_media_buttons(&creation.egui_ctx, creation)))
        }),
    )
}

/// A picture that could not be read leaves the system's own.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon/consult-desk-128.png")).unwrap_or_default()
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
