//! Whatever is no delivery is turned away, and nothing of it has an effect.

use super::super::{Limits, Probe, ProbeArrival};
use super::support::{ORGANIZATION_PATH, PARTNER_PATH, Raw, house, id, status_of, until};

/// What was asked, and what must be answered; 0 is an end without an answer, or 400.
#[expect(clippy::too_many_lines, reason = "a table is read as a whole")]
fn table() -> Vec<(&'static str, Vec<u8>, u16)> {
    let path = ORGANIZATION_PATH;
    let event = || Raw::event(1);
    let line = |line: &str| Raw::event(1).line(line).bytes();
    let with = |name: &str, value: &str| Raw::event(1).with(name, value).bytes();
    let set = |name: &str, value: &str| Raw::event(1).set(name, value).bytes();
    vec![
        // Another method than a sender uses.
        ("get", line(&format!("GET /{path} HTTP/1.1")), 405),
        ("put", line(&format!("PUT /{path} HTTP/1.1")), 405),
        ("delete", line(&format!("DELETE /{path} HTTP/1.1")), 405),
        ("options", line(&format!("OPTIONS /{path} HTTP/1.1")), 405),
        ("head", line(&format!("HEAD /{path} HTTP/1.1")), 405),
        ("lower case", line(&format!("post /{path} HTTP/1.1")), 405),
        // Another path than was given out.
        ("root", line("POST / HTTP/1.1"), 404),
        ("no token", line("POST /webhooks/nxvet HTTP/1.1"), 404),
        ("other token", line("POST /0123456789abcdef0123456789abcdee HTTP/1.1"), 404),
        ("upper case", line(&format!("POST /{} HTTP/1.1", path.to_uppercase())), 404),
        ("half a token", line(&format!("POST /{} HTTP/1.1", &path[..16])), 404),
        ("trailing slash", line(&format!("POST /{path}/ HTTP/1.1")), 404),
        ("two slashes", line(&format!("POST //{path} HTTP/1.1")), 404),
        ("dots", line(&format!("POST /x/../{path} HTTP/1.1")), 404),
        ("escaped", line(&format!("POST /%30{} HTTP/1.1", &path[1..])), 404),
        ("query", line(&format!("POST /{path}?a=b HTTP/1.1")), 404),
        ("empty query", line(&format!("POST /{path}? HTTP/1.1")), 404),
        // Called by a name that nobody set.
        ("evil host", set("Host", "evil.example"), 403),
        ("rebound host", set("Host", "127.0.0.1.evil.example"), 403),
        ("host with user", set("Host", "localhost@evil.example"), 403),
        ("two hosts", with("Host", "hooks.harbourvets.example"), 400),
        ("other second host", with("Host", "evil.example"), 400),
        ("no host", event().without("Host").bytes(), 400),
        // Asked as a proxy is.
        ("absolute form", line(&format!("POST http://hooks.harbourvets.example/{path} HTTP/1.1")), 400),
        ("evil absolute form", line(&format!("POST http://evil.example/{path} HTTP/1.1")), 400),
        ("connect", line("CONNECT evil.example:443 HTTP/1.1"), 400),
        ("asterisk", line("OPTIONS * HTTP/1.1"), 400),
        // A page in a browser.
        ("origin", with("Origin", "https://evil.example"), 403),
        ("null origin", with("Origin", "null"), 403),
        ("own origin", with("Origin", "http://localhost"), 403),
        ("fetch site", with("Sec-Fetch-Site", "none"), 403),
        ("fetch mode", with("Sec-Fetch-Mode", "no-cors"), 403),
        // Not JSON, or packed.
        ("plain text", set("Content-Type", "text/plain"), 415),
        ("form", set("Content-Type", "application/x-www-form-urlencoded"), 415),
        ("nearly json", set("Content-Type", "application/jsonp"), 415),
        ("no type", event().without("Content-Type").bytes(), 415),
        ("two types", with("Content-Type", "application/json"), 415),
        ("gzip", with("Content-Encoding", "gzip"), 415),
        ("two packings", with("Content-Encoding", "identity, br"), 415),
        // Lengths.
        ("too long", set("Content-Length", "4194305"), 413),
        ("no length", event().without("Content-Length").bytes(), 411),
        ("length of letters", set("Content-Length", "many"), 0),
        ("negative length", set("Content-Length", "-1"), 0),
        ("two lengths", with("Content-Length", "3"), 0),
        ("unknown transfer", event().without("Content-Length").with("Transfer-Encoding", "gzip").bytes(), 0),
        ("bad chunk", Raw { body: b"zz\r\n{}\r\n0\r\n\r\n".to_vec(), ..event().chunked() }.bytes(), 0),
        // Not HTTP/1.1 as it is written.
        ("http 1.0", line(&format!("POST /{path} HTTP/1.0")), 0),
        ("http 2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 0),
        ("tls", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".repeat(40), 0),
        ("noise", b"hello\r\n\r\n".to_vec(), 0),
        ("blank before colon", set("Host ", "localhost"), 0),
        ("folded line", with("X-Long", "a\r\n b"), 0),
        ("websocket", event().with("Connection", "Upgrade").with("Upgrade", "websocket").bytes(), 400),
        ("huge head", with("X-Padding", &"p".repeat(40_000)), 0),
        ("many fields", (0..100).fold(event(), |event, n| event.with(&format!("X-{n}"), "1")).bytes(), 0),
        // Not signed as this address needs it.
        ("no signature", event().without("X-NerveX-Signature").bytes(), 401),
        ("two signatures", with("X-NerveX-Signature", "sha256=00"), 401),
        ("wrong signature", set("X-NerveX-Signature", &format!("sha256={}", "0".repeat(64))), 401),
        ("of another address", line(&format!("POST /{PARTNER_PATH} HTTP/1.1")), 401),
        ("changed body", Raw { body: super::support::body(2).into_bytes(), ..event() }.bytes(), 401),
        ("changed number", with("X-NerveX-Delivery", "evt_other"), 401),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_is_no_delivery_is_turned_away_without_an_effect() {
    let house = house(Limits::default()).await;
    for (name, request, expected) in table() {
        let head = house.converse(&request).await;
        let status = status_of(&head);
        match expected {
            0 => assert!(status.is_none_or(|status| (400..500).contains(&status)), "{name}: {head}"),
            _ => assert_eq!(status, Some(expected), "{name}: {head}"),
        }
        let told = head.to_ascii_lowercase();
        assert!(!told.contains("server:") && !told.contains("access-control"), "{name}: {head}");
        assert!(!told.contains("content-length: ") || told.contains("content-length: 0"), "{name}: {head}");
    }
    assert_eq!(house.memory.kept(), []);
    // The receiver is none the worse for it.
    assert_eq!(house.ask(&Raw::event(7).bytes()).await, Some(200));
    assert_eq!(house.memory.kept().len(), 1);
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_sender_may_write_in_several_ways_is_understood() {
    let house = house(Limits::default()).await;
    let good = [
        Raw::event(1),
        Raw::event(2).set("Content-Type", "application/json; charset=utf-8"),
        Raw::event(3).set("Content-Type", "Application/JSON"),
        Raw::event(4).with("Content-Encoding", "identity"),
        Raw::event(5).set("Host", "127.0.0.1:8787"),
        Raw::event(6).set("Host", "localhost"),
        Raw::event(7).set("Host", "HOOKS.harbourvets.EXAMPLE:443"),
        Raw::event(8).with("X-NerveX-Delivery", &id(8)).with("X-Forwarded-For", "203.0.113.9"),
        Raw::event(9).chunked(),
        Raw::event(10).with("Expect", "100-continue"),
    ];
    for request in &good {
        let mut head = house.converse(&request.bytes()).await;
        if status_of(&head) == Some(100) {
            head = "HTTP/1.1 200".to_owned();
        }
        assert_eq!(status_of(&head), Some(200), "{:?}", request.headers);
    }
    until("all are kept", || house.memory.kept().len() == good.len()).await;
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_untold_length_ends_its_connection() {
    let house = house(Limits::default()).await;
    let mut twice = Raw::event(1).chunked().bytes();
    twice.extend(Raw::event(2).bytes());
    let head = house.converse(&twice).await;
    assert!(head.to_ascii_lowercase().contains("connection: close"), "{head}");
    // What stood behind it was no request.
    let twice = {
        let mut bytes = Raw::event(3).chunked().with("Content-Length", "10").bytes();
        bytes.extend(Raw::event(4).bytes());
        bytes
    };
    let head = house.converse(&twice).await;
    assert!(status_of(&head) != Some(200) || head.to_ascii_lowercase().contains("connection: close"), "{head}");
    house.running.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_probe_tells_that_it_arrived_and_by_which_name() {
    let house = house(Limits::default()).await;
    for (host, host_is_allowed) in [("hooks.harbourvets.example", true), ("elsewhere.example", false)] {
        let Probe { path, arrived } = house.running.expect_probe().expect("a probe");
        let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
        assert_eq!(house.ask(request.as_bytes()).await, Some(204));
        assert_eq!(arrived.await, Ok(ProbeArrival { host_is_allowed }));
        assert_ne!(house.ask(request.as_bytes()).await, Some(204), "only once");
    }
    assert_eq!(house.memory.kept(), []);
    house.running.stop().await;
}
