//! What is said when part of the desk itself failed, and the window it shows in.

use super::Severity;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupportFault {
    /// The desk before this one ended by a failure.
    ClosedUnexpectedly,
    PartFailed,
    /// Nothing is answered any more.
    BackgroundGone,
    /// The picture was lost, and a new window goes on.
    DrawnAnew,
    /// The file manager does not start.
    LogsNotOpened,
}

pub(super) fn severity(fault: SupportFault) -> Severity {
    match fault {
        SupportFault::DrawnAnew => Severity::Info,
        SupportFault::BackgroundGone => Severity::Error,
        _ => Severity::Warning,
    }
}

pub(super) fn words(fault: SupportFault) -> (String, String) {
    let (summary, hint) = match fault {
        SupportFault::ClosedUnexpectedly => {
            ("Consult Desk closed unexpectedly last time.", "What was kept is still here.")
        }
        SupportFault::PartFailed => (
            "Part of Consult Desk failed, and the rest goes on.",
            "If something does not answer any more, start it again.",
        ),
        SupportFault::BackgroundGone => {
            ("Consult Desk cannot go on like this.", "What was kept is still here. Start it again.")
        }
        SupportFault::DrawnAnew => ("The picture was lost, so the window was opened again.", "Nothing else was lost."),
        SupportFault::LogsNotOpened => {
            ("The folder of the log could not be shown.", "Settings says where it lies, under Data on this computer.")
        }
    };
    (summary.to_owned(), hint.to_owned())
}
