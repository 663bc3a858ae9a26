//! Endpoints and subscriptions: where NexHealth's webhooks go, and which.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use url::{Host, Url};

use super::{
    routes::{Question, Refusal, Version, enveloped},
    wire,
};
use crate::simulator::{
    hooks::{Endpoint, Subscription, routes::secret_letters},
    reply::Reply,
};

/// Resource types with the events that belong to them.
const EVENTS: [(&str, &[&str]); 18] = [
    ("Adjustment", &["adjustment_created", "adjustment_updated", "adjustment_deleted", "adjustment_insertion"]),
    ("AdjustmentType", &["adjustment_type_created", "adjustment_type_updated"]),
    ("Appointment", &["appointment_insertion", "appointment_created", "appointment_updated", "appointment_requested"]),
    ("Charge", &["charge_created", "charge_updated", "charge_deleted"]),
    ("Claim", &["claim_created", "claim_updated", "claim_deleted"]),
    ("Document", &["document_insertion"]),
    ("FeeSchedule", &["fee_schedule_created", "fee_schedule_updated"]),
    ("FormResponse", &["form_response_insertion"]),
    ("Message", &["message_created", "message_updated"]),
    (ONBOARDING, &["onboarding_created", "onboarding_updated", "onboarding_availability_ready"]),
    ("Patient", &["patient_created", "patient_updated"]),
    ("PatientInsuranceCoverage", &["patient_insurance_created", "patient_insurance_updated"]),
    ("Payment", &["payment_created", "payment_updated", "payment_deleted", "payment_insertion"]),
    ("PaymentType", &["payment_type_created", "payment_type_updated"]),
    ("Procedure", &["procedure_created", "procedure_updated"]),
    ("ProcedureCode", &["procedure_code_created", "procedure_code_updated", "procedure_code_deleted"]),
    ("SyncStatus", &["sync_status_read_change", "sync_status_write_change"]),
    ("TreatmentPlan", &["treatment_plan_created", "treatment_plan_updated", "treatment_plan_deleted"]),
];

/// It belongs to no institution.
const ONBOARDING: &str = "Onboarding";

const FIRST_ENDPOINT: i64 = 801;

pub(super) fn answer(question: &Question<'_>, rest: &[&str]) -> Result<Reply, Refusal> {
    let number = |text: &str| text.parse::<i64>().map_err(|_| Refusal::NOT_FOUND);
    match (question.method, rest) {
        ("GET", []) => Ok(list(question)),
        ("POST", []) => create(question),
        ("PATCH", [id]) => change(question, number(id)?),
        ("DELETE", [id]) => remove(question, number(id)?),
        ("GET", [id, "webhook_subscriptions"]) => subscriptions(question, number(id)?),
        ("POST", [id, "webhook_subscriptions"]) => subscribe(question, number(id)?),
        ("PATCH", [id, "webhook_subscriptions", own]) => change_subscription(question, number(id)?, number(own)?),
        ("DELETE", [id, "webhook_subscriptions", own]) => unsubscribe(question, number(id)?, number(own)?),
        (_, [] | [_] | [_, "webhook_subscriptions"]) => Err(Refusal { status: 405, why: "Method not allowed" }),
        _ => Err(Refusal::NOT_FOUND),
    }
}

fn wish(body: &Bytes) -> Result<Map<String, Value>, Refusal> {
    match serde_json::from_slice(body) {
        Ok(Value::Object(wish)) => Ok(wish),
        _ => Err(Refusal::bad("The body is not a JSON object")),
    }
}

fn flag(wish: &Map<String, Value>) -> Result<Option<bool>, Refusal> {
    match wish.get("active") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(active)) => Ok(Some(*active)),
        Some(_) => Err(Refusal::bad("active is invalid")),
    }
}

/// HTTPS, or plain to this very computer, as in a sandbox.
fn target_url(wish: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    let Some(value) = wish.get("target_url") else { return Ok(None) };
    let text = value.as_str().ok_or(Refusal::bad("target_url is invalid"))?;
    let url = Url::parse(text).map_err(|_| Refusal::bad("target_url is invalid"))?;
    let is_here = match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    let is_fine = (url.scheme() == "https" && url.has_host()) || (url.scheme() == "http" && is_here);
    if is_fine { Ok(Some(text.to_owned())) } else { Err(Refusal::bad("target_url must use HTTPS")) }
}

fn list(question: &Question<'_>) -> Reply {
    let wanted = question.query.first("active").map(|text| text == "true");
    let state = question.shared.hooks.state();
    let fits = |known: &&Endpoint| wanted.is_none_or(|wanted| known.is_active == wanted);
    let rows: Vec<Value> = state.endpoints.iter().filter(fits).map(wire::endpoint).collect();
    enveloped(200, &Value::Array(rows))
}

fn create(question: &Question<'_>) -> Result<Reply, Refusal> {
    let wish = wish(question.body)?;
    let url = target_url(&wish)?.ok_or(Refusal::bad("target_url is missing"))?;
    let is_active = flag(&wish)?.unwrap_or(true);
    let mut state = question.shared.hooks.state();
    let endpoint = Endpoint {
        id: state.endpoints.iter().map(|known| known.id + 1).max().unwrap_or(FIRST_ENDPOINT),
        url,
        secret: secret_letters(16),
        is_active,
        created_at: question.now,
        updated_at: question.now,
        subscriptions: Vec::new(),
        successes: 0,
    };
    let row = wire::endpoint(&endpoint);
    state.endpoints.push(endpoint);
    Ok(enveloped(201, &row))
}

/// Runs with an endpoint and writes down that it changed.
fn with_endpoint<T>(
    question: &Question<'_>,
    id: i64,
    act: impl FnOnce(&mut Endpoint) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut state = question.shared.hooks.state();
    let endpoint = state.endpoints.iter_mut().find(|known| known.id == id).ok_or(Refusal::NOT_FOUND)?;
    act(endpoint)
}

fn change(question: &Question<'_>, id: i64) -> Result<Reply, Refusal> {
    let wish = wish(question.body)?;
    let (url, active) = (target_url(&wish)?, flag(&wish)?);
    with_endpoint(question, id, |endpoint| {
        if let Some(url) = url {
            endpoint.url = url;
        }
        endpoint.is_active = active.unwrap_or(endpoint.is_active);
        endpoint.updated_at = question.now;
        Ok(enveloped(200, &wire::endpoint(endpoint)))
    })
}

fn remove(question: &Question<'_>, id: i64) -> Result<Reply, Refusal> {
    let mut state = question.shared.hooks.state();
    let place = state.endpoints.iter().position(|known| known.id == id).ok_or(Refusal::NOT_FOUND)?;
    state.endpoints.remove(place);
    Ok(Reply::new(204, "text/plain", Bytes::new()))
}

fn subscriptions(question: &Question<'_>, id: i64) -> Result<Reply, Refusal> {
    let by_institution = question.query.first("subdomain").is_some();
    if by_institution {
        question.subdomain()?;
    }
    let resource = question.query.first("resource_type");
    let event = question.query.first("event");
    with_endpoint(question, id, |endpoint| {
        let fits = |known: &&Subscription| {
            (known.has_institution || !by_institution)
                && resource.is_none_or(|wanted| known.resource_type.eq_ignore_ascii_case(wanted))
                && event.is_none_or(|wanted| known.event == wanted)
        };
        let rows: Vec<Value> =
            endpoint.subscriptions.iter().filter(fits).map(|known| wire::subscription(id, known)).collect();
        Ok(enveloped(200, &Value::Array(rows)))
    })
}

fn subscribe(question: &Question<'_>, id: i64) -> Result<Reply, Refusal> {
    let wish = wish(question.body)?;
    let text = |name: &str| wish.get(name).and_then(Value::as_str);
    let wanted = text("resource_type").ok_or(Refusal::bad("resource_type is missing"))?;
    // The guide writes it small, the specification does not.
    let known = EVENTS.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    let (resource, events) = known.ok_or(Refusal::bad("resource_type does not have a valid value"))?;
    let event = text("event").ok_or(Refusal::bad("event is missing"))?;
    if !events.contains(&event) {
        return Err(Refusal::bad("event does not have a valid value"));
    }
    let has_institution = *resource != ONBOARDING;
    if has_institution {
        question.subdomain()?;
    } else if question.query.first("subdomain").is_some() {
        return Err(Refusal::bad("subdomain must be omitted for this resource"));
    }
    let is_active = flag(&wish)?.unwrap_or(true);
    let next = {
        let state = question.shared.hooks.state();
        let ids = state.endpoints.iter().flat_map(|known| &known.subscriptions).map(|known| known.id + 1);
        ids.max().unwrap_or(FIRST_ENDPOINT * 10)
    };
    with_endpoint(question, id, |endpoint| {
        let subscription = Subscription {
            id: next,
            resource_type: (*resource).to_owned(),
            event: event.to_owned(),
            is_active,
            has_institution,
            is_legacy: question.version == Version::Legacy,
            created_at: question.now,
            updated_at: question.now,
        };
        let row = wire::subscription(id, &subscription);
        endpoint.subscriptions.push(subscription);
        Ok(enveloped(201, &row))
    })
}

/// Bringing a subscription back to life brings its endpoint back as well.
fn change_subscription(question: &Question<'_>, id: i64, own: i64) -> Result<Reply, Refusal> {
    question.subdomain()?;
    let wish = wish(question.body)?;
    let active = flag(&wish)?;
    if wish.get("new_endpoint_id").is_some_and(|value| *value != json!(id)) {
        return Err(Refusal::bad("new_endpoint_id is not known"));
    }
    with_endpoint(question, id, |endpoint| {
        endpoint.is_active |= active == Some(true);
        let known = endpoint.subscriptions.iter_mut().find(|known| known.id == own).ok_or(Refusal::NOT_FOUND)?;
        known.is_active = active.unwrap_or(known.is_active);
        known.updated_at = question.now;
        Ok(enveloped(200, &wire::subscription(id, known)))
    })
}

fn unsubscribe(question: &Question<'_>, id: i64, own: i64) -> Result<Reply, Refusal> {
    with_endpoint(question, id, |endpoint| {
        let place = endpoint.subscriptions.iter().position(|known| known.id == own).ok_or(Refusal::NOT_FOUND)?;
        endpoint.subscriptions.remove(place);
        Ok(Reply::new(204, "text/plain", Bytes::new()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<Option<String>, Refusal> {
        target_url(json!({ "target_url": text }).as_object().unwrap())
    }

    #[test]
    fn only_https_or_this_computer_may_be_called() {
        assert!(url("https://desk.example/x").is_ok_and(|url| url.is_some()));
        assert!(url("http://127.0.0.1:80/x").is_ok() && url("http://localhost:80/x").is_ok());
        for text in ["http://desk.example/x", "http://192.0.2.1/", "nonsense", "ftp://127.0.0.1/"] {
            assert!(url(text).is_err(), "{text}");
        }
    }

    #[test]
    fn every_event_begins_with_its_resource() {
        let plain = |text: &str| text.replace('_', "").to_ascii_lowercase();
        for (resource, events) in EVENTS {
            let stem = plain(resource);
            let fits = |event: &&str| plain(event).starts_with(stem.strip_suffix("coverage").unwrap_or(&stem));
            assert!(events.iter().all(fits), "{resource}");
        }
    }
}
