//! Whose key it is. Two addresses answer that, an old and a new one; which of them a server has is remembered.
//! Scopes are never looked at beforehand: nobody has documented them all.

use crate::domain::{Organization, OrganizationId};
use crate::nxvet::body::Limit;
use crate::nxvet::client::{Answer, Client};
use crate::nxvet::error::{Error, WRONG_SHAPE};
use crate::nxvet::json::Fields;
use std::sync::atomic::{AtomicUsize, Ordering};

const ROUTES: [&str; 2] = ["me", "introspect-org"];

/// Index of the address that answered last; the newer one before anything is known.
#[derive(Default)]
pub(crate) struct KnownRoute(AtomicUsize);

impl Client {
    /// Checks the key and tells which clinic it belongs to.
    pub async fn identify(&self) -> Result<Organization, Error> {
        let first = self.identity_route().0.load(Ordering::Relaxed);
        let mut refusal = None;
        for index in [first, 1 - first.min(1)] {
            match self.identify_at(index).await {
                // An old server does not know the new address, and a key may be allowed only one of them.
                Err(error @ (Error::NotFound | Error::Forbidden)) => {
                    if refusal != Some(Error::Forbidden) {
                        refusal = Some(error);
                    }
                }
                Ok(organization) => {
                    self.identity_route().0.store(index, Ordering::Relaxed);
                    return Ok(organization);
                }
                Err(error) => return Err(error),
            }
        }
        Err(refusal.unwrap_or(Error::NotFound))
    }

    async fn identify_at(&self, index: usize) -> Result<Organization, Error> {
        let route = ROUTES.get(index).copied().unwrap_or("me");
        self.ask(self.address(&["auth", route], &[])?, Limit::IDENTITY, read_organization).await
    }
}

fn read_organization(answer: &Answer) -> Result<Organization, Error> {
    let fields = Fields::parse(&answer.text)?;
    let fields = if fields.has("organizationId") { fields } else { fields.unwrapped(&["data"]) };
    let nested = fields.object("organization");
    let within = |key: &str| nested.as_ref().and_then(|organization| organization.text(key));
    let id = fields.text("organizationId").or_else(|| within("id")).filter(|id| is_an_id(id));
    let id = id.ok_or(Error::Unexpected { what: WRONG_SHAPE })?;
    let name = fields.text("organizationName").or_else(|| within("name")).unwrap_or_else(|| id.clone());
    Ok(Organization { id: OrganizationId::new(id), name })
}

/// Every id on record is a UUID text; a bare number means that something else answered.
fn is_an_id(id: &str) -> bool {
    !id.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nxvet::fake::{Fake, KEY, Reply};

    /// As the quickstart prints it.
    const DOCUMENTED: &str = r#"{
        "userId": "...", "email": "...", "organizationId": "your-org-uuid", "organizationName": "Your Clinic",
        "features": { "orgHasNxMicAccess": true }, "standaloneFeatures": [1, "x", {}] }"#;

    fn paths(fake: &Fake) -> Vec<String> {
        fake.seen().iter().map(|seen| seen.target.clone()).collect()
    }

    fn server_that_answers(path: &'static str, otherwise: u16) -> impl Fn(&crate::nxvet::fake::Seen) -> Reply {
        move |seen| if seen.path() == path { Reply::json(DOCUMENTED) } else { Reply::status(otherwise) }
    }

    #[tokio::test]
    async fn the_new_address_is_asked_with_the_key() {
        let fake = Fake::start(server_that_answers("/api/auth/me", 404)).await;
        let organization = fake.client().identify().await.expect("a clinic");
        assert_eq!((organization.id.as_str(), organization.name.as_str()), ("your-org-uuid", "Your Clinic"));
        let seen = fake.seen();
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].header("authorization"), Some(format!("Bearer {KEY}").as_str()));
        assert_eq!(seen[0].header("referer"), None);
    }

    #[tokio::test]
    async fn the_old_address_is_tried_on_404_and_403_and_remembered() {
        for status in [404, 403] {
            let fake = Fake::start(server_that_answers("/api/auth/introspect-org", status)).await;
            let client = fake.client();
            for _ in 0..2 {
                client.identify().await.expect("a clinic");
            }
            assert_eq!(paths(&fake), ["/api/auth/me", "/api/auth/introspect-org", "/api/auth/introspect-org"]);
        }
    }

    #[tokio::test]
    async fn a_refused_key_is_not_tried_twice() {
        let fake = Fake::in_turn(vec![Reply::status(401)]).await;
        assert_eq!(fake.client().identify().await, Err(Error::Unauthorized));
        assert_eq!(paths(&fake), ["/api/auth/me"]);
    }

    #[tokio::test]
    async fn a_refusal_at_either_address_is_told_as_one() {
        for replies in [[403, 404], [404, 403], [403, 403]] {
            let fake = Fake::in_turn(replies.map(Reply::status).to_vec()).await;
            assert_eq!(fake.client().identify().await, Err(Error::Forbidden), "{replies:?}");
            assert_eq!(fake.seen().len(), 2);
        }
        let fake = Fake::in_turn(vec![Reply::status(404)]).await;
        assert_eq!(fake.client().identify().await, Err(Error::NotFound));
    }

    #[tokio::test]
    async fn a_clinic_without_a_name_is_called_by_its_id() {
        for body in [
            r#"{"organizationId":"o1","organizationName":null}"#,
            r#"{"data":{"organizationId":"o1"}}"#,
            r#"{"organization":{"id":"o1","name":""}}"#,
        ] {
            let fake = Fake::in_turn(vec![Reply::json(body)]).await;
            let organization = fake.client().identify().await.expect(body);
            assert_eq!((organization.id.as_str(), organization.name.as_str()), ("o1", "o1"));
        }
    }

    #[tokio::test]
    async fn a_sign_in_page_is_not_taken_for_a_refused_key() {
        let pages = [
            Reply::with(200, "Content-Type: text/html; charset=utf-8\r\n", "hello"),
            Reply::with(200, "", "  <html>Accept the terms</html>"),
            Reply::status(511),
        ];
        for page in pages {
            let fake = Fake::in_turn(vec![page]).await;
            let error = fake.client().identify().await.expect_err("a page");
            assert_eq!(error, Error::NotNxvet);
            assert!(error.is_offline());
            assert_eq!(fake.seen().len(), 3, "asked again twice");
        }
    }

    #[tokio::test]
    async fn other_answers_are_unexpected() {
        let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
        let deep_field = format!(r#"{{"organizationId":{deep}}}"#);
        for body in ["{}", "[]", "7", "null", "{\"a\":}", "hello", &deep, &deep_field] {
            let fake = Fake::in_turn(vec![Reply::json(body)]).await;
            let error = fake.client().identify().await.expect_err(&body[..body.len().min(20)]);
            assert!(matches!(error, Error::Unexpected { .. }), "{error:?}");
            assert_eq!(fake.seen().len(), 3);
        }
        let fake = Fake::in_turn(vec![Reply::json(" ".repeat(65 << 10))]).await;
        assert_eq!(fake.client().identify().await, Err(Error::TooLarge));
        assert_eq!(fake.seen().len(), 1);
    }
}
