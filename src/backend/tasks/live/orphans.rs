//! Webhooks whose making was cut short: found again at NxVET by the nonce in their description, and deleted, as nobody
//! knows their secret. One that is not there yet may still be on its way, so a young intent is looked at again later.

use super::{Desk, Left, making};
use crate::domain::OrganizationId;
use crate::domain::live::{Scheme, Webhook, WebhookId};
use crate::state::LiveNews;
use crate::store::live::{Intent, LiveRoute};
use crate::store::{Result as StoreResult, Store};
use chrono::TimeDelta;

/// After this no request is under way any more that could still make one.
const SETTLED: TimeDelta = TimeDelta::minutes(2);

/// Looks after every intent whose end is not known; `all` are the webhooks that NxVET has.
pub(super) async fn mend(desk: &Desk, all: &[Webhook]) -> Left {
    let organization = desk.clinic.organization.id.clone();
    let open = desk.clinic.store.run_unnoticed(move |store| store.open_intents(&organization)).await;
    let open = open.unwrap_or_default();
    for intent in &open {
        mend_one(desk, intent, all).await;
    }
    let organization = desk.clinic.organization.id.clone();
    let idle = desk.clinic.store.run_unnoticed(move |store| remove_idle_routes(store, &organization)).await;
    let has_changed = !open.is_empty() || idle.is_ok_and(|removed| removed > 0);
    if has_changed { Left::Routes(None) } else { Left::Nothing }
}

/// Addresses that were made for a webhook and never came so far as to be wished for.
fn remove_idle_routes(store: &mut Store, organization: &OrganizationId) -> StoreResult<usize> {
    let wished: Vec<_> = store.open_intents(organization)?.iter().map(|intent| intent.route).collect();
    let is_idle = |route: &LiveRoute| {
        let is_ours = route.organization == *organization && route.scheme == Scheme::Organization;
        is_ours && route.webhook.is_none() && route.secret.is_none() && !wished.contains(&route.number)
    };
    let idle: Vec<_> = store.live_routes()?.into_iter().filter(is_idle).collect();
    for route in &idle {
        store.remove_live_route(route.number)?;
    }
    Ok(idle.len())
}

async fn mend_one(desk: &Desk, intent: &Intent, all: &[Webhook]) {
    let now = desk.clinic.clock.now();
    match made_by(intent, all) {
        Some(id) => {
            if let Err(error) = desk.clinic.client.delete_webhook(&intent.organization, &id).await {
                tracing::warn!(%error, "a webhook without a secret could not be deleted yet");
                return;
            }
            making::forget(desk, intent).await;
            desk.tell(LiveNews::OrphanRemoved).await;
        }
        None if (now - intent.made_at).abs() >= SETTLED => making::forget(desk, intent).await,
        None => {}
    }
}

/// The webhook that came of an intent.
pub(super) fn made_by(intent: &Intent, all: &[Webhook]) -> Option<WebhookId> {
    let mark = mark(&intent.nonce);
    all.iter().find(|webhook| webhook.description.contains(&mark)).map(|webhook| webhook.id.clone())
}

pub(super) fn with_nonce(name: &str, nonce: &str) -> String {
    format!("{name} {}", mark(nonce))
}

/// As a person called it.
pub(super) fn without_nonce(description: &str) -> &str {
    description
        .rfind(" [cd-")
        .filter(|_| description.ends_with(']'))
        .and_then(|at| description.get(..at))
        .unwrap_or(description)
}

fn mark(nonce: &str) -> String {
    format!("[cd-{nonce}]")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::StoreKeys;
    use crate::store::live::NewRoute;
    use chrono::{TimeZone as _, Utc};

    #[test]
    fn an_address_that_nobody_wished_for_goes_and_a_wished_one_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let now = Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment");
        let keys = StoreKeys::random().expect("keys");
        let (mut store, _) = Store::open(folder.path(), &keys, now).expect("a store");
        let organization = OrganizationId::new("org");
        let of = |scheme| NewRoute { organization: organization.clone(), scheme, identity: "x".to_owned() };
        store.make_live_route(&of(Scheme::Organization), now).expect("an idle one");
        store.make_live_route(&of(Scheme::NexHealth), now).expect("another sender's");
        let wish = crate::state::live::NewWebhook {
            address: crate::state::live::PublicAddress("https://desk.example.com".to_owned()),
            description: String::new(),
            event_types: None,
            replaces: None,
        };
        let intent = making::intend(&mut store, &organization, &wish, now).expect("an intent");
        assert!(intent.description.starts_with("Consult Desk [cd-"));
        assert_eq!(remove_idle_routes(&mut store, &organization).expect("a look"), 1);
        let routes = store.live_routes().expect("routes");
        assert_eq!(routes.len(), 2);
        let route = routes.iter().find(|route| route.number == intent.route).expect("the wished one");
        assert_eq!(intent.address, format!("https://desk.example.com/{}", route.token.expose()));
    }

    #[test]
    fn the_nonce_is_added_and_taken_away() {
        let described = with_nonce("Front desk", "0123456789abcdef");
        assert_eq!(described, "Front desk [cd-0123456789abcdef]");
        assert_eq!(without_nonce(&described), "Front desk");
        for own in ["Front desk", "Front [cd-x] desk", "", "[cd-"] {
            assert_eq!(without_nonce(own), own);
        }
    }
}
