//! The endpoint that NexHealth sends its messages to: made once, looked at with every reading, revived when NexHealth
//! gave it up, taken down with the account.
//!
//! The receiving address is made and kept before NexHealth is told of it, so that an endpoint whose making was cut short
//! is found again by its address: it gets its secret, or goes.

use super::{Connected, Desk, problem_of};
use crate::domain::live::{Scheme, WebhookId, WebhookSecret};
use crate::nexhealth::{Endpoint, Error};
use crate::state::board::{Messages, NexHealthEvent};
use crate::state::live::shown_address;
use crate::state::{Fault, NexHealthFault, Problem};
use crate::store::Result as StoreResult;
use crate::store::live::{LiveRoute, NewRoute};
use crate::webhooks::Verifier;
use chrono::TimeDelta;

/// Messages on their way to an address that was replaced are still taken for so long: NexHealth tries for two days.
const STILL_TAKEN: TimeDelta = TimeDelta::hours(48);

/// How messages stand now; also mends what was cut short.
pub(super) async fn look(desk: &Desk, connected: &Connected) -> Messages {
    let routes = routes(desk).await;
    if routes.is_empty() {
        return told(desk, Messages::NotSetUp).await;
    }
    match connected.client.endpoints().await {
        Ok(endpoints) => {
            mend(desk, connected, &routes, &endpoints).await;
            let routes = self::routes(desk).await;
            told(desk, standing(&routes, &endpoints)).await
        }
        Err(error) => {
            tracing::debug!(code = error.code(), "the endpoints could not be read");
            Messages::Unknown
        }
    }
}

async fn told(desk: &Desk, messages: Messages) -> Messages {
    desk.tell(NexHealthEvent::Messages(messages.clone())).await;
    messages
}

/// The newest address that has a secret decides.
fn standing(routes: &[LiveRoute], endpoints: &[Endpoint]) -> Messages {
    let mut ours = routes.iter().rev().filter(|route| route.secret.is_some() && route.retires_at.is_none());
    let found = ours.find_map(|route| endpoint_of(route, endpoints));
    match found {
        None => Messages::NotSetUp,
        Some(endpoint) => {
            let (id, address) = (endpoint.id.clone(), shown_address(&endpoint.address));
            if endpoint.is_active {
                Messages::Working { endpoint: id, address }
            } else {
                Messages::Stopped { endpoint: id, address }
            }
        }
    }
}

/// By its id, or by the secret path that no other address ends with.
fn endpoint_of<'a>(route: &LiveRoute, endpoints: &'a [Endpoint]) -> Option<&'a Endpoint> {
    let ends = |endpoint: &&Endpoint| endpoint.address.trim_end_matches('/').ends_with(route.token.expose());
    let by_id = route.webhook.as_ref().and_then(|id| endpoints.iter().find(|endpoint| endpoint.id == *id));
    by_id.or_else(|| endpoints.iter().find(ends))
}

/// An address without a secret: the end of the program came between making it and keeping its secret.
async fn mend(desk: &Desk, connected: &Connected, routes: &[LiveRoute], endpoints: &[Endpoint]) {
    for route in routes.iter().filter(|route| route.secret.is_none()) {
        let kept = match endpoint_of(route, endpoints) {
            Some(endpoint) if adopt(desk, connected, route, endpoint).await => true,
            Some(endpoint) => {
                if connected.client.delete_endpoint(&endpoint.id).await.is_err() {
                    continue;
                }
                false
            }
            None => false,
        };
        if !kept {
            remove_route(desk, route).await;
        }
    }
}

/// What was made before the end of the program is taken over as it is, with what it is subscribed to.
async fn adopt(desk: &Desk, connected: &Connected, route: &LiveRoute, endpoint: &Endpoint) -> bool {
    if give_secret(desk, route, endpoint).await.is_err() {
        return false;
    }
    if let Err(error) = connected.client.subscribe(&endpoint.id).await {
        tracing::warn!(code = error.code(), "an endpoint could not be subscribed");
    }
    desk.clinic.live_routes.notify_one();
    true
}

pub(super) async fn set_up(desk: &Desk, connected: &Connected, base: &str) -> Result<(), Problem> {
    let endpoints = connected.client.endpoints().await.map_err(|error| problem_of(&error))?;
    let routes = routes(desk).await;
    mend(desk, connected, &routes, &endpoints).await;
    let routes = self::routes(desk).await;
    let is_there = |route: &&LiveRoute| {
        route.secret.is_some()
            && route.retires_at.is_none()
            && endpoint_of(route, &endpoints).is_some_and(|endpoint| endpoint.address == address(base, route))
    };
    if let Some(route) = routes.iter().find(is_there)
        && let Some(endpoint) = endpoint_of(route, &endpoints)
    {
        revive(desk, connected, &endpoint.id).await?;
        retire_all_but(desk, connected, route, &routes, &endpoints).await;
        return Ok(());
    }
    let endpoint = make(desk, connected, base).await?;
    connected.client.subscribe(&endpoint.id).await.map_err(|error| problem_of(&error))?;
    for old in routes.iter().filter(|old| old.retires_at.is_none()) {
        retire(desk, connected, old, &endpoints).await;
    }
    let (id, shown) = (endpoint.id.clone(), shown_address(&endpoint.address));
    desk.tell(NexHealthEvent::Messages(Messages::Working { endpoint: id, address: shown })).await;
    Ok(())
}

/// The address is on the disk before NexHealth is told of it.
async fn make(desk: &Desk, connected: &Connected, base: &str) -> Result<Endpoint, Problem> {
    let new = NewRoute {
        organization: desk.clinic.organization.id.clone(),
        scheme: Scheme::NexHealth,
        identity: connected.account.practice.subdomain.clone(),
    };
    let now = desk.clinic.clock.now();
    let made = desk.clinic.store.run_unnoticed(move |store| store.make_live_route(&new, now)).await;
    let route = made.map_err(|error| crate::backend::problems::of_store(&error))?;
    let target = address(base, &route);
    let endpoint = match connected.client.create_endpoint(&target).await {
        // Whether it was made is looked up by its address; nothing is sent twice.
        Err(Error::NotKnown) => by_address(connected, &target).await,
        made => made,
    };
    let endpoint = match endpoint {
        Ok(endpoint) => endpoint,
        Err(error) => {
            if error != Error::NotKnown {
                remove_route(desk, &route).await;
            }
            return Err(problem_of(&error));
        }
    };
    if give_secret(desk, &route, &endpoint).await.is_err() {
        if connected.client.delete_endpoint(&endpoint.id).await.is_ok() {
            remove_route(desk, &route).await;
        }
        let is_weak = endpoint.secret.as_ref().is_some_and(|secret| !is_strong(secret));
        let fault = if is_weak { NexHealthFault::WeakSecret } else { NexHealthFault::SecretLost };
        return Err(Problem::new(&Fault::NexHealth(fault), "NEX-SECRET"));
    }
    desk.clinic.live_routes.notify_one();
    Ok(endpoint)
}

async fn by_address(connected: &Connected, target: &str) -> Result<Endpoint, Error> {
    let endpoints = connected.client.endpoints().await.map_err(|_| Error::NotKnown)?;
    endpoints.into_iter().find(|endpoint| endpoint.address == target).ok_or(Error::OutOfReach)
}

/// Turned on again, with whatever of its subscriptions was off. What was missed is read afterwards.
pub(super) async fn revive(desk: &Desk, connected: &Connected, id: &WebhookId) -> Result<(), Problem> {
    let revived = connected.client.set_endpoint_active(id, true).await.map_err(|error| problem_of(&error))?;
    connected.client.subscribe(id).await.map_err(|error| problem_of(&error))?;
    let address = shown_address(&revived.address);
    let messages = if revived.is_active {
        Messages::Working { endpoint: id.clone(), address }
    } else {
        Messages::Stopped { endpoint: id.clone(), address }
    };
    desk.tell(NexHealthEvent::Messages(messages)).await;
    Ok(())
}

/// Best effort: an account may be left while NexHealth is out of reach.
pub(super) async fn take_down(desk: &Desk, connected: &Connected) {
    let routes = routes(desk).await;
    if routes.is_empty() {
        return;
    }
    let endpoints = connected.client.endpoints().await.unwrap_or_default();
    for route in &routes {
        if let Some(endpoint) = endpoint_of(route, &endpoints)
            && let Err(error) = connected.client.delete_endpoint(&endpoint.id).await
        {
            tracing::warn!(code = error.code(), "an endpoint could not be deleted");
        }
        remove_route(desk, route).await;
    }
    desk.clinic.live_routes.notify_one();
}

/// One address is enough: another one would bring everything twice.
async fn retire_all_but(desk: &Desk, connected: &Connected, kept: &LiveRoute, all: &[LiveRoute], known: &[Endpoint]) {
    for old in all.iter().filter(|old| old.number != kept.number && old.retires_at.is_none()) {
        retire(desk, connected, old, known).await;
    }
}

/// An older address gives way: what is on its way to it is still taken.
async fn retire(desk: &Desk, connected: &Connected, old: &LiveRoute, endpoints: &[Endpoint]) {
    if let Some(endpoint) = endpoint_of(old, endpoints)
        && let Err(error) = connected.client.delete_endpoint(&endpoint.id).await
    {
        tracing::warn!(code = error.code(), "an older endpoint could not be deleted");
        return;
    }
    let (number, at) = (old.number, desk.clinic.clock.now() + STILL_TAKEN);
    noted(desk.clinic.store.run_unnoticed(move |store| store.retire_live_route(number, at)).await);
}

/// Of this clinic, oldest first.
async fn routes(desk: &Desk) -> Vec<LiveRoute> {
    let organization = desk.clinic.organization.id.clone();
    let all = desk.clinic.store.run_unnoticed(crate::store::Store::live_routes).await.unwrap_or_default();
    let ours = |route: &LiveRoute| route.scheme == Scheme::NexHealth && route.organization == organization;
    all.into_iter().filter(ours).collect()
}

fn address(base: &str, route: &LiveRoute) -> String {
    format!("{}/{}", base.trim_end_matches('/'), route.token.expose())
}

/// The receiver opens no address whose secret is too short to prove anything.
fn is_strong(secret: &WebhookSecret) -> bool {
    Verifier::new(Scheme::NexHealth, secret, None).is_ok()
}

async fn give_secret(desk: &Desk, route: &LiveRoute, endpoint: &Endpoint) -> Result<(), ()> {
    let Some(secret) = endpoint.secret.clone().filter(is_strong) else { return Err(()) };
    let (number, id, now) = (route.number, endpoint.id.clone(), desk.clinic.clock.now());
    let give = desk.clinic.store.run_unnoticed(move |store| store.give_route_secret(number, Some(&id), &secret, now));
    give.await.map_err(|error| tracing::warn!(%error, "the secret of an endpoint could not be kept"))
}

async fn remove_route(desk: &Desk, route: &LiveRoute) {
    let number = route.number;
    noted(desk.clinic.store.run_unnoticed(move |store| store.remove_live_route(number)).await);
}

fn noted(done: StoreResult<()>) {
    if let Err(error) = done {
        tracing::warn!(%error, "a receiving address could not be changed");
    }
}
