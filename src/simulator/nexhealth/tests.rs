//! The pretended NexHealth met over its own address: tokens, pages, refusals, both versions.
//!
//! Its webhooks are met in the tests of `hooks`.

use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

use super::{NewAppointment, NexHealthHandle, Setup};
use crate::simulator::{Config, Fault, Personality, Route, Simulator, SimulatorHandle, Source};

struct House {
    server: SimulatorHandle,
    nexhealth: NexHealthHandle,
    client: Client,
    token: String,
}

fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::parse_from_rfc3339("2026-02-20T14:02:00Z").unwrap().to_utc()
}

impl House {
    async fn open() -> Self {
        let mut config = Config::new(Personality::Production, Source::Demo, now());
        config.nexhealth = Some(Setup::default());
        let server = Simulator::start(config).await.unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder().no_proxy().build().unwrap();
        let nexhealth = server.nexhealth().unwrap();
        let mut house = Self { server, nexhealth, client, token: String::new() };
        let answer = house.authenticate(&house.nexhealth.key()).await;
        assert_eq!(answer.status(), 201);
        house.token = body(answer).await["data"]["token"].as_str().unwrap().to_owned();
        house
    }

    async fn authenticate(&self, key: &str) -> Response {
        let url = self.nexhealth.base_url() + "/authenticates";
        self.client.post(url).header("authorization", key).send().await.unwrap()
    }

    async fn ask(&self, method: Method, rest: &str, wish: Value) -> Response {
        let request = self.client.request(method, self.nexhealth.base_url() + rest).bearer_auth(&self.token);
        request.header("nex-api-version", "v3.0.0").body(wish.to_string()).send().await.unwrap()
    }

    async fn get(&self, rest: &str) -> Value {
        let answer = self.ask(Method::GET, rest, Value::Null).await;
        assert_eq!(answer.status(), 200, "{rest}");
        body(answer).await
    }

    async fn status(&self, rest: &str) -> u16 {
        self.ask(Method::GET, rest, Value::Null).await.status().as_u16()
    }
}

async fn body(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

const MONTH: &str = "subdomain=harbour-vets&location_id=75&start=2026-02-01T00:00:00%2B0000&end=2026-03-01";

#[tokio::test]
async fn keys_buy_tokens_and_tokens_end() {
    let house = House::open().await;
    for key in ["", "wrong", &format!("Bearer {}", house.nexhealth.key())] {
        assert_eq!(house.authenticate(key).await.status(), 401);
    }
    assert_eq!(house.status("/locations").await, 200);
    house.nexhealth.expire_tokens();
    let refused = house.ask(Method::GET, "/locations", Value::Null).await;
    assert_eq!(refused.status(), 401);
    assert_eq!(body(refused).await["code"], false);
    house.nexhealth.set_token_life(-1);
    let stale = body(house.authenticate(&house.nexhealth.key()).await).await;
    let house = House { token: stale["data"]["token"].as_str().unwrap().to_owned(), ..house };
    assert_eq!(house.status("/locations").await, 401);
    house.nexhealth.set_key_revoked(true);
    assert_eq!(house.authenticate(&house.nexhealth.key()).await.status(), 401);
}

#[tokio::test]
async fn every_appointment_is_met_once_by_following_cursors() {
    let house = House::open().await;
    let mut found = Vec::new();
    let mut cursor = String::new();
    for _ in 0..100 {
        let page = house.get(&format!("/appointments?{MONTH}&per_page=7{cursor}")).await;
        assert_eq!(page["code"], true);
        found.extend(page["data"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()));
        if page["page_info"]["has_next_page"] == false {
            break;
        }
        cursor = format!("&end_cursor={}", page["page_info"]["end_cursor"].as_str().unwrap());
    }
    let all: Vec<i64> = house.nexhealth.appointments().iter().map(|known| known.id).collect();
    assert!(all.len() > 40);
    assert_eq!(found, all);
    assert_eq!(house.get(&format!("/appointments?{MONTH}")).await["data"].as_array().unwrap().len(), 5);
    assert_eq!(house.server.requests().count(Route::Appointments), all.len().div_ceil(7) + 1);
}

#[tokio::test]
async fn appointments_are_asked_for_as_documented_or_not_at_all() {
    let house = House::open().await;
    for (rest, expected) in [
        ("subdomain=harbour-vets&location_id=75&start_date=2026-02-01&end_date=2026-03-01", 400),
        ("subdomain=harbour-vets&start=2026-02-01&end=2026-03-01", 400),
        ("location_id=75&start=2026-02-01&end=2026-03-01", 400),
        ("subdomain=other&location_id=75&start=2026-02-01&end=2026-03-01", 403),
        ("subdomain=harbour-vets&location_id=76&start=2026-02-01&end=2026-03-01", 404),
        ("subdomain=harbour-vets&location_id=75&start=2026-02-01T00:00:00+0000&end=2026-03-01", 400),
        (&format!("{MONTH}&sort=start_time"), 400),
        (&format!("{MONTH}&sort=-updated_at"), 200),
    ] {
        assert_eq!(house.status(&format!("/appointments?{rest}")).await, expected, "{rest}");
    }
    let rows = house.get(&format!("/appointments?{MONTH}&per_page=1000")).await;
    let rows = rows["data"].as_array().unwrap();
    let row = rows.iter().find(|row| row["patient_id"].is_i64()).unwrap();
    assert!(row.get("patient_name").is_none() && row.get("operatory_name").is_none());
    assert_eq!((&row["timezone"], &row["timezone_offset"]), (&json!("Europe/London"), &json!("+00:00")));
    let count = |test: fn(&Value) -> bool| rows.iter().filter(|row| test(row)).count();
    assert!(count(|row| row["unavailable"] == true) > 0 && count(|row| row["cancelled"] == true) > 0);
    let blocks = house.get(&format!("/appointments?{MONTH}&unavailable=true&per_page=1000")).await;
    assert_eq!(blocks["data"].as_array().unwrap().len(), count(|row| row["unavailable"] == true));
    house.server.faults().next(Route::Appointments, Fault::RateLimited { retry_after: None }, 1);
    assert_eq!(house.status(&format!("/appointments?{MONTH}")).await, 429);
}

#[tokio::test]
async fn what_changed_since_is_all_that_comes() {
    let house = House::open().await;
    let id = house.nexhealth.appointments()[3].id;
    let since = format!("/appointments?{MONTH}&updated_since=2026-02-20T14:02:00Z");
    assert_eq!(house.get(&since).await["data"], json!([]));
    assert!(house.nexhealth.cancel(id));
    let changed = house.get(&since).await;
    assert_eq!((&changed["data"][0]["id"], &changed["data"][0]["cancelled"]), (&json!(id), &json!(true)));
    let starts_at = now() + chrono::Duration::hours(1);
    let new = house.nexhealth.fail_insertion(NewAppointment::new(1, starts_at, "Bella", "Hughes"));
    let one =
        house.get(&format!("/appointments/{new}?subdomain=harbour-vets&include[]=patient&include[]=operatory")).await;
    assert!(one["data"]["foreign_id"].is_null());
    assert_eq!(
        (&one["data"]["patient"]["name"], &one["data"]["operatory"]["name"]),
        (&json!("Bella Hughes"), &json!("Room 2"))
    );
    assert_eq!(house.status("/appointments/7?subdomain=harbour-vets").await, 404);
}

#[tokio::test]
async fn names_are_found_by_their_numbers_and_the_legacy_version_tells_them() {
    let house = House::open().await;
    let row = house.get(&format!("/appointments?{MONTH}&per_page=1")).await["data"][0].clone();
    let patient = house.get(&format!("/patients/{}?subdomain=harbour-vets", row["patient_id"])).await;
    let rooms = house.get("/operatories?subdomain=harbour-vets&location_id=75&per_page=50").await;
    let rooms = rooms["data"].as_array().unwrap();
    let room = rooms.iter().find(|room| room["id"] == row["operatory_id"]).unwrap();
    assert_eq!(
        rooms.iter().map(|room| room["name"].clone()).collect::<Vec<_>>(),
        ["Room 1", "Room 2", "Room 3", "Surgery"]
    );
    assert_eq!(house.get("/locations").await["data"][0]["locations"][0]["tz"], "Europe/London");
    let url = format!("{}/appointments?{MONTH}&per_page=2&page=2", house.nexhealth.base_url());
    let legacy = house.client.get(&url).bearer_auth(&house.token);
    let legacy = legacy.header("accept", "application/vnd.Nexhealth+json; version=2").send().await.unwrap();
    let legacy = body(legacy).await;
    assert_eq!(legacy["count"], house.nexhealth.appointments().len());
    let url = format!("{}/appointments/{}?subdomain=harbour-vets", house.nexhealth.base_url(), row["id"]);
    let old = house.client.get(&url).bearer_auth(&house.token).header("nex-api-version", "v2").send().await.unwrap();
    let old = body(old).await;
    assert_eq!(
        (&old["data"]["patient_name"], &old["data"]["operatory_name"]),
        (&patient["data"]["name"], &room["name"])
    );
    let bare = house.client.get(&url).bearer_auth(&house.token).send().await.unwrap();
    assert_eq!(bare.status(), 400);
}

#[tokio::test]
async fn endpoints_and_subscriptions_live_and_die() {
    let house = House::open().await;
    let wish = json!({ "target_url": "https://desk.example/x", "active": true });
    let made = house.ask(Method::POST, "/webhook_endpoints", wish).await;
    assert_eq!(made.status(), 201);
    let id = body(made).await["data"]["id"].as_i64().unwrap();
    let plain = json!({ "target_url": "http://desk.example/x" });
    assert_eq!(house.ask(Method::POST, "/webhook_endpoints", plain).await.status(), 400);
    let path = format!("/webhook_endpoints/{id}/webhook_subscriptions");
    let scoped = format!("{path}?subdomain=harbour-vets");
    for (rest, resource, event, expected) in [
        (&scoped, "Appointment", "appointment_created", 201),
        (&scoped, "appointment", "appointment_updated", 201),
        (&scoped, "Patient", "patient_updated", 201),
        (&scoped, "Appointment", "appointment_insertion.complete", 400),
        (&scoped, "Patient", "appointment_updated", 400),
        (&scoped, "Nothing", "nothing_created", 400),
        (&path, "Appointment", "appointment_created", 400),
        (&scoped, "Onboarding", "onboarding_created", 400),
        (&path, "Onboarding", "onboarding_created", 201),
    ] {
        let wish = json!({ "resource_type": resource, "event": event });
        assert_eq!(house.ask(Method::POST, rest, wish).await.status(), expected, "{rest} {resource} {event}");
    }
    assert_eq!(house.get(&path).await["data"].as_array().unwrap().len(), 4);
    let own = house.get(&scoped).await["data"].clone();
    assert_eq!(own.as_array().unwrap().len(), 3);
    assert_eq!((&own[1]["resource_type"], &own[1]["active"]), (&json!("Appointment"), &json!(true)));
    assert!(house.nexhealth.set_endpoint_active(id, false));
    assert_eq!(house.get("/webhook_endpoints?active=true").await["data"], json!([]));
    let one = format!("{path}/{}?subdomain=harbour-vets", own[0]["id"]);
    assert_eq!(house.ask(Method::PATCH, &one, json!({ "active": true })).await.status(), 200);
    assert_eq!(house.get("/webhook_endpoints?active=true").await["data"][0]["id"], id);
    assert_eq!(house.ask(Method::DELETE, &one, Value::Null).await.status(), 204);
    assert_eq!(house.ask(Method::DELETE, &one, Value::Null).await.status(), 404);
    let gone = format!("/webhook_endpoints/{id}");
    assert_eq!(house.ask(Method::PUT, &gone, Value::Null).await.status(), 405);
    assert_eq!(house.ask(Method::DELETE, &gone, Value::Null).await.status(), 204);
    assert!(house.nexhealth.endpoints().is_empty());
}

#[tokio::test]
async fn a_planted_day_is_in_the_book_and_among_the_records() {
    let house = House::open().await;
    let day = house.nexhealth.plant_day("2026-01-14".parse().unwrap()).unwrap();
    let ids = house.server.record_ids();
    assert!(day.pairs.iter().all(|(_, record)| ids.contains(record)));
    let rest = "subdomain=harbour-vets&location_id=75&start=2026-01-14&end=2026-01-15&per_page=1000";
    let rows = house.get(&format!("/appointments?{rest}")).await;
    let traps: usize = day.traps.iter().map(|trap| trap.appointments.len()).sum();
    assert_eq!(rows["data"].as_array().unwrap().len(), 30 + traps);
}
