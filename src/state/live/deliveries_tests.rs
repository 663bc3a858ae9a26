//! Both sides' tellings of one delivery, and of those that only one side knows.

use super::*;
use chrono::TimeZone as _;

fn at(second: i64) -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 14, 0, 0).single().expect("a moment") + TimeDelta::seconds(second)
}

fn delivery(source: DeliverySource, second: i64, event: &str, code: u16) -> Delivery {
    Delivery {
        source,
        scheme: Scheme::Organization,
        at: at(second),
        event: Some(EventKey::new(event)),
        event_type: Some(EventType::RecordCreated),
        code: Some(code),
        milliseconds: Some(5),
        attempt: Some(1),
        error: None,
        is_success: (200..300).contains(&code),
        recorded: None,
    }
}

fn vendor(second: i64, event: &str, code: u16) -> Delivery {
    delivery(DeliverySource::Vendor, second, event, code)
}

fn here(second: i64, event: &str, code: u16) -> Delivery {
    Delivery { recorded: Some(second.unsigned_abs()), ..delivery(DeliverySource::Here, second, event, code) }
}

fn id(text: &str) -> WebhookId {
    WebhookId(text.to_owned())
}

fn facts(deliveries: &Deliveries) -> Vec<(i64, bool, Option<u64>)> {
    let second = |row: &DeliveryRow| (row.delivery.at - at(0)).num_seconds();
    deliveries.shown().iter().map(|row| (second(row), row.is_seen_here, row.delivery.recorded)).collect()
}

#[test]
fn one_try_that_both_tell_of_is_one_row() {
    let mut deliveries = Deliveries::default();
    deliveries.set_vendor(id("w"), vec![vendor(10, "a", 500), vendor(12, "a", 200), vendor(40, "b", 200)]);
    deliveries.set_own(vec![here(11, "a", 200), here(9, "a", 500), here(60, "c", 200)]);
    assert_eq!(
        facts(&deliveries),
        [(60, true, Some(60)), (40, false, None), (12, true, Some(11)), (10, true, Some(9))]
    );
    assert_eq!(deliveries.last_of(&id("w")).map(|row| row.delivery.at), Some(at(40)));
}

#[test]
fn two_receipts_of_one_event_are_never_joined_with_one_try() {
    let mut deliveries = Deliveries::default();
    deliveries.set_own(vec![here(10, "a", 200), here(11, "a", 200)]);
    deliveries.set_vendor(id("w"), vec![vendor(10, "a", 200)]);
    assert_eq!(deliveries.shown().len(), 2);
    // An answer that is another, or a time that is far off, is another try.
    deliveries.set_vendor(id("w"), vec![vendor(10, "a", 500)]);
    assert_eq!(deliveries.shown().len(), 3);
    deliveries.set_vendor(id("w"), vec![vendor(10_000, "a", 200)]);
    assert_eq!(deliveries.shown().len(), 3);
}

#[test]
fn a_refused_try_is_joined_by_its_moment_as_it_names_no_event() {
    let refused = |second| Delivery { event: None, event_type: None, ..here(second, "?", 401) };
    let mut deliveries = Deliveries::default();
    deliveries.set_own(vec![refused(10), refused(300)]);
    deliveries.set_vendor(id("w"), vec![vendor(12, "a", 401), vendor(305, "b", 200), vendor(13, "c", 401)]);
    let joined: Vec<_> = facts(&deliveries)
        .into_iter()
        .filter_map(|(second, is_here, recorded)| is_here.then_some((second, recorded)))
        .collect();
    assert_eq!(joined, [(300, Some(300)), (12, Some(10))]);
    assert_eq!(deliveries.shown().len(), 4);
}

#[test]
fn what_nxvet_has_forgotten_stays_in_the_history_and_is_not_doubled() {
    let mut deliveries = Deliveries::default();
    let kept: Vec<Delivery> = (0..60).map(|n| vendor(n, &n.to_string(), 200)).collect();
    deliveries.set_own(kept);
    deliveries.set_vendor(id("w"), (10..60).map(|n| vendor(n, &n.to_string(), 200)).collect());
    assert_eq!(deliveries.shown().len(), 60);
    assert_eq!(deliveries.shown().iter().filter(|row| row.webhook.is_some()).count(), 50);
}

#[test]
fn the_newest_stretch_takes_the_place_of_what_was_known_of_it() {
    let mut deliveries = Deliveries::default();
    deliveries.set_own((0..50).map(|n| here(n, &n.to_string(), 200)).collect());
    deliveries.add_own((40..60).map(|n| here(n, &n.to_string(), 200)).collect());
    let seconds: Vec<i64> = facts(&deliveries).into_iter().map(|(second, ..)| second).collect();
    assert_eq!(seconds, (0..60).rev().collect::<Vec<_>>());
}

#[test]
fn filters_and_the_selection_follow_the_rows() {
    let mut deliveries = Deliveries::default();
    let refused = Delivery { event_type: None, event: None, ..here(30, "x", 401) };
    deliveries.set_own(vec![here(10, "a", 200), here(20, "b", 503), refused]);
    let outcomes: Vec<_> = deliveries.shown().iter().map(|row| (row.outcome(), row.what().to_owned())).collect();
    assert_eq!(outcomes.first().map(|(outcome, what)| (*outcome, what.as_str())), Some((Outcome::Refused, "Refused")));
    deliveries.selected = Some(1);
    deliveries.set_filter(DeliveryFilter { outcome: Some(Outcome::Failed), event_type: None });
    assert_eq!((deliveries.shown().len(), deliveries.selected), (1, Some(0)), "the same row is still selected");
    deliveries.set_filter(DeliveryFilter { outcome: Some(Outcome::Refused), event_type: None });
    assert_eq!(deliveries.selected, None);
    deliveries.set_filter(DeliveryFilter { outcome: None, event_type: Some(EventType::RecordCreated) });
    assert_eq!(deliveries.shown().len(), 2);
    assert_eq!(deliveries.types(), [EventType::RecordCreated]);
}

#[test]
fn the_selection_moves_within_the_rows() {
    let mut deliveries = Deliveries::default();
    deliveries.move_selection(1);
    assert_eq!(deliveries.selected, None);
    deliveries.set_own((0..3).map(|n| here(n, &n.to_string(), 200)).collect());
    let mut steps = Vec::new();
    for rows in [1, 1, 5, -1, -9] {
        deliveries.move_selection(rows);
        steps.extend(deliveries.selected);
    }
    assert_eq!(steps, [0, 1, 2, 1, 0]);
}

#[test]
fn rows_of_a_webhook_that_is_gone_are_not_shown_under_others() {
    let mut deliveries = Deliveries::default();
    deliveries.set_vendor(id("w"), vec![vendor(1, "a", 200)]);
    deliveries.retain_webhooks(|webhook| webhook.0 != "w");
    assert!(deliveries.shown().is_empty() && last_good(deliveries.all()).is_none());
}
