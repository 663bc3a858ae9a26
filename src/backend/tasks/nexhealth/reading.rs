//! Appointments by asking: everything around today once a day, between that only what changed. A reading that follows
//! another overlaps it, because clocks differ and the book is fed late.

use super::account::name_of;
use super::{Connected, Desk, names, problem_of};
use crate::domain::live::{Appointment, Booking};
use crate::nexhealth::{Client, Error, Window};
use crate::state::board::{Messages, NexHealthEvent};
use crate::state::{BoardEvent, Event};
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::time::Duration;

/// How far around today appointments are read.
const BACK: TimeDelta = TimeDelta::days(8);
const AHEAD: TimeDelta = TimeDelta::days(15);
/// A reading of changes begins so long before the last one.
const OVERLAP: TimeDelta = TimeDelta::minutes(30);
/// After this long everything is read again.
const WHOLE_EVERY: TimeDelta = TimeDelta::hours(20);
/// With messages that work, asking is only the net below them.
const SLOWER_WITH_MESSAGES: u32 = 6;
/// Appointments that a whole reading misses are asked for one by one, so many at most.
const MOST_MISSED: usize = 40;

/// How far reading has come.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Progress {
    /// When the last reading began, by NexHealth's clock as far as it is known.
    read_at: DateTime<Utc>,
    /// When the last whole one did.
    whole_at: DateTime<Utc>,
}

/// Reads as much as shows whether the practice and its location are right.
pub(super) async fn prove(desk: &Desk, client: &Client) -> Result<(), Error> {
    let now = desk.clinic.clock.now();
    let window = Window { from: now, until: now + TimeDelta::days(1), changed_since: None };
    client.appointment_page(window, None).await.map(drop)
}

/// Returns when to read again.
pub(super) async fn read(desk: &Desk, connected: &Connected, messages: &Messages) -> Duration {
    let every = desk.service.read_every;
    let calm = if matches!(messages, Messages::Working { .. }) { every * SLOWER_WITH_MESSAGES } else { every };
    match try_read(desk, &connected.client).await {
        Ok(at) => {
            desk.tell(NexHealthEvent::Read { at }).await;
            calm
        }
        Err(error) => {
            tracing::debug!(code = error.code(), "the appointments could not be read");
            desk.tell(NexHealthEvent::Trouble(problem_of(&error))).await;
            every
        }
    }
}

async fn try_read(desk: &Desk, client: &Client) -> Result<DateTime<Utc>, Error> {
    let now = desk.clinic.clock.now();
    let before = progress(desk).await.filter(|before| before.read_at <= now);
    let changes = before.filter(|before| now - before.whole_at < WHOLE_EVERY);
    let changed_since = changes.map(|before| before.read_at - OVERLAP);
    let window = Window { from: now - BACK, until: now + AHEAD, changed_since };
    let mut found = client.appointments(window).await?;
    if changes.is_none() {
        found.extend(missed(desk, client, window, &found).await?);
        names::ask_rooms(desk, client).await;
    }
    keep(desk, found).await;
    let whole_at = changes.map_or(now, |before| before.whole_at);
    save_progress(desk, Progress { read_at: now, whole_at }).await;
    Ok(now)
}

/// What is known and was not among everything: moved out of the window, or gone. One that NexHealth has no longer counts
/// as cancelled: nobody is booked.
async fn missed(
    desk: &Desk,
    client: &Client,
    window: Window,
    found: &[Appointment],
) -> Result<Vec<Appointment>, Error> {
    let organization = desk.clinic.organization.id.clone();
    let read = desk
        .clinic
        .store
        .run_unnoticed(move |store| store.appointments_between(&organization, window.from, window.until));
    let known = read.await.unwrap_or_default();
    let seen: HashSet<_> = found.iter().map(|one| one.id).collect();
    let is_missed = |one: &&Appointment| !seen.contains(&one.id) && one.booking == Booking::Booked;
    let mut more = Vec::new();
    for one in known.iter().filter(is_missed).take(MOST_MISSED) {
        let now = desk.clinic.clock.now();
        let gone = || Appointment { booking: Booking::Cancelled, updated_at: now.max(one.updated_at), ..one.clone() };
        more.push(client.appointment(one.id).await?.unwrap_or_else(gone));
    }
    Ok(more)
}

/// Kept first, then told.
async fn keep(desk: &Desk, found: Vec<Appointment>) {
    if found.is_empty() {
        return;
    }
    let (organization, kept) = (desk.clinic.organization.id.clone(), found.clone());
    let saved = desk.clinic.store.run_unnoticed(move |store| store.keep_appointments(&organization, &kept)).await;
    if let Err(error) = saved {
        tracing::warn!(%error, "appointments could not be kept");
    }
    desk.clinic.events.send(Event::Board(BoardEvent::Appointments(found))).await;
}

async fn progress(desk: &Desk) -> Option<Progress> {
    let name = name_of(&desk.clinic, "read");
    let kept = desk.clinic.store.run_unnoticed(move |store| store.live_value(&name)).await.ok()??;
    serde_json::from_str(&kept).ok()
}

async fn save_progress(desk: &Desk, progress: Progress) {
    let name = name_of(&desk.clinic, "read");
    let Ok(text) = serde_json::to_string(&progress) else { return };
    let saved = desk.clinic.store.run_unnoticed(move |store| store.save_live_value(&name, Some(&text))).await;
    if let Err(error) = saved {
        tracing::warn!(%error, "how far the appointments were read could not be kept");
    }
}
