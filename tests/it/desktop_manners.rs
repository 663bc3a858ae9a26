//! What a desktop tells and is told, with pretended services on a bus of its own: light and dark, the size of text, the
//! form of the clock, and how far a download has come.

#![cfg(target_os = "linux")]

use crate::support::bus::Bus;
use consult_desk::platform::look::{Look, LookWatch};
use consult_desk::platform::progress::{Progress, WindowNumber};
use std::collections::HashMap;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use zbus::blocking::MessageIterator;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{OwnedValue, Value};

const LONG: Duration = Duration::from_secs(20);
const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const GNOME: &str = "org.gnome.desktop.interface";

type Values = HashMap<String, OwnedValue>;

struct Settings;

#[zbus::interface(name = "org.freedesktop.portal.Settings")]
impl Settings {
    #[expect(clippy::unused_self, reason = "a method of the interface")]
    fn read_all(&self, namespaces: Vec<String>) -> HashMap<String, Values> {
        assert_eq!(namespaces.join(" "), format!("{APPEARANCE} {GNOME}"));
        drop(namespaces);
        let value = |value: Value<'_>| value.try_to_owned().expect("a value");
        let scheme = [("color-scheme".to_owned(), value(Value::U32(1)))];
        let text = [("text-scaling-factor".to_owned(), value(Value::F64(1.25)))];
        [(APPEARANCE.to_owned(), scheme.into()), (GNOME.to_owned(), text.into())].into()
    }
}

fn next(looks: &Receiver<Look>) -> Look {
    looks.recv_timeout(LONG).expect("told")
}

#[test]
fn what_the_desktop_says_and_changes_is_followed() {
    let Some(bus) = Bus::start() else { return };
    let portal = bus.owner(PORTAL).serve_at(PATH, Settings).expect("served").build().expect("a portal");
    let (sender, looks) = sync_channel(8);
    let on_look = move |look| {
        sender.send(look).ok();
    };
    let watch = LookWatch::start(Some(bus.address.clone()), on_look).expect("a watch");
    let first = next(&looks);
    assert_eq!(first.is_dark, Some(true));
    assert!((first.text_scale - 1.25).abs() < 0.001);
    let change = |namespace: &str, key: &str, value: Value<'_>| {
        portal.emit_signal(None::<&str>, PATH, SETTINGS, "SettingChanged", &(namespace, key, value)).expect("told");
    };
    change(GNOME, "gtk-theme", Value::from("Adwaita"));
    change(APPEARANCE, "color-scheme", Value::U32(2));
    assert_eq!(next(&looks), Look { is_dark: Some(false), ..first }, "what is not known changes nothing");
    change(GNOME, "clock-format", Value::from("12h"));
    assert!(next(&looks).twelve_hours);
    drop(watch);
}

#[test]
fn a_download_shows_on_the_entry_in_the_bar_and_goes_from_there() {
    let Some(bus) = Bus::start() else { return };
    let dock = Builder::address(bus.address.as_str()).expect("an address").build().expect("a bus");
    let updates = MessageIterator::from(&dock);
    let rule = "type='signal',interface='com.canonical.Unity.LauncherEntry',member='Update'";
    let daemon = "org.freedesktop.DBus";
    dock.call_method(Some(daemon), "/org/freedesktop/DBus", Some(daemon), "AddMatch", &(rule,)).expect("listening");
    let mut told = updates.filter_map(|message| {
        let body = message.ok()?.body().deserialize::<(String, Values)>();
        let (entry, shown) = body.ok()?;
        assert_eq!(entry, "application://io.github.consult_desk.ConsultDesk.desktop");
        let share = f64::try_from(shown.get("progress")?).ok()?;
        Some((share, bool::try_from(shown.get("progress-visible")?).ok()?))
    });
    let mut progress = Progress::start(Some(bus.address.clone()), WindowNumber::default()).expect("a thread");
    progress.tell(None);
    progress.tell(Some(40));
    assert_eq!(told.next(), Some((0.4, true)), "nothing is told about nothing");
    progress.tell(Some(40));
    progress.tell(Some(100));
    assert_eq!(told.next(), Some((1.0, true)), "once each");
    drop(progress);
    assert_eq!(told.next(), Some((0.0, false)), "nothing stays on the bar");
}
