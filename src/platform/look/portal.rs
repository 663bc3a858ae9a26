//! Linux: the locale of the environment, and what the desktop's portal says of light and dark, the size of text and
//! the form of the clock. A desktop without a portal, or a bus that is not there, leaves it at the locale.

use super::{Look, territory};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::{Message, Type};
use zbus::zvariant::{OwnedValue, Value};

const PORTAL: &str = "org.freedesktop.portal.Desktop";
const PATH: &str = "/org/freedesktop/portal/desktop";
const SETTINGS: &str = "org.freedesktop.portal.Settings";
const APPEARANCE: &str = "org.freedesktop.appearance";
const GNOME: &str = "org.gnome.desktop.interface";

pub(super) fn now() -> Look {
    of_locale(|name| std::env::var(name).ok())
}

/// The first of these that is set decides about times, as the C library has it.
fn of_locale(variable: impl Fn(&str) -> Option<String>) -> Look {
    let set = |name: &&str| variable(name).filter(|locale| !locale.is_empty());
    let locale = ["LC_ALL", "LC_TIME", "LANG"].iter().find_map(set).unwrap_or_default();
    Look {
        twelve_hours: territory::has_twelve_hours(&locale),
        month_first: territory::puts_month_first(&locale),
        ..Look::default()
    }
}

#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
}

#[derive(Debug, Default)]
struct Shared {
    is_over: AtomicBool,
    /// Closed at the end, which ends the thread.
    connection: Mutex<Option<Connection>>,
}

impl Watch {
    pub(super) fn start(bus: Option<String>, on_look: impl Fn(Look) + Send + 'static) -> std::io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let kept = Arc::clone(&shared);
        let follow = move || {
            if follow(bus.as_deref(), &kept, &on_look).is_err() {
                tracing::debug!("the desktop does not say how things should look");
            }
        };
        std::thread::Builder::new().name("look-portal".to_owned()).spawn(follow)?;
        Ok(Self { shared })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::SeqCst);
        let connection = self.shared.connection.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(connection) = connection {
            connection.close().ok();
        }
    }
}

fn follow(bus: Option<&str>, shared: &Shared, on_look: &dyn Fn(Look)) -> zbus::Result<()> {
    let connection = match bus {
        Some(address) => Builder::address(address)?.build()?,
        None => Connection::session()?,
    };
    *shared.connection.lock().unwrap_or_else(PoisonError::into_inner) = Some(connection.clone());
    // Begun before anything is asked, so that no change is missed.
    let messages = MessageIterator::from(&connection);
    let bus = "org.freedesktop.DBus";
    let rule = format!("type='signal',interface='{SETTINGS}',member='SettingChanged',path='{PATH}'");
    connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", &(rule,))?;
    let mut look = now();
    let asked = ([APPEARANCE, GNOME].as_slice(),);
    let answer = connection.call_method(Some(PORTAL), PATH, Some(SETTINGS), "ReadAll", &asked)?;
    let said: HashMap<String, HashMap<String, OwnedValue>> = answer.body().deserialize()?;
    for (namespace, values) in &said {
        for (key, value) in values {
            look = with(look, namespace, key, value);
        }
    }
    let mut known = now();
    tell(look, &mut known, on_look);
    for message in messages {
        if shared.is_over.load(Ordering::SeqCst) {
            break;
        }
        look = changed(look, &message?).unwrap_or(look);
        tell(look, &mut known, on_look);
    }
    Ok(())
}

fn tell(look: Look, known: &mut Look, on_look: &dyn Fn(Look)) {
    if std::mem::replace(known, look) != look {
        on_look(look);
    }
}

fn changed(look: Look, message: &Message) -> Option<Look> {
    let header = message.header();
    let is_it = header.message_type() == Type::Signal
        && header.interface().is_some_and(|interface| interface.as_str() == SETTINGS)
        && header.member().is_some_and(|member| member.as_str() == "SettingChanged");
    if !is_it {
        return None;
    }
    let body = message.body();
    let (namespace, key, value): (String, String, OwnedValue) = body.deserialize().ok()?;
    Some(with(look, &namespace, &key, &value))
}

/// A value that cannot be read changes nothing.
fn with(look: Look, namespace: &str, key: &str, value: &Value<'_>) -> Look {
    // Some portals wrap a value once more.
    let value = if let Value::Value(inner) = value { inner } else { value };
    match (namespace, key, value) {
        // 1 is dark, 2 is light, and 0 leaves it to the program, for which paper is white.
        (APPEARANCE, "color-scheme", Value::U32(scheme)) => Look { is_dark: Some(*scheme == 1), ..look },
        (GNOME, "text-scaling-factor", Value::F64(factor)) if factor.is_finite() => {
            Look { text_scale: factor.clamp(0.5, 3.0) as f32, ..look }
        }
        (GNOME, "clock-format", Value::Str(form)) => match form.as_str() {
            "12h" => Look { twelve_hours: true, ..look },
            "24h" => Look { twelve_hours: false, ..look },
            _ => look,
        },
        _ => look,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_a_locale_of_their_own() {
        let of = |set: &[(&str, &str)]| {
            let set: HashMap<String, String> =
                set.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
            of_locale(|name| set.get(name).cloned()).twelve_hours
        };
        assert!(!of(&[]));
        assert!(of(&[("LANG", "en_US.UTF-8")]));
        assert!(!of(&[("LANG", "en_US.UTF-8"), ("LC_TIME", "de_DE.UTF-8")]));
        assert!(of(&[("LANG", "de_DE"), ("LC_TIME", ""), ("LC_ALL", "en_AU")]));
    }

    #[test]
    fn only_what_is_known_and_sane_changes_something() {
        let look = Look::default();
        assert_eq!(with(look, APPEARANCE, "color-scheme", &Value::U32(1)).is_dark, Some(true));
        assert_eq!(with(look, APPEARANCE, "color-scheme", &Value::Value(Box::new(Value::U32(2)))).is_dark, Some(false));
        assert!((with(look, GNOME, "text-scaling-factor", &Value::F64(1.25)).text_scale - 1.25).abs() < 0.001);
        assert!(with(look, GNOME, "clock-format", &Value::from("12h")).twelve_hours);
        for (namespace, key, value) in [
            (APPEARANCE, "color-scheme", Value::from("dark")),
            (GNOME, "text-scaling-factor", Value::F64(f64::NAN)),
            (GNOME, "clock-format", Value::from("sundial")),
            (GNOME, "gtk-theme", Value::from("Adwaita-dark")),
        ] {
            assert_eq!(with(look, namespace, key, &value), look, "{key}");
        }
    }
}
