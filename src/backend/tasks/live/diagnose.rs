//! Why a recorded request was refused, judged by the secrets of now: after a fix the same request may be good.

use super::{Desk, Left, routes};
use crate::domain::live::{RawRequest, Scheme, WebhookSecret};
use crate::state::LiveNews;
use crate::state::live::Diagnosis;
use crate::store::live::LiveRoute;
use crate::webhooks::{Cause, Incoming, Known, why};
use std::sync::Arc;

/// Header fields worth showing; others say nothing about a signature.
const SHOWN: [&str; 12] = [
    "content-type",
    "content-length",
    "content-encoding",
    "user-agent",
    "x-nervex-event",
    "x-nervex-delivery",
    "x-nervex-signature",
    "x-nxvet-partner-id",
    "x-nxvet-timestamp",
    "x-nxvet-signature",
    "timestamp",
    "signature",
];
/// Of a signature so much is shown: enough to compare, not enough to use.
const SIGNATURE_SHOWN: usize = 16;

pub(super) async fn diagnose(desk: &Desk, recorded: u64) -> Left {
    let found = desk.clinic.store.run_unnoticed(move |store| store.recorded_request(recorded)).await;
    let diagnosis = match found.ok().flatten() {
        Some(request) => {
            let routes = routes::kept(desk).await;
            tokio::task::spawn_blocking(move || Arc::new(explain(&request, &routes))).await.ok()
        }
        None => None,
    };
    desk.tell(LiveNews::Diagnosed { recorded, diagnosis }).await;
    Left::Nothing
}

/// The likeliest cause in words, for the news of a refusal.
pub(super) async fn first_cause(desk: &Desk, recorded: u64) -> Option<String> {
    let found = desk.clinic.store.run_unnoticed(move |store| store.recorded_request(recorded)).await;
    let request = found.ok().flatten()?;
    let routes = routes::kept(desk).await;
    let explained = tokio::task::spawn_blocking(move || explain(&request, &routes)).await.ok()?;
    explained.causes.into_iter().next()
}

fn explain(request: &RawRequest, routes: &[LiveRoute]) -> Diagnosis {
    let headers = shown_headers(request);
    let body_bytes = usize::try_from(request.body_length).unwrap_or(usize::MAX);
    if !request.is_whole() {
        let causes = vec!["It was too long to be kept whole, so it cannot be checked again.".to_owned()];
        return Diagnosis { is_valid_now: false, causes, headers, body_bytes };
    }
    let incoming = Incoming::new(request.headers.iter().map(|(name, value)| (name, value)), &request.body);
    let told = likeliest(request, &incoming, routes);
    Diagnosis { is_valid_now: told.is_genuine(), causes: told.sentences(), headers, body_bytes }
}

/// Which of several addresses of one sender was called is not recorded, so each is tried: the one that explains it
/// counts, and before that one by which it would be good.
fn likeliest(request: &RawRequest, incoming: &Incoming<'_>, routes: &[LiveRoute]) -> crate::webhooks::Diagnosis {
    let scheme = request.scheme;
    let of_scheme: Vec<&LiveRoute> = routes.iter().filter(|route| route.scheme == scheme).collect();
    let mut told: Vec<_> =
        of_scheme.iter().map(|route| why(scheme, incoming, &known(route, routes), request.at)).collect();
    let is_explained = |one: &crate::webhooks::Diagnosis| {
        !one.causes.iter().any(|cause| matches!(cause, Cause::Unknown | Cause::OtherWebhook(_)))
    };
    let chosen = told
        .iter()
        .position(crate::webhooks::Diagnosis::is_genuine)
        .or_else(|| told.iter().position(is_explained))
        .or_else(|| (!told.is_empty()).then_some(0));
    match chosen {
        Some(at) => told.swap_remove(at),
        None => why(scheme, incoming, &Known::default(), request.at),
    }
}

fn known<'a>(route: &'a LiveRoute, routes: &'a [LiveRoute]) -> Known<'a> {
    let previous = route.previous.as_ref().map(|(secret, _)| secret);
    let others = routes.iter().filter(|other| other.number != route.number);
    let secret = |other: &'a LiveRoute| -> Option<(Scheme, &'a WebhookSecret)> {
        other.secret.as_ref().map(|secret| (other.scheme, secret))
    };
    Known {
        accepted: route.secret.iter().chain(previous).collect(),
        retired: Vec::new(),
        others: others.filter_map(secret).collect(),
    }
}

fn shown_headers(request: &RawRequest) -> Vec<(String, String)> {
    let is_shown = |name: &str| SHOWN.iter().any(|shown| shown.eq_ignore_ascii_case(name));
    let headers = request.headers.iter().filter(|(name, _)| is_shown(name));
    headers.map(|(name, value)| (name.clone(), shown_value(name, value))).collect()
}

fn shown_value(name: &str, value: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(value).chars().filter(|c| !c.is_control()).collect();
    if !name.to_ascii_lowercase().ends_with("signature") || text.chars().count() <= SIGNATURE_SHOWN {
        return text;
    }
    let head: String = text.chars().take(SIGNATURE_SHOWN).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::live::Scheme;
    use chrono::{TimeZone as _, Utc};

    fn request(headers: &[(&str, &str)], body: &[u8], body_length: u64) -> RawRequest {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect();
        let at = Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment");
        RawRequest {
            scheme: Scheme::Organization,
            at,
            headers,
            body: body.to_vec(),
            body_length,
            code: 401,
            reason: None,
        }
    }

    #[test]
    fn what_is_shown_holds_no_whole_signature_and_nothing_that_opens_a_door() {
        let signature = format!("sha256={}", "ab".repeat(32));
        let headers = [
            ("X-NerveX-Signature", signature.as_str()),
            ("Authorization", "Bearer canary"),
            ("Cookie", "canary"),
            ("Content-Type", "application/json"),
        ];
        let told = explain(&request(&headers, b"{}", 2), &[]);
        assert_eq!(told.headers.len(), 2);
        assert!(!format!("{told:?}").contains(&signature) && !format!("{told:?}").contains("canary"), "{told:?}");
        assert!(!told.is_valid_now && !told.causes.is_empty());
    }

    #[test]
    fn a_body_that_was_cut_for_keeping_is_not_judged() {
        let told = explain(&request(&[], b"{", 70_000), &[]);
        assert_eq!((told.is_valid_now, told.causes.len(), told.body_bytes), (false, 1, 70_000));
    }
}
