//! The thread between the receiver and the store: many arrivals wait for the disk together, and each is told its own.

use super::super::committer::Committer;
use super::super::logbook::Logbook;
use super::support::{Memory, ORGANIZATION, id, now, until};
use crate::domain::OrganizationId;
use crate::domain::live::{Arrival, CannotKeep, Content, EventKey, EventType, Inbox, Kept, Scheme, Witnessed};
use std::sync::Arc;

fn arrival(number: u32) -> Arrival {
    Arrival {
        organization: OrganizationId::new(ORGANIZATION),
        scheme: Scheme::Organization,
        key: EventKey::new(id(number)),
        event_type: EventType::Ping,
        received_at: now(),
        content: Content::SetAside("a test".to_owned()),
        body: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_that_wait_share_one_wait_for_the_disk() {
    let memory = Arc::new(Memory::default());
    let (committer, thread) = Committer::start(Arc::clone(&memory) as _, Arc::default()).expect("it starts");
    memory.close();
    let first = committer.submit(arrival(0)).expect("room");
    until("the first is at the store", || memory.waiting() == 1).await;
    let others: Vec<_> = (1..=40).map(|number| committer.submit(arrival(number % 20)).expect("room")).collect();
    memory.open();
    assert_eq!(first.await, Ok(Ok(Kept::New(1))));
    let mut again = 0;
    for other in others {
        match other.await {
            Ok(Ok(Kept::New(_))) => {}
            Ok(Ok(Kept::Again(times))) => again += u32::from(times > 1),
            other => unreachable!("{other:?}"),
        }
    }
    assert_eq!((memory.calls(), memory.kept().len(), again), (2, 20, 21));
    committer.end();
    thread.join().expect("it ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_that_cannot_be_kept_does_not_keep_the_others_out() {
    let memory = Arc::new(Memory::default());
    let (committer, thread) = Committer::start(Arc::clone(&memory) as _, Arc::default()).expect("it starts");
    memory.fail_at(&id(2));
    memory.close();
    let mut outcomes = vec![committer.submit(arrival(0)).expect("room")];
    until("the first is at the store", || memory.waiting() == 1).await;
    outcomes.extend((1..5).map(|number| committer.submit(arrival(number)).expect("room")));
    memory.open();
    let mut told = Vec::new();
    for outcome in outcomes {
        told.push(outcome.await.expect("told").is_ok());
    }
    assert_eq!(told, [true, true, false, true, true]);
    committer.end();
    thread.join().expect("it ended");
}

/// A store that falls over.
struct Falling;

impl Inbox for Falling {
    fn keep(&self, _: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        std::panic::resume_unwind(Box::new("it fell"));
    }

    fn witness(&self, _: &[Witnessed]) -> Result<(), CannotKeep> {
        Ok(())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_falls_over_keeps_nothing_and_is_asked_again() {
    let (committer, thread) = Committer::start(Arc::new(Falling), Arc::default()).expect("it starts");
    for number in 0..3 {
        assert_eq!(committer.submit(arrival(number)).expect("room").await, Ok(Err(CannotKeep::Store)));
    }
    committer.end();
    thread.join().expect("it ended");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_queue_is_bounded() {
    let memory = Arc::new(Memory::default());
    let (committer, thread) = Committer::start(Arc::clone(&memory) as _, Arc::default()).expect("it starts");
    memory.close();
    let mut outcomes = vec![committer.submit(arrival(0)).expect("room")];
    until("the first is at the store", || memory.waiting() == 1).await;
    let taken = (1..5_000).map_while(|number| committer.submit(arrival(number)).ok());
    outcomes.extend(taken);
    assert!((100..2_000).contains(&outcomes.len()), "{}", outcomes.len());
    memory.open();
    for outcome in outcomes {
        assert!(matches!(outcome.await, Ok(Ok(Kept::New(_)))));
    }
    committer.end();
    thread.join().expect("it ended");
}

#[test]
fn a_flood_costs_the_history_its_oldest_lines_and_no_memory() {
    use crate::domain::live::{Delivery, DeliverySource, RawRequest};
    use std::time::{Duration, Instant};
    let logbook = Logbook::default();
    let request = RawRequest {
        scheme: Scheme::Organization,
        at: now(),
        headers: Vec::new(),
        body: vec![0; 100],
        body_length: 100,
        code: 401,
        reason: None,
    };
    let delivery = Delivery {
        source: DeliverySource::Here,
        scheme: Scheme::Organization,
        at: now(),
        event: None,
        event_type: None,
        code: Some(401),
        milliseconds: None,
        attempt: None,
        error: None,
        is_success: false,
        recorded: None,
    };
    let start = Instant::now();
    assert_eq!(logbook.due_in(start), None);
    for number in 0..20_000 {
        let delivery = Delivery { milliseconds: Some(number), ..delivery.clone() };
        let organization = OrganizationId::new(ORGANIZATION);
        logbook.add(Witnessed { organization, delivery, request: Some(request.clone()) }, start);
    }
    assert!(!logbook.wants_request(false) && logbook.wants_request(true));
    assert_eq!(logbook.due_in(start), Some(Duration::ZERO));
    let lines = logbook.take();
    assert!(lines.len() < 5_000 && lines.last().and_then(|line| line.delivery.milliseconds) == Some(19_999));
    assert!(lines.iter().filter(|line| line.request.is_some()).count() <= 32);
    assert_eq!(logbook.due_in(start), None);
    assert!(logbook.wants_request(false));
}
