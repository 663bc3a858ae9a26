//! Room conversations, the family that is to replace records one day. Their shape is only partly documented,
//! so the likeliest names are tried. No conversation is ever taken for a record: nothing proves which is which.

use crate::domain::{Consultation, ConversationId, DeviceId, OrganizationId};
use crate::nxvet::body::Limit;
use crate::nxvet::client::{Answer, Client};
use crate::nxvet::error::{Error, WRONG_SHAPE};
use crate::nxvet::json::Fields;
use crate::nxvet::page::{ConversationPage, Detail, read_rows};
use crate::nxvet::{convert, wire};

/// What the vendor's own sample asks for; the maximum is unknown.
const PAGE_SIZE: &str = "50";

impl Client {
    /// One page of conversations, the newest first; `token` is the `next` of the page before.
    pub async fn conversations(
        &self,
        organization: &OrganizationId,
        token: Option<&str>,
    ) -> Result<ConversationPage, Error> {
        let mut query = vec![("organizationId", organization.as_str()), ("pageSize", PAGE_SIZE)];
        query.extend(token.map(|token| ("pageToken", token)));
        let url = self.address(&["nxhub", "conversations"], &query)?;
        self.ask(url, Limit::LIST, |answer| read_page(answer, token)).await
    }

    pub async fn conversation(&self, device: &DeviceId, conversation: &ConversationId) -> Result<Detail, Error> {
        let url = self.address(&["nxhub", "conversations", device.as_str(), conversation.as_str()], &[])?;
        self.ask(url, Limit::DETAIL, |answer| read_detail(answer, device, conversation)).await
    }
}

fn read_page(answer: &Answer, token: Option<&str>) -> Result<ConversationPage, Error> {
    let rows = read_rows(&answer.text, &["conversations", "data"], |fields| {
        convert::conversation(wire::Conversation::read(fields)).into()
    })?;
    Ok(ConversationPage {
        consultations: rows.kept,
        received: rows.received,
        skipped: rows.skipped,
        next: next_token(&answer.text, token),
    })
}

/// Only a new token of a server that says there is more leads on; anything else could go round for ever.
fn next_token(text: &str, given: Option<&str>) -> Option<String> {
    let fields = Fields::parse(text).ok()?;
    let next = fields.text_of(&["nextPageToken", "pageToken"])?;
    (fields.is_true("hasMore") && Some(next.as_str()) != given).then_some(next)
}

fn read_detail(answer: &Answer, device: &DeviceId, conversation: &ConversationId) -> Result<Detail, Error> {
    let fields = Fields::parse(&answer.text)?;
    let is_bare = fields.has("id") || fields.has("conversationId");
    let fields = if is_bare { fields } else { fields.unwrapped(&["conversation", "data"]) };
    let named = ["id", "conversationId"].iter().filter_map(|key| fields.text(key));
    let is_another = {
        let mut named = named.peekable();
        named.peek().is_some() && named.all(|id| !id.eq_ignore_ascii_case(conversation.as_str()))
    };
    if is_another {
        return Err(Error::Unexpected { what: WRONG_SHAPE });
    }
    let notes = convert::conversation_notes(&fields);
    Ok(Detail { consultation: head(&fields, device, conversation), notes })
}

/// The row, when the answer has its time; the ids are the ones that were asked for.
fn head(fields: &Fields<'_>, device: &DeviceId, conversation: &ConversationId) -> Option<Consultation> {
    let mut row = wire::Conversation::read(fields);
    row.started?;
    row.id = Some(conversation.as_str().to_owned());
    row.device_id = Some(device.as_str().to_owned());
    convert::conversation(row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{NoteKind, RecordKind, Room, Stage};
    use crate::nxvet::fake::{Fake, Reply};

    async fn page(body: &str, token: Option<&str>) -> ConversationPage {
        let fake = Fake::in_turn(vec![Reply::json(body)]).await;
        fake.client().conversations(&OrganizationId::new("org"), token).await.expect("a page")
    }

    async fn detail(body: &str) -> Result<Detail, Error> {
        let fake = Fake::in_turn(vec![Reply::json(body)]).await;
        fake.client().conversation(&DeviceId::new("hub_1"), &ConversationId::new("conv/1")).await
    }

    #[tokio::test]
    async fn a_page_is_read_and_leads_on() {
        let body = r#"{ "conversations": [
            { "conversationId": "conv-t0001", "deviceId": "hub_0a0b0c0d", "createdAt": 1771599000000 },
            { "id": "conv-2", "deviceId": "hub_2", "createdAt": 1, "createdAtIso": "2026-02-20T14:50:00Z", "deviceName": "Room 2" },
            { "id": "no-device", "createdAt": 1771599000000 }, { "deviceId": "no-id" } ],
            "hasMore": true, "nextPageToken": "b3BhcXVl+/=" }"#;
        let page = page(body, None).await;
        assert_eq!((page.received, page.skipped, page.next.as_deref()), (4, 2, Some("b3BhcXVl+/=")));
        let [first, second] = page.consultations.as_slice() else { panic!("{:?}", page.consultations) };
        assert_eq!(first.key.as_text(), "conversation/hub_0a0b0c0d/conv-t0001");
        assert_eq!(
            (&first.kind, first.stage, first.started_at),
            (&RecordKind::Conversation, Stage::Unknown, second.started_at)
        );
        assert_eq!(second.room.as_deref().map(Room::display_name), Some("Room 2"));
    }

    #[tokio::test]
    async fn paging_ends_unless_a_new_token_and_more_are_promised() {
        let next = async |body: &str| page(body, Some("t1")).await.next;
        assert_eq!(next(r#"{"data":[],"hasMore":true,"pageToken":"t2"}"#).await.as_deref(), Some("t2"));
        for body in [
            "[]",
            r#"{"data":[],"hasMore":false,"nextPageToken":"t2"}"#,
            r#"{"data":[],"nextPageToken":"t2"}"#,
            r#"{"data":[],"hasMore":true,"nextPageToken":""}"#,
            r#"{"data":[],"hasMore":true,"nextPageToken":null}"#,
            r#"{"data":[],"hasMore":true,"nextPageToken":"t1"}"#,
            r#"{"data":null,"hasMore":true}"#,
        ] {
            assert_eq!(next(body).await, None, "{body}");
        }
    }

    #[tokio::test]
    async fn the_questions_encode_what_they_carry() {
        let fake = Fake::in_turn(vec![Reply::json("[]"), Reply::json("{}")]).await;
        let client = fake.client();
        client.conversations(&OrganizationId::new("org"), Some("a+b/c=&d")).await.expect("a page");
        client.conversation(&DeviceId::new("hub 1"), &ConversationId::new("a/b")).await.expect("a detail");
        let asked: Vec<String> = fake.seen().iter().map(|seen| seen.target.clone()).collect();
        let list = "/api/nxhub/conversations?organizationId=org&pageSize=50&pageToken=a%2Bb%2Fc%3D%26d";
        assert_eq!(asked, [list, "/api/nxhub/conversations/hub%201/a%2Fb"]);
    }

    #[tokio::test]
    async fn the_transcript_is_found_under_its_likely_names() {
        let bodies = [
            r#"{"ownedPatientNotes":[{"type":"Transcript","content":"Vet: hi"}],"transcript":"other"}"#,
            r#"{"ownedPatientNotes":null,"transcript":"Vet: hi"}"#,
            r#"{"transcription":"Vet: hi","summary":"x"}"#,
            r#"{"transcript":"","text":"Vet: hi"}"#,
            r#"{"notes":"Vet: hi"}"#,
            r#"{"notes":"{\"transcript\":\"Vet: hi\"}"}"#,
            r#"{"content":{"text":"Vet: hi"}}"#,
            r#"{"notes":[{"type":"Transcript","content":"Vet: hi"}]}"#,
            r#"{"transcript":[{"speaker":"Vet","text":"hi"}]}"#,
            r#"{"data":{"conversationId":"conv/1","transcript":"Vet: hi"}}"#,
        ];
        for body in bodies {
            let detail = detail(body).await.expect(body);
            let note = detail.notes.newest(&NoteKind::Transcript).expect(body);
            assert_eq!(note.body.as_text(), "Vet: hi", "{body}");
        }
        let pending = detail(r#"{"id":"conv/1","transcript":null,"notes":"{}"}"#).await.expect("a detail");
        assert!(pending.notes.all.is_empty());
    }

    #[tokio::test]
    async fn the_head_and_the_note_are_read_where_they_are() {
        let body = r#"{"conversationId":"conv/1","createdAt":1771599000000,"endTime":1771599060000,"transcript":"Vet: hi",
            "soap":"{\"clinical_note\":{\"Plan\":{\"value\":\"Rest\"}}}"}"#;
        let detail = detail(body).await.expect("a detail");
        assert_eq!(
            detail.notes.newest(&NoteKind::Soap).map(|note| note.body.as_text()).as_deref(),
            Some("Plan:\nRest")
        );
        let head = detail.consultation.expect("a head");
        assert_eq!((head.key.as_text().as_str(), head.duration_minutes()), ("conversation/hub_1/conv/1", Some(1)));
    }

    #[tokio::test]
    async fn another_conversation_is_refused() {
        assert_eq!(detail(r#"{"id":"conv-2","transcript":"x"}"#).await, Err(Error::Unexpected { what: WRONG_SHAPE }));
        assert!(detail(r#"{"id":"row-9","conversationId":"conv/1"}"#).await.is_ok());
    }
}
