//! Windows: a toast in its notification centre. The installer registers the name under which they are shown; without
//! it Windows shows nothing.

use super::APPLICATION;
use std::sync::Arc;
use windows::Data::Xml::Dom::XmlDocument;
use windows::Foundation::TypedEventHandler;
use windows::UI::Notifications::{ToastNotification, ToastNotificationManager};
use windows::core::HSTRING;

/// The same for all: a later one takes the place of an earlier one.
const TAG: &str = "note";

pub(super) struct Shown {
    on_click: Arc<dyn Fn() + Send + Sync>,
    /// Kept as long as a click on it shall be heard.
    toast: Option<ToastNotification>,
}

impl Shown {
    pub(super) fn new(_bus: Option<String>, on_click: impl Fn() + Send + Sync + 'static) -> Self {
        Self { on_click: Arc::new(on_click), toast: None }
    }

    pub(super) fn show(&mut self, title: &str, body: &str) -> Result<(), &'static str> {
        self.try_show(title, body).map_err(|_| "refused")
    }

    pub(super) fn take_back(&mut self) -> Result<(), &'static str> {
        let Some(toast) = self.toast.take() else { return Ok(()) };
        let hide = |toast: &ToastNotification| {
            ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APPLICATION))?.Hide(toast)
        };
        hide(&toast).map_err(|_| "refused")
    }

    fn try_show(&mut self, title: &str, body: &str) -> windows::core::Result<()> {
        let content = XmlDocument::new()?;
        content.LoadXml(&HSTRING::from(describe(title, body)))?;
        let toast = ToastNotification::CreateToastNotification(&content)?;
        toast.SetTag(&HSTRING::from(TAG))?;
        let on_click = Arc::clone(&self.on_click);
        toast.Activated(&TypedEventHandler::new(move |_, _| {
            on_click();
            Ok(())
        }))?;
        ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APPLICATION))?.Show(&toast)?;
        self.toast = Some(toast);
        Ok(())
    }
}

fn describe(title: &str, body: &str) -> String {
    let lines = [title, body].into_iter().filter(|line| !line.is_empty());
    let lines: String = lines.map(|line| format!("<text>{}</text>", plain(line))).collect();
    format!("<toast><visual><binding template=\"ToastGeneric\">{lines}</binding></visual></toast>")
}

/// Signs that would be read as markup; others that cannot stand in it are left out.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|sign| !sign.is_control()).collect();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_with_odd_signs_stays_one_line_of_text() {
        let toast = describe("A note is ready", "Room <1> & \"2\"\u{7}");
        assert!(
            toast.contains("<text>A note is ready</text><text>Room &lt;1&gt; &amp; &quot;2&quot;</text>"),
            "{toast}"
        );
        assert!(!describe("A note is ready", "").contains("<text></text>"));
    }
}
