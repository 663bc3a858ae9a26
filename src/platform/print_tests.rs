//! Printing on a bus of its own with a pretended portal.

use super::*;
use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue};

const REQUEST: &str = "/org/freedesktop/portal/desktop/request/1_1/t";

struct Bus(Child, String);

impl Bus {
    fn start() -> Option<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null()).stdout(Stdio::piped());
        let mut daemon = command.stderr(Stdio::null()).spawn().ok()?;
        let mut line = String::new();
        BufReader::new(daemon.stdout.take().expect("its words")).read_line(&mut line).expect("an address");
        Some(Self(daemon, line.trim().to_owned()))
    }
}

impl Drop for Bus {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

struct Portal {
    printed: SyncSender<(String, Vec<u8>)>,
    outcome: u32,
}

#[zbus::interface(name = "org.freedesktop.portal.Print")]
impl Portal {
    #[expect(clippy::too_many_arguments, reason = "the interface has so many")]
    async fn print(
        &self,
        window: &str,
        title: String,
        document: zbus::zvariant::OwnedFd,
        options: HashMap<String, OwnedValue>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> OwnedObjectPath {
        assert_eq!((window, options.into_keys().collect::<Vec<_>>()), ("", vec!["modal".to_owned()]));
        let mut bytes = Vec::new();
        let mut file = std::fs::File::from(OwnedFd::from(document));
        file.read_to_end(&mut bytes).expect("the document");
        self.printed.try_send((title, bytes)).expect("heard");
        let request = ObjectPath::try_from(REQUEST).expect("a path");
        let answer = SignalEmitter::new(emitter.connection(), request.clone()).expect("an emitter");
        let nothing: HashMap<String, OwnedValue> = HashMap::new();
        let body = (self.outcome, nothing);
        answer.emit("org.freedesktop.portal.Request", "Response", &body).await.expect("told");
        request.into()
    }
}

fn printed_with(outcome: u32) -> Option<(Printed, String, Vec<u8>)> {
    let Some(bus) = Bus::start() else {
        eprintln!("skipped: this needs dbus-daemon (Debian: package dbus)");
        return None;
    };
    let (sender, printed) = sync_channel(1);
    let portal = Portal { printed: sender, outcome };
    let builder = Builder::address(bus.1.as_str()).expect("an address");
    let builder = builder.name("org.freedesktop.portal.Desktop").expect("a name");
    let served = builder.serve_at("/org/freedesktop/portal/desktop", portal).expect("served");
    let _desktop: Connection = served.build().expect("a portal");
    let home = tempfile::tempdir().expect("a folder");
    let document = home.path().join("one.pdf");
    std::fs::write(&document, b"%PDF-1.7 words").expect("written");
    let us = Builder::address(bus.1.as_str()).expect("an address").build().expect("a bus");
    let outcome = here::by_portal(&us, &document, "Consultation").expect("an answer");
    let (title, bytes) = printed.recv_timeout(Duration::from_secs(20)).expect("printed");
    Some((outcome, title, bytes))
}

#[test]
fn the_portal_is_handed_the_document_itself_and_a_title_that_names_nobody() {
    let Some((outcome, title, bytes)) = printed_with(0) else { return };
    assert_eq!((outcome, title.as_str()), (Printed::Sent, "Consultation"));
    assert_eq!(bytes, b"%PDF-1.7 words");
}

#[test]
fn a_dialog_that_is_closed_prints_nothing() {
    let Some((outcome, ..)) = printed_with(1) else { return };
    assert_eq!(outcome, Printed::Cancelled);
}
