//! Linux: the signal that docks and task managers listen to, first made by Unity and taken over by others.

use super::WindowNumber;
use crate::platform::notify::APPLICATION;
use std::collections::HashMap;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::zvariant::Value;

const INTERFACE: &str = "com.canonical.Unity.LauncherEntry";
const PATH: &str = "/io/github/consult_desk/ConsultDesk";

pub(super) struct Bar {
    bus: Option<String>,
    connection: Option<Connection>,
}

impl Bar {
    pub(super) fn new(bus: Option<String>, _window: WindowNumber) -> Self {
        Self { bus, connection: None }
    }

    /// Nothing is told about nothing: a bar that was never shown needs no taking off.
    pub(super) fn show(&mut self, percent: Option<u8>) -> Option<()> {
        if self.connection.is_none() && percent.is_some() {
            self.connection = self.connect().ok();
        }
        let Some(connection) = &self.connection else { return percent.is_none().then_some(()) };
        let share = f64::from(percent.unwrap_or_default()) / 100.0;
        let shown: HashMap<&str, Value<'_>> =
            [("progress", share.into()), ("progress-visible", percent.is_some().into())].into();
        let entry = format!("application://{APPLICATION}.desktop");
        connection.emit_signal(None::<&str>, PATH, INTERFACE, "Update", &(entry, shown)).ok()
    }

    fn connect(&self) -> zbus::Result<Connection> {
        match &self.bus {
            Some(address) => Builder::address(address.as_str())?.build(),
            None => Connection::session(),
        }
    }
}
