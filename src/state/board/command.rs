//! What a person can wish for on the Rooms screen and about NexHealth, and the work that follows from it.

use crate::domain::live::pairing::Decision;
use crate::domain::live::{AppointmentId, WebhookId};
use crate::domain::{ApiKey, ConsultationKey, DeviceId, Zone};
use crate::state::command::PastedKey;
use crate::state::live::PublicAddress;
use chrono::NaiveDate;

#[derive(Clone, Debug, PartialEq)]
pub enum BoardCommand {
    PreviousDay,
    NextDay,
    Today,
    Day(NaiveDate),
    /// Open a consultation of the day.
    Open(ConsultationKey),
    /// Show the dialog that names a recorder.
    AskRoomName(DeviceId),
    /// The recorder is called this from now on, on this computer; an empty name takes it away.
    NameRoom(DeviceId, String),
    /// Show what an unclear appointment or recording could be: "Match…", "Was in another room…".
    AskToMatch(Subject),
    /// Close the dialog of a name or a match.
    Close,
    Decide(Decision),
    TakeBack(Decision),
    NexHealth(NexHealthCommand),
}

/// What is unclear.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    Appointment(AppointmentId),
    Recording(ConsultationKey),
}

#[derive(Clone, Debug, PartialEq)]
pub enum NexHealthCommand {
    AskToConnect,
    /// Check the key and keep it.
    Connect(NexHealthForm),
    /// Give up the check under way and close the dialog.
    Cancel,
    AskToDisconnect,
    /// Forget the key; appointments that are here stay.
    Disconnect,
    /// Ask for the appointments now.
    Read,
    /// Have NexHealth send messages to the receiver's public address.
    SetUpMessages,
    /// NexHealth stopped sending: turn it on again, and read what was missed.
    Revive(WebhookId),
}

/// What was typed into the connect dialog. The key is never printed.
#[derive(Clone, Debug, PartialEq)]
pub struct NexHealthForm {
    pub key: PastedKey,
    /// The practice's short name at NexHealth.
    pub subdomain: String,
    /// The location's number, where the practice has several.
    pub location: String,
}

#[derive(Clone, Debug, PartialEq)]
pub enum BoardRequest {
    /// Show a day and follow what changes in it. Answered by `BoardEvent::Day`, which comes again with every change.
    Follow {
        sequence: u64,
        date: NaiveDate,
        zone: Zone,
    },
    /// Nobody looks any more.
    Rest,
    /// Answered by `BoardEvent::NotSaved` if it could not be kept.
    NameRoom {
        device: DeviceId,
        name: String,
    },
    Decide(Decision),
    TakeBack(Decision),
}

#[derive(Clone, Debug)]
pub enum NexHealthRequest {
    /// Answered by `NexHealthEvent::Connected` or `Refused`.
    Connect { key: ApiKey, subdomain: String, location: Option<i64> },
    /// Give up connecting; nothing follows.
    Cancel,
    /// Answered by `NexHealthEvent::Disconnected`.
    Disconnect,
    /// Answered by `NexHealthEvent::Read`.
    Read,
    /// Answered by `NexHealthEvent::Messages`.
    SetUpMessages(PublicAddress),
    /// Answered by `NexHealthEvent::Messages` and `Read`.
    Revive(WebhookId),
    /// Names of patients that appointments tell only by number. Answered by `BoardEvent::Names`.
    Names(Vec<i64>),
}
