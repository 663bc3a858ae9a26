//! The addresses of this clinic that are answered on, as the receiver wants them. One whose secret is missing or weak
//! is answered on by nobody.

use super::Desk;
use crate::domain::live::{Scheme, WebhookId};
use crate::state::live::{PartnerAddress, PublicAddress};
use crate::store::live::{LiveRoute, RouteNumber};
use crate::webhooks::receiver::Route;
use crate::webhooks::{Identity, Verifier};

/// What is kept, this clinic's alone.
pub(super) async fn kept(desk: &Desk) -> Vec<LiveRoute> {
    let organization = desk.clinic.organization.id.clone();
    let (store, now) = (&desk.clinic.store, desk.clinic.clock.now());
    let read = store.run_unnoticed(move |store| {
        store.remove_retired_routes(now)?;
        store.live_routes()
    });
    match read.await {
        Ok(routes) => routes.into_iter().filter(|route| route.organization == organization).collect(),
        Err(error) => {
            tracing::warn!(%error, "the receiving addresses cannot be read");
            Vec::new()
        }
    }
}

pub(super) async fn load(desk: &Desk) -> Vec<Route> {
    let now = desk.clinic.clock.now();
    kept(desk).await.into_iter().filter_map(|route| route_of(route, now)).collect()
}

fn route_of(route: LiveRoute, now: chrono::DateTime<chrono::Utc>) -> Option<Route> {
    let previous = route.previous.as_ref().filter(|(_, until)| *until > now).map(|(secret, _)| secret);
    let verifier = Verifier::new(route.scheme, route.secret.as_ref()?, previous).ok()?;
    let identity = match route.scheme {
        Scheme::Organization => Identity::Organization(route.organization.clone()),
        Scheme::Partner => Identity::Partner(route.identity.clone()),
        Scheme::NexHealth => Identity::NexHealth,
    };
    Some(Route { token: route.token.expose().to_owned(), organization: route.organization, identity, verifier })
}

/// The webhooks whose secret is kept here.
pub(super) fn ours(routes: &[LiveRoute]) -> Vec<WebhookId> {
    let has_secret = |route: &&LiveRoute| route.secret.is_some() && route.scheme == Scheme::Organization;
    routes.iter().filter(has_secret).filter_map(|route| route.webhook.clone()).collect()
}

pub(super) fn number_of(routes: &[LiveRoute], webhook: &WebhookId) -> Option<RouteNumber> {
    routes.iter().find(|route| route.webhook.as_ref() == Some(webhook)).map(|route| route.number)
}

/// What NxVET is to be told for a partner.
pub(super) fn partners(routes: &[LiveRoute], public_address: &str) -> Vec<PartnerAddress> {
    let partner = |route: &LiveRoute| PartnerAddress {
        partner_id: route.identity.clone(),
        address: PublicAddress(format!("{}/{}", public_address.trim_end_matches('/'), route.token.expose())),
    };
    routes.iter().filter(|route| route.scheme == Scheme::Partner).map(partner).collect()
}
