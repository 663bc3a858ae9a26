//! Against a server on this computer that answers as stores do, and as attackers would.

use super::*;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

fn wav(length: usize) -> Vec<u8> {
    let mut bytes = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
    bytes.resize(length, 7);
    bytes
}

fn answer(status: u16, extra: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{extra}\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Answers by the path; returns its address and what it was asked.
async fn store(
    reply: impl Fn(&str, &str) -> Vec<u8> + Send + 'static,
) -> (String, tokio::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let (heard, seen) = tokio::sync::mpsc::channel(64);
    let own = base.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let mut byte = [0_u8; 1];
            while !request.ends_with(b"\r\n\r\n") && matches!(stream.read(&mut byte).await, Ok(1)) {
                request.extend_from_slice(&byte);
            }
            let asked = String::from_utf8_lossy(&request).into_owned();
            let path = asked.split(' ').nth(1).unwrap_or_default().to_owned();
            heard.try_send(asked).ok();
            stream.write_all(&reply(&path, &own)).await.ok();
        }
    });
    (base, seen)
}

async fn fetch(base: &str, path: &str) -> Result<Vec<u8>, SignedError> {
    let hosts = Hosts::read("", true);
    let address = SignedAddress::judge(&format!("{base}{path}"), &hosts).expect("an address of this computer");
    let mut fetched = Fetcher::new().expect("a fetcher").begin(address, &hosts).await?;
    let length = fetched.length();
    let mut all = Vec::new();
    while let Some(chunk) = fetched.next_chunk().await? {
        all.extend_from_slice(&chunk);
    }
    assert_eq!(length, Some(all.len() as u64));
    Ok(all)
}

#[tokio::test]
async fn a_recording_comes_whole_and_no_key_goes_along() {
    let (base, mut seen) = store(|_, _| answer(200, "", &wav(300_000))).await;
    assert_eq!(fetch(&base, "/a.wav?X-Amz-Signature=abc").await, Ok(wav(300_000)));
    let head = seen.try_recv().expect("a question").to_ascii_lowercase();
    for absent in ["authorization", "cookie", "referer"] {
        assert!(!head.contains(absent), "{head}");
    }
}

#[tokio::test]
async fn what_is_no_recording_is_not_kept() {
    let (base, _seen) = store(|path, _| match path {
        "/page" => answer(200, "Content-Type: audio/wav\r\n", b"<html>sign in</html>"),
        "/short" => answer(200, "", b"RIFF"),
        "/riff" => answer(200, "", b"RIFF\0\0\0\0AVI LIST"),
        "/gone" => answer(403, "", b"expired"),
        "/huge" => b"HTTP/1.1 200 X\r\nContent-Length: 99999999999\r\n\r\nRIFF".to_vec(),
        _ => Vec::new(),
    })
    .await;
    assert_eq!(fetch(&base, "/page").await, Err(SignedError::NotWav));
    assert_eq!(fetch(&base, "/short").await, Err(SignedError::NotWav));
    assert_eq!(fetch(&base, "/riff").await, Err(SignedError::NotWav));
    assert_eq!(fetch(&base, "/gone").await, Err(SignedError::Status(403)));
    assert_eq!(fetch(&base, "/huge").await, Err(SignedError::TooLarge));
    assert_eq!(fetch(&base, "/silent").await, Err(SignedError::Connection));
}

#[tokio::test]
async fn redirects_are_judged_one_by_one_and_end() {
    let (base, _seen) = store(|path, own| {
        let to = |location: &str| answer(302, &format!("Location: {location}\r\n"), b"");
        match path {
            "/once" => to(&format!("{own}/a.wav")),
            "/round" => to("/round"),
            "/inside" => to("http://192.168.0.1/a.wav"),
            "/metadata" => to("http://169.254.169.254/latest/"),
            "/elsewhere" => to("https://evil.example/a.wav"),
            "/nowhere" => answer(302, "", b""),
            _ => answer(200, "", &wav(100)),
        }
    })
    .await;
    assert_eq!(fetch(&base, "/once").await, Ok(wav(100)));
    assert_eq!(fetch(&base, "/round").await, Err(SignedError::TooManyHops));
    assert_eq!(fetch(&base, "/inside").await, Err(SignedError::Refused(Refused::NotSecure)));
    assert_eq!(fetch(&base, "/metadata").await, Err(SignedError::Refused(Refused::NotSecure)));
    assert_eq!(fetch(&base, "/elsewhere").await, Err(SignedError::Refused(Refused::UnknownHost)));
    assert_eq!(fetch(&base, "/nowhere").await, Err(SignedError::Status(302)));
}

#[tokio::test]
async fn a_name_that_leads_inside_is_not_called_and_no_error_holds_the_address() {
    // The name is let through by its looks and refused when it is looked up.
    let hosts = Hosts::read("localtest.me.localhost.example", false);
    let address = SignedAddress::judge("https://localtest.me.localhost.example/canary", &hosts).expect("a good look");
    let error = Fetcher::new().expect("a fetcher").begin(address, &hosts).await.err().expect("no such name");
    assert_eq!(error, SignedError::Connection);
    assert!(!format!("{error} {error:?}").contains("canary"));
}
