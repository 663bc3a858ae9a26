//! A receiver with three routes, an inbox in memory, and bytes sent by hand.

use super::super::{Limits, Listen, Now, Receiver, Route, Running};
use crate::domain::OrganizationId;
use crate::domain::live::{Arrival, CannotKeep, EventKey, Inbox, Kept, Scheme, WebhookSecret, Witnessed};
use chrono::{DateTime, TimeZone as _, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Longest that anything may take; only a failure waits that long.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
pub(super) const ORGANIZATION: &str = "0190aaaa-1111-7000-8000-00000000c0de";
pub(super) const ORGANIZATION_PATH: &str = "0123456789abcdef0123456789abcdef";
pub(super) const PARTNER_PATH: &str = "1123456789abcdef0123456789abcdef";
pub(super) const NEXHEALTH_PATH: &str = "2123456789abcdef0123456789abcdef";
const SECRET: &str = "whsec_A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6";

pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 2, 20, 15, 0, 0).single().expect("a moment")
}

/// Keeps in memory; can be told to fail or to wait.
#[derive(Default)]
pub(super) struct Memory {
    state: Mutex<State>,
    opened: Condvar,
}

#[derive(Default)]
struct State {
    kept: Vec<Arrival>,
    times: HashMap<(Scheme, EventKey), u32>,
    calls: usize,
    witnessed: Vec<Witnessed>,
    failure: Option<CannotKeep>,
    fails_at: Option<EventKey>,
    is_closed: bool,
    waiting: usize,
}

impl Memory {
    pub(super) fn fail(&self, failure: Option<CannotKeep>) {
        self.state.lock().expect("free").failure = failure;
    }

    /// A batch with this one fails.
    pub(super) fn fail_at(&self, key: &str) {
        self.state.lock().expect("free").fails_at = Some(EventKey::new(key));
    }

    /// Calls wait until it is opened.
    pub(super) fn close(&self) {
        self.state.lock().expect("free").is_closed = true;
    }

    pub(super) fn open(&self) {
        self.state.lock().expect("free").is_closed = false;
        self.opened.notify_all();
    }

    pub(super) fn waiting(&self) -> usize {
        self.state.lock().expect("free").waiting
    }

    pub(super) fn calls(&self) -> usize {
        self.state.lock().expect("free").calls
    }

    pub(super) fn kept(&self) -> Vec<Arrival> {
        self.state.lock().expect("free").kept.clone()
    }

    pub(super) fn witnessed(&self) -> Vec<Witnessed> {
        self.state.lock().expect("free").witnessed.clone()
    }
}

impl Inbox for Memory {
    fn keep(&self, arrivals: &[Arrival]) -> Result<Vec<Kept>, CannotKeep> {
        let mut state = self.state.lock().expect("free");
        state.waiting += 1;
        while state.is_closed {
            state = self.opened.wait(state).expect("free");
        }
        state.waiting -= 1;
        state.calls += 1;
        if let Some(failure) = state.failure {
            return Err(failure);
        }
        if state.fails_at.as_ref().is_some_and(|key| arrivals.iter().any(|arrival| arrival.key == *key)) {
            return Err(CannotKeep::Store);
        }
        let mut kept = Vec::new();
        for arrival in arrivals {
            let times = state.times.entry((arrival.scheme, arrival.key.clone())).or_default();
            *times += 1;
            let times = *times;
            if times == 1 {
                state.kept.push(arrival.clone());
            }
            kept.push(if times == 1 { Kept::New(state.kept.len() as u64) } else { Kept::Again(times) });
        }
        Ok(kept)
    }

    fn witness(&self, witnessed: &[Witnessed]) -> Result<(), CannotKeep> {
        self.state.lock().expect("free").witnessed.extend_from_slice(witnessed);
        Ok(())
    }
}

/// A receiver that runs, and what it keeps.
pub(super) struct House {
    pub(super) running: Running,
    pub(super) memory: Arc<Memory>,
    pub(super) address: SocketAddr,
}

pub(super) fn routes() -> Vec<Route> {
    let route = |path: &str, scheme, identity: &str| {
        let secret = WebhookSecret::new(SECRET);
        let organization = OrganizationId::new(ORGANIZATION);
        Route::new(path, &organization, (scheme, identity), (&secret, None)).expect("a secret that is long enough")
    };
    vec![
        route(ORGANIZATION_PATH, Scheme::Organization, ORGANIZATION),
        route(PARTNER_PATH, Scheme::Partner, "prt_0001"),
        route(NEXHEALTH_PATH, Scheme::NexHealth, "harbourvets"),
    ]
}

pub(super) async fn house(limits: Limits) -> House {
    let memory = Arc::new(Memory::default());
    let listen = Listen { public_host: Some("hooks.harbourvets.example".to_owned()), limits, ..Listen::default() };
    let clock: Now = Arc::new(now);
    let running = Receiver::start(listen, routes(), Arc::clone(&memory) as _, clock).await.expect("it listens");
    let address = *running.addresses().first().expect("an address");
    House { running, memory, address }
}

impl House {
    pub(super) async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("it takes connections")
    }

    /// Sends bytes on a connection of their own; the status of the answer, or nothing when it just ended.
    pub(super) async fn ask(&self, request: &[u8]) -> Option<u16> {
        status_of(&self.converse(request).await)
    }

    /// The whole head of the answer.
    pub(super) async fn converse(&self, request: &[u8]) -> String {
        let mut stream = self.connect().await;
        // Who is turned away before everything is sent may find the connection closed.
        stream.write_all(request).await.ok();
        read_head(&mut stream).await
    }
}

/// Reads to the end of a head, or of the connection.
pub(super) async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let read = async {
        let mut byte = [0; 1];
        while !head.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte).await, Ok(1)) {
            head.push(byte[0]);
        }
    };
    tokio::time::timeout(LIMIT, read).await.expect("an answer or an end");
    String::from_utf8_lossy(&head).into_owned()
}

pub(super) fn status_of(head: &str) -> Option<u16> {
    head.strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

/// Ends when the other side has closed; what it still sends is thrown away.
pub(super) async fn wait_for_end(stream: &mut TcpStream) {
    let drain = async {
        let mut room = [0; 1024];
        while matches!(stream.read(&mut room).await, Ok(count) if count > 0) {}
    };
    tokio::time::timeout(LIMIT, drain).await.expect("the connection ends");
}

pub(super) fn sign(pieces: &[&[u8]]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).expect("any length");
    for piece in pieces {
        mac.update(piece);
    }
    hex(&mac.finalize().into_bytes())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a text takes it");
        hex
    })
}

/// Which event, as NxVET's ids are.
pub(super) fn id(number: u32) -> String {
    format!("evt_0190aaaa-0000-7000-8000-{number:012x}")
}

pub(super) fn body(number: u32) -> String {
    format!(
        "{{\"id\":\"{}\",\"type\":\"conversation_completed\",\"organizationId\":\"{ORGANIZATION}\",\
         \"timestamp\":\"2026-02-20T14:59:58+00:00\",\"data\":{{\"conversationId\":\"conv-{number}\",\"deviceId\":\"hub_1\"}}}}",
        id(number)
    )
}

/// A request in parts, each of which a test can bend.
#[derive(Clone)]
pub(super) struct Raw {
    pub(super) line: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

impl Raw {
    /// As NxVET sends it.
    pub(super) fn event(number: u32) -> Self {
        Self::signed(ORGANIZATION_PATH, body(number).into_bytes())
    }

    pub(super) fn signed(path: &str, body: Vec<u8>) -> Self {
        let signature = format!("sha256={}", sign(&[&body]));
        let headers = [
            ("Host", "hooks.harbourvets.example"),
            ("Content-Type", "application/json"),
            ("X-NerveX-Signature", &signature),
            ("Content-Length", &body.len().to_string()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self { line: format!("POST /{path} HTTP/1.1"), headers: headers.into(), body }
    }

    pub(super) fn line(mut self, line: &str) -> Self {
        self.line = line.to_owned();
        self
    }

    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(super) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self
    }

    pub(super) fn set(self, name: &str, value: &str) -> Self {
        self.without(name).with(name, value)
    }

    pub(super) fn chunked(self) -> Self {
        let mut body = format!("{:x}\r\n", self.body.len()).into_bytes();
        body.extend_from_slice(&self.body);
        body.extend_from_slice(b"\r\n0\r\n\r\n");
        Self { body, ..self.set("Transfer-Encoding", "chunked").without("Content-Length") }
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{}\r\n", self.line).into_bytes();
        for (name, value) in &self.headers {
            bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// Waits until something holds.
pub(super) async fn until(what: &str, holds: impl Fn() -> bool) {
    let poll = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    assert!(tokio::time::timeout(LIMIT, poll).await.is_ok(), "{what}");
}
