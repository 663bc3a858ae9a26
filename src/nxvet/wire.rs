//! The vendor's JSON in the vendor's words, one struct per kind of row.
//! Every member may be missing or wrong; what a row means is decided in `convert`.

use super::json::Fields;
use super::moment;
use chrono::{DateTime, Utc};

/// A row of `labels`, or the head of one label.
pub(crate) struct Label {
    pub id: Option<String>,
    pub name: Option<String>,
    pub kind: Option<String>,
    pub from_time: Option<DateTime<Utc>>,
    pub to_time: Option<DateTime<Utc>>,
    pub patient: Option<Animal>,
    pub created_by: Option<Person>,
    pub device_id: Option<String>,
    pub device_serial: Option<String>,
    pub friendly_name: Option<String>,
    /// `status` out of the JSON text in `metadata`.
    pub status: Option<String>,
}

pub(crate) struct Animal {
    pub id: Option<String>,
    pub name: Option<String>,
    pub breed: Option<String>,
    pub sex: Option<String>,
}

pub(crate) struct Person {
    pub id: Option<String>,
    pub first_name: Option<String>,
    pub last_name: Option<String>,
}

/// One of `ownedPatientNotes`. The content is kept as it stands: text, or JSON.
pub(crate) struct PatientNote<'a> {
    pub id: Option<String>,
    pub kind: Option<String>,
    pub content: Option<&'a str>,
    pub created_at: Option<DateTime<Utc>>,
}

/// A row of `devices` in either of its two shapes.
pub(crate) struct Device {
    pub id: Option<String>,
    pub name: Option<String>,
    pub serial: Option<String>,
    pub last_report: Option<DateTime<Utc>>,
    pub firmware: Option<String>,
}

/// A row of `nxhub/conversations`; its names are partly guesses.
pub(crate) struct Conversation {
    pub id: Option<String>,
    pub device_id: Option<String>,
    pub device_serial: Option<String>,
    pub friendly_name: Option<String>,
    pub name: Option<String>,
    pub started: Option<DateTime<Utc>>,
    pub ended: Option<DateTime<Utc>>,
    pub patient: Option<Animal>,
    pub created_by: Option<Person>,
}

/// A row of `webhooks`.
pub(crate) struct Webhook {
    pub id: Option<String>,
    pub url: Option<String>,
    pub description: Option<String>,
    pub event_types: Option<Vec<String>>,
    pub is_active: Option<bool>,
    pub consecutive_failures: Option<u32>,
    pub created_at: Option<DateTime<Utc>>,
}

/// A row of a webhook's `deliveries`.
pub(crate) struct WebhookDelivery {
    pub event_id: Option<String>,
    pub event_type: Option<String>,
    pub attempt: Option<u32>,
    pub code: Option<u16>,
    pub milliseconds: Option<u32>,
    pub error: Option<String>,
    pub is_success: Option<bool>,
    pub created_at: Option<DateTime<Utc>>,
}

impl Label {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            id: fields.text("id"),
            name: fields.text("name"),
            kind: fields.text("type"),
            from_time: moment::of_field(fields, "fromTime"),
            to_time: moment::of_field(fields, "toTime"),
            patient: Animal::read(fields),
            created_by: Person::read(fields),
            device_id: fields.text("deviceId"),
            device_serial: fields.text("deviceSerial"),
            friendly_name: fields.text("friendlyName"),
            status: status(fields),
        }
    }
}

/// `metadata` is a document inside a string; an object is taken too.
fn status(fields: &Fields<'_>) -> Option<String> {
    if let Some(metadata) = fields.object("metadata") {
        return metadata.text("status");
    }
    let text = fields.text("metadata")?;
    Fields::parse(&text).ok()?.text("status")
}

impl Animal {
    /// `patient`, or what `patientId` alone tells.
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let id = fields.text("patientId");
        let Some(patient) = fields.object("patient") else {
            let name = fields.text("patient").or_else(|| fields.text("patientName"));
            let is_known = id.is_some() || name.is_some();
            return is_known.then_some(Self { id, name, breed: None, sex: None });
        };
        Some(Self {
            id: patient.text("id").or(id),
            name: patient.text("name"),
            breed: patient.text("breed"),
            sex: patient.text("sex"),
        })
    }
}

impl Person {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let person = fields.object("createdBy")?;
        let first_name = person.text("firstName");
        let last_name = person.text("lastName");
        let is_nameless = first_name.is_none() && last_name.is_none();
        let whole = if is_nameless { person.text_of(&["name", "displayName"]) } else { None };
        Some(Self { id: person.text("id"), first_name: first_name.or(whole), last_name })
    }
}

impl<'a> PatientNote<'a> {
    pub(crate) fn read(fields: &Fields<'a>) -> Self {
        Self {
            id: fields.text("id"),
            kind: fields.text("type"),
            content: fields.raw("content"),
            created_at: moment::of_field(fields, "createdAt"),
        }
    }
}

impl Device {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            id: fields.text_of(&["id", "value"]),
            name: fields.text_of(&["friendlyName", "displayName"]),
            serial: fields.text("serial"),
            last_report: moment::of_field(fields, "nxHubLastReportTime"),
            firmware: fields.text("nxHubCurrentFirmwareVersion"),
        }
    }
}

impl Conversation {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            id: fields.text_of(&["id", "conversationId"]),
            device_id: fields.text("deviceId"),
            device_serial: fields.text("deviceSerial"),
            friendly_name: fields.text_of(&["friendlyName", "deviceName"]),
            name: fields.text_of(&["name", "title"]),
            started: moment::of_fields(fields, &["fromTime", "startTime", "startedAt", "createdAt"]),
            ended: moment::of_fields(fields, &["toTime", "endTime", "endedAt"]),
            patient: Animal::read(fields),
            created_by: Person::read(fields),
        }
    }
}

impl Webhook {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        let types = fields
            .list("eventTypes")
            .map(|list| list.iter().filter_map(|raw| super::json::string(raw.get())).collect());
        Self {
            id: fields.text("id"),
            url: fields.text("url"),
            description: fields.text("description"),
            event_types: types,
            is_active: flag(fields, &["isActive", "enabled"]),
            consecutive_failures: number(fields, &["consecutiveFailures"]),
            created_at: moment::of_field(fields, "createdAt"),
        }
    }
}

impl WebhookDelivery {
    pub(crate) fn read(fields: &Fields<'_>) -> Self {
        Self {
            event_id: fields.text("eventId"),
            event_type: fields.text("eventType"),
            attempt: number(fields, &["attemptNumber", "attempt"]),
            code: number(fields, &["httpStatusCode", "statusCode", "responseStatus"]),
            milliseconds: number(fields, &["responseTimeMs"]),
            error: fields.text("errorMessage"),
            is_success: flag(fields, &["success"]),
            created_at: moment::of_field(fields, "createdAt"),
        }
    }
}

/// The first of several names that holds a number of this size.
fn number<T: std::str::FromStr>(fields: &Fields<'_>, names: &[&str]) -> Option<T> {
    names.iter().find_map(|name| fields.text(name)?.parse().ok())
}

fn flag(fields: &Fields<'_>, names: &[&str]) -> Option<bool> {
    names.iter().find_map(|name| fields.raw(name)).map(|raw| raw.trim_matches('"').eq_ignore_ascii_case("true"))
}
