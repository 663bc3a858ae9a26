//! A delivery as a command for a terminal: a recorded request with its body in a file beside it, or else the question
//! to NxVET about its tries. The key, the secret and the receiver's path are left to whoever runs it.

use super::{Desk, Left};
use crate::domain::live::{RawRequest, WebhookId};
use crate::state::LiveNews;
use crate::state::live::DeliveryRow;
use std::fmt::Write as _;

/// What a request carries by itself, what names its way, and what could open a door.
const LEFT_OUT: [&str; 12] = [
    "host",
    "content-length",
    "connection",
    "accept",
    "accept-encoding",
    "transfer-encoding",
    "authorization",
    "proxy-authorization",
    "cookie",
    "forwarded",
    "via",
    "user-agent",
];

pub(super) async fn copy(desk: &Desk, row: &DeliveryRow, webhook: Option<WebhookId>) -> Left {
    let request = match row.delivery.recorded {
        Some(number) => {
            desk.clinic.store.run_unnoticed(move |store| store.recorded_request(number)).await.ok().flatten()
        }
        None => None,
    };
    let text = match (&request, webhook) {
        (Some(request), _) => Some(of_request(request, row.delivery.recorded.unwrap_or_default())),
        (None, Some(id)) => desk.clinic.client.deliveries_command(&desk.clinic.organization.id, &id).ok(),
        (None, None) => None,
    };
    if let Some(text) = text {
        desk.tell(LiveNews::Copy { text, what: "Command" }).await;
    } else {
        let recorded = row.delivery.recorded.unwrap_or_default();
        desk.tell(LiveNews::Diagnosed { recorded, diagnosis: None }).await;
    }
    Left::Nothing
}

fn of_request(request: &RawRequest, number: u64) -> String {
    let mut command = "curl -X POST \"$RECEIVER_ADDRESS\"".to_owned();
    for (name, value) in &request.headers {
        let is_left_out = LEFT_OUT.iter().any(|out| out.eq_ignore_ascii_case(name))
            || name.to_ascii_lowercase().starts_with("x-forwarded");
        let Ok(value) = std::str::from_utf8(value) else { continue };
        if !is_left_out {
            write!(command, " \\\n  -H {}", quoted(&format!("{name}: {value}"))).ok();
        }
    }
    write!(command, " \\\n  --data-binary @delivery-{number}.json").ok();
    command
}

/// For a shell: inside single quotes nothing has a meaning but their end.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::live::Scheme;
    use chrono::{TimeZone as _, Utc};

    #[test]
    fn a_recorded_request_becomes_a_command_without_what_opens_doors() {
        let headers = [
            ("Host", "desk.example"),
            ("Content-Type", "application/json"),
            ("X-NerveX-Delivery", "evt_1'; rm -rf ~"),
            ("Authorization", "Bearer canary"),
            ("X-Forwarded-For", "canary"),
            ("Cookie", "canary"),
        ];
        let request = RawRequest {
            scheme: Scheme::Organization,
            at: Utc.with_ymd_and_hms(2026, 11, 22, 14, 2, 0).single().expect("a moment"),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect(),
            body: b"canary".to_vec(),
            body_length: 6,
            code: 401,
            reason: None,
        };
        let command = of_request(&request, 17);
        assert!(!command.contains("canary") && !command.contains("desk.example"), "{command}");
        assert!(command.contains(r"-H 'X-NerveX-Delivery: evt_1'\''; rm -rf ~'"), "{command}");
        assert!(command.ends_with("--data-binary @delivery-17.json"), "{command}");
    }
}
