//! The HTTP side: accepts connections, applies faults around the answer, sends bodies in pieces.
//!
//! What is answered is decided in `routes`; what goes wrong, in `faults` and `layers`.

use std::{
    convert::Infallible,
    io,
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use bytes::Bytes;
use futures_util::stream;
use http_body_util::{BodyExt as _, Limited, StreamBody, combinators::BoxBody};
use hyper::{
    Request, Response,
    body::{Frame, Incoming},
    header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, DATE, HeaderName, HeaderValue, IF_RANGE, RANGE},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::{
    faults::{Fault, Route},
    hooks,
    journal::LoggedRequest,
    layers, nexhealth,
    range::{Start, Wanted},
    reply::{Ending, Reply},
    routes::{self, Asked, Tweaks},
    shared::Shared,
};

const PIECE: usize = 32 * 1024;
const MAX_BODY: usize = 64 * 1024;
const BACK_OFF: Duration = Duration::from_millis(20);

type Body = BoxBody<Bytes, io::Error>;

/// Which house a door belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    NxVet,
    NexHealth,
}

impl Front {
    fn route(self, path: &str) -> Route {
        match self {
            Self::NxVet => routes::route(path),
            Self::NexHealth => nexhealth::route(path),
        }
    }

    async fn answer(self, shared: &Shared, asked: &Asked, tweaks: Tweaks) -> Reply {
        match self {
            Self::NxVet => routes::answer(shared, asked, tweaks).await,
            Self::NexHealth => nexhealth::answer(shared, asked),
        }
    }
}

/// Serves until `stop`; open connections are dropped then.
pub(super) async fn serve(listener: TcpListener, shared: Arc<Shared>, front: Front, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // Too many open files, for instance: others may hang up soon.
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(BACK_OFF).await;
            continue;
        };
        tokio::spawn(serve_connection(stream, Arc::clone(&shared), front, stop.clone()));
    }
}

async fn serve_connection(stream: TcpStream, shared: Arc<Shared>, front: Front, stop: CancellationToken) {
    // Pieces of a throttled body would otherwise wait for each other's acknowledgements.
    let _unimportant = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let shared = Arc::clone(&shared);
        async move { respond(&shared, front, request).await }
    });
    let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        () = stop.cancelled() => {}
        // A broken connection is the client's affair, or a fault's.
        _ = connection => {}
    }
}

/// One request; an error closes the connection without an answer.
async fn respond(shared: &Arc<Shared>, front: Front, request: Request<Incoming>) -> io::Result<Response<Body>> {
    let (asked, body) = read(request);
    let route = front.route(&asked.path);
    shared.requests().note(LoggedRequest {
        method: asked.method.clone(),
        path: asked.path.clone(),
        query: asked.query.clone(),
        had_authorization: asked.authorization.is_some(),
        range: asked.wanted.range.clone(),
        route,
        at_once: shared.under_way.fetch_add(1, Ordering::Relaxed) + 1,
    });
    let _until_answered = UnderWay(shared);
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let Some(body) = whole(body).await else { return Ok(send(Reply::error(413, "The body is too large", false))) };
    let asked = Asked { body, ..asked };
    let reply = make_reply(shared, front, &asked, route).await.ok_or(io::ErrorKind::ConnectionReset)?;
    let mut response = send(reply);
    // The clock on the wall of the pretended vendor, and not that of the computer it runs on.
    if let Ok(date) = HeaderValue::from_str(&httpdate::fmt_http_date(shared.now().into())) {
        response.headers_mut().entry(DATE).or_insert(date);
    }
    Ok(response)
}

/// Counts a request as answered, also when its connection ends before.
struct UnderWay<'a>(&'a Shared);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// `None` is a connection that just ends.
async fn make_reply(shared: &Arc<Shared>, front: Front, asked: &Asked, route: Route) -> Option<Reply> {
    // Whoever pulls the strings meets no misfortune.
    if let Some(reply) = hooks::control::answer(shared, asked) {
        return Some(reply);
    }
    let is_making = route == Route::Webhooks && asked.method == "POST" && asked.path.ends_with("/webhooks");
    let Some(fault) = shared.faults.draw(if is_making { Route::NewWebhook } else { route }) else {
        return Some(front.answer(shared, asked, Tweaks::default()).await);
    };
    if fault == Fault::Reset {
        return None;
    }
    if let Some(reply) = layers::instead(&fault) {
        return Some(reply);
    }
    let tweaks = Tweaks {
        page_limit: if let Fault::ClampedPage(rows) = fault { Some(rows) } else { None },
        ignores_range: fault == Fault::IgnoreRange,
        start: match fault {
            Fault::WrongRangeStart => Start::TooEarly,
            Fault::LateRangeStart => Start::TooLate,
            _ => Start::AsAsked,
        },
    };
    let honest = front.answer(shared, asked, tweaks).await;
    (fault != Fault::LostAnswer).then(|| layers::spoil(honest, &fault, route))
}

/// Everything but the body, which may be long in coming.
fn read(request: Request<Incoming>) -> (Asked, Incoming) {
    let (head, body) = request.into_parts();
    let text = |name: HeaderName| head.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().unwrap_or_default().to_owned(),
        authorization: text(AUTHORIZATION),
        api_version: text(HeaderName::from_static("nex-api-version")),
        accept: text(ACCEPT),
        wanted: Wanted { range: text(RANGE), if_range: text(IF_RANGE) },
        body: Bytes::new(),
    };
    (asked, body)
}

/// None when it is too long or does not arrive.
async fn whole(body: Incoming) -> Option<Bytes> {
    Limited::new(body, MAX_BODY).collect().await.ok().map(http_body_util::Collected::to_bytes)
}

fn send(reply: Reply) -> Response<Body> {
    let promised = reply.body.len();
    let mut head = Response::builder().status(reply.status);
    for (name, value) in &reply.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(*name), HeaderValue::from_bytes(value.as_bytes())) {
            head = head.header(name, value);
        }
    }
    head = head.header(CONTENT_LENGTH, promised);
    head.body(body(reply)).unwrap_or_else(|_| Response::new(empty()))
}

fn empty() -> Body {
    http_body_util::Empty::new().map_err(|never: Infallible| match never {}).boxed()
}

/// What is left of a body on its way out.
struct Outgoing {
    rest: Bytes,
    piece: usize,
    pause: Duration,
    ending: Ending,
    is_first: bool,
}

fn body(reply: Reply) -> Body {
    let (rest, ending) = match reply.ending {
        Ending::Whole => (reply.body, Ending::Whole),
        Ending::CutAfter(count) | Ending::StallAfter(count) => {
            (reply.body.slice(..count.min(reply.body.len())), reply.ending)
        }
    };
    let (piece, pause) = reply.rate.map_or((PIECE, Duration::ZERO), pace);
    let outgoing = Outgoing { rest, piece, pause, ending, is_first: true };
    StreamBody::new(stream::unfold(outgoing, next_piece)).boxed()
}

/// Twenty pieces a second, or fewer of one byte.
fn pace(rate: u64) -> (usize, Duration) {
    let piece = (rate / 20).clamp(1, PIECE as u64);
    (piece as usize, Duration::from_secs_f64(piece as f64 / rate.max(1) as f64))
}

async fn next_piece(mut outgoing: Outgoing) -> Option<(io::Result<Frame<Bytes>>, Outgoing)> {
    if outgoing.rest.is_empty() {
        return match outgoing.ending {
            Ending::Whole => None,
            Ending::StallAfter(_) => std::future::pending().await,
            Ending::CutAfter(_) => {
                outgoing.ending = Ending::Whole;
                // What was sent so far has to leave before the connection does.
                tokio::time::sleep(BACK_OFF).await;
                Some((Err(io::ErrorKind::ConnectionReset.into()), outgoing))
            }
        };
    }
    if !outgoing.is_first && !outgoing.pause.is_zero() {
        tokio::time::sleep(outgoing.pause).await;
    }
    outgoing.is_first = false;
    let piece = outgoing.rest.split_to(outgoing.piece.min(outgoing.rest.len()));
    Some((Ok(Frame::data(piece)), outgoing))
}
