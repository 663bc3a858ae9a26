//! Follows what events spoke of: asks NxVET for a record until its note is there, and for the newest page when a room
//! has finished. One question at a time, at growing distances, and no faster than NxVET wishes; many events about one
//! record are one question.

use super::Desk;
use super::provisional::Provisionals;
use crate::backend::tasks::record::{self, SpokenOf, Standing};
use crate::domain::ConsultationKey;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// After a room finished its record appears within minutes: seconds from then to each look.
const AFTER_THE_END: [u64; 6] = [5, 15, 40, 90, 180, 360];
/// Seconds between looks at a record whose note is still being written; after the last one the ordinary reading, which
/// looks at growing distances for days, is enough.
const UNTIL_THE_NOTE: [u64; 7] = [10, 20, 40, 60, 120, 240, 480];
/// Looks at the newest page are at least so far apart.
const BETWEEN_LOOKS: Duration = Duration::from_millis(700);
/// Records that wait; more come only from a flood, and then the ordinary reading is the better way.
const MOST: usize = 2_000;

/// What an event asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trace {
    Record {
        key: ConsultationKey,
        is_deleted: bool,
    },
    /// Something new may be in the list.
    Newest,
    /// A room has finished.
    Ended,
}

#[derive(Clone, Copy, Debug)]
struct Wanted {
    due: Instant,
    tries: usize,
    is_deleted: bool,
}

/// What is to be asked when.
#[derive(Debug, Default)]
struct Agenda {
    records: HashMap<ConsultationKey, Wanted>,
    looks: Vec<Instant>,
    looked_at: Option<Instant>,
}

impl Agenda {
    fn add(&mut self, trace: Trace, now: Instant) {
        match trace {
            Trace::Ended => self.looks.extend(AFTER_THE_END.iter().map(|seconds| now + Duration::from_secs(*seconds))),
            Trace::Record { key, is_deleted } if self.records.len() < MOST || self.records.contains_key(&key) => {
                self.records.insert(key, Wanted { due: now, tries: 0, is_deleted });
            }
            Trace::Newest | Trace::Record { .. } => self.looks.push(now),
        }
        self.looks.sort();
        self.looks.dedup();
        self.looks.truncate(MOST);
    }

    /// Its distances go on as they are.
    fn add_unless_there(&mut self, key: ConsultationKey, now: Instant) {
        self.records.entry(key).or_insert(Wanted { due: now, tries: 0, is_deleted: false });
    }

    fn next_due(&self) -> Option<Instant> {
        let look = self.looks.first().map(|due| self.looked_at.map_or(*due, |last| (*due).max(last + BETWEEN_LOOKS)));
        self.records.values().map(|wanted| wanted.due).chain(look).min()
    }

    /// Every look that is due is one look.
    fn take_look(&mut self, now: Instant) -> bool {
        let is_due = self.looks.first().is_some_and(|due| *due <= now)
            && self.looked_at.is_none_or(|last| last + BETWEEN_LOOKS <= now);
        if is_due {
            self.looks.retain(|due| *due > now);
            self.looked_at = Some(now);
        }
        is_due
    }

    fn take_record(&mut self, now: Instant) -> Option<(ConsultationKey, Wanted)> {
        let due = self.records.iter().filter(|(_, wanted)| wanted.due <= now);
        let key = due.min_by_key(|(_, wanted)| wanted.due).map(|(key, _)| key.clone())?;
        self.records.remove_entry(&key)
    }

    /// It is not there yet. An event that came meanwhile counts anew.
    fn put_back(&mut self, key: ConsultationKey, wanted: Wanted, now: Instant) {
        if let Some(seconds) = UNTIL_THE_NOTE.get(wanted.tries) {
            let due = now + Duration::from_secs(*seconds);
            self.records.entry(key).or_insert(Wanted { due, tries: wanted.tries + 1, ..wanted });
        }
    }
}

/// What is to be asked, shared by whoever hears of something and the follower. Nobody waits for it.
#[derive(Default)]
pub(super) struct Trail {
    agenda: Mutex<Agenda>,
    came: Notify,
}

impl Trail {
    pub(super) fn add(&self, trace: Trace) {
        self.lock().add(trace, Instant::now());
        self.came.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, Agenda> {
        self.agenda.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Follower {
    desk: Arc<Desk>,
    provisionals: Arc<Provisionals>,
    trail: Arc<Trail>,
}

impl Follower {
    pub(super) fn new(desk: Arc<Desk>, provisionals: Arc<Provisionals>, trail: Arc<Trail>) -> Self {
        Self { desk, provisionals, trail }
    }

    pub(super) async fn run(self) {
        loop {
            tokio::select! {
                () = self.trail.came.notified() => {}
                () = until(self.next_due()) => self.step().await,
            }
        }
    }

    /// One wish to be left alone holds for everything that asks by itself.
    fn next_due(&self) -> Option<Instant> {
        let due = self.trail.lock().next_due()?;
        let rest = self.desk.clinic.client.rest();
        Some(rest.map_or(due, |rest| due.max(Instant::now() + rest)))
    }

    async fn step(&self) {
        let now = Instant::now();
        if self.trail.lock().take_look(now) {
            self.desk.sync.look().await;
            for key in self.provisionals.candidates(&self.desk).await {
                self.trail.lock().add_unless_there(key, now);
            }
            return;
        }
        let next = self.trail.lock().take_record(now);
        if let Some((key, wanted)) = next {
            self.ask(key, wanted).await;
        }
    }

    async fn ask(&self, key: ConsultationKey, wanted: Wanted) {
        let clinic = &self.desk.clinic;
        let asked = key.clone();
        let is_listed = clinic.catalog.ask(move |catalog| catalog.get(&asked).is_some()).await.unwrap_or(false);
        if !is_listed && !wanted.is_deleted {
            self.desk.sync.look().await;
            self.trail.lock().looked_at = Some(Instant::now());
        }
        let shows = self.desk.in_use.is_open(&key);
        let (standing, notes) =
            record::look_again(clinic, &key, SpokenOf { shows, is_deleted: wanted.is_deleted }).await;
        if let Some(notes) = notes {
            self.provisionals.confirm(&self.desk, &key, &notes).await;
        }
        match standing {
            Standing::Ready | Standing::Gone => {}
            Standing::Pending | Standing::Unknown => self.trail.lock().put_back(key, wanted, Instant::now()),
        }
    }
}

async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str) -> Trace {
        Trace::Record { key: ConsultationKey::record(id), is_deleted: false }
    }

    #[test]
    fn many_events_about_one_record_are_one_question() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        for _ in 0..50 {
            agenda.add(record("a"), now);
        }
        agenda.add(record("b"), now);
        let mut asked = Vec::new();
        while let Some((key, _)) = agenda.take_record(now) {
            asked.push(key.as_text());
        }
        asked.sort();
        assert_eq!(asked, ["record/a", "record/b"]);
        assert_eq!(agenda.next_due(), None, "nothing is due: nobody wakes");
    }

    #[test]
    fn a_note_that_is_being_written_is_looked_for_at_growing_distances_and_not_for_ever() {
        let (mut agenda, start) = (Agenda::default(), Instant::now());
        agenda.add(record("a"), start);
        let (mut now, mut waits) = (start, Vec::new());
        while let Some(due) = agenda.next_due() {
            waits.push((due - now).as_secs());
            now = due;
            let (key, wanted) = agenda.take_record(now).expect("a record that is due");
            agenda.put_back(key, wanted, now);
        }
        assert_eq!(waits, [0, 10, 20, 40, 60, 120, 240, 480]);
    }

    #[test]
    fn news_about_a_record_begins_its_distances_anew() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        agenda.add(record("a"), now);
        let (key, wanted) = agenda.take_record(now).expect("a record");
        agenda.add(record("a"), now);
        agenda.put_back(key, wanted, now);
        assert_eq!(agenda.next_due(), Some(now));
    }

    #[test]
    fn a_room_that_finished_is_looked_for_soon_and_again_and_looks_keep_apart() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        for _ in 0..10 {
            agenda.add(Trace::Ended, now);
            agenda.add(Trace::Newest, now);
        }
        assert!(agenda.take_look(now));
        assert!(!agenda.take_look(now));
        assert_eq!(agenda.next_due().map(|due| (due - now).as_secs()), Some(5));
        assert!(agenda.take_look(now + Duration::from_secs(500)), "all that were missed are one look");
        assert_eq!(agenda.next_due(), None);
    }

    #[test]
    fn a_flood_becomes_a_look() {
        let (mut agenda, now) = (Agenda::default(), Instant::now());
        for number in 0..MOST + 10 {
            agenda.add(record(&number.to_string()), now);
        }
        assert_eq!(agenda.records.len(), MOST);
        assert!(agenda.take_look(now));
    }
}
