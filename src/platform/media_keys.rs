//! Media keys and the buttons of a headset, through the system's own media controls: MPRIS on Linux, the
//! transport controls of Windows and macOS.
//! The system learns the name of the program and whether it plays, and nothing else: no text from the clinic can
//! get here, because the only text taken is one that is written in the program itself.
//! Nothing is registered before something plays and after it stopped, so an idle desk leaves the keys to others.
//! Does not decide what a key does, and never lets the window wait: the system is spoken to on another thread.

mod registrar;
mod system;

use eframe::wgpu::rwh::{HasWindowHandle, RawWindowHandle};
use registrar::Registrar;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// One press can arrive twice, through the window and through the system; a person is not as quick as that.
const SAME_PRESS: Duration = Duration::from_millis(250);

/// A key or button that somebody pressed, perhaps while another program had the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKey {
    Toggle,
    Play,
    Pause,
    Stop,
    /// Milliseconds, negative is back.
    SeekBy(i64),
}

/// What is to be heard just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sound {
    /// No recording is being heard: the keys belong to others.
    Stopped,
    Paused,
    Playing,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    #[error("no session bus is running")]
    NoBus,
    #[error("the window has no handle that the system knows")]
    NoWindow,
    #[error("no thread could be started")]
    NoThread,
}

/// Listens as long as something plays; dropping it lets go of the keys.
#[derive(Debug)]
pub struct MediaKeys {
    wanted: Arc<Wanted>,
    /// Holds one nudge at most: whoever is nudged reads what is wanted now, so a second one says nothing new.
    nudge: SyncSender<()>,
}

impl MediaKeys {
    /// Says at once whether this computer offers media keys; nothing is registered yet.
    ///
    /// `on_key` is called on a thread of the system's and must not wait.
    pub fn start(
        name: &'static str,
        window: &impl HasWindowHandle,
        on_key: impl Fn(MediaKey) + Send + 'static,
    ) -> Result<Self, Unavailable> {
        Self::start_with(name, window_number(window), on_key)
    }

    /// The same with the window's number, which Windows alone asks for.
    pub fn start_with(
        name: &'static str,
        window: Option<isize>,
        on_key: impl Fn(MediaKey) + Send + 'static,
    ) -> Result<Self, Unavailable> {
        system::offers_media_keys(window)?;
        let wanted = Arc::new(Wanted::default());
        let (nudge, nudged) = sync_channel(1);
        let heard = Arc::clone(&wanted);
        // A key that was on its way when the sound stopped is nobody's any more.
        let on_key = move |key| {
            if heard.get() != Sound::Stopped {
                on_key(key);
            }
        };
        let registrar = Registrar::new(name, window, Arc::clone(&wanted), on_key);
        let thread = std::thread::Builder::new().name("media-keys".to_owned());
        thread.spawn(move || registrar.run(&nudged)).map_err(|_| Unavailable::NoThread)?;
        Ok(Self { wanted, nudge })
    }

    /// Never waits; telling the same again costs nothing, so it may be told with every frame.
    pub fn tell(&self, sound: Sound) {
        if self.wanted.set(sound) != sound {
            // A full channel means that the thread is about to look anyway.
            self.nudge.try_send(()).ok();
        }
    }
}

impl Drop for MediaKeys {
    /// The thread lets go on its own; a bus that hangs must not keep the program from ending.
    fn drop(&mut self) {
        self.tell(Sound::Stopped);
    }
}

/// The latest wish, read by the thread when it gets to it; what was wished in between does not matter.
#[derive(Debug, Default)]
struct Wanted(AtomicU8);

impl Wanted {
    fn get(&self) -> Sound {
        Self::sound(self.0.load(Ordering::SeqCst))
    }

    /// Answers what was wanted before.
    fn set(&self, sound: Sound) -> Sound {
        Self::sound(self.0.swap(sound as u8, Ordering::SeqCst))
    }

    fn sound(number: u8) -> Sound {
        [Sound::Stopped, Sound::Paused, Sound::Playing].get(usize::from(number)).copied().unwrap_or(Sound::Stopped)
    }
}

/// The handle that Windows wants; other systems have none of this kind.
fn window_number(window: &impl HasWindowHandle) -> Option<isize> {
    match window.window_handle().ok()?.as_raw() {
        RawWindowHandle::Win32(handle) => Some(handle.hwnd.get()),
        _ => None,
    }
}

/// Where a press was noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticedBy {
    /// The window, as a key like any other; it has the focus then.
    Window,
    /// The system's media controls.
    System,
}

/// Tells a press that arrives by both ways from two presses. Windows hands some keys on twice, and a toggle that
/// counts twice does nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Presses {
    last: Option<(NoticedBy, Instant)>,
}

impl Presses {
    /// Whether this is a new press.
    pub fn is_new(&mut self, by: NoticedBy, at: Instant) -> bool {
        let is_echo =
            self.last.is_some_and(|(first, when)| first != by && at.saturating_duration_since(when) < SAME_PRESS);
        if !is_echo {
            self.last = Some((by, at));
        }
        !is_echo
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_wish_counts() {
        let wanted = Wanted::default();
        assert_eq!(wanted.get(), Sound::Stopped);
        for (sound, before) in [(Sound::Playing, Sound::Stopped), (Sound::Paused, Sound::Playing)] {
            assert_eq!(wanted.set(sound), before);
            assert_eq!(wanted.get(), sound);
        }
    }

    #[test]
    fn one_press_that_comes_by_both_ways_counts_once() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut presses = Presses::default();
        assert!(presses.is_new(NoticedBy::Window, at(0)));
        assert!(!presses.is_new(NoticedBy::System, at(40)), "the same press");
        assert!(presses.is_new(NoticedBy::Window, at(120)), "a quick finger on the same key");
        assert!(presses.is_new(NoticedBy::System, at(900)), "another press");
        assert!(!presses.is_new(NoticedBy::Window, at(950)));
    }
}
