//! How the system wishes things to look: light or dark, how large text is, how dates and times are written.
//! What can be had at once is asked at the start; what a service of the desktop says, or what changes later, is told
//! on another thread. A system that says nothing is taken as light, of usual size, with the day first and 24 hours.

#[cfg(target_os = "linux")]
#[path = "portal.rs"]
mod here;
#[cfg(target_os = "windows")]
#[path = "registry.rs"]
mod here;
mod territory;

use std::sync::mpsc::{SyncSender, sync_channel};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Look {
    /// `1:40 PM` rather than `13:40`.
    pub twelve_hours: bool,
    /// `Nov 22` rather than `22 Nov`.
    pub month_first: bool,
    /// 1.0 is usual.
    pub text_scale: f32,
    /// `None` where the toolkit finds it out by itself, or nobody can.
    pub is_dark: Option<bool>,
}

impl Default for Look {
    fn default() -> Self {
        Self { twelve_hours: false, month_first: false, text_scale: 1.0, is_dark: None }
    }
}

impl Look {
    /// What is known without waiting for anybody.
    pub fn now() -> Self {
        here::now()
    }
}

/// Follows it until it is dropped.
#[derive(Debug)]
pub struct LookWatch {
    /// Asks the thread to look again; dropped, it ends it.
    ask: SyncSender<()>,
    _here: here::Watch,
}

impl LookWatch {
    /// `bus` is where the session's bus is on Linux; `None` leaves it to the environment. `on_look` is called on
    /// another thread whenever there is something else than before.
    pub fn start(bus: Option<String>, on_look: impl Fn(Look) + Send + Sync + 'static) -> std::io::Result<Self> {
        let on_look = std::sync::Arc::new(on_look);
        let (ask, asked) = sync_channel(1);
        let tell = std::sync::Arc::clone(&on_look);
        let look_when_asked = move || {
            let mut known = Look::now();
            while asked.recv().is_ok() {
                let look = Look::now();
                if look != std::mem::replace(&mut known, look) {
                    tell(look);
                }
            }
        };
        std::thread::Builder::new().name("look".to_owned()).spawn(look_when_asked)?;
        Ok(Self { ask, _here: here::Watch::start(bus, move |look| on_look(look))? })
    }

    /// For systems that tell nobody when a setting changes: somebody came back, perhaps from there. Does not wait.
    pub fn look_again(&self) {
        self.ask.try_send(()).ok();
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod here {
    use super::{Look, territory};

    /// macOS tells light and dark to the toolkit; how dates are written follows from where somebody is.
    pub(super) fn now() -> Look {
        let locale = sys_locale::get_locale().unwrap_or_default();
        Look {
            twelve_hours: territory::has_twelve_hours(&locale),
            month_first: territory::puts_month_first(&locale),
            ..Look::default()
        }
    }

    #[derive(Debug)]
    pub(super) struct Watch;

    impl Watch {
        #[expect(clippy::unnecessary_wraps, reason = "elsewhere it may fail")]
        pub(super) fn start(_bus: Option<String>, _on_look: impl Fn(Look) + Send + 'static) -> std::io::Result<Self> {
            Ok(Self)
        }
    }
}
