//! For tests alone: a server that answers with prepared bytes and remembers what it was asked.
//! It speaks just enough HTTP and checks nothing, so that wrong answers can be made too.

use super::{Client, ClientOptions, RetryPolicy, ServerUrl};
use crate::domain::ApiKey;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// Must never be found in an error, a log or on a foreign server.
pub(crate) const KEY: &str = "nxvet_sk_canary0123456789";

/// One question as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    /// Path and query.
    pub target: String,
    headers: Vec<(String, String)>,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub(crate) fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    fn parse(head: &str) -> Self {
        let mut lines = head.lines();
        let target = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers = headers.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())).collect();
        Self { target, headers }
    }
}

/// Bytes to send; then the line is closed, or kept open in silence.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    bytes: Vec<u8>,
    falls_silent: bool,
}

impl Reply {
    pub(crate) fn raw(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: bytes.into(), falls_silent: false }
    }

    /// `extra` is a block of whole header lines, each with its line end.
    pub(crate) fn with(status: u16, extra: &str, body: impl AsRef<[u8]>) -> Self {
        let body = body.as_ref();
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Status\r\nConnection: close\r\nContent-Length: {length}\r\n{extra}\r\n");
        Self::raw([head.as_bytes(), body].concat())
    }

    pub(crate) fn json(body: impl AsRef<[u8]>) -> Self {
        Self::with(200, "Content-Type: application/json\r\n", body)
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::with(status, "", "")
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::with(status, &format!("Location: {location}\r\n"), "")
    }

    /// Says that the body is packed.
    pub(crate) fn gzip(packed: impl AsRef<[u8]>) -> Self {
        Self::with(200, "Content-Type: application/json\r\nContent-Encoding: gzip\r\n", packed)
    }

    /// Ends `missing` bytes early.
    pub(crate) fn cut(mut self, missing: usize) -> Self {
        self.bytes.truncate(self.bytes.len().saturating_sub(missing));
        self
    }

    pub(crate) fn then_silence(self) -> Self {
        Self { falls_silent: true, ..self }
    }
}

type Answering = dyn Fn(&Seen) -> Reply + Send + Sync;

pub(crate) struct Fake {
    pub url: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Fake {
    pub(crate) async fn start(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Self {
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

    /// Gives these answers in turn, the last one for ever.
    pub(crate) async fn in_turn(replies: Vec<Reply>) -> Self {
        let next = std::sync::atomic::AtomicUsize::new(0);
        Self::start(move |_| {
            let index = next.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            replies.get(index).or(replies.last()).cloned().expect("at least one reply")
        })
        .await
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().expect("a diary").clone()
    }

    pub(crate) fn client(&self) -> Client {
        self.client_with(options())
    }

    pub(crate) fn client_with(&self, options: ClientOptions) -> Client {
        let key = ApiKey::from_pasted(KEY).expect("a key");
        Client::new(ServerUrl::parse(&self.url).expect("an address"), key, options).expect("a client")
    }
}

/// Five tries without a wait between them.
pub(crate) fn options() -> ClientOptions {
    let retry = RetryPolicy { base: Duration::ZERO, cap: Duration::ZERO, ..RetryPolicy::default() };
    ClientOptions { retry, ..ClientOptions::default() }
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
    let seen = Seen::parse(&String::from_utf8_lossy(&head));
    let reply = answer(&seen);
    diary.lock().expect("a diary").push(seen);
    // The client may hang up before it has read everything; that is what some tests are about.
    if stream.write_all(&reply.bytes).await.is_err() {
        return;
    }
    if reply.falls_silent {
        std::future::pending::<()>().await;
    }
    drop(stream.shutdown().await);
}

const GZIP_HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// A gzip file that unpacks to about this many blanks: one literal and then repeats of it, 13 bits for each 258.
pub(crate) fn gzip_bomb(bytes: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    // The fixed code of a blank is 0x30 + 0x20, most significant bit first.
    bits.extend((0..8).rev().map(|bit| 0x50_u8 >> bit & 1 == 1));
    for _ in 0..bytes / 258 {
        bits.extend((0..8).rev().map(|bit| 0xc5_u8 >> bit & 1 == 1));
        bits.extend([false; 5]);
    }
    bits.extend([false; 7]);
    let packed =
        bits.chunks(8).map(|byte| byte.iter().enumerate().fold(0, |sum, (at, bit)| sum | u8::from(*bit) << at));
    GZIP_HEAD.into_iter().chain(packed).collect()
}

/// A gzip file that holds a short text unpacked.
pub(crate) fn gzip_of(text: &str) -> Vec<u8> {
    let length = u16::try_from(text.len()).expect("a short text");
    let mut file = GZIP_HEAD.to_vec();
    file.push(1);
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(text.as_bytes());
    file.extend(crc32(text.as_bytes()).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 };
    !bytes.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), step))
}
