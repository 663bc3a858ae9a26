//! The window: joins state, drawing and background, in a fixed order each frame.
//! Decides nothing and draws nothing itself.

use crate::backend::BackendHandle;
use crate::clock::Clock;
use crate::domain::{Zone, plain_text};
use crate::media_buttons::MediaButtons;
use crate::opening::Start;
use crate::outside::Outside;
use crate::state::{
    Command, Event, Fault, LinkCommand, LockCommand, LockEvent, Problem, Request, Session, Settings, State,
    SupportEvent, SystemLook, WindowCommand,
};
use crate::whereabouts::Whereabouts;
use crate::{copies, crash, platform, ui};
use chrono::{DateTime, TimeDelta, Utc};
use eframe::egui;
use eframe::wgpu::DeviceType;
use eframe::wgpu::rwh::HasWindowHandle;
use std::time::Duration;

pub use crate::opening::{Opening, Underway};

pub struct Shell {
    state: State,
    backend: BackendHandle,
    memory: ui::Memory,
    clock: Clock,
    /// What the window was last set up for.
    applied: Option<(Settings, SystemLook)>,
    is_focused: bool,
    /// `None` in tests and measurements, which must not take keys away from the rest of the computer.
    media: Option<MediaButtons>,
    /// `None` in tests and measurements, as above.
    outside: Option<Outside>,
    presence: Presence,
    whereabouts: Whereabouts,
    start: Start,
    /// What the window draws with; told once to each window.
    drawn_with: Option<&'static str>,
    is_new_window: bool,
    has_missed_background: bool,
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

/// Until a thread that failed has ended.
const FAILING: Duration = Duration::from_millis(300);

impl Shell {
    pub fn new(ctx: &egui::Context, backend: BackendHandle, settings: Settings, clock: Clock, zone: Zone) -> Self {
        Self::of(ctx, Opening::begin(backend, settings, clock, zone))
    }

    /// The window of a desk that was opened meanwhile; what it has told is taken in at once.
    pub fn of(ctx: &egui::Context, opening: Opening) -> Self {
        ui::install(ctx);
        copies::notice(ctx);
        let (state, backend, clock, start) = opening.into_parts();
        let whereabouts = Whereabouts::new(state.settings.window);
        let mut shell = Self {
            state,
            backend,
            memory: ui::Memory::default(),
            clock,
            applied: None,
            is_focused: true,
            media: None,
            outside: None,
            whereabouts,
            presence: Presence { told_at: DateTime::UNIX_EPOCH, was_open: false, frames_to_forget: 0 },
            start,
            drawn_with: None,
            is_new_window: true,
            has_missed_background: false,
        };
        shell.take_in_events(ctx);
        shell.apply_settings(ctx);
        shell
    }

    /// Goes on in another window, with everything as it is.
    pub fn enter_window(&mut self, ctx: &egui::Context) {
        ui::install(ctx);
        copies::notice(ctx);
        (self.applied, self.is_focused, self.is_new_window) = (None, true, true);
        self.take_in_events(ctx);
        self.apply_settings(ctx);
    }

    /// The window is gone; lets go of what was bound to it.
    pub fn leave_window(&mut self) {
        if self.outside.as_ref().is_some_and(Outside::take_lock) {
            self.hear(Event::Lock(LockEvent::SystemLocks));
        }
        if let Some(link) = self.outside.as_ref().and_then(Outside::take_link) {
            self.wish_without_window(LinkCommand::Follow(link).into());
        }
        (self.outside, self.media) = (None, None);
    }

    /// Whatever the drawing remembers may be what made it fail.
    pub fn forget_drawing(&mut self) {
        self.memory = ui::Memory::default();
    }

    /// News from beside the background. What is asked for the clipboard has to wait for a window.
    pub fn hear(&mut self, event: Event) {
        let requests = self.state.apply(event, self.clock.now());
        for request in requests {
            if self.backend.send(request).is_err() {
                tracing::error!("the background does not take requests");
            }
        }
    }

    /// Somebody wished for a fresh start of the program.
    pub fn wants_start_again(&self) -> bool {
        self.state.support.wants_start_again
    }

    /// Nobody needs the desk any more.
    pub fn close(&mut self) {
        tracing::info!(frames = self.start.frames(), "closing");
        if let Some(place) = self.whereabouts.last() {
            self.wish_without_window(Command::Window(WindowCommand::Placed(place)));
        }
        self.backend.shutdown();
    }

    /// For wishes that put nothing on the clipboard.
    fn wish_without_window(&mut self, command: Command) {
        for request in self.state.handle(command, self.clock.now()) {
            if self.backend.send(request).is_err() {
                tracing::error!("the background does not take requests");
            }
        }
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
        // Before the background writes anything with a date for what was just asked.
        self.state.manner().use_for_this_computer();
        for request in requests {
            if let Request::CopyText(text) = request {
                ctx.copy_text(plain_text::with_platform_line_ends(&text));
                continue;
            }
            if let Request::Notify(request) = request {
                if let Some(outside) = &self.outside {
                    outside.notify(request);
                }
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
        let is_applied =
            |(settings, look): &(Settings, SystemLook)| *look == self.state.look && *settings == self.state.settings;
        if !self.applied.as_ref().is_some_and(is_applied) {
            ui::apply_look(ctx, &self.state.settings, self.state.look);
            self.applied = Some((self.state.settings.clone(), self.state.look));
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

    /// A window without an outside is a test's, and stands nowhere.
    fn follow_place(&mut self, ctx: &egui::Context) {
        if self.outside.is_some()
            && let Some(place) = self.whereabouts.follow(ctx)
        {
            self.wish(ctx, Command::Window(WindowCommand::Placed(place)));
        }
    }

    fn follow_outside(&mut self, ctx: &egui::Context) {
        if self.outside.as_ref().is_some_and(Outside::take_lock) {
            let requests = self.state.apply(Event::Lock(LockEvent::SystemLocks), self.clock.now());
            self.send(ctx, requests);
        }
        if let Some(link) = self.outside.as_ref().and_then(Outside::take_link) {
            self.wish(ctx, LinkCommand::Follow(link).into());
        }
        if let Some(look) = self.outside.as_ref().and_then(Outside::take_look) {
            self.run_commands(ctx, vec![Command::Window(WindowCommand::System(look))]);
        }
        if let Some(key) = self.outside.as_ref().and_then(Outside::take_told) {
            self.wish(ctx, LinkCommand::Show(key).into());
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

    /// Parts that failed where nobody sees them: threads of their own, and the background as a whole.
    fn follow_failures(&mut self, ctx: &egui::Context) {
        if crash::take_news() {
            self.hear(Event::Support(SupportEvent::PartFailed));
            // A thread that failed is still on its way out.
            ctx.request_repaint_after(FAILING);
        }
        if !self.has_missed_background && self.backend.has_ended() {
            self.has_missed_background = true;
            self.hear(Event::Support(SupportEvent::BackgroundGone));
        }
        if self.state.support.wants_start_again {
            ctx.send_viewport_cmd(egui::ViewportCommand::Close);
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
            if let Some(outside) = self.outside.as_ref().filter(|_| is_focused) {
                outside.look_again();
            }
            self.run_commands(ctx, vec![Command::Window(WindowCommand::Focused(is_focused))]);
        }
    }
}

impl Shell {
    /// Draws and changes nothing that the desk knows; answers what was wished for meanwhile.
    pub fn draw(&mut self, ui: &mut egui::Ui, frame: &eframe::Frame) -> Vec<Command> {
        if std::mem::take(&mut self.is_new_window) {
            self.drawn_with = Some(renderer(frame));
        }
        self.start.count_frame(&self.state);
        ui::root_ui(ui, &self.state, &mut self.memory, self.clock.now())
    }

    /// Runs what was wished for while drawing.
    pub fn follow(&mut self, ctx: &egui::Context, wishes: Vec<Command>) {
        if let Some(name) = self.drawn_with.take() {
            self.wish(ctx, Command::Window(WindowCommand::DrawnWith(name)));
        }
        self.follow_touches(ctx);
        self.follow_place(ctx);
        self.run_commands(ctx, wishes);
        if let Some(outside) = &mut self.outside {
            outside.tell_progress(self.state.percent_done());
        }
    }
}

impl eframe::App for Shell {
    /// Events first, so that a hidden window takes in news too.
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.take_in_events(ctx);
        self.follow_failures(ctx);
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
        let wishes = self.draw(ui, frame);
        let ctx = ui.ctx().clone();
        self.follow(&ctx, wishes);
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        self.close();
    }
}

/// What the window is drawn with, for support.
fn renderer(frame: &eframe::Frame) -> &'static str {
    match (frame.gl(), frame.wgpu_render_state()) {
        (Some(_), _) => "glow",
        (None, Some(state)) if state.adapter.get_info().device_type == DeviceType::Cpu => "wgpu on the processor",
        (None, Some(_)) => "wgpu on a graphics card",
        (None, None) => "neither glow nor wgpu",
    }
}

/// Something that only a person does; the system's own news, such as the focus, is none.
fn is_touch(event: &egui::Event) -> bool {
    use egui::Event::{ModifiersChanged, PointerGone, WindowFocused};
    !matches!(event, PointerGone | WindowFocused(_) | ModifiersChanged(_))
}
