//! Speaks to the system's media controls, on a thread of its own: registers, says what is heard, lets go.
//! Each of these calls may wait for the system, so nothing here is called by the window.

use super::{MediaKey, Sound, Wanted, system};
use souvlaki::{MediaControlEvent, MediaControls, MediaMetadata, MediaPlayback, PlatformConfig, SeekDirection};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How far "next" and "previous" jump: there is one recording, and its length is no business of the system.
const JUMP_MS: i64 = 5_000;
/// Who paused and went away is done: the keys go back, and with them the little work that holding them takes.
const LONG_PAUSE: Duration = Duration::from_secs(600);

pub(super) struct Registrar<F> {
    name: &'static str,
    window: Option<isize>,
    on_key: Arc<Mutex<F>>,
    wanted: Arc<Wanted>,
    shown: Sound,
    controls: Option<MediaControls>,
}

impl<F: Fn(MediaKey) + Send + 'static> Registrar<F> {
    pub(super) fn new(name: &'static str, window: Option<isize>, wanted: Arc<Wanted>, on_key: F) -> Self {
        let on_key = Arc::new(Mutex::new(on_key));
        Self { name, window, on_key, wanted, shown: Sound::Stopped, controls: None }
    }

    /// Ends when the handle is gone.
    pub(super) fn run(mut self, nudged: &Receiver<()>) {
        loop {
            let nudge = match self.shown {
                Sound::Paused => nudged.recv_timeout(LONG_PAUSE),
                Sound::Playing | Sound::Stopped => nudged.recv().map_err(Into::into),
            };
            match nudge {
                Ok(()) => self.follow(self.wanted.get()),
                Err(RecvTimeoutError::Timeout) => self.let_go(),
                Err(RecvTimeoutError::Disconnected) => return self.let_go(),
            }
        }
    }

    fn follow(&mut self, sound: Sound) {
        if sound == Sound::Stopped || !system::answers() {
            return self.let_go();
        }
        // What was never heard has nothing to pause: only playing takes the keys.
        let may_show = sound == Sound::Playing || self.controls.is_some();
        if may_show
            && self.shown != sound
            && let Err(error) = self.show(sound)
        {
            tracing::info!(%error, "the system's media controls did not take part");
            self.let_go();
        }
    }

    fn show(&mut self, sound: Sound) -> Result<(), souvlaki::Error> {
        let mut controls = match self.controls.take() {
            Some(controls) => controls,
            None => self.register()?,
        };
        let progress = None;
        controls.set_playback(match sound {
            Sound::Playing => MediaPlayback::Playing { progress },
            Sound::Paused => MediaPlayback::Paused { progress },
            Sound::Stopped => MediaPlayback::Stopped,
        })?;
        self.controls = Some(controls);
        self.shown = sound;
        Ok(())
    }

    fn register(&self) -> Result<MediaControls, souvlaki::Error> {
        let mut controls = MediaControls::new(PlatformConfig {
            display_name: self.name,
            dbus_name: &bus_name(self.name),
            hwnd: self.window.map(|number| std::ptr::with_exposed_provenance_mut(number.cast_unsigned())),
        })?;
        let on_key = Arc::clone(&self.on_key);
        controls.attach(move |event| {
            if let Some(key) = key_of(&event) {
                let on_key = on_key.lock().unwrap_or_else(PoisonError::into_inner);
                on_key(key);
            }
        })?;
        controls.set_metadata(MediaMetadata { title: Some(self.name), ..MediaMetadata::default() })?;
        Ok(controls)
    }

    fn let_go(&mut self) {
        self.shown = Sound::Stopped;
        if let Some(mut controls) = self.controls.take() {
            // macOS goes on showing what it was last told. A bus forgets by itself, and one that is gone is better
            // not told anything.
            if cfg!(target_os = "macos") {
                controls.set_playback(MediaPlayback::Stopped).ok();
            }
            controls.detach().ok();
        }
    }
}

/// What the system says, in our words; a wish for another volume, a file or the program's end is not for us.
fn key_of(event: &MediaControlEvent) -> Option<MediaKey> {
    let seek = |direction: SeekDirection, milliseconds: i64| match direction {
        SeekDirection::Forward => MediaKey::SeekBy(milliseconds),
        SeekDirection::Backward => MediaKey::SeekBy(-milliseconds),
    };
    match event {
        MediaControlEvent::Toggle => Some(MediaKey::Toggle),
        MediaControlEvent::Play => Some(MediaKey::Play),
        MediaControlEvent::Pause => Some(MediaKey::Pause),
        MediaControlEvent::Stop => Some(MediaKey::Stop),
        MediaControlEvent::Next => Some(MediaKey::SeekBy(JUMP_MS)),
        MediaControlEvent::Previous => Some(MediaKey::SeekBy(-JUMP_MS)),
        MediaControlEvent::Seek(direction) => Some(seek(*direction, JUMP_MS)),
        MediaControlEvent::SeekBy(direction, by) => {
            Some(seek(*direction, i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
        }
        _ => None,
    }
}

/// A name of its own each time: a name that is still being given back would be refused.
fn bus_name(name: &str) -> String {
    let word: String = name.chars().filter(char::is_ascii_alphabetic).collect();
    format!("{word}.instance{}r{:08x}", std::process::id(), fastrand::u32(..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_says_is_put_in_our_words() {
        let said = [
            (MediaControlEvent::Toggle, Some(MediaKey::Toggle)),
            (MediaControlEvent::Play, Some(MediaKey::Play)),
            (MediaControlEvent::Pause, Some(MediaKey::Pause)),
            (MediaControlEvent::Stop, Some(MediaKey::Stop)),
            (MediaControlEvent::Next, Some(MediaKey::SeekBy(5_000))),
            (MediaControlEvent::Previous, Some(MediaKey::SeekBy(-5_000))),
            (MediaControlEvent::Seek(SeekDirection::Backward), Some(MediaKey::SeekBy(-5_000))),
            (
                MediaControlEvent::SeekBy(SeekDirection::Backward, Duration::from_millis(1_500)),
                Some(MediaKey::SeekBy(-1_500)),
            ),
            (MediaControlEvent::SeekBy(SeekDirection::Forward, Duration::MAX), Some(MediaKey::SeekBy(i64::MAX))),
            (MediaControlEvent::Quit, None),
            (MediaControlEvent::Raise, None),
            (MediaControlEvent::SetVolume(0.0), None),
            (MediaControlEvent::OpenUri("file:///a.wav".to_owned()), None),
        ];
        for (event, key) in said {
            assert_eq!(key_of(&event), key, "{event:?}");
        }
    }

    #[test]
    fn a_name_on_the_bus_is_one_that_a_bus_takes() {
        let (one, other) = (bus_name("Consult Desk"), bus_name("Consult Desk"));
        assert!(one.starts_with("ConsultDesk.instance"), "{one}");
        assert!(one.chars().all(|character| character.is_ascii_alphanumeric() || character == '.'), "{one}");
        assert_ne!(one, other);
    }
}
