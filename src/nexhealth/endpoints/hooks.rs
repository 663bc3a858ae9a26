//! The endpoints NexHealth sends messages to, and what each is subscribed to.

use crate::domain::live::{WebhookId, WebhookSecret};
use crate::nexhealth::client::Client;
use crate::nexhealth::error::{Error, NOTHING_IN_IT};
use crate::nexhealth::{envelope, wire};
use crate::nxvet::json::Fields;
use reqwest::Method;
use serde_json::json;
use std::fmt;

/// What a practice's desk subscribes to: resource and event, as the specification spells them. The names that arrive may
/// carry an ending (`.complete`, `.failed`); subscriptions are made by the base alone.
pub const SUBSCRIPTIONS: [(&str, &str); 5] = [
    ("Appointment", "appointment_insertion"),
    ("Appointment", "appointment_created"),
    ("Appointment", "appointment_updated"),
    ("Patient", "patient_created"),
    ("Patient", "patient_updated"),
];

#[derive(Clone, PartialEq)]
pub struct Endpoint {
    pub id: WebhookId,
    pub address: String,
    pub is_active: bool,
    /// What its messages are signed with, where the answer tells it.
    pub secret: Option<WebhookSecret>,
}

/// The address holds the receiver's secret path: it is never printed.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("is_active", &self.is_active).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    pub id: i64,
    pub resource: String,
    pub event: String,
    pub is_active: bool,
}

impl Client {
    pub async fn endpoints(&self) -> Result<Vec<Endpoint>, Error> {
        let url = self.address(&["webhook_endpoints"], &[])?;
        self.ask(url, |text| {
            let rows = envelope::rows(text, &["webhook_endpoints"])?.rows;
            Ok(rows.iter().filter_map(|raw| endpoint(&Fields::parse(raw.get()).ok()?)).collect())
        })
        .await
    }

    /// Sent once: an endpoint too many would be called too.
    pub async fn create_endpoint(&self, address: &str) -> Result<Endpoint, Error> {
        let url = self.address(&["webhook_endpoints"], &[])?;
        let text = self.order(Method::POST, url, Some(&json!({"target_url": address, "active": true}))).await?;
        read_endpoint(&text)
    }

    /// Turns it on again, or off.
    pub async fn set_endpoint_active(&self, id: &WebhookId, is_active: bool) -> Result<Endpoint, Error> {
        let url = self.address(&["webhook_endpoints", &id.0], &[])?;
        let text = self.order(Method::PATCH, url, Some(&json!({"active": is_active}))).await?;
        read_endpoint(&text)
    }

    /// Gone already is as good.
    pub async fn delete_endpoint(&self, id: &WebhookId) -> Result<(), Error> {
        let url = self.address(&["webhook_endpoints", &id.0], &[])?;
        match self.order(Method::DELETE, url, None).await {
            Ok(_) | Err(Error::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Those of this practice.
    pub async fn subscriptions(&self, endpoint: &WebhookId) -> Result<Vec<Subscription>, Error> {
        let url = self.subscriptions_url(endpoint, None)?;
        self.ask(url, |text| {
            let rows = envelope::rows(text, &["webhook_subscriptions"])?.rows;
            Ok(rows.iter().filter_map(|raw| subscription(&Fields::parse(raw.get()).ok()?)).collect())
        })
        .await
    }

    /// Makes what is missing and turns on what is off; what there is already stays as it is.
    pub async fn subscribe(&self, endpoint: &WebhookId) -> Result<(), Error> {
        let known = self.subscriptions(endpoint).await?;
        for (resource, event) in SUBSCRIPTIONS {
            let same = |one: &&Subscription| {
                one.resource.eq_ignore_ascii_case(resource) && one.event.split('.').next() == Some(event)
            };
            match known.iter().find(same) {
                Some(one) if one.is_active => {}
                Some(one) => {
                    let url = self.subscriptions_url(endpoint, Some(one.id))?;
                    self.order(Method::PATCH, url, Some(&json!({"active": true}))).await?;
                }
                None => {
                    let url = self.subscriptions_url(endpoint, None)?;
                    let body = json!({"resource_type": resource, "event": event, "active": true});
                    self.order(Method::POST, url, Some(&body)).await?;
                }
            }
        }
        Ok(())
    }

    fn subscriptions_url(&self, endpoint: &WebhookId, id: Option<i64>) -> Result<url::Url, Error> {
        let id = id.map(|id| id.to_string());
        let mut segments = vec!["webhook_endpoints", endpoint.0.as_str(), "webhook_subscriptions"];
        segments.extend(id.as_deref());
        self.address(&segments, &[("subdomain", &self.practice().subdomain)])
    }
}

fn read_endpoint(text: &str) -> Result<Endpoint, Error> {
    let fields = envelope::object(text, &["webhook_endpoint"])?;
    endpoint(&fields).ok_or(Error::Unexpected(NOTHING_IN_IT))
}

fn endpoint(fields: &Fields<'_>) -> Option<Endpoint> {
    Some(Endpoint {
        id: WebhookId(wire::number(fields, "id")?.to_string()),
        address: fields.text("target_url").unwrap_or_default(),
        is_active: fields.is_true("active"),
        secret: fields.text("secret_key").map(|secret| WebhookSecret::new(&secret)),
    })
}

fn subscription(fields: &Fields<'_>) -> Option<Subscription> {
    Some(Subscription {
        id: wire::number(fields, "id")?,
        resource: fields.text("resource_type")?,
        event: fields.text("event")?,
        is_active: fields.is_true("active"),
    })
}
