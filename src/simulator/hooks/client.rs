//! One POST over HTTP/1.1, as small as it goes: a connection for each request, and of the answer only its status.
//!
//! Names that stand in the list of tunnels lead to this computer, as a tunnel or a proxy does that ends TLS itself.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_rustls::TlsConnector;
use url::{Host, Url};

use super::letter::Letter;

const MAX_HEAD: usize = 16 * 1024;

/// What is answered by a tunnel whose own computer is away.
const BAD_GATEWAY: u16 = 502;

/// Why there is no status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    #[error("The address could not be found")]
    NoAddress,
    #[error("Connection refused")]
    Refused,
    #[error("The TLS handshake failed")]
    Tls,
    #[error("Connection closed before an answer")]
    Closed,
    #[error("The answer was not HTTP")]
    NotHttp,
    #[error("No response within timeout")]
    TimedOut,
}

/// The way to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Route {
    /// `Host`, with the port where it is an odd one.
    authority: String,
    path: String,
    /// The name TLS proves; none is plain.
    tls_name: Option<String>,
    reach: Reach,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Reach {
    /// Straight to a loopback address.
    Address(SocketAddr),
    /// Through a tunnel; none is one that is down.
    Tunnel(Option<SocketAddr>),
    /// By name, anywhere.
    Name(String, u16),
}

/// None when the address is none, or leads to where nothing is sent.
pub(super) fn route(url: &str, tunnels: &HashMap<String, Option<SocketAddr>>, goes_outside: bool) -> Option<Route> {
    let url = Url::parse(url).ok()?;
    let is_https = match url.scheme() {
        "https" => true,
        "http" => false,
        _ => return None,
    };
    let host = url.host_str()?;
    let port = url.port_or_known_default()?;
    let authority = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let tunnel = tunnels.get(host).copied();
    let reach = match (tunnel, url.host()?) {
        (Some(to), _) => Reach::Tunnel(to),
        (None, Host::Ipv4(address)) if address.is_loopback() => Reach::Address((IpAddr::V4(address), port).into()),
        (None, Host::Ipv6(address)) if address.is_loopback() => Reach::Address((IpAddr::V6(address), port).into()),
        (None, Host::Domain("localhost")) => Reach::Name("localhost".to_owned(), port),
        (None, Host::Domain(name)) if goes_outside => Reach::Name(name.to_owned(), port),
        (None, Host::Ipv4(address)) if goes_outside => Reach::Address((IpAddr::V4(address), port).into()),
        (None, Host::Ipv6(address)) if goes_outside => Reach::Address((IpAddr::V6(address), port).into()),
        _ => return None,
    };
    let tls_name = (is_https && tunnel.is_none()).then(|| host.trim_matches(['[', ']']).to_owned());
    Some(Route { authority, path, tls_name, reach })
}

/// The answer's status. `roots` are the only authorities that are trusted.
pub(super) async fn post(route: &Route, roots: &Arc<RootCertStore>, letter: &Letter) -> Result<u16, Failure> {
    let connected = match &route.reach {
        Reach::Address(address) => TcpStream::connect(address).await,
        Reach::Name(name, port) => TcpStream::connect((name.as_str(), *port)).await,
        Reach::Tunnel(None) => return Ok(BAD_GATEWAY),
        Reach::Tunnel(Some(address)) => match TcpStream::connect(address).await {
            Ok(stream) => Ok(stream),
            // The tunnel answers for the program that is not there.
            Err(_) => return Ok(BAD_GATEWAY),
        },
    };
    let stream = connected.map_err(|error| failure(&error))?;
    let _unimportant = stream.set_nodelay(true);
    let request = request(route, &letter.headers, &letter.body);
    match &route.tls_name {
        None => exchange(stream, &request).await,
        Some(name) => exchange(secured(stream, name, roots).await?, &request).await,
    }
}

fn failure(error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => Failure::Refused,
        io::ErrorKind::TimedOut => Failure::TimedOut,
        io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted => Failure::Closed,
        _ => Failure::NoAddress,
    }
}

fn request(route: &Route, headers: &[(String, String)], body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "POST {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: nxvet-sim\r\nAccept: */*\r\nConnection: close\r\nContent-Length: {}\r\n",
        route.path,
        route.authority,
        body.len()
    );
    if matches!(route.reach, Reach::Tunnel(_)) {
        head.push_str("X-Forwarded-Proto: https\r\nX-Forwarded-For: 203.0.113.7\r\n");
    }
    for (name, value) in headers {
        // A value from a command may hold anything; a line break would be a header of its own.
        let value: String = value.chars().filter(|letter| !letter.is_control()).collect();
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

async fn secured(
    stream: TcpStream,
    name: &str,
    roots: &Arc<RootCertStore>,
) -> Result<impl AsyncRead + AsyncWrite + Unpin, Failure> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().map_err(|_| Failure::Tls)?;
    let config = builder.with_root_certificates(Arc::clone(roots)).with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(|_| Failure::Tls)?;
    TlsConnector::from(Arc::new(config)).connect(name, stream).await.map_err(|_| Failure::Tls)
}

async fn exchange(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &[u8]) -> Result<u16, Failure> {
    // A server may answer and hang up before it has read everything; its answer still counts.
    let _judged_by_the_answer = stream.write_all(request).await;
    let _judged_by_the_answer = stream.flush().await;
    let mut head = Vec::new();
    let mut piece = [0; 1_024];
    while head.len() < MAX_HEAD {
        match stream.read(&mut piece).await {
            Ok(0) | Err(_) => break,
            Ok(count) => head.extend_from_slice(piece.get(..count).unwrap_or_default()),
        }
        if head.windows(4).any(|end| end == b"\r\n\r\n") {
            break;
        }
    }
    if head.is_empty() { Err(Failure::Closed) } else { status(&head).ok_or(Failure::NotHttp) }
}

/// `HTTP/1.1 200 OK` and so on.
fn status(head: &[u8]) -> Option<u16> {
    let line = head.split(|byte| *byte == b'\r').next()?;
    let rest = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    let status = rest.split(' ').nth(1)?.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to(url: &str) -> Option<Reach> {
        let tunnels = HashMap::from([
            ("desk.example".to_owned(), Some(SocketAddr::from(([127, 0, 0, 1], 8_377)))),
            ("down.example".to_owned(), None),
        ]);
        route(url, &tunnels, false).map(|route| route.reach)
    }

    #[test]
    fn only_this_computer_and_tunnels_are_called() {
        assert!(matches!(to("http://127.0.0.1:80/a"), Some(Reach::Address(_))));
        assert!(matches!(to("http://[::1]:80/a"), Some(Reach::Address(_))));
        assert!(matches!(to("http://localhost:8000/a"), Some(Reach::Name(..))));
        assert!(matches!(to("https://desk.example/hooks/x"), Some(Reach::Tunnel(Some(_)))));
        assert!(matches!(to("https://down.example/hooks/x"), Some(Reach::Tunnel(None))));
        for url in ["https://clinic.example/a", "http://192.0.2.7/a", "ftp://127.0.0.1/", "http://", "nonsense"] {
            assert_eq!(to(url), None, "{url}");
        }
        assert!(route("https://clinic.example/a", &HashMap::new(), true).is_some_and(|route| route.tls_name.is_some()));
    }

    #[test]
    fn the_request_is_whole_and_holds_no_smuggled_line() {
        let way = route("http://127.0.0.1:9/hooks/a?b=c", &HashMap::new(), false).unwrap();
        let bytes = request(&way, &[("X-A".to_owned(), "b\r\nX-C: d".to_owned())], b"{}");
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.starts_with("POST /hooks/a?b=c HTTP/1.1\r\nHost: 127.0.0.1:9\r\n"), "{text}");
        assert!(
            text.contains("\r\nX-A: bX-C: d\r\n") && text.ends_with("\r\nContent-Length: 2\r\nX-A: bX-C: d\r\n\r\n{}")
        );
    }

    #[test]
    fn a_status_is_read_from_the_first_line() {
        assert_eq!(status(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n"), Some(200));
        assert_eq!(status(b"HTTP/1.0 503\r\n\r\n"), Some(503));
        assert_eq!(status(b"SSH-2.0-x\r\n"), None);
        assert_eq!(status(b"HTTP/1.1 9999 What\r\n"), None);
    }
}
