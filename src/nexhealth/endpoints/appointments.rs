//! Appointments of a stretch of time, page by page.

use crate::domain::live::{Appointment, AppointmentId};
use crate::nexhealth::client::Client;
use crate::nexhealth::error::{Error, NOTHING_IN_IT};
use crate::nexhealth::{envelope, wire};
use crate::nxvet::json::Fields;
use chrono::{DateTime, Utc};

/// Rows of one page; 1,000 is the most, 5 what comes unasked.
const PER_PAGE: &str = "200";
/// A book of more pages than this is not believed.
const MOST_PAGES: usize = 500;

/// Which appointments are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    pub from: DateTime<Utc>,
    pub until: DateTime<Utc>,
    /// Only those that changed since.
    pub changed_since: Option<DateTime<Utc>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct AppointmentPage {
    pub appointments: Vec<Appointment>,
    /// Rows without a number, which were left out.
    pub skipped: usize,
    pub next: Option<String>,
}

impl Client {
    /// All of them. Cancelled ones are among them.
    pub async fn appointments(&self, window: Window) -> Result<Vec<Appointment>, Error> {
        let (mut all, mut cursor) = (Vec::new(), None::<String>);
        for _ in 0..MOST_PAGES {
            let page = self.appointment_page(window, cursor.as_deref()).await?;
            all.extend(page.appointments);
            // A cursor that leads to itself leads nowhere.
            match page.next.filter(|next| Some(next) != cursor.as_ref()) {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
        Err(Error::Unexpected("a book without an end"))
    }

    pub async fn appointment_page(&self, window: Window, cursor: Option<&str>) -> Result<AppointmentPage, Error> {
        let practice = self.practice();
        let (from, until) = (moment(window.from), moment(window.until));
        let location = practice.location.map(|location| location.to_string());
        let since = window.changed_since.map(moment);
        let mut query = vec![("subdomain", practice.subdomain.as_str()), ("start", &from), ("end", &until)];
        query.push(("per_page", PER_PAGE));
        query.extend(location.as_deref().map(|location| ("location_id", location)));
        query.extend(since.as_deref().map(|since| ("updated_since", since)));
        query.extend(cursor.map(|cursor| ("end_cursor", cursor)));
        let url = self.address(&["appointments"], &query)?;
        let now = self.now();
        self.ask(url, |text| read_page(text, now)).await
    }

    /// `None` when NexHealth has it no longer.
    pub async fn appointment(&self, id: AppointmentId) -> Result<Option<Appointment>, Error> {
        let subdomain = self.practice().subdomain.as_str();
        let url = self.address(&["appointments", &id.0.to_string()], &[("subdomain", subdomain)])?;
        let now = self.now();
        let read = |text: &str| {
            let fields = envelope::object(text, &["appointment"])?;
            wire::appointment(&fields, now).ok_or(Error::Unexpected(NOTHING_IN_IT))
        };
        match self.ask(url, read).await {
            Ok(appointment) => Ok(Some(appointment)),
            Err(Error::NotFound) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The form that the specification recommends.
fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%S+0000").to_string()
}

fn read_page(text: &str, now: DateTime<Utc>) -> Result<AppointmentPage, Error> {
    let page = envelope::rows(text, &["appointments"])?;
    let received = page.rows.len();
    let read = |raw: &&serde_json::value::RawValue| {
        Fields::parse(raw.get()).ok().and_then(|fields| wire::appointment(&fields, now))
    };
    let appointments: Vec<Appointment> = page.rows.iter().filter_map(read).collect();
    Ok(AppointmentPage { skipped: received - appointments.len(), appointments, next: page.next })
}
