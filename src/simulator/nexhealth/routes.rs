//! NexHealth's paths: who may ask, what is asked, and its envelope around every answer.

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use serde_json::{Value, json};

use super::{
    NexHealth, endpoints, paging,
    practice::{Appointment, LOCATION, Patient, Practice},
    wire,
};
use crate::simulator::{
    faults::Route,
    query::{Query, decode},
    reply::Reply,
    routes::Asked,
    shared::Shared,
};

/// Which of its two ways NexHealth is asked to speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// 3.0.0.
    Current,
    /// 2.2.2.
    Legacy,
}

/// A status other than success, with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub status: u16,
    pub why: &'static str,
}

impl Refusal {
    pub(super) const NOT_FOUND: Self = Self { status: 404, why: "Not found" };
    const UNAUTHORIZED: Self = Self { status: 401, why: "Unauthorized" };

    pub(super) const fn bad(why: &'static str) -> Self {
        Self { status: 400, why }
    }

    fn reply(self) -> Reply {
        let body = json!({ "code": false, "description": self.why, "data": null, "error": [self.why] });
        let mut reply = Reply::json(&body);
        reply.status = self.status;
        reply
    }
}

/// The family of a path, for faults and counts.
pub(in super::super) fn route(path: &str) -> Route {
    match parts(path).first().map(String::as_str) {
        Some("authenticates") => Route::Tokens,
        Some("appointments") => Route::Appointments,
        _ => Route::NexHealth,
    }
}

fn parts(path: &str) -> Vec<String> {
    path.trim_matches('/').split('/').map(|part| decode(&part.replace('+', "%2B"))).collect()
}

/// What a request is made of, read.
pub(super) struct Question<'a> {
    pub shared: &'a Shared,
    pub house: &'a NexHealth,
    pub method: &'a str,
    pub query: Query,
    pub body: &'a Bytes,
    pub version: Version,
    pub now: DateTime<Utc>,
}

impl Question<'_> {
    /// The practice it is about; the only one there is.
    pub(super) fn subdomain(&self) -> Result<(), Refusal> {
        match self.query.first("subdomain") {
            None | Some("") => Err(Refusal::bad("subdomain is missing")),
            Some(named) if named == self.house.practice().subdomain => Ok(()),
            Some(_) => Err(Refusal { status: 403, why: "The subdomain is not yours" }),
        }
    }

    fn location(&self) -> Result<(), Refusal> {
        match self.query.first("location_id").map(str::parse::<i64>) {
            None => Err(Refusal::bad("location_id is missing")),
            Some(Ok(LOCATION)) => Ok(()),
            Some(Ok(_)) => Err(Refusal::NOT_FOUND),
            Some(Err(_)) => Err(Refusal::bad("location_id is invalid")),
        }
    }

    fn time(&self, name: &str) -> Result<Option<DateTime<Utc>>, Refusal> {
        let Some(text) = self.query.first(name) else { return Ok(None) };
        parse_time(text).map(Some).ok_or(Refusal::bad("A time is invalid"))
    }

    fn numbers(&self, name: &str) -> Vec<i64> {
        self.query.all(name).filter_map(|text| text.parse().ok()).collect()
    }
}

/// RFC 3339, the recommended form without a colon in the offset, or a day.
fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let with_zone =
        DateTime::parse_from_rfc3339(text).or_else(|_| DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%z"));
    if let Ok(at) = with_zone {
        return Some(at.with_timezone(&Utc));
    }
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    Some(day.and_time(NaiveTime::MIN).and_utc())
}

/// The honest answer.
pub(in super::super) fn answer(shared: &Shared, asked: &Asked) -> Reply {
    let Some(house) = shared.nexhealth.as_ref() else { return Refusal::NOT_FOUND.reply() };
    judged(shared, house, asked).unwrap_or_else(Refusal::reply)
}

fn judged(shared: &Shared, house: &NexHealth, asked: &Asked) -> Result<Reply, Refusal> {
    let now = shared.now();
    let parts = parts(&asked.path);
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let authorization = asked.authorization.as_deref();
    if parts == ["authenticates"] {
        return authenticate(house, &asked.method, authorization, now);
    }
    if !house.gate().admits(authorization, now) {
        return Err(Refusal::UNAUTHORIZED);
    }
    let question = Question {
        shared,
        house,
        method: &asked.method,
        query: Query::parse(&asked.query),
        body: &asked.body,
        version: version(asked)?,
        now,
    };
    if let ["webhook_endpoints", rest @ ..] = parts.as_slice() {
        return endpoints::answer(&question, rest);
    }
    if question.method != "GET" {
        return Err(Refusal { status: 405, why: "Method not allowed" });
    }
    read(&question, &parts).map(|body| Reply::json(&body))
}

fn authenticate(house: &NexHealth, method: &str, key: Option<&str>, now: DateTime<Utc>) -> Result<Reply, Refusal> {
    if method != "POST" {
        return Err(Refusal { status: 405, why: "Method not allowed" });
    }
    let token = house.gate().exchange(key, now).ok_or(Refusal::UNAUTHORIZED)?;
    Ok(enveloped(201, &json!({ "token": token })))
}

/// One thing in its envelope.
pub(super) fn enveloped(status: u16, data: &Value) -> Reply {
    let mut reply = Reply::json(&whole(data));
    reply.status = status;
    reply
}

fn whole(data: &Value) -> Value {
    json!({ "code": true, "description": [], "error": [], "data": data })
}

fn version(asked: &Asked) -> Result<Version, Refusal> {
    match asked.api_version.as_deref() {
        Some("v3.0.0" | "v20240412" | "v3.1.0") => Ok(Version::Current),
        Some("v2") => Ok(Version::Legacy),
        Some(_) => Err(Refusal::bad("The Nex-Api-Version is not known")),
        None => {
            let accept = asked.accept.as_deref().unwrap_or_default().to_ascii_lowercase().replace(' ', "");
            let is_legacy = accept.contains("application/vnd.nexhealth+json;version=2");
            if is_legacy { Ok(Version::Legacy) } else { Err(Refusal::bad("Nex-Api-Version is missing")) }
        }
    }
}

fn read(question: &Question<'_>, parts: &[&str]) -> Result<Value, Refusal> {
    match parts {
        ["appointments"] => appointments(question),
        ["appointments", id] => one_appointment(question, id),
        ["patients"] => patients(question),
        ["patients", id] => {
            question.subdomain()?;
            let practice = question.house.practice();
            let patient = practice.patient(id.parse().ok()).ok_or(Refusal::NOT_FOUND)?;
            Ok(whole(&wire::patient(patient)))
        }
        ["operatories"] => {
            question.subdomain()?;
            question.location()?;
            let practice = question.house.practice();
            let rows: Vec<_> = practice.rooms.iter().map(|room| ((0, room.id), room)).collect();
            paging::page(&rows, &question.query, question.version, |room| wire::room(room, &practice))
        }
        ["providers"] => {
            question.subdomain()?;
            let practice = question.house.practice();
            let rows: Vec<_> = practice.vets.iter().map(|vet| ((0, vet.id), vet)).collect();
            paging::page(&rows, &question.query, question.version, |vet| wire::vet(vet, &practice))
        }
        ["locations"] => Ok(whole(&json!([wire::institution(&question.house.practice())]))),
        ["sync_status"] => Ok(whole(&json!([wire::sync_status(&question.house.practice(), question.now)]))),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn appointments(question: &Question<'_>) -> Result<Value, Refusal> {
    question.subdomain()?;
    let start = question.time("start")?.ok_or(Refusal::bad("start is missing"))?;
    let end = question.time("end")?.ok_or(Refusal::bad("end is missing"))?;
    let foreign = question.query.first("foreign_id");
    if foreign.is_none() {
        question.location()?;
    }
    let since = question.time("updated_since")?;
    let flag = |name: &str| question.query.first(name).map(|text| text == "true");
    let (cancelled, unavailable) = (flag("cancelled"), flag("unavailable"));
    let (patients, vets, rooms) =
        (question.numbers("patient_ids[]"), question.numbers("provider_ids[]"), question.numbers("operatory_ids[]"));
    if patients.len() > 25 {
        return Err(Refusal::bad("patient_ids has too many members"));
    }
    let among = |wanted: &[i64], known: Option<i64>| wanted.is_empty() || known.is_some_and(|id| wanted.contains(&id));
    let fits = |known: &&Appointment| {
        known.starts_at >= start
            && known.starts_at <= end
            && since.is_none_or(|since| known.updated_at >= since)
            && cancelled.is_none_or(|wanted| known.is_cancelled == wanted)
            && unavailable.is_none_or(|wanted| known.is_block == wanted)
            && among(&patients, known.patient)
            && among(&vets, known.vet)
            && among(&rooms, known.room)
            && foreign.is_none_or(|wanted| known.is_written && (known.id % 100_000).to_string() == wanted)
    };
    let practice = question.house.practice();
    let rows = sorted(practice.appointments.iter().filter(fits), &question.query, |known| {
        (known.updated_at.timestamp_millis(), known.id)
    })?;
    let write = |known: &&Appointment| wire::appointment(&practice, known, question.version, question.now);
    paging::page(&rows, &question.query, question.version, write)
}

/// By number, or as `sort` says.
fn sorted<'a, T>(
    rows: impl Iterator<Item = &'a T>,
    query: &Query,
    by_update: impl Fn(&T) -> paging::Place,
) -> Result<Vec<(paging::Place, &'a T)>, Refusal> {
    let sort = query.first("sort").unwrap_or("id");
    let place = |row: &T| if sort.ends_with("updated_at") { by_update(row) } else { (0, by_update(row).1) };
    if !["id", "-id", "updated_at", "-updated_at"].contains(&sort) {
        return Err(Refusal::bad("sort is invalid"));
    }
    let mut rows: Vec<_> = rows.map(|row| (place(row), row)).collect();
    rows.sort_by_key(|(place, _)| *place);
    if sort.starts_with('-') {
        rows.reverse();
    }
    Ok(rows)
}

/// With patient and room, when they are asked for.
fn one_appointment(question: &Question<'_>, id: &str) -> Result<Value, Refusal> {
    question.subdomain()?;
    let practice = question.house.practice();
    let known = id.parse().ok().and_then(|id| practice.appointment(id)).ok_or(Refusal::NOT_FOUND)?;
    let mut row = wire::appointment(&practice, known, question.version, question.now);
    let include: Vec<&str> = question.query.all("include[]").collect();
    if let Some(members) = row.as_object_mut() {
        if include.is_empty() || include.contains(&"patient") {
            members.insert("patient".to_owned(), included(practice.patient(known.patient), wire::patient));
        }
        if include.contains(&"operatory") {
            members.insert(
                "operatory".to_owned(),
                included(practice.room(known.room), |room| wire::room(room, &practice)),
            );
        }
    }
    Ok(whole(&row))
}

fn included<T>(known: Option<&T>, write: impl Fn(&T) -> Value) -> Value {
    known.map_or(Value::Null, write)
}

fn patients(question: &Question<'_>) -> Result<Value, Refusal> {
    question.subdomain()?;
    question.location()?;
    let since = question.time("updated_since")?;
    let name = question.query.first("name").unwrap_or_default().to_lowercase();
    let practice: &Practice = &question.house.practice();
    let fits = |known: &&Patient| {
        since.is_none_or(|since| known.updated_at >= since) && known.name().to_lowercase().contains(&name)
    };
    let rows = sorted(practice.patients.iter().filter(fits), &question.query, |known| {
        (known.updated_at.timestamp_millis(), known.id)
    })?;
    paging::page(&rows, &question.query, question.version, |known| wire::patient(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_the_recommended_forms_and_an_unescaped_plus_is_lost() {
        let expected = DateTime::from_timestamp(1_771_581_600, 0);
        assert_eq!(parse_time("2026-02-20T10:00:00Z"), expected);
        assert_eq!(parse_time("2026-02-20T11:00:00+0100"), expected);
        assert_eq!(parse_time("2026-02-20T10:00:00+0000"), expected);
        assert_eq!(parse_time("2026-02-20").unwrap().to_rfc3339(), "2026-02-20T00:00:00+00:00");
        let query = Query::parse("start=2026-02-20T10:00:00+0000");
        assert_eq!(parse_time(query.first("start").unwrap()), None);
    }

    #[test]
    fn paths_are_counted_by_family() {
        assert_eq!(route("/authenticates"), Route::Tokens);
        assert_eq!(route("/appointments/7"), Route::Appointments);
        assert_eq!(route("/webhook_endpoints"), Route::NexHealth);
    }
}
