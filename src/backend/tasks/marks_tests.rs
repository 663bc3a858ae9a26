//! The writer of marks and log against a store that takes nothing for a while.

use super::*;
use crate::backend::catalog_thread;
use crate::domain::{AuditAction, AuditCheck, Mark};
use crate::store::{Checked, DatabaseKey, RecordingsKey, SealingKey, Store, StoreKeys};
use chrono::{DateTime, TimeDelta, TimeZone as _, Utc};
use rusqlite::Connection;
use std::path::Path;
use std::sync::Arc;

const KEY: [u8; 32] = [0xd0; 32];
const HIDE: &str = "ALTER TABLE mark RENAME TO hidden; ALTER TABLE audit_end RENAME TO hidden_end";
const SHOW: &str = "ALTER TABLE hidden RENAME TO mark; ALTER TABLE hidden_end RENAME TO audit_end";

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment")
}

fn clinic() -> OrganizationId {
    OrganizationId::new("org-1")
}

fn open(folder: &Path) -> Store {
    let keys = StoreKeys {
        database: DatabaseKey::new(KEY),
        recordings: RecordingsKey::new([1; 32]),
        sealing: SealingKey::new([2; 32]),
    };
    Store::open(folder, &keys, now()).expect("opened").0
}

/// Changes the local file behind the store's back.
fn meddle(folder: &Path, sql: &str) {
    let local = Connection::open(folder.join("local.db")).expect("opened");
    let key = KEY.iter().fold(String::new(), |key, byte| key + &format!("{byte:02x}"));
    local.pragma_update(None, "key", format!("x'{key}'")).expect("unlocked");
    local.execute_batch(sql).expect("meddled with");
}

fn marked(id: &str, mark: Mark) -> Marked {
    let mut marks = Marks::default();
    marks.set(mark, Some(now()));
    Marked { key: ConsultationKey::record(id), marks }
}

fn none(id: &str) -> Marked {
    Marked { key: ConsultationKey::record(id), marks: Marks::default() }
}

fn deed(minute: i64) -> Deed {
    Deed { at: now() + TimeDelta::minutes(minute), action: AuditAction::Viewed, key: None }
}

struct Bench {
    keeper: Keeper,
    events: mpsc::Receiver<Event>,
}

impl Bench {
    fn new(store: Store) -> Self {
        let (sender, events) = mpsc::channel(64);
        let events_sender = EventSender::new(sender, Arc::new(|| {}));
        let catalog = catalog_thread::spawn(events_sender.clone()).expect("a thread");
        let store = StoreHandle::new(store, events_sender.clone());
        Self { keeper: Keeper::start(store, clinic(), catalog, events_sender), events }
    }

    async fn close(&self) {
        let (sender, receiver) = oneshot::channel();
        self.keeper.put(Job::Close(sender)).await;
        receiver.await.expect("closed");
    }

    async fn not_saved(&mut self) -> (Marked, Marked, Problem) {
        match self.events.recv().await.expect("an event") {
            Event::Mark(MarkEvent::NotSaved { tried, before, problem }) => (tried, before, problem),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn everything_is_written_before_closing_is_done() {
    let home = tempfile::tempdir().expect("a folder");
    let bench = Bench::new(open(home.path()));
    for minute in 0..200 {
        bench.keeper.put(Job::Note(deed(minute))).await;
        let marked = marked(&format!("r-{minute}"), Mark::Reviewed);
        bench.keeper.put(Job::Save { before: none("r"), marked }).await;
    }
    bench.close().await;
    // The store was let go of: it opens anew without a word.
    let mut store = open(home.path());
    assert_eq!(store.load_marks(&clinic()).expect("loaded").len(), 200);
    let entries = store.audit_page(None, 1_000).expect("read");
    let times: Vec<_> = entries.iter().rev().map(|entry| entry.at).collect();
    assert_eq!(times, (0..200).map(|minute| deed(minute).at).collect::<Vec<_>>(), "in the order of the deeds");
    assert_eq!(store.check_audit(&Checked::default()).expect("checked").0, AuditCheck::Unbroken);
}

#[tokio::test]
async fn what_the_store_does_not_take_is_told_with_how_it_stands() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = open(home.path());
    store.save_marks(&clinic(), &marked("r-1", Mark::Copied)).expect("saved");
    let mut bench = Bench::new(store);
    meddle(home.path(), HIDE);
    let (first, second) = (marked("r-1", Mark::Reviewed), marked("r-1", Mark::FollowUp));
    bench.keeper.put(Job::Save { marked: first.clone(), before: marked("r-1", Mark::Copied) }).await;
    bench.keeper.put(Job::Save { marked: second.clone(), before: first.clone() }).await;
    let (tried, before, problem) = bench.not_saved().await;
    assert_eq!((tried, before), (first, marked("r-1", Mark::Copied)));
    assert!(problem.summary.starts_with("The mark was not saved and was taken back: local.db "), "{}", problem.summary);
    let (tried, before, _) = bench.not_saved().await;
    assert_eq!(
        (tried, before),
        (second.clone(), marked("r-1", Mark::Copied)),
        "what the store holds, not what was shown"
    );
    meddle(home.path(), SHOW);
    bench.keeper.put(Job::Save { marked: second.clone(), before: marked("r-1", Mark::Copied) }).await;
    bench.close().await;
    assert_eq!(open(home.path()).load_marks(&clinic()), Ok(vec![second]));
}

#[tokio::test]
async fn deeds_wait_for_a_log_that_cannot_be_written_and_it_is_said_once() {
    let home = tempfile::tempdir().expect("a folder");
    let mut bench = Bench::new(open(home.path()));
    meddle(home.path(), HIDE);
    bench.keeper.put(Job::Note(deed(0))).await;
    let told = bench.events.recv().await;
    assert!(matches!(&told, Some(Event::Told(problem)) if problem.code == "DB-LOG"), "{told:?}");
    bench.keeper.put(Job::Note(deed(1))).await;
    bench.keeper.put(Job::Save { marked: marked("r-1", Mark::Copied), before: none("r-1") }).await;
    assert_eq!(bench.not_saved().await.0, marked("r-1", Mark::Copied), "and the log is not told of again");
    meddle(home.path(), SHOW);
    bench.keeper.put(Job::Note(deed(2))).await;
    bench.close().await;
    let entries = open(home.path()).audit_page(None, 10).expect("read");
    assert_eq!(entries.iter().map(|entry| entry.at).collect::<Vec<_>>(), [2, 1, 0].map(|minute| deed(minute).at));
}

#[tokio::test]
async fn all_marks_are_read_for_the_window() {
    let home = tempfile::tempdir().expect("a folder");
    let mut store = open(home.path());
    store.save_marks(&clinic(), &marked("r-1", Mark::Copied)).expect("saved");
    let mut bench = Bench::new(store);
    bench.keeper.put(Job::Load).await;
    let all = bench.events.recv().await;
    assert!(matches!(&all, Some(Event::Mark(MarkEvent::All(all))) if *all == [marked("r-1", Mark::Copied)]), "{all:?}");
}
