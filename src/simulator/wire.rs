//! Writes the clinic as JSON, in the words of the quickstart or of production.
//!
//! A separate reading of the vendor's documents: it shares no type with any client.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::{
    Personality, generated,
    record::{Conversation, Login, Patient, Record, Room, Soap, Stage, Text, Vet},
    world::{ORGANIZATION_ID, World},
};

const DEVICE_ROW_LIFE_MS: i64 = 60_000;

/// Who is being written about, and in which manner.
pub(super) struct Pen<'a> {
    pub world: &'a World,
    pub personality: Personality,
    pub now: DateTime<Utc>,
}

impl Pen<'_> {
    fn is_docs(&self) -> bool {
        self.personality == Personality::Docs
    }

    /// The answer to "whose key is this".
    pub(super) fn identity(&self) -> Value {
        let name = &self.world.organization_name;
        let mut me = json!({
            "userId": "0190aaaa-0000-7000-8000-000000000001",
            "email": "desk@harbourvets.example",
            "organizationId": ORGANIZATION_ID,
            "organizationName": name,
        });
        if self.is_docs() {
            insert(&mut me, "features", json!({ "orgHasNxMicAccess": true }));
            insert(&mut me, "standaloneFeatures", json!([]));
        }
        me
    }

    /// Room devices, and in production the logins among them.
    pub(super) fn devices(&self) -> Value {
        let mut rows: Vec<Value> = self.world.rooms.iter().map(|room| self.device(room)).collect();
        if !self.is_docs() {
            for (place, login) in self.world.logins.iter().enumerate() {
                rows.insert((place * 2).min(rows.len()), login_row(login, place));
            }
        }
        Value::Array(rows)
    }

    fn device(&self, room: &Room) -> Value {
        let (id, name, serial) = (&room.device_id, &room.name, self.serial(room));
        if self.is_docs() {
            return json!({ "value": id, "displayName": name, "serial": serial });
        }
        let reported = self.now.timestamp_millis() - room.last_report_minutes_ago * DEVICE_ROW_LIFE_MS;
        json!({
            "id": id, "friendlyName": name, "serial": serial,
            "nxHubLastReportTime": reported,
            "nxHubCurrentFirmwareVersion": room.firmware,
            "nxHubTargetFirmwareVersion": "0.8.13.0",
            "isActive": true,
        })
    }

    /// Production's hardware serials begin `nxhub-`.
    fn serial(&self, room: &Room) -> String {
        if self.is_docs() {
            return room.serial.clone();
        }
        let own = room.serial.strip_prefix("NXH-").unwrap_or(&room.serial);
        format!("nxhub-{}", own.to_ascii_lowercase())
    }

    /// One row of the list.
    pub(super) fn row(&self, record: &Record) -> Value {
        let mut row = self.head(record);
        insert(&mut row, "type", json!(record.kind.vendor_name()));
        let patient = record.patient.and_then(|place| self.world.patients.get(place));
        insert(&mut row, "patientId", json!(patient.map(|patient| &patient.id)));
        insert(&mut row, "patient", patient.map_or(Value::Null, |patient| self.patient(patient)));
        let vet = record.vet.and_then(|place| self.world.vets.get(place));
        insert(&mut row, "createdBy", vet.map_or(Value::Null, |vet| self.vet(vet)));
        let room = record.room.and_then(|place| self.world.rooms.get(place));
        // Letter case differs between the two lists on purpose: serials are compared without it.
        let serial = room.map(|room| self.serial(room).to_ascii_uppercase());
        insert(&mut row, "deviceSerial", json!(serial));
        insert(&mut row, "friendlyName", json!(room.map(|room| &room.name)));
        if !self.is_docs() {
            let status = if record.stage == Stage::Done { "completed" } else { "processing" };
            insert(&mut row, "metadata", json!(json!({ "status": status }).to_string()));
            insert(&mut row, "ownedPatientNotes", Value::Null);
        }
        row
    }

    /// The whole record.
    pub(super) fn detail(&self, record: &Record) -> Value {
        let mut detail = if self.is_docs() { self.head(record) } else { self.row(record) };
        insert(&mut detail, "ownedPatientNotes", self.notes(record));
        detail
    }

    fn head(&self, record: &Record) -> Value {
        json!({
            "id": record.id,
            "name": record.name,
            "fromTime": self.time(record.from_ms),
            "toTime": self.time(record.to_ms),
        })
    }

    fn time(&self, ms: i64) -> Value {
        if self.is_docs() { json!(iso(ms)) } else { json!(ms) }
    }

    fn patient(&self, patient: &Patient) -> Value {
        let Patient { id, name, breed, sex, species } = patient;
        let mut row = json!({ "id": id, "name": name, "breed": breed, "sex": sex });
        if !self.is_docs() {
            insert(&mut row, "species", json!(species));
        }
        row
    }

    /// The quickstart prints the title where the first name belongs.
    fn vet(&self, vet: &Vet) -> Value {
        let first = if self.is_docs() { "Dr." } else { vet.first_name.as_str() };
        json!({ "id": vet.id, "firstName": first, "lastName": vet.last_name })
    }

    /// The notes, or one of the ways to say that there are none yet.
    fn notes(&self, record: &Record) -> Value {
        let form = record.empty_form();
        let transcript = (record.stage != Stage::Transcribing).then(|| self.transcript(record)).flatten();
        let soap = (record.stage == Stage::Done).then(|| self.soap(record)).flatten();
        if transcript.is_none() && soap.is_none() {
            return match form {
                0 => Value::Null,
                1 => json!([]),
                2 => json!([note(record, 1, "Transcript", "")]),
                _ => json!([note(record, 1, "Transcript", ""), note(record, 2, "SOAP", "{}")]),
            };
        }
        let mut notes: Vec<Value> = transcript.iter().map(|text| note(record, 1, "Transcript", text)).collect();
        match soap {
            Some(text) => notes.push(note(record, 2, "SOAP", &text)),
            None if form % 2 == 1 && record.stage == Stage::WritingNote => notes.push(note(record, 2, "SOAP", "{}")),
            None => {}
        }
        Value::Array(notes)
    }

    /// The words of a record, if it will ever have any.
    pub(super) fn transcript(&self, record: &Record) -> Option<String> {
        match &record.text {
            Text::Given { transcript, .. } => transcript.as_ref().map(ToString::to_string),
            Text::Composed { seed } => Some(generated::transcript(*seed, self.patient_of(record), self.vet_of(record))),
        }
    }

    /// The note of a record, if it will ever have one.
    pub(super) fn soap(&self, record: &Record) -> Option<String> {
        let composed;
        let soap = match &record.text {
            Text::Given { soap, .. } => soap.as_deref()?,
            Text::Composed { seed } => {
                composed = generated::soap(*seed, self.patient_of(record), self.vet_of(record));
                &composed
            }
        };
        Some(if self.is_docs() { soap_text(soap) } else { soap_document(soap) })
    }

    fn patient_of(&self, record: &Record) -> Option<&Patient> {
        self.world.patients.get(record.patient?)
    }

    fn vet_of(&self, record: &Record) -> Option<&Vet> {
        self.world.vets.get(record.vet?)
    }

    /// One row of the conversations list; the two personalities take one guessed spelling each.
    pub(super) fn conversation_row(&self, conversation: &Conversation) -> Value {
        let Conversation { id, device_id, at_ms, .. } = conversation;
        if self.is_docs() {
            json!({ "id": id, "deviceId": device_id, "createdAtIso": iso(*at_ms) })
        } else {
            json!({ "conversationId": id, "deviceId": device_id, "createdAt": at_ms })
        }
    }

    /// The whole conversation.
    pub(super) fn conversation(&self, conversation: &Conversation) -> Value {
        let text = match &conversation.text {
            Text::Given { transcript, .. } => transcript.as_ref().map(ToString::to_string),
            Text::Composed { seed } => Some(generated::transcript(*seed, None, self.world.vets.first())),
        };
        let mut detail = self.conversation_row(conversation);
        if self.is_docs() {
            insert(&mut detail, "transcript", json!(text));
        } else {
            let notes = text.map(|text| json!([{ "id": conversation.id, "type": "Transcript", "content": text }]));
            insert(&mut detail, "ownedPatientNotes", notes.unwrap_or(Value::Null));
        }
        detail
    }
}

fn insert(target: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = target {
        members.insert(name.to_owned(), value);
    }
}

fn iso(ms: i64) -> String {
    DateTime::from_timestamp_millis(ms).unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

/// Notes of a record are known by its id with another last digit group.
fn note(record: &Record, place: i64, kind: &str, content: &str) -> Value {
    let stem = record.id.get(..24).unwrap_or_default();
    let tail = record.id.get(25..).unwrap_or_default();
    let written = record.to_ms + 240_000 + place * 5_000;
    json!({ "id": format!("{stem}{place}{tail}"), "type": kind, "content": content, "createdAt": iso(written) })
}

fn login_row(login: &Login, place: usize) -> Value {
    json!({
        "id": format!("login-{place}"), "friendlyName": login.name,
        "serial": format!("{}-{place:04}", login.kind), "nxHubLastReportTime": null,
    })
}

/// `S: …`, `O: …`, `A: …`, `P: …`, a line each.
fn soap_text(soap: &Soap) -> String {
    match soap {
        Soap::Plain(text) => text.clone(),
        Soap::Parts(parts) => {
            let line =
                |(heading, text): &(String, String)| format!("{}: {text}", heading.chars().next().unwrap_or('?'));
            parts.iter().map(line).collect::<Vec<_>>().join("\n")
        }
    }
}

/// A JSON document inside a string.
fn soap_document(soap: &Soap) -> String {
    let parts = match soap {
        Soap::Parts(parts) => parts.clone(),
        Soap::Plain(text) => split_plain(text),
    };
    let members: Map<String, Value> =
        parts.into_iter().map(|(heading, text)| (heading, json!({ "value": text }))).collect();
    json!({ "clinical_note": members }).to_string()
}

/// Splits at lines that begin `S:`, `O:`, `A:` or `P:`; a text without them stays one part.
fn split_plain(text: &str) -> Vec<(String, String)> {
    const HEADS: [(&str, &str); 4] = [("S:", "Subjective"), ("O:", "Objective"), ("A:", "Assessment"), ("P:", "Plan")];
    let mut parts: Vec<(String, String)> = vec![("Note".to_owned(), String::new())];
    for line in text.lines() {
        let head = HEADS.iter().find(|(mark, _)| line.starts_with(mark));
        let rest = head.map_or(line, |(mark, heading)| {
            parts.push(((*heading).to_owned(), String::new()));
            line.strip_prefix(mark).unwrap_or(line).trim_start()
        });
        if let Some((_, words)) = parts.last_mut() {
            words.push_str(rest);
            words.push('\n');
        }
    }
    let trimmed = parts.into_iter().map(|(heading, words)| (heading, words.trim().to_owned()));
    trimmed.filter(|(_, words)| !words.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_note_is_split_only_where_its_author_did() {
        assert_eq!(split_plain("3/7 hx of cough"), [("Note".to_owned(), "3/7 hx of cough".to_owned())]);
        let parts = split_plain("S:\nWell.\n\nO: T 38.4\nA: fine\nP: home\n");
        let headings: Vec<_> = parts.iter().map(|(heading, _)| heading.as_str()).collect();
        assert_eq!(headings, ["Subjective", "Objective", "Assessment", "Plan"]);
        assert_eq!(parts[0].1, "Well.");
    }

    #[test]
    fn times_are_written_as_the_quickstart_prints_them() {
        assert_eq!(iso(1_771_581_600_000), "2026-02-20T10:00:00Z");
    }
}
