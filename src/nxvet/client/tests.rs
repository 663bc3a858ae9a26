//! The client against a pretended server: the key stays at home, answers are capped, calls are repeated with measure.

use super::*;
use crate::domain::{OrganizationId, RecordId};
use crate::nxvet::fake::{Fake, KEY, Reply, gzip_bomb, gzip_of, options};
use crate::nxvet::page::ConsultationPage;
use crate::nxvet::{RetryNotice, RetryReason};
use std::sync::Mutex;

const LIST: &str = r#"[{"id":"a","fromTime":1771581600000}]"#;

async fn page_of(client: &Client) -> Result<ConsultationPage, Error> {
    client.consultations(&OrganizationId::new("org-canary"), 0, 20).await
}

/// Asks a server that gives these answers, and tells how often it was asked.
async fn ask(replies: Vec<Reply>) -> (Result<usize, Error>, usize) {
    let fake = Fake::in_turn(replies).await;
    let answer = page_of(&fake.client()).await.map(|page| page.consultations.len());
    (answer, fake.seen().len())
}

#[derive(Default)]
struct Diary(Mutex<Vec<RetryNotice>>);

impl RetryObserver for Diary {
    fn waiting(&self, notice: RetryNotice) {
        self.0.lock().expect("a diary").push(notice);
    }

    fn resumed(&self) {}
}

#[test]
fn the_answers_may_be_awaited_on_any_thread() {
    fn is_send<T: Send>(_: &T) {}
    let client = Client::new(ServerUrl::nxvet(), ApiKey::from_pasted(KEY).expect("a key"), ClientOptions::default());
    let client = client.expect("a client");
    let (organization, record) = (OrganizationId::new("o"), RecordId::new("r"));
    is_send(&client.identify());
    is_send(&client.consultations(&organization, 0, 1));
    is_send(&client.consultation(&record));
    is_send(&client.conversations(&organization, None));
    is_send(&client.devices(&organization));
    is_send(&client.recording(&organization, &record, None));
    assert!(!format!("{client:?}").contains("canary"));
}

#[tokio::test]
async fn refusals_are_asked_once() {
    let refusals =
        [(401, Error::Unauthorized), (403, Error::Forbidden), (404, Error::NotFound), (410, Error::NotFound)];
    for (status, error) in refusals {
        assert_eq!(ask(vec![Reply::status(status)]).await, (Err(error), 1));
    }
    let (answer, count) = ask(vec![Reply::status(400)]).await;
    assert!(matches!(answer, Err(Error::Unexpected { .. })) && count == 1);
}

#[tokio::test]
async fn troubles_are_mended_by_asking_again() {
    let good = || Reply::json(LIST);
    let troubles = [
        Reply::status(429),
        Reply::status(500),
        Reply::status(503),
        Reply::status(408),
        good().cut(10),
        Reply::raw("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n[{\"id\":\"a\","),
        Reply::json("{oops}"),
        Reply::json("[1,2]"),
        Reply::json(""),
        Reply::raw(""),
        Reply::raw("garbage\r\n\r\n"),
        Reply::raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n[{\"id\r\n"),
        Reply::gzip(&gzip_of(LIST)[..20]),
        Reply::with(200, "Content-Type: text/html\r\n", LIST),
    ];
    for trouble in troubles {
        let shown = format!("{trouble:?}");
        assert_eq!(ask(vec![trouble.clone(), trouble, good()]).await, (Ok(1), 3), "{shown}");
    }
}

#[tokio::test]
async fn garbled_answers_among_other_troubles_are_counted_apart() {
    let garbled = || Reply::json("{oops}");
    let replies = vec![Reply::status(429), Reply::status(500), garbled(), garbled(), Reply::json(LIST)];
    assert_eq!(ask(replies).await, (Ok(1), 5));
}

#[tokio::test]
async fn tries_are_bounded() {
    assert_eq!(ask(vec![Reply::status(502)]).await, (Err(Error::Server { status: 502 }), 5));
    assert_eq!(ask(vec![Reply::json(LIST).cut(1)]).await, (Err(Error::BrokenOff), 5));
    let limited = Reply::with(429, "Retry-After: 7\r\n", "");
    assert_eq!(ask(vec![limited]).await, (Err(Error::RateLimited { retry_after: Some(Duration::from_secs(7)) }), 5));
    let (answer, count) = ask(vec![Reply::json("oops")]).await;
    assert!(matches!(answer, Err(Error::Unexpected { .. })) && count == 3, "{answer:?} {count}");
}

#[tokio::test]
async fn every_wait_is_told_with_its_reason() {
    let wait = |status, wish: &str| {
        Reply::with(status, &format!("Date: Sun, 22 Nov 2026 14:00:00 GMT\r\nRetry-After: {wish}\r\n"), "")
    };
    let in_30_s = "Sun, 22 Nov 2026 14:00:30 GMT";
    let replies = vec![wait(429, "0"), wait(429, in_30_s), wait(429, "soon"), wait(503, "9"), Reply::json(LIST)];
    let fake = Fake::in_turn(replies).await;
    let diary = Arc::new(Diary::default());
    let mut options = options();
    options.retry.cap = Duration::from_millis(20);
    options.observer = Some(diary.clone());
    assert!(page_of(&fake.client_with(options)).await.is_ok());
    let told: Vec<_> = diary.0.lock().expect("a diary").iter().map(|n| (n.wait.as_millis(), n.reason)).collect();
    let slow_down = RetryReason::SlowDown;
    assert_eq!(told, [(0, slow_down), (20, slow_down), (0, slow_down), (20, RetryReason::ServerTrouble(503))]);
}

#[tokio::test]
async fn a_packed_answer_is_unpacked_up_to_the_limit() {
    assert_eq!(ask(vec![Reply::gzip(gzip_of(LIST))]).await, (Ok(1), 1));
    let bomb = gzip_bomb(64 << 20);
    assert!(bomb.len() < 1 << 20, "it is smaller on the way than the limit");
    assert_eq!(ask(vec![Reply::gzip(bomb)]).await, (Err(Error::TooLarge), 1));
    let announced = Reply::raw("HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n[");
    assert_eq!(ask(vec![announced.then_silence()]).await, (Err(Error::TooLarge), 1));
}

#[tokio::test]
async fn silence_ends_the_wait() {
    for replies in [Reply::raw("").then_silence(), Reply::json(LIST).cut(5).then_silence()] {
        let fake = Fake::in_turn(vec![replies]).await;
        let mut options = options();
        options.idle_timeout = Duration::from_millis(50);
        options.retry.tries = 2;
        assert_eq!(page_of(&fake.client_with(options)).await, Err(Error::Timeout));
        assert_eq!(fake.seen().len(), 2);
    }
}

#[tokio::test]
async fn an_absent_server_is_no_connection() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    let key = ApiKey::from_pasted(KEY).expect("a key");
    let client = Client::new(ServerUrl::parse(&url).expect("an address"), key, options()).expect("a client");
    let error = page_of(&client).await.expect_err("nobody there");
    assert_eq!(error, Error::NoConnection);
    assert!(error.is_offline() && error.is_retryable());
    assert_eq!(error.code(), "NX-NET");
}

#[tokio::test]
async fn records_never_come_from_elsewhere() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = Fake::in_turn(vec![Reply::json(LIST)]).await;
        let fake = Fake::in_turn(vec![Reply::redirect(status, &format!("{}/x?sig=canary", elsewhere.url))]).await;
        let answer = page_of(&fake.client()).await;
        assert_eq!(answer, Err(Error::RedirectedElsewhere { host: "127.0.0.1".to_owned() }));
        assert_eq!((fake.seen().len(), elsewhere.seen().len()), (1, 0));
    }
}

#[tokio::test]
async fn redirects_within_the_server_are_followed_three_times() {
    let hop = |at: usize| Reply::redirect([301, 302, 303, 307, 308][at], &format!("/hop/{at}"));
    let fake = Fake::in_turn(vec![hop(0), hop(3), hop(4), Reply::json(LIST)]).await;
    assert_eq!(page_of(&fake.client()).await.map(|page| page.received), Ok(1));
    assert!(fake.seen().iter().all(|seen| seen.header("authorization").is_some()));
    assert_eq!(fake.seen()[3].target, "/hop/4");
    let fake = Fake::in_turn(vec![hop(1)]).await;
    assert!(matches!(page_of(&fake.client()).await, Err(Error::Unexpected { .. })));
    assert_eq!(fake.seen().len(), 4);
    let fake = Fake::in_turn(vec![Reply::status(302)]).await;
    assert!(matches!(page_of(&fake.client()).await, Err(Error::Unexpected { .. })));
}

#[tokio::test]
async fn no_error_tells_the_key_the_address_or_the_body() {
    let replies = [
        Reply::status(401),
        Reply::with(500, "", "canary"),
        Reply::json("canary"),
        Reply::json(r#"{"canary":"canary"}"#),
        Reply::json(LIST).cut(3),
        Reply::redirect(302, "https://elsewhere.example/canary?canary=1"),
        Reply::redirect(302, "https://canary:canary@elsewhere.example/"),
        Reply::raw("canary\r\n\r\n"),
        Reply::with(200, "Content-Type: text/html\r\n", "canary"),
    ];
    for reply in replies {
        let fake = Fake::in_turn(vec![reply]).await;
        let error = page_of(&fake.client()).await.expect_err("an error");
        let told = format!("{error} {error:?} {}", error.code());
        assert!(!told.contains("canary") && !told.contains("127.0.0.1") && !told.contains("labels"), "{told}");
    }
}

#[tokio::test]
async fn the_servers_clock_is_compared_with_ours() {
    let fake = Fake::in_turn(vec![Reply::with(200, "Date: Sun, 22 Nov 2026 14:06:00 GMT\r\n", "[]")]).await;
    let mut options = options();
    options.now = Arc::new(|| DateTime::from_timestamp(1_795_356_000, 0).expect("a time"));
    let client = fake.client_with(options);
    assert_eq!(client.server_clock_offset(), None);
    assert!(page_of(&client).await.is_ok());
    assert_eq!(client.server_clock_offset(), Some(TimeDelta::minutes(6)));
}
