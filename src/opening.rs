//! A desk that already works while its window is being made, and how long that took.
//! What is done with it once there is a window is the shell's.

use crate::backend::BackendHandle;
use crate::clock::Clock;
use crate::domain::{GivenLink, Zone};
use crate::state::{Command, LinkCommand, Request, Settings, State, SystemLook, WindowCommand};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{JoinHandle, Thread};
use std::time::Instant;

/// How the start went, for the log: support asks for it, and the measurements read it.
pub(crate) struct Start {
    at: Instant,
    frames: u64,
    /// Rows at the last frame: the newest come first, the rest of what is stored follows.
    told_rows: usize,
    has_told_all: bool,
}

impl Start {
    pub(crate) fn frames(&self) -> u64 {
        self.frames
    }

    pub(crate) fn count_frame(&mut self, state: &State) {
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

    /// Begins with what was clicked elsewhere; it opens once somebody is signed in.
    #[must_use]
    pub fn with_link(mut self, link: Option<GivenLink>) -> Self {
        if let Some(link) = link {
            let requests = self.state.handle(LinkCommand::Follow(link).into(), self.clock.now());
            self.send(requests);
        }
        self
    }

    /// Begins as the system wishes things to look.
    #[must_use]
    pub fn with_look(mut self, look: SystemLook) -> Self {
        let requests = self.state.handle(Command::Window(WindowCommand::System(look)), self.clock.now());
        self.state.manner().use_for_this_computer();
        self.send(requests);
        self
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

    pub(crate) fn into_parts(self) -> (State, BackendHandle, Clock, Start) {
        let start = Start { at: self.at, frames: 0, told_rows: 0, has_told_all: false };
        (self.state, self.backend, self.clock, start)
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
