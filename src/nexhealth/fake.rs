//! For tests alone: a server that answers with prepared bytes and remembers what it was asked, body included.
//! It speaks just enough HTTP and checks nothing, so that wrong answers can be made too.

use super::{Client, ClientOptions, Practice};
use crate::domain::ApiKey;
use crate::nxvet::{RetryPolicy, ServerUrl};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Must never be found in an error, a log or anywhere but in the question for a token.
pub(crate) const KEY: &str = "nexhealth_canary_0123456789";

/// One question as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub method: String,
    /// Path and query.
    pub target: String,
    headers: Vec<(String, String)>,
    pub body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    pub(crate) fn query(&self, name: &str) -> Option<String> {
        let url = url::Url::parse(&format!("http://x{}", self.target)).expect("an address");
        url.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
    }

    fn is_for_token(&self) -> bool {
        self.path() == "/authenticates"
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Reply(Vec<u8>);

impl Reply {
    /// `extra` is a block of whole header lines, each with its line end.
    pub(crate) fn with(status: u16, extra: &str, body: &str) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {length}\r\n{extra}\r\n");
        Self([head.as_bytes(), body.as_bytes()].concat())
    }

    pub(crate) fn json(body: &str) -> Self {
        Self::with(200, "Content-Type: application/json\r\n", body)
    }

    pub(crate) fn data(data: &str) -> Self {
        Self::json(&format!(r#"{{"code":true,"data":{data},"description":"","error":[]}}"#))
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, "", "")
    }

    /// The line is closed without a word.
    pub(crate) fn nothing() -> Self {
        Self(Vec::new())
    }
}

type Answering = dyn Fn(&Seen) -> Reply + Send + Sync;

pub(crate) struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    /// Tokens are given to whoever asks; everything else is answered by `answer`.
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let given = std::sync::atomic::AtomicUsize::new(0);
        Self::bare(move |seen| {
            if seen.is_for_token() {
                let number = 1 + given.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                return Reply::with(
                    201,
                    "",
                    &format!(r#"{{"code":true,"data":{{"token":"token-{number}"}},"error":[]}}"#),
                );
            }
            answer(seen)
        })
        .await
    }

    /// Answers everything by `answer`.
    pub(crate) async fn bare(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (answer, diary): (Arc<Answering>, _) = (Arc::new(answer), Arc::clone(&seen));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&diary)));
            }
        });
        Self { url, seen }
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("a diary").clone()
    }

    /// What was asked but tokens.
    pub(crate) fn asked(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| !seen.is_for_token()).collect()
    }

    pub(crate) fn client(&self) -> Client {
        self.client_of(Some(75))
    }

    pub(crate) fn client_of(&self, location: Option<i64>) -> Client {
        let retry = RetryPolicy { tries: 3, base: Duration::ZERO, cap: Duration::ZERO, jitter: false };
        let options = ClientOptions { retry, gap: Duration::ZERO, ..ClientOptions::default() };
        let practice = Practice { subdomain: "harbour vets".to_owned(), location };
        let key = ApiKey::from_pasted(KEY).expect("a key");
        Client::new(ServerUrl::parse(&self.url).expect("an address"), key, practice, options).expect("a client")
    }
}

async fn serve(mut stream: TcpStream, answer: Arc<Answering>, diary: Arc<Mutex<Vec<Seen>>>) {
    let mut head = Vec::new();
    let mut byte = [0_u8; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte).await {
            Ok(1) => head.extend_from_slice(&byte),
            _ => return,
        }
    }
    let mut seen = parse(&String::from_utf8_lossy(&head));
    let length = seen.header("content-length").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut body = vec![0_u8; length];
    if stream.read_exact(&mut body).await.is_err() {
        return;
    }
    seen.body = String::from_utf8_lossy(&body).into_owned();
    let reply = answer(&seen);
    diary.lock().expect("a diary").push(seen);
    // The client may hang up before it has read everything.
    if stream.write_all(&reply.0).await.is_ok() {
        drop(stream.shutdown().await);
    }
}

fn parse(head: &str) -> Seen {
    let mut lines = head.lines();
    let mut first = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (first.next().unwrap_or_default(), first.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
    Seen { method: method.to_owned(), target: target.to_owned(), headers, body: String::new() }
}
