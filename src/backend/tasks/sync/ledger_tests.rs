//! Which notes are asked for, in which order and how often.

use super::*;

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000)
}

fn row(id: usize, minutes_ago: i64) -> Consultation {
    Consultation {
        ended_at: Some(now() - TimeDelta::minutes(minutes_ago)),
        ..Consultation::bare(ConsultationKey::record(format!("r-{id}")), now() - TimeDelta::minutes(minutes_ago))
    }
}

fn since(days: i64) -> Scope {
    Scope { now: now(), horizon: Some(now() - TimeDelta::days(days)) }
}

/// A hundred records, an hour apart, the newest first.
fn a_hundred() -> Ledger {
    let mut ledger = Ledger::default();
    assert_eq!(ledger.take_in((0..100).map(|id| row(id, id as i64 * 60))).new, 100);
    ledger
}

fn asked(ledger: &mut Ledger, scope: Scope) -> Vec<String> {
    std::iter::from_fn(|| ledger.next(scope)).map(|row| row.key.as_text()).collect()
}

fn with_stage(row: &Consultation, stage: Stage) -> Arc<Consultation> {
    Arc::new(Consultation { stage, ..row.clone() })
}

#[test]
fn the_newest_come_first_and_the_horizon_ends_it() {
    let mut ledger = a_hundred();
    let keys = asked(&mut ledger, since(3));
    assert_eq!(keys.len(), 73);
    assert_eq!((keys[0].as_str(), keys[72].as_str()), ("record/r-0", "record/r-72"));
    assert_eq!(asked(&mut ledger, since(4)).len(), 24, "a wider horizon goes on");
}

#[test]
fn without_a_horizon_only_the_newest_are_read() {
    let mut ledger = a_hundred();
    assert_eq!(asked(&mut ledger, Scope { now: now(), horizon: None }).len(), AHEAD);
    assert!(ledger.has_backlog(now() - TimeDelta::days(3)));
    assert!(!ledger.has_backlog(now() - TimeDelta::hours(20)));
}

#[test]
fn the_same_row_again_is_nothing_new_and_a_changed_one_is() {
    let mut ledger = a_hundred();
    let first = ledger.take_in([row(0, 0)]);
    assert_eq!((first.new, first.changed.len()), (0, 1), "it was not stored yet");
    ledger.stored(&first.changed);
    assert!(ledger.take_in([row(0, 0)]).changed.is_empty());
    let renamed = Consultation { title: "Consultation".to_owned(), ..row(0, 0) };
    let taken = ledger.take_in([renamed]);
    assert_eq!((taken.new, taken.changed.len(), ledger.records()), (0, 1, 100));
    assert_eq!(asked(&mut ledger, since(9)).len(), 100, "and is asked for once");
}

#[test]
fn pending_notes_are_asked_for_at_growing_distances() {
    let mut ledger = Ledger::default();
    let fresh = row(1, 10);
    ledger.take_in([fresh.clone()]);
    let mut at = now();
    let mut waits = Vec::new();
    for _ in 0..8 {
        let scope = |at| Scope { now: at, horizon: None };
        assert!(ledger.next(scope(at)).is_some(), "{at}");
        ledger.notes_came(&with_stage(&fresh, Stage::WritingNote), at);
        assert!(ledger.next(scope(at)).is_none());
        let before = at;
        while ledger.pending.first().is_some_and(|(due, _)| *due > at) {
            at += TimeDelta::seconds(1);
        }
        waits.push((at - before).num_seconds());
    }
    assert_eq!(waits[0], 300);
    assert!(waits.windows(2).all(|pair| pair[1] > pair[0]), "{waits:?}");
    assert!(ledger.next(Scope { now: at, horizon: None }).is_some());
    ledger.notes_came(&with_stage(&fresh, Stage::Ready), at);
    assert!(ledger.next(Scope { now: at + TimeDelta::days(99), horizon: None }).is_none());
}

#[test]
fn what_failed_is_asked_for_again_and_what_is_gone_is_not() {
    let mut ledger = a_hundred();
    let first = ledger.next(since(9)).expect("one");
    ledger.give_back(&first.key);
    assert_eq!(ledger.next(since(9)).map(|row| row.key.clone()), Some(first.key.clone()));
    assert!(ledger.gone(&first.key).is_some_and(|row| row.is_gone));
    assert!(ledger.gone(&first.key).is_none(), "told once");
    assert_eq!(asked(&mut ledger, since(9)).len(), 99);
    assert_eq!(ledger.keys_since(now() - TimeDelta::days(9)).len(), 99);
    let back = ledger.take_in([row(0, 0)]);
    assert_eq!((back.new, back.changed.len()), (0, 1));
    assert!(!back.changed[0].is_gone);
    assert_eq!(asked(&mut ledger, since(9)), ["record/r-0"]);
}

#[test]
fn done_and_all_are_counted_within_the_horizon() {
    let mut ledger = a_hundred();
    for _ in 0..5 {
        let row = ledger.next(since(9)).expect("one");
        ledger.notes_came(&with_stage(&row, Stage::Ready), now());
    }
    assert_eq!(ledger.done_of(now() - TimeDelta::hours(10)), (5, 11));
    assert_eq!(ledger.records_since(now() - TimeDelta::hours(10)), 11);
    ledger.begin_anew();
    assert_eq!(ledger.done_of(now() - TimeDelta::hours(10)), (0, 11));
}
