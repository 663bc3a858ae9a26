//! The webhooks of a clinic: made, listed, tested, turned on again, deleted, and what was tried to deliver.
//! There is no change of one: it is made anew and the old one deleted. Making one is never repeated by itself.

use crate::domain::OrganizationId;
use crate::domain::live::{Delivery, EventType, Webhook, WebhookId, WebhookSecret};
use crate::nxvet::body::Limit;
use crate::nxvet::client::{Answer, Client};
use crate::nxvet::error::{Error, WRONG_SHAPE};
use crate::nxvet::json::Fields;
use crate::nxvet::order::OrderError;
use crate::nxvet::page::read_rows;
use crate::nxvet::{convert_webhooks as convert, wire};
use reqwest::Method;
use serde::Serialize;
use std::fmt::Write as _;
use url::Url;

/// A webhook that was just made. The secret comes this once and never again.
#[derive(Clone, Debug, PartialEq)]
pub struct MadeWebhook {
    pub webhook: Webhook,
    pub secret: Option<WebhookSecret>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Wish<'a> {
    url: &'a str,
    description: &'a str,
    /// Whether an empty list is everything or nothing is not documented: left out it is everything.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_types: Option<Vec<&'a str>>,
}

impl Client {
    pub async fn webhooks(&self, organization: &OrganizationId) -> Result<Vec<Webhook>, Error> {
        let url = self.webhook_address(organization, &[])?;
        self.ask(url, Limit::LIST, |answer| {
            let rows = read_rows(&answer.text, &["webhooks", "data", "items"], |fields| {
                convert::webhook(wire::Webhook::read(fields)).into()
            })?;
            Ok(rows.kept)
        })
        .await
    }

    /// Sent once: whoever does not learn the end looks for the webhook by its description.
    pub async fn make_webhook(
        &self,
        organization: &OrganizationId,
        address: &str,
        description: &str,
        event_types: Option<&[EventType]>,
    ) -> Result<MadeWebhook, OrderError> {
        let url = self.webhook_address(organization, &[]).map_err(OrderError::NotDone)?;
        let event_types = event_types.map(|types| types.iter().map(convert::event_type_name).collect());
        let wish = serde_json::to_string(&Wish { url: address, description, event_types });
        let wish = wish.map_err(|_| OrderError::NotDone(Error::Unexpected { what: WRONG_SHAPE }))?;
        let text = self.order(Method::POST, url, Some(wish)).await?;
        read_made(&text).map_err(OrderError::NotKnown)
    }

    pub async fn delete_webhook(&self, organization: &OrganizationId, webhook: &WebhookId) -> Result<(), OrderError> {
        let url = self.webhook_address(organization, &[&webhook.0]).map_err(OrderError::NotDone)?;
        match self.order(Method::DELETE, url, None).await {
            // What is gone already need not be deleted.
            Ok(_) | Err(OrderError::NotDone(Error::NotFound)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// NxVET sends its test; whether it arrives is seen where it should arrive.
    pub async fn test_webhook(&self, organization: &OrganizationId, webhook: &WebhookId) -> Result<(), OrderError> {
        let url = self.webhook_address(organization, &[&webhook.0, "test"]).map_err(OrderError::NotDone)?;
        self.order(Method::POST, url, None).await.map(drop)
    }

    pub async fn enable_webhook(&self, organization: &OrganizationId, webhook: &WebhookId) -> Result<(), OrderError> {
        let url = self.webhook_address(organization, &[&webhook.0, "enable"]).map_err(OrderError::NotDone)?;
        self.order(Method::POST, url, None).await.map(drop)
    }

    /// The last tries, fifty at most, newest first or not.
    pub async fn webhook_deliveries(
        &self,
        organization: &OrganizationId,
        webhook: &WebhookId,
    ) -> Result<Vec<Delivery>, Error> {
        let url = self.webhook_address(organization, &[&webhook.0, "deliveries"])?;
        self.ask(url, Limit::LIST, read_deliveries).await
    }

    /// The command that asks for the deliveries; the key is left to whoever runs it.
    pub fn deliveries_command(&self, organization: &OrganizationId, webhook: &WebhookId) -> Result<String, Error> {
        let url = self.webhook_address(organization, &[&webhook.0, "deliveries"])?;
        let mut command = "curl -H \"Authorization: Bearer $NXVET_KEY\"".to_owned();
        write!(command, " '{url}'").ok();
        Ok(command)
    }

    fn webhook_address(&self, organization: &OrganizationId, rest: &[&str]) -> Result<Url, Error> {
        let mut segments = vec!["organizations", organization.as_str(), "webhooks"];
        segments.extend(rest);
        self.address(&segments, &[])
    }
}

fn read_made(text: &str) -> Result<MadeWebhook, Error> {
    let fields = Fields::parse(text)?;
    let fields = if fields.has("id") { fields } else { fields.unwrapped(&["webhook", "data"]) };
    let secret = fields.text_of(&["secret", "signingSecret"]).map(|text| WebhookSecret::new(&text));
    let webhook = convert::webhook(wire::Webhook::read(&fields)).ok_or(Error::Unexpected { what: WRONG_SHAPE })?;
    Ok(MadeWebhook { webhook, secret })
}

fn read_deliveries(answer: &Answer) -> Result<Vec<Delivery>, Error> {
    let rows = read_rows(&answer.text, &["deliveries", "data", "items"], |fields| {
        convert::delivery(wire::WebhookDelivery::read(fields)).into()
    })?;
    Ok(rows.kept)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nxvet::fake::{Fake, KEY, Reply};

    /// As the integration page prints them.
    const MADE: &str = r#"{ "id": "019e1234-5678-7000-abcd-123456789abc", "url": "https://my-app.example.com/webhooks/nxvet",
        "description": "Production webhook", "eventTypes": ["conversation_created", "conversation_completed"],
        "isActive": true, "consecutiveFailures": 0, "createdAt": "2026-02-20T23:00:00Z",
        "secret": "whsec_A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6Q7R8S9T0U1V2" }"#;
    const DELIVERIES: &str = r#"[
        { "id": "d1", "eventId": "evt_019e5678", "eventType": "conversation_completed", "attemptNumber": 1,
          "httpStatusCode": 200, "responseTimeMs": 142, "errorMessage": null, "success": true, "createdAt": "2026-02-20T23:10:00Z" },
        { "id": "d2", "eventId": "evt_019e6789", "eventType": "new_label", "attemptNumber": 1, "httpStatusCode": 500,
          "responseTimeMs": 2034, "errorMessage": "Internal Server Error", "success": false, "createdAt": "2026-02-20T23:15:30Z" }]"#;

    fn org() -> OrganizationId {
        OrganizationId::new("org/1")
    }

    fn id() -> WebhookId {
        WebhookId("w 1".to_owned())
    }

    async fn make(fake: &Fake) -> Result<MadeWebhook, OrderError> {
        fake.client().make_webhook(&org(), "https://a.example/x", "desk", None).await
    }

    #[tokio::test]
    async fn the_documented_answer_brings_the_secret_once() {
        for reply in [Reply::json(MADE), Reply::with(201, "", MADE), Reply::json(format!("{{\"data\":{MADE}}}"))] {
            let fake = Fake::in_turn(vec![reply]).await;
            let made = make(&fake).await.expect("a webhook");
            assert_eq!(made.webhook.id.0, "019e1234-5678-7000-abcd-123456789abc");
            assert_eq!(
                made.webhook.event_types,
                Some(vec![EventType::ConversationStarted, EventType::ConversationEnded])
            );
            let secret = made.secret.clone().expect("a secret");
            assert_eq!(secret.expose(), "whsec_A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6Q7R8S9T0U1V2");
            assert!(!format!("{made:?}").contains("A1B2"));
            assert_eq!(fake.seen()[0].target, "/api/organizations/org%2F1/webhooks");
        }
    }

    #[tokio::test]
    async fn making_is_never_repeated_and_says_whether_it_may_have_happened() {
        let not_done =
            [Reply::status(400), Reply::status(401), Reply::status(403), Reply::status(404), Reply::status(409)];
        for reply in not_done.into_iter().chain([Reply::status(429), Reply::redirect(307, "https://evil.example/x")]) {
            let fake = Fake::in_turn(vec![reply]).await;
            let made = make(&fake).await;
            assert!(matches!(made, Err(OrderError::NotDone(_))), "{made:?}");
            assert_eq!(fake.seen().len(), 1);
        }
        let not_known = [
            Reply::status(500),
            Reply::status(504),
            Reply::status(408),
            Reply::raw(""),
            Reply::json(MADE).cut(20),
            Reply::json("{}"),
            Reply::json("<html>"),
        ];
        for reply in not_known {
            let fake = Fake::in_turn(vec![reply]).await;
            let made = make(&fake).await;
            assert!(matches!(made, Err(OrderError::NotKnown(_))), "{made:?}");
            assert_eq!(fake.seen().len(), 1);
        }
    }

    #[tokio::test]
    async fn a_server_that_is_not_there_has_done_nothing() {
        let fake = Fake::in_turn(vec![Reply::status(200)]).await;
        let client = fake.client();
        drop(fake);
        // The fake's task still holds its port; nobody listens on this one.
        let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = Url::parse(&format!("http://{}/x", nobody.local_addr().expect("an address"))).expect("an address");
        drop(nobody);
        let answer = client.order(Method::POST, url, None).await;
        assert_eq!(answer, Err(OrderError::NotDone(Error::NoConnection)));
    }

    #[tokio::test]
    async fn the_list_is_read_in_all_its_shapes() {
        let body = r#"{"webhooks":[{"id":"w1","url":"https://a.example/x","enabled":false,"consecutiveFailures":"7"},
            {"id":"w2","eventTypes":[],"isActive":true},{"url":"https://no.id"},{"id":"w3","eventTypes":["new_label","x_y"]}]}"#;
        let fake = Fake::in_turn(vec![Reply::json(body)]).await;
        let all = fake.client().webhooks(&org()).await.expect("webhooks");
        let facts: Vec<_> =
            all.iter().map(|one| (one.id.0.as_str(), one.is_active, one.consecutive_failures)).collect();
        assert_eq!(facts, [("w1", false, 7), ("w2", true, 0), ("w3", true, 0)]);
        assert_eq!(all[1].event_types, None, "no types named is every type");
        let types = [EventType::RecordCreated, EventType::Other("x_y".to_owned())];
        assert_eq!(all[2].event_types.as_deref(), Some(types.as_slice()));
    }

    #[tokio::test]
    async fn deliveries_are_read_with_their_other_names() {
        let fake = Fake::in_turn(vec![Reply::json(DELIVERIES)]).await;
        let all = fake.client().webhook_deliveries(&org(), &id()).await.expect("deliveries");
        assert_eq!(fake.seen()[0].target, "/api/organizations/org%2F1/webhooks/w%201/deliveries");
        assert_eq!((all[0].code, all[0].milliseconds, all[0].is_success), (Some(200), Some(142), true));
        assert_eq!(all[1].error.as_deref(), Some("Internal Server Error"));
        assert_eq!(all[1].event.as_ref().map(|key| key.as_str().to_owned()).as_deref(), Some("evt_019e6789"));
        let body = r#"{"data":[{"eventId":"e","statusCode":502,"createdAt":"2026-02-20T23:10:00Z"},
            {"eventId":"f","responseStatus":204,"createdAt":1771629000000},{"eventId":"g","createdAt":"2026-02-20T23:10:00Z"},
            {"eventId":"no time"}]}"#;
        let fake = Fake::in_turn(vec![Reply::json(body)]).await;
        let all = fake.client().webhook_deliveries(&org(), &id()).await.expect("deliveries");
        let facts: Vec<_> = all.iter().map(|one| (one.code, one.is_success)).collect();
        assert_eq!(facts, [(Some(502), false), (Some(204), true), (None, false)]);
    }

    #[tokio::test]
    async fn deleting_what_is_gone_is_no_failure_and_empty_answers_are_fine() {
        for (status, is_good) in [(200, true), (204, true), (404, true), (500, false), (403, false)] {
            let fake = Fake::in_turn(vec![Reply::status(status)]).await;
            assert_eq!(fake.client().delete_webhook(&org(), &id()).await.is_ok(), is_good, "{status}");
        }
        let fake = Fake::in_turn(vec![Reply::status(202)]).await;
        let client = fake.client();
        assert!(client.test_webhook(&org(), &id()).await.is_ok());
        assert!(client.enable_webhook(&org(), &id()).await.is_ok());
        let targets: Vec<_> = fake.seen().iter().map(|seen| seen.target.clone()).collect();
        assert!(targets[0].ends_with("/w%201/test") && targets[1].ends_with("/w%201/enable"), "{targets:?}");
    }

    #[tokio::test]
    async fn the_command_for_a_terminal_holds_no_key() {
        let fake = Fake::in_turn(vec![Reply::status(200)]).await;
        let command = fake.client().deliveries_command(&org(), &id()).expect("a command");
        assert!(command.starts_with("curl ") && command.contains("/deliveries'"), "{command}");
        assert!(!command.contains(KEY) && command.contains("$NXVET_KEY"), "{command}");
    }
}
