//! Makes a webhook so that none is ever left at NxVET whose secret nobody knows: what is wished is noted with a nonce
//! before NxVET is asked, and done only when the secret is on the disk. Each step is a function of its own, so that a
//! test can end the desk between any two of them; what then remains is `orphans`' work.

use super::{Desk, Left, orphans, routes};
use crate::domain::OrganizationId;
use crate::domain::live::{Scheme, Webhook, WebhookId, WebhookSecret};
use crate::nxvet::{Client, Error, MadeWebhook, OrderError};
use crate::state::live::{MOST_WEBHOOKS, NewWebhook};
use crate::state::{Fault, LiveFault, LiveNews, Problem};
use crate::store::live::{Intent, NewRoute};
use crate::store::{Result as StoreResult, Store};
use chrono::{DateTime, TimeDelta, Utc};
use std::fmt::Write as _;
use url::Url;

/// What a webhook is called when nobody called it anything.
const NAME: &str = "Consult Desk";
/// Deliveries that were signed with a replaced webhook's secret may still be on their way.
const ON_THEIR_WAY: TimeDelta = TimeDelta::hours(24);

/// Why no webhook was made.
#[derive(Debug)]
pub(super) enum NotMade {
    Full,
    Network(Error),
    /// Whether it was made is not known; the intent stays.
    NotKnown,
    SecretLost,
    OrphanStays,
    Store(Problem),
}

/// The window hears of it when the receiver answers on the new address: a test may follow at once.
pub(super) async fn make(desk: &Desk, wish: NewWebhook) -> Left {
    let news = match make_one(desk, &wish).await {
        Ok((webhook, secret)) => {
            replace(desk, wish.replaces.as_ref()).await;
            let webhook = Webhook { description: orphans::without_nonce(&webhook.description).to_owned(), ..webhook };
            LiveNews::Created { webhook, secret }
        }
        Err(why) => LiveNews::NotCreated(problem_of(desk, why)),
    };
    Left::Routes(Some(Box::new(news)))
}

async fn make_one(desk: &Desk, wish: &NewWebhook) -> Result<(Webhook, WebhookSecret), NotMade> {
    let clinic = &desk.clinic;
    let (client, organization) = (&clinic.client, &clinic.organization.id);
    let there = client.webhooks(organization).await.map_err(NotMade::Network)?;
    if there.len() >= MOST_WEBHOOKS {
        return Err(NotMade::Full);
    }
    let (of, wish, now) = (organization.clone(), wish.clone(), clinic.clock.now());
    let intent = in_store(desk, move |store| intend(store, &of, &wish, now)).await?;
    let made = match order(client, &intent).await {
        Ok(made) => made,
        Err(error) => return Err(settle(desk, &intent, error).await),
    };
    let Some(secret) = made.secret else {
        return Err(give_up_made(desk, &intent, &made.webhook.id, NotMade::SecretLost).await);
    };
    let (nonce, id, kept) = (intent.nonce.clone(), made.webhook.id.clone(), secret.clone());
    match in_store(desk, move |store| store.finish_intent(&nonce, &id, &kept)).await {
        Ok(_) => Ok((made.webhook, secret)),
        Err(why) => Err(give_up_made(desk, &intent, &made.webhook.id, why).await),
    }
}

/// The first step: an address of our own and the note of what is wished, on the disk when this returns.
pub(super) fn intend(
    store: &mut Store,
    organization: &OrganizationId,
    wish: &NewWebhook,
    now: DateTime<Utc>,
) -> StoreResult<Intent> {
    let identity = organization.as_str().to_owned();
    let new = NewRoute { organization: organization.clone(), scheme: Scheme::Organization, identity };
    let route = store.make_live_route(&new, now)?;
    let nonce = nonce();
    let name = if wish.description.is_empty() { NAME } else { orphans::without_nonce(&wish.description) };
    let intent = Intent {
        description: orphans::with_nonce(name, &nonce),
        nonce,
        organization: organization.clone(),
        route: route.number,
        address: whole_address(&wish.address.0, route.token.expose()),
        event_types: wish.event_types.clone(),
        made_at: now,
    };
    store.begin_intent(&intent)?;
    Ok(intent)
}

/// The second step: NxVET is asked, once.
pub(super) async fn order(client: &Client, intent: &Intent) -> Result<MadeWebhook, OrderError> {
    let types = intent.event_types.as_deref();
    client.make_webhook(&intent.organization, &intent.address, &intent.description, types).await
}

/// It failed. Whether NxVET made it all the same is found out by the nonce.
async fn settle(desk: &Desk, intent: &Intent, error: OrderError) -> NotMade {
    let error = match error {
        OrderError::NotDone(error) => {
            forget(desk, intent).await;
            return NotMade::Network(error);
        }
        OrderError::NotKnown(error) => error,
    };
    tracing::warn!(code = error.code(), "whether a webhook was made is not known");
    let there = desk.clinic.client.webhooks(&intent.organization).await;
    match there.ok().and_then(|all| orphans::made_by(intent, &all)) {
        Some(id) => give_up_made(desk, intent, &id, NotMade::SecretLost).await,
        // It may still be on its way through NxVET: the intent stays until a later look is sure.
        None => NotMade::NotKnown,
    }
}

/// It was made, and nobody will ever know its secret: it is deleted again.
async fn give_up_made(desk: &Desk, intent: &Intent, webhook: &WebhookId, why: NotMade) -> NotMade {
    match desk.clinic.client.delete_webhook(&intent.organization, webhook).await {
        Ok(()) => {
            forget(desk, intent).await;
            why
        }
        Err(error) => {
            tracing::warn!(%error, "a webhook without a secret could not be deleted yet");
            NotMade::OrphanStays
        }
    }
}

/// NxVET has none; nothing of it stays here either.
pub(super) async fn forget(desk: &Desk, intent: &Intent) {
    let (nonce, route) = (intent.nonce.clone(), intent.route);
    let forget = move |store: &mut Store| {
        store.drop_intent(&nonce)?;
        store.remove_live_route(route)
    };
    if let Err(error) = desk.clinic.store.run_unnoticed(forget).await {
        tracing::warn!(%error, "an intent could not be forgotten");
    }
}

/// The new one works, so the old one goes. Its address is answered on for a while.
async fn replace(desk: &Desk, old: Option<&WebhookId>) {
    let Some(old) = old else { return };
    if desk.clinic.client.delete_webhook(&desk.clinic.organization.id, old).await.is_err() {
        let problem = Problem::new(&Fault::Live(LiveFault::OldOneStays), "LIVE-OLD");
        desk.clinic.events.send(crate::state::Event::Told(problem)).await;
        return;
    }
    retire(desk, old).await;
}

/// The address of a webhook that is gone is answered on until what is on its way has arrived.
pub(super) async fn retire(desk: &Desk, webhook: &WebhookId) {
    let Some(number) = routes::number_of(&routes::kept(desk).await, webhook) else { return };
    let at = desk.clinic.clock.now() + ON_THEIR_WAY;
    if let Err(error) = desk.clinic.store.run_unnoticed(move |store| store.retire_live_route(number, at)).await {
        tracing::warn!(%error, "a receiving address could not be retired");
    }
}

async fn in_store<T: Send + 'static>(
    desk: &Desk,
    work: impl FnOnce(&mut Store) -> StoreResult<T> + Send + 'static,
) -> Result<T, NotMade> {
    let done = desk.clinic.store.run_unnoticed(work).await;
    done.map_err(|error| NotMade::Store(crate::backend::problems::of_store(&error)))
}

fn problem_of(desk: &Desk, why: NotMade) -> Problem {
    let (fault, code) = match why {
        NotMade::Network(error) => return desk.problem(&error),
        NotMade::Store(problem) => return problem,
        NotMade::Full => (LiveFault::TooManyWebhooks, "LIVE-FULL"),
        NotMade::NotKnown => (LiveFault::NotKnownIfMade, "LIVE-UNKNOWN"),
        NotMade::SecretLost => (LiveFault::SecretLost, "LIVE-SECRET"),
        NotMade::OrphanStays => (LiveFault::OrphanStays, "LIVE-ORPHAN"),
    };
    Problem::new(&Fault::Live(fault), code)
}

/// A public name alone leads to the receiver here, so the path of its address is added.
fn whole_address(address: &str, token: &str) -> String {
    let is_name_alone = Url::parse(address).is_ok_and(|url| url.path() == "/" && url.query().is_none());
    if is_name_alone { format!("{}/{token}", address.trim_end_matches('/')) } else { address.to_owned() }
}

fn nonce() -> String {
    (0..2).fold(String::new(), |mut text, _| {
        write!(text, "{:08x}", fastrand::u32(..)).ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_receivers_path_is_added_to_a_name_alone() {
        for (address, whole) in [
            ("https://desk.example.com", "https://desk.example.com/t0"),
            ("https://desk.example.com/", "https://desk.example.com/t0"),
            ("http://127.0.0.1:8737", "http://127.0.0.1:8737/t0"),
            ("https://relay.example.com/nx", "https://relay.example.com/nx"),
            ("https://relay.example.com/?to=desk", "https://relay.example.com/?to=desk"),
        ] {
            assert_eq!(whole_address(address, "t0"), whole);
        }
    }

    #[test]
    fn no_two_nonces_are_the_same() {
        let nonces: std::collections::HashSet<String> = (0..1_000).map(|_| nonce()).collect();
        assert!(nonces.len() == 1_000 && nonces.iter().all(|nonce| nonce.len() == 16));
    }
}
