//! Names that appointments tell only by number: asked for once, and kept on this computer beside the appointments.

use super::account::name_of;
use super::{Connected, Desk};
use crate::nexhealth::{Client, Error};
use crate::state::board::BookNames;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A practice's patients of a few weeks; more are asked for again when they show.
const MOST: usize = 5_000;

#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Kept {
    patients: BTreeMap<i64, String>,
    rooms: BTreeMap<i64, String>,
}

impl Kept {
    fn told(self) -> BookNames {
        BookNames { patients: self.patients.into_iter().collect(), rooms: self.rooms.into_iter().collect() }
    }
}

pub(super) async fn tell_kept(desk: &Desk) {
    let kept = load(desk).await;
    if !kept.patients.is_empty() || !kept.rooms.is_empty() {
        desk.tell_names(kept.told()).await;
    }
}

/// Names come as they are found; a patient that NexHealth cannot tell stays a number.
pub(super) async fn ask(desk: &Desk, connected: &Connected, patients: &[i64]) {
    let mut found = BookNames::default();
    for id in patients {
        match connected.client.patient_name(*id).await {
            Ok(Some(name)) => found.patients.push((*id, name)),
            Ok(None) => {}
            Err(error) => {
                tracing::debug!(code = error.code(), "a patient's name could not be read");
                if error.may_pass() || error == Error::Unauthorized || error == Error::Forbidden {
                    break;
                }
            }
        }
    }
    keep(desk, found).await;
}

/// What the book calls its rooms. A key that may not read that reads appointments all the same.
pub(super) async fn ask_rooms(desk: &Desk, client: &Client) {
    match client.room_names().await {
        Ok(rooms) => {
            let rooms = rooms.into_iter().map(|room| (room.id, room.name)).collect();
            keep(desk, BookNames { rooms, patients: Vec::new() }).await;
        }
        Err(error) => tracing::debug!(code = error.code(), "the names of the rooms could not be read"),
    }
}

async fn keep(desk: &Desk, found: BookNames) {
    if found == BookNames::default() {
        return;
    }
    let mut kept = load(desk).await;
    kept.patients.extend(found.patients.iter().cloned());
    kept.rooms.extend(found.rooms.iter().cloned());
    // The highest numbers are the newest patients.
    while kept.patients.len() > MOST {
        kept.patients.pop_first();
    }
    let name = name_of(&desk.clinic, "names");
    if let Ok(text) = serde_json::to_string(&kept) {
        let saved = desk.clinic.store.run_unnoticed(move |store| store.save_live_value(&name, Some(&text))).await;
        if let Err(error) = saved {
            tracing::warn!(%error, "names of the appointment book could not be kept");
        }
    }
    desk.tell_names(found).await;
}

async fn load(desk: &Desk) -> Kept {
    let name = name_of(&desk.clinic, "names");
    let kept = desk.clinic.store.run_unnoticed(move |store| store.live_value(&name)).await;
    kept.ok().flatten().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}
