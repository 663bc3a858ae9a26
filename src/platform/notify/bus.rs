//! Linux: the desktop's notification service, over the session's bus.

use super::APPLICATION;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::Value;

const NAME: &str = "org.freedesktop.Notifications";
const PATH: &str = "/org/freedesktop/Notifications";
const CLICK: &str = "default";

pub(super) struct Shown {
    bus: Option<String>,
    on_click: Arc<dyn Fn() + Send + Sync>,
    service: Option<Service>,
    /// The number of the one that stands there, 0 for none.
    number: Arc<AtomicU32>,
}

struct Service {
    connection: Connection,
    reads_markup: bool,
}

impl Shown {
    pub(super) fn new(bus: Option<String>, on_click: impl Fn() + Send + Sync + 'static) -> Self {
        Self { bus, on_click: Arc::new(on_click), service: None, number: Arc::default() }
    }

    pub(super) fn show(&mut self, title: &str, body: &str) -> Result<(), &'static str> {
        let sent = self.try_show(title, body);
        if sent.is_err() {
            // A desktop that was started anew has another service; the next one asks for it again.
            self.let_go();
        }
        sent.map_err(|error| kind(&error))
    }

    pub(super) fn take_back(&mut self) -> Result<(), &'static str> {
        let number = self.number.swap(0, Ordering::SeqCst);
        let Some(service) = self.service.as_ref().filter(|_| number != 0) else { return Ok(()) };
        service.call("CloseNotification", &(number,)).map(drop).map_err(|error| kind(&error))
    }

    fn try_show(&mut self, title: &str, body: &str) -> zbus::Result<()> {
        if self.service.is_none() {
            self.service = Some(self.connect()?);
        }
        let Some(service) = &self.service else { return Err(zbus::Error::InvalidReply) };
        let body = if service.reads_markup { plain(body) } else { body.to_owned() };
        let former = self.number.load(Ordering::SeqCst);
        let hints: HashMap<&str, Value<'_>> =
            [("desktop-entry", APPLICATION.into()), ("category", "transfer.complete".into())].into();
        let actions = [CLICK, "Open"].as_slice();
        let told = ("Consult Desk", former, APPLICATION, title, body.as_str(), actions, hints, -1_i32);
        let answer = service.call("Notify", &told)?;
        self.number.store(answer.body().deserialize()?, Ordering::SeqCst);
        Ok(())
    }

    /// Ends the thread that waits for clicks, too.
    fn let_go(&mut self) {
        if let Some(service) = self.service.take() {
            service.connection.close().ok();
        }
        self.number.store(0, Ordering::SeqCst);
    }

    fn connect(&self) -> zbus::Result<Service> {
        let connection = match &self.bus {
            Some(address) => Builder::address(address.as_str())?.build()?,
            None => Connection::session()?,
        };
        let service = Service { connection, reads_markup: false };
        let answer = service.call("GetCapabilities", &())?;
        let able: Vec<String> = answer.body().deserialize()?;
        self.listen(&service.connection)?;
        Ok(Service { reads_markup: able.iter().any(|what| what == "body-markup"), ..service })
    }

    /// Clicks and closings come as signals; a thread waits for them as long as the connection stands.
    fn listen(&self, connection: &Connection) -> zbus::Result<()> {
        let messages = MessageIterator::from(connection);
        let bus = "org.freedesktop.DBus";
        let rule = format!("type='signal',interface='{NAME}',path='{PATH}'");
        connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", &(rule,))?;
        let (number, on_click) = (Arc::clone(&self.number), Arc::clone(&self.on_click));
        let hear = move || {
            for message in messages.flatten() {
                if says_click(&message, &number).unwrap_or(false) {
                    on_click();
                }
            }
        };
        let spawned = std::thread::Builder::new().name("notifier-clicks".to_owned()).spawn(hear);
        spawned.map(drop).map_err(|error| zbus::Error::InputOutput(Arc::new(error)))
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        self.let_go();
    }
}

impl Service {
    fn call<B: serde::Serialize + zbus::zvariant::DynamicType>(
        &self,
        method: &str,
        body: &B,
    ) -> zbus::Result<zbus::message::Message> {
        self.connection.call_method(Some(NAME), PATH, Some(NAME), method, body)
    }
}

/// Whether the one that stands there was clicked; one that is closed stands there no more.
fn says_click(message: &zbus::message::Message, number: &AtomicU32) -> zbus::Result<bool> {
    let header = message.header();
    let is_its = header.interface().is_some_and(|interface| interface.as_str() == NAME);
    let Some(member) = header.member().filter(|_| is_its && header.message_type() == Type::Signal) else {
        return Ok(false);
    };
    let is_shown = |told: u32| told != 0 && told == number.load(Ordering::SeqCst);
    match member.as_str() {
        "ActionInvoked" => {
            let (told, action): (u32, String) = message.body().deserialize()?;
            Ok(is_shown(told) && action == CLICK)
        }
        "NotificationClosed" => {
            let (told, _why): (u32, u32) = message.body().deserialize()?;
            number.compare_exchange(told, 0, Ordering::SeqCst, Ordering::SeqCst).ok();
            Ok(false)
        }
        _ => Ok(false),
    }
}

/// Signs that a service would read as markup.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What kind of error it was: a bus may quote anything in its own words.
fn kind(error: &zbus::Error) -> &'static str {
    match error {
        zbus::Error::Address(_) | zbus::Error::InputOutput(_) => "no bus",
        zbus::Error::MethodError(..) => "refused",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_room_with_odd_signs_is_not_read_as_markup() {
        assert_eq!(super::plain("Room <b>1</b> & 2"), "Room &lt;b&gt;1&lt;/b&gt; &amp; 2");
    }
}
