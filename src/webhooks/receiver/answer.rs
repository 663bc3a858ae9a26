//! From a request to its answer. Nothing is answered with success before it is on the disk; what is no delivery learns
//! nothing but that it is none.

use super::address::Hosts;
use super::body::{self, BodyError, Held};
use super::committer::Committer;
use super::config::{Limits, Now, Route, Routes};
use super::connection::Ends;
use super::counts::Tally;
use super::door::Door;
use super::filing::{Judged, judge};
use super::logbook::Logbook;
use super::peers::Peers;
use super::probe::{ProbeArrival, Probes};
use crate::domain::live::{
    Arrival, CannotKeep, Content, Delivery, DeliverySource, EventKey, EventType, RawRequest, Witnessed,
};
use bytes::Bytes;
use chrono::{DateTime, Utc};
use http_body_util::Empty;
use hyper::body::Incoming as IncomingBody;
use hyper::header::{ALLOW, CONNECTION, HeaderValue, RETRY_AFTER, TRANSFER_ENCODING};
use hyper::{HeaderMap, Request, Response, StatusCode};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// Checking a longer body takes long enough to be done elsewhere.
const LONG_BODY: usize = 256 * 1024;
/// Seconds after which a sender may come again: the queue empties itself, a person has to make room on a disk.
const SOON: u32 = 2;
const LATER: u32 = 60;

/// What all connections share.
pub(super) struct Shared {
    pub(super) routes: RwLock<Arc<Routes>>,
    pub(super) hosts: RwLock<Arc<Hosts>>,
    pub(super) committer: Committer,
    pub(super) logbook: Arc<Logbook>,
    pub(super) now: Now,
    pub(super) tally: Tally,
    pub(super) peers: Peers,
    pub(super) probes: Probes,
    /// Requests at work.
    pub(super) working: Semaphore,
    pub(super) bodies: Arc<Semaphore>,
    pub(super) limits: Limits,
    pub(super) stop: CancellationToken,
}

impl Shared {
    pub(super) fn routes(&self) -> Arc<Routes> {
        Arc::clone(&self.routes.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn hosts(&self) -> Arc<Hosts> {
        Arc::clone(&self.hosts.read().unwrap_or_else(PoisonError::into_inner))
    }
}

type Answer = Response<Empty<Bytes>>;

pub(super) async fn answer(shared: &Shared, ends: Ends, request: Request<IncomingBody>) -> Answer {
    // What follows a body of untold length on the same connection could be taken for a request of its own.
    let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
    let mut answer = enter(shared, ends, request).await;
    if is_chunked || !answer.status().is_success() {
        answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    answer
}

async fn enter(shared: &Shared, ends: Ends, request: Request<IncomingBody>) -> Answer {
    if !shared.peers.bears(ends.peer, Instant::now()) {
        Tally::add(&shared.tally.put_off);
        return put_off(StatusCode::TOO_MANY_REQUESTS, SOON);
    }
    let (hosts, routes) = (shared.hosts(), shared.routes());
    let most_bytes = shared.limits.body_bytes as u64;
    let door = Door { hosts: &hosts, routes: &routes, local: ends.local, most_bytes };
    let arrival = ProbeArrival { host_is_allowed: door.is_called_rightly(&request) };
    if shared.probes.arrive(request.uri().path(), arrival) {
        return plain(StatusCode::NO_CONTENT);
    }
    match door.open(&request) {
        Ok(route) => receive(shared, &route, request).await,
        Err(status) => {
            Tally::add(&shared.tally.turned_away);
            turned(status)
        }
    }
}

fn turned(status: StatusCode) -> Answer {
    let mut answer = plain(status);
    if status == StatusCode::METHOD_NOT_ALLOWED {
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
    }
    answer
}

/// A request on its way through, and what is known of it by now.
struct Visit<'a> {
    route: &'a Arc<Route>,
    headers: HeaderMap,
    body: Bytes,
    at: DateTime<Utc>,
    began: Instant,
}

/// How a visit ended.
struct Verdict {
    status: StatusCode,
    retry_after: Option<u32>,
    event: Option<(EventKey, EventType)>,
    attempt: Option<u32>,
    /// The words for the history; the name for the recorder.
    error: Option<String>,
    reason: Option<String>,
}

impl Verdict {
    fn failed(status: StatusCode, reason: &str, words: &impl ToString) -> Self {
        let (error, reason) = (Some(words.to_string()), Some(reason.to_owned()));
        Self { status, retry_after: None, event: None, attempt: None, error, reason }
    }

    fn put_off(seconds: u32, words: &impl ToString) -> Self {
        Self { retry_after: Some(seconds), ..Self::failed(StatusCode::SERVICE_UNAVAILABLE, "put_off", words) }
    }
}

async fn receive(shared: &Shared, route: &Arc<Route>, request: Request<IncomingBody>) -> Answer {
    let (at, began) = ((shared.now)(), Instant::now());
    let (head, body) = request.into_parts();
    let mut visit = Visit { route, headers: head.headers, body: Bytes::new(), at, began };
    let verdict = match shared.working.try_acquire() {
        Err(_) => Verdict::put_off(SOON, &"too many deliveries at one time"),
        Ok(_place) => match body::read(body, &shared.limits, &shared.bodies).await {
            Ok(Held { bytes, room }) => {
                visit.body = bytes;
                let verdict = decide(shared, &visit).await;
                drop(room);
                verdict
            }
            Err(error) => unread(error),
        },
    };
    count(&shared.tally, &verdict);
    let answer = match verdict.retry_after {
        Some(seconds) => put_off(verdict.status, seconds),
        None => plain(verdict.status),
    };
    witness(shared, &visit, verdict);
    answer
}

fn unread(error: BodyError) -> Verdict {
    match error {
        BodyError::TooLong => Verdict::failed(StatusCode::PAYLOAD_TOO_LARGE, "too_long", &error),
        BodyError::Slow => Verdict::failed(StatusCode::REQUEST_TIMEOUT, "slow", &error),
        BodyError::Broken => Verdict::failed(StatusCode::BAD_REQUEST, "broken", &error),
        BodyError::NoRoom => Verdict::put_off(SOON, &error),
    }
}

async fn decide(shared: &Shared, visit: &Visit<'_>) -> Verdict {
    let judged = if visit.body.len() < LONG_BODY {
        judge(visit.route, &visit.headers, &visit.body, visit.at)
    } else {
        let (route, headers, body) = (Arc::clone(visit.route), visit.headers.clone(), visit.body.clone());
        let at = visit.at;
        let judging = tokio::task::spawn_blocking(move || judge(&route, &headers, &body, at));
        let Ok(judged) = judging.await else {
            return Verdict::put_off(SOON, &"the delivery could not be checked");
        };
        judged
    };
    match judged {
        Judged::Refused { code, words } => Verdict::failed(StatusCode::UNAUTHORIZED, &code, &words),
        Judged::Genuine { arrival, remark } => keep(shared, arrival, remark).await,
    }
}

async fn keep(shared: &Shared, arrival: Arrival, remark: Option<&'static str>) -> Verdict {
    let event = Some((arrival.key.clone(), arrival.event_type.clone()));
    let error = match &arrival.content {
        Content::SetAside(reason) => Some(reason.clone()),
        Content::Events(_) => None,
    };
    let Ok(outcome) = shared.committer.submit(arrival) else {
        return Verdict { event, ..Verdict::put_off(SOON, &"too many deliveries wait for the disk") };
    };
    let Ok(Ok(outcome)) = tokio::time::timeout(shared.limits.commit, outcome).await else {
        // It may be kept all the same; the next attempt will find it known.
        return Verdict { event, ..Verdict::put_off(SOON, &"the disk is slow") };
    };
    match outcome {
        Ok(kept) => {
            if kept.is_new() && error.is_some() {
                Tally::add(&shared.tally.set_aside);
            }
            let (attempt, reason) = (Some(kept.deliveries()), remark.map(str::to_owned));
            Verdict { status: StatusCode::OK, retry_after: None, event, attempt, error, reason }
        }
        Err(why) => Verdict { event, ..Verdict::put_off(patience(why), &why) },
    }
}

fn patience(why: CannotKeep) -> u32 {
    match why {
        CannotKeep::DiskFull | CannotKeep::Locked => LATER,
        CannotKeep::Store => SOON,
    }
}

fn count(tally: &Tally, verdict: &Verdict) {
    let counter = match (verdict.status, verdict.attempt) {
        (StatusCode::OK, Some(1)) => &tally.taken,
        (StatusCode::OK, _) => &tally.again,
        (StatusCode::SERVICE_UNAVAILABLE, _) => &tally.put_off,
        _ => &tally.refused,
    };
    Tally::add(counter);
}

/// A line for the history, and the request itself while there is room for it.
fn witness(shared: &Shared, visit: &Visit<'_>, verdict: Verdict) {
    let is_success = verdict.status.is_success();
    let scheme = visit.route.verifier.scheme();
    let request = shared.logbook.wants_request(is_success).then(|| RawRequest {
        scheme,
        at: visit.at,
        headers: visit.headers.iter().map(|(name, value)| (name.to_string(), value.as_bytes().to_vec())).collect(),
        body: visit.body.get(..RawRequest::MOST_BODY).unwrap_or(&visit.body).to_vec(),
        body_length: visit.body.len() as u64,
        code: verdict.status.as_u16(),
        reason: verdict.reason,
    });
    let (event, event_type) = verdict.event.unzip();
    let delivery = Delivery {
        source: DeliverySource::Here,
        scheme,
        at: visit.at,
        event,
        event_type,
        code: Some(verdict.status.as_u16()),
        milliseconds: u32::try_from(visit.began.elapsed().as_millis()).ok(),
        attempt: verdict.attempt,
        error: verdict.error,
        is_success,
        recorded: None,
    };
    let organization = visit.route.organization.clone();
    if shared.logbook.add(Witnessed { organization, delivery, request }, Instant::now()) {
        shared.committer.nudge();
    }
}

fn plain(status: StatusCode) -> Answer {
    let mut answer = Response::new(Empty::new());
    *answer.status_mut() = status;
    answer
}

fn put_off(status: StatusCode, seconds: u32) -> Answer {
    let mut answer = plain(status);
    answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    answer
}
