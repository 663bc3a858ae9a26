//! Genuine deliveries of all three senders: kept once, answered when they are kept, and noted.

use super::super::{Limits, Route};
use super::support::{
    NEXHEALTH_PATH, ORGANIZATION, PARTNER_PATH, Raw, body, house, id, now, routes, sign, status_of, until,
};
use crate::domain::live::{CannotKeep, Content, EventType, Happening, Scheme};
use base64::Engine as _;

fn partner(number: u32, partner: &str) -> Raw {
    let body = format!(
        "{{\"event_id\":\"evt-p-{number}\",\"event_type\":\"record.created\",\"occurred_at\":\"2026-02-20T14:59:00Z\",\
         \"partner_id\":\"{partner}\",\"partner_user_key\":\"u\",\"device_id\":\"NXH-T1\",\
         \"transcript\":\"Vet: Biscuit limps.\",\"soap\":\"S: limps\",\"data\":{{}}}}"
    );
    let sent = now().timestamp().to_string();
    let signature = sign(&[sent.as_bytes(), b".", body.as_bytes()]);
    Raw::signed(PARTNER_PATH, body.into_bytes())
        .without("X-NerveX-Signature")
        .with("X-Nxvet-Partner-Id", partner)
        .with("X-Nxvet-Timestamp", &sent)
        .with("X-Nxvet-Signature", &signature)
}

fn nexhealth(attempts: u32) -> Raw {
    let body = format!(
        "{{\"resource_type\":\"appointment\",\"event_name\":\"appointment_updated\",\
         \"event_time\":\"2026-02-20T14:59:59.214+00:00\",\"data\":{{\"appointment\":{{\"id\":900001,\
         \"start_time\":\"2026-02-21T09:30:00.000Z\",\"cancelled\":true}}}},\"delivery_errors\":[{{\"attempts\":{attempts}}}]}}"
    );
    let encoded = base64::engine::general_purpose::STANDARD.encode(&body);
    let sent = "2026-02-20T15:00:00.000+00:00";
    let signature = sign(&[sent.as_bytes(), b".", encoded.as_bytes()]);
    Raw::signed(NEXHEALTH_PATH, body.into_bytes())
        .without("X-NerveX-Signature")
        .with("timestamp", sent)
        .with("signature", &signature)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_sender_is_believed_on_its_own_address() {
    let house = house(Limits::default()).await;
    for request in [Raw::event(1), partner(1, "prt_0001"), nexhealth(0)] {
        assert_eq!(house.ask(&request.bytes()).await, Some(200));
    }
    let kept = house.memory.kept();
    let schemes: Vec<Scheme> = kept.iter().map(|arrival| arrival.scheme).collect();
    assert_eq!(schemes, Scheme::ALL);
    assert!(kept.iter().all(|arrival| arrival.organization.as_str() == ORGANIZATION));
    // Texts that are provisional are kept with their event; where the event says it all, nothing else is.
    let bodies: Vec<bool> = kept.iter().map(|arrival| arrival.body.is_some()).collect();
    assert_eq!(bodies, [false, true, false]);
    let what = |at: usize| match kept.get(at).map(|arrival| &arrival.content) {
        Some(Content::Events(events)) => events.first().map(|event| event.what.clone()),
        _ => None,
    };
    assert!(matches!(what(0), Some(Happening::ConversationEnded { .. })));
    assert!(matches!(what(1), Some(Happening::PartnerRecord { .. })));
    assert!(matches!(what(2), Some(Happening::Appointment(_))));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_comes_again_is_answered_and_has_no_effect() {
    let house = house(Limits::default()).await;
    for _ in 0..5 {
        assert_eq!(house.ask(&Raw::event(1).bytes()).await, Some(200));
    }
    // What changes between NexHealth's attempts makes no other event.
    for attempts in 0..5 {
        assert_eq!(house.ask(&nexhealth(attempts).bytes()).await, Some(200));
    }
    assert_eq!(house.memory.kept().len(), 2);
    let counts = house.running.counts();
    assert_eq!((counts.taken, counts.again, counts.refused), (2, 8, 0));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_genuine_and_not_ours_is_set_aside_and_not_asked_for_again() {
    let house = house(Limits::default()).await;
    let other = body(1).replace(ORGANIZATION, "0190ffff-1111-7000-8000-00000000c0de");
    let odd = [
        Raw::signed(super::support::ORGANIZATION_PATH, other.into_bytes()),
        Raw::signed(super::support::ORGANIZATION_PATH, b"{\"id\":".to_vec()),
        Raw::signed(super::support::ORGANIZATION_PATH, b"{\"type\":\"ping\"}".to_vec()),
    ];
    for request in &odd {
        assert_eq!(house.ask(&request.bytes()).await, Some(200));
    }
    let kept = house.memory.kept();
    assert!(kept.iter().all(|arrival| matches!(arrival.content, Content::SetAside(_)) && arrival.body.is_some()));
    assert_eq!(kept.len(), 3);
    // An event of ours with the id that somebody else's had is not taken for known.
    assert_eq!(house.ask(&Raw::event(1).bytes()).await, Some(200));
    assert_eq!(house.memory.kept().len(), 4);
    assert_eq!(house.running.counts().set_aside, 3);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unknown_types_are_kept_whole() {
    let house = house(Limits::default()).await;
    let body = body(1).replace("conversation_completed", "moon_risen");
    let request = Raw::signed(super::support::ORGANIZATION_PATH, body.clone().into_bytes());
    assert_eq!(house.ask(&request.bytes()).await, Some(200));
    let kept = house.memory.kept();
    let arrival = kept.first().expect("kept");
    assert_eq!(arrival.event_type, EventType::Other("moon_risen".to_owned()));
    assert_eq!(arrival.body.as_deref(), Some(body.as_bytes()));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_is_asked_for_again() {
    let house = house(Limits::default()).await;
    for (failure, patience) in [(CannotKeep::DiskFull, 60), (CannotKeep::Locked, 60), (CannotKeep::Store, 2)] {
        house.memory.fail(Some(failure));
        let head = house.converse(&Raw::event(1).bytes()).await;
        assert_eq!(status_of(&head), Some(503), "{failure}");
        assert!(head.to_ascii_lowercase().contains(&format!("retry-after: {patience}\r\n")), "{head}");
        assert_eq!(house.memory.kept(), []);
    }
    house.memory.fail(None);
    assert_eq!(house.ask(&Raw::event(1).bytes()).await, Some(200));
    assert_eq!(house.memory.kept().len(), 1);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_history_tells_of_what_was_taken_in_and_of_what_was_refused() {
    let house = house(Limits::default()).await;
    let forged = Raw { body: body(2).into_bytes(), ..Raw::event(1) };
    assert_eq!(house.ask(&forged.bytes()).await, Some(401));
    assert_eq!(house.ask(&Raw::event(1).with("X-NerveX-Delivery", &id(1)).bytes()).await, Some(200));
    until("both are noted", || house.memory.witnessed().len() == 2).await;
    let noted = house.memory.witnessed();
    let [refused, taken] = noted.as_slice() else { unreachable!("two were noted") };
    assert!(!refused.delivery.is_success && refused.delivery.code == Some(401) && refused.delivery.event.is_none());
    let request = refused.request.as_ref().expect("recorded");
    assert_eq!((request.reason.as_deref(), request.body.as_slice()), (Some("mismatch"), body(2).as_bytes()));
    assert!(request.is_whole() && request.headers.iter().any(|(name, _)| name == "x-nervex-signature"));
    assert!(taken.delivery.is_success && taken.delivery.attempt == Some(1));
    assert_eq!(taken.delivery.event_type, Some(EventType::ConversationEnded));
    // Nobody who reads a log reads what was said.
    assert!(!format!("{noted:?}").contains("conv-2"));
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn routes_change_while_it_runs() {
    let house = house(Limits::default()).await;
    let without: Vec<Route> = routes().into_iter().skip(1).collect();
    house.running.set_routes(without);
    assert_eq!(house.ask(&Raw::event(1).bytes()).await, Some(404));
    house.running.set_routes(routes());
    assert_eq!(house.ask(&Raw::event(1).bytes()).await, Some(200));
    house.running.set_public_host(None);
    assert_eq!(house.ask(&Raw::event(2).bytes()).await, Some(403));
    house.running.stop().await;
}
