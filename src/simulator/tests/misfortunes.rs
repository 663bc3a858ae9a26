//! Each fault as a client meets it.
//!
//! What a client should make of it is not judged here.

use std::time::Instant;

use super::*;

#[tokio::test]
async fn a_throttled_recording_takes_its_time_and_arrives_whole() {
    let mut config = generated(Personality::Production, 0);
    config.audio_bytes_per_second = Some(100_000);
    let desk = Desk::open(config).await;
    let truth = vec![7; 30_000];
    let id = desk.server.push_record(NewRecord { recording: Some(truth.clone()), ..NewRecord::default() });
    let began = Instant::now();
    let response = desk.get(&format!("/api/labels/{id}/audio")).await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), truth);
    assert!(began.elapsed().as_millis() >= 200, "{:?}", began.elapsed());
}

#[tokio::test]
async fn each_fault_shows_as_itself() {
    let desk = Desk::open(generated(Personality::Production, 30)).await;
    let path = desk.list("limit=10");
    let faults = desk.server.faults().clone();
    faults.next(Route::List, Fault::Status(503), 1);
    assert_eq!(desk.status(&path).await, 503);
    faults.next(Route::List, Fault::RateLimited { retry_after: Some("soon".to_owned()) }, 1);
    let limited = desk.get(&path).await.unwrap();
    assert_eq!((limited.status().as_u16(), limited.headers()["retry-after"].to_str().unwrap()), (429, "soon"));
    faults.next(Route::List, Fault::CutBody, 1);
    assert!(desk.get(&path).await.unwrap().bytes().await.is_err());
    faults.next(Route::List, Fault::Reset, 1);
    // A pooled connection that breaks before the head is tried again by the client itself.
    let other = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let url = desk.server.base_url() + &path;
    assert!(other.get(&url).bearer_auth(desk.server.key()).send().await.is_err());
    faults.next(Route::List, Fault::Garbage, 1);
    assert!(desk.get(&path).await.unwrap().text().await.unwrap().starts_with("<!doctype html>"));
    faults.next(Route::List, Fault::TruncatedJson, 1);
    assert!(parse(desk.get(&path).await.unwrap()).await.is_none());
    faults.next(Route::List, Fault::MissingTotal, 1);
    assert!(!desk.get(&path).await.unwrap().headers().contains_key("x-total-count"));
    faults.next(Route::List, Fault::ClampedPage(3), 1);
    assert_eq!(desk.json(&path).await.as_array().unwrap().len(), 3);
    faults.next(Route::List, Fault::DeepJson(500), 1);
    assert!(parse(desk.get(&path).await.unwrap()).await.is_none());
    faults.next(Route::List, Fault::EmptyBody, 1);
    assert_eq!(desk.get(&path).await.unwrap().bytes().await.unwrap().len(), 0);
    faults.next(Route::Any, Fault::Redirect { status: 302, location: "http://127.0.0.1:9/".to_owned() }, 1);
    assert_eq!(desk.get(&path).await.unwrap().headers()["location"], "http://127.0.0.1:9/");
    assert_eq!(desk.json(&path).await.as_array().unwrap().len(), 10);
}

#[tokio::test]
async fn a_stalled_body_holds_back_its_second_half() {
    let desk = Desk::open(generated(Personality::Production, 30)).await;
    desk.server.faults().next(Route::List, Fault::Stall, 1);
    let mut response = desk.get(&desk.list("")).await.unwrap();
    let promised = response.content_length().unwrap();
    let mut received = 0;
    let silence = async {
        while let Some(piece) = response.chunk().await.unwrap() {
            received += piece.len() as u64;
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(200), silence).await.is_err());
    assert_eq!(received, promised / 2);
}

#[tokio::test]
async fn a_packed_body_unpacks_to_what_was_ordered() {
    let desk = Desk::open(generated(Personality::Production, 1)).await;
    desk.server.faults().next(Route::List, Fault::GzipBomb(3_000_000), 1);
    let text = desk.get(&desk.list("")).await.unwrap().text().await.unwrap();
    assert!((2_999_000..=3_000_000).contains(&text.len()));
    assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), Value::Array(Vec::new()));
}

#[tokio::test]
async fn bad_rows_stand_among_good_ones() {
    let desk = Desk::open(generated(Personality::Docs, 10)).await;
    desk.server.faults().next(Route::List, Fault::BadRow, 1);
    let spoilt = desk.get(&desk.list("")).await.unwrap().text().await.unwrap();
    let ids = desk.server.record_ids();
    assert!(ids.iter().all(|id| spoilt.contains(id)));
    desk.server.add_bad_rows(3);
    let response = desk.get(&desk.list("limit=100")).await.unwrap();
    assert_eq!(response.headers()["x-total-count"], "13");
    let text = response.text().await.unwrap();
    assert!(ids.iter().all(|id| text.contains(id)) && text.contains(r#""id":"\ud83d""#));
    let tail = desk.json(&desk.list("limit=2&offset=4")).await;
    assert_eq!((&tail[0]["id"], &tail[1]["id"]), (&ids[1].clone().into(), &ids[2].clone().into()));
}

#[tokio::test]
async fn a_patient_client_ends_with_everything_although_every_third_request_fails() {
    let desk = Desk::open(generated(Personality::Production, 410)).await;
    let limited = Fault::RateLimited { retry_after: None };
    desk.server.faults().every_nth(3, vec![limited, Fault::Status(500), Fault::CutBody, Fault::Garbage]);
    let ids = desk.page_to_the_end(50).await;
    assert_eq!(ids, desk.server.record_ids());
}

#[tokio::test]
async fn a_taken_port_is_an_error_and_not_a_panic() {
    let desk = Desk::open(generated(Personality::Docs, 1)).await;
    let mut config = generated(Personality::Docs, 1);
    config.port = desk.server.base_url().rsplit(':').next().unwrap().parse().unwrap();
    assert!(matches!(Simulator::start(config).await, Err(StartError::Listen { .. })));
}

#[tokio::test]
async fn recordings_go_wrong_in_their_own_ways() {
    let desk = Desk::open(generated(Personality::Production, 0)).await;
    let truth: Vec<u8> = (0..90_000_u32).flat_map(u32::to_le_bytes).collect();
    let id = desk.server.push_record(NewRecord { recording: Some(truth.clone()), ..NewRecord::default() });
    let path = format!("/api/labels/{id}/audio");
    let (faults, tag_of) = (desk.server.faults(), |response: &Response| response.headers()["etag"].clone());
    let tag = tag_of(&desk.get(&path).await.unwrap());
    let part = |from: &str| {
        let request = desk.client.get(desk.server.base_url() + &path).bearer_auth(desk.server.key());
        request.header("range", format!("bytes={from}")).send()
    };
    faults.next(Route::Audio, Fault::LateRangeStart, 1);
    let late = part("1000-2999").await.unwrap();
    assert_eq!(
        (late.status().as_u16(), late.headers()["content-range"].to_str().unwrap()),
        (206, "bytes 1999-2999/360000")
    );
    faults.next(Route::Audio, Fault::OtherTag, 1);
    let other = part("1000-").await.unwrap();
    assert!(other.status() == 206 && tag_of(&other) != tag);
    faults.next(Route::Audio, Fault::CutAfter(100_000), 1);
    let mut response = desk.get(&path).await.unwrap();
    let mut received = 0;
    while let Ok(Some(piece)) = response.chunk().await {
        received += piece.len();
    }
    assert!((1..=100_000).contains(&received), "{received}");
    faults.next(Route::Audio, Fault::StallAfter(100_000), 1);
    let mut response = part("4-").await.unwrap();
    let mut received = Vec::new();
    let silence = async {
        while let Some(piece) = response.chunk().await.unwrap() {
            received.extend_from_slice(&piece);
        }
    };
    assert!(tokio::time::timeout(Duration::from_millis(300), silence).await.is_err());
    assert_eq!(received, truth[4..100_004]);
    assert!(desk.server.replace_recording(&id, b"RIFFnew".to_vec()) && !desk.server.replace_recording("none", vec![]));
    let new = desk.get(&path).await.unwrap();
    assert!(tag_of(&new) != tag && new.bytes().await.unwrap() == b"RIFFnew".as_slice());
}

#[tokio::test]
async fn records_come_late_with_an_older_date_go_and_come_back() {
    let desk = Desk::open(generated(Personality::Production, 200)).await;
    let ids = desk.server.record_ids();
    let late = desk.server.add_late_record(Duration::from_secs(30 * 3_600));
    let place = desk.server.record_ids().iter().position(|id| *id == late).unwrap();
    assert!((20..190).contains(&place), "{place}");
    assert_eq!(desk.page_to_the_end(100).await.len(), 201);
    assert!(desk.server.remove_record(&ids[7]) && !desk.server.restore_record("none"));
    assert_eq!(desk.status(&format!("/api/labels/{}", ids[7])).await, 404);
    assert!(desk.server.restore_record(&ids[7]) && desk.server.remove_record(&late));
    assert_eq!(desk.server.record_ids(), ids);
    let requests = desk.server.requests();
    assert!(requests.log.iter().all(|request| request.at_once == 1));
}
