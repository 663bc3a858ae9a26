//! Receiving without a window: the program itself, set up by its own words, called over real sockets, killed at any
//! moment. What it answered with success is in the store, once.

use crate::support::desk::LIMIT;
use consult_desk::domain::OrganizationId;
use consult_desk::platform::secret_file;
use consult_desk::store::{Store, Vault};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use tempfile::TempDir;

pub const ORGANIZATION: &str = "0190aaaa-1111-7000-8000-00000000c0de";
const SECRET: &str = "whsec_A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5P6";
const FORGED: &str = "whsec_of-somebody-who-was-given-none-of-it";
/// A delivery under load has so many bytes.
const LARGE: usize = 20_000;
/// Connections that never finish their first line, beside the senders.
const SLOW: usize = 50;

/// A profile with one receiving address.
pub struct Place {
    pub home: TempDir,
    pub path: String,
}

impl Place {
    pub fn new() -> Self {
        let mut place = Self { home: tempfile::tempdir().expect("a folder"), path: String::new() };
        let added = place.say(&["add", "--scheme", "org", "--organization", ORGANIZATION]);
        let path = added.split_whitespace().find(|word| word.starts_with('/')).expect("an address");
        path.clone_into(&mut place.path);
        assert!(added.contains("waits for its secret"), "{added}");
        let file = place.home.path().join("hook-secret");
        std::fs::write(&file, format!("{SECRET}\n")).expect("written");
        let given = place.say(&["secret", "--route", "1", "--hook-secret", file.to_str().expect("text")]);
        assert!(given.contains("has its secret"), "{given}");
        place
    }

    fn secret_file(&self) -> PathBuf {
        self.home.path().join("desk-secret")
    }

    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_consult-desk"));
        command.arg("receive").args(words).arg("--secret-file").arg(self.secret_file());
        command.env("CONSULT_DESK_HOME", self.home.path()).stdin(Stdio::null());
        command
    }

    fn say(&self, words: &[&str]) -> String {
        let output = self.command(words).output().expect("it runs");
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stdout));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub fn start(&self, words: &[&str]) -> Running {
        let mut process =
            self.command(&[&["--port", "0"], words].concat()).stdout(Stdio::piped()).spawn().expect("it starts");
        let mut lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let line = lines.find_map(|line| line.ok().filter(|line| line.starts_with("listening "))).expect("it listens");
        let address = line.rsplit_once("//").expect("an address").1.to_owned();
        Running { process, address }
    }

    fn store(&self) -> Store {
        let data = self.home.path().join("data");
        let secret = secret_file::read(&self.secret_file()).expect("the secret");
        let keys = Vault::new(&data).open(&secret).expect("the vault opens");
        let now = consult_desk::clock::Clock::System.now();
        let (store, notes) = Store::open(&data, &keys, now).expect("the store opens");
        assert_eq!(notes, []);
        store
    }

    /// The keys of all events that are kept.
    fn kept(&self) -> Vec<String> {
        let events = self.store().live_events_after(&OrganizationId::new(ORGANIZATION), 0, usize::MAX).expect("read");
        events.into_iter().map(|(_, event)| event.key.as_str().to_owned()).collect()
    }
}

pub struct Running {
    process: Child,
    address: String,
}

impl Running {
    /// As a power cut ends it: nothing is asked and nothing is tidied.
    fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("it ended");
    }

    pub fn connect(&self) -> TcpStream {
        connect(&self.address).expect("it takes connections")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn id(number: u32) -> String {
    format!("evt_0190aaaa-0000-7000-8000-{number:012x}")
}

fn request(path: &str, number: u32, (padding, secret): (usize, &str)) -> Vec<u8> {
    let body = format!(
        "{{\"id\":\"{}\",\"type\":\"new_thing\",\"organizationId\":\"{ORGANIZATION}\",\
         \"timestamp\":\"2026-02-20T15:00:00+00:00\",\"data\":{{\"padding\":\"{}\"}}}}",
        id(number),
        "p".repeat(padding)
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any length");
    mac.update(body.as_bytes());
    let signature = mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        std::fmt::Write::write_fmt(&mut hex, format_args!("{byte:02x}")).expect("a text takes it");
        hex
    });
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         X-NerveX-Signature: sha256={signature}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The status of an answer without a body, or nothing when the connection ended before.
fn answer(stream: &mut (impl Read + ?Sized)) -> Option<u16> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return None,
        }
    }
    String::from_utf8_lossy(&head).strip_prefix("HTTP/1.1 ")?.get(..3)?.parse().ok()
}

pub fn deliver(stream: &mut (impl Read + Write + ?Sized), path: &str, number: u32) -> Option<u16> {
    stream.write_all(&request(path, number, (300, SECRET))).ok()?;
    answer(stream)
}

#[test]
fn a_receiver_without_a_window_is_set_up_by_words_and_receives() {
    let place = Place::new();
    let running = place.start(&[]);
    let mut stream = running.connect();
    assert_eq!(deliver(&mut stream, &place.path, 1), Some(200));
    assert_eq!(deliver(&mut stream, &place.path, 1), Some(200));
    assert_eq!(deliver(&mut stream, &place.path, 2), Some(200));
    assert_eq!(deliver(&mut running.connect(), "/0123456789abcdef0123456789abcdef", 3), Some(404));
    // The window and the receiver do not share a profile at one time.
    let refused = place.command(&["list"]).output().expect("it runs");
    assert!(!refused.status.success());
    running.kill();
    assert_eq!(place.kept(), [id(1), id(2)]);
    let listed = place.say(&["list"]);
    assert!(listed.contains("route 1 org") && listed.contains("has its secret"), "{listed}");
    assert!(listed.contains("events: 2 known, 2 kept, 0 set aside") && !listed.contains(&place.path), "{listed}");
    let shown = place.say(&["list", "--show-addresses", "--public-name", "hooks.example"]);
    assert!(shown.contains(&format!("https://hooks.example{}", place.path)), "{shown}");
    place.say(&["remove", "--route", "1"]);
    assert!(!place.say(&["list"]).contains("route 1"));
}

#[test]
fn nothing_secret_is_said_unasked_or_logged() {
    let place = Place::new();
    let running = place.start(&[]);
    assert_eq!(deliver(&mut running.connect(), &place.path, 1), Some(200));
    drop(running);
    let token = place.path.trim_start_matches('/');
    let logs = std::fs::read_dir(place.home.path().join("logs")).expect("logs").flatten();
    for entry in logs {
        let log = std::fs::read_to_string(entry.path()).expect("read");
        assert!(!log.contains(token) && !log.contains("whsec") && !log.contains("evt_"), "{log}");
    }
    for name in ["local.db", "local.db-wal", "cache.db"] {
        let bytes = std::fs::read(place.home.path().join("data").join(name)).unwrap_or_default();
        for text in [token.as_bytes(), SECRET.as_bytes(), b"padding"] {
            assert!(!bytes.windows(text.len()).any(|window| window == text), "{name}");
        }
    }
}

#[test]
fn a_certificate_of_its_own_is_used() {
    let place = Place::new();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .current_dir(place.home.path())
        .output();
    if made.is_err() {
        eprintln!("skipped: openssl is not here");
        return;
    }
    let file = |name: &str| place.home.path().join(name).to_str().expect("text").to_owned();
    let (certificate, key) = (file("cert.pem"), file("key.pem"));
    let running = place.start(&["--tls-cert", &certificate, "--tls-key", &key]);
    let mut stream = tls(&running, Path::new(&certificate));
    assert_eq!(deliver(&mut stream, &place.path, 1), Some(200));
    assert_eq!(deliver(&mut stream, &place.path, 2), Some(200));
    // Without TLS nothing is understood.
    assert_ne!(deliver(&mut running.connect(), &place.path, 3), Some(200));
    drop(running);
    assert_eq!(place.kept(), [id(1), id(2)]);
    let odd = place.command(&["--tls-cert", &key, "--tls-key", &key]).output().expect("it runs");
    assert!(String::from_utf8_lossy(&odd.stdout).contains("certificate"));
}

fn tls(running: &Running, certificate: &Path) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    use rustls::pki_types::pem::PemObject as _;
    let mut roots = rustls::RootCertStore::empty();
    roots.add(rustls::pki_types::CertificateDer::from_pem_file(certificate).expect("PEM")).expect("a root");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = "localhost".try_into().expect("a name");
    let client = rustls::ClientConnection::new(Arc::new(config), name).expect("a client");
    rustls::StreamOwned::new(client, running.connect())
}

/// What the senders of one profile did so far.
#[derive(Default)]
struct Sent {
    next: AtomicU32,
    acknowledged: Mutex<BTreeSet<u32>>,
}

/// Senders that go on until they are stopped; a broken connection is made anew. Three of ten deliveries come again, one
/// of twenty is forged.
fn send_until_stopped(address: &str, path: &str, sent: &Arc<Sent>, stop: &Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = connect(address) else {
            std::thread::park_timeout(std::time::Duration::from_millis(5));
            continue;
        };
        while !stop.load(Ordering::Relaxed) && send_one(&mut stream, path, sent).is_some() {}
    }
}

/// Nothing when the connection broke.
fn send_one(stream: &mut TcpStream, path: &str, sent: &Arc<Sent>) -> Option<()> {
    let newest = sent.next.load(Ordering::Relaxed);
    let number = if newest > 0 && fastrand::u8(..10) < 3 {
        fastrand::u32(..newest)
    } else {
        sent.next.fetch_add(1, Ordering::Relaxed)
    };
    let is_forged = fastrand::u8(..20) == 0;
    let letter = request(path, number, (LARGE, if is_forged { FORGED } else { SECRET }));
    stream.write_all(&letter).ok()?;
    match (answer(stream)?, is_forged) {
        (200, false) => drop(sent.acknowledged.lock().expect("free").insert(number)),
        (401, true) | (503, _) => {}
        other => panic!("answered {other:?}"),
    }
    Some(())
}

/// Half a request line each; whoever holds them open keeps nobody else out.
fn slow_connections(address: &str) -> Vec<TcpStream> {
    let half = b"POST /0123456789abcdef HTTP/1.1\r\nHost: ";
    let opened = (0..SLOW).filter_map(|_| connect(address).ok());
    opened.filter_map(|mut stream| stream.write_all(half).ok().map(|()| stream)).collect()
}

/// Kills the receiver of one profile under load again and again; after each time everything that was acknowledged is
/// there, once. How many were acknowledged.
fn kill_under_load(kills: u32) -> usize {
    let place = Place::new();
    let sent = Arc::new(Sent::default());
    for kill in 0..kills {
        let running = place.start(&[]);
        let _slow = slow_connections(&running.address);
        let stop = Arc::new(AtomicBool::new(false));
        let senders: Vec<_> = (0..6)
            .map(|number| {
                let (address, path) = (running.address.clone(), place.path.clone());
                let (sent, stop) = (Arc::clone(&sent), Arc::clone(&stop));
                let work = move || send_until_stopped(&address, &path, &sent, &stop);
                std::thread::Builder::new().name(format!("sender-{number}")).spawn(work).expect("a thread")
            })
            .collect();
        let before = sent.acknowledged.lock().expect("free").len();
        let enough = before + fastrand::usize(1..80);
        let deadline = std::time::Instant::now() + LIMIT;
        while sent.acknowledged.lock().expect("free").len() < enough {
            assert!(std::time::Instant::now() < deadline, "nothing is taken in");
            std::thread::park_timeout(std::time::Duration::from_millis(1));
        }
        running.kill();
        stop.store(true, Ordering::Relaxed);
        for sender in senders {
            sender.join().expect("it ended");
        }
        let kept = place.kept();
        let once: BTreeSet<&String> = kept.iter().collect();
        assert_eq!(once.len(), kept.len(), "kill {kill}: something is there twice");
        let acknowledged = sent.acknowledged.lock().expect("free");
        let lost: Vec<_> = acknowledged.iter().filter(|number| !once.contains(&id(**number))).collect();
        assert!(lost.is_empty(), "kill {kill}: {} of {} are lost", lost.len(), acknowledged.len());
    }
    let acknowledged = sent.acknowledged.lock().expect("free").len();
    eprintln!("{kills} kills: {acknowledged} acknowledged, {} kept, 0 lost, 0 twice", place.kept().len());
    acknowledged
}

#[test]
fn what_was_answered_outlives_a_kill() {
    assert!(kill_under_load(4) > 4);
}

#[test]
#[ignore = "takes minutes: cargo test --test it -- --ignored a_hundred_kills"]
fn a_hundred_kills_lose_nothing() {
    // A profile serves for ten: reading everything back after each kill takes ever longer.
    let acknowledged: usize = (0..10).map(|_| kill_under_load(10)).sum();
    assert!(acknowledged > 1_000, "hardly anything was under way: {acknowledged}");
}
