//! What the sync knows about every consultation: its row, whether its notes are here, and when pending ones are asked
//! for again. Pure bookkeeping: it asks nobody, stores nothing, and is told the time.

use crate::domain::{Consultation, ConsultationKey, Sharing, Stage};
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Newest records whose notes are fetched ahead of their being opened, whatever the horizon and the line.
const AHEAD: usize = 40;
/// Pending notes are not asked for sooner.
const SOONEST: TimeDelta = TimeDelta::seconds(30);

type Place = (DateTime<Utc>, ConsultationKey);

#[derive(Default)]
pub(super) struct Ledger {
    entries: HashMap<ConsultationKey, Entry>,
    records: usize,
    sharing: Sharing,
    /// Notes that never came, by the consultation's start.
    missing: BTreeSet<Place>,
    /// Notes that were still being written, by when to ask again.
    pending: BTreeSet<Place>,
    /// The newest records, as many as are read ahead.
    newest: BTreeSet<Place>,
}

struct Entry {
    row: Arc<Consultation>,
    has_notes: bool,
    /// The store has the row as it is here.
    is_stored: bool,
}

/// What a batch of rows brought.
#[derive(Default)]
pub(super) struct TakenIn {
    /// Rows to store and to show: those that are new or other than before.
    pub(super) changed: Vec<Arc<Consultation>>,
    pub(super) new: usize,
}

/// Which notes may be asked for now.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) now: DateTime<Utc>,
    /// Nothing older; only what is read ahead when there is none.
    pub(super) horizon: Option<DateTime<Utc>>,
}

impl Ledger {
    /// Rows as the store has them, with when their notes came.
    pub(super) fn load(&mut self, rows: Vec<Consultation>, held: &HashMap<ConsultationKey, DateTime<Utc>>) {
        for row in rows {
            let row = Arc::new(self.sharing.share(row));
            self.insert(Arc::clone(&row));
            self.stored(std::slice::from_ref(&row));
            if let Some(fetched_at) = held.get(&row.key) {
                self.notes_came(&row, *fetched_at);
            }
        }
    }

    pub(super) fn take_in(&mut self, rows: impl IntoIterator<Item = Consultation>) -> TakenIn {
        let mut taken = TakenIn::default();
        for row in rows {
            let row = Arc::new(self.sharing.share(row));
            let known = self.entries.get(&row.key);
            taken.new += usize::from(known.is_none());
            match known {
                Some(entry) if *entry.row == *row => {
                    if !entry.is_stored {
                        taken.changed.push(Arc::clone(&entry.row));
                    }
                }
                _ => {
                    self.insert(Arc::clone(&row));
                    taken.changed.push(row);
                }
            }
        }
        taken
    }

    fn insert(&mut self, row: Arc<Consultation>) {
        let key = row.key.clone();
        let has_notes = self.forget(&key).is_some_and(|old| old.has_notes);
        let place = (row.started_at, key.clone());
        if !row.is_gone {
            if !has_notes {
                self.missing.insert(place.clone());
            }
            if key.record_id().is_some() {
                self.newest.insert(place);
                if self.newest.len() > AHEAD {
                    self.newest.pop_first();
                }
            }
        }
        self.records += usize::from(key.record_id().is_some());
        self.entries.insert(key, Entry { row, has_notes, is_stored: false });
    }

    /// Takes a row out of every list it may stand in but the one of pending notes.
    fn forget(&mut self, key: &ConsultationKey) -> Option<Entry> {
        let old = self.entries.remove(key)?;
        self.records -= usize::from(key.record_id().is_some());
        let place = (old.row.started_at, key.clone());
        self.missing.remove(&place);
        self.newest.remove(&place);
        Some(old)
    }

    /// It is neither stored nor shown any more.
    pub(super) fn remove(&mut self, key: &ConsultationKey) {
        self.forget(key);
    }

    /// These rows are on disk.
    pub(super) fn stored(&mut self, rows: &[Arc<Consultation>]) {
        for row in rows {
            if let Some(entry) = self.entries.get_mut(&row.key).filter(|entry| Arc::ptr_eq(&entry.row, row)) {
                entry.is_stored = true;
            }
        }
    }

    /// The store began anew: nothing that was here is there.
    pub(super) fn begin_anew(&mut self) {
        self.pending.clear();
        let rows: Vec<_> = self.entries.drain().map(|(_, entry)| entry.row).collect();
        self.records = 0;
        for row in rows {
            self.insert(row);
        }
    }

    pub(super) fn get(&self, key: &ConsultationKey) -> Option<&Arc<Consultation>> {
        self.entries.get(key).map(|entry| &entry.row)
    }

    /// The next consultation whose notes to ask for; it is not named again until it is told what became of it.
    pub(super) fn next(&mut self, scope: Scope) -> Option<Arc<Consultation>> {
        let key = match self.pending.first() {
            Some((due, _)) if *due <= scope.now => self.pending.pop_first().map(|(_, key)| key),
            _ => None,
        };
        if let Some(row) = key.and_then(|key| self.get(&key).cloned()).filter(|row| !row.is_gone) {
            return Some(row);
        }
        let (started_at, _) = self.missing.last()?;
        if !self.is_wanted(*started_at, scope.horizon) {
            return None;
        }
        let (_, key) = self.missing.pop_last()?;
        self.get(&key).cloned()
    }

    fn is_wanted(&self, started_at: DateTime<Utc>, horizon: Option<DateTime<Utc>>) -> bool {
        self.is_ahead(started_at) || horizon.is_some_and(|horizon| started_at >= horizon)
    }

    fn is_ahead(&self, started_at: DateTime<Utc>) -> bool {
        self.newest.len() < AHEAD || self.newest.first().is_some_and(|(oldest, _)| started_at >= *oldest)
    }

    /// Whether notes are missing that only the background reads.
    pub(super) fn has_backlog(&self, horizon: DateTime<Utc>) -> bool {
        let mut wanted = self.missing.iter().rev().take_while(|(at, _)| *at >= horizon || self.is_ahead(*at));
        wanted.any(|(at, _)| !self.is_ahead(*at))
    }

    /// Notes came, or what NxVET has of them; `row` says how far they are.
    pub(super) fn notes_came(&mut self, row: &Arc<Consultation>, fetched_at: DateTime<Utc>) {
        let Some(entry) = self.entries.get_mut(&row.key) else { return };
        entry.has_notes = true;
        // The list's own columns stay as they are; only the stage is known better.
        let is_stored = entry.is_stored;
        entry.row = Arc::clone(row);
        entry.is_stored = is_stored;
        self.missing.remove(&(row.started_at, row.key.clone()));
        if row.stage.is_pending() || row.stage == Stage::Unknown {
            self.pending.insert((next_look(row, fetched_at), row.key.clone()));
        }
    }

    /// Notes did not come after all, or could not be stored.
    pub(super) fn give_back(&mut self, key: &ConsultationKey) {
        if let Some(entry) = self.entries.get_mut(key) {
            entry.has_notes = false;
            self.missing.insert((entry.row.started_at, key.clone()));
        }
    }

    pub(super) fn gone(&mut self, key: &ConsultationKey) -> Option<Arc<Consultation>> {
        let row = self.get(key)?;
        if row.is_gone {
            return None;
        }
        let row = Arc::new(Consultation { is_gone: true, ..(**row).clone() });
        self.insert(Arc::clone(&row));
        self.stored(std::slice::from_ref(&row));
        Some(row)
    }

    /// Everything that a complete look down to `horizon` must find again.
    pub(super) fn keys_since(&self, horizon: DateTime<Utc>) -> HashSet<ConsultationKey> {
        let rows = self.entries.values().map(|entry| &entry.row);
        rows.filter(|row| !row.is_gone && row.started_at >= horizon).map(|row| row.key.clone()).collect()
    }

    /// How many records since a moment are here: about where the list goes on below it.
    pub(super) fn records_since(&self, moment: DateTime<Utc>) -> usize {
        let rows = self.entries.values().map(|entry| &entry.row);
        rows.filter(|row| !row.is_gone && row.started_at >= moment && row.key.record_id().is_some()).count()
    }

    /// Consultations since `horizon` whose notes are here, and all of them.
    pub(super) fn done_of(&self, horizon: DateTime<Utc>) -> (usize, usize) {
        let inside = self.entries.values().filter(|entry| !entry.row.is_gone && entry.row.started_at >= horizon);
        inside.fold((0, 0), |(done, of), entry| (done + usize::from(entry.has_notes), of + 1))
    }

    pub(super) fn records(&self) -> usize {
        self.records
    }

    pub(super) fn conversations(&self) -> usize {
        self.entries.len() - self.records
    }
}

/// Half as long again as the notes have been missing: soon for a fresh record, ever later for one that stays pending.
fn next_look(row: &Consultation, fetched_at: DateTime<Utc>) -> DateTime<Utc> {
    let waited = fetched_at - row.ended_at.unwrap_or(row.started_at);
    fetched_at + (waited / 2).max(SOONEST)
}

#[cfg(test)]
#[path = "ledger_tests.rs"]
mod tests;
