//! What the Live screen shows: the webhooks, what NxVET tried to deliver, and our own history. Also what is done to a
//! webhook that is there already.

use super::{Desk, Left, making, orphans, routes};
use crate::domain::live::{Delivery, Webhook, WebhookId};
use crate::nxvet::{Error, OrderError};
use crate::state::live::{VendorAttempt, WebhookWork};
use crate::state::{Event, LiveNews, SessionEvent};
use chrono::{DateTime, Utc};

/// Rows of the history that the window holds.
const HISTORY: usize = 10_000;

pub(super) async fn load(desk: &Desk) -> Left {
    tell_history(desk).await;
    let mine = {
        let mut standing = desk.standing.lock().await;
        standing.looks += 1;
        *standing
    };
    let mut left = Left::Nothing;
    let mut asked_at = mine;
    loop {
        let all = match desk.clinic.client.webhooks(&desk.clinic.organization.id).await {
            Ok(all) => all,
            Err(error) => return not_loaded(desk, &error, mine.wished).await,
        };
        let mended = orphans::mend(desk, &all).await;
        left = if matches!(mended, Left::Nothing) { left } else { mended };
        let kept = routes::kept(desk).await;
        let standing = desk.standing.lock().await;
        if standing.looks != mine.looks {
            // A later look tells what is newer.
            return left;
        }
        if standing.orders != asked_at.orders {
            asked_at = *standing;
            continue;
        }
        let ids: Vec<WebhookId> = all.iter().map(|webhook| webhook.id.clone()).collect();
        let shown = all.iter().map(shown).collect();
        desk.tell(LiveNews::Webhooks { all: shown, ours: routes::ours(&kept), look: mine.wished }).await;
        drop(standing);
        for id in &ids {
            tell_tries(desk, id).await;
        }
        return if matches!(left, Left::Nothing) { Left::Webhooks(ids) } else { left };
    }
}

async fn not_loaded(desk: &Desk, error: &Error, look: u64) -> Left {
    if *error == Error::Unauthorized {
        desk.clinic.events.send(Event::Session(SessionEvent::KeyRefused)).await;
    }
    desk.tell(LiveNews::NotLoaded { problem: desk.problem(error), look }).await;
    Left::Nothing
}

fn shown(webhook: &Webhook) -> Webhook {
    Webhook { description: orphans::without_nonce(&webhook.description).to_owned(), ..webhook.clone() }
}

/// What NxVET tells of its tries is kept, as it forgets all but the last fifty.
async fn tell_tries(desk: &Desk, webhook: &WebhookId) {
    let organization = desk.clinic.organization.id.clone();
    match desk.clinic.client.webhook_deliveries(&organization, webhook).await {
        Ok(deliveries) => {
            let kept = deliveries.clone();
            let note = move |store: &mut crate::store::Store| store.note_deliveries(&organization, &kept);
            if let Err(error) = desk.clinic.store.run_unnoticed(note).await {
                tracing::warn!(%error, "what NxVET tried to deliver could not be kept");
            }
            desk.tell(LiveNews::Vendor { webhook: webhook.clone(), deliveries }).await;
        }
        // One that was deleted meanwhile has none.
        Err(error) => tracing::debug!(code = error.code(), "a webhook's deliveries could not be read"),
    }
}

async fn tell_history(desk: &Desk) {
    if let Some(history) = newest(desk, HISTORY).await {
        desk.tell(LiveNews::Own(history)).await;
    } else {
        tracing::warn!("the history of deliveries cannot be read");
    }
}

/// The newest of the history.
pub(super) async fn newest(desk: &Desk, most: usize) -> Option<Vec<Delivery>> {
    let organization = desk.clinic.organization.id.clone();
    desk.clinic.store.run_unnoticed(move |store| store.deliveries(&organization, 0, most)).await.ok()
}

pub(super) async fn test(desk: &Desk, webhook: WebhookId) -> Left {
    let done = desk.clinic.client.test_webhook(&desk.clinic.organization.id, &webhook).await;
    finish(desk, webhook, WebhookWork::Testing, done).await;
    Left::Nothing
}

pub(super) async fn enable(desk: &Desk, webhook: WebhookId, since: Option<DateTime<Utc>>) -> Left {
    let done = desk.clinic.client.enable_webhook(&desk.clinic.organization.id, &webhook).await;
    let is_on = done.is_ok();
    finish(desk, webhook, WebhookWork::TurningOn, done).await;
    if is_on { Left::Gap(since) } else { Left::Nothing }
}

pub(super) async fn delete(desk: &Desk, webhook: WebhookId) -> Left {
    let done = desk.clinic.client.delete_webhook(&desk.clinic.organization.id, &webhook).await;
    if done.is_ok() {
        making::retire(desk, &webhook).await;
    }
    finish(desk, webhook, WebhookWork::Deleting, done).await;
    Left::Routes(None)
}

async fn finish(desk: &Desk, webhook: WebhookId, work: WebhookWork, done: Result<(), OrderError>) {
    let problem = done.err().map(|error| desk.problem(error.error()));
    let mut standing = desk.standing.lock().await;
    standing.orders += 1;
    desk.tell(LiveNews::Done { webhook, work, problem }).await;
}

/// What NxVET says about the newest try of its test.
pub(super) async fn ask_vendor(desk: &Desk, run: u64, webhook: WebhookId) -> Left {
    let told = desk.clinic.client.webhook_deliveries(&desk.clinic.organization.id, &webhook).await;
    let is_test = |delivery: &&Delivery| delivery.event_type == Some(crate::domain::live::EventType::Ping);
    let newest = told.ok().and_then(|all| all.iter().filter(is_test).max_by_key(|delivery| delivery.at).cloned());
    let attempt = newest.map(|delivery| VendorAttempt {
        code: delivery.code,
        error: delivery.error,
        is_success: delivery.is_success,
    });
    desk.tell(LiveNews::VendorSaid { run, attempt }).await;
    Left::Nothing
}
