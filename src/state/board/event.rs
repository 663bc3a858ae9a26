//! What happened that concerns the rooms and the appointments.

use crate::domain::live::pairing::{Decision, Decisions};
use crate::domain::live::rooms::RoomNames;
use crate::domain::live::{Appointment, LiveEvent, WebhookId};
use crate::domain::{Consultation, DeviceId, RoomDevice};
use crate::state::problem::Problem;
use chrono::{DateTime, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

#[derive(Clone, Debug)]
pub enum BoardEvent {
    /// Everything that was kept; comes after a clinic was entered.
    Known(Box<BoardKnown>),
    /// NxVET told its recorders.
    Devices {
        devices: Vec<RoomDevice>,
        at: DateTime<Utc>,
    },
    /// The day that is shown, now and with every change. Answers to an older sequence are dropped.
    Day {
        sequence: u64,
        rows: Box<DayRows>,
    },
    /// Appointments that were read or told; the newest telling of each holds.
    Appointments(Vec<Appointment>),
    /// Names that appointments tell only by number.
    Names(BookNames),
    /// A name or a decision could not be kept, and is taken back.
    NotSaved {
        what: Unsaved,
        problem: Problem,
    },
    NexHealth(NexHealthEvent),
}

#[derive(Clone, Debug, Default)]
pub struct BoardKnown {
    pub devices: Vec<RoomDevice>,
    /// When NxVET last told them.
    pub devices_at: Option<DateTime<Utc>>,
    pub names: RoomNames,
    pub decisions: Decisions,
    /// Events of the last days, in any order.
    pub events: Vec<LiveEvent>,
}

#[derive(Clone, Debug, Default)]
pub struct DayRows {
    /// Today's consultations and some from before, newest first: what the tiles say.
    pub recent: Vec<Arc<Consultation>>,
    /// Those of the day that is shown.
    pub day: Vec<Arc<Consultation>>,
    /// Appointments of the day that is shown.
    pub appointments: Vec<Appointment>,
    /// Folded names that several patients of the clinic carry.
    pub namesakes: BTreeSet<String>,
    /// The consultations of that day were all read; otherwise older ones are not here yet.
    pub is_complete: bool,
}

/// What the practice's book calls its patients and rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookNames {
    pub patients: Vec<(i64, String)>,
    pub rooms: Vec<(i64, String)>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Unsaved {
    RoomName(DeviceId),
    Decision(Decision),
    /// That a decision was taken back.
    TakenBack(Decision),
}

#[derive(Clone, Debug, PartialEq)]
pub enum NexHealthEvent {
    /// No key is kept. Also after `Disconnect`.
    Disconnected,
    /// A key is kept, or was just accepted.
    Connected(NexHealthAccount),
    /// What is known of appointments was another practice's, and is forgotten.
    OtherPractice,
    /// Not connected; the dialog says why.
    Refused(Problem),
    /// The key was refused or NexHealth is out of reach; what is here stays.
    Trouble(Problem),
    /// Appointments are being read.
    Reading,
    /// They were read, all of them.
    Read { at: DateTime<Utc> },
    /// How messages stand.
    Messages(Messages),
    /// Turning messages on failed.
    MessagesFailed(Problem),
    /// When the last message came, as the store knows it.
    LastMessage(DateTime<Utc>),
}

/// Who is connected. The key itself never comes here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NexHealthAccount {
    pub subdomain: String,
    pub location: Option<i64>,
    /// The last four characters of the key.
    pub key_tail: String,
}

/// Whether NexHealth sends messages to this clinic's receiver.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Messages {
    /// Not asked yet.
    #[default]
    Unknown,
    /// Nothing is set up; appointments are asked for every few minutes.
    NotSetUp,
    Working {
        endpoint: WebhookId,
        address: String,
    },
    /// NexHealth gave up after two days of failures, or somebody turned it off.
    Stopped {
        endpoint: WebhookId,
        address: String,
    },
}
