//! Stands between the system's events and the toolkit, so that a window that cannot go on ends, and the process does
//! not: a panic is caught here, at the only place from which the event loop can be left in order and entered again.
//! What comes next is decided elsewhere.

use super::loss::Loss;
use super::place;
use super::stage::{Doing, Stage};
use eframe::{EframeWinitApplication, UserEvent};
use std::panic::{AssertUnwindSafe, catch_unwind};
use winit::application::ApplicationHandler;
use winit::event::{DeviceEvent, DeviceId, StartCause, WindowEvent};
use winit::event_loop::ActiveEventLoop;
use winit::window::WindowId;

/// Why a window ended that nobody closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fall {
    /// The device is gone, or makes nothing but errors.
    Lost,
    /// The toolkit gave up; its words are in the log.
    GivenUp,
    /// A panic while this was done.
    Panicked(Doing),
}

pub(super) struct Guard<'a, S> {
    inner: Option<EframeWinitApplication<'a>>,
    stage: &'a Stage,
    loss: Loss,
    fall: Option<Fall>,
    /// Called once the first picture is on the screen.
    on_settled: S,
}

impl<'a, S: FnMut()> Guard<'a, S> {
    pub(super) fn new(inner: EframeWinitApplication<'a>, stage: &'a Stage, loss: Loss, on_settled: S) -> Self {
        Self { inner: Some(inner), stage, loss, fall: None, on_settled }
    }

    /// Takes the window down; says why it ended, unless somebody closed it.
    pub(super) fn end(mut self) -> Option<Fall> {
        self.caught(|inner| *inner = None);
        self.fall
    }

    /// Hands an event on, unless there is nobody left who could draw.
    fn pass(&mut self, events: &ActiveEventLoop, hand: impl FnOnce(&mut EframeWinitApplication<'a>)) {
        if self.fall.is_none() {
            self.stage.does(Doing::Painting);
            self.caught(|inner| {
                if let Some(inner) = inner {
                    hand(inner);
                }
            });
            self.look(events);
        }
        if self.fall.is_some() {
            events.exit();
        }
    }

    /// Whether that went well. Once somebody has closed the window nothing is a fall any more.
    fn look(&mut self, events: &ActiveEventLoop) {
        if self.stage.is_left() {
            return;
        }
        if self.loss.is_lost() {
            self.fall = self.fall.or(Some(Fall::Lost));
        } else if events.exiting() {
            // The toolkit leaves the loop by itself after an error.
            self.fall = self.fall.or(Some(Fall::GivenUp));
        }
    }

    fn caught(&mut self, work: impl FnOnce(&mut Option<EframeWinitApplication<'a>>)) {
        // What the panic left half done is the window's alone, and that is thrown away; the desk behind it is asked
        // what it was doing.
        if catch_unwind(AssertUnwindSafe(|| work(&mut self.inner))).is_err() {
            self.fall = self.fall.or(Some(Fall::Panicked(self.stage.did())));
        }
    }
}

impl<S: FnMut()> ApplicationHandler<UserEvent> for Guard<'_, S> {
    fn resumed(&mut self, events: &ActiveEventLoop) {
        // Asked before the window is made, which happens in here.
        self.stage.sees(place::screens(events));
        self.pass(events, |inner| inner.resumed(events));
    }

    fn window_event(&mut self, events: &ActiveEventLoop, window: WindowId, event: WindowEvent) {
        self.pass(events, |inner| inner.window_event(events, window, event));
    }

    fn new_events(&mut self, events: &ActiveEventLoop, cause: StartCause) {
        self.pass(events, |inner| inner.new_events(events, cause));
    }

    fn user_event(&mut self, events: &ActiveEventLoop, event: UserEvent) {
        self.pass(events, |inner| inner.user_event(events, event));
    }

    fn device_event(&mut self, events: &ActiveEventLoop, device: DeviceId, event: DeviceEvent) {
        self.pass(events, |inner| inner.device_event(events, device, event));
    }

    fn about_to_wait(&mut self, events: &ActiveEventLoop) {
        self.pass(events, |inner| inner.about_to_wait(events));
        if self.fall.is_none() && self.stage.settles() {
            (self.on_settled)();
        }
    }

    fn suspended(&mut self, events: &ActiveEventLoop) {
        self.pass(events, |inner| inner.suspended(events));
    }

    /// Handed on in any case: windows have to be taken down while the loop still runs.
    fn exiting(&mut self, events: &ActiveEventLoop) {
        if self.fall.is_some() {
            self.stage.falls();
        }
        self.caught(|inner| {
            if let Some(inner) = inner {
                inner.exiting(events);
            }
        });
    }

    fn memory_warning(&mut self, events: &ActiveEventLoop) {
        self.pass(events, |inner| inner.memory_warning(events));
    }
}
