//! The test's and the window's end of the pretended NexHealth.

use std::sync::Arc;

use chrono::{DateTime, Duration, NaiveDate, Utc};

use super::{
    NexHealth, changes,
    changes::{Booked, NewAppointment},
    planted::{PlantedDay, Planter},
    practice::{Appointment, LOCATION},
};
use crate::simulator::shared::Shared;

/// A running NexHealth.
#[derive(Clone)]
pub struct NexHealthHandle {
    shared: Arc<Shared>,
}

/// An appointment as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AppointmentState {
    /// NexHealth's number.
    pub id: i64,
    /// First and last name.
    pub patient: Option<String>,
    /// As the book calls it.
    pub room: Option<String>,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it ends.
    pub ends_at: DateTime<Utc>,
    /// Nobody will come.
    pub is_cancelled: bool,
    /// Blocked time.
    pub is_block: bool,
    /// False when it never came into the practice's own system.
    pub is_written: bool,
}

/// An endpoint as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointState {
    /// NexHealth's number.
    pub id: i64,
    /// Where it goes.
    pub url: String,
    /// The key of its signatures.
    pub secret: String,
    /// Off after two days of failure.
    pub is_active: bool,
    /// Events by their base names, and whether each is on.
    pub events: Vec<(String, bool)>,
}

impl NexHealthHandle {
    pub(in super::super) fn new(shared: Arc<Shared>) -> Option<Self> {
        shared.nexhealth.is_some().then_some(Self { shared })
    }

    #[expect(clippy::expect_used, reason = "a handle is made only where there is one")]
    fn house(&self) -> &NexHealth {
        self.shared.nexhealth.as_ref().expect("NexHealth runs")
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn base_url(&self) -> String {
        self.house().base_url()
    }

    /// What is exchanged for tokens.
    pub fn key(&self) -> String {
        self.house().gate().key().to_owned()
    }

    /// The practice's name in addresses.
    pub fn subdomain(&self) -> String {
        self.house().practice().subdomain.clone()
    }

    /// The one location's number.
    pub fn location_id(&self) -> i64 {
        LOCATION
    }

    /// The practice's zone by its IANA name.
    pub fn zone(&self) -> String {
        self.house().practice().zone.name().to_owned()
    }

    /// Every token given out so far is nothing from now on.
    pub fn expire_tokens(&self) {
        self.house().gate().expire_all();
    }

    /// How long tokens work that are given out from now on.
    pub fn set_token_life(&self, seconds: i64) {
        self.house().gate().token_seconds = seconds;
    }

    /// The key buys nothing and no token works, or everything is as before.
    pub fn set_key_revoked(&self, is_revoked: bool) {
        self.house().gate().set_revoked(is_revoked);
    }

    /// Booked by the practice's staff (`appointment_created`); returns its number.
    pub fn book(&self, new: NewAppointment) -> i64 {
        changes::book(&self.shared, self.house(), new, Booked::ByStaff)
    }

    /// Booked from outside with success (`appointment_insertion.complete`); returns its number.
    pub fn insert(&self, new: NewAppointment) -> i64 {
        changes::book(&self.shared, self.house(), new, Booked::Complete)
    }

    /// Booked from outside and refused by the practice's system (`appointment_insertion.failed`); returns its number.
    pub fn fail_insertion(&self, new: NewAppointment) -> i64 {
        changes::book(&self.shared, self.house(), new, Booked::Failed)
    }

    /// Booked from outside and never heard of again (`appointment_insertion.timed_out`); returns its number.
    pub fn time_out_insertion(&self, new: NewAppointment) -> i64 {
        changes::book(&self.shared, self.house(), new, Booked::TimedOut)
    }

    /// Nobody will come; false when there is none of that number.
    pub fn cancel(&self, id: i64) -> bool {
        let now = self.shared.now();
        changes::change(&self.shared, self.house(), id, |known| {
            known.is_cancelled = true;
            known.cancelled_at = Some(now);
        })
    }

    /// Somebody will come after all; when it was cancelled stays written down.
    pub fn uncancel(&self, id: i64) -> bool {
        changes::change(&self.shared, self.house(), id, |known| known.is_cancelled = false)
    }

    /// To another time and room; false when there is none of that number.
    pub fn reschedule(&self, id: i64, room: usize, starts_at: DateTime<Utc>) -> bool {
        let room = self.house().practice().room_id(room);
        changes::change(&self.shared, self.house(), id, |known| {
            let length: Duration = known.ends_at - known.starts_at;
            known.room = room;
            known.starts_at = starts_at;
            known.ends_at = starts_at + length;
        })
    }

    /// They have come; false when there is none of that number.
    pub fn check_in(&self, id: i64) -> bool {
        let now = self.shared.now();
        changes::change(&self.shared, self.house(), id, |known| known.checked_in_at = Some(now))
    }

    /// Tells once more of an appointment as it stands, under that event's name.
    pub fn tell_again(&self, id: i64, event_name: &str) {
        changes::tell_of_appointment(&self.shared, &self.house().practice(), id, event_name);
    }

    /// Another first name (`patient_updated`); false when there is none of that number.
    pub fn rename_patient(&self, patient_id: i64, first_name: &str) -> bool {
        changes::rename(&self.shared, self.house(), patient_id, first_name)
    }

    /// By number.
    pub fn appointments(&self) -> Vec<AppointmentState> {
        let practice = self.house().practice();
        let shown = |known: &Appointment| AppointmentState {
            id: known.id,
            patient: practice.patient(known.patient).map(super::practice::Patient::name),
            room: practice.room(known.room).map(|room| room.name.clone()),
            starts_at: known.starts_at,
            ends_at: known.ends_at,
            is_cancelled: known.is_cancelled,
            is_block: known.is_block,
            is_written: known.is_written,
        };
        practice.appointments.iter().map(shown).collect()
    }

    /// One day's thirty pairs of appointment and record, and six traps, appear at once in the book and in NxVET; no
    /// event tells of the appointments. Choose a day without others. None when the clinic has fewer than three rooms.
    pub fn plant_day(&self, date: NaiveDate) -> Option<PlantedDay> {
        self.plant(|planter| planter.day(date))
    }

    /// The same for the six hours from midnight, a pair every half hour: for a night in which clocks change.
    pub fn plant_night(&self, date: NaiveDate) -> Option<PlantedDay> {
        self.plant(|planter| planter.night(date))
    }

    fn plant(&self, act: impl FnOnce(&mut Planter<'_>) -> Option<PlantedDay>) -> Option<PlantedDay> {
        let now = self.shared.now();
        self.shared.change(|world| {
            let mut practice = self.house().practice();
            act(&mut Planter { world, practice: &mut practice, now })
        })
    }

    /// Oldest first.
    pub fn endpoints(&self) -> Vec<EndpointState> {
        let state = self.shared.hooks.state();
        let shown = state.endpoints.iter().map(|known| EndpointState {
            id: known.id,
            url: known.url.clone(),
            secret: known.secret.clone(),
            is_active: known.is_active,
            events: known.subscriptions.iter().map(|one| (one.event.clone(), one.is_active)).collect(),
        });
        shown.collect()
    }

    /// Off, as after two days of failure, or on; false when there is no such endpoint.
    pub fn set_endpoint_active(&self, id: i64, is_active: bool) -> bool {
        let mut state = self.shared.hooks.state();
        let known = state.endpoints.iter_mut().find(|known| known.id == id);
        known.map(|known| known.is_active = is_active).is_some()
    }
}
