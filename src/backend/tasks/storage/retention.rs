//! Lets go of what has been on this computer for as many days as the settings say: at the start, every day, and when
//! the settings are lowered. In bites with pauses, so that whoever reads meanwhile does not feel it.
//! The clock of NxVET corrects this computer's: one that jumped ahead would throw everything away.

use super::in_use::InUse;
use super::measure;
use crate::backend::clinic::{Clinic, RowNews};
use crate::backend::problems;
use crate::backend::rules::Rules;
use crate::backend::tasks::marks;
use crate::domain::{AuditAction, ConsultationKey};
use crate::state::Event;
use crate::store::{Deed, Expired, LetGo, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// Consultations that go at once: some ten milliseconds.
const BITE: usize = 20;
/// Between two bites the store belongs to others.
const BREATH: Duration = Duration::from_millis(15);
/// Free pages that are given back at once: 1 MiB.
const PAGES: u32 = 256;
/// How many checks of the clock pass before it is asked whether a day has gone by.
const LAZY: u32 = 12;

/// What the keeping of days works with.
pub(in crate::backend) struct Keeper {
    pub(in crate::backend) clinic: Arc<Clinic>,
    pub(in crate::backend) rules: watch::Receiver<Rules>,
    pub(in crate::backend) in_use: InUse,
    pub(in crate::backend) wake_check: Duration,
}

/// Runs as long as the clinic is open.
pub(in crate::backend) async fn keep_days(mut keeper: Keeper) {
    // The start belongs to the list, which is read from the store in one piece.
    tokio::time::sleep(keeper.wake_check).await;
    loop {
        let rules = keeper.rules.borrow_and_update().clone();
        let began = keeper.clinic.clock.now();
        let spared = match keeper.let_go(&rules).await {
            Ok(spared) => spared,
            Err(error) => {
                keeper.clinic.events.send(Event::Told(problems::of_store(&error))).await;
                false
            }
        };
        if !keeper.wait(&rules, began, spared).await {
            return;
        }
    }
}

impl Keeper {
    /// Until it is time again; `false` when the desk ends.
    async fn wait(&mut self, before: &Rules, began: DateTime<Utc>, spared: bool) -> bool {
        loop {
            tokio::select! {
                changed = self.rules.changed() => {
                    if changed.is_err() {
                        return false;
                    }
                    let now = self.rules.borrow_and_update().clone();
                    if now.audio_days < before.audio_days || now.text_days < before.text_days {
                        return true;
                    }
                }
                () = self.in_use.changed(), if spared => return true,
                () = tokio::time::sleep(self.wake_check * LAZY) => {
                    if (self.clinic.clock.now() - began).abs() >= TimeDelta::days(1) {
                        return true;
                    }
                }
            }
        }
    }

    /// Whether something was spared because it is in use.
    async fn let_go(&self, rules: &Rules) -> Result<bool, StoreError> {
        let now = self.clinic.true_time();
        let in_use = self.in_use.keys();
        let sound = self.let_recordings_go(now - days(rules.audio_days), &in_use).await;
        let (texts, spared) = self.let_texts_go(now - days(rules.text_days), &in_use).await?;
        self.let_heard_go(now - days(rules.text_days)).await?;
        if texts > 0 {
            while self.clinic.store.run(|store| store.give_back_pages(PAGES)).await? {
                tokio::time::sleep(BREATH).await;
            }
        }
        if texts + sound.recordings > 0 {
            tracing::info!(texts, recordings = sound.recordings, "old data was let go of");
            let deed = Deed { at: self.clinic.clock.now(), action: AuditAction::Deleted, key: None };
            marks::note(&self.clinic, deed).await;
            measure(&self.clinic).await;
        }
        Ok(spared || sound.spared > 0)
    }

    async fn let_recordings_go(&self, before: DateTime<Utc>, in_use: &HashSet<ConsultationKey>) -> LetGo {
        let (recordings, in_use) = (self.clinic.recordings.clone(), in_use.clone());
        tokio::task::spawn_blocking(move || recordings.let_go(before, &in_use)).await.unwrap_or_default()
    }

    /// How many went, and whether some were spared.
    async fn let_texts_go(
        &self,
        before: DateTime<Utc>,
        in_use: &HashSet<ConsultationKey>,
    ) -> Result<(usize, bool), StoreError> {
        let store = &self.clinic.store;
        let expired = store.run(move |store| store.expired_consultations(before)).await?;
        let (spared, going): (Vec<_>, Vec<_>) = expired.into_iter().partition(|old| in_use.contains(&old.key));
        for bite in going.chunks(BITE) {
            let bite: Vec<Expired> = bite.to_vec();
            let keys: HashSet<_> = bite.iter().map(|old| old.key.clone()).collect();
            let (clinic, gone) = (Arc::clone(&self.clinic), keys.clone());
            let let_go = move |store: &mut Store| {
                store.let_consultations_go(&bite)?;
                // While the store is still held: what was read of them before must not be stored after.
                clinic.note_row_news(RowNews::Removed(gone));
                Ok(())
            };
            store.run(let_go).await?;
            self.clinic.catalog.remove(keys).await;
            tokio::time::sleep(BREATH).await;
        }
        Ok((going.len(), !spared.is_empty()))
    }

    /// Events with what was kept of them, deliveries and appointments go with the texts of their days.
    async fn let_heard_go(&self, before: DateTime<Utc>) -> Result<(), StoreError> {
        while self.clinic.store.run_unnoticed(move |store| store.let_live_go(before)).await? {
            tokio::time::sleep(BREATH).await;
        }
        Ok(())
    }
}

fn days(days: u16) -> TimeDelta {
    TimeDelta::days(i64::from(days))
}
