//! The client against a server that answers as it is told.

use super::super::fake::{Fake, KEY, Reply, Seen};
use super::super::{SUBSCRIPTIONS, Window};
use super::*;
use crate::domain::live::{AppointmentId, Booking, WebhookId};
use chrono::TimeDelta;
use std::sync::atomic::{AtomicUsize, Ordering};

fn window() -> Window {
    let from = DateTime::from_timestamp(1_771_581_600, 0).expect("a time");
    Window { from, until: from + TimeDelta::days(1), changed_since: None }
}

#[tokio::test]
async fn the_key_is_exchanged_for_a_token_and_goes_nowhere_else() {
    let fake = Fake::start(|_| Reply::data("[]")).await;
    let client = fake.client();
    client.appointments(window()).await.expect("an answer");
    client.appointments(window()).await.expect("an answer");
    let seen = fake.seen();
    assert_eq!(seen.iter().map(Seen::path).collect::<Vec<_>>(), ["/authenticates", "/appointments", "/appointments"]);
    assert_eq!(
        (seen[0].method.as_str(), seen[0].header("authorization"), seen[0].body.as_str()),
        ("POST", Some(KEY), "")
    );
    assert_eq!(seen[1].header("authorization"), Some("Bearer token-1"));
    assert!(seen.iter().all(|one| one.header("nex-api-version") == Some("v3.0.0")));
    assert!(seen[1..].iter().all(|one| !format!("{one:?}").contains(KEY)));
    assert!(!format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let fake = Fake::start(|seen| match seen.header("authorization") {
        Some("Bearer token-1") => Reply::status(401),
        _ => Reply::data("[]"),
    })
    .await;
    assert_eq!(fake.client().appointments(window()).await, Ok(Vec::new()));
    let refusing = Fake::start(|_| Reply::status(401)).await;
    assert_eq!(refusing.client().appointments(window()).await, Err(Error::Unauthorized));
    let paths: Vec<String> = refusing.seen().iter().map(|one| one.path().to_owned()).collect();
    assert_eq!(paths, ["/authenticates", "/appointments", "/authenticates", "/appointments"]);
}

#[tokio::test]
async fn a_key_that_is_refused_is_not_tried_again() {
    let fake = Fake::bare(|_| Reply::status(401)).await;
    assert_eq!(fake.client().authenticate().await, Err(Error::Unauthorized));
    assert_eq!(fake.client().appointments(window()).await, Err(Error::Unauthorized));
}

#[tokio::test]
async fn an_old_token_is_renewed_before_it_is_used() {
    let lapsed = "e30.eyJleHAiOjF9.c2ln";
    let fake = Fake::bare(move |seen| match seen.path() {
        "/authenticates" => Reply::data(&format!(r#"{{"token":"{lapsed}"}}"#)),
        _ => Reply::data("[]"),
    })
    .await;
    let client = fake.client();
    for _ in 0..2 {
        client.appointments(window()).await.expect("an answer");
    }
    assert_eq!(fake.seen().iter().filter(|one| one.path() == "/authenticates").count(), 2);
}

#[tokio::test]
async fn pages_are_followed_by_their_cursor() {
    let fake = Fake::start(|seen| {
        let page = |ids: &str, more: bool, cursor: &str| {
            Reply::json(&format!(
                r#"{{"code":true,"data":[{ids}],"page_info":{{"has_next_page":{more},"end_cursor":"{cursor}"}}}}"#
            ))
        };
        match seen.query("end_cursor").as_deref() {
            None => page(r#"{"id":1},{"id":2},{"no":"number"}"#, true, "a b"),
            Some("a b") => page(r#"{"id":3,"cancelled":true}"#, true, "c"),
            Some("c") => page(r#"{"id":4}"#, true, "c"),
            other => panic!("{other:?}"),
        }
    })
    .await;
    let client = fake.client();
    let since = Window { changed_since: Some(window().from), ..window() };
    let all = client.appointments(since).await.expect("all pages");
    assert_eq!(all.iter().map(|one| one.id.0).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert_eq!(all[2].booking, Booking::Cancelled);
    let first = &fake.asked()[0];
    assert_eq!(first.query("subdomain").as_deref(), Some("harbour vets"));
    assert_eq!(first.query("location_id").as_deref(), Some("75"));
    assert_eq!(first.query("start").as_deref(), Some("2026-02-20T10:00:00+0000"));
    assert_eq!(first.query("end").as_deref(), Some("2026-02-21T10:00:00+0000"));
    assert_eq!(first.query("updated_since").as_deref(), Some("2026-02-20T10:00:00+0000"));
    assert!(first.query("start_date").is_none() && fake.asked().len() == 3);
}

#[tokio::test]
async fn troubles_are_told_apart_and_passing_ones_tried_again() {
    for (status, error, tries) in [
        (400, Error::BadQuestion, 1),
        (403, Error::Forbidden, 1),
        (404, Error::NotFound, 1),
        (429, Error::RateLimited, 3),
        (500, Error::Server(500), 3),
        (302, Error::NotSafe, 1),
    ] {
        let fake =
            Fake::start(move |_| Reply::with(status, "Location: https://evil.example/\r\n", "secret words")).await;
        let refused = fake.client().appointments(window()).await.expect_err("trouble");
        assert_eq!((refused.clone(), fake.asked().len()), (error, tries), "{status}");
        assert!(!refused.to_string().contains("secret") && !refused.code().contains("secret"));
    }
    let calm = AtomicUsize::new(0);
    let fake = Fake::start(move |_| match calm.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::status(503),
        1 => Reply::nothing(),
        _ => Reply::data("[]"),
    })
    .await;
    assert_eq!(fake.client().appointments(window()).await, Ok(Vec::new()));
    let page = Fake::start(|_| Reply::with(200, "Content-Type: text/html\r\n", "<html>sign in</html>")).await;
    assert_eq!(page.client().appointments(window()).await, Err(Error::OutOfReach), "a network's sign-in page");
}

#[tokio::test]
async fn one_appointment_and_a_patients_name_may_be_gone() {
    let fake = Fake::start(|seen| match seen.path() {
        "/appointments/7" => Reply::data(r#"{"id":7,"unavailable":true}"#),
        "/patients/8" => Reply::data(r#"{"id":8,"first_name":"Milo","last_name":"Smith","bio":{"phone":"1"}}"#),
        "/patients/9" => Reply::data(r#"{"user":{"id":9,"name":"Luna"}}"#),
        _ => Reply::status(404),
    })
    .await;
    let client = fake.client();
    let one = client.appointment(AppointmentId(7)).await.expect("an answer").expect("one");
    assert_eq!((one.id.0, one.booking), (7, Booking::Block));
    assert_eq!(client.appointment(AppointmentId(1)).await, Ok(None));
    assert_eq!(client.patient_name(8).await.as_ref().map(Option::as_deref), Ok(Some("Milo Smith")));
    assert_eq!(client.patient_name(9).await.as_ref().map(Option::as_deref), Ok(Some("Luna")));
    assert_eq!(client.patient_name(1).await, Ok(None));
}

#[tokio::test]
async fn locations_and_rooms_are_those_of_this_practice() {
    let fake = Fake::start(|seen| match seen.path() {
        "/locations" => Reply::data(
            r#"[{"id":1,"subdomain":"other","locations":[{"id":5}]},
                {"id":2,"subdomain":"Harbour Vets","locations":[{"id":75,"name":"Main"},{"id":76,"inactive":true}]}]"#,
        ),
        "/operatories" => {
            Reply::data(r#"[{"id":3,"name":"Room 3"},{"id":4,"name":null,"display_name":"Surgery"},{"id":5}]"#)
        }
        other => panic!("{other}"),
    })
    .await;
    let client = fake.client_of(None);
    let found = client.locations().await.expect("locations");
    assert_eq!(found.iter().map(|one| (one.id, one.name.as_deref())).collect::<Vec<_>>(), [(75, Some("Main"))]);
    let rooms = client.room_names().await.expect("rooms");
    assert_eq!(
        rooms.iter().map(|room| (room.id, room.name.as_str())).collect::<Vec<_>>(),
        [(3, "Room 3"), (4, "Surgery")]
    );
    assert!(fake.asked().iter().all(|seen| seen.query("location_id").is_none()));
}

#[tokio::test]
async fn an_endpoint_is_made_once_and_revived_by_one_call() {
    let fake = Fake::start(|seen| match (seen.method.as_str(), seen.path()) {
        ("POST", "/webhook_endpoints") => Reply::data(
            r#"{"id":11,"target_url":"https://desk.example/x","secret_key":"a secret of a good length","active":true}"#,
        ),
        ("GET", "/webhook_endpoints") => {
            Reply::data(r#"[{"id":11,"target_url":"https://desk.example/x","active":false},{"x":1}]"#)
        }
        ("PATCH", "/webhook_endpoints/11") => {
            Reply::data(r#"{"id":11,"target_url":"https://desk.example/x","active":true}"#)
        }
        ("DELETE", "/webhook_endpoints/11") => Reply::status(204),
        _ => Reply::status(404),
    })
    .await;
    let client = fake.client();
    let made = client.create_endpoint("https://desk.example/x").await.expect("made");
    assert_eq!((made.id.0.as_str(), made.is_active), ("11", true));
    assert_eq!(made.secret.as_ref().map(crate::domain::live::WebhookSecret::expose), Some("a secret of a good length"));
    assert!(!format!("{made:?}").contains("desk.example"), "the address holds the secret path");
    assert_eq!(fake.asked()[0].body, r#"{"target_url":"https://desk.example/x","active":true}"#);
    let listed = client.endpoints().await.expect("listed");
    assert!(listed.len() == 1 && !listed[0].is_active);
    assert!(client.set_endpoint_active(&made.id, true).await.expect("revived").is_active);
    assert_eq!(fake.asked()[2].body, r#"{"active":true}"#);
    assert_eq!(client.delete_endpoint(&made.id).await, Ok(()));
    assert_eq!(client.delete_endpoint(&WebhookId("12".to_owned())).await, Ok(()), "gone already");
    let broken = Fake::start(|_| Reply::nothing()).await;
    assert_eq!(broken.client().create_endpoint("https://desk.example/x").await, Err(Error::NotKnown));
    assert_eq!(broken.asked().len(), 1, "an order is never sent twice by itself");
}

#[tokio::test]
async fn what_is_missing_is_subscribed_and_what_is_off_turned_on() {
    let fake = Fake::start(|seen| match seen.method.as_str() {
        "GET" => Reply::data(
            r#"[{"id":1,"resource_type":"appointment","event":"appointment_insertion.complete","active":true},
                {"id":2,"resource_type":"Appointment","event":"appointment_updated","active":false},
                {"id":3,"resource_type":"Patient","event":"patient_created","active":true}]"#,
        ),
        "PATCH" => Reply::data(r#"{"id":2}"#),
        _ => Reply::with(201, "", r#"{"code":true,"data":{"id":9}}"#),
    })
    .await;
    fake.client().subscribe(&WebhookId("11".to_owned())).await.expect("subscribed");
    let done: Vec<String> =
        fake.asked().iter().skip(1).map(|seen| format!("{} {} {}", seen.method, seen.path(), seen.body)).collect();
    assert_eq!(
        done,
        [
            r#"POST /webhook_endpoints/11/webhook_subscriptions {"resource_type":"Appointment","event":"appointment_created","active":true}"#,
            r#"PATCH /webhook_endpoints/11/webhook_subscriptions/2 {"active":true}"#,
            r#"POST /webhook_endpoints/11/webhook_subscriptions {"resource_type":"Patient","event":"patient_updated","active":true}"#,
        ]
    );
    assert!(fake.asked().iter().all(|seen| seen.query("subdomain").as_deref() == Some("harbour vets")));
    assert!(SUBSCRIPTIONS.iter().all(|(_, event)| !event.contains('.')), "by the base alone");
}
