//! Holds the computer's sleep back for the moment that the desk needs to lock: what was on screen when it went to sleep
//! is what shows first when it wakes. Linux's login manager grants such a delay (five seconds at most, as it comes);
//! where it does not, the desk locks as soon as it can.

use std::time::Duration;
use zbus::blocking::Connection;
use zbus::message::Message;
use zbus::zvariant::OwnedFd;

/// Enough for the window to draw its lock screen and for the background to let go of what was read.
const MOMENT: Duration = Duration::from_millis(1_500);

/// Sleep waits as long as the file is open, or until the login manager loses patience.
#[derive(Debug, Default)]
pub(super) struct SleepDelay {
    held: Option<OwnedFd>,
}

impl SleepDelay {
    pub(super) fn ask(connection: &Connection) -> Self {
        let how = ("sleep", "Consult Desk", "Locking before the computer sleeps", "delay");
        let (login, path) = ("org.freedesktop.login1", "/org/freedesktop/login1");
        let interface = Some("org.freedesktop.login1.Manager");
        let answer = connection.call_method(Some(login), path, interface, "Inhibit", &how);
        let held = answer.and_then(|answer| answer.body().deserialize::<OwnedFd>());
        if held.is_err() {
            tracing::info!("sleep is not held back for locking");
        }
        Self { held: held.ok() }
    }

    /// After `message` was acted on: lets the computer sleep once there was time to lock, and asks again when it wakes.
    pub(super) fn follow(&mut self, connection: &Connection, message: &Message) {
        let header = message.header();
        if header.member().is_none_or(|member| member != "PrepareForSleep") {
            return;
        }
        match message.body().deserialize::<bool>() {
            Ok(true) if self.held.is_some() => {
                std::thread::sleep(MOMENT);
                self.held = None;
            }
            Ok(false) if self.held.is_none() => *self = Self::ask(connection),
            _ => {}
        }
    }
}
