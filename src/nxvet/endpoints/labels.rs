//! Consultation records, which the vendor calls labels: the list and one of them.
//! Lists never carry notes, so each record is asked for by itself.

use crate::domain::{OrganizationId, RecordId};
use crate::nxvet::body::Limit;
use crate::nxvet::client::{Answer, Client};
use crate::nxvet::error::{Error, WRONG_SHAPE};
use crate::nxvet::json::Fields;
use crate::nxvet::page::{ConsultationPage, Detail, read_rows};
use crate::nxvet::{convert, wire};

/// The documented maximum of a page.
const MAX_LIMIT: usize = 100;

impl Client {
    /// One page of consultations of every kind, newest first. Go on at `offset` plus what was received:
    /// a server that sends fewer than asked would else leave gaps.
    pub async fn consultations(
        &self,
        organization: &OrganizationId,
        offset: usize,
        limit: usize,
    ) -> Result<ConsultationPage, Error> {
        let (offset, limit) = (offset.to_string(), limit.clamp(1, MAX_LIMIT).to_string());
        // The key is repeated for each type; `types[]` would be answered with an empty list.
        let mut query: Vec<(&str, &str)> = convert::RECORD_TYPES.iter().map(|(name, _)| ("types", *name)).collect();
        query.extend([("limit", limit.as_str()), ("offset", offset.as_str())]);
        query.extend([("sortingProperty", "FromTime"), ("isSortingDescending", "true")]);
        let url = self.address(&["organizations", organization.as_str(), "labels"], &query)?;
        self.ask(url, Limit::LIST, read_page).await
    }

    /// One consultation with its notes; empty notes mean that they are still being written.
    pub async fn consultation(&self, record: &RecordId) -> Result<Detail, Error> {
        let url = self.address(&["labels", record.as_str()], &[])?;
        self.ask(url, Limit::DETAIL, |answer| read_detail(answer, record)).await
    }
}

fn read_page(answer: &Answer) -> Result<ConsultationPage, Error> {
    let rows =
        read_rows(&answer.text, &["data", "labels"], |fields| convert::consultation(wire::Label::read(fields)).into())?;
    Ok(ConsultationPage {
        consultations: rows.kept,
        received: rows.received,
        skipped: rows.skipped,
        total: answer.total,
    })
}

fn read_detail(answer: &Answer, asked: &RecordId) -> Result<Detail, Error> {
    const NOTES: &str = "ownedPatientNotes";
    let fields = Fields::parse(&answer.text)?;
    let fields = if fields.has(NOTES) || fields.has("id") { fields } else { fields.unwrapped(&["data"]) };
    // Showing one animal's notes under another's name is the worst that can happen here.
    let is_another = fields.text("id").is_some_and(|id| !id.eq_ignore_ascii_case(asked.as_str()));
    if is_another || !(fields.has("id") || fields.has(NOTES)) {
        return Err(Error::Unexpected { what: WRONG_SHAPE });
    }
    let notes = convert::owned_notes(&fields, NOTES).unwrap_or_default();
    let tells_all = fields.has("type") && (fields.has("patient") || fields.has("patientId"));
    let row = wire::Label::read(&fields);
    let consultation = if tells_all && row.from_time.is_some() { convert::consultation(row) } else { None };
    Ok(Detail { consultation, notes })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::note::NoteBody;
    use crate::domain::{NoteKind, Notes, NotesStatus, RecordKind, Stage, Vet};
    use crate::nxvet::fake::{Fake, Reply};
    use proptest::prelude::*;

    /// As the quickstart prints it.
    const DOCUMENTED_LIST: &str = r#"[ {
        "id": "record-uuid", "name": "Consultation - Room 1", "type": "CombinedClinicConv",
        "fromTime": "2026-02-20T10:00:00Z", "toTime": "2026-02-20T10:25:00Z", "patientId": "patient-uuid",
        "patient": { "id": "patient-uuid", "name": "Bella", "breed": "Golden Retriever", "sex": "Female" },
        "createdBy": { "id": "...", "firstName": "Dr.", "lastName": "Smith" },
        "deviceSerial": "NXH-A1B2C3", "friendlyName": "Room 1 NxHUB" } ]"#;
    const DOCUMENTED_DETAIL: &str = r#"{ "id": "record-uuid", "name": "Consultation - Room 1", "ownedPatientNotes": [
        { "id": "note-uuid", "type": "Transcript", "createdAt": "2026-02-20T10:30:00Z",
          "content": "Dr. Smith: So Bella has been limping for about three days..." },
        { "id": "note-uuid-2", "type": "SOAP", "createdAt": "2026-02-20T10:30:05Z",
          "content": "S: 4yo FS Golden Retriever, presenting for 3-day lameness LF..." } ] }"#;
    /// As the live server answers, by the notes of those who asked it.
    const PRODUCTION_DETAIL: &str = r#"{ "id": "0190cccc-3333-7000-8000-000000000001", "name": "Consultation - Room 2",
        "fromTime": 1771581600000, "toTime": 1771583100000, "ownedPatientNotes": [
        { "id": "n1", "type": "Transcript", "content": "Vet: Biscuit limps.", "createdAt": "2026-02-20T10:30:00Z" },
        { "id": "n2", "type": "SOAP", "createdAt": 1771583405000,
          "content": "{\"clinical_note\":{\"Subjective\":{\"value\":\"Limping 3 d\"}}}" } ] }"#;

    async fn page(body: &str, extra: &str) -> ConsultationPage {
        let fake = Fake::in_turn(vec![Reply::with(200, extra, body)]).await;
        fake.client().consultations(&OrganizationId::new("org"), 0, 20).await.expect("a page")
    }

    async fn detail(body: &str, id: &str) -> Result<Detail, Error> {
        Fake::in_turn(vec![Reply::json(body)]).await.client().consultation(&RecordId::new(id)).await
    }

    #[tokio::test]
    async fn the_documented_list_is_read() {
        let page = page(DOCUMENTED_LIST, "X-Total-Count: 1250\r\n").await;
        assert_eq!((page.received, page.skipped, page.total), (1, 0, Some(1250)));
        let row = &page.consultations[0];
        assert_eq!(row.key.as_text(), "record/record-uuid");
        assert_eq!(row.kind, RecordKind::Consultation);
        assert_eq!(
            (row.started_at.to_rfc3339().as_str(), row.duration_minutes()),
            ("2026-02-20T10:00:00+00:00", Some(25))
        );
        let patient = row.patient.as_ref().expect("a patient");
        assert_eq!((patient.display_name(), patient.description().as_str()), ("Bella", "Golden Retriever · Female"));
        assert_eq!(row.vet.as_deref().map(Vet::display_name).as_deref(), Some("Dr. Smith"));
        let room = row.room.as_ref().expect("a room");
        assert_eq!((room.serial.as_deref(), room.short_name()), (Some("NXH-A1B2C3"), "Room 1"));
        assert_eq!(row.stage, Stage::Unknown);
    }

    #[tokio::test]
    async fn the_question_names_all_types_and_keeps_its_limit() {
        let fake = Fake::in_turn(vec![Reply::json("[]")]).await;
        let client = fake.client();
        for (offset, limit) in [(0, 20), (40, 5000), (7, 0)] {
            client.consultations(&OrganizationId::new("a/b"), offset, limit).await.expect("a page");
        }
        let asked: Vec<String> = fake.seen().iter().map(|seen| seen.target.clone()).collect();
        let expected = "/api/organizations/a%2Fb/labels?types=CombinedClinicConv&types=ClinicConversation\
            &types=DictationAudio&types=AudioButtonRecording&types=NxMIC&types=NxHubBatch&types=ButtonRecording\
            &types=PhoneCallAudio&limit=20&offset=0&sortingProperty=FromTime&isSortingDescending=true";
        assert_eq!(asked[0], expected);
        assert!(asked[1].contains("&limit=100&offset=40&") && asked[2].contains("&limit=1&offset=7&"));
    }

    #[tokio::test]
    async fn rows_are_read_as_far_as_they_go() {
        let body = r#"{"data":[
            {"id":"0190cccc-3333-7000-8000-000000000001","type":"SomethingNew","patient":null,"createdBy":null,"metadata":null},
            {"id":"b","fromTime":1771581600,"type":"nxmic","patientId":"p1","metadata":"{\"status\":\"RECORDING\"}","ownedPatientNotes":null},
            {"id":"c","fromTimeIso":"2026-02-20T10:00:00","fromTime":"later","patient":{"name":"Rex"},"metadata":{"status":"processing"},
             "createdBy":{"name":"Ana Roth"},"huge":1e999,"bad":"\ud800"},
            {"id":"d","fromTime":1771581600000,"name":"\ud83dx","type":17,"patient":"Mia","createdBy":{"id":"u"},"metadata":"{\"status\":\"completed\"}"},
            {"id":"no-time"},
            {"fromTime":1771581600000},
            null]}"#;
        let page = page(body, "X-Total-Count: many\r\n").await;
        assert_eq!((page.received, page.skipped, page.total), (7, 3, None));
        let [a, b, c, d] = page.consultations.as_slice() else { panic!("{:?}", page.consultations) };
        assert_eq!(
            (a.started_at.timestamp_millis(), &a.kind),
            (0x0190_cccc_3333, &RecordKind::Other("SomethingNew".to_owned()))
        );
        assert_eq!((b.headline(), &b.kind, b.stage), ("Unnamed patient", &RecordKind::Microphone, Stage::Recording));
        assert_eq!((c.headline(), c.stage, c.started_at), ("Rex", Stage::Transcribing, b.started_at));
        assert_eq!(c.vet.as_deref().map(Vet::display_name).as_deref(), Some("Ana Roth"));
        assert_eq!(
            (d.title.as_str(), d.headline(), d.stage, d.vet.is_none()),
            ("\u{fffd}x", "Mia", Stage::Unknown, true)
        );
    }

    #[tokio::test]
    async fn the_documented_detail_is_read() {
        let detail = detail(DOCUMENTED_DETAIL, "record-uuid").await.expect("a detail");
        assert_eq!(detail.consultation, None, "it tells less than a row");
        assert_eq!(detail.notes.status(), NotesStatus { has_transcript: true, has_soap: true });
        let transcript = detail.notes.transcript().expect("a transcript");
        assert_eq!(transcript.speakers, ["Dr. Smith"]);
        let soap = detail.notes.newest(&NoteKind::Soap).expect("a note");
        assert!(matches!(&soap.body, NoteBody::Text(text) if text.starts_with("S: 4yo")));
        assert_eq!(soap.created_at.map(|at| at.to_rfc3339()).as_deref(), Some("2026-02-20T10:30:05+00:00"));
    }

    #[tokio::test]
    async fn the_production_detail_is_read() {
        let detail = detail(PRODUCTION_DETAIL, "0190CCCC-3333-7000-8000-000000000001").await.expect("a detail");
        let soap = detail.notes.newest(&NoteKind::Soap).expect("a note");
        assert_eq!(soap.body.as_text(), "Subjective:\nLimping 3 d");
        assert_eq!(soap.created_at.map(|at| at.timestamp()), Some(1_771_583_405));
    }

    #[tokio::test]
    async fn a_full_detail_brings_its_row() {
        let body = DOCUMENTED_LIST.trim().trim_start_matches('[').trim_end_matches(']');
        let detail = detail(body, "record-uuid").await.expect("a detail");
        assert_eq!(detail.consultation, page(DOCUMENTED_LIST, "").await.consultations.pop());
        assert_eq!(detail.notes, Notes::default());
    }

    #[tokio::test]
    async fn notes_that_are_not_written_yet_are_pending() {
        let pending = [
            "null",
            "[]",
            "{}",
            r#"[{"type":"SOAP","content":"{}"},{"type":"Transcript","content":""}]"#,
            r#"[{"type":"SOAP","content":null},null,7,{"type":"SOAP"},{"content":{}}]"#,
            r#"[{"type":"SOAP","content":"{\"clinical_note\":{}}"}]"#,
        ];
        for notes in pending {
            let body = format!(r#"{{"id":"r","ownedPatientNotes":{notes}}}"#);
            let detail = detail(&body, "r").await.expect(notes);
            assert_eq!(detail.notes, Notes::default(), "{notes}");
        }
    }

    #[tokio::test]
    async fn several_notes_and_unknown_kinds_are_all_kept() {
        let body = r#"{"id":"r","ownedPatientNotes":[{"type":"Discharge","content":"Rest"},{"content":"loose"},
            {"type":"soap","content":"new","createdAt":2771583405},{"type":"SOAP","content":"old","createdAt":1771583405}]}"#;
        let notes = detail(body, "r").await.expect("a detail").notes;
        assert_eq!(notes.all.len(), 4);
        assert_eq!(notes.all[0].kind, NoteKind::Other("Discharge".to_owned()));
        assert_eq!(notes.newest(&NoteKind::Soap).map(|note| note.body.as_text()).as_deref(), Some("new"));
    }

    #[tokio::test]
    async fn another_records_notes_are_never_shown() {
        for body in [r#"{"id":"other","ownedPatientNotes":[]}"#, r#"{"message":"hello"}"#, "{}", "[]"] {
            assert_eq!(detail(body, "r").await, Err(Error::Unexpected { what: WRONG_SHAPE }), "{body}");
        }
        for id in ["", ".", ".."] {
            assert_eq!(detail("{}", id).await, Err(Error::Unexpected { what: crate::nxvet::error::BAD_ID }));
        }
    }

    #[tokio::test]
    async fn an_id_cannot_leave_its_place_in_the_address() {
        let fake = Fake::in_turn(vec![Reply::status(404)]).await;
        let client = fake.client();
        for id in ["../../auth/me", "a?b#c", "%2e%2e", "a\\b"] {
            assert_eq!(client.consultation(&RecordId::new(id)).await, Err(Error::NotFound));
        }
        let asked: Vec<String> = fake.seen().iter().map(|seen| seen.target.clone()).collect();
        let expected =
            ["/api/labels/..%2F..%2Fauth%2Fme", "/api/labels/a%3Fb%23c", "/api/labels/%252e%252e", "/api/labels/a%5Cb"];
        assert_eq!(asked, expected);
    }

    fn answer(text: String) -> Answer {
        Answer { text, total: None }
    }

    proptest! {
        #[test]
        fn no_damage_to_an_answer_brings_the_reader_down(
            at in 0_usize..600, len in 0_usize..40, put in "[\\[\\]{}\",:\\\\u0-9a-f\u{e9}-]{0,12}",
        ) {
            for original in [DOCUMENTED_LIST, PRODUCTION_DETAIL] {
                let at = original.floor_char_boundary(at);
                let end = original.floor_char_boundary(at + len).max(at);
                let damaged = format!("{}{put}{}", &original[..at], &original[end..]);
                drop(read_detail(&answer(damaged.clone()), &RecordId::new("record-uuid")));
                if let Ok(page) = read_page(&answer(damaged)) {
                    prop_assert_eq!(page.received, page.consultations.len() + page.skipped);
                }
            }
        }
    }
}
