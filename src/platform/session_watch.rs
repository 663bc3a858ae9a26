//! Tells when the system locks its screen or goes to sleep, so that the desk locks with it.
//! Linux: the login manager's `PrepareForSleep`, its wish that this session locks and its hint that it is, and the
//! `ActiveChanged` of the desktops' screen savers; both buses are optional, and one that is silent is waited for on
//! a thread of its own. Nothing is ever said to anybody but the questions which session this is, what to tell, and
//! whether sleep may be held back for a moment.
//! Windows tells it to a window (`session_watch/hidden_window.rs`). macOS tells it to a listener
//! (`com.apple.screenIsLocked`) that this program does not have: there the idle lock does it.

#[cfg(target_os = "windows")]
mod hidden_window;
#[cfg(target_os = "windows")]
use hidden_window as here;

/// Watches as long as the program runs. Whoever started it hears of nothing once it is dropped.
#[derive(Debug)]
pub struct SessionWatch {
    _here: here::Watch,
}

/// Where the two buses are; `None` leaves it to the environment, as the system means it.
#[derive(Clone, Debug, Default)]
pub struct Buses {
    pub system: Option<String>,
    pub session: Option<String>,
}

impl SessionWatch {
    /// `on_lock` is called on another thread, once or more for one locking; it must not wait.
    pub fn start(buses: Buses, on_lock: impl Fn() + Send + Sync + 'static) -> Self {
        Self { _here: here::Watch::start(buses, on_lock) }
    }
}

#[cfg(not(any(target_os = "linux", target_os = "windows")))]
mod here {
    #[derive(Debug)]
    pub(super) struct Watch;

    impl Watch {
        pub(super) fn start(_buses: super::Buses, _on_lock: impl Fn() + Send + Sync + 'static) -> Self {
            Self
        }
    }
}

#[cfg(target_os = "linux")]
mod here {
    use super::Buses;
    use crate::platform::sleep_delay::SleepDelay;
    use std::collections::HashMap;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::{Arc, Mutex, PoisonError};
    use zbus::blocking::connection::Builder;
    use zbus::blocking::{Connection, MessageIterator};
    use zbus::message::{Message, Type};
    use zbus::zvariant::{OwnedObjectPath, OwnedValue};

    const LOGIN: &str = "org.freedesktop.login1";
    const LOGIN_PATH: &str = "/org/freedesktop/login1";
    const LOGIN_MANAGER: &str = "org.freedesktop.login1.Manager";
    const LOGIN_SESSION: &str = "org.freedesktop.login1.Session";
    const PROPERTIES: &str = "org.freedesktop.DBus.Properties";
    const SCREEN_SAVERS: [&str; 5] = [
        "org.freedesktop.ScreenSaver",
        "org.gnome.ScreenSaver",
        "org.cinnamon.ScreenSaver",
        "org.mate.ScreenSaver",
        "org.xfce.ScreenSaver",
    ];

    #[derive(Clone, Copy, Debug)]
    enum Bus {
        System,
        Session,
    }

    #[derive(Debug)]
    pub(super) struct Watch {
        shared: Arc<Shared>,
    }

    #[derive(Debug, Default)]
    struct Shared {
        is_over: AtomicBool,
        /// Closed at the end, which ends their threads.
        connections: Mutex<Vec<Connection>>,
    }

    impl Watch {
        pub(super) fn start(buses: Buses, on_lock: impl Fn() + Send + Sync + 'static) -> Self {
            let shared = Arc::new(Shared::default());
            let on_lock = Arc::new(on_lock);
            for (bus, name, address) in
                [(Bus::System, "watch-system", buses.system), (Bus::Session, "watch-session", buses.session)]
            {
                let (shared, on_lock) = (Arc::clone(&shared), Arc::clone(&on_lock));
                let untold = move |error: zbus::Error| {
                    tracing::info!(?bus, kind = kind(&error), "locking is not told by this bus");
                };
                let watch_bus = move || watch(bus, address.as_deref(), &shared, &*on_lock).unwrap_or_else(untold);
                if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(watch_bus) {
                    tracing::warn!(%error, "no thread to watch the session");
                }
            }
            Self { shared }
        }
    }

    impl Drop for Watch {
        fn drop(&mut self) {
            self.shared.is_over.store(true, Ordering::SeqCst);
            let mut connections = self.shared.connections.lock().unwrap_or_else(PoisonError::into_inner);
            for connection in connections.drain(..) {
                connection.close().ok();
            }
        }
    }

    /// What kind of error it was: a bus may quote anything in its own words.
    fn kind(error: &zbus::Error) -> &'static str {
        match error {
            zbus::Error::Address(_) | zbus::Error::InputOutput(_) => "not there",
            zbus::Error::Handshake(_) => "not let in",
            zbus::Error::MethodError(..) => "refused",
            _ => "other",
        }
    }

    /// Ends when the bus does.
    fn watch(bus: Bus, address: Option<&str>, shared: &Shared, on_lock: &dyn Fn()) -> zbus::Result<()> {
        let connection = match (address, bus) {
            (Some(address), _) => Builder::address(address)?.build()?,
            (None, Bus::System) => Connection::system()?,
            (None, Bus::Session) => Connection::session()?,
        };
        shared.connections.lock().unwrap_or_else(PoisonError::into_inner).push(connection.clone());
        // Begun before anything is asked to be told, so that nothing is missed.
        let messages = MessageIterator::from(&connection);
        let session = match bus {
            Bus::System => {
                let session = own_session(&connection);
                tell_of_login(&connection, session.as_ref())?;
                session
            }
            Bus::Session => {
                tell_of_screen_savers(&connection)?;
                None
            }
        };
        let mut delay = match bus {
            Bus::System => SleepDelay::ask(&connection),
            Bus::Session => SleepDelay::default(),
        };
        tracing::debug!(?bus, "locking is watched");
        for message in messages {
            if shared.is_over.load(Ordering::SeqCst) {
                break;
            }
            let message = message?;
            // A stranger's signal is neither told nor followed: the bus was asked for the login manager's alone.
            if says_lock(&message, session.as_ref()).unwrap_or(false) {
                on_lock();
            }
            if let Bus::System = bus {
                delay.follow(&connection, &message);
            }
        }
        Ok(())
    }

    /// The session this program runs in; on desktops that start programs as services, the person's own one.
    fn own_session(connection: &Connection) -> Option<OwnedObjectPath> {
        let stated = std::env::var("XDG_SESSION_ID").ok();
        stated.as_deref().into_iter().chain(["auto"]).find_map(|id| {
            let answer = connection.call_method(Some(LOGIN), LOGIN_PATH, Some(LOGIN_MANAGER), "GetSession", &(id,));
            answer.ok()?.body().deserialize::<OwnedObjectPath>().ok()
        })
    }

    fn tell_of_login(connection: &Connection, session: Option<&OwnedObjectPath>) -> zbus::Result<()> {
        let from = format!("type='signal',sender='{LOGIN}'");
        tell(connection, &format!("{from},interface='{LOGIN_MANAGER}',member='PrepareForSleep'"))?;
        let Some(session) = session else { return Ok(()) };
        tell(connection, &format!("{from},interface='{LOGIN_SESSION}',member='Lock'"))?;
        let path = session.as_str();
        tell(connection, &format!("{from},interface='{PROPERTIES}',member='PropertiesChanged',path='{path}'"))
    }

    fn tell_of_screen_savers(connection: &Connection) -> zbus::Result<()> {
        for interface in SCREEN_SAVERS {
            tell(connection, &format!("type='signal',interface='{interface}',member='ActiveChanged'"))?;
        }
        Ok(())
    }

    fn tell(connection: &Connection, rule: &str) -> zbus::Result<()> {
        let bus = "org.freedesktop.DBus";
        connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", &(rule,)).map(drop)
    }

    fn says_lock(message: &Message, session: Option<&OwnedObjectPath>) -> zbus::Result<bool> {
        let header = message.header();
        let (Some(interface), Some(member)) = (header.interface(), header.member()) else { return Ok(false) };
        if header.message_type() != Type::Signal {
            return Ok(false);
        }
        let is_ours = || session.is_some_and(|ours| header.path().is_some_and(|path| path.as_str() == ours.as_str()));
        match (interface.as_str(), member.as_str()) {
            (LOGIN_MANAGER, "PrepareForSleep") => message.body().deserialize(),
            (LOGIN_SESSION, "Lock") => Ok(is_ours()),
            (PROPERTIES, "PropertiesChanged") if is_ours() => {
                let body = message.body();
                let (_, changed, _): (String, HashMap<String, OwnedValue>, Vec<String>) = body.deserialize()?;
                Ok(changed.get("LockedHint").is_some_and(|value| bool::try_from(value).unwrap_or(false)))
            }
            (saver, "ActiveChanged") if SCREEN_SAVERS.contains(&saver) => message.body().deserialize(),
            _ => Ok(false),
        }
    }
}
