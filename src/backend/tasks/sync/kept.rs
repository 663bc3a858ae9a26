//! What of earlier runs is still here, and how far back that goes: what was let go of because of its age is no longer
//! in reach, and does not come back by itself.

use super::common::{Common, lock};
use super::errand::THE_END;
use crate::backend::rules::Rules;
use crate::domain::{Consultation, ConsultationKey, OrganizationId, Stage};
use crate::store::{Haul, HeldNotes, Reach, Store, StoreError};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// Rows that are shown before the rest of what is stored: more than any screen holds.
const FOR_THE_EYE: usize = 500;

impl Common {
    /// What was stored in earlier runs; rows come newest first.
    pub(super) async fn load(&self) -> Result<(), StoreError> {
        self.load_for_the_eye().await?;
        let organization = self.clinic.organization.id.clone();
        let load = move |store: &mut Store| {
            let held = store.notes_keys(&organization)?;
            let rows = store.load_consultations(&organization)?;
            let reach = store.load_reach(&organization)?;
            let reach = shortened(store, &organization, &rows, reach)?;
            store.let_go_of_pages()?;
            Ok((rows, held, store.load_sync_state(&organization)?, reach))
        };
        let (rows, held, state, reach) = self.clinic.store.run(load).await?;
        self.began_empty.store(rows.is_empty(), Ordering::Relaxed);
        let rest = self.sort_in(rows, held);
        *lock(&self.reach) = reach;
        if let Some(state) = state {
            let mut progress = self.progress();
            progress.synced_at = Some(state.synced_at);
            progress.total = state.total;
        }
        self.show(rest).await;
        Ok(())
    }

    /// The newest fill the screen while the rest, which may be a hundred thousand, is still being read.
    async fn load_for_the_eye(&self) -> Result<(), StoreError> {
        let organization = self.clinic.organization.id.clone();
        let load = move |store: &mut Store| {
            let rows = store.newest_consultations(&organization, FOR_THE_EYE)?;
            let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
            let held = store.notes_of(&keys)?;
            Ok((rows, held))
        };
        let (rows, held) = self.clinic.store.run(load).await?;
        let newest = self.sort_in(rows, held);
        self.show(newest).await;
        Ok(())
    }

    /// Hands back, in their order, those that were not known before.
    fn sort_in(
        &self,
        mut rows: Vec<Consultation>,
        held: HashMap<ConsultationKey, HeldNotes>,
    ) -> Vec<Arc<Consultation>> {
        let now = self.clinic.clock.now();
        for row in &mut rows {
            if let Some(held) = held.get(&row.key) {
                let age = now - row.ended_at.unwrap_or(row.started_at);
                row.stage = Stage::from_notes(&row.key, held.status, age.num_minutes());
            }
        }
        let stages = rows.iter().filter(|row| held.contains_key(&row.key)).map(|row| (row.key.clone(), row.stage));
        self.clinic.remember_stages(stages);
        let mut ledger = self.ledger();
        rows.retain(|row| ledger.get(&row.key).is_none());
        let keys: Vec<_> = rows.iter().map(|row| row.key.clone()).collect();
        ledger.load(rows, &held.into_iter().map(|(key, held)| (key, held.fetched_at)).collect());
        keys.iter().filter_map(|key| ledger.get(key).cloned()).collect()
    }

    /// Rows from before this moment were let go of, and do not come back unless somebody asks for them.
    pub(super) fn oldest_kept(&self, rules: &Rules) -> DateTime<Utc> {
        self.clinic.true_time() - TimeDelta::days(i64::from(rules.text_days))
    }

    /// What was let go of is no longer known without a gap: whoever looks further back is to find it again.
    pub(super) async fn shorten_reach(self: &Arc<Self>, rules: &Rules) -> Result<(), StoreError> {
        if !self.lost_rows.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let oldest = self.oldest_kept(rules);
        let shorten = move |reach: &mut Reach| {
            if reach.floor.is_some_and(|floor| floor < oldest) {
                reach.floor = Some(oldest);
                reach.is_end = false;
            }
            if reach.conversations_floor == Some(THE_END) {
                reach.conversations_floor = Some(oldest);
            }
        };
        self.store(Haul::default(), Some(Box::new(shorten))).await
    }
}

/// What was removed here because of its age is no longer in reach.
fn shortened(
    store: &mut Store,
    organization: &OrganizationId,
    rows: &[Consultation],
    reach: Reach,
) -> Result<Reach, StoreError> {
    let oldest = rows.iter().filter(|row| row.key.record_id().is_some()).map(|row| row.started_at).min();
    if reach.floor.is_none() || oldest <= reach.floor {
        return Ok(reach);
    }
    let shorter = Reach { floor: oldest, is_end: false, ..reach.clone() };
    let haul = Haul { reach: Some((reach, shorter.clone())), ..Haul::default() };
    store.save_haul(organization, &haul)?;
    Ok(shorter)
}
