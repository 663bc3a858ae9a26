//! The sender: takes what is due, signs it, delivers it, writes down the answer and decides about another attempt.
//!
//! It keeps real time between attempts, compressed as the habits say; everything else waits for the bell.

use std::{sync::Arc, time::Instant};

use chrono::SecondsFormat;
use rustls::RootCertStore;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::{
    Delivered, Forgery, Line, Parcel, Scheme, State,
    client::{self, Failure, Route},
    letter::{Draft, Letter, seal},
    lines::Row,
    schedule,
    state::Next,
};
use crate::simulator::shared::Shared;

/// Runs until `stop`.
pub(in super::super) async fn run(shared: Arc<Shared>, stop: CancellationToken) {
    loop {
        let next = shared.hooks.state().next(Instant::now());
        match next {
            Next::Send(parcel) => {
                tokio::spawn(attempt_unless(Arc::clone(&shared), *parcel, stop.clone()));
            }
            Next::At(when) => tokio::select! {
                () = stop.cancelled() => return,
                () = shared.hooks.bell.notified() => {}
                () = tokio::time::sleep_until(when.into()) => {}
            },
            Next::Nothing => tokio::select! {
                () = stop.cancelled() => return,
                () = shared.hooks.bell.notified() => {}
            },
        }
    }
}

async fn attempt_unless(shared: Arc<Shared>, parcel: Parcel, stop: CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = attempt(&shared, parcel) => {}
    }
    shared.hooks.state().is_answered();
    shared.hooks.ring();
}

/// What is known about an attempt before it is made.
struct Attempt {
    url: String,
    letter: Letter,
    wrong: Option<Forgery>,
    route: Option<Route>,
    roots: Arc<RootCertStore>,
    timeout: std::time::Duration,
}

async fn attempt(shared: &Shared, mut parcel: Parcel) {
    // Nobody to deliver to any more: the webhook was deleted or switched off.
    let Some(attempt) = prepare(shared, &mut parcel) else { return };
    let began = Instant::now();
    let answer = match &attempt.route {
        None => Err(Failure::NoAddress),
        Some(route) => {
            let sent = client::post(route, &attempt.roots, &attempt.letter);
            tokio::time::timeout(attempt.timeout, sent).await.unwrap_or(Err(Failure::TimedOut))
        }
    };
    let milliseconds = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    settle(shared, parcel, attempt, answer, milliseconds);
}

fn prepare(shared: &Shared, parcel: &mut Parcel) -> Option<Attempt> {
    let now = shared.now();
    let mut state = shared.hooks.state();
    let target = target(&state, parcel)?;
    let wrong = parcel.wrong.clone().or_else(|| state.draw_forgery(parcel.scheme()));
    parcel.successes_before.get_or_insert(target.successes);
    let draft = Draft {
        scheme: parcel.scheme(),
        secret: &target.secret,
        partner_id: &target.partner_id,
        event: &parcel.event,
        body: body(parcel).to_string().into_bytes(),
        now,
    };
    let letter = seal(&draft, wrong.as_ref());
    let route = client::route(&target.url, &state.tunnels, state.habits.goes_outside);
    let timeout = std::time::Duration::from_millis(state.habits.timeout_ms);
    let roots = Arc::clone(&state.roots);
    Some(Attempt { url: target.url, letter, wrong, route, roots, timeout })
}

struct Target {
    url: String,
    secret: String,
    partner_id: String,
    successes: u64,
}

/// Where a parcel goes at this moment, if it still goes anywhere.
fn target(state: &State, parcel: &Parcel) -> Option<Target> {
    let to = |url: &str, secret: &str, partner_id: &str, successes: u64| Target {
        url: url.to_owned(),
        secret: secret.to_owned(),
        partner_id: partner_id.to_owned(),
        successes,
    };
    match &parcel.line {
        Line::Organization(id) => {
            let hook = state.hooks.iter().find(|hook| hook.id == *id)?;
            (hook.is_active || parcel.is_test).then(|| to(&hook.url, &hook.secret, "", 0))
        }
        Line::Partner(id) => {
            let partner = state.partners.iter().find(|partner| partner.id == *id && partner.is_active)?;
            Some(to(&partner.url, &partner.secret, &partner.id, 0))
        }
        Line::NexHealth(endpoint) => {
            let endpoint = state.endpoints.iter().find(|known| known.id == *endpoint && known.is_active)?;
            Some(to(&endpoint.url, &endpoint.secret, "", endpoint.successes))
        }
    }
}

/// NexHealth says in each attempt what became of those before.
fn body(parcel: &Parcel) -> Value {
    let mut body = parcel.event.body.clone();
    if let (Scheme::NexHealth, Some(members)) = (parcel.scheme(), body.as_object_mut()) {
        members.insert("delivery_errors".to_owned(), Value::Array(parcel.errors.clone()));
    }
    body
}

fn settle(shared: &Shared, parcel: Parcel, attempt: Attempt, answer: Result<u16, Failure>, milliseconds: u64) {
    let at = shared.now();
    let error = match answer {
        Ok(200..=299) => None,
        Ok(status) => Some(reason(status)),
        Err(failure) => Some(failure.to_string()),
    };
    let delivered = Delivered {
        scheme: parcel.scheme(),
        line: name_of(&parcel.line),
        url: attempt.url,
        event_id: parcel.event.id.clone(),
        event_type: parcel.event.name.clone(),
        attempt: parcel.attempt,
        is_copy: parcel.is_copy,
        forgery: attempt.wrong,
        at,
        status: answer.ok(),
        error,
        milliseconds,
        headers: attempt.letter.headers,
        body: attempt.letter.body,
    };
    let mut state = shared.hooks.state();
    write_down(&mut state, &parcel, &delivered);
    if delivered.error.is_none() {
        deliver_once_more(&mut state, parcel);
    } else {
        try_again(&mut state, parcel, &delivered);
    }
    state.note(delivered);
}

fn reason(status: u16) -> String {
    let known = hyper::StatusCode::from_u16(status).ok().and_then(|status| status.canonical_reason());
    known.map_or_else(|| format!("HTTP {status}"), str::to_owned)
}

fn name_of(line: &Line) -> String {
    match line {
        Line::Organization(id) | Line::Partner(id) => id.clone(),
        Line::NexHealth(endpoint) => endpoint.to_string(),
    }
}

/// Into the books of whoever was written to.
fn write_down(state: &mut State, parcel: &Parcel, delivered: &Delivered) {
    match &parcel.line {
        Line::Organization(id) => {
            let row = Row {
                id: state.new_id(delivered.at),
                event_id: delivered.event_id.clone(),
                event_type: delivered.event_type.clone(),
                attempt: delivered.attempt,
                status: delivered.status,
                milliseconds: delivered.milliseconds,
                error: delivered.error.clone(),
                at: delivered.at,
            };
            let switch_off_after = state.habits.switch_off_after;
            if let Some(hook) = state.hook_mut(id) {
                hook.note(row, switch_off_after);
            }
        }
        Line::Partner(_) => {}
        Line::NexHealth(endpoint) => {
            let endpoint = state.endpoints.iter_mut().find(|known| known.id == *endpoint);
            if let (Some(endpoint), None) = (endpoint, &delivered.error) {
                endpoint.successes += 1;
            }
        }
    }
}

/// At least once: now and then an answer is lost, and the sender cannot know.
fn deliver_once_more(state: &mut State, parcel: Parcel) {
    if !parcel.is_copy && state.draws_duplicate() {
        let attempt = parcel.attempt + 1;
        state.accept(Parcel { is_copy: true, attempt, ..parcel });
    }
}

fn try_again(state: &mut State, mut parcel: Parcel, failed: &Delivered) {
    let scheme = parcel.scheme();
    if !schedule::tries_again(scheme, failed.status) {
        return;
    }
    parcel.errors.push(delivery_error(failed));
    match schedule::wait_after(scheme, parcel.attempt) {
        Some(wait) => {
            let wait = schedule::compressed(wait, state.habits.factor);
            parcel.attempt += 1;
            state.wait_for_retry(parcel, wait);
        }
        None => give_up(state, &parcel, failed),
    }
}

fn delivery_error(failed: &Delivered) -> Value {
    let words = failed.error.as_deref().unwrap_or_default();
    let (code, message) = match failed.status {
        Some(status) => (status.to_string(), format!("{status} {words}")),
        None => ("0".to_owned(), words.to_owned()),
    };
    let at = failed.at.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "code": code, "timestamp": at, "message": message, "attempts": failed.attempt })
}

/// NexHealth switches an endpoint off that did nothing but fail since an event's first attempt.
fn give_up(state: &mut State, parcel: &Parcel, failed: &Delivered) {
    let Line::NexHealth(endpoint) = &parcel.line else { return };
    let Some(endpoint) = state.endpoints.iter_mut().find(|known| known.id == *endpoint) else { return };
    if parcel.successes_before == Some(endpoint.successes) {
        endpoint.is_active = false;
        endpoint.updated_at = failed.at;
    }
}
