//! Live updates: whether this desk listens, where, and who may reach it; and NexHealth's appointments.
//! What was delivered, and the addresses that NxVET calls, are on the screen for live updates.

use super::parts::{card, divider, row, switch, weak};
use super::share;
use crate::state::board::{BoardCommand, NexHealthCommand};
use crate::state::live::{ReceiverStatus, SetupCommand};
use crate::state::{LiveCommand, Settings, SettingsCommand, TlsFiles};
use crate::ui::action::Action;
use crate::ui::theme::icons;
use crate::ui::view::View;
use crate::ui::widgets::{self, Field};
use eframe::egui::{Id, Key, Ui};

/// A field in a row, as wide as its control.
const FIELD: f32 = 34.0;

pub(super) fn live_ui(ui: &mut Ui, view: &View<'_>) {
    card(ui, icons::LIVE, "Live updates", |ui| {
        listen_ui(ui, view);
        if view.state.settings.receives {
            divider(ui);
            where_ui(ui, view);
        }
        divider(ui);
        share::share_ui(ui, view);
        divider(ui);
        nexhealth_ui(ui, view);
        room_names_ui(ui, view);
    });
}

fn listen_ui(ui: &mut Ui, view: &View<'_>) {
    let receives = view.state.settings.receives;
    let name = "Listen for live updates";
    row(ui, name, &standing_words(view), |ui| {
        if switch(ui, name, receives).clicked() {
            view.send(SettingsCommand::Receives(!receives));
        }
    });
    if widgets::button(ui, Action::SetUpLive.text()).clicked() {
        view.send(LiveCommand::Setup(SetupCommand::Begin));
    }
}

fn standing_words(view: &View<'_>) -> String {
    match &view.state.live.receiver.status {
        ReceiverStatus::Off => "Off. The list looks for news by itself.".to_owned(),
        ReceiverStatus::Starting => "Starting…".to_owned(),
        ReceiverStatus::Running { address, has_tls } => {
            format!("Listening at {address}, {}.", if *has_tls { "https" } else { "http" })
        }
        ReceiverStatus::Failed(problem) => problem.sentence(),
    }
}

fn where_ui(ui: &mut Ui, view: &View<'_>) {
    let Settings { receiver_port, receiver_for_others, .. } = view.state.settings;
    row(ui, "Port", "Where the tunnel or web server in front of this desk leads to.", |ui| {
        if let Some(port) =
            settled(ui, ("Port", ""), &receiver_port.to_string()).and_then(|text| text.trim().parse().ok())
        {
            view.send(SettingsCommand::ReceiverPort(port));
        }
    });
    let name = "Other computers may reach it";
    row(
        ui,
        name,
        "Only for a web server on another computer of this network. Messages are checked either way.",
        |ui| {
            if switch(ui, name, receiver_for_others).clicked() {
                view.send(SettingsCommand::ReceiverForOthers(!receiver_for_others));
            }
        },
    );
    weak(ui, "Public address");
    if let Some(address) =
        settled(ui, ("Public address", "https://desk.your-clinic.example"), &view.state.settings.public_address)
    {
        view.send(SettingsCommand::PublicAddress(address.trim().to_owned()));
    }
    tls_ui(ui, view);
}

/// Both files or none: one alone opens nothing.
fn tls_ui(ui: &mut Ui, view: &View<'_>) {
    let files = view.state.settings.receiver_tls.clone();
    let name = "Speak https itself";
    row(ui, name, "With a certificate of your own, where nothing stands in front of this desk.", |ui| {
        if switch(ui, name, files.is_some()).clicked() {
            view.send(SettingsCommand::ReceiverTls(files.is_none().then(TlsFiles::default)));
        }
    });
    let Some(files) = files else { return };
    weak(ui, "Certificate file (PEM)");
    if let Some(certificate) = settled(ui, ("Certificate file", ""), &files.certificate) {
        view.send(SettingsCommand::ReceiverTls(Some(TlsFiles { certificate, ..files.clone() })));
    }
    weak(ui, "Key file (PEM); the key itself is not kept here");
    if let Some(key) = settled(ui, ("Key file", ""), &files.key) {
        view.send(SettingsCommand::ReceiverTls(Some(TlsFiles { key, ..files })));
    }
}

/// A text that takes effect when the field is left or Enter is pressed, not with every letter; Esc gives it up.
pub(super) fn settled(ui: &mut Ui, (name, hint): (&str, &str), now: &str) -> Option<String> {
    let id = Id::unique(("settled", name));
    let mut text = ui.data(|data| data.get_temp::<String>(id)).unwrap_or_else(|| now.to_owned());
    let field = Field { name, hint, icon: "", id: id.with("field"), height: FIELD, is_password: false };
    let response = widgets::field(ui, &mut text, &field, |_| {});
    let has_focus = response.has_focus();
    if has_focus {
        ui.data_mut(|data| data.insert_temp(id, text.clone()));
    } else {
        ui.data_mut(|data| data.remove::<String>(id));
    }
    // Esc is taken before any field sees it, so whatever else ends the typing is looked for.
    let is_meant = ui.input(|input| {
        let is_left = input.pointer.any_pressed() || input.pointer.any_released();
        is_left || input.key_pressed(Key::Enter) || input.key_pressed(Key::Tab)
    });
    (response.lost_focus() && is_meant && text != now).then_some(text)
}

fn nexhealth_ui(ui: &mut Ui, view: &View<'_>) {
    let nexhealth = &view.state.board.nexhealth;
    let detail = match (&nexhealth.account, &nexhealth.problem) {
        (Some(_), Some(problem)) => problem.sentence(),
        (Some(account), None) => {
            let freshness = nexhealth.freshness(view.now, view.state.board.zone_or(view.zone()));
            format!("Connected to {} with the key that ends in {}. {freshness}.", account.subdomain, account.key_tail)
        }
        (None, _) => "Not connected. With it, the day view shows the appointments of the practice's book.".to_owned(),
    };
    row(ui, "NexHealth appointments", &detail, |ui| {
        let (words, command) = if nexhealth.is_connected() {
            ("Disconnect…", NexHealthCommand::AskToDisconnect)
        } else {
            ("Connect…", NexHealthCommand::AskToConnect)
        };
        let button = widgets::Button::new(words);
        let name = format!("{} NexHealth", words.trim_end_matches('…'));
        if ui.add(button.accessible_name(&name)).clicked() {
            view.send(BoardCommand::NexHealth(command));
        }
    });
}

/// Names that were given here, so that one that was given by mistake can be changed or taken away.
fn room_names_ui(ui: &mut Ui, view: &View<'_>) {
    let names = view.state.board.names_given();
    if names.is_empty() {
        return;
    }
    divider(ui);
    weak(ui, "Rooms that were named on this computer");
    for (device, room) in names {
        row(ui, room, device.as_str(), |ui| {
            let name = format!("Change the name of {room}");
            if ui.add(widgets::Button::new("Change…").accessible_name(&name)).clicked() {
                view.send(BoardCommand::AskRoomName(device.clone()));
            }
        });
    }
}
