//! What the endpoints answer in both manners: shapes, pages, refusals, recordings.
//!
//! Nothing goes wrong here; see `misfortunes`.

use super::*;

#[tokio::test]
async fn docs_answers_as_the_quickstart_prints_it() {
    let desk = Desk::open(generated(Personality::Docs, 60)).await;
    assert!(desk.server.key().starts_with("eyJ"));
    assert_eq!(desk.status("/api/auth/me").await, 404);
    let me = desk.json("/api/auth/introspect-org").await;
    assert_eq!(me["organizationId"], desk.server.organization_id());
    assert_eq!(me["features"]["orgHasNxMicAccess"], true);
    let devices = desk.json(&format!("/api/devices?organizationId={}&limit=10", desk.server.organization_id())).await;
    assert!(devices[0]["displayName"].is_string() && devices[0]["value"].is_string());
    let rows = desk.json(&desk.list("types=CombinedClinicConv&limit=5")).await;
    assert_eq!(rows.as_array().unwrap().len(), 5);
    assert!(rows[0]["fromTime"].as_str().unwrap().ends_with('Z'));
    assert_eq!(rows[0]["createdBy"]["firstName"], "Dr.");
    let id = desk.server.record_ids().into_iter().find(|id| !desk.server.pending_record_ids().contains(id)).unwrap();
    let detail = desk.json(&format!("/api/labels/{id}")).await;
    let notes = &detail["ownedPatientNotes"];
    assert_eq!((&notes[0]["type"], &notes[1]["type"]), (&"Transcript".into(), &"SOAP".into()));
    assert!(notes[1]["content"].as_str().unwrap().starts_with("S: "));
    assert_eq!(desk.status(&format!("/api/labels/{id}/audio")).await, 404);
}

#[tokio::test]
async fn production_has_its_quirks() {
    let desk = Desk::open(generated(Personality::Production, 60)).await;
    assert!(desk.server.key().starts_with("nxvet_sk_"));
    assert_eq!(desk.status("/api/auth/introspect-org").await, 404);
    assert!(desk.json("/api/auth/me").await["organizationName"].is_string());
    let devices = desk.json(&format!("/api/devices?organizationId={}", desk.server.organization_id())).await;
    let rows = devices.as_array().unwrap();
    let hardware = rows.iter().filter(|row| row["serial"].as_str().unwrap().starts_with("nxhub-")).count();
    assert!(hardware == 4 && rows.len() > hardware);
    let rows = desk.json(&desk.list("")).await;
    assert_eq!(rows.as_array().unwrap().len(), 20);
    assert!(rows[0]["fromTime"].is_i64() && rows[0]["ownedPatientNotes"].is_null());
    assert!(rows[0]["metadata"].as_str().unwrap().contains("status"));
    let empty = desk.get(&desk.list("types%5B%5D=CombinedClinicConv")).await.unwrap();
    assert_eq!(empty.headers()["x-total-count"], "0");
    let id = desk.server.record_ids().into_iter().find(|id| !desk.server.pending_record_ids().contains(id)).unwrap();
    let detail = desk.json(&format!("/api/labels/{id}")).await;
    let soap: Value = serde_json::from_str(detail["ownedPatientNotes"][1]["content"].as_str().unwrap()).unwrap();
    assert!(soap["clinical_note"]["Plan"]["value"].as_str().unwrap().len() > 10);
}

#[tokio::test]
async fn paging_reaches_every_record_once_and_limits_are_kept() {
    let desk = Desk::open(generated(Personality::Production, 523)).await;
    let ids = desk.page_to_the_end(100).await;
    assert_eq!(ids, desk.server.record_ids());
    let kinds = record::Kind::ALL.map(record::Kind::vendor_name).into_iter().chain(["SomethingNew"]);
    let query = kinds.fold("limit=5000".to_owned(), |query, kind| format!("{query}&types={kind}"));
    let page = desk.get(&desk.list(&query)).await.unwrap();
    assert_eq!(page.headers()["x-total-count"], "523");
    assert_eq!(parse(page).await.unwrap().as_array().unwrap().len(), 100);
    let oldest = desk.json(&desk.list("limit=1&isSortingDescending=False")).await;
    assert_eq!(oldest[0]["id"], *desk.server.record_ids().last().unwrap());
    let found = desk.json(&desk.list("limit=100&patientSearch=bella")).await;
    let found = found.as_array().unwrap();
    assert!(!found.is_empty() && found.iter().all(|row| row["patient"]["name"] == "Bella"));
}

#[tokio::test]
async fn records_that_arrive_while_paging_shift_the_pages() {
    let desk = Desk::open(generated(Personality::Docs, 60)).await;
    let first = desk.json(&desk.list("limit=20")).await;
    let added = desk.server.add_records(20);
    let second = desk.json(&desk.list("limit=20&offset=20")).await;
    assert_eq!(first, second);
    let top = desk.json(&desk.list("limit=1")).await;
    assert_eq!(top[0]["id"], *added.last().unwrap());
    assert!(desk.server.remove_record(&added[0]));
    assert_eq!(desk.server.record_ids().len(), 79);
}

#[tokio::test]
async fn keys_and_scopes_are_judged_before_anything_else() {
    let desk = Desk::open(generated(Personality::Production, 5)).await;
    let url = desk.server.base_url() + "/api/auth/me";
    let bare = desk.client.get(&url).send().await.unwrap();
    assert_eq!(bare.status(), 401);
    assert_eq!(bare.text().await.unwrap(), "");
    assert_eq!(desk.client.get(&url).bearer_auth("wrong").send().await.unwrap().status(), 401);
    desk.server.remove_scope("organizations:read");
    assert_eq!(desk.status(&desk.list("limit=1")).await, 403);
    assert_eq!(desk.status("/api/auth/me").await, 200);
    desk.server.revoke_key();
    assert_eq!(desk.status("/api/auth/me").await, 401);
    assert_eq!(desk.status("/api/patients").await, 401);
    desk.server.restore_key();
    assert_eq!(desk.status("/api/patients").await, 404);
    assert_eq!(desk.status("/api/organizations/another/labels").await, 404);
    let requests = desk.server.requests();
    assert!(!requests.log[0].had_authorization && requests.log[1].had_authorization);
    assert_eq!((requests.count(Route::Identity), requests.count(Route::Any)), (4, 8));
}

#[tokio::test]
async fn recordings_come_whole_in_parts_or_not_at_all() {
    let desk = Desk::open(generated(Personality::Production, 80)).await;
    let id = desk.server.record_ids().into_iter().find(|id| desk.server.recording_bytes(id).is_some()).unwrap();
    let truth = desk.server.recording_bytes(&id).unwrap();
    let path = format!("/api/labels/{id}/audio");
    let whole = desk.get(&path).await.unwrap();
    assert_eq!(whole.headers()["accept-ranges"], "bytes");
    let etag = whole.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(whole.content_length(), Some(truth.len() as u64));
    assert_eq!(whole.bytes().await.unwrap(), truth);
    let url = desk.server.base_url() + &path;
    let part = |from: &str, tag: &str| {
        let request = desk.client.get(&url).bearer_auth(desk.server.key());
        request.header("range", format!("bytes={from}")).header("if-range", tag.to_owned()).send()
    };
    let rest = part("1000-", &etag).await.unwrap();
    assert_eq!(rest.status(), 206);
    assert_eq!(rest.headers()["content-range"], format!("bytes 1000-{}/{}", truth.len() - 1, truth.len()));
    assert_eq!(rest.bytes().await.unwrap(), truth[1000..]);
    assert_eq!(part("1000-", "\"old\"").await.unwrap().status(), 200);
    assert_eq!(part("99999999-", &etag).await.unwrap().status(), 416);
    desk.server.faults().next(Route::Audio, Fault::IgnoreRange, 1);
    assert_eq!(part("1000-", &etag).await.unwrap().status(), 200);
    desk.server.faults().next(Route::Audio, Fault::WrongRangeStart, 1);
    assert!(part("1000-", &etag).await.unwrap().headers()["content-range"].to_str().unwrap().starts_with("bytes 500-"));
    let silent = desk.server.record_ids().into_iter().find(|id| desk.server.recording_bytes(id).is_none()).unwrap();
    assert_eq!(desk.status(&format!("/api/labels/{silent}/audio")).await, 404);
}

#[tokio::test]
async fn docs_serves_recordings_by_storage_path_and_can_refuse_parts() {
    let mut config = generated(Personality::Docs, 10);
    config.range = false;
    config.audio_bytes_per_second = Some(4_000_000);
    let desk = Desk::open(config).await;
    let id = desk.server.push_record(NewRecord { recording: Some(b"RIFFodd".to_vec()), ..NewRecord::default() });
    let request = desk.client.get(desk.server.base_url() + &desk.s3(&id)).bearer_auth(desk.server.key());
    let response = request.header("range", "bytes=3-").send().await.unwrap();
    assert_eq!(response.status(), 200);
    assert!(!response.headers().contains_key("accept-ranges") && !response.headers().contains_key("etag"));
    assert_eq!(response.bytes().await.unwrap(), &b"RIFFodd"[..]);
    assert_eq!(desk.status("/api/s3-file/download?bucketName=other&key=x").await, 404);
}
