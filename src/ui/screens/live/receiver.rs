//! The receiver's card: whether this desk listens, where, and what came last.

use super::strip::{Strip, strip_ui};
use crate::state::live::{ReceiverStatus, SetupCommand, ShareStatus};
use crate::state::{LiveCommand, SettingsCommand, ShareRole};
use crate::ui::action::Action;
use crate::ui::format;
use crate::ui::screens::parts::switch;
use crate::ui::view::View;
use crate::ui::widgets::{self, Button, Kind, Tone};
use eframe::egui::Ui;

pub(super) fn receiver_ui(ui: &mut Ui, view: &View<'_>) {
    let live = &view.state.live;
    let is_wanted = view.state.settings.receives;
    let has_webhooks = !live.webhooks.is_empty();
    // Another computer receives, and this one is told.
    let is_told = view.state.settings.share == ShareRole::Listens && live.receiver.status == ReceiverStatus::Off;
    let facts = if is_told { live.share.status.words() } else { facts(view) };
    let title =
        if is_told { "Another computer receives" } else { title(&live.receiver.status, is_wanted || has_webhooks) };
    let standing = if is_told { told_standing(&live.share.status) } else { standing(&live.receiver.status) };
    let trouble = match &live.share.status {
        ShareStatus::Failed(problem) if !is_told => problem.sentence(),
        _ => String::new(),
    };
    let strip = Strip { standing, title, facts: &facts, trouble: &trouble };
    strip_ui(ui, &strip, 260.0, |ui| {
        if switch(ui, "Listen for live updates", is_wanted).clicked() {
            view.send(SettingsCommand::Receives(!is_wanted));
        }
        let words = Action::SetUpLive.text();
        let kind = if live.is_live() { Kind::Plain } else { Kind::Primary };
        let button =
            if has_webhooks || is_wanted { widgets::button(ui, words) } else { ui.add(Button::new(words).kind(kind)) };
        if button.clicked() {
            view.send(LiveCommand::Setup(SetupCommand::Begin));
        }
    });
}

fn title(status: &ReceiverStatus, is_set_up: bool) -> &'static str {
    match status {
        ReceiverStatus::Off if is_set_up => "This desk does not listen",
        ReceiverStatus::Off => "Live updates are off",
        ReceiverStatus::Starting | ReceiverStatus::Running { .. } => "This desk listens",
        ReceiverStatus::Failed(_) => "This desk cannot listen",
    }
}

fn standing(status: &ReceiverStatus) -> (&'static str, Tone) {
    match status {
        ReceiverStatus::Off => ("Off", Tone::Quiet),
        ReceiverStatus::Starting => ("Starting", Tone::Quiet),
        ReceiverStatus::Running { .. } => ("Listening", Tone::Ok),
        ReceiverStatus::Failed(_) => ("Not listening", Tone::Error),
    }
}

fn told_standing(status: &ShareStatus) -> (&'static str, Tone) {
    match status {
        ShareStatus::Off | ShareStatus::Connecting | ShareStatus::Sharing => ("Connecting", Tone::Quiet),
        ShareStatus::Listening => ("Listening", Tone::Ok),
        ShareStatus::Silent => ("Not there", Tone::Warn),
        ShareStatus::Failed(_) => ("Not listening", Tone::Error),
    }
}

fn facts(view: &View<'_>) -> String {
    let receiver = &view.state.live.receiver;
    let every = poll_words(view.state.settings.poll_seconds);
    match &receiver.status {
        ReceiverStatus::Starting => "Starting…".to_owned(),
        ReceiverStatus::Off if view.state.live.webhooks.is_empty() => format!(
            "The list looks for news {every}. With live updates it shows them at once, and a room says when it records."
        ),
        ReceiverStatus::Off | ReceiverStatus::Failed(_) => format!("The list still looks for news {every}."),
        ReceiverStatus::Running { address, has_tls } => {
            let how = if *has_tls { "https" } else { "http" };
            let last = receiver.last_good_at.map_or_else(
                || "nothing came yet".to_owned(),
                |at| format!("last message {}", format::as_of(at, view.now, view.zone())),
            );
            format!("At {address} ({how}) · {last}")
        }
    }
}

/// `every minute`, `every 5 min`, `every 30 s`.
fn poll_words(seconds: u16) -> String {
    match seconds {
        60 => "every minute".to_owned(),
        _ if seconds.is_multiple_of(60) => format!("every {} min", seconds / 60),
        _ => format!("every {seconds} s"),
    }
}
