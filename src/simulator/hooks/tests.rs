//! The senders met from outside: what arrives at a plain listener, what NxVET's pages say of it, what comes again.
//!
//! Signatures are reckoned anew by the documents' own formulas, not by `sign`.

use std::{
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpListener,
};

use super::*;
use crate::simulator::{
    Config, Fault, NewRecord, Personality, Route, Simulator, SimulatorHandle, Source,
    nexhealth::{NewAppointment, Setup},
};
use std::sync::Arc;

const LIMIT: std::time::Duration = std::time::Duration::from_secs(20);

/// One request as it arrived.
#[derive(Clone, Debug)]
struct Arrived {
    head: String,
    body: Bytes,
}

impl Arrived {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(": ")?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// A listener that answers with the statuses it was given, then with 200.
struct Ear {
    address: SocketAddr,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Ear {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ear = Self { address: listener.local_addr().unwrap(), arrived: Arc::default(), statuses: Arc::default() };
        let (arrived, statuses) = (Arc::clone(&ear.arrived), Arc::clone(&ear.statuses));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(hear(stream, Arc::clone(&arrived), Arc::clone(&statuses)));
            }
        });
        ear
    }

    fn url(&self) -> String {
        format!("http://{}/hooks/secret-path", self.address)
    }

    /// The next answers; the last one given is used up like the others.
    fn answers(&self, statuses: &[u16]) {
        *self.statuses.lock().unwrap() = statuses.iter().rev().copied().collect();
    }

    fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn after(&self, count: usize) -> Vec<Arrived> {
        until(|| self.all().len() >= count).await;
        self.all()
    }
}

async fn hear(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    arrived: Arc<Mutex<Vec<Arrived>>>,
    statuses: Arc<Mutex<Vec<u16>>>,
) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4_096];
    let whole = loop {
        let count = stream.read(&mut piece).await.unwrap_or(0);
        bytes.extend_from_slice(&piece[..count]);
        if let Some(whole) = taken_apart(&bytes) {
            break whole;
        }
        if count == 0 {
            return;
        }
    };
    arrived.lock().unwrap().push(whole);
    let status = statuses.lock().unwrap().pop().unwrap_or(200);
    let _gone = stream.write_all(format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n").as_bytes()).await;
    let _gone = stream.shutdown().await;
}

fn taken_apart(bytes: &[u8]) -> Option<Arrived> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..end].to_vec()).unwrap();
    let arrived = Arrived { head, body: Bytes::copy_from_slice(&bytes[end + 4..]) };
    let length: usize = arrived.header("content-length")?.parse().unwrap();
    (arrived.body.len() >= length).then_some(arrived)
}

async fn until(test: impl Fn() -> bool) {
    let began = Instant::now();
    while !test() {
        assert!(began.elapsed() < LIMIT, "it did not happen in time");
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
}

fn config(personality: Personality) -> Config {
    let now = chrono::DateTime::from_timestamp(1_771_581_600, 0).unwrap();
    let mut config = Config::new(personality, Source::Generated { records: 5, seed: 3 }, now);
    config.hooks.factor = 20_000.0;
    config
}

struct Office {
    server: SimulatorHandle,
    client: Client,
}

impl Office {
    async fn open(config: Config) -> Self {
        let server = Simulator::start(config).await.unwrap();
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self { server, client: Client::builder().no_proxy().build().unwrap() }
    }

    async fn ask(&self, method: Method, rest: &str, body: Option<Value>) -> Response {
        let url =
            format!("{}/api/organizations/{}/webhooks{rest}", self.server.base_url(), self.server.organization_id());
        let mut request = self.client.request(method, url).bearer_auth(self.server.key());
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body.to_string());
        }
        request.send().await.unwrap()
    }

    async fn json(&self, rest: &str) -> Value {
        let response = self.ask(Method::GET, rest, None).await;
        assert_eq!(response.status(), 200);
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    async fn create(&self, body: Value) -> Value {
        let response = self.ask(Method::POST, "", Some(body)).await;
        assert!(response.status().is_success());
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    async fn quiet(&self) {
        until(|| self.server.hooks().pending() == 0).await;
    }
}

/// By the formula of RFC 2104, from the digest alone.
fn mac(key: &str, message: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let mut block = [0_u8; 64];
    assert!(key.len() <= 64);
    block[..key.len()].copy_from_slice(key.as_bytes());
    let pad = |with: u8| block.map(|byte| byte ^ with);
    let inner = Sha256::digest([pad(0x36).as_slice(), message].concat());
    let outer = Sha256::digest([pad(0x5c).as_slice(), inner.as_slice()].concat());
    sign::hex(&outer)
}

fn is_signed(arrived: &Arrived, secret: &str) -> bool {
    arrived.header("x-nervex-signature") == Some(format!("sha256={}", mac(secret, &arrived.body)).as_str())
}

#[tokio::test]
async fn a_webhook_is_made_shown_once_listed_tested_and_deleted() {
    for personality in [Personality::Docs, Personality::Production] {
        let office = Office::open(config(personality)).await;
        let ear = Ear::open().await;
        let made = office.create(json!({ "url": ear.url(), "description": "desk", "eventTypes": ["new_label"] })).await;
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_") && secret.len() > 40);
        let listed = office.json("").await;
        assert_eq!((&listed[0]["id"], listed[0].get("secret")), (&made["id"], None));
        assert_eq!((&listed[0]["isActive"], &listed[0]["consecutiveFailures"]), (&json!(true), &json!(0)));
        let id = made["id"].as_str().unwrap();
        assert!(office.ask(Method::POST, &format!("/{id}/test"), None).await.status().is_success());
        let ping = ear.after(1).await.remove(0);
        assert!(is_signed(&ping, secret));
        assert_eq!(ping.json()["data"], json!({ "test": true }));
        assert_eq!(ping.header("x-nervex-event"), Some("ping"));
        assert!(ping.header("x-nervex-delivery").unwrap().starts_with("evt_test_"));
        assert_eq!(ping.header("x-nervex-delivery"), ping.json()["id"].as_str());
        office.quiet().await;
        let rows = office.json(&format!("/{id}/deliveries")).await;
        assert_eq!((&rows[0]["eventId"], &rows[0]["httpStatusCode"]), (&ping.json()["id"], &json!(200)));
        assert_eq!((&rows[0]["success"], &rows[0]["attemptNumber"]), (&json!(true), &json!(1)));
        assert!(office.ask(Method::DELETE, &format!("/{id}"), None).await.status().is_success());
        assert_eq!(office.ask(Method::DELETE, &format!("/{id}"), None).await.status(), 404);
        assert_eq!(office.json("").await, json!([]));
        assert_eq!(office.ask(Method::PUT, &format!("/{id}"), None).await.status(), 405);
    }
}

#[tokio::test]
async fn the_eleventh_is_refused_and_so_is_a_key_without_the_right() {
    let office = Office::open(config(Personality::Production)).await;
    for turn in 0..10 {
        office.create(json!({ "url": format!("https://a{turn}.example/x") })).await;
    }
    let eleventh = json!({ "url": "https://b.example/x" });
    assert_eq!(office.ask(Method::POST, "", Some(eleventh.clone())).await.status(), 409);
    office.server.remove_scope("organizations:write");
    assert_eq!(office.ask(Method::POST, "", Some(eleventh)).await.status(), 403);
    assert_eq!(office.json("").await.as_array().unwrap().len(), 10);
    office.server.faults().next(Route::Webhooks, Fault::Status(503), 1);
    assert_eq!(office.ask(Method::GET, "", None).await.status(), 503);
}

#[tokio::test]
async fn an_answer_can_be_lost_before_or_after_the_webhook_was_made() {
    let office = Office::open(config(Personality::Production)).await;
    // A pooled connection that breaks before the head is tried again by the client itself.
    let client = Client::builder().no_proxy().pool_max_idle_per_host(0).build().unwrap();
    let url = format!("{}/api/organizations/{}/webhooks", office.server.base_url(), office.server.organization_id());
    for (fault, made) in [(Fault::Reset, 0), (Fault::LostAnswer, 1)] {
        office.server.faults().next(Route::NewWebhook, fault, 1);
        let wish = json!({ "url": "https://a.example/x", "description": "nonce-1" }).to_string();
        assert!(client.post(&url).bearer_auth(office.server.key()).body(wish).send().await.is_err());
        assert_eq!(office.json("").await.as_array().unwrap().len(), made);
    }
    assert_eq!(office.json("").await[0]["description"], "nonce-1");
}

#[tokio::test]
async fn a_key_that_was_withdrawn_makes_no_webhook() {
    let office = Office::open(config(Personality::Production)).await;
    office.server.revoke_key();
    assert_eq!(office.ask(Method::GET, "", None).await.status(), 401);
}

#[tokio::test]
async fn what_happens_in_the_clinic_is_told_to_who_wants_it() {
    let office = Office::open(config(Personality::Production)).await;
    let (all, some) = (Ear::open().await, Ear::open().await);
    office.server.hooks().set_habits(Habits { at_once: 1, ..Habits::default() });
    let hook = office.server.hooks().add(NewHook { url: all.url(), ..NewHook::default() }).unwrap();
    let types = Some(vec!["label_deleted".to_owned()]);
    office.server.hooks().add(NewHook { url: some.url(), event_types: types, ..NewHook::default() }).unwrap();
    let started = office.server.start_conversation(1).unwrap();
    assert!(office.server.end_conversation(&started.conversation_id));
    let record = office.server.record_conversation(&started.conversation_id).unwrap();
    assert!(office.server.advance_note(&record));
    assert!(office.server.remove_record(&record));
    let told = all.after(5).await;
    let types: Vec<_> = told.iter().map(|one| one.json()["type"].as_str().unwrap().to_owned()).collect();
    let expected = ["conversation_created", "conversation_completed", "new_label", "label_updated", "label_deleted"];
    assert_eq!(types, expected);
    assert!(told.iter().all(|one| is_signed(one, &hook.secret)));
    let data = json!({ "conversationId": started.conversation_id, "deviceId": started.device_id });
    assert_eq!(told[0].json()["data"], data);
    assert_eq!(told[4].json()["data"], json!({ "labelId": record }));
    assert!(told[0].json()["timestamp"].as_str().unwrap().ends_with("+00:00"));
    assert_eq!(some.after(1).await.len(), 1);
    let detail = format!("/api/nxhub/conversations/{}/{}", started.device_id, started.conversation_id);
    let detail = office.client.get(office.server.base_url() + &detail).bearer_auth(office.server.key()).send().await;
    assert_eq!(detail.unwrap().status(), 200);
}

#[tokio::test]
async fn failures_come_again_by_the_table_and_switch_a_webhook_off() {
    let office = Office::open(config(Personality::Production)).await;
    let ear = Ear::open().await;
    let hooks = office.server.hooks();
    hooks.set_habits(Habits { factor: 20_000.0, switch_off_after: 9, ..Habits::default() });
    let hook = hooks.add(NewHook { url: ear.url(), ..NewHook::default() }).unwrap();
    ear.answers(&[500, 429, 503, 200]);
    hooks.send("new_label", &json!({ "labelId": "a" }));
    assert_eq!(ear.after(4).await.len(), 4);
    office.quiet().await;
    assert_eq!(hooks.all()[0].consecutive_failures, 0);
    ear.answers(&[401]);
    hooks.send("new_label", &json!({ "labelId": "b" }));
    office.quiet().await;
    assert_eq!((ear.all().len(), hooks.all()[0].consecutive_failures), (5, 1));
    ear.answers(&[500; 60]);
    hooks.send("new_label", &json!({ "labelId": "c" }));
    office.quiet().await;
    assert_eq!(ear.all().len(), 5 + 6);
    let attempts: Vec<u32> = hooks.delivered().iter().rev().take(6).map(|one| one.attempt).collect();
    assert_eq!(attempts, [6, 5, 4, 3, 2, 1]);
    hooks.send("new_label", &json!({ "labelId": "d" }));
    office.quiet().await;
    assert!(!hooks.all()[0].is_active);
    assert_eq!(hooks.send("new_label", &json!({ "labelId": "e" })), 0);
    let listed = office.json("").await;
    assert_eq!((&listed[0]["isActive"], &listed[0]["consecutiveFailures"]), (&json!(false), &json!(9)));
    let rows = office.json(&format!("/{}/deliveries", hook.id)).await;
    assert_eq!((&rows[0]["errorMessage"], &rows[0]["httpStatusCode"]), (&json!("Internal Server Error"), &json!(500)));
    ear.answers(&[]);
    assert!(office.ask(Method::POST, &format!("/{}/enable", hook.id), None).await.status().is_success());
    assert!(hooks.all()[0].is_active);
    assert_eq!(hooks.send("new_label", &json!({ "labelId": "f" })), 1);
    office.quiet().await;
    assert_eq!(hooks.all()[0].consecutive_failures, 0);
}

#[tokio::test]
async fn nobody_at_the_address_and_a_broken_tunnel_are_told_apart() {
    let office = Office::open(config(Personality::Production)).await;
    let hooks = office.server.hooks();
    let ear = Ear::open().await;
    hooks.tunnel("desk.example", ear.address);
    hooks.add(NewHook { url: "https://desk.example/hooks/x".to_owned(), ..NewHook::default() }).unwrap();
    hooks.send("new_label", &json!({}));
    let arrived = ear.after(1).await.remove(0);
    assert_eq!(arrived.header("host"), Some("desk.example"));
    assert_eq!(arrived.header("x-forwarded-proto"), Some("https"));
    office.quiet().await;
    hooks.break_tunnel("desk.example");
    hooks.forget_delivered();
    hooks.send("new_label", &json!({}));
    office.quiet().await;
    assert!(hooks.delivered().iter().all(|one| one.status == Some(502)));
    assert_eq!(hooks.delivered().len(), 6);
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    hooks.forget_delivered();
    hooks.add(NewHook { url: format!("http://{free}/x"), ..NewHook::default() }).unwrap();
    hooks.add(NewHook { url: "https://nowhere.example/x".to_owned(), ..NewHook::default() }).unwrap();
    hooks.send("label_deleted", &json!({}));
    office.quiet().await;
    let why =
        |part: &str| hooks.delivered().iter().any(|one| one.error.as_deref() == Some(part) && one.status.is_none());
    assert!(why("Connection refused") && why("The address could not be found"));
}

#[tokio::test]
async fn held_events_leave_shuffled_doubled_and_spoilt_as_asked() {
    let office = Office::open(config(Personality::Production)).await;
    let ear = Ear::open().await;
    let hooks = office.server.hooks();
    hooks.set_habits(Habits { at_once: 1, ..Habits::default() });
    let hook = hooks.add(NewHook { url: ear.url(), ..NewHook::default() }).unwrap();
    hooks.hold();
    let ids = office.server.add_records(4);
    assert!(ear.all().is_empty());
    assert_eq!(hooks.release(Order::Reversed, 1), 8);
    let told = ear.after(8).await;
    let named: Vec<_> = told.iter().map(|one| one.json()["data"]["labelId"].as_str().unwrap().to_owned()).collect();
    let backwards: Vec<String> = ids.iter().rev().cloned().collect();
    assert_eq!(named, [backwards.clone(), backwards].concat());
    office.quiet().await;
    let spoilt = [
        Forgery::AlteredBody,
        Forgery::OtherSecret,
        Forgery::MadeUpSignature,
        Forgery::TrimmedNewline,
        Forgery::AddedNewline,
        Forgery::Cut,
        Forgery::UpperHex,
        Forgery::WrongPrefix,
        Forgery::Base64,
        Forgery::Without(Header::Signature),
        Forgery::Blank(Header::Signature),
        Forgery::Secret(String::new()),
        Forgery::Reencoded(Reencoding::Pretty),
        Forgery::Reencoded(Reencoding::Sorted),
        Forgery::AsScheme(Scheme::Partner),
        Forgery::AsScheme(Scheme::NexHealth),
    ];
    for forgery in spoilt {
        hooks.forge_next(Some(Scheme::Organization), forgery.clone(), 1);
        hooks.send("new_label", &json!({ "labelId": "x" }));
        office.quiet().await;
        assert!(!is_signed(ear.all().last().unwrap(), &hook.secret), "{forgery:?}");
    }
    for harmless in [Forgery::LyingHeaders, Forgery::LowerCaseNames, Forgery::Foreign, Forgery::Aged(900)] {
        hooks.forge_next(None, harmless.clone(), 1);
        hooks.send("new_label", &json!({ "labelId": "x" }));
        office.quiet().await;
        assert!(is_signed(ear.all().last().unwrap(), &hook.secret), "{harmless:?}");
    }
    hooks.set_habits(Habits { duplicates: 1.0, ..Habits::default() });
    hooks.forget_delivered();
    hooks.send("new_label", &json!({}));
    office.quiet().await;
    let doubled = hooks.delivered();
    assert_eq!((doubled.len(), doubled[1].is_copy, &doubled[0].event_id), (2, true, &doubled[1].event_id));
}

#[tokio::test]
async fn partners_are_told_of_finished_records_with_addresses_that_die() {
    let office = Office::open(config(Personality::Production)).await;
    let ear = Ear::open().await;
    let hooks = office.server.hooks();
    let line = hooks.add_partner(&ear.url());
    let id = office.server.push_record(NewRecord {
        name: "A".to_owned(),
        transcript: Some("Vet: Zoë is well.".to_owned()),
        recording: Some(b"RIFF1234WAVE".to_vec()),
        ..NewRecord::default()
    });
    office.quiet().await;
    assert!(ear.all().is_empty());
    office.server.fill_note(&id);
    let told = ear.after(1).await.remove(0);
    let stamp = told.header("x-nxvet-timestamp").unwrap();
    let message = [stamp.as_bytes(), b".", &told.body].concat();
    assert_eq!(told.header("x-nxvet-signature"), Some(mac(&line.hmac_secret, &message).as_str()));
    assert_eq!(told.header("x-nxvet-partner-id"), Some(line.partner_id.as_str()));
    assert!((1_771_581_600..1_771_581_700).contains(&stamp.parse::<i64>().unwrap()));
    let body = told.json();
    assert_eq!((&body["event_type"], &body["transcript"]), (&json!("record.created"), &json!("Vet: Zoë is well.")));
    assert_eq!((&body["partner_user_key"], &body["data"]), (&json!(line.partner_user_key), &json!({})));
    assert!(body["device_id"].as_str().unwrap().starts_with("NXH-"));
    let url = body["signed_urls"][0]["url"].as_str().unwrap();
    let sound = office.client.get(url).send().await.unwrap();
    assert_eq!(sound.bytes().await.unwrap(), &b"RIFF1234WAVE"[..]);
    assert_eq!(office.client.get(url).bearer_auth(office.server.key()).send().await.unwrap().status(), 400);
    assert_eq!(office.client.get(url.replace("Signature=", "Signature=0")).send().await.unwrap().status(), 403);
    hooks.set_habits(Habits { signed_seconds: -1, ..Habits::default() });
    assert!(hooks.send_to_partners(&id) && hooks.measure(0));
    let told = ear.after(3).await;
    let late = told
        .iter()
        .map(Arrived::json)
        .find(|body| body["signed_urls"][0]["url"].is_string() && *body != told[0].json());
    let late = late.unwrap();
    assert_eq!(office.client.get(late["signed_urls"][0]["url"].as_str().unwrap()).send().await.unwrap().status(), 403);
    assert!(told.iter().any(|one| one.json()["event_type"] == "measurement.created"));
    hooks.forge_next(Some(Scheme::Partner), Forgery::Aged(301), 1);
    assert!(hooks.send_to_partners(&id));
    let old = ear.after(4).await.remove(3);
    assert!(old.header("x-nxvet-timestamp").unwrap().parse::<i64>().unwrap() < 1_771_581_600);
}

#[tokio::test]
async fn nexhealth_counts_its_errors_and_gives_up_after_two_days() {
    let mut config = config(Personality::Production);
    config.nexhealth = Some(Setup::default());
    config.hooks.factor = 500_000.0;
    let office = Office::open(config).await;
    let ear = Ear::open().await;
    let nexhealth = office.server.nexhealth().unwrap();
    let house = nexhealth.base_url();
    let token = office.client.post(format!("{house}/authenticates")).header("authorization", nexhealth.key());
    let token: Value = serde_json::from_slice(&token.send().await.unwrap().bytes().await.unwrap()).unwrap();
    let token = token["data"]["token"].as_str().unwrap().to_owned();
    let ask = |method: Method, rest: &str, body: Value| {
        let request = office.client.request(method, format!("{house}{rest}")).bearer_auth(&token);
        request.header("nex-api-version", "v3.0.0").body(body.to_string()).send()
    };
    let made = ask(Method::POST, "/webhook_endpoints", json!({ "target_url": ear.url() })).await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = serde_json::from_slice(&made.bytes().await.unwrap()).unwrap();
    let (id, secret) = (made["data"]["id"].as_i64().unwrap(), made["data"]["secret_key"].as_str().unwrap().to_owned());
    let path = format!("/webhook_endpoints/{id}/webhook_subscriptions?subdomain=harbour-vets");
    for event in ["appointment_insertion", "appointment_updated"] {
        let wish = json!({ "resource_type": "Appointment", "event": event });
        assert_eq!(ask(Method::POST, &path, wish).await.unwrap().status(), 201);
    }
    ear.answers(&[500, 404]);
    let at = chrono::DateTime::from_timestamp(1_771_581_600, 0).unwrap();
    let number = nexhealth.insert(NewAppointment::new(0, at, "Bella", "Hughes"));
    let third = ear.after(3).await.remove(2);
    let stamp = third.header("timestamp").unwrap();
    let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &third.body);
    assert_eq!(third.header("signature"), Some(mac(&secret, format!("{stamp}.{encoded}").as_bytes()).as_str()));
    let body = third.json();
    assert_eq!(
        (&body["resource_type"], &body["event_name"]),
        (&json!("appointment"), &json!("appointment_insertion.complete"))
    );
    assert_eq!(body["data"]["appointment"]["id"], number);
    let codes: Vec<_> = body["delivery_errors"].as_array().unwrap().iter().map(|error| error["code"].clone()).collect();
    assert_eq!(codes, ["500", "404"]);
    office.quiet().await;
    assert!(nexhealth.endpoints()[0].is_active);
    ear.answers(&[503; 40]);
    assert!(nexhealth.cancel(number));
    office.quiet().await;
    assert_eq!(ear.all().len(), 3 + 11);
    assert!(!nexhealth.endpoints()[0].is_active);
    assert!(nexhealth.uncancel(number));
    assert_eq!(office.server.hooks().pending(), 0);
    ear.answers(&[]);
    let revived = ask(Method::PATCH, &format!("/webhook_endpoints/{id}"), json!({ "active": true })).await.unwrap();
    assert_eq!(revived.status(), 200);
    assert!(nexhealth.check_in(number));
    let last = ear.after(15).await.remove(14).json();
    let appointment = &last["data"]["appointment"];
    assert_eq!((&appointment["cancelled"], appointment["cancelled_at"].is_string()), (&json!(false), true));
    assert_eq!(last["event_name"], "appointment_updated");
}

#[tokio::test]
async fn strings_are_pulled_only_where_that_was_wished() {
    let office = Office::open(config(Personality::Production)).await;
    let pull = |base: String, command: &str, body: Value| {
        office.client.post(format!("{base}/__sim/{command}")).body(body.to_string()).send()
    };
    assert_eq!(pull(office.server.base_url(), "rooms/start", json!({})).await.unwrap().status(), 405);
    let mut open = config(Personality::Production);
    open.control = true;
    open.nexhealth = Some(Setup::default());
    let server = Simulator::start(open).await.unwrap();
    let ear = Ear::open().await;
    let ask = async |command: &str, body: Value| -> Value {
        let response = pull(server.base_url(), command, body).await.unwrap();
        assert_eq!(response.status(), 200, "{command}");
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    };
    ask("habits", json!({ "factor": 100.0, "atOnce": 1 })).await;
    let hook = ask("hooks/add", json!({ "url": ear.url() })).await;
    let started = ask("rooms/start", json!({ "room": 2 })).await;
    ask("rooms/end", json!({ "id": started["conversationId"] })).await;
    let record = ask("rooms/record", json!({ "id": started["conversationId"] })).await;
    ask("records/fill", json!({ "id": record["id"] })).await;
    ask("forge", json!({ "forgery": "upperHex", "times": 1 })).await;
    assert_eq!(ask("send", json!({ "eventType": "new_label", "data": {}, "count": 3 })).await["told"], 3);
    let told = ear.after(8).await;
    assert_eq!(told.iter().filter(|one| is_signed(one, hook["secret"].as_str().unwrap())).count(), 7);
    let booked = ask("nexhealth/book", json!({ "room": 1, "inMinutes": 30, "firstName": "Bella" })).await;
    ask("nexhealth/cancel", json!({ "number": booked["number"] })).await;
    until(|| server.hooks().pending() == 0).await;
    let state = ask("state", json!({})).await;
    assert_eq!((&state["pending"], state["rooms"].as_array().unwrap().len()), (&json!(0), 4));
    assert_eq!(ask("delivered", json!({})).await.as_array().unwrap().len(), 8);
    let planted = ask("nexhealth/plant-day", json!({ "date": "2026-01-14" })).await;
    assert_eq!((planted["pairs"].as_array().unwrap().len(), planted["traps"].as_array().unwrap().len()), (30, 6));
    let unknown = pull(server.base_url(), "rooms/end", json!({ "id": "nothing" })).await.unwrap();
    assert_eq!(unknown.status(), 404);
}

/// A certificate for `localhost` and its key; none, said aloud, on a computer without openssl.
fn certificate(folder: &std::path::Path) -> Option<(Vec<u8>, Vec<u8>)> {
    let wish = "req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost \
                -addext subjectAltName=DNS:localhost -addext basicConstraints=critical,CA:FALSE";
    let made = std::process::Command::new("openssl").args(wish.split_whitespace()).current_dir(folder).output();
    let Ok(made) = made else {
        eprintln!("skipped: openssl is not here");
        return None;
    };
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let read = |name: &str| std::fs::read(folder.join(name)).unwrap();
    Some((read("certificate.pem"), read("key.pem")))
}

#[tokio::test]
async fn a_secured_address_is_called_when_its_authority_is_believed() {
    use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
    let folder = tempfile::tempdir().unwrap();
    let Some((certificate, key)) = certificate(folder.path()) else { return };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let server = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let chain = vec![CertificateDer::from_pem_slice(&certificate).unwrap()];
    let server = server.with_no_client_auth().with_single_cert(chain, PrivateKeyDer::from_pem_slice(&key).unwrap());
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(server.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}/hooks/x", listener.local_addr().unwrap().port());
    let arrived: Arc<Mutex<Vec<Arrived>>> = Arc::default();
    let heard = Arc::clone(&arrived);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            if let Ok(stream) = acceptor.accept(stream).await {
                hear(stream, Arc::clone(&heard), Arc::default()).await;
            }
        }
    });
    let office = Office::open(config(Personality::Production)).await;
    let hooks = office.server.hooks();
    let hook = hooks.add(NewHook { url, ..NewHook::default() }).unwrap();
    hooks.send("new_label", &json!({}));
    office.quiet().await;
    let failed = hooks.delivered();
    assert!(failed.iter().all(|one| one.error.as_deref() == Some("The TLS handshake failed")), "{failed:?}");
    assert_eq!(hooks.trust(&certificate), 1);
    hooks.send("new_label", &json!({}));
    office.quiet().await;
    assert_eq!(hooks.delivered().last().unwrap().status, Some(200));
    assert!(is_signed(&arrived.lock().unwrap()[0], &hook.secret));
}
