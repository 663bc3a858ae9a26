//! Commands from outside, for scripts that drive a real window: `POST /__sim/COMMAND` with a JSON object, no key.
//!
//! Only a simulator that was started so obeys. Each command is one call of the handles; what they mean is said there.

use std::{net::SocketAddr, sync::Arc};

use chrono::{DateTime, Duration, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Forgery, Habits, HooksHandle, NewHook, Order, Scheme};
use crate::simulator::{
    nexhealth::{NewAppointment, NexHealthHandle, PlantedDay},
    record::Stage,
    reply::Reply,
    routes::Asked,
    shared::Shared,
};

const PREFIX: &str = "/__sim/";

/// Everything a command may say; what it does not need it ignores.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Words {
    id: String,
    number: i64,
    room: usize,
    count: Option<usize>,
    pending: bool,
    url: String,
    event_type: String,
    event_types: Option<Vec<String>>,
    data: Value,
    scheme: Option<Scheme>,
    forgery: Option<Forgery>,
    times: usize,
    share: f64,
    order: Option<Order>,
    copies: usize,
    host: String,
    to: Option<SocketAddr>,
    minutes: i64,
    in_minutes: i64,
    first_name: String,
    last_name: String,
    note: Option<String>,
    date: Option<NaiveDate>,
}

/// `None` is a request that is no command.
pub(in super::super) fn answer(shared: &Arc<Shared>, asked: &Asked) -> Option<Reply> {
    let command = asked.path.strip_prefix(PREFIX).filter(|_| shared.is_controlled)?;
    let is_read = asked.method == "GET" && ["state", "delivered"].contains(&command);
    if !is_read && asked.method != "POST" {
        return Some(Reply::error(405, "Method not allowed", false));
    }
    let done = obey(shared, command, &asked.body);
    Some(match done {
        Ok(Some(value)) => Reply::json(&value),
        Ok(None) => Reply::error(404, "There is no such command, or nothing of that name", false),
        Err(error) => Reply::error(400, &error.to_string(), false),
    })
}

/// `None` is nothing of that name.
fn obey(shared: &Arc<Shared>, command: &str, body: &[u8]) -> serde_json::Result<Option<Value>> {
    let hooks = HooksHandle::new(Arc::clone(shared));
    if command == "habits" {
        let habits: Habits = serde_json::from_slice(body)?;
        hooks.set_habits(habits);
        return Ok(Some(json!({})));
    }
    let words: Words = if body.is_empty() { Words::default() } else { serde_json::from_slice(body)? };
    Ok(match command.split_once('/') {
        Some(("rooms" | "records", what)) => clinic(shared, what, &words),
        Some(("nexhealth", what)) => {
            nexhealth(NexHealthHandle::new(Arc::clone(shared)).as_ref(), what, &words, shared.now())
        }
        Some(("hooks", what)) => addressees(&hooks, what, words),
        _ => senders(shared, &hooks, command, words),
    })
}

fn is_done(done: bool) -> Option<Value> {
    done.then(|| json!({}))
}

fn clinic(shared: &Shared, what: &str, words: &Words) -> Option<Value> {
    let now_ms = shared.now().timestamp_millis();
    match what {
        "start" => {
            let started = shared.change(|world| world.start_conversation(words.room, now_ms, true))?;
            Some(json!({ "conversationId": started.conversation_id, "deviceId": started.device_id }))
        }
        "end" => is_done(shared.change(|world| world.end_conversation(&words.id, now_ms))),
        "record" => {
            let id = shared.change(|world| world.record_conversation(&words.id))?;
            Some(json!({ "id": id }))
        }
        "add" => {
            let stage = if words.pending { Stage::Transcribing } else { Stage::Done };
            let count = words.count.unwrap_or(1);
            let ids: Vec<String> = shared.change(|world| (0..count).map(|_| world.arrive(now_ms, stage)).collect());
            Some(json!({ "ids": ids }))
        }
        "advance" => is_done(shared.change(|world| world.advance(&words.id))),
        "fill" => is_done(shared.change(|world| {
            world.complete(&words.id);
            world.find(&words.id).is_some()
        })),
        "remove" => is_done(shared.change(|world| world.remove(&words.id))),
        "restore" => is_done(shared.change(|world| world.restore(&words.id))),
        _ => None,
    }
}

fn addressees(hooks: &HooksHandle, what: &str, words: Words) -> Option<Value> {
    match what {
        "add" => {
            let new =
                NewHook { url: words.url, description: "from outside".to_owned(), event_types: words.event_types };
            let hook = hooks.add(new)?;
            Some(json!({ "id": hook.id, "secret": hook.secret }))
        }
        "off" => is_done(hooks.switch_off(&words.id)),
        "ping" => is_done(hooks.ping(&words.id)),
        "partner" => {
            let line = hooks.add_partner(&words.url);
            Some(json!({
                "partnerId": line.partner_id, "hmacSecret": line.hmac_secret, "partnerUserKey": line.partner_user_key,
            }))
        }
        "measure" => is_done(hooks.measure(words.room)),
        "tell-partners" => is_done(hooks.send_to_partners(&words.id)),
        _ => None,
    }
}

fn senders(shared: &Shared, hooks: &HooksHandle, command: &str, words: Words) -> Option<Value> {
    match command {
        "send" => {
            let count = words.count.unwrap_or(1);
            let told: usize = (0..count).map(|_| hooks.send(&words.event_type, &words.data)).sum();
            Some(json!({ "told": told }))
        }
        "forge" if words.times > 0 => {
            hooks.forge_next(words.scheme, words.forgery?, words.times);
            is_done(true)
        }
        "forge" => {
            hooks.forge_share(words.forgery?, words.share);
            is_done(true)
        }
        "honest" => {
            hooks.forget_forgeries();
            is_done(true)
        }
        "hold" => {
            hooks.hold();
            is_done(true)
        }
        "release" => Some(json!({ "count": hooks.release(words.order.unwrap_or(Order::AsHappened), words.copies) })),
        "hurry" => {
            hooks.hurry();
            is_done(true)
        }
        "tunnel" => {
            match words.to {
                Some(to) => hooks.tunnel(&words.host, to),
                None => hooks.break_tunnel(&words.host),
            }
            is_done(true)
        }
        "delivered" => Some(delivered(hooks)),
        "state" => Some(state(shared, hooks)),
        _ => None,
    }
}

/// Without the secrets and the bodies.
fn delivered(hooks: &HooksHandle) -> Value {
    let rows = hooks.delivered().into_iter().map(|one| {
        json!({
            "scheme": one.scheme, "line": one.line, "eventId": one.event_id, "eventType": one.event_type,
            "attempt": one.attempt, "copy": one.is_copy, "forgery": one.forgery, "status": one.status,
            "error": one.error, "milliseconds": one.milliseconds, "at": one.at.to_rfc3339(),
        })
    });
    Value::Array(rows.collect())
}

fn state(shared: &Shared, hooks: &HooksHandle) -> Value {
    let all: Vec<Value> = hooks
        .all()
        .into_iter()
        .map(|hook| json!({ "id": hook.id, "url": hook.url, "active": hook.is_active, "failures": hook.consecutive_failures }))
        .collect();
    let world = shared.world();
    let rooms: Vec<Value> =
        world.rooms.iter().map(|room| json!({ "deviceId": room.device_id, "name": room.name })).collect();
    json!({
        "pending": hooks.pending(),
        "habits": hooks.habits(),
        "hooks": all,
        "rooms": rooms,
        "records": world.records.len(),
        "pendingRecords": world.pending_ids(),
    })
}

fn nexhealth(handle: Option<&NexHealthHandle>, what: &str, words: &Words, now: DateTime<Utc>) -> Option<Value> {
    let handle = handle?;
    let number = words.number;
    let starts_at = now + Duration::minutes(words.in_minutes);
    let new = || NewAppointment {
        room: Some(words.room),
        starts_at,
        minutes: if words.minutes > 0 { words.minutes } else { 15 },
        patient: (!words.first_name.is_empty()).then(|| (words.first_name.clone(), words.last_name.clone())),
        note: words.note.clone(),
    };
    let made = |id: i64| Some(json!({ "number": id }));
    match what {
        "book" => made(handle.book(new())),
        "insert" => made(handle.insert(new())),
        "fail" => made(handle.fail_insertion(new())),
        "time-out" => made(handle.time_out_insertion(new())),
        "cancel" => is_done(handle.cancel(number)),
        "uncancel" => is_done(handle.uncancel(number)),
        "reschedule" => is_done(handle.reschedule(number, words.room, starts_at)),
        "check-in" => is_done(handle.check_in(number)),
        "plant-day" => handle.plant_day(words.date?).map(|day| planted(&day)),
        "plant-night" => handle.plant_night(words.date?).map(|day| planted(&day)),
        "endpoint-off" => is_done(handle.set_endpoint_active(number, false)),
        "expire-tokens" => {
            handle.expire_tokens();
            is_done(true)
        }
        _ => None,
    }
}

/// The truth about a planted day.
fn planted(day: &PlantedDay) -> Value {
    let traps: Vec<Value> = day
        .traps
        .iter()
        .map(|trap| json!({ "name": trap.name, "appointments": trap.appointments, "records": trap.records, "truly": trap.truly }))
        .collect();
    json!({ "date": day.date, "pairs": day.pairs, "traps": traps })
}
