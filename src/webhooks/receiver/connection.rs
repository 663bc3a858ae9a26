//! One connection from its beginning to its end: TLS where there is a certificate, then one request after the other, and
//! a watch that closes it when what it owes does not come.

use super::answer::{self, Shared};
use super::config::Limits;
use super::counts::Tally;
use super::guests::Place;
use super::stage::{Stage, Watched};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

/// Room for a head: signatures and a few fields of proxies.
const HEAD_BYTES: usize = 16 * 1024;
const HEADERS: usize = 64;

/// Both ends of a connection.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) peer: IpAddr,
    pub(super) local: IpAddr,
}

pub(super) async fn serve(stream: TcpStream, ends: Ends, tls: Option<TlsAcceptor>, place: Place, shared: Arc<Shared>) {
    // Answers are short; none waits for another byte to travel with.
    stream.set_nodelay(true).ok();
    let work = async {
        match tls {
            None => converse(stream, ends, &place, &shared).await,
            Some(tls) => {
                if let Ok(stream) = tls.accept(stream).await {
                    converse(stream, ends, &place, &shared).await;
                }
            }
        }
    };
    let is_whole = tokio::select! {
        () = work => true,
        () = watch(&place, &shared.limits) => false,
        () = leave(&place) => false,
    };
    if !is_whole {
        Tally::add(&shared.tally.dropped);
    }
}

async fn converse<S>(stream: S, ends: Ends, place: &Place, shared: &Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let progress = Arc::clone(&place.progress);
    let service = service_fn(|request| {
        let (shared, progress) = (Arc::clone(shared), Arc::clone(&progress));
        progress.enter(Stage::Working);
        async move {
            let response = answer::answer(&shared, ends, request).await;
            progress.enter(Stage::Idle);
            Ok::<_, Infallible>(response)
        }
    });
    let mut settings = http1::Builder::new();
    settings.max_buf_size(HEAD_BYTES).max_headers(HEADERS).half_close(false).keep_alive(true);
    let stream = TokioIo::new(Watched::new(stream, Arc::clone(&place.progress)));
    let mut connection = pin!(settings.serve_connection(stream, service));
    tokio::select! {
        // A broken connection is the sender's affair.
        _ = connection.as_mut() => {}
        () = shared.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await.ok();
        }
    }
}

/// Ends when the connection has stood still for too long.
async fn watch(place: &Place, limits: &Limits) {
    loop {
        let limit = limit_of(place.progress.stage(), limits);
        let waited = place.progress.waited(Instant::now());
        if limit.is_some_and(|limit| waited >= limit) {
            return;
        }
        // A head may begin at any moment and has less time than a pause.
        let left = limit.map_or(limits.head, |limit| limit.saturating_sub(waited).min(limits.head));
        tokio::time::sleep(left.max(Duration::from_millis(10)).min(Duration::from_secs(1))).await;
    }
}

/// Work has limits of its own.
fn limit_of(stage: Stage, limits: &Limits) -> Option<Duration> {
    match stage {
        Stage::Idle => Some(limits.idle),
        Stage::Head => Some(limits.head),
        Stage::Working => None,
    }
}

/// Asked to go; what is at work is finished first.
async fn leave(place: &Place) {
    place.leave.cancelled().await;
    while place.progress.stage() == Stage::Working {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The answer is still on its way out.
    tokio::time::sleep(Duration::from_millis(10)).await;
}
