//! Facts for support: versions, sizes, counts, how the sound went. No content, no ids, no keys, no addresses beyond
//! the server's own, nobody's name. What the window knows is added by the state.

use super::{Held, held};
use crate::backend::clinic::Clinic;
use crate::backend::desk::Context;
use crate::backend::tasks::SOUND_NOTE;
use crate::platform::facts;
use crate::state::{Event, StorageEvent};
use std::fmt::Write as _;

pub(super) async fn tell(context: &Context, clinic: Option<&Clinic>) {
    let mut text = about_this_computer(context).await;
    match clinic {
        Some(clinic) => text.push_str(&about_the_clinic(context, clinic).await),
        None => text.push_str("Clinic: none is open\n"),
    }
    context.events.send(Event::Storage(StorageEvent::Diagnostics(text))).await;
}

async fn about_this_computer(context: &Context) -> String {
    let folders = context.services.folders.clone();
    let gather = tokio::task::spawn_blocking(move || {
        let build = if cfg!(debug_assertions) { "debug build" } else { "release build" };
        let mut text = format!("Consult Desk {} ({build})\n", env!("CARGO_PKG_VERSION"));
        writeln!(text, "System: {}", facts::system_words()).ok();
        writeln!(text, "Data: {}", facts::without_name(&folders.data)).ok();
        let note = std::fs::read_to_string(folders.cache.join(SOUND_NOTE)).unwrap_or_default();
        let stats: Option<crate::audio::PlayerStats> = serde_json::from_str(&note).ok();
        if let Some(stats) = stats {
            writeln!(text, "Sound last time: {}", crate::audio::doctor::trouble_words(stats)).ok();
        }
        text
    });
    let mut text = gather.await.unwrap_or_default();
    let now = context.services.clock.now().format("%Y-%m-%d %H:%M:%SZ");
    writeln!(text, "Time: {now}").ok();
    text
}

async fn about_the_clinic(context: &Context, clinic: &Clinic) -> String {
    let mut text = String::new();
    let kind = if clinic.is_demo { "sample" } else { "signed in" };
    let server = if clinic.is_demo { String::new() } else { format!(", {}", context.services.server.display()) };
    writeln!(text, "Clinic: {kind}{server}, clock off by {} min", clinic.clock_off_minutes()).ok();
    match held(clinic).await {
        Ok(held) => text.push_str(&held_words(&held, context)),
        Err(error) => drop(writeln!(text, "Store: {error}")),
    }
    text
}

fn held_words(held: &Held, context: &Context) -> String {
    let Held { store, recordings, recording_bytes } = held;
    let age = store.oldest.map(|oldest| (context.services.clock.now() - oldest).num_days());
    let age = age.map_or_else(String::new, |days| format!(", the oldest {days} days ago"));
    format!(
        "Store: cache.db level {}, local.db level {}, {} bytes\n\
         Held: {} consultations{age}, {} with notes, {recordings} recordings ({recording_bytes} bytes)\n",
        store.levels.0, store.levels.1, store.database_bytes, store.consultations, store.notes,
    )
}
