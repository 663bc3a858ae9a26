//! The window: joins state, drawing and background, in a fixed order each frame.
//! Decides nothing and draws nothing itself.

use crate::backend::BackendHandle;
use crate::clock::Clock;
use crate::domain::{Zone, plain_text};
use crate::media_buttons::MediaButtons;
use crate::outside::Outside;
use crate::state::{
    Command, Event, Fault, LockCommand, LockEvent, Problem, Request, Session, Settings, State, WindowCommand,
};
use crate::{copies, platform, ui};
use chrono::{DateTime, TimeDelta, Utc};
use eframe::egui;
use eframe::wgpu::rwh::HasWindowHandle;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, Thread};
use std::time::Instant;

pub struct Shell {
    state: State,
    backend: BackendHandle,
    memory: ui::Memory,
    clock: Clock,
    /// What the window was last set up for.
    applied: Option<Settings>,
    is_focused: bool,
    /// `None` in tests and measurements, which must not take keys away from the rest of the computer.
    media: Option<MediaButtons>,
    /// `None` in tests and measurements, as above.
    outside: Option<Outside>,
    presence: Presence,
    start: Start,
}

/// Whether somebody is there, and what is left to wipe since nobody is.
struct Presence {
    /// When a touch was handed on last.
    told_at: DateTime<Utc>,
    was_open: bool,
    frames_to_forget: u8,
}

/// A touch is handed on once a second at most: what counts is minutes.
const TOUCHES_EVERY: TimeDelta = TimeDelta::seconds(1);

/// How the start went, for the log: support asks for it, and the measurements read it.
struct Start {
    at: Instant,
    frames: u64,
    /// Rows at the last frame: the newest come first, the rest of what is stored follows.
    told_rows: usize,
    has_told_all: bool,
}

impl Start {
    fn count_frame(&mut self, state: &State) {
        self.frames += 1;
        let milliseconds = self.at.elapsed().as_millis();
        if self.frames == 1 {
            tracing::info!(milliseconds, "first frame");
        }
        let rows = state.list.view.loaded;
        match self.told_rows {
            0 if rows > 0 => tracing::info!(milliseconds, rows, "list shown"),
            told if told > 0 && rows > told && !self.has_told_all => {
                self.has_told_all = true;
                tracing::info!(milliseconds, rows, "whole list shown");
            }
            _ => {}
        }
        self.told_rows = rows;
    }
}

/// A desk that already works while its window is being made: the key store, the disk and the graphics driver take
/// their time side by side, and what is stored can stand in the first picture.
pub struct Opening {
    state: State,
    backend: BackendHandle,
    clock: Clock,
    at: Instant,
}

impl Opening {
    pub fn begin(backend: BackendHandle, settings: Settings, clock: Clock, zone: Zone) -> Self {
        let (state, requests) = State::start(settings, zone, clock.now());
        let opening = Self { state, backend, clock, at: Instant::now() };
        opening.send(requests);
        opening
    }

    /// Goes on opening on a thread of its own. `woken` is told that thread, to be unparked after every event.
    pub fn go_on(mut self, woken: &OnceLock<Thread>) -> std::io::Result<Underway> {
        let is_wanted = Arc::new(AtomicBool::new(false));
        let wanted = Arc::clone(&is_wanted);
        let work = move || {
            while !wanted.load(Ordering::SeqCst) {
                self.take_in_events();
                std::thread::park();
            }
            self
        };
        let thread = std::thread::Builder::new().name("opening".to_owned()).spawn(work)?;
        woken.set(thread.thread().clone()).ok();
        // What was told before it could be woken.
        thread.thread().unpark();
        Ok(Underway { thread, is_wanted })
    }

    /// What the desk knows by now.
    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn take_in_events(&mut self) {
        while let Some(event) = self.backend.try_event() {
            let requests = self.state.apply(event, self.clock.now());
            self.send(requests);
        }
    }

    fn send(&self, requests: Vec<Request>) {
        for request in requests {
            // Nobody has wished for anything yet, so the queue of a thousand has room, and nothing is copied.
            if self.backend.send(request).is_err() {
                tracing::error!("the background does not take its first requests");
            }
        }
    }
}

/// An opening desk on its own thread, until the window takes it over.
pub struct Underway {
    thread: JoinHandle<Opening>,
    is_wanted: Arc<AtomicBool>,
}

impl Underway {
    /// Comes back as soon as the event that is being taken in is done with. `None` when the thread panicked.
    pub fn take(self) -> Option<Opening> {
        self.is_wanted.store(true, Ordering::SeqCst);
        self.thread.thread().unpark();
        self.thread.join().ok()
    }
}

impl Shell {
    pub fn new(ctx: &egui::Context, backend: BackendHandle, settings: Settings, clock: Clock, zone: Zone) -> Self {
        Self::of(ctx, Opening::begin(backend, settings, clock, zone))
    }

    /// The window of a desk that was opened meanwhile; what it has told is taken in at once.
    pub fn of(ctx: &egui::Context, opening: Opening) -> Self {
        ui::install(ctx);
        copies::notice(ctx);
        let Opening { state, backend, clock, at } = opening;
        let mut shell = Self {
            state,
            backend,
            memory: ui::Memory::default(),
            clock,
            applied: None,
            is_focused: true,
            media: None,
            outside: None,
            presence: Presence { told_at: DateTime::UNIX_EPOCH, was_open: false, frames_to_forget: 0 },
            start: Start { at, frames: 0, told_rows: 0, has_told_all: false },
        };
        shell.take_in_events(ctx);
        shell.apply_settings(ctx);
        shell
    }

    /// Takes the media keys of the keyboard and of headsets while a recording is heard.
    #[must_use]
    pub fn with_media_buttons(mut self, ctx: &egui::Context, window: &impl HasWindowHandle) -> Self {
        self.media = Some(MediaButtons::start(ctx, window));
        self
    }

    /// Locks with the system, and shows itself when it is started a second time.
    #[must_use]
    pub fn with_outside(mut self, outside: Outside) -> Self {
        self.outside = Some(outside);
        self
    }

    /// For tests: what the window shows is drawn from this alone.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// For tests and measurements: act as if a person had wished it.
    pub fn wish(&mut self, ctx: &egui::Context, command: Command) {
        let requests = self.state.handle(command, self.clock.now());
        self.send(ctx, requests);
    }

    fn take_in_events(&mut self, ctx: &egui::Context) {
        while let Some(event) = self.backend.try_event() {
            let requests = self.state.apply(event, self.clock.now());
            self.send(ctx, requests);
        }
    }

    fn run_commands(&mut self, ctx: &egui::Context, commands: Vec<Command>) {
        if commands.is_empty() {
            return;
        }
        for command in commands {
            let requests = self.state.handle(command, self.clock.now());
            self.send(ctx, requests);
        }
        self.apply_settings(ctx);
        ctx.request_repaint();
    }

    fn send(&mut self, ctx: &egui::Context, requests: Vec<Request>) {
        for request in requests {
            if let Request::CopyText(text) = request {
                ctx.copy_text(plain_text::with_platform_line_ends(&text));
                continue;
            }
            if self.backend.send(request).is_err() {
                tracing::error!("the background does not take requests");
                let problem = Problem::new(&Fault::Store("The desk is too busy for that just now.".to_owned()), "BUSY");
                self.state.apply(Event::Told(problem), self.clock.now());
            }
        }
    }

    fn apply_settings(&mut self, ctx: &egui::Context) {
        if self.applied.as_ref() != Some(&self.state.settings) {
            ui::apply_settings(ctx, &self.state.settings);
            self.applied = Some(self.state.settings.clone());
        }
    }

    /// What was pressed, typed or moved in a frame that is drawn: the input of a hidden window is an old one.
    fn follow_touches(&mut self, ctx: &egui::Context) {
        let now = self.clock.now();
        if (now - self.presence.told_at).abs() >= TOUCHES_EVERY && ctx.input(|input| input.events.iter().any(is_touch))
        {
            self.presence.told_at = now;
            self.wish(ctx, Command::Lock(LockCommand::Active));
        }
    }

    fn follow_outside(&mut self, ctx: &egui::Context) {
        if self.outside.as_ref().is_some_and(Outside::take_lock) {
            let requests = self.state.apply(Event::Lock(LockEvent::SystemLocks), self.clock.now());
            self.send(ctx, requests);
        }
    }

    /// Once nobody is signed in any more, what only the window remembers goes too, a hidden window's as well.
    fn forget_what_was_shown(&mut self, ctx: &egui::Context) {
        let is_open = matches!(self.state.session, Session::SignedIn { .. });
        if self.presence.was_open && !is_open {
            ui::forget(ctx, &mut self.memory);
            self.presence.frames_to_forget = ui::FRAMES_TO_FORGET;
        }
        self.presence.was_open = is_open;
        if self.presence.frames_to_forget > 0 {
            self.presence.frames_to_forget -= 1;
            // What is drawn next must not take along what lies there from before.
            platform::leftovers::wipe_stack();
            copies::take_back(ctx);
            ctx.send_viewport_cmd(egui::ViewportCommand::RequestPaintWhileHidden);
        }
    }

    fn follow_media_buttons(&mut self, ctx: &egui::Context) {
        let Some(media) = &mut self.media else { return };
        let wishes = media.take(ctx, &self.state.player);
        self.run_commands(ctx, wishes.into_iter().map(Command::Player).collect());
        if let Some(media) = &self.media {
            media.tell(&self.state.player);
        }
    }

    fn follow_focus(&mut self, ctx: &egui::Context) {
        let is_focused = ctx.input(|input| input.focused);
        if is_focused != self.is_focused {
            self.is_focused = is_focused;
            self.run_commands(ctx, vec![Command::Window(WindowCommand::Focused(is_focused))]);
        }
    }
}

impl eframe::App for Shell {
    /// Events first, so that a hidden window takes in news too.
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_in_events(ctx);
        self.follow_outside(ctx);
        let requests = self.state.handle(Command::TimePassed, self.clock.now());
        self.send(ctx, requests);
        self.follow_focus(ctx);
        self.follow_media_buttons(ctx);
        self.forget_what_was_shown(ctx);
        if let Some(wake) = self.state.next_wake() {
            ctx.request_repaint_after(wake);
        }
    }

    /// Draws, then runs what was wished for; never in the middle of drawing.
    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if self.start.frames == 0 {
            self.wish(ui.ctx(), Command::Window(WindowCommand::DrawnWith(renderer(frame))));
        }
        self.start.count_frame(&self.state);
        let commands = ui::root_ui(ui, &self.state, &mut self.memory, self.clock.now());
        let ctx = ui.ctx().clone();
        self.follow_touches(&ctx);
        self.run_commands(&ctx, commands);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        tracing::info!(frames = self.start.frames, "closing");
        self.backend.shutdown();
    }
}

/// What the window is drawn with, for support.
fn renderer(frame: &eframe::Frame) -> &'static str {
    match (frame.gl(), frame.wgpu_render_state()) {
        (Some(_), _) => "glow",
        (None, Some(_)) => "wgpu",
        (None, None) => "neither glow nor wgpu",
    }
}

/// Something that only a person does; the system's own news, such as the focus, is none.
fn is_touch(event: &egui::Event) -> bool {
    use egui::Event::{ModifiersChanged, PointerGone, WindowFocused};
    !matches!(event, PointerGone | WindowFocused(_) | ModifiersChanged(_))
}
