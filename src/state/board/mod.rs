//! The board of the rooms, the day view and what is left to check of a day, as the Rooms screen draws them.
//! What events told is folded here as it comes; consultations and appointments are handed in by the background for the
//! day that is looked at, and everything that shows is laid out anew whenever one of them changes.

mod apply;
mod command;
mod event;
mod handle;
mod nexhealth;
mod view;

pub use command::{BoardCommand, BoardRequest, NexHealthCommand, NexHealthForm, NexHealthRequest, Subject};
pub use event::{BoardEvent, BoardKnown, BookNames, DayRows, Messages, NexHealthAccount, NexHealthEvent, Unsaved};
pub use nexhealth::NexHealthState;

use crate::domain::live::Appointment;
use crate::domain::live::board::{Board, Tile};
use crate::domain::live::book::AppointmentBook;
use crate::domain::live::day::Day;
use crate::domain::live::pairing::{Decision, Decisions, Reconciliation, WhyOpen};
use crate::domain::live::rooms::{Directory, RoomNames};
use crate::domain::{Consultation, ConsultationKey, DeviceId, RoomDevice, Zone};
use chrono::{DateTime, NaiveDate, Utc};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Everything the Rooms screen draws from.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each says one thing that shows by itself")]
pub struct BoardState {
    /// One per recorder, in their order.
    pub tiles: Vec<Tile>,
    /// The day that shows; `None` until it is there for the first time.
    pub day: Option<Arc<Day>>,
    /// Another day was asked for; the former one shows until it is there.
    pub is_loading: bool,
    /// Consultations of the shown day may be missing: they were not read from NxVET yet.
    pub is_day_cut: bool,
    /// Appointments without a recording and recordings without an appointment, of the shown day.
    pub to_check: Vec<CheckRow>,
    /// Whether any appointment of the shown day is known.
    pub has_appointments: bool,
    pub naming: Option<Naming>,
    pub matching: Option<Matching>,
    pub nexhealth: NexHealthState,
    /// The practice's own zone; the clinic's where no appointment tells one.
    pub zone: Option<Zone>,
    is_followed: bool,
    /// The day that was chosen; `None` is today, whichever that is.
    chosen: Option<NaiveDate>,
    /// The day that was asked for last.
    asked: Option<NaiveDate>,
    /// The day that the rows at hand are of.
    answered: Option<NaiveDate>,
    sequence: u64,
    facts: Facts,
    reconciliation: Reconciliation,
    /// What was said last, so that it can be taken back.
    pub last_said: Option<Decision>,
    /// What a recorder was called before a change that is being kept.
    renamed: Option<(DeviceId, Option<String>)>,
    /// Patients whose names were asked for.
    asked_names: BTreeSet<i64>,
    /// When what shows was laid out.
    laid_out_at: Option<DateTime<Utc>>,
}

/// What everything that shows is laid out from.
#[derive(Debug, Default)]
struct Facts {
    board: Board,
    book: AppointmentBook,
    devices: Vec<RoomDevice>,
    devices_at: Option<DateTime<Utc>>,
    names: RoomNames,
    directory: Directory,
    decisions: Decisions,
    rows: DayRows,
}

/// A row of "To check".
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRow {
    pub subject: Subject,
    pub at: DateTime<Utc>,
    /// The room's name as it shows.
    pub room: String,
    /// The appointment that has no recording.
    pub appointment: Option<Appointment>,
    /// The recording that has no appointment.
    pub recording: Option<Arc<Consultation>>,
    pub why: WhyOpen,
    /// How many things it could be.
    pub candidates: usize,
}

/// The dialog that names a recorder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Naming {
    pub device: DeviceId,
    /// What it is called now; empty when nobody has named it.
    pub name: String,
    /// Rooms that are known by name: to choose one says that this recorder is in it.
    pub rooms: Vec<String>,
}

/// The dialog that says what an unclear appointment or recording was.
#[derive(Clone, Debug, PartialEq)]
pub struct Matching {
    pub row: CheckRow,
    /// What it could be: what fits best first, then everything else of the day that has no partner.
    pub choices: Vec<Choice>,
}

/// One thing that an unclear appointment or recording could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// What choosing it says.
    pub decision: Decision,
    pub at: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
    pub name: String,
    /// Breed and sex of a patient, or the appointment's note.
    pub detail: String,
    pub room: String,
    /// The rules see nothing against it but that they are not sure.
    pub is_likely: bool,
}

impl BoardState {
    /// The local day that is shown or was asked for.
    pub fn date(&self) -> Option<NaiveDate> {
        self.asked
    }

    /// The zone in which days and times show.
    pub fn zone_or(&self, clinic: Zone) -> Zone {
        self.zone.unwrap_or(clinic)
    }

    pub fn shows_today(&self) -> bool {
        self.chosen.is_none()
    }

    /// What persons call recorders on this computer, so that a name given by mistake can be taken away again.
    pub fn names_given(&self) -> &RoomNames {
        &self.facts.names
    }

    /// The row whose dialog is asked for.
    fn row(&self, subject: &Subject) -> Option<&CheckRow> {
        self.to_check.iter().find(|row| row.subject == *subject)
    }

    /// An appointment of the shown day, for a tooltip.
    pub fn appointment(&self, id: crate::domain::live::AppointmentId) -> Option<Appointment> {
        self.facts.book.get(id)
    }

    /// The appointment that a recording was.
    pub fn appointment_of(&self, key: &ConsultationKey) -> Option<Appointment> {
        self.facts.book.get(self.reconciliation.appointment_of(key)?)
    }
}

#[cfg(test)]
mod tests;
