//! What helps when something failed: the folder of the log, and the report of the last failure.

use super::storage::LOG;
use crate::backend::desk::Context;
use crate::crash;
use crate::platform;
use crate::state::{Event, Fault, Problem, SupportEvent, SupportFault, SupportRequest};

pub(in super::super) async fn take(context: Context, request: SupportRequest) {
    let logs = context.services.folders.logs.clone();
    let event = match request {
        SupportRequest::OpenLogs => {
            let shown = tokio::task::spawn_blocking(move || platform::reveal(&logs.join(LOG))).await;
            if matches!(shown, Ok(Ok(()))) {
                return;
            }
            SupportEvent::NotOpened(Problem::new(&Fault::Support(SupportFault::LogsNotOpened), "LOG-1"))
        }
        SupportRequest::ReadReport => {
            let report = tokio::task::spawn_blocking(move || crash::newest(&logs)).await;
            SupportEvent::Report(report.unwrap_or_default())
        }
    };
    context.events.send(Event::Support(event)).await;
}

/// Says once that the desk before this one ended by a failure.
pub(in super::super) async fn tell_of_the_last_end(context: Context) {
    let logs = context.services.folders.logs.clone();
    let is_new = tokio::task::spawn_blocking(move || crash::take_unseen(&logs)).await;
    if is_new.unwrap_or_default() {
        context.events.send(Event::Support(SupportEvent::ClosedUnexpectedly)).await;
    }
}
