//! How far something has come, on the program's entry in the system's bar. What it is about stands in the window.
//! Telling it never waits: a thread of its own does, and only the last word counts.

#[cfg(target_os = "linux")]
#[path = "launcher.rs"]
mod here;
#[cfg(target_os = "windows")]
#[path = "taskbar.rs"]
mod here;

use eframe::wgpu::rwh::{HasWindowHandle, RawWindowHandle};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Steps that may wait; more come all the time while something goes on.
const WAITING: usize = 64;

/// The window in the system's own number, where it has one that matters here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WindowNumber(Option<isize>);

impl WindowNumber {
    pub fn of(window: &impl HasWindowHandle) -> Self {
        let handle = window.window_handle().ok().map(|handle| handle.as_raw());
        Self(match handle {
            Some(RawWindowHandle::Win32(handle)) => Some(handle.hwnd.get()),
            _ => None,
        })
    }
}

/// Takes the progress off the bar when it is dropped.
#[derive(Debug)]
pub struct Progress {
    steps: SyncSender<Option<u8>>,
    told: Option<u8>,
}

impl Progress {
    /// `bus` is where the session's bus is on Linux; `None` leaves it to the environment. Nothing is connected before
    /// there is something to tell.
    pub fn start(bus: Option<String>, window: WindowNumber) -> std::io::Result<Self> {
        let (steps, waiting) = sync_channel(WAITING);
        std::thread::Builder::new().name("progress".to_owned()).spawn(move || work(&waiting, bus, window))?;
        Ok(Self { steps, told: None })
    }

    /// Percent; `None` when nothing goes on.
    pub fn tell(&mut self, percent: Option<u8>) {
        if percent != self.told && self.steps.try_send(percent).is_ok() {
            self.told = percent;
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "windows"))]
fn work(steps: &Receiver<Option<u8>>, bus: Option<String>, window: WindowNumber) {
    let mut bar = here::Bar::new(bus, window);
    while let Ok(first) = steps.recv() {
        let last = steps.try_iter().last().unwrap_or(first);
        if bar.show(last).is_none() {
            tracing::debug!("the system's bar shows no progress");
        }
    }
    bar.show(None);
}

/// The Dock draws it only for programs that draw their whole icon themselves.
#[cfg(not(any(target_os = "linux", target_os = "windows")))]
fn work(steps: &Receiver<Option<u8>>, _bus: Option<String>, _window: WindowNumber) {
    while steps.recv().is_ok() {}
}
